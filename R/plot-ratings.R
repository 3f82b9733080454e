#' @rdname autoplot.deep_recommender
#' @export
autoplot.deep_ratings <- function(object, type = "ratings", ..., k = 10,
                                  n = 200, named = 30, seed = 1) {
  rlang::check_dots_empty()
  check_choice(type, c("ratings", "history", "tail", "map"))
  switch(type,
    ratings = plot_ratings(object),
    history = plot_rating_history(object),
    autoplot.deep_recommender(object, type, k = k, n = n, named = named,
                              seed = seed)
  )
}

plot_ratings <- function(fit, call = rlang::caller_env()) {
  metrics <- evaluate.deep_ratings(fit)
  labels <- c(rmse = "Root mean squared error", mae = "Mean absolute error")
  bars <- data.table::rbindlist(lapply(names(labels), function(metric) {
    data.table(
      metric = labels[[metric]], model = metrics$model,
      value = metrics[[metric]], lower = metrics[[paste0(metric, "_lower")]],
      upper = metrics[[paste0(metric, "_upper")]],
      own = seq_along(metrics$model) == 1
    )
  }))
  bars$metric <- factor(bars$metric, labels)
  bars$model <- factor(bars$model, metrics$model[order(-metrics$rmse)])
  ggplot2::ggplot(bars, ggplot2::aes(.data$value, .data$model,
                                     colour = .data$own)) +
    ggplot2::geom_linerange(ggplot2::aes(xmin = .data$lower,
                                         xmax = .data$upper), linewidth = 0.8) +
    ggplot2::geom_point(size = 2.5) +
    ggplot2::facet_wrap(ggplot2::vars(.data$metric), scales = "free_x") +
    ggplot2::scale_colour_manual(values = palette_deeply[2:1],
                                 guide = "none") +
    ggplot2::labs(
      title = ratings_title(metrics), y = NULL,
      x = sprintf("Error, `%s` from %s to %s", fit$prep$columns$value,
                  format(fit$prep$ratings$low), format(fit$prep$ratings$high)),
      subtitle = sprintf("%s held-out ratings, 95 %% intervals over %s users",
                         count(fit$judged$n),
                         count(length(unique(fit$judged$user))))
    ) +
    theme_deeply()
}

ratings_title <- function(metrics) {
  best <- which.min(metrics$rmse)
  if (nrow(metrics) == 1) {
    return(sprintf("It is %.2f from a held-out rating on average",
                   metrics$mae))
  }
  if (best != 1) {
    return(sprintf("By %s alone errors are smaller", metrics$model[[best]]))
  }
  rival <- 1L + which.min(metrics$rmse[-1])
  sprintf("Its errors are %s below those by %s alone",
          percent(1 - metrics$rmse[[1]] / metrics$rmse[[rival]]),
          metrics$model[[rival]])
}

# The network learned ratings in standard deviations.
plot_rating_history <- function(fit) {
  panels <- c(loss = "Training loss (variances, with penalty)",
              val_loss = "On held-out ratings (variances)")
  history_lines(fit, panels)
}
