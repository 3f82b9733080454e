test_that("steps that are not even are told, with series and time", {
  data <- rbind(cbind(hourly(60), site = "A"), cbind(hourly(60), site = "B"))
  fit <- function(data, ...) {
    fit_series(data, index = "time", key = "site", lookback = 4, ...)
  }
  expect_snapshot(error = TRUE, {
    fit(data[-75, ])
    fit(data[c(1:70, 70:120), ])
    fit(transform(data, time = time + (site == "B") * (1:60 > 30) * 60)[-100, ],
        gaps = "fill")
  })
  data$load[83] <- -2
  expect_snapshot(error = TRUE, {
    fit(data, transform = "log_diff")
    fit(data[c(1:4, 61:65), ])
    fit(cbind(data, size = 1:120), static = "size")
  })
})

test_that("what is not for a forecaster is refused", {
  data <- hourly(80)
  control <- function(...) {
    deep_forecaster(data, "load", horizon = 2, control = deep_control(...))
  }
  expect_snapshot(error = TRUE, {
    deep_forecaster(data, "load")
    control(validation = c(3, 9, 40))
    control(checkpoint = "runs")
    deep_forecaster(data, "load", horizon = 2, cell = "mamba")
    deep_forecaster(data, "load", horizon = 2, epochs = 3)
    deep_forecaster(data, "load", horizon = 2, known = "price")
  })
})

test_that("a gap is filled with what is missing, and seen as such", {
  data <- hourly(100)
  source <- forecast_source(data[-(41:43), ], list(value = "load"))
  panel <- lay_panel(source, "fill", 2)
  expect_equal(panel$filled, 3)
  expect_equal(which(is.na(panel$row)), c(41:43, 101:102))
  expect_equal(panel$time, as.numeric(data$time[[1]]) + 3600 * 0:101)
  value <- carried(source$table$load, panel)
  expect_equal(value$values[41:43], rep(data$load[[40]], 3))
  expect_true(all(value$missing[41:43]))
})

test_that("values are carried forward, never back or to another series", {
  expect_equal(
    carry_forward(c(NA, 1, NA, NA, NA, 4, NA), c(1, 1, 1, 2, 2, 2, 3)),
    c(NA, 1, 1, NA, NA, 4, NA)
  )
})

test_that("times go on by the calendar", {
  ahead <- function(from, step, unit, class, tz = "UTC", by = 1:3, ...) {
    index <- list(class = class, tz = tz)
    step <- list(size = step, unit = unit, ...)
    as_time(times_after(as.numeric(rep(from, length(by))), by, step, index),
            index)
  }
  expect_equal(ahead(as.Date("2024-01-31"), 1, "month", "Date"),
               as.Date(c("2024-02-29", "2024-03-31", "2024-04-30")))
  expect_equal(ahead(as.Date("2024-01-15"), 3, "month", "Date"),
               as.Date(c("2024-04-15", "2024-07-15", "2024-10-15")))
  # Friday to Monday.
  expect_equal(ahead(as.Date("2024-03-01"), 1, "day", "Date", weekdays = TRUE),
               as.Date(c("2024-03-04", "2024-03-05", "2024-03-06")))
  # Noon stays noon where the clock changes, and hours stay hours.
  noon <- as.POSIXct("2024-03-30 12:00", tz = "Europe/London")
  expect_equal(format(ahead(noon, 1, "day", "POSIXct", "Europe/London"), "%H"),
               rep("12", 3))
  hour <- as.POSIXct("2024-03-31 00:00", tz = "Europe/London")
  expect_equal(format(ahead(hour, 3600, "second", "POSIXct", "Europe/London"),
                      "%H"), c("02", "03", "04"))
})

test_that("the calendar has what may matter at the step", {
  parts <- function(data, ...) {
    source <- forecast_source(data, list(value = "y", ...))
    panel <- lay_panel(source, "error", 2)
    prep <- series_prep(source, panel, list(gaps = "error"), 1:2, 0.5)
    list(parts = prep$parts, periods = prep$periods,
         codes = utils::head(calendar_codes(panel, source, prep$parts), 3))
  }
  at <- as.POSIXct("2024-03-01 22:00", tz = "UTC")
  hours <- parts(data.frame(time = at + 3600 * 0:400, y = 1))
  expect_equal(hours$parts, c(hour = 24, weekday = 7))
  expect_equal(hours$periods, c(24, 168))
  expect_equal(hours$codes, cbind(c(22, 23, 0), c(5, 5, 6)))
  days <- parts(data.frame(day = as.Date("2020-01-01") + 0:900, y = 1))
  expect_equal(days$parts, c(weekday = 7, month = 12))
  expect_equal(days$periods, 7)
  months <- parts(data.frame(
    month = seq(as.Date("2015-01-01"), by = "month", length.out = 60), y = 1
  ))
  expect_equal(months$parts, c(month = 12))
  expect_equal(months$periods, 12)
  passengers <- forecast_source(datasets::AirPassengers, list())
  panel <- lay_panel(passengers, "error", 2)
  prep <- series_prep(passengers, panel, list(gaps = "error"), 1:2, 0.5)
  expect_equal(prep$parts, c(cycle = 12))
  expect_equal(calendar_codes(panel, passengers, prep$parts)[1:13, ],
               c(0:11, 0))
})

