# The network beside its rivals, by cross-validation: penguins (10 x 3 folds,
# with and without island and year) and Adult (5 folds of its training part, or
# of a share of it).
#
#   DEEPLY_DATA_DIR=<folder> Rscript bench/compare.R [share] [sets]

suppressPackageStartupMessages(library(deeply))
given <- commandArgs(TRUE)
share <- as.numeric(c(given, 1)[[1]])
sets <- if (length(given) > 1) given[-1] else c("penguins", "adult")

compare <- function(title, ...) {
  seconds <- system.time(compared <- compare_models(..., seed = 1))
  cat(sprintf("\n%s, %.0f s\n\n", title, seconds[["elapsed"]]))
  print(compared)
  for (metric in c("accuracy", "log_loss")) {
    cat("\n", metric, "\n", sep = "")
    table <- as.data.frame(summary(compared, metric = metric))
    print(table[1:8], digits = 3, row.names = FALSE)
  }
}

if ("penguins" %in% sets) {
  penguins <- as.data.frame(palmerpenguins::penguins)
  folds <- deep_folds(penguins, v = 3, repeats = 10, strata = "species",
                      seed = 1)
  compare("Penguins, all columns", species ~ ., penguins, folds = folds)
  compare("Penguins, without island and year", species ~ . - island - year,
          penguins, folds = folds)
}

if ("adult" %in% sets) {
  adult <- deep_data("adult")$train
  if (share < 1) {
    set.seed(1)
    adult <- adult[sort(sample(nrow(adult), round(share * nrow(adult)))), ]
  }
  compare(sprintf("Adult, %d rows", nrow(adult)), income ~ ., adult)
}
