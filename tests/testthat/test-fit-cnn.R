test_that("bars are told apart by where they lie", {
  skip_if_no_backend()
  fit <- bar_fit()
  expect_s3_class(fit, c("deep_cnn", "deep_fit"), exact = TRUE)
  fresh <- bar_images(100, seed = 9)
  judged <- evaluate(fit, deep_images(fresh$x, fresh$class))
  expect_gt(judged$accuracy[[1]], 0.9)
  expect_equal(judged$model[1:3], c("deep_cnn", "majority class",
                                    "logistic regression"))
})

test_that("a fit prints what it is", {
  skip_if_no_backend()
  # How good it is differs by the last bits of a processor.
  lines <- utils::capture.output(print(bar_fit()))
  about <- lines[seq_len(match("", lines) - 1)]
  about <- sub(" in [0-9.]+ s ", " in 1.5 s ", about)
  about <- sub("best: [0-9]+", "best: 5", about)
  expect_snapshot(cat(about, sep = "\n"))
})

test_that("predictions do not depend on how images are given", {
  skip_if_no_backend()
  fit <- bar_fit()
  bars <- bar_images(6)
  dir <- bar_folder(6)
  expected <- predict(fit, bars$x, type = "prob")
  expect_equal(nrow(expected), 6)
  expect_equal(predict(fit, bars$x / 255, type = "prob"), expected)
  expect_equal(predict(fit, deep_images(bars$x), type = "prob"), expected)
  paths <- file.path(dir, bars$class, sprintf("%03d.png", 1:6))
  expect_equal(predict(fit, paths, type = "prob"), expected)
  expect_equal(predict(fit, bars$x[3, , ], type = "prob"), expected[3, ],
               tolerance = 1e-5)
  expect_equal(nrow(predict(fit, bars$x[0, , , drop = FALSE])), 0)
})

test_that("the same seed gives the same bits", {
  skip_if_no_backend()
  bars <- bar_images(40)
  fit <- function(seed) {
    fit_weights(small_cnn(bars$x, bars$class, epochs = 2, seed = seed,
                          baseline = FALSE))
  }
  expect_identical(fit(4), fit(4))
  expect_false(identical(fit(4), fit(5)))
})

test_that("memory and a file give the same network", {
  skip_if_no_backend()
  bars <- bar_images(40)
  fit <- function(images, stream) {
    fit_weights(deep_cnn(
      images, architecture = "simple", filters = 4, hidden_units = 4,
      baseline = FALSE, control = deep_control(
        epochs = 2, seed = 1, stream = stream
      )
    ))
  }
  for (images in list(deep_images(bars$x, bars$class),
                      deep_images(bar_folder(40)))) {
    expect_identical(fit(images, TRUE), fit(images, FALSE))
  }
})

test_that("images of a folder are mixed before they are learned from", {
  rows <- mix_rows(11:60, 3)
  expect_setequal(rows, 11:60)
  expect_identical(mix_rows(11:60, 3), rows)
  # Half of the first half come from the second.
  expect_lt(abs(mean(rows[1:25] > 35) - 0.5), 0.25)
  expect_identical(mix_rows(7L, 1), 7L)
})

test_that("many images go to a file", {
  widths <- list(image = 64 * 64 * 3, y = 1L, weights = 1L)
  most <- 2^28 %/% (64 * 64 * 3 + 8)
  expect_false(is_short_of_memory(most, widths, free = 2^34))
  expect_true(is_short_of_memory(most + 1, widths, free = 2^34))
  expect_true(is_short_of_memory(most, widths, free = 2^29))
})

test_that("a batch of large images has fewer of them", {
  held <- function(side, architecture = "auto") {
    images <- settle_shape(deep_images(array(0, c(1, side, side)), 1))
    held_images(images, architecture)
  }
  sides <- c(12, 48, 64, 90, 96, 128, 224)
  batch <- vapply(sides, held, 1L)
  expect_equal(batch[2:5], c(64, 32, 16, 64))
  after_stem <- sides / vapply(sides, auto_stem, 1)
  expect_true(all(batch * after_stem^2 < 1.5 * 64 * 48^2))
  # Only this one has a first convolution that steps over pixels.
  expect_equal(held(96, "vgg"), 16)
  expect_equal(held(2000, "vgg"), 1)
})

