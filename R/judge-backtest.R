#' Backtest a forecaster
#'
#' Forecasts from origin after origin over the last part of some rows, each from
#' what was known then, and compares with what came.
#'
#' @param x A fit of [deep_forecaster()].
#' @param data Rows in the columns of the data that was fitted: those to
#'   forecast and all before them.
#' @param folds How many stretches of origins.
#' @param step Origins in each. `NULL`: so many that all folds are the last
#'   fifth of the times.
#' @param refit Whether to fit anew before each fold, on the rows up to its
#'   first origin. Else the fit must not have learned from the rows that are
#'   forecast.
#' @param window `"expanding"`: a fold is fitted on all rows before it,
#'   `"rolling"`: on as many as the first fold.
#' @param ... Not used.
#' @param baseline Which simple models are fitted too, where `refit` is `TRUE`,
#'   as for [deep_forecaster()]. Else it is those that the fit has learned.
#'
#' @return A list of class `deep_backtest`: `metrics`, `by_step`, `skill` (see
#'   [evaluate.deep_forecaster()]), and `folds`, a row a fold and model with its
#'   first and last origin, `n`, `rmse`, `mae` and `coverage`.
#' @section Errors:
#' * `deeply_error_seen`: rows that the fit has learned from, without `refit`.
#' * `deeply_error_too_few_rows`: too few times for the folds.
#' @seealso [evaluate.deep_forecaster()]
#' @export
#' @examplesIf deeply::has_backend()
#' early <- window(datasets::AirPassengers, end = c(1956, 12))
#' fit <- deep_forecaster(early, horizon = 3, baseline = FALSE,
#'                        control = deep_control(epochs = 1, seed = 1))
#' backtest(fit, datasets::AirPassengers, folds = 2, step = 12)
backtest <- function(x, data, ..., folds = 5, step = NULL, refit = FALSE,
                     window = c("expanding", "rolling"), baseline = TRUE) {
  check_dots()
  if (!inherits(x, "deep_forecaster")) {
    abort_argument("x", x, "a fit of `deep_forecaster()`", rlang::current_env())
  }
  check_count(folds)
  check_count(step, null = TRUE)
  check_flag(refit)
  kinds <- as_baselines(baseline)
  window <- rlang::arg_match(window)
  table <- as_history(data, x$prep)
  laid <- lay_history(table, x$prep, x)
  origins <- fold_origins(laid, folds, step)
  if (!refit) check_unseen(laid, origins, x)
  fits <- refit_folds(x, table, laid, origins, refit, window)
  parts <- Map(function(fit, origin) {
    fold_cases(fit, table, origin, if (refit) kinds)
  }, fits, origins)
  cases <- bind_cases(parts)
  structure(
    c(judge_forecasts(cases, x$prep), list(
      folds = fold_table(parts, origins, x$prep), refit = refit,
      window = window, level = widest_level(x), value = x$prep$value,
      frequency = x$prep$frequency
    )),
    class = "deep_backtest"
  )
}

place_clock <- function(laid) {
  if (is.null(laid$panel$time)) laid$panel$nth else forecast_clock(laid)
}

#' The first and the last origin of each fold
#' @noRd
fold_origins <- function(laid, folds, step, call = rlang::caller_env()) {
  times <- sort(unique(place_clock(laid)[laid$panel$real]))
  # Something must come behind the last origin.
  times <- times[-length(times)]
  step <- as.integer(step %||% max(1, floor(0.2 * length(times) / folds)))
  if (folds * step > length(times) - laid$prep$lookback) {
    deeply_abort(
      c(
        "{folds} fold{?s} of {step} origin{?s} take {folds * step} time{?s};
         {max(0, length(times) - laid$prep$lookback)} can be forecast from.",
        i = "Ask for fewer {.arg folds}, or a smaller {.arg step}."
      ),
      class = "too_few_rows", call = call
    )
  }
  first <- length(times) - step * (folds:1) + 1L
  lapply(first, function(at) {
    list(from = times[[at]], to = times[[at + step - 1L]])
  })
}

check_unseen <- function(laid, origins, fit, call = rlang::caller_env()) {
  prep <- fit$prep
  if (is.null(prep$index)) {
    return(invisible())
  }
  until <- max(fitted_ends(fit))
  if (origins[[1]]$from < until - 1e-6) {
    show <- function(time) {
      if (is.null(prep$frequency)) time <- as_time(time, prep$index)
      show_times(time, prep$frequency)
    }
    deeply_abort(
      c(
        "The first fold begins at {show(origins[[1]]$from)}, but the fit has
         learned from rows up to {show(until)}.",
        i = "Fit the rows before that alone, or let each fold be fitted anew:
             {.code refit = TRUE}."
      ),
      class = "seen", call = call
    )
  }
}

