truth <- factor(c("no", "no", "yes", "yes", "no", "yes"))
prob <- c(0.2, 0.6, 0.7, 0.4, 0.1, 0.9)

test_that("a curve goes from nothing called to all", {
  roc <- roc_curve(truth, prob)
  expect_equal(roc$threshold, c(Inf, sort(prob, decreasing = TRUE)))
  expect_equal(unlist(roc[1, 3:4]), c(sensitivity = 0, specificity = 1))
  expect_equal(unlist(roc[7, 3:4]), c(sensitivity = 1, specificity = 0))
  expect_equal(summary(roc)$area, 8 / 9)
  pr <- pr_curve(truth, prob)
  expect_equal(pr$precision, c(1, 1, 1, 2 / 3, 3 / 4, 3 / 5, 1 / 2))
  expect_snapshot({
    roc
    summary(pr)
    roc[1:2, ]
    pr_curve(rep(c("a", "b", "c"), 4), softmax(matrix(sin(1:36), 12)))
  })
})

test_that("a fit has its baselines beside it", {
  skip_if_no_backend()
  for (task in c("binary", "multiclass")) {
    shared <- shared_fit(task)
    roc <- roc_curve(shared$fit, shared$data)
    judged <- evaluate(shared$fit, shared$data)
    areas <- summary(roc)
    expect_equal(unique(areas$model), judged$model)
    expect_equal(areas[, mean(area), by = "model"]$V1, judged$roc_auc)
    expect_setequal(as.character(areas$class),
                    if (task == "binary") "yes" else c("A", "B", "C"))
  }
  number <- shared_fit("regression")
  expect_error(roc_curve(number$fit), "new_data")
  expect_snapshot(error = TRUE, {
    roc_curve(number$fit, number$data)
    pr_curve(1:6, prob)
    roc_curve(truth, truth)
  })
})

test_that("a confusion matrix is that of table()", {
  said <- factor(ifelse(prob > 0.5, "yes", "no"))
  counts <- confusion(truth, prob)
  expect_equal(unclass(counts), unclass(table(truth, predicted = said)),
               ignore_attr = TRUE)
  expect_identical(confusion(truth, said), counts)
  expect_equal(sum(confusion(truth, prob, weights = 1:6)), 21)
  expect_equal(confusion(truth, prob, threshold = 0.65)[["no", "yes"]], 0)
  expect_snapshot({
    confusion(rep(truth, 1000), rep(prob, 1000))
    summary(confusion(rep_len(c("a", "b", "c"), 9), rep(c("c", "b", "a"), 3)))
  })
})

test_that("a fit's confusion is that of its predictions", {
  skip_if_no_backend()
  for (task in c("binary", "multiclass")) {
    shared <- shared_fit(task)
    counts <- confusion(shared$fit, shared$data)
    said <- predict(shared$fit, shared$data)$.pred_class
    truth <- shared$data[[task_outcome[[task]]]]
    expect_equal(as.vector(counts), as.vector(table(truth, said)))
    expect_s3_class(autoplot(counts), "ggplot")
  }
})

test_that("curves are drawn through few points, with a finding", {
  n <- 5000
  many <- with_seed(1, list(event = runif(n) < 0.1, score = runif(n)))
  for (curve in list(roc_curve(many$event, many$score),
                     pr_curve(many$event, many$score))) {
    plot <- autoplot(curve)
    expect_lte(nrow(plot$data), most_points)
    expect_silent(ggplot2::ggplot_build(plot))
  }
  expect_match(plot$labels$title, "^average precision 0.\\d+, by guessing 0")
  three <- softmax(with_seed(1, matrix(rnorm(60), 20)))
  plot <- autoplot(roc_curve(rep_len(c("a", "b", "c"), 20), three))
  expect_match(plot$labels$title, "the mean of the classes")
  expect_equal(levels(plot$data$label), c("a", "b", "c"))
})
