# Numbers: what is learned of a column of them, and how it is encoded.

#' @param sketch Of numbers.
#' @param repair How text became these numbers, or `NULL`.
#' @noRd
learn_number <- function(sketch, name, settings, repair = NULL) {
  steps <- settings$steps
  if (sketch$missing == sketch$n) {
    return(set_aside("missing in every row"))
  }
  if (sketch$min == sketch$max && sketch$missing == 0) {
    return(set_aside("constant"))
  }
  if (steps$identifiers && is_identifier(sketch, name)) {
    return(set_aside("an identifier"))
  }
  skewed <- is_skewed(sketch)
  log1p <- name %in% steps$log1p || isTRUE(steps$log1p) && skewed
  notes <- c(
    if (log1p || skewed) note_log1p(name, sketch, log1p),
    ask_missing_code(name, sketch),
    ask_near_constant(name, max(sketch$at_min, sketch$at_max), sketch$n,
                      format(if (sketch$at_min > sketch$at_max) sketch$min
                             else sketch$max)),
    if (steps$identifiers) ask_counter(name, sketch)
  )
  learned(list(number_input(sketch, name, settings, repair, log1p)), notes)
}

number_input <- function(sketch, name, settings, repair = NULL,
                         log1p = FALSE) {
  points <- sketch$points[!is.na(sketch$points)]
  scaler <- learn_scaler(sketch, points, settings$scale, log1p)
  c(
    list(
      name = name,
      from = name,
      kind = "number",
      source = if (is.null(repair)) "number" else "category",
      class = if (is.null(repair)) sketch$class else "character",
      repair = repair,
      # Numbers that mean "missing".
      tokens = missing_numbers(settings$steps$missing[[name]], sketch$class),
      mean = sketch$mean,
      transform = if (log1p) "log1p" else "none",
      indicator = sketch$missing > 0 && settings$na == "indicator"
    ),
    scaler
  )
}

#' Center and scale, and what stands for a missing value, before both: the mean
#'
#' Of the numbers themselves they are known from all rows, of anything else from
#' the sampled ones.
#' @noRd
learn_scaler <- function(sketch, points, how, log1p) {
  x <- if (log1p) squash(points) else points
  mean <- if (log1p) mean(x) else sketch$mean
  sd <- if (log1p) sd_of(x) else sketch_sd(sketch)
  limits <- c(sketch$min, sketch$max)
  limits <- if (log1p) squash(limits) else limits
  scaler <- switch(how,
    standard = list(center = mean, scale = sd),
    range = list(center = limits[[1]], scale = limits[[2]] - limits[[1]]),
    robust = list(center = stats::median(x), scale = spread(x, sd)),
    quantile = list(center = 0, scale = 1, grid = quantile_grid(x)),
    none = list(center = 0, scale = 1)
  )
  if (!is.finite(scaler$scale) || scaler$scale == 0) {
    scaler$scale <- 1
  }
  c(scaler, list(fill = mean))
}

# For any sign, so that a negative number in new data has a meaning too.
squash <- function(x) {
  sign(x) * log1p(abs(x))
}

sd_of <- function(x) {
  if (length(x) > 1) stats::sd(x) else 0
}

# Of normal numbers this is the standard deviation. More than half of the rows
# may have the same number, and then it is 0.
spread <- function(x, sd) {
  middle <- stats::IQR(x) / (2 * stats::qnorm(0.75))
  if (middle > 0) middle else sd
}

# A thousand steps; the same number at many of them is kept once, at the middle.
quantile_grid <- function(x) {
  shares <- seq(0, 1, length.out = min(1001, length(x)))
  x <- stats::quantile(x, shares, names = FALSE)
  list(x = unique(x), share = rowmeans_by(shares, x))
}

rowmeans_by <- function(values, by) {
  by <- match(by, unique(by))
  as.vector(rowsum(values, by)) / tabulate(by)
}

# The normal score of a number: its place among the training rows.
normal_scores <- function(x, grid) {
  share <- if (length(grid$x) < 2) rep(0.5, length(x))
           else stats::approx(grid$x, grid$share, x, rule = 2)$y
  stats::qnorm(pmin(pmax(share, 1e-3), 1 - 1e-3))
}

# What a sketch shows ------------------------------------------------------

skewness <- function(x) {
  x <- x[!is.na(x)] - mean(x, na.rm = TRUE)
  # To 1 first: the third power of a large number is none.
  x <- x / max(abs(x), 0)
  spread <- sqrt(mean(x^2))
  if (isTRUE(spread > 0)) mean(x^3) / spread^3 else 0
}

# Where the logarithm takes a quarter of the skewness away, it is worth a step.
is_skewed <- function(sketch) {
  if (sketch$min < 0 || time_class(sketch$class) != "none") {
    return(FALSE)
  }
  x <- sketch$points[!is.na(sketch$points)]
  skew <- skewness(x)
  skew > 3 && length(unique(x)) > 2 && abs(skewness(squash(x))) < 0.75 * skew
}

