# Tables in files: what all formats share. What R holds of one is where it lies
# and which columns it has; its rows come a block at a time, so the table may be
# of any size.
#
# Each format has a class, `deep_<format>`, above `deep_files`, and its own way
# to open the files. Python reads them.

file_formats <- list(
  parquet = list(
    name = "Parquet",
    whole = "Its files must be whole, end in {.file .parquet} and have the same
             columns."
  ),
  csv = list(
    name = "CSV",
    whole = "Its files must be whole, begin with the names of their columns, the
             same in all, and have {.val {at$sep}} between two fields."
  )
)

is_file_table <- function(x) {
  inherits(x, "deep_files")
}

#' Where a table lies
#'
#' @param path As the user gave it.
#' @param format One of `names(file_formats)`.
#' @param ... What else it takes to open it.
#' @return A list of `path` (absolute), `format` and `...`.
#' @noRd
place_files <- function(path, format, ..., call = rlang::caller_env()) {
  if (!is.character(path) || length(path) != 1 || is.na(path)) {
    abort_argument("path", path, "the path of one file or folder", call)
  }
  if (!file.exists(path.expand(path))) {
    deeply_abort(
      c(
        "There is no file or folder {.path {path}}.",
        i = "The working directory is {.path {getwd()}}."
      ),
      class = c(format, "files"), call = call
    )
  }
  list(path = absolute_path(path), format = format, ...)
}

#' A table in files, as R knows it
#'
#' @param at What `place_files()` gave.
#' @param table Python's handle.
#' @noRd
new_files <- function(at, table, call = rlang::caller_env()) {
  data <- structure(
    c(at, about_files(at, table, call)),
    class = c(paste0("deep_", at$format), "deep_files")
  )
  tell_partitions(data)
  data
}

about_files <- function(at, table, call) {
  about <- file_call(at, "table_about", table, call = call)
  list(
    n_rows = as_count(about$n_rows),
    columns = data.table::rbindlist(
      lapply(about$columns, `[`, c("name", "kind", "type"))
    ),
    files = as.character(about$files),
    stamps = list(size = as.vector(about$sizes),
                  time = as.vector(about$times)),
    partitions = as.character(about$partitions)
  )
}

tell_partitions <- function(data) {
  if (length(data$partitions) > 0) {
    deeply_inform(c(
      "{.field {data$partitions}} in the names of folders {?is/are} not read.",
      i = "To use {?it/them}, write {?it/them} into the files as
           {cli::qty(data$partitions)}{?a column/columns}."
    ))
  }
}

open_files <- function(data, call = rlang::caller_env()) {
  switch(data$format,
    parquet = open_parquet(data, call),
    csv = open_csv(data, call)
  )
}

# An integer prints as one; a file may hold more rows than R has integers.
as_count <- function(n) {
  storage.mode(n) <- if (all(n <= .Machine$integer.max)) "integer" else "double"
  n
}

file_kinds <- c(
  number = "Numbers", integer = "Integers", logical = "Logicals",
  category = "Categories", date = "Dates", time = "Times", text = "Texts"
)

#' @export
print.deep_files <- function(x, ...) {
  cat(sprintf("<%s>\n", class(x)[[1]]))
  cat_field("Path", x$path)
  cat_field("Rows", cli::pluralize(
    "{count(x$n_rows)} in {length(x$files)} file{?s}"
  ))
  for (kind in names(file_kinds)) {
    names <- x$columns$name[x$columns$kind == kind]
    if (length(names) > 0) {
      cat_field(file_kinds[[kind]],
                sprintf("%d: %s", length(names), shorten(names)))
    }
  }
  unread <- which(x$columns$kind == "unsupported")
  if (length(unread) > 0) {
    labels <- sprintf("%s (%s)", x$columns$name, x$columns$type)[unread]
    cat_field("Not read", shorten(labels, 4))
  }
  if (length(x$partitions) > 0) {
    cat_field("Folders", paste(shorten(x$partitions), "(not read)"))
  }
  invisible(x)
}

