# How a forecaster learns: on the early windows, by the late ones; then on all.

#' From a run to a judged fit
#'
#' @param run What `forecaster_run()` made ready.
#' @return A `deep_forecaster`.
#' @noRd
fit_forecaster <- function(run) {
  sent <- send_panel(run$arrays)
  split <- run$split
  first <- train_windows(run, sent, c(split$train, split$validation))
  fit <- new_deep_fit(run, first)
  fit$prep$series <- series_keys(run$prep$tail, run$prep)
  judged <- judged_windows(split$validation)
  if (length(judged) > 0) {
    z <- window_outputs(first$handle, sent, run$panel, run$prep, judged)
    fit$calibration <- learn_horizon_reach(z, run, judged)
    place <- baseline_place(run, fit$prep$series)
    learned <- learn_baselines(run$baseline, place, sent, split$train,
                               split$until)
    fit$judged <- judge_forecaster(fit, run, sent, judged, z, learned)
    fit$baselines <- learn_again(learned, place, sent, split)
  }
  last <- if (first$stopped %in% c("epochs", "patience")) {
    train_last(run, sent, first)
  }
  if (!is.null(last)) {
    fit$model <- last$model
    fit$info$id <- rlang::hash(last$model)
    keep_alive(fit$info$id, last$handle)
  }
  # Those it was compared with are no part of it.
  if (!is.null(fit$spec$lookback)) attributes(fit$spec$lookback) <- NULL
  fit$info$seconds <- elapsed() - run$started
  warn_training(fit)
  fit
}

# Of all windows, as the network does; ARIMA and ETS stay as they are.
learn_again <- function(learned, place, sent, split) {
  kinds <- intersect(names(learned), names(window_kinds))
  c(learn_baselines(kinds, place, sent, split$all, split$until),
    learned[setdiff(names(learned), kinds)])
}

send_panel <- function(arrays) {
  backend_call("panel", arrays$past, as.array(arrays$target),
               as.array(arrays$there), arrays$codes, arrays$known,
               arrays$static, arrays$how)
}

# A handle of windows, by the places of their last values.
send_windows <- function(sent, panel, prep, last) {
  backend_call("window_rows", sent, as.array(last - prep$lookback),
               as.array(panel$key[last] - 1L), as.integer(prep$lookback),
               as.array(as.integer(prep$ahead)))
}

train_windows <- function(run, sent, last) {
  run$buffer <- send_windows(sent, run$panel, run$prep, last)
  train_network(run)
}

# Learns from all windows for as many epochs as were best.
train_last <- function(run, sent, first) {
  run$rows <- c(train = length(run$split$all), validation = 0L)
  control <- run$spec$control
  control$epochs <- as.integer(first$best_epoch)
  # As many steps as were best, of as many windows each.
  control$batch_size <- first$batch_size
  control$patience <- Inf
  control["tensorboard"] <- list(NULL)
  run$spec$control <- control
  train_windows(run, sent, run$split$all)
}

# So many windows at most are judged, evenly spread.
most_judged_windows <- 20000L

judged_windows <- function(last) {
  n <- length(last)
  if (n <= most_judged_windows) {
    return(last)
  }
  last[unique(round(seq(1, n, length.out = most_judged_windows)))]
}

#' What the network gives for some windows
#'
#' @param last Places of their last values.
#' @return An array, windows x steps ahead x outputs: the mean, then the
#'   quantiles in rising order, on the scale of the series.
#' @noRd
window_outputs <- function(handle, sent, panel, prep, last) {
  n_out <- 1L + length(prep$outcome$quantile_levels)
  ahead <- length(prep$ahead)
  if (length(last) == 0) {
    return(array(0, c(0, ahead, n_out)))
  }
  rows <- send_windows(sent, panel, prep, last)
  found <- backend_call("predict_windows", handle, rows)
  # Python counts the last dimension fastest.
  found <- aperm(array(found, c(length(last), n_out, ahead)), c(1, 3, 2))
  sort_outputs(found)
}

# Quantiles are learned one by one, so they may cross.
sort_outputs <- function(z) {
  if (dim(z)[[3]] > 2 && dim(z)[[1]] > 0) {
    z[, , -1] <- sort_rows(matrix(z[, , -1], ncol = dim(z)[[3]] - 1))
  }
  z
}

# Truth on the scale of the series, windows x steps; `NA` where it is unknown.
window_truth <- function(values, there, last, ahead) {
  at <- outer(last, as.integer(ahead), "+")
  truth <- matrix(values[at], length(last))
  truth[!there[at]] <- NA
  truth
}

# Conformal ----------------------------------------------------------------

# Windows of each series that intervals are moved by, the latest ones.
most_calibrated <- 500L

#' How far the quantiles of each step ahead must be moved
#'
#' See `learn_reach()`; the scale is that of the series.
#' @return A matrix, steps x pairs of levels, as `reach`; where there are too
#'   few windows it is 0.
#' @noRd
learn_horizon_reach <- function(z, run, last) {
  prep <- run$prep
  # What is latest is most like what comes.
  late <- run$panel$size[run$panel$key[last]] - run$panel$nth[last] <
    most_calibrated
  z <- z[late, , , drop = FALSE]
  last <- last[late]
  truth <- window_truth(run$arrays$target, run$arrays$there, last, prep$ahead)
  levels <- prep$outcome$quantile_levels
  list(method = "conformal", n = length(last),
       reach = horizon_reach(z, truth, levels),
       spread = by_pair(z, truth, levels, function(scores, level) {
         if (length(scores) == 0) 0
         else mean(abs(scores - conformal_score(scores, level)))
       }))
}

horizon_reach <- function(z, truth, levels) {
  by_pair(z, truth, levels, conformal_score)
}

conformal_score <- function(scores, level) {
  rank <- ceiling(signif((length(scores) + 1) * level, 12))
  if (rank > length(scores)) 0 else sort(scores)[[rank]]
}

# A number for each step ahead and pair of levels, of the scores that are known.
by_pair <- function(z, truth, levels, number) {
  pairs <- symmetric_pairs(levels)
  found <- vapply(seq_len(nrow(pairs)), function(k) {
    scores <- pair_scores(z, truth, pairs[k, ])
    apply(scores, 2, function(x) number(x[!is.na(x)], pairs$level[[k]]))
  }, numeric(ncol(truth)))
  matrix(found, ncol(truth))
}

# How far values lie beyond an interval, windows x steps; below 0 inside of it.
pair_scores <- function(z, truth, pair) {
  lower <- matrix(z[, , 1 + pair$lower], nrow(truth))
  upper <- matrix(z[, , 1 + pair$upper], nrow(truth))
  pmax(lower - truth, truth - upper)
}

# Moves the quantiles, step by step; see `move_quantiles()`.
move_outputs <- function(z, levels, reach) {
  if (length(reach) == 0 || dim(z)[[1]] == 0) {
    return(z)
  }
  for (step in seq_len(dim(z)[[2]])) {
    quantiles <- matrix(z[, step, -1], ncol = length(levels))
    z[, step, -1] <- move_quantiles(quantiles, levels, reach[step, ])
  }
  z
}

#' Outputs on the scale of the data
#'
#' @param key Number of the series of each window.
#' @noRd
undo_outputs <- function(z, key, scales) {
  z[] <- from_scale(matrix(z, dim(z)[[1]]), key, scales)
  z
}
