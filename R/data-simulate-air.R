#' Simulate the air of a street: hourly NO2 with a real file's flaws
#'
#' A monitoring station's file as it comes from the London Air Quality Network:
#' dates as text, hourly values written four times, gaps in the target, columns
#' that never change. The values follow a stated equation, so the best possible
#' forecast is known.
#'
#' @section Equations:
#' With `t` counting hours from 1 January 2018 00:00 GMT, the concentration in
#' micrograms per cubic metre is `y[t] = exp(m[t] + u[t])`, given to one
#' decimal.
#'
#' `m[t] = log(35) + 0.08 cos(2 pi (d - 15) / 365.25) + w r[t] - 0.04 s`, where
#' `d` is the day of the year, `s` is 1 at weekends, `w` is 1 on weekdays and
#' 0.5 at weekends, and the two rush hours are
#' `r[t] = 0.40 exp(-(h - 8.5)^2 / (2 * 2^2)) +
#' 0.50 exp(-(h - 17.5)^2 / (2 * 2.5^2))`, with `h` the hour and distances
#' taken around the clock.
#'
#' `u[t] = 0.92 u[t - 1] + e[t]`, with `e[t]` normal of mean 0 and sd 0.177:
#' weather, as an AR(1) on the log scale (Box & Jenkins 1970). It starts from
#' its stationary distribution.
#'
#' The mean is `E(y[t]) = exp(m[t] + v / 2)` with `v = 0.177^2 / (1 - 0.92^2)`.
#' From all values up to `h` hours before, the best forecast is
#' `exp(m[t] + 0.92^h u[t - h] + v_h / 2)`, where `v_h = v (1 - 0.92^(2 h))`,
#' and its mean squared error is
#' `exp(2 m[t] + 2 * 0.92^(2 h) v + v_h) (exp(v_h) - 1)`.
#'
#' The numbers are rounded from a fit to the station Mile End Road in 2018,
#' whose mean is 47.0 and sd 20.7.
#'
#' @param n Hours, a year by default.
#' @param flaws `TRUE`: the file with its flaws, see Value. `FALSE`: a clean
#'   hourly table of the same air.
#' @param missing Share of the hours whose value is missing, from 0 to 0.5. It
#'   is met to the nearest hour, in runs: three in four of one hour, the others
#'   of 41 on average, the last one cut where the share is reached.
#' @param text `TRUE` writes the values as text, a further flaw.
#' @param seed One whole number, or `NULL`. See [simulators].
#'
#' @return A list, see [simulators]. With `flaws`, `$data` has four rows an
#'   hour and the columns of the raw file: `Site` and `Species` (one text
#'   each), `ReadingDateTime` (text, `"31/12/2018 23:45"`), `Value` (NO2 of the
#'   hour, `NA` where missing), `Units` (one text) and `Provisional or Ratified`
#'   (`"P"` in the rows of the last hour, else `"R"`). Without, it has a row an
#'   hour, `time` (POSIXct, UTC) and `no2`, and `missing` and `text` do not
#'   count.
#'
#'   `$truth$rows` has `time` (the hour), `no2` (the value, also where it is
#'   missing), `expected` (its mean before anything is known) and `forecast`
#'   (the best one from all values up to an hour before; `NA` in the first
#'   hour). `$truth$rmse` is the root mean squared error of the best forecast 1,
#'   4 and 24 hours ahead, averaged over these hours and over all that the
#'   weather can do. `$truth$parameters` are the numbers above.
#' @inheritSection simulators Errors
#' @references
#' Box & Jenkins (1970). Time series analysis: forecasting and control.
#' Holden-Day.
#'
#' London Air Quality Network, Environmental Research Group, King's College
#' London. <https://www.londonair.org.uk>
#' @family simulators
#' @export
#' @examples
#' air <- simulate_air(24 * 60, seed = 1)
#' air$data
#' # What no forecast of one hour can beat, and what the last value reaches.
#' air$truth$rmse
#' no2 <- simulate_air(24 * 60, flaws = FALSE, seed = 1)$data$no2
#' sqrt(mean(diff(no2)^2))
simulate_air <- function(n = 8760, flaws = TRUE, missing = 0.039,
                         text = FALSE, seed = NULL) {
  check_count(n, min = 2)
  check_flag(flaws)
  check_number(missing, min = 0, max = 0.5)
  check_flag(text)
  check_count(seed, min = 0, null = TRUE)
  simulation("hourly NO2 of one station", seed, {
    truth <- air_truth(n)
    if (flaws) {
      spoiled_air(truth, missing, text)
    } else {
      list(data = truth$rows[, c("time", "no2"), with = FALSE], truth = truth)
    }
  })
}

