# From a table to the arrays of the network, a block of rows at a time, so that
# the encoded table exists once and in 32 bits.

block_rows <- 65536L
big_rows <- 100000L

# R lets spent memory grow by more than half of what is in use before it
# collects; for a big table those are hundreds of megabytes. A young collection
# takes 3 milliseconds.
free_memory <- function(rows, full = FALSE) {
  if (length(rows) > big_rows) {
    gc(verbose = FALSE, full = full)
  }
}

is_category <- function(prep) {
  vapply(prep$columns, function(column) column$kind == "category", logical(1))
}

# Names of the numeric inputs: each number, then its indicator.
numeric_names <- function(prep) {
  columns <- prep$columns[!is_category(prep)]
  flagged <- vapply(columns, `[[`, NA, "indicator")
  taken <- names(prep$columns)
  # The table may have a column `x_missing` of its own.
  flags <- make.unique(
    c(taken, sprintf("%s_missing", names(columns)[flagged])), "_"
  )[-seq_along(taken)]
  names <- as.list(names(columns))
  names[flagged] <- Map(c, names[flagged], flags)
  as.character(unlist(names))
}

# For each numeric input the position of its indicator, or 0.
numeric_flags <- function(prep) {
  flagged <- vapply(prep$columns[!is_category(prep)], `[[`, NA, "indicator")
  flags <- lapply(unname(flagged), function(x) if (x) c(1L, NA) else NA)
  flags <- as.integer(unlist(flags))
  ifelse(is.na(flags), 0L, seq_along(flags) + 1L)
}

level_sizes <- function(prep) {
  sizes <- vapply(prep$columns[is_category(prep)], function(column) {
    as.integer(column$size)
  }, integer(1))
  unname(sizes)
}

# Width of a row once categories are one-hot.
input_width <- function(prep) {
  length(numeric_names(prep)) + sum(level_sizes(prep))
}

# New data as the prep's table, each column of the kind it was.
new_table <- function(prep, new_data, call = rlang::caller_env()) {
  UseMethod("new_table")
}

#' @exportS3Method
new_table.deep_interaction_prep <- function(prep, new_data,
                                            call = rlang::caller_env()) {
  abort_task("ranking", "This", call)
}

#' @exportS3Method
new_table.deep_series_prep <- function(prep, new_data,
                                       call = rlang::caller_env()) {
  abort_task("forecast", "This", call)
}

#' @exportS3Method
new_table.deep_prep <- function(prep, new_data, call = rlang::caller_env()) {
  check_new_data(new_data, call)
  table <- forge(prep$blueprint, new_data, call)
  for (i in seq_along(prep$columns)) {
    check_column_kind(pull_column(table, prep$positions[[i]]),
                      prep$columns[[i]], call)
  }
  table
}

check_new_data <- function(new_data, call) {
  if (!is.data.frame(new_data) && !is.matrix(new_data)) {
    deeply_abort(
      c(
        "{.arg new_data} must be a data frame or a matrix.",
        x = "It is {.obj_type_friendly {new_data}}."
      ),
      class = "interface",
      call = call
    )
  }
}

#' Encodes the columns of some rows, one after the other
#'
#' @param prep A `deep_prep`.
#' @param table What `new_table()` or a source gives.
#' @param rows Row numbers; `NULL` is all.
#' @param f Called with each column of the prep and what it was encoded to:
#'   `values` and `missing`.
#' @return What was met: `incomplete` (one logical a row), the names of columns
#'   with `missing` values, and the levels that are `new`, by column.
#' @noRd
encode_columns <- function(prep, table, rows, f) {
  n <- if (is.null(rows)) table_rows(table) else length(rows)
  met <- list(incomplete = logical(n), missing = character(), new = list())
  read <- column_reader(table, rows)
  for (i in seq_along(prep$columns)) {
    column <- prep$columns[[i]]
    name <- names(prep$columns)[[i]]
    values <- read(prep$positions[[i]], column)
    encoded <- if (column$kind == "category") encode_category(values, column)
               else encode_number(values, column, rows %||% seq_len(n))
    if (length(encoded$new) > 0) {
      met$new[[name]] <- encoded$new
    }
    # What is missing in a date is missing in its parts.
    if (is.null(column$part) && any(encoded$missing)) {
      met$incomplete <- met$incomplete | encoded$missing
      met$missing <- c(met$missing, name)
    }
    f(column, encoded)
  }
  met
}

