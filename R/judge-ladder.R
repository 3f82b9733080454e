# Errors from the best that is known to rows never seen, and the gap from each
# level to the next.

# What a model got wrong ---------------------------------------------------

#' The errors of a model on some rows, with what an interval needs
#'
#' @param predicted,truth,outcome As in `fit_cases()`.
#' @return Numbers: of a regression `n`, `mse` and `spread` (the variance of
#'   squared errors), of a classification `n` and `wrong`, a number a class.
#' @noRd
error_level <- function(predicted, truth, outcome) {
  if (outcome$task == "regression") {
    squared <- (predicted - truth)^2
    return(list(n = length(truth), mse = mean(squared),
                spread = stats::var(squared)))
  }
  k <- length(outcome$levels)
  said <- max.col(predicted, ties.method = "first")
  list(n = tabulate(truth, k), wrong = tabulate(truth[said != truth], k))
}

# Enough to tell gaps, few enough to cost nothing.
training_sample <- 20000L

#' The errors of a new fit on rows it was trained on
#'
#' @param run What `fit_table()` made ready, its buffer still open.
#' @noRd
training_level <- function(fit, run) {
  rows <- seq_len(run$rows[["train"]])
  if (length(rows) > training_sample) {
    rows <- with_seed(run$seed, sort(sample(length(rows), training_sample)))
  }
  outcome <- fit$prep$outcome
  answer <- backend_call("predict_rows", live_model(fit), run$buffer,
                         as.array(rows - 1L))
  truth <- as.vector(answer$y)
  truth <- if (outcome$task == "regression") {
    truth * outcome$scale + outcome$center
  } else {
    as.integer(truth) + 1L
  }
  error_level(as_prediction(answer$outputs, outcome), truth, outcome)
}

# Intervals ----------------------------------------------------------------

# In standard errors, for 95 %.
interval_width <- stats::qnorm(0.975)

error_measure <- function(outcome) {
  if (outcome$task == "regression") "rmse"
  else if (is_imbalanced(outcome)) "balanced" else "error"
}

#' The error of a level and its interval
#'
#' A share has Wilson's interval; the mean of the classes' shares a normal one,
#' with one error and one hit added to each class; the root of a mean square a
#' normal one of its logarithm.
#'
#' @param level What `error_level()` gave, or one number that is known.
#' @param width Half of the interval, in standard errors.
#' @return The numbers `error`, `lower`, `upper`.
#' @noRd
level_interval <- function(level, measure, width = interval_width) {
  if (is.numeric(level)) {
    return(c(error = level, lower = level, upper = level))
  }
  switch(measure,
    error = share_interval(sum(level$wrong), sum(level$n), width),
    balanced = mean_share_interval(level$wrong, level$n, width),
    rmse = root_interval(level, width)
  )
}

share_interval <- function(wrong, n, width) {
  share <- wrong / n
  middle <- (share + width^2 / (2 * n)) / (1 + width^2 / n)
  half <- width / (1 + width^2 / n) *
    sqrt(share * (1 - share) / n + width^2 / (4 * n^2))
  c(error = share, lower = max(0, middle - half), upper = min(1, middle + half))
}

mean_share_interval <- function(wrong, n, width) {
  there <- n > 0
  wrong <- wrong[there]
  n <- n[there]
  share <- mean(wrong / n)
  near <- (wrong + 1) / (n + 2)
  half <- width * sqrt(sum(near * (1 - near) / (n + 2))) / length(n)
  c(error = share, lower = max(0, share - half), upper = min(1, share + half))
}

root_interval <- function(level, width) {
  error <- sqrt(level$mse)
  if (error == 0) {
    return(c(error = 0, lower = 0, upper = 0))
  }
  # The spread of one row is not known.
  factor <- if (is.na(level$spread)) Inf
            else exp(width * sqrt(level$spread / level$n) / (2 * level$mse))
  c(error = error, lower = error / factor, upper = error * factor)
}

#' The interval of a difference, from the intervals of both
#'
#' Newcombe (1998) for shares, Zou & Donner (2008) for anything.
#' @noRd
difference_interval <- function(from, to) {
  size <- to[["error"]] - from[["error"]]
  c(
    size = size,
    lower = size - sqrt((to[["error"]] - to[["lower"]])^2 +
                          (from[["upper"]] - from[["error"]])^2),
    upper = size + sqrt((to[["upper"]] - to[["error"]])^2 +
                          (from[["error"]] - from[["lower"]])^2)
  )
}

# The ladder ---------------------------------------------------------------

# A gap is worth a word from such a share of what the trivial model gets wrong,
# or if it is as large as the best known error itself. Some variance is the
# price of learning from few rows, and no model may do without.
gap_worth <- c(bias = 0.1, variance = 0.2, mismatch = 0.1,
               `validation overfit` = 0.1)

