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
#' first pass counts, checks and learns the preparation, of all training rows
#' (see [deep_prep()]). The second pass encodes all rows and hands them to the
#' network: into memory, or into a file if `deep_control(stream = TRUE)` says so
#' or memory is short. Validation rows are drawn from every block; the fit is
#' judged on 100,000 of them. Case weights are named: `weights = "w"`.
#' `na = "drop"` and row numbers as `validation` are not possible.
#'
#' @section Python:
#' Needs the Python package pyarrow, which
#' `deep_install(extras = c("xgboost", "parquet"))` brings.
#'
#' @param path A file or a folder.
#'
#' @return A list of class `deep_parquet`: `path`, `n_rows`, `columns` (a
#'   data.table with `name`, `kind` and Arrow's `type`), `files`, `stamps`
#'   (their sizes and times, by which a change is seen) and `partitions` (names
#'   in folders, which are not read).
#' @seealso [deep_csv()] for text files. [deep_prep()], [deep_mlp()],
#'   [predict.deep_fit()] and [evaluate.deep_fit()] take it as data.
#' @export
#' @examplesIf interactive()
#' data <- deep_parquet("sales")
#' data
#' fit <- deep_mlp(price ~ ., data, control = deep_control(stream = TRUE))
#' predict(fit, deep_parquet("new_sales"))
deep_parquet <- function(path) {
  at <- place_files(path, "parquet")
  new_files(at, open_parquet(at))
}

open_parquet <- function(at, call = rlang::caller_env()) {
  file_call(at, "parquet", at$path, call = call)
}
