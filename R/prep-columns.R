# A column is learned on the training rows and encoded the same way ever after.
# Two kinds: a number (scaled, with an indicator where values were missing) and
# a category (an integer code; 0 for a level that no training row had).

column_kind <- function(values) {
  if (is.factor(values) || is.character(values) || is.logical(values)) {
    return("category")
  }
  is_time <- inherits(values, c("Date", "POSIXct", "difftime"))
  is_plain <- is.numeric(values) && !inherits(values, "integer64")
  if ((is_time || is_plain) && is.null(dim(values))) "number" else "unknown"
}

#' Learns one column
#'
#' @param values The column, all rows.
#' @param name Its name.
#' @param train Row numbers to learn from.
#' @param rows Row numbers that will be encoded for the fit: their categories
#'   are known levels, though only `train` decides what the network sees.
#' @param settings `na`, `scale` and `trim` of the prep.
#' @return A list that `encode_number()` or `encode_category()` reads, or
#'   `NULL` for a column that is constant.
#' @noRd
learn_column <- function(values, name, train, rows, settings) {
  kind <- column_kind(values)
  if (kind == "unknown") {
    abort_column_class(values, name)
  }
  seen <- values[train]
  if (all(is.na(seen))) {
    deeply_abort(
      c(
        "Column {.field {name}} is missing in every training row.",
        i = "Leave it out: {.code . - {name}} in the formula."
      ),
      class = "all_missing",
      call = NULL
    )
  }
  if (settings$na == "error") {
    check_missing(values[rows], name)
  }
  switch(kind,
    number = learn_number(seen, name, settings),
    category = learn_category(values, seen, name, rows, settings)
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

check_missing <- function(values, name) {
  n <- sum(is.na(values))
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

learn_number <- function(seen, name, settings) {
  class <- class(seen)[[1]]
  seen <- as_number(seen, name)
  is_missing <- anyNA(seen)
  if (is_missing) {
    seen <- seen[!is.na(seen)]
  }
  limits <- range(seen)
  if (limits[[1]] == limits[[2]] && !is_missing) {
    return(NULL)
  }
  center <- switch(settings$scale,
    standard = mean(seen), range = limits[[1]], none = 0
  )
  scale <- switch(settings$scale,
    standard = stats::sd(seen), range = diff(limits), none = 1
  )
  list(
    name = name,
    kind = "number",
    class = class,
    center = center,
    scale = if (is.na(scale) || scale == 0) 1 else scale,
    # What stands for a missing value: the mean of what was seen.
    fill = mean(seen),
    indicator = is_missing && settings$na == "indicator"
  )
}

learn_category <- function(values, seen, name, rows, settings) {
  text <- category_text(values[rows], settings$trim)
  levels <- category_levels(values, text, settings$trim)
  seen <- category_text(seen, settings$trim)
  trained <- levels %in% seen
  is_missing <- anyNA(seen)
  if (sum(trained) + is_missing < 2) {
    return(NULL)
  }
  list(
    name = name,
    kind = "category",
    class = class(values)[[1]],
    levels = levels,
    codes = cumsum(trained) * trained,
    na_code = if (is_missing) sum(trained) + 1L else 0L,
    size = sum(trained) + is_missing,
    trim = settings$trim
  )
}

# Levels that occur, in the factor's own order or sorted.
category_levels <- function(values, text, trim) {
  occurring <- unique(text[!is.na(text)])
  if (!is.factor(values)) {
    return(sort(occurring, method = "radix"))
  }
  levels <- unique(category_text(levels(values), trim))
  levels[levels %in% occurring]
}

category_text <- function(values, trim) {
  if (is.factor(values)) {
    return(category_text(levels(values), trim)[as.integer(values)])
  }
  values <- as.character(values)
  if (!trim) {
    return(values)
  }
  # Trimmed once a distinct value: text columns repeat themselves.
  distinct <- unique(values)
  trimws(distinct)[match(values, distinct)]
}

as_number <- function(values, name) {
  # A duration counts in seconds, whatever unit it is shown in.
  values <- if (inherits(values, "difftime")) as.numeric(values, units = "secs")
            else as.numeric(values)
  # The sum is finite when all is, and allocates nothing.
  bad <- if (!is.finite(sum(values, na.rm = TRUE))) which(is.infinite(values))
  if (length(bad) > 0) {
    deeply_abort(
      c(
        "Column {.field {name}} has {length(bad)} infinite value{?s}, the first
         in row {bad[[1]]}.",
        i = "Use {.code NA} or a number instead; a division by zero or
             {.code log(0)} is the usual cause."
      ),
      class = "infinite",
      call = NULL
    )
  }
  values
}

#' Encodes a number
#'
#' @return A list of `values` (scaled, missing filled), `missing` (logical).
#' @noRd
encode_number <- function(values, column) {
  values <- as_number(values, column$name)
  missing <- is.na(values)
  if (any(missing)) {
    values[missing] <- column$fill
  }
  values <- (values - column$center) / column$scale
  if (length(values) > 0 && max(abs(range(values))) > largest_float) {
    abort_too_large(column)
  }
  list(values = values, missing = missing)
}

# Networks compute in 32 bits.
largest_float <- 3e38

abort_too_large <- function(column) {
  deeply_abort(
    c(
      "Column {.field {column$name}} has a value too large for a network, which
       computes in 32 bits.",
      x = "In training it was about {signif(column$fill, 3)}.",
      i = "Is it in another unit now?"
    ),
    class = "too_large",
    call = NULL
  )
}

#' Encodes a category
#'
#' @return A list of `values` (integer codes), `missing` and `new` (levels that
#'   were not known), as a character vector.
#' @noRd
encode_category <- function(values, column) {
  text <- category_text(values, column$trim)
  place <- match(text, column$levels)
  codes <- column$codes[place]
  missing <- is.na(text)
  codes[missing] <- column$na_code
  new <- unique(text[is.na(codes)])
  codes[is.na(codes)] <- 0L
  list(values = codes, missing = missing, new = new)
}

# A Date counts days and a POSIXct seconds: neither can stand for the other.
time_class <- function(class) {
  c(intersect(class, c("Date", "POSIXct", "difftime")), "none")[[1]]
}

# What was a number stays a number: a silent conversion would change meaning.
check_column_kind <- function(values, column, call) {
  same <- column_kind(values) == column$kind &&
    time_class(class(values)) == time_class(column$class)
  if (same || (is.logical(values) && all(is.na(values)))) {
    return(invisible())
  }
  wanted <- c(number = "numbers", category = "categories")[[column$kind]]
  deeply_abort(
    c(
      "Column {.field {column$name}} must hold {wanted}: it was
       {.cls {column$class}} in training.",
      x = "Now it is {.cls {class(values)[[1]]}}.",
      i = "Convert it with {.fn as.{column$class}}."
    ),
    class = "column_kind",
    call = call
  )
}
