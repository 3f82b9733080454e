# What the preparation did to a column, and what it found but left to the user
# to decide. A note has `step`, `column`, `count` (rows), `says` and `done`.

new_note <- function(step, column, count, says, done = TRUE) {
  list(list(step = step, column = column, count = count, says = says,
            done = done))
}

notes_table <- function(notes) {
  data.table(
    step = vapply(notes, `[[`, "", "step"),
    column = vapply(notes, `[[`, "", "column"),
    count = as.numeric(vapply(notes, `[[`, numeric(1), "count")),
    says = vapply(notes, `[[`, "", "says"),
    done = vapply(notes, `[[`, logical(1), "done")
  )
}

quote_values <- function(x, most = 3) {
  labels <- encodeString(shorten_text(x), quote = "\"")
  shorten(labels, most)
}

shorten_text <- function(x, most = 24) {
  ifelse(nchar(x) > most, paste0(substr(x, 1, most - 3), "..."), x)
}

# How the argument that does it is written.
step_code <- function(arg, column, value) {
  name <- deparse1(as.name(column), backtick = TRUE)
  sprintf("deep_steps(%s = list(%s = %s))", arg, name, value)
}

# Done ---------------------------------------------------------------------

note_cleaned <- function(sketch, text, name, rules) {
  raw <- sketch$levels
  counts <- sketch$counts
  moved <- !is.na(text) & text != raw & counts > 0
  gone <- is.na(text) & counts > 0
  c(
    if (any(moved)) {
      new_note("trim", name, sum(counts[moved]),
               "white space around values trimmed")
    },
    if (any(gone)) {
      new_note("tokens", name, sum(counts[gone]),
               paste(quote_values(unique(trimws(raw[gone]))),
                     "read as missing"))
    }
  )
}

note_repair <- function(name, repair, counts) {
  lost <- is.na(repair$values) & counts > 0
  share <- percent(repair$share)
  says <- paste("text read as", describe_repair(repair))
  if (length(repair$offending) > 0) {
    says <- paste0(says, " in ", share, " of rows; the rest is missing: ",
                   quote_values(repair$offending))
  }
  new_note(if (repair$to == "number") "numbers" else "dates", name,
           sum(counts[!lost]), says)
}

describe_repair <- function(repair) {
  if (repair$to == "number") {
    return("numbers")
  }
  first <- c(ymd = "year", ym = "year", dmy = "day", mdy = "month")
  paste0(if (repair$class == "Date") "dates, " else "times, ",
         first[[repair$form]], " first",
         if (repair$ambiguous) " (month first would fit as well)")
}

note_log1p <- function(name, sketch, done) {
  x <- sketch$points
  ask <- sprintf("deep_steps(log1p = \"%s\") would bring", name)
  says <- sprintf(
    "%s the skewness from %s to %s",
    if (done) "log(1 + x) brings" else ask,
    format_number(skewness(x), 1), format_number(skewness(squash(x)), 1)
  )
  new_note("log1p", name, sketch$n - sketch$missing, says, done)
}

note_spelling <- function(name, counts, text, merged) {
  moved <- text != merged & counts > 0
  if (!any(moved)) {
    return(NULL)
  }
  pairs <- unique(paste0(encodeString(text[moved], quote = "\""), " is ",
                         encodeString(merged[moved], quote = "\"")))
  new_note("spelling", name, sum(counts[moved]), shorten(pairs, 3))
}

note_rare <- function(name, counts, rare) {
  few <- counts > 0 & counts < rare
  if (sum(few) > 1) {
    new_note("rare", name, sum(counts[few]), sprintf(
      "%d levels with fewer than %s rows are one", sum(few),
      format(rare, big.mark = ",")
    ))
  }
}

# To decide ----------------------------------------------------------------

ask_missing_code <- function(name, sketch) {
  found <- find_missing_code(sketch)
  if (!is.null(found)) {
    value <- format(found$value, scientific = FALSE, digits = 10)
    new_note("missing", name, found$n, done = FALSE, sprintf(
      "%s stands far from the rest; if it means missing: %s", value,
      step_code("missing", name, value)
    ))
  }
}

#' @param top Rows that have the most frequent value, `value`, of `n` rows.
#' @noRd
ask_near_constant <- function(name, top, n, value) {
  if (n >= 1000 && top >= 0.999 * n && top < n) {
    new_note("near_constant", name, top, done = FALSE, sprintf(
      "is %s in all rows but %s", value, count(n - top)
    ))
  }
}

ask_counter <- function(name, sketch) {
  if (is_counter(sketch)) {
    new_note("identifiers", name, sketch$n, done = FALSE, sprintf(
      paste("a whole number of its own in each row, from %s to %s; if it",
            "only numbers the rows, leave it out"),
      format(sketch$min, big.mark = ","),
      format(sketch$max, big.mark = ",")
    ))
  }
}

status_names <- "provisional|ratified|prelim|status|flag|quality|qc|verified"
status_levels <- c("provisional", "preliminary", "ratified", "unratified",
                   "final", "verified", "unverified", "suspect", "estimated",
                   "invalid")

ask_status <- function(name, counts) {
  counts <- sort(counts[counts > 0], decreasing = TRUE)
  # A few rows of another status, or names that can mean nothing else.
  few <- length(counts) %in% 2:4 && counts[[1]] >= 0.9 * sum(counts)
  named <- few && grepl(status_names, tolower(name))
  if (!named && !any(tolower(names(counts)) %in% status_levels)) {
    return(NULL)
  }
  shown <- paste(names(counts), format(counts, big.mark = ",", trim = TRUE))
  new_note("filter", name, sum(counts[-1]), done = FALSE, sprintf(
    "looks like a status (%s); to learn from one alone: %s",
    shorten(shown, 4),
    step_code("filter", name, encodeString(names(counts)[[1]], quote = "\""))
  ))
}

# Levels that a network can hardly learn from.
few_rows <- 10

ask_rare_share <- function(name, counts, n) {
  few <- counts > 0 & counts < few_rows
  if (n >= 1000 && sum(few) >= 5) {
    new_note("rare", name, sum(counts[few]), done = FALSE, sprintf(
      "%d of %d levels have fewer than %d rows: deep_steps(rare = %d)",
      sum(few), sum(counts > 0), few_rows, few_rows
    ))
  }
}

# Rows of a table know nothing of neighbours, which is what tells in images.
ask_pixels <- function(sketches) {
  side <- pixel_side(sketches)
  if (!is.null(side)) {
    new_note("pixels", "", length(sketches), done = FALSE, sprintf(paste(
      "columns look like the pixels of images of %d x %d: deep_cnn() sees",
      "which of them are neighbours"
    ), side, side))
  }
}

#' Side of the square images whose pixels these columns seem to be
#'
#' Whole numbers from 0 to 255, as many as a square has points, of one channel
#' or of three. Half of the columns begin at 0, as ink on paper does.
#' @return A number; `NULL` of any other table.
#' @noRd
pixel_side <- function(sketches) {
  sides <- sqrt(length(sketches) / c(1, 3))
  side <- sides[sides >= 8 & sides == trunc(sides)]
  whole <- function(x) identical(x$kind, "number") && x$whole
  if (length(side) == 0 || !all(vapply(sketches, whole, NA))) {
    return(NULL)
  }
  least <- vapply(sketches, `[[`, 0, "min")
  most <- max(vapply(sketches, `[[`, 0, "max"))
  if (all(least >= 0) && mean(least == 0) >= 0.5 && most > 9 && most <= 255) {
    as.integer(side[[1]])
  }
}
