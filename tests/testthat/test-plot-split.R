expect_drawn <- function(plot) {
  path <- tempfile(fileext = ".png")
  on.exit(unlink(path))
  grDevices::png(path)
  on.exit(grDevices::dev.off(), add = TRUE, after = FALSE)
  testthat::expect_silent(print(plot))
}

test_that("bars are the runs of each part, and gaps are left out", {
  bars <- row_bars(list(list(train = c(1:3, 8:10), test = 5:6),
                        list(train = 1:5, test = 6:10)), 10)
  expect_equal(as.data.frame(bars), data.frame(
    fold = c(1, 1, 1, 2, 2),
    part = c("train", "test", "train", "train", "test"),
    from = c(0.5, 4.5, 7.5, 0.5, 5.5),
    to = c(3.5, 6.5, 10.5, 5.5, 10.5)
  ))
  many <- row_bars(list(list(train = 1:6e4, test = 60001:1e5)), 1e5)
  expect_equal(many$to, c(60000, 100000.5), tolerance = 0.002)
})

test_that("plots of splits and folds say what they show", {
  data <- patients()
  days <- readings(50, sensors = 2)
  plots <- list(
    autoplot(deep_split(data, c(0.7, 0.15), seed = 5)),
    autoplot(deep_split(days, c(0.7, 0.1), time = "day")),
    autoplot(deep_split(days, force = TRUE, seed = 5)),
    autoplot(deep_folds(data, v = 4, strata = "ill", repeats = 2, seed = 5)),
    autoplot(deep_folds(days[100:1, ], v = 3, time = "day", gap = 2)),
    autoplot(deep_folds(data, v = 20, method = "blocked"))
  )
  for (plot in plots) expect_drawn(plot)
  expect_snapshot({
    writeLines(vapply(plots, function(plot) plot$labels$title, ""))
    writeLines(vapply(plots, function(plot) plot$labels$subtitle, ""))
    writeLines(vapply(plots, function(plot) plot$labels$x, ""))
  })
  # In time order, whatever the order of the rows.
  bars <- plots[[5]]$data
  expect_true(all(bars$part[c(TRUE, FALSE)] == "train"))
  expect_true(all(diff(bars$to[bars$part == "test"]) > 0))
})