gap_names <- c(training = "bias", `train-dev` = "variance",
               validation = "variance", test = "validation overfit")

#' The ladder of errors
#'
#' @param levels Levels by name, in order: a reference, if there is one, then
#'   those of "training", "train-dev", "validation" and "test" that are known.
#' @param measure "error", "balanced" or "rmse".
#' @param trivial The error of the trivial model.
#' @param known The best known error, if the reference is that.
#' @return A data.table with a row a level.
#' @noRd
new_ladder <- function(levels, measure, trivial, known = NULL) {
  at <- lapply(levels, level_interval, measure)
  # All gaps together are right in 95 % of cases.
  width <- stats::qnorm(1 - 0.025 / max(1, length(levels) - 1))
  wide <- lapply(levels, level_interval, measure, width)
  gaps <- Map(difference_interval, wide[-length(wide)], wide[-1])
  gaps <- do.call(rbind, c(list(rep(NA_real_, 3)), unname(gaps)))
  part <- function(name) vapply(at, `[[`, 0, name)
  ladder <- data.table(
    level = names(levels), error = part("error"), lower = part("lower"),
    upper = part("upper"), n = vapply(levels, level_rows, 0L),
    gap = name_gaps(names(levels)), size = gaps[, 1],
    size_lower = gaps[, 2], size_upper = gaps[, 3]
  )
  size <- ladder$size
  beyond <- !is.na(size) & ladder$size_lower > 0
  large <- size >= gap_worth[ladder$gap] * trivial
  if (!is.null(known)) {
    large <- large | size >= known
  }
  worth <- beyond & large
  ladder[, c("beyond", "worth", "largest") := list(
    beyond, worth, seq_along(size) %in% which.max(replace(size, !worth, NA))
  )]
  ladder[]
}

level_rows <- function(level) {
  if (is.numeric(level)) NA_integer_ else as.integer(sum(level$n))
}

name_gaps <- function(levels) {
  gaps <- unname(gap_names[levels])
  if ("train-dev" %in% levels) {
    gaps[levels == "validation"] <- "mismatch"
  }
  if (!"validation" %in% levels) {
    # Test rows are then the first that were not trained on.
    gaps[levels == "test"] <- if ("train-dev" %in% levels) "mismatch"
                              else "variance"
  }
  gaps[[1]] <- NA
  gaps
}

#' The ladder of a fit
#'
#' @param cases What `fit_cases()` gave for `train_dev` and `test`.
#' @param best_known A number, or `NULL`: the best simple model takes its place.
#' @noRd
fit_ladder <- function(fit, cases, best_known = NULL) {
  outcome <- fit$prep$outcome
  measure <- error_measure(outcome)
  measured <- lapply(cases, function(cases) {
    lapply(cases$predicted, error_level, cases$truth, outcome)
  })
  # Simple models are compared on rows like the training rows, but others.
  held_out <- fit$info$rows[["validation"]] > 0
  comparable <- held_out || !is.null(measured$train_dev)
  models <- measured$train_dev %||% fit$judged$levels$validation
  errors <- vapply(models, function(x) level_interval(x, measure)[["error"]], 0)
  simple <- errors[-(1:2)]
  reference <- if (!is.null(best_known)) {
    list(`best known` = best_known)
  } else if (length(simple) > 0 && comparable) {
    list(`best simple model` = models[[names(which.min(simple))]])
  }
  levels <- c(
    reference,
    list(training = fit$judged$levels$training,
         `train-dev` = measured$train_dev[[1]],
         validation = if (held_out) fit$judged$levels$validation[[1]],
         test = measured$test[[1]])
  )
  ladder <- new_ladder(Filter(Negate(is.null), levels), measure, errors[[2]],
                       best_known)
  data.table::setattr(ladder, "measure", measure)
  data.table::setattr(ladder, "trivial", errors[[2]])
  data.table::setattr(ladder, "models", errors)
  ladder
}

# What the errors are of, and how they are written -------------------------

describe_measure <- function(measure, outcome) {
  switch(measure,
    error = "Error: share of rows that are called wrong",
    balanced = "Error: 1 - balanced accuracy, since a class is rare",
    rmse = sprintf("Error: RMSE, in the unit of %s", outcome$name)
  )
}

format_error <- function(x, measure, signed = FALSE) {
  text <- if (measure == "rmse") {
    trimws(format_metric(abs(x), 3))
  } else {
    paste(formatC(100 * abs(x), digits = if (all(abs(x) < 0.01)) 2 else 1,
                  format = "f"), "%")
  }
  if (signed) paste0(ifelse(x < 0, "-", "+"), text) else text
}
