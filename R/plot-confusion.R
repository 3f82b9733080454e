#' @rdname autoplot.deep_curve
#' @export
autoplot.deep_confusion <- function(object, ...) {
  rlang::check_dots_empty()
  name <- attr(object, "outcome") %||% "class"
  counts <- unclass(object)
  attr(counts, "outcome") <- NULL
  shares <- as.data.frame(prop.table(as.table(counts), 1),
                          responseName = "share")
  ggplot2::ggplot(shares, ggplot2::aes(.data$predicted, .data$truth,
                                       fill = .data$share)) +
    ggplot2::geom_tile(colour = "white", linewidth = 1) +
    ggplot2::geom_text(
      ggplot2::aes(label = ifelse(is.nan(.data$share), "",
                                  percent(.data$share)),
                   colour = .data$share > 0.5),
      size = 3.4, show.legend = FALSE
    ) +
    ggplot2::scale_colour_manual(values = c(`TRUE` = "white",
                                            `FALSE` = "grey20")) +
    ggplot2::scale_fill_gradient(low = "grey96", high = palette_deeply[[1]],
                                 limits = c(0, 1), guide = "none") +
    ggplot2::scale_y_discrete(limits = rev) +
    ggplot2::labs(
      title = confusion_title(counts),
      subtitle = sprintf("Share of each true class, %s rows",
                         count(sum(counts))),
      x = paste("Predicted", name), y = paste("True", name)
    ) +
    theme_deeply() +
    ggplot2::theme(panel.grid = ggplot2::element_blank())
}

confusion_title <- function(counts) {
  wrong <- counts
  diag(wrong) <- 0
  right <- percent(sum(diag(counts)) / sum(counts))
  if (sum(wrong) == 0) {
    return("Every row is classified right")
  }
  worst <- arrayInd(which.max(wrong), dim(wrong))
  sprintf("%s right; most often %s is taken for %s", right,
          rownames(counts)[[worst[[1]]]], colnames(counts)[[worst[[2]]]])
}
