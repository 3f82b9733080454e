#' Probabilities that come true, and intervals that cover
#'
#' A network may be right in 80 % of the rows that it is 95 % sure of. A
#' calibration is learned on rows that it was not trained on, and kept in the
#' fit: `predict()`, [evaluate()][evaluate.deep_fit], [augment()] and every
#' curve and plot of the fit then go by it. Its baselines stay as they are. Of a
#' regression it learns how far predictions miss, for intervals that cover the
#' truth as often as they say, whatever the network and the distribution.
#'
#' @section Which rows:
#' Not the training rows: of those the network is sure because it has seen them.
#' Split in three, `split <- deep_split(data, c(0.6, 0.2))`: fit with
#' `deep_control(validation = split)`, calibrate on `split$validation`, and
#' judge on `split$test`. The validation rows have already chosen the epoch to
#' stop at, so they flatter a little; rows that were used for nothing yet are
#' better, where there are enough. Intervals keep their promise only if the rows
#' to come are of the same kind as these, as rows drawn at random are.
#'
#' @section Methods:
#' * `"temperature"` (Guo et al. 2017): all logits are divided by one number,
#'   which makes the log loss of the rows least. It cannot change which class is
#'   the likeliest, and a few hundred rows are enough.
#' * `"platt"` (Platt 1999), of two classes: a logistic regression on the logit.
#'   It can also shift, as `class_weights` ask for.
#' * `"isotonic"` (Zadrozny & Elkan 2002): the rising curve of probability that
#'   fits best, by pooling adjacent violators, with straight lines between its
#'   steps. Any shape, but it wants a thousand rows or more. More than two
#'   classes are each taken against the rest, and then made to sum to 1. No
#'   probability is nearer to 0 or 1 than `1 / (n + 2)`, as `n` rows tell no
#'   more.
#' * `"conformal"`, of a regression (Vovk et al. 2005; Lei et al. 2018): an
#'   interval is the prediction plus and minus the absolute residual of rank
#'   `ceiling((n + 1) * level)` among the `n` rows. A level needs at least
#'   `level / (1 - level)` rows. Of more than 10,000, that many residuals are
#'   kept, the largest 1,000 among them; the next larger one stands in for one
#'   that is not, which adds at most 0.0002 to the coverage. Of a fit with
#'   `quantile_levels` the ends of each interval are moved out, or in, by the
#'   same distance, that of this rank among the scores: how far a truth lies
#'   beyond the interval, below zero inside (conformalized quantile regression,
#'   Romano, Patterson & Candes 2019).
#'
#' [deep_mlp()] has already done this on its validation rows, see there; rows of
#' your own replace that.
#'
#' @param x A fit such as [deep_mlp()] gives.
#' @param ... Not used.
#' @param new_data A data frame with the predictors and the outcome: rows that
#'   the fit was not trained on.
#' @param y The outcome, if the model was fitted from a data frame or matrix and
#'   `y`.
#' @param method See below. `NULL`: `"temperature"`, or `"conformal"` for a
#'   regression.
#'
#' @return The fit, with a list `calibration`: `method`, `n` (rows), what was
#'   learned (`temperature`; `intercept` and `slope`; `maps`; `residuals` and
#'   their `ranks`; or `reach`, a number an interval of quantiles), and of
#'   classes the `log_loss` and `ece` of these rows `before` and `after`. A
#'   calibration that it had is replaced, a threshold that was set is taken
#'   away. `predict(type = "raw")` and [as_keras()] stay as they are.
#' @section Errors:
#' * `deeply_error_method`: a method that is not for this outcome.
#' * `deeply_error_too_few_rows`: no row, none of a class, or too few for the
#'   widest interval of quantiles.
#' * `deeply_error_quantile_levels`: quantiles of which no two make an interval.
#' * Those of [evaluate()][evaluate.deep_fit].
#'
#' Warnings: `deeply_warning_too_few_rows` for `"isotonic"` with fewer than 100
#' rows or 10 of a class, `deeply_warning_separable` where every row is right
#' and so none says how sure to be, `deeply_warning_threshold` where a threshold
#' is taken away.
#' @references
#' Guo, Pleiss, Sun & Weinberger (2017). On calibration of modern neural
#' networks. ICML.
#'
#' Lei, G'Sell, Rinaldo, Tibshirani & Wasserman (2018). Distribution-free
#' predictive inference for regression. JASA 113, 1094-1111.
#'
#' Platt (1999). Probabilistic outputs for support vector machines. Advances in
#' large margin classifiers, MIT Press.
#'
#' Romano, Patterson & Candes (2019). Conformalized quantile regression.
#' NeurIPS.
#'
#' Vovk, Gammerman & Shafer (2005). Algorithmic learning in a random world.
#' Springer.
#'
#' Zadrozny & Elkan (2002). Transforming classifier scores into accurate
#' multiclass probability estimates. KDD.
#' @seealso [reliability_curve()] shows whether one is needed;
#'   [set_threshold()].
#' @export
#' @examplesIf deeply::has_backend()
#' split <- deep_split(mtcars, c(0.4, 0.4), seed = 1)
#' fit <- deep_mlp(mpg ~ ., data = mtcars,
#'                 control = deep_control(epochs = 5, validation = split))
#' fit <- calibrate(fit, split$validation)
#' predict(fit, split$test, type = "interval", level = 0.8)
calibrate <- function(x, ...) {
  UseMethod("calibrate")
}

