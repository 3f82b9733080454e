#' Learn how to prepare a table
#'
#' Looks at the rows given, decides for each column how it becomes numbers, and
#' remembers what was learned, so that new rows are prepared the same way.
#' [deep_mlp()] does this by itself on its training rows; call it directly to
#' see what would be done.
#'
#' Numbers, dates and times are scaled. Factors, text and logicals become
#' categories. A column that never varies is set aside and named.
#'
#' @param x A formula such as `income ~ .`, a data frame, a numeric matrix with
#'   column names, or a recipe (package recipes).
#' @param data With a formula or a recipe, the data frame. With a data frame or
#'   a matrix, the outcome may stand here, as the second argument.
#' @param y With a data frame or a matrix, the outcome.
#' @param na What to do with missing predictors: `"indicator"` fills them with
#'   the mean and adds a column that says where (a category gets a level of its
#'   own); `"error"` stops; `"drop"` leaves such rows out, with a count. A row
#'   without an outcome is always left out, and counted.
#' @param new_levels What to do with a category in new data that was not there
#'   before: `"error"`, or `"unknown"`, which treats it as no known level.
#' @param scale How numbers are scaled: `"standard"` (mean 0, standard
#'   deviation 1), `"range"` (0 to 1) or `"none"`.
#' @param trim Whether to trim white space around categories, so that `" Male"`
#'   and `"Male"` are one.
#' @inheritParams rlang::args_dots_empty
#'
#' @return A list of class `deep_prep`. `predict()` with it and new data gives a
#'   data.table: one column a number, one 0/1 column an indicator, and one
#'   integer column a category, where 0 is "no known level".
#' @export
#' @examples
#' prep <- deep_prep(Species ~ ., data = iris)
#' prep
#' head(predict(prep, iris))
deep_prep <- function(x, data = NULL, y = NULL, ...,
                      na = c("indicator", "error", "drop"),
                      new_levels = c("error", "unknown"),
                      scale = c("standard", "range", "none"), trim = TRUE) {
  rlang::check_dots_empty()
  settings <- prep_settings(na, new_levels, scale, trim)
  source <- table_source(x, data, y)
  kept <- keep_rows(source, settings$na)
  source <- learn_recipe(source, kept$rows)
  learn_prep(source, settings, kept, train = kept$rows)
}

prep_settings <- function(na = "indicator", new_levels = "error",
                          scale = "standard", trim = TRUE,
                          call = rlang::caller_env()) {
  na <- rlang::arg_match(na, c("indicator", "error", "drop"),
                         error_call = call)
  new_levels <- rlang::arg_match(new_levels, c("error", "unknown"),
                                 error_call = call)
  scale <- rlang::arg_match(scale, c("standard", "range", "none"),
                            error_call = call)
  check_flag(trim, call = call)
  list(na = na, new_levels = new_levels, scale = scale, trim = trim)
}

#' The rows a fit can use
#'
#' @return A list of `rows` (row numbers), `outcome` (what `learn_outcome()`
#'   says) and the counts `no_outcome` and `incomplete`.
#' @noRd
keep_rows <- function(source, na, call = rlang::caller_env()) {
  n <- table_rows(source$table)
  kept <- rep(TRUE, n)
  outcome <- NULL
  if (!is.null(source$outcome)) {
    outcome <- learn_outcome(source$outcome, source$blueprint$target,
                             call)
    kept <- !is.na(source$outcome)
  }
  no_outcome <- sum(!kept)
  if (na == "drop") {
    kept <- kept & complete_rows(source$table)
  }
  if (sum(kept) < 2) {
    deeply_abort(
      c(
        "{sum(kept)} of {n} row{?s} {?is/are} left; a model needs at least 2,
         and some hundreds to be of use.",
        i = if (na == "drop") "With {.code na = \"indicator\"} rows with missing
                               predictors are used."
      ),
      class = "too_few_rows",
      call = call
    )
  }
  list(
    rows = which(kept),
    outcome = outcome,
    no_outcome = no_outcome,
    incomplete = n - no_outcome - sum(kept)
  )
}

complete_rows <- function(table) {
  complete <- rep(TRUE, table_rows(table))
  for (position in seq_along(table_names(table))) {
    complete <- complete & !is.na(pull_column(table, position))
  }
  complete
}

