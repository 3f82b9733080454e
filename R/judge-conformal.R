# Split conformal intervals: as wide as the residuals of rows that were held
# out.

most_residuals <- 10000L
largest_residuals <- 1000L

learn_residuals <- function(cases) {
  predicted <- as_prediction(cases$outputs, cases$outcome)
  keep_residuals(abs(cases$truth - predicted))
}

#' The residuals that a fit keeps
#'
#' @param residuals Absolute residuals of all calibration rows.
#' @return What a fit keeps as `calibration`: the residuals of the `ranks`, and
#'   `n`, how many there were.
#' @noRd
keep_residuals <- function(residuals) {
  n <- length(residuals)
  ranks <- seq_len(n)
  if (n > most_residuals) {
    # High levels lie close together at the end.
    even <- seq(1, n, length.out = most_residuals - largest_residuals)
    ranks <- unique(c(ceiling(even), (n - largest_residuals + 1):n))
    ranks <- sort(ranks)
  }
  list(method = "conformal", n = n, ranks = as.integer(ranks),
       residuals = sort(residuals)[ranks])
}

#' How far an interval reaches to either side
#'
#' The residual of rank `ceiling((n + 1) * level)`, or the next larger one that
#' was kept.
#' @noRd
conformal_radius <- function(calibration, level, call = rlang::caller_env()) {
  n <- calibration$n
  # 0.55 * 20 is a bit more than 11 in a computer.
  rank <- ceiling(signif((n + 1) * level, 12))
  if (rank > n) {
    needed <- ceiling(signif(level / (1 - level), 12))
    deeply_abort(
      c(
        "{n} calibration row{?s} {?is/are} too few for intervals of {.arg level}
         {level}: it takes {needed}.",
        i = "Calibrate on more rows, or ask for a lower {.arg level}."
      ),
      class = "too_few_rows",
      call = call
    )
  }
  kept <- findInterval(rank, calibration$ranks, left.open = TRUE) + 1
  calibration$residuals[[kept]]
}

# Quantiles ------------------------------------------------------------------

# What the calibration of a number keeps.
learn_intervals <- function(cases, call = rlang::caller_env()) {
  if (has_quantiles(cases$outcome)) learn_reach(cases, call)
  else learn_residuals(cases)
}

#' How far quantiles must be moved for their intervals to cover
#'
#' Conformalized quantile regression (Romano, Patterson & Candes 2019): the
#' score of a row is how far its truth lies beyond the interval, below zero
#' inside of it. Each pair of levels has scores of its own.
#'
#' @return What a fit keeps as `calibration`: `n`, and `reach`, a number an
#'   interval, which both of its ends are moved out by.
#' @noRd
learn_reach <- function(cases, call = rlang::caller_env()) {
  levels <- cases$outcome$quantile_levels
  pairs <- symmetric_pairs(levels)
  if (nrow(pairs) == 0) {
    deeply_abort(
      c("No two {.arg quantile_levels} make an interval to calibrate.",
        x = "They are {as_written(levels)}.",
        i = "For instance 0.05 and 0.95 do."),
      class = "quantile_levels", call = call
    )
  }
  quantiles <- as_quantiles(cases$outputs, cases$outcome)
  reach <- mapply(function(lower, upper, level) {
    scores <- pmax(quantiles[, lower] - cases$truth,
                   cases$truth - quantiles[, upper])
    conformal_radius(keep_residuals(scores), level, call)
  }, pairs$lower, pairs$upper, pairs$level)
  list(method = "conformal", n = length(cases$truth),
       reach = stats::setNames(reach, pairs$level))
}

# An interval must not get narrower than was learned, so a quantile that would
# cross another one, or the median, is moved out to it.
move_quantiles <- function(quantiles, levels, reach) {
  pairs <- symmetric_pairs(levels)
  inner <- outer <- median_of(quantiles, levels)
  move <- if (is.matrix(reach)) reach else rep(reach, each = nrow(quantiles))
  quantiles[, pairs$lower] <- quantiles[, pairs$lower] - move
  quantiles[, pairs$upper] <- quantiles[, pairs$upper] + move
  for (k in rev(which(levels < 0.5))) {
    quantiles[, k] <- inner <- pmin(quantiles[, k], inner)
  }
  for (k in which(levels > 0.5)) {
    quantiles[, k] <- outer <- pmax(quantiles[, k], outer)
  }
  quantiles
}

# Predicting -----------------------------------------------------------------

#' How a fit makes intervals
#'
#' @return The places `lower` and `upper` of two quantiles, or the `radius` to
#'   either side of a prediction.
#' @noRd
interval_rule <- function(fit, level, call = rlang::caller_env()) {
  check_number(level, above = 0, below = 1, call = call)
  if (has_quantiles(fit$prep$outcome)) {
    return(find_pair(fit$prep$outcome, level, call))
  }
  if (is.null(fit$calibration)) {
    deeply_abort(
      c(
        "This fit has no intervals yet.",
        i = "{.code fit <- calibrate(fit, new_data)} learns them on rows that it
             was not trained on."
      ),
      class = "not_calibrated",
      call = call
    )
  }
  list(radius = conformal_radius(fit$calibration, level, call))
}

#' @param quantiles A matrix, or `NULL`.
#' @return A data.table of `.pred_lower` and `.pred_upper`.
#' @noRd
interval_limits <- function(rule, predicted, quantiles) {
  if (is.null(rule$radius)) {
    return(data.table(.pred_lower = quantiles[, rule$lower],
                      .pred_upper = quantiles[, rule$upper]))
  }
  data.table(.pred_lower = predicted - rule$radius,
             .pred_upper = predicted + rule$radius)
}

# In words -------------------------------------------------------------------

describe_intervals <- function(calibration) {
  if (is.null(calibration$reach)) {
    return(describe_residuals(calibration))
  }
  reach <- calibration$reach[[1]]
  sprintf("quantiles (conformalized) from %s: %s intervals %s %s at either end",
          calibration_rows(calibration),
          percent(as.numeric(names(calibration$reach)[[1]])),
          format(signif(abs(reach), 3), big.mark = ","),
          if (reach < 0) "narrower" else "wider")
}

describe_residuals <- function(calibration) {
  learned <- sprintf("intervals (split conformal) from %s",
                     calibration_rows(calibration))
  if (calibration$n < 9) {
    return(learned)
  }
  sprintf("%s: 90 %% reach %s to either side", learned,
          format(signif(conformal_radius(calibration, 0.9), 3),
                 big.mark = ","))
}

calibration_rows <- function(calibration) {
  paste(count(calibration$n), calibration$on %||% "rows")
}
