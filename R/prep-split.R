#' Split a table into training, validation and test rows
#'
#' Rows are drawn at random, within classes, in whole groups, or cut in time.
#' A table that runs in time is not split at random unless forced to.
#'
#' @section Tables that run in time:
#' Rows that were recorded one after another nearly repeat each other. Split at
#' random, the neighbours of the test rows are trained on, and the test score is
#' that of looking up, not of forecasting. So `deep_split()` looks for a time
#' index: a column of dates, times or text that can be read as such, by which
#' the rows are sorted (in the whole table, or within the blocks of another
#' column), or whose values lie at even steps with equally many rows at each. A
#' date that is a mere attribute, such as a date of birth, is not taken for one.
#'
#' @section Which rows go where:
#' * Without `strata`, `group` or `time`: every row alike.
#' * `strata`: each class has the same shares, to within a row. A number is cut
#'   into fifths, unless it has at most ten values. A class of one row is
#'   trained on.
#' * `group`: all rows of a group, such as a patient, go to the same part. Of
#'   several draws the one that comes nearest to `prop` is taken.
#' * `time`: the earliest rows are trained on, the latest are tested. Rows of
#'   the same time stay together.
#'
#' @param data A data frame, matrix or `ts`; or a split of package rsample, such
#'   as `rsample::initial_split()` gives, which is taken as it is.
#' @param prop Shares of the rows. One number: training rows, the rest are test
#'   rows. Two: training and validation rows, the rest are test rows. Three:
#'   training, validation and test rows, with sum 1.
#' @inheritParams rlang::args_dots_empty
#' @param strata,group,time Name of a column; at most one of the three. `time`
#'   may hold dates, times, numbers, or text that can be read as a date or time.
#'   The times of a `ts` are called `"time"`.
#' @param seed An integer. `NULL`: one number is drawn from R's generator, so
#'   `set.seed()` alone makes a split repeatable.
#' @param force Whether to split a table that runs in time at random all the
#'   same.
#'
#' @return A list of class `deep_split`:
#'   * `train`, `validation` (if `prop` asks for it) and `test`: data.tables, in
#'     the order of `data`, or of time.
#'   * `rows`: the row numbers of each in `data`.
#'   * `how`: the method (`"random"`, `"strata"`, `"group"`, `"time"` or
#'     `"rsample"`), its `column`, `prop`, `n` (rows of `data`), `seed`,
#'     `forced` (the time index that was overruled) and, for `time`, `spans`:
#'     the first and last time of each part.
#' @section Errors:
#' * `deeply_error_time_order`: a table that runs in time.
#' * `deeply_error_column_missing`: a name that is no column.
#' * `deeply_error_split`: a column that cannot be split by.
#' * `deeply_error_too_few_rows`: a part would be empty.
#' * `deeply_error_argument`: a value out of its range.
#' @seealso [deep_folds()], [deep_windows()], and [deep_control()], which takes
#'   a split as `validation`.
#' @export
#' @examples
#' split <- deep_split(iris, c(0.7, 0.15), strata = "Species", seed = 1)
#' split
#' table(split$test$Species)
#'
#' deep_split(datasets::airmiles, 0.8, time = "time")
deep_split <- function(data, prop = 0.8, ..., strata = NULL, group = NULL,
                       time = NULL, seed = NULL, force = FALSE) {
  rlang::check_dots_empty()
  if (is_rsample(data)) {
    check_only_data(names(match.call()))
    return(as_deep_split(data))
  }
  table <- as_split_table(data)
  prop <- check_prop(prop)
  by <- check_split_by(table, strata, group, time)
  check_count(seed, min = 0, null = TRUE)
  check_flag(force)
  forced <- refuse_time(data, by, force, "split")
  check_enough_rows(nrow(table), length(prop))
  how <- list(method = by$method, column = by$column, prop = prop,
              n = nrow(table), forced = forced)
  if (by$method == "time") {
    index <- time_index(table, by$column)
    rows <- split_in_time(index$values, prop)
    how$spans <- spans_of(rows, names(prop), index)
  } else {
    how$fifths <- by$method == "strata" && in_fifths(table[[by$column]])
    how$seed <- draw_seed(seed)
    part <- with_seed(how$seed, draw_parts(table, by, prop))
    rows <- lapply(seq_along(prop), function(i) which(part == i))
  }
  names(rows) <- names(prop)
  new_deep_split(table, rows, how)
}

