# Quantiles of rows whose outcome is known: a fan beside the truth.

# Rows of a like prediction, whose quantiles are averaged: few enough to be a
# band, many enough to show where it widens.
fan_bins <- 40

plot_quantiles <- function(truth, predicted, quantiles, outcome) {
  pairs <- symmetric_pairs(outcome$quantile_levels)
  widest <- utils::head(pairs, 1)
  missed <- if (nrow(pairs) > 0) {
    truth < quantiles[, widest$lower] | truth > quantiles[, widest$upper]
  } else {
    FALSE
  }
  points <- data.table(predicted = predicted, observed = truth, missed = missed)
  ggplot2::ggplot(points, ggplot2::aes(.data$predicted)) +
    ggplot2::geom_point(ggplot2::aes(y = .data$observed, colour = .data$missed),
                        shape = 16, size = 1.6,
                        alpha = point_alpha(nrow(points))) +
    (if (nrow(pairs) > 0) {
      ggplot2::geom_ribbon(
        ggplot2::aes(ymin = .data$lower, ymax = .data$upper,
                     group = .data$level),
        fan_bands(predicted, quantiles, pairs), alpha = 0.25,
        fill = palette_deeply[[1]]
      )
    }) +
    ggplot2::geom_abline(colour = "grey30", linetype = "dashed") +
    ggplot2::scale_colour_manual(
      values = c("FALSE" = "grey45", "TRUE" = palette_deeply[[2]]),
      guide = "none"
    ) +
    ggplot2::labs(
      title = fan_title(points, widest, outcome),
      subtitle = fan_subtitle(points, pairs),
      x = sprintf("Predicted median of %s", outcome$name),
      y = paste("Observed", outcome$name)
    ) +
    theme_deeply()
}

#' Mean limits of each interval, by predicted median
#' @noRd
fan_bands <- function(predicted, quantiles, pairs) {
  bins <- min(fan_bins, ceiling(length(predicted) / 10))
  bin <- ceiling(rank(predicted, ties.method = "first") * bins /
                   length(predicted))
  at <- tapply(predicted, bin, mean)
  # The bands reach as far as the rows do.
  at[c(1, bins)] <- range(predicted)
  data.table::rbindlist(lapply(seq_len(nrow(pairs)), function(i) {
    data.table(
      predicted = at, level = pairs$level[[i]],
      lower = tapply(quantiles[, pairs$lower[[i]]], bin, mean),
      upper = tapply(quantiles[, pairs$upper[[i]]], bin, mean)
    )
  }))
}

fan_title <- function(points, widest, outcome) {
  if (nrow(widest) == 0) {
    below <- mean(points$observed <= points$predicted)
    return(sprintf("%s of the rows are below their predicted median",
                   percent(below)))
  }
  sprintf("The %s intervals of %s cover %s of the rows", percent(widest$level),
          outcome$name, percent(1 - mean(points$missed)))
}

fan_subtitle <- function(points, pairs) {
  rows <- sprintf("%s rows; dashed: the predicted median",
                  count(nrow(points)))
  if (nrow(pairs) == 0) {
    return(rows)
  }
  sprintf("%s\nBand: mean interval of %s; orange: outside of its own", rows,
          paste(percent(pairs$level), collapse = " and "))
}
