# Which rows a prep is learned from, and a fit fitted to. What is left out is
# counted, by reason.

#' The rows a fit can use
#'
#' @param source A `prep_source()`.
#' @param settings What `prep_settings()` gave.
#' @return A list of `rows` (row numbers), `y` (the outcome of all rows, read),
#'   `outcome` (what `learn_outcomes()` says), `left_out`: the counts
#'   `filtered`, `no_outcome`, `repeated` and `incomplete`; and the `notes` on
#'   the outcome.
#' @noRd
keep_rows <- function(source, settings, call = rlang::caller_env()) {
  steps <- settings$steps
  n <- table_rows(source$table)
  kept <- rep(TRUE, n)
  left_out <- list()
  drop <- function(reason, fine) {
    left_out[[reason]] <<- sum(kept & !fine)
    kept <<- kept & fine
  }
  drop("filtered", source$filtered %||% TRUE)
  if (!is.null(source$readable)) {
    drop("broken", source$readable)
  }
  y <- outcome <- notes <- NULL
  if (!is.null(source$outcome)) {
    learned <- learn_outcomes(source$outcome, source$blueprint$target, kept,
                              steps, call)
    y <- learned$y
    outcome <- learned$outcome
    notes <- learned$notes
    has_outcome <- is_known(y)
    check_no_outcome(sum(kept & !has_outcome), sum(kept), learned$lacking,
                     steps, call)
    drop("no_outcome", has_outcome)
  }
  if ("rows" %in% steps$duplicates && !is_images(source$table)) {
    repeated <- logical(n)
    repeated[kept] <- is_repeated(source$table, y, which(kept))
    drop("repeated", !repeated)
  }
  if (settings$na == "drop") {
    drop("incomplete", complete_rows(source$table, steps))
  }
  check_enough(kept, settings, call)
  list(rows = which(kept), y = y, outcome = outcome, left_out = left_out,
       notes = notes)
}

check_enough <- function(kept, settings, call) {
  if (sum(kept) >= 2) {
    return(invisible())
  }
  deeply_abort(
    c(
      "{sum(kept)} of {length(kept)} row{?s} {?is/are} left; a model needs at
       least 2, and some hundreds to be of use.",
      i = if (settings$na == "drop") "With {.code na = \"indicator\"} rows with
                                      missing predictors are used."
    ),
    class = "too_few_rows",
    call = call
  )
}

# So many lacking outcomes mean that something else is wrong: a failed join, or
# an outcome that is known for some kinds of rows only.
check_no_outcome <- function(missing, n, name, steps, call) {
  if (missing <= steps$no_outcome * n) {
    return(invisible())
  }
  deeply_abort(
    c(
      "{count(missing)} of {count(n)} rows ({percent(missing / n)}) have no
       outcome in {.field {name}}, more than {percent(steps$no_outcome)}.",
      i = "An outcome is never guessed. Did a join fail, or is it known for some
           kinds of rows only?",
      i = "If the rest is what you want to learn from: {.code steps =
           deep_steps(no_outcome = 1)}."
    ),
    class = "missing_outcome",
    call = call
  )
}

complete_rows <- function(table, steps) {
  complete <- rep(TRUE, table_rows(table))
  names <- table_names(table)
  for (i in seq_along(names)) {
    values <- pull_column(table, i)
    missing <- is_missing_value(values, names[[i]], steps)
    # A column without any value is set aside, and takes no row with it.
    complete <- complete & (!missing | all(missing))
  }
  complete
}

is_missing_value <- function(values, name, steps) {
  kind <- column_kind(values)
  if (kind == "unknown") {
    # What to do about it is said where columns are learned.
    return(logical(NROW(values)))
  }
  if (kind == "number") {
    tokens <- missing_numbers(steps$missing[[name]], class(values))
    return(is.na(values) | plain_numbers(values) %in% tokens)
  }
  coded <- code_text(values)
  rules <- text_rules(name, steps)
  text <- clean_text(coded$levels, rules)
  repair <- if (is_repairable(column_class(values), coded$levels)) {
    counts <- tabulate(coded$codes, length(coded$levels))
    find_repair(text, counts, steps, rules)
  }
  gone <- is.na(if (is.null(repair)) text else repair$values)
  is.na(coded$codes) | gone[coded$codes]
}

