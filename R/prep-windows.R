#' Windows that slide along a series
#'
#' Cuts a series, or many, into pairs of what was seen and what came next: the
#' form in which a network learns to forecast.
#'
#' Windows never cross from one series (`key`) to the next, and never look
#' across a gap in time unless told to. A window with a missing value, in what
#' it sees or in what it forecasts, is left out and counted.
#'
#' @param data A numeric vector, a `ts`, or a data frame.
#' @param value Name of the column to forecast; not needed for a vector or a
#'   `ts` of one series.
#' @inheritParams rlang::args_dots_empty
#' @param lookback How many values a window sees, the last of them at the
#'   origin.
#' @param horizon How far ahead to forecast: one number for all steps from 1 to
#'   it, or several for these steps alone, such as `c(1, 4, 24)`.
#' @param stride Steps from one window to the next, counted from the first value
#'   of each series.
#' @param index Name of the column of dates, times or numbers to sort by.
#'   `NULL`: the time index of the data if there is one, else the order of the
#'   rows.
#' @param key Names of the columns that tell series apart.
#' @param covariates Names of further numeric columns to see.
#' @param gaps What to do where the index has another step than usual:
#'   `"error"`, `"break"` (no window looks across, as if a new series began), or
#'   `"ignore"` (rows count as steps, as for trading days).
#'
#' @return A list of class `deep_windows`:
#'   * `x`: an array, windows x lookback x features; `value` is the first
#'     feature, the latest value the last of the lookback.
#'   * `y`: a matrix, windows x steps ahead.
#'   * `origin`: a data.table with a row a window: the `key`, the index and the
#'     `row` (in `data`) of the last value that it sees.
#'   * `how`: what was asked, the `step` of the index, and the counts `missing`
#'     (windows left out for a missing value), `short` (series too short for a
#'     window) and `breaks` (gaps that no window looks across).
#'
#'   `as.data.table()` makes a wide table of it: the origin, one column a lag
#'   and one a step ahead.
#' @section Errors:
#' * `deeply_error_gap`: an index with uneven steps or repeated times. The error
#'   names the series and the place.
#' * `deeply_error_too_few_rows`: no series is long enough for a window.
#' * `deeply_error_column_missing`, `deeply_error_column_class`,
#'   `deeply_error_argument`: a wrong name, kind of column, or value.
#' @seealso [log_diff()], [check_stationarity()], [deep_split()]
#' @export
#' @examples
#' windows <- deep_windows(datasets::AirPassengers, lookback = 12, horizon = 3)
#' windows
#' windows$x[1, , ]
#' windows$y[1, ]
#'
#' deep_windows(datasets::ChickWeight, "weight", lookback = 4, index = "Time",
#'              key = "Chick", gaps = "ignore")
deep_windows <- function(data, value = NULL, ..., lookback, horizon = 1,
                         stride = 1, index = NULL, key = NULL,
                         covariates = NULL,
                         gaps = c("error", "break", "ignore")) {
  rlang::check_dots_empty()
  gaps <- rlang::arg_match(gaps)
  if (missing(lookback)) {
    deeply_abort("Say how many values a window sees: {.arg lookback}.",
                 class = "argument")
  }
  check_count(lookback)
  check_counts(horizon)
  check_count(stride)
  source <- window_source(data, value, index, key, covariates)
  ahead <- if (length(horizon) == 1) seq_len(horizon) else sort(unique(horizon))
  series <- sort_series(source, gaps)
  starts <- window_starts(series$run, lookback + max(ahead), stride)
  if (length(starts) == 0) {
    abort_short(series, lookback, max(ahead))
  }
  cut <- cut_windows(source, series$rows, starts, lookback, ahead)
  used <- data.table::uniqueN(series$key[starts])
  how <- list(
    value = source$value, covariates = covariates, key = key,
    index = source$index$name, lookback = as.integer(lookback),
    ahead = as.integer(ahead), stride = as.integer(stride), gaps = gaps,
    step = series$step, series = series$keys, missing = cut$missing,
    short = series$keys - used, breaks = series$breaks, uneven = series$uneven
  )
  structure(c(cut[c("x", "y", "origin")], list(how = how)),
            class = "deep_windows")
}

# Where windows of `width` begin: in each run every `stride` rows, as long as
# the whole window lies in the run.
window_starts <- function(run, width, stride) {
  n <- length(run)
  first <- which(c(TRUE, run[-1] != run[-n]))
  size <- diff(c(first, n + 1L))
  windows <- pmax(size - width + stride, 0) %/% stride
  rep(first, windows) + (sequence(windows) - 1L) * as.integer(stride)
}

