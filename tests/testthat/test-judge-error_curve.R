# A curve without any fit: errors with a row a fold and a column a level.
toy_curve <- function(train, valid, levels, kind = "learning", trivial = 0.5,
                      by = "size", metric = "error") {
  k <- nrow(train)
  rows <- function(errors, set) {
    data.table("repeat" = 1L, fold = rep(seq_len(k), length(levels)),
               level = rep(levels, each = k), set = set, metric = metric,
               value = as.vector(errors))
  }
  both <- rbind(rows(train, "training"), rows(valid, "validation"))
  data.table::setnames(both, "level", by)
  new_error_curve(both, list(
    kind = kind, by = by, levels = levels, metric = metric,
    trivial = trivial, ratio = 0.25, outcome = "sold", folds = "5",
    how = list(method = "random"), seed = 3,
    guess = "always saying the most frequent class"
  ))
}

# Folds that are easy or hard, and little else.
errors <- function(means, noise = 0.002, folds = 5, seed = 1) {
  hard <- with_seed(1, rnorm(folds, 0, 0.01))
  outer(hard, means, `+`) +
    with_seed(seed + 1, rnorm(folds * length(means), 0, noise))
}

test_that("bias, variance and the use of more rows are read by intervals", {
  sizes <- c(50, 100, 200, 400)
  read <- function(train, valid, ...) {
    read_curve(toy_curve(errors(train, ...), errors(valid, seed = 5, ...),
                         sizes))
  }
  underfit <- read(rep(0.38, 4), c(0.43, 0.41, 0.4, 0.4))
  expect_equal(underfit[c("gap", "high", "gain")],
               list(gap = "narrow", high = TRUE, gain = "flat"))
  expect_match(underfit$says[[1]], "bias")
  overfit <- read(rep(0.02, 4), c(0.35, 0.3, 0.25, 0.2))
  expect_equal(overfit[c("gap", "high", "gain")],
               list(gap = "wide", high = FALSE, gain = "falling"))
  expect_match(overfit$says[[1]], "variance")
  fine <- read(rep(0.1, 4), c(0.2, 0.14, 0.12, 0.11))
  expect_equal(fine[c("gap", "high", "gain")],
               list(gap = "narrow", high = FALSE, gain = "falling"))
  # The same means, but folds that contradict each other.
  noisy <- read(rep(0.1, 4), c(0.2, 0.14, 0.12, 0.11), noise = 0.1)
  expect_equal(noisy[c("gap", "gain")],
               list(gap = "unclear", gain = "unclear"))
  # One fold leaves all open.
  one <- read_curve(toy_curve(errors(rep(0.1, 4), folds = 1),
                              errors(rep(0.2, 4), folds = 1), sizes))
  expect_equal(one[c("gap", "high", "gain")],
               list(gap = "unclear", high = FALSE, gain = "unclear"))
})

test_that("values that underfit and overfit are told apart", {
  train <- c(0.35, 0.2, 0.12, 0.1, 0.02)
  valid <- c(0.36, 0.22, 0.16, 0.161, 0.24)
  curve <- function(...) {
    toy_curve(errors(train, ...), errors(valid, seed = 5, ...),
              c(1, 4, 16, 64, 256), "complexity", by = "hidden_units")
  }
  read <- read_curve(curve())
  expect_equal(read$best, 3)
  expect_equal(read$state,
               c("underfit", "underfit", "best", "wider", "overfit"))
  # Less complex to the right, such as dropout: the order does not matter.
  turned <- toy_curve(errors(rev(train)), errors(rev(valid)), 1:5,
                      "complexity", by = "dropout")
  expect_equal(read_curve(turned)$state[c(1, 4, 5)],
               c("overfit", "underfit", "underfit"))
  noisy <- read_curve(curve(noise = 0.2))
  expect_setequal(noisy$state, c("best", "alike"))
  expect_snapshot({
    curve()
    curve()[1:2, ]
    curve(noise = 0.2)
    curve(folds = 1)
  })
  plot <- autoplot(curve())
  expect_silent(ggplot2::ggplot_build(plot))
  expect_equal(plot$labels$title,
               "Best at hidden_units = 16: validation error 0.161")
})

