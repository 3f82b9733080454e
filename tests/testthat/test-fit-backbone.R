# Words and rules that need no Python -----------------------------------------

test_that("names are found however they are written", {
  expect_equal(match_known("mobilenet_v2"), "MobileNetV2")
  expect_equal(match_known("EfficientNet-B0"), "EfficientNetB0")
  expect_equal(match_known("SqueezeNet"), "squeezenet")
  expect_null(match_known("no such net"))
})

test_that("preprocessing is what Keras documents", {
  # keras.applications.imagenet_utils.preprocess_input() of white and black.
  scaled <- function(kind, pixel) {
    rule <- preprocess_spec(list(preprocess = kind, shape = c(8L, 8L, 3L)))
    found <- (pixel / 255 - rule$mean) / rule$sd
    if (rule$reverse) rev(found) else found
  }
  expect_equal(c(scaled("caffe", c(255, 0, 0))),
               c(-103.939, -116.779, 255 - 123.68))
  expect_equal(c(scaled("tf", c(0, 255, 127.5))), c(-1, 1, 0))
  expect_equal(c(scaled("torch", 255)), (1 - c(0.485, 0.456, 0.406)) /
                 c(0.229, 0.224, 0.225))
  expect_equal(c(scaled("unit", 51)), rep(0.2, 3))
  expect_equal(c(scaled("bytes", 77)), rep(77, 3))
})

test_that("no weights are downloaded without consent", {
  old <- Sys.getenv("KERAS_HOME", NA)
  Sys.setenv(KERAS_HOME = "keras-home")
  on.exit(if (is.na(old)) Sys.unsetenv("KERAS_HOME")
          else Sys.setenv(KERAS_HOME = old))
  rlang::local_options(deeply.consent = NULL, rlang_interactive = FALSE)
  expect_snapshot(deep_backbone("vgg16"), error = TRUE)
  expect_error(deep_backbone("EfficientNetB0", consent = FALSE),
               "efficientnet/|efficientnetb0_notop.h5",
               class = "deeply_error_weights_consent")
})

test_that("what can be said without Python is said at once", {
  expect_snapshot(error = TRUE, {
    deep_backbone("squeezenet")
    deep_backbone("no/such/file.h5")
    deep_backbone("mobilnet2")
    deep_backbone("MobileNet", weights = "nothing.h5")
    deep_backbone(17)
    deep_backbone("VGG16", preprocess = "grey")
    deep_backbone("VGG16", input_size = c(8, 8, 3))
  }, transform = hide_folder(getwd()))
})

# Files -----------------------------------------------------------------------

test_that("a whole model is cut before its pooling", {
  skip_if_no_backend()
  backbone <- shared_borrowed()$backbone
  # Two valid convolutions take two pixels a side each.
  expect_equal(backbone$grid, c(12L, 12L))
  expect_equal(backbone$maps, 8)
  expect_equal(backbone$layers, 2)
  # By hand: 3*3*3*6 + 6, four a channel, 3*3*6*8 + 8.
  expect_equal(backbone$parameters, 168 + 24 + 440)
  headless <- deep_backbone(tiny_backbone_file(head = FALSE),
                            preprocess = "unit")
  expect_equal(headless$grid, backbone$grid)
  expect_snapshot(print(backbone), transform = function(lines) {
    sub("(From +).*", "\\1<file>", lines)
  })
})

test_that("another size is another grid of the same network", {
  skip_if_no_backend()
  backbone <- deep_backbone(shared_borrowed()$path, preprocess = "unit",
                            input_size = c(20, 24))
  expect_equal(backbone$shape, c(20L, 24L, 3L))
  expect_equal(backbone$grid, c(16L, 20L))
})

test_that("what is no backbone says why", {
  skip_if_no_backend()
  folder <- new_folder()
  file <- function(name) file.path(folder, name)
  writeLines("not a network", file("text.h5"))
  keras <- reticulate::import("keras")
  dense <- keras$Sequential(list(keras$Input(reticulate::tuple(5L)),
                                 keras$layers$Dense(2L)))
  dense$save(file("table.keras"))
  flat <- keras$Sequential(list(
    keras$Input(reticulate::tuple(NULL, NULL, 3L)), keras$layers$Conv2D(2L, 3L)
  ))
  flat$save(file("any.keras"))
  tiny_backbone_file(file("tiny.keras"))
  tiny_backbone_file(file("grey.keras"), shape = c(16L, 16L, 1L))
  keras$saving$load_model(file("tiny.keras"))$save_weights(
    file("tiny.weights.h5")
  )
  without_cause <- function(code) {
    rlang::try_fetch(code, deeply_error_backbone = function(cnd) {
      cnd$parent <- NULL
      rlang::cnd_signal(cnd)
    })
  }
  expect_snapshot(error = TRUE, {
    without_cause(deep_backbone(file("text.h5")))
    without_cause(deep_backbone(file("table.keras")))
    without_cause(deep_backbone(file("any.keras")))
    without_cause(deep_backbone(file("tiny.weights.h5")))
    without_cause(deep_backbone(file("tiny.keras")))
    without_cause(deep_backbone(file("tiny.keras"), weights = "a.h5"))
    without_cause(deep_backbone(file("grey.keras"), preprocess = "caffe"))
    without_cause(deep_backbone("squeezenet", weights = file("tiny.keras")))
  }, transform = function(lines) {
    # Each version of h5py says it in words of its own.
    sub("x Unable to.*", "x <why>", hide_folder(folder)(lines))
  })
  expect_equal(
    deep_backbone(file("any.keras"), preprocess = "tf", input_size = 9)$grid,
    c(7L, 7L)
  )
})

test_that("real weights give the networks that their sources describe", {
  skip_if_no_backend()
  real_data_dir()
  files <- deep_data("weights")
  net <- deep_backbone("squeezenet", weights = files[["squeezenet"]],
                       input_size = 64)
  # Iandola et al. (2016), version 1.1, without its last convolution.
  expect_equal(net$parameters, 722496)
  expect_equal(c(net$layers, net$maps), c(25, 512))
  person <- deep_backbone(files[["mobilenet"]], preprocess = "unit")
  expect_equal(person$shape, c(96L, 96L, 3L))
  # 221,794 with the dense layer of 256 x 2 + 2.
  expect_equal(person$parameters, 221794 - 514)
  cifar <- deep_backbone(files[["resnet8"]], preprocess = "bytes")
  expect_equal(cifar$parameters, 78666 - 650)
})
