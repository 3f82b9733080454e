#' @importFrom generics explain
#' @export
generics::explain

#' What a fit has learned
#'
#' Four questions, by `type`: which columns matter (`"importance"`), how the
#' prediction changes with one of them (`"effect"`), why a row got its output
#' (`"row"`), and which categories are alike to the network (`"embedding"`).
#' All of it is about the model: that a column matters to it does not make it a
#' cause.
#'
#' @section Importance:
#' The values of a column are exchanged between rows, which breaks what they
#' have to do with the outcome and leaves everything else (Breiman 2001; Fisher,
#' Rudin & Dominici 2019). How much worse the metric gets is the importance:
#' its fall where larger is better, its rise where smaller is better, so that
#' more is always more important. It says what the network needs, and not what
#' another one could do without the column: of two that tell the same, each
#' hides what the other has. `print()` names such columns.
#'
#' The interval covers other rows as well as other exchanges: rows are dealt at
#' random into up to ten parts (alike in their classes), values are exchanged
#' within a part, and the parts are left out in turn (the jackknife of Tukey
#' 1958). It does not cover a network fitted again. Judge with rows the fit has
#' not seen: of a column that is pure noise the interval then covers 0.
#'
#' @section Effect:
#' Every row is given the same value of the column, one value after the other;
#' the mean of the predictions is the partial dependence (Friedman 2001), the
#' lines of single rows are the individual conditional expectations (Goldstein
#' et al. 2015). Lines that are not parallel show interactions. Numbers and
#' times lie on up to 20 quantiles from the 1st to the 99th percentile, since
#' beyond them the network guesses. Rows that cannot be, such as a child with a
#' doctorate, count too where columns go together.
#'
#' @section Row:
#' Integrated gradients (Sundararajan, Taly & Yan 2017) share the change of the
#' output, from a baseline to the row, among the columns. The baseline is the
#' mean training row: numbers at their mean, categories at the shares of their
#' levels (beyond the 20 most frequent the rest is shared evenly), nothing
#' missing. The way between them is straight in what the first dense layer
#' sees, where categories are numbers, and in the numbers themselves if they are
#' `"fourier"` features, each of which is of all numbers. The attributions sum
#' to the change, which `print()` shows.
#'
#' @param x A fit such as [deep_mlp()] gives.
#' @param new_data A data frame or matrix with the predictors, and for
#'   `"importance"` the outcome. For `"row"` the rows to explain, a few. Not
#'   for `"embedding"`.
#' @inheritParams rlang::args_dots_empty
#' @param type What to explain.
#' @param y For `"importance"`: the outcome, if the model was fitted from a data
#'   frame or matrix and `y`.
#' @param metric For `"importance"`: one of those of [evaluate()]. `NULL`: the
#'   first of them.
#' @param repeats For `"importance"`: how often each column is exchanged.
#' @param column For `"effect"`: a column of the data. For `"embedding"`: a
#'   category.
#' @param class For `"effect"`: the classes whose probability is shown; `NULL`:
#'   the event, or all of more than two. For `"row"`: the class whose output is
#'   explained; `NULL`: the event, or of more than two the one that is predicted
#'   for the row.
#' @param rows For `"importance"` and `"effect"`: at most so many rows, drawn at
#'   random. `NULL`: 20,000 and 1,000.
#' @param method For `"embedding"`: `"pca"`, principal components, or `"tsne"`
#'   (van der Maaten & Hinton 2008), which keeps neighbours together and
#'   distorts what is far apart.
#' @param seed An integer. `NULL`: drawn from R's generator.
#'
#' @return A data.table that prints its finding and that `autoplot()` draws.
#' * `"importance"`, class `deep_importance`: a row a column, the most important
#'   first: `column`, `importance` (in units of the metric), and `lower` and
#'   `upper`, an interval of 95 %. A term such as `log(size)` belongs to its
#'   column; columns set aside are not listed.
#' * `"effect"`, class `deep_effect`: `value` (a number, a time, or a factor),
#'   of classes `class`, and `estimate`, the mean prediction: a probability, or
#'   in the outcome's unit. The attribute `curves` has the same with `row`, for
#'   each row.
#' * `"row"`, class `deep_attribution`: for each row (`row`) its columns (a
#'   term, such as `log(size)`, is one), the largest first: of classes `class`,
#'   `column`, `value` as text, and `attribution` to the logit of the class or,
#'   of a regression, in the outcome's unit. `summary()` has a row a row:
#'   `output`, `baseline`, the output there, and `gap`, what the sum of the
#'   attributions lacks.
#' * `"embedding"`, class `deep_embedding`: a row a level: `level`, `n`
#'   (training rows; `NA` beyond the 20 most frequent), and the place `.x` and
#'   `.y` on the map. `summary()` gives the nearest level of each, `neighbour`,
#'   and the `cosine` between their vectors, which the attribute `vectors` has.
#' @section Errors:
#' * `deeply_error_argument`: an argument that is missing, or belongs to another
#'   `type`.
#' * `deeply_error_column_missing`: no such column, or it was set aside.
#' * `deeply_error_too_few_rows`: fewer than 20 rows with an outcome, too few of
#'   a class for the metric, or fewer than five levels for `"tsne"`.
#' * `deeply_error_encoding`: the fit has no embeddings.
#' * Those of [predict.deep_fit()] and [evaluate.deep_fit()].
#' @references
#' Breiman (2001). Random forests. Machine Learning 45, 5-32.
#'
#' Fisher, Rudin & Dominici (2019). All models are wrong, but many are useful.
#' Journal of Machine Learning Research 20(177).
#'
#' Friedman (2001). Greedy function approximation: a gradient boosting machine.
#' Annals of Statistics 29, 1189-1232.
#'
#' Goldstein, Kapelner, Bleich & Pitkin (2015). Peeking inside the black box.
#' Journal of Computational and Graphical Statistics 24, 44-65.
#'
#' Sundararajan, Taly & Yan (2017). Axiomatic attribution for deep networks.
#' ICML.
#'
#' Tukey (1958). Bias and confidence in not quite large samples. Annals of
#' Mathematical Statistics 29, 614.
#'
#' van der Maaten & Hinton (2008). Visualizing data using t-SNE. Journal of
#' Machine Learning Research 9, 2579-2605.
#' @export
#' @examplesIf deeply::has_backend()
#' fit <- deep_mlp(Species ~ ., data = iris,
#'                 control = deep_control(epochs = 20, seed = 1))
#' explain(fit, iris, seed = 1)
#' explain(fit, iris, type = "effect", column = "Petal.Width", seed = 1)
#' explain(fit, iris[c(1, 71), ], type = "row")
explain.deep_fit <- function(x, new_data = NULL, ...,
                             type = c("importance", "effect", "row",
                                      "embedding"),
                             y = NULL, metric = NULL, repeats = 10,
                             column = NULL, class = NULL, rows = NULL,
                             method = c("pca", "tsne"), seed = NULL) {
  rlang::check_dots_empty()
  check_one_outcome(x$prep$outcome, call = rlang::current_env())
  type <- rlang::arg_match(type)
  method <- rlang::arg_match(method)
  check_explain_arguments(names(match.call())[-1], type)
  if (type != "embedding") {
    check_explain_rows(new_data)
  }
  check_count(rows, null = TRUE)
  check_count(seed, min = 0, null = TRUE)
  seed <- draw_seed(seed)
  switch(type,
    importance = explain_importance(x, new_data, y, metric, repeats,
                                    rows %||% 20000, seed),
    effect = explain_effect(x, new_data, column, class, rows %||% 1000, seed),
    row = explain_rows(x, new_data, class),
    embedding = explain_embedding(x, column, method, seed)
  )
}