# No rows, but the columns that can be used: what a formula is held against.
file_shape <- function(data, without = character()) {
  usable <- data$columns$name[data$columns$kind != "unsupported"]
  list2DF(rlang::rep_named(setdiff(usable, without), list(logical())))
}

check_readable <- function(columns, data, call) {
  at <- match(columns, data$columns$name)
  bad <- at[data$columns$kind[at] %in% "unsupported"]
  if (length(bad) > 0) {
    deeply_abort(
      c(
        "Column {.field {data$columns$name[[bad[[1]]]]}} holds
         {.code {data$columns$type[[bad[[1]]]]}}, which has no meaning for a
         table model.",
        i = "Columns of numbers, logicals, dates, times and text can be used."
      ),
      class = "column_class",
      call = call
    )
  }
}

# A pass over the rows -----------------------------------------------------

#' Starts a pass over some columns
#'
#' @param data A `deep_files`.
#' @param columns Names of columns.
#' @return An environment for `next_block()`: `kinds` and the `levels` of texts
#'   that were met so far, by column.
#' @noRd
file_pass <- function(data, columns, call = rlang::caller_env()) {
  table <- open_files(data, call)
  check_unchanged(data, about_files(data, table, call), call)
  at <- match(columns, data$columns$name)
  list2env(list(
    at = data,
    columns = columns,
    kinds = data$columns$kind[at],
    levels = rep(list(character()), length(at)),
    reading = file_call(data, "table_blocks", table, at - 1L, block_rows,
                        call = call)
  ), parent = emptyenv())
}

check_unchanged <- function(data, now, call) {
  same <- c("n_rows", "columns", "files")
  if (isTRUE(all.equal(now[same], data[same])) &&
        identical(now$stamps, data$stamps)) {
    return(invisible())
  }
  maker <- class(data)[[1]]
  deeply_abort(
    c(
      "{.path {data$path}} has changed since {.fn {maker}} looked at it.",
      x = if (now$n_rows != data$n_rows) {
        "It had {count(data$n_rows)} rows, now it has {count(now$n_rows)}."
      },
      i = "Call {.fn {maker}} again."
    ),
    class = c(data$format, "files"), call = call
  )
}

#' The next block of rows
#'
#' @return A list of a vector a column, `NULL` at the end: numbers, or the codes
#'   of texts. The codes are those of `pass$levels` in every block and pass.
#' @noRd
next_block <- function(pass, call = rlang::caller_env()) {
  block <- file_call(pass$at, "table_next", pass$reading, call = call)
  if (is.null(block)) {
    return(NULL)
  }
  for (i in seq_along(block)) {
    new <- as.character(block[[i]]$levels)
    if (length(new) > 0) {
      pass$levels[[i]] <- c(pass$levels[[i]], new)
    }
  }
  # Not `dim<-`, which would copy.
  values <- lapply(block, function(column) {
    data.table::setattr(column$values, "dim", NULL)
  })
  stats::setNames(values, pass$columns)
}

#' Ends a pass before its end
#' @noRd
close_pass <- function(pass, call = rlang::caller_env()) {
  file_call(pass$at, "table_close", pass$reading, call = call)
}

#' Codes and numbers as the columns they stand for
#' @return A data frame.
#' @noRd
as_columns <- function(block, pass) {
  columns <- Map(as_column, block, pass$kinds, pass$levels)
  structure(columns, names = pass$columns, class = "data.frame",
            row.names = .set_row_names(length(block[[1]])))
}

as_column <- function(values, kind, levels) {
  if (is.integer(values)) {
    values[values == 0L] <- NA
  }
  switch(kind,
    logical = values == 1,
    category = structure(values, levels = levels, class = "factor"),
    text = levels[values],
    date = structure(values, class = "Date"),
    time = structure(values, class = c("POSIXct", "POSIXt"), tzone = "UTC"),
    values
  )
}

file_call <- function(at, verb, ..., call = rlang::caller_env()) {
  tryCatch(
    backend_call(verb, ...),
    deeply_error_python = function(cnd) rethrow_files(cnd, at, call)
  )
}

