truth <- factor(rep(c("no", "yes", "yes", "no", "yes"), 8))
prob <- rep(c(0.05, 0.31, 0.72, 0.38, 0.97), 8)

test_that("bins are counted by hand", {
  curve <- reliability_curve(truth, prob, bins = 4)
  expect_equal(curve$from, c(0, 0.25, 0.5, 0.75))
  expect_equal(curve$to, c(0.25, 0.5, 0.75, 1))
  expect_equal(curve$predicted, c(0.05, 0.345, 0.72, 0.97))
  expect_equal(curve$observed, c(0, 0.5, 1, 1))
  expect_equal(curve$n, c(8, 16, 8, 8))
  expect_equal(
    summary(curve)$ece,
    (8 * 0.05 + 16 * 0.155 + 8 * 0.28 + 8 * 0.03) / 40
  )
  expect_equal(summary(curve)$brier, mean((prob - (truth == "yes"))^2))
})

test_that("the intervals are Wilson's, as prop.test() has them", {
  for (k in c(0, 1, 7, 29, 30)) {
    ours <- wilson_interval(k / 30, 30)
    theirs <- suppressWarnings(prop.test(k, 30, correct = FALSE))$conf.int
    expect_equal(c(ours$lower, ours$upper), as.vector(theirs))
  }
})

test_that("ten bins of equal width have the error of deep_metrics()", {
  for (seed in 1:10) {
    case <- with_seed(seed, list(prob = round(runif(300), 1 + seed %% 3),
                                 event = runif(300) < 0.4))
    scores <- deep_metrics(case$event, case$prob)
    ours <- summary(reliability_curve(case$event, case$prob))
    expect_equal(c(ours$ece, ours$brier),
                 scores$estimate[match(c("ece", "brier"), scores$metric)])
  }
})

test_that("curves are scikit-learn's", {
  skip_if_no_backend()
  invisible(deep_device())
  theirs <- reticulate::import("sklearn.calibration")$calibration_curve
  for (seed in 1:10) {
    # 401 gaps: no quantile falls on a row, where rounding would decide.
    case <- with_seed(seed, list(prob = rbeta(402, 0.7, 1.6),
                                 event = runif(402) < 0.35))
    for (style in c("width", "count")) {
      ours <- reliability_curve(case$event, case$prob, style = style,
                                bins = 4 + seed)
      expected <- theirs(
        as.array(as.integer(case$event)), as.array(case$prob),
        n_bins = 4L + seed,
        strategy = c(width = "uniform", count = "quantile")[[style]]
      )
      expect_equal(ours$observed, as.vector(expected[[1]]))
      expect_equal(ours$predicted, as.vector(expected[[2]]))
    }
  }
})

test_that("tied probabilities leave bins empty, not wrong", {
  curve <- reliability_curve(truth, rep(c(0, 1), 20), bins = 10,
                             style = "count")
  expect_equal(curve$predicted, c(0, 1))
  expect_equal(sum(curve$n), 40)
  expect_equal(nrow(reliability_curve(truth, rep(1, 40), bins = 3)), 1)
})

test_that("a reliability curve is printed", {
  three <- softmax(matrix(sin(1:90), 30))
  colnames(three) <- c("a", "b", "c")
  expect_snapshot({
    curve <- reliability_curve(truth, prob, bins = 4)
    curve
    curve[1:2, ]
    reliability_curve(rep_len(c("a", "b", "c"), 30), three, style = "count")
    reliability_curve(truth, prob, bins = 1)
  })
})

test_that("the plot says whether to believe it", {
  title <- function(curve) {
    plot <- autoplot(curve)
    expect_silent(ggplot2::ggplot_build(plot))
    plot$labels$title
  }
  case <- with_seed(1, {
    prob <- runif(4000)
    list(prob = prob, event = runif(4000) < prob)
  })
  expect_equal(title(reliability_curve(case$event, case$prob)),
               "It happens as often as it is said")
  said <- rep(c(0.9, 0.1), each = 100)
  happened <- function(high, low) {
    reliability_curve(rep(rep(c(TRUE, FALSE), 2),
                          c(high, 100 - high, low, 100 - low)), said)
  }
  expect_snapshot({
    title(happened(71, 10))
    title(happened(100, 10))
    title(happened(90, 30))
    title(happened(90, 0))
  })
  rare <- reliability_curve(case$event, case$prob / 100, style = "count")
  expect_match(title(rare), "too low$")
  three <- with_seed(1, softmax(matrix(rnorm(600, sd = 3), 200)))
  expect_match(title(reliability_curve(rep_len(c("a", "b", "c"), 200), three)),
               "^Class .: says ")
})

test_that("a fit has its baselines beside it", {
  skip_if_no_backend()
  for (task in c("binary", "multiclass")) {
    shared <- shared_fit(task)
    curve <- reliability_curve(shared$fit, shared$data, bins = 5)
    judged <- evaluate(shared$fit, shared$data)
    expect_equal(unique(curve$model), judged$model)
    classes <- if (task == "binary") 1 else 3
    expect_equal(curve[, sum(n), by = "model"]$V1,
                 rep(200 * classes, nrow(judged)))
    plot <- autoplot(curve)
    expect_match(plot$labels$title, "^deep_mlp: ")
    expect_silent(ggplot2::ggplot_build(plot))
  }
})

test_that("what has no probabilities is refused", {
  expect_snapshot(error = TRUE, {
    reliability_curve(truth, truth)
    reliability_curve(1:40, prob)
    reliability_curve(truth, prob, bins = 0)
    reliability_curve(truth, prob, style = "quantile")
    reliability_curve(truth, prob, 5)
  })
})
