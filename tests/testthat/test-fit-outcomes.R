# Several outcomes in one network.

test_that("a linear network learns what lm() learns of each outcome", {
  skip_if_no_backend()
  data <- with_seed(4, {
    data <- data.frame(a = rnorm(300), b = rnorm(300, 10, 4))
    data$u <- 3 * data$a - 0.5 * data$b + rnorm(300, sd = 0.3)
    data$v <- 1000 * data$a + 40 * data$b + rnorm(300, sd = 100)
    data
  })
  fit <- deep_mlp(cbind(u, v) ~ a + b, data, activation = "linear",
                  hidden_units = 6, dropout = 0, baseline = FALSE,
                  members = 1, numeric_embedding = "none",
                  control = deep_control(
                    epochs = 150, validation = 0, optimizer = "adam",
                    batch_size = 300, seed = 2, learn_rate = 0.03,
                    patience = Inf
                  ))
  truth <- fitted(lm(cbind(u, v) ~ a + b, data))
  expect_equal(as.matrix(predict(fit, data)), truth, ignore_attr = TRUE,
               tolerance = 0.002)
  expect_named(predict(fit, data), c(".pred_u", ".pred_v"))
  # The loss is the mean of the squared errors, each in its own unit.
  error <- as.matrix(predict(fit, data)) - as.matrix(data[c("u", "v")])
  scale <- vapply(fit$prep$outcome$parts, `[[`, 0, "scale")
  expect_equal(fit$history$loss[[150]], mean(t(error) ^ 2 / scale ^ 2),
               tolerance = 0.01)
})

test_that("labels without a hidden effect have the logits of glm()", {
  skip_if_no_backend()
  data <- with_seed(5, {
    data <- data.frame(a = rnorm(400))
    data$u <- runif(400) < plogis(1.2 * data$a - 0.5)
    data$v <- factor(runif(400) < plogis(-0.7 * data$a), labels = c("n", "y"))
    data
  })
  fit <- deep_mlp(cbind(u, v) ~ a, data, activation = "linear",
                  hidden_units = 4, dropout = 0,
                  members = 1, numeric_embedding = "none",
                  control = deep_control(
                    epochs = 150, validation = 0, optimizer = "adam",
                    batch_size = 400, seed = 2, learn_rate = 0.03,
                    patience = Inf
                  ))
  raw <- predict(fit, data, type = "raw")
  expect_named(raw, c(".raw_1", ".raw_2"))
  for (i in 1:2) {
    truth <- predict(glm(data[[c("u", "v")[[i]]]] ~ a, binomial, data))
    expect_equal(raw[[i]], unname(truth), tolerance = 0.02)
  }
  judged <- evaluate(fit, data)
  expect_equal(judged$log_loss[judged$model == "deep_mlp"],
               judged$log_loss[judged$model == "logistic regression"],
               tolerance = 0.01)
})

test_that("predictions have a column an outcome, or a class", {
  skip_if_no_backend()
  fit <- shared_outcomes("multilabel")$fit
  data <- shared_outcomes("multilabel")$data
  prob <- predict(fit, data, type = "prob")
  expect_named(prob, c(".pred_sold_no", ".pred_sold_yes", ".pred_rated_FALSE",
                       ".pred_rated_TRUE"))
  expect_equal(prob$.pred_sold_no + prob$.pred_sold_yes, rep(1, 200))
  raw <- predict(fit, data, type = "raw")
  expect_equal(prob$.pred_rated_TRUE, plogis(raw$.raw_2))
  class <- predict(fit, data)
  expect_named(class, c(".pred_class_sold", ".pred_class_rated"))
  expect_equal(levels(class$.pred_class_sold), c("no", "yes"))
  expect_identical(class$.pred_class_rated == "TRUE",
                   prob$.pred_rated_TRUE > 0.5)
  expect_equal(nrow(predict(fit, data[0, ])), 0)
  expect_gt(mean(class$.pred_class_sold == data$sold), 0.8)

  augmented <- augment(fit, data)
  expect_equal(augmented$.pred_sold_yes, prob$.pred_sold_yes)
  numbers <- shared_outcomes("multi_regression")
  augmented <- augment(numbers$fit, numbers$data)
  expect_equal(augmented$.resid_weight,
               numbers$data$weight - predict(numbers$fit,
                                             numbers$data)$.pred_weight)
  expect_named(augment(numbers$fit, numbers$data[1:4])[, -(1:4)],
               c(".pred_price", ".pred_weight"))
})

