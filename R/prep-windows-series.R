# From whatever holds a series to rows in order: which follow one another at
# the usual step, and where a window must not reach across.

#' The columns that windows are cut from
#'
#' @return A list of `table`, `value`, `features` (names), `key` (names) and
#'   `index` (of `time_index()`, or `NULL`).
#' @noRd
window_source <- function(data, value, index, key, covariates,
                          call = rlang::caller_env()) {
  bare <- is.null(dim(data)) && !is.list(data)
  table <- if (bare && !stats::is.ts(data)) {
    check_series(data, "data", call)
    data.table(value = data)
  } else {
    as_split_table(data, call)
  }
  check_table(table, "data", call)
  if (is.null(value) && bare) {
    value <- "value"
  }
  if (stats::is.ts(data)) {
    index <- index %||% "time"
  }
  check_column_name(value, table, "value", call = call)
  if (!is.null(covariates)) {
    check_column_name(covariates, table, "covariates", many = TRUE, call = call)
  }
  if (!is.null(key)) {
    check_column_name(key, table, "key", many = TRUE, call = call)
  }
  features <- unique(c(value, covariates))
  for (name in features) {
    check_series(table[[name]], name, call)
  }
  list(table = table, value = value, features = features, key = key,
       index = window_index(table, index, key, stats::is.ts(data), call))
}

check_series <- function(values, name, call) {
  fine <- (is.numeric(values) || is.logical(values)) && is.null(dim(values)) &&
    !inherits(values, c("Date", "POSIXct", "difftime", "integer64"))
  if (!fine) {
    deeply_abort(
      c(
        "A series must hold numbers, but {.field {name}} is a
         {.cls {class(values)[[1]]}}.",
        i = "Encode it first, for instance with {.fn as.numeric} or
             {.fn deep_prep}."
      ),
      class = "column_class",
      call = call
    )
  }
}

window_index <- function(table, index, key, is_ts, call) {
  if (is.null(index)) {
    found <- find_time(table)
    return(if (!is.null(found) && !found$name %in% key) found)
  }
  check_column_name(index, table, "index", call = call)
  found <- c(time_index(table, index, call, "index"), name = index)
  if (is_ts) {
    # The times of a `ts` are even but for rounding.
    found <- list(values = as.numeric(seq_len(nrow(table))), class = "row",
                  name = index)
  }
  found
}

#' Rows in order, and the runs that a window may lie in
#'
#' @return A list of `rows` (row numbers, by series and time), `key` (a number a
#'   row), `run` (as `key`, but a gap begins a new run too), the counts `keys`,
#'   `breaks` and `uneven` (gaps that are ignored), and the usual `step`.
#' @noRd
sort_series <- function(source, gaps, call = rlang::caller_env()) {
  table <- source$table
  n <- nrow(table)
  key <- if (is.null(source$key)) rep(1L, n)
         else key_numbers(table, source$key, call)
  index <- source$index
  rows <- if (is.null(index)) {
    order(key, method = "radix")
  } else {
    check_time_known(index$values, index$name, call, "index")
    order(key, index$values, method = "radix")
  }
  key <- key[rows]
  series <- list(rows = rows, key = key, run = key, keys = max(key),
                 breaks = 0L, uneven = 0L)
  if (is.null(index) || n == 1) {
    return(series)
  }
  break_series(series, source, gaps, call)
}

key_numbers <- function(table, key, call) {
  columns <- lapply(key, function(name) {
    values <- table[[name]]
    check_plain_column(values, name, "key", call)
    as_codes(values)
  })
  as_codes(do.call(paste, columns))
}

break_series <- function(series, source, gaps, call) {
  same <- series$key[-1] == series$key[-length(series$key)]
  steps <- index_steps(source$index, series$rows, same)
  check_repeats(steps$size, same, series, source, call)
  inside <- steps$size[same]
  if (length(inside) == 0) {
    return(series)
  }
  usual <- usual_step(inside)
  series$step <- if (source$index$class != "row") {
    describe_step(usual, steps$unit)
  }
  off <- which(same & abs(steps$size - usual) > 1e-6 * usual)
  if (gaps == "ignore") {
    series$uneven <- length(off)
  }
  if (length(off) == 0 || gaps == "ignore") {
    return(series)
  }
  if (gaps == "error") {
    abort_gap(off, steps, same, series, source, call)
  }
  series$breaks <- length(off)
  series$run <- cumsum(c(TRUE, !same | seq_along(same) %in% off))
  series
}

