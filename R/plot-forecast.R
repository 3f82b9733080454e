#' Look at a forecaster
#'
#' @param object A fit of [deep_forecaster()], what [forecast.deep_forecaster()]
#'   or [backtest()] gave.
#' @param type `"fan"`: the forecasts from the end of what was fitted;
#'   `"horizon"`: the error by step ahead, beside the other models;
#'   `"residuals"`: autocorrelations of the errors one step ahead on the
#'   held-out windows, with the band of white noise and the test of Ljung & Box
#'   (1978);
#'   `"history"`: the loss by epoch.
#' @param ... For `"fan"`, given to [forecast.deep_forecaster()].
#' @param series How many series are drawn, the first ones.
#'
#' @return A ggplot.
#' @references
#' Ljung & Box (1978). On a measure of lack of fit in time series models.
#' Biometrika 65(2).
#' @name forecast_plots
#' @examplesIf deeply::has_backend()
#' fit <- deep_forecaster(datasets::AirPassengers, horizon = 12,
#'                        control = deep_control(epochs = 1, seed = 1),
#'                        baseline = FALSE)
#' autoplot(fit)
#' autoplot(fit, type = "horizon")
#' autoplot(fit, type = "residuals")
NULL

#' @rdname forecast_plots
#' @export
autoplot.deep_forecaster <- function(object, type = "fan", ..., series = 6) {
  check_choice(type, c("fan", "horizon", "residuals", "history"))
  switch(type,
    fan = autoplot(forecast(object, ...), series = series),
    horizon = plot_horizon(object$judged),
    residuals = plot_residuals(object),
    history = plot_history(object)
  )
}

#' @rdname forecast_plots
#' @export
autoplot.deep_forecast <- function(object, ..., series = 6) {
  about <- attr(object, "forecast_of")
  index <- about$index %||% "time"
  frame <- function(table, value) {
    who <- if (is.null(about$key)) rep("", nrow(table)) else
      do.call(paste, c(lapply(about$key, function(k) table[[k]]), sep = ", "))
    data.table(series = who, time = table[[index]], value = table[[value]])
  }
  ahead <- data.table(frame(object, ".pred"), lower = object$.pred_lower,
                      upper = object$.pred_upper)
  before <- frame(about$history, about$value)
  shown <- utils::head(unique(ahead$series), series)
  ahead <- ahead[ahead$series %in% shown, ]
  before <- before[before$series %in% shown, ]
  steps <- max(object$ahead)
  late <- before[, utils::tail(.SD, max(3 * steps, 24)), by = "series"]
  joined <- from_last(ahead, late)
  plot <- ggplot2::ggplot(ahead, ggplot2::aes(.data$time, .data$value)) +
    ggplot2::geom_ribbon(ggplot2::aes(ymin = .data$lower, ymax = .data$upper),
                         data = joined, fill = palette_deeply[[6]],
                         alpha = 0.35) +
    ggplot2::geom_line(data = late, colour = "grey35") +
    ggplot2::geom_line(data = joined, colour = palette_deeply[[1]],
                       linewidth = 0.8) +
    ggplot2::labs(
      title = forecast_title(ahead, about), x = index, y = about$value,
      subtitle = sprintf("Band: intervals of %s", percent(about$level))
    ) +
    theme_deeply()
  if (length(shown) > 1) {
    plot <- plot + ggplot2::facet_wrap("series", scales = "free_y")
  }
  plot
}

# A forecast begins at the last value that is known.
from_last <- function(ahead, before) {
  known <- before[!is.na(before$value), ]
  last <- known[!duplicated(known$series, fromLast = TRUE), ]
  last <- last[last$series %in% ahead$series[!is.na(ahead$value)], ]
  data.table::set(last, j = c("lower", "upper"), value = last$value)
  data.table::rbindlist(list(last, ahead), use.names = TRUE)
}

forecast_title <- function(ahead, about) {
  if (length(unique(ahead$series)) > 1 || anyNA(ahead$value)) {
    return(sprintf("Forecasts of %s", about$value))
  }
  high <- ahead[which.max(ahead$value), ]
  sprintf("%s is forecast to be highest at %s: %s (%s to %s)",
          capitalise(about$value), show_times(high$time, about$frequency),
          format(signif(high$value, 3)), format(signif(high$lower, 3)),
          format(signif(high$upper, 3)))
}

#' @rdname forecast_plots
#' @export
autoplot.deep_backtest <- function(object, type = "horizon", ...) {
  check_choice(type, c("horizon", "folds"))
  if (type == "horizon") plot_horizon(object) else plot_folds(object)
}

plot_horizon <- function(judged, call = rlang::caller_env()) {
  if (is.null(judged)) {
    abort_no_errors(call)
  }
  table <- whole_metrics(judged$by_step)
  models <- unique(table$model)
  best <- against_naive(judged)$model
  shown <- models[!models %in% naive_models | models %in% best]
  table <- table[table$model %in% shown, ]
  data.table::set(table, j = "model", value = factor(table$model, shown))
  ggplot2::ggplot(table, ggplot2::aes(.data$ahead, .data$rmse,
                                      colour = .data$model)) +
    ggplot2::geom_line(linewidth = 0.7) +
    ggplot2::geom_point(size = 1.6) +
    ggplot2::scale_colour_manual(
      values = stats::setNames(palette_deeply[seq_along(shown)], shown)
    ) +
    ggplot2::scale_x_continuous(breaks = whole_breaks) +
    ggplot2::expand_limits(y = 0) +
    ggplot2::labs(title = horizon_title(judged), x = "Steps ahead", y = "RMSE",
                  subtitle = sprintf("%s %s", count(judged$n),
                                     judged$on %||% "windows")) +
    theme_deeply()
}

horizon_title <- function(judged) {
  found <- against_naive(judged)
  if (is.null(found)) {
    return("Error by step ahead")
  }
  if (!found$better) {
    return(sprintf("No better than the %s forecast", found$model))
  }
  sprintf("Squared errors are %s smaller than those of the %s forecast",
          percent_points(found$skill$skill), found$model)
}

plot_folds <- function(object) {
  table <- whole_metrics(object$folds)
  models <- unique(table$model)
  best <- against_naive(object)$model
  shown <- models[!models %in% naive_models | models %in% best]
  table <- table[table$model %in% shown, ]
  own <- table[table$model == models[[1]], ]
  worst <- own[which.max(own$rmse), ]
  ggplot2::ggplot(table, ggplot2::aes(.data$from, .data$rmse,
                                      colour = factor(.data$model, shown))) +
    ggplot2::geom_line(linewidth = 0.7) +
    ggplot2::geom_point(size = 2) +
    ggplot2::scale_colour_manual(
      values = stats::setNames(palette_deeply[seq_along(shown)], shown)
    ) +
    ggplot2::expand_limits(y = 0) +
    ggplot2::labs(
      title = sprintf("The error was largest from %s on: RMSE %s",
                      show_times(worst$from, object$frequency),
                      format(signif(worst$rmse, 3))),
      x = "First origin of the fold", y = "RMSE"
    ) +
    theme_deeply()
}
