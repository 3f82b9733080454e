#' Compare a network with its rivals, fold by fold
#'
#' Fits networks and rivals to the same folds and judges them on the same rows
#' that none of them has seen. What counts is the difference of two models on
#' the same fold: folds are easy or hard for all, so differences vary less than
#' scores do. Where the interval of a difference covers zero, the two cannot be
#' told apart, and the print says so. A level that no training row of a fold has
#' is unknown there, unless `new_levels` says otherwise.
#'
#' @section Fair play:
#' Rivals learn from all training rows of a fold. A network holds a part of them
#' out to decide when to stop (`deep_control(validation = )`). All see the same
#' columns, prepared the same way: numbers and one-hot categories, with case and
#' class weights (but for nearest neighbours, which do not take any). Seconds
#' are from the raw rows to a fitted model, with whatever a model tries on the
#' way.
#'
#' @section Rivals:
#' By scikit-learn, unless said otherwise:
#' * `"trivial"`: the mean, or the class shares.
#' * `"linear"`: linear or logistic regression.
#' * `"ridge"`: the same with a ridge penalty, chosen by cross-validation within
#'   the training rows.
#' * `"knn"`: nearest neighbours; 1, 5, 15, 45 or 135, chosen likewise. Slow
#'   beyond some ten thousand rows.
#' * `"tree"`: a decision tree, its pruning chosen likewise.
#' * `"forest"`: a random forest of 200 trees.
#' * `"trees"`: boosted trees, by XGBoost with its own defaults if
#'   `deep_install(extras = "xgboost")` brought it.
#'
#' Two more compete only if they are named:
#' * `"tuned_trees"`: XGBoost after a random search of 20 trials, the first with
#'   its defaults, each with as many rounds as held-out rows want: a fifth of
#'   the training rows, drawn as a network holds them out. The best is fitted
#'   again to all training rows. It needs XGBoost, and minutes on some ten
#'   thousand rows.
#' * `"mlp"`: scikit-learn's multilayer perceptron with its defaults (one layer
#'   of 100 units) and early stopping. It takes weights from scikit-learn 1.7
#'   on.
#'
#' @section Intervals:
#' The training rows of two folds overlap, so their scores are more alike than
#' independent ones, and the usual t-test finds differences that are none. The
#' variance is corrected as Nadeau & Bengio (2003) do, see [cross_validate()].
#' Intervals are of each difference alone: of many rivals one may be off by
#' chance.
#'
#' @param x,data,y As for [deep_mlp()]. Tables in files are not taken.
#' @param ... Of `compare_models()`: arguments of [deep_mlp()], by name, for
#'   every network. Rivals share those of the preparation and the weights.
#' @param models Names of rivals, see below. `NULL`: the first seven;
#'   `character()`: none.
#' @param networks `NULL` for one network, `deep_mlp`; or a named list with a
#'   list of further arguments of [deep_mlp()] for each of several networks. The
#'   first is the one that others are compared with.
#' @param folds A number of folds, drawn within classes (or fifths of a number),
#'   or what [deep_folds()] gives.
#' @param workers Number of R processes that work on folds at the same time
#'   (package callr). They share the cores, and their times suffer.
#' @param seed An integer. `NULL`: drawn from R's generator. It decides the
#'   folds and all that is random in the models.
#' @param verbose Progress, as in [deep_control()].
#'
#' @return A data.table of class `deep_comparison` with a row a fold and model:
#'   `repeat`, `fold`, `model`, the metrics of [evaluate()][evaluate.deep_fit],
#'   `fit_seconds`, `predict_seconds` (for all test rows), `bytes` (of the model
#'   as it is stored), `parameters` (of networks), and the numbers of rows
#'   `n_train` and `n_test` (those that every model could predict).
#'
#'   `summary()` gives a data.table with a row a model, best first: `model`; its
#'   `mean`, and `mean_lower` and `mean_upper`; the mean paired `difference` to
#'   the first network, its interval from `lower` to `upper`, and `p_value`;
#'   `fit_seconds`, `bytes` and `parameters`, means over the folds.
#'
#'   `autoplot()` draws it.
#' @section Errors:
#' * `deeply_error_argument`: a rival that is not known, an argument that
#'   [deep_mlp()] has not, networks without names.
#' * `deeply_error_python_module`: `"tuned_trees"` without XGBoost.
#' * `deeply_error_fold`: a model failed on a fold; its parent says why.
#' * Those of [deep_mlp()] and [deep_folds()].
#' @references
#' Bergstra & Bengio (2012). Random search for hyper-parameter optimization.
#' Journal of Machine Learning Research 13, 281-305.
#'
#' Nadeau & Bengio (2003). Inference for the generalization error. Machine
#' Learning 52, 239-281.
#' @seealso [cross_validate()], [deep_folds()], [evaluate.deep_fit()]
#' @section Images:
#' Of [deep_images()] the network is [deep_cnn()]; rivals see the values of the
#' pixels, of copies of at most 28 x 28 pixels.
#' @export
#' @examplesIf deeply::has_backend()
#' compared <- compare_models(Species ~ ., iris, models = c("linear", "knn"),
#'                            control = deep_control(epochs = 20), folds = 3,
#'                            seed = 1)
#' compared
#' summary(compared, metric = "log_loss")
#' autoplot(compared)
compare_models <- function(x, data = NULL, y = NULL, ..., models = NULL,
                           networks = NULL, folds = 5, workers = 1,
                           seed = NULL, verbose = NULL) {
  model <- network_model(x)
  shared <- check_network_arguments(rlang::list2(...), model)
  weights <- shared$weights
  shared$weights <- NULL
  if (!is_images(x)) {
    # As in cross_validate(): a level that only test rows have is no mistake.
    shared$new_levels <- shared$new_levels %||% "unknown"
  }
  networks <- as_networks(networks, shared, model)
  kinds <- check_rivals(models)
  check_count(seed, min = 0, null = TRUE)
  seed <- draw_seed(seed %||% shared$control$seed)
  input <- as_input(x, data, y, weights)
  known <- look_at_table(input, shared_settings(shared))
  check_labels(names(networks), rival_labels(kinds, known$outcome$task))
  check_xgboost(kinds)
  folds <- as_folds(folds, known$table, known$y, seed, known$outcome$name)
  task <- comparison_task(input, shared, networks, kinds, known$outcome, model)
  rows <- run_folds(folds, task, workers, "Fold", seed,
                    verbose %||% shared$control$verbose)
  new_comparison(rows, names(networks), known$outcome$name, folds)
}

