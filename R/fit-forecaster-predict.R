#' Predict each row from those before it
#'
#' [forecast()] goes on from the end of a series; this forecasts each row of
#' `new_data` from the rows before it, as if it were not known yet.
#'
#' @param object A fit of [deep_forecaster()].
#' @param new_data Rows in the columns of the data that was fitted.
#' @param type `"numeric"`, `"interval"` or `"quantile"`. `NULL`: numeric.
#' @param ... Not used.
#' @param ahead How many steps before a row its forecast is made; one of those
#'   the fit has learned. `NULL`: the first.
#' @param level Share of the values that an interval is to cover.
#'
#' @return A data.table with a row for each row of `new_data`, in its order:
#'   `.pred`, with `.pred_lower` and `.pred_upper` (interval), or a column a
#'   quantile. Rows with too few rows before them have `NA`.
#' @export
#' @examplesIf deeply::has_backend()
#' fit <- deep_forecaster(datasets::AirPassengers, horizon = 3,
#'                        control = deep_control(epochs = 1, seed = 1),
#'                        baseline = FALSE)
#' tail(predict(fit, datasets::AirPassengers, type = "interval"), 3)
predict.deep_forecaster <- function(object, new_data, type = NULL, ...,
                                    ahead = NULL, level = 0.9) {
  check_dots()
  if (missing(new_data)) {
    deeply_abort(
      c("{.arg new_data} is missing.",
        i = "{.fn forecast} goes on from the end of the series that were
             fitted."),
      class = "argument"
    )
  }
  prep <- object$prep
  check_choice(type, c("numeric", "interval", "quantile"), null = TRUE)
  type <- type %||% "numeric"
  ahead <- ahead %||% prep$ahead[[1]]
  check_count(ahead)
  if (!ahead %in% prep$ahead) asked_steps(prep, c(ahead, ahead))
  pair <- if (type == "interval") find_pair(prep$outcome, level)
  table <- as_history(new_data, prep)
  laid <- lay_history(table, prep, object)
  panel <- laid$panel
  value <- carried(table[[prep$value]], panel)
  last <- all_windows(panel, value, laid$prep)
  last <- last[!is.na(panel$row[last + ahead]) & panel$real[last + ahead]]
  found <- matrix(NA_real_, nrow(table),
                  1L + length(prep$outcome$quantile_levels))
  if (length(last) > 0) {
    outputs <- history_outputs(object, laid, last)
    step <- match(ahead, prep$ahead)
    found[panel$row[last + ahead], ] <- outputs[, step, ]
  }
  switch(type,
    numeric = data.table(.pred = found[, 1]),
    interval = data.table(.pred = found[, 1],
                          .pred_lower = found[, 1 + pair$lower],
                          .pred_upper = found[, 1 + pair$upper]),
    quantile = data.table::as.data.table(
      name_quantiles(found[, -1, drop = FALSE], prep$outcome$quantile_levels)
    )
  )
}

#' @rdname tidiers
#' @export
augment.deep_forecaster <- function(x, new_data, ...) {
  if (missing(new_data)) {
    deeply_abort("{.arg new_data} is missing.", class = "argument")
  }
  table <- data.table::copy(as_history(new_data, x$prep))
  predicted <- predict(x, new_data, type = "interval", ...,
                       level = widest_level(x))
  data.table(table, predicted,
             .resid = as.numeric(table[[x$prep$value]]) - predicted$.pred)
}

widest_level <- function(fit) {
  utils::head(symmetric_pairs(fit$prep$outcome$quantile_levels)$level, 1)
}
