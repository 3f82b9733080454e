#' Fit a forecaster
#'
#' Learns from one series, or from thousands as one model, to forecast several
#' steps ahead at once: a mean and quantiles of each step. It is judged on the
#' latest windows, which it has not learned from, beside naive forecasts, a
#' linear autoregression and boosted trees on the same windows, and says so
#' where it is no better than they are.
#'
#' @section How it forecasts:
#' A linear map of all that a window sees, and of the calendar of the step ahead
#' (hour, weekday, month, or the place in the cycle of a `ts`), starts at a
#' ridge regression whose penalty grows with the lag (Litterman 1986). What the
#' cells make of the window is added to it, nothing at first. It is trained by
#' the squared error of the mean and the pinball loss of the quantiles, each
#' step ahead in units of its own; gradients are clipped, and the weights that
#' are kept are averages over the latest steps. The epoch that is best on the
#' validation windows is kept, which may be the start: it never ends worse than
#' the line there. Then it learns from all windows for as many epochs.
#'
#' Windows are cut inside the compiled training step, so memory does not grow
#' with `lookback`.
#'
#' @section Order in time:
#' The latest windows of each series are for validation, never random ones:
#' neighbouring windows nearly repeat each other. No window that is learned from
#' has a target in the time that validation forecasts.
#'
#' @section Transforms:
#' * `"none"`: values in units of the series' standard deviation;
#' * `"window"`: each window by its own mean and deviation (Kim et al. 2022);
#' * `"diff"`: changes since the last value that was seen;
#' * `"log_diff"`: the same of logarithms, where all values are above 0. `.pred`
#'   is then the undone mean of logarithms, which is the median where these are
#'   symmetric. The smearing of Duan (1983), which makes a mean of it, is not
#'   done: it was measured to cost more than it gains. Of 19 stocks it made the
#'   squared error larger for 15, 16 and 17 at 1, 5 and 20 days ahead, by 0.5, 3
#'   and 17 % in the mean; of 2,000 random walks in logarithms by 0.6 % one step
#'   ahead where a step has a deviation of 0.01, and by 4 % where it has 0.2.
#'
#' `"auto"` chooses for each series by [check_stationarity()] of what may be
#' learned from: what wanders or is not settled by the tests is forecast by its
#' changes, what stays around a line by windows.
#'
#' @section Intervals:
#' Quantiles are moved until the intervals of the validation windows cover what
#' they should, each step ahead by itself (Romano, Patterson & Candes 2019). In
#' later rows they follow what forecasts miss: each value that lies outside
#' moves the ends out, each inside moves them in, as soon as it is known, so
#' that they go on to cover what they should where a series grows wilder or
#' calmer (quantile tracking; Angelopoulos, Candes & Tibshirani 2023). Rows
#' without an index have no order in time that this could follow.
#'
#' @section ARIMA and ETS:
#' Package forecast chooses and fits them (Hyndman & Khandakar 2008) to the
#' training part of at most 10 series, evenly spread, and there to the latest
#' 1,000 values at most. They are then only applied to what was known at the
#' origins of at most 200 held-out windows, evenly spread: the row
#' `"deep_forecaster on these"` is the fit on exactly those, and `n` their
#' number. ARIMA has its own season up to a period of 12, and waves for longer
#' ones; ETS up to 24. This takes seconds a series, minutes where periods are
#' long.
#'
#' @param data A data frame, a `ts`, a numeric vector or a tsibble.
#' @inheritParams deep_windows
#' @param horizon How far ahead to forecast: one number for all steps from 1 to
#'   it, or several for these steps alone, such as `c(1, 4, 24)`.
#' @param lookback How many values a window sees. `NULL`: the longest period of
#'   the calendar, such as a week of hours, as far as the series are long
#'   enough.
#' @param covariates Names of numeric columns that are known up to the origin.
#' @param known Names of numeric columns that are known ahead, such as prices or
#'   holidays: [forecast()] asks for their future.
#' @param static Names of columns that are the same in all rows of a series:
#'   numbers, or categories.
#' @param cell What is added to the linear map: `"lstm"`, `"gru"`, `"rnn"`,
#'   `"conv"` (convolutions) or `"linear"` (nothing). `"auto"`: a GRU for
#'   windows of up to 60 values, convolutions for longer ones.
#' @param transform `"auto"`, `"none"`, `"window"`, `"diff"` or `"log_diff"`,
#'   see below.
#' @param hidden_units Units of each layer; several are stacked. `NULL`: one
#'   layer of 32, of convolutions two.
#' @param dropout Share of the units that are dropped between layers. `NULL`:
#'   0.2.
#' @param quantile_levels Quantiles to forecast.
#' @param gaps What to do where the index has another step than usual:
#'   `"error"`, `"fill"` (rows without a value are put in), `"break"` (no window
#'   looks or forecasts across, as if a new series began) or `"ignore"` (rows
#'   count as steps, as for trading days). A missing value is seen as the one
#'   before it, and is never a target.
#' @param control What [deep_control()] gives. `validation` is a share, that of
#'   the latest windows.
#' @param baseline Whether to fit the simple models too that take time to learn:
#'   `TRUE` for `c("linear", "trees")`, a linear autoregression and boosted
#'   trees on the same windows. `"arima"` and `"ets"` are fitted if they are
#'   named, see below.
#'
#' @return A list of class `c("deep_forecaster", "deep_fit")`, as of
#'   [deep_mlp()]. It keeps the last window of each series, so that [forecast()]
#'   needs nothing else.
#' @section Errors:
#' * `deeply_error_gap`: an index with uneven steps or repeated times. The error
#'   names the series and the time.
#' * `deeply_error_too_few_rows`: no series is long enough for windows to learn
#'   from.
#' * `deeply_error_not_positive`: `transform = "log_diff"` of values that are
#'   not above 0.
#' * `deeply_error_time_order`: a random split.
#' * `deeply_error_column_missing`, `deeply_error_column_class`,
#'   `deeply_error_argument`: a wrong name, kind of column, or value.
#' @references
#' Angelopoulos, Candes & Tibshirani (2023). Conformal PID control for time
#' series prediction. NeurIPS.
#'
#' Duan (1983). Smearing estimate: a nonparametric retransformation method.
#' Journal of the American Statistical Association 78(383).
#'
#' Hyndman & Koehler (2006). Another look at measures of forecast accuracy.
#' International Journal of Forecasting 22(4).
#'
#' Hyndman & Khandakar (2008). Automatic time series forecasting: the forecast
#' package for R. Journal of Statistical Software 27(3).
#'
#' Kim, Kim, Tae, Park, Choi & Choo (2022). Reversible instance normalization
#' for accurate time-series forecasting against distribution shift. ICLR.
#'
#' Litterman (1986). Forecasting with Bayesian vector autoregressions. Journal
#' of Business & Economic Statistics 4(1).
#'
#' Romano, Patterson & Candes (2019). Conformalized quantile regression.
#' NeurIPS.
#' @seealso [forecast.deep_forecaster()], [predict.deep_forecaster()],
#'   [evaluate.deep_forecaster()], [check_stationarity()]
#' @export
#' @examplesIf deeply::has_backend()
#' fit <- deep_forecaster(datasets::AirPassengers, horizon = 12,
#'                        control = deep_control(epochs = 2, seed = 1),
#'                        baseline = FALSE)
#' fit
#' forecast(fit, horizon = 3)
deep_forecaster <- function(data, value = NULL, ..., horizon, lookback = NULL,
                            index = NULL, key = NULL, covariates = NULL,
                            known = NULL, static = NULL, cell = "auto",
                            transform = "auto", hidden_units = NULL,
                            dropout = NULL,
                            quantile_levels = c(0.05, 0.25, 0.5, 0.75, 0.95),
                            gaps = c("error", "fill", "break", "ignore"),
                            control = deep_control(), baseline = TRUE) {
  check_dots(control = TRUE)
  gaps <- rlang::arg_match(gaps)
  if (missing(horizon)) {
    deeply_abort("Say how many steps ahead to forecast: {.arg horizon}.",
                 class = "argument")
  }
  check_counts(horizon)
  check_count(lookback, null = TRUE)
  check_choice(cell, c("auto", names(forecaster_cells)))
  check_choice(transform, c("auto", transforms))
  check_counts(hidden_units, null = TRUE)
  check_number(dropout, min = 0, below = 1, null = TRUE)
  levels <- check_quantile_levels(quantile_levels, rlang::current_env()) %||%
    numeric()
  check_control(control)
  kinds <- as_baselines(baseline)
  started <- elapsed()
  columns <- list(value = value, index = index, key = key,
                  covariates = covariates, known = known, static = static)
  source <- forecast_source(data, columns)
  check_forecaster_control(control, source)
  spec <- list(horizon = as.integer(horizon), lookback = lookback, cell = cell,
               transform = transform, hidden_units = hidden_units,
               dropout = dropout, gaps = gaps,
               control = fill_control(control, forecaster_training()),
               asked = list(baseline = baseline), columns = columns)
  run <- forecaster_run(source, spec, levels, draw_seed(control$seed))
  waited <- elapsed_by(bridge())
  run$started <- started + waited
  run$baseline <- kinds
  fit_forecaster(run)
}

