test_that("the output learns and the backbone stays as it is", {
  skip_if_no_backend()
  borrowed <- shared_borrowed()
  fit <- borrowed$fit
  expect_s3_class(fit, c("deep_cnn", "deep_fit"), exact = TRUE)
  expect_gt(evaluate(fit)$accuracy[[1]], 0.9)
  # Mean and maximum of 8 maps, and a bias.
  expect_equal(fit$info$learned, 17)
  before <- reticulate::import("keras")$saving$load_model(borrowed$path)
  inside <- as_keras(fit)$get_layer("tiny")
  for (layer in c("first", "norm", "second")) {
    expect_equal(inside$get_layer(layer)$get_weights(),
                 before$get_layer(layer)$get_weights())
  }
})

test_that("features are those that Keras itself finds", {
  skip_if_no_backend()
  borrowed <- shared_borrowed()
  keras <- reticulate::import("keras")
  whole <- keras$saving$load_model(borrowed$path)
  maps <- keras$Model(whole$input, whole$get_layer("second")$output)
  data <- tinted(4, side = 16)
  found <- maps$predict(data$x / 255, verbose = 0L)
  ours <- features(borrowed$backbone, data$x)
  expect_equal(ours[, 1:8], apply(found, c(1, 4), mean), tolerance = 1e-4)
  expect_equal(ours[, 9:16], apply(found, c(1, 4), max), tolerance = 1e-4)
  expect_equal(features(borrowed$fit, data$x), ours, tolerance = 1e-5)
  expect_equal(features(borrowed$backbone, data$x, "second"), ours[, 1:8],
               tolerance = 1e-5)
  expect_equal(dim(features(borrowed$fit, data$x, "first")), c(4L, 6L))
})

test_that("a prediction is the output of the features and of their mirror", {
  skip_if_no_backend()
  fit <- shared_borrowed()$fit
  data <- tinted(5, side = 16)
  turned <- data$x[, , 16:1, ]
  net <- as_keras(fit)
  scale <- net$get_layer("standardize")$get_weights()
  output <- net$get_layer("output")$get_weights()
  logit <- function(x) {
    seen <- sweep(sweep(features(fit, x), 2, scale[[1]]), 2, sqrt(scale[[2]]),
                  "/")
    drop(seen %*% output[[1]] + as.vector(output[[2]]))
  }
  expect_true(fit$spec$network$mirrored)
  expect_equal(predict(fit, data$x, type = "raw")[[1]],
               (logit(data$x) + logit(turned)) / 2, tolerance = 1e-4)
})

test_that("the same seed gives the same bits", {
  skip_if_no_backend()
  borrowed <- shared_borrowed()
  again <- deep_cnn(borrowed$images, pretrained = borrowed$backbone,
                    control = borrowed$fit$spec$control, baseline = FALSE)
  expect_equal(again$history$loss, borrowed$fit$history$loss)
  expect_identical(predict(again, borrowed$images[1:5], type = "raw"),
                   predict(borrowed$fit, borrowed$images[1:5], type = "raw"))
})

test_that("print tells what is frozen and what learns", {
  skip_if_no_backend()
  fit <- shared_borrowed()$fit
  expect_snapshot(cat_field("Network", describe_network(fit)))
  table <- summary(fit)
  expect_equal(table$output[table$name == "features"], "16")
  traced <- deep_cnn(shared_borrowed()$images, train = FALSE,
                     pretrained = shared_borrowed()$backbone)
  expect_equal(traced$parameters[traced$name == "tiny"], 632)
})

test_that("numbers are learned too, and a name is read on the way", {
  skip_if_no_backend()
  borrowed <- shared_borrowed()
  warm <- apply(borrowed$data$x[, , , 1], 1, mean)
  file.copy(borrowed$path, path <- tempfile(fileext = ".keras"))
  expect_error(deep_cnn(borrowed$data$x, warm, pretrained = path),
               class = "deeply_error_backbone")
  fit <- deep_cnn(borrowed$data$x, warm, pretrained = borrowed$backbone,
                  augmentation = "none", baseline = FALSE,
                  control = deep_control(epochs = 200, seed = 2))
  expect_false(fit$spec$network$flip)
  expect_gt(evaluate(fit)$rsq[[1]], 0.5)
})

test_that("arguments about layers are refused", {
  skip_if_no_backend()
  borrowed <- shared_borrowed()
  borrow <- function(...) {
    deep_cnn(borrowed$images, pretrained = borrowed$backbone, ...)
  }
  expect_snapshot(error = TRUE, {
    borrow(filters = 8, depth = 20)
    borrow(preset = "best")
    borrow(augmentation = c("flip", "erase"))
    borrow(dropout = 1)
    deep_cnn(borrowed$images, pretrained = 3)
    features(borrowed$fit, borrowed$images[1:2], layer = "third")
    features(borrowed$fit, borrowed$images[1:2], layer = 3)
  })
})

test_that("a saved fit predicts the same from a path in a fresh process", {
  skip_if_no_backend()
  skip_if(in_load_all(), "A fresh process would find another deeply.")
  fit <- shared_borrowed()$fit
  folder <- new_folder()
  # What Pillow knows by its first bytes, and R can write.
  picture <- file.path(folder, "one.png")
  pixels <- aperm(tinted(1)$x[1, , , ], 3:1)
  writeBin(c(charToRaw("P6 20 20 255\n"), as.raw(pixels)), picture)
  expected <- predict(fit, picture, type = "prob")
  saveRDS(fit, file.path(folder, "fit.rds"))
  saveRDS(shared_borrowed()$backbone, file.path(folder, "net.rds"))
  script <- file.path(folder, "later.R")
  writeLines(c(
    "library(deeply)", sprintf("setwd('%s')", folder),
    sprintf("options(deeply.backend = '%s')", backend_name()),
    "found <- predict(readRDS('fit.rds'), 'one.png', type = 'prob')",
    "seen <- features(readRDS('net.rds'), 'one.png')",
    "saveRDS(list(found, seen), 'found.rds')"
  ), script)
  system2(file.path(R.home("bin"), "Rscript"), c("--vanilla", script),
          stdout = FALSE, stderr = FALSE,
          env = paste0("R_LIBS=", paste(.libPaths(), collapse = ":")))
  found <- readRDS(file.path(folder, "found.rds"))
  expect_identical(as.data.frame(found[[1]]), as.data.frame(expected))
  expect_identical(found[[2]], features(shared_borrowed()$backbone, picture))
})
