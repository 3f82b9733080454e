# Judging: ten million predictions, seconds, beside scikit-learn in the same
# process; and how often bootstrap intervals cover the truth.
#
#   Rscript bench/judge.R [sets]

suppressPackageStartupMessages(library(deeply))
sets <- as.integer(c(commandArgs(TRUE), 500L)[[1]])
seconds <- function(code) system.time(code)[["elapsed"]]

n <- 1e7
set.seed(1)
prob <- runif(n)
event <- runif(n) < prob
truth <- factor(event, c(FALSE, TRUE), c("no", "yes"))
ours <- c(
  roc_curve = seconds(roc <- roc_curve(truth, prob)),
  pr_curve = seconds(pr_curve(truth, prob)),
  "all twelve metrics" = seconds(scores <- deep_metrics(truth, prob)),
  confusion = seconds(confusion(truth, prob))
)
if (has_backend()) {
  invisible(deep_device())
  sklearn <- reticulate::import("sklearn.metrics")
  y <- as.array(as.integer(event))
  p <- as.array(prob)
  theirs <- c(
    seconds(sklearn$roc_curve(y, p, drop_intermediate = FALSE)),
    seconds(sklearn$precision_recall_curve(y, p)),
    seconds({
      area <- sklearn$roc_auc_score(y, p)
      sklearn$average_precision_score(y, p)
      sklearn$log_loss(y, p)
      sklearn$brier_score_loss(y, p)
    }),
    seconds(sklearn$confusion_matrix(y, as.array(as.integer(prob > 0.5))))
  )
  cat(sprintf("%-20s ours %.1f s, scikit-learn %.1f s\n", names(ours), ours,
              theirs), sep = "")
  cat(sprintf("area: difference %.1e (scikit-learn: four metrics)\n",
              abs(area - scores$estimate[[1]])))
} else {
  print(ours)
}
rm(roc, truth, event, prob)

# Two normal scores 1.2 apart: the true area and accuracy are known.
true <- c(roc_auc = pnorm(1.2 / sqrt(2)), accuracy = pnorm(0.6),
          recall = pnorm(0.6), rmse = 2, mae = 2 * sqrt(2 / pi))
covered <- sapply(seq_len(sets), function(set) {
  set.seed(set)
  event <- rep(c(FALSE, TRUE), 200)
  score <- rnorm(400, 1.2 * event)
  classes <- deep_metrics(event, pnorm(score - 0.6), bootstrap = 500)
  x <- rnorm(400)
  numbers <- deep_metrics(x, x + rnorm(400, sd = 2), bootstrap = 500)
  limits <- rbind(classes, numbers)[match(names(true), metric)]
  limits$lower <= true & true <= limits$upper
})
cat(sprintf("%s: %.1f %% of %d intervals of 95 %% cover the truth\n",
            names(true), 100 * rowMeans(covered), sets), sep = "")
