# Series with known parts: AR(1) around a season of 4, by hand.
ar_season <- function(n = 300, ar = 0.7, season = c(0, 2, 0, -2), seed = 1) {
  with_seed(seed, {
    noise <- as.numeric(stats::filter(rnorm(n + 50), ar, "recursive"))
    20 + noise[50 + seq_len(n)] + rep_len(season, n)
  })
}

hourly <- function(n = 300, seed = 1, start = "2024-03-01", ...) {
  data.frame(
    time = as.POSIXct(start, tz = "UTC") + 3600 * (seq_len(n) - 1),
    load = ar_season(n, seed = seed, ...)
  )
}

fit_series <- function(data = hourly(), value = "load", horizon = 3,
                       lookback = 8, ..., cell = "gru", hidden_units = 4,
                       epochs = 2, seed = 1, baseline = FALSE) {
  deep_forecaster(data, value, horizon = horizon, lookback = lookback, ...,
                  cell = cell, hidden_units = hidden_units,
                  control = deep_control(epochs = epochs, seed = seed),
                  baseline = baseline)
}

forecasters <- new.env()
stored_forecaster <- function() {
  forecasters$fit <- forecasters$fit %||% fit_series()
  forecasters$fit
}

hide_forecast <- function(lines) {
  lines <- grep("^ (deep_forecaster|linear AR|boosted)|^!|^   ?[a-z]+ .* than",
                lines, value = TRUE, invert = TRUE)
  sub("[0-9]+ epochs \\(best: [0-9]+\\) in [0-9.]+ s",
      "2 epochs (best: 1) in 1.5 s", lines)
}
