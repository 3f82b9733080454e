# What every model for tables shares: from a source to a judged fit.

#' Fits a model to a table
#'
#' @param class Class of the fit, beside `deep_fit`.
#' @param source A `table_source()`.
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
  check_has_outcome(source, call)
  kept <- keep_rows(source, settings$na, call)
  y <- source$outcome[kept$rows]
  discrete <- kept$outcome$task != "regression"
  seed <- draw_seed(control$seed)
  strata <- if (discrete) match(y, kept$outcome$levels) else as.numeric(y)
  split <- split_rows(control, strata, discrete, seed, kept$rows,
                      table_rows(source$table))
  source <- learn_recipe(source, kept$rows[split$train], call)
  prep <- learn_prep(source, settings, kept, kept$rows[split$train])
  weights <- row_weights(weights, class_weights, y, table_rows(source$table),
                         kept$rows, split, call)
  # Python starts late, so that bad input fails at once, and outside the clock.
  waited <- elapsed_by(bridge())
  ready <- list(
    source = source,
    rows = kept$rows,
    split = split,
    y = encode_outcome(y, prep$outcome),
    weights = weights,
    buffer = send_rows(prep, source$table, kept$rows)
  )
  spec$network <- network(spec, prep)
  free_memory(kept$rows, full = TRUE)
  trained <- train_network(spec$network, prep, ready, control, seed)
  fit <- new_deep_fit(class, spec, prep, trained, ready, control, seed)
  fit$judged <- judge_fit(fit, ready, baseline, seed)
  fit$info$seconds <- elapsed() - started - waited
  fit
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

losses <- c(
  regression = "squared_error",
  binary = "binary_crossentropy",
  multiclass = "categorical_crossentropy"
)

#' Trains in Python
#'
#' @return What `fit()` of the bridge gives, `batch_size` and `learn_rate`.
#' @noRd
train_network <- function(network, prep, ready, control, seed) {
  n_train <- length(ready$split$train)
  batch_size <- control$batch_size %||% default_batch_size(n_train)
  learn_rate <- control$learn_rate %||%
    default_learn_rate(control$optimizer, n_train)
  spec <- c(network, list(
    loss = losses[[prep$outcome$task]],
    optimizer = control$optimizer,
    learn_rate = learn_rate
  ))
  plan <- list(
    epochs = control$epochs,
    batch_size = batch_size,
    patience = control$patience,
    seed = seed
  )
  rows <- lapply(ready$split, function(rows) as.array(rows - 1L))
  report <- callback(epoch_reporter(control))
  trained <- backend_call("fit", spec, ready$buffer, ready$y, ready$weights,
                          rows, plan, report)
  c(trained, list(batch_size = batch_size, learn_rate = learn_rate))
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
  if (!is.finite(average) || average <= 0) {
    deeply_abort("The {.arg weights} of the training rows are all zero.",
                 class = "weights", call = call)
  }
  weights / average
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
    deeply_abort("{.arg class_weights} are for classes; this is a regression.",
                 class = "weights", call = call)
  }
  text <- as.character(y)
  present <- unique(text)
  if (identical(class_weights, "balanced")) {
    total <- tapply(weights[split$train], text[split$train], sum)
    class_weights <- sum(total) / (length(total) * total)
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
  as.numeric(class_weights[text])
}
