# Several outcomes of one network: all numbers, or all of two classes. Each is a
# part with all that a single outcome has, so that the code of a single one
# serves it. Their values are a data frame, those of a single one a vector.

is_several <- function(outcome) {
  !is.null(outcome$parts)
}

# The task of the only outcome, or of each.
base_task <- function(outcome) {
  (outcome$parts[[1]] %||% outcome)$task
}

# As vectors and data frames are asked for rows.
outcome_rows <- function(y, rows) {
  if (is.data.frame(y)) y[rows, , drop = FALSE] else y[rows]
}

# Rows that lack one of several outcomes have none: see `learn_outcomes()`.
is_known <- function(y) {
  !is.na(if (is.data.frame(y)) y[[1]] else y)
}

#' Stops what is made for one outcome
#'
#' @param outcome The prep's outcome.
#' @param what The function, as text; `NULL`: the one that was called.
#' @noRd
check_one_outcome <- function(outcome, what = NULL,
                              call = rlang::caller_env()) {
  if (!is_several(outcome) && !outcome$task %in% names(other_tasks)) {
    return(invisible())
  }
  name <- sub("[.]deep_fit$", "", rlang::call_name(rlang::frame_call(call)))
  # do.call() with a function itself leaves no name.
  what <- what %||% if (length(name) == 1) sprintf("{.fn %s}", name) else "This"
  if (!is_several(outcome)) {
    abort_task(outcome$task, what, call)
  }
  deeply_abort(
    c(
      paste(what, "takes one outcome, and there are {length(outcome$parts)}:
                   {.field {outcome$name}}."),
      i = "Fit one outcome at a time, for instance {.field {outcome$name[[1]]}}
           alone."
    ),
    class = "several_outcomes",
    call = call
  )
}

# What those do that have no column of outcomes, and what is for them.
other_tasks <- list(
  ranking = c("a recommender ranks items",
              "{.fn evaluate}, {.fn recommend} and {.fn similar_items}"),
  forecast = c("a forecaster goes along time",
               "{.fn evaluate}, {.fn forecast} and {.fn backtest}"),
  generation = c("a generative network makes images",
                 "{.fn evaluate}, {.fn generate} and {.fn interpolate}"),
  reconstruction = c("an autoencoder gives rows back",
                     "{.fn predict}, {.fn evaluate} and {.fn anomaly_score}")
)

abort_task <- function(task, what, call) {
  words <- other_tasks[[task]]
  deeply_abort(
    c(paste0(what, " is for fits with an outcome; ", words[[1]], "."),
      i = paste(words[[2]], "are for those.")),
    class = "task", call = call
  )
}

# From a formula or a table ------------------------------------------------

#' The expressions that `cbind()` of a formula names
#'
#' `cbind()` itself would turn classes into codes.
#' @return A named list, or `NULL` if the outcome is a single one.
#' @noRd
outcome_expressions <- function(outcome) {
  if (!rlang::is_call(outcome, "cbind") || length(outcome) < 3) {
    return(NULL)
  }
  parts <- as.list(outcome)[-1]
  given <- rlang::names2(parts)
  labels <- vapply(parts, rlang::as_label, "")
  stats::setNames(parts, ifelse(nzchar(given), given, labels))
}

# What to call the outcome, or the outcomes, of a formula.
outcome_label <- function(outcome) {
  names(outcome_expressions(outcome)) %||% rlang::as_label(outcome)
}

#' Several outcomes as a data frame
#'
#' @param values A list of columns.
#' @param n Number of rows of the predictors.
#' @noRd
bind_outcomes <- function(values, n, call) {
  names <- rlang::names2(values)
  if (!all(nzchar(names)) || anyDuplicated(names)) {
    deeply_abort(
      c("Several outcomes need a name each, none of them twice.",
        x = "They are {.val {names}}."),
      class = "outcome_class", call = call
    )
  }
  for (name in names) {
    check_outcome_kind(values[[name]], name, call)
    if (length(values[[name]]) != n) {
      deeply_abort(
        "The outcome {.field {name}} has {length(values[[name]])} value{?s} for
         {n} row{?s}.",
        class = "outcome_missing", call = call
      )
    }
  }
  list2DF(values)
}

#' The outcome of a table of predictors, given beside it
#'
#' @param y A vector, or a table with a column an outcome.
#' @noRd
check_given_outcome <- function(y, n, call) {
  if (!is_table(y) || ncol(y) == 1) {
    return(check_outcome_length(y, n, call))
  }
  # as.data.frame() would make names up.
  bind_outcomes(stats::setNames(as.list(as.data.frame(y)), colnames(y)), n,
                call)
}

# Learning -----------------------------------------------------------------

#' Reads and learns the outcome, or several
#'
#' @param values A vector, or a data frame.
#' @param name Its name, or names.
#' @param kept A logical a row: whether it may be used.
#' @return A list of `y` (the values, read), `outcome`, `notes`, and the names
#'   of the outcomes that are `lacking` in some rows.
#' @noRd
learn_outcomes <- function(values, name, kept, steps, call) {
  if (!is.data.frame(values)) {
    check_outcome_kind(values, name, call)
    reading <- learn_reading(values, name, steps)
    y <- read_outcome(values, reading)
    outcome <- add_reading(learn_outcome(y[kept], name, call), reading)
    return(list(y = y, outcome = outcome, notes = reading$notes,
                lacking = name))
  }
  readings <- Map(learn_reading, values, name, list(steps))
  y <- list2DF(Map(read_outcome, values, readings))
  lacking <- name[vapply(y[kept, , drop = FALSE], anyNA, NA)]
  # A row teaches all outcomes or none: a gap is never guessed.
  y[!Reduce(`&`, lapply(y, Negate(is.na))), ] <- NA
  parts <- suppressWarnings(
    Map(learn_outcome, y[kept, , drop = FALSE], name, list(call)),
    classes = "deeply_warning_numeric_classes"
  )
  outcome <- join_outcomes(Map(add_reading, parts, readings), call)
  warn_numeric_classes(y[kept, , drop = FALSE], outcome)
  list(y = y, outcome = outcome,
       notes = unlist(unname(lapply(readings, `[[`, "notes")),
                      recursive = FALSE),
       lacking = lacking)
}

add_reading <- function(outcome, reading) {
  outcome$reading <- reading[names(reading) != "notes"]
  outcome
}

join_outcomes <- function(parts, call) {
  tasks <- vapply(parts, `[[`, "", "task")
  many <- match("multiclass", tasks)
  if (!is.na(many)) {
    deeply_abort(
      c(
        "Several outcomes must be numbers, or have two classes each.",
        x = "{.field {names(parts)[[many]]}} has
             {length(parts[[many]]$levels)} classes:
             {.val {parts[[many]]$levels}}.",
        i = "Fit {.field {names(parts)[[many]]}} alone."
      ),
      class = "outcome_class", call = call
    )
  }
  if (length(unique(tasks)) > 1) {
    number <- names(parts)[[match("regression", tasks)]]
    label <- names(parts)[[match("binary", tasks)]]
    deeply_abort(
      c(
        "Several outcomes must be all numbers, or all of two classes.",
        x = "{.field {number}} is a number, {.field {label}} has the classes
             {.val {parts[[label]]$levels}}.",
        i = "Fit numbers and classes in two models, or make {.field {label}} a
             number."
      ),
      class = "outcome_class", call = call
    )
  }
  task <- c(regression = "multi_regression", binary = "multilabel")
  list(name = names(parts), task = task[[tasks[[1]]]], parts = parts)
}

# One warning for all, where a single outcome has one of its own.
warn_numeric_classes <- function(y, outcome) {
  if (base_task(outcome) != "regression") {
    return(invisible())
  }
  two <- vapply(y, function(y) count_values(y[!is.na(y)]) == 2, NA)
  if (any(two)) {
    deeply_warn(
      c(
        "{sum(two)} outcome{?s} {?is a number/are numbers} with two values:
         {.field {names(y)[two]}}.",
        i = "Make {cli::qty(sum(two))}{?it a factor/them factors} or
             logical{?/s} if {?it is/they are} classes; this fit treats
             {?it/them} as quantities."
      ),
      class = "numeric_classes"
    )
  }
}

# Scale of numbers and shares of classes, of the training rows.
finish_outcomes <- function(outcome, y) {
  if (!is_several(outcome)) {
    return(finish_outcome(outcome, sketch_outcome(y, outcome)))
  }
  outcome$parts <- Map(finish_outcomes, outcome$parts, y)
  outcome
}

#' Classes, or numbers, to draw validation rows within
#'
#' Of several numbers their mean, each standardised. Of several labels the
#' rarest one that a row has, so that each keeps its share.
#' @noRd
several_strata <- function(y, outcome) {
  if (base_task(outcome) == "regression") {
    return(rowMeans(scale(vapply(y, as.numeric, numeric(nrow(y))))))
  }
  rare <- Map(function(y, part) {
    code <- match(as.character(y), part$levels)
    code == which.min(tabulate(code, 2))
  }, y, outcome$parts)
  rare <- do.call(cbind, rare[order(vapply(rare, sum, 0))])
  first <- max.col(rare, ties.method = "first")
  ifelse(rowSums(rare) > 0, first, 0L)
}
