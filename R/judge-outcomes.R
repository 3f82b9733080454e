# Judging several outcomes: each as if it were the only one, and their mean.

# What the rows of means are called: the trivial model of numbers is "mean".
average_label <- "(average)"

# As many outcomes are printed one by one.
most_outcomes <- 6L

#' Truth of several outcomes
#'
#' @param y A table with a column an outcome, others beside them.
#' @return A data frame of numbers and class indices. A row that lacks one
#'   outcome lacks them all.
#' @noRd
check_truths <- function(y, outcome, n, call) {
  names <- names(outcome$parts)
  lacking <- setdiff(names, colnames(y))
  if (!is_table(y) || length(lacking) > 0) {
    deeply_abort(
      c(
        "{.arg y} must be a table with a column for each outcome:
         {.field {names}}.",
        x = if (is_table(y)) "It lacks {.field {lacking}}."
            else "It is {.obj_type_friendly {y}}."
      ),
      class = "outcome_missing", call = call
    )
  }
  y <- bind_outcomes(as.list(as.data.frame(y))[names], n, call)
  truth <- list2DF(Map(check_truth, y, outcome$parts, n, list(call)))
  truth[!stats::complete.cases(truth), ] <- NA
  if (!any(is_known(truth))) {
    deeply_abort("No row has all outcomes: {.field {names}}.",
                 class = "outcome_missing", call = call)
  }
  truth
}

# The cases of one of several outcomes.
cases_of <- function(cases, name) {
  cases$outcome <- cases$outcome$parts[[name]]
  cases$truth <- cases$truth[[name]]
  cases$predicted <- lapply(cases$predicted, `[[`, name)
  cases
}

#' The metrics of each outcome, and their means
#'
#' @param cases What `fit_cases()` gave.
#' @return A data.table with a row an outcome and model.
#' @noRd
judge_outcomes <- function(cases) {
  names <- names(cases$outcome$parts)
  each <- lapply(names, function(name) judge_cases(cases_of(cases, name)))
  each <- data.table::rbindlist(stats::setNames(each, names), use.names = TRUE,
                                idcol = "outcome")
  shown <- metric_order(cases$outcome)
  data.table::setcolorder(each, c("outcome", "model", shown))
  models <- unique(each$model)
  means <- lapply(shown, function(metric) {
    # Errors in different units have no mean.
    if (metric %in% c("rmse", "mae")) return(rep(NA_real_, length(models)))
    values <- split(each[[metric]], factor(each$model, models))
    means <- vapply(values, mean, 0, na.rm = TRUE, USE.NAMES = FALSE)
    replace(means, is.nan(means), NA)
  })
  rbind(each, data.table(outcome = average_label, model = models,
                         data.table::setDT(stats::setNames(means, shown))))
}

#' The metrics that stand for a fit, a row a model
#'
#' @param metrics Those of one outcome as they are, of several the means.
#' @noRd
overall_metrics <- function(metrics) {
  if (is.null(metrics$outcome)) {
    return(metrics)
  }
  metrics[metrics$outcome == average_label, -"outcome"]
}

# Printing -----------------------------------------------------------------

# A block a metric: a row an outcome, a column a model.
print_outcomes <- function(x, digits) {
  names <- setdiff(unique(x$outcome), average_label)
  metrics <- utils::head(setdiff(names(x), c("outcome", "model")), 2)
  lead <- metrics[[1]]
  first <- x[x$model == x$model[[1]], ]
  shown <- names
  if (length(names) > most_outcomes) {
    score <- first[[lead]][match(names, first$outcome)]
    errs <- lead %in% lower_is_better
    worst <- order(score, decreasing = errs)
    shown <- names[utils::head(worst, most_outcomes - 1L)]
    cat(sprintf("The %d outcomes with the %s %s, of %d\n", length(shown),
                if (errs) "highest" else "lowest", lead, length(names)))
  }
  for (metric in metrics) {
    means <- x[[metric]][x$outcome == average_label]
    rows <- c(shown, if (!all(is.na(means))) average_label)
    cat("\n", metric, if (metric == "rmse") " (in the unit of the outcome)",
        "\n", sep = "")
    print_block(x[x$outcome %in% rows, ], metric, rows, digits)
  }
}

