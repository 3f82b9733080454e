# What a column looks like on the training rows: all that is learned of it is
# learned from this. Sketches of blocks add up to the sketch of the whole, so a
# table in memory and a file larger than memory teach the same.
#
# A sketch of numbers has n, missing, mean, m2 (sum of squared deviations), min,
# max, at_min, at_max (rows that have them) and whole (all whole numbers). One
# of text has n, missing, levels and counts; a level may have a count of 0, if
# only held-out rows have it. Both have `points`, the values (or codes of
# levels) of sampled rows, the same rows in every column.

sample_size <- 100000L

# Sampling -----------------------------------------------------------------

# Row i is in the sample when the fractional part of i times the golden section
# is below a threshold: evenly spread over the table, without a random number,
# and the same rows whatever the blocks. The threshold halves as rows come.
sampled <- function(rows, threshold) {
  threshold == 1 | (rows * 0.6180339887498949) %% 1 < threshold
}

sample_threshold <- function(n) {
  2^-max(0, ceiling(log2(n / sample_size)))
}

new_sampler <- function() {
  list2env(list(n = 0, rows = numeric()), parent = emptyenv())
}

#' Takes the next rows into the sample
#'
#' @param m Number of rows that come.
#' @return A list of `old`, which points so far stay, and `new`, the positions
#'   of those that join them; `NULL` is all, the usual case.
#' @noRd
advance <- function(sampler, m) {
  threshold <- sample_threshold(sampler$n + m)
  old <- sampled(sampler$rows, threshold)
  old <- if (!all(old)) old
  new <- NULL
  coming <- sampler$n + seq_len(m)
  if (threshold < 1) {
    new <- which(sampled(coming, threshold))
    coming <- coming[new]
  }
  sampler$rows <- c(stay(sampler$rows, old), coming)
  sampler$n <- sampler$n + m
  list(old = old, new = new)
}

stay <- function(points, which) {
  if (is.null(which)) points else points[which]
}

# Sketching ----------------------------------------------------------------

#' The sketch of one column
#'
#' @param values The column.
#' @param rows Row numbers that will be encoded: their categories are known
#'   levels, though only `train` decides what the network sees. `NULL` is all.
#' @param train Row numbers to learn from; `NULL` is all.
#' @param take What `advance()` says of the training rows.
#' @param name Its name.
#' @param tokens Values that mean "missing" in it.
#' @noRd
sketch_column <- function(values, rows, train, take, name, tokens = NULL) {
  if (column_kind(values) == "unknown") {
    abort_column_class(values, name)
  }
  if (column_kind(values) == "category") {
    return(sketch_text(values, rows, train, take))
  }
  about <- list(class = column_class(values), zone = attr(values, "tzone"))
  x <- if (is.null(train)) as_number(values, name)
       else as_number(values[train], name, train)
  if (length(tokens) > 0) {
    x[x %in% missing_numbers(tokens, about$class)] <- NA
  }
  c(about, sketch_number(x, stay(x, take$new)))
}

sketch_number <- function(x, points) {
  n <- length(x)
  if (anyNA(x)) {
    x <- x[!is.na(x)]
  }
  limits <- if (length(x) > 0) range(x) else c(Inf, -Inf)
  mean <- if (length(x) > 0) mean(x) else 0
  list(
    kind = "number", n = n, missing = n - length(x), mean = mean,
    m2 = sum((x - mean)^2), min = limits[[1]], max = limits[[2]],
    at_min = sum(x == limits[[1]]), at_max = sum(x == limits[[2]]),
    # Most columns of fractions show one in their first rows.
    whole = all_whole(x[seq_len(min(1000, length(x)))]) && all_whole(x),
    points = points
  )
}

all_whole <- function(x) {
  all(x == trunc(x))
}

sketch_text <- function(values, rows, train, take) {
  coded <- code_text(values)
  k <- length(coded$levels)
  seen <- if (is.null(train)) coded$codes else coded$codes[train]
  counts <- tabulate(seen, k)
  met <- if (is.null(rows)) coded$codes else coded$codes[rows]
  known <- tabulate(met, k) > 0
  points <- stay(seen, take$new)
  list(
    class = column_class(values), kind = "text", n = length(seen),
    missing = length(seen) - sum(counts), levels = coded$levels[known],
    counts = counts[known], points = cumsum(known)[points]
  )
}

