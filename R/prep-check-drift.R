# Are the test rows like the training rows? Column by column, and all columns
# together.

drift_sample <- 100000
apart_sample <- 10000
drift_bins <- 10
drift_levels <- 20
drift_limits <- c(look = 0.1, stop = 0.25)
drift_chance <- 1e-4
apart_look <- 0.6

#' The population stability index of each column, and what tells tables apart
#' @return `NULL` without test rows, or a list of `columns` (a data.table of
#'   `column`, `psi`, `chance`, what no shift would give, and `p`) and `apart`.
#' @noRd
measure_drift <- function(tables) {
  if (is.null(tables$raw$test)) {
    return(NULL)
  }
  columns <- drift_columns(tables)
  if (length(columns) == 0) {
    return(NULL)
  }
  take <- lapply(tables$rows, spread_rows, most = drift_sample)
  bins <- lapply(columns, drift_codes, take = take)
  measured <- lapply(bins, stability_index)
  list(
    columns = data.table(column = names(columns),
                         data.table::rbindlist(measured)),
    apart = tell_apart(bins[names(bins) != tables$target])
  )
}

# Time moves on in any split that is right; groups and names are new.
drift_columns <- function(tables) {
  columns <- usable(tables, both = TRUE)
  columns <- columns[setdiff(names(columns), c(tables$time$name,
                                               tables$group))]
  columns <- Filter(function(column) !column$identifier, columns)
  if (!is.null(tables$y$test)) {
    y <- list(kind = if (tables$regression) "number" else "category",
              train = tables$y$train, test = tables$y$test)
    if (!tables$regression) {
      y[c("train", "test")] <- lapply(y[c("train", "test")], function(y) {
        replace(y, is.na(y), 0L)
      })
    }
    columns <- c(columns, stats::setNames(list(y), tables$target))
  }
  columns
}

# The bin of each row, in both tables, as the training rows cut them.
drift_codes <- function(column, take) {
  x <- list(train = column$train[take$train], test = column$test[take$test])
  if (column$kind == "category") {
    often <- order(-tabulate(x$train + 1L))
    often <- utils::head(often, drift_levels)
    return(lapply(x, function(x) match(x + 1L, often, drift_levels + 1L)))
  }
  breaks <- bin_breaks(x$train, drift_bins)
  lapply(x, as_bins, kind = "number", breaks = breaks)
}

#' Symmetric Kullback-Leibler divergence of two tables of bins
#'
#' Half a row is added to each bin, so that an empty one is not infinite.
#' @noRd
stability_index <- function(bins) {
  size <- max(unlist(bins))
  counts <- vapply(bins, tabulate, numeric(size), nbins = size)
  counts <- matrix(counts, ncol = 2)
  counts <- counts[rowSums(counts) > 0, , drop = FALSE]
  shares <- t((t(counts) + 0.5) / (colSums(counts) + 0.5 * nrow(counts)))
  psi <- sum((shares[, 2] - shares[, 1]) * log(shares[, 2] / shares[, 1]))
  free <- nrow(counts) - 1
  noise <- sum(1 / colSums(counts))
  data.table(
    psi = psi, chance = free * noise,
    p = stats::pchisq(psi / noise, max(1, free), lower.tail = FALSE)
  )
}

# Telling the tables apart -------------------------------------------------

#' How well do all columns together tell test rows from training rows?
#'
#' Naive Bayes on the bins, learned on one half and scored on the other.
#' @return The area under the ROC curve, or `NA` for too few rows.
#' @noRd
tell_apart <- function(bins) {
  if (length(bins) == 0) {
    return(NA_real_)
  }
  parts <- lapply(c(train = "train", test = "test"), function(part) {
    apart_rows(lapply(bins, `[[`, part))
  })
  n <- vapply(parts, function(x) length(x[[1]]), 0L)
  if (any(n < 20)) {
    return(NA_real_)
  }
  is_test <- rep(c(FALSE, TRUE), n)
  # The rows lie in an order of their own, so that theirs does not matter.
  fold <- with_seed(1, stats::runif(sum(n))) < 0.5
  odds <- numeric(sum(n))
  for (name in names(bins)) {
    codes <- c(parts$train[[name]], parts$test[[name]])
    odds <- odds + bin_odds(codes, is_test, fold)
  }
  mean(c(roc_auc(is_test[fold], odds[fold]),
         roc_auc(is_test[!fold], odds[!fold])))
}

apart_rows <- function(codes) {
  rows <- spread_rows(length(codes[[1]]), apart_sample)
  codes <- lapply(codes, `[`, rows)
  order <- do.call(order, unname(codes))
  lapply(codes, `[`, order)
}

bin_odds <- function(codes, is_test, fold) {
  size <- max(codes)
  odds <- numeric(length(codes))
  for (half in list(fold, !fold)) {
    count_in <- function(rows) {
      counts <- tabulate(codes[rows & !half], size) + 0.5
      log(counts / sum(counts))
    }
    odds[half] <- (count_in(is_test) - count_in(!is_test))[codes[half]]
  }
  odds
}

# Findings -----------------------------------------------------------------

find_drift <- function(drift, tables) {
  if (is.null(drift)) {
    return(NULL)
  }
  columns <- drift$columns
  excess <- columns$psi - columns$chance
  shifted <- which(excess >= drift_limits[["look"]] &
                     columns$p < drift_chance / nrow(columns))
  in_time <- !is.null(tables$time) && early_share(tables) == 0
  found <- lapply(shifted[order(-excess[shifted])], function(i) {
    large <- excess[[i]] >= drift_limits[["stop"]] && !in_time
    name <- columns$column[[i]]
    new_finding(
      "drift", name, if (large) "stop" else "look", columns$psi[[i]],
      sprintf("is not the same in test rows: stability index %.2f (chance gives
               %.2f)%s", columns$psi[[i]], columns$chance[[i]],
              shift_words(name, tables)),
      if (in_time) "The world has changed: expect that it does so again." else
        "Split at random, or expect the test score of another population."
    )
  })
  apart <- drift$apart
  if (!is.na(apart) && apart >= apart_look && is_beyond(apart, tables)) {
    found <- c(found, list(new_finding(
      "drift", "", "look", apart,
      sprintf("test rows can be told from training rows with AUC %.2f (0.5: they
               are the same)", apart),
      "autoplot() shows the columns that differ."
    )))
  }
  found
}

# Four standard errors of the AUC of a coin.
is_beyond <- function(apart, tables) {
  n <- pmin(tables$rows, apart_sample)
  apart - 0.5 > 4 * sqrt(sum(1 / n) / 12)
}

shift_words <- function(name, tables) {
  column <- tables$columns[[name]] %||%
    list(kind = if (tables$regression) "number" else "category",
         train = tables$y$train, test = tables$y$test)
  if (column$kind == "number" && !isTRUE(column$moment)) {
    means <- vapply(column[c("train", "test")], mean, 0, na.rm = TRUE)
    return(sprintf(", mean %s and %s", format(signif(means[[1]], 3)),
                   format(signif(means[[2]], 3))))
  }
  new <- if (name != tables$target) mean(column$test == 0)
  if (isTRUE(new > 0) && !any(column$train == 0)) {
    return(sprintf(", %s have values that no training row has", percent(new)))
  }
  ""
}