test_that("files without a size are looked at before the batch is chosen", {
  skip_if_no_backend()
  images <- settle_shape(deep_images(bar_folder(2)))
  expect_equal(images$size, c(12, 12))
  expect_equal(held_images(images, "auto"), 1024)
})

test_that("a fit lasts into another process", {
  skip_if_no_backend()
  skip_if_not_installed("callr")
  fit <- bar_fit()
  dir <- bar_folder(4)
  paths <- list.files(dir, recursive = TRUE, full.names = TRUE)
  file <- tempfile(fileext = ".rds")
  saveRDS(fit, file)
  again <- callr::r(function(file, paths, options) {
    options(options)
    predict(readRDS(file), paths, type = "prob")
  }, list(file, paths, options()["deeply.backend"]), package = "deeply")
  expect_equal(as.data.frame(again),
               as.data.frame(predict(fit, paths, type = "prob")))
})

test_that("five broken files of a thousand are named, and left out if asked", {
  skip_if_no_backend()
  dir <- bar_folder(995)
  lying <- function(name) file.path(dir, "lying", name)
  whole <- readBin(lying("001.png"), raw(), 1000)
  writeBin(whole[1:80], lying("cut.png"))
  file.create(lying("none.png"))
  writeLines("<html><p>404</p></html>", lying("page.jpg"))
  signature <- as.raw(c(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a))
  writeBin(c(signature, whole), lying("noise.png"))
  writeLines("no picture", file.path(dir, "standing", "text.png"))
  hide <- function(x) gsub("/.*/(lying|standing)", "<folder>/\\1", x)
  expect_snapshot(small_cnn(dir), error = TRUE, transform = hide)
  images <- deep_images(dir, broken = "skip")
  expect_length(images, 1000)
  expect_snapshot(
    fit <- small_cnn(images, epochs = 1, baseline = FALSE), transform = hide
  )
  expect_equal(fit$prep$rows$broken, 5)
  expect_equal(sum(unlist(fit$info$rows)), 995)
  expect_warning(predicted <- predict(fit, images),
                 class = "deeply_warning_broken_images")
  broken <- grepl("(cut|none|noise|text).png$|page.jpg$", images$paths)
  expect_equal(is.na(predicted$.pred_class), broken)
})

test_that("a number can be learned from images", {
  skip_if_no_backend()
  bars <- bar_images(80)
  bright <- apply(bars$x, 1, mean)
  fit <- small_cnn(bars$x, bright)
  expect_equal(fit$prep$outcome$task, "regression")
  expect_equal(fit$spec$control$label_smoothing, 0)
  expect_named(predict(fit, bars$x[1:2, , ]), ".pred")
})

test_that("digits are not mirrored, what looks alike is", {
  skip_if_no_backend()
  expect_true(bar_fit()$spec$network$augment$flip)
  # A bar left or right: mirrored, each is the other.
  x <- array(with_seed(1, sample(0:60, 80 * 144, TRUE)), c(80, 12, 12))
  side <- rep(c("left", "right"), 40)
  x[side == "left", , 2:4] <- 230L
  x[side == "right", , 9:11] <- 230L
  fit <- small_cnn(x, side, epochs = 1, baseline = FALSE)
  expect_false(fit$spec$network$augment$flip)
  expect_equal(fit$prep$mirror$mirrored, 0)
})

test_that("the mean of an image and its mirror image is one for both", {
  skip_if_no_backend()
  bars <- bar_images(40)
  fit <- small_cnn(bars$x, bars$class, epochs = 1, baseline = FALSE,
                   augmentation = "flip", test_average = TRUE)
  turned <- bars$x[, , 12:1]
  expect_equal(predict(fit, turned, type = "prob"),
               predict(fit, bars$x, type = "prob"), tolerance = 1e-6)
})

