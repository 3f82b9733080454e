# A column is sketched on the training rows, learned from its sketch, and
# encoded the same way ever after. What is learned of one column is a list of
#   inputs   what the network gets of it: numbers (scaled, with an indicator
#            where values were missing) and categories (an integer code; 0 for
#            a level that no training row had); a date gives several
#   why      or, when it is set aside, the reason
#   notes    what was done to it, and what should be asked

column_kind <- function(values) {
  if (!is.null(dim(values))) {
    return("unknown")
  }
  if (is.factor(values) || is.character(values) || is.logical(values)) {
    return("category")
  }
  is_time <- inherits(values, c("Date", "POSIXct", "difftime"))
  is_plain <- is.numeric(values) && !inherits(values, "integer64")
  # fread() makes them; without bit64 they are read as tiny fractions.
  is_long <- inherits(values, "integer64") &&
    requireNamespace("bit64", quietly = TRUE)
  if (is_time || is_plain || is_long) "number" else "unknown"
}

# What a subclass is made of: fread() reads an IDate, which is a Date.
column_class <- function(values) {
  known <- c("Date", "POSIXct", "difftime", "integer64", "ordered", "factor")
  c(intersect(class(values), known), class(unclass(values[0])))[[1]]
}

# A Date counts days and a POSIXct seconds: neither can stand for the other.
time_class <- function(class) {
  c(intersect(class, c("Date", "POSIXct", "difftime")), "none")[[1]]
}

is_moment <- function(class) {
  time_class(class) %in% c("Date", "POSIXct")
}

#' Learns one column
#'
#' @param sketch Of its training rows.
#' @param name Its name.
#' @param settings What `prep_settings()` gave.
#' @return A list of `inputs`, `why`, `notes` and, of text, `text`, its cleaned
#'   levels, and `read`, a sketch of the numbers or times that it is read as.
#' @noRd
learn_column <- function(sketch, name, settings) {
  if (sketch$kind == "text") {
    return(learn_text(sketch, name, settings))
  }
  if (is_moment(sketch$class)) {
    return(learn_time(sketch, name, settings))
  }
  learn_number(sketch, name, settings)
}

learn_text <- function(sketch, name, settings) {
  steps <- settings$steps
  rules <- text_rules(name, steps)
  text <- clean_text(sketch$levels, rules)
  notes <- note_cleaned(sketch, text, name, rules)
  repair <- if (is_repairable(sketch$class, sketch$levels)) {
    find_repair(text, sketch$counts, steps, rules)
  }
  learned <- if (is.null(repair)) {
    learn_category(sketch, text, name, settings)
  } else {
    notes <- c(notes, note_repair(name, repair, sketch$counts))
    tokens <- missing_numbers(steps$missing[[name]], repair$class)
    repair$values[repair$values %in% tokens] <- NA
    read <- number_sketch(sketch, repair$values)
    read$class <- repair$class
    learn <- if (repair$to == "time") learn_time else learn_number
    c(learn(read, name, settings, repair[c("to", "form", "class", "rules")]),
      list(read = read))
  }
  learned$notes <- c(notes, learned$notes)
  learned$text <- text
  learned
}

# A factor was made on purpose, unless reading the file made it.
is_repairable <- function(class, levels) {
  class == "character" || class == "factor" && length(levels) > 100
}

#' Numbers or times that were read as text
#'
#' @return `NULL`, or a list of `to` ("number", "time"), `form`, `values`,
#'   `share`, `offending` and `rules`.
#' @noRd
find_repair <- function(text, counts, steps, rules) {
  if (steps$numbers > 1) {
    return(NULL)
  }
  found <- find_numbers(text, counts, steps$numbers)
  if (!is.null(found)) {
    return(c(list(to = "number", class = "numeric", rules = rules), found))
  }
  found <- find_times(text, counts, steps$numbers)
  if (!is.null(found)) c(list(to = "time", rules = rules), found)
}

# Most text is seen not to be numbers or times by what is in 50 rows, spread
# over all.
is_hopeless <- function(text, counts, share, read) {
  upto <- cumsum(as.numeric(counts))
  rows <- seq(0.5, upto[[length(upto)]] - 0.5, length.out = 50)
  some <- text[findInterval(rows, upto) + 1]
  share >= 0.5 && mean(read(some)) < share / 2
}

