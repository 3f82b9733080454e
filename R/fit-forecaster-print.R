#' @export
print.deep_forecaster <- function(x, ...) {
  cat("<deep_forecaster>\n")
  cat_field("Forecasts", describe_forecasts(x))
  cat_field("Series", describe_panel(x))
  cat_field("Sees", describe_sight(x))
  cat_field("Transform", describe_transforms(x))
  cat_field("Windows", describe_windows_used(x))
  cat_field("Network", describe_network(x))
  cat_field("Training", describe_training(x))
  if (length(x$prep$outcome$quantile_levels) > 0) {
    cat_field("Quantiles",
              toString(as_written(x$prep$outcome$quantile_levels)))
  }
  if (!is.null(x$judged)) {
    cat("\n")
    print(evaluate(x))
  }
  for (note in forecaster_notes(x)) {
    cat(strwrap(note, width = 78, initial = "! ", prefix = "  "), sep = "\n")
  }
  invisible(x)
}

describe_forecasts <- function(fit) {
  prep <- fit$prep
  step <- if (!is.null(prep$shown_step)) sprintf(" (of %s)", prep$shown_step)
  paste0("`", prep$value, "`, ", describe_ahead(prep$ahead), " ahead", step)
}

describe_panel <- function(fit) {
  counts <- fit$prep$counts
  toString(c(
    if (counts$series > 1) {
      sprintf("%s by %s", count(counts$series),
              toString(paste0("`", fit$prep$key, "`")))
    },
    plural(counts$rows, "row"),
    if (counts$missing > 0) plural(counts$missing, "missing value"),
    if (counts$filled > 0) paste(plural(counts$filled, "row"), "filled in"),
    if (isTRUE(counts$breaks > 0)) {
      paste(plural(counts$breaks, "gap"), "that no window touches")
    },
    if (counts$short > 0) paste(plural(counts$short, "series", "series"),
                                "too short for a window")
  ))
}

describe_sight <- function(fit) {
  prep <- fit$prep
  toString(c(
    plural(prep$lookback, "value"),
    if (prep$missing) "which of them are missing",
    if (length(prep$covariates) > 0) shorten(paste0("`", prep$covariates, "`")),
    if (length(prep$parts) > 0) {
      paste("of the step ahead its", paste(names(prep$parts), collapse = ", "))
    },
    if (length(prep$known) > 0) {
      paste("known ahead:", shorten(paste0("`", prep$known, "`")))
    },
    if (length(prep$static) > 0) {
      paste("of the series:", shorten(paste0("`", names(prep$static), "`")))
    }
  ))
}

transform_words <- c(
  none = "none", window = "each window by its mean and deviation",
  diff = "changes since the last value",
  log_diff = "changes of the logarithm since the last value"
)

describe_transforms <- function(fit) {
  found <- sort(table(fit$prep$scales$transform), decreasing = TRUE)
  words <- transform_words[names(found)]
  by <- if (fit$spec$transform == "auto") " (chosen by tests)" else ""
  if (length(found) == 1) {
    return(paste0(words, by))
  }
  paste0(toString(sprintf("%s: %s", words, vapply(found, count, ""))), by)
}

describe_windows_used <- function(fit) {
  rows <- fit$info$rows
  sprintf("%s to learn from, then the latest %s to validate",
          count(rows[["train"]]), count(rows[["validation"]]))
}

#' @exportS3Method
describe_network.deep_forecaster <- function(fit) {
  network <- fit$spec$network
  linear <- "linear map, started by ridge regression"
  cells <- if (network$cell != "linear") {
    sprintf("%s cells of %s added to it", forecaster_cells[[network$cell]],
            paste(network$hidden_units, collapse = "-"))
  }
  toString(c(linear, cells,
             if (network$cell != "linear" && network$dropout > 0) {
               paste("dropout", network$dropout)
             },
             paste(count(fit$info$parameters), "parameters")))
}