test_that("a learning curve is summed up, printed and drawn", {
  curve <- toy_curve(errors(c(0.01, 0.03, 0.04)), errors(c(0.3, 0.2, 0.15)),
                     c(60, 250, 1000))
  table <- summary(curve)
  valid <- curve[curve$set == "validation" & curve$size == 250, ]$value
  expect_equal(table[table$set == "validation" & table$size == 250, ]$se,
               sqrt((1 / 5 + 0.25) * var(valid)))
  expect_snapshot({
    curve
    table
    toy_curve(errors(rep(38, 3)), errors(c(43, 41, 40)), c(60, 250, 1000),
              trivial = 50, metric = "rmse")
    toy_curve(errors(rep(0.1, 3)), errors(c(0.2, 0.14, 0.11)),
              c(60, 250, 1000))
  })
  plot <- autoplot(curve)
  expect_silent(ggplot2::ggplot_build(plot))
  expect_equal(plot$labels$title, "More rows would help")
  expect_silent(ggplot2::ggplot_build(autoplot(
    toy_curve(errors(rep(0.1, 3), folds = 1), errors(rep(0.2, 3), folds = 1),
              c(60, 250, 1000))
  )))
})

test_that("subsets are nested and keep the classes", {
  codes <- rep(1:3, c(2, 98, 900))
  rows <- 1:1000
  order <- with_seed(1, nested_order(rows, codes))
  expect_equal(sort(order), rows)
  expect_equal(sort(codes[order[1:3]]), 1:3)
  for (size in c(50, 200, 700)) {
    shares <- tabulate(codes[order[seq_len(size)]], 3)
    expect_lte(max(abs(shares - size * c(0.002, 0.098, 0.9))), 1.5)
  }
  expect_false(identical(order, with_seed(2, nested_order(rows, codes))))
})

test_that("sizes go from a few per cent to all", {
  expect_equal(curve_sizes(NULL, 1600), c(100, 200, 400, 800, 1600))
  expect_equal(range(curve_sizes(NULL, 100)), c(20, 100))
  expect_equal(curve_sizes(c(1, 0.25), 80), c(20, 80))
  expect_equal(curve_sizes(c(30, 10), 80), c(10, 30))
  expect_snapshot(error = TRUE, {
    learning_curve(mpg ~ wt, mtcars, model = lm, sizes = 40, folds = 3)
    learning_curve(mpg ~ wt, mtcars, model = lm, sizes = c(10, 30), folds = 3)
    learning_curve(mpg ~ wt, mtcars, model = lm, sizes = "all", folds = 3)
  })
})

test_that("a learning curve ends with the whole training set", {
  curve <- learning_curve(mpg ~ wt, mtcars, model = lm, folds = 4, seed = 1)
  judged <- cross_validate(mpg ~ wt, mtcars, model = lm, folds = 4, seed = 1)
  last <- curve[curve$size == 24, ]
  expect_equal(last[last$set == "validation", ]$value, judged$rmse)
  folds <- as_folds(4, mtcars, mtcars$mpg, seed = 1)$folds
  residuals <- vapply(folds, function(rows) {
    sqrt(mean(residuals(lm(mpg ~ wt, mtcars[rows$train, ]))^2))
  }, numeric(1))
  expect_equal(last[last$set == "training", ]$value, residuals)
  # Of a rolling origin the latest rows.
  days <- readings(60)
  folds <- deep_folds(days, v = 3, time = "day")
  plan <- list(folds = folds, y = days$value, seed = 1,
               outcome = list(task = "regression"))
  jobs <- size_jobs(plan, c(5, 15))
  expect_equal(jobs[[1]]$train, folds$folds[[1]]$train)
  expect_equal(jobs[[4]]$train, 11:15)
})

test_that("a rare class is judged by its balanced error", {
  outcome <- function(shares) {
    list(task = "binary", shares = shares, levels = names(shares))
  }
  expect_equal(error_metric(outcome(c(no = 0.95, yes = 0.05))), "bal_error")
  expect_equal(error_metric(outcome(c(no = 0.6, yes = 0.4))), "error")
  expect_equal(error_metric(list(task = "regression")), "rmse")
  plan <- list(outcome = outcome(c(no = 0.95, yes = 0.05)))
  expect_equal(trivial_error(plan, "bal_error"), 0.5)
  expect_equal(trivial_error(plan, "error"), 0.05)
  judged <- data.table(accuracy = c(0.9, 0.5), bal_accuracy = c(0.7, 0.5))
  expect_equal(error_of(judged, "bal_error"), 0.3)
  expect_equal(error_of(judged, "error"), 0.1)
})

