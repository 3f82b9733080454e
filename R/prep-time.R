# Does a table run in time? A column of dates may be an attribute, such as a
# date of birth, or the index along which the rows were recorded. Only an index
# makes neighbouring rows alike, so that a random split deceives.

#' Finds the time index of a table
#'
#' The first column of dates or times, or of text that can be read as such, by
#' which the rows are sorted (in the whole table, or within the blocks of
#' another column, such as one sensor after another). If there is none, the
#' first whose distinct values lie at even steps with equally many rows at each:
#' a series, or some of them, in shuffled order.
#'
#' @param data A data frame, matrix or `ts`.
#' @return `NULL`, or a list of `name`, `values` (numbers: days, seconds, or the
#'   time of a `ts`), `class` (`"Date"`, `"POSIXct"` or `"ts"`), `order`
#'   (`"series"`, `"sorted"`, `"blocks"` or `"regular"`) and, for blocks, `key`.
#' @noRd
find_time <- function(data) {
  if (stats::is.ts(data)) {
    return(list(name = "time", values = as.numeric(stats::time(data)),
                class = "ts", order = "series"))
  }
  if (!is.data.frame(data)) {
    return(NULL)
  }
  candidates <- Filter(Negate(is.null), lapply(names(data), function(name) {
    as_candidate(data[[name]], name)
  }))
  for (time in candidates) {
    found <- sorted_in_time(time, data)
    if (!is.null(found)) {
      return(found)
    }
  }
  Find(is_regular, lapply(candidates, function(time) {
    c(time, order = "regular")
  }))
}

as_candidate <- function(values, name) {
  if ((is.character(values) || is.factor(values)) && !looks_like_time(values)) {
    return(NULL)
  }
  time <- column_times(values)
  # A stray text such as "n/a" does not make it another column.
  if (is.null(time) || time$share < 0.95) {
    return(NULL)
  }
  list(name = name, values = time$values, class = time$class)
}

# Most text is not a time, which a few values show.
looks_like_time <- function(text) {
  few <- unique(round(seq(1, length(text), length.out = 200)))
  few <- as.character(text[few])
  length(text) > 0 && parse_times(few)$share >= 0.9
}

#' A column as numbers along time
#'
#' @return `NULL` for a column of another kind, or a list of `values`, `class`,
#'   `share` and, where they apply, the time zone `tz` and `offending`, `format`
#'   and `settled` of `parse_times()`.
#' @noRd
column_times <- function(column) {
  if (stats::is.ts(column) && is.null(dim(column))) {
    return(list(values = as.numeric(stats::time(column)), class = "ts",
                share = 1))
  }
  is_text <- is.character(column) || is.factor(column)
  read <- if (is_text) parse_times(column) else list(values = column)
  class <- intersect(class(read$values), c("Date", "POSIXct"))
  if (length(class) == 0) {
    return(NULL)
  }
  values <- as.numeric(read$values)
  # Of the rows: one text that cannot be read may stand in many.
  stray <- if (length(read$offending) > 0) column %in% read$offending else FALSE
  c(list(values = values, class = class, share = 1 - mean(stray),
         tz = attr(read$values, "tzone")[1]),
    read[c("offending", "format", "settled")])
}

# So many distinct times that they hardly lie sorted by chance.
fewest_sorted <- 8
fewest_regular <- 12

sorted_in_time <- function(time, data) {
  known <- which(!is.na(time$values))
  values <- time$values[known]
  if (time$class == "ts") {
    return(c(time, order = "series"))
  }
  if (length(values) == 0 || !enough(values, fewest_sorted)) {
    return(NULL)
  }
  steps <- diff(values)
  if (all(steps >= 0) || all(steps <= 0)) {
    return(c(time, order = "sorted"))
  }
  # Where time jumps back, a new block must begin.
  for (jumps in list(which(steps < 0), which(steps > 0))) {
    key <- if (length(jumps) <= length(values) / fewest_sorted) {
      block_key(jumps, known, data, time$name)
    }
    if (!is.null(key)) {
      return(c(time, order = "blocks", key = key))
    }
  }
  NULL
}

enough <- function(values, least) {
  data.table::uniqueN(values) >= least
}

# The column that changes at each jump and least often elsewhere.
block_key <- function(jumps, known, data, time) {
  others <- setdiff(names(data), time)
  others <- Filter(function(name) is_key_like(data[[name]]), others)
  changes <- vapply(others, function(name) {
    block <- data.table::rleid(data[[name]][known])
    each <- all(block[jumps + 1] != block[jumps])
    if (each) block[[length(block)]] - 1 else Inf
  }, numeric(1))
  if (any(changes < length(known) / fewest_sorted)) {
    others[[which.min(changes)]]
  }
}

is_key_like <- function(values) {
  is.null(dim(values)) && (is.character(values) || is.factor(values) ||
                             is.logical(values) || is.numeric(values))
}

#' Are the times a grid, with equally many rows at each?
#'
#' Dates of birth of many people fill the calendar too, but not evenly: at equal
#' steps of a day several people share some dates and few others. Two steps may
#' be usual, as for months and for the days of trade.
#' @noRd
is_regular <- function(time) {
  values <- time$values[!is.na(time$values)]
  if (!enough(values, fewest_regular)) {
    return(FALSE)
  }
  times <- data.table(at = values)[, list(rows = .N), keyby = "at"]
  steps <- data.table(step = diff(times$at))[, list(n = .N), by = "step"]$n
  steps <- sort(steps, decreasing = TRUE)
  usual_steps <- sum(utils::head(steps, 2)) / sum(steps)
  usual_rows <- max(tabulate(times$rows)) / nrow(times)
  usual_steps >= 0.8 && usual_rows >= 0.8
}

# Numbers along time, as what they were.
as_time <- function(values, index) {
  values <- as.numeric(values)
  switch(index$class,
    Date = structure(values, class = "Date"),
    POSIXct = structure(values, class = c("POSIXct", "POSIXt"),
                        tzone = index$tz %||% ""),
    values
  )
}

#' Times as a person writes them
#'
#' @param frequency Of a `ts`, whose times are years; `NULL`: of none.
#' @noRd
show_times <- function(times, frequency = NULL) {
  if (!is.null(frequency)) {
    return(show_cycles(times, frequency))
  }
  if (inherits(times, "POSIXct")) {
    whole <- all(as.numeric(times) %% 60 == 0, na.rm = TRUE)
    format(times, if (whole) "%Y-%m-%d %H:%M" else "%Y-%m-%d %H:%M:%S")
  } else if (is.numeric(times) && !inherits(times, "Date")) {
    format(round(times, 4), trim = TRUE, digits = 15)
  } else {
    format(times)
  }
}

# "1958 Dec", "1961 Q2", "1998 (12 of 260)".
show_cycles <- function(times, frequency) {
  cycle <- floor(times + 1e-6)
  if (frequency == 1) {
    return(paste(cycle))
  }
  place <- round((times - cycle) * frequency) + 1
  if (frequency %% 1 != 0) {
    return(show_times(times))
  }
  within <- if (frequency == 12) {
    month.abb[place]
  } else if (frequency == 4) {
    paste0("Q", place)
  } else {
    sprintf("(%g of %g)", place, frequency)
  }
  paste(cycle, within)
}
