# Permutation importance: how much worse a metric gets when a column's values
# are exchanged between rows.

explain_importance <- function(fit, new_data, y, metric, repeats, rows, seed,
                               call = rlang::caller_env()) {
  outcome <- fit$prep$outcome
  metrics <- metric_order(outcome)
  check_choice(metric, metrics, null = TRUE, call = call)
  check_count(repeats, call = call)
  metric <- metric %||% metrics[[1]]
  cases <- importance_cases(fit, new_data, y, rows, seed, call)
  drawn <- draw_exchanges(cases$truth, outcome, repeats, seed)
  jackknife <- function(outputs) {
    predicted <- as_prediction(outputs, outcome, calibration = fit$calibration)
    jackknife_scores(as.matrix(predicted), cases$truth, drawn$part,
                     function(truth, predicted) {
                       score_metric(truth, predicted, outcome$task, metric)
                     })
  }
  before <- jackknife(cases$outputs)
  check_score(before, metric, call)
  columns <- blueprint_columns(fit$prep$blueprint)
  worse <- lapply(columns, function(column) {
    after <- jackknife(exchanged_outputs(fit, cases, column, drawn$orders))
    if (metric %in% lower_is_better) after - before else before - after
  })
  table <- data.table(column = columns, data.table::rbindlist(
    lapply(worse, jackknife_interval)
  ))
  explained(table[order(-table$importance), ], list(
    metric = metric, score = before[[1]], repeats = repeats, n = cases$n,
    given = cases$given, seed = seed,
    together = correlated_columns(fit$prep, cases, seed)
  ), "deep_importance")
}

#' Rows with an outcome, encoded once
#'
#' @return A list of `new_data` and which of its `rows` are used; these rows
#'   `encoded`; their `truth` as in `as_cases()` and `outputs` of the network;
#'   the numbers of rows `n` and `given`.
#' @noRd
importance_cases <- function(fit, new_data, y, most, seed, call) {
  table <- new_table(fit$prep, new_data, call)
  y <- y %||% outcome_of(fit$prep$blueprint, new_data, call)
  truth <- check_truth(y, fit$prep$outcome, table_rows(table), call)
  rows <- which(!is.na(truth))
  if (length(rows) > most) {
    rows <- with_seed(seed, sort(sample(rows, most)))
  }
  encoded <- encode_rows(fit$prep, table, rows)
  warn_encoded(fit$prep, encoded, call)
  if (fit$prep$settings$na == "drop") {
    whole <- !encoded$incomplete
    rows <- rows[whole]
    encoded$inputs <- lapply(encoded$inputs, function(x) {
      x[, whole, drop = FALSE]
    })
  }
  check_enough_cases(length(rows), call)
  cases <- list(
    new_data = new_data, rows = rows, truth = truth[rows],
    encoded = encoded$inputs, n = length(rows),
    given = length(truth)
  )
  cases$outputs <- predict_encoded(fit, cases$encoded, matrix(seq_along(rows)),
                                   inputs_of(fit$prep, integer()))
  cases
}

