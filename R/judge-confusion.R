#' What is taken for what
#'
#' The confusion matrix, with precision, recall and F of each class.
#'
#' @inheritParams roc_curve
#' @param predicted Probabilities or classes, see [deep_metrics()].
#' @param threshold Of two classes the event (the second level) is predicted
#'   above this probability; of more the most likely one is. Of a fit, `NULL` is
#'   the one that [set_threshold()] gave it, or one half.
#'
#' @return A matrix of class `deep_confusion`: rows are the true classes,
#'   columns the predicted ones, values numbers (or weights) of rows.
#'   `summary()` gives a data.table with a row a class: `class`, `precision`,
#'   `recall`, `f1` and `n`; `autoplot()` draws the shares of each true class.
#' @section Errors:
#' Those of [roc_curve()].
#' @export
#' @examples
#' gears <- factor(mtcars$am, labels = c("automatic", "manual"))
#' logistic <- glm(gears ~ wt, binomial, mtcars)
#' table <- confusion(gears, fitted(logistic), threshold = 0.3)
#' table
#' summary(table)
#' autoplot(table)
confusion <- function(x, ...) {
  UseMethod("confusion")
}

#' @rdname confusion
#' @export
confusion.default <- function(x, predicted, ..., threshold = 0.5,
                              weights = NULL) {
  rlang::check_dots_empty()
  check_number(threshold, min = 0, max = 1)
  cases <- as_cases(x, predicted, weights)
  check_classes(cases$task, rlang::current_env())
  new_confusion(cases$truth, cases$predicted, cases$levels, threshold, cases$w)
}

#' @rdname confusion
#' @export
confusion.deep_fit <- function(x, new_data, y = NULL, ..., threshold = NULL) {
  rlang::check_dots_empty()
  rlang::check_required(new_data)
  check_number(threshold, min = 0, max = 1, null = TRUE)
  check_one_outcome(x$prep$outcome, call = rlang::current_env())
  check_classes(x$prep$outcome$task, rlang::current_env())
  cases <- fit_cases(x, new_data, y)
  new_confusion(cases$truth, cases$predicted[[1]], cases$outcome$levels,
                threshold %||% x$threshold %||% 0.5, name = cases$outcome$name)
}

new_confusion <- function(truth, prob, levels, threshold = 0.5, w = NULL,
                          name = NULL) {
  said <- if (length(levels) == 2) (prob[, 2] > threshold) + 1L
          else max.col(prob, ties.method = "first")
  counts <- confusion_counts(truth, said, length(levels), w)
  dimnames(counts) <- list(truth = levels, predicted = levels)
  structure(counts, class = "deep_confusion", outcome = name)
}

#' @export
summary.deep_confusion <- function(object, ...) {
  counts <- unclass(object)
  scores <- class_scores(counts)
  data.table(class = rownames(counts), precision = scores$precision,
             recall = scores$recall, f1 = scores$f, n = rowSums(counts))
}

#' @export
print.deep_confusion <- function(x, ...) {
  counts <- unclass(x)
  attr(counts, "outcome") <- NULL
  cat(sprintf("<confusion> %s of %s rows right\n\n",
              percent(sum(diag(counts)) / sum(counts)), count(sum(counts))))
  print(noquote(format(counts, big.mark = ",", trim = TRUE)), right = TRUE)
  cat("\n")
  scores <- as.data.frame(summary(x))
  scores[2:4] <- lapply(scores[2:4], formatC, digits = 3, format = "f")
  scores$n <- format(scores$n, big.mark = ",")
  print(scores, row.names = FALSE, right = TRUE)
  invisible(x)
}
