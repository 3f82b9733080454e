test_that("an interval reaches as far as the residual of its rank", {
  kept <- keep_residuals(c(7, 3, 9, 1, 5, 8, 2, 6, 4))
  for (level in c(0.1, 0.5, 0.55, 0.8, 0.9)) {
    expect_equal(conformal_radius(kept, level), ceiling(10 * level))
  }
  # 20 * 0.55 is 11.000000000000002.
  expect_equal(conformal_radius(keep_residuals(1:19), 0.55), 11)
})

test_that("a level wants enough rows, and says how many", {
  for (level in c(0.5, 0.8, 0.9, 0.95, 0.99)) {
    needed <- round(level / (1 - level))
    expect_equal(conformal_radius(keep_residuals(seq_len(needed)), level),
                 needed)
    expect_error(
      conformal_radius(keep_residuals(seq_len(needed - 1)), level),
      class = if (needed > 1) "deeply_error_too_few_rows"
    )
  }
  expect_snapshot(error = TRUE, conformal_radius(keep_residuals(1:18), 0.95))
})

test_that("of many residuals few are kept, and none too small is taken", {
  residuals <- with_seed(1, rexp(123456))
  kept <- keep_residuals(residuals)
  expect_lte(length(kept$residuals), most_residuals)
  sorted <- sort(residuals)
  for (level in c(with_seed(2, runif(200)), 0.9, 0.99, 0.999, 0.99999)) {
    exact <- ceiling((length(residuals) + 1) * level)
    rank <- which(sorted == conformal_radius(kept, level))
    expect_gte(rank, exact)
    expect_lte((rank - exact) / length(residuals), 2e-4)
  }
})

# Marginal coverage of split conformal intervals over draws of calibration rows
# is exactly ceiling((n + 1) * level) / (n + 1), whatever the distribution.
test_that("intervals cover what they say on average", {
  for (level in c(0.5, 0.9)) {
    n <- 39
    covered <- with_seed(3, vapply(1:3000, function(i) {
      draw <- function(n) abs(rt(n, 2)) + rexp(n)
      mean(draw(10) <= conformal_radius(keep_residuals(draw(n)), level))
    }, numeric(1)))
    expect_equal(mean(covered), ceiling((n + 1) * level) / (n + 1),
                 tolerance = 0.01)
  }
})

test_that("50 sets: the coverage is within two points of the level", {
  covered <- with_seed(4, vapply(1:50, function(set) {
    radius <- conformal_radius(keep_residuals(abs(rnorm(2000))), 0.9)
    mean(abs(rnorm(5000)) <= radius)
  }, numeric(1)))
  expect_lt(abs(mean(covered) - 0.9), 0.005)
  expect_gte(mean(abs(covered - 0.9) <= 0.02), 0.95)
})

test_that("a calibrated regression predicts intervals", {
  skip_if_no_backend()
  shared <- shared_fit("regression")
  new <- mixed_table(400, seed = 21)
  fit <- calibrate(shared$fit, new[1:200, ])
  said <- predict(fit, new, "interval", level = 0.8)
  expect_named(said, c(".pred", ".pred_lower", ".pred_upper"))
  expect_equal(said$.pred, predict(shared$fit, new)$.pred)
  residuals <- abs(new$price - said$.pred)[1:200]
  radius <- sort(residuals)[[ceiling(201 * 0.8)]]
  expect_equal(said$.pred_upper - said$.pred, rep(radius, 400))
  expect_equal(said$.pred - said$.pred_lower, rep(radius, 400))
  expect_equal(predict(fit, new), predict(shared$fit, new))
  expect_equal(evaluate(fit, new), evaluate(shared$fit, new))
  expect_equal(attr(evaluate(fit), "judged_on"),
               attr(evaluate(shared$fit), "judged_on"))
})

test_that("rows that na = 'drop' leaves out have no interval", {
  skip_if_no_backend()
  data <- task_table("regression")
  data$size[1:5] <- NA
  fit <- deep_mlp(price ~ ., data, na = "drop", baseline = FALSE,
                  control = quick())
  fit <- suppressWarnings(calibrate(fit, data))
  expect_equal(fit$calibration$n, 195)
  said <- suppressWarnings(predict(fit, data[4:6, ], "interval"))
  expect_equal(is.na(said$.pred_upper), c(TRUE, TRUE, FALSE))
  expect_snapshot(error = TRUE, calibrate(fit, data[1:5, ]))
})

