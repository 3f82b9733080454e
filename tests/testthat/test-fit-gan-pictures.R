test_that("it learns to make one image from another", {
  skip_if_no_backend()
  fit <- stored_pictures()
  expect_equal(fit$info$best_epoch, 25)
  found <- evaluate(fit)
  expect_equal(found$model[[1]], "deep_gan")
  expect_equal(attr(found, "judged_on"),
               list(n = 20, on = "held-out pairs",
                    eyes = "random convolutions (seed 1, untrained)"))
  expect_lt(found$mae[[1]], 0.9 * min(found$mae[-1]))
  expect_gt(found$psnr[[1]], max(found$psnr[-1]) + 2)
  expect_lt(found$frechet[[1]], 0.5 * min(found$frechet[-1]))
  new <- painted_shapes(12, seed = 8)
  made <- generate(fit, new$from, seed = 1)
  expect_equal(dim(made), dim(new$x))
  expect_true(all(made >= 0 & made <= 1))
  # Each from its own.
  far <- as.matrix(stats::dist(rbind(matrix(made, 12), matrix(new$x, 12))))
  nearest <- unname(apply(far[1:12, 13:24], 1, which.min))
  expect_gt(mean(nearest == 1:12), 0.8)
  # One alone, without its first dimension.
  expect_equal(generate(fit, new$from[3, , ], seed = 1)[1, , , ],
               made[3, , , ], tolerance = 0.05)
})

test_that("what is even is made as grainy as true images are", {
  skip_if_no_backend()
  masks <- array(rep(0:1, each = 200 * 8 * 16), c(200, 16, 16))
  x <- with_seed(2, {
    grain <- stats::rnorm(length(masks), 0, 0.15)
    array(0.4 + 0.3 * masks + grain, c(dim(masks), 1))
  })
  x <- pmin(pmax(x, 0), 1)
  fit <- picture_gan(list(x = x, from = masks), 40, filters = 8,
                     rate = falling_rate())
  made <- generate(fit, masks[1:20, , ], seed = 1)
  spread <- function(x) mean(apply(x[1:20, , 1:8, 1], 1, stats::sd))
  expect_gt(spread(made), 0.3 * spread(x))
  # Each of its own noise, and near by the look of it, not by pixels.
  other <- generate(fit, masks[1:20, , ], seed = 2)
  expect_gt(mean(abs(made - other)), 0.03)
  found <- evaluate(fit)
  expect_lt(found$frechet[[1]], 0.75 * min(found$frechet[-1]))
  expect_gt(found$mae[[1]], found$mae[[2]])
})

test_that("what is small is made large, better than by enlarging it", {
  skip_if_no_backend()
  x <- simulate_shapes(240, 24, noise = 0, seed = 4)$x
  cells <- rep(1:6, each = 4)
  small <- apply(x, c(1, 4), function(one) {
    rowsum(t(rowsum(one, cells)), cells) / 16
  })
  # Columns came first.
  small <- aperm(array(small, c(6, 6, 240, 3)), c(3, 2, 1, 4))
  fit <- picture_gan(list(x = x, from = small), 15, filters = 8,
                     rate = falling_rate())
  expect_equal(fit$prep$given$shape, c(6, 6, 3))
  expect_equal(fit$prep$given$enlarged, c(24, 24, 3))
  found <- evaluate(fit)
  expect_equal(found$model[[3]], "`from` as it is")
  expect_lt(found$mae[[1]], 0.9 * found$mae[[3]])
  expect_lt(found$frechet[[1]], min(found$frechet[-1]))
})