forecaster_cells <- c(lstm = "LSTM", gru = "GRU", rnn = "simple recurrent",
                      conv = "convolutional", linear = "linear")

forecaster_training <- function() {
  list(
    epochs = 30L, patience = 6, validation = 0.2, label_smoothing = 0,
    batch_size = NULL,
    optimizer = deep_optimizer("adam", clip_norm = 1, ema = 0.99),
    schedule = deep_schedule("constant", learn_rate = 0.0003)
  )
}

check_forecaster_control <- function(control, source,
                                     call = rlang::caller_env()) {
  validation <- control$validation
  if (!is.null(validation) && !is_share(validation)) {
    abort_random(source, call)
  }
  refuse_table_control(control, "forecasters", call)
}

# How near neighbours are is measured on the series itself.
abort_random <- function(source, call) {
  x <- as.numeric(source$table[[source$value]])
  alike <- suppressWarnings(stats::cor(x[-1], x[-length(x)],
                                       use = "complete.obs"))
  deeply_abort(
    c(
      "A forecaster is validated on the latest windows, and on no others.",
      x = "{.arg validation} names rows. Values of {.field {source$value}} one
           row apart correlate by {format(round(alike, 2))}, and windows one
           step apart share all values but one: a random split would have
           copies of what it learned from among what it is judged on.",
      i = "Give a share, such as {.code deep_control(validation = 0.2)}."
    ),
    class = "time_order", call = call
  )
}

