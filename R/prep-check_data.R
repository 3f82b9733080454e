#' Look for leaks and traps before anything is fitted
#'
#' A score that is too good mostly comes from the table: a column that knows the
#' answer, rows that are in training and test alike, neighbours in time on both
#' sides. `check_data()` looks for them and says for each what to do. It changes
#' nothing.
#'
#' @section What is looked for:
#' \describe{
#' \item{leak}{Each predictor alone against the target, scored on rows it was
#'   not learned from (two folds of up to 20,000 rows). Numbers are cut at up to
#'   50 quantiles, categories are their levels. The score of a number is R2, the
#'   best of its bins and a line, with the target as it is or as ranks; that of
#'   classes is the area under the ROC curve, the mean of each class against the
#'   rest, by bins or by the neighbours in the order of the column. Over 0.98
#'   (R2) or 0.995 (AUC), with every column below that at least three times as
#'   far from perfect: stop. Over 0.9 or 0.95, with every other column at least
#'   four times as far: look. A correlation over 0.999, or one level to each
#'   class: stop. So two honest columns that both say nearly all, as the petals
#'   of iris, are no alarm.}
#' \item{after}{Columns named in `after`: stop.}
#' \item{duplicates}{Test rows that are in the training rows, the target too,
#'   identifiers aside. Where chance hardly makes equal rows (a column has over
#'   100 values, or half as many as there are rows, and independent columns
#'   would give less than one in a thousand rows its equal): stop from 1 % of
#'   the test rows, look below. In coarser tables: look if there are more than
#'   equal rows among the training rows make likely (by three standard errors
#'   and five rows). Without `test`: look if 5 % of rows repeat and chance does
#'   not do it, else know. Equal predictors with another class: know.}
#' \item{time}{Test rows that lie before the last training row (of the same
#'   series, where rows are sorted within blocks): look, and stop from 1 %.}
#' \item{repetition}{A target that keeps its value within each hour, day, week
#'   or the like (99 % of them) but changes between them (half of them at
#'   least), so that rows are copies of one measurement: stop. Other numbers:
#'   know.}
#' \item{groups}{Groups of `group` in training and test rows: stop. Columns
#'   named like an identifier whose values come more than once: look.}
#' \item{drift}{The population stability index of each column and of the target:
#'   the sum of (q - p) log(q / p) over ten quantile bins or up to 20 levels of
#'   the training rows, with p and q the shares of training and test rows. By
#'   the usual rule (Siddiqi 2006) 0.1 is a shift and 0.25 a large one. Samples
#'   of n and m rows alone give about (bins - 1)(1/n + 1/m), as a chi-squared
#'   variable (Yurdakul 2018): that much is taken off, and what chance explains
#'   (p over 0.0001, divided by the number of columns) is left out. From 0.1:
#'   look, from 0.25: stop; look, if the split is in time, where the world
#'   changes. And one number for all columns: the AUC with which naive Bayes on
#'   the same bins, cross-fitted, tells test from training rows; look from 0.6.}
#' \item{imbalance}{A class below 10 %: know, below 1 %: look; a class of fewer
#'   than 30 rows: look.}
#' \item{units}{A positive number in two separate heaps of the same shape (less
#'   than 1 % of rows in between, spreads within a factor of 1.5) whose medians
#'   differ by 10, 24, 60, 100, 1000, 3600, 1.609, 2.205, 2.54 or 3.281 (within
#'   5 %), or by the rule from Celsius to Fahrenheit: look. Units that are
#'   nearer to each other than the values are spread are not seen.}
#' \item{columns}{What [deep_prep()] sets aside or asks: constants, identifiers,
#'   copies, numbers and dates as text, codes for "missing", status columns,
#'   rows without a target; and columns that the test rows lack.}
#' }
#'
#' @section Large tables:
#' Leaks are scored on up to 20,000 evenly spread rows, drift and units on
#' 100,000, the one number of all columns on 10,000 of each side, repetition on
#' the first 20,000 in time. Duplicates, groups and time are counted in all
#' rows. A leak needs about a hundred rows to be sure of being seen.
#'
#' @param data A data frame; or a list with the data frames `train` and `test`,
#'   such as [deep_data()] gives; or a split of package rsample.
#' @param target Name of the column to be predicted.
#' @param test The test rows, a data frame with the columns of `data`.
#' @param time Name of the column in which the table runs in time. `NULL`: the
#'   dates or times by which the rows are sorted, or which lie at even steps.
#' @param group Name of a column whose groups, such as patients, must not be in
#'   training and test rows alike.
#' @param after Names of columns that are known only after the target is.
#' @param steps How the table is cleaned, from [deep_steps()]. Rows without a
#'   target are allowed here, and counted.
#' @inheritParams rlang::args_dots_empty
#'
#' @return A data.table of class `deep_check` with a row a finding, the gravest
#'   first: `check` (as above), `column` (`""` for the table), `severity`
#'   (`"stop"`, `"look"`, `"know"`), `value` (its number), `says` and `fix`. The
#'   attribute `"drift"` has the index of every column, `"scores"` what each
#'   predictor alone can do, `"metric"` of these (`"R2"` or `"AUC"`), `"rows"`
#'   the numbers of rows, `"apart"` the AUC between training and test rows.
#' @seealso [autoplot][autoplot.deep_check()] draws drift and scores;
#'   [deep_prep()] and [deep_split()] do what is asked for here.
#' @references
#' Siddiqi, N. (2006). Credit Risk Scorecards. Wiley.
#'
#' Yurdakul, B. (2018). Statistical Properties of Population Stability Index.
#' Western Michigan University.
#'
#' Kaufman, S., Rosset, S. & Perlich, C. (2012). Leakage in Data Mining. ACM
#' Transactions on Knowledge Discovery from Data 6(4).
#' @export
#' @examples
#' check_data(iris, "Species")
#'
#' # A column that was written down afterwards, and test rows of other flowers.
#' flowers <- transform(iris, verdict = as.integer(Species) + rnorm(150) / 50)
#' rows <- order(flowers$Sepal.Width)
#' found <- check_data(flowers[rows[1:100], ], "Species",
#'                     test = flowers[rows[101:150], ])
#' found
#' found[found$severity == "stop", c("column", "value")]
check_data <- function(data, target, ..., test = NULL, time = NULL,
                       group = NULL, after = character(),
                       steps = deep_steps()) {
  rlang::check_dots_empty()
  parts <- checked_parts(data, test)
  check_known_column(target, parts$train)
  check_known_column(time, parts$train, null = TRUE)
  check_known_column(group, parts$train, null = TRUE)
  check_after(after, target)
  check_steps(steps)
  tables <- checked_tables(parts, target, time, group, steps)
  # Time has trends, and groups means of their own.
  scores <- score_columns(tables, c(after, group, tables$time$name))
  drift <- measure_drift(tables)
  found <- c(
    find_leaks(scores, tables),
    find_after(after, names(parts$train)),
    find_duplicates(tables),
    find_time_order(tables),
    find_repetition(tables),
    find_groups(tables),
    find_drift(drift, tables),
    find_imbalance(tables),
    find_units(tables),
    find_mismatches(tables),
    find_in_prep(tables)
  )
  new_check(found, tables, scores, drift)
}

