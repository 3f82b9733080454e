# What a comparison says: a row a model, and the finding in words.

#' @rdname compare_models
#' @param object What `compare_models()` gave.
#' @param metric A metric of it. `NULL`: the one that leads.
#' @param level Coverage of the intervals.
#' @export
summary.deep_comparison <- function(object, ..., metric = NULL, level = 0.95) {
  rlang::check_dots_empty()
  check_choice(metric, compared_metrics(object), null = TRUE)
  check_number(level, above = 0, below = 1)
  metric <- metric %||% compared_metrics(object)[[1]]
  rows <- data.table::as.data.table(object)
  network <- attr(object, "compared")$networks[[1]]
  if (!network %in% rows$model) {
    deeply_abort("The rows of {.val {network}} are gone, with which all others
                  are compared.", class = "argument")
  }
  models <- split(rows, factor(rows$model, unique(rows$model)))
  table <- data.table::rbindlist(lapply(models, compare_with, models[[network]],
                                        metric, level))
  best <- order(if (metric %in% lower_is_better) table$mean else -table$mean)
  table[best]
}

# Metrics stand between the model and what it took.
compared_metrics <- function(x) {
  at <- match(c("model", "fit_seconds"), names(x))
  names(x)[seq(at[[1]] + 1, at[[2]] - 1)]
}

#' A model in numbers, and beside the first network
#'
#' @param rows,network Rows of the two, a row a fold.
#' @noRd
compare_with <- function(rows, network, metric, level) {
  interval <- function(values) {
    resampled_interval(values, rows$n_train, rows$n_test, level)
  }
  own <- interval(rows[[metric]])
  fold <- function(table) paste(table[["repeat"]], table$fold)
  same <- match(fold(rows), fold(network))
  gain <- rows[[metric]] - network[[metric]][same]
  itself <- rows$model[[1]] == network$model[[1]]
  paired <- interval(if (itself) NA * gain else gain)
  data.table(
    model = rows$model[[1]], mean = own$mean, mean_lower = own$lower,
    mean_upper = own$upper, difference = paired$mean, lower = paired$lower,
    upper = paired$upper, p_value = paired$p_value,
    fit_seconds = mean(rows$fit_seconds), bytes = mean(rows$bytes),
    parameters = mean(rows$parameters)
  )
}

#' @export
print.deep_comparison <- function(x, ...) {
  compared <- attr(x, "compared")
  # Some rows or columns of it are only a table.
  if (is.null(compared) || compared$n != nrow(x) || !"bytes" %in% names(x)) {
    return(NextMethod())
  }
  table <- summary(x)
  metric <- compared_metrics(x)[[1]]
  cat(sprintf("<comparison> %s of %s: %s models on %s\n\n", metric,
              compared$outcome, nrow(table), compared$folds))
  shown <- data.frame(shown_scores(table))
  names(shown) <- c(format("model", width = max(nchar(table$model))), metric,
                    paste("to", compared$networks[[1]]), "seconds", "kB")
  print(shown, row.names = FALSE)
  cat("\n")
  for (line in comparison_findings(table, metric, compared$networks[[1]])) {
    cat(strwrap(line, width = 78, exdent = 2), sep = "\n")
  }
  invisible(x)
}

shown_scores <- function(table) {
  half <- table$mean - table$mean_lower
  about <- ifelse(is.na(half), "", paste(" +/-", format_metric(half, 3)))
  list(
    model = format(table$model),
    mean = paste0(format_metric(table$mean, 3), about),
    difference = shown_differences(table$difference, table$lower, table$upper),
    seconds = format_rough(table$fit_seconds),
    size = format_rough(table$bytes / 1000)
  )
}

# Two digits are enough for what another machine has otherwise.
format_rough <- function(x) {
  vapply(x, function(value) {
    format(signif(value, 2), big.mark = ",", scientific = FALSE)
  }, "")
}

shown_differences <- function(mean, lower, upper) {
  shown <- mapply(function(mean, lower, upper) {
    # A limit beside zero is not to be rounded to it.
    digits <- if (isTRUE(min(abs(lower), abs(upper)) < 5e-4)) 4 else 3
    format_intervals(list(mean = mean, lower = lower, upper = upper), digits)
  }, mean, lower, upper)
  ifelse(is.na(mean), "", shown)
}

# By how much, whichever way is better.
differences_by <- function(table) {
  down <- !is.na(table$difference) & table$difference < 0
  shown_differences(abs(table$difference),
                    ifelse(down, -table$upper, table$lower),
                    ifelse(down, -table$lower, table$upper))
}

#' Which models are better than the network, and which cannot be told apart?
#'
#' @param table What `summary()` of a comparison gives.
#' @return "better", "worse" or "alike"; "network" for itself.
#' @noRd
standings <- function(table, metric, network) {
  gain <- if (metric %in% lower_is_better) -1 else 1
  apart <- !is.na(table$lower) & table$lower * table$upper > 0
  verdict <- ifelse(!apart, "alike",
                    ifelse(gain * table$difference > 0, "better", "worse"))
  ifelse(table$model == network, "network", verdict)
}

#' The finding, a sentence a line
#' @noRd
comparison_findings <- function(table, metric, network) {
  verdict <- standings(table, metric, network)
  place <- match(network, table$model)
  better <- paste(table$model, "by", differences_by(table))[verdict == "better"]
  alike <- table$model[verdict == "alike"]
  c(
    sprintf("%s is %s of %d by %s.", network, ordinal(place), nrow(table),
            metric),
    if (length(better) > 0) {
      paste0("Better than it: ", paste(better, collapse = "; "), ".")
    },
    if (length(alike) > 0) {
      paste0("Not to be told apart from it: ", toString(alike), ".")
    },
    if (any(verdict == "worse")) {
      paste0("Worse: ", toString(table$model[verdict == "worse"]), ".")
    }
  )
}

ordinal <- function(n) {
  ending <- if (n %% 100 %in% 11:13) "th" else
    switch(as.character(n %% 10), "1" = "st", "2" = "nd", "3" = "rd", "th")
  paste0(n, ending)
}
