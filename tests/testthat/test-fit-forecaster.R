test_that("it learns a season and what is left, near the best there is", {
  skip_if_no_backend()
  fit <- fit_series(hourly(1500))
  found <- evaluate(fit, by = "ahead")
  found <- found[found$model == "deep_forecaster", ]
  # The innovations have variance 1, and the noise an AR of 0.7.
  best <- sqrt(cumsum(0.7^(2 * (0:2))))
  expect_equal(found$rmse, best, tolerance = 0.1)
  expect_true(against_naive(fit$judged)$better)
  expect_gt(min(found$coverage), 0.8)
})

test_that("a forecast goes on from the end, by series and step", {
  skip_if_no_backend()
  fit <- stored_forecaster()
  found <- forecast(fit)
  data <- hourly()
  expect_s3_class(found, "deep_forecast")
  expect_equal(found$time, max(data$time) + 3600 * 1:3)
  expect_equal(found$ahead, 1:3)
  expect_true(all(found$.pred_lower < found$.pred_upper))
  expect_equal(nrow(forecast(fit, 2)), 2)
  # The same rows as new data give the same forecast.
  expect_equal(forecast(fit, new_data = data), found, ignore_attr = TRUE)
  half <- forecast(fit, level = 0.5)
  expect_true(all(half$.pred_upper - half$.pred_lower <=
                    found$.pred_upper - found$.pred_lower))
})

test_that("a row is predicted from those before it alone", {
  skip_if_no_backend()
  fit <- stored_forecaster()
  data <- hourly()
  found <- predict(fit, data, type = "interval")
  expect_equal(nrow(found), nrow(data))
  expect_true(all(is.na(found$.pred[1:8])))
  expect_false(anyNA(found$.pred[-(1:8)]))
  # Whatever comes after an origin, its forecast stays.
  noise <- data
  noise$load[200:300] <- -999
  expect_equal(predict(fit, noise)$.pred[1:200], found$.pred[1:200])
  # It is what forecast() says at that origin, in any order of the rows.
  early <- forecast(fit, new_data = data[1:150, ])
  expect_equal(early$.pred[[1]], found$.pred[[151]], tolerance = 1e-6)
  far <- predict(fit, data, ahead = 3)
  expect_equal(early$.pred[[3]], far$.pred[[153]], tolerance = 1e-6)
  mixed <- sample(300)
  expect_equal(predict(fit, data[mixed, ])$.pred, found$.pred[mixed],
               tolerance = 1e-6)
  quantiles <- predict(fit, data, type = "quantile")
  expect_named(quantiles, paste0(".pred_", c(0.05, 0.25, 0.5, 0.75, 0.95)))
  expect_equal(quantiles$.pred_0.95, found$.pred_upper)
})

test_that("what comes after an origin teaches nothing before it", {
  skip_if_no_backend()
  data <- hourly(200)
  # Validation begins at 0.2 of the windows; what follows is noise.
  run <- function(data) {
    source <- forecast_source(data, list(value = "load", index = "time"))
    spec <- list(horizon = 3L, lookback = 8L, gaps = "error", cell = "linear",
                 transform = "auto", control = list(validation = 0.2))
    forecaster_run(source, spec, c(0.1, 0.5, 0.9), 1L)
  }
  first <- run(data)
  until <- first$split$until
  data$load[(until + 1):200] <- -1e4
  second <- run(data)
  expect_equal(second$prep$scales, first$prep$scales)
  expect_equal(second$arrays$past[seq_len(until), ],
               first$arrays$past[seq_len(until), ])
  expect_equal(second$split, first$split)
  # The targets of what is learned from lie before what validation forecasts.
  expect_lte(max(first$split$train) + 3, until)
  expect_equal(min(first$split$validation), until)
})

test_that("a fit lasts, and needs no history in a new process", {
  skip_if_no_backend()
  skip_if_not_installed("callr")
  fit <- stored_forecaster()
  path <- tempfile(fileext = ".rds")
  saveRDS(fit, path)
  again <- callr::r(function(path, backend, lib) {
    options(deeply.backend = backend)
    fit <- readRDS(path)
    asNamespace("deeply")$forecast.deep_forecaster(fit)
  }, list(path, getOption("deeply.backend"), .libPaths()))
  expect_equal(again$.pred, forecast(fit)$.pred, tolerance = 1e-5)
})

test_that("the same seed gives the same fit", {
  skip_if_no_backend()
  fit <- fit_series()
  expect_identical(forecast(fit)$.pred, forecast(stored_forecaster())$.pred)
})

test_that("a fit prints what it saw and how good it is", {
  skip_if_no_backend()
  expect_snapshot(print(stored_forecaster()), transform = hide_forecast)
})

test_that("what needs an outcome says so", {
  skip_if_no_backend()
  fit <- stored_forecaster()
  expect_snapshot(error = TRUE, {
    diagnose(fit)
    calibrate(fit, hourly())
    explain(fit, hourly())
    confusion(fit, hourly())
    deep_report(fit, "report.html")
  })
  layers <- summary(fit)
  expect_equal(sum(layers$parameters), fit$info$parameters)
})