# Arguments ----------------------------------------------------------------

# The network that what is given is for.
network_model <- function(x) {
  if (is_images(x)) list(name = "deep_cnn", fit = deep_cnn)
  else list(name = "deep_mlp", fit = deep_mlp)
}

check_network_arguments <- function(arguments, model, arg = "...",
                                    call = rlang::caller_env()) {
  can <- setdiff(names(formals(model$fit)),
                 c("x", "data", "y", "...", "baseline", "train"))
  strange <- unique(setdiff(rlang::names2(arguments), can))
  if (length(strange) > 0) {
    hint <- if ("" %in% strange) {
      c(x = "One has no name.")
    } else {
      c(x = "Not to be given here: {.arg {strange}}.",
        if ("baseline" %in% strange) c(i = "Baselines are among the rivals.")
        else suggest_names(strange, can))
    }
    deeply_abort(c("{.arg {arg}} must be arguments of {.fn {model$name}}, by
                   name.",
                   hint), class = "argument", call = call)
  }
  arguments
}

as_networks <- function(networks, shared, model, call = rlang::caller_env()) {
  networks <- networks %||% stats::setNames(list(list()), model$name)
  check_networks(networks, call)
  Map(function(arguments, name) {
    check_network_arguments(arguments, model, paste0("networks$", name), call)
    if (!is.null(arguments$weights)) {
      deeply_abort(
        c("{.arg weights} are for all models, not for {.field {name}} alone.",
          i = "Give them to {.fn compare_models}."),
        class = "argument", call = call
      )
    }
    arguments <- c(arguments, shared[setdiff(names(shared), names(arguments))])
    arguments$control <- fold_control(arguments$control, call)
    # Folds have a seed each, and one progress for all.
    arguments$control["verbose"] <- list(NULL)
    c(arguments, baseline = FALSE)
  }, networks, names(networks))
}

check_networks <- function(networks, call) {
  lists <- is.list(networks) && !is.object(networks) && length(networks) > 0 &&
    all(vapply(networks, is.list, NA))
  twice <- unique(names(networks)[duplicated(names(networks))])
  if (lists && rlang::is_named(networks) && length(twice) == 0) {
    return(invisible())
  }
  deeply_abort(
    c("{.arg networks} must be a list with a different name for each list of
       arguments.",
      x = if (!lists) "It is {.obj_type_friendly {networks}}."
          else if (length(twice) > 0) "It has {.val {twice}} more than once."
          else "A name is missing.",
      i = "For instance {.code list(small = list(hidden_units = 16))}."),
    class = "argument", call = call
  )
}

