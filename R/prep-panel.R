# Series on an even grid, one behind the other, each with the steps ahead of its
# end: what a forecaster sees, in training and later.

#' Series as a panel
#'
#' @param source What `window_source()` gave.
#' @param gaps `"error"`, `"fill"`, `"break"` or `"ignore"`.
#' @param ahead How many steps ahead each series goes on, and what stands before
#'   a gap that breaks it.
#' @return A list: `row` (of the table, `NA` where it has none), `key` (a number
#'   a place), `nth` (place within its series), `run` (a number a place: as
#'   `key`, but a gap begins a new run), `real` (whether it is within the series
#'   and no gap that breaks it), `first` and `size` (of each series), `time`
#'   (numbers, as of `source$index`; `NULL`: none), `step`, `filled`, the number
#'   of rows that were filled in, and `breaks`, that of gaps.
#' @noRd
lay_panel <- function(source, gaps, ahead, call = rlang::caller_env()) {
  series <- sort_series(source, if (gaps == "fill") "break" else gaps, call)
  n <- length(series$rows)
  steps <- if (!is.null(source$index)) panel_step(series, source)
  # How many places come behind each row.
  behind <- integer(n)
  if (gaps == "fill" && series$breaks > 0) {
    behind[-n] <- absent_rows(series, source, steps, call)
  }
  broken <- gaps == "break" & c(series$run[-1] != series$run[-n], FALSE)
  # No target is beyond a gap, as it is not beyond an end.
  behind[broken] <- as.integer(ahead)
  ends <- c(series$key[-1] != series$key[-n], TRUE)
  behind[ends] <- as.integer(ahead)
  at <- cumsum(c(1L, 1L + behind[-n]))
  row <- rep(NA_integer_, n + sum(behind))
  row[at] <- series$rows
  key <- rep(series$key, 1L + behind)
  size <- tabulate(key) - as.integer(ahead)
  nth <- sequence(size + as.integer(ahead))
  run <- if (any(broken)) rep(series$run, 1L + behind) else key
  real <- nth <= size[key] & !(is.na(row) & rep(broken, 1L + behind))
  panel <- list(
    row = row, key = key, nth = nth, run = run, real = real, size = size,
    first = which(nth == 1L), step = steps, shown_step = series$step,
    filled = sum(real & is.na(row)), uneven = series$uneven, ahead = ahead,
    breaks = sum(broken & !ends)
  )
  panel$time <- panel_times(panel, source)
  panel
}

# Rows between gaps that break a series, by the number of the run.
run_sizes <- function(panel) {
  runs <- unique(panel$run)
  stats::setNames(tabulate(match(panel$run[panel$real], runs), length(runs)),
                  runs)
}

# The usual step, and its unit.
panel_step <- function(series, source) {
  index <- source$index
  n <- length(series$rows)
  same <- series$key[-1] == series$key[-n]
  steps <- index_steps(index, series$rows, same)
  inside <- steps$size[same]
  size <- if (length(inside) > 0) usual_step(inside) else 1
  days <- unique(floor(index$values))
  list(size = size, unit = steps$unit, all = steps$size, same = same,
       # Days of trade come in no even steps, but on no weekend.
       weekdays = index$class == "Date" && size == 1 &&
         length(inside) > 0 && !is_even(inside) && !any(is_weekend(days)))
}

is_weekend <- function(days) {
  # The first of January 1970 was a Thursday.
  (days + 3) %% 7 >= 5
}

absent_rows <- function(series, source, steps, call) {
  absent <- steps$all / steps$size - 1
  absent[!steps$same] <- 0
  off <- which(abs(absent - round(absent)) > 1e-6)
  if (length(off) > 0) {
    place <- series_place(off[[1]], series, source)
    found <- describe_step(steps$all[[off[[1]]]], steps$unit)
    deeply_abort(
      c(
        "{place$who} cannot be filled after {place$time}: the next row comes
         {found} later, which is no multiple of {series$step}.",
        i = "Put the times on an even grid first."
      ),
      class = "gap", call = call
    )
  }
  as.integer(round(absent))
}

# Times of all places: those of rows as they are, others counted from the row
# before.
panel_times <- function(panel, source) {
  index <- source$index
  if (is.null(index)) {
    return(NULL)
  }
  times <- index$values[panel$row]
  lacking <- which(is.na(times))
  known <- which(!is.na(panel$row))
  base <- known[findInterval(lacking, known)]
  times[lacking] <- times_after(times[base], lacking - base, panel$step, index)
  times
}