find_times <- function(text, counts, share) {
  seen <- which(!is.na(text) & counts > 0)
  if (length(seen) < 2) {
    return(NULL)
  }
  times <- function(text) !is.na(parse_times(text)$values %||% NA)
  if (is_hopeless(text[seen], counts[seen], share, times)) {
    return(NULL)
  }
  found <- parse_times(text[seen])
  values <- found$values
  read <- sum(counts[seen][!is.na(values)]) / sum(counts[seen])
  if (is.null(values) || read < share) {
    return(NULL)
  }
  class <- class(values)[[1]]
  list(form = found$order, class = class,
       values = read_times(text, found$order, class), share = read,
       ambiguous = found$ambiguous && found$settled == "day first",
       offending = text[seen][is.na(values)])
}

# As numbers: days for a Date, seconds for a time.
read_times <- function(text, order, class) {
  values <- parse_times(text, order)$values
  if (is.null(values)) {
    return(rep(NA_real_, length(text)))
  }
  # New dates may all lack the time of day.
  as_midnight <- class == "POSIXct" && inherits(values, "Date")
  as.numeric(values) * if (as_midnight) 86400 else 1
}

set_aside <- function(why, notes = list()) {
  list(inputs = list(), why = why, notes = notes)
}

learned <- function(inputs, notes = list()) {
  list(inputs = inputs, why = NULL, notes = notes)
}

# Reading again ------------------------------------------------------------

#' Reads the columns of a table as what they were found to be
#'
#' Text is repaired, and a date gives its parts. A date has several inputs, one
#' after the other, and is read once.
#' @return A function of a position in the table and what was learned of an
#'   input. It gives numbers, or values that stand for categories.
#' @noRd
column_reader <- function(table, rows) {
  last <- 0
  values <- clock <- NULL
  function(position, column) {
    if (position != last) {
      values <<- pull_column(table, position, rows)
      if (!is.null(column$repair)) {
        values <<- repair_values(values, column$repair)
      }
      clock <<- NULL
      last <<- position
    }
    if (is.null(column$part)) {
      return(values)
    }
    clock <<- clock %||%
      clock_seconds(as_number(values, column$from), column$moment, column$zone)
    clock_part(clock, column$part)
  }
}

repair_values <- function(values, repair) {
  if (column_kind(values) != "category") {
    return(values)
  }
  coded <- code_text(values)
  text <- clean_text(coded$levels, repair$rules)
  read <- switch(repair$to,
    number = parse_numbers(text, repair$form),
    time = read_times(text, repair$form, repair$class)
  )
  read[coded$codes]
}

# What was a number stays a number: a silent conversion would change meaning.
check_column_kind <- function(values, column, call) {
  kind <- column_kind(values)
  class <- time_class(class(values))
  same <- kind == column$source && class == time_class(column$class)
  repaired <- !is.null(column$repair) && kind == "number" &&
    class == time_class(column$repair$class)
  if (same || repaired || (is.logical(values) && all(is.na(values)))) {
    return(invisible())
  }
  wanted <- c(number = "numbers", category = "categories")[[column$source]]
  deeply_abort(
    c(
      "Column {.field {column$from}} must hold {wanted}: it was
       {.cls {column$class}} in training.",
      x = "Now it is {.cls {class(values)[[1]]}}.",
      i = "Convert it with {.fn as.{column$class}}."
    ),
    class = "column_kind",
    call = call
  )
}

abort_column_class <- function(values, name) {
  deeply_abort(
    c(
      "Column {.field {name}} is a {.cls {class(values)[[1]]}}, which has no
       meaning for a table model.",
      i = "Use numbers, factors, text, logicals, dates or times; unpack a list
           or matrix column into columns of its own."
    ),
    class = "column_class",
    call = NULL
  )
}

check_missing <- function(n, name) {
  if (n > 0) {
    deeply_abort(
      c(
        "Column {.field {name}} has {n} missing value{?s}.",
        i = "Fill them, or use {.code na = \"indicator\"} (an extra column says
             where) or {.code na = \"drop\"} (such rows are left out)."
      ),
      class = "missing_values",
      call = NULL
    )
  }
}
