# What biases add to vectors of users and items, on Steam.
#
#   Rscript bench/recommender/biases.R [kind=plays] [seeds=3]
#
# On the fixed split of data/steam200k, see steam.R: parameters, HR and NDCG at
# 10 with biases, without, and without at twice the length of the vectors.

library(deeply)
library(data.table)

source("bench/arguments.R")
asked <- read_arguments(kind = "plays", seeds = 3)

steam <- deep_data("steam200k")
what <- c(plays = "play", purchases = "purchase")[[asked$kind]]
pairs <- unique(steam$data)[behaviour == what]
test <- steam[[paste0(asked$kind, "_test")]]
train <- pairs[!test, on = c("user", "game")]

measure <- function(name, ...) {
  rows <- lapply(seq_len(asked$seeds), function(seed) {
    fit <- deep_recommender(
      train, "user", "game", method = "embedding", ..., baseline = FALSE,
      control = deep_control(seed = seed, verbose = FALSE)
    )
    found <- evaluate(fit, test)
    data.table(hr = found$hr, ndcg = found$ndcg,
               parameters = fit$info$parameters)
  })
  all <- rbindlist(rows)
  cat(sprintf("%-22s %9d parameters  HR@10 %s  NDCG@10 %s\n", name,
              all$parameters[[1]], spread(all$hr), spread(all$ndcg)))
}
spread <- function(x) {
  sprintf("%.4f (%.4f to %.4f)", mean(x), min(x), max(x))
}

measure("64, biases", biases = TRUE)
measure("64, no biases", biases = FALSE)
measure("128, no biases", biases = FALSE, embedding_dim = 128)
