# Predictions of several outcomes, a panel each.

panels_shown <- 9L

#' Predictions and truth of several outcomes
#'
#' @param cases What `network_cases()` gave.
#' @param predicted What `as_prediction()` gave, by outcome.
#' @noRd
plot_outcomes <- function(cases, predicted) {
  parts <- cases$outcome$parts
  scores <- vapply(names(parts), function(name) {
    metrics <- all_metrics(cases$truth[[name]], predicted[[name]],
                           parts[[name]]$task)
    metrics[[if (parts[[name]]$task == "regression") "rsq" else "roc_auc"]]
  }, 0)
  shown <- names(parts)
  if (length(shown) > panels_shown) {
    shown <- utils::head(names(scores)[order(scores)], panels_shown)
  }
  n <- nrow(cases$truth)
  about <- sprintf("%s rows", count(n))
  if (length(shown) < length(parts)) {
    about <- sprintf("%s; the %d worst of %d outcomes", about, length(shown),
                     length(parts))
  }
  if (base_task(cases$outcome) == "regression") {
    panels_regression(cases$truth, predicted, scores, shown, about)
  } else {
    panels_labels(cases$truth, predicted, scores, parts[shown], about)
  }
}

panels_regression <- function(truth, predicted, scores, shown, about) {
  labels <- sprintf("%s (%s explained)", shown,
                    percent(pmax(0, scores[shown])))
  points <- data.table::rbindlist(Map(function(name, label) {
    data.table(panel = label, observed = truth[[name]],
               predicted = predicted[[name]])
  }, shown, labels))
  points$panel <- factor(points$panel, labels)
  ggplot2::ggplot(points, ggplot2::aes(.data$observed, .data$predicted)) +
    ggplot2::geom_abline(colour = "grey60", linetype = "dashed") +
    ggplot2::geom_point(colour = palette_deeply[[1]], size = 1.4,
                        alpha = point_alpha(nrow(truth))) +
    # Both axes of a panel have one range, so that the line is a diagonal.
    ggplot2::geom_blank(ggplot2::aes(.data$predicted, .data$observed)) +
    ggplot2::facet_wrap(ggplot2::vars(.data$panel), scales = "free") +
    ggplot2::labs(
      title = paste(panels_title("From", scores, percent),
                    "of the variation is explained"),
      subtitle = paste0(about, "; dashed: prediction = truth"),
      x = "Observed, in the unit of the outcome", y = "Predicted"
    ) +
    theme_deeply()
}

panels_labels <- function(truth, predicted, scores, parts, about) {
  shown <- names(parts)
  score <- ifelse(is.na(scores[shown]), "one class here",
                  sprintf("ROC AUC %.3f", scores[shown]))
  labels <- sprintf("%s: %s (%s)", shown, vapply(parts, event_level, ""),
                    score)
  rows <- data.table::rbindlist(Map(function(name, label) {
    data.table(panel = label, prob = predicted[[name]][, 2],
               class = truth[[name]])
  }, shown, labels))
  rows$panel <- factor(rows$panel, labels)
  rows$class <- factor(rows$class, 1:2, c("has it not", "has it"))
  ggplot2::ggplot(rows, ggplot2::aes(.data$prob, fill = .data$class)) +
    ggplot2::geom_histogram(
      ggplot2::aes(y = ggplot2::after_stat(.data$density) / 20),
      breaks = seq(0, 1, 0.05), position = "identity", alpha = 0.6
    ) +
    ggplot2::geom_vline(xintercept = 0.5, linetype = "dashed",
                        colour = "grey40") +
    ggplot2::facet_wrap(ggplot2::vars(.data$panel)) +
    ggplot2::scale_fill_manual(values = palette_deeply[1:2]) +
    ggplot2::scale_x_continuous(breaks = c(0, 0.5, 1)) +
    ggplot2::scale_y_continuous(labels = function(y) paste0(100 * y, " %")) +
    ggplot2::labs(
      title = panels_title("ROC AUC from", scores,
                           function(x) sprintf("%.3f", x)),
      subtitle = about, x = "Predicted probability of the label",
      y = "Share of the rows of its class"
    ) +
    theme_deeply()
}

# From the worst outcome to the best.
panels_title <- function(from, scores, format) {
  scores <- pmax(sort(scores), 0)
  if (length(scores) == 0) {
    return("No outcome here has rows of both classes")
  }
  ends <- scores[c(1, length(scores))]
  sprintf("%s %s (%s) to %s (%s)", from, format(ends[[1]]), names(ends)[[1]],
          format(ends[[2]]), names(ends)[[2]])
}
