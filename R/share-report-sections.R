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
    tag("p", class = "soft", paste(metric_says(names(judged)[[2]], outcome),
                                   judged_says(judged))),
    tag("p",
        tag("strong", "Diagnosis: ", diagnosis_verdict(facts$diagnosis)), " ",
        plain_text(facts$diagnosis$says))
  )
}

# One sentence: does the network earn its keep?
verdict_of <- function(judged, limits = NULL) {
  metric <- names(judged)[[2]]
  values <- judged[[metric]]
  if (length(values) < 2 || anyNA(values)) {
    return("There is nothing to compare the network with.")
  }
  best <- best_rival(values, metric)
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
  paste0(
    plain_text(describe_judged(judged)), ".",
    if (identical(attr(judged, "judged_on")$on, "training rows")) {
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
    rmse = paste("the typical error in units of %s, large ones counting more;",
                 "lower is better"),
    mae = "the mean error in units of %s; lower is better",
    pinball = paste("the mean cost of the quantiles in units of %s, the more",
                    "the more often they are on the wrong side; lower is",
                    "better"),
    coverage = "the share of the rows whose %s lies in its interval",
    rsq = "the share of the variation in %s that is explained",
    roc_auc = paste("the share of pairs of two classes that are put in the",
                    "right order; guessing has 0.5"),
    pr_auc = paste("how pure the calls of the event stay while more events are",
                   "found; guessing has their share"),
    accuracy = "the share of the rows that are classified right",
    bal_accuracy = "the mean share of each class that is classified right",
    recall = "the share of the events that are found",
    f1 = "the harmonic mean of precision and recall",
    log_loss = paste("how surprised the probabilities are by the truth, in",
                     "nats a row; lower is better")
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
                       tag("p", "Data and training gave no warning.")))
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
  if (inherits(fit$prep, "deep_image_prep")) {
    return(section_image_data(fit))
  }
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

# Model and training ---------------------------------------------------------

section_model <- function(facts) {
  fit <- facts$fit
  layers <- if (has_backend()) summary(fit)
  new_section(
    "model", "Model", tag("p", capitalise(describe_network(fit)), "."),
    if (!is.null(fit$threshold)) {
      tag("p", "Threshold: ", plain_text(describe_threshold(fit)), ".")
    },
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
