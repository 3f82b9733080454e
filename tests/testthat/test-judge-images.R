# What judges a fit to a table also judges one to images.

test_that("curves, confusion and calibration take images", {
  skip_if_no_backend()
  spots <- spot_images(60, seed = 4)
  fit <- spot_fit()
  images <- deep_images(spots$x, spots$class)
  prob <- as.matrix(predict(fit, spots$x, type = "prob"))
  expect_equal(unclass(confusion(fit, images)),
               unclass(confusion(spots$class, prob)), ignore_attr = TRUE)
  expect_s3_class(roc_curve(fit, images), "deep_curve")
  expect_s3_class(pr_curve(fit, spots$x, spots$class), "deep_curve")
  expect_s3_class(reliability_curve(fit, images), "deep_reliability")
  # Without mistakes there is no temperature to learn.
  mistaken <- replace(spots$class, 1:6, spots$class[2:7])
  again <- calibrate(fit, spots$x, y = mistaken, method = "temperature")
  expect_equal(again$calibration$n, 60)
  two <- spot_fit("binary")
  y <- spot_outcome(spots, "binary")
  cost <- c(false_negative = 5, false_positive = 1)
  expect_s3_class(cost_curve(two, spots$x, y, cost = cost), "deep_cost")
  two <- set_threshold(two, 0.2)
  white <- as.matrix(predict(two, spots$x, type = "prob"))[, 2]
  expect_equal(predict(two, spots$x)$.pred_class == "white", white > 0.2)
})

test_that("a diagnosis knows which images were trained on", {
  skip_if_no_backend()
  spots <- spot_images(240)
  fit <- spot_fit()
  found <- diagnose(fit, data = deep_images(spots$x, spots$class))
  counts <- name_sets(list(n = 240, rows = 1:240), split_of(
    fit, list(table = deep_images(spots$x, spots$class), split = TRUE),
    spots$class
  ))
  expect_equal(c(table(counts)[c("training", "validation")]),
               c(fit$info$rows), ignore_attr = TRUE)
  expect_true(all(found$suspects$set %in% c("training", "validation")))
  fresh <- spot_images(40, seed = 4)
  tested <- diagnose(fit, test = spot_folder(fresh))
  expect_true("test" %in% tested$ladder$level)
  expect_snapshot(diagnose(fit, test = fresh$x), error = TRUE)
})

test_that("a diagnosis finds test images that were trained on", {
  skip_if_no_backend()
  spots <- spot_images(240)
  fresh <- spot_images(40, seed = 4)
  images <- deep_images(spots$x, spots$class)
  mixed <- deep_images(abind_images(fresh$x, spots$x[1:4, , ]),
                       c(as.character(fresh$class),
                         as.character(spots$class[1:4])))
  found <- diagnose(spot_fit(), data = images, test = mixed)$findings
  leak <- found[found$kind == "leak", ]
  expect_equal(leak$severity, "stop")
  expect_equal(leak$value, 4 / 44)
  expect_snapshot(cat(leak$says, leak$fix, sep = "\n"))
  clean <- diagnose(spot_fit(), data = images,
                    test = deep_images(fresh$x, fresh$class))
  expect_false("leak" %in% clean$findings$kind)
})

test_that("predictions stand beside images by number, path and label", {
  skip_if_no_backend()
  spots <- spot_images(4)
  fit <- spot_fit()
  prob <- predict(fit, spots$x, type = "prob")
  bare <- augment(fit, spots$x)
  expect_named(bare, c("image", ".pred_class", names(prob)))
  expect_equal(bare[, -(1:2)], prob)
  labelled <- augment(fit, deep_images(spots$x, spots$class))
  expect_equal(labelled$y, spots$class)
  files <- augment(fit, spot_folder(spots))
  order <- order(as.character(spots$class), method = "radix")
  expect_equal(basename(files$path), sprintf("%03d.png", order))
  expect_equal(files$.pred_class, bare$.pred_class[order])
  number <- spot_fit("regression")
  y <- spot_outcome(spots, "regression")
  found <- augment(number, deep_images(spots$x, y))
  expect_named(found, c("image", "y", ".pred", ".resid"))
  expect_equal(found$.resid, unname(y) - predict(number, spots$x)$.pred)
  expect_equal(nrow(glance(fit)), 1)
  expect_equal(nrow(tidy(fit)), 2 * fit$info$epochs)
})

