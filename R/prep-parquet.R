# Passes over the rows of a table in files, for fitting. Nothing as long as the
# table is kept in R, not even row numbers: which rows are held out follows from
# the seed, the number of the block and the outcome, so every pass finds the
# same ones.

# Values in a sample, at most; 8 bytes each.
sample_cells <- 2e7

#' Passes over the rows of a job
#'
#' @param label Of the pass, for progress.
#' @param f Called with each block: `values` (what `next_block()` gave), `table`
#'   (predictors), `y`, `before` (rows before the block), `usable` (whether a
#'   row has an outcome and passes the filter), the counts `left_out`, and the
#'   row numbers `train` and `validation`. What it draws follows from the seed.
#' @return The pass, which knows the levels.
#' @noRd
walk_parquet <- function(job, label, f) {
  pass <- file_pass(job$data, job$columns, job$call)
  share <- job$control$validation
  report <- pass_reporter(label, job$data$n_rows, job$control)
  strata <- new_strata()
  number <- before <- 0
  while (!is.null(values <- next_block(pass, job$call))) {
    rows <- as_columns(values, pass)
    usable <- usable_rows(rows, job)
    at <- which(usable$usable)
    seed <- (job$seed + number) %% .Machine$integer.max
    with_seed(seed, {
      split <- if (is.null(job$time)) draw_block(strata, usable$y, at, share)
               else draw_latest(block_times(rows, job$time), job$time$cut, at)
      f(c(split, usable, list(
        values = values, before = before,
        table = forge(job$blueprint, rows, job$call)
      )))
    })
    number <- number + 1
    before <- before + nrow(rows)
    report(before)
    gc(verbose = FALSE, full = FALSE)
  }
  pass
}

# The outcome, and the rows that have one and pass the filter.
usable_rows <- function(rows, job) {
  y <- read_outcome(forge_outcome(job$blueprint, rows), job$reading)
  kept <- filter_rows(rows, job$settings$steps$filter) %||% TRUE
  list(
    y = y, usable = kept & !is.na(y),
    left_out = c(filtered = sum(!kept), no_outcome = sum(kept & is.na(y)))
  )
}

new_strata <- function() {
  list2env(list(seen = numeric(), drawn = numeric()), parent = emptyenv())
}

#' Draws the validation rows of a block
#'
#' The same share from each class (or from each fifth of a number), counted over
#' all blocks so far: a class with one row a block gets its share too. The first
#' block is split as `split_rows()` would.
#'
#' @param strata What `new_strata()` gave; it counts on.
#' @param rows Row numbers with an outcome.
#' @return A list of `train` and `validation`.
#' @noRd
draw_block <- function(strata, y, rows, share) {
  if (length(rows) == 0) {
    return(list(train = integer(), validation = integer()))
  }
  groups <- split(rows, block_strata(y[rows]))
  sizes <- lengths(groups)
  strata$seen <- add_named(strata$seen, sizes)
  seen <- strata$seen[match(names(groups), names(strata$seen))]
  strata$drawn <- add_named(strata$drawn, 0 * sizes)
  drawn <- strata$drawn[match(names(groups), names(strata$drawn))]
  # A class of one row stays in training.
  wanted <- pmin(round(share * seen), seen - 1) - drawn
  wanted <- pmin(pmax(wanted, 0), sizes)
  strata$drawn <- add_named(strata$drawn, wanted)
  chosen <- Map(function(group, n) group[sample.int(length(group), n)],
                groups, wanted)
  chosen <- sort(unlist(chosen, use.names = FALSE))
  list(train = setdiff(rows, chosen), validation = as.integer(chosen))
}

block_strata <- function(y) {
  if (column_kind(y) == "number") {
    y <- as.numeric(y)
    fifths <- stats::quantile(y, 1:4 / 5, names = FALSE)
    return(findInterval(y, fifths, left.open = TRUE))
  }
  if (is.factor(y)) y else factor(y, sort(unique(y)))
}

