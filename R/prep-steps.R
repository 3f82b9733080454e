#' Choose how a table is cleaned
#'
#' [deep_prep()] and [deep_mlp()] clean a table before they encode it. Each step
#' looks at the training rows alone, says what it did in the print of the prep,
#' and can be set here. What could be right or wrong is not done but asked:
#' the print names it, and the argument that does it.
#'
#' @param trim Whether to trim white space around text, so that `" Male"` and
#'   `"Male"` are one.
#' @param spelling Whether categories that differ only by case, by white space
#'   inside, or by a full stop at the end are one: `"male"`, `"Male."`. The most
#'   frequent spelling stands for all. Levels of one character are left alone.
#' @param tokens Text that means "missing", whatever its case.
#' @param missing Values that mean "missing" in one column, by its name, such as
#'   `list(depth = -999)`. Numbers that look so are only named in the print.
#' @param filter Values that rows must have to be learned from, by column, such
#'   as `list(status = "ratified")`. New data is not filtered.
#' @param numbers Text becomes numbers when at least this share of its values
#'   can be read as one, and there are more than 20 different ones. The rest
#'   counts as missing, and is shown. `1,234.5` and `1234,5` are understood; a
#'   leading zero, as in a postcode, is not a number. So it is with dates and
#'   times. `Inf` switches both off.
#' @param dates What becomes of dates and times, and of text that can be read as
#'   such: `"cyclic"` gives the time as a number, and sine and cosine of hour,
#'   weekday and day of the year where the training rows cover them;
#'   `"parts"` gives hour, weekday, month and season (of the northern
#'   hemisphere) as categories instead; `"number"` the time alone.
#' @param identifiers Whether to set aside columns that number or name the rows:
#'   text with a value of its own in more than 90 % of them, whole numbers that
#'   are near-unique in a column with a name like `id`, and those that count the
#'   rows in one with a name like `row` or `X.1`.
#' @param duplicates Which duplicates to leave out: `"columns"` (the second of
#'   two that are the same), `"rows"`, both, or `"none"`. They are counted in
#'   any case.
#' @param rare Levels with fewer training rows than this become one level.
#' @param log1p Columns to encode as `log(1 + x)`, by name, or `TRUE` for all
#'   that the print names: without a negative number, with a skewness above 3
#'   that the logarithm lowers by a quarter or more. It can lose as well as win
#'   (on the Adult census it costs a network half a point of AUC), so it is
#'   asked for, not assumed.
#' @param no_outcome The largest share of rows that may lack the outcome. They
#'   are left out: an outcome is never guessed.
#' @inheritParams rlang::args_dots_empty
#'
#' @return A list of class `deep_steps`.
#' @seealso [deep_prep()], which has the scaling and the missing values.
#' @export
#' @examples
#' data <- data.frame(
#'   sex = c(" male", "Male", "female", "?"), depth = c(2, 5, -999, 3)
#' )
#' deep_prep(data)
#' deep_prep(data, steps = deep_steps(missing = list(depth = -999)))
deep_steps <- function(..., trim = TRUE, spelling = TRUE,
                       tokens = c("", "?", "NA", "N/A", "#N/A", "<NA>", "NULL",
                                  "NaN"),
                       missing = list(), filter = list(), numbers = 0.9,
                       dates = c("cyclic", "parts", "number"),
                       identifiers = TRUE, duplicates = "columns", rare = 0,
                       log1p = FALSE, no_outcome = 0.2) {
  rlang::check_dots_empty()
  check_flag(trim)
  check_flag(spelling)
  check_tokens(tokens)
  check_by_column(missing)
  check_by_column(filter)
  check_number(numbers, above = 0, finite = FALSE)
  dates <- rlang::arg_match(dates)
  check_flag(identifiers)
  duplicates <- rlang::arg_match(duplicates, c("columns", "rows", "none"),
                                 multiple = TRUE)
  check_number(rare, min = 0)
  if (!is.character(log1p) || anyNA(log1p)) {
    check_flag(log1p)
  }
  check_number(no_outcome, min = 0, max = 1)
  structure(
    list(
      trim = trim, spelling = spelling, tokens = tokens,
      missing = plain_list(missing), filter = plain_list(filter),
      numbers = numbers, dates = dates, identifiers = identifiers,
      duplicates = duplicates, rare = rare, log1p = log1p,
      no_outcome = no_outcome
    ),
    class = "deep_steps"
  )
}

check_tokens <- function(tokens, call = rlang::caller_env()) {
  if (!is.character(tokens) || anyNA(tokens)) {
    abort_argument("tokens", tokens, "text, without `NA`", call)
  }
}

check_by_column <- function(x, arg = rlang::caller_arg(x),
                            call = rlang::caller_env()) {
  fine <- (is.list(x) || is.atomic(x)) && !is.null(x) &&
    (length(x) == 0 || rlang::is_named(x)) && !anyDuplicated(names(x)) &&
    all(vapply(x, is.atomic, logical(1)))
  if (!fine) {
    abort_argument(arg, x, "a list of values, named by column", call)
  }
}

# A factor is its labels, not its codes.
plain_list <- function(x) {
  lapply(as.list(x), function(values) {
    if (is.factor(values)) as.character(values) else values
  })
}

check_steps <- function(steps, call = rlang::caller_env()) {
  if (!inherits(steps, "deep_steps")) {
    abort_argument("steps", steps, "made by `deep_steps()`", call)
  }
}

# A misspelled column would otherwise be a step that is never done.
check_step_columns <- function(steps, known, call) {
  for (arg in c("missing", "filter", "log1p")) {
    named <- steps[[arg]]
    named <- if (is.character(named)) named else names(named)
    strange <- setdiff(named, known)
    if (length(strange) > 0) {
      deeply_abort(
        c(
          "{.arg {arg}} of {.fn deep_steps} names {.field {strange}}, which
           {?is/are} not in the data.",
          suggest_names(strange, known)
        ),
        class = "column_missing",
        call = call
      )
    }
  }
}

#' @export
print.deep_steps <- function(x, ...) {
  cat("<deep_steps>\n")
  for (name in names(x)) {
    cat_field(name, describe_switch(x[[name]]))
  }
  invisible(x)
}

describe_switch <- function(value) {
  if (length(value) == 0) {
    return("none")
  }
  if (is.list(value)) {
    each <- vapply(value, describe_switch, "")
    return(paste(sprintf("%s: %s", names(value), each), collapse = "; "))
  }
  # Quotes show the empty text.
  if (is.character(value)) {
    value <- encodeString(value, quote = "\"")
  }
  toString(value)
}
