test_that("copies of training images are told", {
  fit <- list(judged = list(near = list(copied = 0.41, unseen = 0.02)))
  finding <- gan_findings(fit$judged)[[1]]
  expect_equal(finding$kind, "memorised")
  expect_snapshot(cat(finding_note(finding, fit)))
  fit$judged$near$copied <- 0.03
  expect_length(gan_findings(fit$judged), 0)
  fit$judged$near <- list(copied = 0.3, unseen = NA)
  expect_snapshot(cat(finding_note(gan_findings(fit$judged)[[1]], fit)))
  # Images that repeat among themselves are no sign of a copy.
  fit$judged$near <- list(copied = 0.3, unseen = 0.2)
  expect_length(gan_findings(fit$judged), 0)
})

test_that("a collapse and a strong discriminator are told", {
  expect_snapshot({
    cat(finding_note(list(kind = "collapsed", epoch = 12, value = 0.07), NULL))
    cat(finding_note(list(kind = "too_strong", epoch = 3, value = 0.993), NULL))
  })
})

test_that("classes are made in the shares of the training images", {
  prep <- list(classes = c("a", "b", "c"), shares = c(0.5, 0.2, 0.3))
  codes <- wished_codes(prep, 1000)
  expect_equal(as.vector(table(codes)), c(500, 200, 300))
  expect_equal(sort(as.vector(wished_codes(prep, 4))), c(0, 0, 1, 2))
  # Also of those that come first, which the film shows.
  expect_setequal(codes[1:8], 0:2)
  expect_null(wished_codes(list(classes = NULL), 4))
})

test_that("a generator that learned by heart is named, and so are its copies", {
  skip_if_no_backend()
  fit <- parrot_gan()
  expect_gt(fit$judged$near$copied, 0.9)
  # No image was held out.
  expect_equal(fit$judged$near$unseen, NA_real_)
  expect_equal(fit$info$findings[[1]]$kind, "memorised")
  expect_output(print(fit), "of the images are copies of training images")
})

test_that("a generator that has collapsed is named", {
  skip_if_no_backend()
  plain <- plain_images()$x[rep(c(1, 3, 7, 9, 19, 21, 25, 27), 8), , , ]
  # Steps so large that eight colours become one.
  fit <- deep_gan(
    plain, FALSE, architecture = "dcgan", filters = 6, noise_units = 3,
    control = deep_control(epochs = 8, batch_size = 16, learn_rate = 0.02,
                           seed = 1)
  )
  kinds <- vapply(fit$info$findings, `[[`, "", "kind")
  expect_true("collapsed" %in% kinds)
  expect_output(print(fit), "The images are too much alike: from epoch")
})

test_that("a game without numbers is stopped, and said so", {
  skip_if_no_backend()
  x <- half_images(48)$x
  expect_warning(
    fit <- half_gan(x, FALSE, 3, filters = 3, score = FALSE,
                    architecture = "dcgan", rate = 1e25),
    class = "deeply_warning_no_number"
  )
  finding <- fit$info$findings[[1]]
  expect_equal(finding$kind, "no_number")
  expect_match(finding_note(finding, fit), paste(
    "^Training stopped in epoch 1: what the (generator makes|discriminator",
    "says) was no finite number. The learning rate \\(1e[+]25\\) is too high:"
  ))
  expect_true(all(is.finite(generate(fit, 3, seed = 1))))
  no_number <- function(phase, layer = NULL) {
    finding_note(list(kind = "no_number", epoch = 3L, scoring = FALSE,
                      phase = phase, layer = layer, cause = "learn_rate"), fit)
  }
  expect_snapshot({
    cat(no_number("activation", "disguise_made"))
    cat(no_number("activation", "output"))
    cat(no_number("gradient", "output"))
  })
})

# As Dowson & Landau (1982) have it.
frechet_distance <- function(x, y) {
  root <- function(m) {
    found <- eigen(m, symmetric = TRUE)
    found$vectors %*% (sqrt(pmax(found$values, 0)) * t(found$vectors))
  }
  half <- root(stats::cov(x))
  shared <- root(half %*% stats::cov(y) %*% half)
  sum((colMeans(x) - colMeans(y))^2) +
    sum(diag(stats::cov(x) + stats::cov(y) - 2 * shared))
}