explain_arguments <- list(
  importance = c("new_data", "y", "metric", "repeats", "rows", "seed"),
  effect = c("new_data", "column", "class", "rows", "seed"),
  row = c("new_data", "class"),
  embedding = c("column", "method", "seed")
)

# What is not used would be believed to have been.
check_explain_arguments <- function(given, type, call = rlang::caller_env()) {
  strange <- setdiff(given, c("x", "type", explain_arguments[[type]]))
  if (length(strange) > 0) {
    deeply_abort(
      c("{.arg {strange}} {?is/are} not for {.code type = \"{type}\"}.",
        i = "That takes {.arg {explain_arguments[[type]]}}."),
      class = "argument", call = call
    )
  }
}

check_explain_rows <- function(new_data, call = rlang::caller_env()) {
  if (is.null(new_data)) {
    deeply_abort(
      c("{.arg new_data} is missing.",
        i = "A fit does not hold the rows it was trained on."),
      class = "argument", call = call
    )
  }
  check_new_data(new_data, call)
}

# What all four need -------------------------------------------------------

#' Places of the inputs of some columns among the encoded rows
#'
#' @param positions Of the columns, as in `prep$positions`.
#' @return A list of a logical for each row of the matrices `numeric` and
#'   `category` of `encode_rows()`.
#' @noRd
inputs_of <- function(prep, positions) {
  owners <- input_owners(prep)
  lapply(owners, function(owner) owner %in% positions)
}