test_that("files given in a smaller size come as if they had it", {
  skip_if_no_backend()
  paths <- list.files(spot_folder(spot_images(24)), recursive = TRUE,
                      full.names = TRUE)
  small <- deep_images(paths, size = c(4, 5), resize = "stretch")
  fit <- picture_gan(list(x = deep_images(paths, size = 16), from = small), 1)
  expect_equal(fit$prep$given$shape[1:2], c(4, 5))
  expect_output(print(fit), "16 x 16 pixels, grey from 4 x 5, grey")
  # What it sees of a file is what it sees of 4 x 5 pixels.
  prep <- structure(list(shape = c(4L, 5L, 1L), resize = "stretch"),
                    class = "deep_image_prep")
  pixels <- shown_pictures(prep, small[1:3], NULL)
  expect_equal(dim(pixels), c(3, 4, 5, 1))
  expect_identical(generate(fit, paths[1:3], seed = 1),
                   generate(fit, pixels, seed = 1))
  expect_identical(generate(fit, pixels[2, , , ], seed = 1),
                   generate(fit, pixels[2, , , , drop = FALSE], seed = 1))
  plot <- autoplot(fit, list(x = paths, from = paths), n = 2)
  expect_equal(dim(drawn_rasters(plot)[[1]]), c(16, 16))
})

test_that("what is larger than the images is brought to their size at once", {
  expect_equal(given_size(list(size = c(4, 16)), c(16, 16)), c(4, 16))
  expect_equal(given_size(list(size = c(4, 17)), c(16, 16)), c(16, 16))
  pixels <- array(0, c(2, 40, 30, 1))
  expect_equal(given_size(list(pixels = pixels), c(16, 16)), c(16, 16))
  expect_equal(given_size(list(pixels = pixels), c(64, 50)), c(40, 30))
  expect_equal(given_size(list(paths = "a.png"), c(16, 16)), c(16, 16))
})

test_that("scores are those of the formulas", {
  skip_if_no_backend()
  new <- painted_shapes(30, seed = 9)
  found <- evaluate(stored_pictures(), new)
  expect_equal(attr(found, "judged_on"), list(n = 30L, on = "new pairs",
                    eyes = "random convolutions (seed 1, untrained)"))
  off <- as.vector(new$from) - as.vector(new$x)
  row <- found[found$model == "`from` as it is", ]
  expect_equal(row$mae, mean(abs(off)), tolerance = 0.01)
  expect_equal(row$psnr, -10 * log10(mean(off^2)), tolerance = 0.01)
  mean_image <- as.integer(stored_pictures()$baselines$mean) / 255
  # Channels run fastest, then columns and rows.
  off <- as.vector(t(matrix(aperm(new$x, c(1, 4, 3, 2)), 30))) - mean_image
  expect_equal(found$mae[[4]], mean(abs(off)), tolerance = 0.01)
})

test_that("a seed gives the same images in a new process", {
  skip_if_no_backend()
  skip_if_not_installed("callr")
  fit <- stored_pictures()
  from <- painted_shapes(5, seed = 8)$from
  made <- generate(fit, from, seed = 7)
  expect_identical(generate(fit, from, seed = 7), made)
  path <- tempfile(fileext = ".rds")
  saveRDS(fit, path)
  again <- callr::r(function(path, from, backend) {
    options(deeply.backend = backend)
    asNamespace("deeply")$generate.deep_gan_pictures(readRDS(path), from,
                                                     seed = 7)
  }, list(path, from, getOption("deeply.backend")))
  # Pixels are bytes; what lies on the border of two may fall either way.
  expect_equal(again, made, tolerance = 1 / 255)
})

test_that("a run that was cut short ends with the same bits", {
  skip_if_no_backend()
  pairs <- painted_shapes(40)
  folder <- tempfile("pictures-")
  whole <- picture_gan(pairs, 3)
  expect_identical(picture_gan(pairs, 3)$history$loss, whole$history$loss)
  picture_gan(pairs, 1, checkpoint = folder)
  # No pair lies in what a run keeps beside its rows.
  kept <- readRDS(file.path(folder, "run.rds"))$judge$table
  expect_length(kept, 0)
  expect_length(unclass(kept)$given, 0)
  again <- deep_resume(folder, epochs = 3)
  expect_identical(again$history$loss, whole$history$loss)
  expect_identical(again$film, whole$film)
  expect_equal(again$judged, whole$judged)
  expect_identical(generate(again, pairs$from, seed = 1),
                   generate(whole, pairs$from, seed = 1))
})

