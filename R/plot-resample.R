#' Plot what was found fold by fold
#'
#' @param object What [cross_validate()], [learning_curve()] or
#'   [complexity_curve()] gave.
#' @inheritParams rlang::args_dots_empty
#' @param metric A column of `object`. `NULL`: the one that leads.
#'
#' @return A ggplot. Of a cross-validation: a point a fold, and the mean with an
#'   approximate 95 % interval. Of a curve: the mean errors with such intervals
#'   as bands; dashed is the error of always saying the mean or the most
#'   frequent class, where it is near.
#' @name autoplot.deep_resamples
#' @examples
#' judged <- cross_validate(mpg ~ wt + hp, mtcars, model = lm, seed = 1)
#' autoplot(judged)
#' autoplot(learning_curve(mpg ~ wt + hp, mtcars, model = lm, seed = 1))
NULL

#' @rdname autoplot.deep_resamples
#' @export
autoplot.deep_resamples <- function(object, ..., metric = NULL) {
  rlang::check_dots_empty()
  judged <- attr(object, "judged")
  check_choice(metric, judged$metrics, null = TRUE)
  chosen <- metric %||% judged$metrics[[1]]
  means <- summary(object)
  means <- means[means$metric == chosen & !is.na(means$mean), ]
  far <- is_far_trivial(means)
  away <- means[far, ]
  means <- means[!far, ]
  rising <- order(if (chosen %in% lower_is_better) -means$mean else means$mean)
  models <- means$model[rising]
  shown <- data.table(value = object[[chosen]], model = object$model)
  shown <- shown[shown$model %in% models & !is.na(shown$value), ]
  colour <- function(model) ifelse(model == object$model[[1]], "a", "b")
  ggplot2::ggplot(means, ggplot2::aes(y = factor(.data$model, models),
                                      colour = colour(.data$model))) +
    ggplot2::geom_point(ggplot2::aes(.data$value), shown, alpha = 0.45,
                        size = 1.6,
                        position = ggplot2::position_nudge(y = -0.15)) +
    (if (!anyNA(means$lower)) {
      ggplot2::geom_linerange(
        ggplot2::aes(xmin = .data$lower, xmax = .data$upper), linewidth = 0.9,
        position = ggplot2::position_nudge(y = 0.1)
      )
    }) +
    ggplot2::geom_point(ggplot2::aes(.data$mean), size = 3,
                        position = ggplot2::position_nudge(y = 0.1)) +
    ggplot2::scale_colour_manual(values = c(a = palette_deeply[[1]],
                                            b = "grey45")) +
    ggplot2::labs(
      title = wrap_title(resamples_finding(object, metric = chosen)),
      subtitle = sprintf("Mean and 95 %% interval (approximate) above the %s",
                         paste(nrow(unique(object[, c("repeat", "fold")])),
                               "folds")),
      x = metric_label(chosen, judged$outcome), y = NULL,
      caption = if (any(far)) paste0(
        "Not drawn, for it is far away: ", away$model, ", ",
        trimws(format_metric(away$mean, 3))
      )
    ) +
    theme_deeply() +
    ggplot2::theme(legend.position = "none",
                   panel.grid.major.y = ggplot2::element_blank())
}

# The trivial model may be so far away that no other two are told apart.
is_far_trivial <- function(means) {
  trivial <- means$model %in% c(baseline_label("trivial", "regression"),
                                baseline_label("trivial", "quantiles"),
                                baseline_label("trivial", "binary"))
  if (!any(trivial) || all(trivial)) {
    return(rep(FALSE, nrow(means)))
  }
  others <- range(means$mean[!trivial], means$lower[!trivial],
                  means$upper[!trivial], na.rm = TRUE)
  distance <- pmax(others[[1]] - means$mean, means$mean - others[[2]])
  trivial & distance > 2 * diff(others) & diff(others) > 0
}

wrap_title <- function(text, width = 72) {
  paste(strwrap(text, width), collapse = "\n")
}

metric_label <- function(metric, outcome) {
  unit <- if (metric %in% c("rmse", "mae")) paste0(" (unit of ", outcome, ")")
  paste0(metric, unit, if (metric %in% lower_is_better) ", less is better")
}

#' @rdname autoplot.deep_resamples
#' @export
autoplot.deep_error_curve <- function(object, ...) {
  rlang::check_dots_empty()
  about <- attr(object, "about")
  read <- read_curve(object)
  means <- summary(object)
  is_learning <- about$kind == "learning"
  at <- match(means[[about$by]], about$levels)
  means$x <- if (is_learning) about$levels[at] else at
  # Far above the curves it would press them flat.
  near <- about$trivial < 1.5 * max(means$mean, na.rm = TRUE)
  ggplot2::ggplot(means, ggplot2::aes(.data$x, .data$mean,
                                      colour = .data$set)) +
    (if (near) {
      ggplot2::geom_hline(yintercept = about$trivial, linetype = "dashed",
                          colour = "grey60")
    }) +
    (if (!anyNA(means$lower)) {
      ggplot2::geom_ribbon(
        ggplot2::aes(ymin = .data$lower, ymax = .data$upper, fill = .data$set),
        alpha = 0.15, colour = NA
      )
    }) +
    ggplot2::geom_line() +
    ggplot2::geom_point(size = 1.6) +
    (if (!is_learning) {
      best <- means[means$set == "validation" & means$x == read$best, ]
      ggplot2::geom_point(data = best, size = 4, shape = 21, stroke = 1.2,
                          show.legend = FALSE)
    }) +
    ggplot2::scale_colour_manual(
      values = c(training = palette_deeply[[2]],
                 validation = palette_deeply[[1]]),
      aesthetics = c("colour", "fill")
    ) +
    ggplot2::coord_cartesian(
      ylim = curve_limits(means, if (near) about$trivial)
    ) +
    curve_axis(about) +
    ggplot2::labs(
      title = wrap_title(read$title),
      subtitle = wrap_subtitle(read$subtitle),
      x = if (is_learning) "Training rows (log scale)" else about$by,
      y = if (about$metric == "rmse") paste0("RMSE (unit of ", about$outcome,
                                             ")")
          else error_labels[[about$metric]],
      caption = if (near) paste("Dashed:", about$guess)
    ) +
    theme_deeply()
}

# A band far beyond the means would press them flat, and no error is below 0.
curve_limits <- function(means, trivial) {
  middle <- range(means$mean, trivial, na.rm = TRUE)
  room <- max(diff(middle), middle[[2]] / 20)
  all <- range(middle, means$lower, means$upper, na.rm = TRUE)
  c(max(all[[1]], middle[[1]] - room, 0), min(all[[2]], middle[[2]] + room))
}

# Values of an argument stand side by side: their steps are mostly factors.
curve_axis <- function(about) {
  if (about$kind == "learning") {
    ggplot2::scale_x_log10(breaks = about$levels, labels = count)
  } else {
    ggplot2::scale_x_continuous(breaks = seq_along(about$levels),
                                labels = format_levels(about$levels))
  }
}

# Each by itself: 0.0001 must not bring zeros to its neighbours.
format_levels <- function(levels) {
  if (!is.numeric(levels)) {
    return(as.character(levels))
  }
  vapply(levels, format, "", digits = 4, big.mark = ",", trim = TRUE,
         scientific = 5)
}

wrap_subtitle <- function(text) {
  if (is.null(text)) {
    return(NULL)
  }
  lines <- strsplit(text, "\n", fixed = TRUE)[[1]]
  paste(unlist(lapply(lines, strwrap, 88)), collapse = "\n")
}
