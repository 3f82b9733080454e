#' The threshold that costs least
#'
#' Half is the right threshold when both errors cost the same. A missed fraud
#' may cost a hundred times a needless call: then the event should be called
#' from a far lower probability on. Choose on validation rows; what the choice
#' is worth is told by other rows.
#'
#' @inheritParams roc_curve
#' @param cost What a row costs: `c(false_negative = 100, false_positive = 1)`,
#'   where being right costs nothing; or a 2 x 2 matrix with the true classes as
#'   rows and the predicted ones as columns, in the order of the levels. Gains
#'   are negative costs.
#'
#' @return A data.table of class `deep_cost` with a row a threshold, falling:
#'   `model` (of a fit: also its baselines), `threshold` (the event is called
#'   above it; half-way between two probabilities) and `cost`, the mean cost of
#'   a row. The first calls nothing an event, the last everything. `summary()`
#'   gives for each model the `threshold` and `cost` of the cheapest, and the
#'   costs `at_half`, `never` and `always` calling the event. `autoplot()` draws
#'   it.
#' @section Errors:
#' * `deeply_error_task`: not two classes.
#' * Those of [roc_curve()].
#' @references
#' Elkan (2001). The foundations of cost-sensitive learning. IJCAI.
#' @seealso [set_threshold()], which keeps it in a fit; [confusion()], which
#'   takes a `threshold`.
#' @export
#' @examples
#' cards <- simulate_fraud(20000, share = 0.02, seed = 1)$data
#' half <- seq_len(nrow(cards)) <= nrow(cards) / 2
#' logistic <- glm(fraud ~ ., binomial, cards[half, ])
#' prob <- predict(logistic, cards[!half, ], type = "response")
#' costs <- cost_curve(cards$fraud[!half], prob,
#'                     cost = c(false_negative = 100, false_positive = 1))
#' summary(costs)
#' autoplot(costs)
cost_curve <- function(x, ...) {
  UseMethod("cost_curve")
}

#' @rdname cost_curve
#' @export
cost_curve.default <- function(x, predicted, ..., cost, weights = NULL) {
  rlang::check_dots_empty()
  cases <- as_cases(x, predicted, weights)
  check_two_classes(cases, rlang::current_env())
  cost <- as_cost(cost, cases$levels)
  new_cost(list(cost_of(cases$truth == 2, cases$predicted[, 2], cases$w,
                        cost)), cases$levels)
}

#' @rdname cost_curve
#' @export
cost_curve.deep_fit <- function(x, new_data, y = NULL, ..., cost) {
  rlang::check_dots_empty()
  rlang::check_required(new_data)
  check_one_outcome(x$prep$outcome, call = rlang::current_env())
  outcome <- x$prep$outcome
  check_two_classes(outcome, rlang::current_env())
  cost <- as_cost(cost, outcome$levels)
  cases <- fit_cases(x, new_data, y)
  parts <- Map(function(predicted, model) {
    cost_of(cases$truth == 2, predicted[, 2], NULL, cost, model)
  }, cases$predicted, names(cases$predicted))
  new_cost(parts, outcome$levels)
}

check_two_classes <- function(outcome, call) {
  if (outcome$task != "binary" || isTRUE(outcome$hard)) {
    deeply_abort(
      c("A threshold needs two classes and the probability of one.",
        i = "Of more classes compare each with the rest, as
             {.code truth == \"a\"} and its column."),
      class = "task", call = call
    )
  }
}

# As a matrix: rows true, columns predicted, the event second.
as_cost <- function(cost, levels, call = rlang::caller_env()) {
  if (rlang::is_missing(cost) || is.null(cost)) {
    deeply_abort(
      c("Say what errors cost: {.arg cost}.",
        i = "For instance
             {.code c(false_negative = 100, false_positive = 1)}."),
      class = "argument", call = call
    )
  }
  errors <- c("false_negative", "false_positive")
  if (is.numeric(cost) && length(cost) == 2 && setequal(names(cost), errors)) {
    cost <- matrix(c(0, cost[["false_negative"]], cost[["false_positive"]], 0),
                   2)
  }
  fine <- is.numeric(cost) && identical(dim(cost), c(2L, 2L)) &&
    all(is.finite(cost))
  if (!fine) {
    abort_argument("cost", cost,
                   "a 2 x 2 matrix, or named false_negative and false_positive",
                   call)
  }
  check_cost_names(cost, levels, call)
  # Nobody wants to be right if that costs more.
  if (cost[2, 1] <= cost[2, 2] || cost[1, 2] <= cost[1, 1]) {
    deeply_abort(
      c("In {.arg cost} an error must cost more than being right.",
        i = "Rows are the true classes, columns the predicted ones."),
      class = "argument", call = call
    )
  }
  unname(cost)
}

check_cost_names <- function(cost, levels, call) {
  names <- dimnames(cost)
  for (given in names[!vapply(names, is.null, NA)]) {
    if (!identical(given, levels)) {
      deeply_abort(
        c("The rows and columns of {.arg cost} must be in the order of the
           levels, {.val {levels}}.",
          x = "They are {.val {given}}."),
        class = "argument", call = call
      )
    }
  }
}

#' The cost of every threshold of one model
#'
#' @return A list of the `rows` of the curve and what is `best`.
#' @noRd
cost_of <- function(event, prob, w, cost, model = NULL) {
  sweep <- sweep_thresholds(event, prob, w)
  tp <- c(0, sweep$tp)
  fp <- c(0, sweep$fp)
  n <- length(tp)
  total <- tp * cost[2, 2] + (tp[[n]] - tp) * cost[2, 1] +
    fp * cost[1, 2] + (fp[[n]] - fp) * cost[1, 1]
  costs <- total / (tp[[n]] + fp[[n]])
  threshold <- between_scores(sweep$threshold)
  best <- which.min(costs)
  about <- if (!is.null(model)) list(model = model)
  list(
    rows = do.call(data.table, c(about, list(threshold = threshold,
                                             cost = costs))),
    best = do.call(data.table, c(about, list(
      threshold = threshold[[best]], cost = costs[[best]],
      at_half = costs[[sum(sweep$threshold > 0.5) + 1]],
      never = costs[[1]], always = costs[[n]]
    )))
  )
}

# Above it are as many scores as before: 0 of them, 1, ..., all.
between_scores <- function(scores) {
  n <- length(scores)
  c(1, (scores[-n] + scores[-1]) / 2, if (scores[[n]] > 0) 0 else -Inf)
}

new_cost <- function(parts, levels) {
  costs <- stack_rows(parts, "rows")
  data.table::setattr(costs, "class", c("deep_cost", class(costs)))
  data.table::setattr(costs, "best", stack_rows(parts, "best"))
  data.table::setattr(costs, "event", levels[[2]])
  data.table::setattr(costs, "n", nrow(costs))
  costs[]
}

#' @export
summary.deep_cost <- function(object, ...) {
  data.table::copy(attr(object, "best"))
}

#' @export
print.deep_cost <- function(x, ...) {
  if (!identical(attr(x, "n"), nrow(x))) {
    return(NextMethod())
  }
  cat(sprintf("<cost curve> mean cost of a row, by the threshold for %s\n\n",
              attr(x, "event")))
  print(as.data.frame(summary(x)), row.names = FALSE, digits = 3)
  invisible(x)
}
