# Several outcomes are judged each by itself, and by their mean.

test_that("metrics are those of base R, and means only of what has no unit", {
  cases <- fixture_cases(3, "number")
  metrics <- judge_outcomes(cases)
  expect_named(metrics, c("outcome", "model", "rsq", "rmse", "mae"))
  for (name in names(cases$truth)) {
    truth <- cases$truth[[name]]
    error <- cases$predicted$linear[[name]] - truth
    row <- metrics[metrics$outcome == name & metrics$model == "linear", ]
    expect_equal(row$rmse, sqrt(mean(error^2)))
    expect_equal(row$mae, mean(abs(error)))
    expect_equal(row$rsq, 1 - mean(error^2) / mean((truth - mean(truth))^2))
    trivial <- metrics[metrics$outcome == name & metrics$model == "trivial", ]
    expect_equal(trivial$rsq, 0)
  }
  means <- overall_metrics(metrics)
  expect_equal(means$model, names(cases$predicted))
  network <- metrics$model == "deep_mlp" & metrics$outcome != average_label
  expect_equal(means$rsq[[1]], mean(metrics$rsq[network]))
  expect_true(all(is.na(means$rmse) & is.na(means$mae)))
})

test_that("labels have the metrics of two classes, and their means", {
  cases <- fixture_cases(3, "label")
  metrics <- judge_outcomes(cases)
  alone <- judge_cases(cases_of(cases, "y2"))
  of <- metrics[metrics$outcome == "y2", ]
  expect_equal(as.data.frame(of)[names(alone)], as.data.frame(alone))
  each <- metrics$model == "linear" & metrics$outcome != average_label
  means <- overall_metrics(metrics)
  for (metric in metric_order(cases$outcome)) {
    expect_equal(means[[metric]][[3]], mean(metrics[[metric]][each]))
  }
  # A label that no row has is left out of the mean of what is not defined.
  cases$truth$y3[] <- 1
  metrics <- judge_outcomes(cases)
  expect_true(all(is.na(metrics$roc_auc[metrics$outcome == "y3"])))
  expect_false(anyNA(overall_metrics(metrics)$roc_auc))
})

test_that("a fit prints what it was judged by, outcome by outcome", {
  expect_snapshot(fixture_outcomes(2, "number"))
  expect_snapshot(fixture_outcomes(3, "label"))
  expect_snapshot(evaluate(fixture_outcomes(9, "number")))
  lines <- utils::capture.output(print(fixture_outcomes(14, "label")))
  expect_lte(max(nchar(lines)), 80)
  expect_equal(sum(grepl("^ y[0-9]+ ", lines)), 10)
})

test_that("part of an evaluation prints what is left", {
  judged <- evaluate(fixture_outcomes(3, "number"))
  expect_snapshot(judged[c(1, 3, 5), ])
  expect_output(print(judged[, c("outcome", "rsq")]), "(average)", fixed = TRUE)
  errors <- evaluate(fixture_outcomes(9, "number"))
  expect_output(print(errors[, c("outcome", "model", "rmse")]),
                "with the highest rmse, of 9.* y9 .* y5 ")
})

test_that("rare labels and lost outcomes are told of", {
  fit <- fixture_outcomes(3, "label")
  expect_false(any(grepl("rarer", note_outcomes(fit))))
  fit$prep$outcome$parts$y2$shares <- c("FALSE" = 0.97, "TRUE" = 0.03)
  fit$judged$metrics$roc_auc <- 0.5
  fit$judged$metrics$roc_auc[[3]] <- 0.7123
  expect_snapshot(writeLines(note_outcomes(fit)))
  expect_equal(metric_order(fit$prep$outcome)[[1]], "pr_auc")
})

test_that("tidiers give means", {
  fit <- fixture_outcomes(3, "number")
  expect_equal(glance(fit)$rsq, overall_metrics(fit$judged$metrics)$rsq[[1]])
  expect_equal(nrow(glance(fit)), 1)
})

test_that("what is made for one outcome says so", {
  fit <- fixture_outcomes(2, "label")
  rows <- data.frame(x = 1)
  data <- labels_table()
  expect_snapshot(error = TRUE, {
    calibrate(fit, rows)
    set_threshold(fit, 0.4)
    confusion(fit, rows)
    roc_curve(fit, rows)
    pr_curve(fit, rows)
    reliability_curve(fit, rows)
    cost_curve(fit, rows, cost = c(false_negative = 2, false_positive = 1))
    diagnose(fit)
    explain(fit, rows)
    deep_report(fit)
    cross_validate(cbind(sold, rated) ~ ., data)
    compare_models(cbind(sold, rated) ~ ., data)
    learning_curve(cbind(sold, rated) ~ ., data)
    complexity_curve(cbind(sold, rated) ~ ., data, argument = "dropout")
    predict(fixture_outcomes(3, "number"), rows, type = "interval")
  })
  expect_error(do.call(diagnose.deep_fit, list(fit)),
               class = "deeply_error_several_outcomes")
  expect_error(calibrate(fit, rows), class = "deeply_error_several_outcomes")
})
