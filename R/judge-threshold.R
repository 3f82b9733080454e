#' The probability from which on a class is called
#'
#' Of two classes the likelier one is predicted, which is right where both
#' errors cost the same. Where they do not, another threshold costs less (Elkan
#' 2001). It is kept in the fit: `predict(type = "class")`, [augment()],
#' [confusion()] and the network's row in [evaluate()][evaluate.deep_fit] go by
#' it. Baselines stay at one half.
#'
#' Choose on rows that the fit was not trained on, and judge the choice on
#' others still. [calibrate()] comes first: it takes a threshold away, as the
#' probabilities change.
#'
#' @inheritParams calibrate
#' @param threshold A number from 0 to 1: the event (the second level) is
#'   predicted above it. `NULL`: the one that costs least on `new_data`.
#' @param new_data A data frame with the predictors and the outcome, to choose
#'   by.
#' @param cost What a row costs, see [cost_curve()].
#'
#' @return The fit, with the number as its `threshold`.
#' @section Errors:
#' * `deeply_error_task`: not two classes.
#' * `deeply_error_argument`: neither a threshold nor rows to choose by, or
#'   both.
#' * Those of [cost_curve()].
#'
#' Where it costs least to call every row the same, a warning of class
#' `deeply_warning_threshold` says so.
#' @references
#' Elkan (2001). The foundations of cost-sensitive learning. IJCAI.
#' @export
#' @examplesIf deeply::has_backend()
#' cards <- simulate_fraud(4000, share = 0.05, seed = 1)$data
#' split <- deep_split(cards, c(0.5, 0.25), strata = "fraud", seed = 1)
#' fit <- deep_mlp(fraud ~ ., data = cards,
#'                 control = deep_control(epochs = 5, validation = split))
#' fit <- set_threshold(fit, new_data = split$validation,
#'                      cost = c(false_negative = 20, false_positive = 1))
#' fit$threshold
#' confusion(fit, split$test)
set_threshold <- function(x, ...) {
  UseMethod("set_threshold")
}

#' @rdname set_threshold
#' @export
set_threshold.deep_fit <- function(x, threshold = NULL, new_data = NULL, ...,
                                   y = NULL, cost = NULL) {
  rlang::check_dots_empty()
  check_one_outcome(x$prep$outcome, call = rlang::current_env())
  check_two_classes(x$prep$outcome, rlang::current_env())
  by_rows <- !is.null(new_data) || !is.null(y) || !is.null(cost)
  if (is.null(threshold) == is.null(new_data) ||
        !is.null(threshold) && by_rows) {
    deeply_abort(
      c("Give either {.arg threshold}, or rows and costs to choose it by.",
        i = "For instance {.code set_threshold(fit, new_data = rows, cost =
             c(false_negative = 100, false_positive = 1))}."),
      class = "argument"
    )
  }
  if (is.null(threshold)) {
    threshold <- cheapest_threshold(x, new_data, y, cost)
  } else {
    check_number(threshold, min = 0, max = 1)
  }
  x$threshold <- threshold
  x
}

cheapest_threshold <- function(fit, new_data, y, cost,
                               call = rlang::caller_env()) {
  outcome <- fit$prep$outcome
  cost <- as_cost(cost, outcome$levels, call)
  cases <- network_cases(fit, new_data, y, call)
  prob <- as_prediction(cases$outputs, outcome, calibration = fit$calibration)
  best <- cost_of(cases$truth == 2, prob[, 2], NULL, cost)$best
  event <- event_level(outcome)
  if (best$cost >= min(best$never, best$always)) {
    which <- if (best$never <= best$always) "never" else "always"
    deeply_warn(
      c("On these rows nothing costs less than {which} calling {.val {event}}.",
        i = "They may be too few, or {.arg cost} not what you mean."),
      class = "threshold"
    )
  }
  best$threshold
}

describe_threshold <- function(fit) {
  sprintf("`%s` is predicted above %s", event_level(fit$prep$outcome),
          format(signif(fit$threshold, 3)))
}
