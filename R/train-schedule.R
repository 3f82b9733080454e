#' A learning rate that changes while training
#'
#' Give it to [deep_control()] as `learn_rate`. The rate changes with every
#' step of the optimizer, not only once an epoch. `autoplot()` draws it.
#'
#' With `rate` the `learn_rate`, and `step` counted from 0 after the warm-up:
#'
#' * `"constant"`: `rate`.
#' * `"inverse_time"`: `rate / (1 + decay * step / decay_steps)` (Robbins &
#'   Monro 1951).
#' * `"exponential"`: `rate * decay^(step / decay_steps)`.
#' * `"cosine"`: `min_rate + (rate - min_rate) / 2 * (1 + cos(pi * t))`, where
#'   `t` is the share of the planned steps that is over (Loshchilov & Hutter
#'   2017, without restarts).
#' * `"one_cycle"`: up along a cosine from `rate / start_factor` to `rate` in
#'   the first `rise` of the planned steps, then down along a cosine to `rate /
#'   start_factor / final_factor` (Smith & Topin 2018, in two phases).
#' * `"plateau"`: `rate` times `factor` after each `patience` epochs without a
#'   lower validation loss (training loss where there are no validation rows),
#'   never below `min_rate`.
#'
#' `"cosine"` and `"one_cycle"` are laid over all the `epochs` of
#' [deep_control()]. If early stopping may end the run sooner, they do not
#' reach their end: give the epochs you mean, and `patience = Inf`.
#'
#' @param kind `"constant"`, `"inverse_time"`, `"exponential"`, `"cosine"`,
#'   `"one_cycle"` or `"plateau"`.
#' @param learn_rate The highest rate, above 0. `NULL`: the optimizer's
#'   default, by the number of rows (see [deep_control()]).
#' @param warmup Steps in which the rate first rises along a line, from
#'   `learn_rate / warmup` in the first step to `learn_rate` (Goyal et al.
#'   2017): a whole number of optimizer steps, or a share of the planned steps
#'   below 1. The schedule's own count of steps starts after it, and
#'   `"plateau"` does not look at epochs that lie in it. 0: none.
#'   `"one_cycle"` has a rise of its own.
#' @param decay How fast the rate falls. For `"inverse_time"` above 0; `NULL`:
#'   0.1, half the rate after 10 `decay_steps`. For `"exponential"` above 0 and
#'   below 1; `NULL`: 0.96, half the rate after 17 `decay_steps`.
#' @param decay_steps Optimizer steps for one unit of `decay`. `NULL`: the steps
#'   of an epoch.
#' @param min_rate The rate at the end of `"cosine"`, and the lowest that
#'   `"plateau"` goes to: at least 0, at most `learn_rate`. `NULL`: 0.
#' @param rise Share of the planned steps in which `"one_cycle"` rises, above 0
#'   and below 1. `NULL`: 0.3.
#' @param start_factor `"one_cycle"` starts at `learn_rate / start_factor`. At
#'   least 1. `NULL`: 25.
#' @param final_factor `"one_cycle"` ends at its first rate divided by this. At
#'   least 1. `NULL`: 10,000.
#' @param factor What `"plateau"` multiplies the rate by, above 0 and below 1.
#'   `NULL`: 0.1.
#' @param patience Epochs without a lower loss before `"plateau"` does so; fewer
#'   than the `patience` of [deep_control()], which ends the run. `NULL`: 10.
#'
#' @return A list of class `deep_schedule`: `kind`, `learn_rate`, `warmup` and
#'   the values of that kind, defaults filled in.
#' @section Errors:
#' A value out of its range and an argument that the chosen kind does not have
#' are errors of class `deeply_error_argument`.
#' @references
#' Goyal et al. (2017). Accurate, large minibatch SGD: training ImageNet in 1
#' hour. arXiv:1706.02677.
#'
#' Loshchilov & Hutter (2017). SGDR: stochastic gradient descent with warm
#' restarts. ICLR.
#'
#' Robbins & Monro (1951). A stochastic approximation method. Annals of
#' Mathematical Statistics 22(3).
#'
#' Smith & Topin (2018). Super-convergence: very fast training of neural
#' networks using large learning rates. arXiv:1708.07120.
#' @seealso [deep_optimizer()]
#' @export
#' @examples
#' deep_schedule("cosine", learn_rate = 0.01, warmup = 0.05)
#' schedule <- deep_schedule("one_cycle")
#' autoplot(schedule, epochs = 40)
deep_schedule <- function(kind = "cosine", learn_rate = NULL, warmup = 0,
                          decay = NULL, decay_steps = NULL, min_rate = NULL,
                          rise = NULL, start_factor = NULL,
                          final_factor = NULL, factor = NULL,
                          patience = NULL) {
  check_choice(kind, schedules)
  check_number(learn_rate, above = 0, null = TRUE)
  check_warmup(warmup, kind)
  limit <- if (kind == "exponential") 1 else Inf
  check_number(decay, above = 0, below = limit, null = TRUE)
  check_count(decay_steps, null = TRUE)
  check_number(min_rate, min = 0, null = TRUE)
  check_number(rise, above = 0, below = 1, null = TRUE)
  check_number(start_factor, min = 1, null = TRUE)
  check_number(final_factor, min = 1, null = TRUE)
  check_number(factor, above = 0, below = 1, null = TRUE)
  check_count(patience, null = TRUE)
  given <- list(
    decay = decay, decay_steps = decay_steps, min_rate = min_rate,
    rise = rise, start_factor = start_factor, final_factor = final_factor,
    factor = factor, patience = patience
  )
  own <- own_values(kind, given, schedule_defaults, "schedule")
  shared <- list(kind = kind, learn_rate = learn_rate, warmup = warmup)
  schedule <- structure(c(shared, own), class = "deep_schedule")
  check_min_rate(schedule)
  schedule
}