smooth <- function(x, data, degree) lm(dist ~ poly(speed, degree), data)

test_that("any argument of a model can vary", {
  curve <- complexity_curve(dist ~ speed, cars, argument = "degree",
                            values = c(3, 1), model = smooth, seed = 1)
  expect_equal(unique(curve$degree), c(1, 3))
  expect_equal(curve$metric, rep("rmse", 20))
  judged <- cross_validate(dist ~ speed, cars, degree = 3, model = smooth,
                           seed = 1)
  expect_equal(curve[curve$degree == 3 & curve$set == "validation", ]$value,
               judged$rmse)
})

test_that("arguments of the control vary within it", {
  base <- list(control = deep_control(epochs = 7), dropout = 0.2)
  set <- function(name, value) set_argument(base, name, value, TRUE)$control
  expect_equal(set("learn_rate", 0.05)$schedule,
               deep_control(learn_rate = 0.05)$schedule)
  expect_equal(set("learn_rate", 0.05)$epochs, 7)
  expect_equal(set("epochs", 3)$epochs, 3L)
  expect_equal(set("optimizer", "sgd")$optimizer,
               deep_control(optimizer = "sgd")$optimizer)
  expect_null(set("batch_size", NULL)$batch_size)
  expect_equal(set_argument(base, "hidden_units", c(4, 2), FALSE),
               c(base, list(hidden_units = c(4, 2))))
  for (name in names(curve_defaults)) {
    expect_length(curve_values(name, NULL)$values, 5)
  }
  expect_equal(curve_values("hidden_units", list(8, c(64, 32)))$levels,
               factor(c("8", "64-32"), c("8", "64-32")))
  named <- curve_values("optimizer", list(slow = "sgd", fast = "adam"))
  expect_equal(levels(named$levels), c("slow", "fast"))
  expect_equal(format_levels(c(1e-4, 0.05, 1024)), c("0.0001", "0.05", "1,024"))
})

test_that("curves of networks", {
  skip_if_no_backend()
  data <- task_table("multiclass")
  curve <- complexity_curve(grade ~ ., data, argument = "hidden_units",
                            values = list(1, c(8, 4)), folds = 2, seed = 4,
                            control = quick(epochs = 5))
  expect_equal(levels(curve$hidden_units), c("1", "8-4"))
  judged <- cross_validate(grade ~ ., data, folds = 2, seed = 4,
                           hidden_units = c(8, 4), baseline = FALSE,
                           control = quick(epochs = 5))
  wide <- curve[curve$hidden_units == "8-4" & curve$set == "validation", ]
  expect_equal(wide$value, 1 - judged[judged$model == "deep_mlp", ]$accuracy)
  more <- learning_curve(grade ~ ., data, sizes = c(30, 100), folds = 2,
                         seed = 4, hidden_units = c(8, 4),
                         control = quick(epochs = 5))
  expect_equal(more[more$size == 100 & more$set == "validation", ]$value,
               wide$value)
})

test_that("what cannot vary is refused", {
  expect_snapshot(error = TRUE, {
    complexity_curve(Species ~ ., iris)
    complexity_curve(Species ~ ., iris, argument = "hidden_unit")
    complexity_curve(Species ~ ., iris, argument = "seed")
    complexity_curve(Species ~ ., iris, argument = "na")
    complexity_curve(Species ~ ., iris, argument = "dropout", dropout = 0.1)
    complexity_curve(Species ~ ., iris, argument = "dropout", values = 0.1)
    complexity_curve(Species ~ ., iris, argument = "optimizer",
                     values = list(deep_optimizer("sgd"), "adam"))
    complexity_curve(Species ~ ., iris, argument = "epochs", values = c(0, 2))
    complexity_curve(Species ~ ., iris, argument = "validation",
                     values = c(0.2, 9))
  })
})
