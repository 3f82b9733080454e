# What a diagnosis finds, in the order in which one thing explains the next: a
# run that broke explains everything, a leak makes scores meaningless, wrong
# data is no fault of the network, and then come the gaps.

verdicts <- c(
  diverged = "optimisation trouble", dead = "optimisation trouble",
  saturated = "optimisation trouble", vanishing = "optimisation trouble",
  exploding = "optimisation trouble", stuck = "optimisation trouble",
  bigger_worse = "optimisation trouble",
  no_number = "data trouble", unscaled = "data trouble", leak = "data trouble",
  drift = "data trouble", mismatch = "data trouble",
  label_noise = "data trouble",
  underfit = "underfit", overfit = "overfit", reused = "overfit",
  healthy = "fine"
)

advice <- c(
  underfit = paste("Train longer, with a bigger network, or with another",
                   "learning rate (lr_finder() looks for one)."),
  overfit = paste("More rows help most; then dropout or a penalty,",
                  "augmentation, or a smaller network."),
  mismatch = paste("Collect or simulate training rows like those that the",
                   "network will meet."),
  reused = paste("Choose on a new or larger validation set, and look at test",
                 "rows once, at the end."),
  label_noise = paste("Look at the rows in $suspects, the worst first, and",
                      "correct or leave out what is wrong."),
  bigger_worse = paste("Easier to train: normalization = \"batch\", fewer",
                       "layers, another learning rate or optimizer.")
)

diagnosis_finding <- function(kind, severity, value, says,
                              fix = advice[[kind]]) {
  new_finding(kind, "", severity, value, says, fix)
}

#' All findings, what explains the others first
#'
#' @param about A list of `ladder`, `looks`, `checks` (what `check_rows()`
#'   gave), `noise` (what `label_noise()` gave) and `smaller` (a fit or `NULL`).
#' @noRd
find_all <- function(fit, about) {
  ladder <- about$ladder
  drift <- find_drifted(ladder, about$checks)
  engine <- find_engine(fit)
  found <- c(
    engine,
    find_bigger_worse(fit, about$smaller),
    lapply(about$checks$leaks, as_leak),
    drift$costly
  )
  # A run that broke is no measure of the network or of its data.
  if (length(engine) == 0) {
    gaps <- find_gaps(ladder, about$looks, drift$costly)
    found <- c(
      found,
      # Rows from elsewhere are wrong for another reason.
      if (length(drift$costly) == 0) find_noise(about$noise),
      gaps,
      if (!"reused" %in% kinds_of(gaps)) find_used_up(ladder, about$looks),
      if (length(gaps) == 0) find_nothing_learned(fit, ladder),
      find_small(fit)
    )
  }
  c(found, drift$harmless)
}

findings_table <- function(found) {
  text <- function(part) vapply(found, `[[`, "", part)
  data.table(
    kind = text("check"), column = text("column"), severity = text("severity"),
    value = vapply(found, `[[`, 0, "value"), says = text("says"),
    fix = text("fix")
  )
}

# The engine ---------------------------------------------------------------

find_engine <- function(fit) {
  lapply(fit$info$findings, function(finding) {
    kind <- finding$kind
    if (kind == "no_number") {
      kind <- switch(finding$cause, learn_rate = "diverged",
                     unscaled = "unscaled", kind)
    }
    value <- finding[["share"]] %||% finding[["ratio"]] %||%
      finding[["loss"]] %||% finding[["value"]] %||% finding[["start"]]
    words <- finding_words(finding, fit)
    diagnosis_finding(kind, "stop", value %||% NA, end_softly(words[[1]]),
                      capitalise(words[[2]]))
  })
}

end_softly <- function(text) {
  sub("[.:]$", "", text)
}

# He et al. (2016): a bigger network can do what a smaller one does, so that a
# higher training error is no overfitting.
bigger_worth <- 0.05

