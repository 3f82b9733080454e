#' @rdname autoplot.deep_curve
#' @export
autoplot.deep_reliability <- function(object, ...) {
  rlang::check_dots_empty()
  shown <- data.table::copy(object)
  label <- shown[["model"]] %||% shown$class
  shown$label <- factor(label, unique(as.character(label)))
  classes <- unique(as.character(shown$class))
  many <- !is.null(object[["model"]]) && length(classes) > 1
  # Rare events all lie in a corner.
  reach <- if (attr(object, "bins")$style == "count") {
    max(shown$predicted, shown$upper)
  } else {
    1
  }
  what <- if (length(classes) == 1) classes else "the class"
  ggplot2::ggplot(shown, ggplot2::aes(.data$predicted, .data$observed,
                                      colour = .data$label)) +
    ggplot2::geom_abline(linetype = "dashed", colour = "grey60") +
    ggplot2::geom_line(alpha = 0.5) +
    ggplot2::geom_linerange(ggplot2::aes(ymin = .data$lower,
                                         ymax = .data$upper), alpha = 0.6) +
    ggplot2::geom_point(ggplot2::aes(size = .data$n)) +
    (if (many) ggplot2::facet_wrap("class")) +
    ggplot2::scale_colour_manual(values = curve_colours(shown$label)) +
    ggplot2::scale_size(range = c(1, 4), guide = "none") +
    ggplot2::coord_cartesian(xlim = c(0, reach), ylim = c(0, reach)) +
    ggplot2::labs(
      title = reliability_title(object),
      subtitle = "A point a bin, larger with more rows; bars: 95 % intervals",
      x = paste("Predicted probability of", what),
      y = paste("Share of the rows that are", what)
    ) +
    theme_deeply() +
    ggplot2::theme(legend.position = if (nlevels(shown$label) > 1) "top"
                                     else "none")
}

reliability_title <- function(curve) {
  models <- curve[["model"]]
  if (is.null(models)) {
    return(capitalise(reliability_finding(curve)))
  }
  paste0(models[[1]], ": ", reliability_finding(curve[models == models[[1]]]))
}

#' The bin that adds most to the calibration error, if that is no chance
#' @noRd
reliability_finding <- function(curve) {
  gap <- curve$predicted - curve$observed
  worst <- which.max(curve$n * abs(gap))
  bin <- curve[worst]
  # The worst of many bins is often outside an interval made for one.
  width <- stats::qnorm(1 - 0.025 / nrow(curve))
  limits <- wilson_interval(bin$observed, bin$n, width)
  if (bin$predicted >= limits$lower && bin$predicted <= limits$upper) {
    return("it happens as often as it is said")
  }
  sure <- bin$predicted >= 0.5
  verdict <- if (gap[[worst]] > 0) c("too high", "too sure")
             else c("too low", "not sure enough")
  finding <- sprintf("says %s, happens in %s: %s",
                     format(signif(bin$predicted, 2)), percent(bin$observed),
                     verdict[[1 + sure]])
  one_class <- length(unique(curve$class)) == 1
  if (one_class) finding else sprintf("class %s: %s", bin$class, finding)
}
