#' Plot a diagnosis
#'
#' The ladder of errors, from the best that is known on the left to the rows
#' never seen on the right, with 95 % intervals; each gap with its name and
#' size, the one that matters most in another colour.
#'
#' @param object What [diagnose()] gave.
#' @inheritParams rlang::args_dots_empty
#'
#' @return A ggplot.
#' @export
#' @examplesIf deeply::has_backend()
#' fit <- deep_mlp(Species ~ ., data = iris, control = deep_control(epochs = 5))
#' autoplot(diagnose(fit, best_known = 0.02))
autoplot.deep_diagnosis <- function(object, ...) {
  rlang::check_dots_empty()
  ladder <- object$ladder
  measure <- attr(ladder, "measure")
  levels <- ladder[, c("level", "error", "lower", "upper", "largest")]
  levels$at <- seq_len(nrow(levels))
  gaps <- ladder_gaps(ladder)
  ggplot2::ggplot(levels, ggplot2::aes(.data$at, .data$error)) +
    draw_gaps(gaps) +
    ggplot2::geom_linerange(
      ggplot2::aes(ymin = .data$lower, ymax = .data$upper), colour = "grey45"
    ) +
    ggplot2::geom_point(size = 3, colour = palette_deeply[[1]]) +
    ggplot2::scale_colour_manual(
      values = c("FALSE" = "grey35", "TRUE" = palette_deeply[[2]]),
      guide = "none"
    ) +
    ggplot2::scale_x_continuous(
      breaks = levels$at, labels = level_labels(ladder),
      expand = ggplot2::expansion(add = 0.4)
    ) +
    ggplot2::scale_y_continuous(
      labels = function(y) format_error(y, measure),
      limits = c(0, NA), expand = ggplot2::expansion(mult = c(0.02, 0.14))
    ) +
    ggplot2::labs(
      title = paste0(capitalise(object$verdict), plot_finding(object)),
      subtitle = paste(strwrap(object$says, 80), collapse = "\n"),
      x = NULL, y = plot_measure(measure, object$about$outcome)
    ) +
    theme_deeply() +
    ggplot2::theme(panel.grid.major.x = ggplot2::element_blank())
}

plot_finding <- function(object) {
  gap <- object$ladder[object$ladder$largest, ]
  if (nrow(gap) > 0 && object$verdict != "fine") {
    sprintf(": the largest gap is %s, %s", gap$gap,
            format_error(gap$size, attr(object$ladder, "measure"),
                         signed = TRUE))
  } else if (object$verdict != "fine" && object$kind != object$verdict) {
    paste0(": ", gsub("_", " ", object$kind))
  } else {
    ""
  }
}

plot_measure <- function(measure, outcome) {
  switch(measure,
    error = "Rows called wrong",
    balanced = "1 - balanced accuracy",
    rmse = paste("RMSE of", outcome)
  )
}

level_labels <- function(ladder) {
  rows <- ifelse(is.na(ladder$n), "",
                 paste0("\n", count_each(ladder$n), " rows"))
  paste0(ladder$level, rows)
}

# An arrow stands where the level is reached, its label between the two.
ladder_gaps <- function(ladder) {
  i <- seq_len(nrow(ladder))[-1]
  data.table(
    from = i - 1, to = i, low = ladder$error[i - 1], high = ladder$error[i],
    label = paste0(ladder$gap[i], "\n", gap_sizes(ladder)[i]),
    largest = ladder$largest[i]
  )
}

gap_sizes <- function(ladder) {
  size <- format_error(replace(ladder$size, is.na(ladder$size), 0),
                       attr(ladder, "measure"), signed = TRUE)
  chance <- ladder$size_lower <= 0 & ladder$size_upper >= 0
  paste0(size, ifelse(chance, " (chance)", ""))
}

draw_gaps <- function(gaps) {
  if (nrow(gaps) == 0) {
    return(NULL)
  }
  list(
    ggplot2::geom_segment(
      ggplot2::aes(x = .data$from, xend = .data$to, y = .data$low,
                   yend = .data$high, colour = .data$largest,
                   linewidth = .data$largest),
      data = gaps
    ),
    ggplot2::scale_linewidth_manual(
      values = c("FALSE" = 0.6, "TRUE" = 1.4), guide = "none"
    ),
    ggplot2::geom_text(
      ggplot2::aes(x = (.data$from + .data$to) / 2,
                   y = pmax(.data$low, .data$high), label = .data$label,
                   colour = .data$largest),
      data = gaps, vjust = -0.3, size = 3.3, lineheight = 0.95
    )
  )
}
