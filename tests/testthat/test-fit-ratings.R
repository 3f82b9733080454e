# Numbers that other backends round otherwise, and what is said of them.
hide_errors <- function(lines) {
  lines <- gsub("[0-9][.][0-9]{3}", "#",
                grep("^(!|  [^ ]+ (better|well))", lines, value = TRUE,
                     invert = TRUE))
  sub("epochs [0-9]+", "epochs 9", sub("[0-9.]+ s, seed", "1.5 s, seed", lines))
}

stars <- function(n = 4000, seed = 1) {
  simulate_interactions(n, 300, 100, ratings = TRUE, seed = seed)$data
}

fit_stars <- function(data = stars(), ..., value = "rating", seed = 1,
                      epochs = 40) {
  deep_recommender(data, "user", "item", value = value, method = "embedding",
                   ..., control = deep_control(seed = seed, epochs = epochs))
}

rated_fits <- new.env()
stored_stars <- function() {
  rated_fits$fit <- rated_fits$fit %||% fit_stars()
  rated_fits$fit
}

test_that("amounts look like ratings if they are on a scale", {
  expect_true(looks_rated(c(1, 2, 3, 4, 5, 4)))
  expect_true(looks_rated(c(seq(0.5, 5, by = 0.5), 3, NA)))
  expect_true(looks_rated(c(-1, 0, 1, 1)))
  # Counts, hours, and what is only yes or no.
  expect_false(looks_rated(c(1, 1, 1, 2, 2, 3)))
  expect_false(looks_rated(c(0.1, 7, 3.3, 3.3)))
  expect_false(looks_rated(c(0, 1, 1)))
  expect_false(looks_rated(c(1, 2, 4, 4)))
  expect_false(looks_rated(c(1:22, 22)))
  expect_false(looks_rated(letters))
})

test_that("pairs have the mean of their ratings, which may be 0 or less", {
  data <- data.frame(
    u = c("b", "a", "b", "a", "b", NA), i = c(1, 2, 1, 1, 3, 1),
    r = c(0, -2, 3, 5, NA, 1), t = c(1:3, NA, 5, 6)
  )
  pairs <- learn_ratings(data, list(user = "u", item = "i", value = "r"))
  expect_equal(pairs$users[pairs$user], c("a", "a", "b"))
  expect_equal(pairs$items[pairs$item], c(1, 2, 1))
  expect_equal(pairs$rating, c(5, -2, 1.5))
  expect_equal(pairs$dropped, c(missing = 2, zero = 0, repeated = 1))
  timed <- learn_ratings(data, list(user = "u", item = "i", value = "r",
                                    time = "t"))
  expect_equal(timed$rating, c(-2, 1.5))
  expect_equal(timed$time, c(2, 3))
})

test_that("a share of each user is held out, and everybody stays", {
  pairs <- learn_ratings(stars(), list(user = "user", item = "item",
                                       value = "rating", time = "time"))
  for (timed in c(TRUE, FALSE)) {
    if (!timed) pairs$time <- NULL
    held <- hold_out_ratings(pairs, 0.2, 1L)
    expect_equal(mean(held), 0.2, tolerance = 0.05)
    expect_setequal(pairs$user[!held], seq_along(pairs$users))
    expect_setequal(pairs$item[!held], seq_along(pairs$items))
    share <- tapply(held, pairs$user, sum) - 0.2 * tabulate(pairs$user)
    expect_lt(max(abs(share)), 1 + 1e-9)
    expect_identical(hold_out_ratings(pairs, 0.2, 1L), held)
  }
  expect_false(any(hold_out_ratings(pairs, 0, 1L)))
  # The latest of each.
  user <- rep(1:2, each = 5)
  expect_equal(which(share_of_users(user, c(1:5, 5:1), 0.4, 1L)), c(4:7))
})

test_that("wrong input is named", {
  data <- stars()
  data$yes <- 1
  data$word <- "good"
  data$endless <- replace(data$rating, 3, Inf)
  expect_snapshot(error = TRUE, {
    fit_stars(data, loss = "squared_error", value = "word")
    fit_stars(data, loss = "squared_error", value = "yes")
    fit_stars(data, loss = "squared_error", value = "endless")
    fit_stars(data, loss = "squared_error", value = NULL)
    fit_stars(transform(data, rating = NA_real_), loss = "squared_error")
    fit_stars(transform(data, rating = rating - 3L), loss = "bpr")
    deep_recommender(data, "user", "item", value = "rating", method = "ease",
                     loss = "squared_error")
  })
})

