skip_if_no_parquet <- function() {
  skip_if_no_backend()
  bridge()
  if (!reticulate::py_module_available("pyarrow")) {
    testthat::skip(
      "No pyarrow: deeply::deep_install(extras = \"parquet\") brings it."
    )
  }
}

# A data frame as a Parquet file, written by pyarrow alone: values and a mask
# cross, so that a missing value arrives as one.
write_parquet <- function(data, path) {
  dir.create(dirname(path), recursive = TRUE, showWarnings = FALSE)
  writer <- reticulate::py_run_string("
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

TYPES = {
    'double': pa.float64(), 'integer': pa.int32(), 'logical': pa.bool_(),
    'text': pa.string(), 'date': pa.date32(), 'time': pa.timestamp('us', 'UTC'),
}

def as_arrow(kind, values, missing, levels):
    values, missing = np.atleast_1d(values), np.atleast_1d(missing)
    if kind == 'list':
        return pa.array([[float(x)] for x in values])
    if kind == 'factor':
        codes = pa.array(values.astype('int32'), mask=missing)
        return pa.DictionaryArray.from_arrays(codes, pa.array(list(levels)))
    if kind == 'text':
        return pa.array(values.astype(object), TYPES[kind], mask=missing)
    if kind in ('date', 'time'):
        values = values.astype('int32' if kind == 'date' else 'int64')
    return pa.array(values, mask=missing).cast(TYPES[kind])

def write(path, columns):
    columns = {name: as_arrow(*parts) for name, parts in columns.items()}
    pq.write_table(pa.table(columns), path, row_group_size=100)
")
  writer$write(path, lapply(data, parquet_parts))
  invisible(path)
}

parquet_parts <- function(x) {
  kind <- if (is.list(x)) "list" else if (is.factor(x)) "factor" else
    if (inherits(x, "Date")) "date" else if (inherits(x, "POSIXct")) "time" else
      if (is.character(x)) "text" else typeof(x)
  missing <- if (is.list(x)) logical(length(x)) else is.na(x)
  values <- switch(kind,
    factor = as.integer(x) - 1L,
    list = unlist(x),
    time = round(as.numeric(x) * 1e6),
    date = as.numeric(x),
    as.vector(x)
  )
  values[missing] <- if (kind == "text") "" else 0
  list(kind, as.array(values), as.array(missing), as.list(levels(x)))
}

# A table in the files of a folder, in order.
parquet_folder <- function(data, files = 1, folder = tempfile("parquet-")) {
  part <- sort(rep_len(seq_len(files), nrow(data)))
  for (i in seq_len(files)) {
    write_parquet(data[part == i, , drop = FALSE],
                  file.path(folder, sprintf("part-%d.parquet", i)))
  }
  folder
}

# Constants of the package, for the length of a test: small blocks and samples
# show with few rows what large ones do with many.
local_constants <- function(..., frame = parent.frame()) {
  new <- list(...)
  home <- asNamespace("deeply")
  old <- mget(names(new), envir = home)
  set <- function(values) {
    for (name in names(values)) {
      unlock <- get("unlockBinding", baseenv())
      unlock(name, home)
      assign(name, values[[name]], envir = home)
      lockBinding(name, home)
    }
  }
  set(new)
  do.call(on.exit, list(bquote(.(set)(.(old))), add = TRUE, after = FALSE),
          envir = frame)
}

hide_path <- function(path) {
  function(lines) gsub(path, "<path>", lines, fixed = TRUE)
}

read_all <- function(data, columns) {
  pass <- file_pass(data, columns)
  blocks <- list()
  while (!is.null(block <- next_block(pass))) {
    blocks <- c(blocks, list(as_columns(block, pass)))
  }
  blocks
}
