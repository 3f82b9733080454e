#' Judge a model by cross-validation
#'
#' Fits the model once for each fold, on its training rows, and judges it on its
#' test rows. All that a model learns, the preparation of the columns included,
#' it learns from the training rows of the fold. The baselines of
#' [evaluate()][evaluate.deep_fit] come along, on the same rows. A level that no
#' training row of a fold has is unknown there, unless `new_levels` says
#' otherwise.
#'
#' @section Intervals:
#' Training sets of folds overlap, so the results of folds are not independent,
#' and no estimate of their variance is without bias (Bengio & Grandvalet 2004).
#' Intervals here are those of the corrected resampled t-test: the variance of
#' the folds times `1/k + n_test/n_train` (Nadeau & Bengio 2003; of repeated
#' folds Bouckaert & Frank 2004). They are approximate, and about a model that
#' is trained on as many rows as in a fold. Two models are compared by their
#' differences on the same folds, which vary less than their scores do.
#'
#' @section Folds of other kinds:
#' [deep_folds()] makes folds that are repeated, keep groups together, or run in
#' time. A table that runs in time is not shuffled: give such folds.
#'
#' @section Other models:
#' `model` may be any function of a formula and `data` (or of a table and `y`),
#' such as [lm()] or one of your own. What it gives must have a method for
#' [evaluate()][evaluate.deep_fit], or for [predict()] that takes new data as
#' its second argument and gives a number, a class, or probabilities. With more
#' workers the function must find all it needs in packages.
#'
#' @param x A formula, a data frame, a numeric matrix or a recipe, as for
#'   [deep_mlp()].
#' @param data With a formula or a recipe, the data frame. With a table, the
#'   outcome may stand here.
#' @param y With a table, the outcome.
#' @param ... Arguments of `model`, by name, such as `hidden_units` and
#'   `control`. `weights` with a number a row are cut as the rows are. Of a
#'   [deep_control()] the `validation` must be a share.
#' @param model A function that fits, such as [deep_mlp()]. Of [deep_images()]
#'   it is [deep_cnn()], unless said otherwise.
#' @param folds The number of folds, drawn within the classes (or fifths) of the
#'   outcome; or folds from [deep_folds()] or package rsample.
#' @param workers How many R processes to fit in. Each starts afresh, by package
#'   callr, and needs memory for the data and for TensorFlow. The results are
#'   the same.
#' @param seed An integer: decides the folds, and gives each fit a seed of its
#'   own. `NULL`: the one of `control`, or drawn from R's generator.
#' @param verbose `TRUE` or `FALSE` for progress. `NULL`: a bar in a terminal, a
#'   line now and then in a log, nothing in a knitted document.
#'
#' @return A data.table of class `deep_resamples` with a row a fold and model:
#'   `repeat`, `fold`, `model`, the metrics of [evaluate()][evaluate.deep_fit],
#'   `n_train` and `n_test` (rows), `seconds` (of the fit). `summary()` gives a
#'   row a model and metric: `mean`, `se`, `lower` and `upper` (95 %), and
#'   `n`, the folds where it is defined. `autoplot()` draws it.
#' @section Errors:
#' * `deeply_error_fold`: a fold failed; has `fold` and `repeat`, and the cause
#'   as its parent.
#' * `deeply_error_time_order`: a table that runs in time, and only a number of
#'   folds.
#' * `deeply_error_folds`: folds of another table.
#' * `deeply_error_argument`: a value out of its range.
#' * Those of [deep_mlp()].
#' @references
#' Bengio & Grandvalet (2004). No unbiased estimator of the variance of k-fold
#' cross-validation. JMLR 5, 1089-1105.
#'
#' Bouckaert & Frank (2004). Evaluating the replicability of significance tests
#' for comparing learning algorithms. PAKDD.
#'
#' Nadeau & Bengio (2003). Inference for the generalization error. Machine
#' Learning 52, 239-281.
#' @seealso [deep_folds()], [learning_curve()], [complexity_curve()]
#' @export
#' @examples
#' # Any model that is fitted by a formula.
#' linear <- cross_validate(mpg ~ wt + hp, mtcars, model = lm, seed = 1)
#' linear
#' summary(linear)
#' @examplesIf deeply::has_backend()
#' folds <- deep_folds(iris, v = 3, strata = "Species", seed = 1)
#' judged <- cross_validate(Species ~ ., iris, folds = folds, seed = 1,
#'                          control = deep_control(epochs = 5))
#' judged
#' autoplot(judged)
cross_validate <- function(x, data = NULL, y = NULL, ..., model = deep_mlp,
                           folds = 5, workers = 1, seed = NULL,
                           verbose = NULL) {
  if (missing(model)) {
    model <- network_model(x)$fit
  }
  plan <- resample_plan(x, data, y, rlang::list2(...), model, folds, seed)
  results <- run_folds(plan$folds, fold_task(plan), workers, "Fold", plan$seed,
                       verbose %||% plan$verbose)
  new_resamples(results, plan)
}

