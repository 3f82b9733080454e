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

check_intervals <- function(fit, level, call = rlang::caller_env()) {
  check_number(level, above = 0, below = 1, call = call)
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
}

describe_residuals <- function(calibration) {
  learned <- sprintf("intervals (split conformal) from %s rows",
                     count(calibration$n))
  if (calibration$n < 9) {
    return(learned)
  }
  sprintf("%s: 90 %% reach %s to either side", learned,
          format(signif(conformal_radius(calibration, 0.9), 3),
                 big.mark = ","))
}
