# Arguments of a model, as what is fitted and judged again and again on some of
# their rows.

#' What a model is given
#'
#' @param x,data,y,weights As `deep_mlp()` takes them. The outcome of a table of
#'   predictors may stand in the second place.
#' @return A list of `x`, `y` and `weights`, or of `x`, `data` and `weights`.
#' @noRd
as_input <- function(x, data, y, weights, call = rlang::caller_env()) {
  if (is_file_table(x) || is_file_table(data)) {
    deeply_abort(
      c("A table in files cannot be cut into folds.",
        i = "Read it, or some of its rows, into a data frame."),
      class = "argument", call = call
    )
  }
  if (is_table(x)) {
    return(list(x = x, y = y %||% data, weights = weights))
  }
  list(x = x, data = data, weights = weights)
}

is_table <- function(x) {
  is.data.frame(x) || is.matrix(x) || is_images(x)
}

#' Some rows of what was given
#'
#' @param input What `as_input()` gave.
#' @return The same for the rows, with `table`: the one that has the predictors.
#' @noRd
input_rows <- function(input, rows) {
  part <- lapply(input, function(given) {
    if (is_table(given)) {
      if (data.table::is.data.table(given)) given[rows, ]
      else given[rows, , drop = FALSE]
    } else if (is.atomic(given) && length(given) > 1) {
      given[rows]
    } else {
      given
    }
  })
  part$table <- if (is_table(part$x)) part$x else part$data
  part
}

#' What is known before any fold
#'
#' @param settings What `prep_settings()` gave.
#' @return A list of the `table` that is cut, the outcome `y` as it is read, and
#'   what was learned of it, with `shares` of its classes, as `outcome`.
#' @noRd
look_at_table <- function(input, settings, call = rlang::caller_env()) {
  weighted <- take_weights(input$x, input$data, input$weights, call)
  source <- prep_source(input$x, weighted$data, input$y, settings, call)
  check_has_outcome(source, call)
  # Folds will warn of it, each in its turn.
  kept <- suppressWarnings(keep_rows(source, settings, call))
  check_weights(weighted$weights, table_rows(source$table), kept$rows, call)
  outcome <- kept$outcome
  check_one_outcome(outcome, call = call)
  if (outcome$task != "regression") {
    counts <- table(factor(as.character(kept$y[kept$rows]), outcome$levels))
    outcome$shares <- unclass(counts / sum(counts))[outcome$levels]
  }
  # All that folds need of images is how many there are.
  table <- if (is_images(input$x)) list2DF(list(image = seq_along(kept$y)))
           else if (is_table(input$x)) input$x
           else input$data
  list(table = table, y = kept$y, outcome = outcome)
}

# A fold has other rows, and folders would be in use after the first.
fold_control <- function(control, call) {
  control <- control %||% deep_control()
  check_control(control, call)
  if (!is.null(control$validation) && !is_share(control$validation)) {
    deeply_abort(
      c("In a fold {.arg validation} must be a share.",
        x = "Row numbers or a split are of all rows."),
      class = "argument", call = call
    )
  }
  given <- Filter(function(name) !is.null(control[[name]]),
                  c("checkpoint", "tensorboard"))
  if (length(given) > 0) {
    deeply_abort(
      "{.arg {given}} {?is/are} for one fit; here there are many.",
      class = "argument", call = call
    )
  }
  control
}

# Fitting and judging ------------------------------------------------------

#' Fits any model to what `input_rows()` gave
#'
#' @param model A function that takes a formula (or recipe) and `data`, or a
#'   table and `y`, and `weights` if there are any.
#' @param arguments Further ones, by name.
#' @noRd
fit_input <- function(model, input, arguments) {
  x <- input$x
  given <- if (is_table(x)) list(y = input$y) else list(data = input$data)
  given <- c(given, list(weights = input$weights)[!is.null(input$weights)])
  fit <- rlang::inject(model(x, !!!given, !!!arguments))
  # Ctrl-C ends a network with the weights so far. Here it is to end all.
  if (inherits(fit, "deep_fit") && identical(fit$info$stopped, "asked")) {
    rlang::interrupt()
  }
  fit
}

#' Judges any model on what `input_rows()` gave
#'
#' @param outcome What `look_at_table()` learned.
#' @return A data.table with a row a model (`model`) and a column a metric.
#' @noRd
judge_input <- function(fit, input, outcome) {
  if (has_evaluate(fit)) {
    # Which rare level is in which fold is chance, and no news.
    judged <- suppressWarnings(
      if (is.null(input$y)) evaluate(fit, input$table)
      else evaluate(fit, input$table, input$y),
      classes = "deeply_warning_new_levels"
    )
    return(data.table::as.data.table(unclass(judged)))
  }
  truth <- input$y %||% eval(rlang::f_lhs(input$x), input$data,
                             rlang::f_env(input$x))
  if (outcome$task != "regression") {
    truth <- factor(as.character(truth), outcome$levels)
  }
  predicted <- plain_prediction(stats::predict(fit, input$table))
  known <- !is.na(truth)
  scores <- deep_metrics(truth[known], take_cases(predicted, known))
  shown <- intersect(metric_order(outcome), scores$metric)
  estimate <- scores$estimate[match(shown, scores$metric)]
  data.table(model = class(fit)[[1]],
             data.table::as.data.table(stats::setNames(as.list(estimate),
                                                       shown)))
}

has_evaluate <- function(fit) {
  any(vapply(class(fit), function(class) {
    !is.null(utils::getS3method("evaluate", class, optional = TRUE))
  }, NA))
}

# predict() of tidymodels and of this package gives tables.
plain_prediction <- function(predicted) {
  if (!is.data.frame(predicted)) {
    return(predicted)
  }
  predicted$.pred %||% predicted$.pred_class %||% predicted
}

take_cases <- function(predicted, known) {
  if (is.null(dim(predicted))) predicted[known]
  else as.data.frame(predicted)[known, , drop = FALSE]
}
