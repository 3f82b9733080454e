test_that("predictions have one row a row and the promised columns", {
  skip_if_no_backend()
  names_of <- list(
    regression = list(numeric = ".pred", raw = ".raw_1"),
    binary = list(class = ".pred_class", prob = c(".pred_no", ".pred_yes"),
                  raw = ".raw_1"),
    multiclass = list(class = ".pred_class",
                      prob = paste0(".pred_", c("C", "B", "A")),
                      raw = paste0(".raw_", 1:3))
  )
  for (task in names(names_of)) {
    shared <- shared_fit(task)
    for (type in names(names_of[[task]])) {
      for (n in c(1, 2, 200)) {
        predicted <- predict(shared$fit, shared$data[seq_len(n), ], type = type)
        expect_s3_class(predicted, "data.table")
        expect_named(predicted, names_of[[task]][[type]])
        expect_equal(nrow(predicted), n)
      }
    }
    expect_named(predict(shared$fit, shared$data), names_of[[task]][[1]])
  }
})

test_that("probabilities sum to one and agree with the class", {
  skip_if_no_backend()
  for (task in c("binary", "multiclass")) {
    shared <- shared_fit(task)
    prob <- predict(shared$fit, shared$data, type = "prob")
    expect_equal(rowSums(prob), rep(1, 200), tolerance = 1e-12)
    class <- predict(shared$fit, shared$data)$.pred_class
    levels <- shared$fit$prep$outcome$levels
    expect_equal(levels(class), levels)
    expect_equal(as.integer(class), max.col(as.matrix(prob), "first"))
  }
})

test_that("raw outputs are logits, or the standardised outcome", {
  skip_if_no_backend()
  binary <- shared_fit("binary")
  expect_equal(
    plogis(predict(binary$fit, binary$data, "raw")$.raw_1),
    predict(binary$fit, binary$data, "prob")$.pred_yes
  )
  number <- shared_fit("regression")
  outcome <- number$fit$prep$outcome
  expect_equal(
    predict(number$fit, number$data, "raw")$.raw_1 * outcome$scale +
      outcome$center,
    predict(number$fit, number$data)$.pred
  )
})

test_that("a row is predicted alike alone, among others and reordered", {
  skip_if_no_backend()
  for (task in c("regression", "binary", "multiclass")) {
    shared <- shared_fit(task)
    whole <- predict(shared$fit, shared$data, "raw")
    alone <- data.table::rbindlist(lapply(c(3, 77, 200), function(i) {
      predict(shared$fit, shared$data[i, ], "raw")
    }))
    expect_equal(alone, whole[c(3, 77, 200)], tolerance = 1e-5)
    expect_equal(predict(shared$fit, shared$data[200:1, ], "raw"),
                 whole[200:1], tolerance = 1e-5)
  }
})

test_that("new data may be any table, with more columns and no outcome", {
  skip_if_no_backend()
  shared <- shared_fit("regression")
  new <- shared$data
  new$price <- NULL
  new <- cbind(extra = seq_len(200), rev(new))
  expected <- predict(shared$fit, shared$data)
  expect_equal(predict(shared$fit, new), expected)
  expect_equal(predict(shared$fit, data.table::as.data.table(new)), expected)
  new$town <- factor(new$town)
  new$colour <- as.character(new$colour)
  expect_equal(predict(shared$fit, new), expected)
})

test_that("no rows give no predictions", {
  skip_if_no_backend()
  for (task in c("regression", "binary")) {
    shared <- shared_fit(task)
    expect_equal(nrow(predict(shared$fit, shared$data[0, ])), 0)
  }
})

test_that("missing values follow the fit's policy", {
  skip_if_no_backend()
  data <- task_table("regression")
  data$size[1:5] <- NA
  new <- data[1:3, ]
  dropped <- plain_mlp(price ~ ., data, na = "drop", baseline = FALSE,
                      control = quick())
  new$size[2:3] <- c(40, 50)
  expect_warning(predicted <- predict(dropped, new),
                 class = "deeply_warning_missing_values")
  expect_equal(is.na(predicted$.pred), c(TRUE, FALSE, FALSE))

  flagged <- plain_mlp(price ~ ., data, baseline = FALSE, control = quick())
  expect_silent(predicted <- predict(flagged, new))
  expect_false(anyNA(predicted))
})

test_that("what cannot be predicted is refused", {
  skip_if_no_backend()
  number <- shared_fit("regression")
  class <- shared_fit("binary")
  expect_snapshot(error = TRUE, {
    predict(number$fit, number$data, type = "prob")
    predict(class$fit, class$data, type = "numeric")
    predict(class$fit, class$data, type = "quantile")
    predict(class$fit, class$data["size"])
    predict(class$fit)
  })
})
