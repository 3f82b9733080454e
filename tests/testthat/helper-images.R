# A grey picture (a matrix of 0 to 255) as a file that any reader takes for what
# its bytes say, whatever its name.
write_picture <- function(path, pixels) {
  dir.create(dirname(path), recursive = TRUE, showWarnings = FALSE)
  con <- file(path, "wb")
  on.exit(close(con))
  writeChar(sprintf("P5\n%d %d\n255\n", ncol(pixels), nrow(pixels)), con,
            eos = NULL)
  writeBin(as.raw(t(pixels)), con)
  path
}

# Dark pictures with a bright bar: lying or standing, which is their class.
bar_images <- function(n = 60, size = 12, seed = 3) {
  with_seed(seed, {
    class <- factor(rep(c("lying", "standing"), length.out = n))
    x <- array(sample(0:60, n * size^2, TRUE), c(n, size, size))
    at <- sample(2:(size - 3), n, TRUE)
    for (i in seq_len(n)) {
      if (class[[i]] == "lying") x[i, at[[i]] + 0:1, ] <- 230L
      else x[i, , at[[i]] + 0:1] <- 230L
    }
    list(x = x, class = class)
  })
}

# The same in files, a folder a class.
bar_folder <- function(..., dir = tempfile("bars-")) {
  bars <- bar_images(...)
  for (i in seq_along(bars$class)) {
    name <- sprintf("%03d.png", i)
    write_picture(file.path(dir, bars$class[[i]], name), bars$x[i, , ])
  }
  dir
}

small_cnn <- function(x, ..., epochs = 8, seed = 1) {
  deep_cnn(x, ..., architecture = "simple", filters = c(4, 8),
           hidden_units = 16, dropout = 0, control = deep_control(
             epochs = epochs, seed = seed, batch_size = 16
           ))
}

# One fit for what only looks at it.
bar_fit <- function() {
  if (is.null(shared$bars)) {
    bars <- bar_images(200)
    shared$bars <- small_cnn(deep_images(bars$x, bars$class))
  }
  shared$bars
}

# Two arrays of images as one.
abind_images <- function(a, b) {
  n <- c(dim(a)[[1]], dim(b)[[1]])
  whole <- array(0L, c(sum(n), dim(a)[-1]))
  whole[seq_len(n[[1]]), , ] <- a
  whole[n[[1]] + seq_len(n[[2]]), , ] <- b
  whole
}
