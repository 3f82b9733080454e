# The sections of a report that look at predictions.

# How good -------------------------------------------------------------------

bootstrap_times <- 200L

section_scores <- function(facts) {
  fit <- facts$fit
  stored <- evaluate(fit)
  metrics <- names(stored)[-1]
  new_section(
    "scores", "How good, beside what",
    if (!is.null(facts$evaluation)) {
      scores_block("On new rows", facts$evaluation, facts$limits)
    },
    scores_block(capitalise(sub(",.*", "", attr(stored, "judged_on")$on)),
                 stored),
    if (is.null(facts$evaluation)) missing_rows("Intervals"),
    tag("h3", "What the numbers mean"),
    bullets(vapply(metrics, metric_says, "", fit$prep$outcome))
  )
}

missing_rows <- function(what) {
  tag("p", class = "soft", paste(
    what, "need rows whose outcome is known, which a fit does not hold:",
    "deep_report(fit, new_data = ) shows them."
  ))
}

scores_block <- function(title, judged, limits = NULL) {
  list(tag("h3", title), tag("p", verdict_of(judged, limits)),
       scores_table(judged, limits))
}

scores_table <- function(judged, limits) {
  cells <- lapply(names(judged)[-1], function(metric) {
    values <- judged[[metric]]
    at <- match(metric, limits$of)
    shown <- format_metric(c(values, limits$lower[at], limits$upper[at]), 3)
    shown <- trimws(shown)
    values <- escape_html(shown[seq_along(values)])
    if (!is.null(limits)) {
      interval <- paste(utils::tail(shown, 2), collapse = " to ")
      values[[1]] <- paste0(values[[1]],
                            tag("span", class = "interval", interval))
    }
    as_html(values)
  })
  names(cells) <- names(judged)[-1]
  caption <- paste0(judged_says(judged), if (!is.null(limits)) {
    " Small: intervals of 95 % over resampled rows."
  })
  html_table(c(list(Model = judged$model), cells), caption, names(cells),
             strong = seq_len(nrow(judged)) == 1)
}

#' Intervals of the network's metrics, and of its difference from the best of
#' the others in the first of them
#'
#' @return A data.table of `of` (a metric, or "difference"), `lower`, `upper`;
#'   `NULL` where the first metric is not defined.
#' @noRd
network_limits <- function(cases, judged, seed) {
  metrics <- names(judged)[-1]
  lead <- metrics[[1]]
  if (anyNA(judged[[lead]])) {
    return(NULL)
  }
  rival <- cases$predicted[[best_simple(judged[[lead]], lead)]]
  score <- function(w) {
    network <- all_metrics(cases$truth, cases$predicted[[1]],
                           cases$outcome$task, w)
    other <- all_metrics(cases$truth, rival, cases$outcome$task, w)
    c(network[metrics], network[[lead]] - other[[lead]])
  }
  data.table(of = c(metrics, "difference"),
             bootstrap_limits(score, cases, bootstrap_times, 0.95, seed))
}

# Curves ---------------------------------------------------------------------

section_curves <- function(facts) {
  title <- switch(facts$fit$prep$outcome$task,
    regression = "Predicted and observed",
    binary = "Curves",
    multiclass = "What is taken for what"
  )
  cases <- facts$cases
  if (is.null(cases)) {
    return(new_section("curves", title, missing_rows("Pictures of it")))
  }
  draw <- switch(cases$outcome$task,
    regression = curves_regression,
    binary = curves_binary,
    multiclass = curves_multiclass
  )
  new_section("curves", title, draw(cases))
}

curves_regression <- function(cases) {
  plot <- plot_regression(cases$truth, as.matrix(cases$predicted[[1]]),
                          cases$outcome)
  beside(html_plot(plot), html_fields(error_story(cases)))
}

# Errors as one meets them, in the outcome's unit.
error_story <- function(cases) {
  error <- cases$predicted[[1]] - cases$truth
  within <- stats::quantile(abs(error), c(0.5, 0.9, 1), names = FALSE)
  shown <- trimws(format_metric(c(within, abs(mean(error))), 3))
  list(
    "Half of them" = paste("are within", shown[[1]], "of the truth"),
    "Nine in ten" = paste("are within", shown[[2]]),
    "The worst" = paste("is off by", shown[[3]]),
    "The mean" = paste("is too", if (mean(error) > 0) "high" else "low", "by",
                       shown[[4]])
  )
}

curves_binary <- function(cases) {
  if (length(unique(cases$truth)) < 2) {
    return(tag("p", "All rows are of one class: there is no curve to draw."))
  }
  curves <- lapply(c("roc", "pr"), function(kind) {
    html_plot(autoplot(fit_case_curves(cases, kind)))
  })
  plot <- plot_binary(cases$truth, cases$predicted[[1]], cases$outcome)
  list(beside(curves, html_plot(plot), tag("div", confusion_tables(cases))))
}

curves_multiclass <- function(cases) {
  plot <- plot_multiclass(cases$truth, cases$predicted[[1]], cases$outcome)
  beside(html_plot(plot), tag("div", confusion_tables(cases)))
}

confusion_tables <- function(cases) {
  counts <- new_confusion(cases$truth, cases$predicted[[1]],
                          cases$outcome$levels)
  shown <- unclass(counts)
  columns <- lapply(seq_len(ncol(shown)), function(k) count_each(shown[, k]))
  names(columns) <- paste("Called", colnames(shown))
  scores <- summary(counts)
  share <- function(x) formatC(x, digits = 3, format = "f")
  list(
    html_table(c(list(Truth = rownames(shown)), columns),
               "Rows by true class (down) and what they are called (across)",
               names(columns)),
    html_table(
      list(Class = scores$class, Precision = share(scores$precision),
           Recall = share(scores$recall), F1 = share(scores$f1),
           Rows = count_each(scores$n)),
      "Precision: share of the calls that are right. Recall: share found.",
      c("Precision", "Recall", "F1", "Rows")
    )
  )
}
