# ARIMA and ETS, by package forecast: learned once on the training part of a
# series, and only applied to what was known at an origin.

# They are slow: so many series and windows, evenly spread, and rows of a
# series, the latest ones.
most_modelled_series <- 10L
most_modelled_windows <- 200L
most_modelled_rows <- 1000L

#' Models of some series
#'
#' @param kind `"arima"` or `"ets"`.
#' @inheritParams learn_baselines
#' @return A list of models, each a list of `series` (what its key says), `from`
#'   (the time of the first value) and `model`.
#' @noRd
learn_series_models <- function(kind, place, until) {
  panel <- place$panel
  long <- which(until >= 20)
  keys <- spread_over(long, most_modelled_series)
  period <- place$prep$periods[1] %||% 1L
  clock <- place_times(place)
  found <- lapply(keys, function(key) {
    end <- panel$first[[key]] + until[[key]] - 1L
    at <- model_places(panel, place$arrays$values, end)
    logged <- place$prep$scales$transform[[key]] == "log_diff"
    # A series that defeats a model is judged without it.
    model <- tryCatch(
      learn_series_model(kind, place$arrays$values[at], period, logged),
      error = function(cnd) NULL
    )
    if (!is.null(model)) {
      list(series = place$series[[key]], from = clock[[at[[1]]]], model = model)
    }
  })
  Filter(Negate(is.null), found)
}

spread_over <- function(x, most) {
  if (length(x) <= most) {
    return(x)
  }
  x[unique(round(seq(1, length(x), length.out = most)))]
}

# The latest known values up to `end` without a gap that breaks the series.
model_places <- function(panel, values, end) {
  first <- max(panel$first[[panel$key[[end]]]], end - most_modelled_rows + 1L)
  at <- first:end
  at <- at[panel$run[at] == panel$run[[end]]]
  at[cumsum(!is.na(values[at])) > 0]
}

place_times <- function(place) {
  if (is.null(place$panel$time)) {
    return(place$panel$nth)
  }
  forecast_clock(list(panel = place$panel, prep = place$prep,
                      source = place$prep["start"]))
}

# Seasonal ARIMA takes minutes where periods are long; waves do as well
# (Hyndman & Athanasopoulos 2021, section 10.5).
longest_arima_period <- 12
waves <- 6

learn_series_model <- function(kind, x, period, logged) {
  if (kind == "ets") {
    # It knows no season longer than a day of hours.
    x <- stats::ts(x, frequency = if (period <= 24) period else 1)
    return(forecast::ets(x))
  }
  x <- stats::ts(x, frequency = period)
  with_waves(forecast::auto.arima, x, period, biasadj = logged,
             seasonal = period <= longest_arima_period,
             lambda = if (logged) 0)
}

# An ARIMA keeps its call, and later asks that for the waves: values, no names.
with_waves <- function(f, x, period, ...) {
  season <- season_waves(seq_along(x), period)
  do.call(f, c(list(x, ...), if (!is.null(season)) list(xreg = season)))
}

# Columns of sines and cosines, for places from 1; `NULL`: none are needed.
season_waves <- function(at, period) {
  if (period <= longest_arima_period) {
    return(NULL)
  }
  k <- seq_len(min(waves, (period - 1) %/% 2))
  angle <- outer(2 * pi * at / period, k)
  found <- cbind(sin(angle), cos(angle))
  colnames(found) <- c(paste0("S", k), paste0("C", k))
  found
}

#' Forecasts of a model that goes on where it began
#'
#' @param x Values from the first that it learned from to the origin.
#' @return Of each step ahead.
#' @noRd
apply_series_model <- function(kind, model, x, period, ahead) {
  x <- stats::ts(x, frequency = stats::frequency(model$x))
  steps <- max(ahead)
  if (kind == "ets") {
    model <- forecast::ets(x, model = model, use.initial.values = TRUE)
    return(as.numeric(
      forecast::forecast(model, h = steps, PI = FALSE)$mean
    )[ahead])
  }
  model <- with_waves(forecast::Arima, x, period, model = model)
  coming <- season_waves(length(x) + seq_len(steps), period)
  found <- forecast::forecast(model, h = steps, xreg = coming,
                              biasadj = identical(model$lambda, 0))
  as.numeric(found$mean)[ahead]
}

# Rows of windows that are not asked for are `NA`, the same in all models.
apply_series_models <- function(learned, place, last) {
  kinds <- intersect(names(learned), names(series_kinds))
  kinds <- kinds[lengths(learned[kinds]) > 0]
  if (length(kinds) == 0 || !requireNamespace("forecast", quietly = TRUE)) {
    return(list())
  }
  starts <- lapply(learned[kinds], model_starts, place)
  able <- Reduce(`&`, lapply(starts, function(from) {
    own <- from[place$panel$key[last]]
    !is.na(own) & last >= own & place$panel$run[last] == place$panel$run[own]
  }))
  rows <- spread_over(which(able), most_modelled_windows)
  if (length(rows) == 0) {
    return(list())
  }
  ahead <- as.integer(place$prep$ahead)
  period <- place$prep$periods[1] %||% 1L
  found <- Map(function(kind, models, starts) {
    values <- matrix(NA_real_, length(last), length(ahead))
    values[rows, ] <- t(matrix(vapply(last[rows], function(end) {
      from <- starts[[place$panel$key[[end]]]]
      model <- models[[attr(starts, "model")[[place$panel$key[[end]]]]]]$model
      apply_series_model(kind, model, place$arrays$values[from:end], period,
                         ahead)
    }, numeric(length(ahead))), length(ahead)))
    values
  }, kinds, learned[kinds], starts)
  stats::setNames(found, series_kinds[kinds])
}

# Of each series here, the place where its model began, and which it is.
model_starts <- function(models, place) {
  panel <- place$panel
  which_model <- match(place$series, vapply(models, `[[`, "", "series"))
  from <- vapply(models, `[[`, 1, "from")[which_model]
  clock <- place_times(place)
  found <- match(paste(seq_along(panel$size), signif(from, 12)),
                 paste(panel$key, signif(clock, 12)))
  found[is.na(which_model)] <- NA
  structure(found, model = which_model)
}