test_that("scales are undone exactly", {
  values <- c(3, 40, 17, 0.2, 900)
  for (transform in transforms) {
    scales <- data.table::data.table(
      transform = transform, told = TRUE, center = c(0.3, -2),
      scale = c(7, 0.01)
    )
    key <- c(1, 2, 2, 1, 1)
    z <- to_scale(values, key, scales)
    expect_equal(from_scale(z, key, scales), values, tolerance = 1e-12)
  }
})

test_that("windows learn from nothing that validation forecasts", {
  data <- rbind(cbind(hourly(60), site = "A"), cbind(hourly(31), site = "B"),
                cbind(hourly(9), site = "C"))
  for (gaps in c("error", "fill")) {
    source <- forecast_source(data, list(value = "load", index = "time",
                                         key = "site"))
    panel <- lay_panel(source, gaps, 5)
    value <- carried(source$table$load, panel)
    last <- all_windows(panel, value, list(lookback = 6L))
    split <- split_windows(last, panel, 5, 0.3)
    for (series in 1:3) {
      own <- function(at) panel$nth[at[panel$key[at] == series]]
      early <- own(split$train)
      late <- own(split$validation)
      if (length(early) > 0) expect_lte(max(early) + 5, min(late))
      expect_equal(split$until[[series]], min(late, panel$size[[series]]))
    }
    expect_equal(split$short, 0)
  }
})

test_that("a constant, and many missing values, are no trouble", {
  skip_if_no_backend()
  data <- hourly(120)
  data$load <- 7
  fit <- fit_series(data, epochs = 1)
  expect_equal(forecast(fit)$.pred, rep(7, 3), tolerance = 1e-3)
  data <- hourly(200)
  data$load[c(20:33, 90, 140:150)] <- NA
  fit <- fit_series(data, epochs = 1)
  expect_false(anyNA(forecast(fit)$.pred))
  expect_equal(fit$prep$counts$missing, 26)
  expect_equal(nrow(augment(fit, data)), 200)
})

test_that("a panel is one model, with what is known of its series", {
  skip_if_no_backend()
  sites <- c(north = 90, south = 140, east = 6)
  data <- do.call(rbind, lapply(sort(names(sites)), function(site) {
    n <- sites[[site]]
    data <- hourly(n, seed = n)
    data$site <- site
    data$price <- rep_len(c(1, 1, 4), n)
    data$wind <- cos(seq_len(n))
    data$kind <- if (site == "south") "b" else "a"
    data$load <- data$load * n + 50 * data$price
    data
  }))
  data <- data[rev(seq_len(nrow(data))), ]
  fit <- fit_series(data, index = "time", key = "site",
                    covariates = "wind", known = "price", static = "kind",
                    epochs = 1)
  ends <- tapply(data$time, data$site, max)
  known <- do.call(rbind, lapply(names(sites), function(site) {
    time <- as.POSIXct("1970-01-01", tz = "UTC") + ends[[site]] + 3600 * 1:3
    data.frame(site = site, price = c(4, 1, 1), time = time)
  }))
  expect_warning(found <- forecast(fit, known = known),
                 class = "deeply_warning_too_few_rows")
  expect_equal(found$site, rep(c("south", "north", "east"), each = 3))
  expect_equal(is.na(found$.pred), found$site == "east")
  # In units of their own.
  expect_gt(min(found$.pred[found$site == "south"]), 1500)
  dear <- known
  dear$price <- 9
  changed <- suppressWarnings(forecast(fit, known = dear))
  expect_gt(min(abs(changed$.pred - found$.pred), na.rm = TRUE), 1)
  expect_snapshot(error = TRUE, {
    forecast(fit)
    forecast(fit, known = known[-5, ])
    forecast(fit, 9, known = known)
  })
  # One series alone is forecast as it is among the others.
  alone <- forecast(fit, new_data = data[data$site == "north", ], known = known[
    known$site == "north", ])
  expect_equal(alone$.pred, found$.pred[found$site == "north"],
               tolerance = 1e-5)
})
