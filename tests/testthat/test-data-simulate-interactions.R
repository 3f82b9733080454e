games <- simulate_interactions(3000, 150, 60, ratings = TRUE, seed = 1)

test_that("interactions have the types and numbers that are stated", {
  data <- games$data
  expect_named(data, c("user", "item", "hours", "time", "rating"))
  expect_equal(nrow(data), 3000)
  expect_equal(anyDuplicated(data[, c("user", "item")]), 0)
  expect_true(all(table(data$user) >= 1))
  expect_equal(nlevels(data$user), 150)
  expect_equal(nlevels(data$item), 60)
  expect_true(all(data$hours >= 0.1))
  expect_equal(data$hours, round(data$hours, 1))
  expect_true(all(data$rating %in% 1:5))
  expect_true(all(format(data$time, "%Y") == "2023"))
  expect_false(is.unsorted(order(data$user, data$time)))
  expect_false("rating" %in%
                 names(simulate_interactions(50, 10, 9, seed = 1)$data))
})

test_that("users and items have a row each, and features that tell something", {
  expect_equal(games$users$user, factor(levels(games$data$user)))
  expect_equal(games$items$item, factor(levels(games$data$item)))
  expect_true(all(games$users$age >= 14 & games$users$age <= 80))
  many <- simulate_interactions(2000, 2000, 30, seed = 2)
  expect_equal(cor(many$users$age, many$truth$user_factors[, 1]), sqrt(0.5),
               tolerance = 0.07)
  expect_equal(as.integer(games$items$genre),
               max.col(games$truth$item_factors))
  expect_true(all(games$items$price >= 0))
})

test_that("the truth of a row is made of the factors", {
  truth <- games$truth
  affinity <- tcrossprod(truth$user_factors, truth$item_factors)
  pair <- cbind(as.integer(games$data$user), as.integer(games$data$item))
  expect_equal(truth$rows$affinity, affinity[pair])
  expect_equal(truth$rows$score, affinity[pair] + truth$popularity[pair[, 2]])
  expect_equal(sort(truth$popularity, decreasing = TRUE), -log(1:60))
  log_hours <- log(3) + truth$user_bias[pair[, 1]] +
    truth$item_bias[pair[, 2]] + 0.3 * affinity[pair]
  expect_equal(truth$rows$expected_hours, exp(log_hours + 0.32))
})

test_that("hours and ratings follow their equations", {
  big <- simulate_interactions(20000, 400, 100, ratings = TRUE, seed = 3)
  gap <- log(big$data$hours / big$truth$rows$expected_hours) + 0.32
  expect_equal(sd(gap), 0.8, tolerance = 0.02)
  expect_lt(abs(mean(gap)), 0.03)
  pair <- cbind(as.integer(big$data$user), as.integer(big$data$item))
  liking <- 3 + 0.5 * big$truth$user_bias[pair[, 1]] +
    0.8 * big$truth$item_bias[pair[, 2]] + 0.4 * big$truth$rows$affinity
  inside <- liking > 2.5 & liking < 3.5
  expect_equal(sd((big$data$rating - liking)[inside]), sqrt(0.25 + 1 / 12),
               tolerance = 0.03)
})

test_that("the affinity has the sd that was asked for", {
  for (taste in c(0, 0.8, 2)) {
    world <- with_seed(4, draw_world(600, 500, 5, taste, 1))
    affinity <- tcrossprod(world$user_factors, world$item_factors)
    expect_equal(sd(affinity), taste, tolerance = 0.05)
  }
})

test_that("items are chosen one after the other by their weights", {
  # Four items of weights 4, 3, 2, 1 for 20,000 users without taste.
  n <- 20000
  world <- list(user_factors = matrix(0, n, 1), item_factors = matrix(0, 4, 1),
                popularity = log(4:1))
  chosen <- with_seed(5, choose_items(world, rep(2, n)))
  expect_equal(chosen$user, rep(seq_len(n), each = 2))
  expect_equal(chosen$place, rep(1:2, n))
  first <- chosen$item[chosen$place == 1]
  second <- chosen$item[chosen$place == 2]
  expect_equal(tabulate(first, 4) / n, 4:1 / 10, tolerance = 0.04)
  after_1 <- second[first == 1]
  expect_equal(tabulate(after_1, 4) / length(after_1), c(0, 3:1) / 6,
               tolerance = 0.04)
})

test_that("what is best to recommend is ranked as by hand", {
  truth <- games$truth
  score <- tcrossprod(truth$user_factors, truth$item_factors) +
    rep(truth$popularity, each = 150)
  user <- as.integer(games$data$user)
  item <- as.integer(games$data$item)
  ranks <- vapply(which(table(user) > 1), function(u) {
    mine <- item[user == u]
    last <- mine[[length(mine)]]
    open <- setdiff(seq_len(60), mine[-length(mine)])
    rank(-score[u, open])[match(last, open)]
  }, numeric(1))
  expect_equal(truth$hit_rate_10, mean(ranks <= 10))
  # Popularity alone does worse.
  expect_gt(truth$hit_rate_10, 10 / 60)
})

test_that("blocks of users change the draw, not the law", {
  world <- with_seed(6, draw_world(50, 8, 2, 1, 1))
  counts <- rep(c(1, 3, 8), length.out = 50)
  chosen <- with_seed(7, choose_items(world, counts, cells = 24))
  expect_equal(tabulate(chosen$user), counts)
  expect_equal(anyDuplicated(chosen[, c("user", "item")]), 0)
  expect_true(all(chosen$item %in% 1:8))
  # The last of all is the only one left.
  expect_true(all(chosen$rank[chosen$place == 8] == 1))
})

test_that("popular items are popular, as Zipf says", {
  flat <- simulate_interactions(5000, 1000, 40, taste = 0, zipf = 0, seed = 8)
  steep <- simulate_interactions(5000, 1000, 40, taste = 0, zipf = 1.2,
                                 seed = 8)
  most <- function(made) max(table(made$data$item)) / 1000
  expect_lt(most(flat), 0.25)
  expect_gt(most(steep), 0.6)
  expect_gt(cor(c(table(steep$data$item)), exp(steep$truth$popularity)), 0.8)
})

test_that("interactions are shared out to the last pair", {
  counts <- with_seed(9, share_out(5000, 100, 60))
  expect_equal(sum(counts), 5000)
  expect_true(all(counts >= 1 & counts <= 60))
  expect_equal(share_out(10, 10, 5), rep(1, 10))
  all <- simulate_interactions(120, 10, 12, seed = 10)
  expect_equal(c(table(all$data$user), use.names = FALSE), rep(12, 10))
  # With one item a user there is nothing to foretell.
  single <- simulate_interactions(9, 9, 5, seed = 1)
  expect_true(is.nan(single$truth$hit_rate_10))
})

test_that("simulate_interactions() names the argument that is wrong", {
  expect_snapshot(error = TRUE, {
    simulate_interactions(100.5)
    simulate_interactions(50, n_users = 60)
    simulate_interactions(5000, n_users = 70, n_items = 71)
    simulate_interactions(n_users = 0)
    simulate_interactions(n_items = 1)
    simulate_interactions(factors = 0)
    simulate_interactions(taste = -1)
    simulate_interactions(zipf = NA)
    simulate_interactions(ratings = 5)
  })
})
