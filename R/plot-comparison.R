#' Plot a comparison of models
#'
#' A row a model, best on top: the score on each fold as a point, and the mean
#' with its interval. Intervals of two models may overlap though one is better
#' on nearly every fold, so the colour tells what the paired differences to the
#' network say.
#'
#' @param object What [compare_models()] gave.
#' @inheritParams rlang::args_dots_empty
#' @param metric A metric of it. `NULL`: the one that leads.
#' @param level Coverage of the intervals.
#'
#' @return A ggplot.
#' @export
#' @examplesIf deeply::has_backend()
#' compared <- compare_models(mpg ~ ., mtcars, models = c("linear", "forest"),
#'                            control = deep_control(epochs = 20), seed = 1)
#' autoplot(compared, metric = "mae")
autoplot.deep_comparison <- function(object, ..., metric = NULL, level = 0.95) {
  rlang::check_dots_empty()
  table <- summary(object, metric = metric, level = level)
  metric <- metric %||% compared_metrics(object)[[1]]
  compared <- attr(object, "compared")
  network <- compared$networks[[1]]
  verdict <- standings(table, metric, network)
  rows <- rev(table$model)
  as_rows <- function(model) factor(model, rows)
  means <- data.table(model = as_rows(table$model), value = table$mean,
                      lower = table$mean_lower, upper = table$mean_upper,
                      verdict = verdict)
  means <- clip_interval(means, metric)
  points <- data.table(model = as_rows(object$model), value = object[[metric]],
                       verdict = verdict[match(object$model, table$model)])
  far <- far_behind(table)
  ggplot2::ggplot(means, ggplot2::aes(.data$value, .data$model,
                                      colour = .data$verdict)) +
    ggplot2::geom_vline(xintercept = means$value[verdict == "network"],
                        linetype = "dashed", colour = "grey60") +
    ggplot2::geom_point(data = points, alpha = 0.35, size = 1.6) +
    ggplot2::geom_linerange(
      ggplot2::aes(xmin = .data$lower, xmax = .data$upper),
      linewidth = 0.8, na.rm = TRUE
    ) +
    ggplot2::geom_point(size = 2.8) +
    ggplot2::scale_colour_manual(
      values = stats::setNames(palette_deeply[verdict_colours], verdict_kinds),
      breaks = verdict_kinds, labels = verdict_labels(network)
    ) +
    # An interval may reach where no score can: the scores set the scale.
    ggplot2::coord_cartesian(xlim = range(
      points$value[!points$model %in% far], na.rm = TRUE
    )) +
    far_label(means[means$model %in% far, ], metric) +
    ggplot2::labs(
      title = comparison_title(table, metric, network),
      subtitle = sprintf(
        "%s: small, each fold; large, the mean with its %s interval",
        capitalise(compared$folds), percent(level)
      ),
      x = sprintf("%s of %s (%s is better)", metric, compared$outcome,
                  if (metric %in% lower_is_better) "lower" else "higher"),
      y = NULL
    ) +
    theme_deeply()
}

# One that is so far behind that the rest would look all the same: mostly the
# trivial model.
far_behind <- function(table) {
  behind <- abs(table$mean - table$mean[[1]])
  n <- sum(!is.na(behind))
  if (n > 2 && behind[[n]] > 3 * behind[[n - 1]]) table$model[[n]]
}

far_label <- function(far, metric) {
  if (nrow(far) == 0) {
    return(NULL)
  }
  low <- metric %in% lower_is_better
  far$label <- sprintf(" %s, off the scale ", format_metric(far$value, 3))
  far$edge <- if (low) Inf else -Inf
  ggplot2::geom_text(
    ggplot2::aes(x = .data$edge, label = .data$label), data = far,
    hjust = if (low) 1 else 0, size = 3.2, show.legend = FALSE
  )
}

verdict_kinds <- c("network", "better", "alike", "worse")

# Places in the palette.
verdict_colours <- c(7, 3, 6, 2)

verdict_labels <- function(network) {
  c(network, "better than it", "not to be told apart", "worse")
}

comparison_title <- function(table, metric, network) {
  verdict <- standings(table, metric, network)
  place <- sprintf("%s of %d", ordinal(match(network, table$model)),
                   nrow(table))
  best <- match("better", verdict)
  if (!is.na(best)) {
    return(sprintf("%s %s better than %s (%s) by %s",
                   capitalise(table$model[[best]]),
                   is_or_are(table$model[[best]]), network, place,
                   differences_by(table)[[best]]))
  }
  if ("alike" %in% verdict) {
    return(sprintf("No model is clearly better than %s, %s by %s", network,
                   place, metric))
  }
  sprintf("%s is better than all others by %s", network, metric)
}
