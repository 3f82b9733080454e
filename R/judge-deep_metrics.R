#' Score predictions of any model
#'
#' The metrics that [evaluate()] has and some more, for predictions that need
#' not come from deeply, with weights and intervals.
#'
#' @section Metrics:
#' Numbers: `rmse`, `mae`, `mape` (a share; `NA` where a truth is zero), `rsq`,
#' and `pinball`, the loss of a predicted quantile (Koenker & Bassett 1978).
#'
#' Two classes: `roc_auc` (ties counted half), `pr_auc` (average precision),
#' `accuracy`, `bal_accuracy` (mean recall of the classes that occur),
#' `precision`, `recall`, `specificity`, `f1` (called so whatever `beta`), `mcc`
#' (Matthews 1975), `log_loss` (nats), `brier` (mean squared error of the
#' probability), and `ece`, the expected calibration error over ten bins of
#' equal width (Guo et al. 2017). The event is the second level, as in [glm()].
#'
#' More classes: the same of each class against the rest, averaged for
#' `precision`, `recall`, `f1` and `roc_auc`; `brier` sums over the classes, and
#' `ece` is that of the most likely class. A class without a row makes the mean
#' `roc_auc` `NA`.
#'
#' Where only classes were predicted, metrics of probabilities are left out.
#'
#' @param truth What happened: numbers, or classes as a factor, text or logical.
#'   Classes that are written as 0 and 1 must be made a factor first.
#' @param predicted Numbers; or probabilities: of the event, or a matrix or data
#'   frame with a column a class, such as `predict(fit, new_data, "prob")`; or
#'   classes.
#' @inheritParams rlang::args_dots_empty
#' @param weights `NULL`, or a number a row.
#' @param average Of the scores by class: `"macro"` (each class counts the
#'   same), `"weighted"` (by its rows) or `"micro"` (each row counts the same).
#' @param threshold The event is predicted above this probability.
#' @param beta Recall counts `beta` times as much as precision in `f1`.
#' @param quantile The quantile that was predicted, for `pinball`.
#' @param bootstrap Number of resamples for an interval; 0: none.
#' @param level Coverage of the interval.
#' @param seed An integer. `NULL`: drawn from R's generator.
#'
#' @return A data.table with a row a metric: `metric`, `estimate` and, with
#'   `bootstrap`, `lower` and `upper` (percentiles over resampled rows).
#' @section Errors:
#' * `deeply_error_length`: other numbers of rows.
#' * `deeply_error_missing_values`: a missing truth or prediction.
#' * `deeply_error_new_levels`: a predicted class that is no level of the truth.
#' * `deeply_error_argument`, `deeply_error_column_missing`: anything else.
#' @references
#' Guo, Pleiss, Sun & Weinberger (2017). On calibration of modern neural
#' networks. ICML.
#'
#' Koenker & Bassett (1978). Regression quantiles. Econometrica 46, 33-50.
#'
#' Matthews (1975). Comparison of the predicted and observed secondary structure
#' of T4 phage lysozyme. Biochimica et Biophysica Acta 405, 442-451.
#' @seealso [confusion()], [roc_curve()], [cost_curve()]
#' @export
#' @examples
#' line <- lm(mpg ~ wt, mtcars)
#' deep_metrics(mtcars$mpg, fitted(line), bootstrap = 200, seed = 1)
#'
#' gears <- factor(mtcars$am, labels = c("automatic", "manual"))
#' logistic <- glm(gears ~ wt, binomial, mtcars)
#' deep_metrics(gears, fitted(logistic))
deep_metrics <- function(truth, predicted, ..., weights = NULL,
                         average = c("macro", "weighted", "micro"),
                         threshold = 0.5, beta = 1, quantile = 0.5,
                         bootstrap = 0, level = 0.95, seed = NULL) {
  rlang::check_dots_empty()
  average <- rlang::arg_match(average)
  check_number(threshold, min = 0, max = 1)
  check_number(beta, above = 0)
  check_number(quantile, above = 0, below = 1)
  check_count(bootstrap, min = 0)
  check_number(level, above = 0, below = 1)
  check_count(seed, min = 0, null = TRUE)
  cases <- as_cases(truth, predicted, weights)
  options <- switch(cases$task,
    regression = list(quantile = quantile),
    binary = list(threshold = threshold, beta = beta),
    multiclass = list(average = average, beta = beta)
  )
  score <- function(w) score_cases(cases, w, options)
  estimate <- score(cases$w)
  table <- data.table(metric = names(estimate), estimate = unname(estimate))
  if (bootstrap == 0) {
    return(table)
  }
  limits <- bootstrap_limits(score, cases, bootstrap, level, draw_seed(seed))
  cbind(table, limits)
}

score_cases <- function(cases, w, options) {
  metrics <- do.call(all_metrics, c(
    list(cases$truth, cases$predicted, cases$task, w), options
  ))
  shown <- names(metrics)
  metrics[if (cases$hard) setdiff(shown, of_probabilities) else shown]
}

of_probabilities <- c("roc_auc", "pr_auc", "log_loss", "brier", "ece")

#' Percentile intervals over resampled rows
#'
#' How often a row was drawn is its weight, so nothing is copied.
#' @noRd
bootstrap_limits <- function(score, cases, times, level, seed) {
  n <- length(cases$truth)
  drawn <- with_seed(seed, vapply(seq_len(times), function(i) {
    score(tabulate(sample.int(n, n, replace = TRUE), n) * (cases$w %||% 1))
  }, score(cases$w)))
  limits <- apply(drawn, 1, stats::quantile, na.rm = TRUE, names = FALSE,
                  probs = c(1 - level, 1 + level) / 2)
  data.table(lower = limits[1, ], upper = limits[2, ])
}