#' @rdname calibrate
#' @export
calibrate.deep_fit <- function(x, new_data, ..., y = NULL, method = NULL) {
  rlang::check_dots_empty()
  check_one_outcome(x$prep$outcome, call = rlang::current_env())
  rlang::check_required(new_data)
  method <- check_method(method, x$prep$outcome)
  cases <- network_cases(x, new_data, y)
  x$calibration <- if (method == "conformal") {
    learn_intervals(cases)
  } else {
    learn_calibration(method, cases)
  }
  if (!is.null(x$threshold)) {
    deeply_warn(
      c("The threshold {x$threshold} was one of the probabilities as they were:
         it is taken away.",
        i = "Choose another by {.fn set_threshold}."),
      class = "threshold"
    )
    x$threshold <- NULL
  }
  x
}

# The one to use where none is asked for comes first.
calibration_methods <- function(outcome) {
  switch(outcome$task,
    regression = "conformal",
    binary = c("temperature", "platt", "isotonic"),
    multiclass = c("temperature", "isotonic")
  )
}

check_method <- function(method, outcome, call = rlang::caller_env()) {
  methods <- calibration_methods(outcome)
  if (is.null(method)) {
    return(methods[[1]])
  }
  if (!rlang::is_string(method) || !method %in% methods) {
    deeply_abort(
      c(
        "{.arg method} must be {.or {.val {methods}}} for the
         {describe_task(outcome)} of {.field {outcome$name}}.",
        x = "It is {.val {method}}.",
        i = if (identical(method, "platt") && outcome$task == "multiclass") {
          "Platt's method is for two classes."
        }
      ),
      class = "method",
      call = call
    )
  }
  method
}

#' Learns to bring probabilities nearer to what happens
#'
#' @param method A method for classes.
#' @param cases What `network_cases()` gave.
#' @return What a fit keeps as `calibration`.
#' @noRd
learn_calibration <- function(method, cases, call = rlang::caller_env()) {
  outcome <- cases$outcome
  if (method != "temperature") {
    check_every_class(cases, method, call)
  }
  learned <- switch(method,
    temperature = learn_temperature(cases),
    platt = learn_platt(cases),
    isotonic = learn_isotonic(cases)
  )
  calibration <- c(list(method = method, n = length(cases$truth)), learned)
  score <- function(calibration) {
    prob <- as_prediction(cases$outputs, outcome, calibration = calibration)
    all_metrics(cases$truth, prob, outcome$task)[c("log_loss", "ece")]
  }
  c(calibration, list(before = score(NULL), after = score(calibration)))
}

check_every_class <- function(cases, method, call) {
  levels <- cases$outcome$levels
  absent <- levels[tabulate(cases$truth, length(levels)) == 0]
  if (length(absent) > 0) {
    deeply_abort(
      c("No row of {.arg new_data} is {.or {.val {absent}}}; {.val {method}}
         needs rows of each class.",
        i = "Give it more rows, or use {.val temperature}."),
      class = "too_few_rows", call = call
    )
  }
}

# Every row is right, so the surer the better: what is best is not finite.
warn_separable <- function() {
  deeply_warn(
    c("The network tells all rows of {.arg new_data} apart, so they do not say
       how sure it should be: its probabilities stay as they are.",
      i = "Calibrate on more rows, or on harder ones."),
    class = "separable"
  )
}

#' Probabilities (or numbers) of a network as its calibration says
#' @noRd
calibrated <- function(outputs, outcome, calibration) {
  switch(calibration$method,
    temperature = as_prediction(outputs / calibration$temperature, outcome),
    platt = as_prediction(
      calibration$intercept + calibration$slope * outputs, outcome
    ),
    isotonic = map_probabilities(as_prediction(outputs, outcome),
                                 calibration$maps),
    conformal = as_prediction(outputs, outcome)
  )
}

# Temperature ----------------------------------------------------------------

coldest <- 0.01
hottest <- 100

# The log loss is convex in 1 / temperature, so where its slope is zero it is
# least. On the log scale, where the root is as exact for any temperature.
learn_temperature <- function(cases) {
  logits <- cases$outputs
  if (cases$outcome$task == "binary") {
    logits <- cbind(0, logits)
  }
  n <- nrow(logits)
  at_truth <- logits[cbind(seq_len(n), cases$truth)]
  top <- logits[cbind(seq_len(n), max.col(logits, ties.method = "first"))]
  if (all(at_truth == top)) {
    warn_separable()
    return(list(temperature = 1))
  }
  slope <- function(log_temperature) {
    expected <- softmax(logits / exp(log_temperature)) * logits
    mean(at_truth - rowSums(expected))
  }
  limits <- log(c(coldest, hottest))
  # Beyond, the outputs are worth nothing (or nearly all are right).
  at_limits <- c(slope(limits[[1]]), slope(limits[[2]]))
  if (prod(sign(at_limits)) >= 0) {
    return(list(temperature = if (at_limits[[1]] > 0) coldest else hottest))
  }
  root <- stats::uniroot(slope, limits, tol = 1e-10)$root
  list(temperature = exp(root))
}

