# Truth and predictions as users have them, checked and brought into one form.

#' Truth and predictions as cases to judge
#'
#' @param truth A number, factor, text or logical a row.
#' @param predicted Numbers; or the probability of the event; or a matrix or
#'   data frame of probabilities with a column a class; or classes.
#' @param weights `NULL`, or a number a row.
#' @return A list of `task`, `levels`, `truth` (numbers or class indices),
#'   `predicted` (numbers or a matrix of probabilities), `w`, and `hard`,
#'   whether only classes were predicted.
#' @noRd
as_cases <- function(truth, predicted, weights = NULL,
                     call = rlang::caller_env()) {
  check_no_missing(truth, "truth", call)
  if (is.numeric(truth) && !is.factor(truth)) {
    check_prediction_number(predicted, call)
    cases <- list(task = "regression", truth = as.numeric(truth),
                  predicted = as.numeric(predicted), hard = FALSE)
  } else {
    cases <- class_cases(truth, predicted, call)
  }
  cases$w <- check_case_weights(weights, length(truth), call)
  n <- NROW(cases$predicted)
  if (n != length(truth) || n == 0) {
    deeply_abort(
      "{.arg truth} has {length(truth)} row{?s}, and {.arg predicted} {n}.",
      class = "length", call = call
    )
  }
  cases
}

check_no_missing <- function(x, arg, call) {
  if (anyNA(x)) {
    n <- sum(is.na(x))
    deeply_abort(
      c("{.arg {arg}} has {n} missing value{?s}.",
        i = "Leave these rows out of both, and say how many they are."),
      class = "missing_values", call = call
    )
  }
}

check_prediction_number <- function(predicted, call) {
  if (!is.numeric(predicted) || !is.null(dim(predicted))) {
    abort_argument("predicted", predicted, "a number a row, as the truth is",
                   call)
  }
  check_no_missing(predicted, "predicted", call)
}

class_cases <- function(truth, predicted, call) {
  if (!is.factor(truth) && !is.character(truth) && !is.logical(truth)) {
    abort_argument("truth", truth, "numbers, a factor, text or logical", call)
  }
  is_class <- is.factor(predicted) || is.character(predicted) ||
    is.logical(predicted)
  is_class <- is_class && is.null(dim(predicted))
  levels <- if (is.factor(truth)) {
    levels(truth)
  } else {
    sort(unique(c(as.character(truth), if (is_class) as.character(predicted))))
  }
  if (is.logical(truth)) {
    levels <- c("FALSE", "TRUE")
  }
  if (length(levels) < 2) {
    deeply_abort(
      c("{.arg truth} has one class, {.val {levels}}.",
        i = "Make it a factor with all levels that there could be."),
      class = "task", call = call
    )
  }
  prob <- if (is_class) as_certain(predicted, levels, call)
          else as_probabilities(predicted, levels, call)
  list(
    task = if (length(levels) == 2) "binary" else "multiclass",
    levels = levels,
    truth = if (is.factor(truth)) as.integer(truth)
            else match(as.character(truth), levels),
    predicted = prob, hard = is_class
  )
}

# A prediction that is only a class has all the probability there.
as_certain <- function(predicted, levels, call) {
  check_no_missing(predicted, "predicted", call)
  said <- match(as.character(predicted), levels)
  if (anyNA(said)) {
    deeply_abort(
      c("{.arg predicted} has {.val {unique(predicted[is.na(said)])}}, which is
         no level of {.arg truth}.",
        i = "Its levels are {.val {levels}}."),
      class = "new_levels", call = call
    )
  }
  prob <- matrix(0, length(said), length(levels))
  prob[cbind(seq_along(said), said)] <- 1
  prob
}

