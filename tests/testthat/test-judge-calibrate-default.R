# A fit as default_calibration() sees it, and logits that are too large.
asked_for <- function(cases, calibration = c("temperature", "conformal"),
                      na = "indicator") {
  list(spec = list(calibration = calibration),
       prep = list(outcome = cases$outcome, settings = list(na = na)))
}

too_sure <- function(n, seed = 1) {
  with_seed(seed, {
    logit <- rnorm(n, sd = 2)
    list(outcome = list(name = "sold", task = "binary", levels = c("a", "b"),
                        shares = c(a = 0.5, b = 0.5)),
         truth = 1L + (runif(n) < plogis(logit)),
         outputs = matrix(2.5 * logit))
  })
}

learned_by <- function(cases, ..., on = "validation rows",
                       incomplete = rep(FALSE, length(cases$truth))) {
  default_calibration(asked_for(cases, ...), cases$truth,
                      list(outputs = list(network = cases$outputs),
                           incomplete = incomplete), on)
}

test_that("a fit learns what calibrate() would", {
  cases <- too_sure(400)
  expect_equal(learned_by(cases),
               c(learn_calibration("temperature", cases),
                 list(on = "validation rows")))
  expect_equal(learned_by(cases)$temperature, 2.5, tolerance = 0.3)
  expect_equal(learned_by(cases, on = "validation rows, the latest by day")$on,
               "validation rows")
  # Rows that the fit leaves out have no prediction.
  out <- rep(c(TRUE, FALSE), c(100, 300))
  kept <- list(outcome = cases$outcome, truth = cases$truth[!out],
               outputs = cases$outputs[!out, , drop = FALSE])
  expect_equal(learned_by(cases, na = "drop", incomplete = out),
               learned_by(kept))
})

test_that("it does without where rows are few or nothing is gained", {
  expect_null(learned_by(too_sure(400), calibration = "none"))
  expect_null(learned_by(too_sure(rows_to_calibrate - 1L)))
  expect_false(is.null(learned_by(too_sure(rows_to_calibrate))))
  one <- too_sure(400)
  one$truth[] <- 1L
  expect_null(learned_by(one))
  apart <- too_sure(400)
  apart$truth <- 1L + (apart$outputs[, 1] > 0)
  expect_silent(none <- learned_by(apart))
  expect_null(none)
})

test_that("outputs that are no numbers are not calibrated", {
  cases <- too_sure(400)
  for (bad in c(NaN, Inf, -Inf)) {
    cases$outputs[7] <- bad
    expect_null(learned_by(cases))
  }
})

test_that("a temperature that chance may have given is not kept", {
  # Of logits that are as they should be one in twenty passes the test.
  kept <- vapply(1:300, function(seed) {
    cases <- too_sure(150, seed)
    cases$outputs <- cases$outputs / 2.5
    !is.null(learned_by(cases))
  }, NA)
  expect_gt(mean(kept), 0.02)
  expect_lt(mean(kept), 0.09)
  likelihood <- function(t) {
    sum(log(plogis((2 * cases$truth - 3) * cases$outputs[, 1] / t)))
  }
  cases <- too_sure(400)
  learned <- learned_by(cases)
  expect_equal(
    2 * 400 * (learned$before - learned$after)[["log_loss"]],
    2 * (likelihood(learned$temperature) - likelihood(1))
  )
})

test_that("numbers keep residuals, and quantiles how far they are moved", {
  cases <- with_seed(3, list(
    outcome = list(name = "price", task = "regression", center = 5, scale = 2),
    truth = rnorm(120, 5, 2), outputs = matrix(rnorm(120) / 10)
  ))
  learned <- learned_by(cases)
  expect_equal(learned$residuals,
               sort(abs(cases$truth - (5 + 2 * cases$outputs[, 1]))))
  expect_equal(learned$on, "validation rows")
  cases$outcome$quantile_levels <- c(0.005, 0.5, 0.995)
  cases$outputs <- cbind(-2.6, 0, rep(2.6, 120))
  # 99 % take 99 rows.
  expect_named(learned_by(cases)$reach, "0.99")
  cases$outcome$quantile_levels <- c(0.004, 0.5, 0.996)
  expect_null(learned_by(cases))
  cases$outcome$quantile_levels <- c(0.1, 0.5, 0.8)
  expect_null(learned_by(cases))
})

