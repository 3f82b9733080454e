verdict_of <- function(fit, ...) {
  found <- diagnose(fit, ...)
  c(found$verdict, found$kind)
}

test_that("the largest gap is the verdict", {
  expect_equal(verdict_of(judged_fixture(80, 30)), c("fine", "healthy"))
  expect_equal(verdict_of(judged_fixture(10, 300)), c("overfit", "overfit"))
  expect_equal(verdict_of(judged_fixture(1600, 400)), c("underfit", "underfit"))
  known <- diagnose(judged_fixture(400, 100), best_known = 0.002)
  expect_equal(known$kind, "underfit")
  expect_equal(known$ladder$level[[1]], "best known")
  expect_snapshot({
    diagnose(judged_fixture(80, 30))
    diagnose(judged_fixture(10, 300), best_known = 0.01)
    diagnose(judged_fixture(1600, 400))
  })
})

test_that("what broke a run explains the rest", {
  dead <- list(kind = "dead", layer = "relu_2", share = 0.75)
  broken <- diagnose(judged_fixture(1600, 400, findings = list(dead)))
  expect_equal(broken[c("verdict", "kind")],
               list(verdict = "optimisation trouble", kind = "dead"))
  expect_equal(broken$findings$kind, "dead")
  rate <- list(kind = "no_number", cause = "learn_rate", phase = "gradient",
               epoch = 1, layer = "output", scoring = FALSE)
  expect_equal(verdict_of(judged_fixture(1600, 400, findings = list(rate))),
               c("optimisation trouble", "diverged"))
  missing <- list(kind = "no_number", cause = "missing", phase = "input",
                  epoch = 2, column = "size", row = 12, scoring = FALSE)
  expect_equal(verdict_of(judged_fixture(1600, 400, findings = list(missing))),
               c("data trouble", "no_number"))
  expect_snapshot(broken)
})

test_that("a bigger network with the higher training error is hard to train", {
  bigger <- judged_fixture(400, 120)
  smaller <- judged_fixture(160, 50)
  smaller$info$parameters <- 100
  found <- diagnose(bigger, smaller = smaller)
  expect_equal(found$kind, "bigger_worse")
  expect_equal(diagnose(judged_fixture(170, 50), smaller = smaller)$kind,
               "healthy")
  other <- smaller
  other$prep$outcome$name <- "price"
  expect_snapshot(found$says)
  expect_snapshot(error = TRUE, {
    diagnose(smaller, smaller = bigger)
    diagnose(bigger, smaller = other)
    diagnose(bigger, smaller = "small")
    diagnose(bigger, best_known = 2)
    diagnose(bigger, looks = 1.5)
    diagnose(bigger, tset = 1)
  })
})

test_that("two hundred looks use a small validation set up", {
  weak <- judged_fixture(1800, 40, n = 100, trivial = 50, simple = 49)
  weak$judged$levels$training <- shares(180, 400)
  used <- diagnose(weak, looks = 200)
  expect_equal(used$kind, "reused")
  se <- sqrt(0.4 * 0.6 / 100)
  expect_equal(used$looks$luck, se * sqrt(2 * log(200)), tolerance = 0.03)
  expect_false(diagnose(weak)$kind == "reused")
  # Test rows on which it is as good, or not.
  with_test <- function(size) {
    ladder <- rbind(used$ladder, data.table(level = "test", size = size),
                    fill = TRUE)
    attr(ladder, "trivial") <- 0.5
    attr(ladder, "measure") <- "error"
    find_used_up(ladder, used$looks)
  }
  expect_null(with_test(-0.01))
  expect_length(with_test(0.04), 1)
  expect_equal(diagnose(judged_fixture(80, 30), looks = 200)$kind, "healthy")
  expect_snapshot(used)
})