code_text <- function(values) {
  if (is.factor(values)) {
    return(list(codes = as.integer(values), levels = levels(values)))
  }
  if (is.logical(values)) {
    return(list(codes = as.integer(values) + 1L, levels = c("FALSE", "TRUE")))
  }
  levels <- unique(as.vector(values))
  levels <- levels[!is.na(levels)]
  list(codes = match(values, levels), levels = levels)
}

# Adding up ----------------------------------------------------------------

#' @param old Which points of `a` stay.
#' @noRd
merge_sketches <- function(a, b, old) {
  merged <- if (a$kind == "number") add_numbers(a, b) else add_levels(a, b)
  if (a$kind == "text") {
    b$points <- match(b$levels, merged$levels)[b$points]
  }
  merged$points <- c(stay(a$points, old), b$points)
  merged
}

# Chan, Golub & LeVeque (1983), for mean and squared deviations.
add_numbers <- function(a, b) {
  seen <- c(a$n - a$missing, b$n - b$missing)
  total <- max(1, sum(seen))
  shift <- b$mean - a$mean
  merged <- a
  merged$n <- a$n + b$n
  merged$missing <- a$missing + b$missing
  merged$mean <- a$mean + shift * seen[[2]] / total
  merged$m2 <- a$m2 + b$m2 + shift^2 * seen[[1]] * seen[[2]] / total
  merged$min <- min(a$min, b$min)
  merged$max <- max(a$max, b$max)
  merged$at_min <- sum(c(a$at_min, b$at_min)[c(a$min, b$min) == merged$min])
  merged$at_max <- sum(c(a$at_max, b$at_max)[c(a$max, b$max) == merged$max])
  merged$whole <- a$whole && b$whole
  merged
}

add_levels <- function(a, b) {
  merged <- a
  merged$levels <- union(a$levels, b$levels)
  merged$counts <- numeric(length(merged$levels))
  for (part in list(a, b)) {
    at <- match(part$levels, merged$levels)
    merged$counts[at] <- merged$counts[at] + part$counts
  }
  merged$n <- a$n + b$n
  merged$missing <- a$missing + b$missing
  merged
}

# Reading ------------------------------------------------------------------

#' The sketch of numbers that text turned out to be
#'
#' @param values The number of each level, `NA` for none.
#' @noRd
number_sketch <- function(sketch, values) {
  seen <- !is.na(values) & sketch$counts > 0
  x <- values[seen]
  counts <- sketch$counts[seen]
  n <- sum(counts)
  mean <- sum(counts / max(n, 1) * x)
  limits <- if (n > 0) range(x) else c(Inf, -Inf)
  list(
    kind = "number", class = sketch$class, n = sketch$n,
    missing = sketch$n - n, mean = mean, m2 = sum(counts * (x - mean)^2),
    min = limits[[1]], max = limits[[2]],
    at_min = sum(counts[x == limits[[1]]]),
    at_max = sum(counts[x == limits[[2]]]), whole = all_whole(x),
    points = values[sketch$points]
  )
}

sketch_sd <- function(sketch) {
  seen <- sketch$n - sketch$missing
  if (seen > 1) sqrt(sketch$m2 / (seen - 1)) else 0
}

# Differences that no rounding makes: two columns with the same are the same.
# Categories are the same if each level of one goes with a level of the other.
sketch_key <- function(sketch) {
  if (sketch$kind == "text") {
    points <- match(sketch$points, unique(sketch$points))
    figures <- sort(sketch$counts[sketch$counts > 0])
  } else {
    points <- sketch$points
    figures <- unlist(sketch[c("mean", "m2", "min", "max")])
  }
  figures <- c(sketch$n, sketch$missing, signif(figures, 9))
  # Adding 0 spells out a sequence, which has a hash of its own.
  rlang::hash(list(sketch$kind, figures + 0, points + 0))
}