test_that("a learning rate is looked for with images too", {
  skip_if_no_backend()
  spots <- spot_images(60)
  found <- lr_finder(spots$x, spots$class, model = deep_cnn, steps = 12,
                     architecture = "simple", filters = 4, hidden_units = 4,
                     control = deep_control(seed = 1))
  expect_s3_class(found, "deep_lr_finder")
  # It stops where the loss is no number any more.
  expect_true(nrow(found) %in% 9:12)
})

test_that("what needs a table says so", {
  skip_if_no_backend()
  fit <- spot_fit()
  x <- spot_images(2)$x
  expect_snapshot(error = TRUE, {
    prep_to_json(fit$prep)
    predict(fit, x, type = "spread")
  })
})

test_that("the Keras model takes what its page says", {
  skip_if_no_backend()
  spots <- spot_images(3)
  fit <- spot_fit()
  image <- matrix(aperm(spots$x, 3:1), nrow = 3, byrow = TRUE)
  storage.mode(image) <- "integer"
  model <- as_keras(fit)
  raw <- model$predict(list(image = image), verbose = 0L)
  expect_equal(raw, unname(as.matrix(predict(fit, spots$x, type = "raw"))),
               tolerance = 1e-5)
})

# The page ----------------------------------------------------------------

test_that("a report of images has pictures in place of columns", {
  skip_if_no_backend()
  spots <- spot_images(40, seed = 4)
  fit <- spot_fit()
  page <- function(...) {
    path <- deep_report(fit, ..., open = FALSE)
    paste(readLines(path, encoding = "UTF-8"), collapse = "\n")
  }
  titles <- function(page) {
    found <- regmatches(page, gregexpr("<h2[^>]*>[^<]*", page))[[1]]
    sub(".*>", "", found)
  }
  whole <- page(new_data = spots$x, y = spots$class)
  expect_equal(titles(whole), c(
    "What to know first", "Data", "Model", "Training",
    "How good, beside what", "What is taken for what",
    "Do the probabilities come true?", "Diagnosis", "What it sees",
    "Versions and seed", "How to make it again"
  ))
  expect_match(whole, "16 x 16 pixels, grey", fixed = TRUE)
  expect_match(whole, "Judged on 40 new rows", fixed = TRUE)
  expect_match(whole, "Half of the heat lies on", fixed = TRUE)
  expect_match(page(), "Pictures: only with rows whose outcome is known",
               fixed = TRUE)
  local_constants(report_rows = 25L)
  drawn <- page(new_data = spot_folder(spots))
  expect_match(drawn, "drawn from 40", fixed = TRUE)
})

test_that("the code of a fit to images reads well", {
  skip_if_no_backend()
  fit <- spot_fit()
  expect_snapshot(cat(reproduce_code(fit), sep = "\n"))
  fit$spec <- c(cnn_spec("best", list(
    architecture = "resnet", depth = 32, residual = FALSE, penalty = 0.001,
    augmentation = c("flip", "erase"), test_average = TRUE
  )), fit$spec[c("own", "control", "asked", "network")])
  fit$spec$calibration <- "none"
  fit$prep[c("shape", "resize")] <- list(c(32L, 48L, 3L), "pad")
  fit$prep$settings$na <- "drop"
  fit$spec$asked[c("weights", "class_weights")] <- list(TRUE, "balanced")
  expect_snapshot(cat(reproduce_code(fit), sep = "\n"))
})

test_that("the code gives the same network", {
  skip_if_no_backend()
  spots <- spot_images(40)
  fit <- deep_cnn(
    spots$x, spots$class, architecture = "lenet", filters = c(3, 4),
    hidden_units = 5, dropout = 0.1, penalty = 1e-4, baseline = FALSE,
    calibration = "none", preset = "best", augmentation = c("shift", "erase"),
    control = deep_control(epochs = 2, seed = 3, label_smoothing = 0)
  )
  code <- utils::head(reproduce_code(fit)[-1], -1)
  here <- rlang::env(x = spots$x, y = spots$class)
  eval(parse(text = code), here)
  expect_identical(fit_weights(here$fit), fit_weights(fit))
  expect_identical(reproduce_code(here$fit), reproduce_code(fit))
})
