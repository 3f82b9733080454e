#' Look at a learning rate schedule
#'
#' @param object A schedule, see [deep_schedule()].
#' @param epochs Epochs of the run.
#' @param epoch_steps Optimizer steps an epoch: the training rows divided by
#'   the batch size.
#' @param learn_rate The highest rate, if the schedule has none of its own.
#' @param ... Not used.
#'
#' @return A ggplot of the learning rate by epoch, or by optimizer step if there
#'   is one epoch. The rate of a `"plateau"` schedule depends on how training
#'   goes: the plot shows a loss that falls in the first three tenths of the
#'   epochs and then stands still. Of more than 2,000 steps, 2,000 are drawn.
#' @section Errors:
#' A value out of its range is an error of class `deeply_error_argument`.
#' @export
#' @examples
#' autoplot(deep_schedule("one_cycle", learn_rate = 0.001))
#' autoplot(deep_schedule("cosine", warmup = 0.05), epochs = 30)
autoplot.deep_schedule <- function(object, epochs = 100, epoch_steps = 100,
                                   learn_rate = 0.001, ...) {
  check_count(epochs)
  check_count(epoch_steps)
  check_number(learn_rate, above = 0)
  schedule <- fill_schedule(object, learn_rate)
  # Doubles: the product may be more than an integer holds.
  run <- list(total = as.numeric(epochs) * epoch_steps, epochs = epochs,
              epoch_steps = as.numeric(epoch_steps))
  run$losses <- if (schedule$kind == "plateau") example_losses(epochs)
  steps <- thinned_steps(run$total)
  shown <- data.table(
    time = if (epochs > 1) steps / epoch_steps else steps,
    rate = rates_of_run(schedule, run, steps)
  )
  ggplot2::ggplot(shown, ggplot2::aes(.data$time, .data$rate)) +
    rate_layer(nrow(shown)) +
    ggplot2::expand_limits(y = 0) +
    ggplot2::labs(
      title = schedule_title(schedule, run),
      subtitle = schedule_subtitle(schedule, run),
      x = if (epochs > 1) "Epochs trained" else "Optimizer steps taken",
      y = "Learning rate"
    ) +
    theme_deeply()
}

# So few steps that each can be told apart are dots; one step has no line.
rate_layer <- function(n) {
  colour <- palette_deeply[[1]]
  list(
    if (n > 1) ggplot2::geom_line(colour = colour, linewidth = 0.7),
    if (n <= 40) ggplot2::geom_point(colour = colour, size = 1.6)
  )
}

rates_of_run <- function(schedule, run, steps) {
  schedule_rates(schedule, schedule$learn_rate, steps, run$total,
                 run$epoch_steps, run$losses %||% numeric())
}

# Of all epochs but the last, whose loss no step of the run can look at.
example_losses <- function(epochs) {
  1 / pmin(seq_len(epochs - 1), ceiling(0.3 * epochs))
}

# More points than a plot has columns of pixels cost time and show nothing.
thinned_steps <- function(total, points = 2000) {
  unique(round(seq(0, total - 1, length.out = min(total, points))))
}

schedule_title <- function(schedule, run) {
  name <- sub("_", " ", schedule$kind)
  name <- paste0(toupper(substr(name, 1, 1)), substring(name, 2))
  end <- rates_of_run(schedule, run, run$total)
  paste0(name, ": ", course(schedule$learn_rate, end,
                            rise_end(schedule, run$total), run))
}

# What a rate does from the first step to the last, in words.
course <- function(rate, end, rises, run) {
  if (rises >= run$total) {
    return("still in its warm-up at the end of the run")
  }
  falls <- end < rate
  rate <- format_rate(rate)
  start <- if (rises > 0) {
    sprintf("up to %s at %s", rate, moment(rises, run))
  } else {
    paste(if (falls) "from" else "always", rate)
  }
  if (falls) {
    paste0(start, if (rises > 0) ",", " down to ", format_rate(end),
           " at the end")
  } else {
    paste0(start, if (rises > 0) ", then constant")
  }
}

# Steps until the rate is highest.
rise_end <- function(schedule, total) {
  if (schedule$kind == "one_cycle") {
    one_cycle_peak(schedule, total)
  } else {
    warmup_steps(schedule, total)
  }
}

# A number of steps in the unit of the plot's axis.
moment <- function(steps, run) {
  if (run$epochs > 1) {
    paste("epoch", format(round(steps / run$epoch_steps, 1)))
  } else {
    paste("step", count(round(steps)))
  }
}

format_rate <- function(rate) {
  format(signif(rate, 2), digits = 2)
}

schedule_subtitle <- function(schedule, run) {
  steps <- sprintf(
    "%s optimizer %s: %s %s of %s", count(run$total),
    if (run$total == 1) "step" else "steps", count(run$epochs),
    if (run$epochs == 1) "epoch" else "epochs", count(run$epoch_steps)
  )
  if (schedule$kind != "plateau") {
    return(steps)
  }
  sprintf(
    "%s\nAn example: the validation loss falls until epoch %s, then no more",
    steps, count(ceiling(0.3 * run$epochs))
  )
}
