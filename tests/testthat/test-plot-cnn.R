test_that("a small hand-made kernel is the one of the books", {
  made <- edge_kernels(c(3, 3))
  expect_equal(names(made), c("horizontal", "vertical", "rising", "falling",
                              "laplacian"))
  # Sobel & Feldman (1968).
  expect_equal(made$horizontal, cbind(c(1, 0, -1), c(2, 0, -2), c(1, 0, -1)))
  expect_equal(made$vertical, rbind(c(1, 0, -1), c(2, 0, -2), c(1, 0, -1)))
  expect_equal(sum(made$laplacian), 0)
  expect_equal(edge_kernels(c(2, 2)), list())
})

test_that("a larger one is smoothed, as OpenCV's Sobel of 5 is", {
  made <- edge_kernels(c(5, 5))
  expect_equal(made$vertical, outer(c(1, 4, 6, 4, 1), c(1, 2, 0, -2, -1)))
  expect_equal(dim(edge_kernels(c(7, 4))$laplacian), c(7, 4))
  for (kernel in made) expect_equal(sum(kernel), 0)
})

test_that("a kernel finds its edge and no other", {
  made <- edge_kernels(c(3, 3))
  steps <- list(
    horizontal = row(diag(8)) <= 4, vertical = col(diag(8)) <= 4,
    rising = row(diag(8)) + col(diag(8)) <= 8,
    falling = row(diag(8)) >= col(diag(8))
  )
  inside <- 3:6
  answers <- sapply(steps, function(step) {
    sapply(made[names(steps)], function(kernel) {
      max(abs(filter_image(kernel, step + 0)[inside, inside]))
    })
  })
  expect_equal(unname(apply(answers, 2, which.max)), 1:4)
  expect_equal(answers["horizontal", "vertical"], 0)
  expect_equal(answers["vertical", "horizontal"], 0)
})

test_that("filtering is base R's convolution, with the border repeated", {
  image <- matrix(c(3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8), 3)
  kernel <- outer(1:3, c(1, -2, 4))
  padded <- image[c(1, 1:3, 3), c(1, 1:4, 4)]
  expected <- matrix(0, 3, 4)
  for (i in 1:3) {
    for (j in 1:4) expected[i, j] <- sum(kernel * padded[i + 0:2, j + 0:2])
  }
  expect_equal(filter_image(kernel, image), expected)
  expect_equal(filter_image(edge_kernels(c(3, 3))$rising, image * 0 + 2),
               image * 0)
})

test_that("zero is middle grey, or black where nothing is below", {
  raster <- as.matrix(kernel_raster(matrix(c(-2, 0, 1, 2), 2)))
  expect_equal(raster, rbind(c("#000000", "#BFBFBF"), c("#808080", "#FFFFFF")))
  expect_equal(as.matrix(map_raster(matrix(c(0, 2), 1))),
               rbind(c("#000000", "#FFFFFF")))
  expect_equal(unique(as.vector(as.matrix(map_raster(matrix(0, 2, 2))))),
               "#000000")
  colour <- kernel_raster(array(c(1, 0, -1), c(1, 1, 3)))
  expect_equal(as.vector(as.matrix(colour)), "#FF8000")
})

test_that("learned kernels that are edges are counted, up or down", {
  made <- edge_kernels(c(3, 3))
  noise <- with_seed(1, matrix(rnorm(9), 3))
  kernels <- array(c(made$rising, -3 * made$laplacian, noise, 0 * noise),
                   c(3, 3, 1, 4))
  expect_equal(filters_title(kernels, made),
               "2 of 4 learned kernels are nearly a hand-made edge")
  expect_equal(filters_title(kernels[, , , 3:4, drop = FALSE], made),
               "None of 2 learned kernels is a plain edge")
  expect_equal(filters_title(array(1, c(1, 1, 3, 2)), list()),
               "The 2 kernels that were learned")
})

test_that("the map that is most like an edge is named", {
  image <- with_seed(2, matrix(runif(64), 8))
  edges <- lapply(edge_kernels(c(3, 3)), filter_image, image)
  maps <- array(c(with_seed(3, runif(64)), -2 * edges$vertical), c(8, 8, 2))
  expect_equal(maps_title(maps, edges, "c_1"),
               "Map 2 of c_1 is most like Sobel, vertical (correlation -1.00)")
  # A map of half the size sees the middle of each field.
  half <- array(edges$falling[c(1, 3, 5, 7), c(1, 3, 5, 7)], c(4, 4, 1))
  expect_match(maps_title(half, edges, "x"), "falling (correlation 1.00)",
               fixed = TRUE)
})

test_that("learned kernels stand beside hand-made ones", {
  skip_if_no_backend()
  plot <- autoplot(spot_fit(), type = "filters")
  expect_equal(table(plot$data$mark)[c("hand-made", "learned")],
               table(rep(c("hand-made", "learned"), 5:6)), ignore_attr = TRUE)
  expect_equal(panel_captions(plot)[6:11], as.character(1:6))
  expect_equal(plot$labels$subtitle,
               "conv_1, 3 x 3 pixels; middle grey is zero")
  kernel <- fit_weights(spot_fit())[[1]][, , 1, 2]
  expect_equal(as.matrix(drawn_rasters(plot)[[7]]),
               as.matrix(kernel_raster(kernel)))
  few <- autoplot(spot_fit(), type = "filters", n = 2)
  expect_match(few$labels$subtitle, "2 of 6")
  expect_silent(ggplot2::ggplot_build(plot))
})