rethrow_files <- function(cnd, at, call) {
  format <- file_formats[[at$format]]
  if (cnd$python_type %in% c("ModuleNotFoundError", "ImportError")) {
    deeply_abort(
      c(
        "{format$name} files need the Python package {.pkg pyarrow}.",
        x = "{cnd$python_value}",
        i = "Run {.run deeply::deep_install(extras = c(\"xgboost\",
             \"parquet\"))} and restart R."
      ),
      class = "python_module", parent = cnd, call = call
    )
  }
  if (cnd$python_type %in% c("ValueError", "OSError", "FileNotFoundError")) {
    deeply_abort(
      c(
        "The {format$name} table {.path {at$path}} cannot be read.",
        x = "{cnd$python_value}",
        i = format$whole
      ),
      class = c(at$format, "files"), call = call
    )
  }
  rlang::cnd_signal(cnd)
}

# Predicting ---------------------------------------------------------------

#' Outputs of the network for a table in files, block by block
#'
#' @return As `network_outputs()`.
#' @noRd
file_outputs <- function(fit, data, call = rlang::caller_env(),
                         verb = "predict") {
  handle <- live_model(fit)
  needed <- blueprint_columns(fit$prep$blueprint)
  check_readable(needed, data, call)
  check_columns(needed, file_shape(data), call)
  pass <- file_pass(data, needed, call)
  outputs <- incomplete <- list()
  met <- list(missing = character(), new = list())
  strict <- c(fit$prep$settings$na, fit$prep$settings$new_levels) == "error"
  while (!is.null(block <- next_block(pass, call))) {
    table <- new_table(fit$prep, as_columns(block, pass), call)
    answer <- map_blocks(
      fit$prep, table, seq_len(table_rows(table)),
      function(block, ...) backend_call(verb, handle, block)
    )
    # An error at once, a warning once, at the end.
    warn_encoded(fit$prep, list(
      missing = if (strict[[1]]) answer$missing,
      new = if (strict[[2]]) answer$new, incomplete = answer$incomplete
    ), call)
    met$missing <- union(met$missing, answer$missing)
    for (name in names(answer$new)) {
      met$new[[name]] <- union(met$new[[name]], answer$new[[name]])
    }
    outputs <- c(outputs, answer$results)
    incomplete <- c(incomplete, list(answer$incomplete))
  }
  met$incomplete <- unlist(incomplete)
  warn_encoded(fit$prep, met, call)
  drop_incomplete(do.call(rbind, outputs), fit$prep, met$incomplete)
}

#' Judges a fit on rows drawn at random, of a table in files
#' @noRd
evaluate_files <- function(fit, data, call = rlang::caller_env()) {
  sample <- sample_files(fit, data, call)
  judged <- evaluate(fit, sample$rows)
  if (!sample$whole) {
    about <- attr(judged, "judged_on")
    about$on <- "sampled new rows"
    data.table::setattr(judged, "judged_on", about)
  }
  judged
}

#' Rows of a table in files, drawn at random if there are more than `most`
#' @return A list of `rows`, a data frame, whether they are the `whole`, and
#'   `of` how many they were drawn.
#' @noRd
sample_files <- function(fit, data, call, most = rows_to_judge) {
  blueprint <- fit$prep$blueprint
  columns <- union(blueprint_columns(blueprint), all.vars(blueprint$outcome))
  check_readable(columns, data, call)
  columns <- intersect(columns, data$columns$name)
  pass <- file_pass(data, columns, call)
  sample <- new_sample(most, data$n_rows, length(columns))
  with_seed(fit$info$seed, {
    while (!is.null(block <- next_block(pass, call))) {
      add_to_sample(sample, block, seq_along(block[[1]]))
    }
  })
  list(rows = as_columns(sample$columns, pass),
       whole = sample$seen <= sample$room, of = sample$seen)
}

# Columns of the data that the predictors are made of.
blueprint_columns <- function(blueprint) {
  if (blueprint$kind == "recipe") {
    return(recipe_columns(blueprint$recipe))
  }
  unique(unlist(lapply(blueprint$predictors, all.vars), use.names = FALSE))
}
