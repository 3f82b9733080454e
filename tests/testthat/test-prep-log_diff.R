test_that("log differences are those of base R", {
  x <- c(3, 4.5, 2.25, 7, 7)
  expect_equal(c(log_diff(x)), diff(log(x)), ignore_attr = TRUE)
  expect_equal(c(log_diff(x, 2)), diff(log(x), lag = 2), ignore_attr = TRUE)
  year <- log_diff(AirPassengers, 12)
  expect_equal(tsp(year), tsp(diff(AirPassengers, 12)))
  expect_equal(as.numeric(year), as.numeric(diff(log(AirPassengers), 12)))
})

test_that("undoing them gives the series back to 1e-12", {
  long <- exp(with_seed(2, cumsum(rnorm(1e5, sd = 0.02))))
  large <- c(1e-200, 1e200, 5, 1e-300, 2)
  for (x in list(AirPassengers, long, large, 1:40)) {
    for (lag in c(1, 2, 4)) {
      back <- undo_log_diff(log_diff(x, lag))
      expect_lt(max(abs(as.numeric(back) / as.numeric(x) - 1)), 1e-12)
      expect_identical(is.ts(back), is.ts(x))
      if (is.ts(x)) expect_equal(tsp(back), tsp(x))
      plain <- as.numeric(log_diff(x, lag))
      start <- as.numeric(x)[seq_len(lag)]
      expect_lt(max(abs(undo_log_diff(plain, start) / as.numeric(x) - 1)),
                1e-12)
    }
  }
})

test_that("missing values stay missing, and those after them come back", {
  x <- replace(as.numeric(AirPassengers), c(1, 5, 6, 40, 60, 143), NA)
  for (lag in c(1, 3, 12)) {
    changes <- log_diff(x, lag)
    expect_identical(is.na(as.numeric(changes)),
                     is.na(diff(x, lag)))
    expect_equal(undo_log_diff(changes), x, tolerance = 1e-12)
  }
  expect_equal(undo_log_diff(c(0.1, NA, 0.2), start = 2),
               c(2, 2 * exp(0.1), NA, NA))
})

test_that("forecasts go on from the end of the series", {
  x <- c(10, 12, 15, 11)
  expect_equal(undo_log_diff(log(c(2, 3)), after = x), c(22, 66))
  expect_equal(undo_log_diff(log(c(2, 3, 5)), after = x, lag = 2),
               c(30, 33, 150))
  head <- window(AirPassengers, end = c(1958, 12))
  later <- as.numeric(log_diff(AirPassengers, 12))[109:132]
  tail <- undo_log_diff(later[1:24], after = head, lag = 12)
  expect_equal(tail, window(AirPassengers, start = c(1959, 1)))
  # The lag of the changes is the lag of what goes on.
  changes <- log_diff(AirPassengers, 12)
  changes[] <- 0
  expect_equal(as.numeric(undo_log_diff(changes, after = AirPassengers))[1:24],
               rep(as.numeric(AirPassengers)[133:144], 2))
})

test_that("bad input is named", {
  x <- c(4, 2, 0, -1, 5)
  expect_snapshot(error = TRUE, {
    log_diff(x)
    log_diff(c(4, Inf, 2))
    log_diff("4")
    log_diff(EuStockMarkets)
    log_diff(numeric())
    log_diff(3)
    log_diff(1:9, lag = 9)
    log_diff(1:9, lag = 0)
    undo_log_diff(c(0.1, 0.2))
    undo_log_diff(c(0.1, 0.2), start = 3, after = 1:4)
    undo_log_diff(c(0.1, 0.2), start = -3)
    undo_log_diff(c(0.1, 0.2), start = 3:4, lag = 3)
    undo_log_diff(c(0.1, 0.2), after = 3:4, lag = 3)
    undo_log_diff("0.1", start = 3)
  })
  expect_error(log_diff(x), class = "deeply_error_not_positive")
})
