# What is left one step ahead: noise, or something that could still be learned?

#' Autocorrelations of the errors one step ahead
#'
#' Of several series they are averaged, each weighted by its number of errors.
#' Ljung & Box (1978) test each series by itself.
#'
#' @param errors Of some windows, one step ahead.
#' @param key,nth Whose each is, and its place there.
#' @param period After how many steps series may repeat; `NULL`: none.
#' @return A list of `lags` (`lag`, `acf`), `n` and `p`, of each series with
#'   enough errors; `NULL` where there is none.
#' @noRd
residual_checks <- function(errors, key, nth, period) {
  parts <- lapply(split(data.table(errors, nth), key), even_errors)
  known <- vapply(parts, function(x) sum(!is.na(x)), 1)
  # Constant errors are correlated with nothing.
  parts <- parts[known >= 20 & vapply(parts, varies, NA)]
  if (length(parts) == 0) {
    return(NULL)
  }
  known <- vapply(parts, function(x) sum(!is.na(x)), 1)
  most <- max(10, 2 * (period %||% 1))
  most <- max(3, floor(min(most, max(known) / 5)))
  found <- lapply(parts, error_correlation, most)
  acf <- do.call(cbind, lapply(found, `[[`, "acf"))
  weight <- rep(known, each = most) * !is.na(acf)
  acf[is.na(acf)] <- 0
  list(
    lags = data.table(lag = seq_len(most), acf = rowSums(acf * weight) /
                        rowSums(weight)),
    n = sum(known), p = unname(vapply(found, `[[`, 1, "p"))
  )
}

# Along time, missing where there is none.
even_errors <- function(part) {
  found <- rep(NA_real_, diff(range(part$nth)) + 1)
  found[part$nth - min(part$nth) + 1] <- part$errors
  found
}

varies <- function(x) {
  isTRUE(stats::sd(x, na.rm = TRUE) > 1e-9 * max(abs(x), na.rm = TRUE))
}

error_correlation <- function(x, most) {
  # Lags beyond a short series are none of its own.
  here <- min(most, sum(!is.na(x)) %/% 5)
  acf <- stats::acf(x, lag.max = here, na.action = stats::na.pass,
                    plot = FALSE)$acf[-1]
  test <- stats::Box.test(x, lag = here, type = "Ljung-Box")
  list(acf = c(acf, rep(NA, most - here)), p = test$p.value[[1]])
}

# What the tests say, in words.
residual_finding <- function(found) {
  p <- found$p[!is.na(found$p)]
  outside <- found$lags$lag[abs(found$lags$acf) > residual_band(found) &
                              !is.na(found$lags$acf)]
  worst <- found$lags$lag[[which.max(abs(found$lags$acf))]]
  if (length(p) == 0) {
    return(sprintf("%d of %d autocorrelations are outside the band",
                   length(outside), nrow(found$lags)))
  }
  if (length(p) > 1) {
    return(sprintf(
      "Errors of %s of %s series are correlated in time; of noise %s would be",
      count(sum(p < 0.05)), count(length(p)), count(round(0.05 * length(p)))
    ))
  }
  shown <- if (p < 0.001) "p < 0.001" else sprintf("p = %.3f", p)
  if (p >= 0.05) {
    return(sprintf("What is left one step ahead looks like noise (%s)", shown))
  }
  sprintf("Errors one step ahead are correlated, most at lag %d (%s)", worst,
          shown)
}

# Of white noise 95 % of the autocorrelations lie within it.
residual_band <- function(found) {
  stats::qnorm(0.975) / sqrt(found$n)
}
