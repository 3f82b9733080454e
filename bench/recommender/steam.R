# Who plays and buys what on Steam: full rankings of held-out games.
#
#   Rscript bench/recommender/steam.R [kind=plays] [seeds=5]
#
# The split is that of data/steam200k: one game of each user with at least five
# is held out, all games are ranked, those that a user has had are left out. The
# default call with several seeds, beside popularity, item-kNN and EASE with the
# penalty of the split's notes; differences to EASE come with intervals over
# users (paired bootstrap).

library(deeply)
library(data.table)

source("bench/arguments.R")
asked <- read_arguments(kind = "plays", seeds = 5)

steam <- deep_data("steam200k")
what <- c(plays = "play", purchases = "purchase")[[asked$kind]]
pairs <- unique(steam$data)[behaviour == what]
test <- steam[[paste0(asked$kind, "_test")]]
train <- pairs[!test, on = c("user", "game")]

control <- function(seed, validation = NULL) {
  deep_control(seed = seed, validation = validation, verbose = FALSE)
}

# The place of each held-out game, by user.
places <- function(fit) {
  listed <- recommend(fit, test$user, n = 10)
  found <- listed[test, on = c("user", item = "game")]
  ifelse(is.na(found$rank), Inf, found$rank)
}
gain <- function(place) ifelse(is.finite(place), 1 / log2(place + 1), 0)

# Prints a row; those without choices learn from all rows at once.
show <- function(name, ...) {
  seconds <- system.time(
    fit <- deep_recommender(train, "user", "game", ..., baseline = FALSE)
  )[["elapsed"]]
  found <- evaluate(fit, test)
  cat(sprintf("%-22s HR@10 %.4f  NDCG@10 %.4f  %5.1f s\n", name,
              found$hr, found$ndcg, seconds))
  invisible(places(fit))
}

invisible(deep_device())
simple <- control(1, validation = 0)
show("popularity", method = "popularity", control = simple)
show("item-kNN", method = "item_knn", control = simple)
penalty <- c(plays = 200, purchases = 50)[[asked$kind]]
ease <- show("EASE", method = "ease", penalty = penalty, control = simple)
show("iALS", method = "ials", factors = 128, control = control(1))
blends <- lapply(seq_len(asked$seeds), function(seed) {
  show(paste("default, seed", seed), control = control(seed))
})

difference <- function(score) {
  mine <- Reduce(`+`, lapply(blends, score)) / asked$seeds - score(ease)
  set.seed(1)
  drawn <- replicate(2000, mean(sample(mine, replace = TRUE)))
  sprintf("%+.4f (%+.4f to %+.4f)", mean(mine),
          quantile(drawn, 0.025), quantile(drawn, 0.975))
}
cat("Mean of the seeds less EASE: HR@10", difference(is.finite),
    " NDCG@10", difference(gain), "\n")

fit <- deep_recommender(train, "user", "game", method = "ease",
                        penalty = penalty, control = simple)
seconds <- min(replicate(3, system.time(recommend(fit))[["elapsed"]]))
cat(sprintf("The 10 best games for each of %d users, of %d: %.2f s\n",
            length(fit$prep$users), length(fit$prep$items), seconds))
