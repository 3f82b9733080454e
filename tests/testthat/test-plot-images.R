test_that("images are drawn upright, and colours are what they are", {
  x <- array(0, c(1, 2, 3, 3))
  x[1, 1, 1, ] <- c(1, 0, 0)
  x[1, 1, 3, ] <- c(0, 1, 0)
  x[1, 2, 1, ] <- c(0, 0, 1)
  raster <- drawn_rasters(plot_images(x))[[1]]
  expect_equal(dim(raster), 2:3)
  expect_equal(as.matrix(raster), rbind(
    c("#FF0000", "#000000", "#00FF00"), c("#0000FF", "#000000", "#000000")
  ))
})

test_that("grey images are grey, whatever their scale", {
  x <- array(c(0L, 51L, 102L, 255L), c(1, 2, 2))
  expected <- rbind(c("#000000", "#666666"), c("#333333", "#FFFFFF"))
  expect_equal(as.matrix(drawn_rasters(plot_images(x))[[1]]), expected)
  expect_equal(as.matrix(drawn_rasters(plot_images(x / 255))[[1]]), expected)
})

test_that("of many images those are drawn that lie evenly over all", {
  x <- array(seq_len(40), c(40, 2, 2))
  plot <- plot_images(x, labels = seq_len(40) * 10, n = 4)
  expect_equal(panel_captions(plot), c("10", "140", "270", "400"))
  expect_equal(plot$labels$title, "4 of 40 images")
  expect_equal(evenly(3, 25), 1:3)
  expect_equal(evenly(1, 25), 1)
})

test_that("labels are those of the images, others, or none", {
  spots <- spot_images(6)
  images <- deep_images(spots$x, spots$class)
  expect_equal(panel_captions(plot_images(images)), as.character(spots$class))
  expect_equal(panel_captions(plot_images(images, labels = letters[1:6])),
               letters[1:6])
  expect_equal(panel_captions(plot_images(images, labels = FALSE)), rep("", 6))
  expect_equal(plot_images(images)$labels$title, "6 images of 3 classes")
  expect_equal(plot_images(images)$labels$subtitle, "16 x 16 pixels, grey")
  expect_equal(plot_images(images, ncol = 2)$facet$params$ncol, 2)
  for (plot in list(plot_images(images), plot_images(images, labels = FALSE))) {
    expect_silent(ggplot2::ggplot_build(plot))
  }
})

test_that("files are drawn as the backend reads them", {
  skip_if_no_backend()
  spots <- spot_images(6)
  dir <- spot_folder(spots)
  plot <- plot_images(dir)
  order <- order(as.character(spots$class), method = "radix")
  expect_equal(panel_captions(plot), as.character(spots$class)[order])
  expected <- drawn_rasters(plot_images(spots$x[order, , ]))
  expect_equal(drawn_rasters(plot), expected)
  shrunk <- drawn_rasters(plot_images(deep_images(spots$x, size = c(8, 4))))
  expect_equal(dim(shrunk[[1]]), c(8, 4))
})

test_that("broken files are named, and left out if asked", {
  skip_if_no_backend()
  dir <- spot_folder(spot_images(3))
  writeLines("no image", file.path(dir, "white", "001.png"))
  shown <- hide_folder(dir)
  expect_snapshot(plot_images(dir), error = TRUE, transform = shown)
  images <- deep_images(dir, broken = "skip", size = 16, channels = 1)
  expect_snapshot(plot <- plot_images(images), transform = shown)
  expect_length(drawn_rasters(plot), 3)
  only <- deep_images(file.path(dir, "white", "001.png"), broken = "skip",
                      size = 16, channels = 1)
  expect_error(plot_images(only), class = "deeply_error_broken_images")
})

test_that("a fit says what it calls each image", {
  skip_if_no_backend()
  spots <- spot_images(6)
  fit <- spot_fit()
  said <- predict(fit, spots$x)$.pred_class
  labels <- spots$class
  labels[[2]] <- "black"
  plot <- plot_images(spots$x, labels = labels, fit = fit)
  right <- said == labels
  expect_equal(plot$data$mark, ifelse(right, "right", "wrong"))
  expect_equal(plot$labels$title,
               sprintf("%d of 6 images are called right", sum(right)))
  captions <- panel_captions(plot)
  expect_match(captions[[2]], paste0("^black\n", said[[2]], " .*%$"))
  expect_match(captions[right], "^[a-z]+ (> )?[0-9]+ %$")
  bare <- plot_images(spots$x, fit = fit)
  expect_match(panel_captions(bare), "%$")
  number <- plot_images(spots$x, fit = spot_fit("regression"))
  expect_match(panel_captions(number), "^predicted ")
})

test_that("what cannot be drawn is said", {
  x <- array(0.5, c(3, 4, 4))
  expect_snapshot(error = TRUE, {
    plot_images(x, labels = 1:2)
    plot_images(list(1))
    plot_images(x, n = 0)
    plot_images(x, fit = lm(mpg ~ wt, mtcars))
    plot_images(x, colour = TRUE)
  })
})