#' Encodes a block of rows as the arrays of the network
#'
#' @inheritParams encode_columns
#' @return A list of `inputs`, and of what `encode_columns()` gives. The inputs
#'   are the matrices `numeric` and `category`, with a matrix column for each
#'   row of the table: R stores that as Python stores rows, so the crossing need
#'   not transpose. Of images they are one such matrix, `image`, or a handle.
#' @noRd
encode_rows <- function(prep, table, rows) {
  UseMethod("encode_rows")
}

#' @exportS3Method
encode_rows.deep_prep <- function(prep, table, rows) {
  numbers <- matrix(0, length(numeric_names(prep)), length(rows))
  codes <- matrix(0L, sum(is_category(prep)), length(rows))
  next_number <- next_code <- 1L
  met <- encode_columns(prep, table, rows, function(column, encoded) {
    if (column$kind == "category") {
      codes[next_code, ] <<- encoded$values
      next_code <<- next_code + 1L
      return()
    }
    numbers[next_number, ] <<- encoded$values
    if (column$indicator) {
      numbers[next_number + 1L, ] <<- encoded$missing
    }
    next_number <<- next_number + 1L + column$indicator
  })
  c(list(inputs = list(numeric = numbers, category = codes)), met)
}

#' Encodes a table block by block
#'
#' @param f Called with the inputs of each block, the rows before it, and its
#'   own.
#' @return A list of `results` (what `f` gave), `incomplete`, `missing` and
#'   `new`, as in `encode_rows()`.
#' @noRd
map_blocks <- function(prep, table, rows, f) {
  size <- block_size(prep)
  firsts <- seq.int(1L, max(1L, length(rows)), by = size)
  results <- incomplete <- vector("list", length(firsts))
  met <- list(missing = character(), new = list())
  for (i in seq_along(firsts)) {
    last <- min(firsts[[i]] + size - 1L, length(rows))
    taken <- rows[seq.int(firsts[[i]], length.out = last - firsts[[i]] + 1L)]
    block <- encode_rows(prep, table, taken)
    results[i] <- list(f(block$inputs, firsts[[i]] - 1L, length(taken)))
    incomplete[[i]] <- block$incomplete
    met$missing <- union(met$missing, block$missing)
    for (name in names(block$new)) {
      met$new[[name]] <- union(met$new[[name]], block$new[[name]])
    }
    if (last < length(rows)) {
      # What Python holds of a block is given back with it.
      rm(block)
      gc(verbose = FALSE, full = FALSE)
    }
  }
  c(list(results = results, incomplete = unlist(incomplete)), met)
}

#' Fills a row buffer on the Python side, for training
#'
#' @param run What `fit_table()` made ready.
#' @param table The table of its source.
#' @param targets List of `y`, what `encode_outcome()` gave, and `weights`, for
#'   each of `run$numbers`.
#' @return The run with `buffer`, a handle, and what was `met`. The buffer is a
#'   file where memory is short or `deep_control()` asks for it.
#' @noRd
send_rows <- function(run, table, targets) {
  run$buffer <- open_rows(run, length(run$numbers))
  run$met <- write_rows(run$buffer, 0L, run$prep, table, run$numbers, targets)
  run
}

#' Fills a part of a row buffer
#'
#' @param first Rows before that part.
#' @param targets As in `send_rows()`; `NULL` for rows to predict.
#' @return What `map_blocks()` met.
#' @noRd
write_rows <- function(buffer, first, prep, table, rows, targets = NULL) {
  map_blocks(prep, table, rows, function(block, before, n) {
    if (!is.null(targets)) {
      at <- before + seq_len(n)
      block$y <- targets$y[, at, drop = FALSE]
      block$weights <- matrix(targets$weights[at], nrow = 1)
    }
    backend_call("write", buffer, first + before, block)
  })
}

