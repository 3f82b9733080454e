# What hours tell beyond had or not, on Steam.
#
#   Rscript bench/recommender/confidence.R [seeds=3]
#
# Plays of the fixed split of data/steam200k, see steam.R: HR and NDCG at 10 by
# how much the hours count, from not at all. The penalty of iALS is chosen on
# held-out games for each.

library(deeply)
library(data.table)

source("bench/arguments.R")
asked <- read_arguments(seeds = 3)

steam <- deep_data("steam200k")
pairs <- unique(steam$data)[behaviour == "play"]
train <- pairs[!steam$plays_test, on = c("user", "game")]

measure <- function(method, confidence) {
  found <- rbindlist(lapply(seq_len(asked$seeds), function(seed) {
    fit <- deep_recommender(
      train, "user", "game", value = "value", method = method,
      loss = if (method == "embedding") "sampled_softmax",
      confidence = confidence, baseline = FALSE,
      control = deep_control(seed = seed, verbose = FALSE)
    )
    evaluate(fit, steam$plays_test)[, c("hr", "ndcg")]
  }))
  cat(sprintf("%-10s confidence %3g  HR@10 %.4f (%.4f to %.4f)  NDCG@10 %.4f ",
              method, confidence, mean(found$hr), min(found$hr), max(found$hr),
              mean(found$ndcg)))
  cat(sprintf("(%.4f to %.4f)\n", min(found$ndcg), max(found$ndcg)))
}

for (method in c("ials", "embedding")) {
  for (confidence in c(0, 0.5, 1, 2, 5)) measure(method, confidence)
}
