# Models that learn from the windows, or the series, of a forecaster: what they
# learned is kept, so that new rows are judged beside them too.

window_kinds <- c(linear = "linear AR", trees = "boosted trees")
series_kinds <- c(arima = "ARIMA", ets = "ETS")

#' Which simple models are asked for
#' @return Names of `window_kinds` and `series_kinds`.
#' @noRd
as_baselines <- function(baseline, call = rlang::caller_env()) {
  known <- c(names(window_kinds), names(series_kinds))
  if (isTRUE(baseline)) {
    return(names(window_kinds))
  }
  if (isFALSE(baseline)) {
    return(character())
  }
  if (!is.character(baseline) || !all(baseline %in% known)) {
    wanted <- paste("`TRUE`, `FALSE` or some of",
                    toString(paste0('"', known, '"')))
    abort_argument("baseline", baseline, wanted, call)
  }
  if (any(baseline %in% names(series_kinds))) {
    rlang::check_installed("forecast", "for ARIMA and ETS.", call = call)
  }
  known[known %in% baseline]
}

#' What simple models learn
#'
#' @param kinds Of `as_baselines()`.
#' @param place A list of `panel`, `prep`, `arrays`, `network`, `seed` and
#'   `series` (what the key of each series says).
#' @param train Places of the last values of windows to learn from.
#' @param until Of each series, the last place within it to learn from.
#' @return A list by kind: coefficients, a booster, or a list of models.
#' @noRd
learn_baselines <- function(kinds, place, sent, train, until) {
  windows <- intersect(kinds, names(window_kinds))
  trees <- isTRUE(backend_call("describe")$trees) && length(train) >= 50
  if (!trees) windows <- setdiff(windows, "trees")
  rows <- if (length(windows) > 0) {
    send_windows(sent, place$panel, place$prep, train)
  }
  found <- lapply(stats::setNames(windows, windows), function(kind) {
    backend_call("learn_baseline", kind, rows, length(train), place$network,
                 place$seed)
  })
  series <- intersect(kinds, names(series_kinds))
  c(found, lapply(stats::setNames(series, series), learn_series_models, place,
                  until))
}

#' Forecasts of simple models for some windows, on the scale of the data
#'
#' @param learned What `learn_baselines()` gave.
#' @return A list of matrices, windows x steps, by the names of the models;
#'   rows are `NA` where a model is not asked.
#' @noRd
apply_baselines <- function(learned, place, sent, last) {
  windows <- intersect(names(learned), names(window_kinds))
  if (!isTRUE(backend_call("describe")$trees)) {
    windows <- setdiff(windows, "trees")
  }
  rows <- if (length(windows) > 0) {
    send_windows(sent, place$panel, place$prep, last)
  }
  key <- place$panel$key[last]
  found <- lapply(windows, function(kind) {
    z <- backend_call("apply_baseline", kind, learned[[kind]], rows, 0L,
                      place$network)
    z[] <- from_scale(z, key, place$prep$scales)
    z
  })
  names(found) <- window_kinds[windows]
  c(found, apply_series_models(learned, place, last))
}

# What both need to know, of a run or of rows that were laid out.
baseline_place <- function(run, series) {
  list(panel = run$panel, prep = run$prep, arrays = run$arrays,
       network = run$spec$network, seed = run$seed, series = series)
}

later_place <- function(laid, fit) {
  prep <- laid$prep
  panel <- laid$panel
  series <- if (is.null(prep$key)) "" else
    key_text(laid$source$table[panel$row[panel$first]], prep$key)
  list(panel = panel, prep = prep, arrays = laid$arrays,
       network = fit$spec$network, seed = fit$info$seed, series = series)
}
