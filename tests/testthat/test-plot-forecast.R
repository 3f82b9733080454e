test_that("forecasts, errors and folds are drawn", {
  skip_if_no_backend()
  fit <- stored_forecaster()
  fan <- autoplot(fit)
  expect_s3_class(fan, "ggplot")
  expect_match(fan$labels$title, "^Load is forecast to be highest at 2024-03")
  expect_equal(nrow(fan$data), 3)
  # From the last value on, with no gap between.
  line <- ggplot2::layer_data(fan, 3)
  last <- hourly()[300, ]
  expect_equal(line$x[[1]], as.numeric(last$time))
  expect_equal(line$y, c(last$load, fan$data$value))
  horizon <- autoplot(fit, type = "horizon")
  expect_s3_class(horizon, "ggplot")
  expect_setequal(as.character(unique(horizon$data$model)),
                  c("deep_forecaster", against_naive(fit$judged)$model))
  expect_s3_class(autoplot(fit, type = "history"), "ggplot")
  folds <- autoplot(backtest(fit, hourly(340), folds = 2, step = 10), "folds")
  expect_match(folds$labels$title, "^The error was largest from 2024")
  residuals <- autoplot(fit, type = "residuals")
  expect_match(residuals$labels$title, "Ljung|noise|correlated")
  expect_equal(residuals$data$lag, 1:11)
  for (plot in list(fan, horizon, folds, residuals)) {
    expect_error(ggplot2::ggplot_build(plot), NA)
  }
})

test_that("of a random walk it says that it has no skill", {
  skip_if_no_backend()
  said <- vapply(1:3, function(seed) {
    walk <- with_seed(seed, cumsum(rnorm(250)))
    fit <- fit_series(walk, NULL, lookback = 10, epochs = 1, cell = "linear")
    any(grepl("^No better than naive", forecaster_notes(fit)))
  }, NA)
  expect_true(all(said))
})

test_that("errors that are not there cannot be drawn", {
  far <- list(prep = list(ahead = c(4L, 24L)), judged = list(n = 80))
  near <- list(prep = list(ahead = 1:3), judged = list(n = 12))
  expect_snapshot(error = TRUE, {
    plot_residuals(far)
    plot_residuals(near)
    plot_residuals(list())
  })
})
