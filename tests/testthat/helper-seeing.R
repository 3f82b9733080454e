# Grey images with a square spot somewhere: black, white or chequered, which is
# their class. `mask` says where it is.
spot_images <- function(n = 60, size = 16, side = 5, seed = 5) {
  with_seed(seed, {
    class <- factor(rep_len(c("black", "white", "chequered"), n))
    x <- array(sample(90:165, n * size^2, TRUE), c(n, size, size))
    mask <- array(FALSE, dim(x))
    board <- outer(seq_len(side), seq_len(side), `+`) %% 2
    for (i in seq_len(n)) {
      at <- sample(size - side, 2, TRUE)
      rows <- at[[1]] + seq_len(side)
      columns <- at[[2]] + seq_len(side)
      x[i, rows, columns] <- switch(
        as.character(class[[i]]), black = 0, white = 255,
        chequered = 255 * board
      )
      mask[i, rows, columns] <- TRUE
    }
    list(x = x, class = class, mask = mask)
  })
}

# The same as files, a folder a class.
spot_folder <- function(spots, dir = tempfile("spots-")) {
  for (i in seq_along(spots$class)) {
    path <- file.path(dir, spots$class[[i]], sprintf("%03d.png", i))
    dir.create(dirname(path), recursive = TRUE, showWarnings = FALSE)
    # A format of a few letters and bytes, which is read by what it is.
    con <- file(path, "wb")
    writeChar(sprintf("P5\n%d %d\n255\n", dim(spots$x)[[3]], dim(spots$x)[[2]]),
              con, eos = NULL)
    writeBin(as.raw(t(spots$x[i, , ])), con)
    close(con)
  }
  dir
}

spot_cnn <- function(x, y, epochs = 6, ...) {
  deep_cnn(
    x, y, ..., architecture = "simple", filters = c(6, 8), hidden_units = 16,
    dropout = 0, augmentation = "none", baseline = FALSE,
    control = deep_control(epochs = epochs, seed = 1, batch_size = 16,
                           optimizer = "adam", learn_rate = 0.01)
  )
}

# One fit of each task for what only looks at it.
spot_fit <- function(task = "multiclass") {
  name <- paste("spots", task)
  if (is.null(shared[[name]])) {
    spots <- spot_images(240)
    shared[[name]] <- spot_cnn(spots$x, spot_outcome(spots, task))
  }
  shared[[name]]
}

# One that ends in the mean of each map, so that a class is what its maps show.
# Behind dense layers a class may be what is left when nothing speaks, and the
# heat of a small network is then anywhere.
pooled_spot_fit <- function() {
  spots <- spot_images(240)
  deep_cnn(spots$x, spots$class, filters = c(8, 16), blocks = 1,
           baseline = FALSE,
           control = deep_control(epochs = 8, seed = 1, batch_size = 16))
}

spot_outcome <- function(spots, task) {
  switch(task,
    multiclass = spots$class,
    binary = factor(spots$class == "white", labels = c("other", "white")),
    regression = c(black = 3, chequered = 7, white = 13)[
      as.character(spots$class)
    ]
  )
}

# What a plot draws, a raster a panel.
drawn_rasters <- function(plot) {
  rasters <- lapply(plot$layers, function(layer) layer$geom_params$raster)
  Filter(Negate(is.null), rasters)
}

panel_captions <- function(plot) {
  label <- plot$facet$params$labeller
  panels <- levels(plot$data$panel)
  unname(unlist(label(data.frame(panel = panels))))
}
