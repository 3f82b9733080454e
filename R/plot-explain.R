#' Plot what a fit has learned
#'
#' @param object What [explain()] gave.
#' @inheritParams rlang::args_dots_empty
#'
#' @return A ggplot.
#' * Importance: the 20 most important columns with their intervals.
#' * Effect: the mean prediction in colour over the curves of up to 100 single
#'   rows in grey; the marks below show where rows are. Of a category the mean
#'   and the middle 80 % of the rows, with the number of rows of each level.
#' * Row: the 20 largest attributions of one row, or the 6 largest of each of
#'   the first three, and the sum of the others.
#' * Embedding: a labelled map; labels that would cover others are left out.
#' @examplesIf deeply::has_backend()
#' fit <- deep_mlp(Species ~ ., data = iris,
#'                 control = deep_control(epochs = 20, seed = 1))
#' autoplot(explain(fit, iris, seed = 1))
#' autoplot(explain(fit, iris, type = "effect", column = "Petal.Width"))
#' autoplot(explain(fit, iris[c(1, 71), ], type = "row"))
#' @export
autoplot.deep_importance <- function(object, ...) {
  rlang::check_dots_empty()
  about <- attr(object, "about")
  shown <- as.data.frame(utils::head(object, most_shown))
  shown$column <- in_rows(shorten_middle(shown$column))
  left <- nrow(object) - nrow(shown)
  ggplot2::ggplot(shown, ggplot2::aes(.data$importance, .data$column)) +
    ggplot2::geom_vline(xintercept = 0, colour = "grey60") +
    ggplot2::geom_col(fill = palette_deeply[[1]], width = 0.65, alpha = 0.8) +
    ggplot2::geom_errorbarh(
      ggplot2::aes(xmin = .data$lower, xmax = .data$upper), height = 0.25,
      colour = "grey25"
    ) +
    ggplot2::labs(
      title = importance_title(object),
      subtitle = paste0(
        sprintf("Intervals of 95 %% over %s rows and %d exchanges",
                count(about$n), about$repeats),
        if (left > 0) cli::pluralize("; {left} column{?s} more")
      ),
      x = sprintf("%s of %s when the column is exchanged between rows",
                  capitalise(importance_unit(about)), about$metric),
      y = NULL
    ) +
    theme_deeply() +
    ggplot2::theme(panel.grid.major.y = ggplot2::element_blank())
}

# The first on top, names that were shortened to the same kept apart.
in_rows <- function(labels) {
  labels <- make.unique(labels, " ")
  factor(labels, rev(labels))
}

importance_title <- function(x) {
  shown <- x[x$lower > 0, ]
  if (nrow(shown) == 0) {
    return("No column matters for sure")
  }
  about <- attr(x, "about")
  fold_title(sprintf(
    if (importance_unit(about) == "rise") {
      "%s matters %s: exchanging it adds %s to %s"
    } else {
      "%s matters %s: exchanging it takes %s off %s"
    },
    shorten_middle(shown$column[[1]]),
    if (nrow(shown) == 1) "alone" else "most",
    format(shown$importance[[1]], digits = 2), about$metric
  ))
}

# Half a page is no wider. A number stays with its unit.
fold_title <- function(text) {
  lines <- strwrap(gsub(" %", "\r%", text, fixed = TRUE), 70)
  gsub("\r", " ", paste(lines, collapse = "\n"), fixed = TRUE)
}

# Names of many columns differ at their ends.
shorten_middle <- function(x, most = 30) {
  half <- (most - 3) %/% 2
  ifelse(nchar(x) > most, paste0(
    substr(x, 1, half), "...", substring(x, nchar(x) - half + 1)
  ), x)
}

#' @rdname autoplot.deep_importance
#' @export
autoplot.deep_effect <- function(object, ...) {
  rlang::check_dots_empty()
  about <- attr(object, "about")
  plot <- if (about$kind == "number") effect_lines(object, about)
          else effect_levels(object, about)
  more_classes <- !is.null(object[["class"]]) &&
    nlevels(droplevels(object$class)) > 1
  plot +
    (if (more_classes) ggplot2::facet_wrap("class")) +
    ggplot2::labs(title = fold_title(effect_finding(object, about))) +
    theme_deeply() +
    ggplot2::theme(legend.position = "none")
}

most_curves <- 100