# Platt ----------------------------------------------------------------------

learn_platt <- function(cases) {
  logit <- cases$outputs[, 1]
  event <- cases$truth == 2
  if (max(logit[!event]) <= min(logit[event])) {
    warn_separable()
    return(list(intercept = 0, slope = 1))
  }
  # It would warn of a row that is certain to the last digit, which may be.
  line <- suppressWarnings(stats::glm.fit(
    cbind(1, logit), as.numeric(event), family = stats::binomial()
  ))$coefficients
  list(intercept = line[[1]], slope = line[[2]])
}

# Isotonic -------------------------------------------------------------------

few_to_pool <- 100
few_of_a_class <- 10

learn_isotonic <- function(cases) {
  levels <- cases$outcome$levels
  n <- length(cases$truth)
  counts <- tabulate(cases$truth, length(levels))
  if (n < few_to_pool || min(counts) < few_of_a_class) {
    deeply_warn(
      c("{n} row{?s}, of which {min(counts)} {cli::qty(min(counts))}{?is/are}
         {.val {levels[which.min(counts)]}}, are few for {.val isotonic}: it
         learns chance by heart.",
        i = "Use {.val temperature}, or more rows."),
      class = "too_few_rows"
    )
  }
  prob <- as_prediction(cases$outputs, cases$outcome)
  classes <- if (length(levels) == 2) 2L else seq_along(levels)
  maps <- lapply(classes, function(k) {
    map <- pool_adjacent(prob[, k], cases$truth == k)
    # What happened in none of n rows is not impossible.
    map$y <- pmin(pmax(map$y, 1 / (n + 2)), 1 - 1 / (n + 2))
    map
  })
  list(maps = stats::setNames(maps, levels[classes]))
}

#' The rising steps nearest to the values, by pooling adjacent violators
#'
#' @param x Where; what ties is one value, its mean.
#' @param y Numbers or logical.
#' @return A list of `x`, the first and last place of each step, and `y`.
#' @noRd
pool_adjacent <- function(x, y) {
  order <- order(x, method = "radix")
  x <- x[order]
  last <- which(c(x[-1] != x[-length(x)], TRUE))
  at <- x[last]
  sums <- diff(c(0, cumsum(y[order])[last]))
  sizes <- diff(c(0, last))
  # A stack of steps: a new value joins those before it that are not below it.
  first <- integer(length(at))
  m <- 0L
  for (i in seq_along(at)) {
    m <- m + 1L
    sums[[m]] <- sums[[i]]
    sizes[[m]] <- sizes[[i]]
    first[[m]] <- i
    while (m > 1 && sums[[m - 1]] * sizes[[m]] >= sums[[m]] * sizes[[m - 1]]) {
      m <- m - 1L
      sums[[m]] <- sums[[m]] + sums[[m + 1]]
      sizes[[m]] <- sizes[[m]] + sizes[[m + 1]]
    }
  }
  first <- first[seq_len(m)]
  ends <- c(first[-1] - 1L, length(at))
  places <- as.vector(rbind(first, ends))
  # A step of one place has one end.
  keep <- c(TRUE, diff(places) > 0)
  list(x = at[places[keep]],
       y = rep((sums / sizes)[seq_len(m)], each = 2)[keep])
}

map_probabilities <- function(prob, maps) {
  read <- function(x, map) {
    if (length(map$x) == 1) {
      return(ifelse(is.na(x), NA_real_, map$y))
    }
    stats::approx(map$x, map$y, x, rule = 2)$y
  }
  if (length(maps) == 1) {
    event <- read(prob[, 2], maps[[1]])
    return(cbind(1 - event, event, deparse.level = 0))
  }
  for (k in seq_along(maps)) {
    prob[, k] <- read(prob[, k], maps[[k]])
  }
  prob / rowSums(prob)
}

# In words -------------------------------------------------------------------

describe_calibration <- function(fit) {
  calibration <- fit$calibration
  if (calibration$method == "conformal") {
    return(describe_intervals(calibration))
  }
  if (!is.null(calibration$on)) {
    return(describe_default(calibration))
  }
  how <- switch(calibration$method,
    temperature = sprintf("temperature %s",
                          format(signif(calibration$temperature, 3))),
    platt = sprintf("platt, intercept %s and slope %s",
                    format(signif(calibration$intercept, 3)),
                    format(signif(calibration$slope, 3))),
    isotonic = "isotonic"
  )
  shown <- lapply(c("log_loss", "ece"), function(metric) {
    values <- c(calibration$before[[metric]], calibration$after[[metric]])
    vapply(signif(values, 3), format, "")
  })
  sprintf(
    paste("%s; on the %s rows it was learned from, log loss %s (was %s) and",
          "ECE %s (was %s)"),
    how, count(calibration$n), shown[[1]][[2]], shown[[1]][[1]],
    shown[[2]][[2]], shown[[2]][[1]]
  )
}
