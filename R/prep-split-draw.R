# Which row goes to which part. Every function here gives a part (or fold)
# number a row, or rows by part, and leaves tables alone.

# To be called with a seed: the parts of a random split.
draw_parts <- function(table, by, prop, call = rlang::caller_env()) {
  n <- nrow(table)
  switch(by$method,
    random = {
      ends <- keep_parts(round(n * cumsum(prop)), n)
      part <- integer(n)
      part[sample.int(n)] <- rep(seq_along(prop), diff(c(0, ends)))
      part
    },
    strata = draw_strata(strata_codes(table, by$column, call), prop),
    group = draw_groups(group_codes(table, by$column, length(prop), call), prop)
  )
}

# Where parts end, moved so that each has at least one of `n` units.
keep_parts <- function(ends, n) {
  parts <- length(ends)
  before <- 0
  for (i in seq_len(parts)) {
    ends[[i]] <- min(max(ends[[i]], before + 1), n - (parts - i))
    before <- ends[[i]]
  }
  ends[[parts]] <- n
  ends
}

# Units that stay whole, in this order: where each part ends, so that its rows
# come nearest to its share.
cut_units <- function(sizes, prop) {
  middle <- cumsum(as.numeric(sizes)) - sizes / 2
  keep_parts(findInterval(cumsum(prop) * sum(sizes), middle), length(sizes))
}

#' Classes to split within
#'
#' @return An integer a row. Missing values are a class of their own.
#' @noRd
strata_codes <- function(table, column, call) {
  values <- table[[column]]
  check_plain_column(values, column, "strata", call)
  if (in_fifths(values)) {
    values <- as.numeric(values)
    cuts <- stats::quantile(values, 1:4 / 5, na.rm = TRUE)
    values <- findInterval(values, cuts, left.open = TRUE)
  }
  codes <- as_codes(values)
  if (max(codes) > length(codes) / 2) {
    deeply_abort(
      c(
        "The {.arg strata} column {.field {column}} has {max(codes)} different
         values in {length(codes)} row{?s}: hardly a class has two.",
        i = "Name a column with fewer classes. To keep rows that belong together
             in one part, use {.code group = {.str {column}}}."
      ),
      class = "split",
      call = call
    )
  }
  codes
}

in_fifths <- function(values) {
  is.numeric(values) && data.table::uniqueN(values) > 10
}

# Numbers from 1, in order of appearance.
as_codes <- function(values) {
  if (is.factor(values)) {
    values <- as.integer(values)
  }
  match(values, unique(values))
}

check_plain_column <- function(values, column, arg, call) {
  if (is.list(values) || !is.null(dim(values))) {
    deeply_abort(
      "The {.arg {arg}} column {.field {column}} is a {.cls
       {class(values)[[1]]}}; it must be a plain column, such as a factor, text
       or whole numbers.",
      class = "split",
      call = call
    )
  }
}

# Rows in a random order, stratum by stratum.
shuffle_within <- function(codes) {
  rows <- sample.int(length(codes))
  rows[order(codes[rows], method = "radix")]
}

draw_strata <- function(codes, prop) {
  rows <- shuffle_within(codes)
  sizes <- strata_sizes(tabulate(codes), prop)
  part <- integer(length(codes))
  part[rows] <- rep(rep(seq_along(prop), ncol(sizes)), sizes)
  part
}

#' How many rows of each stratum go to each part
#'
#' Each part gets its share rounded down or up. Which parts are rounded up is
#' decided by what they lack so far, so that the totals hold too; but no stratum
#' goes without training rows.
#' @return A matrix, parts x strata.
#' @noRd
strata_sizes <- function(rows, prop) {
  # Ten decimals: 0.7 * 10 must not be rounded down to 6.
  wanted <- round(outer(prop, rows), 10)
  sizes <- floor(wanted)
  lacking <- numeric(length(prop))
  for (i in seq_along(rows)) {
    left <- rows[[i]] - sum(sizes[, i])
    lacking <- lacking + wanted[, i] - sizes[, i]
    first <- replace(lacking, 1, if (sizes[1, i] == 0) Inf else lacking[[1]])
    up <- utils::head(order(-first), left)
    sizes[up, i] <- sizes[up, i] + 1
    lacking[up] <- lacking[up] - 1
  }
  sizes
}

group_codes <- function(table, column, least, call) {
  values <- table[[column]]
  check_plain_column(values, column, "group", call)
  missing <- sum(is.na(values))
  if (missing > 0) {
    deeply_abort(
      c(
        "The {.arg group} column {.field {column}} is missing in {missing}
         row{?s}, the first of them row {which(is.na(values))[[1]]}.",
        i = "Leave such rows out, or give each a group of its own."
      ),
      class = "split",
      call = call
    )
  }
  codes <- as_codes(values)
  if (max(codes) < least) {
    deeply_abort(
      c(
        "The {.arg group} column {.field {column}} has {max(codes)} group{?s},
         too few for {least} parts.",
        i = "Groups stay whole, so each part needs at least one."
      ),
      class = "split",
      call = call
    )
  }
  codes
}

