# Tables in Parquet files. What R holds of one is where it lies and which
# columns it has; its rows come a block at a time, so the table may be of any
# size.

#' A table in Parquet files, of any size
#'
#' Looks at a Parquet file, or at a folder of them, and remembers its columns.
#' Nothing is read but the headers: [deep_mlp()] reads the rows in blocks, so
#' that data larger than memory can be trained on.
#'
#' A folder is searched with all folders in it; names that begin with a dot or
#' an underscore are passed over. All files must have the same columns. Where
#' the folders have names such as `year=2024`, these are not columns here.
#'
#' Numbers, integers, logicals, dates, times, text and dictionaries (R's
#' factors) can be used. Columns of other kinds are left out of a `.` in a
#' formula, with a message.
#'
#' @section How a network is fitted to it:
#' `deep_mlp(y ~ ., data = deep_parquet("folder"))` reads the files twice. The
#' first pass counts, checks and draws up to 200,000 training rows at random, of
#' which the preparation is learned. The second pass encodes all rows and hands
#' them to the network: into memory, or into a file if
#' `deep_control(stream = TRUE)` says so or memory is short. Categories too rare
#' to be among the drawn rows count as unknown, with a warning. Validation rows
#' are drawn from every block; the fit is judged on 100,000 of them. Case
#' weights are named: `weights = "w"`. `na = "drop"` and row numbers as
#' `validation` are not possible.
#'
#' @section Python:
#' Needs the Python package pyarrow, which
#' `deep_install(extras = c("xgboost", "parquet"))` brings.
#'
#' @param path A file or a folder.
#'
#' @return A list of class `deep_parquet`: `path`, `n_rows`, `columns` (a
#'   data.table with `name`, `kind` and Arrow's `type`), `files` and
#'   `partitions` (names in folders, which are not read).
#' @seealso [deep_mlp()] and [predict.deep_fit()] take it as data.
#' @export
#' @examplesIf interactive()
#' data <- deep_parquet("sales")
#' data
#' fit <- deep_mlp(price ~ ., data, control = deep_control(stream = TRUE))
#' predict(fit, deep_parquet("new_sales"))
deep_parquet <- function(path) {
  if (!is.character(path) || length(path) != 1 || is.na(path)) {
    abort_argument("path", path, "the path of one file or folder",
                   rlang::current_env())
  }
  if (!file.exists(path.expand(path))) {
    deeply_abort(
      c(
        "There is no file or folder {.path {path}}.",
        i = "The working directory is {.path {getwd()}}."
      ),
      class = "parquet"
    )
  }
  path <- absolute_path(path)
  data <- describe_parquet(path, parquet_call(path, "parquet", path))
  if (length(data$partitions) > 0) {
    deeply_inform(c(
      "{.field {data$partitions}} in the names of folders {?is/are} not read.",
      i = "To use {?it/them}, write {?it/them} into the files as
           {cli::qty(data$partitions)}{?a column/columns}."
    ))
  }
  data
}

describe_parquet <- function(path, table, call = rlang::caller_env()) {
  about <- parquet_call(path, "parquet_about", table, call = call)
  structure(
    list(
      path = path,
      n_rows = as_count(about$n_rows),
      columns = data.table::rbindlist(
        lapply(about$columns, `[`, c("name", "kind", "type"))
      ),
      files = as.character(about$files),
      partitions = as.character(about$partitions)
    ),
    class = "deep_parquet"
  )
}

# An integer prints as one; a file may hold more rows than R has integers.
as_count <- function(n) {
  storage.mode(n) <- if (all(n <= .Machine$integer.max)) "integer" else "double"
  n
}

parquet_kinds <- c(
  number = "Numbers", integer = "Integers", logical = "Logicals",
  category = "Categories", date = "Dates", time = "Times", text = "Texts"
)

