#' Look at a recommender
#'
#' @param object What [deep_recommender()] gives.
#' @param type What to look at:
#'   * `"ratings"`, of a fit that learned ratings: how large its errors are
#'     on held-out ones, beside the baselines, with intervals over users;
#'   * `"ranking"`, of the others: how high the held-out items are ranked,
#'     beside the baselines, with intervals over users;
#'   * `"history"`: the loss of the network by epoch, and how much of the gain
#'     it missed on the held-out items, by which the epoch was chosen;
#'   * `"tail"`: how many users each item has, the most popular first, and how
#'     often it is recommended;
#'   * `"amounts"`, where `value` was given: how much users had of the items of
#'     which most was had, such as hours;
#'   * `"map"`: the vectors of items, by which the network takes them in, or
#'     their factors, in two dimensions (t-SNE, van der Maaten & Hinton 2008).
#'     The most popular are named.
#' @param k Of `"ranking"` and `"tail"`: length of the list.
#' @param n Of `"map"`: how many items, the most popular ones. `NULL`: 200. Of
#'   `"amounts"`: how many. `NULL`: 20.
#' @param named Of `"map"`: how many of them are named.
#' @param seed Of `"map"`: a whole number.
#' @param ... Not used.
#'
#' @return A ggplot.
#' @section Errors:
#' * `deeply_error_too_few_rows`: a ranking where nothing was held out.
#' * `deeply_error_argument`: a history or a map of a fit without a network, or
#'   amounts where there are none.
#' @references
#' van der Maaten & Hinton (2008). Visualizing data using t-SNE. Journal of
#' Machine Learning Research 9.
#' @export
#' @examplesIf deeply::has_backend()
#' plays <- simulate_interactions(4000, 300, 100, seed = 1)$data
#' fit <- deep_recommender(plays, "user", "item", method = "ease")
#' autoplot(fit)
#' autoplot(fit, type = "tail")
autoplot.deep_recommender <- function(object, type = "ranking", ..., k = 10,
                                      n = NULL, named = 30, seed = 1) {
  rlang::check_dots_empty()
  check_choice(type, c("ranking", "history", "tail", "amounts", "map"))
  check_count(k)
  check_count(n, min = 5, null = TRUE)
  check_count(named)
  check_count(seed, min = 0)
  switch(type,
    ranking = plot_ranking(object, k),
    history = plot_ranking_history(object),
    tail = plot_tail(object, k),
    amounts = plot_amounts(object, n %||% 20),
    map = plot_item_map(object, n %||% 200, named, seed)
  )
}

plot_ranking <- function(fit, k, call = rlang::caller_env()) {
  metrics <- ranking_table(stored_ranking(fit, call), k)
  labels <- c(ndcg = paste("NDCG at", k), hr = paste("Hit rate at", k))
  bars <- data.table::rbindlist(lapply(names(labels), function(metric) {
    data.table(
      metric = labels[[metric]], model = metrics$model,
      value = metrics[[metric]], lower = metrics[[paste0(metric, "_lower")]],
      upper = metrics[[paste0(metric, "_upper")]], own = metrics$model ==
        metrics$model[[1]]
    )
  }))
  bars$metric <- factor(bars$metric, labels)
  bars$model <- factor(bars$model, metrics$model[order(metrics$ndcg)])
  ggplot2::ggplot(bars, ggplot2::aes(.data$value, .data$model,
                                     colour = .data$own)) +
    ggplot2::geom_linerange(ggplot2::aes(xmin = .data$lower,
                                         xmax = .data$upper), linewidth = 0.8) +
    ggplot2::geom_point(size = 2.5) +
    ggplot2::facet_wrap(ggplot2::vars(.data$metric), scales = "free_x") +
    ggplot2::scale_colour_manual(values = palette_deeply[2:1],
                                 guide = "none") +
    ggplot2::labs(
      title = ranking_title(metrics), x = NULL, y = NULL,
      subtitle = sprintf("%s users, 95 %% intervals over them",
                         count(fit$judged$n))
    ) +
    theme_deeply()
}

ranking_title <- function(metrics) {
  best <- which.max(metrics$ndcg)
  if (best != 1) {
    return(sprintf("%s ranks better", capitalise(metrics$model[[best]])))
  }
  if (nrow(metrics) == 1) {
    return(sprintf("The held-out item is in %s of the lists",
                   percent(metrics$hr)))
  }
  rival <- max(metrics$ndcg[-1])
  sprintf("It ranks held-out items higher than %s by %s",
          metrics$model[-1][[which.max(metrics$ndcg[-1])]],
          percent(metrics$ndcg[[1]] / rival - 1))
}

plot_ranking_history <- function(fit, call = rlang::caller_env()) {
  if (is.null(fit$spec$network)) {
    abort_method(fit, "has no epochs", call)
  }
  panels <- c(loss = "Training loss",
              val_loss = "Gain missed on held-out items")
  history_lines(fit, panels)
}

