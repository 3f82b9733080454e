test_that("the outcome decides the task, the head and the loss", {
  skip_if_no_backend()
  outputs <- c(regression = 1, binary = 1, multiclass = 3)
  for (task in names(outputs)) {
    fit <- shared_fit(task)$fit
    expect_s3_class(fit, c("deep_mlp", "deep_fit"), exact = TRUE)
    expect_equal(fit$prep$outcome$task, task)
    expect_equal(as.numeric(fit$spec$network$outputs), outputs[[task]])
  }
})

test_that("a network beats the trivial model where there is a rule", {
  skip_if_no_backend()
  for (task in c("regression", "binary", "multiclass")) {
    judged <- evaluate(shared_fit(task)$fit)
    metric <- c(regression = "rmse", binary = "log_loss",
                multiclass = "log_loss")[[task]]
    expect_lt(judged[[metric]][[1]], 0.8 * judged[[metric]][[2]])
  }
})

test_that("all interfaces fit the same network", {
  skip_if_no_backend()
  data <- mixed_table(100)[c("size", "count", "price")]
  fits <- list(
    plain_mlp(price ~ ., data, control = quick(), baseline = FALSE),
    plain_mlp(data[1:2], data$price, control = quick(), baseline = FALSE),
    plain_mlp(as.matrix(data[1:2]), y = data$price, control = quick(),
             baseline = FALSE)
  )
  if (requireNamespace("recipes", quietly = TRUE)) {
    recipe <- recipes::recipe(price ~ ., data)
    fits <- c(fits, list(
      plain_mlp(recipe, data, control = quick(), baseline = FALSE)
    ))
  }
  for (fit in fits[-1]) {
    expect_identical(fit_weights(fit), fit_weights(fits[[1]]))
  }
})

test_that("the same seed gives the same bits, another seed others", {
  skip_if_no_backend()
  data <- task_table("binary")
  fit <- function(...) {
    fit_weights(plain_mlp(sold ~ ., data, baseline = FALSE,
                         control = deep_control(epochs = 3, ...)))
  }
  expect_identical(fit(seed = 5), fit(seed = 5))
  expect_false(identical(fit(seed = 5), fit(seed = 6)))

  set.seed(21)
  first <- fit()
  set.seed(21)
  expect_identical(fit(), first)
  expect_false(identical(fit(), first))
})

test_that("R's generator moves on by exactly one number", {
  skip_if_no_backend()
  data <- mixed_table(60)[c("size", "price")]
  set.seed(8)
  runif(1)
  expected <- runif(1)
  set.seed(8)
  plain_mlp(price ~ ., data, control = deep_control(epochs = 2))
  expect_identical(runif(1), expected)

  set.seed(8)
  plain_mlp(price ~ ., data, control = quick())
  runif(1)
  expect_identical(runif(1), expected)
})

test_that("Python's and NumPy's generators are left alone", {
  skip_if_no_backend()
  data <- mixed_table(60)[c("size", "price")]
  numpy <- reticulate::import("numpy")
  python <- reticulate::import("random")
  numpy$random$seed(3L)
  python$seed(3L)
  expected <- c(numpy$random$rand(), python$random())
  numpy$random$seed(3L)
  python$seed(3L)
  plain_mlp(price ~ ., data, control = quick())
  expect_identical(c(numpy$random$rand(), python$random()), expected)
})

test_that("the best weights are restored", {
  skip_if_no_backend()
  data <- task_table("regression", n = 60)
  fit <- plain_mlp(price ~ ., data, hidden_units = 64, baseline = FALSE,
                  control = quick(epochs = 60, patience = 60,
                                  learn_rate = 0.03))
  best <- fit$info$best_epoch
  expect_equal(best, which.min(fit$history$val_loss))
  expect_lt(best, 60)
  rows <- split_rows(fit$spec$control, data$price, FALSE, fit$info$seed)
  held_out <- data[rows$validation, ]
  error <- predict(fit, held_out)$.pred - held_out$price
  expect_equal(mean((error / fit$prep$outcome$scale)^2),
               fit$history$val_loss[[best]], tolerance = 1e-5)
})

test_that("training stops when patience runs out, never at Inf", {
  skip_if_no_backend()
  data <- task_table("regression", n = 60)
  stopped <- plain_mlp(price ~ ., data, baseline = FALSE,
                      control = quick(epochs = 400, patience = 2,
                                      learn_rate = 0.05))
  expect_lt(stopped$info$epochs, 400)
  expect_equal(stopped$info$epochs - stopped$info$best_epoch, 2)
  patient <- plain_mlp(price ~ ., data, baseline = FALSE,
                      control = quick(epochs = 60, patience = Inf,
                                      learn_rate = 0.05))
  expect_equal(patient$info$epochs, 60)
})

