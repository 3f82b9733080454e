test_that("a tsibble says its own index and key", {
  skip_if_no_backend()
  data <- rbind(cbind(hourly(60), site = "A"), cbind(hourly(50), site = "B"))
  keys <- data.frame(site = c("A", "B"))
  keys$.rows <- list(1:60, 61:110)
  tsibble <- structure(
    data, key = keys, index = structure("time", ordered = TRUE),
    index2 = "time", interval = list(hour = 1),
    class = c("tbl_ts", "tbl_df", "tbl", "data.frame")
  )
  fit <- fit_series(tsibble, epochs = 1, cell = "linear")
  expect_equal(fit$prep$key, "site")
  expect_equal(fit$prep$index$name, "time")
  plain <- fit_series(data, epochs = 1, cell = "linear", index = "time",
                      key = "site")
  expect_equal(forecast(fit)$.pred, forecast(plain)$.pred)
  expect_equal(forecast(fit, new_data = tsibble)$.pred, forecast(fit)$.pred,
               tolerance = 1e-6)
  # Rows in another order are the same series.
  mixed <- data[c(60:1, 110:61), ]
  again <- fit_series(mixed, epochs = 1, cell = "linear", index = "time",
                      key = "site")
  expect_equal(forecast(again), forecast(plain), ignore_attr = TRUE)
})

test_that("hours go on where the clock of London changes, and are its hours", {
  skip_if_no_backend()
  # Both changes of 2024: 31 March and 27 October.
  for (day in c("2024-03-27", "2024-10-23")) {
    from <- as.POSIXct(day, tz = "Europe/London")
    time <- from + 3600 * (0:99)
    data <- data.frame(time, load = ar_season(100))
    fit <- fit_series(data, epochs = 1, cell = "linear", index = "time")
    found <- forecast(fit)
    expect_equal(as.numeric(diff(found$time), units = "hours"), c(1, 1))
    expect_equal(attr(found$time, "tzone"), "Europe/London")
    expect_equal(found$time[[1]], time[[100]] + 3600)
    source <- forecast_source(data, list(value = "load", index = "time"))
    panel <- lay_panel(source, "error", 3)
    codes <- calendar_codes(panel, source, c(hour = 24, weekday = 7))
    expect_equal(codes[1:100, 1], as.POSIXlt(time)$hour)
    expect_equal(codes[1:100, 2], as.POSIXlt(time)$wday)
  }
  # The day of 25 hours has one of them twice, in spring it is not there.
  expect_true(any(diff(as.POSIXlt(time)$hour) == 0))
})

test_that("two thousand short series are one model", {
  skip_if_no_backend()
  sizes <- with_seed(1, sample(12:24, 2000, replace = TRUE))
  data <- data.table::data.table(
    id = rep(seq_along(sizes), sizes), day = sequence(sizes),
    sold = with_seed(2, stats::rpois(sum(sizes), 20)) + 0
  )
  fit <- fit_series(data, "sold", index = "day", key = "id", lookback = 4,
                    horizon = 2, transform = "window", epochs = 1,
                    cell = "gru", hidden_units = 2)
  found <- forecast(fit)
  expect_equal(nrow(found), 4000)
  expect_equal(found$day[found$ahead == 1], sizes + 1)
  expect_false(anyNA(found$.pred))
  expect_equal(mean(found$.pred), 20, tolerance = 0.05)
  expect_lt(nrow(fit$prep$tail$table), sum(sizes))
})

test_that("a constant series and one too short are no trouble beside others", {
  skip_if_no_backend()
  data <- rbind(cbind(hourly(90), site = "A"), cbind(hourly(90), site = "flat"),
                cbind(hourly(5), site = "new"))
  data$load[data$site == "flat"] <- 3
  fit <- fit_series(data, index = "time", key = "site", epochs = 1,
                    cell = "linear")
  expect_warning(found <- forecast(fit), class = "deeply_warning_too_few_rows")
  expect_equal(found$.pred[found$site == "flat"], rep(3, 3), tolerance = 0.1)
  expect_true(all(is.na(found$.pred[found$site == "new"])))
  expect_equal(fit$prep$counts$short, 1)
})

test_that("a fit of a panel with gaps lasts in a new process", {
  skip_if_no_backend()
  skip_if_not_installed("callr")
  data <- rbind(cbind(hourly(80), site = "A"), cbind(hourly(70), site = "B"))
  data <- data[-c(30:33, 120), ]
  fits <- list(
    fill = fit_series(data, index = "time", key = "site", gaps = "fill",
                      epochs = 1, cell = "linear", transform = "log_diff"),
    "break" = fit_series(data, index = "time", key = "site", gaps = "break",
                         epochs = 1, cell = "linear", transform = "diff")
  )
  path <- tempfile(fileext = ".rds")
  saveRDS(fits, path)
  again <- callr::r(function(path, backend, lib) {
    options(deeply.backend = backend)
    lapply(readRDS(path), asNamespace("deeply")$forecast.deep_forecaster)
  }, list(path, getOption("deeply.backend"), .libPaths()))
  for (gaps in names(fits)) {
    expect_equal(again[[gaps]]$.pred, forecast(fits[[gaps]])$.pred,
                 tolerance = 1e-6)
    expect_equal(again[[gaps]]$time, forecast(fits[[gaps]])$time)
  }
})

test_that("faults of a panel are told with its key and the time", {
  data <- rbind(cbind(hourly(60), site = "A"), cbind(hourly(60), site = "B"))
  fit <- function(data, ...) {
    fit_series(data, index = "time", key = "site", lookback = 4, ...)
  }
  months <- stats::ts(c(5, 3, -1, 4, rep(2, 40)), start = c(1990, 11),
                      frequency = 12)
  expect_snapshot(error = TRUE, {
    fit(data[c(1:120, 7), ])
    fit(data[c(1:90, 94:120), ])
    fit(transform(data, load = load - 22), transform = "log_diff")
    deep_forecaster(months, horizon = 2, transform = "log_diff")
    fit(transform(data, time = replace(time, 64, NA)))
  })
})