#' What is the same for all folds
#'
#' @param arguments What the user gave for the model.
#' @return A list of `model`, its `arguments`, the `input` that is cut, its
#'   `outcome`, `folds`, and the `seed` of all.
#' @noRd
resample_plan <- function(x, data, y, arguments, model, folds, seed,
                          call = rlang::caller_env()) {
  check_model(model, arguments, call)
  check_count(seed, min = 0, null = TRUE, call = call)
  verbose <- NULL
  if (!is.null(arguments$control)) {
    arguments$control <- fold_control(arguments$control, call)
    seed <- seed %||% arguments$control$seed
    verbose <- arguments$control$verbose
    # Each fold has a seed of its own, and all have one progress.
    arguments$control[c("seed", "verbose")] <- list(NULL)
  }
  seed <- draw_seed(seed)
  input <- as_input(x, data, y, arguments$weights, call)
  arguments$weights <- NULL
  # A level that only the test rows have is no mistake: they are of this table.
  if ("new_levels" %in% names(formals(args(model)))) {
    arguments$new_levels <- arguments$new_levels %||% "unknown"
  }
  settings <- prep_settings(steps = arguments$steps %||% deep_steps(),
                            call = call)
  known <- look_at_table(input, settings, call)
  folds <- as_folds(folds, known$table, known$y, seed, known$outcome$name, call)
  list(model = model, arguments = arguments, input = input,
       outcome = known$outcome, y = known$y, folds = folds, seed = seed,
       verbose = verbose)
}

check_model <- function(model, arguments, call) {
  if (!is.function(model)) {
    abort_argument("model", model, "a function that fits, such as `deep_mlp`",
                   call)
  }
  if (!all(nzchar(rlang::names2(arguments)))) {
    deeply_abort("Arguments of the model, in {.arg ...}, must have names.",
                 class = "argument", call = call)
  }
  known <- names(formals(args(model)))
  strange <- setdiff(names(arguments), known)
  # A model of deeply's own refuses what is in its dots, but only fold 1 would.
  own <- c(deep_mlp = deep_mlp, deep_cnn = deep_cnn)
  own <- names(Filter(function(fit) identical(model, fit), own))
  if (length(own) > 0 && length(strange) > 0) {
    deeply_abort(
      c("{.fn {own}} has no argument {.arg {strange}}.",
        suggest_names(strange, known)),
      class = "argument", call = call
    )
  }
}

# Made apart: its environment goes to the other processes.
fold_task <- function(plan) {
  plan <- plan[c("model", "arguments", "input", "outcome")]
  function(job) {
    seconds <- elapsed_by(
      fit <- fit_input(plan$model, input_rows(plan$input, job$train),
                       plan$arguments)
    )
    # Where it is known without the start of Python.
    seconds <- if (inherits(fit, "deep_fit")) fit$info$seconds else seconds
    judged <- judge_input(fit, input_rows(plan$input, job$test), plan$outcome)
    data.table(judged, n_train = length(job$train), n_test = length(job$test),
               seconds = seconds)
  }
}

# Results ------------------------------------------------------------------

new_resamples <- function(results, plan) {
  sizes <- c("n_train", "n_test", "seconds")
  metrics <- setdiff(names(results), c("repeat", "fold", "model", sizes))
  data.table::setcolorder(results, c("repeat", "fold", "model", metrics, sizes))
  data.table::setattr(results, "class", c("deep_resamples", class(results)))
  data.table::setattr(results, "judged", list(
    metrics = metrics, outcome = plan$outcome$name,
    event = if (plan$outcome$task == "binary") event_level(plan$outcome),
    how = plan$folds$how, folds = describe_folds(plan$folds),
    seed = plan$seed, n = nrow(results)
  ))
  results[]
}