check_enough_cases <- function(n, call) {
  if (n < 20) {
    deeply_abort(
      c("There {?is/are} {n} row{?s} with an outcome; importance needs at least
         20, and some hundreds to tell much."),
      class = "too_few_rows", call = call
    )
  }
}

check_score <- function(scores, metric, call) {
  if (anyNA(scores)) {
    deeply_abort(
      c("{.val {metric}} is not defined on these rows.",
        i = "It needs at least two rows of each class; {.code metric =
             \"log_loss\"} does not."),
      class = "too_few_rows", call = call
    )
  }
}

# The metric alone, where all of them would take three times as long.
score_metric <- function(truth, predicted, task, metric) {
  if (task == "binary" && metric %in% c("roc_auc", "pr_auc")) {
    area <- if (metric == "roc_auc") roc_auc else average_precision
    return(area(truth == 2, predicted[, 2]))
  }
  if (task == "regression") {
    predicted <- predicted[, 1]
  }
  all_metrics(truth, predicted, task)[[metric]]
}

# Exchanges ----------------------------------------------------------------

#' Parts of the rows, and exchanges within them
#'
#' Each row is given the value of another one of its part, never its own, which
#' makes a mean loss unbiased (Fisher et al. 2019); areas under curves fall too
#' far by about 1 / rows of a part of it. As no value leaves its part, parts are
#' like samples of their own.
#' @return A list of `part`, a number a row, and `orders`: a matrix with a
#'   column a repeat, whose entries say which row gives its value.
#' @noRd
draw_exchanges <- function(truth, outcome, repeats, seed) {
  n <- length(truth)
  parts <- min(10, n %/% 10)
  strata <- if (outcome$task == "regression") rep(1, n) else truth
  with_seed(seed, {
    shuffled <- sample.int(n)
    part <- integer(n)
    part[shuffled[order(strata[shuffled])]] <- rep_len(seq_len(parts), n)
    members <- split(seq_len(n), part)
    orders <- vapply(seq_len(repeats), function(i) {
      order <- integer(n)
      for (rows in members) {
        # Round a circle, so that nobody keeps what he has.
        circle <- rows[sample.int(length(rows))]
        order[circle] <- c(circle[-1], circle[[1]])
      }
      order
    }, integer(n))
  })
  list(part = part, orders = orders)
}

#' Outputs for rows whose values of a column were exchanged
#'
#' @return A matrix with the rows of all repeats, one repeat after the other.
#' @noRd
exchanged_outputs <- function(fit, cases, column, orders) {
  predictors <- fit$prep$blueprint$predictors
  uses <- lapply(predictors, all.vars)
  touched <- vapply(uses, function(used) column %in% used, NA)
  alone <- all(vapply(uses[touched], identical, NA, column))
  if (fit$prep$blueprint$kind != "recipe" && alone) {
    moved <- inputs_of(fit$prep, which(touched))
    return(predict_encoded(fit, cases$encoded, orders, moved))
  }
  # A product of two columns, or a recipe, must be computed again.
  data <- as.data.frame(cases$new_data)[cases$rows, , drop = FALSE]
  values <- data[[column]]
  do.call(rbind, lapply(seq_len(ncol(orders)), function(i) {
    data[[column]] <- values[orders[, i]]
    table <- new_table(fit$prep, data)
    encoded <- encode_rows(fit$prep, table, seq_len(cases$n))
    backend_call("predict", live_model(fit), encoded$inputs)
  }))
}

# More than a processor's cache holds takes twice the time.
rows_at_once <- 8192

#' Outputs for encoded rows, some inputs taken from other rows
#'
#' Rows go through the network a few thousand at a time, whichever repeats they
#' belong to.
#' @param moved What `inputs_of()` gave.
#' @noRd
predict_encoded <- function(fit, encoded, orders, moved) {
  handle <- live_model(fit)
  firsts <- seq.int(1, length(orders), by = rows_at_once)
  do.call(rbind, lapply(firsts, function(first) {
    at <- seq.int(first, min(first + rows_at_once - 1, length(orders)))
    own <- (at - 1) %% nrow(orders) + 1
    block <- Map(function(values, moved) {
      block <- values[, own, drop = FALSE]
      block[moved, ] <- values[moved, orders[at]]
      block
    }, encoded, moved[names(encoded)])
    backend_call("predict", handle, block)
  }))
}

# Intervals ----------------------------------------------------------------

#' Mean score over the repeats, of all rows and without each part in turn
#'
#' @param predicted A matrix with the rows of all repeats, as many for each as
#'   `truth` is long.
#' @param score Function of a truth and its predictions.
#' @return A vector: all rows first.
#' @noRd
jackknife_scores <- function(predicted, truth, part, score) {
  n <- length(truth)
  scores <- vapply(seq_len(nrow(predicted) / n), function(i) {
    mine <- predicted[(i - 1) * n + seq_len(n), , drop = FALSE]
    # What a metric sorts anew each time is soon sorted again.
    sorted <- order(mine[, ncol(mine)], decreasing = TRUE, method = "radix")
    vapply(0:max(part), function(left_out) {
      at <- sorted[part[sorted] != left_out]
      score(truth[at], mine[at, , drop = FALSE])
    }, 1)
  }, numeric(max(part) + 1))
  rowMeans(scores)
}

# Leaving out one of k parts (Tukey 1958), with Student's t for k - 1 of them.
jackknife_interval <- function(values, level = 0.95) {
  parts <- values[-1]
  k <- length(parts)
  error <- sqrt((k - 1) / k * sum((parts - mean(parts))^2))
  reach <- stats::qt((1 + level) / 2, k - 1) * error
  list(importance = values[[1]], lower = values[[1]] - reach,
       upper = values[[1]] + reach)
}

# Columns that tell the same -----------------------------------------------

#' Pairs of columns that tell much the same
#'
#' By the share of the variance of one column's inputs that the other's explain
#' in a linear regression, the larger of both ways, and its root: of two numbers
#' that is the correlation, of a number by a category the correlation ratio, of
#' a category by another the root of Goodman & Kruskal's (1954) tau.
#' @return A data.table of `a`, `b` and `correlation`, the strongest first.
#' @noRd
correlated_columns <- function(prep, cases, seed, least = 0.7, most = 5000) {
  n <- cases$n
  rows <- if (n > most) with_seed(seed, sample.int(n, most)) else seq_len(n)
  positions <- unique(prep$positions)
  inputs <- lapply(positions, column_inputs, prep, cases$encoded, rows)
  bases <- lapply(inputs, function(x) {
    turned <- qr(x)
    qr.Q(turned)[, seq_len(turned$rank), drop = FALSE]
  })
  pairs <- which(upper.tri(diag(length(positions))), arr.ind = TRUE)
  share <- mapply(function(i, j) {
    max(explained_share(inputs[[i]], bases[[j]]),
        explained_share(inputs[[j]], bases[[i]]))
  }, pairs[, 1], pairs[, 2])
  names <- names(prep$seen)[positions]
  found <- data.table(a = names[pairs[, 1]], b = names[pairs[, 2]],
                      correlation = sqrt(as.numeric(share)))
  found <- found[found$correlation >= least, ]
  found[order(-found$correlation), ]
}

# Of a category the 50 most frequent levels say enough.
column_inputs <- function(position, prep, encoded, rows) {
  own <- inputs_of(prep, position)
  numbers <- t(encoded$numeric[own$numeric, rows, drop = FALSE])
  codes <- lapply(which(own$category), function(i) {
    code <- encoded$category[i, rows]
    outer(code, utils::head(order(-tabulate(code)), 50), "==") + 0
  })
  scale(do.call(cbind, c(list(numbers), codes)), scale = FALSE)
}

# Adjusted as R^2 is, since many levels fit anything.
explained_share <- function(x, basis) {
  total <- sum(x^2)
  left <- nrow(x) - 1 - ncol(basis)
  if (total == 0 || left < 1) {
    return(0)
  }
  rest <- max(0, 1 - sum(crossprod(basis, x)^2) / total)
  max(0, 1 - rest * (nrow(x) - 1) / left)
}

# Looking ------------------------------------------------------------------

#' @export
print.deep_importance <- function(x, digits = 3, ...) {
  if (!is_whole(x)) {
    return(NextMethod())
  }
  about <- attr(x, "about")
  cat(sprintf("<permutation importance> %s of %s, %s as it is\n",
              capitalise(importance_unit(about)), about$metric,
              format_metric(about$score, digits)))
  cat_field("Rows", describe_sample(about))
  cat_field("Exchanged", paste(about$repeats, "times; intervals of 95 % cover",
                               "rows and exchanges"))
  cat("\n")
  shown <- as.data.frame(x)[seq_len(min(nrow(x), most_shown)), ]
  shown[-1] <- lapply(shown[-1], function(values) {
    format_metric(values, digits + all(abs(values) < 10))
  })
  print(shown, row.names = FALSE, right = TRUE)
  if (nrow(x) > most_shown) {
    cat(sprintf("and %s\n", cli::pluralize(
      "{nrow(x) - most_shown} column{?s} more"
    )))
  }
  for (note in importance_notes(x, about)) {
    cat(strwrap(note, width = 78, initial = "! ", prefix = "  "), sep = "\n")
  }
  invisible(x)
}

most_shown <- 20

importance_unit <- function(about) {
  if (about$metric %in% lower_is_better) "rise" else "fall"
}

describe_sample <- function(about) {
  if (about$n == about$given) {
    return(count(about$n))
  }
  sprintf("%s of %s", count(about$n), count(about$given))
}

importance_notes <- function(x, about) {
  idle <- x$column[x$lower <= 0]
  pairs <- about$together
  c(
    if (nrow(pairs) > 0) {
      paste("These tell much the same, so each hides what the other has:",
            shorten(sprintf("%s and %s (%s)", pairs$a, pairs$b,
                            formatC(pairs$correlation, 2, format = "f")), 6))
    },
    if (length(idle) > 0) {
      paste0("Nothing shows that the network needs ", shorten(idle, 10), ".")
    }
  )
}
