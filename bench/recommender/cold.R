# Games that nobody has had yet, ranked by their titles alone.
#
#   Rscript bench/recommender/cold.R [seeds=3] [games=200] [tune=FALSE]
#
# Of the games on Steam with at least five players some are held out entirely,
# by a seed, with all their plays. A recommender learns from the other plays and
# from titles. The held-out games are ranked among themselves for each of their
# players who plays any other game, and set beside nearest titles (sums of
# cosines of tf-idf) and a random order. A game that others learned from is held
# out of users with at least five, as ever: a hybrid must not rank these worse
# than a recommender without titles.
#
# `tune=TRUE` leaves out the games of seeds 1 to 3 and holds out others, to
# choose settings by.

library(deeply)
library(data.table)

source("bench/arguments.R")
asked <- read_arguments(seeds = 3, games = 200, tune = FALSE)
seeds <- seq_len(asked$seeds)

plays <- unique(deep_data("steam200k")$data[behaviour == "play",
                                            .(user, game = as.character(game))])
titles <- unique(plays[, .(game, title = game)])
enough <- plays[, .N, by = "game"][N >= 5, sort(game)]
draw <- function(seed, games) {
  set.seed(seed)
  sample(games, asked$games)
}
if (asked$tune) {
  enough <- setdiff(enough, unlist(lapply(1:3, draw, enough)))
  seeds <- seeds + 100L
}

fit_games <- function(train, seed, type) {
  deep_recommender(train, "user", "game", method = "embedding",
                   item_features = titles, type = type, baseline = FALSE,
                   control = deep_control(seed = seed, verbose = FALSE))
}

line <- function(seed, model, what, metrics) {
  cat(sprintf("seed %d  %-17s %-14s HR@10 %.4f  NDCG@10 %.4f (%.4f-%.4f)\n",
              seed, model, what, metrics$hr, metrics$ndcg, metrics$ndcg_lower,
              metrics$ndcg_upper))
}

one_seed <- function(seed) {
  games <- draw(seed, enough)
  train <- plays[!game %in% games]
  test <- plays[game %in% games & user %in% train$user]
  rows <- lapply(c("hybrid", "content", "collaborative"), function(type) {
    fit <- fit_games(train, seed, type)
    warm <- evaluate(fit)
    line(seed, type, "known games", warm)
    new <- if (type != "collaborative") {
      evaluate(fit, test, new_items = titles, only_new = TRUE)
    }
    # The same for each fit: chance and nearest titles.
    if (type == "hybrid") {
      fit$spec$asked$baseline <- TRUE
      new <- evaluate(fit, test, new_items = titles, only_new = TRUE)
      all <- evaluate(fit, test, new_items = titles)
      all <- as.data.table(all)[, model := paste(model, "(all)")]
      new <- rbind(as.data.table(new), all)
    }
    if (!is.null(new)) {
      new <- as.data.table(new)
      new[model == "deep_recommender", model := type]
      for (i in seq_len(nrow(new))) {
        line(seed, new$model[[i]], "held-out games", new[i])
      }
    }
    rbind(data.table(model = type, what = "known", warm[, c("hr", "ndcg")]),
          if (!is.null(new)) data.table(new[, "model"], what = "held out",
                                        new[, c("hr", "ndcg")]))
  })
  cat(sprintf("seed %d  %d players, %d plays of held-out games\n", seed,
              uniqueN(test$user), nrow(test)))
  rbindlist(rows)
}

invisible(deep_device())
found <- rbindlist(lapply(seeds, one_seed))
print(found[, .(hr = round(mean(hr), 4), ndcg = round(mean(ndcg), 4),
                ndcg_sd = round(sd(ndcg), 4)), by = c("what", "model")])