#' Times some steps later
#'
#' Days are those of the calendar, where the clock changes too, and months end
#' where they end.
#' @noRd
times_after <- function(from, by, step, index) {
  if (isTRUE(step$weekdays)) {
    return(add_weekdays(from, by))
  }
  by <- by * step$size
  if (step$unit == "month") {
    return(add_months(from, by, index))
  }
  if (step$unit == "day" && index$class == "POSIXct") {
    time <- as.POSIXlt(as_time(from, index))
    time$mday <- time$mday + by
    # Noon stays noon where the clock changes.
    time$isdst <- -1L
    return(as.numeric(as.POSIXct(time)))
  }
  from + by
}

add_weekdays <- function(from, by) {
  # Working days since a Monday.
  since <- floor((from + 3) / 7) * 5 + pmin((from + 3) %% 7, 4) + by
  since %/% 5 * 7 + since %% 5 - 3
}

add_months <- function(from, by, index) {
  time <- as.POSIXlt(as_time(from, index))
  next_day <- as.POSIXlt(as_time(
    from + if (index$class == "Date") 1 else 86400, index
  ))
  # The last of a month goes to the last of another.
  at_end <- next_day$mday == 1
  time$mon <- time$mon + by + at_end
  time$mday <- ifelse(at_end, 0L, time$mday)
  time$isdst <- -1L
  if (index$class == "Date") as.numeric(as.Date(time))
  else as.numeric(as.POSIXct(time))
}

# The calendar -------------------------------------------------------------

day_seconds <- 86400

# Seconds of a step, `NULL` where there is none in time.
step_seconds <- function(step, class) {
  if (is.null(step) || !class %in% c("Date", "POSIXct")) {
    return(NULL)
  }
  size <- step$size
  switch(step$unit, second = size, day = size * day_seconds,
         month = size * 30.4 * day_seconds)
}

#' What of the calendar may matter
#'
#' @param years How many years the series last.
#' @return Names of parts, and their numbers of levels.
#' @noRd
calendar_parts <- function(step, index, frequency, years) {
  if (!is.null(frequency)) {
    frequency <- round(frequency)
    return(if (frequency > 1 && frequency <= 366) c(cycle = frequency))
  }
  seconds <- step_seconds(step, index$class %||% "")
  if (is.null(seconds)) {
    return(NULL)
  }
  c(if (seconds < day_seconds && seconds <= 6 * 3600) c(hour = 24),
    if (seconds <= day_seconds && !isTRUE(seconds < 60)) c(weekday = 7),
    if (seconds > 3600 && years >= 2) c(month = 12))
}

# Codes from 0, a column a part.
calendar_codes <- function(panel, source, parts) {
  n <- length(panel$key)
  if (length(parts) == 0) {
    return(matrix(0L, n, 0))
  }
  if ("cycle" %in% names(parts)) {
    phase <- round(source$start * source$frequency) + panel$time - 1
    return(matrix(as.integer(phase %% parts[["cycle"]]), n))
  }
  time <- as.POSIXlt(as_time(panel$time, source$index))
  codes <- vapply(names(parts), function(part) {
    as.integer(switch(part, hour = time$hour, weekday = time$wday,
                      month = time$mon))
  }, integer(n))
  matrix(codes, n)
}

# After how many steps a series may repeat, the shortest first.
series_periods <- function(step, index, frequency) {
  if (!is.null(frequency)) {
    return(if (frequency > 1) as.integer(round(frequency)))
  }
  seconds <- step_seconds(step, index$class %||% "")
  if (is.null(seconds)) {
    return(NULL)
  }
  if (isTRUE(step$weekdays)) {
    return(5L)
  }
  lengths <- c(86400, 7 * 86400, 364.8 * 86400)
  steps <- lengths / seconds
  # A year of hours is no window.
  steps <- steps[steps >= 2 & steps <= 800 & abs(steps - round(steps)) < 0.01]
  as.integer(round(steps))
}

# Values -------------------------------------------------------------------

#' A column along the panel, what is missing carried forward
#'
#' Never backward, nor from series to series: that is not known yet. Nor across
#' a gap that breaks one.
#' @return A list of `values` (`NA` before the first known one of a run) and
#'   `missing`.
#' @noRd
carried <- function(column, panel) {
  values <- as.numeric(column)[panel$row]
  values[!is.finite(values)] <- NA
  list(values = carry_forward(values, panel$run), missing = is.na(values))
}

carry_forward <- function(values, key) {
  from <- seq_along(values)
  from[is.na(values)] <- 0L
  from <- cummax(from)
  found <- values[pmax(from, 1L)]
  found[from == 0L] <- NA
  found[from > 0 & key[pmax(from, 1L)] != key] <- NA
  found
}
