# What a fit says of its own doubt without being asked for it: do its intervals
# and quantiles cover what they say on rows that nothing has seen, and does the
# temperature lower the log loss there too.
#
#   Rscript bench/uncertainty.R [sets]

suppressPackageStartupMessages(library(deeply))
sets <- as.integer(c(commandArgs(TRUE), 20L)[[1]])

# The same simulated curve as in bench/calibrate.R.
wave <- function(n) {
  x <- runif(n, -2, 2)
  z <- rnorm(n)
  data.frame(x, z, y = sin(2 * x) + 0.5 * z + (0.2 + abs(x)) * (rexp(n) - 1))
}
coverage <- function(fit, new, level = 0.9) {
  said <- predict(fit, new, "interval", level = level)
  mean(said$.pred_lower <= new$y & new$y <= said$.pred_upper)
}
quiet <- function(seed, ...) {
  deep_control(seed = seed, verbose = FALSE, ...)
}
line <- function(what, x) {
  cat(sprintf("%-38s %.2f %% on average, %.1f to %.1f\n", what, 100 * mean(x),
              100 * min(x), 100 * max(x)))
}

# Intervals from validation rows ---------------------------------------------
# 800 rows to train, 200 to validate; beside 200 that nothing has seen.

covered <- vapply(seq_len(sets), function(set) {
  set.seed(set)
  fit <- deep_mlp(y ~ ., wave(1000), baseline = FALSE, control = quiet(set))
  new <- wave(20000)
  c(coverage(fit, new), coverage(calibrate(fit, wave(200)), new))
}, numeric(2))
line("90 % from 200 validation rows", covered[1, ])
line("90 % from 200 rows not seen", covered[2, ])
cat(sprintf("  by theory %.2f %%\n", 100 * ceiling(201 * 0.9) / 201))

# Quantiles ------------------------------------------------------------------
# 20,000 rows, 4,000 of them to validate.

covered <- vapply(seq_len(max(1, sets %/% 7)), function(set) {
  set.seed(set)
  fit <- deep_mlp(y ~ ., wave(20000), quantile_levels = c(0.05, 0.5, 0.95),
                  baseline = FALSE, control = quiet(set, epochs = 20))
  new <- wave(20000)
  raw <- fit
  raw$calibration <- NULL
  c(coverage(raw, new), coverage(fit, new))
}, numeric(2))
line("quantiles .05 to .95 as they are", covered[1, ])
line("  conformalized, as by default", covered[2, ])

# Temperature ----------------------------------------------------------------
# Log loss on 20,000 rows that nothing has seen, with and without.

blobs <- function(n) {
  x <- matrix(rnorm(4 * n), n)
  data.frame(x, class = factor(runif(n) < plogis(x %*% c(1, -1, 0.5, 0))))
}
loss <- vapply(seq_len(sets), function(set) {
  set.seed(set)
  fit <- deep_mlp(class ~ ., blobs(1000), baseline = FALSE,
                  control = quiet(set))
  raw <- fit
  raw$calibration <- NULL
  new <- blobs(20000)
  vapply(list(raw, fit), function(fit) {
    scores <- deep_metrics(new$class, predict(fit, new, "prob"))
    scores$estimate[scores$metric == "log_loss"]
  }, numeric(1))
}, numeric(2))
cat(sprintf(
  "log loss %.4f as it is, %.4f by temperature; not higher in %d of %d\n",
  mean(loss[1, ]), mean(loss[2, ]), sum(loss[2, ] <= loss[1, ]), sets
))