forecaster_notes <- function(fit) {
  if (is.null(fit$judged)) {
    return("No windows were held out, so nothing is known of its errors.")
  }
  c(
    note_no_skill(fit$judged),
    note_baseline(list(metrics = whole_metrics(
      fit$judged$metrics[, c("model", "rmse")]
    ))),
    note_baseline(list(metrics = part_metrics(
      fit$judged$metrics[, c("model", "rmse")]
    ))),
    if (fit$info$best_epoch == 0 && fit$info$stopped != "fault") {
      "Training made it no better than its start, the linear map alone."
    },
    vapply(fit$info$findings, finding_note, "", fit)
  )
}

note_no_skill <- function(judged) {
  found <- against_naive(judged)
  if (is.null(found) || found$better) {
    return(NULL)
  }
  skill <- found$skill
  sprintf(
    paste("No better than naive: squared error %s smaller than that of the",
          "%s forecast, 95 %% interval %s to %s."),
    percent_points(skill$skill), found$model, percent_points(skill$lower),
    percent_points(skill$upper)
  )
}

percent_points <- function(x) {
  if (!is.finite(x)) return("unknown")
  sprintf("%.0f %%", 100 * x)
}

#' Judge a forecaster, beside others on the same windows
#'
#' @param x A fit of [deep_forecaster()].
#' @param new_data Later rows, with at least the `lookback` rows before them, in
#'   the columns of the data that was fitted. Windows that begin their forecasts
#'   before the end of what the fit has learned from are left out. `NULL`: the
#'   judgement on the validation windows, made before it learned from them too.
#' @param ... Not used.
#' @param by `"model"`: means over the steps ahead; `"ahead"`: a row a model and
#'   step; `"skill"`: how much smaller the squared error is than that of each
#'   other model (1: no error, 0: as large), with its 95 % interval (Diebold &
#'   Mariano 1995).
#'
#' @return A data.table of class `deep_forecast_evaluation`: a row a model with
#'   `rmse`, `mae` (in the unit of the series), `mase` (errors in units of those
#'   of the seasonal naive forecast one step ahead; Hyndman & Koehler 2006),
#'   `smape`, and of the fit `pinball` and `coverage` (of the widest interval;
#'   on validation windows each half is judged by what the other half would
#'   have moved). `"naive"` says the last value, `"seasonal naive"` that of a
#'   period before, `"drift"` goes on as the window did, `"mean"` is that of the
#'   series. `"linear AR"` is a ridge regression on the same windows and
#'   calendar, `"boosted trees"` XGBoost on them, `"ARIMA"` and `"ETS"` are
#'   those of package forecast (see [deep_forecaster()]). What the fit has
#'   learned of them is applied to `new_data` too: ARIMA and ETS where it has
#'   the rows that they began with. `n` is the number of windows.
#' @references
#' Diebold & Mariano (1995). Comparing predictive accuracy. Journal of Business
#' & Economic Statistics 13(3).
#'
#' Kiefer & Vogelsang (2005). A new asymptotic theory for
#' heteroskedasticity-autocorrelation robust tests. Econometric Theory 21(6).
#' @export
#' @examplesIf deeply::has_backend()
#' fit <- deep_forecaster(datasets::AirPassengers, horizon = 3,
#'                        control = deep_control(epochs = 1, seed = 1),
#'                        baseline = FALSE)
#' evaluate(fit)
#' evaluate(fit, by = "skill")
evaluate.deep_forecaster <- function(x, new_data = NULL, ..., by = "model") {
  check_dots()
  check_choice(by, c("model", "ahead", "skill"))
  judged <- if (is.null(new_data)) x$judged else judge_later(x, new_data)
  new_forecast_evaluation(judged, by, x$prep)
}

new_forecast_evaluation <- function(judged, by, prep) {
  if (is.null(judged)) {
    deeply_abort(
      c("No windows were held out, so there is no judgement.",
        i = "Give later rows as {.arg new_data}."),
      class = "not_judged", call = rlang::caller_env()
    )
  }
  found <- switch(by, model = judged$metrics, ahead = judged$by_step,
                  skill = judged$skill)
  found <- data.table::copy(found)
  data.table::setattr(found, "class",
                      c("deep_forecast_evaluation", class(judged$metrics)))
  data.table::setattr(found, "judged_on", list(
    on = judged$on, n = judged$n, by = by, from = judged$from,
    folds = judged$folds, frequency = prep$frequency %||% judged$frequency,
    level = utils::head(symmetric_pairs(prep$outcome$quantile_levels)$level, 1)
  ))
  found[]
}

