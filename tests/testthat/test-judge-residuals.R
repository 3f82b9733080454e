test_that("correlations and the test are those of base R", {
  errors <- with_seed(3, as.numeric(stats::arima.sim(list(ar = 0.5), 200)))
  found <- residual_checks(errors, rep(1, 200), 31:230, 12)
  expect_equal(found$lags$lag, 1:24)
  expect_equal(found$lags$acf,
               stats::acf(errors, 24, plot = FALSE)$acf[-1])
  expect_equal(found$p, stats::Box.test(errors, 24, "Ljung-Box")$p.value[[1]])
  expect_equal(residual_band(found), 1.96 / sqrt(200), tolerance = 1e-3)
  expect_match(residual_finding(found), "most at lag 1 .p < 0.001")
  # Windows that were left out are missing, not skipped.
  some <- setdiff(1:200, c(40:44, 90))
  holes <- replace(errors, -some, NA)
  found <- residual_checks(errors[some], rep(1, 194), some, NULL)
  expect_equal(found$lags$acf, stats::acf(
    holes, 10, na.action = stats::na.pass, plot = FALSE
  )$acf[-1])
  expect_equal(found$p, stats::Box.test(holes, 10, "Ljung-Box")$p.value[[1]])
})

test_that("of noise the test says so, at its level, in panels too", {
  noise <- with_seed(7, rnorm(400 * 60))
  found <- residual_checks(noise, rep(1:400, each = 60), rep(1:60, 400), NULL)
  expect_length(found$p, 400)
  expect_equal(mean(found$p < 0.05), 0.05, tolerance = 0.5)
  # Each weighs as much as it has errors.
  acf <- tapply(noise, rep(1:400, each = 60), function(x) {
    stats::acf(x, 1, plot = FALSE)$acf[[2]]
  })
  expect_equal(found$lags$acf[[1]], mean(acf))
  expect_match(residual_finding(found), "of 400 series .* of noise 20 would be")
  one <- residual_checks(noise[1:300], rep(1, 300), 1:300, NULL)
  expect_match(residual_finding(one), "looks like noise")
})

test_that("too little, or no error at all, is no residual", {
  expect_null(residual_checks(rnorm(19), rep(1, 19), 1:19, NULL))
  expect_null(residual_checks(rep(0.3, 50), rep(1, 50), 1:50, NULL))
  # Every fifth window alone has no neighbours.
  thin <- residual_checks(rnorm(80), rep(1, 80), 5 * 1:80, NULL)
  expect_equal(thin$lags$lag[!is.na(thin$lags$acf)], c(5, 10))
  expect_match(residual_finding(thin), "of 10 autocorrelations")
})
