# Windows one by one, as slowly and plainly as can be.
naive_windows <- function(columns, lookback, ahead, stride = 1) {
  value <- columns[[1]]
  x <- list()
  y <- list()
  last <- integer()
  start <- 1
  while (start + lookback - 1 + max(ahead) <= length(value)) {
    seen <- start:(start + lookback - 1)
    window <- vapply(columns, function(column) column[seen], numeric(lookback))
    target <- value[max(seen) + ahead]
    if (!anyNA(window) && !anyNA(target)) {
      x <- c(x, list(window))
      y <- c(y, list(target))
      last <- c(last, max(seen))
    }
    start <- start + stride
  }
  list(x = x, y = y, last = last)
}

expect_as_naive <- function(windows, naive) {
  testthat::expect_equal(nrow(windows$y), length(naive$y))
  for (i in seq_along(naive$y)) {
    testthat::expect_equal(unname(windows$x[i, , ]), unname(drop(naive$x[[i]])))
    testthat::expect_equal(unname(windows$y[i, ]), naive$y[[i]])
  }
  testthat::expect_equal(windows$origin$row, naive$last)
}

test_that("windows are what a plain loop cuts", {
  x <- with_seed(5, round(rnorm(61), 3))
  x[c(9, 40)] <- NA
  other <- seq(0.5, 18.5, length.out = 61)
  other[20] <- NA
  for (lookback in c(1, 4, 9)) {
    for (horizon in list(1, 3, c(2, 5))) {
      for (stride in c(1, 4)) {
        ahead <- if (length(horizon) == 1) seq_len(horizon) else horizon
        windows <- deep_windows(x, lookback = lookback, horizon = horizon,
                                stride = stride)
        expect_as_naive(windows, naive_windows(list(x), lookback, ahead,
                                               stride))
        windows <- deep_windows(data.frame(x, other), "x", lookback = lookback,
                                horizon = horizon, stride = stride,
                                covariates = "other")
        expect_as_naive(windows, naive_windows(list(x, other), lookback, ahead,
                                               stride))
      }
    }
  }
})

test_that("windows print", {
  days <- readings(30, sensors = 2)
  holes <- days
  holes$value[c(5, 20)] <- NA
  gaps <- days[-c(21, 40, 41), ]
  expect_snapshot({
    deep_windows(1:20, lookback = 3)
    deep_windows(AirPassengers, lookback = 12, horizon = c(1, 6), stride = 2)
    deep_windows(days, "value", lookback = 7, horizon = 3, key = "sensor")
    deep_windows(rbind(holes, data.frame(day = as.Date("2021-03-01"),
                                         sensor = "new", value = 1)),
                 "value", lookback = 4, key = "sensor")
    deep_windows(gaps, "value", lookback = 4, key = "sensor", index = "day",
                 gaps = "break")
    deep_windows(gaps, "value", lookback = 4, key = "sensor", index = "day",
                 gaps = "ignore")
    deep_windows(datasets::EuStockMarkets, "DAX", lookback = 5,
                 covariates = c("SMI", "CAC"))
  })
})

test_that("no window reaches from one series to the next", {
  days <- readings(25, sensors = 3)
  days$room <- rep(c("a", "a", "b"), 25)
  days$shelf <- rep(c(1, 2, 1), 25)
  mixed <- days[with_seed(3, sample(75)), ]
  windows <- deep_windows(mixed, "value", lookback = 6, horizon = 2,
                          index = "day", key = c("room", "shelf"))
  expect_equal(nrow(windows$y), 3 * (25 - 8 + 1))
  for (i in seq_len(nrow(windows$y))) {
    origin <- windows$origin[i, ]
    series <- days[days$room == origin$room & days$shelf == origin$shelf, ]
    at <- which(series$day == origin$day)
    expect_equal(unname(windows$x[i, , 1]), series$value[(at - 5):at])
    expect_equal(unname(windows$y[i, ]), series$value[at + 1:2])
    expect_equal(mixed$value[origin$row], series$value[at])
  }
})

test_that("a gap in time is an error, a break, or ignored", {
  days <- readings(30)
  gap <- days[-c(11, 12), ]
  broken <- deep_windows(gap, "value", lookback = 4, gaps = "break")
  expect_equal(nrow(broken$y), (10 - 4) + (18 - 4))
  expect_false(any(broken$origin$day %in% days$day[c(10:15)]))
  expect_equal(broken$how$breaks, 1)
  ignored <- deep_windows(gap, "value", lookback = 4, gaps = "ignore")
  expect_equal(nrow(ignored$y), 28 - 4)
  panel <- rbind(cbind(days, id = "b"), cbind(gap, id = "a"))
  expect_snapshot(error = TRUE, {
    deep_windows(gap, "value", lookback = 4)
    deep_windows(panel, "value", lookback = 4, key = "id", index = "day")
    deep_windows(panel, "value", lookback = 4, index = "day")
    deep_windows(panel[c(1:30, 4:9), ], "value", lookback = 4, key = "id",
                 index = "day")
  })
  expect_error(deep_windows(gap, "value", lookback = 4),
               class = "deeply_error_gap")
})

