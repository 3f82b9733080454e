# The sections of a report, each a function of the facts that gives a section
# or, where there is nothing to say, `NULL`.

# Head -----------------------------------------------------------------------

#' The verdict, and the one number beside those of the baselines
#' @noRd
headline <- function(facts) {
  judged <- facts$evaluation %||% evaluate(facts$fit)
  outcome <- facts$fit$prep$outcome
  list(
    tag("p", class = "about", sprintf(
      "%s learned %s from %s rows.", class(facts$fit)[[1]],
      plain_text(describe_outcome(outcome)),
      count(facts$fit$info$rows[["train"]])
    )),
    tag("p", class = "verdict", verdict_of(judged, facts$limits)),
    metric_bars(judged),
    tag("p", class = "soft", paste0(
      metric_says(names(judged)[[2]], outcome), " ", judged_says(judged)
    ))
  )
}

# One sentence: does the network earn its keep?
verdict_of <- function(judged, limits = NULL) {
  metric <- names(judged)[[2]]
  values <- judged[[metric]]
  if (length(values) < 2 || anyNA(values)) {
    return("There is nothing to compare the network with.")
  }
  best <- best_simple(values, metric)
  shown <- trimws(format_metric(values[c(1, best)], 3))
  against <- sprintf("%s %s against %s", metric, shown[[1]], shown[[2]])
  difference <- limits[limits$of == "difference", ]
  if (!is.null(limits) && difference$lower <= 0 && difference$upper >= 0) {
    return(sprintf(
      "The network and %s cannot be told apart on these rows: %s.",
      judged$model[[best]], against
    ))
  }
  note_baseline(list(metrics = judged)) %||% sprintf(
    "The network is better than every simple model: %s (%s).", against,
    judged$model[[best]]
  )
}

judged_says <- function(judged) {
  about <- attr(judged, "judged_on")
  paste0(
    sprintf("Judged on %s %s", count(about$n), about$on),
    if (!is.null(about$event)) sprintf(" (event: %s)", about$event), ".",
    if (about$left_out > 0) {
      sprintf(" %s could not be judged.", count(about$left_out))
    },
    if (identical(about$on, "training rows")) {
      " These rows were learned from: expect worse on new ones."
    }
  )
}

metric_bars <- function(judged) {
  values <- judged[[2]]
  widths <- round(100 * pmax(values, 0) / max(values, 0, na.rm = TRUE), 1)
  widths[!is.finite(widths)] <- 0
  shown <- trimws(format_metric(values, 3))
  bars <- Map(function(model, width, value, class) {
    bar <- tag("span", style = sprintf("width:%s%%", format(width)))
    tag("li", class = class, tag("span", model),
        tag("span", class = "bar", "aria-hidden" = "true", bar),
        tag("span", class = "value", value))
  }, judged$model, widths, shown, c("strong", rep("", nrow(judged) - 1)))
  tag("ul", class = "bars", "aria-label" = names(judged)[[2]], unname(bars))
}

# What a metric is, for who meets it here.
metric_says <- function(metric, outcome) {
  says <- c(
    rmse = "the typical error in units of %s, large ones counting more; lower is better",
    mae = "the mean error in units of %s; lower is better",
    rsq = "the share of the variation in %s that is explained",
    roc_auc = "the share of pairs of two classes that are put in the right order; guessing has 0.5",
    pr_auc = "how pure the calls of the event stay while more events are found; guessing has their share",
    accuracy = "the share of the rows that are classified right",
    bal_accuracy = "the mean share of each class that is classified right",
    recall = "the share of the events that are found",
    f1 = "the harmonic mean of precision and recall",
    log_loss = "how surprised the probabilities are by the truth, in nats a row; lower is better"
  )[[metric]]
  paste0(metric, ": ", sub("%s", outcome$name, says, fixed = TRUE), ".")
}

# What to know ---------------------------------------------------------------

section_know <- function(facts) {
  fit <- facts$fit
  # The verdict says that already.
  notes <- setdiff(fit_notes(fit), note_baseline(fit$judged))
  notes <- c(notes, facts$warnings)
  if (length(notes) == 0) {
    return(new_section("know", "What to know first",
                       tag("p", "Nothing was found that speaks against it.")))
  }
  new_section("know", "What to know first", bullets(plain_text(notes)))
}