effect_lines <- function(object, about) {
  curves <- attr(object, "curves")
  rows <- unique(curves$row)
  some <- rows[unique(round(seq(1, length(rows), length.out = most_curves)))]
  ggplot2::ggplot(object, ggplot2::aes(on_axis(.data$value), .data$estimate)) +
    ggplot2::geom_line(
      ggplot2::aes(group = .data$row), curves[curves$row %in% some, ],
      colour = "grey70", linewidth = 0.3, alpha = 0.6, na.rm = TRUE
    ) +
    ggplot2::geom_rug(
      ggplot2::aes(x = on_axis(.data$value)),
      data.table(value = about$marks), sides = "b", alpha = 0.3,
      inherit.aes = FALSE
    ) +
    ggplot2::geom_line(colour = palette_deeply[[1]], linewidth = 1.1) +
    ggplot2::labs(
      subtitle = sprintf(paste("Blue: mean of %s rows; grey: %d of them;",
                               "from the 1st to the 99th percentile"),
                         count(about$n), length(some)),
      x = about$column, y = effect_axis(about)
    )
}

effect_axis <- function(about) {
  capitalise(sub("^mean ", "", effect_unit(about)))
}

# Durations as the seconds that they count in.
on_axis <- function(values) {
  if (inherits(values, "difftime")) plain_numbers(values) else values
}

effect_levels <- function(object, about) {
  by <- intersect(c("value", "class"), names(object))
  spread <- attr(object, "curves")[, list(
    low = stats::quantile(.SD$estimate, 0.1, na.rm = TRUE),
    high = stats::quantile(.SD$estimate, 0.9, na.rm = TRUE)
  ), by = by]
  shown <- merge(as.data.frame(object), spread, by = by)
  rows <- stats::setNames(about$marks, levels(object$value))
  labels <- sprintf("%s (%s)", shorten_text(names(rows)), count_each(rows))
  # The highest mean on top; of more classes no order would be that of all.
  classes <- length(unique(shown[["class"]]))
  top <- if (classes > 1) -seq_along(rows)
         else tapply(shown$estimate, shown$value, max)
  shown$label <- factor(labels[as.integer(shown$value)],
                        unique(labels[order(top)]))
  ggplot2::ggplot(shown, ggplot2::aes(.data$estimate, .data$label)) +
    ggplot2::geom_linerange(
      ggplot2::aes(xmin = .data$low, xmax = .data$high), colour = "grey65",
      linewidth = 1.1
    ) +
    ggplot2::geom_point(colour = palette_deeply[[1]], size = 2.4) +
    (if (classes > 1) ggplot2::scale_x_continuous(breaks = c(0, 0.5, 1))) +
    ggplot2::labs(
      subtitle = paste0(
        sprintf("Point: mean of %s rows; line: the middle 80 %% of them",
                count(about$n)),
        if (about$left > 0) cli::pluralize("; {about$left} level{?s} more")
      ),
      x = effect_axis(about),
      y = sprintf("%s (rows)", about$column)
    )
}

#' @rdname autoplot.deep_importance
#' @export
autoplot.deep_attribution <- function(object, ...) {
  rlang::check_dots_empty()
  about <- attr(object, "about")
  rows <- utils::head(about$rows, 3)
  most <- if (nrow(rows) == 1) most_shown else 6
  parts <- split(as.data.frame(object), object$row)
  bars <- data.table::rbindlist(lapply(seq_len(nrow(rows)), function(i) {
    attribution_bars(parts[[i]], rows[i, ], most)
  }))
  bars$bar <- factor(bars$bar, rev(bars$bar))
  bars$panel <- factor(bars$panel, unique(bars$panel))
  left <- nrow(about$rows) - nrow(rows)
  ggplot2::ggplot(bars, ggplot2::aes(.data$attribution, .data$bar,
                                     fill = .data$attribution > 0)) +
    ggplot2::geom_vline(xintercept = 0, colour = "grey60") +
    ggplot2::geom_col(width = 0.7, na.rm = TRUE) +
    ggplot2::facet_wrap("panel", scales = "free_y", ncol = 1) +
    ggplot2::scale_fill_manual(values = c(`TRUE` = palette_deeply[[1]],
                                          `FALSE` = palette_deeply[[2]])) +
    ggplot2::scale_y_discrete(labels = function(bar) sub("^[^:]*:", "", bar)) +
    ggplot2::labs(
      title = attribution_title(object),
      subtitle = paste0("Away from the mean training row",
                        if (left > 0) cli::pluralize("; {left} row{?s} more")),
      x = if (about$outcome$task == "regression") {
        sprintf("Attribution (in the unit of %s)", about$outcome$name)
      } else {
        "Attribution (to the logit)"
      },
      y = NULL
    ) +
    theme_deeply() +
    ggplot2::theme(legend.position = "none",
                   panel.grid.major.y = ggplot2::element_blank(),
                   strip.text = ggplot2::element_text(hjust = 0))
}

