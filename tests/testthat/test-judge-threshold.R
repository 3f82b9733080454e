errors <- c(false_negative = 40, false_positive = 1)

# A fit of its own: rare frauds, and rows to choose and to judge by.
frauds <- new.env()
fraud_fit <- function() {
  if (is.null(frauds$fit)) {
    frauds$data <- simulate_fraud(16000, share = 0.02, seed = 5)$data
    frauds$split <- deep_split(frauds$data, c(0.5, 0.25), strata = "fraud",
                               seed = 5)
    frauds$fit <- plain_mlp(
      fraud ~ ., frauds$data, baseline = FALSE,
      control = quick(4, seed = 5, learn_rate = 0.01,
                      validation = frauds$split)
    )
  }
  frauds
}

test_that("the chosen threshold costs less on other rows", {
  skip_if_no_backend()
  cards <- fraud_fit()
  fit <- set_threshold(cards$fit, new_data = cards$split$validation,
                       cost = errors)
  best <- summary(cost_curve(cards$fit, cards$split$validation, cost = errors))
  expect_equal(fit$threshold, best$threshold[[1]])
  expect_lt(fit$threshold, 0.2)
  cost <- function(fit) {
    counts <- confusion(fit, cards$split$test)
    (40 * counts["yes", "no"] + counts["no", "yes"]) / sum(counts)
  }
  expect_lt(cost(fit), 0.9 * cost(cards$fit))
})

test_that("classes go by the threshold, and only the network's", {
  skip_if_no_backend()
  shared <- shared_fit("binary")
  fit <- set_threshold(shared$fit, 0.2)
  prob <- predict(fit, shared$data, "prob")
  expect_equal(prob, predict(shared$fit, shared$data, "prob"))
  said <- predict(fit, shared$data)$.pred_class
  expect_equal(as.character(said), ifelse(prob$.pred_yes > 0.2, "yes", "no"))
  expect_equal(augment(fit, shared$data)$.pred_class, said)
  expect_equal(as.vector(confusion(fit, shared$data)),
               as.vector(table(shared$data$sold, said)))
  expect_equal(confusion(fit, shared$data, threshold = 0.5),
               confusion(shared$fit, shared$data))
  judged <- evaluate(fit, shared$data)
  expect_equal(judged$recall[[1]], mean(said[shared$data$sold == "yes"] ==
                                          "yes"))
  expect_equal(judged[-1], evaluate(shared$fit, shared$data)[-1],
               ignore_attr = "judged_on")
  expect_equal(evaluate(set_threshold(fit, 0.5), shared$data)[[3]],
               evaluate(shared$fit, shared$data)[[3]])
  plot <- autoplot(fit, shared$data)
  expect_equal(plot$layers[[2]]$data$xintercept, 0.2)
  missing <- most_likely(cbind(c(NA, 0.7), c(NA, 0.3)),
                         shared$fit$prep$outcome, 0.25)
  expect_equal(as.character(missing), c(NA, "yes"))
})

test_that("a threshold is printed, and what was judged without it", {
  fit <- set_threshold(fixture_fit("binary"), 0.0123456)
  expect_snapshot(fit)
  fit$calibration <- list(method = "temperature", temperature = 0.8, n = 99L,
                          before = c(log_loss = 0.3, ece = 0.2),
                          after = c(log_loss = 0.25, ece = 0.1))
  expect_snapshot(evaluate(fit))
  expect_snapshot(new_evaluation(fit$judged$metrics, fit, "new rows", 40, 45))
})

test_that("a rare event is not nagged about once a threshold is set", {
  fit <- fixture_fit("binary")
  fit$prep$outcome$shares <- c(no = 0.98, yes = 0.02)
  expect_length(note_imbalance(fit), 2)
  expect_length(note_imbalance(set_threshold(fit, 0.1)), 1)
})

test_that("costs that make every row the same are warned of", {
  skip_if_no_backend()
  shared <- shared_fit("binary")
  wrong <- shared$data
  wrong$sold <- factor(wrong$sold, labels = c("yes", "no"))
  expect_snapshot({
    fit <- set_threshold(shared$fit, new_data = wrong,
                         cost = c(false_negative = 100, false_positive = 1))
    mean(predict(fit, wrong)$.pred_class == "yes")
    fit <- set_threshold(shared$fit, new_data = wrong,
                         cost = c(false_negative = 1, false_positive = 100))
    mean(predict(fit, wrong)$.pred_class == "yes")
  })
})

test_that("thresholds that make no sense are refused", {
  binary <- fixture_fit("binary")
  expect_snapshot(error = TRUE, {
    set_threshold(binary)
    set_threshold(binary, 0.3, cost = errors)
    set_threshold(binary, cost = errors)
    set_threshold(binary, 1.5)
    set_threshold(binary, new_data = mixed_table(9))
    set_threshold(fixture_fit("multiclass"), 0.3)
    set_threshold(fixture_fit("regression"), 0.3)
  })
})
