outcome <- function(n) seq(9, 1, length.out = n)
encode <- function(x, ..., new = x) {
  prep <- deep_prep(data.frame(x), outcome(length(x)), ...)
  predict(prep, data.frame(x = new))
}

# The truth, by POSIXlt.
turns <- function(x, zone = "UTC") {
  at <- as.POSIXlt(x, tz = zone)
  day <- (at$hour * 3600 + at$min * 60 + at$sec) / 86400
  list(hour = 2 * pi * day, weekday = 2 * pi * (((at$wday - 1) %% 7) + day) / 7)
}

test_that("a Date gives itself, weekday and day of the year", {
  days <- as.Date("2021-03-01") + c(0:400, 800)
  encoded <- encode(days)
  expect_named(encoded, c("x", "x_weekday_sin", "x_weekday_cos",
                          "x_yearday_sin", "x_yearday_cos"))
  expect_equal(encoded$x, as.vector(scale(as.numeric(days))))
  weekday <- turns(as.POSIXct(days))$weekday
  expect_equal(encoded$x_weekday_sin, sin(weekday))
  expect_equal(encoded$x_weekday_cos, cos(weekday))
  # The mean year drifts by a day at most.
  yday <- 2 * pi * as.POSIXlt(days)$yday / 365.2425
  off <- atan2(encoded$x_yearday_sin, encoded$x_yearday_cos) - yday
  expect_lt(max(abs((off + pi) %% (2 * pi) - pi)), 2 * pi / 365 * 1.2)
})

test_that("known dates have their weekday, month and season", {
  # A Monday, the moon landing (a Sunday), a leap day (a Thursday).
  days <- as.Date(c("1900-01-01", "1969-07-20", "2024-02-29", "2000-12-31"))
  part <- function(part) time_part(as.numeric(days), part, "Date", "UTC")
  expect_equal(part("weekday"), c("Mon", "Sun", "Thu", "Sun"))
  expect_equal(part("month"), c("Jan", "Jul", "Feb", "Dec"))
  expect_equal(part("season"), c("winter", "summer", "winter", "winter"))
  all <- as.Date("1999-01-01") + 0:2000
  by_month <- rep(c("winter", "spring", "summer", "autumn"), each = 3)
  expect_equal(time_part(as.numeric(all), "season", "Date", "UTC"),
               by_month[(as.POSIXlt(all)$mon + 1) %% 12 + 1])
})

test_that("times are read by the clock of their zone, in summer and winter", {
  for (zone in c("UTC", "Europe/London", "America/New_York", "Asia/Kolkata",
                 "Australia/Lord_Howe")) {
    # A year by the hour, with both changes of the clock.
    times <- as.POSIXct("2023-01-01", tz = zone) + 3600 * (0:8800)
    encoded <- encode(times)
    truth <- turns(times, zone)
    expect_equal(encoded$x_hour_sin, sin(truth$hour), info = zone)
    expect_equal(encoded$x_hour_cos, cos(truth$hour), info = zone)
    expect_equal(encoded$x_weekday_sin, sin(truth$weekday), info = zone)
    expect_equal(encoded$x, as.vector(scale(as.numeric(times))), info = zone)
  }
})

test_that("the offset of a zone is R's own, long ago and far ahead", {
  for (zone in c("Europe/London", "America/St_Johns", "Asia/Kathmandu")) {
    seconds <- with_seed(1, c(runif(200, -5e9, 4e9), -1e11, 1e11, NA))
    local <- as.POSIXlt(as.POSIXct(seconds, "1970-01-01", tz = zone))
    clock <- as.numeric(as.Date(local)) * 86400 + local$hour * 3600 +
      local$min * 60 + local$sec
    expect_equal(zone_offset(seconds, zone), clock - seconds, info = zone)
  }
})

test_that("new data of another zone is read by the clock of training", {
  times <- as.POSIXct("2023-05-01", tz = "Europe/London") + 1800 * (0:999)
  moved <- times
  attr(moved, "tzone") <- "Asia/Tokyo"
  expect_equal(encode(times, new = moved), encode(times))
  bare <- times
  attr(bare, "tzone") <- NULL
  expect_equal(encode(times, new = bare), encode(times))
})

test_that("only rounds that the rows have seen are given", {
  inputs <- function(...) names(encode(...))
  hours <- as.POSIXct("2023-05-01", tz = "UTC") + 3600 * 0:12
  expect_equal(inputs(hours), "x")
  expect_equal(inputs(hours[1] + 3600 * 0:48),
               c("x", "x_hour_sin", "x_hour_cos"))
  # Midnights say nothing about the clock.
  expect_equal(inputs(hours[1] + 86400 * 0:20),
               c("x", "x_weekday_sin", "x_weekday_cos"))
  expect_equal(inputs(as.Date("2023-05-01") + 0:5), "x")
  # One day of hours, one week, one year of quarter-hours.
  expect_length(inputs(hours[1] + 3600 * 0:22), 1)
  expect_length(inputs(hours[1] + 3600 * 0:23), 3)
  expect_length(inputs(as.Date("2023-05-01") + 0:6), 3)
  expect_length(inputs(as.Date("2023-01-01") + 0:363), 3)
  expect_length(inputs(as.Date("2023-01-01") + 0:364), 5)
  expect_length(inputs(hours[1] + 900 * (1:35040 - 1)), 7)
  expect_length(inputs(hours[1] + 5000 * 0:8000), 7)
  expect_equal(inputs(hours[1] + 5000 * 0:8000,
                     steps = deep_steps(dates = "number")), "x")
})