# The position of the column that each encoded input came from.
input_owners <- function(prep) {
  is_code <- is_category(prep)
  numbers <- prep$columns[!is_code]
  flagged <- vapply(numbers, `[[`, NA, "indicator")
  list(numeric = rep(prep$positions[!is_code], 1 + flagged),
       category = prep$positions[is_code])
}

#' Shares of the levels among the training rows
#'
#' A prep has the counts of the 20 most frequent levels; what is left is shared
#' evenly by the others.
#' @return A list with a vector for each category: shares of the codes 1, 2,
#'   ..., and as attribute `known` which of them were counted.
#' @noRd
training_shares <- function(prep) {
  at <- which(is_category(prep))
  lapply(stats::setNames(at, names(prep$columns)[at]), function(i) {
    level_shares(prep$columns[[i]], prep$seen[[prep$positions[[i]]]])
  })
}

level_shares <- function(column, seen) {
  shares <- numeric(column$size)
  if (is.null(column$part)) {
    place <- match_levels(names(seen$counts), column$levels,
                          column$rules$spelling)
    code <- column$codes[place]
    counts <- rowsum(as.numeric(seen$counts), code)[, 1]
    known <- as.integer(names(counts))
    shares[known[known > 0]] <- counts[known > 0] / seen$n
  } else {
    known <- integer()
  }
  if (column$na_code > 0) {
    shares[[column$na_code]] <- seen$missing / seen$n
    known <- c(known, column$na_code)
  }
  rest <- setdiff(seq_len(column$size), known)
  shares[rest] <- max(0, 1 - sum(shares)) / length(rest)
  structure(shares, known = seq_len(column$size) %in% known)
}

#' Names what cannot be looked at, and why
#' @noRd
check_explained_column <- function(column, known, prep, call,
                                   kind = "column") {
  if (is.null(column)) {
    deeply_abort(
      c("Say which column: {.arg column}.",
        i = "The fit has {.field {known}}."),
      class = "argument", call = call
    )
  }
  if (!rlang::is_string(column)) {
    abort_argument("column", column, "one name of a column", call)
  }
  if (column %in% known) {
    return(invisible())
  }
  aside <- as.list(prep$set_aside)[[column]]
  deeply_abort(
    c(if (is.null(aside)) "The fit has no {kind} {.field {column}}."
      else "Column {.field {column}} was set aside: {aside}.",
      if (is.null(aside)) suggest_names(column, known)
      else c(i = "The fit does not see it.")),
    class = "column_missing", call = call
  )
}

check_explained_class <- function(class, outcome, most, call) {
  if (is.null(class)) {
    return(invisible())
  }
  if (outcome$task == "regression") {
    deeply_abort("{.arg class} is for classes; {.field {outcome$name}} is a
                  number.", class = "argument", call = call)
  }
  strange <- setdiff(as.character(class), outcome$levels)
  if (length(strange) > 0 || length(class) == 0 || length(class) > most) {
    deeply_abort(
      c("{.arg class} must be {if (most == 1) 'one of' else 'among'}
         {.val {outcome$levels}}.",
        x = "It is {.val {as.character(class)}}."),
      class = "argument", call = call
    )
  }
}

# What stands behind a table, if it is still the whole of it.
explained <- function(table, about, class) {
  data.table::setattr(table, "class", c(class, class(data.table())))
  about$shown <- nrow(table)
  data.table::setattr(table, "about", about)
  table[]
}

is_whole <- function(x) {
  identical(attr(x, "about")$shown, nrow(x))
}
