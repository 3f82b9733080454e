test_that("the spread is the members' standard deviation", {
  skip_if_no_backend()
  for (task in names(task_outcome)) {
    fit <- shared_fit(task)$fit
    data <- shared_fit(task)$data[1:7, ]
    spread <- as.matrix(predict(fit, data, type = "spread"))
    encoded <- encode_rows(fit$prep, new_table(fit$prep, data), 1:7)$inputs
    members <- backend_call("predict_members", live_model(fit),
                            encoded)
    k <- fit$spec$network$members
    n <- fit$spec$network$outputs
    expect_equal(dim(members), c(7, k * n))
    # The first class, or the number.
    first <- lapply(seq_len(k), function(member) {
      logits <- members[, (member - 1) * n + seq_len(n), drop = FALSE]
      switch(task,
        regression = logits * fit$prep$outcome$scale,
        binary = 1 - stats::plogis(logits),
        multiclass = exp(logits) / rowSums(exp(logits))
      )[, 1]
    })
    expect_equal(unname(spread[, 1]), apply(do.call(cbind, first), 1, sd))
    expect_true(all(spread > 0))
  }
})

test_that("the spread has a column a class, or one for a number", {
  skip_if_no_backend()
  columns <- function(task) {
    names(predict(shared_fit(task)$fit, shared_fit(task)$data[1, ],
                  type = "spread"))
  }
  expect_equal(columns("regression"), ".spread")
  expect_equal(columns("binary"), c(".spread_no", ".spread_yes"))
  expect_equal(columns("multiclass"),
               paste0(".spread_", c("C", "B", "A")))
  none <- predict(shared_fit("binary")$fit, shared_fit("binary")$data[0, ],
                  type = "spread")
  expect_equal(dim(none), c(0, 2))
})

test_that("what the members say together is the prediction", {
  skip_if_no_backend()
  fit <- shared_fit("binary")$fit
  data <- shared_fit("binary")$data[1:7, ]
  encoded <- encode_rows(fit$prep, new_table(fit$prep, data), 1:7)$inputs
  members <- backend_call("predict_members", live_model(fit),
                          encoded)
  raw <- predict(fit, data, type = "raw")$.raw_1
  expect_equal(stats::plogis(raw), rowMeans(stats::plogis(members)),
               tolerance = 1e-5)
})

test_that("one member has no spread, and members = 1 is the single net", {
  skip_if_no_backend()
  data <- task_table("regression")
  fit <- deep_mlp(price ~ ., data, members = 1, control = quick(),
                  baseline = FALSE)
  expect_snapshot(predict(fit, data, type = "spread"), error = TRUE)
  expect_false(any(c("members", "mean") %in% summary(fit)$name))
  expect_snapshot(
    deep_mlp(price ~ ., data, members = 0),
    error = TRUE
  )
})