test_that("prints of ratings, and of amounts that are none", {
  skip_if_no_backend()
  fit <- stored_stars()
  expect_s3_class(fit, c("deep_ratings", "deep_recommender", "deep_fit"),
                  exact = TRUE)
  expect_snapshot({
    print(fit)
    summary(fit)
    evaluate(fit, by = "activity")
  }, transform = hide_errors)
  told <- fit_stars(loss = "squared_error", epochs = 2)
  expect_equal(told$spec$feedback$guessed, FALSE)
  hours <- fit_stars(value = "hours", epochs = 1)
  ease <- deep_recommender(stars(), "user", "item", value = "rating",
                           method = "ease", control = deep_control(seed = 1))
  shown <- function(fit) {
    lines <- utils::capture.output(print(fit))
    grep("Ratings|Amounts|equal|learns", lines, value = TRUE)
  }
  expect_snapshot(writeLines(unlist(lapply(list(told, hours, ease), shown))))
})

test_that("more is learned than biases, on any scale", {
  skip_if_no_backend()
  data <- simulate_interactions(12000, 500, 150, ratings = TRUE, seed = 2)$data
  fit <- fit_stars(data, seed = 2)
  rmse <- stats::setNames(evaluate(fit)$rmse, evaluate(fit)$model)
  expect_lt(rmse[["deep_recommender"]], 0.985 * rmse[["biases"]])
  expect_gt(rmse[["deep_recommender"]], 0.55)
  expect_gt(fit$judged$lead, 0)
  expect_null(note_ratings(fit$judged))
  # Tenfold, and around 0.
  other <- fit_stars(transform(data, rating = 10 * rating - 30), seed = 2)
  expect_equal(evaluate(other)$rmse, 10 * evaluate(fit)$rmse,
               tolerance = 0.02)
  pairs <- head(data, 50)
  expect_equal(predict(other, pairs)$.pred, 10 * predict(fit, pairs)$.pred - 30,
               tolerance = 0.05)
})

test_that("errors are those of the predictions, beside biases by hand", {
  skip_if_no_backend()
  data <- stars()
  test <- seq(7, nrow(data), by = 9)
  fit <- fit_stars(data[-test, ])
  errors <- evaluate(fit, data[test, ])
  error <- data$rating[test] - predict(fit, data[test, ])$.pred
  expect_equal(errors$rmse[[1]], sqrt(mean(error^2)))
  expect_equal(errors$mae[[1]], mean(abs(error)))
  from_mean <- data$rating[test] - mean(data$rating[-test])
  expect_equal(errors$rmse[[3]], sqrt(mean(from_mean^2)), tolerance = 1e-6)
  expect_lt(errors$rmse[[2]], errors$rmse[[3]])
  inside <- errors$rmse_lower < errors$rmse & errors$rmse < errors$rmse_upper
  expect_true(all(inside))
  alone <- deep_recommender(data[-test, ], "user", "item", value = "rating",
                            method = "embedding", baseline = FALSE,
                            control = deep_control(seed = 1, epochs = 2))
  expect_equal(evaluate(alone, data[test, ])$model, "deep_recommender")
})

test_that("what is not known counts as average, and is said", {
  skip_if_no_backend()
  fit <- stored_stars()
  asked <- data.frame(user = c("user_001", "nobody", "nobody", NA),
                      item = c("item_001", "item_001", "chess", "item_001"))
  expect_snapshot(found <- predict(fit, asked)$.pred)
  expect_false(anyNA(found))
  expect_equal(found[[2]], found[[4]])
  expect_equal(found[[3]], fit$prep$ratings$mean, tolerance = 0.1)
  expect_equal(nrow(predict(fit, asked[0, ])), 0)
  extreme <- predict(fit, expand.grid(user = fit$prep$users,
                                      item = fit$prep$items))$.pred
  expect_gte(min(extreme), 1)
  expect_equal(max(extreme), 5)
  asked$rating <- c(2, 3, 4, 5)
  expect_warning(found <- evaluate(fit, asked[2:4, ]), NA)
  expect_equal(attr(found, "judged_on")$strange, 2)
})

test_that("lists are in the order of predicted ratings", {
  skip_if_no_backend()
  fit <- stored_stars()
  listed <- recommend(fit, c("user_010", "nobody"), n = 8)
  expect_equal(listed$basis, rep(c("history", "average"), each = 8))
  expect_true(all(listed[, .(falls = !is.unsorted(-score)), by = "user"]$falls))
  mine <- listed[listed$user == "user_010", ]
  expect_equal(mine$score, predict(fit, mine)$.pred, tolerance = 1e-5)
  had <- as.character(stars()$item[stars()$user == "user_010"])
  expect_false(any(recommend(fit, "user_010", n = 100)$item %in% had))
})