# A fit for each fold, of what was known at its first origin.
refit_folds <- function(fit, table, laid, origins, refit, window) {
  if (!refit) {
    return(rep(list(fit), length(origins)))
  }
  clock <- table_clock(table, laid)
  width <- sum(sort(unique(clock)) <= origins[[1]]$from)
  lapply(origins, function(origin) {
    times <- sort(unique(clock[clock <= origin$from]))
    from <- if (window == "rolling") utils::tail(times, width)[[1]] else -Inf
    part <- table[clock <= origin$from & clock >= from, ]
    fit_anew(fit, part)
  })
}

# The clock of each row; without an index rows are counted in their series.
table_clock <- function(table, laid) {
  panel <- laid$panel
  clock <- numeric(nrow(table))
  here <- !is.na(panel$row)
  clock[panel$row[here]] <- place_clock(laid)[here]
  clock
}

fit_anew <- function(fit, table) {
  source <- history_source(table, fit$prep, rlang::current_env())
  run <- forecaster_run(source, fit$spec, fit$prep$outcome$quantile_levels,
                        fit$info$seed)
  run$started <- elapsed()
  run$baseline <- character()
  fit_forecaster(run)
}

# Baselines are learned of what was known at the first origin; those of the fit
# are taken where none are asked for.
fold_cases <- function(fit, table, origin, kinds = NULL) {
  laid <- lay_history(table, fit$prep, fit)
  panel <- laid$panel
  clock <- place_clock(laid)
  value <- carried(table[[fit$prep$value]], panel)
  last <- followed(all_windows(panel, value, laid$prep), panel)
  train <- last[clock[pmin(last + max(laid$prep$ahead), length(clock))] <=
                  origin$from & panel$nth[last] + max(laid$prep$ahead) <=
                    panel$size[panel$key[last]]]
  last <- last[clock[last] >= origin$from - 1e-6 &
                 clock[last] <= origin$to + 1e-6]
  sent <- send_panel(laid$arrays)
  z <- window_outputs(live_model(fit), sent, panel, laid$prep, last)
  z <- moved_outputs(z, fit, laid, sent, last)
  place <- later_place(laid, fit)
  learned <- if (is.null(kinds)) {
    fit$baselines
  } else if (length(train) > 0) {
    known <- panel$real & clock <= origin$from
    until <- vapply(split(ifelse(known, panel$nth, 0L), panel$key), max, 1L)
    learn_baselines(kinds, place, sent, train, until)
  }
  models <- apply_baselines(learned, place, sent, last)
  forecast_cases(fit, laid$prep, panel, laid$arrays, last, z, models)
}

bind_cases <- function(parts) {
  rows <- function(name) do.call(rbind, lapply(parts, `[[`, name))
  models <- Reduce(intersect, lapply(parts, function(x) names(x$predicted)))
  predicted <- lapply(models, function(model) {
    do.call(rbind, lapply(parts, function(x) x$predicted[[model]]))
  })
  outputs <- lapply(parts, `[[`, "outputs")
  size <- dim(outputs[[1]])
  flat <- do.call(rbind, lapply(outputs, function(x) matrix(x, dim(x)[[1]])))
  list(predicted = stats::setNames(predicted, models), truth = rows("truth"),
       outputs = array(flat, c(nrow(flat), size[-1])),
       unit = unlist(lapply(parts, `[[`, "unit")),
       time = unlist(lapply(parts, `[[`, "time")))
}

fold_table <- function(parts, origins, prep) {
  time <- function(at) {
    if (is.null(prep$index) || !is.null(prep$frequency)) at
    else as_time(at, prep$index)
  }
  rows <- lapply(seq_along(parts), function(k) {
    found <- judge_forecasts(parts[[k]], prep)
    names <- intersect(c("model", "rmse", "mae", "coverage"),
                       names(found$metrics))
    data.table(fold = k, from = time(origins[[k]]$from),
               to = time(origins[[k]]$to), n = found$n,
               found$metrics[, names, with = FALSE])
  })
  data.table::rbindlist(rows)
}

#' @export
print.deep_backtest <- function(x, ...) {
  folds <- max(x$folds$fold)
  cat(sprintf("<deep_backtest> of `%s`\n", x$value))
  cat_field("Folds", sprintf(
    "%d, %s, from %s to %s", folds,
    if (x$refit) paste("each fitted anew on", if (x$window == "rolling")
      "as many rows before it" else "all rows before it")
    else "of one fit",
    show_times(min(x$folds$from), x$frequency),
    show_times(max(x$folds$to), x$frequency)
  ))
  own <- x$folds[x$folds$model == x$folds$model[[1]], ]
  cat_field("RMSE", paste(format(signif(own$rmse, 3)), collapse = ", "))
  cat("\n")
  prep <- list(outcome = list(quantile_levels = c((1 - x$level) / 2,
                                                  (1 + x$level) / 2)))
  print(new_forecast_evaluation(c(unclass(x), list(on = "windows")), "model",
                                prep))
  note <- note_no_skill(x)
  if (!is.null(note)) {
    cat(strwrap(note, width = 78, initial = "! ", prefix = "  "), sep = "\n")
  }
  invisible(x)
}
