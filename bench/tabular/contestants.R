# Who competes. A network is a list of arguments of deep_mlp(), a rival one of
# those of compare_models(); all see the same rows, prepared the same way.

presets <- function(names) {
  lapply(stats::setNames(nm = names), function(name) {
    list(network = list(preset = name))
  })
}

rivals <- list(
  ridge = list(rival = "ridge"),
  trees = list(rival = "trees"),
  tuned = list(rival = "tuned_trees"),
  forest = list(rival = "forest"),
  mlp = list(rival = "mlp")
)

# As the plot calls them.
labels <- c(ridge = "linear (ridge)", trees = "XGBoost (default)",
            tuned = "XGBoost (tuned)", forest = "random forest",
            mlp = "scikit-learn MLP")

label_of <- function(model) {
  ifelse(model %in% names(labels), labels[model], sprintf("deeply (%s)", model))
}

# By which metric a task is ranked. More is better in all three.
leading <- c(binary = "roc_auc", multiclass = "accuracy", regression = "rsq")

#' Fits a contestant to a problem and judges it, as compare_models() does
#'
#' @param contestant One of `rivals`, or of what `presets()` gives.
#' @param problem What a function of problems.R gives.
#' @return A list: the score, what was taken, and how many rows there were.
judge_contestant <- function(contestant, problem, seed) {
  shared <- list(new_levels = "unknown")
  input <- deeply:::as_input(
    problem$formula, rbind(problem$train, problem$test), NULL, NULL
  )
  outcome <- deeply:::look_at_table(input,
                                    deeply:::shared_settings(shared))$outcome
  model <- deeply:::network_model(problem$formula)
  networks <- if (is.null(contestant$network)) list() else
    deeply:::as_networks(contestant["network"], shared, model)
  task <- deeply:::comparison_task(input, shared, networks,
                                   as.character(contestant$rival), outcome,
                                   model)
  n <- nrow(problem$train)
  rows <- list(train = seq_len(n), test = n + seq_len(nrow(problem$test)))
  found <- deeply:::run_folds(list(rows), task, seed = seed, verbose = FALSE)
  metric <- leading[[outcome$task]]
  log_loss <- if (outcome$task == "regression") NA else found$log_loss
  list(task = outcome$task, metric = metric, score = found[[metric]],
       log_loss = log_loss, fit_seconds = found$fit_seconds,
       predict_seconds = found$predict_seconds, bytes = found$bytes,
       parameters = found$parameters, n_train = found$n_train,
       n_test = found$n_test)
}
