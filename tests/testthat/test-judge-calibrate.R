# Cases whose logits are `stretch` times too large, without a network.
sure_cases <- function(n = 1500, classes = 2, stretch = 2.5, shift = 0,
                       seed = 1) {
  with_seed(seed, {
    logits <- matrix(rnorm(n * classes, sd = 1.5), n)
    if (classes == 2) logits <- logits[, 1, drop = FALSE]
    prob <- as_prediction(logits, list(
      task = if (classes == 2) "binary" else "multiclass"
    ))
    truth <- 1L + rowSums(runif(n) > t(apply(prob, 1, cumsum)))
    levels <- letters[seq_len(classes)]
    list(
      outcome = list(name = "kind", task = if (classes == 2) "binary"
                                           else "multiclass",
                     levels = levels),
      truth = pmin(truth, classes), outputs = stretch * logits + shift
    )
  })
}

log_loss_of <- function(cases, calibration = NULL) {
  prob <- as_prediction(cases$outputs, cases$outcome, calibration = calibration)
  -mean(log(prob[cbind(seq_along(cases$truth), cases$truth)]))
}

test_that("the temperature is where optimize() finds the least log loss", {
  for (classes in c(2, 4)) {
    for (stretch in c(0.3, 1, 2.5, 8)) {
      cases <- sure_cases(classes = classes, stretch = stretch)
      found <- learn_temperature(cases)$temperature
      best <- optimize(function(log_t) {
        log_loss_of(cases, list(method = "temperature",
                                temperature = exp(log_t)))
      }, log(c(0.1, 20)), tol = 1e-8)
      expect_equal(found, exp(best$minimum), tolerance = 1e-5)
      expect_equal(found, stretch, tolerance = 0.15)
    }
  }
})

test_that("a temperature stays in its limits", {
  cases <- sure_cases(200)
  cases$outputs <- -cases$outputs
  expect_equal(learn_temperature(cases)$temperature, hottest)
  cases <- sure_cases(2000)
  cases$outputs[] <- ifelse(cases$truth == 2, 1, -1) * 1e-4
  cases$truth[[1]] <- 3L - cases$truth[[1]]
  expect_equal(learn_temperature(cases)$temperature, coldest)
})

test_that("Platt's line is that of glm()", {
  cases <- sure_cases(stretch = 2.5, shift = 1.7)
  line <- glm(cases$truth == 2 ~ cases$outputs[, 1], binomial)
  learned <- learn_platt(cases)
  expect_equal(unlist(learned), coef(line), ignore_attr = TRUE)
  prob <- as_prediction(cases$outputs, cases$outcome,
                        calibration = c(method = "platt", learned))
  expect_equal(prob[, 2], fitted(line), ignore_attr = TRUE)
})

test_that("Platt's line is found for a network that is very sure", {
  cases <- sure_cases(stretch = 60, shift = -20)
  learned <- expect_silent(learn_platt(cases))
  expect_equal(learned$slope, 1 / 60, tolerance = 0.1)
  expect_equal(learned$intercept, 1 / 3, tolerance = 0.4)
})

test_that("pooling is that of isoreg()", {
  for (seed in 1:20) {
    case <- with_seed(seed, list(x = runif(60), y = rbinom(60, 1, 0.4)))
    steps <- pool_adjacent(case$x, case$y)
    theirs <- isoreg(case$x, case$y)
    expect_equal(approx(steps$x, steps$y, sort(case$x))$y, theirs$yf)
    expect_false(is.unsorted(steps$y))
  }
  expect_equal(pool_adjacent(c(3, 1, 2), c(1, 0, 0)),
               list(x = c(1, 2, 3), y = c(0, 0, 1)))
  expect_equal(pool_adjacent(1:4, 4:1), list(x = c(1, 4), y = c(2.5, 2.5)))
})

test_that("tied values and new ones are read as by scikit-learn", {
  skip_if_no_backend()
  invisible(deep_device())
  for (seed in 1:5) {
    case <- with_seed(seed, list(
      x = round(runif(300), 1 + seed %% 3), y = rbinom(300, 1, 0.4),
      new = runif(50, -0.2, 1.2)
    ))
    theirs <- reticulate::import("sklearn.isotonic")$IsotonicRegression(
      out_of_bounds = "clip"
    )$fit(case$x, case$y)$predict(case$new)
    map <- pool_adjacent(case$x, case$y)
    expect_equal(approx(map$x, map$y, case$new, rule = 2)$y,
                 as.vector(theirs), tolerance = 1e-6)
  }
})

test_that("every method lowers the loss of an over-confident network", {
  methods <- list(`2` = c("temperature", "platt", "isotonic"),
                  `4` = c("temperature", "isotonic"))
  for (classes in c(2, 4)) {
    new <- sure_cases(5000, classes, seed = 2)
    for (method in methods[[as.character(classes)]]) {
      learned <- learn_calibration(method, sure_cases(classes = classes))
      prob <- as_prediction(new$outputs, new$outcome, calibration = learned)
      expect_equal(rowSums(prob), rep(1, 5000))
      scores <- all_metrics(new$truth, prob, new$outcome$task)
      raw <- all_metrics(new$truth, as_prediction(new$outputs, new$outcome),
                         new$outcome$task)
      expect_lt(scores[["log_loss"]], 0.9 * raw[["log_loss"]])
      expect_lt(scores[["ece"]], 0.4 * raw[["ece"]])
      expect_lt(learned$after[["log_loss"]], learned$before[["log_loss"]])
    }
  }
})