attribution_bars <- function(parts, row, most) {
  cut <- cut_parts(parts, most)
  parts <- cut$parts
  labels <- c(sprintf("%s = %s", shorten_middle(parts$column, 24),
                      shorten_text(parts$value, 18)), cut$label)
  data.table(
    # The number keeps equal labels of two rows apart.
    bar = paste0(row$row, "-", seq_along(labels), ":", labels),
    attribution = c(parts$attribution, cut$rest),
    panel = sprintf("Row %d%s: %s, from %s", row$row,
                    if (is.null(row$class)) "" else paste0(", ", row$class),
                    format(row$output, digits = 3),
                    format(row$baseline, digits = 3))
  )
}

attribution_title <- function(object) {
  first <- object[1, ]
  if (is.na(first$attribution)) {
    return("This row has no prediction to explain")
  }
  fold_title(sprintf(
    "Row %d: %s = %s %s %s most", first$row, shorten_middle(first$column),
    shorten_text(first$value),
    if (first$attribution > 0) "raises" else "lowers",
    if (is.null(first$class)) attr(object, "about")$outcome$name
    else as.character(first$class)
  ))
}

#' @rdname autoplot.deep_importance
#' @export
autoplot.deep_embedding <- function(object, ...) {
  rlang::check_dots_empty()
  about <- attr(object, "about")
  shown <- place_labels(object)
  axis <- function(i) {
    if (about$method == "tsne") return(paste("t-SNE", i))
    sprintf("Component %d (%s of the variance)", i, percent(about$shares[[i]]))
  }
  ggplot2::ggplot(shown, ggplot2::aes(.data$.x, .data$.y)) +
    ggplot2::geom_point(colour = palette_deeply[[1]], size = 1.6) +
    ggplot2::geom_text(
      ggplot2::aes(label = .data$label, hjust = .data$hjust,
                   vjust = .data$vjust), size = 3, na.rm = TRUE
    ) +
    ggplot2::scale_x_continuous(expand = ggplot2::expansion(0.15)) +
    ggplot2::scale_y_continuous(expand = ggplot2::expansion(0.08)) +
    ggplot2::labs(title = fold_title(embedding_title(object)), x = axis(1),
                  y = axis(2)) +
    theme_deeply()
}

#' Where the label of each point has room: right, left, above or below
#'
#' The labels of frequent levels are placed first; one without room is left out.
#' Letters are measured as they are on half a page.
#' @return `x` with `label` (`NA`: no room), `hjust` and `vjust`.
#' @noRd
place_labels <- function(x) {
  x <- as.data.frame(x)[order(-x$n), ]
  x$label <- paste0(" ", shorten_text(x$level, 20), " ")
  reach <- function(v) (v - min(v)) / max(diff(range(v)), 1e-12)
  px <- reach(x$.x)
  py <- reach(x$.y)
  tall <- 0.045
  taken <- data.frame(left = px - 0.006, right = px + 0.006,
                      low = py - 0.012, high = py + 0.012)
  sides <- list(c(0, 0.5), c(1, 0.5), c(0.5, -0.7), c(0.5, 1.7))
  x$hjust <- x$vjust <- NA_real_
  for (i in seq_len(nrow(x))) {
    wide <- 0.0155 * nchar(x$label[[i]])
    for (side in sides) {
      left <- px[[i]] - side[[1]] * wide
      low <- py[[i]] - side[[2]] * tall
      box <- list(left, left + wide, low, low + tall)
      meets <- taken$left < box[[2]] & taken$right > box[[1]] &
        taken$low < box[[4]] & taken$high > box[[3]]
      if (!any(meets[-i]) && left > -0.13 && left + wide < 1.13) {
        x$hjust[[i]] <- side[[1]]
        x$vjust[[i]] <- side[[2]]
        taken[nrow(taken) + 1, ] <- box
        break
      }
    }
  }
  x$label[is.na(x$hjust)] <- NA
  x
}

# Of the levels that had rows enough to be learned.
embedding_title <- function(object) {
  about <- attr(object, "about")
  learned <- if (sum(is_learned(object)) > 1) is_learned(object) else TRUE
  near <- nearest_levels(attr(object, "vectors")[learned, , drop = FALSE])
  near <- near[which.max(near$cosine), ]
  sprintf("%s: %s and %s are most alike (cosine %s)", about$column,
          shorten_text(near$level), shorten_text(near$neighbour),
          formatC(near$cosine, 2, format = "f"))
}