air_parameters <- list(
  level = 35, season = 0.08, coldest_day = 15, weekend = -0.04,
  weekend_rush = 0.5, rush_height = c(0.40, 0.50), rush_hour = c(8.5, 17.5),
  rush_width = c(2, 2.5), ar = 0.92, sd = 0.177
)

air_truth <- function(n, now = air_parameters) {
  time <- as.POSIXct("2018-01-01", tz = "UTC") + 3600 * (seq_len(n) - 1)
  middle <- air_log_median(time, now)
  weather <- ar_noise(stats::rnorm(n, sd = now$sd), now$ar,
                      start = stats::rnorm(1, sd = air_sd(now)))
  last <- data.table::shift(weather)
  rows <- data.table(
    time = time,
    no2 = round(exp(middle + weather), 1),
    expected = exp(middle + air_sd(now)^2 / 2),
    forecast = exp(middle + now$ar * last + now$sd^2 / 2)
  )
  ahead <- c(1, 4, 24)
  rmse <- vapply(ahead, air_rmse, numeric(1), middle = middle, now = now)
  list(rows = rows, rmse = stats::setNames(rmse, paste0("h", ahead)),
       parameters = now)
}

# The sd of the weather at any one hour.
air_sd <- function(now) {
  now$sd / sqrt(1 - now$ar^2)
}

air_log_median <- function(time, now) {
  clock <- as.POSIXlt(time)
  weekend <- clock$wday %in% c(0, 6)
  rush <- rush_hours(clock$hour, now)
  log(now$level) +
    now$season * cos(2 * pi * (clock$yday + 1 - now$coldest_day) / 365.25) +
    ifelse(weekend, now$weekend_rush, 1) * rush + now$weekend * weekend
}

rush_hours <- function(hour, now) {
  peaks <- Map(function(height, at, width) {
    apart <- (hour - at + 12) %% 24 - 12
    height * exp(-apart^2 / (2 * width^2))
  }, now$rush_height, now$rush_hour, now$rush_width)
  Reduce(`+`, peaks)
}

air_rmse <- function(ahead, middle, now) {
  all <- air_sd(now)^2
  known <- all * now$ar^(2 * ahead)
  open <- all - known
  sqrt(mean(exp(2 * middle + 2 * known + open) * (exp(open) - 1)))
}

# AR noise from its innovations, without a loop in R. `start` is the value
# before the first, one for each coefficient, the latest first.
ar_noise <- function(innovations, ar, start = numeric(length(ar))) {
  as.numeric(stats::filter(innovations, ar, "recursive", init = start))
}

# The station's file: what is wrong with it comes last, so that the same seed
# has the same air with and without.
spoiled_air <- function(truth, missing, text) {
  n <- nrow(truth$rows)
  value <- truth$rows$no2
  value[missing_hours(n, round(missing * n))] <- NA
  hour <- rep(seq_len(n), each = 4)
  truth$rows <- truth$rows[hour]
  quarter <- truth$rows$time + rep(c(0, 900, 1800, 2700), n)
  value <- value[hour]
  data <- data.table(
    Site = "SIM1",
    Species = "NO2",
    ReadingDateTime = format(quarter, "%d/%m/%Y %H:%M"),
    Value = if (text) decimal_text(value) else value,
    Units = "ug m-3",
    `Provisional or Ratified` = ifelse(hour == n, "P", "R")
  )
  list(data = data, truth = truth)
}

decimal_text <- function(value) {
  ifelse(is.na(value), NA_character_, sprintf("%.1f", value))
}

# Which hours are missing: `wanted` of them, in runs with an observed hour
# between any two. The runs' places are drawn among the observed hours.
missing_hours <- function(n, wanted) {
  if (wanted == 0) {
    return(integer())
  }
  lengths <- gap_lengths(wanted)
  slots <- sample.int(n - wanted + 1, length(lengths))
  # After `slots - 1` observed hours and all runs that were placed before.
  runs <- data.table(slot = slots, length = lengths)
  data.table::setorderv(runs, "slot")
  before <- cumsum(c(0, runs$length))[seq_len(nrow(runs))]
  rep(runs$slot + before, runs$length) + sequence(runs$length) - 1
}

gap_lengths <- function(wanted) {
  lengths <- 1 + stats::rgeom(wanted, 1 / 41) *
    stats::rbinom(wanted, 1, 0.25)
  ends <- cumsum(lengths)
  last <- which(ends >= wanted)[[1]]
  lengths <- lengths[seq_len(last)]
  lengths[[last]] <- lengths[[last]] - (ends[[last]] - wanted)
  lengths
}
