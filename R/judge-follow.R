# Intervals that follow what forecasts miss: their reach is corrected as soon as
# a value becomes known.

# What a miss moves the ends of an interval by, in mean distances of the scores
# from the reach; and how much of the latest distance goes into their mean.
follow_rate <- 0.05

#' Outputs with their quantiles moved, by what was known at each origin
#'
#' Starts at what the fit has found (see `learn_horizon_reach()`). Each window
#' that ends no earlier than what the fit has learned from then moves the reach:
#' out by a miss, in by a hit, in such shares that in the long run the intervals
#' cover what they should, whatever the series does (quantile tracking:
#' Angelopoulos, Candes & Tibshirani 2023, Conformal PID control for time series
#' prediction). A forecast `h` steps ahead is moved by windows that are `h`
#' steps older, or more: their values are known by then.
#'
#' @param z Outputs of the windows `last`, on the scale of the series.
#' @param sent Handle of the panel.
#' @return `z`, moved.
#' @noRd
moved_outputs <- function(z, fit, laid, sent, last) {
  levels <- laid$prep$outcome$quantile_levels
  found <- fit$calibration
  # Without times, what comes after the fit is not known.
  later <- if (!is.null(laid$panel$time)) later_windows(laid, fit)
  if (length(found$reach) == 0 || length(later) == 0 || length(last) == 0) {
    return(move_outputs(z, levels, found$reach))
  }
  scores <- later_scores(z, fit, laid, sent, last, later)
  after <- track_reach(scores, laid$panel$key[later], found, levels)
  steps <- length(laid$prep$ahead)
  for (step in seq_len(steps)) {
    columns <- step + steps * (seq_len(ncol(found$reach)) - 1L)
    reach <- reach_known(after[, columns, drop = FALSE], found$reach[step, ],
                         later, last, laid$prep$ahead[[step]], laid$panel)
    quantiles <- matrix(z[, step, -1], ncol = length(levels))
    z[, step, -1] <- move_quantiles(quantiles, levels, reach)
  }
  z
}

# Windows x steps and pairs; `NA` where the value is not known.
later_scores <- function(z, fit, laid, sent, last, later) {
  own <- match(later, last)
  lacking <- is.na(own)
  outputs <- z[replace(own, lacking, 1L), , , drop = FALSE]
  if (any(lacking)) {
    outputs[lacking, , ] <- window_outputs(live_model(fit), sent, laid$panel,
                                           laid$prep, later[lacking])
  }
  truth <- window_truth(laid$arrays$target, laid$arrays$there, later,
                        laid$prep$ahead)
  pairs <- symmetric_pairs(laid$prep$outcome$quantile_levels)
  do.call(cbind, lapply(seq_len(nrow(pairs)), function(k) {
    pair_scores(outputs, truth, pairs[k, ])
  }))
}

#' The reach after each window, its own score included
#'
#' Each series goes its own way from where all begin.
#' @param scores Windows in order x steps and pairs.
#' @param key Number of the series of each.
#' @noRd
track_reach <- function(scores, key, found, levels) {
  share <- rep(1 - symmetric_pairs(levels)$level, each = nrow(found$reach))
  start <- function(x) matrix(x, max(key), length(x), byrow = TRUE)
  now <- start(found$reach)
  spread <- start(found$spread)
  after <- scores
  # The first windows of all series, then the second ones.
  for (round in split(seq_along(key), data.table::rowid(key))) {
    own <- key[round]
    beyond <- scores[round, , drop = FALSE] - now[own, , drop = FALSE]
    known <- !is.na(beyond)
    wide <- spread[own, , drop = FALSE]
    move <- follow_rate * wide * t(t(beyond > 0) - share)
    now[own, ][known] <- (now[own, ] + move)[known]
    spread[own, ][known] <- (wide + follow_rate * (abs(beyond) - wide))[known]
    after[round, ] <- now[own, ]
  }
  after
}

# Of each window in `last`, what those had taught whose value was known.
reach_known <- function(after, start, later, last, ahead, panel) {
  at <- findInterval(last - ahead, later)
  taught <- at > 0
  taught[taught] <- panel$key[later[at]] == panel$key[last[taught]]
  reach <- matrix(start, length(last), length(start), byrow = TRUE)
  reach[taught, ] <- after[at[taught], ]
  reach
}