test_that("months, and days on which the clock changes, are even steps", {
  steps <- function(at) {
    data <- data.frame(at, value = seq_along(at))
    deep_windows(data, "value", lookback = 2, index = "at")$how$step
  }
  expect_identical(steps(seq(as.Date("2020-01-01"), by = "month",
                             length.out = 30)), "1 month")
  expect_identical(steps(seq(as.Date("2020-01-01"), by = "quarter",
                             length.out = 30)), "3 months")
  expect_identical(steps(seq(as.Date("2020-02-01"), by = "month",
                             length.out = 30) - 1), "1 month")
  expect_identical(steps(seq(as.Date("2020-01-01"), by = "year",
                             length.out = 30)), "12 months")
  expect_identical(steps(as.Date("2020-01-01") + 7 * 0:9), "7 days")
  london <- as.POSIXct("2021-03-20 09:00", tz = "Europe/London")
  expect_identical(steps(seq(london, by = "DSTday", length.out = 20)), "1 day")
  expect_identical(steps(london + 900 * 0:500), "15 minutes")
  expect_identical(steps(london + 1.5 * 0:500), "1.5 seconds")
  expect_identical(steps(seq(0.1, 5, by = 0.1)), "0.1")
})

test_that("a wide table has a column a lag and a step ahead", {
  days <- readings(9)
  days$load <- 101:109
  windows <- deep_windows(days, "value", lookback = 3, horizon = 2,
                          covariates = "load")
  wide <- data.table::as.data.table(windows)
  expect_named(wide, c("day", "row", "value_lag_2", "value_lag_1",
                       "value_lag_0", "load_lag_2", "load_lag_1", "load_lag_0",
                       "value_ahead_1", "value_ahead_2"))
  expect_equal(wide$load_lag_2, 101:105)
  expect_equal(wide$value_ahead_2, days$value[5:9])
  expect_equal(wide$day, days$day[3:7])
})

test_that("the windows of the air of London are those of its protocol", {
  path <- file.path(real_data_dir(), "london_no2",
                    "LondonAir_TH_MER_NO2.csv.gz")
  skip_if_not(file.exists(path), "london_no2 is not there")
  air <- utils::read.csv(path)
  hourly <- air[seq(1, nrow(air), by = 4), ]
  windows <- deep_windows(hourly, "Value", lookback = 24,
                          horizon = c(1, 4, 24))
  expect_equal(nrow(hourly), 8760)
  expect_equal(sum(is.na(hourly$Value)), 341)
  expect_equal(nrow(windows$y) + windows$how$missing, 8760 - 48 + 1)
  expect_identical(windows$how$step, "1 hour")
})

test_that("bad input is named", {
  days <- readings(12)
  expect_snapshot(error = TRUE, {
    deep_windows(days, "value")
    deep_windows(days, "value", lookback = 0)
    deep_windows(days, "value", lookback = 3, horizon = 0)
    deep_windows(days, "value", lookback = 3, horizon = c(1, NA))
    deep_windows(days, "value", lookback = 3, stride = 1.5)
    deep_windows(days, "value", 3)
    deep_windows(days, lookback = 3)
    deep_windows(days, "valu", lookback = 3)
    deep_windows(days, "value", lookback = 3, key = "sensr")
    deep_windows(days, "value", lookback = 3, index = "time")
    deep_windows(days, "value", lookback = 3, index = "sensor")
    deep_windows(days, "value", lookback = 3, covariates = c("value", "load"))
    deep_windows(days, "sensor", lookback = 3)
    deep_windows(days, "day", lookback = 3)
    deep_windows(days, "value", lookback = 12)
    deep_windows(days[-6, ], "value", lookback = 7, gaps = "break")
    deep_windows(days, "value", lookback = 3, gaps = "fill")
    deep_windows(letters, lookback = 3)
    deep_windows(numeric(), lookback = 3)
    deep_windows(c(1, NA, 3, NA, 5), lookback = 2)
    deep_windows(days[0, ], "value", lookback = 3)
    deep_windows(transform(days, day = replace(day, 4:5, NA)), "value",
                 lookback = 3, index = "day")
  })
})
