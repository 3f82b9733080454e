test_that("a share's interval is Wilson's", {
  for (wrong in c(0, 3, 50)) {
    theirs <- suppressWarnings(prop.test(wrong, 50, correct = FALSE)$conf.int)
    ours <- level_interval(shares(wrong, 50), "error")
    expect_equal(ours[c("lower", "upper")], theirs, ignore_attr = TRUE)
    expect_equal(ours[["error"]], wrong / 50)
  }
})

test_that("a difference of shares has Newcombe's interval", {
  # Newcombe (1998), table II, method 10: 56/70 - 48/80.
  gap <- difference_interval(level_interval(shares(48, 80), "error"),
                             level_interval(shares(56, 70), "error"))
  expect_equal(unname(gap), c(0.2, 0.0524, 0.3339), tolerance = 1e-3)
})

test_that("balanced error and RMSE have intervals that cover", {
  outcome <- list(task = "binary", levels = c("no", "yes"))
  covered <- with_seed(3, replicate(400, {
    truth <- rep(1:2, c(180, 20))
    said <- ifelse(runif(200) < c(0.1, 0.3)[truth], 3 - truth, truth)
    level <- error_level(cbind(said == 1, said == 2) + 0, truth, outcome)
    squares <- rnorm(100, sd = 2)
    number <- error_level(squares, numeric(100), list(task = "regression"))
    ours <- level_interval(level, "balanced")
    theirs <- level_interval(number, "rmse")
    c(ours[["lower"]] <= 0.2 && 0.2 <= ours[["upper"]],
      theirs[["lower"]] <= 2 && 2 <= theirs[["upper"]])
  }))
  expect_gt(min(rowMeans(covered)), 0.92)
  expect_lt(max(rowMeans(covered)), 0.99)
})

test_that("levels are what the metrics say", {
  prob <- softmax(matrix(sin(1:60), 20))
  truth <- rep_len(1:3, 20)
  outcome <- list(task = "multiclass", levels = c("a", "b", "c"))
  level <- error_level(prob, truth, outcome)
  metrics <- multiclass_metrics(truth, prob)
  expect_equal(level_interval(level, "error")[["error"]],
               1 - metrics[["accuracy"]])
  expect_equal(level_interval(level, "balanced")[["error"]],
               1 - metrics[["bal_accuracy"]])
  number <- error_level(c(1, 2, 4), c(1, 3, 7), list(task = "regression"))
  expect_equal(level_interval(number, "rmse")[["error"]], sqrt(10 / 3))
})

test_that("a human's error says how much room there is", {
  # Of MNIST 0.2 %; of a task with 1 %, 10 % leaves room and 1.5 % is near.
  room <- function(known, wrong) {
    ladder <- new_ladder(
      list(`best known` = known, training = shares(wrong, 10000)), "error",
      trivial = 0.9, known = known
    )
    ladder$gap[ladder$largest]
  }
  expect_equal(room(0.01, 1000), "bias")
  expect_equal(room(0.002, 1000), "bias")
  expect_length(room(0.01, 150), 0)
})

test_that("gaps have the names of their levels", {
  levels <- list(`best simple model` = shares(100), training = shares(50),
                 `train-dev` = shares(60), validation = shares(250),
                 test = shares(260))
  ladder <- new_ladder(levels, "error", trivial = 0.5)
  expect_equal(ladder$gap, c(NA, "bias", "variance", "mismatch",
                             "validation overfit"))
  expect_equal(ladder$size, c(NA, -0.05, 0.01, 0.19, 0.01))
  expect_equal(ladder$gap[ladder$largest], "mismatch")
  expect_equal(ladder$n, rep(1000L, 5))
  ladder <- new_ladder(levels[c(2, 4, 5)], "error", trivial = 0.5)
  expect_equal(ladder$gap, c(NA, "variance", "validation overfit"))
  expect_equal(new_ladder(levels[c(2, 5)], "error", 0.5)$gap[[2]], "variance")
  expect_equal(sum(new_ladder(levels[3], "error", 0.5)$largest), 0)
})

test_that("a gap within chance, or too small, is no fault", {
  tiny <- new_ladder(list(training = shares(0, 20), validation = shares(6, 20)),
                     "error", trivial = 0.5)
  expect_true(tiny$beyond[[2]])
  chance <- new_ladder(list(training = shares(4, 20),
                            validation = shares(8, 20)), "error", 0.5)
  expect_false(chance$beyond[[2]])
  small <- new_ladder(list(training = shares(100, 1e5),
                           validation = shares(1000, 1e5)), "error", 0.5)
  expect_true(small$beyond[[2]])
  expect_false(small$worth[[2]])
})