#' @export
summary.deep_resamples <- function(object, ...) {
  metrics <- attr(object, "judged")$metrics
  models <- unique(object$model)
  rows <- lapply(models, function(name) {
    one <- object[object$model == name, ]
    data.table::rbindlist(lapply(metrics, function(metric) {
      data.table(model = name, metric = metric, as_interval(one, metric))
    }))
  })
  data.table::rbindlist(rows)
}

as_interval <- function(rows, metric) {
  found <- resampled_interval(rows[[metric]], rows$n_train, rows$n_test)
  found <- clip_interval(found, metric)
  data.table::as.data.table(found[c("mean", "se", "lower", "upper", "n")])
}

#' @export
print.deep_resamples <- function(x, digits = 3, ...) {
  judged <- attr(x, "judged")
  # Some rows or columns of it are only a table.
  if (!identical(judged$n, nrow(x)) || !all(judged$metrics %in% names(x))) {
    return(NextMethod())
  }
  cat("<deep_resamples>\n")
  cat_field("Outcome", paste0(judged$outcome, if (!is.null(judged$event)) {
    sprintf(" (event: `%s`)", judged$event)
  }))
  cat_field("Folds", describe_how_folds(judged))
  cat_field("Train", describe_range(x$n_train))
  cat_field("Test", describe_range(x$n_test))
  cat_field("Seed", judged$seed)
  cat("\n")
  leading <- utils::head(judged$metrics, 2)
  means <- summary(x)
  table <- data.frame(model = format(unique(means$model)))
  names(table) <- format("model", width = nchar(table[[1]][[1]]))
  for (name in leading) {
    table[[name]] <- format_intervals(means[means$metric == name, ], digits)
  }
  print(table, row.names = FALSE, right = TRUE)
  cat("Mean of the folds, with an approximate 95 % interval.\n")
  if (nrow(table) > 1) {
    cat("\n")
    cat(strwrap(paste0(resamples_finding(x), "."), width = 78, initial = "! ",
                prefix = "  "), sep = "\n")
  }
  invisible(x)
}

describe_how_folds <- function(judged) {
  paste0(judged$folds, ", ", describe_fold_method(judged$how))
}

# "0.905 (0.893 to 0.917)"; without limits where there is one fold.
format_intervals <- function(rows, digits) {
  numbers <- format_metric(c(rows$mean, rows$lower, rows$upper), digits)
  numbers <- sub("^-(0[.]0*)$", "\\1", trimws(numbers))
  numbers <- matrix(numbers, ncol = 3)
  ifelse(is.na(rows$lower), numbers[, 1],
         sprintf("%s (%s to %s)", numbers[, 1], numbers[, 2], numbers[, 3]))
}

#' Is the model ahead of the best of the others, beyond doubt?
#'
#' @return A sentence without its full stop.
#' @noRd
resamples_finding <- function(x, metric = attr(x, "judged")$metrics[[1]],
                              digits = 3) {
  leading <- metric
  means <- summary(x)
  means <- means[means$metric == leading, ]
  first <- means$model[[1]]
  sign <- if (leading %in% lower_is_better) -1 else 1
  if (nrow(means) == 1 || all(is.na(means$mean[-1]))) {
    return(sprintf("%s: %s %s", first, leading,
                   format_intervals(means[1, ], digits)))
  }
  best <- means$model[-1][[which.max(sign * means$mean[-1])]]
  ours <- x[x$model == first, ]
  theirs <- x[x$model == best, ]
  both <- c("repeat", "fold")
  theirs <- theirs[ours[, both, with = FALSE], on = both]
  lead <- data.table(lead = sign * (ours[[leading]] - theirs[[leading]]),
                     ours[, c("n_train", "n_test")])
  by <- as_interval(lead, "lead")
  ahead <- isTRUE(by$lower > 0)
  if (!ahead && !isTRUE(by$upper < 0)) {
    if (sign < 0) by <- turn_interval(by)
    return(sprintf("No clear difference between %s and %s: %s differs by %s",
                   first, best, leading, format_intervals(by, digits)))
  }
  if (!ahead) by <- turn_interval(by)
  sprintf("%s is %s %s: %s %s by %s", first, if (ahead) "ahead of"
          else "behind", best, leading, if (ahead) "better" else "worse",
          format_intervals(by, digits))
}

turn_interval <- function(by) {
  by[, c("mean", "lower", "upper") := list(-by$mean, -by$upper, -by$lower)]
}
