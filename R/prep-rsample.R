# The objects of package rsample stand wherever a split or folds do. They are
# lists of row numbers beside their table, which are read without the package.

is_rsample <- function(x) {
  inherits(x, c("rsplit", "three_way_split", "rset"))
}

#' The rows of a split
#'
#' @param x A `deep_split`, or a split of package rsample.
#' @return A list of `rows` (`train`, `validation` if there is one, `test`), `n`
#'   rows in all and the `table` (not for a `deep_split`, whose parts lie
#'   ready).
#' @noRd
split_rows_of <- function(x, call = rlang::caller_env()) {
  UseMethod("split_rows_of")
}

#' @exportS3Method
split_rows_of.deep_split <- function(x, call = rlang::caller_env()) {
  list(rows = x$rows, n = x$how$n)
}

#' @exportS3Method
split_rows_of.rsplit <- function(x, call = rlang::caller_env()) {
  n <- nrow(x$data)
  # A missing `out_id` is short for all other rows.
  test <- if (anyNA(x$out_id)) setdiff(seq_len(n), x$in_id) else x$out_id
  list(rows = list(train = as.integer(x$in_id), test = as.integer(test)),
       n = n, table = x$data)
}

#' @exportS3Method
split_rows_of.three_way_split <- function(x, call = rlang::caller_env()) {
  n <- nrow(x$data)
  rows <- list(
    train = sort(as.integer(x$train_id)),
    validation = sort(as.integer(x$val_id)),
    test = setdiff(seq_len(n), c(x$train_id, x$val_id))
  )
  list(rows = rows, n = n, table = x$data)
}

# A validation_split() is a set of one.
#' @exportS3Method
split_rows_of.rset <- function(x, call = rlang::caller_env()) {
  if (length(x$splits) != 1) {
    deeply_abort(
      c(
        "This set of package rsample has {length(x$splits)} splits; one is
         needed.",
        i = "Take one of them, such as {.code x$splits[[1]]}, or give the set to
             {.fn deep_folds}."
      ),
      class = "split",
      call = call
    )
  }
  split_rows_of(x$splits[[1]], call)
}

as_deep_split <- function(x, call = rlang::caller_env()) {
  if (inherits(x, "deep_split")) {
    return(x)
  }
  found <- split_rows_of(x, call)
  warn_time(found$table, list(found$rows))
  how <- list(method = "rsample", column = class(x)[[1]],
              prop = lengths(found$rows) / found$n, n = found$n)
  new_deep_split(found$table, found$rows, how)
}

as_deep_folds <- function(x, call = rlang::caller_env()) {
  if (inherits(x, "deep_folds")) {
    return(x)
  }
  if (!inherits(x, "rset")) {
    deeply_abort(
      c("One split is no set of folds.",
        i = "Give it to {.fn deep_split}, or make folds, for instance by
             {.fn rsample::vfold_cv}."),
      class = "split",
      call = call
    )
  }
  found <- lapply(x$splits, split_rows_of)
  folds <- lapply(found, function(split) split$rows)
  table <- found[[1]]$table
  warn_time(table, folds)
  how <- list(method = "rsample", column = class(x)[[1]], n = nrow(table))
  repeated <- "id2" %in% names(x)
  new_deep_folds(
    folds, how,
    repeats = if (repeated) as_codes(x$id) else rep(1L, length(folds)),
    fold = if (repeated) as_codes(x$id2) else seq_along(folds)
  )
}

# Who has split already is not refused, but told.
warn_time <- function(table, folds) {
  found <- find_time(table)
  if (is.null(found)) {
    return(invisible())
  }
  amid <- vapply(folds, function(rows) {
    times <- lapply(rows[c("train", "test")], function(rows) {
      found$values[rows[!is.na(found$values[rows])]]
    })
    all(lengths(times) > 0) && min(times$test) < max(times$train)
  }, logical(1))
  if (any(amid)) {
    deeply_warn(
      c(
        "The data run in time ({describe_order(found)}), but test rows lie
         amid training rows.",
        i = "Neighbouring rows nearly repeat each other, so the test score is
             false: see {.help deep_split}."
      ),
      class = "time_order"
    )
  }
}
