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

# Every fifth case has weights, and every seventh lacks a class.
weights_of <- function(seed, n) {
  if (seed %% 5 == 0) with_seed(seed, runif(n, 0, 3))
}

test_that("binary metrics agree with scikit-learn", {
  skip_if_no_backend()
  metrics <- reticulate::import("sklearn.metrics")
  for (seed in 1:200) {
    case <- random_case(seed, ties = seed %% 2 == 0)
    if (seed %% 7 == 0) case$event[] <- seed %% 2 == 0
    truth <- as.array(as.integer(case$event))
    said <- as.array(as.integer(case$score > 0.5))
    score <- as.array(case$score)
    w <- weights_of(seed, length(truth))
    both <- any(case$event) && !all(case$event)
    sklearn <- function(name, predicted, ...) {
      metrics[[name]](truth, predicted, ...,
                      sample_weight = if (!is.null(w)) as.array(w))
    }
    of_class <- function(name, class) {
      sklearn(name, said, pos_label = class, zero_division = 0)
    }
    theirs <- c(
      roc_auc = if (both) sklearn("roc_auc_score", score) else NA,
      pr_auc = if (any(case$event)) sklearn("average_precision_score", score)
               else NA,
      accuracy = sklearn("accuracy_score", said),
      bal_accuracy = if (both) sklearn("balanced_accuracy_score", said)
                     else mean(c(of_class("recall_score", truth[[1]]))),
      precision = of_class("precision_score", 1L),
      recall = of_class("recall_score", 1L),
      specificity = of_class("recall_score", 0L),
      f1 = of_class("f1_score", 1L),
      mcc = sklearn("matthews_corrcoef", said),
      log_loss = sklearn("log_loss", score, labels = 0:1),
      brier = sklearn("brier_score_loss", score, pos_label = 1L)
    )
    ours <- binary_metrics(case$event, case$score, w)
    expect_equal(ours[names(theirs)], theirs, tolerance = 1e-12)
    expect_setequal(names(ours), c(names(theirs), "ece"))
    expect_equal(
      binary_metrics(case$event, case$score, w, beta = 2)[["f1"]],
      sklearn("fbeta_score", said, beta = 2, zero_division = 0),
      tolerance = 1e-12
    )
  }
})

test_that("multiclass metrics agree with scikit-learn", {
  skip_if_no_backend()
  metrics <- reticulate::import("sklearn.metrics")
  classes <- as.array(0:3)
  for (seed in 1:200) {
    case <- with_seed(seed, {
      n <- sample(20:80, 1)
      prob <- softmax(matrix(rnorm(4 * n), n))
      list(truth = c(1:4, sample(4, n - 4, TRUE)), prob = prob)
    })
    if (seed %% 7 == 0) case$truth[case$truth == 2] <- 3L
    truth <- as.array(case$truth - 1L)
    said <- as.array(max.col(case$prob, "first") - 1L)
    w <- weights_of(seed, length(truth))
    average <- c("macro", "weighted", "micro")[seed %% 3 + 1]
    sklearn <- function(name, predicted, ...) {
      metrics[[name]](truth, predicted, ...,
                      sample_weight = if (!is.null(w)) as.array(w))
    }
    of_classes <- function(name) {
      sklearn(name, said, average = average, labels = classes,
              zero_division = 0)
    }
    absent <- seed %% 7 == 0
    theirs <- c(
      accuracy = sklearn("accuracy_score", said),
      bal_accuracy = mean(as.numeric(
        sklearn("recall_score", said, average = NULL, labels = classes,
                zero_division = 0)
      )[1:4 %in% case$truth]),
      precision = of_classes("precision_score"),
      recall = of_classes("recall_score"),
      f1 = of_classes("f1_score"),
      mcc = sklearn("matthews_corrcoef", said),
      roc_auc = if (!absent) {
        sklearn("roc_auc_score", case$prob, average = average,
                multi_class = "ovr")
      } else {
        NA
      },
      log_loss = sklearn("log_loss", case$prob, labels = classes)
    )
    ours <- multiclass_metrics(case$truth, case$prob, w, average)
    if (absent) ours[["roc_auc"]] <- NA
    expect_equal(ours[names(theirs)], theirs, tolerance = 1e-12)
  }
})