history_lines <- function(fit, panels) {
  long <- data.table::melt(fit$history, "epoch", names(panels))
  long$variable <- factor(panels[as.character(long$variable)], panels)
  long <- long[!is.na(long$value), ]
  best <- fit$info$best_epoch
  ggplot2::ggplot(long, ggplot2::aes(.data$epoch, .data$value)) +
    ggplot2::geom_vline(xintercept = best, linetype = "dashed",
                        colour = "grey60") +
    ggplot2::geom_line(linewidth = 0.7, colour = palette_deeply[[1]]) +
    ggplot2::facet_wrap(ggplot2::vars(.data$variable), scales = "free_y") +
    ggplot2::scale_x_continuous(breaks = whole_breaks) +
    ggplot2::labs(title = history_title(fit), x = "Epoch", y = NULL) +
    theme_deeply()
}

abort_method <- function(fit, lacks, call) {
  deeply_abort(
    c(paste0("A fit by {.code method = \"{fit$spec$method}\"} ", lacks, "."),
      i = "{.code method = \"auto\"} and {.code \"autoencoder\"} have."),
    class = "argument", call = call
  )
}

plot_tail <- function(fit, k) {
  listed <- recommend(fit, n = k)
  order <- order(-fit$prep$users_of)
  times <- tabulate(match(listed$item, fit$prep$items),
                    length(fit$prep$items))
  kinds <- c("users that have it", sprintf("lists of %d it is in", k))
  n <- length(order)
  points <- data.table(
    place = rep(seq_len(n), 2), kind = factor(rep(kinds, each = n), kinds),
    times = c(fit$prep$users_of[order], times[order])
  )
  share <- sum(fit$prep$users_of[order][seq_len(ceiling(n / 100))]) /
    fit$prep$n
  ggplot2::ggplot(points[points$times > 0, ], ggplot2::aes(
    .data$place, .data$times, colour = .data$kind
  )) +
    ggplot2::geom_point(size = 0.7, alpha = 0.6) +
    ggplot2::scale_x_log10(labels = count_each) +
    ggplot2::scale_y_log10(labels = count_each) +
    ggplot2::scale_colour_manual(values = palette_deeply[1:2]) +
    ggplot2::guides(colour = ggplot2::guide_legend(
      override.aes = list(size = 2.5, alpha = 1)
    )) +
    ggplot2::labs(
      title = sprintf("One item in a hundred makes %s of what users have",
                      percent(share)),
      subtitle = sprintf("%s of %s items are in any list of %d",
                         count(sum(times > 0)), count(n), k),
      x = "Item, the most popular first", y = "How often"
    ) +
    theme_deeply()
}

plot_amounts <- function(fit, n, call = rlang::caller_env()) {
  amounts <- fit$prep$amounts
  if (is.null(amounts)) {
    deeply_abort(
      c("The fit knows of no amounts.",
        i = "Give {.arg value} to {.fn deep_recommender}."),
      class = "argument", call = call
    )
  }
  most <- utils::head(amounts[order(-amounts$total), ], n)
  names <- make.unique(shorten_text(as.character(fit$prep$items[most$item])))
  most$name <- factor(names, rev(names))
  most$users <- fit$prep$users_of[most$item]
  ggplot2::ggplot(most, ggplot2::aes(.data$median, .data$name)) +
    ggplot2::geom_linerange(
      ggplot2::aes(xmin = .data$lower, xmax = .data$upper), linewidth = 0.8,
      colour = palette_deeply[[2]]
    ) +
    ggplot2::geom_point(ggplot2::aes(size = .data$users),
                        colour = palette_deeply[[1]]) +
    ggplot2::scale_x_log10(labels = count_each) +
    ggplot2::scale_size_area(max_size = 5, labels = count_each) +
    ggplot2::labs(
      title = sprintf("%s has %s of all %s", names[[1]],
                      percent(most$total[[1]] / sum(amounts$total)),
                      fit$prep$columns$value),
      subtitle = "Items of which most was had; median and quartiles of users",
      x = paste(fit$prep$columns$value, "of a user"), y = NULL
    ) +
    theme_deeply()
}

plot_item_map <- function(fit, n, named, seed, call = rlang::caller_env()) {
  order <- utils::head(order(-fit$prep$users_of), n)
  vectors <- backend_call("item_vectors", live_model(fit), order - 1L)
  if (is.null(vectors)) {
    abort_method(fit, "has no vectors of items", call)
  }
  places <- backend_call("tsne", vectors, as.integer(seed))
  points <- data.table(
    x = places[, 1], y = places[, 2], users = fit$prep$users_of[order],
    name = shorten_text(as.character(fit$prep$items[order]))
  )
  shown <- utils::head(points, named)
  ggplot2::ggplot(points, ggplot2::aes(.data$x, .data$y)) +
    ggplot2::geom_point(ggplot2::aes(size = .data$users), alpha = 0.5,
                        colour = palette_deeply[[1]]) +
    ggplot2::geom_text(ggplot2::aes(label = .data$name), shown, size = 2.8,
                       vjust = -0.9, check_overlap = TRUE) +
    ggplot2::scale_size_area(max_size = 5, labels = count_each) +
    ggplot2::scale_x_continuous(expand = ggplot2::expansion(0.12)) +
    ggplot2::labs(
      title = sprintf("The %d most popular items, by who has them together",
                      nrow(points)),
      subtitle = "t-SNE of the vectors of items; the larger, the more users",
      x = NULL, y = NULL
    ) +
    theme_deeply() +
    ggplot2::theme(axis.text = ggplot2::element_blank(),
                   panel.grid = ggplot2::element_blank())
}
