# Prints, tidiers and history plots need no Python.

test_that("a fit prints its story", {
  expect_snapshot(fixture_fit("binary"))
  expect_snapshot(fixture_fit("multiclass"))
  expect_snapshot(fixture_fit("regression"))
})

test_that("an imbalanced fit does not lead with accuracy, and warns", {
  fit <- fixture_fit("binary")
  fit$prep$outcome$shares <- c(no = 0.999, yes = 0.001)
  fit$judged$metrics <- fixture_metrics(fit$prep$outcome)
  expect_snapshot(fit)
  expect_equal(names(evaluate(fit))[[2]], "pr_auc")
})

test_that("a fit that finds none of the rare rows is called useless", {
  note <- function(shares, metrics, task = "binary") {
    note_useless(list(name = "fraud", task = task, shares = shares,
                      levels = names(shares)), metrics)
  }
  told <- function(...) writeLines(strwrap(note(...), 78))
  rare <- c(no = 0.999, yes = 0.001)
  metrics <- data.table::data.table(
    model = c("deep_mlp", "majority class"), pr_auc = c(0.2345, 0.0012),
    recall = 0, bal_accuracy = 0.5, roc_auc = c(0.876, 0.5), accuracy = 0.9988
  )
  expect_snapshot({
    told(rare, metrics)
    told(rare, transform(metrics, accuracy = c(0.9981, 0.9988),
                         recall = c(0.04, 0), bal_accuracy = c(0.519, 0.5)))
    told(c(no = 0.02, yes = 0.98), transform(
      metrics, recall = c(0.99, 1), accuracy = c(0.971, 0.981),
      bal_accuracy = c(0.505, 0.5)
    ))
    told(c(a = 0.01, b = 0.03, c = 0.96), task = "multiclass", transform(
      metrics, accuracy = c(0.95, 0.955), bal_accuracy = c(0.345, 1 / 3)
    ))
  })
  # One that finds a tenth, or is right more often; a class that is not rare;
  # no rare row to find.
  expect_null(note(rare, transform(metrics, recall = c(0.1, 0))))
  expect_null(note(rare, transform(metrics, accuracy = c(0.9989, 0.9988))))
  expect_null(note(c(no = 0.6, yes = 0.4), metrics))
  expect_null(note(rare, transform(metrics, bal_accuracy = 1)))
})

test_that("the print says when a simple model wins, and when none does", {
  judged <- list(metrics = data.table::data.table(
    model = c("deep_mlp", "mean", "linear regression"), rmse = c(3.1, 9, 2.25)
  ))
  expect_snapshot(note_baseline(judged))
  judged$metrics$rmse[[3]] <- 3.1000001
  expect_snapshot(note_baseline(judged))
  judged$metrics$rmse[[3]] <- 4
  expect_null(note_baseline(judged))
})

test_that("rows left out and columns set aside are said", {
  fit <- fixture_fit("regression")
  fit$prep$rows$no_outcome <- 5L
  fit$prep$rows$incomplete <- 1300L
  fit$prep$set_aside <- c(site = "constant", code = "an identifier")
  fit$prep$outcome$unused <- character()
  expect_snapshot(fit)
  expect_snapshot(fit$prep)
})

test_that("an evaluation on training rows says so", {
  fit <- fixture_fit("regression")
  fit$judged$on <- "training rows"
  expect_snapshot(evaluate(fit))
})

test_that("tidiers have the shape that broom promises", {
  fit <- fixture_fit("binary")
  long <- tidy(fit)
  expect_named(long, c("epoch", "set", "loss", "best"))
  expect_equal(nrow(long), 10)
  expect_equal(unique(long$epoch[long$best]), 3)
  expect_equal(nrow(glance(fit)), 1)
  expect_snapshot(as.list(glance(fit)))
})

test_that("tidy() leaves out a validation that was not there", {
  fit <- fixture_fit("binary")
  fit$history$val_loss <- NaN
  expect_equal(unique(tidy(fit)$set), "training")
})

test_that("the history plot tells the finding", {
  fit <- fixture_fit("binary")
  plot <- autoplot(fit)
  expect_s3_class(plot, "ggplot")
  expect_equal(plot$labels$title,
               "Validation loss stopped improving at epoch 3")
  expect_match(plot$labels$subtitle, "dropout on")
  expect_silent(ggplot2::ggplot_build(plot))

  fit$info$best_epoch <- 5L
  expect_match(autoplot(fit)$labels$title, "still falling")
})

test_that("shares keep the digits that matter", {
  expect_equal(percent(c(0.5, 0.999, 0.9999, 0.0012, 1, 0)),
               c("50 %", "99.9 %", "99.99 %", "0.12 %", "100 %", "0 %"))
})

test_that("large and small metrics keep their digits", {
  expect_equal(format_metric(c(0.12345, 1), 3), c("0.123", "1.000"))
  expect_equal(trimws(format_metric(c(307.123, 1234.5), 3)),
               c("307.1", "1,234.0"))
})
