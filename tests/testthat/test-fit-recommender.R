# A fit is made once for all tests that only look at it.
fits <- new.env()
stored_fit <- function(method) {
  if (is.null(fits[[method]])) {
    fits[[method]] <- fit_games(method = method)
  }
  fits[[method]]
}

every_method <- names(recommender_parts)

test_that("wrong input is named before Python starts", {
  data <- games()$data
  expect_snapshot(error = TRUE, {
    deep_recommender(as.list(data), "user", "item")
    deep_recommender(data, "user", "game")
    deep_recommender(data, "user", "item", value = "user")
    deep_recommender(data[0, ], "user", "item")
    deep_recommender(data[data$item == "item_001", ], "user", "item")
    deep_recommender(transform(data, hours = hours - 1), "user", "item",
                     value = "hours")
    deep_recommender(data, "user", "item", method = "svd")
    deep_recommender(data, "user", "item", method = "ease", hidden_units = 5)
    deep_recommender(data, "user", "item", method = "ease", penalty = 0)
    deep_recommender(data, "user", "item", method = "ease", couples = -1)
    deep_recommender(data, "user", "item", method = "embedding", loss = "mse")
    deep_recommender(data, "user", "item", method = "item_knn",
                     neighbours = 0)
    deep_recommender(data, "user", "item", control = list(epochs = 5))
    deep_recommender(data, "user", "item",
                     control = deep_control(checkpoint = "run"))
  })
})

test_that("too many items for a dense matrix are refused", {
  pairs <- list(items = seq_len(most_dense_items + 1))
  expect_error(check_catalogue(pairs, list(method = "ease")),
               class = "deeply_error_argument")
  expect_no_error(check_catalogue(pairs, list(method = "item_knn")))
  expect_equal(baselines_of(pairs, "item_knn"), "popularity")
  expect_equal(baselines_of(list(items = 1:5), "item_knn"),
               c("popularity", "ease"))
})

test_that("one item of each user with enough of them is held out", {
  pairs <- learn_interactions(games()$data, list(user = "user", item = "item"))
  held <- hold_out(pairs, NULL, 1L, NULL)
  many <- tabulate(pairs$user) >= least_items
  expect_equal(tabulate(pairs$user[held], length(many)), as.integer(many))
  half <- hold_out(pairs, 0.5, 1L, NULL)
  expect_equal(sum(half), round(sum(many) / 2))
  expect_true(all(held[half]))
  expect_equal(sum(hold_out(pairs, 0, 1L, NULL)), 0)
})

test_that("a split tells what is held out", {
  data <- games()$data
  split <- split_interactions(data, "user", "item", time = "time")
  pairs <- learn_interactions(data, list(user = "user", item = "item"))
  told <- as_validation(split)
  held <- hold_out(pairs, told, 1L, data)
  test <- data[split$rows$test, ]
  expect_setequal(
    paste(pairs$users[pairs$user], pairs$items[pairs$item])[held],
    paste(test$user, test$item)
  )
})

test_that("prints of each method", {
  skip_if_no_backend()
  for (method in every_method) {
    expect_snapshot(print(settled(stored_fit(method))),
                    transform = hide_numbers)
  }
})

test_that("a fit says when a simple model does as well", {
  judged <- function(ndcg) {
    list(n = 100, metrics = data.table::data.table(
      model = c("deep_recommender", "EASE"), ndcg = c(ndcg, 0.3),
      ndcg_lower = c(ndcg, 0.3) - 0.05
    ))
  }
  expect_match(note_ranking(judged(0.2)), "EASE ranks better")
  expect_match(note_ranking(judged(0.32)), "may be chance")
  expect_null(note_ranking(judged(0.4)))
})

test_that("without held-out items nothing is judged", {
  skip_if_no_backend()
  fit <- deep_recommender(games()$data, "user", "item", method = "auto",
                          control = deep_control(validation = 0, epochs = 2,
                                                 seed = 1))
  expect_null(fit$judged)
  expect_snapshot(print(settled(fit)), transform = hide_numbers)
  expect_error(evaluate(fit), class = "deeply_error_too_few_rows")
})