# Rows with certain values -------------------------------------------------

#' Rows that have the values asked for
#'
#' @param filter Values by column.
#' @return `NULL` without a filter, or a logical a row.
#' @noRd
filter_rows <- function(table, filter) {
  if (length(filter) > 0) {
    fits <- Map(`%in%`, lapply(names(filter), filtered_column, table = table),
                filter)
    Reduce(`&`, fits)
  }
}

filtered_column <- function(table, name) {
  values <- if (is.matrix(table)) table[, name] else table[[name]]
  if (is.character(values) || is.factor(values)) trimws(values) else values
}

check_filter <- function(table, filter, call) {
  for (name in names(filter)) {
    have <- unique(filtered_column(table, name))
    strange <- setdiff(filter[[name]], have)
    if (length(strange) > 0) {
      deeply_abort(
        c(
          "{.arg filter} asks for {.val {strange}} in {.field {name}}, which no
           row has.",
          i = "It has {.val {utils::head(have, 10)}}."
        ),
        class = "filter",
        call = call
      )
    }
  }
}

# Rows that are there twice ------------------------------------------------

#' Is a row the same as one before it?
#'
#' @param y The outcome, one column more (or several), or `NULL`.
#' @param rows Row numbers to look at.
#' @return A logical for each of `rows`.
#' @noRd
is_repeated <- function(table, y, rows) {
  outcomes <- if (is.data.frame(y)) y else if (!is.null(y)) list(y = y)
  k <- length(table_names(table))
  names <- c(table_names(table), names(outcomes))
  twins <- find_twins(length(rows), length(names), function(i, at) {
    values <- if (i > k) outcomes[[i - k]] else pull_column(table, i)
    row_numbers(values, names[[i]], rows[at])
  })
  seq_along(rows) %in% twins$row[duplicated(twins$group)]
}

#' Rows that are not alone
#'
#' Column after column, beginning with the one that differs most, rows drop out
#' that no other row can equal: of most tables none is left after the first.
#'
#' @param n,k Numbers of rows and columns.
#' @param pull Function of a column's number and of rows that gives numbers.
#' @return A data.table of `row` and `group`, the same number for equal rows.
#' @noRd
find_twins <- function(n, k, pull) {
  probe <- unique(round(seq(1, n, length.out = 1000)))
  differ <- vapply(seq_len(k), function(i) length(unique(pull(i, probe))), 1)
  at <- seq_len(n)
  for (i in order(-differ)) {
    # Few enough to compare in full.
    if (length(at) < 1000) break
    at <- at[has_twin(pull(i, at))]
  }
  left <- data.table::as.data.table(lapply(seq_len(k), pull, at))
  columns <- names(left)
  left[, c("group", "size") := list(.GRP, .N), by = columns]
  data.table(row = at[left$size > 1], group = left$group[left$size > 1])
}

has_twin <- function(values) {
  values <- data.table(values)
  again <- duplicated(values)
  if (any(again)) again | duplicated(values, fromLast = TRUE) else again
}

# Codes for text: data.table fails on text of unknown encoding.
row_numbers <- function(values, name, rows) {
  switch(column_kind(values),
    category = code_text(values[rows])$codes,
    number = plain_numbers(values[rows]),
    abort_column_class(values, name)
  )
}

# Repeated rows are counted, since they may be in training and test rows alike.
note_repeated_rows <- function(prep, source, kept) {
  if ("rows" %in% prep$settings$steps$duplicates) {
    return(prep)
  }
  n <- sum(is_repeated(source$table, kept$y, kept$rows))
  if (n > 0) {
    says <- cli::pluralize("{cli::qty(n)}row{?s} {?is/are} the same as one ",
                           "before; deep_steps(duplicates = \"rows\")")
    note <- new_note("duplicates", "", n, says, done = FALSE)
    prep$notes <- rbind(prep$notes, notes_table(note))
  }
  prep
}
