#' Plot what a check found
#'
#' With test rows, how far each column is from its training rows; without, what
#' each predictor alone says of the target. The lines are where [check_data()]
#' looks and stops.
#'
#' @param object A [check_data()].
#' @param what `"drift"` or `"scores"`; `NULL`: drift if there are test rows.
#' @inheritParams rlang::args_dots_empty
#'
#' @return A ggplot.
#' @export
#' @examples
#' autoplot(check_data(iris, "Species"))
autoplot.deep_check <- function(object, ..., what = NULL) {
  rlang::check_dots_empty()
  check_choice(what, c("drift", "scores"), null = TRUE)
  what <- what %||% if (is.null(attr(object, "drift"))) "scores" else "drift"
  if (is.null(attr(object, what))) {
    deeply_abort(
      c(
        "There is no drift to plot: the check had no test rows.",
        i = "Give them as {.arg test}, or plot {.code what = \"scores\"}."
      ),
      class = "argument"
    )
  }
  bars <- if (what == "drift") drift_bars(object) else score_bars(object)
  check_bars(bars$table, bars$limits, bars$labels)
}

# The rest would be lines too thin to read.
most_check_bars <- 30

check_bars <- function(bars, limits, labels) {
  bars <- utils::head(bars[order(-bars$value), ], most_check_bars)
  bars$column <- factor(bars$column, rev(bars$column))
  ggplot2::ggplot(bars, ggplot2::aes(.data$value, .data$column)) +
    ggplot2::geom_col(ggplot2::aes(fill = .data$found), width = 0.7) +
    ggplot2::geom_vline(xintercept = limits, linetype = "dashed",
                        colour = "grey35") +
    ggplot2::scale_fill_manual(values = c(
      "TRUE" = palette_deeply[[2]], "FALSE" = palette_deeply[[1]]
    ), guide = "none") +
    ggplot2::labs(title = labels$title, subtitle = labels$subtitle,
                  x = labels$x, y = NULL) +
    theme_deeply()
}

drift_bars <- function(check) {
  drift <- attr(check, "drift")
  found <- drift$column %in% check$column[check$check == "drift"]
  n <- sum(found)
  title <- sprintf("%d of %d columns differ%s between training and test rows",
                   n, length(found), if (n == 1) "s" else "")
  if (n == 0) {
    title <- "Test rows are like training rows in every column"
  }
  apart <- attr(check, "apart")
  list(
    table = data.table(column = drift$column, found,
                       value = pmax(0, drift$psi - drift$chance)),
    limits = drift_limits,
    labels = list(
      title = title, x = "Population stability index, less what chance gives",
      subtitle = if (!is.na(apart)) {
        sprintf("Told apart with AUC %.2f; 0.5 means they are the same", apart)
      }
    )
  )
}

score_bars <- function(check) {
  scores <- attr(check, "scores")
  found <- scores$column %in% check$column[check$check == "leak"]
  metric <- attr(check, "metric")
  best <- scores[1, ]
  list(
    table = data.table(column = scores$column, found,
                       value = pmax(0, scores$score)),
    limits = leak_limits[[if (metric == "R2") "regression" else "classes"]],
    labels = list(
      title = sprintf("%s alone predicts %s with %s %.3f", best$column,
                      attr(check, "target"), metric, best$score),
      subtitle = if (!any(found)) "No predictor is near enough to be a leak",
      x = paste(metric, "of the column alone",
                if (metric == "AUC") "(0.5: chance)" else "(0: chance)")
    )
  )
}