#' Learns a prep on the training rows
#'
#' @param source A `table_source()`.
#' @param settings What `prep_settings()` gave.
#' @param kept What `keep_rows()` gave.
#' @param train Row numbers to learn from, a part of `kept$rows`.
#' @noRd
learn_prep <- function(source, settings, kept, train) {
  names <- table_names(source$table)
  columns <- Map(
    function(name, position) {
      free_memory(kept$rows)
      learn_column(pull_column(source$table, position), name, train,
                   kept$rows, settings)
    },
    names, seq_along(names)
  )
  constant <- vapply(columns, is.null, logical(1))
  if (all(constant)) {
    deeply_abort(
      c(
        "No predictor is left: {.field {names}} never {cli::qty(names)}{?varies/
         vary}.",
        i = "A model needs at least one column that differs between rows."
      ),
      class = "constant_predictors",
      call = NULL
    )
  }
  structure(
    list(
      columns = columns[!constant],
      positions = which(!constant, useNames = FALSE),
      outcome = if (!is.null(kept$outcome)) {
        finish_outcome(kept$outcome, source$outcome[train])
      },
      constant = names[constant],
      settings = settings,
      blueprint = source$blueprint,
      rows = list(
        learned = length(train),
        no_outcome = kept$no_outcome,
        incomplete = kept$incomplete
      )
    ),
    class = "deep_prep"
  )
}

#' @export
predict.deep_prep <- function(object, new_data, ...) {
  table <- new_table(object, new_data)
  block <- encode_rows(object, table, seq_len(table_rows(table)))
  warn_encoded(object, block)
  encoded <- c(
    split_columns(block$numeric, numeric_names(object)),
    split_columns(block$category, names(object$columns)[is_category(object)])
  )
  data.table::as.data.table(encoded)
}

split_columns <- function(values, names) {
  stats::setNames(lapply(seq_along(names), function(i) values[i, ]), names)
}

#' @export
print.deep_prep <- function(x, ...) {
  cat("<deep_prep>\n")
  cat_field("Outcome", describe_outcome(x$outcome))
  cat_field("Rows", describe_prep_rows(x$rows))
  cat_field("Numbers", describe_numbers(x))
  cat_field("Categories", describe_categories(x))
  if (length(x$constant) > 0) {
    cat_field("Set aside", paste(toString(x$constant), "(constant)"))
  }
  cat_field("Missing", switch(x$settings$na,
    indicator = "filled, with an indicator where training rows had them",
    error = "an error",
    drop = "such rows are left out"
  ))
  cat_field("New levels", switch(x$settings$new_levels,
    error = "an error", unknown = "treated as no known level"
  ))
  invisible(x)
}

cat_field <- function(label, text) {
  lines <- strwrap(paste(text, collapse = " "), width = 66)
  cat(paste0("  ", format(c(label, rep("", max(0, length(lines) - 1))),
                          width = 11), " ", lines), sep = "\n")
}

describe_outcome <- function(outcome) {
  if (is.null(outcome)) {
    return("none")
  }
  if (outcome$task == "regression") {
    return(sprintf("the number `%s` (mean %.4g, sd %.4g)", outcome$name,
                   outcome$center, outcome$scale))
  }
  levels <- sprintf("%s %s", names(outcome$shares), percent(outcome$shares))
  if (length(levels) > 4) {
    levels <- c(levels[1:3], paste(length(levels) - 3, "more"))
  }
  sprintf("the classes of `%s` (%s)", outcome$name, toString(levels))
}

# Two digits, and more where two would turn 99.9 % into 100 %.
percent <- function(share) {
  digits <- ifelse(share > 0.99 | share < 0.01, 2, 1)
  paste0(format_number(100 * share, digits), " %")
}

format_number <- function(x, digits) {
  trimws(mapply(formatC, x, digits = digits,
                MoreArgs = list(format = "f", drop0trailing = TRUE)))
}

describe_prep_rows <- function(rows) {
  text <- paste(format(rows$learned, big.mark = ","), "learned from")
  if (rows$no_outcome > 0) {
    text <- c(text, paste(format(rows$no_outcome, big.mark = ","),
                          "without an outcome left out"))
  }
  if (rows$incomplete > 0) {
    text <- c(text, paste(format(rows$incomplete, big.mark = ","),
                          "with missing predictors left out"))
  }
  paste(text, collapse = ", ")
}

describe_numbers <- function(prep) {
  columns <- prep$columns[!is_category(prep)]
  if (length(columns) == 0) {
    return("none")
  }
  how <- c(standard = "standardised", range = "scaled to 0-1",
           none = "as they are")[[prep$settings$scale]]
  labels <- vapply(columns, function(column) {
    if (column$indicator) paste(column$name, "(with indicator)")
    else column$name
  }, character(1))
  sprintf("%d, %s: %s", length(columns), how, shorten(labels))
}

describe_categories <- function(prep) {
  columns <- prep$columns[is_category(prep)]
  if (length(columns) == 0) {
    return("none")
  }
  labels <- vapply(columns, function(column) {
    sprintf("%s (%d)", column$name, column$size)
  }, character(1))
  sprintf("%d, with their levels: %s", length(columns), shorten(labels))
}

shorten <- function(labels, most = 12) {
  if (length(labels) > most) {
    labels <- c(labels[seq_len(most)], paste(length(labels) - most, "more"))
  }
  toString(labels)
}