#' The columns of a forecaster
#'
#' @return As `window_source()`, with `known`, `static` and, of a `ts`, its
#'   `frequency` and `start`.
#' @noRd
forecast_source <- function(data, columns, call = rlang::caller_env()) {
  if (inherits(data, "tbl_ts")) {
    columns <- tsibble_columns(data, columns)
    data <- as.data.frame(data)
  }
  table <- if (is.data.frame(data)) data
  for (name in c("known", "static")) {
    if (is.null(columns[[name]])) next
    check_column_name(columns[[name]], table %||% data.frame(), name,
                      many = TRUE, call = call)
  }
  for (name in columns$known) check_series(table[[name]], name, call)
  source <- window_source(data, columns$value, columns$index, columns$key,
                          columns$covariates, call)
  if (stats::is.ts(data)) {
    source$frequency <- stats::frequency(data)
    source$start <- stats::tsp(data)[[1]]
  }
  if (!is.null(source$index) && !stats::is.ts(data)) {
    # The hour of the day is that of the clock on the wall.
    source$index$tz <- attr(source$table[[source$index$name]], "tzone")[1]
  }
  source[c("known", "static", "covariates")] <-
    list(columns$known, columns$static, columns$covariates)
  source
}

# An index of weeks or months of its own class becomes dates.
tsibble_columns <- function(data, columns) {
  columns$index <- columns$index %||% as.character(attr(data, "index"))
  keys <- setdiff(names(attr(data, "key")), ".rows")
  if (is.null(columns$key) && length(keys) > 0) columns$key <- keys
  columns
}
