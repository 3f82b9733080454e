test_that("it learns to make images of the class asked for", {
  skip_if_no_backend()
  fit <- stored_gan()
  made <- generate(fit, 40, seed = 1)
  expect_equal(dim(made), c(40, 16, 16, 1))
  expect_true(all(made >= 0 & made <= 1))
  # Each class in turn.
  agree <- mean(lighter_half(made) == c("left", "right"))
  expect_gt(agree, 0.9)
  left <- generate(fit, 20, class = "left", seed = 2)
  expect_gt(mean(lighter_half(left) == "left"), 0.9)
  found <- evaluate(fit)
  expect_equal(found$model, c("deep_gan", "true images", "noise"))
  expect_lt(found$frechet[[1]], 0.3 * found$frechet[[3]])
  expect_lt(found$frechet[[2]], found$frechet[[3]])
})

test_that("a seed gives the same images in a new process", {
  skip_if_no_backend()
  skip_if_not_installed("callr")
  fit <- stored_gan()
  made <- generate(fit, 6, seed = 7)
  expect_identical(generate(fit, 6, seed = 7), made)
  expect_false(identical(generate(fit, 6, seed = 8), made))
  set.seed(3)
  first <- generate(fit, 2)
  set.seed(3)
  expect_identical(generate(fit, 2), first)
  path <- tempfile(fileext = ".rds")
  saveRDS(fit, path)
  again <- callr::r(function(path, backend) {
    options(deeply.backend = backend)
    asNamespace("deeply")$generate.deep_gan(readRDS(path), 6, seed = 7)
  }, list(path, getOption("deeply.backend")))
  # Pixels are bytes; what lies on the border of two may fall either way.
  expect_equal(again, made, tolerance = 1 / 255)
})

test_that("truncated noise stays within, and interpolation goes on an arc", {
  noise <- draw_noise(2000, 5, seed = 4, truncation = 0.7)
  expect_lte(max(abs(noise)), 0.7)
  # The moments of a truncated normal distribution.
  variance <- 1 - 2 * 0.7 * dnorm(0.7) / (2 * pnorm(0.7) - 1)
  expect_equal(var(as.vector(noise)), variance, tolerance = 0.05)
  expect_equal(sd(draw_noise(2000, 5, seed = 4)), 1, tolerance = 0.03)
  # The same seed begins with the same images, however many there are.
  expect_identical(draw_noise(3, 5, 4), draw_noise(9, 5, 4)[1:3, ])
  arc <- along_arc(c(3, 0), c(0, 3), 4)
  expect_equal(rowSums(arc^2), rep(9, 4))
  expect_equal(atan2(arc[, 2], arc[, 1]), (0:3) * pi / 6)
  expect_equal(along_arc(c(1, 2), c(2, 4), 3), rbind(1:2, c(1.5, 3), c(2, 4)))
})

test_that("the way between two images begins and ends with them", {
  skip_if_no_backend()
  fit <- stored_gan()
  way <- interpolate(fit, 3, 4, n = 5, class = "right")
  ends <- make_images(fit, rbind(draw_noise(1, 5, 3), draw_noise(1, 5, 4)),
                      class_codes(fit, "right", 2))
  expect_equal(way[c(1, 5), , , , drop = FALSE], ends, tolerance = 1 / 255)
  expect_equal(dim(way), c(5, 16, 16, 1))
})

test_that("the same seed gives the same fit, and dcgan learns too", {
  skip_if_no_backend()
  halves <- half_images(60)
  fits <- lapply(1:2, function(i) {
    half_gan(halves$x, FALSE, 2, filters = 3, architecture = "dcgan",
             score = FALSE)
  })
  expect_identical(fits[[1]]$history$loss, fits[[2]]$history$loss)
  expect_identical(generate(fits[[1]], 3, seed = 1),
                   generate(fits[[2]], 3, seed = 1))
  expect_null(fits[[1]]$judged)
  expect_true(all(c("generator_loss", "discriminator_accuracy", "diversity")
                  %in% names(fits[[1]]$history)))
})

test_that("files and odd sizes are learned from, and scored on new ones", {
  skip_if_no_backend()
  spots <- spot_images(40)
  folder <- spot_folder(spots)
  fit <- half_gan(folder, FALSE, 1, image_size = c(17, 20), filters = 3)
  expect_equal(dim(generate(fit, 2, seed = 1)), c(2, 17, 20, 1))
  expect_match(fit$eyes$label, "random convolutions")
  found <- evaluate(fit, folder)
  expect_equal(attr(found, "judged_on")$n, 20)
  expect_equal(attr(found, "judged_on")$on, "new images")
})

test_that("a fit prints what it saw and how good it is", {
  skip_if_no_backend()
  fit <- stored_gan()
  # As long a line on any machine.
  fit$info[c("seconds", "best_epoch")] <- list(1.5, 25)
  expect_snapshot(print(fit), transform = hide_gan)
  layers <- summary(stored_gan())
  expect_equal(sum(layers$parameters), stored_gan()$info$parameters)
  expect_setequal(layers$network, c("generator", "discriminator"))
})

test_that("what needs an outcome says so", {
  skip_if_no_backend()
  fit <- stored_gan()
  x <- half_images(20)$x
  expect_snapshot(error = TRUE, {
    predict(fit, x)
    diagnose(fit)
    calibrate(fit, x)
    explain(fit, x)
    confusion(fit, x)
    deep_report(fit, "report.html")
  })
})

test_that("wrong arguments are told", {
  x <- half_images(20)$x
  expect_snapshot(error = TRUE, {
    deep_gan(x, architecture = "stylegan")
    deep_gan(x, score = 3)
    deep_gan(x, image_size = 200)
    deep_gan(x[, 1:12, 1:12, , drop = FALSE])
    deep_gan(x[1:9, , , , drop = FALSE])
    deep_gan(x, c("a", NA)[rep(1:2, each = 10)])
    deep_gan(x, 1:7)
    deep_gan(x, epochs = 3)
    deep_gan(x, control = deep_control(label_smoothing = 0.1))
    interpolate(3, 1, 2)
  })
})

test_that("wrong wishes are told", {
  skip_if_no_backend()
  fit <- stored_gan()
  plain <- fit
  plain$prep["classes"] <- list(NULL)
  plain["judged"] <- list(NULL)
  plain$eyes$scored <- FALSE
  expect_snapshot(error = TRUE, {
    generate(fit, 3, class = "middle")
    generate(fit, 3, class = c("left", "right"))
    generate(plain, 3, class = "left")
    generate(fit, 0)
    generate(fit, 3, truncation = 0)
    interpolate(fit, 1.5, 2)
    interpolate(fit, 1, c(1, 2))
    evaluate(plain)
    evaluate(fit, half_images(3)$x)
  })
})
