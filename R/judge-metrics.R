# Metrics, exact and vectorised. `truth` is a number, or a class index from 1;
# `predicted` a number, or a matrix of probabilities with a column a class; `w`
# weights of the rows, `NULL` for the same.

#' All metrics of a task
#'
#' @param truth Numeric vector, or class indices from 1.
#' @param predicted Numeric vector, or a matrix of probabilities.
#' @param task "regression", "binary" or "multiclass".
#' @param w Case weights, or `NULL`.
#' @param ... `quantile`; `threshold`, `beta`; or `average`, `beta`.
#' @return A named numeric vector; `NA` where a metric is not defined.
#' @noRd
all_metrics <- function(truth, predicted, task, w = NULL, ...) {
  switch(task,
    regression = regression_metrics(truth, predicted, w, ...),
    binary = binary_metrics(truth == 2, predicted[, 2], w, ...),
    multiclass = multiclass_metrics(truth, predicted, w, ...)
  )
}

weighted_mean <- function(x, w) {
  if (is.null(w)) mean(x) else sum(w * x) / sum(w)
}

weighted_sum <- function(x, w) {
  if (is.null(w)) sum(x) else sum(w * x)
}

regression_metrics <- function(truth, predicted, w = NULL, quantile = 0.5) {
  error <- predicted - truth
  center <- weighted_mean(truth, w)
  c(
    rmse = sqrt(weighted_mean(error^2, w)),
    mae = weighted_mean(abs(error), w),
    # A truth of zero has no percentage.
    mape = if (any(truth == 0)) NA_real_
           else weighted_mean(abs(error / truth), w),
    rsq = 1 - weighted_sum(error^2, w) / weighted_sum((truth - center)^2, w),
    pinball = weighted_mean(
      pmax(-quantile * error, (1 - quantile) * error), w
    )
  )
}

binary_metrics <- function(event, prob, w = NULL, threshold = 0.5, beta = 1) {
  sweep <- sweep_thresholds(event, prob, w)
  counts <- confusion_counts(event + 1L, (prob > threshold) + 1L, 2L, w)
  by_class <- class_scores(counts, beta)
  c(
    roc_auc = area_roc(sweep),
    pr_auc = area_pr(sweep),
    accuracy = sum(diag(counts)) / sum(counts),
    bal_accuracy = balanced_accuracy(counts),
    precision = by_class$precision[[2]],
    recall = by_class$recall[[2]],
    specificity = by_class$recall[[1]],
    f1 = by_class$f[[2]],
    mcc = matthews(counts),
    log_loss = -weighted_mean(
      log(clamp_prob(ifelse(event, prob, 1 - prob))), w
    ),
    brier = weighted_mean((prob - event)^2, w),
    ece = calibration_error(event, prob, w)
  )
}

multiclass_metrics <- function(truth, prob, w = NULL, average = "macro",
                               beta = 1) {
  k <- ncol(prob)
  n <- length(truth)
  said <- max.col(prob, ties.method = "first")
  counts <- confusion_counts(truth, said, k, w)
  by_class <- class_scores(counts, beta)
  overall <- function(scores) average_classes(scores, counts, average)
  hit <- matrix(FALSE, n, k)
  hit[cbind(seq_len(n), truth)] <- TRUE
  c(
    accuracy = sum(diag(counts)) / sum(counts),
    bal_accuracy = balanced_accuracy(counts),
    precision = overall(by_class$precision),
    recall = overall(by_class$recall),
    f1 = overall(by_class$f),
    mcc = matthews(counts),
    roc_auc = if (average == "micro") {
      roc_auc(as.vector(hit), as.vector(prob), if (!is.null(w)) rep(w, k))
    } else {
      overall(vapply(seq_len(k), function(class) {
        roc_auc(hit[, class], prob[, class], w)
      }, numeric(1)))
    },
    log_loss = -weighted_mean(
      log(clamp_prob(prob[cbind(seq_len(n), truth)])), w
    ),
    brier = weighted_mean(rowSums((prob - hit)^2), w),
    ece = calibration_error(said == truth, prob[cbind(seq_len(n), said)], w)
  )
}

# A certain and wrong prediction costs about 36, not infinity, as in
# scikit-learn: one row must not hide all others.
clamp_prob <- function(prob) {
  pmin(pmax(prob, .Machine$double.eps), 1)
}

# Classes --------------------------------------------------------------------

# Weight of the rows by true (row) and predicted (column) class.
confusion_counts <- function(truth, said, k, w = NULL) {
  cell <- truth + k * (said - 1)
  if (is.null(w)) {
    return(matrix(as.numeric(tabulate(cell, k * k)), k))
  }
  counts <- numeric(k * k)
  sums <- rowsum(w, cell)
  counts[as.integer(rownames(sums))] <- sums
  matrix(counts, k)
}

