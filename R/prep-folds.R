#' Folds for cross-validation
#'
#' k-fold (repeated, within classes, or with whole groups), blocks in time, or a
#' rolling origin. A table that runs in time is not shuffled unless forced, for
#' the reason that [deep_split()] gives.
#'
#' @section Folds in time:
#' Both kinds count distinct times, not rows, so the rows of one time stay
#' together: with one row at each time that is the same.
#' * `"rolling"`: trains on the past and tests on what comes next, then moves
#'   the origin on by `step` (Tashman 2000). The first training set has
#'   `initial` times, and later ones all the past (`expanding = TRUE`) or just
#'   as many times. By default there are `v` folds that test `assess` times each
#'   and do not overlap, at the end of the series.
#' * `"blocked"`: cuts time into `v` blocks and tests on each in turn. It trains
#'   on rows from before and after, which suits a table whose rows are alike
#'   near each other, but does not drift.
#'
#' `gap` leaves out times between training and test rows, so that a lag or a
#' window that reaches across shares nothing (an embargo).
#'
#' @inheritParams deep_split
#' @param data A data frame, matrix or `ts`; or a set of package rsample, such
#'   as `rsample::vfold_cv()` gives, which is taken as it is.
#' @param v Number of folds. `"rolling"` does not look at it if both `initial`
#'   and `assess` are given.
#' @param repeats How often to draw k-fold anew.
#' @param method `"kfold"`, `"blocked"` or `"rolling"`. `NULL`: `"rolling"` with
#'   `time`, else `"kfold"`. `"blocked"` and `"rolling"` without `time` take the
#'   time index that they find, else the order of the rows.
#' @param initial,assess,step For `"rolling"`: times in the first training set,
#'   times to test on, and times from one origin to the next. `NULL`: what gives
#'   `v` folds; `step` is `assess`.
#' @param expanding For `"rolling"`: whether training sets grow, or slide.
#' @param gap Times to leave out between training and test rows.
#'
#' @return A list of class `deep_folds`:
#'   * `folds`: a list of lists of `train` and `test`, row numbers in `data`.
#'   * `table`: a data.table with a row a fold: `repeat`, `fold`, `n_train`,
#'     `n_test` and, in time, `test_from` and `test_to`.
#'   * `how`: the method (`"random"`, `"strata"`, `"group"`, `"blocked"`,
#'     `"rolling"` or `"rsample"`), its `column`, `n` (rows of `data`), `seed`,
#'     `forced` and, in time, what was chosen and the `index`: the time of
#'     each row.
#' @section Errors:
#' As for [deep_split()].
#' @references
#' Tashman (2000). Out-of-sample tests of forecasting accuracy: an analysis and
#' review. International Journal of Forecasting 16(4).
#' @seealso [deep_split()]
#' @export
#' @examples
#' deep_folds(iris, v = 5, strata = "Species", repeats = 2, seed = 1)
#'
#' folds <- deep_folds(datasets::AirPassengers, v = 4, time = "time",
#'                     assess = 12)
#' folds$table
#' autoplot(folds)
deep_folds <- function(data, v = 10, ..., repeats = 1, strata = NULL,
                       group = NULL, time = NULL, method = NULL,
                       initial = NULL, assess = NULL, step = NULL,
                       expanding = TRUE, gap = 0, seed = NULL, force = FALSE) {
  rlang::check_dots_empty()
  if (is_rsample(data)) {
    check_only_data(names(match.call()))
    return(as_deep_folds(data))
  }
  table <- as_split_table(data)
  check_count(v, min = 2)
  check_count(repeats)
  check_count(initial, null = TRUE)
  check_count(assess, null = TRUE)
  check_count(step, null = TRUE)
  check_flag(expanding)
  check_count(gap, min = 0)
  check_count(seed, min = 0, null = TRUE)
  check_flag(force)
  check_choice(method, c("kfold", "blocked", "rolling"), null = TRUE)
  by <- check_split_by(table, strata, group, time)
  method <- method %||% if (by$method == "time") "rolling" else "kfold"
  check_fold_arguments(method, by, names(match.call()))
  if (method != "kfold") {
    plan <- list(method = method, v = v, initial = initial, assess = assess,
                 step = step, expanding = expanding, gap = gap)
    return(folds_in_time(plan, folds_index(data, table, by$column)))
  }
  forced <- refuse_time(data, by, force, "folds")
  check_fold_count(v, nrow(table))
  random_folds(table, by, v, repeats, draw_seed(seed), forced)
}

new_deep_folds <- function(folds, how, repeats, fold, ...) {
  table <- data.table(
    "repeat" = repeats,
    fold = fold,
    n_train = vapply(folds, function(rows) length(rows$train), integer(1)),
    n_test = vapply(folds, function(rows) length(rows$test), integer(1)),
    ...
  )
  structure(list(folds = folds, table = table, how = how), class = "deep_folds")
}

