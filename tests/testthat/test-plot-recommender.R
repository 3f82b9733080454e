test_that("plots say what they find", {
  skip_if_no_backend()
  fit <- fit_games(method = "auto")
  for (type in c("ranking", "history", "tail", "map")) {
    plot <- autoplot(fit, type = type, n = 40)
    expect_s3_class(plot, "ggplot")
    expect_gt(nchar(plot$labels$title), 10)
    expect_no_error(ggplot2::ggplot_build(plot))
  }
  ease <- fit_games(method = "ease", penalty = 50)
  expect_snapshot(error = TRUE, {
    autoplot(ease, type = "map")
    autoplot(fit, type = "loss")
    autoplot(fit, type = "amounts")
  })
})

test_that("amounts are those of users, item by item", {
  skip_if_no_backend()
  data <- as.data.frame(games()$data)
  fit <- fit_games(data, method = "item_knn", value = "hours")
  by_user <- stats::aggregate(hours ~ user + item, data, sum)
  mine <- by_user$hours[by_user$item == "item_003"]
  found <- fit$prep$amounts[match("item_003", fit$prep$items), ]
  expect_equal(found$total, sum(mine))
  expect_equal(c(found$lower, found$median, found$upper),
               as.vector(stats::quantile(mine, c(0.25, 0.5, 0.75))))
  plot <- autoplot(fit, type = "amounts", n = 7)
  expect_equal(nrow(plot$data), 7)
  expect_match(plot$labels$title, "^item_[0-9]+ has [0-9.]+ % of all hours$")
})