test_that("files of any size are pairs, and broken ones take theirs along", {
  skip_if_no_backend()
  spots <- spot_images(40)
  folder <- spot_folder(spots)
  paths <- list.files(folder, recursive = TRUE, full.names = TRUE)
  writeLines("no image", paths[[5]])
  grey <- simulate_shapes(40, 16, channels = 1, seed = 2)$x
  colour <- simulate_shapes(40, 16, seed = 2)$x
  x <- deep_images(grey, size = c(17, 20))
  expect_warning(
    fit <- picture_gan(list(
      x = x, from = deep_images(paths, channels = 3, broken = "skip")
    ), score = FALSE),
    class = "deeply_warning_broken_images"
  )
  expect_equal(sum(fit$info$rows), 39)
  expect_equal(fit$prep$rows$broken, 1)
  expect_equal(fit$prep$given$shape, c(17, 20, 3))
  expect_equal(dim(generate(fit, colour[1:2, , , ], seed = 1)),
               c(2, 17, 20, 1))
  # The pair that is left out is that of the broken file.
  pairs <- add_given(gan_images(grey, FALSE, NULL, NULL), colour, NULL)
  left <- unclass(pairs[c(2, 5)])
  expect_equal(unclass(left$given)$pixels, colour[c(2, 5), , , ])
  expect_null(fit$judged)
  expect_snapshot(error = TRUE, {
    picture_gan(list(x = grey, from = paths))
    evaluate(fit)
    autoplot(fit, type = "score")
  }, transform = function(lines) gsub("'?[^ ']*/spots-[^ ]*/", "", lines))
})

test_that("a fit prints what it saw and how good it is", {
  skip_if_no_backend()
  fit <- stored_pictures()
  # As long a line on any machine.
  fit$info[c("seconds", "best_epoch")] <- list(1.5, 25)
  fit$judged$metrics$mae <- c(0.031, 0.052, 0.21, 0.114)
  fit$judged$metrics$psnr <- c(24.1, 19.92, 11.3, 15)
  fit$judged$metrics$frechet <- c(2.125, 13.5, 61.25, 14)
  expect_snapshot(print(fit), transform = hide_gan)
  fit$judged$metrics$frechet[[1]] <- 13.75
  fit$judged$metrics$mae[[1]] <- 0.0604
  expect_snapshot(cat(gan_notes(fit)))
  layers <- summary(stored_pictures())
  expect_equal(sum(layers$parameters), stored_pictures()$info$parameters)
})

test_that("wrong pairs are told", {
  pairs <- painted_shapes(20)
  x <- pairs$x
  from <- pairs$from
  expect_snapshot(error = TRUE, {
    deep_gan(x, from = from[1:7, , ])
    deep_gan(x, from = 3)
    deep_gan(x, from = round(3 * from))
    deep_gan(x, rep(c("a", "b"), 10), from = from)
    deep_gan(x, from = from, architecture = "dcgan")
    deep_gan(x[, 1:12, 1:12, ], from = from)
  })
})

test_that("wrong wishes are told", {
  skip_if_no_backend()
  fit <- stored_pictures()
  x <- painted_shapes(4)$x
  expect_snapshot(error = TRUE, {
    generate(fit)
    generate(fit, 9)
    generate(fit, x[, , , 1], n = 3)
    interpolate(fit, 1, 2)
    anomaly_score(fit, x)
    evaluate(fit, x)
    evaluate(fit, list(x = x, from = x[1:3, , , ]))
    autoplot(fit, type = "pairs")
    predict(fit, x)
  })
})
