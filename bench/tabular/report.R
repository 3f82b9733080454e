# What all results say: ranks, differences, the worst case; as text and a plot.

resamples <- 2000

report <- function(results, out) {
  models <- unique(results$model)
  results <- complete_cells(results, models)
  if (nrow(results) == 0) {
    cat("No table has all", length(models), "models yet\n")
    return(invisible())
  }
  ranks <- mean_ranks(results)
  text <- c(
    about(results), scores_of(results, "score", "Scores on the test rows"),
    scores_of(results[!is.na(log_loss)], "log_loss",
              "Log loss on the test rows (lower is better)"),
    said_of(ranks, results),
    if ("default" %in% models) {
      unlist(lapply(c("trees", "tuned", "ridge"), differences,
                    results = results, model = "default"))
    },
    worst_cases(results)
  )
  writeLines(text)
  writeLines(text, file.path(out, "summary.txt"))
  ggplot2::ggsave(file.path(out, "ranks.png"), draw_ranks(ranks, results),
                  width = 7, height = 4, dpi = 150)
}

# A table and seed count once every model has been fitted to them.
complete_cells <- function(results, models) {
  results[, if (uniqueN(model) == length(models)) .SD, by = c("data", "seed")]
}

# Ranks ------------------------------------------------------------------------

# Whoever simulates chooses who wins, so these tables have no say.
ranked <- function(results) {
  chosen <- results[seed_draws != "table"]
  if (nrow(chosen) == 0) chosen <- copy(results)
  chosen[, rank := frank(-score), by = c("data", "seed")][]
}

# Mean rank over tables of the means over seeds. The interval draws tables, and
# seeds within each, with replacement.
mean_ranks <- function(results) {
  cells <- dcast(ranked(results), data + seed ~ model, value.var = "rank")
  tables <- split(as.matrix(cells[, !c("data", "seed")]), cells$data)
  models <- setdiff(names(cells), c("data", "seed"))
  tables <- lapply(tables, matrix, ncol = length(models))
  average <- function(tables) {
    rowMeans(vapply(tables, colMeans, numeric(length(models))))
  }
  again <- function(table) {
    table[sample.int(nrow(table), replace = TRUE), , drop = FALSE]
  }
  set.seed(1)
  draws <- replicate(resamples, average(
    lapply(sample(tables, replace = TRUE), again)
  ))
  limits <- apply(draws, 1, quantile, c(0.025, 0.975))
  data.table(model = models, rank = average(tables), lower = limits[1, ],
             upper = limits[2, ])[order(rank)]
}

said_of <- function(ranks, results) {
  took <- results[, list(seconds = mean(fit_seconds), kB = mean(bytes) / 1000),
                  by = "model"]
  best <- ranked(results)[, list(score = mean(score)), by = c("data", "model")]
  best <- best[, list(model = model[score > max(score) - 1e-9]), by = "data"]
  shown <- took[ranks, on = "model"][, list(
    model = label_of(model), `mean rank` = sprintf("%.2f", rank),
    `95 % interval` = sprintf("%.2f to %.2f", lower, upper),
    `best on` = vapply(model, function(one) sum(best$model == one), 1L),
    seconds = sprintf("%.1f", seconds), kB = sprintf("%.0f", kB)
  )]
  c("", sprintf("Mean rank of %d models on %d tables",
                nrow(ranks), uniqueN(ranked(results)$data)),
    if (any(results$seed_draws != "table")) "Simulated tables have no say.",
    "The interval draws tables and seeds anew. \"best on\": alone or tied.",
    "Seconds to fit and size are means over all tables.", "", as_text(shown))
}

# Differences ------------------------------------------------------------------

# Paired over seeds. Where a seed draws the split or the period, training rows
# overlap, and the interval is that of compare_models(); where it draws the
# model alone, it says nothing of other test rows.
paired <- function(results, model, rival) {
  pair <- c(model, rival)
  wide <- dcast(results[model %in% pair],
                data + seed_draws + metric + seed + n_train + n_test ~ model,
                value.var = "score")
  wide[, gain := wide[[pair[[1]]]] - wide[[pair[[2]]]]]
  wide[, {
    again <- seed_draws[[1]] %in% c("split", "period")
    tested <- if (again) n_test else 0 * n_test
    deeply:::resampled_interval(gain, n_train, tested)[c("mean", "lower",
                                                         "upper")]
  }, by = c("data", "seed_draws", "metric")]
}

