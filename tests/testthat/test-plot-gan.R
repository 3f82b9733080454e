test_that("samples, losses, score and film are drawn", {
  skip_if_no_backend()
  fit <- stored_gan()
  samples <- autoplot(fit)
  expect_length(drawn_rasters(samples), 16)
  # A row of one class is named once.
  expect_equal(panel_captions(samples),
               c("left", rep("", 7), "right", rep("", 7)))
  expect_length(drawn_rasters(autoplot(fit, n = 5)), 5)
  game <- autoplot(fit, type = "history")
  last <- fit$history$discriminator_accuracy[[25]]
  expect_match(game$labels$title, percent(last), fixed = TRUE)
  expect_equal(nrow(game$data), 3 * 25)
  score <- autoplot(fit, type = "score")
  expect_match(score$labels$title,
               sprintf("epoch %d of 25", fit$info$best_epoch))
  film <- autoplot(fit, type = "film")
  expect_equal(dim(film$layers[[2]]$geom_params$raster), c(8 * 16, 10 * 16))
  for (plot in list(samples, game, score, film)) {
    expect_s3_class(plot, "ggplot")
    expect_no_error(ggplot2::ggplot_build(plot))
  }
  plain <- fit
  plain$history$val_loss <- NaN
  expect_snapshot(autoplot(plain, type = "score"), error = TRUE)
})
