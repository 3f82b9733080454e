# How good forecasts are, step by step, beside simple ones of the same windows.

naive_models <- c("naive", "seasonal naive", "drift", "mean")

#' Judges a new forecaster on its validation windows
#'
#' @param z What `window_outputs()` gave.
#' @param learned What `learn_baselines()` gave.
#' @noRd
judge_forecaster <- function(fit, run, sent, last, z, learned) {
  moved <- honest_outputs(z, run, last)
  models <- apply_baselines(learned, baseline_place(run, fit$prep$series),
                            sent, last)
  judge_windows(fit, run$prep, run$panel, run$arrays, last, moved, models,
                "latest windows",
                keep = !is.null(attr(run$spec$lookback, "among")))
}

#' Outputs whose quantiles were moved by what other windows showed
#'
#' Intervals that are moved to cover some windows cover these. So each half of
#' the time is judged by what the other half would have moved.
#' @noRd
honest_outputs <- function(z, run, last) {
  levels <- run$prep$outcome$quantile_levels
  truth <- window_truth(run$arrays$target, run$arrays$there, last,
                        run$prep$ahead)
  late <- run$panel$nth[last] > stats::median(run$panel$nth[last])
  for (half in list(late, !late)) {
    if (!any(half) || all(half)) next
    reach <- horizon_reach(z[!half, , , drop = FALSE],
                           truth[!half, , drop = FALSE], levels)
    z[half, , ] <- move_outputs(z[half, , , drop = FALSE], levels, reach)
  }
  z
}

#' Forecasts that need nothing but the series
#'
#' @param values On the scale of the data, carried forward.
#' @param last Places of the last values that are seen.
#' @return A named list of matrices, windows x steps.
#' @noRd
naive_forecasts <- function(values, last, panel, prep) {
  ahead <- as.integer(prep$ahead)
  key <- panel$key[last]
  now <- matrix(values[last], length(last), length(ahead))
  season <- lapply(prep$periods[1], function(period) {
    back <- outer(last, ahead - period * ceiling(ahead / period), "+")
    found <- values[pmax(back, 1L)]
    here <- panel$run[pmax(back, 1L)] == panel$run[last] & back >= 1 &
      !is.na(found)
    matrix(ifelse(here, found, now), length(last))
  })
  before <- last - prep$lookback + 1L
  slope <- (values[last] - values[before]) / pmax(last - before, 1L)
  slope[is.na(slope)] <- 0
  found <- list(
    naive = now, "seasonal naive" = if (length(season) > 0) season[[1]],
    drift = now + outer(slope, ahead),
    mean = matrix(prep$scales$mean[key], length(last), length(ahead))
  )
  Filter(Negate(is.null), found)
}

#' Forecasts of a fit and of all baselines on some windows, with the truth
#'
#' @param z Outputs of the network on the scale of the series.
#' @param models Forecasts of further models, on the scale of the data, by
#'   name; rows are `NA` where a model was not asked.
#' @return A list of `predicted` (matrices, windows x steps, by model), `truth`,
#'   `outputs` (those of the network), `unit` (what an error counts in MASE, of
#'   each window) and `time` (its place in time).
#' @noRd
forecast_cases <- function(fit, prep, panel, arrays, last, z, models) {
  key <- panel$key[last]
  outputs <- undo_outputs(z, key, prep$scales)
  predicted <- c(list(matrix(outputs[, , 1], length(last))),
                 naive_forecasts(arrays$values, last, panel, prep), models)
  names(predicted)[[1]] <- class(fit)[[1]]
  unit <- prep$scales$step[key]
  unit[!is.na(unit) & unit <= 0] <- NA
  list(
    predicted = predicted, outputs = outputs, unit = unit,
    truth = window_truth(arrays$values, arrays$there, last, prep$ahead),
    time = if (is.null(panel$time)) panel$nth[last] else panel$time[last]
  )
}

#' @param keep Whether the errors of each window are kept too.
#' @noRd
judge_windows <- function(fit, prep, panel, arrays, last, z, models, on,
                          keep = FALSE) {
  cases <- forecast_cases(fit, prep, panel, arrays, last, z, models)
  errors <- if (prep$ahead[[1]] == 1) {
    cases$truth[, 1] - cases$predicted[[1]][, 1]
  }
  c(judge_forecasts(cases, prep), list(
    on = on, from = time_range(panel, last, prep),
    residuals = if (!is.null(errors)) {
      residual_checks(errors, panel$key[last], panel$nth[last], prep$periods[1])
    },
    cases = if (keep) {
      list(errors = (cases$predicted[[1]] - cases$truth)^2, time = cases$time)
    }
  ))
}