differences <- function(results, model, rival) {
  found <- paired(results, model, rival)
  verdict <- found[, fcase(lower > 0, "better", upper < 0, "worse",
                           default = "alike")]
  shown <- found[, list(
    table = data, metric, difference = sprintf("%+.4f", mean),
    `95 % interval` = ifelse(is.na(lower), "", sprintf("%+.4f to %+.4f", lower,
                                                       upper)),
    `seed draws` = seed_draws, verdict = verdict
  )]
  c("", sprintf("%s less %s", label_of(model), label_of(rival)),
    sprintf("better on %d, worse on %d, not to be told apart on %d",
            sum(verdict == "better"), sum(verdict == "worse"),
            sum(verdict == "alike")),
    "", as_text(shown))
}

worst_cases <- function(results) {
  models <- setdiff(unique(results$model), names(rivals))
  lines <- vapply(models, function(model) {
    worst <- paired(results, model, "ridge")[which.min(mean)]
    sprintf("%s: %+.4f %s on %s (%s)", label_of(model), worst$mean,
            worst$metric, worst$data,
            sprintf("%+.4f to %+.4f", worst$lower, worst$upper))
  }, "")
  c("", "Worst case beside the linear model", "", lines)
}

# Text -------------------------------------------------------------------------

about <- function(results) {
  seeds <- range(results[, uniqueN(seed), by = "data"]$V1)
  sprintf("%d tables, seeds of each: %s; deeply %s, R %s, %d cores",
          uniqueN(results$data), paste(unique(seeds), collapse = " to "),
          packageVersion("deeply"), getRversion(), parallel::detectCores())
}

scores_of <- function(results, what, title) {
  if (nrow(results) == 0) {
    return(NULL)
  }
  models <- unique(results$model)
  # Splits within classes differ by a row now and then.
  sized <- copy(results)[, n_train := round(mean(n_train)), by = "data"]
  wide <- dcast(sized, data + metric + n_train ~ factor(model, models),
                value.var = what, fun.aggregate = mean)
  if (what == "log_loss") wide[, metric := NULL]
  wide[, (models) := lapply(.SD, sprintf, fmt = "%.4f"), .SDcols = models]
  setnames(wide, c("data", "n_train"), c("table", "rows"))
  c("", paste0(title, ", means over seeds"), "", as_text(wide))
}

as_text <- function(table) {
  old <- options(width = 120)
  on.exit(options(old))
  capture.output(print(as.data.frame(table), row.names = FALSE))
}

# Plot -------------------------------------------------------------------------

draw_ranks <- function(ranks, results) {
  ranks <- copy(ranks)[, kind := fifelse(model %in% names(rivals), "rival",
                                         "deeply")]
  order <- rev(label_of(ranks$model))
  ranks[, model := factor(label_of(model), order)]
  each <- ranked(results)[, list(rank = mean(rank)), by = c("data", "model")]
  each[, model := factor(label_of(model), order)]
  ggplot2::ggplot(ranks, ggplot2::aes(rank, model)) +
    ggplot2::geom_point(data = each, colour = "grey75", size = 1.2,
                        position = ggplot2::position_nudge(y = -0.22)) +
    ggplot2::geom_linerange(ggplot2::aes(xmin = lower, xmax = upper,
                                         colour = kind), linewidth = 0.8) +
    ggplot2::geom_point(ggplot2::aes(colour = kind), size = 2.8) +
    ggplot2::scale_colour_manual(values = c(deeply = "#0072B2",
                                            rival = "grey30"), guide = "none") +
    ggplot2::labs(
      title = rank_title(ranks), y = NULL,
      subtitle = sprintf(
        "%d tables: small, the rank on each; large, the mean and its interval",
        uniqueN(each$data)
      ),
      x = sprintf("Rank of %d by AUC, accuracy or R squared (1 is best)",
                  nrow(ranks))
    ) +
    theme_deeply()
}

# The best, and where the best of deeply's presets stands if that is another.
rank_title <- function(ranks) {
  own <- which(ranks$kind == "deeply")[[1]]
  first <- sprintf("Best mean rank: %s, %.1f", ranks$model[[1]],
                   ranks$rank[[1]])
  if (own == 1) {
    return(first)
  }
  sprintf("%s; %s is %s, %.1f", first, ranks$model[[own]],
          deeply:::ordinal(own), ranks$rank[[own]])
}