test_that("nothing that a user had is recommended, for any data and method", {
  skip_if_no_backend()
  for (method in every_method) {
    data <- games()$data
    listed <- recommend(stored_fit(method), n = 100)
    had <- data.table::data.table(user = as.character(data$user),
                                  item = as.character(data$item))
    expect_equal(nrow(listed[had, on = c("user", "item"), nomatch = NULL]), 0)
    # All others are.
    expect_equal(nrow(listed), 300 * 100 - nrow(unique(had)))
    all <- recommend(stored_fit(method), n = 100, exclude_seen = FALSE)
    expect_equal(nrow(all), 300 * 100)
    expect_true(all(all[, .(falls = !is.unsorted(-score)), by = "user"]$falls))
  }
})

test_that("scores of pairs are those of the lists, in their order", {
  skip_if_no_backend()
  fit <- stored_fit("ease")
  listed <- recommend(fit, c("user_200", "user_003"), n = 4)
  expect_equal(unique(listed$user), c("user_200", "user_003"))
  shuffled <- listed[c(5, 1, 8, 3, 2, 7, 6, 4), ]
  expect_equal(predict(fit, shuffled)$.pred, shuffled$score)
  shuffled$user[[2]] <- "nobody"
  expect_snapshot(strange <- predict(fit, shuffled))
  expect_equal(which(is.na(strange$.pred)), 2)
})

test_that("new users are served by what they had", {
  skip_if_no_backend()
  data <- games()$data
  data$user <- as.character(data$user)
  data$item <- as.character(data$item)
  for (method in setdiff(every_method, "embedding")) {
    fit <- stored_fit(method)
    mine <- data[data$user == "user_007", ]
    known <- recommend(fit, "user_007", n = 5)
    as_new <- recommend(fit, history = transform(mine, user = "me"), n = 5)
    expect_equal(as_new$item, known$item)
    expect_equal(as_new$score, known$score, tolerance = 1e-5)
    expect_equal(unique(as_new$user), "me")
  }
})

test_that("a new user's vector is near that of one who had the same", {
  skip_if_no_backend()
  data <- games()$data
  fit <- stored_fit("embedding")
  alike <- vapply(levels(data$user)[2:40], function(one) {
    mine <- data[data$user == one, ]
    if (nrow(mine) < 5) {
      return(NA_real_)
    }
    history <- data.frame(user = "me", item = as.character(mine$item))
    known <- recommend(fit, one, n = 10)$item
    new <- recommend(fit, history = history, n = 10)$item
    expect_false(any(new %in% history$item))
    mean(known %in% new)
  }, 1)
  expect_gt(mean(alike, na.rm = TRUE), 0.5)
})

test_that("vectors have as many parameters as they have numbers", {
  skip_if_no_backend()
  fit <- fit_games(method = "embedding", embedding_dim = 5, biases = FALSE)
  expect_equal(fit$info$parameters, 5 * (301 + 101) + 1)
  with_biases <- fit_games(method = "embedding", embedding_dim = 5)
  expect_equal(with_biases$info$parameters - fit$info$parameters, 301 + 101)
  expect_snapshot(summary(with_biases))
  headed <- fit_games(method = "embedding", embedding_dim = 5,
                      hidden_units = c(8, 4))
  expect_equal(headed$info$parameters - with_biases$info$parameters,
               (15 + 1) * 8 + (8 + 1) * 4 + 4)
  expect_snapshot(summary(headed))
  expect_equal(nrow(recommend(headed, "user_007", n = 3)), 3)
})

test_that("who is not known gets what is popular", {
  skip_if_no_backend()
  counts <- sort(table(as.character(games()$data$item)), decreasing = TRUE)
  for (method in every_method) {
    listed <- recommend(stored_fit(method), c("nobody", "user_002"), n = 3)
    expect_equal(listed$basis, rep(c("popularity", "history"), each = 3))
    expect_equal(listed$score[1:3], as.vector(counts[1:3]))
  }
})

