#' Simulate several series, part by part
#'
#' Each series is a sum of a trend, a season, level shifts and autoregressive
#' noise. All parts are known, and so is the best possible forecast.
#'
#' @section Equations:
#' For series `k` at time `t` = 1, 2, ..., in units of `sd`, the value is
#' `trend + season + shift + noise`:
#' * `trend = c + b t / n`, with `c` uniform from 20 to 60 and `b` normal with
#'   sd 8;
#' * `season = A1 sin(2 pi t / period + w1) + A2 sin(4 pi t / period + w2)`,
#'   with `A1` uniform from 2 to 5, `A2` from 0.5 to 2 and phases from the whole
#'   circle. With `period` 2 or less nothing is left of it;
#' * `shift`: at `shifts` times, drawn at random after the first, the level
#'   moves for good, by 4 to 8, up or down;
#' * `noise[t] = ar[1] noise[t - 1] + ar[2] noise[t - 2] + ... + e[t]` (Box &
#'   Jenkins 1970), started from its stationary distribution by 1,000 steps that
#'   are thrown away. `e[t]` is normal with mean 0 and sd
#'   `s[t] = exp(uneven sin(2 pi t / period))`.
#'
#' To who knows the other parts, the best forecast `h` steps ahead is that of
#' the noise. With `psi[j]` the weights of the noise as a moving average, its
#' mean squared error is the sum of `(psi[j] s[t - j])^2` over `j` from 0 to
#' `h - 1`.
#'
#' @param n Times a series.
#' @param n_series Number of series.
#' @param by `"hour"` or `"day"`. They begin on 1 January 2020.
#' @param period Length of the season in steps. `NULL`: 24 hours or 7 days.
#' @param ar Coefficients of the noise, as many as it has orders; it must be
#'   stationary. `numeric()`: independent noise.
#' @param sd Standard deviation of the innovations, and the scale of all parts.
#' @param shifts Level shifts a series, fewer than `n`.
#' @param uneven How much the noise changes with the season, at most 2. 0: not.
#' @param seed One whole number, or `NULL`. See [simulators].
#'
#' @return A list, see [simulators]. `$data` has `series` (factor), `time`
#'   (POSIXct, UTC) and `value`. `$truth$rows` has `series`, `time`, the parts
#'   `trend`, `season`, `shift` and `noise`, which sum to the value, the
#'   `innovation` that came in, its `sd`, and `forecast`, the best one from a
#'   step before (value minus innovation). `$truth$rmse` is the expected root
#'   mean squared error of the best forecast 1, 4 and 24 steps ahead, averaged
#'   over the rows. `$truth$parameters` has `ar`, `sd`, `period` and `uneven`.
#' @inheritSection simulators Errors
#' @references
#' Box & Jenkins (1970). Time series analysis: forecasting and control.
#' Holden-Day.
#' @family simulators
#' @export
#' @examples
#' series <- simulate_series(500, n_series = 2, seed = 4)
#' series$data
#' series$truth$rows
#' # The best forecasts 1, 4 and 24 hours ahead.
#' series$truth$rmse
simulate_series <- function(n = 1000, n_series = 3, by = "hour",
                            period = NULL, ar = 0.7, sd = 1, shifts = 1,
                            uneven = 0, seed = NULL) {
  check_count(n, min = 2)
  check_count(n_series)
  check_choice(by, c("hour", "day"))
  check_number(period, min = 2, null = TRUE)
  check_stationary(ar)
  check_number(sd, above = 0)
  check_count(shifts, min = 0)
  check_number(shifts, below = n)
  check_number(uneven, min = 0, max = 2)
  check_count(seed, min = 0, null = TRUE)
  now <- list(
    ar = ar, sd = sd, uneven = uneven,
    period = period %||% c(hour = 24, day = 7)[[by]]
  )
  simulation("series as a sum of known parts", seed, {
    names <- factor(numbered("series", n_series))
    parts <- lapply(names, one_series, n = n, by = by, shifts = shifts,
                    now = now)
    rows <- data.table::rbindlist(parts)
    value <- rows$trend + rows$season + rows$shift + rows$noise
    data.table::set(rows, j = "forecast", value = value - rows$innovation)
    list(
      data = data.table(rows[, c("series", "time"), with = FALSE],
                        value = value),
      truth = list(rows = rows, rmse = series_rmse(n, now), parameters = now)
    )
  })
}

check_stationary <- function(ar, call = rlang::caller_env()) {
  if (!is.numeric(ar) || !all(is.finite(ar))) {
    abort_argument("ar", ar, "numbers", call)
  }
  if (length(ar) && any(Mod(polyroot(c(1, -ar))) <= 1 + 1e-8)) {
    deeply_abort(
      c(
        "{.arg ar} must be the coefficients of stationary noise.",
        x = "With {ar} it grows without bound: a root of its polynomial does
             not lie outside the unit circle.",
        i = "One coefficient must lie between -1 and 1."
      ),
      class = "argument",
      call = call
    )
  }
}

one_series <- function(series, n, by, shifts, now) {
  t <- seq_len(n)
  step <- c(hour = 3600, day = 86400)[[by]]
  burn <- 1000
  spread <- innovation_sd(seq(1 - burn, n), now)
  innovation <- stats::rnorm(burn + n, sd = spread)
  noise <- if (length(now$ar)) ar_noise(innovation, now$ar) else innovation
  kept <- burn + t
  data.table(
    series = series,
    time = as.POSIXct("2020-01-01", tz = "UTC") + step * (t - 1),
    trend = now$sd * (stats::runif(1, 20, 60) + stats::rnorm(1, 0, 8) * t / n),
    season = now$sd * draw_season(t, now$period),
    shift = now$sd * draw_shifts(n, shifts),
    noise = noise[kept],
    innovation = innovation[kept],
    sd = spread[kept]
  )
}

innovation_sd <- function(t, now) {
  now$sd * exp(now$uneven * sin(2 * pi * t / now$period))
}

draw_season <- function(t, period) {
  height <- c(stats::runif(1, 2, 5), stats::runif(1, 0.5, 2))
  phase <- stats::runif(2, 0, 2 * pi)
  height[[1]] * sin(2 * pi * t / period + phase[[1]]) +
    height[[2]] * sin(4 * pi * t / period + phase[[2]])
}

draw_shifts <- function(n, shifts) {
  jumps <- numeric(n)
  at <- 1 + sample.int(n - 1, shifts)
  jumps[at] <- stats::runif(shifts, 4, 8) *
    sample(c(-1, 1), shifts, replace = TRUE)
  cumsum(jumps)
}

series_rmse <- function(n, now, ahead = c(1, 4, 24)) {
  weights <- c(1, stats::ARMAtoMA(now$ar, lag.max = max(ahead) - 1))
  variance <- vapply(seq_along(weights), function(j) {
    mean(innovation_sd(seq_len(n) - j + 1, now)^2)
  }, numeric(1))
  total <- cumsum(weights^2 * variance)
  stats::setNames(sqrt(total[ahead]), paste0("h", ahead))
}
