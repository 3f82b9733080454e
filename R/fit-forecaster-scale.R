# The scale of each series, on which networks learn: chosen by a test, learned
# on the training part, undone exactly.

transforms <- c("none", "window", "diff", "log_diff")

# Series that are looked at, where there are many.
most_tested <- 100L
most_tested_values <- 10000L

#' The transform of each series
#'
#' @param asked One of `transforms`, or `"auto"`.
#' @param values Values along the panel, carried forward.
#' @param learned Which places may be learned from.
#' @return A data.table, a row a series: `transform`, `told` (whether the
#'   network is told the level that was taken off), `center` and `scale`, and on
#'   the scale of the data `mean`, and `step`: how far values are from those a
#'   period before, in the mean (Hyndman & Koehler 2006).
#' @noRd
learn_scales <- function(asked, values, panel, learned, period, keys,
                         call = rlang::caller_env()) {
  parts <- split(values[learned], factor(panel$key[learned],
                                         seq_along(panel$size)))
  parts <- lapply(parts, function(x) x[!is.na(x)])
  reading <- if (asked == "auto") test_series(parts)
             else list(transform = rep(asked, length(parts)),
                       told = rep(asked == "none", length(parts)))
  logged <- reading$transform == "log_diff"
  check_above_zero(values, panel, logged, asked, keys, call)
  if (asked == "auto") {
    low <- vapply(seq_along(parts), function(k) {
      any(values[panel$key == k & panel$real] <= 0, na.rm = TRUE)
    }, NA)[logged]
    reading$transform[logged][low] <- "diff"
  }
  center <- scale <- mean <- step <- numeric(length(parts))
  for (k in seq_along(parts)) {
    x <- parts[[k]]
    mean[[k]] <- if (length(x) > 0) base::mean(x) else 0
    step[[k]] <- naive_step(x, period)
    if (reading$transform[[k]] == "log_diff") x <- log(x)
    changes <- reading$transform[[k]] %in% c("diff", "log_diff") &&
      !reading$told[[k]]
    center[[k]] <- if (length(x) > 0) base::mean(x) else 0
    scale[[k]] <- spread_of(if (changes) diff(x) else x)
  }
  data.table(transform = reading$transform, told = reading$told,
             center = center, scale = scale, mean = mean, step = step)
}

naive_step <- function(x, period) {
  lag <- if (length(x) > 2 * period) period else 1L
  if (length(x) <= lag) NA_real_ else mean(abs(diff(x, lag)))
}

# That of a constant is 1.
spread_of <- function(x) {
  spread <- if (length(x) > 1) sqrt(mean((x - mean(x))^2)) else 0
  level <- if (length(x) > 0) max(abs(x)) else 0
  if (is.finite(spread) && spread > 1e-9 * max(level, 1e-300)) spread else 1
}

test_series <- function(parts) {
  some <- unique(round(seq(1, length(parts),
                           length.out = min(length(parts), most_tested))))
  found <- vapply(parts[some], test_one, "")
  frequent <- names(which.max(table(found)))
  all <- rep(frequent, length(parts))
  all[some] <- found
  list(transform = sub(" .*", "", all), told = grepl("told", all))
}

# What wanders is told from its last value; what comes back is told where it is.
test_one <- function(x) {
  x <- utils::tail(x, most_tested_values)
  tested <- tryCatch(check_stationarity(x), deeply_error = function(cnd) NULL)
  if (is.null(tested)) {
    return("window told")
  }
  # Of what comes back, the mean is asked for, which logarithms do not give.
  if (tested$reading == "undecided") {
    return("diff told")
  }
  switch(tested$advice, none = "none told", detrend = "window",
         log_diff = "log_diff", "diff")
}

check_above_zero <- function(values, panel, logged, asked, keys, call) {
  if (asked != "log_diff") {
    return(invisible())
  }
  bad <- which(values <= 0 & panel$real & logged[panel$key])
  if (length(bad) > 0) {
    at <- bad[[1]]
    deeply_abort(
      c(
        "{keys$who(panel$key[[at]])} has the value {format(values[[at]])} at
         {keys$when(at)}, which has no logarithm.",
        x = "{length(bad)} value{?s} {cli::qty(length(bad))}{?is/are} not above
             0.",
        i = "Use {.code transform = \"diff\"}, or {.code \"auto\"}."
      ),
      class = "not_positive", call = call
    )
  }
}

#' From values to the scale of each series, and back
#' @noRd
to_scale <- function(values, key, scales) {
  logged <- scales$transform[key] == "log_diff"
  # A later value may be below 0: it is taken for the smallest that is known.
  values[logged] <- log(pmax(values[logged], exp(lowest_log(scales, key[logged])
  )))
  (values - scales$center[key]) / scales$scale[key]
}

lowest_log <- function(scales, key) {
  scales$center[key] - 50 * scales$scale[key]
}

from_scale <- function(z, key, scales) {
  values <- z * scales$scale[key] + scales$center[key]
  logged <- scales$transform[key] == "log_diff"
  if (any(logged)) {
    # Of a matrix a row a key.
    rows <- rep(logged, length.out = length(values))
    values[rows] <- exp(values[rows])
  }
  values
}

# What `WindowScale` of Python does: takes off the mean, or the last value,
# divides by the deviation, tells what was taken off.
scale_codes <- function(scales) {
  window <- scales$transform == "window"
  last <- scales$transform %in% c("diff", "log_diff")
  unname(cbind(window, last, window, scales$told & (window | last))) + 0
}
