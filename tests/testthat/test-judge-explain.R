test_that("what is asked is checked before Python starts", {
  fit <- fixture_fit()
  data <- mixed_table(50)
  expect_snapshot(error = TRUE, {
    explain(fit)
    explain(fit, type = "row")
    explain(fit, 1:3, type = "effect", column = "size")
    explain(fit, data, type = "shap")
    explain(fit, data, column = "size")
    explain(fit, data, type = "effect", column = "size", repeats = 3, y = 1)
    explain(fit, data, repeat_times = 3)
    explain(fit, data, repeats = 0)
    explain(fit, data, rows = -1)
    explain(fit, data, seed = "a")
    explain(fit, data[c("size", "open", "sold")])
    explain(fit, data, type = "effect")
    explain(fit, data, type = "effect", column = c("size", "count"))
    explain(fit, data, type = "effect", column = "sise")
    explain(fit, transform(data, size = NA_real_), type = "effect",
            column = "size")
    explain(fit, type = "embedding", column = "colour")
    explain(fit, type = "embedding", column = "colour", method = "umap")
  })
})

test_that("a column set aside is said to be so", {
  fit <- fixture_fit()
  fit$prep$set_aside <- c(unit = "constant")
  expect_snapshot(explain(fit, mixed_table(50), type = "effect",
                          column = "unit"), error = TRUE)
})

test_that("without a category there is nothing to embed", {
  fit <- fixture_fit()
  fit$spec$network$levels <- integer()
  expect_snapshot(explain(fit, type = "embedding", column = "x"), error = TRUE)
})
