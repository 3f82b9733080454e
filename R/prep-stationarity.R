#' Is a series stationary?
#'
#' Two tests with opposite null hypotheses, read together: the augmented
#' Dickey-Fuller test (a unit root, unless the data speak against it) and KPSS
#' (stationary, unless the data speak against it), each around a level and
#' around a trend. A network extrapolates badly, so a series that wanders or
#' grows is better forecast by its changes.
#'
#' @section How they are read:
#' * stationary: around a level, Dickey-Fuller rejects and KPSS does not;
#' * trend-stationary: the same around a trend;
#' * unit root: Dickey-Fuller does not reject around a trend, and KPSS rejects;
#' * undecided: anything else. With few values neither test may reject; a break
#'   or a season may make both.
#'
#' Neither test looks at the size of the swings. A series that is not stationary
#' around a level, has all its values above 0 and swings more where its level is
#' higher (rank correlation over stretches of the series, above 0.5 and
#' significant) is advised [log_diff()], whether it has a trend or a unit root.
#'
#' @param x A numeric vector or a `ts` of one series, in time order. Missing
#'   values are allowed at its ends only.
#' @inheritParams rlang::args_dots_empty
#' @param lags Lagged changes in the Dickey-Fuller regression. `NULL`:
#'   `trunc((n - 1)^(1/3))`. The bandwidth of KPSS is `trunc(4 * (n /
#'   100)^(1/4))`.
#' @param level Significance level, from 0.01 to 0.1.
#'
#' @return A list of class `deep_stationarity`: `tests`, a data.table of `test`,
#'   `around`, `statistic`, `lags`, `p` and `rejects`; `reading`, one of
#'   `"stationary"`, `"trend-stationary"`, `"unit root"` and `"undecided"`;
#'   `advice`, one of `"none"`, `"detrend"`, `"log_diff"` and `"diff"`; and `n`.
#'   The p-values of Dickey-Fuller are MacKinnon's; those of KPSS are read off
#'   the published table, so they lie between 0.01 and 0.1.
#' @section Errors:
#' Fewer than 20 values, a series that never varies, and missing values inside
#' are errors of class `deeply_error_series`.
#' @references
#' Kwiatkowski, Phillips, Schmidt & Shin (1992). Testing the null hypothesis of
#' stationarity against the alternative of a unit root. Journal of Econometrics
#' 54.
#'
#' MacKinnon (1994). Approximate asymptotic distribution functions for unit-root
#' and cointegration tests. Journal of Business & Economic Statistics 12(2).
#'
#' Said & Dickey (1984). Testing for unit roots in autoregressive-moving average
#' models of unknown order. Biometrika 71(3).
#' @seealso [log_diff()]
#' @export
#' @examples
#' check_stationarity(datasets::AirPassengers)
#' check_stationarity(log_diff(datasets::AirPassengers))
check_stationarity <- function(x, ..., lags = NULL, level = 0.05) {
  rlang::check_dots_empty()
  check_vector(x)
  check_count(lags, min = 0, null = TRUE)
  check_number(level, min = 0.01, max = 0.1)
  values <- check_whole_series(as.numeric(x))
  n <- length(values)
  lags <- lags %||% trunc((n - 1)^(1 / 3))
  check_lags(lags, n)
  tests <- data.table::rbindlist(list(
    dickey_fuller(values, lags, "level"), dickey_fuller(values, lags, "trend"),
    kpss(values, "level"), kpss(values, "trend")
  ))
  # The published table of KPSS ends at 0.01, which stands for all below.
  tests$rejects <- tests$p < level | (tests$test == "KPSS" & tests$p <= 0.01)
  reading <- read_tests(tests)
  growing <- reading != "stationary" && swings_grow(values)
  advice <- if (growing) "log_diff" else switch(reading,
    stationary = "none", "trend-stationary" = "detrend", "diff"
  )
  structure(
    list(tests = tests, reading = reading, advice = advice, n = n,
         level = level),
    class = "deep_stationarity"
  )
}