test_that("what is not for the outcome is refused, before Python starts", {
  data <- mixed_table(60)
  expect_snapshot(error = TRUE, {
    deep_mlp(price ~ size, data, calibration = "temperature")
    deep_mlp(sold ~ size, data, calibration = "conformal")
    deep_mlp(sold ~ size, data, calibration = "isotonic")
  })
})

test_that("a calibration that a fit brings along is told in a line", {
  fit <- fixture_fit("binary")
  fit$calibration <- list(
    method = "temperature", temperature = 1.2345, n = 543L,
    before = c(log_loss = 0.6789, ece = 0.0456),
    after = c(log_loss = 0.6543, ece = 0.0321), on = "validation rows"
  )
  expect_snapshot({
    writeLines(describe_calibration(fit))
    # Judged with it, so nothing is said of before.
    writeLines(describe_judged(evaluate(fit)))
    cat(utils::tail(reproduce_code(fit), 3), sep = "\n")
  })
  number <- fixture_fit("regression")
  number$calibration <- c(keep_residuals(1:99 / 7), on = "validation rows")
  expect_snapshot(writeLines(describe_calibration(number)))
})

test_that("a classifier is judged with its temperature, and predicts by it", {
  skip_if_no_backend()
  # A focal loss draws probabilities to one half.
  data <- task_table("binary", n = 600)
  split <- deep_split(data, c(0.5, 0.25), seed = 1)
  arguments <- list(sold ~ ., data, baseline = FALSE, control = quick(
    12, validation = split, learn_rate = 0.01, focal_gamma = 3
  ))
  fit <- do.call(deep_mlp, arguments)
  expect_equal(fit$calibration$on, "validation rows")
  expect_equal(fit$calibration$n, 150)
  expect_lt(fit$calibration$temperature, 0.8)
  expect_equal(evaluate(fit)$log_loss[[1]],
               fit$calibration$after[["log_loss"]])
  expect_equal(evaluate(fit, split$validation), evaluate(fit),
               ignore_attr = TRUE)
  logit <- predict(fit, split$test, "raw")$.raw_1
  expect_equal(predict(fit, split$test, "prob")$.pred_yes,
               plogis(logit / fit$calibration$temperature))
  # Without, it is the same network.
  raw <- do.call(deep_mlp, c(arguments, calibration = "none"))
  expect_null(raw$calibration)
  expect_identical(fit_weights(raw), fit_weights(fit))
  expect_equal(evaluate(raw)$log_loss[[1]],
               fit$calibration$before[["log_loss"]])
  book <- do.call(deep_mlp, c(arguments[1:2], preset = "book",
                              baseline = FALSE, list(control = quick(1))))
  expect_null(book$calibration)
  # What comes after goes by it, or takes its place.
  expect_equal(set_threshold(fit, 0.3)$calibration, fit$calibration)
  again <- calibrate(fit, split$test)
  expect_null(again$calibration$on)
  expect_equal(again$calibration, calibrate(raw, split$test)$calibration)
})

test_that("a regression has intervals right away", {
  skip_if_no_backend()
  data <- task_table("regression", n = 300)
  fit <- plain_mlp(price ~ ., data, baseline = FALSE, control = quick())
  expect_equal(fit$calibration$n, 60)
  said <- predict(fit, data, "interval", level = 0.8)
  expect_equal(said$.pred, predict(fit, data)$.pred)
  expect_equal(said$.pred_upper - said$.pred,
               rep(fit$calibration$residuals[[ceiling(61 * 0.8)]], 300))
  none <- plain_mlp(price ~ ., data, baseline = FALSE, control = quick(1),
                   calibration = "none")
  expect_error(predict(none, data, "interval"),
               class = "deeply_error_not_calibrated")
})