test_that("curves agree with scikit-learn", {
  skip_if_no_backend()
  metrics <- reticulate::import("sklearn.metrics")
  for (seed in 1:200) {
    case <- random_case(seed, ties = seed %% 2 == 0)
    if (all(case$event) || !any(case$event)) next
    truth <- factor(case$event, c(FALSE, TRUE), c("no", "yes"))
    w <- weights_of(seed, length(truth))
    arguments <- list(
      as.array(as.integer(case$event)), as.array(case$score),
      sample_weight = if (!is.null(w)) as.array(w), drop_intermediate = FALSE
    )
    roc <- roc_curve(truth, case$score, weights = w)
    theirs <- lapply(do.call(metrics$roc_curve, arguments), as.numeric)
    expect_equal(1 - roc$specificity, theirs[[1]], tolerance = 1e-12)
    expect_equal(roc$sensitivity, theirs[[2]], tolerance = 1e-12)
    expect_equal(roc$threshold, theirs[[3]])
    pr <- pr_curve(truth, case$score, weights = w)
    theirs <- lapply(do.call(metrics$precision_recall_curve, arguments),
                     function(x) rev(as.numeric(x)))
    expect_equal(pr$precision, theirs[[1]], tolerance = 1e-12)
    expect_equal(pr$recall, theirs[[2]], tolerance = 1e-12)
    expect_equal(pr$threshold[-1], theirs[[3]])
  }
})

test_that("regression metrics agree with scikit-learn", {
  skip_if_no_backend()
  metrics <- reticulate::import("sklearn.metrics")
  for (seed in 1:200) {
    case <- with_seed(seed, {
      n <- sample(3:80, 1)
      truth <- rnorm(n, 3)
      list(truth = truth, predicted = truth + rnorm(n), q = runif(1, 0.1, 0.9))
    })
    w <- weights_of(seed, length(case$truth))
    sklearn <- function(name, ...) {
      metrics[[name]](as.array(case$truth), as.array(case$predicted), ...,
                      sample_weight = if (!is.null(w)) as.array(w))
    }
    expect_equal(
      regression_metrics(case$truth, case$predicted, w, case$q),
      c(rmse = sqrt(sklearn("mean_squared_error")),
        mae = sklearn("mean_absolute_error"),
        mape = sklearn("mean_absolute_percentage_error"),
        rsq = sklearn("r2_score"),
        pinball = sklearn("mean_pinball_loss", alpha = case$q)),
      tolerance = 1e-12
    )
  }
})

test_that("calibration errors and Brier scores follow their formulas", {
  prob <- c(0.05, 0.15, 0.18, 0.95, 1)
  event <- c(FALSE, TRUE, FALSE, TRUE, FALSE)
  # Three bins: .05 / .15 and .18 / .95 and 1.
  expect_equal(calibration_error(event, prob),
               0.05 / 5 + abs(0.165 - 0.5) * 2 / 5 + abs(0.975 - 0.5) * 2 / 5)
  w <- c(2, 1, 1, 0, 3)
  expect_equal(calibration_error(event, prob, w),
               calibration_error(rep(event, w), rep(prob, w)))
  three <- rbind(c(0.2, 0.5, 0.3), c(0.7, 0.1, 0.2))
  expect_equal(multiclass_metrics(c(2, 3), three)[["brier"]],
               (0.2^2 + 0.5^2 + 0.3^2 + 0.7^2 + 0.1^2 + 0.8^2) / 2)
  expect_equal(multiclass_metrics(c(2, 3), three)[["ece"]],
               (abs(0.5 - 1) + 0.7) / 2)
})

test_that("regression metrics follow their formulas", {
  truth <- c(1, 2, 4, 8)
  predicted <- c(2, 2, 3, 10)
  expect_equal(
    regression_metrics(truth, predicted),
    c(rmse = sqrt(6 / 4), mae = 1, mape = (1 + 1 / 4 + 2 / 8) / 4,
      rsq = 1 - 6 / sum((truth - mean(truth))^2), pinball = 1 / 2)
  )
  expect_true(is.na(regression_metrics(c(0, 1), c(1, 1))[["mape"]]))
  line <- lm(mpg ~ wt, mtcars)
  expect_equal(regression_metrics(mtcars$mpg, fitted(line))[["rsq"]],
               summary(line)$r.squared)
})

test_that("a metric without meaning is NA, not wrong", {
  expect_true(is.na(roc_auc(c(TRUE, TRUE), c(0.1, 0.2))))
  expect_true(is.na(average_precision(c(FALSE, FALSE), c(0.1, 0.2))))
  expect_equal(binary_metrics(c(FALSE, FALSE), c(0, 0))[["f1"]], 0)
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

test_that("without predictions there is no score, and no error", {
  scores <- all_metrics(c(1, 2, 3), matrix(NaN, 3, 3), "multiclass")
  expect_true(all(is.na(scores[c("accuracy", "mcc", "log_loss", "brier")])))
})
