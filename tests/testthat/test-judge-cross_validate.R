test_that("any model is fitted and judged as by hand", {
  folds <- deep_folds(mtcars, v = 4, seed = 2)
  judged <- cross_validate(mpg ~ wt + hp, mtcars, model = lm, folds = folds)
  by_hand <- vapply(folds$folds, function(rows) {
    fit <- lm(mpg ~ wt + hp, mtcars[rows$train, ])
    error <- predict(fit, mtcars[rows$test, ]) - mtcars$mpg[rows$test]
    c(sqrt(mean(error^2)), mean(abs(error)))
  }, numeric(2))
  expect_equal(judged$rmse, by_hand[1, ])
  expect_equal(judged$mae, by_hand[2, ])
  expect_equal(judged$n_test, lengths(lapply(folds$folds, `[[`, "test")))
  expect_s3_class(judged, "deep_resamples")
  table <- summary(judged)
  expect_equal(table$metric, c("rmse", "mae", "rsq"))
  expect_equal(table$se[[1]],
               sqrt((1 / 4 + 32 / 96) * var(by_hand[1, ])))
})

test_that("weights are cut as the rows are", {
  weights <- seq(0.1, 2, length.out = 32)
  folds <- deep_folds(mtcars, v = 4, seed = 2)
  judged <- cross_validate(mpg ~ wt, mtcars, model = lm, folds = folds,
                           weights = weights)
  by_hand <- vapply(folds$folds, function(rows) {
    part <- cbind(mtcars, w = weights)[rows$train, ]
    fit <- lm(mpg ~ wt, part, weights = w)
    test <- mtcars[rows$test, ]
    mean(abs(predict(fit, test) - test$mpg))
  }, numeric(1))
  expect_equal(judged$mae, by_hand)
})

# Models of base R, of classes and of a table and its outcome.
logistic <- function(x, data, ...) {
  structure(list(fit = glm(x, binomial, data)), class = "logistic")
}
nearest_mean <- function(x, y) {
  structure(list(means = tapply(x$Petal.Length, y, mean)),
            class = "nearest_mean")
}
local_models <- function(frame = parent.frame()) {
  registerS3method("predict", "logistic", function(object, new_data, ...) {
    predict(object$fit, new_data, type = "response")
  }, envir = asNamespace("stats"))
  registerS3method("predict", "nearest_mean", function(object, new_data, ...) {
    far <- abs(outer(new_data$Petal.Length, object$means, `-`))
    data.table(.pred_class = names(object$means)[max.col(-far)])
  }, envir = asNamespace("stats"))
}

test_that("models of classes are judged by what they predict", {
  local_models()
  cars <- transform(mtcars, am = factor(am, labels = c("auto", "manual")))
  cars$am[[3]] <- NA
  # That the classes are nearly told apart is not the point.
  judged <- suppressWarnings(cross_validate(
    am ~ wt, cars, model = logistic, folds = 3, seed = 1
  ))
  expect_named(judged[, -(1:3)], c(metric_order(list(
    task = "binary", shares = c(0.6, 0.4), levels = 1:2
  )), "n_train", "n_test", "seconds"))
  expect_true(all(judged$roc_auc > 0.6))
  # Classes alone have no area.
  hard <- cross_validate(iris[3:4], iris$Species, model = nearest_mean,
                         folds = 3, seed = 1)
  expect_named(hard[, 4:6], c("accuracy", "bal_accuracy", "f1"))
  expect_true(all(hard$accuracy > 0.8))
})

test_that("folds of every kind work", {
  by_group <- deep_folds(transform(mtcars, g = cyl + gear), v = 3,
                         group = "g", seed = 1)
  days <- readings(60)
  sets <- list(
    list(data = mtcars, formula = mpg ~ wt, folds = by_group, n = 3),
    list(data = mtcars, formula = mpg ~ wt, n = 6,
         folds = deep_folds(mtcars, v = 3, repeats = 2, seed = 1)),
    list(data = days, formula = value ~ sensor + day, n = 4,
         folds = deep_folds(days, v = 4, method = "blocked", time = "day")),
    list(data = days, formula = value ~ day, n = 5,
         folds = deep_folds(days, v = 5, time = "day"))
  )
  sets[[3]]$formula <- value ~ day
  for (set in sets) {
    judged <- cross_validate(set$formula, set$data, model = lm,
                             folds = set$folds)
    expect_equal(nrow(judged), set$n)
    expect_equal(judged$n_train, set$folds$table$n_train)
    expect_snapshot(cat(utils::capture.output(judged)[2:5], sep = "\n"))
  }
})

# A table as it comes from cross_validate(), without any fit.
toy_resamples <- function(scores, metric = "accuracy") {
  k <- nrow(scores)
  rows <- data.table(
    "repeat" = 1L, fold = rep(seq_len(k), ncol(scores)),
    model = rep(colnames(scores), each = k), score = as.vector(scores),
    n_train = 80L, n_test = 20L, seconds = 0.5
  )
  data.table::setnames(rows, "score", metric)
  new_resamples(rows[order(rows$fold), ], list(
    outcome = list(name = "sold", task = "binary", levels = c("no", "yes")),
    folds = deep_folds(data.frame(x = 1:100), v = k, seed = 3), seed = 3
  ))
}