#' @export
print.deep_forecast_evaluation <- function(x, digits = 3, ...) {
  judged <- attr(x, "judged_on")
  if (is.null(judged) || is.null(x$model)) {
    return(NextMethod())
  }
  when <- if (!is.null(judged$from)) {
    paste0(", ", paste(show_times(judged$from, judged$frequency),
                       collapse = " to "))
  }
  head <- sprintf("Judged on %s %s%s", count(judged$n), judged$on, when %||% "")
  if (judged$by == "model" && length(judged$level) == 1) {
    head <- sprintf("%s (coverage: of intervals of %s)", head,
                    percent(judged$level))
  }
  cat(strwrap(head, width = 80, exdent = 2), sep = "\n")
  table <- as.data.frame(x)
  if (judged$by == "model" && length(unique(table$n)) == 1) table$n <- NULL
  for (name in setdiff(names(table), c("model", "ahead", "n"))) {
    shown <- format_metric(table[[name]], digits)
    table[[name]] <- ifelse(is.na(table[[name]]), "", shown)
  }
  if (judged$by == "skill") table$ahead[table$ahead == 0] <- "all"
  table$model <- format(table$model)
  print(table, row.names = FALSE, right = TRUE)
  invisible(x)
}

# All windows of new rows whose forecasts begin where learning ended, or later.
judge_later <- function(fit, new_data, call = rlang::caller_env()) {
  table <- as_history(new_data, fit$prep, call)
  laid <- lay_history(table, fit$prep, fit, call)
  last <- later_windows(laid, fit)
  if (length(last) == 0) {
    deeply_abort(
      c(
        "{.arg new_data} has no window to judge.",
        x = "A window sees {fit$prep$lookback} row{?s}, and must end no earlier
             than what the fit has learned from.",
        i = "Give later rows, and those before them."
      ),
      class = "too_few_rows", call = call
    )
  }
  last <- judged_windows(last)
  sent <- send_panel(laid$arrays)
  z <- window_outputs(live_model(fit), sent, laid$panel, laid$prep, last)
  z <- moved_outputs(z, fit, laid, sent, last)
  learned <- fit$baselines
  if (is.null(laid$panel$time)) {
    # Nothing says where the series are that ARIMA and ETS have learned from.
    learned <- learned[setdiff(names(learned), names(series_kinds))]
  }
  models <- apply_baselines(learned, later_place(laid, fit), sent, last)
  judge_windows(fit, laid$prep, laid$panel, laid$arrays, last, z, models,
                "later windows")
}

later_windows <- function(laid, fit) {
  panel <- laid$panel
  value <- carried(laid$source$table[[laid$prep$value]], panel)
  last <- followed(all_windows(panel, value, laid$prep), panel)
  if (is.null(panel$time)) {
    return(last)
  }
  ends <- fitted_ends(fit)
  own <- if (is.null(fit$prep$key)) rep("", length(panel$size)) else
    key_text(laid$source$table[panel$row[panel$first]], fit$prep$key)
  until <- ends[match(own, fit$prep$series)]
  until[is.na(until)] <- -Inf
  last[forecast_clock(laid)[last] >= until[panel$key[last]] - 1e-6]
}

# Times on a clock that does not depend on where the rows begin.
forecast_clock <- function(laid) {
  if (is.null(laid$prep$frequency)) return(laid$panel$time)
  laid$source$start + (laid$panel$time - 1) / laid$prep$frequency
}

fitted_ends <- function(fit) {
  prep <- fit$prep
  table <- prep$tail$table
  time <- if (!is.null(prep$frequency)) table[[prep$index$name]]
          else column_times(table[[prep$index$name]])$values %||%
            as.numeric(table[[prep$index$name]])
  key <- if (is.null(prep$key)) rep("", nrow(table)) else
    key_text(table, prep$key)
  unname(vapply(split(time, match(key, prep$series)), max, 1))
}
