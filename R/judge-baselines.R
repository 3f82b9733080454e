# The trivial and the strong simple models. The trivial one needs nothing but
# the outcome; the strong ones are fitted in Python on the same encoded rows as
# the network and kept in the fit as plain data.

# What simple models learn from: rows at most, and plain columns.
baseline_rows <- function(prep) {
  if (inherits(prep, "deep_image_prep")) 10000L else 100000L
}

plain_columns <- function(prep, ...) {
  UseMethod("plain_columns")
}

#' @exportS3Method
plain_columns.deep_prep <- function(prep, ...) {
  list(levels = as.array(level_sizes(prep)))
}

#' Fits the strong simple models on the training rows
#'
#' @param fit A `deep_fit`.
#' @param run What `fit_table()` made ready.
#' @return A named list of states: `linear`, and `trees` if XGBoost is there.
#' @noRd
fit_baselines <- function(fit, run) {
  train <- seq_len(run$rows[["train"]])
  most <- baseline_rows(fit$prep)
  if (length(train) > most) {
    train <- with_seed(run$seed, sort(sample(length(train), most)))
  }
  kinds <- c("linear", if (isTRUE(backend_call("describe")$trees)) "trees")
  columns <- plain_columns(fit$prep)
  states <- lapply(kinds, function(kind) {
    backend_call("fit_baseline", kind, run$buffer, as.array(train - 1L),
                 columns, base_task(fit$prep$outcome), run$seed,
                 as.array(as.numeric(fit$prep$outcome$quantile_levels)))
  })
  stats::setNames(states, kinds)
}

baseline_label <- function(kind, task) {
  number <- task %in% c("regression", "quantiles")
  switch(kind,
    trivial = if (task == "quantiles") "training quantiles"
              else if (number) "mean" else "majority class",
    linear = if (number) "linear regression" else "logistic regression",
    ridge = if (task == "regression") "ridge regression" else "logistic ridge",
    knn = "nearest neighbours",
    tree = "decision tree",
    forest = "random forest",
    trees = "boosted trees",
    tuned_trees = "tuned boosted trees",
    mlp = "scikit-learn MLP"
  )
}

is_or_are <- function(label) {
  if (grepl("(trees|neighbours)$", label)) "are" else "is"
}

# The mean (or the median), or the class shares, for every row.
trivial_prediction <- function(outcome, n) {
  if (is_several(outcome)) {
    return(lapply(outcome$parts, trivial_prediction, n))
  }
  if (has_quantiles(outcome)) {
    return(median_of(trivial_quantiles(outcome, n), outcome$quantile_levels))
  }
  if (outcome$task == "regression") {
    return(rep(outcome$center, n))
  }
  matrix(outcome$shares, n, length(outcome$levels), byrow = TRUE)
}

trivial_quantiles <- function(outcome, n) {
  matrix(outcome$quantiles, n, length(outcome$quantiles), byrow = TRUE)
}

#' Outputs of the network and of every baseline, in one pass
#'
#' @return A list of `outputs` (matrices, by model) and what `map_blocks()` met.
#' @noRd
all_outputs <- function(fit, table, rows, baselines) {
  handle <- live_model(fit)
  columns <- plain_columns(fit$prep)
  answer <- map_blocks(fit$prep, table, rows, function(block, ...) {
    states <- Map(
      function(kind, state) {
        backend_call("predict_baseline", kind, state, block, columns)
      },
      names(baselines), baselines
    )
    c(list(network = backend_call("predict", handle, block)), states)
  })
  models <- c("network", names(baselines))
  outputs <- lapply(models, function(model) {
    do.call(rbind, lapply(answer$results, `[[`, model))
  })
  answer$results <- NULL
  c(list(outputs = stats::setNames(outputs, models)), answer)
}

#' Predictions from what `all_outputs()` gave
#'
#' @return The same with `predicted` (by model, the trivial one among them)
#'   instead of `outputs`, and of a fit with quantiles also `quantiles`,
#'   matrices with a column a level.
#' @noRd
all_predictions <- function(fit, answer) {
  outcome <- fit$prep$outcome
  n <- nrow(answer$outputs$network)
  each <- function(read, trivial) {
    found <- Map(read, answer$outputs, names(answer$outputs))
    append(found, list(trivial = trivial(outcome, n)), 1)
  }
  own <- function(model) if (model == "network") fit$calibration
  answer$predicted <- each(function(outputs, model) {
    as_prediction(outputs, outcome, calibration = own(model),
                  kind = if (model == "trees") "prob" else "logit")
  }, trivial_prediction)
  if (has_quantiles(outcome)) {
    answer$quantiles <- each(function(outputs, model) {
      as_quantiles(outputs, outcome, own(model))
    }, trivial_quantiles)
  }
  answer$outputs <- NULL
  answer
}
