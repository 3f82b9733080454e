# Images with a light left half or a light right half, which is their class.
half_images <- function(n = 120, size = 16, channels = 1, seed = 3) {
  with_seed(seed, {
    class <- factor(sample(c("left", "right"), n, TRUE))
    x <- array(stats::rnorm(n * size^2 * channels, 0.15, 0.03),
               c(n, size, size, channels))
    half <- seq_len(size / 2)
    left <- class == "left"
    x[left, , half, ] <- x[left, , half, ] + 0.65
    x[!left, , -half, ] <- x[!left, , -half, ] + 0.65
    list(x = pmin(pmax(x, 0), 1), class = class)
  })
}

half_gan <- function(x, class = NULL, epochs = 3, seed = 1, ...,
                     rate = 0.002) {
  deep_gan(x, class, ..., noise_units = 5,
           control = deep_control(epochs = epochs, seed = seed,
                                  batch_size = 16, learn_rate = rate))
}

# One fit for what only looks at it: conditional, scored and learned.
stored_gan <- function() {
  if (is.null(shared$gan)) {
    halves <- half_images()
    shared$gan <- half_gan(halves$x, halves$class, epochs = 25, filters = 6)
  }
  shared$gan
}

# Which half of each image is the lighter one.
lighter_half <- function(x) {
  half <- seq_len(dim(x)[[3]] / 2)
  means <- function(part) rowMeans(matrix(part, dim(x)[[1]]))
  ifelse(means(x[, , half, , drop = FALSE]) >
           means(x[, , -half, , drop = FALSE]), "left", "right")
}

# Images of one colour each, and all differ.
plain_images <- function(size = 16) {
  colours <- as.matrix(expand.grid(0:2, 0:2, 0:2)) / 2
  x <- aperm(array(t(colours), c(3, 27, size, size)), c(2, 3, 4, 1))
  list(x = x, class = factor(sprintf("colour %02d", 1:27)))
}

# A fit whose generator gives the training image of each class, and is judged
# anew.
parrot_gan <- function() {
  if (!is.null(shared$parrot)) {
    return(shared$parrot)
  }
  plain <- plain_images()
  fit <- deep_gan(
    plain$x, plain$class, filters = 16, noise_units = 2,
    score = shared_borrowed()$backbone,
    control = deep_control(epochs = 1, batch_size = 16, seed = 1,
                           validation = 0)
  )
  handle <- live_model(fit)
  model <- backend_call("keras_model", handle)
  learn_by_heart(model, plain$x)
  # Or the fit forgets when other fits push its live model out.
  fit$model <- backend_call("save", model)
  images <- gan_images(plain$x, plain$class, NULL, environment())
  run <- gan_run(images, kept_images(images), fit$spec, fit$info$seed)
  run <- send_images(run, images)
  fit$judged <- judge_gan(fit, run, open_eyes(fit$eyes, fit$prep$shape), handle)
  fit$info$findings <- gan_findings(fit$judged)
  shared$parrot <- fit
  fit
}

learn_by_heart <- function(model, x) {
  keras <- reticulate::import("keras")
  keras$utils$set_random_seed(3L)
  generator <- model$get_layer("generator")
  generator$compile(optimizer = keras$optimizers$Adam(0.005), loss = "mse")
  n <- dim(x)[[1]]
  noise <- with_seed(1, matrix(stats::rnorm(16 * n), ncol = 2))
  wish <- matrix(rep(seq_len(n) - 1L, 8), ncol = 1)
  generator$fit(
    list(noise = noise, category = wish),
    2 * x[rep(seq_len(n), 8), , , , drop = FALSE] - 1,
    epochs = 100L, batch_size = 54L, verbose = 0L
  )
}

# Scores differ by machine and backend, and so does the time.
hide_gan <- function(lines) {
  lines <- grep("^!|^  [^ ].*[.]$", lines, value = TRUE, invert = TRUE)
  lines <- gsub("best: [0-9]+", "best: #", lines)
  lines <- gsub("in [0-9.]+ s on .*;", "in # s on #;", lines)
  lines <- gsub("accuracy [0-9.]+", "accuracy #", lines)
  table <- grepl("^ *(model|deep_gan|true images|noise) +", lines)
  lines[table] <- gsub("-?[0-9]+[.][0-9]+", "#", lines[table])
  gsub(" +", " ", lines)
}

# Shapes in a colour for each class, from masks that number the classes.
painted_shapes <- function(n = 200, size = 16, seed = 3) {
  masks <- simulate_shapes(n, size, seed = seed)$masks
  paint <- rbind(c(0.2, 0.3, 0.4), c(0.9, 0.2, 0.1), c(0.1, 0.8, 0.3),
                 c(0.3, 0.2, 0.9))
  with_seed(seed, {
    x <- paint[as.vector(masks) + 1, ] +
      stats::rnorm(3 * length(masks), 0, 0.02)
    list(x = array(pmin(pmax(x, 0), 1), c(dim(masks), 3)), from = masks / 3)
  })
}

picture_gan <- function(pairs, epochs = 2, seed = 1, ..., filters = 3,
                        rate = 0.004, checkpoint = NULL) {
  deep_gan(pairs$x, from = pairs$from, noise_units = 5, filters = filters, ...,
           control = deep_control(epochs = epochs, seed = seed, batch_size = 8,
                                  learn_rate = rate, checkpoint = checkpoint,
                                  checkpoint_every = 1))
}

# The last epoch is kept, so it has to be a quiet one.
falling_rate <- function() {
  deep_schedule("cosine", learn_rate = 0.004, min_rate = 0.0004)
}

stored_pictures <- function() {
  if (is.null(shared$pictures)) {
    shared$pictures <- picture_gan(painted_shapes(), 25, filters = 8,
                                   rate = falling_rate())
  }
  shared$pictures
}
