# The main job, on the real files at their real size.

test_that("the default call on Adult's original split reaches its bars", {
  skip_if_no_backend()
  skip_if(!nzchar(Sys.getenv("DEEPLY_DATA_DIR")), "DEEPLY_DATA_DIR is not set.")
  adult <- deep_data("adult", consent = FALSE)
  fit <- deep_mlp(income ~ ., adult$train, control = deep_control(seed = 1))
  judged <- evaluate(fit, adult$test)
  expect_gte(judged$roc_auc[[1]], 0.923)
  expect_gte(judged$accuracy[[1]], 0.868)
  expect_equal(judged$accuracy[[2]], 12435 / 16281)
  # Logistic regression as others measure it on this split: .9044.
  expect_equal(judged$roc_auc[[3]], 0.9044, tolerance = 0.002)
  expect_equal(nrow(predict(fit, adult$test)), 16281)
})
