# Dates and times: the time itself as a number, and what comes round again.

moment_length <- c(Date = 86400, POSIXct = 1)

#' @param sketch Of days (class Date) or seconds (POSIXct) since 1970.
#' @noRd
learn_time <- function(sketch, name, settings, repair = NULL) {
  time <- learn_number(sketch, name, settings, repair)
  if (!is.null(time$why)) {
    return(time)
  }
  main <- time$inputs[[1]]
  # The clock of the training rows, wherever new data is prepared.
  main$moment <- time_class(sketch$class)
  main$zone <- if (is.null(repair) && main$moment == "POSIXct") {
    clock_zone(sketch$zone)
  } else {
    "UTC"
  }
  parts <- time_parts(sketch, settings$steps$dates, main$zone)
  rounds <- lapply(parts, function(part) part_input(main, part, settings))
  learned(c(list(main), rounds), time$notes)
}

# The rounds that the training rows have seen at least once in full: from the
# first to the last of 24 hours are 23, of seven days six.
time_parts <- function(sketch, dates, zone) {
  length <- moment_length[[time_class(sketch$class)]]
  days <- (sketch$max - sketch$min) * length / 86400
  clock <- time_class(sketch$class) == "POSIXct" && days >= 23 / 24 &&
    any(time_part(sketch$points, "hour", "POSIXct", zone) > 0,
        na.rm = TRUE)
  covered <- c(
    hour = clock, weekday = days >= 6, yearday = days >= 364,
    month = days >= 364, season = days >= 364
  )
  wanted <- switch(dates,
    cyclic = c("hour", "weekday", "yearday"),
    parts = c("hour", "weekday", "month", "season"),
    number = character()
  )
  wanted <- wanted[covered[wanted]]
  if (dates == "cyclic" && length(wanted) > 0) {
    wanted <- paste0(rep(wanted, each = 2), c("_sin", "_cos"))
  }
  wanted
}

# All parts there are, so that none is new later.
part_levels <- list(
  hour = as.character(0:23),
  weekday = c("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
  month = month.abb,
  season = c("winter", "spring", "summer", "autumn")
)

part_input <- function(main, part, settings) {
  input <- main
  input$name <- paste0(main$name, "_", part)
  input$part <- part
  if (!part %in% names(part_levels)) {
    as_is <- list(transform = "none", indicator = FALSE, center = 0, scale = 1,
                  fill = 0, mean = 0, grid = NULL)
    input[names(as_is)] <- as_is
    return(input)
  }
  levels <- part_levels[[part]]
  missing <- main$indicator
  input$kind <- "category"
  c(
    input[c("name", "from", "kind", "source", "class", "repair", "zone",
            "moment", "part")],
    list(
      levels = levels, codes = seq_along(levels),
      na_code = if (missing) length(levels) + 1L else 0L,
      size = length(levels) + as.integer(missing), rare = character(),
      rules = text_rules(main$name, settings$steps)
    )
  )
}

#' A part of the date of each moment
#'
#' The year is the mean Gregorian one of 365.2425 days from 1 January 1970, so
#' the same date moves by up to a day between years.
#'
#' @param x Days or seconds since 1970.
#' @param part Such as "hour" or "weekday_sin".
#' @param moment "Date" or "POSIXct".
#' @param zone Time zone of a POSIXct.
#' @return Numbers, or text for a part that is a category.
#' @noRd
time_part <- function(x, part, moment, zone) {
  clock_part(clock_seconds(x, moment, zone), part)
}

# As the clock of the zone shows them.
clock_seconds <- function(x, moment, zone) {
  seconds <- x * moment_length[[moment]]
  if (moment == "POSIXct") seconds + zone_offset(seconds, zone) else seconds
}

clock_part <- function(seconds, part) {
  turn <- sub("_(sin|cos)$", "", part)
  if (turn != part) {
    angle <- 2 * pi * time_turn(seconds, turn)
    return(if (endsWith(part, "sin")) sin(angle) else cos(angle))
  }
  days <- floor(seconds / 86400)
  switch(part,
    hour = floor(seconds %% 86400 / 3600),
    weekday = part_levels$weekday[(days + 3) %% 7 + 1],
    month = month.abb[month_of(days)],
    season = part_levels$season[month_of(days) %% 12 %/% 3 + 1]
  )
}

# How far round, from 0 to 1. 1 January 1970 was a Thursday.
time_turn <- function(seconds, turn) {
  switch(turn,
    hour = seconds %% 86400 / 86400,
    weekday = (seconds / 86400 + 3) %% 7 / 7,
    yearday = (seconds / 86400) %% 365.2425 / 365.2425
  )
}

# A table has few days, each many times.
month_of <- function(days) {
  distinct <- unique(days)
  months <- as.POSIXlt(structure(distinct, class = "Date"))$mon + 1L
  months[match(days, distinct)]
}

# A time without a zone is shown in that of the machine.
clock_zone <- function(zone) {
  if (is.null(zone) || !nzchar(zone[[1]])) {
    zone <- Sys.timezone()
  }
  if (is.na(zone[[1]])) "UTC" else zone[[1]]
}

# Seconds ahead of UTC; the rules of a zone change at most every half hour.
zone_offset <- function(seconds, zone) {
  if (zone %in% c("UTC", "GMT")) {
    return(0)
  }
  half_hours <- floor(seconds / 1800)
  distinct <- unique(half_hours)
  local <- as.POSIXlt(distinct * 1800, origin = "1970-01-01", tz = zone)
  # By its parts, since not every year can be written as text and read again.
  clock <- 86400 * as.numeric(as.Date(local)) + 3600 * local$hour +
    60 * local$min + local$sec
  (clock - distinct * 1800)[match(half_hours, distinct)]
}
