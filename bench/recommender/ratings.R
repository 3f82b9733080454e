# Errors of learned ratings on simulated ones, beside biases alone and the least
# error that there can be: the noise, and that ratings are whole numbers.
#
#     Rscript bench/recommender/ratings.R

library(deeply)

floor_of <- function(truth, rows) {
  mean <- 3 + 0.5 * truth$user_bias[as.integer(rows$user)] +
    0.8 * truth$item_bias[as.integer(rows$item)] + 0.4 * truth$rows$affinity
  variance <- vapply(mean, function(m) {
    share <- diff(stats::pnorm(c(-Inf, 1:4 + 0.5, Inf), m, 0.5))
    sum(share * (1:5)^2) - sum(share * 1:5)^2
  }, 1)
  sqrt(mean(variance))
}

for (seed in 1:3) {
  world <- simulate_interactions(ratings = TRUE, seed = seed)
  fit <- deep_recommender(world$data, "user", "item", value = "rating",
                          method = "embedding",
                          control = deep_control(seed = seed, verbose = FALSE))
  metrics <- evaluate(fit)
  cat(seed, sprintf("%s %.4f", metrics$model, metrics$rmse),
      sprintf("floor %.4f\n", floor_of(world$truth, world$data)))
}
