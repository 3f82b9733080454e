test_that("metrics are those of their definitions, user by user", {
  places <- c(0, 4, 11, 2, 0, 1, 2)
  user <- c(1, 1, 1, 2, 3, 3, 3)
  found <- ranking_by_user(places, user, k = 5)
  expect_equal(found[, "hr"], c(1, 1, 1))
  expect_equal(found[, "recall"], c(2 / 3, 1, 1))
  expect_equal(found[, "precision"], c(2, 1, 3) / 5)
  expect_equal(found[, "mrr"], c(1, 1 / 3, 1))
  ideal <- 1 + 1 / log2(3) + 1 / log2(4)
  expect_equal(found[, "ndcg"], c((1 + 1 / log2(6)) / ideal, 1 / log2(4), 1))
  expect_equal(found[, "map"], c((1 + 2 / 5) / 3, 1 / 3, 1))
  # In whatever order they come.
  mixed <- c(5, 2, 7, 1, 4, 3, 6)
  expect_equal(ranking_by_user(places[mixed], user[mixed], 5), found)
})

test_that("nothing in the list is nothing", {
  expect_equal(unname(ranking_by_user(c(10, 99), c(1, 2), 10)),
               matrix(0, 2, 6))
  # More held out than the list is long: full marks are possible.
  expect_equal(
    unname(ranking_by_user(0:4, rep(1, 5), 2)[1, c("ndcg", "map", "mrr")]),
    c(1, 1, 1)
  )
})

test_that("shared places are not counted twice", {
  found <- ranking_by_user(c(0, 0), c(1, 1), 10)
  expect_lte(found[, "map"], 1)
})

test_that("lists are novel where few have what they name", {
  lists <- rbind(c(1, 2), c(1, NA))
  found <- list_metrics(lists, users_of = c(4, 1, 0, 0), n_users = 4)
  expect_equal(found[["coverage"]], 1 / 2)
  expect_equal(found[["novelty"]], (0 + 2 + 0) / 3)
  expect_equal(found[["popularity"]], (1 + 0.25 + 1) / 3)
})

test_that("intervals hold the mean and shrink with users", {
  by_user <- cbind(hr = rep(0:1, 200), ndcg = seq(0, 1, length.out = 400))
  limits <- ranking_limits(by_user, 200, 0.9, seed = 1)
  expect_true(all(limits[1, ] < 0.5 & limits[2, ] > 0.5))
  # A mean of coins: 1.64 standard errors to each side.
  expect_equal(diff(limits[, "hr"]) / 2, 1.645 * 0.5 / 20, tolerance = 0.2)
  expect_identical(ranking_limits(by_user, 20, 0.9, seed = 1),
                   ranking_limits(by_user, 20, 0.9, seed = 1))
})
