# Dates and times that are written as text. One column is written in one order
# (year, day or month first), which all its values together decide.

#' Reads dates and times from text
#'
#' Understands year-month-day, day-month-year and month-day-year with `-`, `/`
#' or `.` between them, and `2018-03` for a month. A time of day may follow
#' after a space or `T`, with seconds, fractions, AM or PM, `Z` or an offset
#' such as `+01:00`; without an offset it is taken as UTC. Costs what the
#' distinct values cost.
#'
#' @param text A character vector or a factor. Empty text counts as missing.
#' @param order `"ymd"`, `"dmy"`, `"mdy"` or `"ym"`, to read new values as
#'   earlier ones were read. `NULL`: what fits the values best.
#' @return A list of
#'   * `values`: one for each of `text`, a Date, or a POSIXct in UTC if any
#'     value has a time of day. `NA` where there is none or it cannot be read;
#'     `NULL` if none can.
#'   * `order`: as the argument; `format`: the same for people to read.
#'   * `share`: the share of the distinct values that can be read.
#'   * `offending`: the distinct values that cannot.
#'   * `ambiguous`: whether all values can be read with the day first and with
#'     the month first.
#'   * `settled`: what decided between the two: `"sorted"` or `"regular"` (only
#'     one of them makes the sequence so), else `"day first"`, a guess. `NULL`
#'     if there was nothing to decide.
#' @noRd
parse_times <- function(text, order = NULL) {
  if (is.factor(text)) {
    place <- as.integer(text)
    distinct <- levels(text)
  } else {
    distinct <- unique(text)
    place <- match(text, distinct)
  }
  pieces <- split_times(distinct)
  read <- if (is.null(order)) best_order(pieces, place)
          else list(order = order, days = read_days(pieces, order))
  seconds <- by_distinct(pieces$clock, read_clock)
  missing <- is.na(distinct) | (!nzchar(pieces$date) & !nzchar(pieces$clock))
  bad <- !missing & is.na(read$days + seconds)
  known <- !missing & !bad
  list(
    values = if (any(known)) join_times(read$days, seconds, pieces, bad)[place],
    order = if (any(known)) read$order,
    format = if (any(known)) describe_format(read$order, pieces, known),
    share = if (all(missing)) 0 else sum(known) / sum(!missing),
    offending = distinct[bad],
    ambiguous = !is.null(read$settled),
    settled = read$settled
  )
}

# The date and the time of day of each value, with white space trimmed.
split_times <- function(text) {
  text <- as_utf8(as.character(text))
  if (any(grepl("^\\s|\\s$", text, perl = TRUE))) {
    text <- trimws(text)
  }
  text[is.na(text)] <- ""
  gap <- regexpr("[ T]", text, perl = TRUE)
  gap[gap < 0] <- .Machine$integer.max
  list(date = substr(text, 1L, gap - 1L),
       clock = substring(text, pmin(gap, .Machine$integer.max - 1L) + 1L))
}

# A year of minutes has few dates and few times of day, each read once.
by_distinct <- function(x, read) {
  distinct <- unique(x)
  read(distinct)[match(x, distinct)]
}

read_days <- function(pieces, order) {
  by_distinct(pieces$date, function(date) read_date(date, order))
}

date_patterns <- c(
  ymd = "^(\\d{4})([-/.])(\\d{1,2})\\2(\\d{1,2})$",
  dmy = "^(\\d{1,2})([-/.])(\\d{1,2})\\2(\\d{4})$",
  mdy = "^(\\d{1,2})([-/.])(\\d{1,2})\\2(\\d{4})$",
  ym = "^(\\d{4})(-)(\\d{2})()$"
)

# Days since 1970, `NA` for what is not a date.
read_date <- function(text, order) {
  pattern <- date_patterns[[order]]
  days <- rep(NA_real_, length(text))
  fits <- grepl(pattern, text, perl = TRUE)
  if (!any(fits)) {
    return(days)
  }
  part <- function(i) sub(pattern, paste0("\\", i), text[fits], perl = TRUE)
  iso <- switch(order,
    ymd = paste(part(1), part(3), part(4)),
    dmy = paste(part(4), part(3), part(1)),
    mdy = paste(part(4), part(1), part(3)),
    ym = paste(part(1), part(3), "1")
  )
  days[fits] <- as.numeric(as.Date(iso, format = "%Y %m %d"))
  days
}

clock_pattern <- paste0(
  "^(\\d{1,2}):(\\d{2})(?::(\\d{2}(?:[.,]\\d+)?))?",
  " ?([AaPp][Mm])? ?(Z|UTC|GMT|[+-]\\d{2}:?\\d{2})?$"
)

