#' @importFrom generics forecast
#' @export
generics::forecast

#' Forecast the steps ahead
#'
#' @param object A fit of [deep_forecaster()].
#' @param horizon How many steps ahead; up to the largest the fit has learned.
#'   `NULL`: all of them.
#' @param new_data Rows to forecast from, in the columns of the data that was
#'   fitted: the last of each series is where its forecast begins. `NULL`: the
#'   end of the series that were fitted, which the fit has kept.
#' @param ... Not used.
#' @param level Share of the values that an interval is to cover: of two
#'   quantiles of the fit.
#' @param known Rows of the steps ahead, with the index, the key and the columns
#'   that are known ahead, if the fit has some.
#'
#' @return A data.table of class `deep_forecast`, a row a series and step ahead:
#'   the key, the index, `ahead`, `.pred`, `.pred_lower` and `.pred_upper`. A
#'   series with less rows than a window has `NA`, with a warning.
#' @section Errors:
#' * `deeply_error_argument`: a horizon beyond what was learned, or not learned.
#' * `deeply_error_known`: columns that are known ahead, but not given.
#' * `deeply_error_quantile_levels`: another level than those of the quantiles.
#' @export
#' @examplesIf deeply::has_backend()
#' fit <- deep_forecaster(datasets::AirPassengers, horizon = 12,
#'                        control = deep_control(epochs = 1, seed = 1),
#'                        baseline = FALSE)
#' forecast(fit, horizon = 3)
forecast.deep_forecaster <- function(object, horizon = NULL, new_data = NULL,
                                     ..., level = 0.9, known = NULL) {
  check_dots()
  prep <- object$prep
  steps <- asked_steps(prep, horizon)
  pair <- find_pair(prep$outcome, level)
  if (is.null(new_data)) {
    history <- prep$tail$table
  } else {
    history <- as_history(new_data, prep)
  }
  if (length(prep$known) > 0) {
    history <- with_known(history, known, prep)
  }
  laid <- lay_history(history, prep, object)
  ends <- last_places(laid, prep)
  outputs <- history_outputs(object, laid, ends[!is.na(ends)])
  found <- array(NA_real_, c(length(ends), dim(outputs)[-1]))
  found[!is.na(ends), , ] <- outputs
  warn_short(laid, ends, prep)
  forecast_table(found, laid, steps, pair, level, object)
}

asked_steps <- function(prep, horizon, call = rlang::caller_env()) {
  check_counts(horizon, null = TRUE, call = call)
  if (is.null(horizon)) {
    return(seq_along(prep$ahead))
  }
  asked <- if (length(horizon) == 1 && !horizon %in% prep$ahead) NULL
           else horizon
  if (length(horizon) == 1) {
    asked <- prep$ahead[prep$ahead <= horizon]
  }
  if (max(horizon) > max(prep$ahead) || !all(asked %in% prep$ahead) ||
        length(asked) == 0) {
    deeply_abort(
      c(
        "{.arg horizon} is {horizon}, but the fit has learned
         {describe_ahead(prep$ahead)} ahead.",
        i = "Fit with {.code horizon = {max(horizon)}} to forecast that far."
      ),
      class = "argument", call = call
    )
  }
  match(asked, prep$ahead)
}

# Whatever holds a series, as the table that was fitted.
as_history <- function(new_data, prep, call = rlang::caller_env()) {
  if (inherits(new_data, "tbl_ts")) new_data <- as.data.frame(new_data)
  bare <- is.null(dim(new_data)) && !is.list(new_data)
  table <- if (bare && !stats::is.ts(new_data)) {
    data.table(value = new_data)
  } else {
    data.table::as.data.table(as_split_table(new_data, call))
  }
  needed <- unique(c(prep$key, prep$index$name, prep$value, prep$covariates,
                     prep$known, prep$static_names))
  check_column_name(needed, table, "new_data", many = TRUE, call = call)
  attr(table, "tsp_of") <- if (stats::is.ts(new_data)) stats::tsp(new_data)
  table
}

