# One measurement written several times: hourly values in a table of quarter
# hours. Neighbouring rows are copies then, and a random split is a lookup.

repetition_sample <- 20000
repetition_same <- 0.99
repetition_change <- 0.5
fewest_blocks <- 10

block_units <- c(
  weekly = 604800, daily = 86400, "12-hour" = 43200, "6-hour" = 21600,
  "3-hour" = 10800, hourly = 3600, "30-minute" = 1800, "15-minute" = 900,
  "10-minute" = 600, "5-minute" = 300, minutely = 60
)
calendar_units <- c("yearly", "quarterly", "monthly")

find_repetition <- function(tables) {
  rows <- rows_in_time(tables)
  if (is.null(rows)) {
    return(NULL)
  }
  y <- unlist(tables$y, use.names = FALSE)
  numbers <- Filter(function(column) {
    column$kind == "number" && column$name != tables$time$name
  }, usable(tables, both = !is.null(tables$raw$test)))
  values <- lapply(numbers, function(column) c(column$train, column$test))
  if (length(y) == sum(tables$rows)) {
    values <- c(stats::setNames(list(y), tables$target), values)
  }
  found <- lapply(names(values), function(name) {
    x <- values[[name]][rows$row]
    target <- name == tables$target
    # A few values that stay for an hour are no measurement of that hour.
    if (!target && data.table::uniqueN(x) <= few_levels) {
      return(NULL)
    }
    block <- find_block(x, rows)
    if (!is.null(block)) repetition_finding(name, block, target)
  })
  Filter(Negate(is.null), found)
}

#' The first rows in time, at seconds on a grid
#' @return `NULL`, or a data.table of `row`, `series` and `at`, with the
#'   attributes `step`, the usual step, and `clock`, whether it is in seconds.
#' @noRd
rows_in_time <- function(tables) {
  time <- tables$time
  if (is.null(time) || is.null(time$train) ||
        (is.null(time$test) && !is.null(tables$raw$test))) {
    return(NULL)
  }
  scale <- if (identical(time$class, "Date")) 86400 else 1
  column <- time$key %||% tables$group
  rows <- data.table(
    row = seq_len(sum(tables$rows)),
    series = if (is.null(column)) 0L else series_codes(tables$raw, column),
    at = c(time$train, time$test) * scale
  )
  rows <- rows[!is.na(rows$at), ]
  rows <- rows[order(rows$series, rows$at), ]
  rows <- utils::head(rows, repetition_sample)
  steps <- diff(rows$at)
  steps <- steps[steps > 0 & diff(rows$series) == 0]
  if (length(steps) < fewest_blocks) {
    return(NULL)
  }
  step <- sort(table(steps), decreasing = TRUE)
  # Many rows at one time have no order of their own.
  if (length(steps) < 0.5 * nrow(rows) || step[[1]] < 0.5 * length(steps)) {
    return(NULL)
  }
  attr(rows, "step") <- as.numeric(names(step)[[1]])
  attr(rows, "clock") <- time$class %in% c("Date", "POSIXct")
  rows
}

series_codes <- function(raw, column) {
  values <- unlist(lapply(raw, function(part) as.character(part[[column]])))
  match(values, unique(values))
}

#' The largest unit of time in which a column keeps its value
#' @return `NULL`, or a list of `unit`, `rows` (in a block) and `step`.
#' @noRd
find_block <- function(x, rows) {
  known <- !is.na(x)
  x <- x[known]
  series <- rows$series[known]
  at <- rows$at[known]
  stays <- x[-1] == x[-length(x)]
  # Twice each value means that half of the rows keep it.
  if (length(x) < 2 * fewest_blocks || mean(stays) < 0.4) {
    return(NULL)
  }
  step <- attr(rows, "step")
  for (unit in candidate_units(step, attr(rows, "clock"))) {
    id <- data.table::rleid(series, block_of(at, unit, step))
    k <- rows_a_block(x, id)
    if (!is.null(k)) {
      return(list(unit = unit, rows = k, step = step))
    }
  }
  NULL
}

# The largest first; then so many steps from the first row on.
candidate_units <- function(step, clock) {
  units <- names(block_units)[block_units >= 2 * step &
                                block_units %% step == 0]
  c(
    if (clock && step <= 86400 * 15) calendar_units,
    if (clock) units,
    paste(12:2, "rows")
  )
}

block_of <- function(at, unit, step) {
  if (unit %in% calendar_units) {
    days <- floor(at / 86400)
    distinct <- unique(days)
    date <- as.POSIXlt(structure(distinct, class = "Date"))
    months <- 12 * date$year + date$mon
    size <- c(yearly = 12, quarterly = 3, monthly = 1)[[unit]]
    return((months %/% size)[match(days, distinct)])
  }
  if (unit %in% names(block_units)) {
    # A week begins on Monday; 1 January 1970 was a Thursday.
    shift <- if (unit == "weekly") 3 * 86400 else 0
    return(floor((at + shift) / block_units[[unit]]))
  }
  size <- as.numeric(sub(" rows", "", unit))
  floor(round((at - at[[1]]) / step) / size)
}

# Rows a block, if the column keeps its value in blocks and changes between.
rows_a_block <- function(x, id) {
  blocks <- data.table(x, id)[, list(
    rows = .N, first = x[[1]], same = all(x == x[[1]])
  ), by = "id"]
  several <- blocks$rows > 1
  if (sum(several) < fewest_blocks ||
        mean(blocks$same[several]) < repetition_same) {
    return(NULL)
  }
  change <- mean(blocks$first[-1] != blocks$first[-nrow(blocks)])
  if (change >= repetition_change) which.max(tabulate(blocks$rows))
}

repetition_finding <- function(name, block, target) {
  k <- block$rows
  how <- if (grepl("rows", block$unit)) {
    sprintf("each stays for %d rows", k)
  } else {
    sprintf("%s rows hold %s values", step_name(block$step), block$unit)
  }
  new_finding(
    "repetition", name, if (target) "stop" else "know", k,
    sprintf("values repeat %d times: %s%s", k, how,
            if (target) ", and a random split tests on copies" else ""),
    if (target) {
      sprintf("Thin to one row in %d: data[seq(1, nrow(data), by = %d), ]", k,
              k)
    } else {
      "Nothing, if it was measured that rarely."
    }
  )
}

step_name <- function(step) {
  known <- names(block_units)[block_units == step]
  if (length(known) > 0) {
    return(known)
  }
  if (step %% 86400 == 0) {
    return(paste0(step / 86400, "-day"))
  }
  if (step %% 60 == 0) paste0(step / 60, "-minute") else
    paste0(format(step), "-second")
}