# Counts by name, of which more come with every block. Not by `[name]`, since a
# class may have the name "".
add_named <- function(total, more) {
  names <- union(names(total), names(more))
  sum <- stats::setNames(numeric(length(names)), names)
  at <- match(names(total), names)
  sum[at] <- sum[at] + total
  at <- match(names(more), names)
  sum[at] <- sum[at] + more
  sum
}

#' Says how far a pass is
#' @return A function of the rows that are done.
#' @noRd
pass_reporter <- function(label, n, control, envir = parent.frame()) {
  started <- said <- elapsed()
  switch(progress_style(control$verbose),
    none = function(done) NULL,
    bar = {
      bar <- cli::cli_progress_bar(
        total = n, .envir = envir,
        format = paste(label, "{cli::pb_bar} {cli::pb_eta}")
      )
      function(done) {
        cli::cli_progress_update(set = done, id = bar, .envir = envir)
      }
    },
    log = function(done) {
      if (elapsed() - said > log_seconds) {
        said <<- elapsed()
        deeply_inform("{label}: {round(100 * done / n)} %,
                       {round(said - started)} s.")
      }
    }
  )
}

# A uniform sample of rows that come in blocks -----------------------------

new_sample <- function(most, n_rows, n_columns) {
  room <- min(most, n_rows, max(1000, floor(sample_cells / n_columns)))
  list2env(list(room = room, seen = 0, columns = NULL), parent = emptyenv())
}

# Algorithm R of Vitter (1985): the i-th row takes the place of a kept one with
# probability room / i. Without a choice to make, rows stay in order.
add_to_sample <- function(sample, values, rows) {
  n <- length(rows)
  taken <- seq_len(max(0, min(n, sample$room - sample$seen)))
  places <- sample$seen + taken
  late <- seq_len(n - length(taken)) + length(taken)
  late <- late[stats::runif(length(late)) < sample$room / (sample$seen + late)]
  taken <- c(taken, late)
  places <- c(places, sample.int(sample$room, length(late), replace = TRUE))
  columns <- sample$columns %||% lapply(values, function(column) {
    vector(typeof(column), sample$room)
  })
  # Held by no one else, the columns are changed where they lie.
  sample$columns <- NULL
  for (i in seq_along(values)) {
    columns[[i]][places] <- values[[i]][rows[taken]]
  }
  sample$columns <- columns
  sample$seen <- sample$seen + n
}

# As a source; the sample itself is spent.
sample_source <- function(sample, pass, job) {
  columns <- sample$columns
  sample$columns <- NULL
  if (sample$seen < sample$room) {
    columns <- lapply(columns, `[`, seq_len(sample$seen))
  }
  rows <- as_columns(columns, pass)
  list(
    table = forge(job$blueprint, rows, job$call),
    outcome = forge_outcome(job$blueprint, rows),
    blueprint = job$blueprint
  )
}

# The first pass -----------------------------------------------------------

#' Counts, checks and sketches what the prep is learned from
#'
#' @return An environment: numbers of `rows` (train, validation) and of those
#'   `left_out`; `totals` (by class, the sum of the weights of the training
#'   rows); the `sketches` of the columns and of the `outcome`; the `levels` of
#'   the outcome and those `present`.
#' @noRd
survey_parquet <- function(job) {
  survey <- list2env(list(
    rows = c(train = 0, validation = 0), totals = numeric(),
    left_out = c(filtered = 0, no_outcome = 0), missing = numeric(),
    levels = NULL, present = NULL, one_order = TRUE, sketches = NULL
  ))
  sampler <- new_sampler()
  label <- if (job$passes > 1) "First of two passes" else "Reading"
  walk_parquet(job, label, function(block) {
    survey_values(survey, job, block)
    survey$rows <- survey$rows + lengths(block[names(survey$rows)])
    survey$left_out <- survey$left_out + block$left_out
    survey_outcome(survey, block, block_weights(job, block))
    survey_columns(survey, job, block, sampler)
  })
  check_survey(survey, job)
  survey
}

# The outcome is sketched as one more column.
survey_columns <- function(survey, job, block, sampler) {
  take <- advance(sampler, length(block$train))
  columns <- c(block$table, list(block$y))
  names <- names(block$table)
  tokens <- c(job$settings$steps$missing[names], list(NULL))
  new <- Map(sketch_column, columns, list(which(block$usable)),
             list(block$train), list(take), c(names, job$blueprint$target),
             tokens)
  if (!is.null(survey$sketches)) {
    new <- Map(merge_sketches, survey$sketches, new, list(take$old))
  }
  survey$sketches <- new
}

# What the network cannot take, before the rows are encoded.
survey_values <- function(survey, job, block) {
  columns <- c(block$table, list(block$y))
  names(columns)[[length(columns)]] <- job$blueprint$target
  for (name in names(columns)) {
    values <- columns[[name]]
    if (column_kind(values) == "number") {
      check_finite(as.numeric(values), name, block, job$call)
    }
    if (job$settings$na == "error") {
      n <- stats::setNames(sum(is.na(values) & block$usable), name)
      survey$missing <- add_named(survey$missing, n)
    }
  }
}

check_finite <- function(values, name, block, call) {
  if (is.finite(sum(values, na.rm = TRUE))) {
    return(invisible())
  }
  bad <- which(is.infinite(values) & block$usable)
  if (length(bad) > 0) {
    deeply_abort(
      c(
        "{.field {name}} is infinite in row {count(block$before + bad[[1]])} of
         the table.",
        i = "Write a number or a missing value there; a division by zero or
             {.code log(0)} is the usual cause."
      ),
      class = "infinite", call = call
    )
  }
}

survey_outcome <- function(survey, block, weights) {
  train <- block$train
  if (column_kind(block$y) == "number") {
    survey$totals <- sum(survey$totals, weights[train])
    return(invisible())
  }
  class <- as.character(block$y)
  survey$totals <- add_named(survey$totals, sum_by(weights[train],
                                                   class[train]))
  survey$present <- union(survey$present, class[block$usable])
  levels <- union(survey$levels, levels(block$y))
  survey$one_order <- survey$one_order && identical(levels, levels(block$y))
  survey$levels <- levels
}

sum_by <- function(values, class) {
  sums <- rowsum(values, class)
  stats::setNames(sums[, 1], rownames(sums))
}

# Case weights of all rows of a block.
block_weights <- function(job, block) {
  if (is.null(job$weights)) {
    return(rep(1, length(block$y)))
  }
  weights <- block$values[[job$weights]]
  bad <- which(block$usable & !(is.finite(weights) & weights >= 0))
  if (length(bad) > 0) {
    value <- weights[[bad[[1]]]]
    deeply_abort(
      c(
        "{.arg weights} must be numbers, none negative or missing.",
        x = "{.field {job$weights}} is {if (is.nan(value)) 'missing' else value}
             in row {count(block$before + bad[[1]])} of the table."
      ),
      class = "weights", call = job$call
    )
  }
  weights
}

check_survey <- function(survey, job) {
  n <- sum(survey$rows)
  lacking <- survey$left_out[["no_outcome"]]
  if (n < 2) {
    deeply_abort(
      c(
        "There {?is/are} {n} row{?s} with an outcome; a model needs at least 2,
         and some hundreds to be of use.",
        i = "{count(lacking)} {cli::qty(lacking)}row{?s} {?has/have} no value in
             {.field {job$blueprint$target}}."
      ),
      class = "too_few_rows", call = job$call
    )
  }
  check_no_outcome(lacking, n + lacking, job$blueprint$target,
                   job$settings$steps, job$call)
  missing <- survey$missing[survey$missing > 0]
  if (length(missing) > 0) {
    deeply_abort(
      c(
        "Column {.field {names(missing)[[1]]}} has {count(missing[[1]])} missing
         {cli::qty(missing[[1]])}value{?s}.",
        i = "Fill them where the files are written, or use
             {.code na = \"indicator\"}: an extra column says where."
      ),
      class = "missing_values", call = job$call
    )
  }
}
