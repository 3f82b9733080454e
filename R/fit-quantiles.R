# Quantiles of a number: one output a level, trained by the pinball loss.

# Levels are compared as they are written: 1 - 0.95 is not 0.05 in a computer.
as_written <- function(levels) {
  round(levels, 10)
}

check_quantile_levels <- function(levels, call) {
  if (is.null(levels)) {
    return(NULL)
  }
  ok <- is.numeric(levels) && length(levels) > 0 && !anyNA(levels) &&
    all(levels > 0 & levels < 1) && !anyDuplicated(as_written(levels))
  if (!ok) {
    deeply_abort(
      c("{.arg quantile_levels} must be different numbers above 0 and below 1.",
        x = "They are {.val {levels}}."),
      class = "quantile_levels", call = call
    )
  }
  if (min(levels) > 0.5 || max(levels) < 0.5) {
    deeply_abort(
      c(
        "{.arg quantile_levels} must lie on both sides of 0.5, or include it:
         the median is what {.fn predict} gives.",
        x = "They go from {min(levels)} to {max(levels)}.",
        i = "Include 0.5."
      ),
      class = "quantile_levels", call = call
    )
  }
  sort(levels)
}

check_quantile_outcome <- function(levels, outcome, call) {
  if (!is.null(levels) && outcome$task != "regression") {
    deeply_abort(
      c("{.arg quantile_levels} are for numbers; {.field {outcome$name}} has
         classes.",
        i = "{.code predict(type = \"prob\")} says how sure a classifier is."),
      class = "quantile_levels", call = call
    )
  }
}

has_quantiles <- function(outcome) {
  !is.null(outcome$quantile_levels)
}

# Quantiles of the training rows, from a sketch of them.
learn_quantiles <- function(outcome, sketch) {
  stats::quantile(sketch$points, outcome$quantile_levels, na.rm = TRUE,
                  names = FALSE)
}

#' From outputs to quantiles
#'
#' Each output is learned for itself, so they may cross: sorting the quantiles
#' of a row never makes them worse (Chernozhukov, Fernandez-Val & Galichon
#' 2010).
#'
#' @param outputs A matrix with a column a level, standardised.
#' @return A matrix with a column a level, in the outcome's unit, each row
#'   rising.
#' @noRd
as_quantiles <- function(outputs, outcome, calibration = NULL) {
  quantiles <- sort_rows(outputs) * outcome$scale + outcome$center
  if (is.null(calibration)) {
    return(quantiles)
  }
  move_quantiles(quantiles, outcome$quantile_levels, calibration$reach)
}

sort_rows <- function(x) {
  matrix(x[order(row(x), x)], nrow(x), ncol(x), byrow = TRUE)
}

# The median, on the line between its neighbours if it was not asked for.
median_of <- function(quantiles, levels) {
  above <- which(levels >= 0.5)[[1]]
  if (above == 1) {
    return(quantiles[, 1])
  }
  below <- above - 1
  share <- (0.5 - levels[[below]]) / (levels[[above]] - levels[[below]])
  (1 - share) * quantiles[, below] + share * quantiles[, above]
}

name_quantiles <- function(quantiles, levels) {
  colnames(quantiles) <- paste0(".pred_", as_written(levels))
  quantiles
}

# Intervals ----------------------------------------------------------------

#' Levels that lie as far above the median as others below
#'
#' @return A data frame of the places `lower` and `upper` of two levels, and the
#'   `level` of the interval between them; the widest first.
#' @noRd
symmetric_pairs <- function(levels) {
  levels <- as_written(levels)
  lower <- which(levels < 0.5)
  upper <- match(as_written(1 - levels[lower]), levels)
  pairs <- data.frame(lower, upper, level = levels[upper] - levels[lower])
  pairs <- pairs[!is.na(upper), ]
  pairs$level <- as_written(pairs$level)
  pairs
}

#' The pair of levels that makes an interval
#'
#' @return A row of `symmetric_pairs()`.
#' @noRd
find_pair <- function(outcome, level, call = rlang::caller_env()) {
  levels <- outcome$quantile_levels
  pairs <- symmetric_pairs(levels)
  found <- pairs[pairs$level == as_written(level), ]
  if (nrow(found) == 1) {
    return(found)
  }
  asked <- as_written(c(1 - level, 1 + level) / 2)
  deeply_abort(
    c(
      "An interval of {.arg level} {level} lies between the quantiles of
       {asked}, which are not both among those of this fit.",
      x = "Its {.arg quantile_levels} are {as_written(levels)}.",
      i = if (nrow(pairs) > 0) {
        "They give intervals of {.arg level} {.or {pairs$level}}."
      }
    ),
    class = "quantile_levels", call = call
  )
}

# Judging ------------------------------------------------------------------

#' How good quantiles are
#'
#' @param quantiles A matrix with a column a level.
#' @return The mean pinball loss over the levels, and the share of the rows
#'   that the widest symmetric interval covers, if there is one.
#' @noRd
quantile_metrics <- function(truth, quantiles, levels, w = NULL) {
  above <- truth - quantiles
  cost <- pmax(above * rep(levels, each = length(truth)),
               above * rep(levels - 1, each = length(truth)))
  pair <- utils::head(symmetric_pairs(levels), 1)
  covered <- above[, pair$lower] >= 0 & above[, pair$upper] <= 0
  c(pinball = weighted_mean(rowMeans(cost), w),
    if (nrow(pair) > 0) c(coverage = weighted_mean(covered, w)))
}

# What the coverage should be.
nominal_coverage <- function(outcome) {
  if (has_quantiles(outcome)) {
    utils::head(symmetric_pairs(outcome$quantile_levels)$level, 1)
  }
}
