#' Would more rows help?
#'
#' Fits the model to more and more of the training rows, and measures its error
#' on them and on held-out rows. Where both errors are high and near each other,
#' the model is too simple, or the data too noisy (bias). Where they part, it
#' learns its rows by heart (variance). Where the validation error still falls
#' at the right end, more rows would help.
#'
#' @section How it is read:
#' By intervals of differences on the same folds, as in [cross_validate()], at
#' the largest size. The gap between the errors is wide if it is
#' clearly more than a fifth of the validation error, narrow if clearly less.
#' Errors are high where the training error is clearly more than half of the
#' trivial one: that of the mean or the most frequent class. The last step is
#' falling if its gain is clearly above zero, flat if clearly below a twentieth
#' of the validation error. All else is said to be unclear.
#'
#' The error is `1 - accuracy`, or `1 - bal_accuracy` where a class is rarer
#' than 10 %, or the RMSE. The training error is that of all rows the model was
#' given, with those that [deep_control()] held out to decide when to stop.
#'
#' @inheritParams cross_validate
#' @param sizes Numbers of training rows, or shares (up to 1) of the smallest
#'   training set of the folds. `NULL`: five from a sixteenth on (20 rows at
#'   least) to all, each larger than the last by the same factor.
#'   A larger set has all rows of a smaller one, and each class has its share;
#'   of folds with a rolling origin they are the latest.
#'
#' @return A data.table of class `deep_error_curve`: `repeat`, `fold`, `size`
#'   (training rows), `set` ("training" or "validation"), `metric` ("error",
#'   "bal_error" or "rmse") and its `value`. `summary()` gives `mean`, `se`,
#'   `lower` and `upper` (95 %) over the folds, `autoplot()` draws it.
#' @section Errors:
#' Those of [cross_validate()].
#' @references
#' Perlich, Provost & Simonoff (2003). Tree induction vs. logistic regression: a
#' learning-curve analysis. JMLR 4, 211-255.
#' @seealso [complexity_curve()], [cross_validate()]
#' @export
#' @examples
#' curve <- learning_curve(mpg ~ wt + hp, mtcars, model = lm, seed = 1)
#' curve
#' autoplot(curve)
learning_curve <- function(x, data = NULL, y = NULL, ..., sizes = NULL,
                           model = deep_mlp, folds = 5, workers = 1,
                           seed = NULL, verbose = NULL) {
  if (missing(model)) {
    model <- network_model(x)$fit
  }
  plan <- resample_plan(x, data, y, rlang::list2(...), model, folds, seed)
  sizes <- curve_sizes(sizes, min(plan$folds$table$n_train))
  about <- list(kind = "learning", by = "size", levels = sizes,
                guess = guess_label(plan$outcome))
  measure_errors(plan, size_jobs(plan, sizes),
                 rep(list(plan$arguments), length(sizes)), about, workers,
                 verbose)
}

curve_sizes <- function(sizes, most, call = rlang::caller_env()) {
  if (is.null(sizes)) {
    least <- min(most / 2, max(most / 16, 20))
    return(unique(round(exp(seq(log(least), log(most), length.out = 5)))))
  }
  ok <- is.numeric(sizes) && length(sizes) > 1 && !anyNA(sizes) &&
    all(sizes > 0)
  shares <- ok && all(sizes <= 1)
  found <- if (shares) round(sizes * most) else sizes
  ok <- ok && all(found %% 1 == 0 & found >= 2 & found <= most) &&
    !anyDuplicated(found)
  if (!ok) {
    abort_argument("sizes", sizes, paste(
      "two or more different numbers of rows from 2 to", most, "or shares"
    ), call)
  }
  sort(as.numeric(found))
}

guess_label <- function(outcome) {
  paste("always saying the", if (outcome$task == "regression") "mean"
                             else "most frequent class")
}

# Each fold with the first rows of its training set, in an order that all sizes
# share.
size_jobs <- function(plan, sizes) {
  table <- plan$folds$table
  codes <- outcome_codes(plan$y, plan$outcome)
  orders <- with_seed(plan$seed, lapply(plan$folds$folds, function(rows) {
    if (plan$folds$how$method == "rolling") rev(rows$train)
    else nested_order(rows$train, codes)
  }))
  jobs <- lapply(seq_along(sizes), function(level) {
    Map(function(rows, order, again, fold) {
      list(train = sort(order[seq_len(sizes[[level]])]), test = rows$test,
           level = level, "repeat" = again, fold = fold)
    }, plan$folds$folds, orders, table[["repeat"]], table$fold)
  })
  # The largest first: none is left to wait for at the end.
  unlist(rev(jobs), recursive = FALSE)
}

# Classes, or fifths of a number; rows without an outcome are one more.
outcome_codes <- function(y, outcome) {
  if (outcome$task != "regression") {
    return(as_codes(as.character(y)))
  }
  y <- as.numeric(y)
  as_codes(findInterval(y, stats::quantile(y, 1:4 / 5, na.rm = TRUE),
                        left.open = TRUE))
}

# Every beginning of it has the classes in their shares, and begins with a row
# of each, so that none is missing.
nested_order <- function(rows, codes) {
  rows <- rows[sample.int(length(rows))]
  within <- stats::ave(seq_along(rows), codes[rows], FUN = seq_along)
  of <- tabulate(codes[rows], max(codes))[codes[rows]]
  rows[order((within - 1) / of, method = "radix")]
}