schedule_defaults <- list(
  constant = list(),
  inverse_time = list(decay = 0.1, decay_steps = NULL),
  exponential = list(decay = 0.96, decay_steps = NULL),
  cosine = list(min_rate = 0),
  one_cycle = list(rise = 0.3, start_factor = 25, final_factor = 1e4),
  plateau = list(factor = 0.1, patience = 10, min_rate = 0)
)

schedules <- names(schedule_defaults)

check_warmup <- function(warmup, kind, call = rlang::caller_env()) {
  ok <- is.numeric(warmup) && length(warmup) == 1 && is.finite(warmup) &&
    warmup >= 0 && (warmup < 1 || warmup %% 1 == 0)
  if (!ok) {
    wanted <- "a share from 0 to below 1, or a whole number of steps"
    abort_argument("warmup", warmup, wanted, call)
  }
  if (warmup > 0 && kind == "one_cycle") {
    deeply_abort(
      c(
        "{.arg warmup} does not belong to the schedule {.val one_cycle}, which
         has a rise of its own.",
        i = "Set {.arg rise} and {.arg start_factor} instead."
      ),
      class = "argument",
      call = call
    )
  }
}

# `learn_rate` may be filled in later, so this is asked twice.
check_min_rate <- function(schedule, call = rlang::caller_env()) {
  rate <- schedule$learn_rate
  floor <- schedule$min_rate
  if (!is.null(rate) && !is.null(floor) && floor > rate) {
    deeply_abort(
      "{.arg min_rate} ({floor}) must be at most {.arg learn_rate} ({rate}).",
      class = "argument",
      call = call
    )
  }
}

#' @export
print.deep_schedule <- function(x, ...) {
  x$learn_rate <- x$learn_rate %||% "by the number of rows"
  x$warmup <- format_warmup(x$warmup)
  if (x$kind %in% c("inverse_time", "exponential")) {
    x$decay_steps <- x$decay_steps %||% "one epoch"
  }
  values <- vapply(unclass(x), format, character(1))
  cat("<deep_schedule>\n")
  cat(paste0(format(names(values)), "  ", values), sep = "\n")
  invisible(x)
}

format_warmup <- function(warmup) {
  if (warmup == 0) {
    "none"
  } else if (warmup < 1) {
    paste(format(100 * warmup), "% of the steps")
  } else {
    paste(count(warmup), if (warmup == 1) "step" else "steps")
  }
}

# For an argument `learn_rate`, which takes a number or an object.
as_schedule <- function(learn_rate, arg = "learn_rate",
                        call = rlang::caller_env()) {
  if (inherits(learn_rate, "deep_schedule")) {
    return(learn_rate)
  }
  ok <- is.numeric(learn_rate) && length(learn_rate) == 1 &&
    is.finite(learn_rate) && learn_rate > 0
  if (!ok && !is.null(learn_rate)) {
    wanted <- "one number above 0 or what `deep_schedule()` gives"
    abort_argument(arg, learn_rate, wanted, call)
  }
  deep_schedule("constant", learn_rate = learn_rate)
}

