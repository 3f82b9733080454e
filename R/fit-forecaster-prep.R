# What a forecaster learns of its series before a network does, and the arrays
# that go to it.

#' From columns to a run
#'
#' @return A list as `train_network()` takes it, but for its buffer, with the
#'   `panel`, its `arrays` and the `windows` (places of their last values).
#' @noRd
forecaster_run <- function(source, spec, levels, seed,
                           call = rlang::caller_env()) {
  ahead <- spec$horizon
  ahead <- if (length(ahead) == 1) seq_len(ahead) else sort(unique(ahead))
  panel <- lay_panel(source, spec$gaps, max(ahead), call)
  prep <- series_prep(source, panel, spec, ahead, levels)
  keys <- key_words(source, panel)
  value <- carried(source$table[[source$value]], panel)
  windows <- all_windows(panel, value, prep)
  split <- split_windows(windows, panel, max(ahead),
                         spec$control$validation,
                         shared_windows(panel, value, prep, spec$lookback))
  check_windows(split, windows, panel, prep, keys, call)
  learned <- panel$nth <= split$until[panel$key] & panel$real
  prep$scales <- learn_scales(spec$transform, value$values, panel, learned,
                              prep$periods[1] %||% 1L, keys, call)
  prep$missing <- any(value$missing[panel$real])
  prep$sides <- learn_sides(source, panel, learned, prep)
  prep$static <- learn_static(source, panel, keys, call)
  prep$tail <- last_rows(source, panel, prep)
  prep$counts <- list(series = length(panel$size), rows = sum(panel$real),
                      filled = panel$filled, missing = sum(
                        value$missing[panel$real]) - panel$filled,
                      short = split$short, breaks = panel$breaks)
  arrays <- encode_panel(source, panel, prep)
  spec$network <- forecaster_network(spec, prep, arrays, learned)
  list(class = "deep_forecaster", spec = spec, prep = prep, seed = seed,
       panel = panel, arrays = arrays, windows = windows, split = split,
       rows = c(train = length(split$train),
                validation = length(split$validation)))
}

series_prep <- function(source, panel, spec, ahead, levels) {
  index <- source$index[c("name", "class", "tz")]
  periods <- series_periods(panel$step, index, source$frequency)
  days <- if (!is.null(source$index)) diff(range(source$index$values))
  years <- if (identical(index$class, "POSIXct")) days / 86400 / 365
           else (days %||% 0) / 365
  prep <- list(
    value = source$value, key = source$key, covariates = source$covariates,
    known = source$known, static_names = source$static,
    index = if (!is.null(source$index)) index,
    frequency = source$frequency, start = source$start, gaps = spec$gaps,
    step = panel$step[c("size", "unit", "weekdays")],
    shown_step = panel$shown_step, uneven = panel$uneven,
    parts = calendar_parts(panel$step, index, source$frequency, years),
    periods = periods, ahead = ahead,
    outcome = list(task = "forecast", name = source$value,
                   quantile_levels = levels, loss = "horizons")
  )
  prep$lookback <- spec$lookback %||% default_lookback(panel, periods, ahead)
  structure(prep, class = "deep_series_prep")
}

# Of the longest period, and a few values more; a third of the series at most.
default_lookback <- function(panel, periods, ahead) {
  size <- stats::median(panel$size)
  if (panel$breaks > 0) {
    size <- stats::median(run_sizes(panel)[as.character(panel$run)])
  }
  room <- max(1, floor((size - max(ahead)) / 3))
  wanted <- c(rev(periods[periods <= room]), max(10, 2 * max(ahead)))[[1]]
  if (wanted < 20) wanted <- max(2 * wanted, wanted + 2)
  as.integer(max(1, min(wanted, room)))
}

# How an error names a series and a time.
key_words <- function(source, panel) {
  list(
    who = function(key) {
      row <- panel$row[panel$first[[key]]]
      if (is.null(source$key)) return("The series")
      values <- vapply(source$key, function(name) {
        format(source$table[[name]][[row]])
      }, "")
      paste("The series", toString(paste(source$key, "=", values)))
    },
    when = function(at) {
      if (is.null(panel$time)) return(paste("position", panel$nth[[at]]))
      if (!is.null(source$frequency)) {
        time <- source$start + (panel$time[[at]] - 1) / source$frequency
        return(show_times(time, source$frequency))
      }
      show_times(as_time(panel$time[[at]], source$index))
    }
  )
}

# Windows ------------------------------------------------------------------

