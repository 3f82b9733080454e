#' Find a learning rate
#'
#' Trains for some steps while the learning rate rises from far too small to far
#' too large, and looks at the loss of each step (Smith 2017). Below some rate
#' nothing is learned, above another the loss blows up; a good rate lies a
#' little below the lowest point.
#'
#' @param x,... As for the model, such as a formula and `data`.
#' @param model The function that fits, such as [deep_mlp()].
#' @param control Training, from [deep_control()]; its `batch_size`, `optimizer`
#'   and `seed` count here.
#' @param from,to First and last learning rate.
#' @param steps Number of steps of the optimizer.
#'
#' @return A data.table of class `deep_lr_finder`: a row a step with
#'   `learn_rate`, `loss` (of the rows of that step) and `smoothed` (its moving
#'   average). The attribute `suggested` is a tenth of the rate at which the
#'   smoothed loss was lowest, `NA` if that is below `from`. `autoplot()` draws
#'   it.
#' @references
#' Smith (2017). Cyclical learning rates for training neural networks. WACV.
#' @export
#' @examplesIf deeply::has_backend()
#' found <- lr_finder(Species ~ ., data = iris, steps = 60)
#' found
#' autoplot(found)
lr_finder <- function(x, ..., model = deep_mlp, control = deep_control(),
                      from = 1e-6, to = 10, steps = 200) {
  check_control(control)
  check_number(from, above = 0)
  check_number(to, above = from)
  check_count(steps, min = 10)
  if (!is.function(model)) {
    abort_argument("model", model, "a function that fits, such as `deep_mlp`",
                   rlang::current_env())
  }
  control$range_test <- exp(seq(log(from), log(to), length.out = steps))
  control["checkpoint"] <- list(NULL)
  model(x, ..., control = control)
}

# Takes the steps; called by `fit_table()` where a fit would be trained.
range_test <- function(run) {
  rates <- run$spec$control$range_test
  plan <- training_plan(run)
  losses <- backend_call("range_test", network_spec(run), run$buffer,
                         run$rows[["train"]], plan, as.array(rates))
  backend_call("release", run$buffer)
  found <- data.table(learn_rate = rates[seq_along(losses)],
                      loss = as.vector(losses))
  found$smoothed <- moving_average(found$loss)
  data.table::setattr(found, "suggested", suggested_rate(found))
  data.table::setattr(found, "class", c("deep_lr_finder", class(found)))
  found[]
}

# Exponential, without the bias of its start (Kingma & Ba 2015).
moving_average <- function(x, momentum = 0.9) {
  mix <- function(average, value) momentum * average + (1 - momentum) * value
  average <- Reduce(mix, x, 0, accumulate = TRUE)[-1]
  average / (1 - momentum^seq_along(x))
}

suggested_rate <- function(found) {
  usable <- which(is.finite(found$smoothed))
  if (length(usable) == 0) {
    return(NA_real_)
  }
  lowest <- usable[[which.min(found$smoothed[usable])]]
  suggested <- signif(found$learn_rate[[lowest]] / 10, 2)
  # Of a rate that was not tried nothing is known.
  if (suggested < signif(found$learn_rate[[1]], 2)) NA_real_ else suggested
}

#' @export
print.deep_lr_finder <- function(x, ...) {
  cat(sprintf("<lr_finder> %s, learning rates from %g to %g\n",
              cli::pluralize("{nrow(x)} step{?s}"), x$learn_rate[[1]],
              utils::tail(x$learn_rate, 1)))
  suggested <- attr(x, "suggested")
  if (is.na(suggested) && is.finite(x$loss[[1]])) {
    cat("No rate can be suggested: the loss was lowest near the lowest rate.\n")
    cat("Try again with a smaller `from`.\n")
  } else if (is.na(suggested)) {
    cat("No rate can be suggested: the loss was no number from the start.\n")
  } else {
    cat(sprintf("Suggested: deep_control(learn_rate = %g)\n", suggested))
  }
  invisible(x)
}
