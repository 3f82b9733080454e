#' Plot curves, costs and confusions
#'
#' @param object A [roc_curve()], [pr_curve()], [cost_curve()], [confusion()] or
#'   [reliability_curve()].
#' @inheritParams rlang::args_dots_empty
#'
#' @return A ggplot. Dashed is what guessing gives, or, of a reliability curve,
#'   probabilities that come true; long curves are drawn through up to 2,000
#'   points.
#' @examples
#' gears <- factor(mtcars$am, labels = c("automatic", "manual"))
#' logistic <- glm(gears ~ wt, binomial, mtcars)
#' autoplot(pr_curve(gears, fitted(logistic)))
#' @export
autoplot.deep_curve <- function(object, ...) {
  rlang::check_dots_empty()
  is_roc <- attr(object, "kind") == "roc"
  areas <- attr(object, "areas")
  shown <- thin_curves(object)
  shown <- data.table(
    x = if (is_roc) 1 - shown$specificity else shown$recall,
    y = if (is_roc) shown$sensitivity else shown$precision,
    label = shown[["model"]] %||% shown$class, class = shown$class
  )
  shown$label <- factor(shown$label, unique(as.character(shown$label)))
  # Of more classes each has a share of its own.
  guess <- if (is_roc) {
    ggplot2::geom_abline(linetype = "dashed", colour = "grey60")
  } else if (length(unique(areas$class)) == 1) {
    ggplot2::geom_hline(yintercept = areas$share[[1]], linetype = "dashed",
                        colour = "grey60")
  }
  ggplot2::ggplot(shown, ggplot2::aes(.data$x, .data$y,
                                      colour = .data$label)) +
    guess +
    # As the average precision counts: the gain in recall at its precision.
    (if (is_roc) ggplot2::geom_line()
     else ggplot2::geom_step(direction = "vh")) +
    (if (!is.null(areas[["model"]]) && nlevels(factor(areas$class)) > 1) {
      ggplot2::facet_wrap("class")
    }) +
    ggplot2::scale_colour_manual(values = curve_colours(shown$label)) +
    ggplot2::scale_x_continuous(breaks = c(0, 0.5, 1)) +
    ggplot2::coord_cartesian(xlim = 0:1, ylim = 0:1) +
    ggplot2::labs(
      title = curve_title(areas, is_roc),
      x = if (is_roc) "1 - specificity (share of the others that are called)"
          else "Recall (share of the events that are found)",
      y = if (is_roc) "Sensitivity (share found)"
          else "Precision (share of the calls that are right)"
    ) +
    theme_deeply() +
    ggplot2::theme(legend.position = if (nlevels(shown$label) > 1) "top"
                                     else "none")
}

most_points <- 2000

# Below it thresholds are drawn on a scale of their own.
rare_threshold <- 0.05

plain_number <- function(x) {
  format(x, scientific = FALSE, drop0trailing = TRUE, trim = TRUE)
}

curve_colours <- function(labels) {
  rep_len(palette_deeply, nlevels(labels))
}

# Ten million thresholds are no better to look at. Where events are rare, all
# that happens happens among the first of them.
thin_curves <- function(curve) {
  about <- intersect(c("model", "class"), names(curve))
  keep <- curve[, list(row = .I[thin_ranks(.N)]), by = about]
  curve[keep$row, ]
}

thin_ranks <- function(n) {
  even <- seq(1, n, length.out = most_points / 2)
  first <- exp(seq(0, log(n), length.out = most_points / 2))
  sort(unique(round(c(even, first))))
}

curve_title <- function(areas, is_roc) {
  first <- areas[["model"]] %||% rep("", nrow(areas))
  who <- if (nzchar(first[[1]])) paste0(first[[1]], ": ") else ""
  paste0(who, curve_finding(areas[first == first[[1]], ], is_roc))
}

curve_finding <- function(areas, is_roc) {
  digits <- function(x) formatC(x, digits = 3, format = "f")
  if (nrow(areas) > 1) {
    return(sprintf("area %s, the mean of the classes",
                   digits(mean(areas$area))))
  }
  if (is_roc) {
    return(sprintf("%s of the pairs are in the right order",
                   percent(areas$area)))
  }
  sprintf("average precision %s, by guessing %s", digits(areas$area),
          digits(areas$share))
}

#' @rdname autoplot.deep_curve
#' @export
autoplot.deep_cost <- function(object, ...) {
  rlang::check_dots_empty()
  best <- summary(object)
  first <- best[1, ]
  rare <- first$threshold > 0 && first$threshold < rare_threshold
  least <- if (rare) first$threshold / 100 else 0
  shown <- thin_curves(object)
  shown <- data.table(threshold = pmin(pmax(shown$threshold, least), 1),
                      cost = shown$cost, model = shown[["model"]] %||% "cost")
  shown$model <- factor(shown$model, unique(shown$model))
  # Calling nearly all would dwarf what there is to choose from.
  top <- if (rare) 1.5 * min(first$never, first$always) else max(shown$cost)
  best <- data.table(threshold = pmax(best$threshold, least), cost = best$cost,
                     model = best[["model"]] %||% "cost")
  ggplot2::ggplot(shown, ggplot2::aes(.data$threshold, .data$cost,
                                      colour = .data$model)) +
    ggplot2::geom_vline(xintercept = 0.5, linetype = "dashed",
                        colour = "grey60") +
    ggplot2::geom_step(direction = "vh") +
    ggplot2::geom_point(data = best, size = 2.5) +
    (if (rare) ggplot2::scale_x_log10(labels = plain_number)) +
    ggplot2::coord_cartesian(ylim = c(min(0, shown$cost), top)) +
    ggplot2::scale_colour_manual(
      values = stats::setNames(rep_len(palette_deeply, nrow(best)), best$model)
    ) +
    ggplot2::labs(
      title = sprintf("Cheapest from %s on: %s a row, at one half %s",
                      format(first$threshold, digits = 2),
                      format(first$cost, digits = 3),
                      format(first$at_half, digits = 3)),
      subtitle = sprintf("Never calling %s costs %s, always %s",
                         attr(object, "event"),
                         format(first$never, digits = 3),
                         format(first$always, digits = 3)),
      x = paste("Called", attr(object, "event"), "above this probability"),
      y = "Mean cost of a row"
    ) +
    theme_deeply() +
    ggplot2::theme(legend.position = if (nrow(best) > 1) "top" else "none")
}
