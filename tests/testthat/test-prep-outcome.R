# How an outcome is read, in training and afterwards.

test_that("a class outcome is cleaned as any text", {
  y <- c(" <=50K", ">50K", "<=50K.", "?", " >50k", "<=50K")
  data <- data.frame(x = c(1, 5, 2, 8, 3, 9), y)
  prep <- deep_prep(y ~ x, data)
  expect_equal(prep$outcome[c("task", "levels")],
               list(task = "binary", levels = c("<=50K", ">50K")))
  expect_equal(prep$outcome$shares, c("<=50K" = 0.6, ">50K" = 0.4))
  expect_equal(prep$rows$no_outcome, 1)
  # As evaluate() reads it.
  new <- c("<=50k", " >50K.", "NA", ">50K")
  expect_equal(check_truth(new, prep$outcome, 4), c(1, 2, NA, 2))
  expect_equal(check_truth(factor(new), prep$outcome, 4), c(1, 2, NA, 2))
  expect_error(check_truth(c("<=50K", ">100K"), prep$outcome, 2), ">100K",
               class = "deeply_error_new_levels")
})

test_that("a factor keeps its order, whatever the spellings", {
  y <- factor(c("no", "yes", "Yes", "no "), c("yes", "Yes", "no ", "no", "?"))
  prep <- deep_prep(data.frame(x = c(1, 5, 2, 8)), y)
  # "Yes" and "yes" are as frequent; the alphabet decides.
  expect_equal(prep$outcome$levels, c("Yes", "no"))
  expect_equal(prep$outcome$unused, character())
  unused <- factor(c("b", "a", "b", "a"), c("c", "b", "a"))
  prep <- deep_prep(data.frame(x = c(1, 5, 2, 8)), unused)
  expect_equal(prep$outcome[c("levels", "unused")],
               list(levels = c("b", "a"), unused = "c"))
})

test_that("text of numbers is a regression", {
  x <- sin(1:60)
  y <- c(sprintf(" %d,%03d.5", 1:57, 57:1), "?", "n/a", "on request")
  prep <- deep_prep(data.frame(x), y)
  numbers <- 1:57 * 1000 + 57:1 + 0.5
  expect_equal(prep$outcome[c("task", "center", "scale")],
               list(task = "regression", center = mean(numbers),
                    scale = sd(numbers)))
  expect_equal(prep$rows$no_outcome, 3)
  expect_equal(check_truth(c("2,500.25", "12", "?"), prep$outcome, 3),
               c(2500.25, 12, NA))
  expect_equal(check_truth(c(2500.25, 12, NA), prep$outcome, 3),
               c(2500.25, 12, NA))
  few <- deep_prep(data.frame(x), rep(c("1", "2", "3"), 20))
  expect_equal(few$outcome$task, "multiclass")
})

test_that("a number outcome must be given as one again", {
  prep <- deep_prep(data.frame(x = sin(1:9)), 1:9)
  expect_equal(check_truth(c(3L, NA), prep$outcome, 2), c(3, NA))
  expect_snapshot(error = TRUE, {
    check_truth(c("3", "many"), prep$outcome, 2)
    check_truth(list(1, 2), prep$outcome, 2)
    check_truth(c(1, Inf), prep$outcome, 2)
  })
})

test_that("what means missing in the outcome does so in new data", {
  steps <- deep_steps(missing = list(y = c(-1, -9)))
  prep <- deep_prep(y ~ x, data.frame(x = sin(1:9), y = c(-1, 2:9)),
                    steps = steps)
  expect_equal(check_truth(c(-9, 5), prep$outcome, 2), c(NA, 5))
})

test_that("an outcome of logicals or of classes in numbers is known again", {
  prep <- deep_prep(data.frame(x = sin(1:8)), rep(c(TRUE, FALSE), 4))
  expect_equal(check_truth(c(FALSE, TRUE, NA), prep$outcome, 3), c(1, 2, NA))
  prep <- deep_prep(data.frame(x = sin(1:8)), factor(rep(0:1, 4)))
  expect_equal(check_truth(c(0, 1, NA), prep$outcome, 3), c(1, 2, NA))
})