# Large groups may miss the shares by much, so of several draws the nearest is
# taken. Of many groups one draw is near enough.
draw_groups <- function(codes, prop) {
  sizes <- tabulate(codes)
  draws <- if (length(sizes) > 1e4) 1 else 25
  nearest <- NULL
  for (i in seq_len(draws)) {
    order <- sample.int(length(sizes))
    ends <- cut_units(sizes[order], prop)
    reached <- cumsum(as.numeric(sizes[order]))[ends] / length(codes)
    miss <- max(abs(diff(c(0, reached)) - prop))
    if (is.null(nearest) || miss < nearest$miss) {
      nearest <- list(miss = miss, order = order, ends = ends)
    }
  }
  part <- integer(length(sizes))
  part[nearest$order] <- rep(seq_along(prop), diff(c(0, nearest$ends)))
  part[codes]
}

#' The column of `time` as numbers
#'
#' @return A list of `values`, `class` and `format` (of text).
#' @noRd
time_index <- function(table, column, call = rlang::caller_env(),
                       arg = "time") {
  values <- table[[column]]
  index <- column_times(values)
  if (is.null(index) && is.numeric(values) && is.null(dim(values))) {
    index <- list(values = as.numeric(values), class = "number")
  }
  if (is.null(index)) {
    abort_no_time(values, column, call, arg)
  }
  check_time_read(index, column, call, arg)
  check_time_known(index$values, column, call, arg)
  index
}

abort_no_time <- function(values, column, call, arg) {
  if (all(is.na(values))) {
    check_time_known(rep(NA_real_, length(values)), column, call, arg)
  }
  is_text <- is.character(values) || is.factor(values)
  some <- utils::head(unique(as.character(values[!is.na(values)])), 3)
  deeply_abort(
    c(
      "The {.arg {arg}} column {.field {column}} cannot be read as dates, times
       or numbers.",
      x = if (is_text) "It has values such as {.val {some}}."
          else "It is a {.cls {class(values)[[1]]}}.",
      i = "Convert it first, for instance with {.fn as.Date}."
    ),
    class = "split",
    call = call
  )
}

check_time_read <- function(index, column, call, arg) {
  bad <- index$offending
  if (length(bad) > 0) {
    some <- utils::head(bad, 3)
    deeply_abort(
      c(
        "The {.arg {arg}} column {.field {column}} has {length(bad)} value{?s}
         that cannot be read as {index$format}, such as {.val {some}}.",
        i = "Correct {cli::qty(bad)}{?it/them}, or convert the column with
             {.fn as.Date} or {.fn as.POSIXct}."
      ),
      class = "split",
      call = call
    )
  }
  if (identical(index$settled, "day first")) {
    deeply_warn(
      c(
        "{.field {column}} can be read with the day or with the month first;
         it was read as {.val {index$format}}.",
        i = "Convert it, for instance with {.code as.Date({column}, format =
             \"%m/%d/%Y\")}, to decide."
      ),
      class = "ambiguous_time"
    )
  }
}

check_time_known <- function(values, column, call, arg = "time") {
  missing <- which(!is.finite(values))
  if (length(missing) > 0) {
    deeply_abort(
      c(
        "The {.arg {arg}} column {.field {column}} is missing in
         {length(missing)} of {length(values)} row{?s}, the first of them row
         {missing[[1]]}.",
        i = "Fill them, or leave such rows out: they have no place in time."
      ),
      class = "split",
      call = call
    )
  }
}

# Rows by part, each in time order. Equal times stay together.
split_in_time <- function(values, prop, call = rlang::caller_env()) {
  blocks <- time_blocks(values)
  times <- length(blocks$sizes)
  if (times < length(prop)) {
    deeply_abort(
      c(
        "{.arg time} has {times} different value{?s}, too few for {length(prop)}
         parts.",
        i = "Rows of the same time stay together."
      ),
      class = "too_few_rows",
      call = call
    )
  }
  ends <- cumsum(blocks$sizes)[cut_units(blocks$sizes, prop)]
  from <- c(0, utils::head(ends, -1)) + 1
  Map(function(from, to) blocks$rows[from:to], from, ends)
}

# Rows in time order, and how many have each time.
time_blocks <- function(values) {
  sorted <- !is.unsorted(values)
  rows <- if (sorted) seq_along(values) else order(values, method = "radix")
  times <- if (sorted) values else values[rows]
  new <- c(TRUE, times[-1] != times[-length(times)])
  list(rows = rows, sizes = diff(c(which(new), length(times) + 1L)),
       times = times[new])
}