print_block <- function(x, metric, rows, digits) {
  models <- unique(x$model)
  values <- vapply(rows, function(row) {
    of <- x[x$outcome == row, ]
    # Rows may have been taken out.
    format_metric(of[[metric]][match(models, of$model)], digits)
  }, character(length(models)))
  values <- matrix(trimws(values), length(rows), byrow = TRUE)
  names <- ifelse(nchar(rows) > 20, paste0(substr(rows, 1, 17), "..."), rows)
  dimnames(values) <- list(paste0(" ", names), models)
  print(values, quote = FALSE, right = TRUE)
}

# In the fit ---------------------------------------------------------------

describe_outcomes <- function(outcome) {
  each <- if (base_task(outcome) == "regression") {
    vapply(outcome$parts, function(part) {
      sprintf("`%s` (mean %.4g, sd %.4g)", part$name, part$center, part$scale)
    }, "")
  } else {
    vapply(outcome$parts, function(part) {
      sprintf("`%s` (%s %s)", part$name, event_level(part),
              percent(part$shares[[2]]))
    }, "")
  }
  kind <- if (base_task(outcome) == "regression") "numbers" else "labels"
  sprintf("%d %s: %s", length(each), kind, shorten(each, most_outcomes))
}

#' What a reader of several outcomes must know
#' @noRd
note_outcomes <- function(fit) {
  outcome <- fit$prep$outcome
  metrics <- fit$judged$metrics
  lost <- lost_outcomes(metrics)
  rare <- names(Filter(is_imbalanced, outcome$parts))
  c(
    if (length(lost) > 0) {
      sprintf("A simpler model is better in %s of %s outcomes: %s.",
              count(length(lost)), count(length(outcome$parts)),
              shorten(lost, most_outcomes))
    },
    if (length(rare) > 0) {
      sprintf(paste("A class is rarer than %s in %s of %s labels: %s. There",
                    "accuracy says little; look at pr_auc and recall."),
              percent(minority_share), count(length(rare)),
              count(length(outcome$parts)), shorten(rare, most_outcomes))
    }
  )
}

# The outcomes in which the network is not the best, by the metric that leads.
lost_outcomes <- function(metrics) {
  metric <- names(metrics)[[3]]
  names <- setdiff(unique(metrics$outcome), average_label)
  Filter(function(name) {
    values <- metrics[[metric]][metrics$outcome == name]
    if (length(values) < 2 || anyNA(values)) return(FALSE)
    values[[best_rival(values, metric)]] > values[[1]]
  }, names)
}

# Predictions --------------------------------------------------------------

#' The table that predict() gives of several outcomes
#'
#' @param predicted What `as_prediction()` gave, by outcome.
#' @noRd
predict_outcomes <- function(predicted, outcome, type) {
  names <- names(outcome$parts)
  answer <- switch(type,
    numeric = stats::setNames(predicted, paste0(".pred_", names)),
    class = stats::setNames(Map(most_likely, predicted, outcome$parts),
                            paste0(".pred_class_", names)),
    prob = {
      levels <- lapply(outcome$parts, `[[`, "levels")
      stats::setNames(
        unlist(lapply(predicted, function(prob) list(prob[, 1], prob[, 2])),
               recursive = FALSE),
        sprintf(".pred_%s_%s", rep(names, each = 2), unlist(levels))
      )
    }
  )
  data.table::as.data.table(answer)
}

# Classes and probabilities; or numbers, and residuals where the truth is known.
augment_outcomes <- function(fit, new_data) {
  outcome <- fit$prep$outcome
  outputs <- network_outputs(fit, new_table(fit$prep, new_data))
  predicted <- as_prediction(outputs, outcome)
  if (base_task(outcome) != "regression") {
    return(cbind(predict_outcomes(predicted, outcome, "class"),
                 predict_outcomes(predicted, outcome, "prob")))
  }
  answer <- predict_outcomes(predicted, outcome, "numeric")
  blueprint <- fit$prep$blueprint
  if (is.null(blueprint$outcome) ||
        !all(all.vars(blueprint$outcome) %in% colnames(new_data))) {
    return(answer)
  }
  truth <- Map(function(y, part) as.numeric(read_outcome(y, part$reading)),
               forge_outcome(blueprint, new_data), outcome$parts)
  answer[, paste0(".resid_", outcome$name) := Map(`-`, truth, predicted)][]
}
