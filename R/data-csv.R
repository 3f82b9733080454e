#' A table in CSV files, of any size
#'
#' Looks at a CSV file, or at a folder of them, and remembers its columns. It
#' goes wherever a [deep_parquet()] goes: rows are read in blocks, so that data
#' larger than memory can be prepared and trained on.
#'
#' All rows are read once to count them and to find out what the columns hold:
#' a column is what all its values are, so one word in row ten million makes it
#' text. What was found is kept, and each later pass reads the files once.
#'
#' The first row must name the columns. A folder is searched with all folders in
#' it for names that end in `.csv` or `.csv.gz` and do not begin with a dot or
#' an underscore; a single file may have any name. All files must have the same
#' columns, in any order. Files that end in `.gz` are unpacked on the way.
#'
#' @section What the columns are:
#' What [data.table::fread()] makes of them: numbers, logicals (`TRUE`, `True`
#' or `true`, in one spelling), ISO dates, ISO times (UTC where nothing else is
#' said), or text. An empty field, or `NA` without quotes, is missing. White
#' space around a field does not count. So [deep_prep()] of the file teaches
#' what `deep_prep()` of the table teaches that `fread()` reads. Differences: a
#' doubled quote in quotes is one quote; empty lines are passed over; a row with
#' too many or too few fields is an error; text that is not UTF-8 is taken for
#' Latin-1; white space inside quotes at the ends does not count either; whole
#' numbers of more than 19 digits are numbers.
#'
#' A file in which a row is longer than 4 MB is not read: as a rule a quote is
#' not closed.
#'
#' @inheritSection deep_parquet How a network is fitted to it
#' @inheritSection deep_parquet Python
#'
#' @param path A file or a folder.
#' @param sep What is between two fields: one character.
#' @param encoding Of the files, such as `"latin1"` or `"UTF-16"`.
#' @inheritParams rlang::args_dots_empty
#'
#' @return A list of class `deep_csv`: `path`, `sep`, `encoding`, `n_rows`,
#'   `columns` (a data.table with `name`, `kind` and Arrow's `type`), `files`,
#'   `stamps` (their sizes and times, by which a change is seen) and
#'   `partitions` (names in folders such as `year=2024`, which are not read).
#' @seealso [deep_prep()], [deep_mlp()], [predict.deep_fit()] and
#'   [evaluate.deep_fit()] take it as data.
#' @export
#' @examplesIf interactive()
#' file <- tempfile(fileext = ".csv")
#' data.table::fwrite(iris, file)
#' data <- deep_csv(file)
#' data
#' deep_prep(Species ~ ., data)
deep_csv <- function(path, ..., sep = ",", encoding = "UTF-8") {
  rlang::check_dots_empty()
  check_sep(sep)
  if (!rlang::is_string(encoding)) {
    abort_argument("encoding", encoding, "the name of one encoding",
                   rlang::current_env())
  }
  at <- place_files(path, "csv", sep = sep, encoding = encoding)
  table <- file_call(at, "csv", at$path, sep, encoding)
  look_at_csv(at, table)
  new_files(at, table)
}

check_sep <- function(sep, call = rlang::caller_env()) {
  fine <- rlang::is_string(sep) && nchar(sep, "bytes") == 1 &&
    !sep %in% c("\"", "\n", "\r")
  if (!fine) {
    abort_argument("sep", sep, "one character, such as \",\" or \";\"", call)
  }
}

# All rows, bit by bit, so that R hears Ctrl-C.
look_at_csv <- function(at, table, call = rlang::caller_env()) {
  report <- pass_reporter("Looking at all rows", 100, list(verbose = NULL))
  repeat {
    done <- file_call(at, "csv_look", table, call = call)
    report(100 * done)
    if (done == 1) {
      return(invisible())
    }
  }
}

# The kinds that text can turn out to be, in the order that Python knows.
csv_kinds <- c("logical", "number", "date", "time", "text")

# With what was found out before: the files are not looked at again.
open_csv <- function(data, call = rlang::caller_env()) {
  known <- list(n_rows = data$n_rows,
                kinds = match(data$columns$kind, csv_kinds) - 1L)
  file_call(data, "csv", data$path, data$sep, data$encoding, known, call = call)
}
