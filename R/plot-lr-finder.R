#' Look at a learning-rate range test
#'
#' @param object What [lr_finder()] gives.
#' @param ... Not used.
#' @return A ggplot: the loss of each step and its moving average against the
#'   learning rate, with the suggested rate marked.
#' @export
#' @examplesIf deeply::has_backend()
#' autoplot(lr_finder(Species ~ ., data = iris, steps = 60))
autoplot.deep_lr_finder <- function(object, ...) {
  suggested <- attr(object, "suggested")
  shown <- object[is.finite(object$loss), ]
  ggplot2::ggplot(shown, ggplot2::aes(.data$learn_rate, .data$loss)) +
    ggplot2::geom_vline(xintercept = suggested, linetype = "dashed",
                        colour = "grey40", na.rm = TRUE) +
    ggplot2::geom_point(colour = "grey70", size = 1) +
    ggplot2::geom_line(ggplot2::aes(y = .data$smoothed), linewidth = 0.8,
                       colour = palette_deeply[[1]]) +
    ggplot2::scale_x_log10(labels = function(x) format(x, digits = 1)) +
    # What blows up would press all that matters to the ground.
    ggplot2::coord_cartesian(ylim = lr_limits(shown)) +
    ggplot2::labs(
      title = lr_title(suggested),
      subtitle = lr_subtitle(suggested),
      x = "Learning rate (log scale)", y = "Loss"
    ) +
    theme_deeply()
}

lr_title <- function(suggested) {
  if (is.na(suggested)) {
    return("No learning rate can be suggested")
  }
  sprintf("A learning rate of %g is suggested", suggested)
}

lr_subtitle <- function(suggested) {
  text <- "Points: loss of a step; line: moving average"
  if (is.na(suggested)) {
    return(text)
  }
  paste0(text, ";\n",
         "dashed: the suggestion, a tenth of the rate at the line's lowest")
}

lr_limits <- function(shown) {
  if (nrow(shown) == 0) {
    return(NULL)
  }
  low <- min(shown$smoothed)
  first <- shown$smoothed[[1]]
  c(min(low, shown$loss), max(low + 1.5 * (first - low), 1.25 * first))
}