test_that("each outcome is judged beside its own baselines", {
  skip_if_no_backend()
  fit <- shared_outcomes("multi_regression")$fit
  data <- shared_outcomes("multi_regression")$data
  judged <- evaluate(fit)
  expect_equal(unique(judged$outcome), c("price", "weight", "(average)"))
  expect_true(all(c("deep_mlp", "mean", "linear regression") %in%
                    judged$model))
  network <- judged[judged$model == "deep_mlp" & judged$outcome == "weight", ]
  mean <- judged[judged$model == "mean" & judged$outcome == "weight", ]
  expect_lt(network$rmse, 0.8 * mean$rmse)
  # On new rows: the same numbers as from the predictions.
  again <- evaluate(fit, data)
  error <- predict(fit, data)$.pred_weight - data$weight
  expect_equal(again$rmse[again$model == "deep_mlp"][[2]],
               sqrt(base::mean(error^2)))
})

test_that("a baseline of each outcome is that of a fit to it alone", {
  skip_if_no_backend()
  control <- quick(epochs = 1, validation = 161:200)
  judge_alone <- function(formula, data) {
    as.data.frame(evaluate(deep_mlp(formula, data, control = control)))[-1, ]
  }
  judge_part <- function(formula, data, name) {
    judged <- evaluate(deep_mlp(formula, data, control = control))
    judged <- as.data.frame(judged[judged$outcome == name, -"outcome"])[-1, ]
  }
  data <- numbers_table()
  alone <- judge_alone(weight ~ . - price, data)
  both <- judge_part(cbind(price, weight) ~ ., data, "weight")
  expect_equal(both[names(alone)], alone, tolerance = 1e-6,
               ignore_attr = TRUE)
  data <- labels_table()
  alone <- judge_alone(sold ~ . - rated, data)
  both <- judge_part(cbind(sold, rated) ~ ., data, "sold")
  expect_equal(both[names(alone)], alone, tolerance = 1e-6,
               ignore_attr = TRUE)
})

test_that("rows without all outcomes are counted, in training and after", {
  skip_if_no_backend()
  data <- shared_outcomes("multi_regression")$data
  data$price[5] <- NA
  data$weight[6:7] <- NA
  fit <- deep_mlp(cbind(price, weight) ~ ., data, control = quick(),
                  baseline = FALSE)
  expect_equal(sum(unlist(fit$info$rows)), 197)
  expect_equal(fit$prep$rows$no_outcome, 3)
  judged <- evaluate(fit, data)
  expect_equal(attr(judged, "judged_on")$n, 197)
  expect_equal(attr(judged, "judged_on")$left_out, 3)
})

test_that("a fit from x and y takes new outcomes by name", {
  skip_if_no_backend()
  data <- shared_outcomes("multi_regression")$data
  y <- data[c("price", "weight")]
  fit <- deep_mlp(data[1:4], y = y, control = quick(epochs = 40, seed = 11))
  expect_identical(fit_weights(fit),
                   fit_weights(shared_outcomes("multi_regression")$fit))
  expect_identical(evaluate(fit, data, y[2:1]), evaluate(fit, data, y))
  expect_identical(evaluate(fit, data, data), evaluate(fit, data, y))
  expect_snapshot(error = TRUE, {
    evaluate(fit, data)
    evaluate(fit, data, y$price)
    evaluate(fit, data, y["price"])
    evaluate(fit, data, data.frame(price = "dear", weight = y$weight))
  })
})

test_that("weights, smoothing and focus hold for labels, class weights not", {
  skip_if_no_backend()
  data <- labels_table()
  fit <- function(...) {
    fit_weights(deep_mlp(cbind(sold, rated) ~ ., data, baseline = FALSE,
                         weights = rep(1:2, 100), control = quick(...)))
  }
  plain <- fit()
  expect_false(identical(fit(label_smoothing = 0.2), plain))
  expect_false(identical(fit(focal_gamma = 2), plain))
  expect_snapshot(error = TRUE, {
    deep_mlp(cbind(sold, rated) ~ ., data, class_weights = "balanced")
    deep_mlp(cbind(price, weight) ~ ., numbers_table(),
             control = quick(focal_gamma = 2))
    deep_mlp(cbind(price, weight) ~ ., numbers_table(), quantile_levels = 0.5)
    deep_mlp(cbind(sold, rated) ~ ., data, calibration = "temperature")
  })
})

