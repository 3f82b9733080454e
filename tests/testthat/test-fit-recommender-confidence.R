weighed <- function(method, confidence = 2, ..., data = games()$data) {
  deep_recommender(data, "user", "item", value = "hours", method = method,
                   ..., confidence = confidence, baseline = FALSE,
                   control = deep_control(seed = 1, epochs = 2,
                                          validation = 0))
}

# Two groups have the same items; which of two others go with "both" is told by
# the amounts alone.
told_by_hours <- function() {
  user <- sprintf("u%02d", 1:80)
  rows <- function(users, item, hours) {
    data.frame(user = users, item = item, hours = hours)
  }
  heavy <- user[1:40]
  light <- user[41:80]
  rbind(rows(heavy, "both", 50), rows(light, "both", 1),
        rows(heavy, "other", 1), rows(light, "other", 50),
        rows(heavy[1:35], "like both", 5), rows(light[1:35], "like other", 5))
}

test_that("what was had more tells more", {
  skip_if_no_backend()
  fit <- weighed("ials", 10, factors = 4, penalty = 0.01,
                 data = told_by_hours())
  listed <- recommend(fit, c("u40", "u80"), n = 1)
  expect_equal(listed$item, c("like both", "like other"))
  # Newcomers too, by the hours in their history.
  history <- data.frame(user = c("a", "a", "b", "b"),
                        item = c("both", "other", "both", "other"),
                        hours = c(60, 1, 1, 60))
  listed <- recommend(fit, history = history, n = 1)
  expect_equal(listed$item, c("like both", "like other"))
  alike <- weighed("ials", 0, factors = 4, penalty = 0.01,
                   data = told_by_hours())
  scores <- recommend(alike, history = history, n = 2)$score
  expect_equal(scores[1:2], scores[3:4], tolerance = 1e-6)
})

test_that("the network learns by the same weights", {
  skip_if_no_backend()
  one <- weighed("embedding", 2)
  none <- weighed("embedding", 0)
  same <- deep_recommender(
    games()$data, "user", "item", value = "hours", method = "embedding",
    loss = "sampled_softmax", baseline = FALSE,
    control = deep_control(seed = 1, epochs = 2, validation = 0)
  )
  scores <- function(fit) predict(fit, games()$data[1:20, ])$.pred
  expect_equal(scores(none), scores(same))
  expect_gt(max(abs(scores(one) - scores(none))), 1e-4)
})

test_that("without amounts the rows of a pair are counted", {
  skip_if_no_backend()
  data <- games()$data
  data <- rbind(data, data[1:3000, ])
  fit <- deep_recommender(data, "user", "item", method = "ials",
                          factors = 3, penalty = 0.1, confidence = 1,
                          control = deep_control(seed = 1))
  rows <- table(paste(data$user, data$item))
  expect_equal(fit$prep$weights$median, 2)
  expect_equal(fit$prep$weights$mean, mean(1 + log2(1 + rows / 2)))
  expect_snapshot(print(settled(fit)), transform = hide_numbers)
})

test_that("the print says that amounts count", {
  expect_snapshot(cat(describe_amounts(list(
    prep = list(columns = list(value = "hours"),
                weights = list(confidence = 2)),
    spec = list(feedback = list(alike = FALSE), method = "ials")
  ))))
})

test_that("confidence is for pairs that are had or not", {
  data <- games()$data
  expect_snapshot(error = TRUE, {
    deep_recommender(data, "user", "item", value = "hours", confidence = 1)
    deep_recommender(data, "user", "item", value = "hours", method = "ials",
                     confidence = -1)
    deep_recommender(data, "user", "item", value = "hours", confidence = 1,
                     method = "embedding", loss = "squared_error")
  })
})

test_that("a history without amounts is refused", {
  skip_if_no_backend()
  fit <- weighed("ials", factors = 3, penalty = 0.1)
  newcomer <- data.frame(user = "me", item = "item_001")
  expect_error(recommend(fit, history = newcomer),
               class = "deeply_error_column_missing")
})