test_that("a backbone's means of maps are what is compared", {
  skip_if_no_backend()
  skip_if_not_installed("callr")
  halves <- half_images(60)
  backbone <- deep_backbone(tiny_backbone_file(shape = c(20L, 20L, 3L)),
                            preprocess = "torch")
  fit <- half_gan(halves$x, FALSE, 2, filters = 3, score = backbone)
  expect_equal(fit$eyes$label, "tiny (20 x 20 pixels)")
  # Grey images of 16 pixels, as features() brings them to the backbone too.
  new <- half_images(50, seed = 8)$x
  found <- evaluate(fit, new)
  order <- with_seed(fit$info$seed, sample.int(50))
  seen <- features(backbone, new)[order, seq_len(backbone$maps)]
  seen <- seen / sqrt(mean(seen[1:25, ]^2))
  expect_equal(found$frechet[[2]],
               frechet_distance(seen[1:25, ], seen[26:50, ]), tolerance = 1e-4)
  path <- tempfile(fileext = ".rds")
  saveRDS(fit, path)
  again <- callr::r(function(path, new, backend) {
    options(deeply.backend = backend)
    asNamespace("deeply")$evaluate.deep_gan(readRDS(path), new)
  }, list(path, new, getOption("deeply.backend")))
  expect_equal(again$frechet, found$frechet, tolerance = 1e-3)
})

test_that("only InceptionV3 gives FID and KID, as its features come", {
  skip_if_no_backend()
  halves <- half_images(40)
  backbone <- deep_backbone(tiny_backbone_file(), preprocess = "tf")
  expect_false(is_inception(list(backbone = backbone)))
  # Its own weights are not at hand.
  backbone[c("name", "maps")] <- list("InceptionV3", 2048)
  fit <- half_gan(halves$x, FALSE, 2, filters = 3, score = backbone)
  found <- evaluate(fit, halves$x)
  expect_named(found, c("model", "frechet", "kernel", "kernel_se", "precision",
                        "recall", "diversity"))
  head <- grep("model", capture.output(print(found)), value = TRUE)
  expect_equal(strsplit(trimws(head), " +")[[1]], c(
    "model", "fid", "kid", "kid_se", "precision", "recall", "diversity"
  ))
  expect_equal(autoplot(fit, type = "score")$labels$y, "FID")
  order <- with_seed(fit$info$seed, sample.int(40))
  seen <- features(backbone, halves$x)[order, 1:8]
  expect_equal(found$frechet[[2]],
               frechet_distance(seen[1:20, ], seen[21:40, ]), tolerance = 1e-4)
})

test_that("a backbone is told by what is not as usual", {
  backbone <- function(name, side, from) {
    list(name = name, shape = c(side, side, 3L), from = from)
  }
  known <- known_backbones()$InceptionV3$file
  expect_equal(
    c(label_backbone(backbone("InceptionV3", 299L, known)),
      label_backbone(backbone("InceptionV3", 75L, known)),
      label_backbone(backbone("InceptionV3", 75L, "a/mine.weights.h5")),
      label_backbone(backbone("squeezenet", 224L, "b/squeezed.h5")),
      label_backbone(backbone("own", 32L, "c/own.keras"))),
    c("InceptionV3", "InceptionV3 (75 x 75 pixels)",
      "InceptionV3 (75 x 75 pixels, weights of mine.weights.h5)",
      "squeezenet (weights of squeezed.h5)", "own (32 x 32 pixels)")
  )
})

test_that("scores of several fits make one table", {
  skip_if_no_backend()
  fit <- stored_gan()
  new <- half_images(30, seed = 9)$x
  judged <- lapply(list(one = fit, two = fit), evaluate, new)
  table <- data.table::rbindlist(judged, idcol = "fit")
  expect_equal(table$fit, rep(c("one", "two"), each = 3))
  expect_equal(table$frechet[4:6], table$frechet[1:3])
  # Nothing is said of it that holds for one of them alone.
  expect_output(print(table), "fit")
})