# The tables ---------------------------------------------------------------

#' Training and test rows, whatever they came in
#' @noRd
checked_parts <- function(data, test, call = rlang::caller_env()) {
  parts <- as_parts(data, call)
  if (!is.null(parts$test) && !is.null(test)) {
    deeply_abort(
      c(
        "{.arg data} has test rows already, and so has {.arg test}.",
        i = "Give the training rows alone, as in {.code check_data(data$train,
             ..., test = )}."
      ),
      class = "argument",
      call = call
    )
  }
  test <- parts$test %||% test
  check_table(parts$train, "data", call)
  if (!is.null(test)) {
    check_table(test, "test", call)
  }
  if (ncol(parts$train) < 2) {
    deeply_abort(
      c(
        "{.arg data} has one column, {.field {colnames(parts$train)}}: a target
         needs a predictor.",
        i = "Was it meant to be a whole table?"
      ),
      class = "empty_data",
      call = call
    )
  }
  Filter(Negate(is.null), list(train = as_plain_frame(parts$train),
                               test = as_plain_frame(test)))
}

as_parts <- function(data, call) {
  if (inherits(data, "rsplit")) {
    rlang::check_installed("rsample", "to read its split.", call = call)
    return(list(train = rsample::analysis(data),
                test = rsample::assessment(data)))
  }
  if (is.data.frame(data) || !is.list(data)) {
    return(list(train = data))
  }
  train <- data$train %||% data$data
  if (is.null(train)) {
    deeply_abort(
      c(
        "{.arg data} is a list without {.field train}.",
        i = "Give a data frame, or a list with the data frames {.field train}
             and {.field test}."
      ),
      class = "interface",
      call = call
    )
  }
  list(train = train, test = data$test)
}

# A plain data frame without a copy: neither data.table nor tibble meddles.
as_plain_frame <- function(table) {
  if (is.null(table)) {
    return(NULL)
  }
  if (is.matrix(table)) {
    return(as.data.frame(table))
  }
  n <- nrow(table)
  structure(as.list(table), class = "data.frame", row.names = seq_len(n))
}

check_known_column <- function(x, table, null = FALSE,
                              arg = rlang::caller_arg(x),
                              call = rlang::caller_env()) {
  if (null && is.null(x)) {
    return(invisible())
  }
  if (!rlang::is_string(x)) {
    abort_argument(arg, x, "the name of one column", call)
  }
  if (!x %in% names(table)) {
    deeply_abort(
      c("{.arg {arg}} is {.val {x}}, which is not a column of {.arg data}.",
        suggest_names(x, names(table))),
      class = "column_missing",
      call = call
    )
  }
}

check_after <- function(after, target, call = rlang::caller_env()) {
  if (!is.character(after) || anyNA(after)) {
    abort_argument("after", after, "names of columns", call)
  }
  if (target %in% after) {
    deeply_abort(
      c(
        "{.arg after} names {.field {target}}, which is the target itself.",
        i = "Name the predictors that are known only after it."
      ),
      class = "argument",
      call = call
    )
  }
}
