# The calibration that a fit brings along. It is learned on the validation rows,
# which the fit was not trained on, though they chose the epoch to stop at.

# So many validation rows at least.
rows_to_calibrate <- 50L

check_calibration <- function(calibration, outcome, call) {
  if (length(calibration) == 1 && calibration != "none") {
    check_one_outcome(outcome, "{.arg calibration}", call)
  }
  classes <- outcome$task != "regression"
  wrong <- if (classes) "conformal" else "temperature"
  if (!identical(calibration, wrong)) {
    return(invisible())
  }
  right <- if (classes) "temperature" else "conformal"
  deeply_abort(
    c("{.arg calibration} {.val {wrong}} is for {if (classes) 'numbers' else
       'classes'}; {.field {outcome$name}} {if (classes) 'has classes' else
       'is a number'}.",
      i = "Use {.val {right}} or {.val none}."),
    class = "method", call = call
  )
}

#' Calibrates a new fit on its validation rows
#'
#' @param truth As in `fit_cases()`, of all validation rows.
#' @param answer What `all_outputs()` gave for them.
#' @param on What these rows are called.
#' @return What a fit keeps as `calibration`; `NULL` where none was asked for,
#'   the rows are too few, the network gives no numbers, or a temperature does
#'   not lower their log loss beyond chance.
#' @noRd
default_calibration <- function(fit, truth, answer, on) {
  outcome <- fit$prep$outcome
  usable <- fit$prep$settings$na != "drop" | !answer$incomplete
  cases <- list(outcome = outcome, truth = truth[usable],
                outputs = answer$outputs$network[usable, , drop = FALSE])
  method <- intersect(calibration_methods(outcome), fit$spec$calibration)
  if (length(method) == 0 || !enough_to_calibrate(cases) ||
        !all(is.finite(cases$outputs))) {
    return(NULL)
  }
  calibration <- if (method == "conformal") {
    learn_intervals(cases)
  } else {
    suppressWarnings(learn_calibration(method, cases),
                     classes = "deeply_warning_separable")
  }
  if (method == "temperature" && !beyond_chance(calibration)) {
    return(NULL)
  }
  # Without what they are the latest by.
  c(calibration, list(on = sub(",.*", "", on)))
}

# One number always lowers the log loss of the rows it is learned from. Kept
# where nothing is to be gained, it raises that of others: so it must pass a
# likelihood-ratio test at 5 % (Wilks 1938).
beyond_chance <- function(calibration) {
  gain <- calibration$before[["log_loss"]] - calibration$after[["log_loss"]]
  2 * calibration$n * gain > stats::qchisq(0.95, 1)
}

enough_to_calibrate <- function(cases) {
  outcome <- cases$outcome
  n <- length(cases$truth)
  if (outcome$task != "regression") {
    counts <- tabulate(cases$truth, length(outcome$levels))
    return(n >= rows_to_calibrate && all(counts > 0))
  }
  level <- nominal_coverage(outcome)
  if (has_quantiles(outcome) && length(level) == 0) {
    return(FALSE)
  }
  n >= max(rows_to_calibrate, level / (1 - level))
}

describe_default <- function(calibration) {
  loss <- c(calibration$after[["log_loss"]], calibration$before[["log_loss"]])
  loss <- vapply(signif(loss, 3), format, "")
  sprintf("temperature %s from %s: log loss %s (was %s)",
          format(signif(calibration$temperature, 3)),
          calibration_rows(calibration), loss[[1]], loss[[2]])
}