# An argument that would be without effect is a mistake.
check_fold_arguments <- function(method, by, given,
                                 call = rlang::caller_env()) {
  in_time <- c("initial", "assess", "step", "expanding")
  useless <- intersect(given, switch(method,
    kfold = c(in_time, "gap", "time"),
    blocked = c(in_time, "repeats", "strata", "group", "seed"),
    rolling = c("repeats", "strata", "group", "seed")
  ))
  if (length(useless) > 0) {
    deeply_abort(
      c(
        "{.arg {useless}} {cli::qty(useless)}{?does/do} not belong to
         {.code method = {.str {method}}}.",
        i = if (method == "kfold") {
          "Folds in time are {.str rolling} and {.str blocked}."
        } else {
          "Folds in time are cut, not drawn: nothing in them is random."
        }
      ),
      class = "argument",
      call = call
    )
  }
}

check_fold_count <- function(v, n, what = "row", call = rlang::caller_env()) {
  if (v > n) {
    deeply_abort(
      "{.arg v} is {v}, but there {cli::qty(n)}{?is/are} only {n}
       {what}{cli::qty(n)}{?s} to make folds of.",
      class = "too_few_rows",
      call = call
    )
  }
}

random_folds <- function(table, by, v, repeats, seed, forced,
                         call = rlang::caller_env()) {
  n <- nrow(table)
  codes <- switch(by$method,
    random = rep(1L, n),
    strata = strata_codes(table, by$column, call),
    group = group_codes(table, by$column, 2, call)
  )
  if (by$method == "group") {
    check_fold_count(v, max(codes), "group", call)
  }
  draw <- if (by$method == "group") draw_group_folds else draw_folds
  fold <- with_seed(seed, replicate(repeats, draw(codes, v), simplify = FALSE))
  folds <- lapply(seq_len(repeats * v) - 1, function(i) {
    is_test <- fold[[i %/% v + 1]] == i %% v + 1
    list(train = which(!is_test), test = which(is_test))
  })
  how <- list(method = by$method, column = by$column, n = n, v = v,
              repeats = repeats, seed = seed, forced = forced,
              fifths = by$method == "strata" && in_fifths(table[[by$column]]))
  new_deep_folds(folds, how, rep(seq_len(repeats), each = v),
                 rep(seq_len(v), repeats))
}

# Dealt out in turn, class after class: folds differ by at most one row, in each
# class and in all.
draw_folds <- function(codes, v) {
  fold <- integer(length(codes))
  fold[shuffle_within(codes)] <- rep_len(sample.int(v), length(codes))
  fold
}

# Each group in turn goes to the fold that has fewest rows, so folds differ by
# at most the largest group.
draw_group_folds <- function(codes, v) {
  sizes <- tabulate(codes)
  fold <- integer(length(sizes))
  filled <- numeric(v)
  for (group in sample.int(length(sizes))) {
    least <- which.min(filled)
    fold[[group]] <- least
    filled[[least]] <- filled[[least]] + sizes[[group]]
  }
  fold[codes]
}

#' @export
print.deep_folds <- function(x, ...) {
  how <- x$how
  cat("<deep_folds>\n")
  cat_field("How", describe_fold_method(how))
  cat_field("Folds", describe_folds(x))
  cat_field("Train", describe_range(x$table$n_train))
  cat_field("Test", describe_range(x$table$n_test))
  if (!is.null(x$table$test_from)) {
    cat_field("Tested", paste(show_times(min(x$table$test_from)), "to",
                              show_times(max(x$table$test_to))))
  }
  cat_split_end(how)
  invisible(x)
}

describe_fold_method <- function(how) {
  by <- if (is.null(how$column)) "in the order of the rows"
        else sprintf("in time, by `%s`", how$column)
  gap <- if (isTRUE(how$gap > 0)) sprintf(", with a gap of %s", count(how$gap))
  switch(how$method,
    blocked = paste0("blocks ", by, gap),
    rolling = paste0(
      "rolling origin ", by, ": train on ", count(how$initial),
      if (how$expanding) " or more", ", test on the next ",
      count(how$assess), ", move on by ", count(how$step), gap
    ),
    describe_method(how)
  )
}

describe_folds <- function(x) {
  repeats <- data.table::uniqueN(x$table[["repeat"]])
  n <- count(length(x$folds))
  if (repeats == 1) {
    return(n)
  }
  sprintf("%s: %s, repeated %s times", n, count(length(x$folds) / repeats),
          count(repeats))
}

describe_range <- function(n) {
  limits <- unique(range(n))
  paste(paste(count(limits), collapse = " to "),
        if (identical(limits, 1L)) "row" else "rows")
}
