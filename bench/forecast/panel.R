# One model of 400 hourly series, beside naive forecasts and ARIMA.
#
#   Rscript bench/forecast/panel.R [series=400] [hours=720] [arima=20]
#
# Simulated series with a trend, a season of a day and AR(1) noise (see
# `simulate_series()`), without level shifts; the last 48 hours are held out and
# forecast from their first. ARIMA is R's forecast::auto.arima(), a model a
# series with the season as harmonics (its own search of seasonal orders takes
# minutes a series), on a sample. MASE is by the seasonal naive error of what
# was learned, over the same series; "best" knows all parts but what is to come.

library(deeply)
library(data.table)

source("bench/arguments.R")
asked <- read_arguments(series = 400, hours = 720, arima = 20)
n <- asked$hours
held <- 48L

peak <- function() {
  line <- grep("VmHWM", readLines("/proc/self/status"), value = TRUE)
  as.numeric(gsub("[^0-9]", "", line)) / 1024
}
seconds_of <- function(expression) system.time(expression)[["elapsed"]]

simulated <- simulate_series(n, asked$series, shifts = 0, seed = 1)
rows <- simulated$data
rows[, at := seq_len(.N), by = "series"]
train <- rows[at <= n - held]
test <- rows[at > n - held]
parts <- simulated$truth$rows[, at := seq_len(.N), by = "series"]

unit <- train[, list(unit = mean(abs(diff(value, 24)))), by = "series"]
mase <- function(predicted, sample = unique(test$series)) {
  error <- data.table(series = test$series, ahead = test$at - (n - held),
                      error = abs(predicted - test$value))
  error <- error[unit, on = "series"][series %in% sample]
  round(mean(error$error / error$unit), 3)
}

seasonal <- train[at > n - held - 24, value, by = "series"]
seasonal <- seasonal[, list(value = rep(value, held / 24)), by = "series"]$value
phi <- simulated$truth$parameters$ar
last <- parts[at == n - held]$noise
best <- parts[at > n - held, list(
  known = trend + season + shift, ahead = at - (n - held), series
)]
best <- best$known + phi^best$ahead * last[as.integer(best$series)]

before <- peak()
taken <- seconds_of(
  fit <- deep_forecaster(
    train[, c("series", "time", "value")], "value", index = "time",
    key = "series", horizon = held, baseline = FALSE,
    control = deep_control(seed = 1, verbose = FALSE)
  )
)
own <- forecast(fit)
own <- own[test[, c("series", "time")], on = c("series", "time")]

sample <- unique(test$series)[seq_len(asked$arima)]
arima_of <- function(name) {
  x <- ts(train[series == name]$value, frequency = 24)
  model <- forecast::auto.arima(x, xreg = forecast::fourier(x, 2),
                                seasonal = FALSE)
  forecast::forecast(model, xreg = forecast::fourier(x, 2, held))$mean
}
arima <- rep(NA_real_, nrow(test))
if (requireNamespace("forecast", quietly = TRUE)) {
  arima_taken <- seconds_of(
    for (name in sample) arima[test$series == name] <- arima_of(name)
  )
}

cat(asked$series, "series of", n - held, "hours, forecast", held, "ahead\n")
cat("MASE of all: deeply", mase(own$.pred), " seasonal naive", mase(seasonal),
    " best", mase(best), "\n")
cat("MASE of the sample: deeply", mase(own$.pred, sample), " ARIMA",
    mase(arima, sample), " seasonal naive", mase(seasonal, sample), " best",
    mase(best, sample), "\n")
covered <- test$value >= own$.pred_lower & test$value <= own$.pred_upper
cat("90 % intervals cover", round(100 * mean(covered), 1), "%\n")
cat("Seconds: deeply", round(taken), "for all,", round(taken / asked$series, 2),
    "a series; ARIMA", round(arima_taken / length(sample), 2), "a series\n")
cat("Largest memory:", round(peak()), "MB,", round(before), "before the fit\n")