test_that("a run of several outcomes goes on, from memory or from a file", {
  skip_if_no_backend()
  data <- numbers_table()
  data$weight[3] <- NA
  folder <- file.path(new_folder(), "run")
  fit <- function(...) {
    deep_mlp(cbind(price, weight) ~ ., data, hidden_units = 8,
             control = quick(patience = Inf, ...))
  }
  whole <- fit(epochs = 4)
  expect_identical(fit_weights(fit(epochs = 4, stream = TRUE)),
                   fit_weights(whole))
  fit(epochs = 2, checkpoint = folder, checkpoint_every = 1)
  again <- deep_resume(folder, epochs = 4)
  expect_identical(fit_weights(again), fit_weights(whole))
  expect_equal(again$judged$metrics, whole$judged$metrics)
})

test_that("another process predicts the same numbers of several outcomes", {
  skip_if_no_backend()
  skip_if_not_installed("callr")
  skip_if(in_load_all(), "The package is not installed.")
  path <- tempfile(fileext = ".rds")
  on.exit(unlink(path))
  shared <- lapply(c("multi_regression", "multilabel"), shared_outcomes)
  saveRDS(lapply(shared, `[[`, "fit"), path)
  there <- callr::r(function(path, tables, backend) {
    options(deeply.backend = backend)
    library(deeply)
    Map(function(fit, table) {
      list(predict(fit, table), as.data.frame(evaluate(fit, table)))
    }, readRDS(path), tables)
  }, list(path, lapply(shared, `[[`, "data"), getOption("deeply.backend")))
  for (i in 1:2) {
    here <- shared[[i]]
    expect_equal(as.data.frame(there[[i]][[1]]),
                 as.data.frame(predict(here$fit, here$data)))
    expect_equal(there[[i]][[2]],
                 as.data.frame(evaluate(here$fit, here$data)),
                 ignore_attr = TRUE)
  }
})

test_that("a label that is the same in all training rows has baselines", {
  skip_if_no_backend()
  data <- labels_table(60)
  data$rated <- seq_len(60) == 7
  fit <- deep_mlp(cbind(sold, rated) ~ ., data,
                  control = quick(validation = c(7, 12:20)))
  prob <- predict(fit, data, type = "prob")$.pred_rated_TRUE
  expect_false(anyNA(prob))
  judged <- evaluate(fit, data)
  judged <- judged[judged$outcome == "rated", ]
  expect_false(anyNA(judged$log_loss))
})

test_that("a table in files takes one outcome, and its rows are predicted", {
  skip_if_no_backend()
  path <- tempfile(fileext = ".csv")
  on.exit(unlink(path))
  shared <- shared_outcomes("multi_regression")
  data.table::fwrite(shared$data, path)
  files <- deep_csv(path)
  expect_snapshot(error = TRUE, {
    deep_mlp(cbind(price, weight) ~ ., files)
    deep_prep(cbind(price, weight) ~ ., files)
  })
  expect_equal(predict(shared$fit, files), predict(shared$fit, shared$data),
               tolerance = 1e-5)
  expect_equal(evaluate(shared$fit, files), evaluate(shared$fit, shared$data),
               tolerance = 1e-5, ignore_attr = TRUE)
})

test_that("plots have a panel an outcome, of many the worst", {
  skip_if_no_backend()
  for (task in c("multi_regression", "multilabel")) {
    shared <- shared_outcomes(task)
    plot <- autoplot(shared$fit, shared$data)
    expect_s3_class(plot, "ggplot")
    expect_equal(nlevels(plot$data$panel), 2)
    expect_match(plot$labels$title, "from|From")
  }
  expect_match(autoplot(shared$fit)$labels$y, "nats a row and label")
  cases <- fixture_cases(12, "number")
  plot <- plot_outcomes(cases, cases$predicted$deep_mlp)
  expect_equal(nlevels(plot$data$panel), 9)
  expect_match(plot$labels$subtitle, "the 9 worst of 12 outcomes")
  expect_no_error(ggplot2::ggplot_build(plot))
})