test_that("a new user is found from how they rated", {
  skip_if_no_backend()
  fit <- stored_stars()
  data <- stars()
  count <- table(data$user)
  many <- names(which(count >= 15 & count < 90))
  alike <- vapply(many, function(who) {
    mine <- data[data$user == who, c("user", "item", "rating")]
    known <- recommend(fit, who, n = 100)
    new <- recommend(fit, history = transform(mine, user = "me"), n = 100)
    stats::cor(known$score, new$score[match(known$item, new$item)])
  }, 1)
  expect_gt(stats::median(alike), 0.9)
  expect_snapshot(error = TRUE, {
    recommend(fit, history = data[1:3, c("user", "item")])
    evaluate(fit, data[1:3, c("user", "item")])
  })
})

test_that("new users are judged by their history", {
  skip_if_no_backend()
  data <- stars()
  data$user <- as.character(data$user)
  new <- unique(data$user)[1:60]
  fit <- fit_stars(data[!data$user %in% new, ])
  theirs <- data[data$user %in% new, ]
  last <- !duplicated(theirs$user, fromLast = TRUE)
  errors <- evaluate(fit, theirs[last, ], history = theirs[!last, ])
  many <- length(unique(theirs$user[!last]))
  expect_equal(attr(errors, "judged_on")$users, many)
  expect_equal(attr(errors, "judged_on")$left_out, 60 - many)
  unknown <- evaluate(fit, theirs[last & duplicated(theirs$user), ])
  expect_lt(errors$rmse[[1]], unknown$rmse[[1]])
  expect_error(evaluate(fit, theirs[!last, ], history = theirs[!last, ]),
               class = "deeply_error_too_few_rows")
})

test_that("what the fit was made from is not judged", {
  skip_if_no_backend()
  data <- stars()
  expect_error(evaluate(stored_stars(), data[1:9, ]),
               class = "deeply_error_too_few_rows")
  more <- rbind(data[1:9, c("user", "item", "rating")],
                data.frame(user = "user_001", item = "chess", rating = 3))
  expect_warning(errors <- evaluate(stored_stars(), more),
                 class = "deeply_warning_seen_before")
  expect_equal(attr(errors, "judged_on")$n, 1)
})

test_that("the rows of a split are held out, and the seed decides all", {
  skip_if_no_backend()
  data <- stars()
  split <- deep_split(data, 0.7, seed = 1, force = TRUE)
  fit <- deep_recommender(data, "user", "item", value = "rating",
                          method = "embedding",
                          control = deep_control(validation = split, seed = 4,
                                                 epochs = 2))
  expect_equal(fit$judged$n, length(split$rows$test))
  again <- fit_stars(epochs = 3)
  expect_equal(predict(fit_stars(epochs = 3), data[1:5, ]),
               predict(again, data[1:5, ]))
  none <- fit_stars(epochs = 2, biases = FALSE, embedding_dim = 4)
  expect_equal(sum(summary(none)$parameters), none$info$parameters)
  unjudged <- deep_recommender(data, "user", "item", value = "rating",
                               method = "embedding",
                               control = deep_control(validation = 0,
                                                      epochs = 2))
  expect_output(print(unjudged), "Not judged")
  expect_error(evaluate(unjudged), class = "deeply_error_too_few_rows")
})

test_that("a fit of ratings lasts into another process", {
  skip_if_no_backend()
  skip_if_not_installed("callr")
  fit <- stored_stars()
  path <- tempfile(fileext = ".rds")
  saveRDS(fit, path)
  again <- callr::r(function(path) {
    fit <- readRDS(path)
    list(deeply::recommend(fit, n = 3),
         predict(fit, data.frame(user = "user_002", item = "item_003")))
  }, list(path))
  asked <- data.frame(user = "user_002", item = "item_003")
  expect_equal(again, list(recommend(fit, n = 3), predict(fit, asked)))
})

test_that("plots of ratings say what they find", {
  skip_if_no_backend()
  for (type in c("ratings", "history", "tail", "map")) {
    plot <- autoplot(stored_stars(), type = type, n = 40)
    expect_s3_class(plot, "ggplot")
    expect_gt(nchar(plot$labels$title), 10)
    expect_no_error(ggplot2::ggplot_build(plot))
  }
  expect_error(autoplot(stored_stars(), type = "ranking"),
               class = "deeply_error_argument")
})
