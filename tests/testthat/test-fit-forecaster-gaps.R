test_that("no window touches a gap that breaks a series", {
  data <- hourly(100)[-c(41:43, 70), ]
  source <- forecast_source(data, list(value = "load"))
  panel <- lay_panel(source, "break", 2)
  expect_equal(panel$breaks, 2)
  expect_equal(panel$filled, 0)
  expect_equal(sum(panel$real), 96)
  expect_equal(unname(run_sizes(panel)), c(40, 26, 30))
  # Each gap takes as many places as the end, however long it is.
  expect_equal(which(is.na(panel$row)), c(41:42, 69:70, 101:102))
  value <- carried(source$table$load, panel)
  last <- all_windows(panel, value, list(lookback = 6L))
  rows <- panel$row[last]
  # By hand: the row, the five before it, in even hours.
  whole <- vapply(6:96, function(row) {
    all(diff(as.numeric(data$time[(row - 5):row])) == 3600)
  }, NA)
  expect_equal(rows, (6:96)[whole])
  expect_equal(panel$row[followed(last, panel)], setdiff(rows, c(40, 66, 96)))
  # Targets lie where the clock says, or are not known.
  truth <- window_truth(value$values, !value$missing & panel$real, last, 1:2)
  at <- match(data$time[rows] + 7200, data$time)
  at[at != rows + 2] <- NA
  expect_equal(truth[, 2], data$load[at])
})

test_that("gaps of no multiple of the step break it too", {
  data <- hourly(90)
  data$time[61:90] <- data$time[61:90] + 1234
  source <- forecast_source(data, list(value = "load"))
  panel <- lay_panel(source, "break", 3)
  expect_equal(unname(run_sizes(panel)), c(60, 30))
  expect_equal(panel$time[panel$real], as.numeric(data$time))
})

test_that("values before a gap are not seen behind it", {
  data <- hourly(60)[-(21:30), ]
  data$load[21] <- NA
  source <- forecast_source(data, list(value = "load"))
  panel <- lay_panel(source, "break", 2)
  value <- carried(source$table$load, panel)
  expect_equal(value$values[panel$row %in% 20], data$load[[20]])
  expect_true(is.na(value$values[panel$row %in% 21]))
  # Nor is the value of a period before.
  last <- which(panel$row %in% c(30, 48))
  found <- naive_forecasts(value$values, last, panel, list(
    ahead = 1L, periods = 24L, lookback = 5L,
    scales = data.frame(mean = 4)
  ))
  expect_equal(found[["seasonal naive"]][, 1], data$load[c(30, 25)])
})

test_that("a fit across gaps learns, forecasts and says what it did", {
  skip_if_no_backend()
  data <- hourly(400)
  data <- data[-c(101:130, 250:251), ]
  fit <- fit_series(data, gaps = "break")
  expect_equal(fit$prep$counts$breaks, 2)
  expect_match(describe_panel(fit), "^368 rows, 2 gaps that no window touches$")
  found <- forecast(fit)
  expect_equal(found$time, max(data$time) + 3600 * 1:3)
  expect_equal(forecast(fit, new_data = data), found, ignore_attr = TRUE)
  # A row is predicted where enough rows lie before it without a gap.
  own <- predict(fit, data)$.pred
  run <- cumsum(c(TRUE, diff(as.numeric(data$time)) != 3600))
  expect_equal(is.na(own), stats::ave(run, run, FUN = seq_along) <= 8)
  # As if a new series began there.
  alone <- predict(fit, data[run == 2, ])$.pred
  expect_equal(own[run == 2], alone, tolerance = 1e-6)
  # Too little behind the last gap is no window.
  short <- data[c(1:300, 310:316), ]
  expect_snapshot(none <- forecast(fit, new_data = short)$.pred)
  expect_equal(none, rep(NA_real_, 3))
})

test_that("days of trade are no windows where each weekend breaks", {
  days <- as.Date("2024-01-01") + 0:200
  days <- days[!format(days, "%u") %in% 6:7]
  data <- data.frame(day = days, price = 100 + seq_along(days) %% 7)
  expect_snapshot(error = TRUE, deep_forecaster(
    data, "price", horizon = 2, lookback = 10, gaps = "break"
  ))
})
