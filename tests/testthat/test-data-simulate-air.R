test_that("the file has the columns and the flaws of the raw one", {
  data <- simulate_air(24 * 50, seed = 3)$data
  expect_named(data, c("Site", "Species", "ReadingDateTime", "Value", "Units",
                       "Provisional or Ratified"))
  expect_equal(nrow(data), 4 * 24 * 50)
  expect_equal(data$ReadingDateTime[c(1, 2, 97, 4800)],
               c("01/01/2018 00:00", "01/01/2018 00:15", "02/01/2018 00:00",
                 "19/02/2018 23:45"))
  expect_equal(anyDuplicated(data$ReadingDateTime), 0)
  hours <- matrix(data$Value, nrow = 4)
  for (quarter in 2:4) expect_identical(hours[quarter, ], hours[1, ])
  for (constant in c("Site", "Species", "Units")) {
    expect_length(unique(data[[constant]]), 1)
  }
  expect_equal(which(data$`Provisional or Ratified` == "P"), 4797:4800)
  expect_equal(sum(is.na(hours[1, ])), round(0.039 * 1200))
})

test_that("numbers are text when asked for", {
  text <- simulate_air(300, text = TRUE, seed = 4)$data$Value
  number <- simulate_air(300, seed = 4)$data$Value
  expect_type(text, "character")
  expect_equal(is.na(text), is.na(number))
  expect_equal(as.numeric(text), number)
})

test_that("without flaws it is the same air, an hour a row", {
  clean <- simulate_air(500, flaws = FALSE, seed = 5)
  flawed <- simulate_air(500, seed = 5)
  expect_named(clean$data, c("time", "no2"))
  expect_equal(clean$data$time,
               as.POSIXct("2018-01-01", tz = "UTC") + 3600 * 0:499)
  expect_false(anyNA(clean$data))
  hourly <- flawed$data$Value[seq(1, 2000, 4)]
  seen <- !is.na(hourly)
  expect_equal(clean$data$no2[seen], hourly[seen])
  expect_equal(flawed$truth$rows[seq(1, 2000, 4)], clean$truth$rows)
})

test_that("missing hours are as many as asked for, in runs", {
  for (share in c(0, 0.001, 0.039, 0.25, 0.5)) {
    set.seed(11)
    gone <- missing_hours(1000, 1000 * share)
    expect_length(gone, 1000 * share)
    expect_true(all(gone >= 1 & gone <= 1000))
    expect_equal(anyDuplicated(gone), 0)
    # Each run stays apart from the next.
    set.seed(11)
    lengths <- if (share > 0) gap_lengths(1000 * share) else integer()
    found <- rle(seq_len(1000) %in% gone)
    expect_equal(sort(found$lengths[found$values]), sort(lengths))
  }
  # Three in four are single.
  set.seed(12)
  lengths <- gap_lengths(1e5)
  expect_equal(mean(lengths == 1), 0.75 + 0.25 / 41, tolerance = 0.03)
  expect_equal(mean(lengths[lengths > 1]), 42, tolerance = 0.1)
})

# Ten years, so that sampling error is small.
long <- simulate_air(87600, flaws = FALSE, seed = 6)
weather <- log(long$truth$rows$no2 / long$truth$rows$expected) +
  0.177^2 / (1 - 0.92^2) / 2

test_that("the weather is the AR(1) that is stated", {
  fitted <- stats::ar(weather, order.max = 1, aic = FALSE, method = "ols")
  expect_equal(drop(fitted$ar), 0.92, tolerance = 0.005)
  expect_equal(sqrt(drop(fitted$var.pred)), 0.177, tolerance = 0.01)
  expect_lt(abs(mean(weather)), 4 * 0.177 / (1 - 0.92) / sqrt(87600))
})

test_that("the best forecast scores what is stated, at each horizon", {
  middle <- log(long$truth$rows$expected) - 0.177^2 / (1 - 0.92^2) / 2
  n <- length(weather)
  for (ahead in c(1, 4, 24)) {
    open <- 0.177^2 / (1 - 0.92^2) * (1 - 0.92^(2 * ahead))
    last <- weather[seq_len(n - ahead)]
    target <- (ahead + 1):n
    forecast <- exp(middle[target] + 0.92^ahead * last + open / 2)
    rmse <- sqrt(mean((long$data$no2[target] - forecast)^2))
    stated <- long$truth$rmse[[paste0("h", ahead)]]
    expect_equal(rmse, stated, tolerance = 0.03)
    if (ahead == 1) {
      # But for the rounding of the values that go in.
      expect_equal(long$truth$rows$forecast[target], forecast,
                   tolerance = 0.002)
    }
  }
  expect_true(is.na(long$truth$rows$forecast[[1]]))
})

test_that("the expected value is the formula, hour by hour", {
  # Wednesday 10 January at 08:00, and Saturday 21 July at 17:00.
  at <- as.POSIXct(c("2018-01-10 08:00", "2018-07-21 17:00"), tz = "UTC")
  rush <- c(
    0.4 * exp(-0.5^2 / 8) + 0.5 * exp(-9.5^2 / 12.5),
    0.4 * exp(-8.5^2 / 8) + 0.5 * exp(-0.5^2 / 12.5)
  )
  season <- 0.08 * cos(2 * pi * c(10 - 15, 202 - 15) / 365.25)
  log_middle <- log(35) + season + c(1, 0.5) * rush - c(0, 0.04)
  rows <- long$truth$rows[match(at, long$truth$rows$time)]
  expect_equal(rows$expected,
               exp(log_middle + 0.177^2 / (1 - 0.92^2) / 2))
  expect_equal(mean(long$data$no2), mean(long$truth$rows$expected),
               tolerance = 0.02)
})

test_that("a weekday has two rush hours", {
  hourly <- air_log_median(as.POSIXct("2018-03-07", tz = "UTC") +
                             3600 * 0:23, air_parameters)
  turns <- diff(sign(diff(hourly)))
  expect_equal(which(turns < 0), c(9, 17))
  expect_equal(which(turns > 0), c(2, 13))
})

test_that("two hours are the least there is", {
  expect_equal(nrow(simulate_air(2, seed = 1)$data), 8)
})

test_that("simulate_air() names the argument that is wrong", {
  expect_snapshot(error = TRUE, {
    simulate_air(1)
    simulate_air(10.5)
    simulate_air(flaws = "all")
    simulate_air(missing = 0.6)
    simulate_air(text = NA)
  })
})
