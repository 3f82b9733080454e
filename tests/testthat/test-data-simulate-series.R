test_that("series have the types, times and names that are stated", {
  made <- simulate_series(100, n_series = 11, seed = 1)
  expect_named(made$data, c("series", "time", "value"))
  expect_equal(levels(made$data$series), sprintf("series_%02d", 1:11))
  expect_true(all(table(made$data$series) == 100))
  start <- as.POSIXct("2020-01-01", tz = "UTC")
  expect_equal(made$data$time[101:200], start + 3600 * 0:99)
  daily <- simulate_series(40, 1, by = "day", seed = 1)
  expect_equal(daily$data$time, start + 86400 * 0:39)
  expect_equal(daily$truth$parameters$period, 7)
  expect_equal(made$truth$parameters$period, 24)
})

test_that("the parts sum to the value, and the forecast misses by e", {
  made <- simulate_series(300, 4, sd = 2.5, shifts = 3, uneven = 0.4, seed = 2)
  rows <- made$truth$rows
  expect_equal(rows$trend + rows$season + rows$shift + rows$noise,
               made$data$value)
  expect_equal(made$data$value - rows$forecast, rows$innovation)
  noise <- matrix(rows$noise, 300)
  expect_equal(noise[-1, ] - 0.7 * noise[-300, ],
               matrix(rows$innovation, 300)[-1, ])
})

test_that("the trend is a line, the season repeats, the level shifts", {
  made <- simulate_series(480, 5, period = 12, shifts = 3, sd = 3, seed = 3)
  parts <- made$truth$rows
  for (k in 1:5) {
    one <- parts[as.integer(parts$series) == k]
    expect_equal(diff(one$trend, differences = 2), numeric(478))
    expect_equal(one$season[1:468], one$season[13:480])
    expect_lt(abs(sum(one$season)), 1e-6)
    jumps <- diff(one$shift)
    jumps <- jumps[jumps != 0]
    expect_length(jumps, 3)
    expect_true(all(abs(jumps) >= 12 & abs(jumps) <= 24))
    expect_equal(one$shift[[1]], 0)
  }
  none <- simulate_series(50, 1, shifts = 0, seed = 3)
  expect_true(all(none$truth$rows$shift == 0))
  # As many as there is room for.
  full <- simulate_series(5, 1, shifts = 4, seed = 3)
  expect_true(all(diff(full$truth$rows$shift) != 0))
})

test_that("the coefficients of the noise are found again", {
  for (ar in list(0.7, c(0.5, -0.3), -0.9)) {
    made <- simulate_series(20000, 1, ar = ar, sd = 1.5, seed = 4)
    fitted <- stats::ar(made$truth$rows$noise, order.max = length(ar),
                        aic = FALSE)
    expect_equal(drop(fitted$ar), ar, tolerance = 0.04)
    expect_equal(sqrt(fitted$var.pred), 1.5, tolerance = 0.02)
  }
  plain <- simulate_series(2000, 1, ar = numeric(), seed = 4)
  expect_equal(plain$truth$rows$noise, plain$truth$rows$innovation)
  expect_equal(unname(plain$truth$rmse), c(1, 1, 1))
})

test_that("noise starts from its stationary distribution", {
  first <- simulate_series(2, 800, ar = 0.95, seed = 5)$truth$rows
  first <- first$noise[seq(1, 1600, 2)]
  expect_equal(sd(first), 1 / sqrt(1 - 0.95^2), tolerance = 0.08)
})

test_that("the best forecast scores what is stated, at each horizon", {
  made <- simulate_series(40000, 1, ar = 0.8, sd = 2, uneven = 0.7, period = 24,
                          seed = 6)
  noise <- made$truth$rows$noise
  n <- length(noise)
  for (ahead in c(1, 4, 24)) {
    missed <- noise[(ahead + 1):n] - 0.8^ahead * noise[1:(n - ahead)]
    expect_equal(sqrt(mean(missed^2)),
                 made$truth$rmse[[paste0("h", ahead)]], tolerance = 0.02)
  }
  # Without unevenness it is the textbook's.
  even <- simulate_series(50, 1, ar = 0.8, sd = 2, seed = 6)$truth$rmse
  expect_equal(unname(even),
               2 * sqrt((1 - 0.8^(2 * c(1, 4, 24))) / (1 - 0.8^2)))
})

test_that("uneven noise is as uneven as stated", {
  rows <- simulate_series(48000, 1, uneven = 1, seed = 7)$truth$rows
  found <- tapply(rows$innovation, (seq_len(48000) - 1) %% 24 + 1, sd)
  expect_equal(c(found, use.names = FALSE), exp(sin(2 * pi * 1:24 / 24)),
               tolerance = 0.06)
  expect_equal(rows$sd[1:24], exp(sin(2 * pi * 1:24 / 24)))
})

test_that("simulate_series() names the argument that is wrong", {
  expect_snapshot(error = TRUE, {
    simulate_series(1)
    simulate_series(20, n_series = 0)
    simulate_series(20, by = "week")
    simulate_series(20, period = 1)
    simulate_series(20, ar = 1.02)
    simulate_series(20, ar = c(0.6, 0.5))
    simulate_series(20, ar = "some")
    simulate_series(20, ar = c(0.1, NA))
    simulate_series(20, sd = 0)
    simulate_series(20, shifts = 20)
    simulate_series(20, shifts = -1)
    simulate_series(20, uneven = 3)
  })
  expect_error(simulate_series(20, ar = 1), class = "deeply_error_argument")
})
