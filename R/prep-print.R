# The story of a preparation, as it is printed and summarised.

#' @export
print.deep_prep <- function(x, ...) {
  cat("<deep_prep>\n")
  story <- prep_story(x)
  Map(cat_fields, names(story), story)
  invisible(x)
}

# Texts by label, several to some, none to others.
prep_story <- function(prep) {
  done <- prep$notes$done
  list(
    Outcome = describe_outcome(prep$outcome),
    Rows = describe_prep_rows(prep$rows),
    Numbers = describe_numbers(prep),
    Categories = describe_categories(prep),
    "Set aside" = if (length(prep$set_aside) > 0) {
      shorten(describe_aside(prep))
    },
    Missing = switch(prep$settings$na,
      indicator = "filled, with an indicator where training rows had them",
      error = "an error",
      drop = "such rows are left out"
    ),
    "New levels" = switch(prep$settings$new_levels,
      error = "an error", unknown = "treated as no known level"
    ),
    Done = describe_notes(prep$notes[done, ], prep$notes$step[done]),
    "To decide" = describe_notes(prep$notes[!done, ])
  )
}

cat_field <- function(label, text) {
  # A name may be longer than a line.
  text <- gsub("(\\S{60})\\S{4,}", "\\1...", paste(text, collapse = " "))
  lines <- strwrap(text, width = 66)
  cat(paste0("  ", format(c(label, rep("", max(0, length(lines) - 1))),
                          width = 11), " ", lines), sep = "\n")
}

# Several paragraphs under one label.
cat_fields <- function(label, texts) {
  for (i in seq_along(texts)) {
    cat_field(if (i == 1) label else "", texts[[i]])
  }
}

# A line a step and text; the columns it holds for stand together.
describe_notes <- function(notes, label = "") {
  keys <- paste(notes$step, notes$says)
  label <- rep(label, length.out = length(keys))
  lapply(unique(keys), function(key) {
    same <- notes[keys == key, ]
    columns <- ifelse(nzchar(same$column),
                      sprintf("%s (%s)", same$column, count(same$count)),
                      count(same$count))
    step <- label[match(key, keys)]
    link <- if (nzchar(same$column[[1]])) ": " else " "
    paste0(if (nzchar(step)) paste0(step, ": "), shorten(columns, 8),
           if (nzchar(step)) ", " else link, same$says[[1]])
  })
}

describe_aside <- function(prep) {
  sprintf("%s (%s)", names(prep$set_aside), prep$set_aside)
}

describe_outcome <- function(outcome) {
  if (is.null(outcome)) {
    return("none")
  }
  if (is_several(outcome)) {
    return(describe_outcomes(outcome))
  }
  if (outcome$task == "regression") {
    return(sprintf("the number `%s` (mean %.4g, sd %.4g)", outcome$name,
                   outcome$center, outcome$scale))
  }
  levels <- sprintf("%s %s", names(outcome$shares), percent(outcome$shares))
  if (length(levels) > 4) {
    levels <- c(levels[1:3], paste(length(levels) - 3, "more"))
  }
  sprintf("the classes of `%s` (%s)", outcome$name, toString(levels))
}

# Two digits, and more where two would turn 99.9 % into 100 %.
percent <- function(share) {
  digits <- ifelse(share > 0.99 | share < 0.01, 2, 1)
  paste0(format_number(100 * share, digits), " %")
}

format_number <- function(x, digits) {
  trimws(mapply(formatC, x, digits = digits,
                MoreArgs = list(format = "f", drop0trailing = TRUE)))
}

describe_prep_rows <- function(rows) {
  paste0(count(rows$learned), " learned from", describe_left_out(rows))
}

# Of all rows: those `learned` from and those left out.
describe_left_out <- function(rows) {
  reasons <- c(
    filtered = "by the filter", broken = "that cannot be read",
    no_outcome = "without an outcome",
    repeated = "the same as another",
    incomplete = "with missing predictors", split = "by the split"
  )
  out <- unlist(rows[intersect(names(reasons), names(rows))])
  out <- out[out > 0]
  if (length(out) == 0) {
    return("")
  }
  texts <- paste(count(out), reasons[names(out)])
  shown <- names(out) == "no_outcome"
  texts[shown] <- sprintf("%s (%s)", texts[shown],
                          percent(out[shown] / sum(unlist(rows))))
  paste0("; left out: ", toString(texts))
}

describe_numbers <- function(prep) {
  columns <- prep$columns[!is_category(prep)]
  if (length(columns) == 0) {
    return("none")
  }
  how <- c(standard = "standardised", range = "scaled to 0-1",
           robust = "by median and quartiles", quantile = "as normal scores",
           none = "as they are")[[prep$settings$scale]]
  labels <- vapply(columns, function(column) {
    if (column$indicator) paste(column$name, "(with indicator)")
    else column$name
  }, character(1))
  sprintf("%d, %s: %s", length(columns), how, shorten(labels))
}