# Rows of the future go behind those of the past.
with_known <- function(history, known, prep, call = rlang::caller_env()) {
  if (is.null(known)) {
    deeply_abort(
      c("{.field {prep$known}} {?is/are} known ahead, and needed for the steps
         ahead.",
        i = "Give their rows as {.arg known}."),
      class = "known", call = call
    )
  }
  needed <- c(prep$key, prep$index$name, prep$known)
  check_column_name(needed, known, "known", many = TRUE, call = call)
  known <- data.table::as.data.table(known)[, needed, with = FALSE]
  data.table::set(known, j = ".coming", value = TRUE)
  data.table::rbindlist(list(history, known), fill = TRUE)
}

#' New rows as a panel, on the scales that were learned
#'
#' Rows of the future (`.coming`) end up in the places ahead.
#' @return A list of `panel`, `arrays`, `prep` (with a row of `scales` for each
#'   series of the panel) and `source`.
#' @noRd
lay_history <- function(table, prep, fit, call = rlang::caller_env()) {
  source <- history_source(table, prep, call)
  coming <- (table$.coming %||% logical(nrow(table))) %in% TRUE
  past <- source
  past$table <- source$table[!coming]
  past$index$values <- source$index$values[!coming]
  panel <- lay_panel(past, if (prep$gaps == "error") "fill" else prep$gaps,
                     max(prep$ahead), call)
  panel$step <- c(prep$step, panel$step[c("all", "same")])
  panel$time <- panel_times(panel, past)
  prep$start <- past$start
  prep <- match_series(prep, past, panel, fit, call)
  arrays <- encode_panel(past, panel, prep)
  if (any(coming)) {
    arrays$known <- fill_known(arrays$known, source, coming, panel, prep, past,
                               call)
  }
  list(panel = panel, arrays = arrays, prep = prep, source = past)
}

history_source <- function(table, prep, call) {
  index <- prep$index
  source <- list(table = table, value = prep$value, key = prep$key,
                 covariates = prep$covariates, known = prep$known,
                 static = prep$static_names)
  if (!is.null(prep$frequency)) {
    # A part of a `ts` need not begin where a cycle does.
    time <- table[[index$name]]
    source$frequency <- prep$frequency
    source$start <- min(time)
    values <- round((time - min(time)) * prep$frequency) + 1
    source$index <- list(values = values, class = "row", name = index$name)
  } else if (!is.null(index)) {
    source$index <- c(time_index(table, index$name, call, "new_data"),
                      name = index$name)
  }
  source
}

# Series by what their key says.
series_keys <- function(tail, prep) {
  if (is.null(prep$key)) {
    return("")
  }
  first <- tail$table[!duplicated(key_text(tail$table, prep$key))]
  key_text(first, prep$key)
}

key_text <- function(table, key) {
  do.call(paste, c(lapply(key, function(name) as.character(table[[name]])),
                   sep = "\r"))
}

# Those not known get the transform that is most frequent, and a scale of their
# own.
match_series <- function(prep, source, panel, fit, call) {
  here <- if (is.null(prep$key)) "" else
    key_text(source$table[panel$row[panel$first]], prep$key)
  known <- match(here, fit$prep$series)
  scales <- prep$scales[known]
  new <- which(is.na(known))
  if (length(new) > 0) {
    value <- carried(source$table[[prep$value]], panel)
    frequent <- names(which.max(table(prep$scales$transform)))
    own <- learn_scales(frequent, value$values, panel, panel$real,
                        prep$periods[1] %||% 1L, key_words(source, panel),
                        call)
    scales[new] <- own[new]
    scales$told[new] <- any(prep$scales$told)
  }
  prep$scales <- scales
  prep
}

