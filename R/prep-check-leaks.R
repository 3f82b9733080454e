# Does one column alone know the target? Learned on one half of the rows, scored
# on the other.

leak_sample <- 20000
leak_bins <- 50
most_classes <- 10

# Stop, look, and how much farther from perfect the others must be.
leak_limits <- list(
  regression = c(stop = 0.98, look = 0.9),
  classes = c(stop = 0.995, look = 0.95)
)
leak_far <- c(stop = 3, look = 4)

#' What each predictor alone can do
#'
#' @param but Columns that are judged elsewhere.
#' @return A data.table of `column`, `score` (R2 or AUC), `same` (whether it is
#'   the target in other words) and `cor`, the best score first.
#' @noRd
score_columns <- function(tables, but = character()) {
  y <- tables$y$train
  rows <- which(!is.na(y))
  rows <- rows[spread_rows(length(rows), leak_sample)]
  y <- y[rows]
  fold <- sampled(seq_along(rows), 0.5)
  columns <- usable(tables)
  columns <- columns[setdiff(names(columns), but)]
  scored <- lapply(columns, function(column) {
    x <- column$train[rows]
    if (tables$regression) score_number(x, column$kind, y, fold)
    else score_classes(x, column$kind, y, fold)
  })
  scores <- data.table(
    column = names(columns),
    score = vapply(scored, `[[`, 0, "score"),
    same = vapply(scored, `[[`, NA, "same"),
    cor = vapply(scored, `[[`, 0, "cor")
  )
  scores[order(-scores$score), ]
}

# Some rows of many, evenly spread, without a random number.
spread_rows <- function(n, most) {
  which(sampled(seq_len(n), min(1, most / n)))
}

score_number <- function(x, kind, y, fold) {
  bins <- as_bins(x, kind, bins_for(length(y)))
  ranks <- data.table::frank(y)
  score <- max(rsq(y, bin_means(bins, y, fold)),
               rsq(ranks, bin_means(bins, ranks, fold)))
  cor <- 0
  if (kind == "number") {
    x[is.na(x)] <- mean(x, na.rm = TRUE)
    cor <- correlation(x, y)
    score <- max(score, rsq(y, line_values(x, y, fold)),
                 rsq(ranks, line_values(data.table::frank(x), ranks, fold)))
  }
  list(score = score, cor = cor, same = abs(cor) > 0.999)
}

score_classes <- function(x, kind, y, fold) {
  bins <- as_bins(x, kind, bins_for(length(y)))
  classes <- utils::head(order(-tabulate(y)), most_classes)
  classes <- if (length(tabulate(y)) == 2) 2L else classes
  score <- mean(vapply(classes, function(k) {
    event <- y == k
    best <- roc_auc(event, bin_means(bins, as.numeric(event), fold))
    if (kind == "category") {
      return(best)
    }
    max(best, roc_auc(event, neighbour_means(x, as.numeric(event))))
  }, 0))
  list(score = score, cor = 0, same = is_one_to_one(bins, y))
}

bins_for <- function(n) {
  max(2, min(leak_bins, n %/% 20))
}

# Bins from 1 of codes or of numbers, missing values in a bin of their own.
as_bins <- function(x, kind, bins, breaks = NULL) {
  if (kind == "category") {
    return(x + 1L)
  }
  breaks <- breaks %||% bin_breaks(x, bins)
  place <- findInterval(x, breaks, left.open = TRUE) + 1L
  place[is.na(place)] <- length(breaks) + 2L
  place
}

# Few values have bins of their own; else the quantiles.
bin_breaks <- function(x, bins) {
  distinct <- unique(x[!is.na(x)])
  if (length(distinct) <= bins) {
    return(sort(distinct)[-length(distinct)])
  }
  unique(stats::quantile(x, seq_len(bins - 1) / bins, na.rm = TRUE,
                         names = FALSE))
}

#' The mean of each bin on one half, for the rows of the other
#'
#' One row's worth of the overall mean is added, so that a level of few rows
#' says little.
#' @noRd
bin_means <- function(bins, y, fold) {
  size <- max(bins)
  predicted <- numeric(length(y))
  for (half in list(fold, !fold)) {
    learn <- y[!half]
    by <- factor(bins[!half], seq_len(size))
    sums <- vapply(split(learn, by), sum, 0)
    means <- (sums + mean(learn)) / (tabulate(by, size) + 1)
    predicted[half] <- means[bins[half]]
  }
  predicted
}

