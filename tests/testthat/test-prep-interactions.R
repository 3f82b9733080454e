plays <- function(...) {
  data.frame(
    who = c("b", "a", "b", "b", NA, "a"),
    what = factor(c("x", "y", "x", "z", "x", NA), c("z", "y", "x", "w")),
    hours = c(1.7, 2, 3, 0, 9, 1)
  )
}

columns <- list(user = "who", item = "what", value = "hours")

test_that("pairs are numbered and counted once", {
  found <- learn_interactions(plays(), columns)
  expect_equal(found$users, c("a", "b"))
  expect_equal(found$items, c("x", "y"))
  expect_equal(found$user, c(1, 2))
  expect_equal(found$item, c(2, 1))
  # Played for no hour is not played.
  expect_equal(found$dropped, c(missing = 2, zero = 1, repeated = 1))
  without <- learn_interactions(plays(), columns[1:2])
  expect_equal(without$item, c(2, 1, 3))
  expect_equal(without$dropped, c(missing = 2, zero = 0, repeated = 1))
})

test_that("a pair has the amounts of all its rows, or their number", {
  expect_equal(learn_interactions(plays(), columns)$amount, c(2, 4.7))
  expect_equal(learn_interactions(plays(), columns[1:2])$amount, c(1, 2, 1))
})

test_that("weights are 1 on average and grow with the logarithm", {
  amount <- c(1, 2, 2, 6, 14)
  scale <- learn_weights(amount, 0.5)
  weights <- weights_of(amount, scale)
  expect_equal(mean(weights), 1)
  expect_equal(weights / weights[[2]],
               (1 + 0.5 * log2(1 + amount / 2)) / 1.5)
  # Doubled amounts are as they were: no unit counts.
  expect_equal(weights_of(2 * amount, learn_weights(2 * amount, 0.5)), weights)
  expect_null(learn_weights(amount, 0))
  expect_null(learn_weights(amount, NULL))
})

test_that("a pair has the time of its latest row", {
  data <- data.frame(u = c(7, 7, 9), i = c(1, 1, 2),
                     at = as.Date("2024-01-03") - c(1, 0, 2))
  found <- learn_interactions(data, list(user = "u", item = "i", time = "at"))
  expect_equal(found$time, data$at[c(2, 3)])
  expect_equal(found$users, c(7, 9))
})

test_that("pairs are those of a table made by hand, on any data", {
  for (seed in 1:5) {
    data <- with_seed(seed, data.frame(
      u = sample(c(NA, letters[1:6]), 80, TRUE), i = sample(1:9, 80, TRUE)
    ))
    found <- learn_interactions(data, list(user = "u", item = "i"))
    expected <- unique(data[!is.na(data$u), ])
    expected <- expected[order(expected$u, expected$i), ]
    expect_equal(found$users[found$user], expected$u)
    expect_equal(found$items[found$item], expected$i)
    expect_equal(found$dropped[["repeated"]],
                 sum(!is.na(data$u)) - nrow(expected))
  }
})

test_that("wrong input is named", {
  expect_snapshot(error = TRUE, {
    learn_interactions(1:3, columns)
    learn_interactions(plays(), list(user = "player", item = "what"))
    learn_interactions(plays(), list(user = "who", item = "what",
                                     value = "what"))
    learn_interactions(transform(plays(), hours = hours / 0), columns)
    learn_interactions(transform(plays(), hours = hours - 1.8), columns)
    learn_interactions(plays()[5:6, ], columns)
  })
})
