#' How complex should the model be?
#'
#' Fits the model with several values of one argument, and measures its error on
#' training and on held-out rows, fold by fold. A model that is too simple has
#' both errors higher than need be (bias, underfitting); one that is too complex
#' has a low training error and a validation error that is higher again
#' (variance, overfitting).
#'
#' @section How it is read:
#' By intervals of differences on the same folds, as in [cross_validate()]. The
#' best value has the lowest mean validation error. Another one underfits if its
#' validation error and its training error are both clearly higher, and overfits
#' if its validation error is, its training error is not, and the gap between
#' them is clearly wider. A wider gap alone is learning by heart that does no
#' clear harm. The error at the best value is too low by a little, as
#' it was chosen for being low: report that of other rows.
#'
#' Errors are those of [learning_curve()]. A network keeps the weights of its
#' best epoch, so it hardly overfits by `epochs`;
#' `deep_control(validation = 0)` shows what happens otherwise.
#'
#' @inheritParams cross_validate
#' @param argument The name of an argument of `model` or of [deep_control()].
#' @param values Values of it: a vector, or a list where a value has several
#'   numbers, such as `list(8, c(64, 32))`; a list of other things needs names.
#'   `NULL`: five for `hidden_units`, `members`, `bins`, `fourier`, `dropout`,
#'   `penalty`, `mixture`, `epochs`, `learn_rate`, `batch_size` and
#'   `label_smoothing`.
#'
#' @return A data.table of class `deep_error_curve` as [learning_curve()] gives
#'   it, with a column of the name of the argument (its values, or a factor of
#'   their labels) instead of `size`.
#' @section Errors:
#' * `deeply_error_argument`: an argument that the model does not have, or one
#'   without values.
#' * Those of [cross_validate()].
#' @seealso [learning_curve()], [cross_validate()]
#' @export
#' @examples
#' smooth <- function(x, data, degree) {
#'   lm(dist ~ poly(speed, degree), data)
#' }
#' curve <- complexity_curve(dist ~ speed, cars, argument = "degree",
#'                           values = 1:6, model = smooth, seed = 1)
#' curve
#' autoplot(curve)
#' @examplesIf deeply::has_backend()
#' complexity_curve(Species ~ ., iris, argument = "hidden_units",
#'                  values = c(1, 16), folds = 2, seed = 1,
#'                  control = deep_control(epochs = 5))
complexity_curve <- function(x, data = NULL, y = NULL, ..., argument,
                             values = NULL, model = deep_mlp, folds = 5,
                             workers = 1, seed = NULL, verbose = NULL) {
  call <- rlang::current_env()
  arguments <- rlang::list2(...)
  in_control <- check_curve_argument(argument, model, arguments)
  values <- curve_values(argument, values)
  plan <- resample_plan(x, data, y, arguments, model, folds, seed)
  arguments <- lapply(values$values, function(value) {
    set_argument(plan$arguments, argument, value, in_control, call)
  })
  table <- plan$folds$table
  jobs <- lapply(seq_along(arguments), function(level) {
    Map(function(rows, again, fold) {
      list(train = rows$train, test = rows$test, level = level,
           "repeat" = again, fold = fold)
    }, plan$folds$folds, table[["repeat"]], table$fold)
  })
  about <- list(kind = "complexity", by = argument, levels = values$levels,
                guess = guess_label(plan$outcome))
  measure_errors(plan, unlist(jobs, recursive = FALSE), arguments, about,
                 workers, verbose)
}

curve_defaults <- list(
  hidden_units = c(2, 8, 32, 128, 512),
  members = c(1, 2, 4, 8, 16),
  bins = c(2, 6, 16, 48, 128),
  fourier = c(0.1, 0.3, 1, 3, 10),
  dropout = c(0, 0.1, 0.25, 0.5, 0.75),
  penalty = c(0, 1e-4, 1e-3, 0.01, 0.1),
  mixture = c(0, 0.25, 0.5, 0.75, 1),
  epochs = c(1, 4, 16, 64, 256),
  learn_rate = c(1e-4, 5e-4, 0.002, 0.01, 0.05),
  batch_size = c(16, 64, 256, 1024, 4096),
  label_smoothing = c(0, 0.05, 0.1, 0.2, 0.4)
)

# What is not the same model with another value.
not_to_vary <- c("x", "data", "y", "...", "weights", "control", "baseline",
                 "seed", "verbose", "checkpoint", "checkpoint_every",
                 "tensorboard", "stream")

#' Is it an argument of the model, or of its control?
#' @return `TRUE` if of its control.
#' @noRd
check_curve_argument <- function(argument, model, arguments,
                                 call = rlang::caller_env()) {
  if (rlang::is_missing(argument) || !rlang::is_string(argument)) {
    deeply_abort(
      c("{.arg argument} must name what is to vary.",
        i = "For instance {.code argument = \"hidden_units\"}."),
      class = "argument", call = call
    )
  }
  of_model <- if (is.function(model)) names(formals(args(model)))
  of_control <- if ("control" %in% of_model) names(formals(deep_control))
  can <- setdiff(c(of_model, of_control), not_to_vary)
  open <- "..." %in% of_model && !identical(model, deep_mlp)
  if (!argument %in% can && (!open || argument %in% not_to_vary)) {
    deeply_abort(
      c("{.arg {argument}} is no argument of the model that can vary.",
        suggest_names(argument, can)),
      class = "argument", call = call
    )
  }
  if (argument %in% names(arguments)) {
    deeply_abort("{.arg {argument}} is to vary, so it cannot be given too.",
                 class = "argument", call = call)
  }
  !argument %in% of_model && argument %in% of_control
}

#' @return A list of `values` and their `levels`: numbers, or a factor.
#' @noRd
curve_values <- function(argument, values, call = rlang::caller_env()) {
  values <- values %||% curve_defaults[[argument]]
  if (is.null(values)) {
    deeply_abort("There are no usual values of {.arg {argument}}: give
                  {.arg values}.", class = "argument", call = call)
  }
  values <- as.list(values)
  plain <- vapply(values, function(value) {
    is.atomic(value) && length(value) > 0 && is.null(dim(value))
  }, NA)
  if (length(values) < 2 || (is.null(names(values)) && !all(plain))) {
    abort_argument("values", values, paste(
      "two or more values, with names if they are no numbers or text"
    ), call)
  }
  single <- all(plain) && all(lengths(values) == 1)
  if (single && is.null(names(values)) && is.numeric(unlist(values))) {
    # From little to much.
    values <- values[order(unlist(values))]
    return(list(values = values, levels = unlist(values)))
  }
  labels <- names(values) %||% vapply(values, function(value) {
    paste(value, collapse = "-")
  }, "")
  list(values = unname(values), levels = factor(labels, unique(labels)))
}

set_argument <- function(arguments, argument, value, in_control,
                         call = rlang::caller_env()) {
  if (!in_control) {
    arguments[argument] <- list(value)
    return(arguments)
  }
  new <- do.call(deep_control, stats::setNames(list(value), argument))
  field <- if (argument == "learn_rate") "schedule" else argument
  control <- arguments$control %||% deep_control()
  control[field] <- list(new[[field]])
  arguments$control <- fold_control(control, call)
  arguments
}