test_that("items that are not known are named", {
  skip_if_no_backend()
  fit <- stored_fit("ease")
  history <- data.frame(user = "me", item = c("item_001", "chess"))
  expect_snapshot(listed <- recommend(fit, history = history, n = 2))
  only <- recommend(fit, history = history[1, ], n = 2)
  expect_equal(listed, only)
  expect_snapshot(error = TRUE, {
    similar_items(fit, "chess")
    similar_items(stored_fit("popularity"), "item_001")
    recommend(fit, NA)
    recommend(fit, history = data.frame(user = "me"))
  })
})

test_that("the reason is what is most like the item among those had", {
  skip_if_no_backend()
  data <- games()$data
  for (method in c("item_knn", "auto")) {
    fit <- stored_fit(method)
    listed <- recommend(fit, "user_010", n = 3, reasons = TRUE)
    had <- as.character(data$item[data$user == "user_010"])
    expect_true(all(listed$because %in% c(had, NA)))
    alike <- similar_items(fit, listed$item[[1]], n = 99)
    expected <- alike[alike$similar %in% had & alike$likeness > 0, ]
    expect_equal(listed$because[[1]], expected$similar[1])
  }
})

test_that("cosines between items are those of base R", {
  skip_if_no_backend()
  data <- unique(games()$data[, c("user", "item")])
  table <- unclass(table(as.character(data$user), as.character(data$item)))
  unit <- t(table) / sqrt(colSums(table))
  cosine <- tcrossprod(unit)
  alike <- similar_items(stored_fit("item_knn"), n = 3)
  expect_equal(alike$likeness, cosine[cbind(alike$item, alike$similar)],
               tolerance = 1e-5)
  diag(cosine) <- 0
  expect_equal(alike$likeness[alike$rank == 1], unname(apply(cosine, 1, max)),
               tolerance = 1e-5)
})

test_that("what is recovered beats popularity, and neighbours share a taste", {
  skip_if_no_backend()
  world <- simulate_interactions(20000, 1000, 150, taste = 2, seed = 3)
  split <- split_interactions(world$data, "user", "item", time = "time")
  fit <- fit_games(split$train, method = "auto")
  metrics <- evaluate(fit, split$test)
  expect_gt(metrics$ndcg[[1]], 1.2 * metrics$ndcg[[2]])
  # Nearest items point the same way more often than any two do.
  factors <- world$truth$item_factors
  unit <- factors / sqrt(rowSums(factors^2))
  cosine <- tcrossprod(unit)
  items <- levels(world$data$item)
  alike <- similar_items(fit, n = 1)
  near <- cosine[cbind(match(alike$item, items), match(alike$similar, items))]
  expect_gt(mean(near), mean(cosine[upper.tri(cosine)]) + 0.3)
})

test_that("places of held-out items are those of their lists", {
  skip_if_no_backend()
  split <- split_interactions(games()$data, "user", "item", seed = 1)
  fit <- fit_games(split$train, penalty = 50)
  listed <- recommend(fit, n = 10)
  found <- merge(
    data.table::data.table(user = as.character(split$test$user),
                           item = as.character(split$test$item)),
    listed, by = c("user", "item"), all.x = TRUE
  )
  metrics <- evaluate(fit, split$test)
  expect_equal(metrics$hr[[1]], mean(!is.na(found$rank)))
  gain <- ifelse(is.na(found$rank), 0, 1 / log2(found$rank + 1))
  expect_equal(metrics$ndcg[[1]], mean(gain), tolerance = 1e-6)
  expect_equal(metrics$coverage[[1]], length(unique(
    listed$item[listed$user %in% found$user]
  )) / 100)
})

test_that("an item that the fit does not know is missed", {
  skip_if_no_backend()
  fit <- stored_fit("ease")
  test <- data.frame(user = c("user_001", "user_002"), item = "chess")
  metrics <- evaluate(fit, test)
  expect_equal(metrics$hr, c(0, 0, 0))
  expect_error(evaluate(fit, transform(test, user = "nobody")),
               class = "deeply_error_too_few_rows")
})