test_that("architectures are traced without training", {
  skip_if_no_backend()
  x <- array(0:255, c(20, 28, 28))
  y <- rep(letters[1:10], 2)
  lenet <- deep_cnn(x, y, architecture = "lenet", train = FALSE)
  # LeCun et al. (1998): 6 maps of 28 x 28, 16 of 10 x 10, and 61,706 weights.
  expect_equal(lenet$output[lenet$kind == "Conv2D"],
               c("28 x 28 x 6", "10 x 10 x 16"))
  expect_equal(lenet$output[grepl("pool", lenet$name)],
               c("14 x 14 x 6", "5 x 5 x 16"))
  expect_equal(sum(lenet$parameters), 61706)
  expect_snapshot(deep_cnn(x, y, architecture = "vgg", filters = c(3, 5),
                           train = FALSE))
  for (depth in c(20, 56, 110)) {
    traced <- deep_cnn(x, y, architecture = "resnet", depth = depth,
                       train = FALSE)
    expect_equal(sum(traced$kind %in% c("Conv2D", "Dense")), depth)
  }
})

test_that("images of any size find a network by themselves", {
  skip_if_no_backend()
  for (side in c(8, 28, 96)) {
    x <- array(0:255, c(12, side, side, 3))
    traced <- deep_cnn(x, rep(1:4, 3) > 2, train = FALSE)
    last <- tail(grep("^add", traced$name), 1)
    map <- as.integer(strsplit(traced$output[[last]], " x ")[[1]])
    expect_lte(map[[1]], 5)
    expect_gt(map[[1]], 2)
  }
})

test_that("images are brought to another size and to grey", {
  skip_if_no_backend()
  bars <- bar_images(30, size = 24)
  colour <- array(bars$x, c(dim(bars$x), 3))
  images <- deep_images(colour, bars$class, size = 12, channels = 1)
  fit <- small_cnn(images, epochs = 1, baseline = FALSE)
  expect_equal(fit$prep$shape, c(12, 12, 1))
  expect_equal(nrow(predict(fit, colour[1:3, , , ])), 3)
})

test_that("wrong arguments are named", {
  x <- array(0:255, c(20, 12, 12))
  y <- rep(c("a", "b"), 10)
  expect_snapshot(error = TRUE, {
    deep_cnn(mtcars, mtcars$mpg)
    deep_cnn(x)
    deep_cnn(x, y[-1])
    deep_cnn(x, y, preset = "fast")
    deep_cnn(x, y, architecture = "alexnet")
    deep_cnn(x, y, depth = 20)
    deep_cnn(x, y, architecture = "resnet", depth = 21)
    deep_cnn(x, y, architecture = "resnet", pooling = "max")
    deep_cnn(x, y, architecture = "simple", padding = "full")
    deep_cnn(x, y, augmentation = "rotate")
    deep_cnn(x, y, kernel_size = 0)
    deep_cnn(x, y, colour = TRUE)
  })
  skip_if_no_backend()
  expect_snapshot(error = TRUE, {
    predict(bar_fit(), mtcars)
    deep_cnn(x, y, architecture = "simple", filters = 2^(1:5), train = FALSE)
  })
})

test_that("folds and rivals take images", {
  skip_if_no_backend()
  bars <- bar_images(60)
  images <- deep_images(bars$x, bars$class)
  few <- deep_control(epochs = 1)
  folds <- cross_validate(images, folds = 2, architecture = "simple",
                          filters = 4, baseline = FALSE, control = few,
                          seed = 1)
  expect_equal(folds$n_test[folds$model == "deep_cnn"], c(30, 30))
  compared <- compare_models(images, folds = 2, models = "linear",
                             networks = list(
                               small = list(filters = 4), large = list()
                             ), architecture = "simple", control = few,
                             seed = 1)
  expect_setequal(compared$model, c("small", "large", "logistic regression"))
  expect_snapshot(compare_models(images, hidden = 4), error = TRUE)
})

test_that("a run on images is taken up again", {
  skip_if_no_backend()
  bars <- bar_images(40)
  folder <- tempfile("run-")
  control <- deep_control(epochs = 2, seed = 1, checkpoint = folder)
  fit <- deep_cnn(bars$x, bars$class, architecture = "simple", filters = 4,
                  hidden_units = 4, control = control, baseline = FALSE)
  resumed <- deep_resume(folder)
  expect_identical(fit_weights(resumed), fit_weights(fit))
})
