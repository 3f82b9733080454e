# Factor models beside those of the library `implicit`, in one run.
#
#   pip install implicit   # into the environment that deeply uses
#   Rscript bench/recommender/implicit.R [kind=plays]
#
# On the fixed split of data/steam200k, see steam.R. Their alternating least
# squares with 128 factors and a regularisation of 10, their BPR with 128
# factors, beside ours of the same losses, and the softmax that is ours by
# default. All are ranked by the same function; seconds are those of learning.

library(deeply)
library(data.table)

source("bench/arguments.R")
asked <- read_arguments(kind = "plays")

steam <- deep_data("steam200k")
what <- c(plays = "play", purchases = "purchase")[[asked$kind]]
pairs <- unique(unique(steam$data)[behaviour == what, .(user, game)])
test <- steam[[paste0(asked$kind, "_test")]]
train <- pairs[!test, on = c("user", "game")]

show <- function(name, places, seconds) {
  hit <- places < 10
  cat(sprintf("%-34s HR@10 %.4f  NDCG@10 %.4f  %6.1f s\n", name, mean(hit),
              mean(ifelse(hit, 1 / log2(places + 2), 0)), seconds))
}

invisible(deep_device())
theirs <- reticulate::py_run_string("
import time
import numpy as np
from implicit.als import AlternatingLeastSquares
from implicit.bpr import BayesianPersonalizedRanking
from deeply_backend.data.interactions import matrix
from deeply_backend.judge import ranking

CLASSES = {'als': AlternatingLeastSquares, 'bpr': BayesianPersonalizedRanking}


def learn(kind, users, items, held_users, held_items, shape, options):
    pairs = matrix(np.array(users), np.array(items), None, shape)
    held = matrix(np.array(held_users), np.array(held_items), None, shape)
    model = CLASSES[kind](random_state=1, **options)
    started = time.perf_counter()
    model.fit(pairs, show_progress=False)
    seconds = time.perf_counter() - started
    asked = np.flatnonzero(np.diff(held.indptr))
    vectors = model.user_factors[asked] @ model.item_factors.T
    places = ranking.rank(
        lambda a, b: vectors[a:b].copy(), pairs[asked], held[asked]
    )
    return places.astype('float64'), seconds
")

users <- sort(unique(train$user))
items <- sort(unique(pairs$game))
from_zero <- function(x, ids) match(x, ids) - 1L
show_theirs <- function(name, kind, options) {
  found <- theirs$learn(
    kind, from_zero(train$user, users), from_zero(train$game, items),
    from_zero(test$user, users), from_zero(test$game, items),
    c(length(users), length(items)), options
  )
  show(name, as.vector(found[[1]]), found[[2]])
}

show_ours <- function(name, ...) {
  seconds <- system.time(
    fit <- deep_recommender(
      train, "user", "game", ..., baseline = FALSE,
      control = deep_control(seed = 1, verbose = FALSE)
    )
  )[["elapsed"]]
  listed <- recommend(fit, test$user, n = 10)
  found <- listed[test, on = c("user", item = "game")]
  show(name, ifelse(is.na(found$rank), Inf, found$rank - 1), seconds)
}

show_theirs("implicit, least squares", "als",
            list(factors = 128L, regularization = 10))
show_theirs("implicit, BPR", "bpr", list(factors = 128L))
show_ours("deeply, least squares", method = "ials", factors = 128)
show_ours("deeply, BPR", method = "embedding", loss = "bpr")
show_ours("deeply, softmax", method = "embedding")
show_ours("deeply, EASE", method = "ease")