test_that("what is found is said by the interval of the differences", {
  set.seed(1)
  hard <- rnorm(8, 0.8, 0.05)
  scores <- cbind(deep_mlp = hard, "majority class" = 0.2,
                  "boosted trees" = hard - 0.02 + rnorm(8, 0, 0.005))
  # Scores vary by more than models differ; the differences do not.
  ahead <- toy_resamples(scores)
  expect_match(resamples_finding(ahead), "^deep_mlp is ahead of boosted trees")
  expect_match(resamples_finding(toy_resamples(scores[, 3:1])),
               "^boosted trees is behind deep_mlp: accuracy worse by 0.0")
  alike <- scores
  alike[, 3] <- hard + rnorm(8, 0, 0.02)
  expect_match(resamples_finding(toy_resamples(alike)), "^No clear difference")
  # Of an error less is better.
  expect_match(resamples_finding(toy_resamples(scores, "rmse")),
               "^deep_mlp is behind majority class: rmse worse by")
  lead <- scores[, 1] - scores[, 3]
  half <- qt(0.975, 7) * sqrt((1 / 8 + 1 / 4) * var(lead))
  expect_match(resamples_finding(ahead), sprintf(
    "by %.3f \\(%.3f to %.3f\\)", mean(lead), mean(lead) - half,
    mean(lead) + half
  ))
  expect_snapshot({
    ahead
    ahead[1:2, c("model", "accuracy")]
    toy_resamples(alike[, c(1, 3)])
    toy_resamples(scores[, 1, drop = FALSE])
    summary(ahead)
  })
  plot <- autoplot(ahead)
  expect_silent(ggplot2::ggplot_build(plot))
  expect_match(plot$labels$title, "deep_mlp is ahead")
  expect_match(plot$labels$caption, "majority class, 0.200")
  expect_null(autoplot(toy_resamples(alike[, c(1, 3)]))$labels$caption)
  expect_snapshot(error = TRUE, autoplot(ahead, metric = "speed"))
})

test_that("a network is judged beside its baselines, the same whatever runs", {
  skip_if_no_backend()
  skip_if_not_installed("callr")
  data <- task_table("binary")
  # A level that only one fold has is not taken for a mistake.
  data$town[[1]] <- "Oban"
  judge <- function(...) {
    cross_validate(sold ~ ., data, folds = 2, hidden_units = 4,
                   control = quick(), ...)
  }
  judged <- judge(seed = 5)
  expect_equal(judged$model[1:3],
               c("deep_mlp", "majority class", "logistic regression"))
  beside <- judge(seed = 5, workers = 2)
  expect_equal(beside[, -"seconds"], judged[, -"seconds"])
  # The seed of the control stands in, and each fold has another.
  expect_equal(cross_validate(
    sold ~ ., data, folds = 2, hidden_units = 4, baseline = FALSE,
    control = quick(seed = 5)
  )$roc_auc[c(1, 3)], judged[judged$model == "deep_mlp", ]$roc_auc)
})

# What a network learned, instead of how good it is.
local_peek <- function() {
  registerS3method("evaluate", "peek", function(x, ...) {
    data.table(model = "peek", score = 0, learned = x$learned)
  }, envir = asNamespace("generics"))
}

test_that("spoiled test rows change nothing of the fit", {
  skip_if_no_backend()
  local_peek()
  data <- task_table("regression", n = 60)
  folds <- deep_folds(data, v = 3, seed = 1)
  peek <- function(data) {
    cross_validate(price ~ ., data, folds = folds, seed = 1, model = function(
      x, data
    ) {
      fit <- plain_mlp(x, data, hidden_units = 3, baseline = FALSE,
                      control = deep_control(epochs = 2))
      learned <- list(fit_weights(fit), fit$prep$columns, fit$prep$outcome)
      structure(list(learned = rlang::hash(learned)), class = "peek")
    })$learned
  }
  spoiled <- data
  test <- folds$folds[[2]]$test
  spoiled$size[test] <- 1e6 + seq_along(test)
  spoiled$price[test] <- -1e6
  spoiled$town[test] <- "Nowhere"
  spoiled$colour[test] <- NA
  whole <- peek(data)
  changed <- peek(spoiled)
  expect_equal(whole == changed, c(FALSE, TRUE, FALSE))
})

test_that("Ctrl-C in a fit ends all", {
  asked <- structure(list(info = list(stopped = "asked")), class = "deep_fit")
  stopped <- tryCatch(
    fit_input(function(x, data) asked, list(x = y ~ x, data = iris), list()),
    interrupt = function(cnd) "interrupted"
  )
  expect_equal(stopped, "interrupted")
})

test_that("what cannot be cut into folds is refused", {
  # As of deep_csv(), which asks Python for the columns.
  in_files <- structure(list(), class = "deep_files")
  expect_snapshot(error = TRUE, {
    cross_validate(Species ~ ., iris, control = deep_control(validation = 1:9))
    cross_validate(Species ~ ., iris, control = deep_control(
      validation = deep_split(iris, c(0.6, 0.2), seed = 1)
    ))
    cross_validate(Species ~ ., iris, control = deep_control(
      checkpoint = "here", tensorboard = "there"
    ))
    cross_validate(Species ~ ., iris, control = list(epochs = 3))
    cross_validate(Species ~ ., iris, weights = 1:3)
    cross_validate(Species ~ ., iris, weights = "wheight")
    cross_validate(Species ~ ., iris, hiden_units = 3)
    cross_validate(Species ~ ., iris, model = "lm")
    cross_validate(Species ~ ., iris, NULL, 3, model = lm)
    cross_validate(~ Species, iris)
    cross_validate(iris)
    cross_validate(value ~ ., readings(), model = lm)
    cross_validate(b ~ ., in_files)
    cross_validate(Species ~ ., iris, folds = 0)
    cross_validate(Species ~ ., iris, model = function(x, data) stop("No."))
  })
})