#' Metrics, by model and by step, and skill
#' @noRd
judge_forecasts <- function(cases, prep) {
  predicted <- with_same_rows(cases$predicted)
  models <- names(predicted)
  by_step <- data.table::rbindlist(lapply(models, function(model) {
    step_metrics(model, predicted[[model]], cases$truth, cases$unit,
                 prep$ahead)
  }))
  own <- by_step$model == models[[1]]
  quantiles <- quantile_scores(cases$outputs, cases$truth,
                               prep$outcome$quantile_levels)
  if (length(quantiles) > 0) {
    data.table::set(by_step, j = names(quantiles), value = NA_real_)
    data.table::set(by_step, which(own), names(quantiles), quantiles)
  }
  errors <- lapply(cases$predicted, function(x) (x - cases$truth)^2)
  list(
    metrics = average_steps(by_step), by_step = by_step[],
    skill = skill_table(errors, cases$time, prep$ahead),
    n = nrow(cases$truth)
  )
}

on_these <- "deep_forecaster on these"

# Beside models that were asked for some windows, the fit on the same ones.
with_same_rows <- function(predicted) {
  part <- names(predicted) %in% series_kinds
  if (!any(part)) {
    return(predicted)
  }
  asked <- !is.na(predicted[part][[1]][, 1])
  own <- predicted[[1]]
  own[!asked, ] <- NA
  c(predicted, stats::setNames(list(own), on_these))
}

# Metrics of all windows alone, or those beside models asked for some of them.
whole_metrics <- function(metrics) {
  metrics[!metrics$model %in% c(series_kinds, on_these), ]
}

part_metrics <- function(metrics) {
  part <- metrics[metrics$model %in% c(series_kinds, on_these), ]
  part[order(part$model != on_these), ]
}

time_range <- function(panel, last, prep) {
  if (is.null(panel$time)) return(NULL)
  range <- range(panel$time[last])
  if (!is.null(prep$frequency)) {
    return(prep$start + (range - 1) / prep$frequency)
  }
  as_time(range, prep$index)
}

#' @param unit What an error counts in MASE, of each window.
#' @noRd
step_metrics <- function(model, predicted, truth, unit, ahead) {
  error <- predicted - truth
  size <- (abs(predicted) + abs(truth)) / 2
  alike <- abs(error) / size
  alike[size == 0] <- 0
  data.table(
    model = model, ahead = as.integer(ahead),
    n = as.integer(colSums(!is.na(error))),
    rmse = sqrt(colMeans(error^2, na.rm = TRUE)),
    mae = colMeans(abs(error), na.rm = TRUE),
    mase = colMeans(abs(error) / unit, na.rm = TRUE),
    smape = colMeans(alike, na.rm = TRUE)
  )
}

# Of the mean loss of the quantiles, and how often the widest interval covers.
quantile_scores <- function(outputs, truth, levels) {
  if (length(levels) == 0) {
    return(list())
  }
  ahead <- seq_len(ncol(truth))
  pinball <- vapply(ahead, function(step) {
    above <- truth[, step] - matrix(outputs[, step, -1], nrow(truth))
    weight <- rep(levels, each = nrow(truth))
    mean(pmax(weight * above, (weight - 1) * above), na.rm = TRUE)
  }, 1)
  widest <- utils::head(symmetric_pairs(levels), 1)
  scores <- list(pinball = pinball)
  if (nrow(widest) == 1) {
    scores$coverage <- vapply(ahead, function(step) {
      mean(truth[, step] >= outputs[, step, 1 + widest$lower] &
             truth[, step] <= outputs[, step, 1 + widest$upper], na.rm = TRUE)
    }, 1)
  }
  scores
}

