test_that("payments have the types and the shares that are stated", {
  data <- simulate_fraud(4e4, seed = 1)$data
  expect_named(data, c("amount", "hour", "merchant", "country", "n_last_day",
                       "fraud"))
  expect_equal(levels(data$fraud), c("no", "yes"))
  expect_true(all(data$amount >= 0.01 & data$amount * 100 -
                    round(data$amount * 100) < 1e-6))
  expect_true(all(data$hour %in% 0:23))
  expect_true(all(data$n_last_day %in% 0:20))
  shares <- c(grocery = 0.38, restaurant = 0.20, online = 0.18, fuel = 0.14,
              electronics = 0.05, travel = 0.05)
  expect_equal(c(prop.table(table(data$merchant))), shares, tolerance = 0.03)
  medians <- tapply(data$amount, data$merchant, median)
  expect_equal(c(medians), c(grocery = 35, restaurant = 30, online = 45,
                             fuel = 50, electronics = 180, travel = 250),
               tolerance = 0.05)
  expect_equal(mean(data$n_last_day), 2, tolerance = 0.02)
  expect_equal(mean(data$country == "far"), 0.03, tolerance = 0.1)
  busiest <- which.max(table(factor(data$hour, 0:23))) - 1
  expect_lt(abs(busiest - 15), 4)
})

test_that("the expected share is exact, whatever the seed", {
  for (share in c(0.001, 0.4)) {
    made <- simulate_fraud(3e4, share, seed = 2)
    p <- made$truth$rows$probability
    expect_lt(abs(mean(p) - share), 4 * sd(p) / sqrt(3e4))
    frauds <- sum(made$data$fraud == "yes")
    expect_lt(abs(frauds - sum(p)), 4 * sqrt(sum(p * (1 - p))))
    other <- simulate_fraud(10, share, seed = 3)
    expect_identical(other$truth$coefficients, made$truth$coefficients)
  }
})

test_that("extreme shares are met", {
  expect_equal(
    with_seed(1, {
      data <- draw_payments(3e4)
      mean(plogis(fraud_logit(data, fraud_coefficients(1e-7))))
    }),
    1e-7, tolerance = 0.15
  )
  sure <- simulate_fraud(500, share = 1 - 1e-9, seed = 1)
  expect_true(all(sure$data$fraud == "yes"))
  expect_true(is.finite(sure$truth$log_loss))
})

test_that("probabilities are the documented formula", {
  made <- simulate_fraud(400, 0.3, seed = 4)
  data <- made$data
  merchant <- c(grocery = 0, restaurant = -0.2, online = 1.2, fuel = 0.3,
                electronics = 1.6, travel = 1.0)[as.character(data$merchant)]
  country <- c(home = 0, near = 1.2, far = 2.4)[as.character(data$country)]
  logit <- made$truth$coefficients[["(Intercept)"]] +
    1.1 * log(data$amount / 50) + cos(2 * pi * (data$hour - 3) / 24) +
    0.35 * data$n_last_day + merchant + country +
    (data$merchant == "online" & data$country != "home")
  expect_equal(made$truth$rows$probability, plogis(unname(logit)))
})

test_that("logistic regression finds the coefficients", {
  made <- simulate_fraud(3e4, share = 0.1, seed = 5)
  fitted <- stats::glm(made$truth$formula, stats::binomial(), made$data)
  truth <- made$truth$coefficients
  expect_named(stats::coef(fitted), names(truth))
  z <- (stats::coef(fitted) - truth) / sqrt(diag(stats::vcov(fitted)))
  expect_true(all(abs(z) < 4))
  expect_true(all(abs(stats::coef(fitted) - truth) < 0.35))
})

test_that("the best scores are what the true probabilities score", {
  logit <- with_seed(6, rnorm(150, -1.5, 1.5))
  p <- plogis(logit)
  scored <- with_seed(7, replicate(2000, {
    event <- runif(150) < p
    c(roc_auc(event, p), average_precision(event, p),
      -mean(log(ifelse(event, p, 1 - p))))
  }))
  best <- best_scores(logit)
  expect_named(best, c("roc_auc", "pr_auc", "log_loss"))
  expect_equal(unlist(best, use.names = FALSE), rowMeans(scored),
               tolerance = 0.005)
})

test_that("fraud can be ranked well, and precision is hard all the same", {
  made <- simulate_fraud(4e4, seed = 8)
  expect_gt(made$truth$roc_auc, 0.9)
  expect_lt(made$truth$pr_auc, 0.3)
  expect_gt(made$truth$pr_auc, 0.05)
})

test_that("Gauss-Hermite nodes have the moments of a normal number", {
  rule <- normal_nodes(24)
  moment <- function(k) sum(rule$weight * rule$node^k)
  expect_equal(vapply(0:6, moment, 1), c(1, 0, 1, 0, 3, 0, 15))
  expect_equal(sum(rule$weight * exp(rule$node)), exp(0.5))
})

test_that("the population's probabilities sum to 1", {
  expect_equal(sum(fraud_population()$weight), 1)
})

test_that("simulate_fraud() names the argument that is wrong", {
  expect_snapshot(error = TRUE, {
    simulate_fraud(0)
    simulate_fraud("many")
    simulate_fraud(10, share = 0)
    simulate_fraud(10, share = 1)
  })
})