test_that("parts are categories, all of them known", {
  times <- as.POSIXct("2022-01-01", tz = "UTC") + 7 * 3600 * c(0:1999, NA)
  prep <- deep_prep(data.frame(x = times), outcome(2001),
                    steps = deep_steps(dates = "parts"))
  encoded <- predict(prep, data.frame(x = times))
  expect_named(encoded, c("x", "x_missing", "x_hour", "x_weekday", "x_month",
                          "x_season"))
  at <- as.POSIXlt(times[-2001])
  expect_equal(encoded$x_hour, c(at$hour + 1, 25))
  expect_equal(encoded$x_weekday, c((at$wday - 1) %% 7 + 1, 8))
  expect_equal(encoded$x_month, c(at$mon + 1, 13))
  expect_equal(level_sizes(prep), c(25, 8, 13, 5))
  expect_snapshot(prep)
})

test_that("a missing date is one missing value, not one a part", {
  days <- as.Date("2021-03-01") + c(NA, 1:800)
  prep <- deep_prep(data.frame(x = days), outcome(801))
  expect_silent(encoded <- predict(prep, data.frame(x = days)))
  expect_equal(unlist(encoded[1]), c(x = 0, x_missing = 1, x_weekday_sin = 0,
                                     x_weekday_cos = 0, x_yearday_sin = 0,
                                     x_yearday_cos = 0))
  complete <- deep_prep(data.frame(x = days[-1]), outcome(800))
  expect_snapshot(invisible(predict(complete, data.frame(x = days[1:3]))))
  expect_silent(invisible(predict(prep, data.frame(x = NA))))
})

test_that("dates of fread() are dates", {
  days <- data.table::as.IDate("2021-03-01") + 0:400
  expect_equal(encode(days), encode(as.Date(days)))
  expect_equal(encode(days, new = as.Date(days)), encode(days))
})

test_that("durations of any class count in seconds", {
  took <- as.difftime(1:30, units = "mins")
  hms <- structure(took * 60, units = "secs", class = c("hms", "difftime"))
  expect_equal(encode(hms)$x, as.vector(scale(1:30)))
  expect_equal(encode(took, new = hms), encode(hms))
})

test_that("text is read as dates, and new text the same way", {
  days <- as.Date("2021-03-01") + c(0:99, 300:699)
  text <- format(days, "%d.%m.%Y")
  expect_equal(encode(text), encode(days))
  # 5.6. alone could be either; the training rows settled it.
  expect_equal(encode(text, new = "05.06.2021"),
               encode(days, new = as.Date("2021-06-05")))
  expect_equal(encode(text, new = days), encode(days))
  expect_silent(encode(factor(text), new = text))
})

test_that("text with a time of day is read in UTC, and may lack it later", {
  times <- as.POSIXct("2021-03-01", tz = "UTC") + 3600 * 5 * 0:999
  text <- format(times, "%Y-%m-%d %H:%M")
  prep <- deep_prep(data.frame(x = text), outcome(1000))
  expect_equal(predict(prep, data.frame(x = text)), encode(times))
  expect_equal(predict(prep, data.frame(x = c("2021-06-05", "2021-06-06"))),
               encode(times, new = as.POSIXct(c("2021-06-05", "2021-06-06"),
                                              tz = "UTC")))
})

test_that("text that is no date among dates is missing, and shown", {
  text <- c(format(as.Date("2021-03-01") + 0:97), "soon", "2021-02-30")
  prep <- deep_prep(data.frame(x = text), outcome(100))
  expect_equal(predict(prep, data.frame(x = text))$x_missing,
               rep(0:1, c(98, 2)))
  expect_snapshot(prep)
  off <- deep_prep(data.frame(x = text), outcome(100), steps = deep_steps(
    numbers = Inf, identifiers = FALSE
  ))
  expect_equal(off$columns$x$kind, "category")
})

test_that("a date that means missing may be given as it is written", {
  days <- as.Date("2021-03-01") + 0:99
  days[91:100] <- as.Date("1900-01-01")
  center <- mean(as.numeric(days[1:90]))
  for (token in list("1900-01-01", as.Date("1900-01-01"), -25567)) {
    prep <- deep_prep(data.frame(x = days), outcome(100), steps = deep_steps(
      missing = list(x = token)
    ))
    expect_equal(prep$columns$x$center, center)
    expect_equal(predict(prep, data.frame(x = days))$x_missing,
                 rep(0:1, c(90, 10)))
  }
})

test_that("a Date is no time, a time no number", {
  days <- as.Date("2021-03-01") + 0:99
  expect_error(encode(days, new = as.POSIXct(days)),
               class = "deeply_error_column_kind")
  expect_error(encode(days, new = as.numeric(days)),
               class = "deeply_error_column_kind")
  expect_error(encode(as.POSIXct(days), new = days),
               class = "deeply_error_column_kind")
})

test_that("dates are no row numbers", {
  days <- as.Date("2021-03-01") + 0:99
  prep <- deep_prep(data.frame(id = days), outcome(100))
  expect_null(prep$set_aside)
  expect_equal(nrow(prep$notes), 0)
})