test_that("what the fit was made from is not judged", {
  skip_if_no_backend()
  data <- games()$data
  fit <- stored_fit("ease")
  expect_error(evaluate(fit, data[1:50, ]), class = "deeply_error_too_few_rows")
  some <- data.frame(user = "user_002", item = levels(data$item))
  had <- sum(data$user == "user_002")
  expect_warning(judged <- evaluate(fit, some),
                 class = "deeply_warning_seen_before")
  # All others are held out, so the list has nothing else.
  expect_equal(judged$precision[[1]], 1)
  expect_equal(judged$recall[[1]], 10 / (100 - had))
})

test_that("rows of a split that are for later are not learned from", {
  skip_if_no_backend()
  data <- games()$data
  split <- deep_split(data, c(0.6, 0.1), seed = 1, force = TRUE)
  fit <- deep_recommender(data, "user", "item", method = "item_knn",
                          control = deep_control(validation = split))
  train <- data[unlist(split$rows[c("train", "validation")]), ]
  expect_equal(fit$prep$n, nrow(unique(train[, c("user", "item")])))
  expect_equal(fit$judged$n, length(unique(data$user[split$rows$validation])))
})

test_that("the parameters are those of the layers", {
  skip_if_no_backend()
  for (method in every_method) {
    fit <- stored_fit(method)
    expect_equal(sum(summary(fit)$parameters), fit$info$parameters)
  }
  expect_snapshot(summary(fit_games(method = "auto", couples = 0)))
  # No item is spoken for by itself, nor by a couple that it is one of.
  coupled <- fit_games(method = "ease", penalty = 50, couples = 20)
  expect_equal(coupled$info$parameters, 100 * 99 + 20 * 98)
  expect_equal(sum(summary(coupled)$parameters), coupled$info$parameters)
})

test_that("evaluations are printed", {
  skip_if_no_backend()
  split <- split_interactions(games()$data, "user", "item", seed = 1)
  fit <- fit_games(split$train, penalty = 50)
  test <- rbind(split$test, transform(split$test[1:2, ], user = "nobody"))
  expect_snapshot(evaluate(fit, test, k = 5), transform = hide_numbers)
  other <- transform(split$test[1:3, ], user = c("nobody", "somebody", NA))
  judged <- evaluate(fit, rbind(test, other))
  expect_equal(attr(judged, "judged_on")$left_out, 2)
  expect_snapshot(evaluate(fit, by = "activity"), transform = hide_numbers)
})

test_that("ids keep their type", {
  skip_if_no_backend()
  data <- games()$data
  data$user <- as.integer(data$user)
  data$item <- 1000 + as.integer(data$item)
  fit <- fit_games(data, penalty = 50)
  listed <- recommend(fit, 7, n = 3)
  expect_type(listed$item, "double")
  as_factors <- recommend(fit_games(penalty = 50), "user_007", n = 3)
  expect_equal(listed$item - 1000,
               as.numeric(sub("item_", "", as_factors$item)))
})

test_that("repeated rows change nothing, and the seed decides all", {
  skip_if_no_backend()
  data <- games()$data
  once <- stored_fit("auto")
  twice <- fit_games(rbind(data, data), method = "auto")
  expect_equal(twice$prep$dropped[["repeated"]], nrow(data))
  expect_equal(recommend(twice, n = 5), recommend(once, n = 5))
  expect_equal(twice$history$loss, once$history$loss)
})

test_that("a fit lasts into another process", {
  skip_if_no_backend()
  skip_if_not_installed("callr")
  fit <- stored_fit("auto")
  path <- tempfile(fileext = ".rds")
  saveRDS(fit, path)
  again <- callr::r(function(path) {
    deeply::recommend(readRDS(path), n = 5)
  }, list(path))
  expect_equal(again, recommend(fit, n = 5))
})

test_that("what needs an outcome says so", {
  skip_if_no_backend()
  fit <- stored_fit("ease")
  expect_snapshot(error = TRUE, {
    diagnose(fit)
    calibrate(fit, games()$data)
    explain(fit)
    confusion(fit, games()$data)
    augment(fit, games()$data)
    as_keras(fit)
    deep_report(fit, "report.html")
  })
})