describe_categories <- function(prep) {
  columns <- prep$columns[is_category(prep)]
  if (length(columns) == 0) {
    return("none")
  }
  labels <- vapply(columns, function(column) {
    sprintf("%s (%d)", column$name, column$size)
  }, character(1))
  sprintf("%d, with their levels: %s", length(columns), shorten(labels))
}

shorten <- function(labels, most = 12) {
  if (length(labels) > most) {
    labels <- c(labels[seq_len(most)], paste(length(labels) - most, "more"))
  }
  toString(labels)
}

# Before and after ---------------------------------------------------------

#' What a column was, for the summary and the plot: counts, no values of rows
#'
#' @param text Its cleaned levels, if it is text.
#' @param read A sketch of the numbers or times that its text stands for.
#' @noRd
see_column <- function(sketch, text = NULL, read = NULL) {
  seen <- sketch[c("class", "n", "missing")]
  if (!is.null(read)) {
    seen$read <- see_column(read)
  }
  if (sketch$kind == "text") {
    seen$missing <- sketch$n - sum(sketch$counts[!is.na(text)])
    counts <- counts_by(sketch$counts[!is.na(text)], text[!is.na(text)])
    counts <- sort(counts[counts > 0], decreasing = TRUE)
    seen$distinct <- length(counts)
    seen$counts <- utils::head(counts, most_bars)
    return(seen)
  }
  x <- sketch$points[!is.na(sketch$points)]
  seen$distinct <- length(unique(x))
  seen$range <- c(sketch$min, sketch$max)
  if (!is_moment(sketch$class)) {
    # To be shown, not to keep a value of a row.
    seen$range <- signif(seen$range, 4)
  }
  if (seen$distinct > 1) {
    breaks <- seq(sketch$min, sketch$max, length.out = most_bars + 1)
    at <- findInterval(x, breaks, rightmost.closed = TRUE)
    seen$counts <- tabulate(at, most_bars) / length(x) *
      (sketch$n - sketch$missing)
  }
  seen
}

most_bars <- 20

#' A preparation as a table, before and after
#'
#' @param object A [deep_prep()].
#' @inheritParams rlang::args_dots_empty
#'
#' @return A data.table with a row a column of the data: `column`, `class`,
#'   `missing` and `distinct` as it was on the training rows (`distinct` of
#'   numbers: in up to 100,000 of them), `before` (range or most frequent
#'   levels), `after` (what the network gets), `inputs` (how many numbers that
#'   is, categories as one-hot) and `embedding` (the length of a category's
#'   vector by the rule `min(600, round(1.6 * levels^0.56))`).
#' @export
#' @examples
#' summary(deep_prep(Species ~ ., data = iris))
summary.deep_prep <- function(object, ...) {
  rlang::check_dots_empty()
  rows <- Map(summarise_column, names(object$seen), object$seen,
              MoreArgs = list(prep = object))
  data.table::rbindlist(unname(rows))
}

summarise_column <- function(name, seen, prep) {
  inputs <- prep$columns[prep$positions == match(name, names(prep$seen))]
  is_code <- vapply(inputs, function(x) x$kind == "category", NA)
  sizes <- vapply(inputs, input_size, numeric(1))
  data.table(
    column = name, class = seen$class, missing = seen$missing,
    distinct = seen$distinct, before = describe_before(seen),
    after = if (length(inputs) == 0) {
      paste("set aside:", prep$set_aside[[name]])
    } else {
      toString(vapply(inputs, describe_input, "", prep = prep))
    },
    inputs = sum(sizes),
    embedding = if (any(is_code)) embedding_dims(sum(sizes[is_code])) else NA
  )
}

input_size <- function(column) {
  if (column$kind == "category") column$size else 1 + column$indicator
}

describe_before <- function(seen) {
  if (is.null(seen$range)) {
    return(quote_values(c(names(seen$counts), character(seen$distinct -
                                                    length(seen$counts)))))
  }
  if (seen$distinct == 0) {
    return("")
  }
  limits <- switch(time_class(seen$class),
    none = vapply(seen$range, format, "", digits = 4),
    difftime = paste(format(seen$range, digits = 4), "s"),
    show_times(as_time(seen$range, list(class = time_class(seen$class),
                                        tz = "UTC")))
  )
  paste(unique(limits), collapse = " to ")
}

describe_input <- function(column, prep) {
  if (column$kind == "category") {
    return(cli::pluralize("{column$size} level{?s}",
                          if (is.null(column$part)) "" else " ({column$part})"))
  }
  if (!is.null(column$part)) {
    return(column$part)
  }
  how <- c(if (column$transform == "log1p") "log(1 + x)",
           c(standard = "standardised", range = "0-1", robust = "robust",
             quantile = "normal score", none = "as is")[[prep$settings$scale]],
           if (column$indicator) "with indicator")
  paste(how, collapse = ", ")
}
