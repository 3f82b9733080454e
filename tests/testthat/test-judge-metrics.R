random_case <- function(seed, ties) {
  with_seed(seed, {
    n <- sample(5:80, 1)
    score <- runif(n)
    list(event = runif(n) < score / 2 + 0.25,
         score = if (ties) round(score, 1) else score)
  })
}

test_that("the area under the ROC curve is the share of pairs in order", {
  for (seed in 1:40) {
    case <- random_case(seed, ties = seed %% 2 == 0)
    hit <- case$score[case$event]
    rest <- case$score[!case$event]
    if (length(hit) == 0 || length(rest) == 0) next
    pairs <- outer(hit, rest, ">") + outer(hit, rest, "==") / 2
    expect_equal(roc_auc(case$event, case$score), mean(pairs))
  }
})

test_that("binary metrics agree with scikit-learn", {
  skip_if_no_backend()
  metrics <- reticulate::import("sklearn.metrics")
  for (seed in 1:40) {
    case <- random_case(seed, ties = seed %% 2 == 0)
    if (length(unique(case$event)) < 2) next
    truth <- as.array(as.integer(case$event))
    said <- as.array(as.integer(case$score > 0.5))
    score <- as.array(case$score)
    ours <- binary_metrics(case$event, case$score)
    theirs <- c(
      roc_auc = metrics$roc_auc_score(truth, score),
      pr_auc = metrics$average_precision_score(truth, score),
      accuracy = metrics$accuracy_score(truth, said),
      bal_accuracy = metrics$balanced_accuracy_score(truth, said),
      recall = metrics$recall_score(truth, said),
      f1 = metrics$f1_score(truth, said, zero_division = 0),
      log_loss = metrics$log_loss(truth, score)
    )
    expect_equal(ours, theirs, tolerance = 1e-12)
  }
})

test_that("multiclass metrics agree with scikit-learn", {
  skip_if_no_backend()
  metrics <- reticulate::import("sklearn.metrics")
  for (seed in 1:20) {
    case <- with_seed(seed, {
      n <- sample(20:80, 1)
      prob <- softmax(matrix(rnorm(4 * n), n))
      list(truth = c(1:4, sample(4, n - 4, TRUE)), prob = prob)
    })
    truth <- as.array(case$truth - 1L)
    said <- as.array(max.col(case$prob, "first") - 1L)
    theirs <- c(
      accuracy = metrics$accuracy_score(truth, said),
      bal_accuracy = metrics$balanced_accuracy_score(truth, said),
      roc_auc = metrics$roc_auc_score(truth, case$prob, multi_class = "ovr"),
      f1 = metrics$f1_score(truth, said, average = "macro"),
      log_loss = metrics$log_loss(truth, case$prob)
    )
    expect_equal(multiclass_metrics(case$truth, case$prob), theirs,
                 tolerance = 1e-12)
  }
})

test_that("regression metrics follow their formulas", {
  truth <- c(1, 2, 4, 8)
  predicted <- c(2, 2, 3, 10)
  expect_equal(
    regression_metrics(truth, predicted),
    c(rmse = sqrt(6 / 4), mae = 1,
      rsq = 1 - 6 / sum((truth - mean(truth))^2))
  )
  line <- lm(mpg ~ wt, mtcars)
  expect_equal(regression_metrics(mtcars$mpg, fitted(line))[["rsq"]],
               summary(line)$r.squared)
})

test_that("a metric without meaning is NA, not wrong", {
  expect_true(is.na(roc_auc(c(TRUE, TRUE), c(0.1, 0.2))))
  expect_true(is.na(average_precision(c(FALSE, FALSE), c(0.1, 0.2))))
  expect_equal(f1_score(c(FALSE, FALSE), c(FALSE, FALSE)), 0)
})

test_that("a certain error does not make the log loss infinite", {
  metrics <- binary_metrics(c(TRUE, FALSE), c(0, 0))
  expect_true(is.finite(metrics[["log_loss"]]))
})

test_that("always saying no is seen through", {
  event <- rep(c(TRUE, FALSE), c(1, 999))
  metrics <- binary_metrics(event, rep(0.001, 1000))
  expect_equal(metrics[["accuracy"]], 0.999)
  expect_equal(metrics[["bal_accuracy"]], 0.5)
  expect_equal(metrics[["recall"]], 0)
  expect_equal(metrics[["pr_auc"]], 0.001)
})

test_that("imbalance decides which metric leads", {
  outcome <- function(...) {
    list(task = if (...length() > 2) "multiclass" else "binary",
         shares = c(...), levels = letters[seq_len(...length())])
  }
  expect_equal(metric_order(outcome(0.6, 0.4))[[1]], "roc_auc")
  expect_equal(metric_order(outcome(0.95, 0.05))[[1]], "pr_auc")
  expect_equal(utils::tail(metric_order(outcome(0.95, 0.05)), 1), "accuracy")
  expect_equal(metric_order(outcome(0.3, 0.3, 0.4))[[1]], "accuracy")
  expect_equal(metric_order(outcome(0.6, 0.38, 0.02))[[1]], "bal_accuracy")
  # Twenty even classes are each below 10 %, and none is neglected.
  twenty <- list(task = "multiclass", shares = rep(0.05, 20),
                 levels = letters[1:20])
  expect_false(is_imbalanced(twenty))
})