# A row a model: the mean over the steps ahead, of squares for the RMSE.
average_steps <- function(by_step) {
  metrics <- setdiff(names(by_step), c("model", "ahead", "n"))
  found <- lapply(unique(by_step$model), function(model) {
    own <- by_step$model == model
    part <- by_step[own, ]
    values <- lapply(metrics, function(metric) {
      x <- part[[metric]]
      if (metric == "rmse") sqrt(mean(x^2, na.rm = TRUE))
      else mean(x, na.rm = TRUE)
    })
    c(list(model = model, n = max(part$n)), stats::setNames(values, metrics))
  })
  found <- data.table::rbindlist(found)
  for (metric in metrics) {
    data.table::set(found, which(is.nan(found[[metric]])), metric, NA_real_)
  }
  found[]
}

# Skill --------------------------------------------------------------------

#' How much smaller the squared error is than that of each other model
#'
#' Diebold & Mariano (1995): the mean difference of the losses with its
#' interval, for which neighbouring errors are no two observations. The windows
#' of one time are taken together.
#'
#' @param errors Squared errors, windows x steps, by model, the fit's first.
#' @param time Place of each window in its series.
#' @return A data.table: `model`, `ahead` (0: all steps, each in units of the
#'   other model's error), `skill` (1: no error, 0: as the other), `lower` and
#'   `upper` (95 %).
#' @noRd
skill_table <- function(errors, time, ahead) {
  own <- errors[[1]]
  data.table::rbindlist(lapply(names(errors)[-1], function(model) {
    other <- errors[[model]]
    unit <- colMeans(other, na.rm = TRUE)
    unit[!is.na(unit) & unit <= 0] <- NA
    gain <- sweep(other - own, 2, unit, "/")
    each <- lapply(seq_along(ahead), function(step) {
      c(ahead[[step]], mean_interval(gain[, step], time, ahead[[step]]))
    })
    # The last windows reach the first steps alone.
    whole <- mean_interval(rowMeans(gain, na.rm = TRUE), time, max(ahead))
    steps <- vapply(each, function(row) row[[2]], 1)
    moved <- mean(steps, na.rm = TRUE) - whole[[1]]
    whole <- whole + moved
    rows <- do.call(rbind, c(
      list(c(0, whole)), each
    ))
    # No error at all is a skill of 1.
    data.table(model = model, ahead = as.integer(rows[, 1]), skill = rows[, 2],
               lower = rows[, 3], upper = pmin(rows[, 4], 1))
  }))
}

#' A mean of what overlaps in time, and its interval
#'
#' Long-run variance by Bartlett weights (Newey & West 1987) over at least the
#' steps that forecasts overlap. Few windows say little: the critical value is
#' that of Kiefer & Vogelsang (2005), table 1, which grows with the share of all
#' windows that overlap.
#' @noRd
mean_interval <- function(x, time, overlap) {
  by_time <- data.table(x = x, time = time)[!is.nan(x) & !is.na(x)]
  x <- by_time[, list(x = mean(x)), keyby = "time"]$x
  n <- length(x)
  if (n < 3) {
    return(c(if (n > 0) mean(x) else NA, -Inf, Inf))
  }
  lags <- min(n - 1, max(ceiling(1.5 * overlap), ceiling(1.5 * n^(1 / 3))))
  e <- x - mean(x)
  covariance <- vapply(0:lags, function(lag) {
    sum(e[seq_len(n - lag)] * e[lag + seq_len(n - lag)]) / n
  }, 1)
  weight <- 1 - seq_len(lags) / (lags + 1)
  variance <- (covariance[[1]] + 2 * sum(weight * covariance[-1])) / n
  share <- (lags + 1) / n
  critical <- sum(c(1.96, 2.9694, 0.416, -0.5324) * share^(0:3))
  reach <- critical * sqrt(max(variance, 0))
  mean(x) + c(0, -reach, reach)
}

#' The best of the naive forecasts, and whether the fit is better
#' @return A list of `model`, `better` and the row of `skill`.
#' @noRd
against_naive <- function(judged) {
  simple <- judged$metrics$model %in% naive_models
  naive <- judged$metrics[simple, ]
  if (nrow(naive) == 0 || all(is.na(naive$rmse))) {
    return(NULL)
  }
  best <- naive$model[[which.min(naive$rmse)]]
  skill <- judged$skill
  whole <- skill$model == best & skill$ahead == 0
  skill <- skill[whole, ]
  list(model = best, skill = skill, better = isTRUE(skill$lower > 0))
}
