# Items of a genre, which their titles tell; a fifth of them nobody had yet.
world <- function() {
  drawn <- simulate_interactions(6000, 400, 100, factors = 3, taste = 2.5,
                                 zipf = 0.5, seed = 3)
  items <- as.data.frame(drawn$items)
  words <- c(genre_1 = "castle", genre_2 = "river", genre_3 = "tower")
  items$title <- paste("The", words[as.character(items$genre)], "of",
                       sprintf("No. %03d", seq_len(nrow(items))))
  new <- items$item[seq(5, 100, 5)]
  list(
    train = drawn$data[!drawn$data$item %in% new, ], items = items,
    test = drawn$data[drawn$data$item %in% new, ], users = drawn$users,
    new = as.character(new)
  )
}

fits <- new.env()
stored <- function(name, ..., items = world()$items[c("item", "genre",
                                                      "price")]) {
  if (is.null(fits[[name]])) {
    fits[[name]] <- deep_recommender(
      world()$train, "user", "item", method = "embedding", ...,
      item_features = items, control = deep_control(seed = 1, epochs = 12)
    )
  }
  fits[[name]]
}
hybrid <- function() stored("hybrid", user_features = world()$users)
by_title <- function() {
  stored("by_title", items = world()$items[c("item", "title")])
}

newcomers <- data.frame(user = c("x", "y", "z"), age = c(20L, 60L, NA),
                        country = c("GB", "US", NA))

test_that("features are for a method with vectors, and for a type", {
  data <- world()$train
  items <- world()$items
  expect_snapshot(error = TRUE, {
    deep_recommender(data, "user", "item", method = "ease",
                     item_features = items)
    deep_recommender(data, "user", "item", type = "hybrid")
    deep_recommender(data, "user", "item", method = "embedding",
                     type = "content")
    deep_recommender(data, "user", "item", method = "embedding",
                     item_features = items, type = "both")
    deep_recommender(data, "user", "item", method = "embedding",
                     item_features = items["genre"])
    deep_recommender(data, "user", "item", method = "embedding",
                     user_features = items)
    deep_recommender(data, "user", "item", method = "embedding",
                     item_features = items, hidden_units = 8)
    deep_recommender(transform(data, stars = 1), "user", "item", "stars",
                     method = "embedding", loss = "squared_error",
                     item_features = items)
  })
})

test_that("new items are ranked by their features, far better than by chance", {
  skip_if_no_backend()
  for (fit in list(hybrid(), by_title())) {
    found <- evaluate(fit, world()$test, new_items = world()$items,
                      only_new = TRUE)
    expect_equal(found$model, c("deep_recommender", "nearest features",
                                "random order"))
    expect_gt(found$ndcg_lower[[1]], found$ndcg_upper[[3]] + 0.02)
  }
})

test_that("new items and new users do not come in one evaluation", {
  skip_if_no_backend()
  expect_snapshot(error = TRUE, {
    evaluate(hybrid(), world()$test, new_items = world()$items,
             history = world()$train)
    recommend(hybrid(), new_users = newcomers, history = world()$train)
  })
})

test_that("what features count is chosen, and printed", {
  skip_if_no_backend()
  chosen <- by_title()$spec$chosen
  expect_named(chosen, c("epochs", "ridge", "likeness"))
  alone <- stored("content", type = "content",
                  items = world()$items[c("item", "genre")])
  expect_equal(alone$spec$chosen$likeness, 0)
  expect_output(print(by_title()), "ridge [0-9.]+, likeness [0-9]+")
})

test_that("the hybrid ranks what is known as if there were no features", {
  skip_if_no_backend()
  alone <- stored("collaborative", type = "collaborative")
  expect_null(alone$prep$features)
  expect_equal(recommend(hybrid(), n = 5), recommend(alone, n = 5))
  expect_equal(evaluate(hybrid()), evaluate(alone))
})

test_that("by content alone items of the same features score the same", {
  skip_if_no_backend()
  fit <- stored("content", type = "content",
                items = world()$items[c("item", "genre")])
  pairs <- data.frame(user = "user_007", item = fit$prep$items)
  scores <- predict(fit, pairs)$.pred
  genre <- world()$items$genre[match(fit$prep$items, world()$items$item)]
  spread <- tapply(scores, genre, function(x) diff(range(x)))
  expect_lt(max(spread), 1e-4)
  expect_gt(stats::sd(tapply(scores, genre, mean)), 0.01)
  new <- data.frame(user = "user_007", item = world()$new)
  found <- predict(fit, new, new_items = world()$items)$.pred
  like <- match(world()$items$genre[match(world()$new, world()$items$item)],
                genre)
  expect_equal(found, scores[like], tolerance = 1e-4)
})

