# How often an odd one is above one in order.
above <- function(odd, fine) mean(outer(odd, fine, ">"))

test_that("odd images score above those like the training images", {
  skip_if_no_backend()
  fit <- stored_gan()
  fine <- half_images(30, seed = 11)$x
  # The lighter half above or below, which is none of both classes.
  turned <- aperm(half_images(30, seed = 12)$x, c(1, 3, 2, 4))
  noise <- with_seed(13, array(runif(30 * 16^2), c(30, 16, 16, 1)))
  scores <- lapply(list(fine, turned, noise), function(x) {
    anomaly_score(fit, x)
  })
  expect_s3_class(scores[[1]], "data.table")
  expect_named(scores[[1]], ".anomaly")
  scores <- lapply(scores, `[[`, ".anomaly")
  expect_gt(above(scores[[2]], scores[[1]]), 0.9)
  expect_gt(above(scores[[3]], scores[[1]]), 0.9)
  # What it made is nearer than what it learned from.
  made <- anomaly_score(fit, generate(fit, 30, seed = 3))$.anomaly
  expect_lt(mean(made), mean(scores[[1]]) / 2)
})

test_that("scores come in order, and the same again", {
  skip_if_no_backend()
  fit <- stored_gan()
  x <- half_images(12, seed = 11)$x
  x[c(3, 8), , , ] <- 1 - x[c(3, 8), , , ]^4
  first <- anomaly_score(fit, x)
  expect_equal(nrow(first), 12)
  expect_identical(anomaly_score(fit, x), first)
  set.seed(5)
  before <- .Random.seed
  turned <- anomaly_score(fit, x[12:1, , , , drop = FALSE])
  expect_identical(.Random.seed, before)
  expect_equal(turned$.anomaly, rev(first$.anomaly), tolerance = 0.01)
  one <- anomaly_score(fit, x[4, , , ])
  expect_equal(one$.anomaly, first$.anomaly[[4]], tolerance = 0.01)
  expect_equal(nrow(anomaly_score(fit, deep_images(x)[0])), 0)
})

test_that("pixels alone are the distance to the image it begins at", {
  skip_if_no_backend()
  fit <- stored_gan()
  x <- round(half_images(5, seed = 11)$x * 255) / 255
  begun <- make_images(fit, draw_noise(begun_at, 5, fit$info$seed),
                       as.array(rep_len(0:1, begun_at)))
  # Nearest by squares in columns of small images of 14 pixels a side.
  from <- (0:13 * 16) %/% 14
  field <- rep(seq_along(from), diff(c(from, 16)))
  small <- function(x) {
    sums <- apply(x[, , , 1], 1, function(image) {
      rowsum(t(rowsum(image, field)), field)
    })
    sums / as.vector(outer(table(field), table(field)))
  }
  wanted <- vapply(seq_len(5), function(i) {
    apart <- colSums((small(begun) - small(x)[, i])^2)
    nearest <- begun[which.min(apart), , , 1]
    mean(abs(nearest - x[i, , , 1]))
  }, 0)
  found <- anomaly_score(fit, x, weight = 0, steps = 0)
  expect_equal(found$.anomaly, wanted, tolerance = 0.02)
  further <- anomaly_score(fit, x, weight = 0)$.anomaly
  expect_true(all(further < wanted))
})

test_that("files are read, and broken ones named", {
  skip_if_no_backend()
  fit <- stored_gan()
  folder <- spot_folder(spot_images(6))
  files <- list.files(folder, recursive = TRUE, full.names = TRUE)
  writeLines("no image", files[[2]])
  images <- deep_images(files, broken = "skip")
  expect_warning(found <- anomaly_score(fit, images), basename(files[[2]]),
                 class = "deeply_warning_broken_images")
  expect_equal(which(is.na(found$.anomaly)), 2)
  expect_equal(nrow(found), length(files))
  expect_error(anomaly_score(fit, files), class = "deeply_error_broken_images")
})

test_that("what is wrong is told", {
  skip_if_no_backend()
  fit <- stored_gan()
  x <- half_images(3)$x
  expect_snapshot(error = TRUE, {
    anomaly_score(iris, x)
    anomaly_score(fit)
    anomaly_score(fit, list(1, 2))
    anomaly_score(fit, x, weight = 1.5)
    anomaly_score(fit, x, steps = 2.5)
    anomaly_score(fit, x, seed = 1)
  })
})