#' @export
print.deep_parquet <- function(x, ...) {
  cat("<deep_parquet>\n")
  cat_field("Path", x$path)
  cat_field("Rows", cli::pluralize(
    "{count(x$n_rows)} in {length(x$files)} file{?s}"
  ))
  for (kind in names(parquet_kinds)) {
    names <- x$columns$name[x$columns$kind == kind]
    if (length(names) > 0) {
      cat_field(parquet_kinds[[kind]],
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

is_parquet <- function(x) {
  inherits(x, "deep_parquet")
}

# No rows, but the columns that can be used: what a formula is held against.
parquet_shape <- function(data, without = character()) {
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
#' @param data A `deep_parquet`.
#' @param columns Names of columns.
#' @return An environment for `next_block()`: `kinds` and the `levels` of texts
#'   that were met so far, by column.
#' @noRd
parquet_pass <- function(data, columns, call = rlang::caller_env()) {
  table <- parquet_call(data$path, "parquet", data$path, call = call)
  now <- describe_parquet(data$path, table, call)
  same <- c("n_rows", "columns", "files")
  if (!isTRUE(all.equal(now[same], data[same]))) {
    deeply_abort(
      c(
        "{.path {data$path}} has changed since {.fn deep_parquet} looked at it:
         it had {count(data$n_rows)} rows, now it has {count(now$n_rows)}.",
        i = "Call {.fn deep_parquet} again."
      ),
      class = "parquet",
      call = call
    )
  }
  at <- match(columns, data$columns$name)
  list2env(list(
    path = data$path,
    columns = columns,
    kinds = data$columns$kind[at],
    levels = rep(list(character()), length(at)),
    reading = parquet_call(data$path, "parquet_blocks", table, at - 1L,
                           block_rows, call = call)
  ), parent = emptyenv())
}

#' The next block of rows
#'
#' @return A list of a vector a column, `NULL` at the end: numbers, or the codes
#'   of texts. The codes are those of `pass$levels` in every block and pass.
#' @noRd
next_block <- function(pass, call = rlang::caller_env()) {
  block <- parquet_call(pass$path, "parquet_next", pass$reading, call = call)
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

parquet_call <- function(path, verb, ..., call = rlang::caller_env()) {
  tryCatch(
    backend_call(verb, ...),
    deeply_error_python = function(cnd) rethrow_parquet(cnd, path, call)
  )
}

rethrow_parquet <- function(cnd, path, call) {
  if (cnd$python_type %in% c("ModuleNotFoundError", "ImportError")) {
    deeply_abort(
      c(
        "Parquet files need the Python package {.pkg pyarrow}.",
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
        "The Parquet table {.path {path}} cannot be read.",
        x = "{cnd$python_value}",
        i = "Its files must be whole, end in {.file .parquet} and have the same
             columns."
      ),
      class = "parquet", call = call
    )
  }
  rlang::cnd_signal(cnd)
}

# Predicting ---------------------------------------------------------------

#' Outputs of the network for a table in files, block by block
#'
#' @return As `network_outputs()`.
#' @noRd
parquet_outputs <- function(fit, data, call = rlang::caller_env()) {
  handle <- live_model(fit)
  needed <- blueprint_columns(fit$prep$blueprint)
  check_readable(needed, data, call)
  check_columns(needed, parquet_shape(data), call)
  pass <- parquet_pass(data, needed, call)
  outputs <- incomplete <- list()
  met <- list(missing = character(), new = list())
  strict <- c(fit$prep$settings$na, fit$prep$settings$new_levels) == "error"
  while (!is.null(block <- next_block(pass, call))) {
    table <- new_table(fit$prep, as_columns(block, pass), call)
    answer <- map_blocks(
      fit$prep, table, seq_len(table_rows(table)),
      function(block, before) backend_call("predict", handle, block)
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
evaluate_parquet <- function(fit, data, call = rlang::caller_env()) {
  blueprint <- fit$prep$blueprint
  columns <- union(blueprint_columns(blueprint), all.vars(blueprint$outcome))
  check_readable(columns, data, call)
  columns <- intersect(columns, data$columns$name)
  pass <- parquet_pass(data, columns, call)
  sample <- new_sample(rows_to_judge, data$n_rows, length(columns))
  with_seed(fit$info$seed, {
    while (!is.null(block <- next_block(pass, call))) {
      add_to_sample(sample, block, seq_along(block[[1]]))
    }
  })
  judged <- evaluate(fit, as_columns(sample$columns, pass))
  if (sample$seen > sample$room) {
    about <- attr(judged, "judged_on")
    about$on <- "sampled new rows"
    data.table::setattr(judged, "judged_on", about)
  }
  judged
}

# Columns of the data that the predictors are made of.
blueprint_columns <- function(blueprint) {
  if (blueprint$kind == "recipe") {
    return(recipe_columns(blueprint$recipe))
  }
  unique(unlist(lapply(blueprint$predictors, all.vars), use.names = FALSE))
}