# An empty row buffer.
open_rows <- function(run, n) {
  widths <- row_widths(run$prep)
  stream <- run$spec$control$stream %||% is_short_of_memory(n, widths)
  path <- if (stream) rows_path(run$spec$control$checkpoint)
  backend_call("rows", n, widths, path)
}

# Columns of each input, by name.
row_widths <- function(prep) {
  UseMethod("row_widths")
}

#' @exportS3Method
row_widths.deep_prep <- function(prep) {
  list(
    numeric = length(numeric_names(prep)),
    category = length(level_sizes(prep)),
    y = max(1L, length(prep$outcome$parts)),
    weights = 1L
  )
}

# Rows that are encoded at once.
block_size <- function(prep) {
  UseMethod("block_size")
}

#' @exportS3Method
block_size.deep_prep <- function(prep) {
  block_rows
}

# Every encoded value takes 4 bytes, and one of an image a single byte. A window
# of images is read while the last one is learned from, which takes far longer:
# they go to a file as soon as memory would tell.
is_short_of_memory <- function(n, widths, free = free_bytes()) {
  image <- names(widths) == "image"
  bytes <- n * sum(ifelse(image, 1, 4) * unlist(widths))
  bytes > if (any(image)) min(free / 4, 2^28) else free / 4
}

# What the system could still give, where it says so.
free_bytes <- function(path = "/proc/meminfo") {
  lines <- if (file.exists(path)) readLines(path)
  line <- grep("^MemAvailable:", lines, value = TRUE)
  if (length(line) == 0) {
    return(8 * 2^30)
  }
  1024 * as.numeric(gsub("[^0-9]", "", line))
}

#' Says what new data held that training rows had not
#'
#' @param prep A `deep_prep`.
#' @param met What `map_blocks()` or `encode_rows()` gave.
#' @noRd
warn_encoded <- function(prep, met, call = rlang::caller_env()) {
  UseMethod("warn_encoded")
}

#' @exportS3Method
warn_encoded.deep_prep <- function(prep, met, call = rlang::caller_env()) {
  unknown <- Filter(length, met$new)
  if (length(unknown) > 0) {
    report_new_levels(prep, unknown, call)
  }
  if (length(met$missing) > 0) {
    report_missing(prep, met, call)
  }
}

report_new_levels <- function(prep, unknown, call) {
  name <- names(unknown)[[1]]
  found <- unknown[[1]]
  if (prep$settings$new_levels == "unknown") {
    deeply_warn(
      "New levels in {.field {names(unknown)}} were treated as unknown:
       {.val {unlist(unknown, use.names = FALSE)}}.",
      class = "new_levels"
    )
    return(invisible())
  }
  deeply_abort(
    c(
      "Column {.field {name}} has {length(found)} new level{?s}:
       {.val {found}}.",
      x = "Training rows had {.val {prep$columns[[name]]$levels}}.",
      i = "Correct the data, or fit with {.code new_levels = \"unknown\"}."
    ),
    class = "new_levels",
    call = call
  )
}

report_missing <- function(prep, met, call) {
  if (prep$settings$na == "error") {
    deeply_abort(
      c(
        "{cli::qty(met$missing)}Column{?s} {.field {met$missing}} {?has/have}
         missing values, in {sum(met$incomplete)} row{?s}.",
        i = "Fill them, or fit with {.code na = \"indicator\"}."
      ),
      class = "missing_values",
      call = call
    )
  }
  if (prep$settings$na == "drop") {
    deeply_warn(
      "{sum(met$incomplete)} row{?s} with missing values in
       {.field {met$missing}} get{?s/} {.code NA} as prediction.",
      class = "missing_values"
    )
    return(invisible())
  }
  surprising <- unexpected_missing(prep, met$missing)
  if (length(surprising) > 0) {
    deeply_warn(
      c(
        "{.field {surprising}} {cli::qty(surprising)}{?has/have} missing values,
         which no training row had.",
        i = "Numbers were filled with the training mean, categories count as
             unknown."
      ),
      class = "missing_values"
    )
  }
}

# Columns with missing values of which the training rows had none.
unexpected_missing <- function(prep, names) {
  Filter(function(name) {
    column <- prep$columns[[name]]
    !isTRUE(column$indicator) && !isTRUE(column$na_code > 0)
  }, names)
}
