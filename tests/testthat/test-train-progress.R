test_that("progress depends on the surroundings", {
  expect_equal(progress_style(TRUE, terminal = TRUE), "bar")
  expect_equal(progress_style(TRUE, terminal = FALSE), "log")
  expect_equal(progress_style(FALSE, terminal = TRUE), "none")
  # Under testthat, nothing.
  expect_equal(progress_style(NULL, terminal = TRUE), "none")
  old <- options(knitr.in.progress = TRUE)
  on.exit(options(old))
  expect_true(is_quiet())
})

test_that("a log gets a line now and then", {
  report <- log_reporter(deep_control(epochs = 9), every = 5)
  event <- function(epoch, seconds) {
    list(epoch = epoch, share = 1, loss = 0.5, val_loss = 0.25,
         seconds = seconds)
  }
  expect_silent(report(event(1, 4.9)))
  expect_snapshot(report(event(2, 5.1)))
  expect_silent(report(event(3, 9)))
  expect_snapshot(report(list(epoch = 4, share = 1, loss = 0.125,
                              val_loss = NaN, seconds = 12)))
  expect_snapshot(report(list(epoch = 5, share = 0.375, seconds = 18)))
})

test_that("the bar can be drawn", {
  report <- bar_reporter(deep_control(epochs = 3), environment())
  for (epoch in 1:3) {
    report(list(epoch = epoch, share = 0.5, seconds = epoch - 0.5))
    report(list(epoch = epoch, share = 1, loss = 1, val_loss = 2,
                seconds = epoch))
  }
  expect_true(cli::cli_progress_done())
})