new_deep_split <- function(table, rows, how) {
  parts <- lapply(rows, take_table_rows, table = table)
  structure(c(parts, list(rows = rows, how = how)), class = "deep_split")
}

# data.table's own subset is fast; of a data frame each column is subset, since
# `[.data.frame` makes row names.
take_table_rows <- function(table, rows) {
  if (data.table::is.data.table(table)) {
    return(table[rows])
  }
  columns <- lapply(unclass(table), function(column) {
    if (is.null(dim(column))) column[rows] else column[rows, , drop = FALSE]
  })
  data.table::as.data.table(columns)
}

as_split_table <- function(data, call = rlang::caller_env()) {
  if (stats::is.ts(data)) {
    values <- if (is.matrix(data)) data.table::as.data.table(unclass(data))
              else data.table(value = as.numeric(data))
    data <- cbind(data.table(time = as.numeric(stats::time(data))), values)
  }
  check_table(data, "data", call)
  if (is.matrix(data)) data.table::as.data.table(data) else data
}

check_only_data <- function(given, call = rlang::caller_env()) {
  given <- setdiff(given, c("", "data"))
  if (length(given) > 0) {
    deeply_abort(
      c("{.arg data} is already split by rsample, so {.arg {given}}
         {?says/say} nothing.",
        i = "Leave {cli::qty(given)}{?it/them} out, or give the table itself."),
      class = "argument",
      call = call
    )
  }
}

# Shares of all parts, by name.
check_prop <- function(prop, call = rlang::caller_env()) {
  ok <- is.numeric(prop) && length(prop) %in% 1:3 && !anyNA(prop) &&
    all(prop > 0)
  whole <- ok && abs(sum(prop) - 1) < 1e-8
  if (!ok || (length(prop) == 3 && !whole) ||
        (length(prop) < 3 && (whole || sum(prop) > 1))) {
    found <- if (is.numeric(prop)) toString(prop)
             else cli::format_inline("{.obj_type_friendly {prop}}")
    deeply_abort(
      c(
        "{.arg prop} must be one share of training rows, shares of training and
         validation rows with a rest for the test, or three shares with sum 1.",
        x = "It is {found}.",
        i = if (length(prop) == 2 && whole) {
          "For training and test rows only, use {.code prop = {prop[[1]]}}."
        }
      ),
      class = "argument",
      call = call
    )
  }
  prop <- if (length(prop) < 3) c(prop, 1 - sum(prop)) else prop
  parts <- c("train", if (length(prop) == 3) "validation", "test")
  stats::setNames(as.numeric(prop), parts)
}

# The one column that decides which rows belong together.
check_split_by <- function(table, strata, group, time,
                           call = rlang::caller_env()) {
  given <- Filter(Negate(is.null),
                  list(strata = strata, group = group, time = time))
  if (length(given) > 1) {
    deeply_abort(
      "Give only one of {.arg strata}, {.arg group} and {.arg time}; there
       {?is/are} {.arg {names(given)}}.",
      class = "argument",
      call = call
    )
  }
  if (length(given) == 0) {
    return(list(method = "random", column = NULL))
  }
  method <- names(given)
  check_column_name(given[[1]], table, method, call = call)
  list(method = method, column = given[[1]])
}

check_column_name <- function(x, table, arg, many = FALSE,
                              call = rlang::caller_env()) {
  ok <- is.character(x) && length(x) > 0 && !anyNA(x) &&
    (many || length(x) == 1)
  if (!ok) {
    abort_argument(arg, x, if (many) "names of columns"
                           else "the name of one column", call)
  }
  unknown <- setdiff(x, names(table))
  if (length(unknown) > 0) {
    deeply_abort(
      c(
        "{.arg {arg}} names {.field {unknown}}, which is not a column of
         {.arg data}.",
        suggest_names(unknown, names(table))
      ),
      class = "column_missing",
      call = call
    )
  }
}