test_that("new items stand among the others, or by themselves", {
  skip_if_no_backend()
  items <- world()$items
  all <- recommend(hybrid(), "user_007", n = 100, new_items = items)
  expect_setequal(all$item[all$new], world()$new)
  known <- recommend(hybrid(), "user_007", n = 100)
  expect_equal(all$item[!all$new], known$item)
  expect_equal(all$score[!all$new], known$score, tolerance = 1e-5)
  own <- recommend(hybrid(), "user_007", n = 100, new_items = items,
                   only_new = TRUE, reasons = TRUE)
  expect_equal(own$item, all$item[all$new])
  had <- world()$train$item[world()$train$user == "user_007"]
  expect_true(all(own$because %in% c(NA, as.character(had))))
  pairs <- data.frame(user = "user_007", item = all$item)
  expect_equal(predict(hybrid(), pairs, new_items = items)$.pred, all$score,
               tolerance = 1e-5)
  # Users by what they had are recommended new items too.
  history <- data.frame(user = "me", item = as.character(had))
  mine <- recommend(hybrid(), history = history, n = 100, new_items = items)
  expect_equal(sum(mine$new), length(world()$new))
  expect_equal(unique(mine$basis), "history")
})

test_that("new users get lists by their features", {
  skip_if_no_backend()
  expect_warning(
    found <- recommend(hybrid(), new_users = newcomers, n = 3),
    class = "deeply_warning_missing_values"
  )
  expect_equal(found$user, rep(c("x", "y", "z"), each = 3))
  expect_equal(found$basis,
               rep(c("features", "features", "popularity"), each = 3))
  both <- recommend(hybrid(), c("y", "user_007", "nobody"), n = 2,
                    new_users = newcomers[1:2, ])
  expect_equal(both$basis,
               rep(c("features", "history", "popularity"), each = 2))
  expect_equal(both$item[1:2], found$item[4:5])
  pairs <- data.frame(user = "y", item = both$item[1:2])
  expect_equal(predict(hybrid(), pairs, new_users = newcomers[1:2, ])$.pred,
               both$score[1:2], tolerance = 1e-5)
  # The old ones differ from the young as the first factor does.
  expect_false(identical(found$score[1:3], found$score[4:6]))
})

test_that("items without a known feature come last, and are named", {
  skip_if_no_backend()
  items <- data.frame(item = c("dull", "odd"), title = c(NA, "xyz"))
  expect_snapshot(
    found <- recommend(by_title(), "user_007", n = 100, new_items = items)
  )
  expect_equal(utils::tail(found$item, 2), c("dull", "odd"))
  expect_true(all(is.finite(found$score)))
})

test_that("users and items without a row are counted", {
  skip_if_no_backend()
  items <- world()$items[-c(1, 7, 11), c("item", "genre", "price")]
  fit <- stored("lacking", items = items)
  expect_equal(fit$prep$features$item$lacking, 3)
  expect_equal(nrow(recommend(fit, "user_007", n = 100)),
               nrow(recommend(hybrid(), "user_007", n = 100)))
  expect_snapshot({
    print(settled(fit))
    print(settled(by_title()))
    print(settled(stored("content", type = "content")))
    print(settled(hybrid()))
  }, transform = hide_numbers)
})

test_that("the parameters are those of the layers and of the maps", {
  skip_if_no_backend()
  expect_equal(sum(summary(hybrid())$parameters), hybrid()$info$parameters)
  expect_snapshot(summary(hybrid()))
})

test_that("judgements of new items are printed", {
  skip_if_no_backend()
  items <- world()$items
  expect_snapshot({
    evaluate(hybrid(), world()$test, new_items = items, only_new = TRUE)
    evaluate(hybrid(), world()$test, new_items = items, k = 5)
    # Without the known items' features there are no neighbours.
    evaluate(hybrid(), world()$test, only_new = TRUE,
             new_items = items[items$item %in% world()$new, ])
  }, transform = hide_numbers)
})

test_that("wrong tables of new ones are named", {
  skip_if_no_backend()
  items <- world()$items
  expect_snapshot(error = TRUE, {
    recommend(hybrid(), new_items = items["genre"])
    recommend(hybrid(), new_items = items[c("item", "genre")])
    recommend(hybrid(), new_items = rbind(items, items[5, ]))
    recommend(hybrid(), only_new = TRUE)
    recommend(hybrid(), new_users = newcomers[1, ], history = world()$train)
    recommend(by_title(), new_users = newcomers)
    recommend(stored("collaborative", type = "collaborative"),
              new_items = items)
    evaluate(hybrid(), world()$train[1:9, ], new_items = items,
             only_new = TRUE)
  })
  strange <- transform(items, genre = "genre_9")
  expect_snapshot(
    found <- recommend(hybrid(), "user_007", n = 2, new_items = strange)
  )
})

test_that("a fit with features lasts into another process", {
  skip_if_no_backend()
  skip_if_not_installed("callr")
  path <- tempfile(fileext = ".rds")
  saveRDS(hybrid(), path)
  again <- callr::r(function(path, items, users) {
    deeply::recommend(readRDS(path), n = 5, new_items = items,
                      new_users = users)
  }, list(path, world()$items, newcomers[1:2, ]))
  expect_equal(again, recommend(hybrid(), n = 5, new_items = world()$items,
                                new_users = newcomers[1:2, ]))
  # Rows of the data are not kept.
  expect_lt(file.size(path), 4e5)
})
