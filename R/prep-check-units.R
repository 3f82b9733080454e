# One column in two units: grams in some rows and kilograms in others. Two heaps
# of the same shape, as far apart as the units are.

unit_factors <- c(
  "g and kg, or m and km" = 1000, "cents and whole, or cm and m" = 100,
  "mm and cm" = 10, "seconds and hours" = 3600,
  "seconds and minutes, or minutes and hours" = 60, "hours and days" = 24,
  "metres and feet" = 1 / 0.3048, "inches and cm" = 2.54,
  "kg and pounds" = 1 / 0.45359237, "miles and km" = 1.609344
)
unit_rows <- 100
unit_share <- 0.01
unit_between <- 0.01
unit_ratio <- 0.05
unit_spread <- 1.5

find_units <- function(tables) {
  found <- lapply(usable(tables), function(column) {
    if (column$kind != "number" || column$moment || column$identifier) {
      return(NULL)
    }
    x <- column$train
    x <- x[spread_rows(length(x), drift_sample)]
    unit <- find_unit_mixture(x[!is.na(x)])
    if (!is.null(unit)) unit_finding(column$name, unit)
  })
  Filter(Negate(is.null), found)
}

#' Two heaps that a change of unit explains
#' @return `NULL`, or a list of `units`, `share` (of the smaller heap),
#'   `medians` and `off`, how far the medians are from where the unit puts them.
#' @noRd
find_unit_mixture <- function(x) {
  if (length(x) < unit_rows || length(unique(x)) <= few_levels) {
    return(NULL)
  }
  found <- list(find_factor(x), find_temperatures(x))
  found <- Filter(function(unit) isTRUE(unit$off <= unit_ratio), found)
  off <- vapply(found, `[[`, 0, "off")
  if (length(found) > 0) found[[which.min(off)]]
}

find_factor <- function(x) {
  heaps <- if (mean(x > 0) >= 0.99) two_heaps(log(x[x > 0]))
  if (is.null(heaps) || !have_same_spread(heaps, 1)) {
    return(NULL)
  }
  off <- abs(diff(heaps$medians) - log(unit_factors))
  list(units = names(unit_factors)[[which.min(off)]], off = min(off),
       share = heaps$share, medians = exp(heaps$medians))
}

find_temperatures <- function(x) {
  heaps <- two_heaps(x)
  if (is.null(heaps) || !have_same_spread(heaps, 1.8)) {
    return(NULL)
  }
  off <- abs(1.8 * heaps$medians[[1]] + 32 - heaps$medians[[2]])
  list(units = "degrees Celsius and Fahrenheit",
       off = off / diff(heaps$medians), share = heaps$share,
       medians = heaps$medians)
}

#' Cuts numbers where two heaps are most unlike (Otsu), if they are separate
#' @return `NULL`, or a list of `medians`, `spreads` and `share`.
#' @noRd
two_heaps <- function(x) {
  x <- sort(x)
  n <- length(x)
  k <- as.numeric(seq_len(n - 1))
  below <- cumsum(x)[k] / k
  above <- (sum(x) - cumsum(x)[k]) / (n - k)
  cut <- which.max(k * (n - k) * (above - below)^2)
  heaps <- list(x[seq_len(cut)], x[-seq_len(cut)])
  sizes <- lengths(heaps)
  if (min(sizes) < max(10, unit_share * n)) {
    return(NULL)
  }
  medians <- vapply(heaps, stats::median, 0)
  third <- diff(medians) / 3
  between <- x > medians[[1]] + third & x < medians[[2]] - third
  spreads <- vapply(heaps, stats::IQR, 0)
  # The wider heap must leave room.
  if (mean(between) < unit_between && diff(medians) > 2 * max(spreads) &&
        min(spreads) > 0) {
    list(medians = medians, spreads = spreads, share = min(sizes) / n)
  }
}

have_same_spread <- function(heaps, wanted) {
  ratio <- heaps$spreads[[2]] / heaps$spreads[[1]] / wanted
  ratio < unit_spread && ratio > 1 / unit_spread
}

unit_finding <- function(name, unit) {
  new_finding(
    "units", name, "look", unit$share,
    sprintf(
      "has two heaps, around %s and %s, as of %s; the smaller one has %s of
       rows",
      format(signif(unit$medians[[1]], 3)),
      format(signif(unit$medians[[2]], 3)), unit$units, percent(unit$share)
    ),
    "If rows are in different units, convert them to one."
  )
}