# Notes mark code as the console does.
plain_text <- function(text) {
  gsub("`", "", text, fixed = TRUE)
}

# Data -----------------------------------------------------------------------

most_columns <- 60L

section_data <- function(facts) {
  fit <- facts$fit
  story <- lapply(prep_story(fit$prep), plain_text)
  story$Rows <- describe_fit_rows(fit)
  columns <- summary(fit$prep)
  shown <- utils::head(columns, most_columns)
  rest <- nrow(columns) - nrow(shown)
  new_section(
    "data", "Data", html_fields(story), columns_table(shown),
    if (rest > 0) {
      tag("p", class = "soft", cli::pluralize("{rest} more column{?s}."))
    }
  )
}

columns_table <- function(columns) {
  html_table(
    data.frame(
      Column = columns$column, Was = columns$class,
      Missing = count_each(columns$missing), Before = columns$before,
      "For the network" = columns$after, Inputs = count_each(columns$inputs),
      check.names = FALSE
    ),
    "Columns of the training rows, before and after the preparation",
    numbers = c("Missing", "Inputs")
  )
}

count_each <- function(n) {
  vapply(n, count, "")
}

# Model and training ---------------------------------------------------------

section_model <- function(facts) {
  fit <- facts$fit
  layers <- if (has_backend()) summary(fit)
  new_section(
    "model", "Model", tag("p", capitalise(describe_network(fit)), "."),
    if (!is.null(layers)) layers_table(layers)
  )
}

layers_table <- function(layers) {
  html_table(
    data.frame(Layer = layers$name, Kind = layers$kind, Output = layers$output,
               Parameters = count_each(layers$parameters)),
    sprintf("Layers, %s parameters", count(sum(layers$parameters))),
    numbers = c("Output", "Parameters")
  )
}

section_training <- function(facts) {
  fit <- facts$fit
  new_section("training", "Training", beside(
    html_fields(training_story(fit)),
    if (nrow(fit$history) > 0) html_plot(plot_history(fit))
  ))
}

training_story <- function(fit) {
  info <- fit$info
  control <- fit$spec$control
  list(
    Epochs = sprintf("%d of at most %d; kept: the weights of epoch %d",
                     info$epochs, control$epochs, info$best_epoch),
    "Early stop" = if (is.finite(control$patience)) {
      sprintf("after %g epochs without a lower validation loss",
              control$patience)
    } else {
      "none"
    },
    Optimizer = describe_optimizer(control$optimizer),
    "Learning rate" = describe_schedule(fill_schedule(control$schedule,
                                                      info$learn_rate)),
    Batch = cli::pluralize("{info$batch_size} row{?s}"),
    Time = sprintf("%s s on %s", format(signif(info$seconds, 2)),
                   toString(info$device))
  )
}

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
  list(
    html_table(c(list(Truth = rownames(shown)), columns),
               "Rows by true class (down) and what they are called (across)",
               names(columns)),
    html_table(
      data.frame(Class = scores$class,
                 Precision = formatC(scores$precision, digits = 3, format = "f"),
                 Recall = formatC(scores$recall, digits = 3, format = "f"),
                 F1 = formatC(scores$f1, digits = 3, format = "f"),
                 Rows = count_each(scores$n)),
      "Precision: share of the calls that are right. Recall: share found.",
      c("Precision", "Recall", "F1", "Rows")
    )
  )
}

# Versions -------------------------------------------------------------------

section_versions <- function(facts) {
  info <- facts$fit$info
  new_section("versions", "Versions and seed", html_fields(list(
    deeply = info$deeply, R = info$r, Python = info$python, Keras = info$keras,
    Backend = paste(info$backend, info$backend_version),
    Device = toString(info$device), Seed = as.character(info$seed),
    Model = info$id,
    Report = sprintf("%s, by deeply %s", format(Sys.Date()),
                     utils::packageVersion("deeply"))
  )))
}

section_reproduce <- function(facts) {
  new_section(
    "reproduce", "How to make it again", html_code(reproduce_code(facts$fit)),
    tag("p", class = "soft", paste(
      "Settings that are not named have their defaults. On the same versions",
      "and the same kind of CPU it gives the same network, bit by bit."
    ))
  )
}
