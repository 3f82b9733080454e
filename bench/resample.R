# Resampling: five folds of a fifth of Adult in one and in two processes, with
# the same numbers; and how often intervals over folds cover the truth.
#
#   Rscript bench/resample.R [sets]

suppressPackageStartupMessages(library(deeply))
sets <- as.integer(c(commandArgs(TRUE), 1000L)[[1]])

if (has_backend()) {
  adult <- deep_data("adult")$train
  set.seed(1)
  adult <- adult[sample(nrow(adult), round(nrow(adult) / 5)), ]
  # The first start of Python is no part of it.
  invisible(deep_device())
  seconds <- numeric(2)
  judged <- lapply(1:2, function(workers) {
    seconds[[workers]] <<- system.time(
      found <- cross_validate(income ~ ., adult, folds = 5, seed = 1,
                              workers = workers, verbose = FALSE)
    )[["elapsed"]]
    found
  })
  print(judged[[1]])
  same <- identical(judged[[1]][, -"seconds"], judged[[2]][, -"seconds"])
  cat(sprintf("%s rows: 1 process %.0f s, 2 processes %.0f s (start of both
  included); the same numbers: %s\n", format(nrow(adult), big.mark = ","),
              seconds[[1]], seconds[[2]], same))
}

# What five folds estimate: the expected error of a model that is trained on
# four fifths of the rows. It is measured by many training sets of their own.
draw <- function(n) {
  x <- matrix(rnorm(n * 10), n)
  data.frame(y = x[, 1] + x[, 2]^2 / 2 + rnorm(n), x)
}
rmse <- function(fit, data) sqrt(mean((predict(fit, data) - data$y)^2))
tree <- function(x, data) rpart::rpart(x, data)
models <- list(
  "linear regression" = lm,
  "a decision tree" = if (requireNamespace("rpart", quietly = TRUE)) tree
)
models <- Filter(Negate(is.null), models)
naive <- function(values) {
  half <- qt(0.975, length(values) - 1) * sd(values) / sqrt(length(values))
  mean(values) + c(-half, half)
}
for (repeats in c(1, 4)) {
  k <- 5 * repeats
  covered <- NULL
  for (name in names(models)) {
    set.seed(7)
    truth <- mean(replicate(2000, rmse(models[[name]](y ~ ., draw(160)),
                                       draw(2000))))
    hits <- sapply(seq_len(sets), function(set) {
      set.seed(set)
      data <- draw(200)
      folds <- deep_folds(data, 5, repeats = repeats, seed = set)
      found <- cross_validate(y ~ ., data, model = models[[name]],
                              folds = folds, seed = set, verbose = FALSE)
      table <- summary(found)[1]
      plain <- naive(found$rmse)
      c(table$lower <= truth && truth <= table$upper,
        plain[[1]] <= truth && truth <= plain[[2]])
    })
    covered <- rbind(covered, rowMeans(hits))
  }
  cat(sprintf("%s, %d folds, %d data sets: 95 %% intervals cover the truth in
  %.1f %% (corrected) and %.1f %% (naive)\n", names(models), k, sets,
              100 * covered[, 1], 100 * covered[, 2]), sep = "")
}
