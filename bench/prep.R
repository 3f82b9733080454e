# Preparing a large table: 10,000,000 rows of 20 mixed columns, seconds and
# peak memory; and beside recipes (standardise, fill, pool, encode) on 1,000,000
# rows in the same run.
#
#   Rscript bench/prep.R [rows]

suppressPackageStartupMessages(library(deeply))
library(data.table)
rows <- as.numeric(c(commandArgs(TRUE), "1e7")[[1]])

mixed_columns <- function(n, seed = 1) {
  set.seed(seed)
  table <- setDT(c(
    setNames(lapply(1:7, function(i) rnorm(n, i, i)), paste0("number", 1:7)),
    setNames(lapply(1:3, function(i) rexp(n)), paste0("skewed", 1:3)),
    setNames(lapply(1:3, function(i) sample.int(1000L, n, TRUE)),
             paste0("whole", 1:3)),
    setNames(lapply(c(3, 20, 200), function(k) {
      factor(sample.int(k, n, TRUE), labels = paste("level", seq_len(k)))
    }), paste0("factor", 1:3)),
    list(
      text = sample(c(" north", "North", "south", "?", "east"), n, TRUE),
      city = paste("city", seq_len(5000))[sample.int(5000L, n, TRUE)],
      flag = runif(n) < 0.3,
      day = as.Date("2020-01-01") + sample.int(1500L, n, TRUE)
    )
  ))
  for (column in c("number1", "number2", "whole1")) {
    set(table, sample.int(n, n %/% 50), column, NA)
  }
  set(table, j = "y", value = table$number3 + rnorm(n))
  table[]
}

# Highest resident memory of this process so far, in MB.
peak_mb <- function() {
  line <- grep("^VmHWM", readLines("/proc/self/status"), value = TRUE)
  as.numeric(gsub("[^0-9]", "", line)) / 1024
}
reset_peak <- function() {
  gc(full = TRUE)
  try(writeLines("5", "/proc/self/clear_refs"), silent = TRUE)
}

table <- mixed_columns(rows)
data_mb <- as.numeric(object.size(table)) / 2^20
reset_peak()
before <- peak_mb()
learning <- system.time(prep <- deep_prep(y ~ ., table))[["elapsed"]]
after_learning <- peak_mb()
applying <- system.time(encoded <- predict(prep, table))[["elapsed"]]
cat(sprintf(
  "%s rows x 20: learn %.1f s, apply %.1f s, together %.1f s\n",
  format(rows, big.mark = ","), learning, applying, learning + applying
))
cat(sprintf(
  "data %.0f MB; peak while learning %.0f MB, in all %.0f MB = %.2f x data\n",
  data_mb, after_learning, peak_mb(), peak_mb() / data_mb
))
cat(sprintf("(R with the table alone: %.0f MB)\n", before))
print(prep)
rm(table, encoded)

if (requireNamespace("recipes", quietly = TRUE)) {
  suppressPackageStartupMessages(library(recipes))
  small <- as.data.frame(mixed_columns(1e6))
  by_recipe <- function() {
    recipe(y ~ ., small) |>
      step_date(day, features = c("dow", "doy"), keep_original_cols = TRUE) |>
      step_mutate_at(text, city, fn = trimws) |>
      step_bin2factor(flag) |>
      step_mutate(day = as.numeric(day)) |>
      step_indicate_na(number1, number2, whole1) |>
      step_impute_mean(all_numeric_predictors()) |>
      step_normalize(all_numeric_predictors()) |>
      step_unknown(all_nominal_predictors()) |>
      step_novel(all_nominal_predictors()) |>
      step_integer(all_nominal_predictors()) |>
      step_zv(all_predictors()) |>
      prep(retain = FALSE)
  }
  ours <- theirs <- numeric()
  for (round in 1:3) {
    ours[[round]] <- system.time({
      known <- deep_prep(y ~ ., small)
      predict(known, small)
    })[["elapsed"]]
    gc()
    theirs[[round]] <- system.time({
      known <- by_recipe()
      bake(known, small, all_predictors())
    })[["elapsed"]]
    gc()
  }
  cat(sprintf("1,000,000 rows, median of 3: ours %.2f s, recipes %.2f s: ",
              median(ours), median(theirs)),
      sprintf("%.1f times faster\n", median(theirs) / median(ours)))
}