find_bigger_worse <- function(fit, smaller) {
  if (is.null(smaller)) {
    return(NULL)
  }
  measure <- error_measure(fit$prep$outcome)
  both <- lapply(list(smaller, fit), function(fit) {
    level_interval(fit$judged$levels$training, measure)
  })
  gap <- difference_interval(both[[1]], both[[2]])
  trivial <- level_interval(fit$judged$levels$validation[[2]], measure)
  if (gap[["lower"]] <= 0 ||
        gap[["size"]] < bigger_worth * trivial[["error"]]) {
    return(NULL)
  }
  shown <- format_error(c(both[[2]][["error"]], both[[1]][["error"]]), measure)
  list(diagnosis_finding(
    "bigger_worse", "stop", gap[["size"]],
    sprintf("The bigger network has the higher training error, %s against %s:
             it is harder to train, not overfitted", shown[[1]], shown[[2]])
  ))
}

# Data ---------------------------------------------------------------------

# Rows in both tables, or in the wrong order, leak as a column does.
as_leak <- function(finding) {
  finding$check <- "leak"
  finding
}

#' Drift to the rows of a level, and whether it costs
#'
#' @return A list of findings that are `costly`, the error being higher there
#'   beyond chance, and `harmless`.
#' @noRd
find_drifted <- function(ladder, checks) {
  parts <- lapply(c(validation = "validation", test = "test"), function(set) {
    at <- ladder[ladder$level == set, ]
    # Train-dev rows say themselves what is mismatch.
    kind <- if (set == "test") "drift" else "mismatch"
    worth <- gap_worth[["mismatch"]] * attr(ladder, "trivial")
    costly <- any(at$beyond) && any(severity_of(checks[[set]]) == "stop") &&
      (set == "test" || at$size >= worth)
    found <- lapply(checks[[set]], function(finding) {
      finding$check <- kind
      finding
    })
    if (costly) list(costly = found) else list(harmless = found)
  })
  list(costly = c(parts$validation$costly, parts$test$costly),
       harmless = c(parts$validation$harmless, parts$test$harmless))
}

kinds_of <- function(found) {
  vapply(found, `[[`, "", "check")
}

severity_of <- function(found) {
  vapply(found, `[[`, "", "severity")
}

find_noise <- function(noise) {
  if (is.null(noise)) {
    return(NULL)
  }
  shown <- format_error(noise, "error")
  list(diagnosis_finding(
    "label_noise", "stop", noise[["error"]],
    sprintf("Labels look wrong at random: of the quarter of the rows that the
             network is surest of, %s are labelled otherwise (%s to %s; classes
             that overlap would give %s)", shown[[1]], shown[[2]], shown[[3]],
            shown[[4]])
  ))
}

# Gaps ---------------------------------------------------------------------

gap_kinds <- c(bias = "underfit", variance = "overfit", mismatch = "mismatch",
               `validation overfit` = "reused")

# The largest leads; a gap that drift explains is not told twice.
find_gaps <- function(ladder, looks, drifted) {
  worth <- which(ladder$worth)
  explained <- kinds_of(drifted)
  worth <- Filter(function(i) {
    !("mismatch" %in% explained && ladder$level[[i]] == "validation") &&
      !("drift" %in% explained && ladder$level[[i]] == "test")
  }, worth)
  worth <- worth[order(-ladder$size[worth])]
  lapply(worth, function(i) {
    kind <- gap_kinds[[ladder$gap[[i]]]]
    diagnosis_finding(kind, if (i == worth[[1]]) "stop" else "look",
                      ladder$size[[i]], gap_words(ladder, i, kind, looks))
  })
}

gap_words <- function(ladder, i, kind, looks) {
  error <- format_error(ladder$error[c(i, i - 1)], attr(ladder, "measure"))
  before <- ladder$level[[i - 1]]
  before <- switch(before,
    `best known` = "the best known is",
    `best simple model` = paste("of", best_simple(ladder), "it is"),
    paste(before, "error is")
  )
  why <- switch(kind,
    underfit = "more can be learned",
    overfit = "the network knows the rows it was trained on better than others",
    mismatch = "these rows come from elsewhere",
    reused = paste0("what was chosen on the validation rows suits these alone",
                    describe_tries(looks))
  )
  sprintf("%s error is %s, %s %s: %s", capitalise(ladder$level[[i]]),
          error[[1]], before, error[[2]], why)
}

best_simple <- function(ladder) {
  simple <- attr(ladder, "models")[-(1:2)]
  names(simple)[[which.min(simple)]]
}

describe_tries <- function(looks) {
  tries <- looks$fits[looks$set == "validation"]
  if (any(tries > 1)) {
    sprintf(" (%s fits were judged on them)", count(tries))
  } else {
    ""
  }
}

#' Has the validation set been used up by looks?
#'
#' Not if there are test rows on which the fit is as good.
#' @noRd
find_used_up <- function(ladder, looks) {
  # The table has a column of its own name.
  row <- which(looks$set == "validation")
  at <- looks[row, ]
  lead <- attr(ladder, "trivial") - ladder$error[ladder$level == "validation"]
  confirmed <- any(ladder$level == "test" & ladder$size <= 0)
  if (nrow(at) == 0 || at$fits < used_up_tries || isTRUE(confirmed) ||
        at$luck < used_up_share * lead) {
    return(NULL)
  }
  measure <- attr(ladder, "measure")
  list(diagnosis_finding(
    "reused", "stop", at$fits,
    sprintf("The validation set is used up: the best of %s fits looks %s better
             by luck alone, and this one leads the trivial model by %s",
            count(at$fits), format_error(at$luck, measure),
            format_error(lead, measure, signed = lead < 0))
  ))
}

# Without a better reference, the trivial model is one.
find_nothing_learned <- function(fit, ladder) {
  metrics <- fit$judged$metrics
  trivial <- level_interval(fit$judged$levels$validation[[2]],
                            attr(ladder, "measure"))
  at <- ladder[ladder$level == "training", ]
  gap <- difference_interval(trivial, unlist(at[, c("error", "lower",
                                                    "upper")]))
  blind <- is.null(metrics$log_loss) ||
    metrics$log_loss[[1]] >= 0.98 * metrics$log_loss[[2]]
  if (gap[["upper"]] < 0 || !blind) {
    return(NULL)
  }
  shown <- format_error(c(at$error, trivial[["error"]]),
                        attr(ladder, "measure"))
  list(diagnosis_finding(
    "underfit", "stop", gap[["size"]],
    sprintf("Training error is %s, that of the %s %s: nothing was learned",
            shown[[1]], metrics$model[[2]], shown[[2]]),
    paste(advice[["underfit"]], "Or these columns say nothing of the outcome.")
  ))
}

# What is good to know and no fault.
find_small <- function(fit) {
  end <- note_end(fit)
  # On training rows trees know all by heart.
  better <- if (fit$info$rows[["validation"]] > 0) note_baseline(fit$judged)
  c(
    if (!is.null(end)) {
      words <- regmatches(end, regexec("^(.*?)[:;] (.*)$", end))[[1]]
      list(diagnosis_finding("epochs", "know", fit$info$epochs, words[[2]],
                             capitalise(words[[3]])))
    },
    if (!is.null(better)) {
      list(diagnosis_finding("baseline", "know", NA, end_softly(better),
                             "Use the simpler one where they are as good."))
    }
  )
}
