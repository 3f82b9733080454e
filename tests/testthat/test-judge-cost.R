truth <- factor(c("no", "no", "yes", "yes", "no", "yes"))
prob <- c(0.2, 0.6, 0.7, 0.4, 0.1, 0.9)
errors <- c(false_negative = 10, false_positive = 1)

# The cost of calling above `threshold`, row by row.
cost_at <- function(threshold, truth, prob, cost, w = 1) {
  said <- prob > threshold
  sum(w * cost[cbind((truth == "yes") + 1, said + 1)]) /
    sum(w * rep(1, length(prob)))
}

test_that("every cost is that of calling above its threshold", {
  gain <- rbind(no = c(no = 0, yes = 5), yes = c(no = 20, yes = -3))
  for (seed in 1:30) {
    case <- with_seed(seed, list(
      truth = factor(c("no", "yes", sample(c("no", "yes"), 20, TRUE))),
      prob = round(runif(22), seed %% 3), w = runif(22)
    ))
    costs <- cost_curve(case$truth, case$prob, cost = gain, weights = case$w)
    expect_equal(costs$cost, vapply(costs$threshold, cost_at, numeric(1),
                                    case$truth, case$prob, gain, case$w))
    best <- summary(costs)
    expect_equal(best$cost, min(costs$cost))
    expect_equal(best$at_half,
                 cost_at(0.5, case$truth, case$prob, gain, case$w))
    expect_equal(best$never, cost_at(1, case$truth, case$prob, gain, case$w))
    expect_equal(best$always, cost_at(-1, case$truth, case$prob, gain, case$w))
  }
  named <- cost_curve(truth, prob, cost = errors)
  expect_equal(named$cost, cost_curve(
    truth, prob, cost = rbind(c(0, 1), c(10, 0))
  )$cost)
})

test_that("the cheapest threshold on rare fraud is far below one half", {
  cards <- simulate_fraud(2e5, seed = 1)
  truth <- cards$data$fraud
  costs <- cost_curve(truth, cards$truth$rows$probability, cost = c(
    false_negative = 100, false_positive = 1
  ))
  best <- summary(costs)
  expect_lt(best$cost, best$at_half)
  expect_lt(best$cost, min(best$never, best$always))
  # Elkan (2001): of true probabilities, the share of the two costs.
  expect_equal(best$threshold, 1 / 101, tolerance = 1)
})

test_that("it is printed and drawn", {
  costs <- cost_curve(truth, prob, cost = errors)
  expect_snapshot({
    costs
    costs[1:2, ]
  })
  plot <- autoplot(costs)
  expect_silent(ggplot2::ggplot_build(plot))
  expect_equal(plot$labels$title,
               "Cheapest from 0.3 on: 0.167 a row, at one half 1.83")
})

test_that("a fit's costs have its baselines beside them", {
  skip_if_no_backend()
  shared <- shared_fit("binary")
  best <- summary(cost_curve(shared$fit, shared$data, cost = errors))
  expect_equal(best$model, evaluate(shared$fit, shared$data)$model)
  expect_equal(best$never, rep(10 * mean(shared$data$sold == "yes"),
                               nrow(best)))
})

test_that("costs that make no sense are refused", {
  expect_snapshot(error = TRUE, {
    cost_curve(truth, prob)
    cost_curve(truth, prob, cost = 5)
    cost_curve(truth, prob, cost = rbind(c(1, 0), c(0, 1)))
    cost_curve(truth, prob,
               cost = rbind(yes = c(yes = 0, no = 1), no = c(1, 0)))
    cost_curve(truth, truth, cost = errors)
    cost_curve(rep(c("a", "b", "c"), 2), rep("a", 6), cost = errors)
  })
})