test_that("every number of rows works, also one more than a batch", {
  skip_if_no_backend()
  for (n in c(4, 16, 17, 33)) {
    data <- task_table("regression", n = n)
    fit <- plain_mlp(price ~ size, data, baseline = FALSE,
                    normalization = "batch",
                    control = quick(batch_size = 16, validation = 0))
    expect_equal(nrow(predict(fit, data)), n)
    expect_true(all(is.finite(predict(fit, data)$.pred)))
  }
})

test_that("without validation rows the training rows judge, and it is said", {
  skip_if_no_backend()
  data <- task_table("regression", n = 60)
  fit <- plain_mlp(price ~ ., data, control = quick(validation = 0))
  expect_equal(fit$judged$on, "training rows")
  expect_true(all(is.na(fit$history$val_loss)))
  expect_equal(fit$info$rows[["train"]], 60)
})

test_that("the linear baseline agrees with lm()", {
  skip_if_no_backend()
  data <- mixed_table(400)[c("size", "count", "price")]
  linear <- lm(price ~ ., data)
  judged <- plain_mlp(price ~ ., data,
                     control = quick(epochs = 1, validation = 0))$judged
  # The baseline has a ridge of 1 over 400 rows: a hair from least squares.
  expect_equal(judged$metrics$rmse[[3]], sqrt(mean(resid(linear)^2)),
               tolerance = 1e-3)
})

test_that("the logistic baseline agrees with glm()", {
  skip_if_no_backend()
  data <- mixed_table(400)[c("size", "count")]
  data$sold <- with_seed(2, factor(rbinom(400, 1, plogis(data$size / 10 - 5))))
  fit <- plain_mlp(sold ~ ., data, control = quick(epochs = 1, validation = 0))
  model <- glm(sold ~ ., binomial, data)
  prob <- fitted(model)
  theirs <- -mean(log(ifelse(data$sold == 1, prob, 1 - prob)))
  expect_equal(fit$judged$metrics$log_loss[[3]], theirs, tolerance = 1e-3)
})

test_that("case weights count as repeated rows do", {
  skip_if_no_backend()
  data <- mixed_table(120)[c("size", "price")]
  times <- rep(1:3, 40)
  control <- quick(epochs = 300, validation = 0, patience = Inf,
                   batch_size = 1024, learn_rate = 0.02)
  fit <- function(...) {
    plain_mlp(price ~ size, ..., hidden_units = 8, dropout = 0,
             baseline = FALSE, control = control)
  }
  weighted <- fit(data, weights = times)
  repeated <- fit(data[rep(1:120, times), ])
  expect_equal(predict(weighted, data)$.pred, predict(repeated, data)$.pred,
               tolerance = 0.02)
  data$times <- times
  named <- fit(data, weights = "times")
  expect_identical(fit_weights(named), fit_weights(weighted))
})

test_that("balanced class weights find more of a rare class", {
  skip_if_no_backend()
  data <- with_seed(1, {
    rare <- rbinom(1500, 1, 0.05)
    data.frame(x = rnorm(1500) + 1.5 * rare, z = rnorm(1500),
               event = factor(rare, labels = c("no", "yes")))
  })
  plain <- plain_mlp(event ~ ., data, control = quick(epochs = 15))
  balanced <- plain_mlp(event ~ ., data, class_weights = "balanced",
                       control = quick(epochs = 15))
  by_hand <- plain_mlp(event ~ ., data, class_weights = c(no = 1, yes = 19),
                      control = quick(epochs = 15))
  expect_gt(evaluate(balanced)$recall[[1]], evaluate(plain)$recall[[1]])
  expect_gt(evaluate(by_hand)$recall[[1]], evaluate(plain)$recall[[1]])
})

test_that("a penalty shrinks the weights, L1 to zero", {
  skip_if_no_backend()
  data <- task_table("regression")
  size <- function(...) {
    fit <- plain_mlp(price ~ ., data, baseline = FALSE, dropout = 0,
                    control = quick(epochs = 60, patience = Inf), ...)
    abs(unlist(lapply(Filter(is.matrix, fit_weights(fit)), as.vector)))
  }
  free <- size()
  ridge <- size(penalty = 0.05)
  lasso <- size(penalty = 0.05, mixture = 1)
  expect_lt(sum(ridge^2), 0.7 * sum(free^2))
  expect_gt(mean(lasso < 1e-3), mean(free < 1e-3) + 0.2)
})

test_that("the penalty is the documented formula", {
  skip_if_no_backend()
  data <- task_table("regression")
  fit <- plain_mlp(price ~ ., data, penalty = 0.03, mixture = 0.4,
                  baseline = FALSE, control = quick(epochs = 1))
  kernels <- Filter(is.matrix, fit_weights(fit))
  expected <- sum(vapply(kernels, function(w) {
    0.03 * (0.4 * sum(abs(w)) + 0.6 / 2 * sum(w^2))
  }, numeric(1)))
  builtins <- reticulate::import_builtins()
  actual <- sum(vapply(as_keras(fit)$losses, function(loss) {
    builtins$float(loss)
  }, numeric(1)))
  expect_equal(actual, expected, tolerance = 1e-5)
})

