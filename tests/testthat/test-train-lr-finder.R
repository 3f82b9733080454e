find_rates <- function() {
  lr_finder(price ~ ., task_table("regression", n = 400), control = quick(),
            from = 1e-5, to = 100, steps = 120)
}

range_found <- new.env()
found_rates <- function() {
  range_found$table <- range_found$table %||% find_rates()
  range_found$table
}

test_that("lr_finder() takes one step a rate and stops when it blows up", {
  skip_if_no_backend()
  set.seed(3)
  before <- .Random.seed
  found <- found_rates()
  expect_identical(.Random.seed, before)
  expect_s3_class(found, c("deep_lr_finder", "data.table"))
  expect_named(found, c("learn_rate", "loss", "smoothed"))
  rates <- 10^seq(-5, 2, length.out = 120)
  expect_equal(found$learn_rate, rates[seq_len(nrow(found))])
  expect_lt(nrow(found), 120)
  last <- found$loss[[nrow(found)]]
  expect_true(is.nan(last) || last >= 4 * found$loss[[1]])
  expect_true(all(found$loss[-nrow(found)] < 4 * found$loss[[1]]))
  expect_lt(min(found$smoothed, na.rm = TRUE), 0.8 * found$smoothed[[1]])
  suggested <- attr(found, "suggested")
  lowest <- found$learn_rate[[which.min(found$smoothed)]]
  expect_equal(suggested, lowest / 10, tolerance = 0.05)
  expect_identical(find_rates(), found)
})

test_that("the suggested rate trains better than ten times more or less", {
  skip_if_no_backend()
  data <- task_table("regression", n = 400)
  found <- found_rates()
  after <- function(factor) {
    control <- quick(3, learn_rate = factor * attr(found, "suggested"))
    fit <- plain_mlp(price ~ ., data, control = control, baseline = FALSE)
    min(fit$history$val_loss)
  }
  expect_lt(after(1), after(1 / 20))
  expect_lt(after(1), after(20))
})

test_that("lr_finder() takes a matrix, and leaves no checkpoint", {
  skip_if_no_backend()
  data <- mixed_table(60)
  folder <- tempfile()
  control <- quick(checkpoint = folder, stream = TRUE, batch_size = 8)
  found <- lr_finder(as.matrix(data[c("size", "count")]), y = data$sold,
                     control = control, from = 1e-4, to = 1e-3, steps = 10,
                     hidden_units = 5)
  expect_false(file.exists(folder))
  expect_equal(nrow(found), 10)
  expect_equal(found$learn_rate[c(1, 10)], c(1e-4, 1e-3))
  expect_true(all(is.finite(found$smoothed)))
})

test_that("the moving average has no bias at its start", {
  x <- c(4, 2, 7)
  expect_equal(moving_average(x), c(
    4, (0.9 * 4 + 2) / 1.9, (0.81 * 4 + 0.9 * 2 + 7) / 2.71
  ))
  expect_equal(moving_average(rep(3.5, 50)), rep(3.5, 50))
})

# A range test as it might have come out.
made_up <- function(loss, rates = 10^seq(-5, 1, length.out = length(loss))) {
  found <- data.table::data.table(learn_rate = rates, loss = loss)
  found$smoothed <- moving_average(loss)
  data.table::setattr(found, "suggested", suggested_rate(found))
  data.table::setattr(found, "class", c("deep_lr_finder", class(found)))
  found[]
}

range_tests <- list(
  usual = made_up(c(rep(0.9, 20), seq(0.9, 0.2, length.out = 30), 1.1, 5)),
  # The loss was no number from the start.
  nothing = made_up(c(NaN), 0.5),
  # Still falling at the highest rate.
  falling = made_up(seq(0.8, 0.3, length.out = 15),
                    10^seq(-6, -3, length.out = 15)),
  # The lowest rate is too high already.
  rising = made_up(c(0.7, 0.9, 1.2, 2.9), c(0.1, 0.2, 0.4, 0.8))
)

test_that("a range test prints its suggestion", {
  expect_snapshot(for (found in range_tests) print(found))
})

test_that("a suggestion lies within the rates that were tried", {
  suggested <- vapply(range_tests, attr, 1, "suggested")
  # A tenth of where the average is lowest.
  average <- range_tests$usual$smoothed
  expect_equal(suggested[["usual"]], tolerance = 0.02,
               range_tests$usual$learn_rate[[which.min(average)]] / 10)
  expect_equal(suggested[["falling"]], 1e-4)
  expect_equal(unname(suggested[c("nothing", "rising")]), c(NA_real_, NA))
  # A whole decade below the lowest point was tried, or a hair less.
  expect_equal(suggested_rate(data.frame(learn_rate = c(0.03, 0.3),
                                         smoothed = 2:1)), 0.03)
  expect_equal(suggested_rate(data.frame(learn_rate = c(0.04, 0.3),
                                         smoothed = 2:1)), NA_real_)
})

draw <- function(plot) {
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  ggplot2::ggplotGrob(plot)
}

test_that("a range test is drawn with its suggestion", {
  expect_snapshot({
    for (found in range_tests) {
      labels <- autoplot(found)$labels
      writeLines(c(labels$title, labels$subtitle, labels$x, labels$y, ""))
    }
  })
  for (found in range_tests) {
    expect_silent(draw(autoplot(found)))
  }
  usual <- ggplot2::ggplot_build(autoplot(range_tests$usual))
  # What blows up does not press the fall to the ground.
  limits <- usual$layout$panel_params[[1]]$y.range
  expect_lt(limits[[2]], 2)
  expect_lt(limits[[1]], 0.2)
})

test_that("lr_finder() names the argument that is wrong", {
  data <- task_table("regression", n = 30)
  expect_snapshot(error = TRUE, {
    lr_finder(price ~ ., data, control = list(epochs = 3))
    lr_finder(price ~ ., data, from = 0)
    lr_finder(price ~ ., data, to = 1e-7)
    lr_finder(price ~ ., data, from = 0.1, to = 0.05)
    lr_finder(price ~ ., data, steps = 9)
    lr_finder(price ~ ., data, model = "deep_mlp")
    lr_finder(prices ~ ., data)
  })
})
