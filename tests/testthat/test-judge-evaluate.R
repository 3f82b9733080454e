test_that("every model stands in the table, on the same rows", {
  skip_if_no_backend()
  shared <- shared_fit("binary")
  judged <- evaluate(shared$fit, shared$data)
  expect_s3_class(judged, "deep_evaluation")
  expect_equal(judged$model[1:3],
               c("deep_mlp", "majority class", "logistic regression"))
  expect_equal(judged$roc_auc[[2]], 0.5)
  expect_equal(attr(judged, "judged_on")$n, 200)
})

test_that("the network's row is what its predictions give", {
  skip_if_no_backend()
  shared <- shared_fit("binary")
  prob <- predict(shared$fit, shared$data, "prob")$.pred_yes
  expect_equal(unlist(evaluate(shared$fit, shared$data)[1, -1]),
               binary_metrics(shared$data$sold == "yes", prob)[
                 metric_order(shared$fit$prep$outcome)
               ])
  number <- shared_fit("regression")
  expect_equal(
    evaluate(number$fit, number$data)$rmse[[1]],
    sqrt(mean((predict(number$fit, number$data)$.pred - number$data$price)^2))
  )
})

test_that("the stored judgement is that of the validation rows", {
  skip_if_no_backend()
  shared <- shared_fit("regression")
  rows <- split_rows(shared$fit$spec$control, shared$data$price, FALSE,
                     shared$fit$info$seed)
  again <- evaluate(shared$fit, shared$data[rows$validation, ])
  expect_equal(again, evaluate(shared$fit), tolerance = 1e-6,
               ignore_attr = "judged_on")
})

test_that("boosted trees join when XGBoost is there", {
  skip_if_no_backend()
  skip_if(!isTRUE(backend_call("describe")$trees), "XGBoost is not installed.")
  for (task in c("regression", "binary", "multiclass")) {
    judged <- evaluate(shared_fit(task)$fit)
    expect_equal(judged$model[[4]], "boosted trees")
    metric <- if (task == "regression") "rmse" else "log_loss"
    expect_lt(judged[[metric]][[4]], judged[[metric]][[2]])
  }
})

test_that("baseline = FALSE leaves the trivial model alone", {
  skip_if_no_backend()
  fit <- plain_mlp(price ~ ., task_table("regression"), control = quick(),
                  baseline = FALSE)
  expect_equal(evaluate(fit)$model, c("deep_mlp", "mean"))
})

test_that("rows without an outcome are counted, not judged", {
  skip_if_no_backend()
  shared <- shared_fit("multiclass")
  new <- shared$data[1:20, ]
  new$grade[c(4, 9)] <- NA
  judged <- evaluate(shared$fit, new)
  expect_equal(attr(judged, "judged_on")$left_out, 2)
  expect_equal(judged, evaluate(shared$fit, new[-c(4, 9), ]),
               tolerance = 1e-5, ignore_attr = "judged_on")
})

test_that("rows that na = 'drop' leaves out are counted too", {
  skip_if_no_backend()
  data <- task_table("binary")
  data$size[1:7] <- NA
  fit <- plain_mlp(sold ~ ., data, na = "drop", control = quick())
  judged <- suppressWarnings(evaluate(fit, data))
  expect_equal(attr(judged, "judged_on")$n, 193)
  expect_false(anyNA(judged))
})

test_that("a fit from x and y is judged with y", {
  skip_if_no_backend()
  data <- mixed_table(80)
  fit <- plain_mlp(data["size"], data$price, control = quick())
  expect_equal(nrow(evaluate(fit, data["size"], y = data$price)),
               nrow(evaluate(fit)))
  expect_snapshot(error = TRUE, evaluate(fit, data["size"]))
  expect_snapshot(error = TRUE, evaluate(fit, data["size"], y = 1:3))
})

test_that("what cannot be judged is refused", {
  skip_if_no_backend()
  shared <- shared_fit("binary")
  new <- shared$data[1:5, ]
  expect_snapshot(error = TRUE, {
    evaluate(shared$fit, new[setdiff(names(new), "sold")])
    evaluate(shared$fit, transform(new, sold = "perhaps"))
    evaluate(shared$fit, transform(new, sold = NA))
  })
})

test_that("right in 99.9 % of the rows and useless: the print says so", {
  skip_if_no_backend()
  cards <- simulate_fraud(20000, share = 0.001, seed = 3)$data
  fit <- plain_mlp(fraud ~ ., cards, control = quick(seed = 1),
                  baseline = FALSE)
  # What the probabilities are worth differs from one backend to the other.
  expect_snapshot(
    writeLines(strwrap(fit_notes(fit), 78)),
    transform = function(lines) sub("pr_auc [0-9.]+", "pr_auc <area>", lines)
  )
  printed <- paste(capture.output(print(fit)), collapse = "\n")
  expect_match(printed, "model +pr_auc +recall")
  expect_equal(utils::tail(names(evaluate(fit)), 1), "accuracy")
})

test_that("augment() adds predictions and residuals to the data", {
  skip_if_no_backend()
  number <- shared_fit("regression")
  augmented <- augment(number$fit, number$data)
  expect_equal(augmented$.resid, number$data$price - augmented$.pred)
  expect_equal(names(augmented), c(names(number$data), ".pred", ".resid"))
  without <- augment(number$fit, number$data[names(number$data) != "price"])
  expect_false(".resid" %in% names(without))
  class <- shared_fit("multiclass")
  expect_named(augment(class$fit, class$data),
               c(names(class$data), ".pred_class", ".pred_C", ".pred_B",
                 ".pred_A"))
})

test_that("plots of predictions can be drawn and say what they find", {
  skip_if_no_backend()
  titles <- c(regression = "is explained", binary = "are found",
              multiclass = "right")
  for (task in names(titles)) {
    shared <- shared_fit(task)
    plot <- autoplot(shared$fit, shared$data)
    expect_s3_class(plot, "ggplot")
    expect_match(plot$labels$title, titles[[task]])
    expect_silent(ggplot2::ggplot_build(plot))
  }
})
