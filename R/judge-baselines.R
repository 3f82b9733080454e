# The trivial and the strong simple models. The trivial one needs nothing but
# the outcome; the strong ones are fitted in Python on the same encoded rows as
# the network and kept in the fit as plain data.

baseline_rows <- 100000L

#' Fits the strong simple models on the training rows
#'
#' @param fit A `deep_fit`.
#' @param run What `fit_table()` made ready.
#' @return A named list of states: `linear`, and `trees` if XGBoost is there.
#' @noRd
fit_baselines <- function(fit, run) {
  train <- seq_len(run$rows[["train"]])
  if (length(train) > baseline_rows) {
    train <- with_seed(run$seed, sort(sample(length(train), baseline_rows)))
  }
  kinds <- c("linear", if (isTRUE(backend_call("describe")$trees)) "trees")
  levels <- as.array(level_sizes(fit$prep))
  states <- lapply(kinds, function(kind) {
    backend_call("fit_baseline", kind, run$buffer, as.array(train - 1L),
                 levels, base_task(fit$prep$outcome), run$seed)
  })
  stats::setNames(states, kinds)
}

baseline_label <- function(kind, task) {
  switch(kind,
    trivial = if (task == "regression") "mean" else "majority class",
    linear = if (task == "regression") "linear regression"
             else "logistic regression",
    ridge = if (task == "regression") "ridge regression" else "logistic ridge",
    knn = "nearest neighbours",
    tree = "decision tree",
    forest = "random forest",
    trees = "boosted trees"
  )
}

is_or_are <- function(label) {
  if (grepl("(trees|neighbours)$", label)) "are" else "is"
}

# The mean, or the class shares, for every row.
trivial_prediction <- function(outcome, n) {
  if (is_several(outcome)) {
    return(lapply(outcome$parts, trivial_prediction, n))
  }
  if (outcome$task == "regression") {
    return(rep(outcome$center, n))
  }
  matrix(outcome$shares, n, length(outcome$levels), byrow = TRUE)
}

#' Predictions of the network and of every baseline, in one pass
#'
#' @return A list of `predicted` (by model) and what `map_blocks()` met.
#' @noRd
all_predictions <- function(fit, table, rows, baselines) {
  handle <- live_model(fit)
  levels <- as.array(level_sizes(fit$prep))
  answer <- map_blocks(fit$prep, table, rows, function(block, before) {
    states <- Map(
      function(kind, state) {
        backend_call("predict_baseline", kind, state, block, levels)
      },
      names(baselines), baselines
    )
    c(list(network = backend_call("predict", handle, block)), states)
  })
  models <- c("network", names(baselines))
  predicted <- lapply(models, function(model) {
    outputs <- do.call(rbind, lapply(answer$results, `[[`, model))
    as_prediction(outputs, fit$prep$outcome,
                  kind = if (model == "trees") "prob" else "logit",
                  calibration = if (model == "network") fit$calibration)
  })
  names(predicted) <- models
  trivial <- trivial_prediction(fit$prep$outcome, length(rows))
  c(list(predicted = append(predicted, list(trivial = trivial), 1)), answer)
}
