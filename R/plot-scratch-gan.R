#' Watch a generator learn
#'
#' Six moments of a [scratch_gan()]: the density of the true numbers, that of
#' the made ones, and as a line how likely the discriminator takes a number at
#' each place for a true one.
#'
#' @param object What [scratch_gan()] gives.
#' @param type `"moments"`, or `"history"`: the distance between both
#'   distributions and both losses by step.
#' @param ... Not used.
#' @return A ggplot.
#' @export
#' @examples
#' fit <- scratch_gan(steps = 600, seed = 1)
#' autoplot(fit)
#' autoplot(fit, type = "history")
autoplot.scratch_gan <- function(object, type = "moments", ...) {
  rlang::check_dots_empty()
  check_choice(type, c("moments", "history"))
  switch(type,
    moments = plot_scratch_moments(object),
    history = plot_scratch_history(object)
  )
}

plot_scratch_moments <- function(fit) {
  looks <- data.table::copy(fit$looks)
  labels <- step_label(unique(looks$step))
  looks$moment <- factor(step_label(looks$step), labels)
  # A generator that makes one number would press all others to the ground.
  top <- 1.7 * max(looks$true)
  colours <- c("True numbers" = "grey55", "Made numbers" = palette_deeply[[1]],
               "Discriminator: is it true?" = palette_deeply[[2]])
  said <- names(colours)
  ggplot2::ggplot(looks, ggplot2::aes(.data$at)) +
    ggplot2::geom_hline(yintercept = top / 2, linetype = "dotted",
                        colour = palette_deeply[[2]], linewidth = 0.4) +
    ggplot2::geom_area(ggplot2::aes(y = .data$true, fill = said[[1]]),
                       alpha = 0.5) +
    ggplot2::geom_area(ggplot2::aes(y = .data$made, fill = said[[2]]),
                       alpha = 0.35) +
    ggplot2::geom_line(ggplot2::aes(y = .data$made), linewidth = 0.5,
                       colour = palette_deeply[[1]]) +
    ggplot2::geom_line(ggplot2::aes(y = top * .data$probability,
                                    colour = said[[3]]), linewidth = 0.8) +
    ggplot2::facet_wrap("moment", nrow = 2) +
    ggplot2::scale_fill_manual(values = colours, breaks = said[1:2]) +
    ggplot2::scale_colour_manual(values = colours, breaks = said[[3]]) +
    ggplot2::scale_y_continuous(expand = c(0, 0), sec.axis = ggplot2::sec_axis(
      ~ . / top, breaks = c(0, 0.5, 1), name = "Probability of being true"
    )) +
    ggplot2::coord_cartesian(ylim = c(0, top)) +
    ggplot2::labs(
      title = scratch_title(fit),
      subtitle = "Dotted: one half, where true and made cannot be told apart",
      x = "Number", y = "Density"
    ) +
    theme_deeply() +
    ggplot2::theme(
      axis.title.y.right = ggplot2::element_text(colour = palette_deeply[[2]]),
      axis.text.y.right = ggplot2::element_text(colour = palette_deeply[[2]]),
      panel.spacing.x = ggplot2::unit(1, "lines")
    )
}

step_label <- function(step) paste("Step", count(as.integer(step)))

scratch_title <- function(fit) {
  distance <- fit$history$distance
  ends <- format_metric(distance[c(1, length(distance))], 2)
  if (distance[[length(distance)]] > distance[[1]] / 2) {
    return(sprintf("The two did not meet: their distance is %s, after %s",
                   ends[[2]], ends[[1]]))
  }
  sprintf("The two meet: their distance falls from %s to %s", ends[[1]],
          ends[[2]])
}

plot_scratch_history <- function(fit) {
  history <- fit$history
  names <- c("Distance of the distributions", "Discriminator", "Generator")
  values <- c("distance", "discriminator_loss", "generator_loss")
  panels <- c("Distance", "Loss", "Loss")
  shown <- data.table::rbindlist(Map(function(value, name, panel) {
    data.table(step = history$step, value = history[[value]], of = name,
               panel = panel)
  }, values, names, panels))
  colours <- stats::setNames(palette_deeply[c(1, 2, 3)], names)
  marks <- data.frame(
    panel = c("Distance", "Loss", "Loss"),
    at = c(fit$floor, 2 * log(2), log(2))
  )
  ggplot2::ggplot(shown[!is.na(shown$value), ],
                  ggplot2::aes(.data$step, .data$value, colour = .data$of)) +
    ggplot2::geom_hline(data = marks, ggplot2::aes(yintercept = .data$at),
                        linetype = "dashed", colour = "grey60") +
    ggplot2::geom_line(linewidth = 0.7) +
    ggplot2::scale_colour_manual(values = colours, breaks = names) +
    ggplot2::facet_grid("panel", scales = "free_y", switch = "y") +
    ggplot2::expand_limits(y = 0) +
    ggplot2::labs(
      title = scratch_title(fit),
      subtitle = paste("Dashed: distance of two halves of the true numbers,",
                       "losses of guessing"),
      x = "Step", y = NULL
    ) +
    theme_deeply() +
    ggplot2::theme(strip.placement = "outside")
}
