plays <- function(...) {
  data.frame(
    who = c("b", "a", "b", "b", NA, "a"),
    what = factor(c("x", "y", "x", "z", "x", NA), levels = c("z", "y", "x", "w")),
    hours = c(1.7, 2, 3, 0, 9, 1)
  )
}

columns <- list(user = "who", item = "what", value = "hours")

test_that("pairs are numbered, added up and counted", {
  found <- learn_interactions(plays(), columns)
  expect_equal(found$users, c("a", "b"))
  expect_equal(found$items, c("x", "y", "z"))
  expect_equal(found$user, c(1, 2, 2))
  expect_equal(found$item, c(2, 1, 3))
  expect_equal(found$value, c(2, 4.7, 0))
  expect_equal(found$feedback, "implicit")
  expect_equal(found$dropped, c(missing = 2, repeated = 1))
})

test_that("of several ratings the latest counts", {
  data <- data.frame(u = c(7, 7, 9), i = c(1, 1, 2), r = c(5, 2, 4),
                     at = as.Date("2024-01-03") - c(0, 1, 2))
  ids <- list(user = "u", item = "i", value = "r")
  expect_equal(learn_interactions(data, ids)$feedback, "explicit")
  # Without times the last row is the latest.
  expect_equal(learn_interactions(data, ids)$value, c(2, 4))
  timed <- learn_interactions(data, c(ids, time = "at"))
  expect_equal(timed$value, c(5, 4))
  expect_equal(timed$time, data$at[c(1, 3)])
  expect_equal(timed$users, c(7, 9))
})

test_that("without values a pair is a pair", {
  found <- learn_interactions(plays(), columns[1:2])
  expect_null(found$value)
  expect_equal(found$feedback, "implicit")
  expect_equal(found$user, c(1, 2, 2))
})

test_that("what the values are is guessed from them", {
  expect_equal(guess_feedback(c(1, 3, 5, 4)), "explicit")
  expect_equal(guess_feedback(c(0.5, 4.5, 5)), "explicit")
  expect_equal(guess_feedback(c(1, 1, 1)), "implicit")
  expect_equal(guess_feedback(c(0, 1)), "implicit")
  expect_equal(guess_feedback(c(1, 2, 400)), "implicit")
  expect_equal(guess_feedback(seq(0, 5, 0.1)), "implicit")
})

test_that("steps are those of a table made by hand, on any data", {
  for (seed in 1:5) {
    data <- with_seed(seed, data.frame(
      u = sample(c(NA, letters[1:6]), 80, TRUE), i = sample(1:9, 80, TRUE),
      v = round(stats::rexp(80), 2)
    ))
    found <- learn_interactions(data, list(user = "u", item = "i",
                                           value = "v"))
    expected <- stats::aggregate(v ~ i + u, data, sum)
    expect_equal(found$users[found$user], expected$u)
    expect_equal(found$items[found$item], expected$i)
    expect_equal(found$value, expected$v)
  }
})

test_that("wrong input is named", {
  expect_snapshot(error = TRUE, {
    learn_interactions(1:3, columns)
    learn_interactions(plays(), list(user = "player", item = "what"))
    learn_interactions(plays(), list(user = "who", item = "what",
                                     value = "what"))
    learn_interactions(transform(plays(), hours = hours / 0), columns)
    learn_interactions(plays()[5:6, ], columns)
  })
})