# Zero where a class is never predicted (precision), or not there (recall), as
# in scikit-learn.
class_scores <- function(counts, beta = 1) {
  hits <- diag(counts)
  share <- function(of) ifelse(of > 0, hits / of, 0)
  precision <- share(colSums(counts))
  recall <- share(rowSums(counts))
  below <- beta^2 * rowSums(counts) + colSums(counts)
  list(precision = precision, recall = recall,
       f = ifelse(below > 0, (1 + beta^2) * hits / below, 0))
}

# For precision, recall and F of one label a row, micro is the accuracy.
average_classes <- function(scores, counts, average) {
  switch(average,
    macro = mean(scores),
    weighted = sum(scores * rowSums(counts)) / sum(counts),
    micro = sum(diag(counts)) / sum(counts)
  )
}

# Mean recall over the classes that occur.
balanced_accuracy <- function(counts) {
  there <- rowSums(counts) > 0
  mean(diag(counts)[there] / rowSums(counts)[there])
}

# Correlation of truth and prediction (Matthews 1975; more classes: Gorodkin
# 2004), 0 where either is always the same, and nothing without predictions.
matthews <- function(counts) {
  share <- counts / sum(counts)
  truth <- rowSums(share)
  said <- colSums(share)
  spread <- sqrt((1 - sum(truth^2)) * (1 - sum(said^2)))
  if (is.na(spread)) NA_real_
  else if (spread == 0) 0 else (sum(diag(share)) - sum(truth * said)) / spread
}

#' Expected calibration error
#'
#' The mean distance between the share of hits and the mean probability, over
#' ten bins of equal width (Guo et al. 2017).
#' @noRd
calibration_error <- function(hit, prob, w = NULL, bins = 10) {
  if (anyNA(prob)) {
    return(NA_real_)
  }
  gaps <- rowsum((hit - prob) * (w %||% 1), width_bin(prob, bins))
  sum(abs(gaps)) / (if (is.null(w)) length(prob) else sum(w))
}

# Bins of equal width, the last with both ends.
width_bin <- function(prob, bins) {
  pmin(floor(prob * bins), bins - 1) + 1
}

# Thresholds -----------------------------------------------------------------

#' True and false positives at every threshold
#'
#' @param event Logical.
#' @param score Rows with at least the threshold are called an event.
#' @return A list of `threshold` (the distinct scores, falling) and the weights
#'   `tp` and `fp` of the rows found.
#' @noRd
sweep_thresholds <- function(event, score, w = NULL) {
  order <- order(score, decreasing = TRUE, method = "radix")
  score <- score[order]
  event <- event[order]
  n <- length(score)
  last <- which(c(score[-1] != score[-n], n > 0))
  if (is.null(w)) {
    found <- as.numeric(cumsum(event))
    all <- as.numeric(seq_len(n))
  } else {
    w <- w[order]
    found <- cumsum(w * event)
    all <- cumsum(w)
  }
  list(threshold = score[last], tp = found[last], fp = (all - found)[last])
}

# Mann and Whitney's share of pairs in order, ties counted half.
roc_auc <- function(event, score, w = NULL) {
  area_roc(sweep_thresholds(event, score, w))
}

area_roc <- function(sweep) {
  n <- length(sweep$tp)
  if (n == 0 || sweep$tp[[n]] <= 0 || sweep$fp[[n]] <= 0) {
    return(NA_real_)
  }
  height <- (sweep$tp + c(0, sweep$tp[-n])) / 2
  sum(diff(c(0, sweep$fp)) * height) / sweep$tp[[n]] / sweep$fp[[n]]
}

# Area under the precision-recall curve as the mean precision over the events,
# tied scores taken as one threshold.
average_precision <- function(event, score, w = NULL) {
  area_pr(sweep_thresholds(event, score, w))
}

area_pr <- function(sweep) {
  n <- length(sweep$tp)
  if (n == 0 || sweep$tp[[n]] <= 0) {
    return(NA_real_)
  }
  precision <- sweep$tp / (sweep$tp + sweep$fp)
  precision[is.nan(precision)] <- 0
  sum(diff(c(0, sweep$tp)) * precision) / sweep$tp[[n]]
}

# What leads -----------------------------------------------------------------

minority_share <- 0.1

is_imbalanced <- function(outcome) {
  if (is_several(outcome)) {
    return(any(vapply(outcome$parts, is_imbalanced, NA)))
  }
  outcome$task != "regression" && min(outcome$shares) < minority_share &&
    # Many classes are each rare without one being neglected.
    min(outcome$shares) < 0.5 / length(outcome$levels)
}

# What the reader should look at first.
metric_order <- function(outcome) {
  if (outcome$task == "regression") {
    return(c("rmse", "mae", "rsq"))
  }
  if (outcome$task == "multi_regression") {
    # Without a unit, so that outcomes can be compared.
    return(c("rsq", "rmse", "mae"))
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

lower_is_better <- c("rmse", "mae", "log_loss", "pinball")