cut_windows <- function(source, rows, starts, lookback, ahead,
                        call = rlang::caller_env()) {
  columns <- lapply(source$features, function(name) {
    as.numeric(source$table[[name]])[rows]
  })
  value <- columns[[match(source$value, source$features)]]
  last <- starts + as.integer(lookback) - 1L
  y <- outer(last, as.integer(ahead), "+")
  y[] <- value[y]
  whole <- !unseen_in(columns, starts, last) & rowSums(is.na(y)) == 0
  if (!any(whole)) {
    deeply_abort(
      c("Each of the {length(starts)} window{?s} has a missing value.",
        i = "Fill the gaps first, or shorten {.arg lookback}."),
      class = "too_few_rows",
      call = call
    )
  }
  if (!all(whole)) {
    starts <- starts[whole]
    last <- last[whole]
    y <- y[whole, , drop = FALSE]
  }
  at <- outer(starts, seq_len(lookback) - 1L, "+")
  x <- unlist(lapply(columns, function(column) column[at]))
  dim(x) <- c(length(starts), lookback, length(columns))
  dimnames(x) <- list(NULL, paste0("lag_", rev(seq_len(lookback) - 1)),
                      source$features)
  dimnames(y) <- list(NULL, paste0("ahead_", ahead))
  storage.mode(y) <- "double"
  list(x = x, y = y, origin = window_origins(source, rows[last]),
       missing = sum(!whole))
}

# Whether a window sees a missing value: more of them up to its last row than
# before its first.
unseen_in <- function(columns, starts, last) {
  missing <- Reduce(`|`, lapply(columns, is.na))
  if (!any(missing)) {
    return(logical(length(starts)))
  }
  before <- c(0L, cumsum(missing))
  before[last + 1L] > before[starts]
}

window_origins <- function(source, rows) {
  name <- source$index$name
  named <- unique(c(source$key, name))
  columns <- lapply(named, function(column) source$table[[column]][rows])
  columns <- stats::setNames(columns, named)
  data.table::setDT(c(columns, list(row = rows)))[]
}

abort_short <- function(series, lookback, ahead, call = rlang::caller_env()) {
  longest <- max(rle(series$run)$lengths)
  deeply_abort(
    c(
      "No series is long enough for a window of {lookback} value{?s} and
       {ahead} step{?s} ahead.",
      x = "The longest has {longest} row{?s}{if (series$breaks > 0) ' without a
           gap'}; {lookback + ahead} are needed.",
      i = "Use a shorter {.arg lookback} or {.arg horizon}."
    ),
    class = "too_few_rows",
    call = call
  )
}

#' @importFrom data.table as.data.table
#' @export
as.data.table.deep_windows <- function(x, ...) {
  lags <- lapply(seq_len(dim(x$x)[[3]]), function(feature) {
    seen <- lapply(seq_len(dim(x$x)[[2]]), function(lag) x$x[, lag, feature])
    names <- paste(dimnames(x$x)[[3]][[feature]], dimnames(x$x)[[2]], sep = "_")
    stats::setNames(seen, names)
  })
  ahead <- lapply(seq_len(ncol(x$y)), function(step) x$y[, step])
  names(ahead) <- paste(x$how$value, colnames(x$y), sep = "_")
  columns <- c(as.list(x$origin), unlist(lags, recursive = FALSE), ahead)
  data.table::setDT(columns)[]
}

#' @export
print.deep_windows <- function(x, ...) {
  how <- x$how
  cat("<deep_windows>\n")
  cat_field("Windows", sprintf("%s, one every %s", count(nrow(x$y)),
                               if (how$stride == 1) "step"
                               else paste(count(how$stride), "steps")))
  cat_field("Sees", sprintf("%s of %s", plural(how$lookback, "value"),
                            shorten(paste0("`", dimnames(x$x)[[3]], "`"))))
  cat_field("Forecasts", sprintf("`%s`, %s ahead", how$value,
                                 describe_ahead(how$ahead)))
  if (!is.null(how$key)) {
    cat_field("Series", sprintf("%s, by %s", count(how$series),
                                toString(paste0("`", how$key, "`"))))
  }
  cat_field("Index", describe_index(how))
  left_out <- c(
    if (how$missing > 0) paste(plural(how$missing, "window"),
                               "with a missing value"),
    if (how$short > 0) paste(plural(how$short, "series", "series"),
                             "too short for a window")
  )
  if (length(left_out) > 0) {
    cat_field("Left out", toString(left_out))
  }
  invisible(x)
}

plural <- function(n, one, more = paste0(one, "s")) {
  paste(count(n), if (n == 1) one else more)
}

describe_ahead <- function(ahead) {
  if (length(ahead) == 1) {
    return(plural(ahead, "step"))
  }
  if (max(ahead) == length(ahead)) {
    return(sprintf("1 to %s steps", count(max(ahead))))
  }
  last <- length(ahead)
  paste(shorten(count(ahead[-last])), "and", count(ahead[[last]]), "steps")
}

describe_index <- function(how) {
  index <- if (is.null(how$index)) "the order of the rows"
           else sprintf("`%s`", how$index)
  step <- if (!is.null(how$step)) paste("in steps of", how$step)
  gaps <- if (how$breaks > 0) paste("with", plural(how$breaks, "gap"))
  if (how$gaps == "ignore" && how$uneven > 0) {
    gaps <- sprintf("(%s other; rows count as steps)", count(how$uneven))
  }
  toString(c(index, if (!is.null(c(step, gaps))) {
    paste(c(step, gaps), collapse = " ")
  }))
}
