test_that("baselines are asked for by name", {
  expect_equal(as_baselines(TRUE), c("linear", "trees"))
  expect_equal(as_baselines(FALSE), character())
  expect_snapshot(error = TRUE, {
    deep_forecaster(1:90, horizon = 2, baseline = "prophet")
    deep_forecaster(1:90, horizon = 2, baseline = NA)
  })
  skip_if_not_installed("forecast")
  expect_equal(as_baselines(c("ets", "linear")), c("linear", "ets"))
})

# A series in the form that models are learned from, with no network behind it.
place_of <- function(data, columns, lookback = 6L, ahead = 1:3, ...) {
  source <- forecast_source(data, columns)
  source$table <- data.table::as.data.table(source$table)
  panel <- lay_panel(source, "break", max(ahead))
  prep <- series_prep(source, panel, list(gaps = "break", lookback = lookback,
                                          ...), ahead, 0.5)
  keys <- key_words(source, panel)
  value <- carried(source$table[[prep$value]], panel)
  prep$scales <- learn_scales("diff", value$values, panel, panel$real, 1L, keys)
  series <- if (is.null(prep$key)) "" else
    key_text(source$table[panel$row[panel$first]], prep$key)
  list(panel = panel, prep = prep, arrays = list(values = value$values),
       series = series)
}

test_that("they are learned once, and applied to what was known", {
  skip_if_not_installed("forecast")
  y <- datasets::AirPassengers
  place <- place_of(y, list())
  learned <- list(
    arima = learn_series_models("arima", place, 120L),
    ets = learn_series_models("ets", place, 120L)
  )
  found <- apply_series_models(learned, place, c(120L, 131L))
  expect_named(found, c("ARIMA", "ETS"))
  # By the package itself, at the second of them.
  early <- stats::window(y, end = c(1958, 12))
  until <- stats::window(y, end = c(1959, 11))
  arima <- forecast::auto.arima(early)
  arima <- forecast::Arima(until, model = arima)
  expect_equal(found$ARIMA[2, ],
               as.numeric(forecast::forecast(arima, 3)$mean), tolerance = 1e-4)
  ets <- forecast::ets(until, model = forecast::ets(early),
                       use.initial.values = TRUE)
  expect_equal(found$ETS[2, ], as.numeric(forecast::forecast(ets, 3)$mean),
               tolerance = 1e-6)
  # What comes behind an origin changes nothing there.
  place$arrays$values[132:144] <- 9e9
  again <- apply_series_models(learned, place, c(120L, 131L))
  expect_identical(again, found)
})

test_that("so many series and windows, evenly spread", {
  skip_if_not_installed("forecast")
  data <- do.call(rbind, lapply(1:14, function(site) {
    data.frame(load = ar_season(60, seed = site), site = site)
  }))
  place <- place_of(data, list(value = "load", key = "site"))
  learned <- list(ets = learn_series_models("ets", place, rep(40L, 14)))
  expect_length(learned$ets, 10)
  expect_equal(vapply(learned$ets, `[[`, "", "series"),
               as.character(spread_over(1:14, 10)))
  last <- which(place$panel$nth >= 40 & place$panel$nth < 60)
  found <- apply_series_models(learned, place, last)$ETS
  expect_equal(sum(!is.na(found[, 1])), 200)
  expect_equal(unique(place$panel$key[last[!is.na(found[, 1])]]),
               spread_over(1:14, 10))
  expect_equal(spread_over(1:1000, 200)[c(1, 100, 200)], c(1, 498, 1000))
})

test_that("no model looks across a gap that breaks its series", {
  skip_if_not_installed("forecast")
  data <- hourly(120)[-(31:35), ]
  place <- place_of(data, list(value = "load"))
  second <- place$panel$row %in% 31:115
  at <- model_places(place$panel, place$arrays$values, which(second)[[60]])
  expect_equal(place$panel$row[at], 31:90)
  learned <- list(ets = learn_series_models("ets", place, 90L))
  last <- which(place$panel$row %in% c(20, 29, 100, 110))
  found <- apply_series_models(learned, place, last)$ETS[, 1]
  expect_equal(is.na(found), c(TRUE, TRUE, FALSE, FALSE))
})

test_that("a season longer than a year of months comes by waves", {
  skip_if_not_installed("forecast")
  expect_null(season_waves(1:5, 12))
  expect_equal(unname(season_waves(1:30, 24)),
               unname(cbind(forecast::fourier(stats::ts(1:30, frequency = 24),
                                              6)[, c(1, 3, 5, 7, 9, 11)],
                            forecast::fourier(stats::ts(1:30, frequency = 24),
                                              6)[, c(2, 4, 6, 8, 10, 12)])))
})

test_that("hours have the waves of a day, and logarithms are undone", {
  skip_if_not_installed("forecast")
  data <- hourly(260, season = 4 * sin(1:24 * pi / 12))
  place <- place_of(data, list(value = "load"))
  place$prep$scales$transform <- "log_diff"
  learned <- list(arima = learn_series_models("arima", place, 240L))
  model <- learned$arima[[1]]$model
  expect_equal(model$lambda, 0, ignore_attr = TRUE)
  found <- apply_series_models(learned, place, c(240L, 250L))$ARIMA
  expect_lt(max(abs(found - rbind(data$load[241:243], data$load[251:253]))), 6)
})

test_that("a fit is judged beside them on the same windows, also later", {
  skip_if_no_backend()
  skip_if_not_installed("forecast")
  fit <- fit_series(baseline = c("linear", "arima"))
  found <- evaluate(fit)
  expect_equal(found$model[c(1, 6:8)], c("deep_forecaster", "linear AR",
                                         "ARIMA", on_these))
  # Of 58 windows all are asked for, so the fit is as good on these.
  expect_equal(found$n, rep(58, 8))
  expect_equal(found$rmse[[8]], found$rmse[[1]])
  expect_lt(found$rmse[found$model == "ARIMA"],
            found$rmse[found$model == "naive"])
  skill <- evaluate(fit, by = "skill")
  expect_equal(sum(skill$model == "ARIMA"), 4)
  expect_false(on_these %in% skill$model)
  # New rows are judged by the same models.
  data <- hourly(360)
  later <- evaluate(fit, data)
  expect_equal(later$model, found$model)
  # Without the rows that a model began with it has no state.
  expect_equal(evaluate(fit, data[250:360, ])$model, found$model[1:6])
  path <- tempfile(fileext = ".rds")
  saveRDS(fit, path)
  expect_equal(evaluate(readRDS(path), data), later, ignore_attr = TRUE)
  # A backtest of one fit, at the same windows.
  back <- backtest(fit, data, folds = 1, step = 60)
  expect_equal(back$metrics$rmse, later$rmse)
  expect_s3_class(autoplot(fit, type = "horizon"), "ggplot")
})

test_that("boosted trees that were learned last, as raw bytes", {
  skip_if_no_backend()
  skip_if_not(isTRUE(backend_call("describe")$trees), "no xgboost")
  fit <- fit_series(cell = "linear", epochs = 1, baseline = "trees")
  expect_type(fit$baselines$trees, "raw")
  data <- hourly(360)
  later <- evaluate(fit, data)
  expect_true("boosted trees" %in% later$model)
  again <- unserialize(serialize(fit, NULL))
  expect_equal(evaluate(again, data), later, ignore_attr = TRUE)
})