fill_known <- function(known, source, coming, panel, prep, past, call) {
  rows <- which(coming)
  key <- if (is.null(prep$key)) rep("", length(rows)) else
    key_text(source$table[rows], prep$key)
  own <- if (is.null(prep$key)) "" else
    key_text(past$table[panel$row[panel$first]], prep$key)
  time <- if (is.null(panel$time)) panel$nth else panel$time
  given <- if (is.null(panel$time)) {
    panel$size[match(key, own)] + stats::ave(rows, key, FUN = seq_along)
  } else {
    source$index$values[rows]
  }
  places <- which(!panel$real)
  found <- match(paste(panel$key[places], time[places]),
                 paste(match(key, own), given))
  asked <- (panel$nth - panel$size[panel$key])[places] %in% prep$ahead
  lacking <- which(is.na(found) & asked)
  for (name in prep$known) {
    x <- as.numeric(source$table[[name]][rows])[found]
    lacking <- c(lacking, which(is.na(x) & asked))
    how <- prep$sides[[name]]
    x <- (x - how$center) / how$scale
    x[is.na(x)] <- 0
    known[places, match(name, prep$known)] <- x
  }
  if (length(lacking) > 0) {
    words <- key_words(past, panel)
    at <- places[[min(lacking)]]
    deeply_abort(
      c("{words$who(panel$key[[at]])} has no {.field {prep$known}} at
         {words$when(at)}.",
        i = "{.arg known} needs a row for each step ahead."),
      class = "known", call = call
    )
  }
  known
}

# Places of the last values of each series; `NA` where it is too short.
last_places <- function(laid, prep) {
  panel <- laid$panel
  ends <- panel$first + panel$size - 1L
  ends[last_sizes(panel) < prep$lookback] <- NA
  ends
}

# Rows at the end of each series, since its last gap if gaps break series.
last_sizes <- function(panel) {
  ends <- panel$first + panel$size - 1L
  unname(run_sizes(panel)[as.character(panel$run[ends])])
}

warn_short <- function(laid, ends, prep) {
  short <- which(is.na(ends))
  if (length(short) > 0) {
    who <- key_words(laid$source, laid$panel)$who(short[[1]])
    deeply_warn(
      c("{length(short)} series {?has/have} no forecast, as a window sees
         {prep$lookback} value{?s}.",
        x = "{who} has {last_sizes(laid$panel)[[short[[1]]]]}{if
             (laid$panel$breaks > 0) ' without a gap'}."),
      class = "too_few_rows"
    )
  }
}

#' Outputs on the scale of the data for some windows, their quantiles moved
#' @noRd
history_outputs <- function(fit, laid, last) {
  sent <- send_panel(laid$arrays)
  z <- window_outputs(live_model(fit), sent, laid$panel, laid$prep, last)
  z <- moved_outputs(z, fit, laid, sent, last)
  undo_outputs(z, laid$panel$key[last], laid$prep$scales)
}

forecast_table <- function(found, laid, steps, pair, level, fit) {
  prep <- laid$prep
  panel <- laid$panel
  n <- length(panel$size)
  at <- rep(panel$first + panel$size - 1L, each = length(steps)) +
    as.integer(prep$ahead[steps])
  flat <- function(k) as.vector(t(matrix(found[, steps, k], n)))
  table <- forecast_places(at, laid, prep)
  data.table::set(table, j = "ahead", value = rep(prep$ahead[steps], n))
  data.table::set(table, j = c(".pred", ".pred_lower", ".pred_upper"),
                  value = list(flat(1), flat(1 + pair$lower),
                               flat(1 + pair$upper)))
  data.table::setattr(table, "class", c("deep_forecast", class(table)))
  data.table::setattr(table, "forecast_of", list(
    value = prep$value, key = prep$key, index = prep$index$name, level = level,
    frequency = prep$frequency,
    history = forecast_history(laid)
  ))
  table[]
}

# Key and time of some places.
forecast_places <- function(at, laid, prep) {
  panel <- laid$panel
  rows <- panel$row[panel$first][panel$key[at]]
  columns <- lapply(prep$key, function(name) laid$source$table[[name]][rows])
  names(columns) <- prep$key
  if (!is.null(panel$time)) {
    columns[[prep$index$name]] <- if (!is.null(prep$frequency)) {
      laid$source$start + (panel$time[at] - 1) / prep$frequency
    } else {
      as_time(panel$time[at], prep$index)
    }
  } else {
    columns$time <- panel$nth[at]
  }
  data.table::setDT(columns)[]
}

# What is drawn in front of a forecast.
forecast_history <- function(laid) {
  at <- which(laid$panel$real)
  table <- forecast_places(at, laid, laid$prep)
  value <- laid$source$table[[laid$prep$value]][laid$panel$row[at]]
  data.table::set(table, j = laid$prep$value, value = value)
  table[]
}
