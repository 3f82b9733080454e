had <- function(n = 400, seed = 2) {
  with_seed(seed, data.frame(
    who = sample(c(NA, letters), n, TRUE), what = sample(c(NA, 1:30), n, TRUE),
    at = as.POSIXct("2024-01-01", tz = "UTC") + sample(1e4, n)
  ))
}

pair <- function(x) paste(x$who, x$what)

test_that("each user with enough items loses one, with all its rows", {
  data <- had()
  split <- split_interactions(data, "who", "what", least = 6, seed = 1)
  whole <- data[stats::complete.cases(data), ]
  items <- tapply(whole$what, whole$who, function(x) length(unique(x)))
  held <- tapply(split$test$what, split$test$who, function(x) length(unique(x)))
  expect_setequal(names(held), names(items)[items >= 6])
  expect_true(all(held == 1))
  expect_length(intersect(pair(split$train), pair(split$test)), 0)
  expect_setequal(unlist(split$rows), which(stats::complete.cases(data)))
  expect_identical(split_interactions(data, "who", "what", least = 6,
                                      seed = 1)$rows, split$rows)
})

test_that("every pair of a user is as likely", {
  data <- data.frame(u = rep("a", 6), i = c(1, 1, 1, 1, 2, 3))
  held <- vapply(1:600, function(seed) {
    split_interactions(data, "u", "i", least = 3, seed = seed)$test$i[[1]]
  }, 1)
  expect_gt(stats::chisq.test(table(held))$p.value, 0.001)
})

test_that("the last item is the last in time", {
  data <- had()
  split <- split_interactions(data, "who", "what", time = "at")
  for (who in unique(split$test$who)) {
    own <- data[which(data$who == who & !is.na(data$what)), ]
    last <- own$what[[which.max(own$at)]]
    expect_equal(unique(split$test$what[split$test$who == who]), last)
  }
  expect_null(split$how$seed)
})

test_that("a split says what it is, and what is wrong", {
  data <- had()
  expect_snapshot({
    split_interactions(data, "who", "what", seed = 1)
    split_interactions(data, "who", "what", time = "at", least = 8)
  })
  expect_snapshot(error = TRUE, {
    split_interactions(data, "who", "game")
    split_interactions(data, 1, "what")
    split_interactions(data, "who", "what", least = 99)
    split_interactions(data, "who", "what", least = 1)
    split_interactions(as.matrix(data), "who", "what")
  })
})

test_that("each user with enough items loses a share of them", {
  data <- had()
  for (time in list(NULL, "at")) {
    split <- split_interactions(data, "who", "what", method = "share",
                                time = time, prop = 0.7, least = 6, seed = 1)
    whole <- unique(data[stats::complete.cases(data), c("who", "what")])
    items <- table(whole$who)
    held <- table(factor(unique(split$test[, c("who", "what")])$who,
                         names(items)))
    expect_true(all(abs(held - 0.3 * items)[items >= 6] < 1))
    expect_true(all(held[items < 6] == 0))
    expect_length(intersect(pair(split$train), pair(split$test)), 0)
    expect_setequal(unlist(split$rows), which(stats::complete.cases(data)))
  }
  # What is held out is not earlier than what stays, by the last of its rows.
  last <- tapply(data$at, pair(data), max)
  for (whom in unique(split$test$who)) {
    mine <- function(part) last[unique(pair(part[part$who == whom, ]))]
    expect_lte(max(mine(split$train)), min(mine(split$test)))
  }
})

test_that("a share of all pairs is held out, whoever's", {
  data <- had()
  split <- split_interactions(data, "who", "what", method = "pairs",
                              prop = 0.75, seed = 2)
  whole <- unique(pair(data[stats::complete.cases(data), ]))
  held <- unique(pair(split$test))
  expect_length(held, round(0.25 * length(whole)))
  expect_length(intersect(pair(split$train), held), 0)
})

test_that("whole users are held out, with a history", {
  data <- had()
  split <- split_interactions(data, "who", "what", method = "users",
                              prop = 0.7, seed = 3)
  expect_named(split$rows, c("train", "history", "test"))
  new <- unique(split$test$who)
  users <- length(unique(stats::na.omit(data)$who))
  expect_length(new, round(0.3 * users))
  expect_setequal(unique(split$history$who), new)
  expect_length(intersect(split$train$who, new), 0)
  expect_length(intersect(pair(split$history), pair(split$test)), 0)
  expect_setequal(unlist(split$rows), which(stats::complete.cases(data)))
})

test_that("protocols say what they are, and what they do not take", {
  data <- had()
  expect_snapshot({
    split_interactions(data, "who", "what", method = "share", seed = 1)
    split_interactions(data, "who", "what", method = "share", time = "at",
                       seed = 1)
    split_interactions(data, "who", "what", method = "pairs", seed = 1)
    split_interactions(data, "who", "what", method = "users", seed = 1)
  })
  expect_snapshot(error = TRUE, {
    split_interactions(data, "who", "what", method = "random")
    split_interactions(data, "who", "what", method = "last")
    split_interactions(data, "who", "what", method = "pairs", time = "at")
    split_interactions(data, "who", "what", method = "users", prop = 1)
    split_interactions(data, "who", "what", method = "users", least = 99)
    split_interactions(data, "who", "what", method = "pairs", prop = 0.9999)
  })
})
