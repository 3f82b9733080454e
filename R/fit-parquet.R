# Fitting to a table in files, Parquet or CSV. It is read twice: the first pass
# counts, checks and sketches the columns, the second one encodes.

# Rows that the fit is judged on, at most.
rows_to_judge <- 100000L

#' Fits a model to a table in files
#'
#' @param formula A formula.
#' @param data A `deep_files`.
#' @param weights Name of a column, or `NULL`.
#' @inheritParams fit_table
#' @return A `deep_fit`.
#' @noRd
fit_parquet <- function(class, formula, data, spec, settings, network, control,
                        weights = NULL, class_weights = NULL, baseline = TRUE,
                        call = rlang::caller_env()) {
  started <- elapsed()
  check_new_run(control$checkpoint, call)
  check_parquet_fit(formula, settings, control, weights, call)
  job <- parquet_job(formula, data, settings, control, weights, call)
  job$passes <- 2
  waited <- elapsed_by(bridge())
  job$spec <- spec
  job <- look_at_parquet(job, class_weights)
  job$time <- find_cut(job)
  job$columns <- union(job$columns, job$time$name)
  survey <- survey_parquet(job)
  prep <- learn_parquet(job, survey)
  spec$control <- control
  spec$network <- network(spec, prep)
  run <- list(
    class = class, spec = spec, prep = prep, seed = job$seed,
    baseline = baseline, rows = as_count(survey$rows)
  )
  run <- encode_parquet(run, job, weigh_classes(survey, class_weights, job))
  run$started <- started + waited
  run_training(run)
}

# A prep alone, of all rows.
prep_parquet <- function(formula, data, settings, call = rlang::caller_env()) {
  control <- deep_control(validation = 0, seed = 1)
  check_parquet_fit(formula, settings, control, NULL, call)
  job <- parquet_job(formula, data, settings, control, NULL, call)
  job$passes <- 1
  job <- look_at_parquet(job)
  learn_parquet(job, survey_parquet(job))
}

parquet_job <- function(formula, data, settings, control, weights, call) {
  formula <- expand_formula(formula, data, weights, call)
  check_step_columns(settings$steps, data$columns$name, call)
  list(
    data = data, formula = formula, weights = weights, settings = settings,
    control = control, seed = draw_seed(control$seed), call = call,
    columns = unique(c(all.vars(formula), weights,
                       names(settings$steps$filter)))
  )
}

# What is asked ------------------------------------------------------------

check_parquet_fit <- function(formula, settings, control, weights, call) {
  if (!rlang::is_formula(formula)) {
    deeply_abort(
      c(
        "A table in files is fitted by a formula and {.arg data}.",
        i = "For instance {.code deep_mlp(y ~ ., data = deep_parquet(path))}."
      ),
      class = "interface", call = call
    )
  }
  check_formula(formula, call)
  names <- names(outcome_expressions(rlang::f_lhs(formula)))
  if (!is.null(names)) {
    check_one_outcome(list(name = names, parts = names), "A table in files",
                      call)
  }
  if (settings$na == "drop") {
    deeply_abort(
      c(
        "{.code na = \"drop\"} is not possible with a table in files, whose
         rows are not held.",
        i = "Use {.code na = \"indicator\"}, or drop the rows where the files
             are written."
      ),
      class = "argument", call = call
    )
  }
  if ("rows" %in% settings$steps$duplicates) {
    deeply_abort(
      c(
        "{.code duplicates = \"rows\"} is not possible with a table in files,
         whose rows are not held.",
        i = "Drop them where the files are written."
      ),
      class = "argument", call = call
    )
  }
  if (length(control$validation) > 1 || control$validation >= 1) {
    deeply_abort(
      c(
        "{.arg validation} must be a share with a table in files, not row
         numbers.",
        i = "Use {.code deep_control(validation = 0.2)}; rows of your own can
             be judged by {.fn evaluate}."
      ),
      class = "argument", call = call
    )
  }
  if (!is.null(weights) && !rlang::is_string(weights)) {
    deeply_abort(
      c(
        "{.arg weights} must be the name of a column of the table in files.",
        x = "It is {.obj_type_friendly {weights}}."
      ),
      class = "weights", call = call
    )
  }
}

