test_that("look-backs are held to the same targets", {
  data <- hourly(120)
  data$load[c(3, 60)] <- NA
  run <- function(each) {
    source <- forecast_source(data, list(value = "load"))
    spec <- list(horizon = 3L, gaps = "error", cell = "linear",
                 lookback = structure(each, among = c(2, 30)),
                 transform = "diff", control = list(validation = 0.2))
    forecaster_run(source, spec, c(0.1, 0.9), 1L)
  }
  short <- run(2)
  long <- run(30)
  expect_equal(short$split$validation, long$split$validation)
  expect_equal(short$split$until, long$split$until)
  # The shorter one learns from windows that the longer one has not.
  expect_true(all(long$split$train %in% short$split$train))
  expect_equal(min(short$split$train), 2)
  expect_lte(max(short$split$train) + 3, short$split$until)
})

test_that("a longer memory is found where the series has one, with its error", {
  skip_if_no_backend()
  # What comes is what was ten steps ago, and noise.
  x <- with_seed(4, as.numeric(stats::filter(
    rnorm(700), c(rep(0, 9), 0.9), "recursive"
  )))
  looks <- tune_lookback(x, lookback = c(10, 3), horizon = 1, cell = "linear",
                         transform = "none",
                         control = deep_control(epochs = 1, seed = 1))
  expect_equal(looks$lookback, c(3, 10))
  expect_equal(looks$n, rep(looks$n[[1]], 2))
  expect_equal(looks$rmse, c(stats::sd(x), 1), tolerance = 0.15)
  expect_equal(looks$difference[[1]],
               (looks$rmse[[1]] / looks$rmse[[2]])^2 - 1, tolerance = 1e-6)
  expect_gt(looks$lower[[1]], 0)
  expect_true(is.na(looks$lower[[2]]))
  expect_equal(lookback_findings(looks), "A look-back of 10 is better than 3.")
  plot <- autoplot(looks)
  expect_s3_class(plot, "ggplot")
  expect_equal(plot$labels$title, "A look-back of 10 is better than 3")
  drawn <- ggplot2::ggplot_build(plot)$layout$panel_params[[1]]$x$limits
  expect_equal(drawn, c("3", "10"))
})

test_that("a comparison is printed, and what it does not show", {
  looks <- data.table::data.table(
    lookback = c(3L, 10L, 24L), n = 412L, rmse = c(2.31, 2.18, 2.9),
    mae = c(1.8, 1.7, 2.2), difference = c(0.123, 0, 0.77),
    lower = c(-0.02, NA, 0.31), upper = c(0.27, NA, 1.23)
  )
  data.table::setattr(looks, "class", c("deep_lookbacks", class(looks)))
  data.table::setattr(looks, "about", list(
    value = "price", ahead = 1:5, naive = "drift", naive_rmse = 2.17,
    from = as.Date(c("2021-03-04", "2022-11-30")), better = c(TRUE, FALSE, TRUE)
  ))
  expect_snapshot(print(looks))
  expect_snapshot(error = TRUE, {
    tune_lookback(1:90, lookback = 7, horizon = 2)
    tune_lookback(1:90, horizon = 2, baseline = TRUE)
  })
})
