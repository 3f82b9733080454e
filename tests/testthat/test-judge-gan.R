test_that("copies of training images are told", {
  fit <- list(judged = list(near = list(copied = 0.41, unseen = 0.02)))
  finding <- gan_findings(fit)[[1]]
  expect_equal(finding$kind, "memorised")
  expect_snapshot(cat(finding_note(finding, fit)))
  fit$judged$near$copied <- 0.03
  expect_length(gan_findings(fit), 0)
  fit$judged$near <- list(copied = 0.3, unseen = NA)
  expect_snapshot(cat(finding_note(gan_findings(fit)[[1]], fit)))
  # Images that repeat among themselves are no sign of a copy.
  fit$judged$near <- list(copied = 0.3, unseen = 0.2)
  expect_length(gan_findings(fit), 0)
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
  expect_equal(as.vector(wished_codes(prep, 4)), c(0, 0, 1, 2))
  expect_null(wished_codes(list(classes = NULL), 4))
})
