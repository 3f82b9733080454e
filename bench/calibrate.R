# Calibration: do intervals cover what they say, on simulated sets; and what do
# temperature, Platt's line and isotonic curves do for a network that is too
# sure, on rows they were not learned from.
#
#   Rscript bench/calibrate.R [sets]

suppressPackageStartupMessages(library(deeply))
sets <- as.integer(c(commandArgs(TRUE), 50L)[[1]])

# Intervals ------------------------------------------------------------------
# A curve whose noise grows with x and is skewed: nothing that the intervals
# could know. 500 rows to train, 5,000 to calibrate, 20,000 to judge.

wave <- function(n) {
  x <- runif(n, -2, 2)
  z <- rnorm(n)
  data.frame(x, z, y = sin(2 * x) + 0.5 * z + (0.2 + abs(x)) * (rexp(n) - 1))
}
levels <- c(0.5, 0.8, 0.9, 0.95)
covered <- vapply(seq_len(sets), function(set) {
  set.seed(set)
  fit <- deep_mlp(y ~ ., wave(500), baseline = FALSE,
                  control = deep_control(epochs = 10, seed = set,
                                         verbose = FALSE))
  fit <- calibrate(fit, wave(5000))
  new <- wave(20000)
  vapply(levels, function(level) {
    said <- predict(fit, new, "interval", level = level)
    mean(said$.pred_lower <= new$y & new$y <= said$.pred_upper)
  }, numeric(1))
}, numeric(length(levels)))
cat(sprintf(
  "asked %g %%: %.2f %% on average, from %.1f to %.1f; %d of %d within 2\n",
  100 * levels, 100 * rowMeans(covered), 100 * apply(covered, 1, min),
  100 * apply(covered, 1, max), rowSums(abs(covered - levels) <= 0.02), sets
), sep = "")
# The coverage of one set is Beta distributed (Vovk 2012), and then counted on
# 20,000 rows.
rank <- ceiling(5001 * levels)
draws <- vapply(rank, function(k) {
  rbinom(1e5, 20000, rbeta(1e5, k, 5001 - k)) / 20000
}, numeric(1e5))
within <- rowMeans(abs(t(draws) - levels) <= 0.02)
cat(sprintf("  by theory %.1f of %d at %g %%\n", sets * within, sets,
            100 * levels), sep = "")

# Too sure -------------------------------------------------------------------
# A wide network on few noisy rows, trained long after it should have stopped.

blobs <- function(n, classes) {
  x <- matrix(rnorm(4 * n), n)
  logits <- cbind(0, x %*% matrix(c(1, -1, 0.5, 0, 0, 1, 1, -0.5), 4))
  logits <- logits[, seq_len(classes)]
  prob <- exp(logits) / rowSums(exp(logits))
  pick <- 1 + rowSums(runif(n) > t(apply(prob, 1, cumsum)))
  data.frame(x, class = factor(letters[pmin(pick, classes)]))
}
for (classes in 2:3) {
  for (n in c(300, 3000)) {
    scores <- lapply(1:5, function(seed) {
      set.seed(seed)
      fit <- deep_mlp(
        class ~ ., blobs(400, classes), hidden_units = c(64, 64), dropout = 0,
        baseline = FALSE,
        control = deep_control(epochs = 150, seed = seed, validation = 0,
                               verbose = FALSE)
      )
      held_out <- blobs(n, classes)
      new <- blobs(20000, classes)
      methods <- c("temperature", if (classes == 2) "platt", "isotonic")
      fits <- c(list(none = fit), sapply(methods, function(method) {
        calibrate(fit, held_out, method = method)
      }, simplify = FALSE))
      vapply(fits, function(fit) {
        scores <- deep_metrics(new$class, predict(fit, new, "prob"))
        scores$estimate[match(c("log_loss", "ece"), scores$metric)]
      }, numeric(2))
    })
    mean_scores <- Reduce(`+`, scores) / length(scores)
    cat(sprintf("\n%d classes, %d rows to calibrate on:\n", classes, n))
    cat(sprintf("  %-12s log loss %.3f, ECE %.4f\n", colnames(mean_scores),
                mean_scores[1, ], mean_scores[2, ]), sep = "")
  }
}
