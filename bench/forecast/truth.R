# Series whose best forecast is known: how near does the default come?
#
#   Rscript bench/forecast/truth.R [seeds=5] [walks=100]
#
# Each series has 2,000 values; the last 400 are forecast from all before them,
# up to 24 steps ahead, and so by who knows what the series is made of. Printed
# is the RMSE of the fit by that of the best forecast, on the same rows, mean
# and range over seeds. Then random walks of 500 values: of how many does the
# fit say that it is no better than naive?

library(deeply)
library(data.table)

source("bench/arguments.R")
asked <- read_arguments(seeds = 5, walks = 100)

n <- 2000
late <- 400
aheads <- c(1, 4, 24)

hours <- function(value) {
  data.frame(time = as.POSIXct("2024-01-01", tz = "UTC") +
               3600 * (seq_along(value) - 1), value = value)
}
ar_noise <- function(phi, n) {
  as.numeric(stats::filter(rnorm(n + 500), phi, "recursive"))[500 + seq_len(n)]
}
# A known part, and AR(1) noise around it.
around <- function(known, phi) {
  noise <- ar_noise(phi, length(known))
  best <- function(at, ahead) known[at + ahead] + phi^ahead * noise[at]
  list(data = hours(known + noise), best = best)
}
simulated <- function(...) {
  rows <- simulate_series(n, 1, shifts = 0, ...)$truth$rows
  around(rows$trend + rows$season, 0.7)
}

kinds <- list(
  "AR(1)" = function() around(numeric(n), 0.8),
  "season and trend" = function() simulated(),
  "trend" = function() simulated(period = 2),
  "level moves (in what is learned)" = function() {
    around(ifelse(seq_len(n) > 900, 6, 0), 0.7)
  },
  # Who knows the level knows that it moves, too.
  "level moves (in what is forecast)" = function() {
    around(ifelse(seq_len(n) > 1800, 6, 0), 0.7)
  },
  "intermittent" = function() {
    value <- rpois(n, 4) * rbinom(n, 1, 0.3)
    list(data = hours(value), best = function(at, ahead) rep(1.2, length(at)))
  }
)

ratios <- function(kind, seed) {
  set.seed(seed)
  series <- kinds[[kind]]()
  learned <- n - late
  fit <- deep_forecaster(
    series$data[seq_len(learned), ], "value", index = "time", horizon = 24,
    control = deep_control(seed = seed, verbose = FALSE), baseline = FALSE
  )
  vapply(aheads, function(ahead) {
    at <- seq(learned, n - ahead)
    truth <- series$data$value[at + ahead]
    own <- predict(fit, series$data, ahead = ahead)$.pred[at + ahead]
    sqrt(mean((own - truth)^2) / mean((series$best(at, ahead) - truth)^2))
  }, 1)
}

for (kind in names(kinds)) {
  found <- vapply(seq_len(asked$seeds), ratios, numeric(3), kind = kind)
  cat(sprintf("%-34s", kind))
  cat(sprintf("  %2d: %.3f (%.3f to %.3f)", aheads, rowMeans(found),
              apply(found, 1, min), apply(found, 1, max)), "\n")
}

says_no_skill <- function(seed) {
  set.seed(seed)
  fit <- deep_forecaster(
    cumsum(rnorm(500)), horizon = 10, baseline = FALSE,
    control = deep_control(seed = seed, verbose = FALSE)
  )
  any(grepl("No better than naive", utils::capture.output(print(fit))))
}
said <- vapply(seq_len(asked$walks), says_no_skill, NA)
cat("Random walks of which it says no better than naive:", sum(said), "of",
    asked$walks, "\n")
