# Metrics, exact and vectorised. `truth` is a number, or a class index from 1;
# `predicted` a number, or a matrix of probabilities with a column a class.

#' All metrics of a task
#'
#' @param truth Numeric vector, or class indices from 1.
#' @param predicted Numeric vector, or a matrix of probabilities.
#' @param task "regression", "binary" or "multiclass".
#' @return A named numeric vector; `NA` where a metric is not defined.
#' @noRd
all_metrics <- function(truth, predicted, task) {
  switch(task,
    regression = regression_metrics(truth, predicted),
    binary = binary_metrics(truth == 2, predicted[, 2]),
    multiclass = multiclass_metrics(truth, predicted)
  )
}

regression_metrics <- function(truth, predicted) {
  error <- predicted - truth
  c(
    rmse = sqrt(mean(error^2)),
    mae = mean(abs(error)),
    rsq = 1 - sum(error^2) / sum((truth - mean(truth))^2)
  )
}

binary_metrics <- function(event, prob) {
  said <- prob > 0.5
  c(
    roc_auc = roc_auc(event, prob),
    pr_auc = average_precision(event, prob),
    accuracy = mean(said == event),
    bal_accuracy = balanced_accuracy(event + 1L, said + 1L, 2L),
    recall = sum(said & event) / sum(event),
    f1 = f1_score(event, said),
    log_loss = -mean(log(clamp_prob(ifelse(event, prob, 1 - prob))))
  )
}

multiclass_metrics <- function(truth, prob) {
  classes <- seq_len(ncol(prob))
  said <- max.col(prob, ties.method = "first")
  one_against_rest <- vapply(classes, function(k) {
    c(roc_auc(truth == k, prob[, k]), f1_score(truth == k, said == k))
  }, numeric(2))
  chosen <- prob[cbind(seq_along(truth), truth)]
  c(
    accuracy = mean(said == truth),
    bal_accuracy = balanced_accuracy(truth, said, length(classes)),
    roc_auc = mean(one_against_rest[1, ]),
    f1 = mean(one_against_rest[2, ]),
    log_loss = -mean(log(clamp_prob(chosen)))
  )
}

# A certain and wrong prediction costs about 36, not infinity, as in
# scikit-learn: one row must not hide all others.
clamp_prob <- function(prob) {
  pmin(pmax(prob, .Machine$double.eps), 1)
}

# Area under the ROC curve by ranks (Mann-Whitney), ties counted half.
roc_auc <- function(event, score) {
  n_event <- sum(event)
  n_rest <- length(event) - n_event
  if (n_event == 0 || n_rest == 0) {
    return(NA_real_)
  }
  ranks <- data.table::frank(score)
  (sum(ranks[event]) - n_event * (n_event + 1) / 2) / (n_event * n_rest)
}

# Area under the precision-recall curve as the mean precision over the events,
# tied scores taken as one threshold.
average_precision <- function(event, score) {
  if (!any(event)) {
    return(NA_real_)
  }
  order <- order(score, decreasing = TRUE)
  hits <- cumsum(event[order])
  last_of_tie <- !duplicated(score[order], fromLast = TRUE)
  precision <- (hits / seq_along(hits))[last_of_tie]
  sum(diff(c(0, hits[last_of_tie])) * precision) / sum(event)
}

# Mean recall over the classes that occur.
balanced_accuracy <- function(truth, said, n_classes) {
  totals <- tabulate(truth, n_classes)
  right <- tabulate(truth[truth == said], n_classes)
  mean((right / totals)[totals > 0])
}

# Zero where a class is neither there nor predicted, as in scikit-learn.
f1_score <- function(event, said) {
  hits <- 2 * sum(event & said)
  total <- sum(event) + sum(said)
  if (total == 0) 0 else hits / total
}

minority_share <- 0.1

is_imbalanced <- function(outcome) {
  outcome$task != "regression" && min(outcome$shares) < minority_share &&
    # Many classes are each rare without one being neglected.
    min(outcome$shares) < 0.5 / length(outcome$levels)
}

# What the reader should look at first.
metric_order <- function(outcome) {
  if (outcome$task == "regression") {
    return(c("rmse", "mae", "rsq"))
  }
  if (outcome$task == "multiclass") {
    order <- c("accuracy", "bal_accuracy", "roc_auc", "f1", "log_loss")
    return(if (is_imbalanced(outcome)) order[c(2, 4, 3, 5, 1)] else order)
  }
  if (is_imbalanced(outcome)) {
    c("pr_auc", "recall", "bal_accuracy", "f1", "roc_auc", "log_loss",
      "accuracy")
  } else {
    c("roc_auc", "accuracy", "bal_accuracy", "f1", "pr_auc", "recall",
      "log_loss")
  }
}

lower_is_better <- c("rmse", "mae", "log_loss")
