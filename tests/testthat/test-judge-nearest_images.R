test_that("the nearest is found as base R finds it", {
  skip_if_no_backend()
  known <- half_images(40)$x
  made <- half_images(6, seed = 9)$x[, 1:14, 1:14, , drop = FALSE]
  known <- known[, 1:14, 1:14, , drop = FALSE]
  made[2, , , ] <- pmin(known[33, , , ] + 0.01, 1)
  found <- nearest_images(made, known)
  expect_named(found, c("image", "nearest", "distance", "ratio", "copied"))
  bytes <- function(x) matrix(round(255 * x), dim(x)[[1]]) / 255
  apart <- as.matrix(stats::dist(rbind(bytes(made), bytes(known))))[1:6, -(1:6)]
  expect_equal(found$nearest, unname(apply(apart, 1, which.min)))
  expect_equal(found$distance, unname(apply(apart, 1, min)) / 14,
               tolerance = 1e-5)
  next_ones <- apply(apart, 1, function(x) mean(sort(x)[2:10]))
  expect_equal(found$ratio, unname(apply(apart, 1, min) / next_ones),
               tolerance = 1e-3)
  expect_equal(found$copied, found$ratio < 1 / 3)
  expect_equal(which(found$copied), 2)
})

test_that("a fit makes the images that are looked at", {
  skip_if_no_backend()
  fit <- stored_gan()
  halves <- half_images()
  found <- nearest_images(fit, halves$x, n = 20, seed = 4)
  same <- nearest_images(generate(fit, 20, seed = 4), halves$x)
  expect_equal(found, same, tolerance = 1e-6)
  right <- nearest_images(fit, halves$x, n = 20, class = "right", seed = 4)
  expect_gt(mean(halves$class[right$nearest] == "right"), 0.9)
  expect_false(any(found$copied))
})

test_that("a variational autoencoder makes images that are looked at too", {
  skip_if_no_backend()
  fit <- stored_image_coder()
  x <- half_images(160)$x
  found <- nearest_images(fit, x, n = 10, seed = 2)
  same <- nearest_images(generate(fit, 10, seed = 2), x)
  expect_equal(found, same, tolerance = 1e-6)
})

test_that("copies are drawn above what they are copies of", {
  skip_if_no_backend()
  fit <- parrot_gan()
  # What it learned has to be in its bytes.
  the$live <- list()
  plain <- plain_images()
  found <- nearest_images(fit, plain$x, n = 27, seed = 1)
  expect_equal(found$nearest, 1:27)
  expect_true(all(found$copied))
  plot <- autoplot(fit, type = "nearest", new_data = plain$x, n = 5)
  expect_s3_class(plot, "ggplot")
  expect_length(drawn_rasters(plot), 10)
  expect_match(plot$labels$title, "% of 500 made images are copies")
  captions <- panel_captions(plot)
  expect_match(captions[1:5], "^made ")
  expect_match(captions[6:10], "^copy of ")
  expect_equal(anyDuplicated(captions[6:10]), 0)
  # Each class in turn, and image k is of class k.
  made <- as.integer(sub("made ", "", captions[1:5]))
  expect_equal(as.integer(sub("copy of ", "", captions[6:10])),
               (made - 1) %% 27 + 1)
  other <- autoplot(stored_gan(), type = "nearest", new_data = half_images()$x)
  expect_length(drawn_rasters(other), 16)
  expect_equal(other$labels$title, "None of 500 made images is a copy")
})

test_that("what cannot be compared is told", {
  skip_if_no_backend()
  fit <- stored_gan()
  x <- half_images(20)$x
  expect_snapshot(error = TRUE, {
    nearest_images(3, x)
    nearest_images(fit, x[1:2, , , , drop = FALSE])
    nearest_images(fit, x, n = 0)
    nearest_images(fixture_fit(), x)
    nearest_images(stored_coder(TRUE), x)
    nearest_images(stored_pictures(), x)
    nearest_images(stored_image_coder(), x, class = "left")
    autoplot(fit, type = "nearest")
  })
})
