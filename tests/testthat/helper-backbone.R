# A tiny network in a file, such as somebody else may have trained: a whole
# model with a head, or without one.
tiny_backbone_file <- function(path = file.path(new_folder(), "tiny.keras"),
                               shape = c(16L, 16L, 3L), head = TRUE) {
  # Keras takes the backend of whoever imports it first.
  bridge()
  keras <- reticulate::import("keras")
  keras$utils$set_random_seed(7L)
  k <- keras$layers
  image <- keras$Input(reticulate::tuple(as.list(shape)))
  x <- k$Conv2D(6L, 3L, activation = "relu", name = "first")(image)
  x <- k$BatchNormalization(name = "norm")(x)
  x <- k$Conv2D(8L, 3L, activation = "relu", name = "second")(x)
  if (head) {
    x <- k$GlobalAveragePooling2D(name = "pool")(x)
    x <- k$Dense(4L, name = "says")(x)
  }
  keras$Model(image, x, name = "tiny")$save(path)
  path
}

# Two kinds of pictures that the mean of a channel tells apart.
tinted <- function(n = 60, side = 20, seed = 3) {
  with_seed(seed, {
    class <- factor(rep(c("cool", "warm"), length.out = n))
    x <- array(stats::runif(n * side^2 * 3, 0, 180), c(n, side, side, 3))
    warm <- class == "warm"
    x[warm, , , 1] <- x[warm, , , 1] + 60
    x[!warm, , , 3] <- x[!warm, , , 3] + 60
    list(x = round(x), class = class)
  })
}

shared_borrowed <- function() {
  if (is.null(shared$borrowed)) {
    path <- tiny_backbone_file()
    backbone <- deep_backbone(path, preprocess = "unit")
    data <- tinted()
    images <- deep_images(data$x, data$class)
    shared$borrowed <- list(
      path = path, backbone = backbone, images = images, data = data,
      fit = deep_cnn(images, pretrained = backbone,
                     control = deep_control(epochs = 30, seed = 5,
                                            validation = 0.3))
    )
  }
  shared$borrowed
}