test_that("intervals that cannot be are refused", {
  skip_if_no_backend()
  shared <- shared_fit("regression")
  fit <- calibrate(shared$fit, shared$data[1:30, ])
  expect_snapshot(error = TRUE, {
    predict(shared$fit, shared$data, "interval")
    predict(fit, shared$data, "interval", level = 0.99)
    predict(fit, shared$data, "interval", level = 90)
    predict(fit, shared$data, "interval", 0.9)
    predict(shared_fit("binary")$fit, shared$data, "interval")
  })
})

test_that("intervals are printed in a line", {
  fit <- fixture_fit("regression")
  fit$calibration <- keep_residuals((1:4321)^2)
  expect_snapshot(fit)
  fit$calibration <- keep_residuals(c(0.25, 1.5))
  expect_snapshot(writeLines(describe_calibration(fit)))
})

# Quantiles ------------------------------------------------------------------

# Quantiles of a standard normal, each wrong by its own factor, for a truth
# whose spread they do not know.
quantile_cases <- function(n, seed, levels = c(0.05, 0.25, 0.5, 0.75, 0.95)) {
  with_seed(seed, {
    spread <- runif(n, 0.5, 2)
    list(
      outcome = list(name = "price", task = "regression", center = 50,
                     scale = 10, quantile_levels = levels),
      truth = 50 + 10 * spread * rnorm(n),
      outputs = outer(spread, stats::qnorm(levels) * c(1.4, 0.5, 1, 0.5, 1.4))
    )
  })
}

inside <- function(cases, reach, lower, upper) {
  quantiles <- as_quantiles(cases$outputs, cases$outcome, list(reach = reach))
  mean(cases$truth >= quantiles[, lower] & cases$truth <= quantiles[, upper])
}

test_that("each pair of quantiles is moved by the score of its rank", {
  cases <- quantile_cases(39, 1)
  learned <- learn_reach(cases)
  quantiles <- 50 + 10 * cases$outputs
  scores <- function(lower, upper) {
    sort(pmax(quantiles[, lower] - cases$truth,
              cases$truth - quantiles[, upper]))
  }
  expect_equal(learned, list(
    method = "conformal", n = 39L,
    reach = c("0.9" = scores(1, 5)[[36]], "0.5" = scores(2, 4)[[20]])
  ))
  expect_lt(learned$reach[["0.9"]], 0)
  expect_gt(learned$reach[["0.5"]], 0)
  expect_snapshot(error = TRUE, learn_reach(quantile_cases(8, 1)))
})

test_that("moved quantiles cover what they say on average, each pair", {
  n <- 39
  covered <- with_seed(3, vapply(1:400, function(i) {
    reach <- learn_reach(quantile_cases(n, i))$reach
    new <- quantile_cases(200, 1000 + i)
    c(inside(new, reach, 1, 5), inside(new, reach, 2, 4))
  }, numeric(2)))
  expect_equal(rowMeans(covered), c(36, 20) / 40, tolerance = 0.015)
})

test_that("moved quantiles do not cross, and the median stays", {
  quantiles <- cbind(c(1, NA), c(2, NA), c(3, NA), c(4, NA), c(6, NA))
  levels <- c(0.05, 0.25, 0.5, 0.75, 0.95)
  move <- function(...) move_quantiles(quantiles, levels, c(...))[1, ]
  expect_equal(move(0.5, -0.5), c(0.5, 2.5, 3, 3.5, 6.5))
  # What is drawn in stops at the median; what is passed goes along.
  expect_equal(move(-9, -0.25), c(2.25, 2.25, 3, 3.75, 3.75))
  expect_equal(move(0, 5), c(-3, -3, 3, 9, 9))
  expect_true(all(is.na(move_quantiles(quantiles, levels, c(1, 1))[2, ])))
  cases <- quantile_cases(200, 4)
  moved <- as_quantiles(cases$outputs, cases$outcome, list(reach = c(9, -30)))
  expect_equal(moved[, 3], as_prediction(cases$outputs, cases$outcome))
})
