#' @importFrom ggplot2 autoplot
#' @export
ggplot2::autoplot

#' Look at a fit
#'
#' @param object A fit such as [deep_mlp()] gives.
#' @param new_data A data frame with the predictors and the outcome: plots the
#'   predictions for it. `NULL`: plots the training history.
#' @param ... Not used.
#'
#' @return A ggplot. The history shows the loss by epoch and marks the epoch
#'   whose weights were kept. Predictions show predicted against observed for a
#'   regression, observed against the predicted median with bands of the
#'   intervals for one with quantiles, the predicted probability by true class
#'   for two classes, and the shares of predicted classes by true class for
#'   more. Several outcomes have a panel each; of more than nine the worst ones
#'   are shown.
#' @export
#' @examplesIf deeply::has_backend()
#' fit <- deep_mlp(mpg ~ ., data = mtcars, control = deep_control(epochs = 20))
#' autoplot(fit)
#' autoplot(fit, mtcars)
autoplot.deep_fit <- function(object, new_data = NULL, ...) {
  if (is.null(new_data)) {
    return(plot_history(object))
  }
  cases <- network_cases(object, new_data)
  count_look(cases$truth, object)
  outcome <- cases$outcome
  predicted <- as_prediction(cases$outputs, outcome,
                             calibration = object$calibration)
  if (is_several(outcome)) {
    return(plot_outcomes(cases, predicted))
  }
  if (has_quantiles(outcome)) {
    quantiles <- as_quantiles(cases$outputs, outcome, object$calibration)
    return(plot_quantiles(cases$truth, predicted, quantiles, outcome))
  }
  switch(outcome$task,
    regression = plot_regression(cases$truth, predicted, outcome),
    binary = plot_binary(cases$truth, predicted, outcome,
                         object$threshold %||% 0.5),
    multiclass = plot_multiclass(cases$truth, predicted, outcome)
  )
}

plot_history <- function(fit) {
  history <- tidy(fit)
  best <- history[history$best, ]
  colours <- stats::setNames(palette_deeply[1:2], c("training", "validation"))
  ggplot2::ggplot(history, ggplot2::aes(.data$epoch, .data$loss,
                                        colour = .data$set)) +
    ggplot2::geom_vline(xintercept = unique(best$epoch),
                        linetype = "dashed", colour = "grey60") +
    ggplot2::geom_line(linewidth = 0.7) +
    ggplot2::geom_point(data = best, size = 2.5) +
    ggplot2::scale_colour_manual(values = colours) +
    ggplot2::scale_x_continuous(breaks = whole_breaks) +
    ggplot2::labs(
      title = history_title(fit),
      subtitle = history_subtitle(fit),
      x = "Epoch", y = loss_label(fit)
    ) +
    theme_deeply()
}

whole_breaks <- function(limits) {
  breaks <- pretty(limits, 6)
  unique(round(breaks[breaks >= 1]))
}

history_title <- function(fit) {
  if (nrow(fit$history) == 0) {
    return("No epoch was finished, so there is no loss to show")
  }
  last <- fit$info$best_epoch == fit$info$epochs
  watched <- if (all(is.na(fit$history$val_loss))) "Training" else "Validation"
  if (last) {
    paste(watched, "loss was still falling in the last epoch")
  } else {
    sprintf("%s loss stopped improving at epoch %d", watched,
            fit$info$best_epoch)
  }
}

history_subtitle <- function(fit) {
  if (nrow(fit$history) == 0) {
    return(NULL)
  }
  text <- sprintf("Dashed: the epoch whose weights were kept (%d)",
                  fit$info$best_epoch)
  if (fit$spec$network$dropout > 0) {
    # Without this, a validation loss below the training loss looks like a bug.
    text <- paste0(text, "\nTraining loss is measured with dropout on")
  }
  text
}

loss_label <- function(fit) {
  gamma <- fit$spec$control$focal_gamma
  several <- is_several(fit$prep$outcome)
  of <- if (several) "nats a row and label" else "nats a row"
  if (inherits(fit, "deep_autoencoder")) {
    coder_loss_label(fit)
  } else if (has_quantiles(fit$prep$outcome)) {
    "Pinball loss (standardised outcome)"
  } else if (base_task(fit$prep$outcome) == "regression") {
    paste0("Mean squared error (standardised outcome", if (several) "s", ")")
  } else if (gamma > 0) {
    sprintf("Focal loss, gamma %g (%s)", gamma, of)
  } else {
    sprintf("Cross-entropy (%s)", of)
  }
}

plot_regression <- function(truth, predicted, outcome) {
  shown <- data.table(observed = truth, predicted = predicted)
  metrics <- regression_metrics(truth, predicted)
  ggplot2::ggplot(shown, ggplot2::aes(.data$observed, .data$predicted)) +
    ggplot2::geom_abline(colour = "grey60", linetype = "dashed") +
    ggplot2::geom_point(colour = palette_deeply[[1]], size = 1.6,
                        alpha = point_alpha(nrow(shown))) +
    ggplot2::labs(
      title = sprintf("%s of the variation in %s is explained",
                      percent(max(0, metrics[["rsq"]])), outcome$name),
      subtitle = sprintf("RMSE %s on %s rows; dashed: prediction = truth",
                         format_metric(metrics[["rmse"]], 3),
                         count(length(truth))),
      x = paste("Observed", outcome$name), y = paste("Predicted", outcome$name)
    ) +
    theme_deeply()
}

point_alpha <- function(n) {
  min(0.8, max(0.05, 100 / sqrt(n) / 10))
}

plot_binary <- function(truth, predicted, outcome, threshold) {
  event <- event_level(outcome)
  shown <- data.table(
    prob = predicted[, 2],
    class = factor(outcome$levels[truth], levels = outcome$levels)
  )
  metrics <- binary_metrics(truth == 2, predicted[, 2], threshold = threshold)
  ggplot2::ggplot(shown, ggplot2::aes(.data$prob, fill = .data$class)) +
    ggplot2::geom_histogram(
      ggplot2::aes(y = ggplot2::after_stat(.data$density) / 40),
      breaks = seq(0, 1, 0.025), position = "identity", alpha = 0.6
    ) +
    ggplot2::geom_vline(xintercept = threshold, linetype = "dashed",
                        colour = "grey40") +
    ggplot2::scale_fill_manual(values = palette_deeply[1:2]) +
    ggplot2::scale_y_continuous(labels = function(y) paste0(100 * y, " %")) +
    ggplot2::labs(
      title = binary_title(metrics, event, is_imbalanced(outcome)),
      subtitle = sprintf("ROC AUC %.3f, accuracy %.3f on %s rows",
                         metrics[["roc_auc"]], metrics[["accuracy"]],
                         count(length(truth))),
      x = sprintf("Predicted probability of %s", event),
      y = "Share of the rows of its class"
    ) +
    theme_deeply()
}

binary_title <- function(metrics, event, imbalanced) {
  recall <- metrics[["recall"]]
  if (is.na(recall)) {
    return(sprintf("No row here is %s", event))
  }
  sprintf("%s of the rows that are %s are found%s", percent(recall), event,
          if (imbalanced) " (a rare class)" else "")
}

plot_multiclass <- function(truth, predicted, outcome) {
  autoplot(new_confusion(truth, predicted, outcome$levels, name = outcome$name))
}