test_that("maps are what the network makes of an image", {
  skip_if_no_backend()
  spots <- spot_images(2)
  fit <- spot_fit()
  plot <- autoplot(fit, spots$x, type = "maps")
  expect_equal(panel_captions(plot)[c(1, 6:8)], c("the image", "Laplacian",
                                                  "1", "2"))
  kernel <- fit_weights(fit)[[1]][, , 1, 1]
  bias <- fit_weights(fit)[[2]][[1]]
  image <- (spots$x[1, , ] / 255 - fit$prep$mean) / fit$prep$sd
  map <- filter_image(kernel, image) + bias
  backend <- backend_call("feature_maps", live_model(fit),
                          list(image = matrix(aperm(spots$x[1, , ]), ncol = 1)),
                          "conv_1")
  # The border is padded with zeros there.
  expect_equal(backend[1, 2:15, 2:15, 1], map[2:15, 2:15], tolerance = 1e-5)
  expect_equal(as.matrix(drawn_rasters(plot)[[7]]),
               as.matrix(map_raster(backend[1, , , 1])))
  deep <- autoplot(fit, spots$x, type = "maps", layer = "relu_2", n = 3)
  expect_equal(deep$labels$subtitle, "relu_2, 8 x 8, 3 of 8; black is zero")
  expect_silent(ggplot2::ggplot_build(deep))
})

test_that("mistakes are those that are wrong, the surest first", {
  skip_if_no_backend()
  spots <- spot_images(30, seed = 4)
  fit <- spot_fit()
  prob <- as.matrix(predict(fit, spots$x, type = "prob"))
  said <- predict(fit, spots$x)$.pred_class
  # Labels that are wrong on purpose.
  y <- said
  y[c(3, 11, 20)] <- levels(y)[1 + as.integer(y[c(3, 11, 20)]) %% 3]
  surest <- c(3, 11, 20)[order(-apply(prob, 1, max)[c(3, 11, 20)])]
  plot <- autoplot(fit, spots$x, y = y, type = "mistakes", n = 2)
  expect_match(plot$labels$title, "^3 of 30 images are called wrong")
  expect_equal(
    drawn_rasters(plot), drawn_rasters(plot_images(spots$x[surest[1:2], , ]))
  )
  expect_match(panel_captions(plot)[[1]],
               sprintf("^%s\n%s ", y[[surest[[1]]]], said[[surest[[1]]]]))
  right <- autoplot(fit, deep_images(spots$x, said), type = "mistakes")
  expect_equal(right$labels$title, "All of 30 images are called right")
  expect_match(panel_captions(right)[[1]],
               as.character(said[[which.min(apply(prob, 1, max))]]))
})

test_that("of a number the largest errors are mistakes", {
  skip_if_no_backend()
  spots <- spot_images(12)
  fit <- spot_fit("regression")
  y <- predict(fit, spots$x)$.pred + c(1, -9, 2, rep(0.5, 9))
  plot <- autoplot(fit, spots$x, y = y, type = "mistakes", n = 3)
  expect_equal(plot$labels$title,
               "The largest error in y is 9; half are below 0.5")
  expect_equal(drawn_rasters(plot),
               drawn_rasters(plot_images(spots$x[c(2, 3, 1), , ])))
})

test_that("the confusion matrix has a typical image in each cell", {
  skip_if_no_backend()
  spots <- spot_images(30, seed = 4)
  fit <- spot_fit()
  y <- predict(fit, spots$x)$.pred_class
  y[[3]] <- setdiff(levels(y), as.character(y[[3]]))[[1]]
  plot <- autoplot(fit, spots$x, y = y, type = "confusion")
  counts <- unclass(confusion(fit, spots$x, y))
  expect_equal(tapply(plot$data$n, plot$data[c("truth", "predicted")], sum),
               counts, ignore_attr = TRUE)
  expect_length(drawn_rasters(plot), sum(counts > 0))
  expect_silent(ggplot2::ggplot_build(plot))
  cases <- list(labels = c("a", "a", "a", "b"), class = c("b", "b", "b", "b"),
                prob = c(0.9, 0.4, 0.6, 0.5))
  expect_equal(typical_image(cases, "a", "b"), 3)
})

test_that("the other pictures are those of any fit", {
  skip_if_no_backend()
  spots <- spot_images(30)
  for (task in c("multiclass", "binary", "regression")) {
    fit <- spot_fit(task)
    expect_equal(autoplot(fit)$labels, plot_history(fit)$labels)
    plot <- autoplot(fit, spots$x, y = spot_outcome(spots, task))
    expect_silent(ggplot2::ggplot_build(plot))
    same <- deep_images(spots$x, spot_outcome(spots, task))
    expect_equal(autoplot(fit, same)$labels, plot$labels)
  }
})

test_that("what cannot be drawn is said", {
  skip_if_no_backend()
  fit <- spot_fit()
  x <- spot_images(3)$x
  number <- spot_fit("regression")
  expect_snapshot(error = TRUE, {
    autoplot(fit, type = "weights")
    autoplot(fit, x, type = "filters")
    autoplot(fit, type = "maps")
    autoplot(fit, x, layer = "conv_1")
    autoplot(fit, x, type = "maps", layer = "dense_1")
    autoplot(fit, x, type = "mistakes")
    autoplot(fit, x, type = "mistakes", y = c("black", "red", "white"))
    autoplot(number, x, type = "confusion", y = 1:3)
  })
})