test_that("label noise is told from overlap", {
  simulate <- function(sd, flipped, n = 2000) {
    logit <- rnorm(n, sd = sd)
    truth <- 1L + (runif(n) < plogis(logit))
    flip <- runif(n) < flipped
    truth[flip] <- 3L - truth[flip]
    prob <- plogis(logit)
    outcome <- list(task = "binary", levels = c("no", "yes"))
    cases <- list(outcome = outcome, truth = truth,
                  predicted = list(cbind(1 - prob, prob)))
    network <- error_level(cases$predicted[[1]], truth, outcome)
    !is.null(label_noise(count_surest(cases), network,
                         shares(n / 2, n)))
  }
  share <- function(sd, flipped) {
    with_seed(5, mean(replicate(200, simulate(sd, flipped))))
  }
  for (sd in c(0.5, 1, 1.5, 2, 3, 6, 30)) {
    expect_lt(share(sd, 0), 0.02)
  }
  expect_gt(share(30, 0.1), 0.99)
  expect_gt(share(6, 0.1), 0.95)
  expect_equal(overlap_surest(0.2), 0.0294, tolerance = 0.01)
  expect_equal(overlap_surest(0.5), 0.5)
})

test_that("looks are counted by rows", {
  fit <- list(info = list(id = "first"))
  truth <- c(3.25, 1.5, 9.125)
  key <- count_look(truth, fit)
  count_look(truth, fit)
  count_look(truth, list(info = list(id = "second")))
  count_look(rev(truth), fit)
  expect_equal(looks_at(key), list(looks = 3L, fits = 2L))
  expect_equal(looks_at(NULL), list(looks = 0L, fits = 0L))
})

# With networks --------------------------------------------------------------

test_that("a fit keeps its error on training rows", {
  skip_if_no_backend()
  for (task in names(task_outcome)) {
    shared <- shared_fit(task)
    fit <- shared$fit
    split <- split_rows(fit$spec$control, outcome_strata(
      shared$data[[task_outcome[[task]]]], fit$prep$outcome
    ), task != "regression", fit$info$seed)
    judged <- evaluate(fit, shared$data[split$train, ])
    level <- level_interval(fit$judged$levels$training,
                            error_measure(fit$prep$outcome))
    expect_equal(level[["error"]], if (task == "regression") judged$rmse[[1]]
                 else 1 - judged$accuracy[[1]], tolerance = 1e-5)
    expect_equal(sum(fit$judged$levels$training$n), length(split$train))
  }
})

test_that("data is split again as the fit did, and suspects are named", {
  skip_if_no_backend()
  shared <- shared_fit("binary")
  data <- shared$data
  found <- diagnose(shared$fit, data = data)
  expect_s3_class(found, "deep_diagnosis")
  expect_equal(nrow(found$suspects), 20)
  expect_setequal(found$suspects$set, c("training", "validation"))
  expect_true(all(diff(found$suspects$loss) <= 0))
  first <- found$suspects[1, ]
  prob <- predict(shared$fit, data[first$row, ], "prob")
  expect_equal(first$prob, prob[[paste0(".pred_", first$truth)]],
               tolerance = 1e-5)
  expect_equal(first$loss, -log(first$prob))
  # Other rows than those of the fit are not taken for them.
  other <- diagnose(shared$fit, data = data[-1, ])
  expect_equal(unique(other$suspects$set), "data")
  number <- shared_fit("regression")
  worst <- diagnose(number$fit, data = number$data)$suspects[1, ]
  expect_equal(worst$said, predict(number$fit, number$data[worst$row, ])$.pred,
               tolerance = 1e-6)
})

test_that("every look at rows goes into the count", {
  skip_if_no_backend()
  shared <- shared_fit("binary")
  rows <- shared$data[with_seed(9, sample(200, 83)), ]
  evaluate(shared$fit, rows)
  confusion(shared$fit, rows)
  roc_curve(shared$fit, rows)
  autoplot(shared$fit, rows)
  found <- diagnose(shared$fit, test = rows)$looks
  expect_equal(found$looks[found$set == "test"], 5)
  expect_equal(found$fits[found$set == "test"], 1)
  before <- looks_at(shared$fit$judged$key)$fits
  again <- plain_mlp(sold ~ ., shared$data, baseline = FALSE,
                    control = quick(epochs = 1, seed = 11))
  expect_equal(again$info$validation_looks, before + 1)
})

