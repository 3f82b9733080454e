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

test_that("a film lies as its images do", {
  shape <- c(2L, 3L, 3L)
  bytes <- as.raw(0:17)
  film <- list(images = array(rep(bytes, each = 4), c(2, 2, 18)),
               epochs = c(1, 4))
  strip <- stitch_film(film, 1:2, 2, shape)
  expect_equal(dim(strip), c(4, 6))
  # Channels run fastest, then columns: the second pixel of the first row.
  expect_equal(as.matrix(strip)[1, 2], grDevices::rgb(3, 4, 5,
                                                      maxColorValue = 255))
  expect_equal(as.matrix(strip)[4, 6], grDevices::rgb(15, 16, 17,
                                                      maxColorValue = 255))
})
