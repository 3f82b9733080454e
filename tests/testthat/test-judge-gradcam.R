test_that("the heat lies on what tells the class", {
  skip_if_no_backend()
  spots <- spot_images(60, seed = 8)
  found <- explain(pooled_spot_fit(), spots$x)
  heat <- attr(found, "heat")
  expect_equal(dim(heat), dim(spots$x))
  hot <- !is.na(found$area)
  expect_gt(mean(hot), 0.9)
  inside <- apply(heat * spots$mask, 1, sum) / apply(heat, 1, sum)
  expect_gt(mean(inside[hot]), 2 * mean(spots$mask))
})

test_that("a row an image says what was called and explained", {
  skip_if_no_backend()
  spots <- spot_images(12, seed = 8)
  fit <- spot_fit()
  found <- explain(fit, deep_images(spots$x, spots$class))
  expect_s3_class(found, c("deep_gradcam", "data.table"), exact = FALSE)
  expect_named(found, c("image", "truth", "predicted", "class", "probability",
                        "area"))
  expect_equal(found$truth, spots$class)
  expect_equal(found$predicted, predict(fit, spots$x)$.pred_class)
  prob <- as.matrix(predict(fit, spots$x, type = "prob"))
  expect_equal(found$probability, apply(prob, 1, max))
  expect_equal(attr(found, "pixels")[, , , 1], spots$x / 255)
  one <- explain(fit, spots$x, class = "chequered")
  expect_equal(as.character(unique(one$class)), "chequered")
  expect_equal(one$probability, unname(prob[, ".pred_chequered"]))
  same <- found$predicted == "chequered"
  expect_equal(attr(one, "heat")[same, , ], attr(found, "heat")[same, , ],
               tolerance = 1e-5)
})

test_that("the other of two classes has what speaks against the event", {
  skip_if_no_backend()
  spots <- spot_images(6, seed = 8)
  fit <- spot_fit("binary")
  for_it <- attr(explain(fit, spots$x, class = "white"), "heat")
  against <- attr(explain(fit, spots$x, class = "other"), "heat")
  # Each point speaks for one of them; what lies between is interpolated.
  layer <- explain(fit, spots$x, class = "white", layer = "relu_1")
  expect_equal(attr(layer, "about")$side, c(16, 16))
  other <- explain(fit, spots$x, class = "other", layer = "relu_1")
  expect_true(all(attr(layer, "heat") * attr(other, "heat") == 0))
  expect_false(isTRUE(all.equal(for_it, against)))
})

test_that("a number has heat too", {
  skip_if_no_backend()
  spots <- spot_images(4)
  fit <- spot_fit("regression")
  found <- explain(fit, spots$x)
  expect_named(found, c("image", "predicted", "area"))
  expect_equal(found$predicted, predict(fit, spots$x)$.pred)
  expect_error(explain(fit, spots$x, class = "white"),
               class = "deeply_error_argument")
})

test_that("images are drawn at random, and blocks change nothing", {
  skip_if_no_backend()
  spots <- spot_images(20)
  fit <- spot_fit()
  some <- explain(fit, spots$x, rows = 7, seed = 2)
  expect_equal(nrow(some), 7)
  expect_equal(some$image, explain(fit, spots$x, rows = 7, seed = 2)$image)
  expect_false(is.unsorted(some$image))
  whole <- explain(fit, spots$x)
  expect_equal(attr(some, "heat"), attr(whole, "heat")[some$image, , ],
               tolerance = 1e-5)
  expect_equal(some$predicted, whole$predicted[some$image])
  local_constants(block_size = function(prep) 6L)
  parts <- explain(fit, spots$x)
  expect_equal(attr(parts, "heat"), attr(whole, "heat"), tolerance = 1e-5)
  expect_equal(attr(parts, "pixels"), attr(whole, "pixels"))
})

