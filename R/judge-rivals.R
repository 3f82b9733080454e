# What else could have been fitted: rivals that learn from the same encoded rows
# in Python, predict once, and are forgotten.

rival_kinds <- c("trivial", "linear", "ridge", "knn", "tree", "forest", "trees")

# Those that take their time compete only when asked for.
asked_rivals <- c("tuned_trees", "mlp")

#' Fits rivals to some rows and predicts others
#'
#' They end with no validation rows, so they get all that the network and its
#' validation share. Preparing is learned on the training rows, as for the
#' network, and counts in everyone's time.
#'
#' @param kinds Of `rival_kinds` and `asked_rivals`.
#' @param train,test What `input_rows()` gave.
#' @param arguments Those of `deep_mlp()`, of which the preparation and the
#'   weights are for all.
#' @param seed Integer.
#' @return A list of the `prep` and the `answers`, by label: each a list of
#'   `predicted` (as `as_prediction()` gives it, `NA` where a row is left
#'   out), `fit_seconds`, `predict_seconds` and `bytes`.
#' @noRd
rival_answers <- function(kinds, train, test, arguments, seed,
                          call = rlang::caller_env()) {
  started <- elapsed()
  learned <- learn_rows(train, arguments, seed, call)
  prep <- learned$prep
  n <- length(learned$rows)
  table <- new_table(prep, test$table, call)
  buffer <- backend_call("rows", n + table_rows(table), row_widths(prep))
  on.exit(backend_call("release", buffer))
  write_rows(buffer, 0L, prep, learned$table, learned$rows, learned$targets)
  prepared <- elapsed() - started
  met <- NULL
  encoded <- elapsed_by(
    met <- write_rows(buffer, n, prep, table, seq_len(table_rows(table)))
  )
  columns <- plain_columns(prep, side = 28L)
  answers <- lapply(kinds, function(kind) {
    answer <- backend_call("rival", kind, buffer, n, columns,
                           length(prep$outcome$levels), seed,
                           as.array(learned$held_out - 1L))
    outputs <- drop_incomplete(answer$predicted, prep, met$incomplete)
    list(predicted = as_prediction(outputs, prep$outcome, kind = "prob"),
         fit_seconds = prepared + answer$fit_seconds,
         predict_seconds = encoded + answer$predict_seconds,
         bytes = answer$bytes)
  })
  names(answers) <- rival_labels(kinds, prep$outcome$task)
  list(prep = prep, answers = answers)
}

rival_labels <- function(kinds, task) {
  vapply(kinds, baseline_label, "", task, USE.NAMES = FALSE)
}

#' Learns a prep on all rows that can be used, and what they teach
#'
#' @return A list of `prep`, and of the `table`, the `rows` of it and their
#'   `targets`, for `write_rows()`; and `held_out`, which of the rows a network
#'   with the same seed would stop by: what is searched is judged on these.
#' @noRd
learn_rows <- function(train, arguments, seed,
                       call = rlang::caller_env()) {
  settings <- shared_settings(arguments, call)
  weighted <- take_weights(train$x, train$data, train$weights, call)
  source <- prep_source(train$x, weighted$data, train$y, settings, call)
  kept <- keep_rows(source, settings, call)
  rows <- kept$rows
  source <- learn_recipe(source, rows, call)
  prep <- learn_prep(source, settings, kept, rows)
  y <- kept$y[rows]
  weights <- row_weights(weighted$weights, arguments$class_weights, y,
                         table_rows(source$table), rows,
                         list(train = seq_along(rows)), call)
  discrete <- kept$outcome$task != "regression"
  control <- deep_control(validation = 0.2)
  split <- split_rows(control, outcome_strata(y, kept$outcome), discrete, seed,
                      rows, table_rows(source$table), source$time)
  list(prep = prep, table = source$table, rows = rows,
       targets = list(y = encode_outcome(y, prep$outcome), weights = weights),
       held_out = split$validation)
}

# The preparation that the arguments of `deep_mlp()` ask for.
shared_settings <- function(arguments, call = rlang::caller_env()) {
  preset <- mlp_presets[[arguments$preset %||% "default"]]
  arguments$scale <- arguments$scale %||% preset$sets$scale
  asked <- arguments[intersect(names(arguments), names(formals(prep_settings)))]
  rlang::inject(prep_settings(!!!asked, call = call))
}