as_probabilities <- function(predicted, levels, call) {
  if (is.data.frame(predicted)) {
    predicted <- as.matrix(predicted)
  }
  if (!is.numeric(predicted)) {
    abort_argument("predicted", predicted, "probabilities or classes", call)
  }
  check_no_missing(predicted, "predicted", call)
  limits <- range(predicted, 0, 1)
  if (!identical(limits, c(0, 1))) {
    strange <- limits[limits < 0 | limits > 1]
    deeply_abort("{.arg predicted} must be probabilities from 0 to 1: there is
                  {strange[[1]]}.", class = "argument", call = call)
  }
  if (is.null(dim(predicted)) && length(levels) == 2) {
    return(cbind(1 - predicted, predicted, deparse.level = 0))
  }
  if (NCOL(predicted) != length(levels)) {
    deeply_abort(
      c("{.arg predicted} must have a column for each of the {length(levels)}
         classes.",
        x = "It has {NCOL(predicted)}."),
      class = "argument", call = call
    )
  }
  in_order(predicted, levels, call)
}

# By name, with or without the `.pred_` of predict(); without names in order.
in_order <- function(prob, levels, call) {
  names <- sub("^\\.pred_", "", colnames(prob))
  if (length(names) == 0 || any(names == "")) {
    return(unname(prob))
  }
  at <- match(levels, names)
  if (anyNA(at)) {
    deeply_abort(
      "{.arg predicted} has no column for {.val {levels[is.na(at)]}}.",
      class = "column_missing", call = call
    )
  }
  unname(prob[, at, drop = FALSE])
}

check_case_weights <- function(weights, n, call) {
  if (is.null(weights)) {
    return(NULL)
  }
  ok <- is.numeric(weights) && length(weights) == n && !anyNA(weights) &&
    all(weights >= 0) && all(is.finite(weights)) && sum(weights) > 0
  if (!ok) {
    abort_argument("weights", weights,
                   paste("one number a row, not negative, for", n, "rows"),
                   call)
  }
  as.numeric(weights)
}

#' Predictions of a fit and its baselines for rows whose outcome is known
#'
#' A look at these rows, which is counted.
#'
#' @return A list of `outcome` (the prep's), `truth` (as in `as_cases()`, of
#'   several outcomes a data frame), `predicted` (numbers or matrices, by label
#'   of the model; of several outcomes lists of them), `quantiles` (matrices,
#'   likewise, if the fit has some), `threshold` (the network's, if one is set),
#'   the numbers of the `rows` judged, and how many these are (`n`) and are
#'   `left_out`.
#' @noRd
fit_cases <- function(fit, new_data, y = NULL, call = rlang::caller_env(),
                      baselines = fit$judged$baselines) {
  table <- new_table(fit$prep, new_data, call)
  y <- y %||% outcome_of(fit$prep$blueprint, new_data, call)
  truth <- check_truth(y, fit$prep$outcome, table_rows(table), call)
  rows <- which(is_known(truth))
  answer <- all_predictions(fit, all_outputs(fit, table, rows, baselines))
  warn_encoded(fit$prep, answer, call)
  cases <- usable_cases(fit, outcome_rows(truth, rows), answer)
  cases$rows <- rows[cases$rows]
  cases$left_out <- table_rows(table) - cases$n
  cases$key <- count_look(cases$truth, fit)
  cases
}

#' Outputs of the network alone, for rows whose outcome is known
#'
#' @return A list of `outcome` (the prep's), `truth` (as in `as_cases()`) and
#'   `outputs`, the matrix of its raw outputs.
#' @noRd
network_cases <- function(fit, new_data, y = NULL, call = rlang::caller_env()) {
  table <- new_table(fit$prep, new_data, call)
  y <- y %||% outcome_of(fit$prep$blueprint, new_data, call)
  truth <- check_truth(y, fit$prep$outcome, table_rows(table), call)
  outputs <- network_outputs(fit, table, call)
  usable <- is_known(truth) & !is.na(outputs[, 1])
  if (!any(usable)) {
    deeply_abort("No row of {.arg new_data} has both an outcome and a
                  prediction.", class = "too_few_rows", call = call)
  }
  list(outcome = fit$prep$outcome, truth = outcome_rows(truth, usable),
       outputs = outputs[usable, , drop = FALSE])
}

# Rows that the fit leaves out have no prediction to judge.
usable_cases <- function(fit, truth, answer) {
  rows <- seq_len(NROW(truth))
  if (fit$prep$settings$na == "drop") {
    usable <- !answer$incomplete
    rows <- which(usable)
    truth <- outcome_rows(truth, usable)
    keep <- function(x) {
      if (is.list(x)) lapply(x, keep)
      else if (is.matrix(x)) x[usable, , drop = FALSE]
      else x[usable]
    }
    answer <- keep(answer[c("predicted", "quantiles")])
  }
  outcome <- fit$prep$outcome
  task <- if (has_quantiles(outcome)) "quantiles" else base_task(outcome)
  labels <- vapply(names(answer$predicted), function(kind) {
    if (kind == "network") class(fit)[[1]] else baseline_label(kind, task)
  }, character(1))
  list(outcome = outcome, truth = truth,
       predicted = stats::setNames(answer$predicted, labels),
       quantiles = if (has_quantiles(outcome)) {
         stats::setNames(answer$quantiles, labels)
       },
       rows = rows, threshold = fit$threshold, n = length(rows))
}