test_that("files have their path, and what cannot be read has no heat", {
  skip_if_no_backend()
  spots <- spot_images(4)
  dir <- spot_folder(spots)
  found <- explain(spot_fit(), dir)
  order <- order(as.character(spots$class), method = "radix")
  expect_equal(basename(found$path), sprintf("%03d.png", order))
  plain <- explain(spot_fit(), spots$x[order, , ])
  expect_equal(attr(found, "heat"), attr(plain, "heat"), tolerance = 1e-5)
  fit <- spot_fit()
  fit$prep$settings$na <- "drop"
  writeLines("no image", found$path[[2]])
  expect_warning(broken <- explain(fit, deep_images(dir, broken = "skip")),
                 class = "deeply_warning_broken_images")
  expect_equal(is.na(broken$predicted), c(FALSE, TRUE, FALSE, FALSE))
  expect_true(all(is.na(attr(broken, "heat")[2, , ])))
  expect_length(drawn_rasters(autoplot(broken)), 6)
})

test_that("half of the heat lies on the hottest pixels", {
  expect_equal(half_area(c(4, 2, 1, 1)), 0.25)
  expect_equal(half_area(c(1, 1, 1, 1)), 0.5)
  expect_equal(half_area(c(0, 0, 3, 0, 0)), 0.2)
  expect_identical(half_area(c(0, 0)), NA_real_)
  expect_identical(half_area(c(NA, 1)), NA_real_)
})

gradcam_fixture <- function(n = 12, cold = 3) {
  pixels <- array(seq(0, 1, length.out = n * 9), c(n, 3, 3, 1))
  heat <- array(outer(seq_len(n), 1:9, function(i, j) (j / 9)^i), c(n, 3, 3))
  heat[cold, , ] <- 0
  table <- data.table::data.table(
    image = seq_len(n) * 2L,
    path = file.path("a", "b", paste0(seq_len(n), ".png")),
    truth = rep_len(c("cat", "dog"), n),
    predicted = factor(rep_len(c("cat", "dog", "dog"), n)),
    class = factor(rep_len(c("cat", "dog", "dog"), n)),
    probability = seq(0.5, 0.999, length.out = n),
    area = apply(heat, 1, half_area)
  )
  new_gradcam(table, list(outcome = list(name = "pet", task = "binary"),
                          layer = "relu_3_2", side = c(6, 7)), heat, pixels)
}

test_that("what was found is printed", {
  expect_snapshot(print(gradcam_fixture()))
  expect_snapshot(print(gradcam_fixture(1, integer())))
  expect_snapshot(print(gradcam_fixture(2, 1:2)))
  # A part of it is a plain table.
  expect_output(print(gradcam_fixture()[1:2, ]), "path")
})

test_that("images stand beside their heat", {
  found <- gradcam_fixture()
  plot <- autoplot(found, n = 4)
  expect_length(drawn_rasters(plot), 8)
  expect_equal(panel_captions(plot)[1:4], c("cat", "cat 50 %", "dog",
                                            "dog 55 %"))
  expect_equal(plot$labels$subtitle, paste(
    "Right: the brighter, the more it speaks for the class; 8 more"
  ))
  expect_silent(ggplot2::ggplot_build(plot))
  # Brighter where it is hotter, also in grey.
  raster <- heat_raster(array(0.5, c(1, 5, 3)), matrix(0:4 / 4, 1))
  light <- colSums(grDevices::col2rgb(as.matrix(raster)) * c(0.3, 0.6, 0.1))
  expect_false(is.unsorted(light, strictly = TRUE))
})

test_that("what cannot be explained is said", {
  skip_if_no_backend()
  fit <- spot_fit()
  x <- spot_images(2)$x
  expect_snapshot(error = TRUE, {
    explain(fit)
    explain(fit, x, type = "importance")
    explain(fit, x, type = "saliency")
    explain(fit, x, class = "grey")
    explain(fit, x, layer = "conv_9")
    explain(fit, x, column = "a")
  })
})

test_that("a layer that a shortcut goes around cannot be taken", {
  skip_if_no_backend()
  spots <- spot_images(24)
  fit <- deep_cnn(spots$x, spots$class, filters = 4, blocks = 1,
                  baseline = FALSE, control = quick(1))
  expect_snapshot(explain(fit, spots$x, layer = "conv_1_1_a"), error = TRUE)
  expect_equal(attr(explain(fit, spots$x), "about")$layer, "relu_1_1")
})