test_that("initial weights follow the activation", {
  skip_if_no_backend()
  data <- with_seed(1, as.data.frame(matrix(rnorm(60 * 100), 60)))
  data$y <- rnorm(60)
  spread <- function(activation) {
    fit <- plain_mlp(y ~ ., data, hidden_units = 400, baseline = FALSE,
                    activation = activation,
                    control = quick(epochs = 1, learn_rate = 1e-8))
    sd(fit_weights(fit)[[1]])
  }
  expect_equal(spread("relu"), sqrt(2 / 100), tolerance = 0.03)
  expect_equal(spread("selu"), sqrt(1 / 100), tolerance = 0.03)
  expect_equal(spread("tanh"), sqrt(2 / 500), tolerance = 0.03)
})

test_that("the book preset is the book's recipe", {
  skip_if_no_backend()
  data <- task_table("binary")
  fit <- deep_mlp(sold ~ ., data, preset = "book", baseline = FALSE,
                  control = quick())
  # 3 numbers, the weekday of one, 3 colours, 3 towns, 2 for open: 13 inputs.
  expect_equal(input_width(fit$prep), 13)
  expect_equal(as.vector(fit$spec$network$hidden_units), round(2 / 3 * 13))
  expect_equal(fit$spec$network$dropout, 0)
  scaled <- predict(fit$prep, data)$size
  expect_true(min(scaled) > -0.5 && max(scaled) < 1.5)
  expect_equal(fit$prep$settings$scale, "range")
})

test_that("every part of a preset can be set by hand", {
  skip_if_no_backend()
  data <- task_table("multiclass")
  fit <- deep_mlp(grade ~ ., data, preset = "book", hidden_units = c(9, 5),
                  activation = "selu", dropout = 0.3, normalization = "batch",
                  encoding = "embedding", scale = "standard", baseline = FALSE,
                  control = quick())
  layers <- summary(fit)
  expect_equal(layers$output[layers$kind == "Dense"], c("9", "5", "3"))
  expect_true(all(c("EntityEmbedding", "BatchNormalization", "Dropout") %in%
                    layers$kind))
  expect_equal(sum(layers$parameters), fit$info$parameters)
})

test_that("a run without finite numbers stops with a reason and a fit", {
  skip_if_no_backend()
  data <- task_table("regression")
  control <- quick(epochs = 60, learn_rate = 1e18, optimizer = "sgd")
  expect_warning(
    fit <- plain_mlp(price ~ ., data, control = control, baseline = FALSE),
    class = "deeply_warning_no_number"
  )
  expect_equal(fit$info$stopped, "fault")
  expect_match(fit_notes(fit), "learning rate \\(1e\\+18\\) is too high",
               all = FALSE)
  expect_true(all(is.finite(unlist(fit_weights(fit)))))
})

test_that("a network that only gave infinite outputs is left untrained", {
  skip_if_no_backend()
  data <- task_table("multiclass")
  for (members in c(1, 8)) {
    expect_warning(
      fit <- deep_mlp(grade ~ ., data, members = members, baseline = FALSE,
                      control = quick(3, optimizer = "sgd", learn_rate = 1e25)),
      class = "deeply_warning_no_number"
    )
    expect_match(fit_notes(fit), "as it was before its first step", all = FALSE)
    expect_false(anyNA(predict(fit, data, type = "prob")))
    expect_false(anyNA(evaluate(fit)$log_loss))
  }
})

test_that("arguments are checked before Python starts", {
  data <- task_table("regression")
  expect_snapshot(error = TRUE, {
    deep_mlp(price ~ ., data, preset = "fast")
    deep_mlp(price ~ ., data, hidden_units = c(8, 0))
    deep_mlp(price ~ ., data, activation = "rlu")
    deep_mlp(price ~ ., data, dropout = 1)
    deep_mlp(price ~ ., data, penalty = -1)
    deep_mlp(price ~ ., data, mixture = 2)
    deep_mlp(price ~ ., data, encoding = "label")
    deep_mlp(price ~ ., data, control = list(epochs = 3))
    deep_mlp(price ~ ., data, epochs = 3)
    deep_mlp(price ~ ., data, hidden_unit = 8)
    deep_mlp(price ~ ., data, neurons = 8, layers = 2)
    deep_mlp(price ~ ., data, NULL, 8)
    deep_mlp(price ~ ., data, weights = "wt")
    deep_mlp(price ~ ., data, weights = 1:3)
    deep_mlp(price ~ ., data, weights = rep(-1, 200))
    deep_mlp(price ~ ., data, weights = rep(0, 200))
    deep_mlp(price ~ ., data, class_weights = "balanced")
    deep_mlp(sold ~ ., task_table("binary"), class_weights = c(no = 1))
    deep_mlp(data)
    deep_mlp(price ~ ., data, control = deep_control(validation = 500))
  })
})