#' All windows within the series, by the place of their last value
#'
#' At least half of what a window sees is known, and nothing of it lies beyond
#' or in a gap that breaks the series.
#' @noRd
all_windows <- function(panel, value, prep, first = 1L) {
  lookback <- prep$lookback
  width <- pmax(panel$size - lookback + 1L, 0L)
  last <- rep(panel$first + lookback - 2L, width) + sequence(width)
  seen <- function(what) {
    sums <- c(0L, cumsum(what))
    sums[last + 1L] - sums[last - lookback + 1L]
  }
  last[seen(value$missing) <= lookback / 2 & seen(!panel$real) == 0 &
         !is.na(value$values[last])]
}

# Those with something behind them to forecast.
followed <- function(last, panel) {
  last[panel$nth[last] < panel$size[panel$key[last]] & panel$real[last + 1L]]
}

#' The latest windows of each series, and those that may be learned from
#'
#' @param judged Windows of which the latest are for validation.
#' @return A list of `train` and `validation` (places of last values), `all`
#'   (those to learn from in the end), `until` (of each series, the last place
#'   within it that is learned from) and `short` (series without a window).
#' @noRd
split_windows <- function(windows, panel, reach, share, judged = windows) {
  windows <- followed(windows, panel)
  judged <- followed(judged, panel)
  key <- panel$key[judged]
  n <- tabulate(key, length(panel$size))
  held <- as.integer(floor(share * n))
  late <- judged[sequence(n) > (n - held)[key]]
  until <- panel$size
  from <- late[!duplicated(panel$key[late])]
  until[panel$key[from]] <- panel$nth[from]
  early <- panel$nth[windows] + reach <= until[panel$key[windows]]
  list(train = windows[early], validation = late, all = windows,
       until = until, short = sum(tabulate(panel$key[windows],
                                           length(panel$size)) == 0))
}

