# What every model for tables shares: from a source to a judged fit.

#' Fits a model to a table
#'
#' @param class Class of the fit, beside `deep_fit`.
#' @param source A `prep_source()`.
#' @param spec What was asked; kept in the fit.
#' @param settings What `prep_settings()` gave.
#' @param network Function of `spec` and the prep that describes the network
#'   for its Python builder.
#' @param control A `deep_control`.
#' @param weights Case weights or `NULL`.
#' @param class_weights As in `deep_mlp()`.
#' @param baseline Whether to fit the strong simple models.
#' @return A `deep_fit`.
#' @noRd
fit_table <- function(class, source, spec, settings, network, control,
                      weights = NULL, class_weights = NULL, baseline = TRUE,
                      call = rlang::caller_env()) {
  started <- elapsed()
  given <- source
  check_new_run(control$checkpoint, call)
  check_has_outcome(source, call)
  kept <- keep_rows(source, settings, call)
  check_class_loss(control, kept$outcome, call)
  check_asked(spec, kept$outcome, call)
  kept$outcome$quantile_levels <- spec$quantile_levels
  source$outcome <- kept$y
  y <- outcome_rows(kept$y, kept$rows)
  seed <- draw_seed(control$seed)
  split <- split_rows(control, outcome_strata(y, kept$outcome),
                      base_task(kept$outcome) != "regression", seed, kept$rows,
                      table_rows(source$table), source$time)
  if (is_images(source$table)) {
    split$train <- mix_rows(split$train, seed)
  }
  source <- learn_recipe(source, kept$rows[split$train], call)
  prep <- learn_prep(source, settings, kept, kept$rows[split$train])
  if (!is.null(class_weights)) {
    check_one_outcome(prep$outcome, "{.arg class_weights}", call)
  }
  given_weights <- weights
  weights <- row_weights(weights, class_weights, y, table_rows(source$table),
                         kept$rows, split, call)
  spec$control <- control
  # Training rows first: what lies in one piece is read in one piece.
  order <- unlist(split, use.names = FALSE)
  run <- list(
    class = class, spec = spec, prep = prep, seed = seed, baseline = baseline,
    rows = lengths(split), numbers = kept$rows[order],
    judge = judged_rows(source, kept$rows, split, control)
  )
  # Python starts late, so that bad input fails at once, and outside the clock.
  waited <- elapsed_by(bridge())
  run <- send_rows(run, source$table, list(
    y = encode_outcome(outcome_rows(y, order), prep$outcome),
    weights = weights[order]
  ))
  unread <- unread_rows(run, call)
  if (length(unread) > 0) {
    return(fit_table(class, leave_out(given, unread), spec, settings, network,
                     control, given_weights, class_weights, baseline, call))
  }
  run$prep <- learn_from_rows(prep, run)
  run$spec$network <- network(spec, run$prep)
  free_memory(order, full = TRUE)
  run$started <- started + waited
  run_training(run)
}

#' What only the encoded rows tell
#'
#' @param run A run with its buffer, the training rows first.
#' @return The prep.
#' @noRd
learn_from_rows <- function(prep, run) {
  UseMethod("learn_from_rows")
}

#' @exportS3Method
learn_from_rows.deep_prep <- function(prep, run) {
  prep
}

# Numbers of the images that turned out not to be any.
unread_rows <- function(run, call) {
  if (!inherits(run$prep, "deep_image_prep") || !any(run$met$incomplete)) {
    return(NULL)
  }
  backend_call("release", run$buffer)
  # Rows come in the order of the split.
  files <- sort(run$met$missing, method = "radix")
  if (run$prep$settings$na == "error") {
    abort_broken(files, call)
  }
  deeply_warn(
    c(broken_title(files), list_broken(files),
      i = "{cli::qty(length(files))}{?It is/They are} left out."),
    class = "broken_images"
  )
  run$numbers[run$met$incomplete]
}

# The split is drawn anew, so that its shares are of images that are there.
leave_out <- function(source, rows) {
  readable <- source$readable %||% rep(TRUE, table_rows(source$table))
  readable[rows] <- FALSE
  source$readable <- readable
  source
}

# Folders come class by class. What is read from a file is shuffled among its
# neighbours alone, so these must be of all classes.
mix_rows <- function(rows, seed) {
  with_seed(seed, rows[sample.int(length(rows))])
}

# Where all fits end: with a run that is whole.
run_training <- function(run) {
  save_run(run)
  if (!is.null(run$spec$control$range_test)) {
    return(range_test(run))
  }
  finish_fit(run)
}

#' Trains, and makes a fit of what comes back
#'
#' @param run What `fit_table()` made ready.
#' @param resume Whether to go on from the newest checkpoint.
#' @return A `deep_fit`.
#' @noRd
finish_fit <- function(run, resume = FALSE) {
  if ("deep_gan" %in% run$class) {
    return(finish_gan(run, resume))
  }
  if ("deep_autoencoder" %in% run$class) {
    return(finish_coder(run, resume))
  }
  trained <- train_network(run, resume)
  fit <- new_deep_fit(run, trained)
  # Who has asked to stop does not want to wait for boosted trees.
  baseline <- run$baseline && trained$stopped != "asked"
  fit <- judge_fit(fit, run, baseline)
  fit$info$validation_looks <- looks_at(fit$judged$key)$fits
  fit$info$seconds <- elapsed() - run$started
  warn_training(fit)
  fit
}