# A schedule without a rate of its own takes this one.
fill_schedule <- function(schedule, learn_rate, call = rlang::caller_env()) {
  schedule$learn_rate <- schedule$learn_rate %||% learn_rate
  check_min_rate(schedule, call = call)
  schedule
}

#' The learning rate of each step
#'
#' @param schedule A `deep_schedule`.
#' @param learn_rate The highest rate. The schedule's own is not looked at, so
#'   that a run can go on with a lower one.
#' @param steps Numbers of optimizer steps, the first step is 0. Doubles, since
#'   a run may have more than an integer counts.
#' @param total Planned steps of the run. A falling rate stays where it is from
#'   then on.
#' @param epoch_steps Steps an epoch.
#' @param losses Watched losses of the epochs that are over. For "plateau" a
#'   step looks only at the epochs that were over before it.
#' @return A rate for each of `steps`.
#' @noRd
schedule_rates <- function(schedule, learn_rate, steps, total, epoch_steps,
                           losses = numeric()) {
  warm <- warmup_steps(schedule, total)
  planned <- max(total - warm, 0)
  clock <- pmin(pmax(steps - warm, 0), planned)
  units <- clock / (schedule$decay_steps %||% epoch_steps)
  rates <- switch(schedule$kind,
    constant = rep(learn_rate, length(steps)),
    inverse_time = learn_rate / (1 + schedule$decay * units),
    exponential = learn_rate * schedule$decay^units,
    cosine = along_cosine(learn_rate, min(schedule$min_rate, learn_rate),
                          share_of(clock, planned)),
    one_cycle = one_cycle_rates(schedule, learn_rate, steps, total),
    plateau = plateau_rates(schedule, learn_rate, steps, warm, epoch_steps,
                            losses)
  )
  ifelse(steps < warm, learn_rate * (steps + 1) / warm, rates)
}

warmup_steps <- function(schedule, total) {
  if (schedule$warmup < 1) round(schedule$warmup * total) else schedule$warmup
}

# From one rate to another while `share` goes from 0 to 1.
along_cosine <- function(from, to, share) {
  to + (from - to) / 2 * (1 + cos(pi * share))
}

# A stretch of no steps is over before it begins.
share_of <- function(step, length) {
  if (length > 0) pmin(step / length, 1) else rep(1, length(step))
}

# As in PyTorch's OneCycleLR: the peak is the last step of the rise, the lowest
# rate that of the last step of all.
one_cycle_rates <- function(schedule, learn_rate, steps, total) {
  first <- learn_rate / schedule$start_factor
  last <- first / schedule$final_factor
  peak <- one_cycle_peak(schedule, total)
  up <- along_cosine(first, learn_rate, share_of(steps, peak))
  down <- along_cosine(learn_rate, last,
                       share_of(pmax(steps - peak, 0), total - 1 - peak))
  ifelse(steps <= peak, up, down)
}

# Not below 0, so that the shortest run has the full rate once.
one_cycle_peak <- function(schedule, total) {
  max(schedule$rise * total - 1, 0)
}

plateau_rates <- function(schedule, learn_rate, steps, warm, epoch_steps,
                          losses) {
  ends <- seq_along(losses) * epoch_steps
  cuts <- c(0, plateau_cuts(losses, ends > warm, schedule$patience))
  over <- pmin(floor(steps / epoch_steps), length(losses))
  lowest <- min(schedule$min_rate, learn_rate)
  pmax(learn_rate * schedule$factor^cuts[over + 1], lowest)
}

# How often the rate was cut by the end of each epoch. A loss that is missing
# or not a number is not a lower one.
plateau_cuts <- function(losses, counts, patience) {
  best <- Inf
  waited <- 0
  cuts <- numeric(length(losses))
  for (epoch in which(counts)) {
    if (isTRUE(losses[[epoch]] < best)) {
      best <- losses[[epoch]]
      waited <- 0
    } else {
      waited <- waited + 1
    }
    if (waited == patience) {
      cuts[[epoch]] <- 1
      waited <- 0
    }
  }
  cumsum(cuts)
}

# One line for `print.deep_control()`.
describe_schedule <- function(schedule) {
  rate <- schedule$learn_rate %||% "by the number of rows"
  if (schedule$kind == "constant" && schedule$warmup == 0) {
    return(format(rate))
  }
  warmup <- if (schedule$warmup > 0) {
    paste("warm-up", format_warmup(schedule$warmup))
  }
  toString(c(schedule$kind, format(rate), warmup))
}