id_names <- paste0(
  "^(id|uuid|guid|key|rowid|index|idx)$|[_. ](id|uuid|guid|key|index)$|",
  "^(id|row)[_. ]"
)
counter_names <- paste0("^(v1|x\\.?1|unnamed.*|row.*|nr|no|num|number|obs|",
                        "case|record)$")

has_id_name <- function(name) {
  grepl(id_names, tolower(name)) || grepl("[a-z](Id|ID)$", name)
}

# Numbers that stand for the row itself.
is_identifier <- function(sketch, name) {
  if (!sketch$whole || time_class(sketch$class) != "none") {
    return(FALSE)
  }
  if (has_id_name(name)) {
    x <- sketch$points[!is.na(sketch$points)]
    return(length(x) >= 50 && length(unique(x)) > 0.5 * length(x))
  }
  grepl(counter_names, tolower(name)) && is_counter(sketch)
}

# 1, 2, 3, ... in any order. A prep may be learned on a part of the rows.
is_counter <- function(sketch) {
  time_class(sketch$class) == "none" && sketch$whole &&
    sketch$missing == 0 && sketch$n >= 50 &&
    sketch$max - sketch$min < 2 * sketch$n && !anyDuplicated(sketch$points)
}

# Codes that people write for "missing".
missing_codes <- c(10^(2:6) - 1, 9999.99, 999.9, 99.99)

#' A code for "missing" at an end of the numbers, far from the rest
#' @return A list of `value` and `n`, or `NULL`.
#' @noRd
find_missing_code <- function(sketch) {
  if (time_class(sketch$class) != "none" || sketch$min == sketch$max) {
    return(NULL)
  }
  x <- sketch$points[!is.na(sketch$points)]
  for (end in c("min", "max")) {
    value <- sketch[[end]]
    rest <- x[x != value]
    n <- sketch[[paste0("at_", end)]]
    if (n < 2 || length(rest) < 10 || !abs(value) %in% missing_codes) {
      next
    }
    gap <- min(abs(rest - value))
    if (gap > 0.5 * diff(range(rest))) {
      return(list(value = value, n = n))
    }
  }
  NULL
}

# Encoding -----------------------------------------------------------------

#' @param rows Row numbers of the values in the table, for the error.
#' @noRd
as_number <- function(values, name, rows = seq_along(values)) {
  values <- plain_numbers(values)
  # The sum is finite when all is, and allocates nothing.
  bad <- if (!is.finite(sum(values, na.rm = TRUE))) which(is.infinite(values))
  if (length(bad) > 0) {
    deeply_abort(
      c(
        "Column {.field {name}} has {length(bad)} infinite value{?s}, the first
         in row {rows[[bad[[1]]]]}.",
        i = "Use {.code NA} or a number instead; a division by zero or
             {.code log(0)} is the usual cause."
      ),
      class = "infinite",
      call = NULL
    )
  }
  values
}

plain_numbers <- function(values) {
  # A duration counts in seconds, whatever unit it is shown in.
  if (inherits(values, "difftime")) {
    return(as.numeric(values, units = "secs"))
  }
  # bit64 warns where 64 bits say more than a double can.
  if (inherits(values, "integer64")) {
    return(suppressWarnings(as.numeric(values)))
  }
  as.numeric(values)
}

#' What `deep_steps(missing = )` says, as a column of this class counts
#'
#' @param tokens Numbers, dates or times, or any of them as text.
#' @noRd
missing_numbers <- function(tokens, class) {
  if (is.character(tokens)) {
    tokens <- if (is_moment(class)) parse_times(tokens)$values
              else parse_numbers(trimws(tokens))
  }
  numbers <- plain_numbers(tokens)
  if (is_moment(class(tokens)) && is_moment(class)) {
    numbers <- numbers * moment_length[[time_class(class(tokens))]] /
      moment_length[[time_class(class)]]
  }
  numbers[!is.na(numbers)]
}

#' Encodes a number
#'
#' @param values What `column_reader()` gives.
#' @param rows As in `as_number()`.
#' @return A list of `values` (scaled, missing filled), `missing` (logical).
#' @noRd
encode_number <- function(values, column, rows = seq_along(values)) {
  values <- as_number(values, column$from, rows)
  if (length(column$tokens) > 0) {
    values[values %in% column$tokens] <- NA
  }
  missing <- is.na(values)
  if (column$transform == "log1p") {
    values <- squash(values)
  }
  if (any(missing)) {
    values[missing] <- column$fill
  }
  if (!is.null(column$grid)) {
    values <- normal_scores(values, column$grid)
  }
  values <- (values - column$center) / column$scale
  if (length(values) > 0 && !isTRUE(max(abs(range(values))) <= largest_float)) {
    abort_too_large(column)
  }
  list(values = values, missing = missing)
}

# Networks compute in 32 bits.
largest_float <- 3e38

abort_too_large <- function(column) {
  deeply_abort(
    c(
      "Column {.field {column$from}} has a value too large for a network, which
       computes in 32 bits.",
      x = "In training it was about {signif(column$mean, 3)}.",
      i = "Is it in another unit now?"
    ),
    class = "too_large",
    call = NULL
  )
}