# The rows to judge a fit on: held-out ones, or else those of training.
judged_rows <- function(source, rows, split, control) {
  held_out <- length(split$validation) > 0
  latest <- !is.null(source$time) && is_share(control$validation)
  on <- if (latest) paste("validation rows, the latest by", source$time$name)
        else "validation rows"
  rows <- rows[if (held_out) split$validation else split$train]
  list(table = source$table, rows = rows,
       outcome = outcome_rows(source$outcome, rows),
       on = if (held_out) on else "training rows")
}

outcome_strata <- function(y, outcome) {
  if (is_several(outcome)) {
    return(several_strata(y, outcome))
  }
  if (outcome$task == "regression") as.numeric(y) else match(y, outcome$levels)
}

check_class_loss <- function(control, outcome, call) {
  asked <- Filter(function(name) control[[name]] > 0,
                  c("label_smoothing", "focal_gamma"))
  if (length(asked) > 0 && base_task(outcome) == "regression") {
    deeply_abort(
      "{.arg {asked[[1]]}} is for classes; {.field {outcome$name}} {?is a
       number/are numbers}.",
      class = "argument",
      call = call
    )
  }
}

# Quantiles are of numbers, and each task has its own calibration.
check_asked <- function(spec, outcome, call) {
  check_quantile_outcome(spec$quantile_levels, outcome, call)
  check_calibration(spec$calibration, outcome, call)
}

elapsed <- function() {
  proc.time()[["elapsed"]]
}

# Unlike system.time(), silent when the code fails.
elapsed_by <- function(code) {
  before <- elapsed()
  force(code)
  elapsed() - before
}

check_has_outcome <- function(source, call) {
  if (is.null(source$outcome)) {
    deeply_abort(
      c("There is no outcome to learn.",
        i = "Give it as {.arg y}, one value a row."),
      class = "outcome_missing",
      call = call
    )
  }
}

# A column named as weights is no predictor.
take_weights <- function(x, data, weights, call = rlang::caller_env()) {
  if (!is.character(weights) || length(weights) != 1) {
    return(list(data = data, weights = weights))
  }
  if (!is.data.frame(data) || !weights %in% names(data)) {
    deeply_abort(
      "{.arg weights} names {.field {weights}}, which is not a column of
       {.arg data}.",
      class = "weights",
      call = call
    )
  }
  list(
    data = as.data.frame(data)[setdiff(names(data), weights)],
    weights = data[[weights]]
  )
}

#' One weight a kept row, with mean 1 over the training rows
#' @noRd
row_weights <- function(weights, class_weights, y, n, rows, split, call) {
  weights <- check_weights(weights, n, rows, call)
  weights <- weights * class_weight(class_weights, y, weights, split, call)
  average <- mean(weights[split$train])
  check_average(average, call)
  weights / average
}

check_average <- function(average, call) {
  if (!is.finite(average) || average <= 0) {
    deeply_abort("The {.arg weights} of the training rows are all zero.",
                 class = "weights", call = call)
  }
}

check_weights <- function(weights, n, rows, call) {
  if (is.null(weights)) {
    return(rep(1, length(rows)))
  }
  ok <- is.numeric(weights) && length(weights) == n &&
    all(is.finite(weights[rows])) && all(weights[rows] >= 0)
  if (!ok) {
    deeply_abort(
      c(
        "{.arg weights} must be {n} numbers, one a row, none negative or
         missing.",
        x = "It is {.obj_type_friendly {weights}} of length {length(weights)}."
      ),
      class = "weights",
      call = call
    )
  }
  as.numeric(weights[rows])
}

class_weight <- function(class_weights, y, weights, split, call) {
  if (is.null(class_weights)) {
    return(1)
  }
  if (column_kind(y) == "number") {
    refuse_class_weights(call)
  }
  text <- as.character(y)
  totals <- tapply(weights[split$train], text[split$train], sum)
  class_weights <- choose_class_weights(class_weights, totals, unique(text),
                                        call)
  as.numeric(class_weights[text])
}

refuse_class_weights <- function(call) {
  deeply_abort("{.arg class_weights} are for classes; this is a regression.",
               class = "weights", call = call)
}

#' A weight for each class, by name
#'
#' @param totals Sums of the case weights of the training rows, by class.
#' @param present The classes that occur.
#' @noRd
choose_class_weights <- function(class_weights, totals, present, call) {
  if (identical(class_weights, "balanced")) {
    class_weights <- sum(totals) / (length(totals) * totals)
  }
  if (!is.numeric(class_weights) || !all(present %in% names(class_weights))) {
    deeply_abort(
      c(
        "{.arg class_weights} must be {.val balanced} or name a weight for each
         class.",
        i = "The classes are {.val {present}}."
      ),
      class = "weights",
      call = call
    )
  }
  class_weights
}
