test_that("pairs, losses, score and film are drawn", {
  skip_if_no_backend()
  fit <- stored_pictures()
  new <- painted_shapes(9, seed = 8)
  pairs <- autoplot(fit, new, n = 3)
  rasters <- drawn_rasters(pairs)
  expect_length(rasters, 9)
  # Given, made and true, of the first, middle and last.
  seen <- function(raster) t(grDevices::col2rgb(as.matrix(raster))) / 255
  expect_equal(seen(rasters[[2]])[, 1], as.vector(new$from[5, , ]),
               tolerance = 0.01)
  expect_equal(as.vector(seen(rasters[[9]])), as.vector(new$x[9, , , ]),
               tolerance = 0.01)
  made <- generate(fit, new$from, seed = 1)
  error <- mean(abs(made[5, , , ] - new$x[5, , , ]))
  expect_equal(as.numeric(panel_captions(pairs)[[5]]), error, tolerance = 0.05)
  score <- autoplot(fit, type = "score")
  expect_equal(nrow(score$data), 25)
  expect_match(score$labels$title, "true images: [0-9.]+ in the end")
  film <- autoplot(fit)
  expect_match(film$labels$title, "from the same images in 25 epochs")
  game <- autoplot(fit, type = "history")
  for (plot in list(pairs, score, film, game)) {
    expect_s3_class(plot, "ggplot")
    expect_no_error(ggplot2::ggplot_build(plot))
  }
})
