#' Look at a split or at folds
#'
#' @param object A split from [deep_split()], or folds from [deep_folds()].
#' @param ... Not used.
#'
#' @return A ggplot. Each line is a fold (or the split), along the rows or along
#'   time, and shows which rows are trained on and which are tested on. Of many
#'   rows some hundreds are drawn, evenly spaced.
#' @name autoplot.deep_split
#' @examples
#' autoplot(deep_split(iris, c(0.6, 0.2), seed = 1))
#' autoplot(deep_folds(datasets::AirPassengers, v = 6, time = "time"))
NULL

#' @rdname autoplot.deep_split
#' @export
autoplot.deep_split <- function(object, ...) {
  how <- object$how
  in_time <- how$method == "time"
  ranks <- if (in_time) {
    # The parts follow one another in time order, so their rows do too.
    split(seq_len(how$n), rep(seq_along(object$rows), lengths(object$rows)))
  } else {
    object$rows
  }
  names(ranks) <- names(object$rows)
  shown <- row_bars(list(ranks), how$n)
  plot_bars(shown, names(ranks)) +
    ggplot2::labs(
      title = split_title(object),
      subtitle = split_subtitle(how),
      x = if (in_time) sprintf("Rows in order of %s", how$column)
          else "Row of the data",
      y = NULL
    ) +
    ggplot2::theme(axis.text.y = ggplot2::element_blank())
}

#' @rdname autoplot.deep_split
#' @export
autoplot.deep_folds <- function(object, ...) {
  how <- object$how
  index <- how$index
  rank <- if (!is.null(index)) rank(index$values, ties.method = "first")
  folds <- lapply(object$folds, function(rows) {
    lapply(rows, function(rows) if (is.null(rank)) rows else rank[rows])
  })
  shown <- row_bars(folds, how$n)
  shown$round <- paste("Repeat", object$table[["repeat"]][shown$fold])
  shown$fold <- object$table$fold[shown$fold]
  plot_bars(shown, c("train", "test")) +
    (if (max(object$table[["repeat"]]) > 1) {
      ggplot2::facet_wrap("round")
    }) +
    ggplot2::labs(
      title = folds_title(object),
      subtitle = split_subtitle(how),
      x = if (is.null(how$index$name)) "Row of the data"
          else sprintf("Rows in order of %s", how$index$name),
      y = "Fold"
    )
}

#' Bars to draw: runs of neighbouring rows of one part
#'
#' @param folds Lists of places (row numbers, or ranks in time) by part.
#' @param n Places in all, of which at most `most` are looked at.
#' @return A data.table of `fold`, `part`, `from` and `to`.
#' @noRd
row_bars <- function(folds, n, most = 400) {
  places <- unique(round(seq(1, n, length.out = min(n, most))))
  edges <- c(0.5, (places[-1] + places[-length(places)]) / 2, n + 0.5)
  bars <- lapply(seq_along(folds), function(i) {
    part <- rep(NA_character_, n)
    for (name in names(folds[[i]])) {
      part[folds[[i]][[name]]] <- name
    }
    runs <- rle(ifelse(is.na(part), "none", part)[places])
    ends <- cumsum(runs$lengths)
    data.table(fold = i, part = runs$values,
               from = edges[c(0, utils::head(ends, -1)) + 1],
               to = edges[ends + 1])
  })
  # What is in no part is left out, as a gap is.
  bars <- data.table::rbindlist(bars)
  bars[bars$part != "none", ]
}

plot_bars <- function(shown, parts) {
  labels <- c(train = "training", validation = "validation",
              history = "history", test = "test")
  colours <- c(train = palette_deeply[[6]], validation = palette_deeply[[5]],
               test = palette_deeply[[2]])
  ggplot2::ggplot(shown, ggplot2::aes(
    xmin = .data$from, xmax = .data$to, ymin = .data$fold - 0.4,
    ymax = .data$fold + 0.4, fill = factor(.data$part, parts)
  )) +
    ggplot2::geom_rect() +
    ggplot2::scale_fill_manual(values = colours, labels = labels[parts]) +
    ggplot2::scale_x_continuous(labels = count) +
    ggplot2::scale_y_reverse(breaks = fold_breaks) +
    theme_deeply() +
    ggplot2::theme(panel.grid = ggplot2::element_blank())
}

# Of a reversed axis, whose limits may come in either order.
fold_breaks <- function(limits) {
  folds <- seq(ceiling(min(abs(limits))), max(abs(limits)))
  if (length(folds) > 15) unique(round(pretty(folds, 8))) else folds
}

split_title <- function(split) {
  shares <- lengths(split$rows) / split$how$n
  if (split$how$method == "time") {
    spans <- split$how$spans
    return(sprintf("Tested from %s on, on the last %s of the rows",
                   show_times(spans$from[[nrow(spans)]]),
                   percent(shares[["test"]])))
  }
  sprintf("%s of the rows are kept apart for the test",
          percent(shares[["test"]]))
}

split_subtitle <- function(how) {
  text <- if (!is.null(how$index)) describe_fold_method(how)
          else describe_method(how)
  text <- paste0(toupper(substr(text, 1, 1)), substring(text, 2))
  forced <- if (!is.null(how$forced)) {
    paste("Forced: the rows run in time by", how$forced)
  }
  paste(strwrap(c(text, forced), 80), collapse = "\n")
}

folds_title <- function(folds) {
  switch(folds$how$method,
    rolling = paste(length(folds$folds), "origins: always trained on the past,",
                    "tested on what came next"),
    blocked = sprintf("%d blocks, each tested on once",
                      length(folds$folds)),
    sprintf("%d folds, %s", length(folds$folds), tested_often(folds))
  )
}

tested_often <- function(folds) {
  tested <- tabulate(unlist(lapply(folds$folds, function(rows) rows$test)),
                     folds$how$n)
  often <- unique(range(tested))
  if (length(often) > 1) {
    return("which do not test all rows equally often")
  }
  paste("each row is tested on", if (often == 1) "once"
        else paste(often, "times"))
}