test_that("a fit from x and y is diagnosed with a column y", {
  skip_if_no_backend()
  data <- mixed_table(120)
  fit <- plain_mlp(data[c("size", "count")], data$price, control = quick())
  given <- data.frame(data[c("size", "count")], y = data$price)
  found <- diagnose(fit, data = given)
  expect_true("training" %in% found$suspects$set)
  expect_snapshot(error = TRUE, {
    diagnose(fit, data = data[c("size", "count")])
    diagnose(fit, test = 1:3)
  })
})

test_that("files and resumed runs have the ladder too", {
  skip_if_no_parquet()
  data <- mixed_table(300)[c("size", "count", "price")]
  table <- deep_parquet(parquet_folder(data))
  folder <- tempfile()
  on.exit(unlink(folder, recursive = TRUE))
  fit <- plain_mlp(price ~ ., table, baseline = FALSE,
                  control = quick(epochs = 1, checkpoint = folder))
  found <- diagnose(fit, data = table, test = table)
  expect_equal(found$ladder$level, c("training", "validation", "test"))
  expect_equal(found$ladder$n, c(240L, 60L, 300L))
  expect_equal(found$kind, "leak")
  expect_equal(unique(found$suspects$set), c("data", "test"))
  expect_identical(deep_resume(folder)$judged$levels, fit$judged$levels)
})

test_that("leaks, drift and mismatch are named", {
  skip_if_no_backend()
  data <- mixed_table(600)[c("size", "count", "price", "sold")]
  test <- mixed_table(300, seed = 8)[c("size", "count", "price", "sold")]
  known <- transform(data, price = as.numeric(sold) + 1e-4 * price)
  leaky <- plain_mlp(sold ~ ., known, baseline = FALSE,
                    control = quick(epochs = 5))
  expect_equal(diagnose(leaky, data = known)$kind, "leak")
  fit <- plain_mlp(price ~ size + count, data, baseline = FALSE,
                  control = quick(epochs = 20))
  moved <- transform(test, size = size + 60)
  found <- diagnose(fit, data = data, test = moved)
  expect_equal(c(found$verdict, found$kind), c("data trouble", "drift"))
  expect_match(found$says, "^Test rows are not like training rows: .*size")
  # Validation rows from elsewhere, and rows like the training rows.
  both <- rbind(data[1:400, ], moved)
  elsewhere <- plain_mlp(price ~ size + count, both, control = quick(
    epochs = 20, validation = 401:700
  ))
  expect_equal(diagnose(elsewhere, train_dev = test)$kind, "mismatch")
  expect_equal(diagnose(elsewhere, data = both)$kind, "mismatch")
})

test_that("rows of training in the test are a leak", {
  skip_if_no_backend()
  shared <- shared_fit("regression")
  found <- diagnose(shared$fit, data = shared$data,
                    test = shared$data[1:50, ])
  expect_equal(found$kind, "leak")
  expect_match(found$says, "50 of 50 test rows")
})

test_that("labels flipped at random are found, and first among the suspects", {
  skip_if_no_backend()
  data <- with_seed(2, data.frame(a = rnorm(1200), b = rnorm(1200)))
  data$kind <- factor(ifelse(data$a + data$b > 0, "up", "down"))
  wrong <- with_seed(3, sample(1200, 120))
  data$kind[wrong] <- c("up", "down")[as.integer(data$kind[wrong])]
  fit <- plain_mlp(kind ~ ., data, baseline = FALSE,
                  control = quick(epochs = 15))
  found <- diagnose(fit, data = data)
  expect_equal(c(found$verdict, found$kind), c("data trouble", "label_noise"))
  expect_gt(mean(found$suspects$row %in% wrong), 0.9)
})

test_that("a diagnosis is drawn, the largest gap in colour", {
  for (fit in list(judged_fixture(80, 30), judged_fixture(10, 300))) {
    plot <- autoplot(diagnose(fit))
    expect_s3_class(plot, "ggplot")
    expect_silent(ggplot2::ggplot_build(plot))
  }
  expect_match(plot$labels$title, "Overfit: the largest gap is variance")
  expect_snapshot(error = TRUE, autoplot(diagnose(fit), what = 1))
})