test_that("isotonic says nothing is impossible", {
  cases <- sure_cases(400, stretch = 1)
  learned <- learn_isotonic(cases)
  prob <- as_prediction(matrix(c(-1e4, NA, 1e4)), cases$outcome,
                        calibration = c(method = "isotonic", learned))
  expect_equal(prob[, 2], c(1 / 402, NA, 401 / 402))
  constant <- list(list(x = 0.3, y = 0.2))
  expect_equal(map_probabilities(cbind(c(0.1, NA), c(0.9, NA)), constant),
               cbind(c(0.8, NA), c(0.2, NA)))
})

test_that("what is learned from few or perfect rows is warned of", {
  few <- sure_cases(60)
  one <- sure_cases(300)
  one$truth <- rep(1:2, c(299, 1))
  apart <- sure_cases(30)
  apart$truth <- 1L + (apart$outputs[, 1] > 0)
  expect_snapshot({
    invisible(learn_isotonic(few))
    invisible(learn_isotonic(one))
    learn_temperature(apart)
    learn_platt(apart)
  })
  expect_warning(learn_isotonic(few), class = "deeply_warning_too_few_rows")
  expect_warning(learn_platt(apart), class = "deeply_warning_separable")
  apart$truth[] <- 1L
  expect_snapshot(error = TRUE, learn_calibration("platt", apart))
})

test_that("a calibrated fit goes by it everywhere, and by the last one", {
  skip_if_no_backend()
  for (task in c("binary", "multiclass")) {
    shared <- shared_fit(task)
    data <- with_seed(9, mixed_table(300, seed = 8))
    # Outcomes that are often not what the network is sure of.
    outcome <- task_outcome[[task]]
    data[[outcome]][1:90] <- sample(data[[outcome]][1:90])
    fit <- calibrate(shared$fit, data)
    raw <- predict(fit, data, "raw")
    expect_equal(raw, predict(shared$fit, data, "raw"))
    expect_gt(fit$calibration$temperature, 1)
    prob <- as.matrix(predict(fit, data, "prob"))
    expect_equal(
      unname(prob),
      as_prediction(as.matrix(raw) / fit$calibration$temperature,
                    fit$prep$outcome),
      ignore_attr = TRUE
    )
    truth <- as.integer(data[[outcome]])
    scores <- all_metrics(truth, prob, task)
    expect_equal(fit$calibration$after, scores[c("log_loss", "ece")])
    judged <- evaluate(fit, data)
    expect_equal(judged$log_loss[[1]], scores[["log_loss"]])
    expect_equal(judged[-1], evaluate(shared$fit, data)[-1])
    expect_equal(as.matrix(augment(fit, data)[, colnames(prob), with = FALSE]),
                 prob)
    expect_equal(summary(reliability_curve(fit, data))$brier[[1]],
                 mean((prob[, if (task == "binary") 2 else 1] -
                         (truth == if (task == "binary") 2 else 1))^2))
    again <- calibrate(fit, data, method = "isotonic")
    expect_equal(again, calibrate(shared$fit, data, method = "isotonic"))
    expect_equal(calibrate(again, data), fit)
  }
})

test_that("a threshold of other probabilities is taken away", {
  skip_if_no_backend()
  shared <- shared_fit("multiclass")
  expect_silent(calibrate(shared$fit, mixed_table(100, seed = 8)))
  shared <- shared_fit("binary")
  new <- mixed_table(300, seed = 8)
  new$sold[1:30] <- rev(new$sold[1:30])
  fit <- set_threshold(shared$fit, 0.3)
  expect_snapshot(calibrated <- calibrate(fit, new))
  expect_null(calibrated$threshold)
})

test_that("focal loss draws probabilities to one half, temperature back", {
  skip_if_no_backend()
  draw <- function(n) {
    x <- rnorm(n)
    data.frame(x, event = factor(runif(n) < plogis(2 * x)))
  }
  data <- with_seed(6, draw(6000))
  fit <- plain_mlp(event ~ x, data[1:3000, ], baseline = FALSE,
                  control = quick(8, focal_gamma = 2))
  fit <- calibrate(fit, data[3001:4500, ])
  expect_lt(fit$calibration$temperature, 0.8)
  new <- data[4501:6000, ]
  ece <- function(fit) summary(reliability_curve(fit, new))$ece[[1]]
  raw <- fit
  raw$calibration <- NULL
  expect_lt(ece(fit), 0.7 * ece(raw))
})

test_that("a calibration is printed in a line", {
  fit <- fixture_fit("binary")
  scores <- list(n = 1234L, before = c(log_loss = 0.61234, ece = 0.12345),
                 after = c(log_loss = 0.45678, ece = 0.0098765))
  fit$calibration <- c(list(method = "temperature", temperature = 1.8765),
                       scores)
  expect_snapshot(fit)
  fit$calibration <- c(list(method = "platt", intercept = -0.2345,
                            slope = 0.56789), scores)
  expect_snapshot(writeLines(describe_calibration(fit)))
  fit$calibration$method <- "isotonic"
  expect_snapshot(writeLines(describe_calibration(fit)))
})

test_that("what cannot be calibrated is refused", {
  skip_if_no_backend()
  binary <- shared_fit("binary")
  many <- shared_fit("multiclass")
  number <- shared_fit("regression")
  expect_snapshot(error = TRUE, {
    calibrate(binary$fit, binary$data, method = "spline")
    calibrate(many$fit, many$data, method = "platt")
    calibrate(number$fit, number$data, method = "temperature")
    calibrate(binary$fit, binary$data, 0.5)
    calibrate(binary$fit, binary$data["size"])
  })
  expect_error(calibrate(binary$fit), "new_data")
})
