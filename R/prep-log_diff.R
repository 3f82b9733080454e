#' Log differences, and back
#'
#' `log_diff()` turns a series of positive numbers into its relative changes,
#' `log(x[t]) - log(x[t - lag])`: about 0.01 for a rise by 1 %. A series whose
#' swings grow with its level becomes one that a network can learn.
#' `undo_log_diff()` gives the series back, or goes on from its end with
#' forecasts of the changes.
#'
#' A missing value stays missing, and so does the change after it.
#' `undo_log_diff()` still gives the whole series back, since `log_diff()` keeps
#' the values that follow a missing one.
#'
#' @param x A numeric vector or a `ts` of one series, all above 0.
#' @param lag Steps back: 1, or for instance 12 for the change over a year of
#'   months.
#' @param d Log differences.
#' @param start The `lag` values before the first difference. `NULL`: those that
#'   `log_diff()` has kept. The result has them at its front.
#' @param after Instead of `start`, the series that `d` goes on from, or its
#'   last values, `lag` of them at least. The result is what comes after.
#'
#' @return `log_diff()`: a vector that is shorter by `lag` (a `ts` from a `ts`),
#'   with an attribute `"log_diff"`, a list of `lag`, `start` and `again`
#'   (values after missing ones, and where). `undo_log_diff()`: a numeric
#'   vector, or a `ts` if `d` or `after` is one.
#' @section Errors:
#' A value that is not above 0 is an error of class `deeply_error_not_positive`,
#' which names the first. Other bad input has class `deeply_error_argument`.
#' @seealso [check_stationarity()], which says when to use it.
#' @export
#' @examples
#' changes <- log_diff(datasets::AirPassengers)
#' all.equal(undo_log_diff(changes), datasets::AirPassengers)
#'
#' # Forecasts of the next three changes become forecasts of passengers.
#' undo_log_diff(c(0.02, -0.01, 0.06), after = datasets::AirPassengers)
log_diff <- function(x, lag = 1) {
  check_vector(x)
  check_count(lag)
  if (length(x) <= lag) {
    deeply_abort(
      "{.arg x} has {length(x)} value{?s}; with {.code lag = {lag}} it needs
       more than {lag}.",
      class = "argument"
    )
  }
  check_positive(x)
  values <- as.numeric(x)
  changes <- diff(log(values), lag = lag)
  # What a running sum cannot reach, because it was missing on the way.
  lost <- lag + which(is.na(changes) & !is.na(values[-seq_len(lag)]))
  if (stats::is.ts(x)) {
    changes <- stats::ts(changes, start = stats::time(x)[[lag + 1]],
                         frequency = stats::frequency(x))
  }
  structure(changes, log_diff = list(
    lag = as.integer(lag), start = values[seq_len(lag)],
    again = list(at = lost, values = values[lost])
  ))
}

#' @rdname log_diff
#' @export
undo_log_diff <- function(d, start = NULL, after = NULL, lag = NULL) {
  kept <- attr(d, "log_diff")
  check_vector(d)
  check_vector(start, null = TRUE)
  check_vector(after, null = TRUE)
  check_count(lag, null = TRUE)
  check_one_start(start, after, kept)
  lag <- as.integer(lag %||% kept$lag %||%
                      (if (is.null(after)) length(start) else 1))
  first <- first_values(start, after, kept, lag)
  # What was kept belongs to the series itself, not to one that goes on.
  again <- if (is.null(after)) kept$again
  values <- run_up(as.numeric(d), first, again, lag)
  if (!is.null(after)) {
    values <- values[-seq_len(lag)]
  }
  undone_ts(values, d, after, lag)
}

check_vector <- function(x, null = FALSE, arg = rlang::caller_arg(x),
                         call = rlang::caller_env()) {
  if (null && is.null(x)) {
    return(invisible())
  }
  if (!is.numeric(x) || !is.null(dim(x)) || is.factor(x) || length(x) == 0) {
    abort_argument(arg, x, "a numeric vector or a `ts` of one series", call)
  }
}

check_positive <- function(x, arg = rlang::caller_arg(x),
                           call = rlang::caller_env()) {
  bad <- which(x <= 0 | is.infinite(x))
  if (length(bad) > 0) {
    deeply_abort(
      c(
        "{.arg {arg}} must be above 0 and finite: value {bad[[1]]} is
         {format(x[[bad[[1]]]])}.",
        x = "{length(bad)} of {length(x)} value{?s} {cli::qty(length(bad))}
             {?is/are} not.",
        i = if (arg == "x") "Use {.fn diff} for a series that crosses 0, or
                           {.fn log1p} before {.fn diff} for counts."
      ),
      class = "not_positive",
      call = call
    )
  }
}

check_one_start <- function(start, after, kept, call = rlang::caller_env()) {
  if (!is.null(start) && !is.null(after)) {
    deeply_abort("Give {.arg start} or {.arg after}, not both.",
                 class = "argument", call = call)
  }
  if (is.null(start) && is.null(after) && is.null(kept)) {
    deeply_abort(
      c("It is not known from where the changes start.",
        i = "Give the values before the first change as {.arg start}, or the
             series that they go on from as {.arg after}."),
      class = "argument",
      call = call
    )
  }
}

first_values <- function(start, after, kept, lag, call = rlang::caller_env()) {
  arg <- if (is.null(after)) "start" else "after"
  first <- as.numeric(after %||% start %||% kept$start)
  if (length(first) < lag || (is.null(after) && length(first) != lag)) {
    deeply_abort(
      "With {.code lag = {lag}}, {.arg {arg}} must have
       {if (arg == 'after') 'at least '}{lag} value{?s}; it has
       {length(first)}.",
      class = "argument",
      call = call
    )
  }
  first <- utils::tail(first, lag)
  check_positive(first, arg, call)
  first
}

# From each known value upwards: the first ones, and those after missing ones.
run_up <- function(d, first, again, lag) {
  n <- length(d) + lag
  known <- rep(NA_real_, n)
  known[seq_len(lag)] <- first
  known[again$at] <- again$values
  is_known <- seq_len(n) <= lag | seq_len(n) %in% again$at
  step <- c(numeric(lag), d)
  step[is_known] <- 0
  for (phase in seq_len(min(lag, n))) {
    at <- seq(phase, n, by = lag)
    run <- cumsum(is_known[at])
    from <- at[is_known[at]][run]
    level <- exp(log(known[from]) + run_sums(step[at], run))
    known[at] <- ifelse(is_known[at], known[at], level)
  }
  known
}

# A running sum that begins anew with each run.
run_sums <- function(x, run) {
  if (run[[length(run)]] == 1) {
    return(cumsum(x))
  }
  stats::ave(x, run, FUN = cumsum)
}

undone_ts <- function(values, d, after, lag) {
  like <- if (stats::is.ts(after)) after else if (stats::is.ts(d)) d
  if (is.null(like)) {
    return(values)
  }
  frequency <- stats::frequency(like)
  start <- if (stats::is.ts(after)) {
    stats::tsp(after)[[2]] + 1 / frequency
  } else if (is.null(after)) {
    stats::tsp(d)[[1]] - lag / frequency
  } else {
    stats::tsp(d)[[1]]
  }
  stats::ts(values, start = start, frequency = frequency)
}