check_windows <- function(split, windows, panel, prep, keys, call) {
  if (length(split$train) > 0) {
    return(invisible())
  }
  size <- run_sizes(panel)
  longest <- panel$key[[match(names(which.max(size)), panel$run)]]
  needed <- prep$lookback + 2L * max(prep$ahead)
  without <- if (panel$breaks > 0) " without a gap" else ""
  steps <- if (panel$breaks > 0) {
    ", or {.code gaps = \"ignore\"} where rows count as steps, as for trading
     days"
  }
  deeply_abort(
    c(
      "There is no window to learn from: each sees {prep$lookback} value{?s}
       and forecasts up to {max(prep$ahead)} step{?s} ahead.",
      x = "{keys$who(longest)} is the longest, with {max(size)}
           row{?s}{without}; about {needed} are needed.",
      i = paste0("Use a shorter {.arg lookback} or {.arg horizon}, or a smaller
           {.arg validation} of {.fn deep_control}", steps, ".")
    ),
    class = "too_few_rows", call = call
  )
}

# Sides --------------------------------------------------------------------

# Center and scale of each covariate and each column that is known ahead.
learn_sides <- function(source, panel, learned, prep) {
  names <- c(prep$covariates, prep$known)
  found <- lapply(names, function(name) {
    x <- carried(source$table[[name]], panel)$values[learned]
    x <- x[!is.na(x)]
    list(center = if (length(x) > 0) mean(x) else 0, scale = spread_of(x))
  })
  stats::setNames(found, names)
}

# What stays the same: numbers on a common scale, categories as zeros and ones.
learn_static <- function(source, panel, keys, call) {
  rows <- panel$row[panel$first]
  found <- lapply(source$static, function(name) {
    check_static(source, panel, name, keys, call)
    x <- source$table[[name]][rows]
    if (is.numeric(x) || is.logical(x)) {
      x <- as.numeric(x)
      known <- x[is.finite(x)]
      list(center = if (length(known) > 0) mean(known) else 0,
           scale = spread_of(known))
    } else {
      list(levels = sort(unique(as.character(x[!is.na(x)]))))
    }
  })
  stats::setNames(found, source$static)
}

check_static <- function(source, panel, name, keys, call) {
  here <- which(!is.na(panel$row))
  x <- source$table[[name]][panel$row[here]]
  first <- source$table[[name]][panel$row[panel$first]][panel$key[here]]
  other <- which(x != first)
  if (length(other) > 0) {
    at <- here[[other[[1]]]]
    deeply_abort(
      c(
        "{.field {name}} is not the same in all rows of a series, as
         {.arg static} must be.",
        x = "{keys$who(panel$key[[at]])} has another value at {keys$when(at)}.",
        i = "Is it one of {.arg covariates}, or of {.arg known}?"
      ),
      class = "argument", call = call
    )
  }
}

encode_static <- function(table, rows, learned) {
  parts <- lapply(names(learned), function(name) {
    x <- table[[name]][rows]
    how <- learned[[name]]
    if (!is.null(how$levels)) {
      return(outer(as.character(x), how$levels, "==") %in% TRUE + 0)
    }
    x <- (as.numeric(x) - how$center) / how$scale
    x[!is.finite(x)] <- 0
    x
  })
  parts <- Map(function(part, how) {
    matrix(part, length(rows), max(1, length(how$levels)))
  }, parts, learned)
  do.call(cbind, c(list(matrix(0, length(rows), 0)), parts))
}

#' The arrays that Python's `panel()` takes
#'
#' @param prep What was learned, with a row of `scales` for each series.
#' @return A list of them, and `values` (on the scale of the data, carried
#'   forward).
#' @noRd
encode_panel <- function(source, panel, prep) {
  value <- carried(source$table[[prep$value]], panel)
  z <- to_scale(value$values, panel$key, prep$scales)
  seen <- z
  seen[is.na(seen) | !panel$real] <- 0
  side <- function(name) {
    how <- prep$sides[[name]]
    x <- (carried(source$table[[name]], panel)$values - how$center) / how$scale
    x[is.na(x)] <- 0
    x
  }
  past <- c(list(seen), if (prep$missing) list(value$missing + 0),
            lapply(prep$covariates, side))
  known <- lapply(prep$known, side)
  columns <- function(parts) {
    matrix(as.double(unlist(parts)), length(panel$key), length(parts))
  }
  there <- !value$missing & panel$real
  target <- z
  target[!there] <- 0
  list(
    past = columns(past), target = target, there = there,
    codes = calendar_codes(panel, source, prep$parts), known = columns(known),
    static = encode_static(source$table, panel$row[panel$first], prep$static),
    how = scale_codes(prep$scales), values = value$values
  )
}

# The last window of each series, and a period before it: all that later
# forecasts need.
last_rows <- function(source, panel, prep) {
  most <- max(prep$lookback, prep$periods) + 1L
  late <- panel$real & panel$nth > panel$size[panel$key] - most
  # A row that was filled in is filled in again, if it is not the first.
  rows <- panel$row[late]
  rows <- rows[!is.na(rows)]
  names <- unique(c(prep$key, prep$index$name, prep$value, prep$covariates,
                    prep$known, prep$static_names))
  columns <- lapply(names, function(name) source$table[[name]][rows])
  table <- data.table::setDT(stats::setNames(columns, names))
  list(table = table, nth = panel$nth[late & !is.na(panel$row)])
}

#' What the builder of the network needs to know
#' @noRd
forecaster_network <- function(spec, prep, arrays, learned) {
  cell <- spec$cell
  if (cell == "auto") cell <- if (prep$lookback <= 60) "gru" else "conv"
  units <- spec$hidden_units %||% if (cell == "conv") c(32, 32) else 32
  list(
    model = "forecaster", lookback = as.integer(prep$lookback),
    ahead = length(prep$ahead), features = ncol(arrays$past),
    code_levels = as.array(as.integer(prep$parts)),
    known = ncol(arrays$known), static = ncol(arrays$static), cell = cell,
    hidden_units = as.array(as.integer(units)),
    dropout = spec$dropout %||% 0.2,
    quantile_levels = as.array(prep$outcome$quantile_levels),
    ahead_scale = as.array(ahead_scales(arrays, prep$ahead, learned)),
    start = TRUE
  )
}

# How far values go in so many steps, or from their mean, if that is less: the
# unit in which the errors of a step ahead count.
ahead_scales <- function(arrays, ahead, learned) {
  z <- arrays$target
  z[!arrays$there | !learned] <- NA
  n <- length(z)
  level <- stats::sd(z, na.rm = TRUE)
  unit <- vapply(ahead, function(step) {
    if (step >= n) return(NA_real_)
    sqrt(mean((z[-seq_len(step)] - z[seq_len(n - step)])^2, na.rm = TRUE))
  }, 1)
  unit <- pmin(unit, level, na.rm = TRUE)
  unit[!is.finite(unit) | unit <= 1e-6] <- 1
  unit
}