#' Steps from each row to the next
#'
#' Months differ in length, and days too where the clock changes: an index that
#' is uneven in days or seconds may be even in the calendar.
#' @return A list of `size` and `unit`.
#' @noRd
index_steps <- function(index, rows, same) {
  values <- index$values[rows]
  size <- diff(values)
  unit <- switch(index$class, Date = "day", POSIXct = "second", "")
  plain <- list(size = size, unit = unit)
  if (unit == "" || is_even(size[same])) {
    return(plain)
  }
  time <- as.POSIXlt(as_time(values, index))
  if (index$class == "POSIXct") {
    clock <- 3600 * time$hour + 60 * time$min + time$sec
    if (any(clock != clock[[1]])) {
      return(plain)
    }
    days <- list(values = as.numeric(as.Date(time)), class = "Date")
    return(index_steps(days, seq_along(rows), same))
  }
  on_last <- function() all(as.POSIXlt(as_time(values + 1, index))$mday == 1)
  if (all(time$mday == time$mday[[1]]) || on_last()) {
    return(list(size = diff(12 * time$year + time$mon), unit = "month"))
  }
  plain
}

is_even <- function(steps) {
  length(steps) == 0 || all(abs(steps - steps[[1]]) <= 1e-6 * abs(steps[[1]]))
}

# The most frequent one, but for rounding.
usual_step <- function(steps) {
  runs <- rle(sort(signif(steps, 9)))
  runs$values[[which.max(runs$lengths)]]
}

describe_step <- function(size, unit) {
  if (unit == "") {
    return(format(signif(size, 6)))
  }
  if (unit == "second") {
    longer <- c(day = 86400, hour = 3600, minute = 60, second = 1)
    unit <- names(longer)[size %% longer == 0][1]
    unit <- if (is.na(unit)) "second" else unit
    size <- size / longer[[unit]]
  }
  plural(size, unit)
}

check_repeats <- function(sizes, same, series, source, call) {
  repeated <- which(same & sizes == 0)
  if (length(repeated) > 0) {
    place <- series_place(repeated[[1]], series, source)
    deeply_abort(
      c(
        "{place$who} has more than one row at {place$time}.",
        x = "{length(repeated)} row{?s} repeat{?s/} the time before.",
        i = if (is.null(source$key)) {
          "If there are several series, name the column that tells them apart as
           {.arg key}."
        } else {
          "Is there another column that tells series apart? Name it in
           {.arg key}. Or keep one row a time, such as the mean."
        }
      ),
      class = "gap",
      call = call
    )
  }
}

abort_gap <- function(off, steps, same, series, source, call) {
  place <- series_place(off[[1]], series, source)
  found <- describe_step(steps$size[[off[[1]]]], steps$unit)
  deeply_abort(
    c(
      "{place$who} has another step than usual after {place$time}: {found}, not
       {series$step}.",
      x = "{length(off)} of {sum(same)} step{?s}
           {cli::qty(length(off))}{?is/are} not the usual one.",
      i = "Fill the gaps with rows of {.code NA}, use
           {.code gaps = \"break\"} for windows that do not look across, or
           {.code gaps = \"ignore\"} where rows count as steps, as for trading
           days."
    ),
    class = "gap",
    call = call
  )
}

# Whose row it is, and when.
series_place <- function(at, series, source) {
  row <- series$rows[[at]]
  who <- "The series"
  if (!is.null(source$key)) {
    values <- vapply(source$key, function(name) {
      format(source$table[[name]][[row]])
    }, character(1))
    who <- paste("The series", toString(paste(source$key, "=", values)))
  }
  list(who = who,
       time = show_times(as_time(source$index$values[[row]], source$index)))
}