#' The mean of the rows next to each in the order of a number, itself left out
#'
#' Sharper than bins where rows are few.
#' @noRd
neighbour_means <- function(x, y) {
  n <- length(x)
  reach <- max(2, min(25, n %/% 40))
  # Equal numbers lie in an order that knows nothing of the target.
  order <- order(x, (seq_len(n) * 0.6180339887498949) %% 1)
  sums <- c(0, cumsum(y[order]))
  first <- pmax(seq_len(n) - reach, 1)
  last <- pmin(seq_len(n) + reach, n)
  means <- numeric(n)
  means[order] <- (sums[last + 1] - sums[first] - y[order]) / (last - first)
  means
}

line_values <- function(x, y, fold) {
  predicted <- numeric(length(y))
  for (half in list(fold, !fold)) {
    u <- x[!half] - mean(x[!half])
    slope <- if (any(u != 0)) sum(u * y[!half]) / sum(u^2) else 0
    predicted[half] <- mean(y[!half]) + slope * (x[half] - mean(x[!half]))
  }
  predicted
}

rsq <- function(y, predicted) {
  1 - sum((y - predicted)^2) / sum((y - mean(y))^2)
}

correlation <- function(x, y) {
  if (length(unique(x)) < 2) 0 else stats::cor(x, y)
}

# Each value means one class, and each class has one value.
is_one_to_one <- function(bins, y) {
  classes <- data.table::uniqueN(y)
  pairs <- data.table::uniqueN(data.table(bins, y))
  pairs == classes && data.table::uniqueN(bins) == classes
}

# Findings -----------------------------------------------------------------

find_leaks <- function(scores, tables) {
  task <- if (tables$regression) "regression" else "classes"
  limits <- leak_limits[[task]]
  severity <- leak_severity(scores, limits, trivial = if (tables$regression) 0
                                                      else 0.5)
  lapply(which(!is.na(severity)), function(i) {
    next_best <- next_score(scores, i, limits[["stop"]])
    new_finding(
      "leak", scores$column[[i]], severity[[i]], scores$score[[i]],
      paste0(leak_words(scores[i, ], tables),
             if (!is.na(next_best)) {
               sprintf("; the next best column: %.3f", max(0, next_best))
             }),
      paste0("If it is not known before the target is, leave it out: ",
             drop_code(scores$column[[i]]))
    )
  })
}

leak_severity <- function(scores, limits, trivial) {
  score <- scores$score
  severity <- rep(NA_character_, length(score))
  rest <- c(score[score <= limits[["stop"]]], trivial)
  lone <- (1 - max(rest)) > leak_far[["stop"]] * (1 - score)
  near <- score > limits[["stop"]]
  severity[near] <- "look"
  severity[(near & lone) | scores$same] <- "stop"
  second <- c(score[-1], trivial)[[1]]
  suspicious <- length(score) > 0 && score[[1]] > limits[["look"]] &&
    (1 - second) > leak_far[["look"]] * (1 - score[[1]])
  if (suspicious && is.na(severity[[1]])) {
    severity[[1]] <- "look"
  }
  severity
}

next_score <- function(scores, i, limit) {
  others <- scores$score[-i]
  below <- others[others <= limit]
  c(below, NA)[[1]]
}

leak_words <- function(score, tables) {
  if (score$same && tables$regression) {
    return(sprintf("is the target in another scale (correlation %.4f)",
                   score$cor))
  }
  if (score$same) {
    return("is the target in other words: one value to each class")
  }
  sprintf("alone predicts the target with %s %.3f",
          if (tables$regression) "R2" else "AUC", score$score)
}

drop_code <- function(name, table = "data") {
  if (make.names(name) != name) {
    name <- paste0("`", name, "`")
  }
  sprintf("%s$%s <- NULL", table, name)
}

find_after <- function(after, names) {
  c(
    lapply(intersect(after, names), function(name) {
      new_finding("after", name, "stop", NA,
                  "is known only after the target, as you say in `after`",
                  paste0("Leave it out: ", drop_code(name)))
    }),
    lapply(setdiff(after, names), function(name) {
      new_finding("after", name, "know", NA,
                  "is named in `after` and not in the data",
                  "Nothing, if that is what you want.")
    })
  )
}
