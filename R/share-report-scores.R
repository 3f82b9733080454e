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

# A fit does not hold the rows that it was judged on.
missing_rows <- function(what) {
  tag("p", class = "soft", sprintf(
    "%s: only with rows whose outcome is known, deep_report(fit, new_data = ).",
    what
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
  rival <- best_rival(judged[[lead]], lead)
  score <- function(w) {
    network <- case_metrics(cases, 1, w)
    c(network, network[[lead]] - case_metrics(cases, rival, w)[[lead]])
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
    return(new_section("curves", title, missing_rows("Pictures")))
  }
  draw <- switch(cases$outcome$task,
    regression = curves_regression,
    binary = curves_binary,
    multiclass = curves_multiclass
  )
  new_section("curves", title, draw(cases))
}

curves_regression <- function(cases) {
  plot <- if (has_quantiles(cases$outcome)) {
    plot_quantiles(cases$truth, cases$predicted[[1]], cases$quantiles[[1]],
                   cases$outcome)
  } else {
    plot_regression(cases$truth, cases$predicted[[1]], cases$outcome)
  }
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
  plot <- plot_binary(cases$truth, cases$predicted[[1]], cases$outcome,
                      cases$threshold %||% 0.5)
  list(beside(curves, html_plot(plot), tag("div", confusion_tables(cases))))
}

curves_multiclass <- function(cases) {
  plot <- plot_multiclass(cases$truth, cases$predicted[[1]], cases$outcome)
  beside(html_plot(plot), tag("div", confusion_tables(cases)))
}

confusion_tables <- function(cases) {
  counts <- new_confusion(cases$truth, cases$predicted[[1]],
                          cases$outcome$levels, cases$threshold %||% 0.5)
  shown <- unclass(counts)
  columns <- lapply(seq_len(ncol(shown)), function(k) count_each(shown[, k]))
  names(columns) <- colnames(shown)
  scores <- summary(counts)
  share <- function(x) formatC(x, digits = 3, format = "f")
  list(
    html_table(c(list(Truth = rownames(shown)), columns),
               "Rows by true class (down) and called class (across)",
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

# Calibration ----------------------------------------------------------------

section_calibration <- function(facts) {
  title <- "Do the probabilities come true?"
  if (facts$fit$prep$outcome$task == "regression") {
    return(section_intervals(facts))
  }
  learned <- if (is.null(facts$fit$calibration)) {
    "The probabilities are as the network gives them, not calibrated."
  } else {
    paste0("Calibrated by ", describe_calibration(facts$fit), ".")
  }
  curve <- if (is.null(facts$cases)) {
    missing_rows("Pictures")
  } else {
    reliability_html(facts$cases)
  }
  new_section("calibration", title, tag("p", learned), curve)
}

# Bins of equal width are nearly empty where a class is rare.
reliability_html <- function(cases) {
  style <- if (is_imbalanced(cases$outcome)) "count" else "width"
  parts <- Map(function(predicted, model) {
    class_reliability(cases$truth, predicted, cases$outcome$levels, 10, style,
                      model)
  }, cases$predicted, names(cases$predicted))
  scores <- summary(new_reliability(parts, 10, style))
  # One picture a class says more of the network than of its rivals.
  own <- lapply(parts[[1]], function(rows) rows[, -"model"])
  share <- function(x) formatC(x, digits = 3, format = "f")
  beside(
    html_plot(autoplot(new_reliability(list(own), 10, style))),
    tag("div", html_table(
      c(list(Model = scores$model),
        if (length(unique(scores$class)) > 1) list(Class = scores$class),
        list(ECE = share(scores$ece), Brier = share(scores$brier))),
      paste("ECE: mean distance of what is said and what happens. Brier: mean",
            "squared error of the probability. Lower is better."),
      c("ECE", "Brier"), strong = scores$model == scores$model[[1]]
    ))
  )
}

# Of a regression there are intervals to be kept, once they were calibrated.
section_intervals <- function(facts) {
  calibration <- facts$fit$calibration
  if (is.null(calibration)) {
    return(NULL)
  }
  cases <- facts$cases
  kept <- if (!is.null(cases) && calibration$n >= 9) {
    level <- c(nominal_coverage(cases$outcome), 0.9)[[1]]
    rule <- interval_rule(facts$fit, level)
    limits <- interval_limits(rule, cases$predicted[[1]], cases$quantiles[[1]])
    inside <- mean(limits$.pred_lower <= cases$truth &
                     cases$truth <= limits$.pred_upper)
    tag("p", sprintf("On the %s new rows they cover %s of the truths.",
                     count(cases$n), percent(inside)))
  }
  new_section(
    "calibration", "Do the intervals cover?",
    tag("p", capitalise(describe_calibration(facts$fit)), "."), kept
  )
}

# Diagnosis ------------------------------------------------------------------

section_diagnosis <- function(facts) {
  found <- facts$diagnosis
  new_section(
    "diagnosis", "Diagnosis",
    beside(tag(
      "div",
      tag("p", tag("strong", diagnosis_verdict(found)), " ",
          plain_text(found$says)),
      tag("p", tag("strong", "Next: "), plain_text(found$next_step)),
      findings_html(found)
    ), html_plot(ladder_plot(found), height = 0.9 + 0.7 * nrow(found$ladder))),
    ladder_table(found)
  )
}

# As autoplot() draws it, but a level a line: side by side their labels would
# not fit on a phone. What was found stands beside it, so the title says what is
# seen.
ladder_plot <- function(found) {
  ladder <- found$ladder
  gaps <- ladder_gaps(ladder)
  # On the side of the line where there is more room.
  room <- 0.35
  gaps$left <- gaps$low + gaps$high > (1 + room) * max(ladder$upper)
  off <- 0.04 * max(ladder$upper)
  gaps$at <- ifelse(gaps$left, pmin(gaps$low, gaps$high) - off,
                    pmax(gaps$low, gaps$high) + off)
  levels <- data.table(at = seq_len(nrow(ladder)), error = ladder$error,
                       lower = ladder$lower, upper = ladder$upper)
  ggplot2::ggplot(levels, ggplot2::aes(.data$error, .data$at)) +
    ggplot2::geom_segment(
      ggplot2::aes(.data$low, .data$from, xend = .data$high, yend = .data$to,
                   colour = .data$largest), gaps
    ) +
    ggplot2::geom_linerange(
      ggplot2::aes(xmin = .data$lower, xmax = .data$upper), colour = "grey45"
    ) +
    ggplot2::geom_point(size = 3, colour = palette_deeply[[1]]) +
    ggplot2::geom_text(
      ggplot2::aes(.data$at, (.data$from + .data$to) / 2, label = .data$label,
                   hjust = as.numeric(.data$left),
                   colour = .data$largest),
      gaps, size = 3.1, lineheight = 0.95
    ) +
    ggplot2::scale_colour_manual(
      values = c("FALSE" = "grey35", "TRUE" = palette_deeply[[2]]),
      guide = "none"
    ) +
    ggplot2::scale_y_reverse(breaks = levels$at, labels = level_labels(ladder),
                             expand = ggplot2::expansion(add = 0.4)) +
    ggplot2::scale_x_continuous(
      labels = function(x) format_error(x, attr(ladder, "measure")),
      limits = c(0, NA), n.breaks = 4,
      expand = ggplot2::expansion(mult = c(0.02, room))
    ) +
    ggplot2::labs(title = "The ladder of errors, with intervals of 95 %",
                  x = found$about$measure, y = NULL) +
    theme_deeply() +
    ggplot2::theme(panel.grid.major.y = ggplot2::element_blank())
}

diagnosis_verdict <- function(found) {
  paste0(capitalise(found$verdict), ".")
}

ladder_table <- function(found) {
  ladder <- found$ladder
  unit <- attr(ladder, "measure")
  known <- !is.na(ladder$n)
  interval <- paste(format_error(ladder$lower, unit), "to",
                    format_error(ladder$upper, unit))
  html_table(
    list(Level = ladder$level, Error = format_error(ladder$error, unit),
         "95 % interval" = ifelse(known, interval, ""),
         Rows = ifelse(known, count_each(ladder$n), ""),
         "Gap to the level above" = gsub(" <- ", ", ", gap_labels(ladder),
                                         fixed = TRUE)),
    found$about$measure, c("Error", "95 % interval", "Rows")
  )
}

# The one that leads has been told.
findings_html <- function(found) {
  lead <- match(found$kind, found$findings$kind)
  others <- if (is.na(lead)) found$findings else found$findings[-lead, ]
  if (nrow(others) == 0) {
    return(NULL)
  }
  says <- vapply(seq_len(nrow(others)), function(i) finding_sentence(others[i]),
                 "")
  list(tag("h3", "Also found"),
       bullets(plain_text(paste(says, capitalise(others$fix)))))
}

# Importance -----------------------------------------------------------------

section_importance <- function(facts) {
  if (inherits(facts$fit$prep, "deep_image_prep")) {
    return(NULL)
  }
  title <- "What matters to the network"
  if (is.null(facts$cases)) {
    return(new_section("importance", title,
                       missing_rows("Importances")))
  }
  importance <- facts$importance
  if (is.null(importance)) {
    return(new_section("importance", title, tag("p", sprintf(
      paste("Importances need at least %d rows, and some hundreds to tell",
            "much; of classes also more than one."),
      rows_for_importance
    ))))
  }
  bars <- min(nrow(importance), most_shown)
  new_section(
    "importance", title,
    html_plot(autoplot(importance), height = 1.2 + 0.2 * bars),
    tag("p", class = "soft", paste(
      "How much worse the network gets when the values of a column are",
      "exchanged between rows. It says what the network uses, not what causes",
      "the outcome."
    ))
  )
}
