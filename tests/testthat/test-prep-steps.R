test_that("the steps print as they are written", {
  expect_snapshot(deep_steps())
  expect_snapshot(deep_steps(
    trim = FALSE, missing = list(depth = c(-999, -99), site = "n/k"),
    filter = list(status = "ratified"), numbers = Inf, dates = "parts",
    duplicates = c("rows", "columns"), rare = 12, no_outcome = 0.35
  ))
})

test_that("wrong steps are named", {
  expect_snapshot(error = TRUE, {
    deep_steps(trim = "yes")
    deep_steps(spelling = NA)
    deep_steps(tokens = c("?", NA))
    deep_steps(tokens = 999)
    deep_steps(missing = -999)
    deep_steps(missing = list(depth = list(1)))
    deep_steps(filter = list(status = "a", status = "b"))
    deep_steps(numbers = 0)
    deep_steps(dates = "weekly")
    deep_steps(identifiers = 1)
    deep_steps(duplicates = "both")
    deep_steps(rare = -1)
    deep_steps(log1p = NULL)
    deep_steps(no_outcome = 1.5)
    deep_steps(tirm = TRUE)
  })
})

test_that("a step for a column that is not there is an error", {
  data <- data.frame(depth = 1:4, status = c("a", "b"), y = c(2, 7, 1, 8))
  expect_snapshot(error = TRUE, {
    deep_prep(y ~ ., data, steps = deep_steps(missing = list(dpeth = -999)))
    deep_prep(data[1:2], data$y,
              steps = deep_steps(filter = list(Status = "a")))
    deep_prep(y ~ ., data, steps = deep_steps(filter = list(status = "c")))
  })
})

test_that("a vector by name and a factor stand for a list of values", {
  steps <- deep_steps(missing = c(depth = -999),
                      filter = list(status = factor("b", c("a", "b"))))
  expect_equal(steps$missing, list(depth = -999))
  expect_equal(steps$filter, list(status = "b"))
})

test_that("the outcome may have steps too", {
  data <- data.frame(x = c(1:7, 1), y = c(-999, 2:8))
  prep <- deep_prep(y ~ x, data, steps = deep_steps(missing = list(y = -999)))
  expect_equal(prep$rows$no_outcome, 1)
  expect_equal(prep$outcome$center, mean(2:8))
  prep <- deep_prep(data["x"], data$y, steps = deep_steps(
    missing = list(y = -999)
  ))
  expect_equal(prep$outcome$center, mean(2:8))
})