check_rivals <- function(models, call = rlang::caller_env()) {
  models <- models %||% rival_kinds
  known <- c(rival_kinds, asked_rivals)
  strange <- setdiff(models, known)
  if (!is.character(models) || length(strange) > 0) {
    deeply_abort(
      c("{.arg models} must be names of rivals, from {.val {known}}.",
        x = if (is.character(models)) "Not known: {.val {strange}}."
            else "It is {.obj_type_friendly {models}}."),
      class = "argument", call = call
    )
  }
  unique(models)
}

# Before any fold, as a search is not to fail after minutes of others' fits.
check_xgboost <- function(kinds, there = isTRUE(backend_call("describe")$trees),
                          call = rlang::caller_env()) {
  if ("tuned_trees" %in% kinds && !there) {
    deeply_abort(
      c("{.val tuned_trees} needs XGBoost, which is not there.",
        i = "Run {.run deeply::deep_install(extras = \"xgboost\")}."),
      class = "python_module", call = call
    )
  }
}

check_labels <- function(networks, rivals, call = rlang::caller_env()) {
  taken <- intersect(networks, rivals)
  if (length(taken) > 0) {
    deeply_abort("A network cannot be called {.val {taken}}: a rival is.",
                 class = "argument", call = call)
  }
}

# Folds --------------------------------------------------------------------

# Made apart, as its environment goes to other processes.
comparison_task <- function(input, shared, networks, kinds, outcome, model) {
  force(list(input, shared, networks, kinds, outcome, model))
  function(job) {
    train <- input_rows(input, job$train)
    test <- input_rows(input, job$test)
    networks <- lapply(networks, network_answer, train, test, job$seed,
                       model$fit)
    rivals <- rival_answers(kinds, train, test, shared, job$seed)
    scores <- score_answers(c(networks, rivals$answers), test, rivals$prep,
                            metric_order(outcome))
    data.table(scores, n_train = length(job$train))
  }
}

network_answer <- function(arguments, train, test, seed, model) {
  arguments$control$seed <- seed
  fit <- fit_input(model, train, arguments)
  seconds <- elapsed_by(outputs <- suppressWarnings(
    network_outputs(fit, new_table(fit$prep, test$table)),
    classes = "deeply_warning_new_levels"
  ))
  list(predicted = as_prediction(outputs, fit$prep$outcome,
                                 calibration = fit$calibration),
       fit_seconds = fit$info$seconds, predict_seconds = seconds,
       bytes = length(fit$model), parameters = fit$info$parameters)
}

#' Scores of all models on the same rows of a fold
#'
#' @param answers Lists of what a model `predicted` and took, by model.
#' @param test What `input_rows()` gave.
#' @param prep Of all training rows.
#' @return A data.table with a row a model.
#' @noRd
score_answers <- function(answers, test, prep, metrics) {
  task <- prep$outcome$task
  y <- test$y %||% outcome_of(prep$blueprint, test$table)
  truth <- check_truth(y, prep$outcome, table_rows(test$table))
  usable <- Reduce(`&`, lapply(answers, function(answer) {
    !is.na(as.matrix(answer$predicted)[, 1])
  }), !is.na(truth))
  taken <- c("fit_seconds", "predict_seconds", "bytes")
  rows <- lapply(answers, function(answer) {
    predicted <- as.matrix(answer$predicted)[usable, , drop = FALSE]
    scores <- all_metrics(truth[usable],
                          if (task == "regression") predicted[, 1]
                          else predicted, task)
    c(as.list(scores[metrics]), answer[taken],
      list(parameters = answer$parameters %||% NA_integer_))
  })
  data.table(model = names(answers), data.table::rbindlist(rows),
             n_test = sum(usable))
}

# Results ------------------------------------------------------------------

new_comparison <- function(rows, networks, outcome, folds) {
  data.table::setattr(rows, "class", c("deep_comparison", class(rows)))
  data.table::setattr(rows, "compared", list(
    networks = networks, outcome = outcome, folds = count_folds(folds$table),
    n = nrow(rows)
  ))
  rows[]
}

count_folds <- function(table) {
  repeats <- data.table::uniqueN(table[["repeat"]])
  text <- cli::pluralize("{count(nrow(table))} fold{cli::qty(nrow(table))}{?s}")
  if (repeats == 1) {
    return(text)
  }
  sprintf("%s (%s, %s times)", text, count(nrow(table) / repeats),
          count(repeats))
}