# Seconds since midnight UTC. No time of day is midnight; 24:00 is the next.
read_clock <- function(text) {
  seconds <- rep(NA_real_, length(text))
  seconds[!nzchar(text)] <- 0
  fits <- grepl(clock_pattern, text, perl = TRUE)
  if (!any(fits)) {
    return(seconds)
  }
  part <- function(i) {
    sub(clock_pattern, paste0("\\", i), text[fits], perl = TRUE)
  }
  hour <- as.numeric(part(1))
  minute <- as.numeric(part(2))
  second <- as.numeric(sub("^$", "0", sub(",", ".", part(3))))
  half <- tolower(part(4))
  twelve <- nzchar(half)
  wrong <- hour > 24 | minute > 59 | second >= 61 |
    (hour == 24 & minute + second > 0) | (twelve & (hour < 1 | hour > 12))
  hour <- ifelse(twelve, hour %% 12 + 12 * (half == "pm"), hour)
  time <- 3600 * hour + 60 * minute + second - read_offset(part(5))
  seconds[fits] <- ifelse(wrong, NA, time)
  seconds
}

read_offset <- function(text) {
  plain <- text %in% c("", "Z", "UTC", "GMT")
  text <- ifelse(plain, "+0000", sub(":", "", text))
  sign <- ifelse(startsWith(text, "-"), -1, 1)
  sign * (3600 * as.numeric(substr(text, 2, 3)) +
            60 * as.numeric(substr(text, 4, 5)))
}

join_times <- function(days, seconds, pieces, bad) {
  days[bad] <- NA
  if (all(!nzchar(pieces$clock) | bad)) {
    return(structure(days, class = "Date"))
  }
  as.POSIXct(86400 * days + seconds, origin = "1970-01-01", tz = "UTC")
}

# The order that reads most values. A few of them rule most orders out.
best_order <- function(pieces, place) {
  few <- list(date = utils::head(unique(pieces$date), 100))
  shares <- vapply(names(date_patterns), function(order) {
    mean(!is.na(read_days(few, order)))
  }, numeric(1))
  orders <- names(which(shares > 0))
  if (length(orders) == 0) {
    return(list(order = "ymd", days = read_days(pieces, "ymd")))
  }
  days <- lapply(stats::setNames(orders, orders), read_days, pieces = pieces)
  known <- vapply(days, function(days) sum(!is.na(days)), numeric(1))
  if (all(c("dmy", "mdy") %in% orders) && known[["dmy"]] == max(known) &&
        known[["mdy"]] == max(known)) {
    return(settle_order(days, pieces, place))
  }
  order <- orders[[which.max(known)]]
  list(order = order, days = days[[order]])
}

#' Day first or month first
#'
#' Both read every value. Records mostly lie sorted in time, or are taken at
#' equal steps, and the wrong reading breaks that. Days that are the same in
#' both readings, such as 5 May, decide nothing.
#' @noRd
settle_order <- function(days, pieces, place) {
  days <- days[c("dmy", "mdy")]
  if (identical(days$dmy, days$mdy)) {
    return(list(order = "dmy", days = days$dmy))
  }
  seconds <- by_distinct(pieces$clock, read_clock)
  times <- lapply(days, function(days) (86400 * days + seconds)[place])
  sorted <- vapply(times, is_ordered, logical(1))
  uneven <- vapply(times, unevenness, numeric(1))
  settled <- "day first"
  order <- "dmy"
  if (sum(sorted) == 1) {
    settled <- "sorted"
    order <- names(which(sorted))
  } else if (min(uneven) < 0.1 && max(uneven) > 0.2) {
    settled <- "regular"
    order <- names(which.min(uneven))
  }
  list(order = order, days = days[[order]], settled = settled)
}

# Rising or falling throughout, missing values aside, and not by mere chance.
is_ordered <- function(times) {
  times <- times[!is.na(times)]
  (!is.unsorted(times) || !is.unsorted(-times)) && enough(times, 5)
}

# How much the steps between distinct times differ from one another, as a share
# of their mean: 0.03 for months, which are of unequal length.
unevenness <- function(times) {
  steps <- diff(sort(unique(times)))
  if (length(steps) < 2) Inf else stats::sd(steps) / mean(steps)
}

describe_format <- function(order, pieces, known) {
  date <- pieces$date[known][[1]]
  mark <- substr(gsub("[0-9]", "", date), 1, 1)
  day <- switch(order, ymd = c("yyyy", "mm", "dd"), dmy = c("dd", "mm", "yyyy"),
                mdy = c("mm", "dd", "yyyy"), ym = c("yyyy", "mm"))
  day <- paste(day, collapse = mark)
  clock <- pieces$clock[known & nzchar(pieces$clock)]
  if (length(clock) == 0) {
    return(day)
  }
  paste(day, if (grepl(":\\d{2}:", clock[[1]])) "HH:MM:SS" else "HH:MM")
}