# The formula without a dot: what it names is read, and nothing else.
expand_formula <- function(formula, data, weights, call) {
  if (!is.null(weights) && !weights %in% data$columns$name) {
    deeply_abort(
      "{.arg weights} names {.field {weights}}, which is not a column of
       {.arg data}.",
      class = "weights", call = call
    )
  }
  shape <- file_shape(data, without = weights)
  check_readable(c(all.vars(formula), weights), data, call)
  check_weights_kind(weights, data, call)
  check_outcome_present(formula, shape, call)
  predictors <- formula_terms(formula, shape, call)
  check_columns(unique(unlist(lapply(predictors, all.vars))), shape, call)
  unread <- data$columns$name[data$columns$kind == "unsupported"]
  if ("." %in% all.vars(formula) && length(unread) > 0) {
    deeply_inform("Left out, as a kind that has no meaning for a table model:
                   {.field {unread}}.")
  }
  rlang::f_rhs(formula) <- sum_of(predictors)
  formula
}

check_weights_kind <- function(weights, data, call) {
  kind <- data$columns$kind[match(weights, data$columns$name)]
  if (!is.null(weights) && !kind %in% c("number", "integer")) {
    deeply_abort(
      "{.arg weights} names {.field {weights}}, which holds
       {tolower(file_kinds[[kind]])}, not numbers.",
      class = "weights", call = call
    )
  }
}

#' The blueprint, how the outcome is read, and all checks that the first block
#' allows
#'
#' A class that is spelled in two ways is one if both, or one of them, are in
#' the first block.
#' @noRd
look_at_parquet <- function(job, class_weights = NULL) {
  call <- job$call
  pass <- file_pass(job$data, job$columns, call)
  rows <- as_columns(next_block(pass, call), pass)
  close_pass(pass, call)
  predictors <- rows[setdiff(names(rows), job$weights)]
  source <- table_source(job$formula, predictors, call = call)
  check_outcome_rowwise(source$blueprint, rows, call)
  outcome <- list(name = source$blueprint$target, task = "classes")
  check_outcome_kind(source$outcome, outcome$name, call)
  job$blueprint <- source$blueprint
  reading <- learn_reading(source$outcome, outcome$name, job$settings$steps)
  # The counts of one block are no news.
  job$reading <- reading[names(reading) != "notes"]
  y <- read_outcome(source$outcome, job$reading)
  if (column_kind(y) == "number") {
    outcome$task <- "regression"
    if (!is.null(class_weights)) {
      refuse_class_weights(call)
    }
  }
  check_class_loss(job$control, outcome, call)
  check_asked(job$spec, outcome, call)
  job$prototype <- y[0]
  job
}

# In blocks, `rank(y)` or `cut(y, 3)` would mean something else each time.
check_outcome_rowwise <- function(blueprint, rows, call) {
  outcome <- blueprint$outcome
  if (is.symbol(outcome)) {
    return(invisible())
  }
  whole <- evaluate_column(outcome, rows)
  fine <- is.null(dim(whole)) && length(whole) == nrow(rows)
  # Both halves: the least and the greatest value may lie in the same one.
  all <- seq_len(nrow(rows))
  for (half in split(all, all > nrow(rows) / 2)) {
    part <- evaluate_column(outcome, rows[half, , drop = FALSE])
    fine <- fine && identical(as.vector(whole)[half], as.vector(part))
  }
  if (!fine) {
    deeply_abort(
      c(
        "The outcome {.code {blueprint$target}} does not depend on each row
         alone.",
        i = "A table in files is read in blocks: write the outcome into the
             files as a column."
      ),
      class = "formula", call = call
    )
  }
}

# What the passes taught ---------------------------------------------------

learn_parquet <- function(job, survey) {
  n <- length(survey$sketches)
  outcome <- survey_levels(job, survey)
  outcome$reading <- job$reading
  outcome$quantile_levels <- job$spec$quantile_levels
  if (!is.null(outcome$levels)) {
    outcome$reading$levels <- union(job$reading$levels, outcome$levels)
  }
  finish_prep(survey$sketches[-n], job$blueprint, job$settings, list(
    outcome = finish_outcome(outcome, survey$sketches[[n]]),
    rows = c(list(learned = as_count(survey$rows[["train"]])),
             as.list(as_count(survey$left_out)))
  ))
}

survey_levels <- function(job, survey) {
  sketch <- survey$sketches[[length(survey$sketches)]]
  if (sketch$kind == "number") {
    return(learn_outcome(sketch$points, job$blueprint$target, job$call))
  }
  # Of each class twice, since what counts is that it is there.
  y <- rep(survey$present, 2)
  if (is.factor(job$prototype)) {
    y <- factor(y, levels = ordered_levels(job, survey))
  }
  learn_outcome(y, job$blueprint$target, job$call)
}

# `factor(y)` has the levels of its block, which are put in the order that all
# rows together would give.
ordered_levels <- function(job, survey) {
  levels <- survey$levels
  if (is.symbol(job$blueprint$outcome) || survey$one_order) {
    return(levels)
  }
  numbers <- suppressWarnings(as.numeric(levels))
  levels[order(if (anyNA(numbers)) rank(levels) else numbers)]
}

#' Weights of the classes, and the mean weight of a training row
#' @noRd
weigh_classes <- function(survey, class_weights, job) {
  totals <- survey$totals
  classes <- NULL
  if (!is.null(class_weights)) {
    classes <- choose_class_weights(class_weights, totals, survey$present,
                                    job$call)
    totals <- totals * classes[match(names(totals), names(classes))]
  }
  average <- sum(totals) / survey$rows[["train"]]
  check_average(average, job$call)
  list(classes = classes, average = average)
}

# The second pass ----------------------------------------------------------

#' Encodes all rows into a buffer, and draws rows to judge the fit on
#'
#' @param run What is known of it: all but `buffer` and `judge`.
#' @param weighing What `weigh_classes()` gave.
#' @return The whole run.
#' @noRd
encode_parquet <- function(run, job, weighing) {
  run$buffer <- open_rows(run, sum(run$rows))
  held_out <- run$rows[["validation"]] > 0
  judged <- if (held_out) "validation" else "train"
  sample <- new_sample(rows_to_judge, run$rows[[judged]], length(job$columns))
  at <- c(train = 0, validation = run$rows[["train"]])
  pass <- walk_parquet(job, "Second of two passes", function(block) {
    for (part in names(at)) {
      write_part(run, job, block, block[[part]], at[[part]], weighing)
      at[[part]] <<- at[[part]] + length(block[[part]])
    }
    add_to_sample(sample, block$values, block[[judged]])
  })
  on <- paste(c(if (sample$seen > sample$room && held_out) "sampled",
                if (held_out) "validation" else "training", "rows"),
              collapse = " ")
  if (held_out && !is.null(job$time)) {
    on <- paste0(on, ", the latest by ", job$time$name)
  }
  source <- sample_source(sample, pass, job)
  run$judge <- list(table = source$table, rows = seq_along(source$outcome),
                    outcome = read_outcome(source$outcome, job$reading),
                    on = on)
  run
}

write_part <- function(run, job, block, rows, at, weighing) {
  if (length(rows) == 0) {
    return(invisible())
  }
  encoded <- encode_rows(run$prep, block$table, rows)
  y <- block$y[rows]
  weights <- block_weights(job, block)[rows] / weighing$average
  if (!is.null(weighing$classes)) {
    class <- match(as.character(y), names(weighing$classes))
    weights <- weights * unname(weighing$classes)[class]
  }
  backend_call("write", run$buffer, at, c(
    encoded$inputs,
    list(
      y = encode_outcome(y, run$prep$outcome),
      weights = matrix(weights, nrow = 1)
    )
  ))
}
