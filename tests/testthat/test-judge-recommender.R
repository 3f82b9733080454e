plays <- function(seed = 1) {
  simulate_interactions(4000, 300, 100, seed = seed)$data
}

fit_plays <- function(data, method = "ease", ...) {
  deep_recommender(data, "user", "item", method = method, ...,
                   control = deep_control(seed = 1, epochs = 4))
}

test_that("new users are judged by what is known of them, for any method", {
  skip_if_no_backend()
  split <- split_interactions(plays(), "user", "item", method = "users",
                              seed = 1)
  new <- as.character(unique(split$test$user))
  for (method in c("ease", "ials", "autoencoder")) {
    fit <- fit_plays(split$train, method)
    metrics <- evaluate(fit, split$test, history = split$history)
    # Their lists, one after the other.
    listed <- recommend(fit, new, history = split$history, n = 10)
    test <- unique(data.frame(user = as.character(split$test$user),
                              item = as.character(split$test$item)))
    hits <- merge(test, listed, by = c("user", "item"))
    held <- table(test$user)
    recall <- table(factor(hits$user, names(held))) / held
    expect_equal(metrics$recall[[1]], mean(recall))
    expect_equal(metrics$precision[[1]], nrow(hits) / 10 / length(new))
    expect_equal(attr(metrics, "judged_on")$n, length(new))
  }
  expect_gt(metrics$ndcg[[1]], 0)
})

test_that("who has no history is left out, and what is in it", {
  skip_if_no_backend()
  split <- split_interactions(plays(), "user", "item", method = "users",
                              seed = 1)
  fit <- fit_plays(split$train, penalty = 50)
  some <- as.character(unique(split$test$user))[1:3]
  theirs <- split$history[!split$history$user %in% some[1:2], ]
  theirs <- data.frame(user = c(as.character(theirs$user), some[[2]]),
                       item = c(as.character(theirs$item), "chess"))
  expect_warning(metrics <- evaluate(fit, split$test, history = theirs),
                 class = "deeply_warning_new_levels")
  expect_equal(attr(metrics, "judged_on")$left_out, 2)
  shown <- utils::capture.output(print(metrics))
  expect_match(utils::tail(shown, 1), "2 users left out, of whom the history")
  expect_warning(
    evaluate(fit, rbind(split$test, split$history[1:2, ]),
             history = split$history),
    class = "deeply_warning_seen_before"
  )
  expect_snapshot(error = TRUE, {
    evaluate(fit, split$history, history = split$history)
    evaluate(fit, split$test[1, ], history = split$history[99, ])
    evaluate(fit, split$test)
    deep_recommender(plays(), "user", "item", method = "popularity",
                     control = deep_control(validation = split))
  })
})

test_that("users that the fit knows are judged alike by the same history", {
  skip_if_no_backend()
  split <- split_interactions(plays(), "user", "item", method = "share",
                              seed = 1)
  fit <- fit_plays(split$train, penalty = 50)
  known <- evaluate(fit, split$test)
  told <- evaluate(fit, split$test, history = split$train)
  expect_equal(told$ndcg, known$ndcg)
  expect_equal(evaluate(fit, split$test, history = split$train,
                        by = "activity")$hr,
               evaluate(fit, split$test, by = "activity")$hr)
})

test_that("several held-out items of a user are told from one", {
  skip_if_no_backend()
  data <- plays()
  on <- function(method) {
    split <- split_interactions(data, "user", "item", method = method, seed = 1)
    fit <- deep_recommender(data, "user", "item", method = "popularity",
                            control = deep_control(validation = split))
    fit$judged$on
  }
  expect_equal(on("leave_one_out"), "users, on an item held out of each")
  expect_equal(on("share"), "users, on items held out of them")
})

test_that("cosines between users are those of base R", {
  skip_if_no_backend()
  data <- unique(plays()[, c("user", "item")])
  table <- unclass(table(as.character(data$user), as.character(data$item)))
  unit <- table / sqrt(rowSums(table))
  cosine <- tcrossprod(unit)
  fit <- fit_plays(plays(), "item_knn")
  alike <- similar_users(fit, n = 3)
  expect_equal(alike$likeness, cosine[cbind(alike$user, alike$similar)],
               tolerance = 1e-5)
  diag(cosine) <- 0
  expect_equal(alike$likeness[alike$rank == 1], unname(apply(cosine, 1, max)),
               tolerance = 1e-5)
  one <- similar_users(fit, "user_007", n = 2)
  expect_equal(one, alike[alike$user == "user_007" & alike$rank < 3, ])
  expect_equal(nrow(similar_users(fit, "user_007", n = 999)), 299)
  expect_snapshot(error = TRUE, similar_users(fit, c("user_007", "nobody")))
})

test_that("users with vectors are alike who share a taste", {
  skip_if_no_backend()
  world <- simulate_interactions(20000, 500, 150, taste = 2, ratings = TRUE,
                                 seed = 3)
  factors <- world$truth$user_factors
  unit <- factors / sqrt(rowSums(factors^2))
  cosine <- tcrossprod(unit)
  users <- levels(world$data$user)
  for (method in c("embedding", "ials", "autoencoder")) {
    fit <- fit_plays(world$data, method, baseline = FALSE)
    alike <- similar_users(fit, n = 1)
    near <- cosine[cbind(match(alike$user, users), match(alike$similar, users))]
    expect_gt(mean(near), 0.3)
    expect_false(any(alike$user == alike$similar))
  }
})