check_enough_rows <- function(n, parts, call = rlang::caller_env()) {
  if (n < parts) {
    deeply_abort(
      "{.arg data} has {n} row{?s}, too few for {parts} parts.",
      class = "too_few_rows",
      call = call
    )
  }
}

#' Refuses to shuffle a series
#'
#' @param kind `"split"` or `"folds"`.
#' @return The name of the index that `force` overruled, or `NULL`.
#' @noRd
refuse_time <- function(data, by, force, kind, call = rlang::caller_env()) {
  found <- if (by$method != "time") find_time(data)
  if (is.null(found) || force) {
    return(found$name)
  }
  series <- found$order == "series" && found$name == "time"
  deeply_abort(
    c(
      if (series) "{.arg data} is a time series."
      else "{.arg data} runs in time: {describe_order(found)}.",
      x = "Neighbouring rows nearly repeat each other. Shuffled, the test rows
           have neighbours among the training rows, so the test score is
           false.",
      i = switch(kind,
        split = "Use {.code time = {.str {found$name}}} to train on the past and
                 test on what came later.",
        folds = "Use {.code time = {.str {found$name}}} to train on the past and
                 test on what came next, again and again."
      ),
      i = "Use {.code force = TRUE} if the rows do not depend on each other."
    ),
    class = "time_order",
    call = call
  )
}

describe_order <- function(found) {
  switch(found$order,
    series = cli::format_inline("{.field {found$name}} is a {.cls ts}"),
    sorted = cli::format_inline("its rows are sorted by {.field {found$name}}"),
    blocks = cli::format_inline("its rows are sorted by {.field {found$name}}
                                 within each {.field {found$key}}"),
    regular = cli::format_inline("{.field {found$name}} has even steps, with
                                  equally many rows at each")
  )
}

spans_of <- function(rows, parts, index) {
  limits <- vapply(rows, function(rows) range(index$values[rows]), numeric(2))
  data.table(part = parts, from = as_time(limits[1, ], index),
             to = as_time(limits[2, ], index))
}

#' @export
print.deep_split <- function(x, ...) {
  how <- x$how
  cat("<deep_split>\n")
  cat_field("How", describe_method(how))
  for (part in names(x$rows)) {
    label <- paste0(toupper(substr(part, 1, 1)), substring(part, 2))
    cat_field(label, describe_part(x, part))
  }
  cat_split_end(how)
  invisible(x)
}

describe_method <- function(how) {
  switch(how$method,
    random = "at random",
    strata = sprintf("at random within the %s of `%s`",
                     if (how$fifths) "fifths" else "classes", how$column),
    group = sprintf("whole groups of `%s`, at random", how$column),
    time = sprintf("in time, by `%s`", how$column),
    leave_one_out = sprintf("one item of each `%s` with at least %d, at random",
                            how$column, how$least),
    last = sprintf("the last item of each `%s` with at least %d, by `%s`",
                   how$column, how$least, how$time),
    share = sprintf("%s of the items of each `%s` with at least %d, %s",
                    percent(1 - how$prop), how$column, how$least,
                    if (is.null(how$time)) "at random"
                    else sprintf("the latest by `%s`", how$time)),
    pairs = sprintf("%s of all pairs, at random", percent(1 - how$prop)),
    users = sprintf("whole `%s` with at least %d items, at random; %s of their
                     items to be found, %s", how$column, how$least,
                    percent(1 - how$prop),
                    if (is.null(how$time)) "at random"
                    else sprintf("the latest by `%s`", how$time)),
    rsample = sprintf("by rsample (%s)", how$column)
  )
}

describe_part <- function(split, part) {
  n <- length(split$rows[[part]])
  text <- paste0(count(n), if (n == 1) " row, " else " rows, ",
                 percent(n / split$how$n))
  spans <- split$how$spans
  if (is.null(spans)) {
    return(text)
  }
  at <- match(part, spans$part)
  sprintf("%s: %s to %s", text, show_times(spans$from[[at]]),
          show_times(spans$to[[at]]))
}

cat_split_end <- function(how) {
  if (!is.null(how$seed)) {
    cat_field("Seed", how$seed)
  }
  if (!is.null(how$forced)) {
    cat_field("Forced", sprintf("the rows run in time by `%s`, so test rows have
                                 neighbours among the training rows",
                                how$forced))
  }
}
