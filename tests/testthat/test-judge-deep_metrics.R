truth <- factor(c("no", "no", "yes", "yes", "no", "yes"))
prob <- c(0.2, 0.6, 0.7, 0.4, 0.1, 0.9)

test_that("numbers, probabilities and classes are told apart", {
  expect_equal(deep_metrics(1:4, c(1, 2, 3, 5))$metric,
               c("rmse", "mae", "mape", "rsq", "pinball"))
  both <- deep_metrics(truth, prob)
  expect_identical(deep_metrics(truth, cbind(1 - prob, prob)), both)
  expect_identical(
    deep_metrics(truth, data.frame(.pred_yes = prob, .pred_no = 1 - prob)), both
  )
  expect_identical(deep_metrics(as.character(truth), prob), both)
  expect_identical(deep_metrics(truth == "yes", prob), both)
  said <- factor(ifelse(prob > 0.5, "yes", "no"))
  hard <- deep_metrics(truth, said)
  expect_identical(hard, both[metric %in% hard$metric, ])
  expect_setequal(setdiff(both$metric, hard$metric), of_probabilities)
})

test_that("weights count rows, thresholds and averages are heard", {
  w <- c(1, 3, 0, 2, 1, 1)
  rows <- rep(seq_along(w), w)
  expect_equal(deep_metrics(truth, prob, weights = w),
               deep_metrics(truth[rows], prob[rows]))
  expect_equal(deep_metrics(1:6, prob, weights = w),
               deep_metrics((1:6)[rows], prob[rows]))
  at <- deep_metrics(truth, prob, threshold = 0.65)
  expect_equal(at[metric == "precision"]$estimate, 1)
  expect_equal(at[metric == "recall"]$estimate, 2 / 3)
  three <- softmax(with_seed(1, matrix(rnorm(60), 20)))
  kinds <- rep_len(c("a", "b", "b", "c"), 20)
  average <- function(by) {
    scores <- deep_metrics(kinds, three, average = by, weights = 1:20)
    scores[metric == "recall"]$estimate
  }
  expect_equal(average("micro"), average("weighted"))
  expect_false(average("micro") == average("macro"))
})

test_that("an interval is that of the resampled rows, and repeats", {
  wide <- deep_metrics(truth, prob, bootstrap = 50, seed = 3)
  expect_identical(deep_metrics(truth, prob, bootstrap = 50, seed = 3), wide)
  expect_true(all(wide$lower <= wide$upper))
  x <- with_seed(1, rnorm(400))
  limits <- deep_metrics(x, x * 0, bootstrap = 2000, seed = 1)[metric == "mae"]
  expect_equal(c(limits$lower, limits$upper),
               mean(abs(x)) + c(-1.96, 1.96) * sd(abs(x)) / 20,
               tolerance = 0.01)
})

test_that("what cannot be scored is refused", {
  expect_snapshot(error = TRUE, {
    deep_metrics(truth, prob[-1])
    deep_metrics(truth, replace(prob, 2, NA))
    deep_metrics(replace(truth, 4:5, NA), prob)
    deep_metrics(truth, prob * 2)
    deep_metrics(truth, rep(c("yes", "maybe"), 3))
    deep_metrics(1:6, truth)
    deep_metrics(list(1), 1)
    deep_metrics(letters[1:6], prob)
    deep_metrics(rep("no", 6), prob)
    deep_metrics(truth, cbind(no = 1 - prob, ja = prob))
    deep_metrics(truth, prob, weights = -1:4)
    deep_metrics(truth, prob, average = "mean")
    deep_metrics(truth, prob, quantile = 1)
  })
})