check_whole_series <- function(values, call = rlang::caller_env()) {
  infinite <- which(is.infinite(values))
  known <- which(!is.na(values))
  inside <- if (length(known) > 0) known[[1]]:known[[length(known)]]
  holes <- setdiff(inside, known)
  n <- length(inside)
  fault <- if (length(infinite) > 0) {
    c("{.arg x} has {length(infinite)} infinite value{?s}, the first at position
       {infinite[[1]]}.")
  } else if (length(holes) > 0) {
    c("{.arg x} has {length(holes)} missing value{?s} inside, the first at
       position {holes[[1]]}.",
      i = "Fill them, or check the stretch before or after.")
  } else if (n < 20) {
    c("{.arg x} has {n} known value{?s}; the tests need at least 20, and say
       little below 50.")
  } else if (all(values[inside] == values[inside][[1]])) {
    c("{.arg x} never varies: each of its {n} values is
       {format(values[inside][[1]])}.")
  }
  if (!is.null(fault)) {
    deeply_abort(fault, class = "series", call = call)
  }
  values[inside]
}

check_lags <- function(lags, n, call = rlang::caller_env()) {
  most <- (n - 1) %/% 2 - 3
  if (lags > most) {
    deeply_abort(
      "{.arg lags} must be at most {most} for {n} values; it is {lags}.",
      class = "argument",
      call = call
    )
  }
}

#' The augmented Dickey-Fuller test
#'
#' Regresses each change on the value before it, the changes before that, and a
#' level or a trend: a unit root has no pull back, a coefficient of 0.
#' @return A row of `tests`.
#' @noRd
dickey_fuller <- function(x, lags, around) {
  changes <- stats::embed(diff(x), lags + 1)
  n <- nrow(changes)
  before <- x[lags + seq_len(n)]
  design <- cbind(before, 1, if (around == "trend") seq_len(n),
                  changes[, -1, drop = FALSE])
  fit <- stats::lm.fit(design, changes[, 1])
  variance <- sum(fit$residuals^2) / fit$df.residual
  # Of the pivoted decomposition, the column is still the first.
  scatter <- chol2inv(fit$qr$qr, size = fit$rank)
  statistic <- fit$coefficients[[1]] / sqrt(variance * scatter[1, 1])
  data.table(test = "Dickey-Fuller", around = around, statistic = statistic,
             lags = as.integer(lags), p = p_dickey_fuller(statistic, around))
}

# MacKinnon (1994), tables 3 and 4, for one variable: the normal quantile of p
# is a polynomial in the statistic, one below `turn` and one above.
mackinnon <- list(
  level = list(turn = -1.61, range = c(-18.83, 2.74),
               low = c(2.1659, 1.4412, 0.038269),
               high = c(1.7339, 0.93202, -0.12745, -0.010368)),
  trend = list(turn = -2.89, range = c(-16.18, 0.7),
               low = c(3.2512, 1.6047, 0.049588),
               high = c(2.5261, 0.61654, -0.37956, -0.060285))
)

p_dickey_fuller <- function(statistic, around) {
  table <- mackinnon[[around]]
  if (statistic < table$range[[1]]) return(0)
  if (statistic > table$range[[2]]) return(1)
  terms <- if (statistic <= table$turn) table$low else table$high
  stats::pnorm(sum(terms * statistic^(seq_along(terms) - 1)))
}

# Kwiatkowski et al. (1992), table 1: upper tail values.
kpss_table <- list(
  p = c(0.1, 0.05, 0.025, 0.01),
  level = c(0.347, 0.463, 0.574, 0.739),
  trend = c(0.119, 0.146, 0.176, 0.216)
)

#' The test of Kwiatkowski, Phillips, Schmidt and Shin
#'
#' The running sum of the residuals of a stationary series stays small, against
#' their long-run variance (Bartlett weights).
#' @noRd
kpss <- function(x, around) {
  n <- length(x)
  lags <- trunc(4 * (n / 100)^0.25)
  design <- cbind(rep(1, n), if (around == "trend") seq_len(n))
  e <- stats::lm.fit(design, x)$residuals
  lagged <- vapply(seq_len(lags), function(lag) {
    sum(e[-seq_len(lag)] * e[seq_len(n - lag)])
  }, numeric(1))
  weights <- 1 - seq_len(lags) / (lags + 1)
  variance <- (sum(e^2) + 2 * sum(weights * lagged)) / n
  statistic <- sum(cumsum(e)^2) / (n^2 * variance)
  p <- stats::approx(kpss_table[[around]], kpss_table$p, statistic, rule = 2)$y
  data.table(test = "KPSS", around = around, statistic = statistic,
             lags = as.integer(lags), p = p)
}

read_tests <- function(tests) {
  rejects <- stats::setNames(
    tests$rejects, paste(c("df", "df", "kpss", "kpss"), tests$around)
  )
  if (rejects[["df level"]] && !rejects[["kpss level"]]) {
    "stationary"
  } else if (rejects[["df trend"]] && !rejects[["kpss trend"]]) {
    "trend-stationary"
  } else if (!rejects[["df trend"]] &&
               (rejects[["kpss level"]] || rejects[["kpss trend"]])) {
    "unit root"
  } else {
    "undecided"
  }
}

# Of a series whose swings grow with its level, the logarithm has even ones.
swings_grow <- function(x) {
  if (any(x <= 0)) {
    return(FALSE)
  }
  stretch <- ceiling(seq_along(x) / max(length(x) / 24, 5))
  level <- tapply(x, stretch, mean)
  swing <- tapply(c(NA, abs(diff(x))), stretch, mean, na.rm = TRUE)
  if (length(level) < 4 || length(unique(swing)) < 3) {
    return(FALSE)
  }
  found <- suppressWarnings(
    stats::cor.test(level, swing, method = "spearman", alternative = "greater")
  )
  isTRUE(found$estimate > 0.5 && found$p.value < 0.05)
}

#' @export
print.deep_stationarity <- function(x, ...) {
  cat("<deep_stationarity>\n")
  cat_field("Reading", describe_reading(x))
  cat_field("Advice", describe_advice(x))
  cat("\n")
  tests <- x$tests
  shown <- data.table(
    test = tests$test, around = tests$around,
    null = rep(c("unit root", "stationary"), each = 2),
    statistic = sprintf("%.3f", tests$statistic), lags = tests$lags,
    p = paste0(ifelse(tests$test == "KPSS" & tests$p <= 0.01, "< ",
                      ifelse(tests$test == "KPSS" & tests$p >= 0.1, "> ", "")),
               sprintf("%.3f", tests$p)),
    rejects = ifelse(tests$rejects, "yes", "no")
  )
  print(shown, row.names = FALSE)
  invisible(x)
}

describe_reading <- function(x) {
  text <- switch(x$reading,
    stationary = "stationary: it stays around a level",
    "trend-stationary" = "trend-stationary: it stays around a straight line",
    "unit root" = "a unit root: it wanders and does not come back",
    undecided = "undecided: the tests do not agree"
  )
  sprintf("%s (%s values, level %s)", text, count(x$n), format(x$level))
}

describe_advice <- function(x) {
  switch(x$advice,
    none = "use it as it is",
    detrend = "subtract the line, or give the network the time as a covariate",
    log_diff = paste("difference it by log_diff(): it is above 0, and its",
                     "swings grow with its level"),
    diff = if (x$reading == "unit root") "difference it by diff()"
           else "look at its plot; diff() is the safe choice"
  )
}
