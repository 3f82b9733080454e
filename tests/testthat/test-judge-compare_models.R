# Without Python: a comparison whose numbers are known.
fixture_comparison <- function(metric = "rmse", networks = "deep_mlp",
                               shift = c(0, -0.9, 0.05, 2), folds = 4) {
  models <- c(networks[[1]], "linear regression", "boosted trees", "mean")
  noise <- with_seed(5, matrix(rnorm(folds * 4, sd = 0.04), 4))
  rows <- data.table::CJ(fold = seq_len(folds), at = seq_along(models))
  scale <- if (metric == "roc_auc") 0.1 else 1
  score <- 3 + 0.3 * rows$fold + shift[rows$at] + noise[cbind(rows$at,
                                                              rows$fold)]
  table <- data.table::data.table(
    "repeat" = 1L, fold = rows$fold, model = models[rows$at],
    score = scale * score, other = score + 1,
    fit_seconds = c(12.34, 0.0123, 1.5, 0.001)[rows$at],
    predict_seconds = 0.1, bytes = c(41789, 487, 1.2e7, 311)[rows$at],
    parameters = c(993L, NA, NA, NA)[rows$at], n_test = 25L + rows$fold,
    n_train = 75L - rows$fold
  )
  data.table::setnames(table, c("score", "other"), c(metric, "mae"))
  plan <- data.table::data.table("repeat" = 1L, fold = seq_len(folds))
  new_comparison(table, networks, "price", list(table = plan))
}

test_that("summary() is the corrected resampled t-test, by hand", {
  compared <- fixture_comparison()
  table <- summary(compared)
  expect_equal(table$model, c("linear regression", "deep_mlp", "boosted trees",
                              "mean"))
  trees <- compared[compared$model == "boosted trees", ]
  network <- compared[compared$model == "deep_mlp", ]
  difference <- trees$rmse - network$rmse
  ratio <- sum(trees$n_test) / sum(trees$n_train)
  se <- sqrt((1 / 4 + ratio) * var(difference))
  row <- table[table$model == "boosted trees", ]
  expect_equal(row$mean, mean(trees$rmse))
  expect_equal(row$difference, mean(difference))
  expect_equal(c(row$lower, row$upper),
               mean(difference) + c(-1, 1) * qt(0.975, 3) * se)
  expect_equal(row$p_value, 2 * pt(-abs(mean(difference)) / se, 3))
  # Without the correction it is the t-test that everyone knows.
  plain <- t.test(trees$rmse, network$rmse, paired = TRUE)$conf.int
  expect_gt(row$upper - row$lower, diff(plain))
  expect_true(is.na(table$difference[table$model == "deep_mlp"]))
})

test_that("pairs are of the same fold, in whatever order rows are", {
  compared <- fixture_comparison()
  shuffled <- compared[c(9, 3, 16, 1, 12, 6, 2, 15, 10, 4, 7, 13, 5, 14, 8,
                         11), ]
  expect_equal(summary(shuffled)[, 1:8], summary(compared)[, 1:8])
  wide <- summary(compared, level = 0.5)
  expect_true(all(wide$mean_upper < summary(compared)$mean_upper))
  expect_equal(summary(compared, metric = "mae")$mean,
               summary(compared)$mean + 1)
})

test_that("a comparison prints its finding", {
  expect_snapshot({
    fixture_comparison()
    fixture_comparison("roc_auc")
    fixture_comparison(shift = c(-0.1, 1, 1.5, 2))
    fixture_comparison(shift = c(0, 0.01, 0.02, -0.03),
                       networks = c("small", "wide"))
    fixture_comparison(folds = 1)
  })
  compared <- fixture_comparison()
  expect_equal(shown_differences(c(-0.017, NA, 0.5), c(-0.033, NA, 0.1),
                                 c(-0.00048, NA, 0.9)),
               c("-0.0170 (-0.0330 to -0.0005)", "", "0.500 (0.100 to 0.900)"))
  expect_output(print(compared[1:3, c("model", "rmse")]), "1: +deep_mlp")
})

test_that("repeated folds are counted", {
  repeated <- data.table::data.table("repeat" = rep(1:10, each = 3),
                                     fold = rep(1:3, 10))
  expect_equal(count_folds(repeated), "30 folds (3, 10 times)")
  expect_equal(ordinal(c(3)), "3rd")
  expect_equal(vapply(c(1, 2, 4, 11, 12, 13, 21, 22), ordinal, ""),
               c("1st", "2nd", "4th", "11th", "12th", "13th", "21st", "22nd"))
})

test_that("the plot's title says who is better", {
  titles <- list(
    list(fixture_comparison(), "Linear regression is better than deep_mlp"),
    list(fixture_comparison("roc_auc"), "Mean is better than deep_mlp"),
    list(fixture_comparison(shift = c(-0.1, 1, 1.5, 2)), "better than all"),
    list(fixture_comparison(shift = c(0, 0.01, 0.02, -0.03)),
         "No model is clearly better than deep_mlp")
  )
  for (case in titles) {
    plot <- autoplot(case[[1]])
    expect_match(plot$labels$title, case[[2]])
    expect_silent(ggplot2::ggplot_build(plot))
  }
  expect_match(autoplot(fixture_comparison(), metric = "mae")$labels$x, "mae")
})

test_that("what hides the others is off the scale", {
  table <- data.frame(model = c("a", "b", "c"), mean = c(0.92, 0.9, 0.5))
  expect_equal(far_behind(table), "c")
  expect_null(far_behind(transform(table, mean = c(0.92, 0.9, 0.87))))
  expect_null(far_behind(table[2:3, ]))
})

test_that("what cannot be compared is refused", {
  data <- mixed_table(60)
  compare <- function(...) compare_models(price ~ size + count, data, ...)
  expect_snapshot(error = TRUE, {
    compare(models = c("linear", "svm"))
    compare(models = 3)
    compare(networks = list(list(hidden_units = 8)))
    compare(networks = list(a = list(), a = list()))
    compare(networks = "small")
    compare(networks = list(small = list(hiden_units = 8)))
    compare(networks = list(small = list(weights = 1:60)))
    compare(networks = list("boosted trees" = list()))
    compare(hiden_units = 8)
    compare(NULL, 8)
    compare(baseline = FALSE)
    compare(control = deep_control(validation = 1:10))
    compare(control = deep_control(checkpoint = "here"))
    compare(folds = 1)
    compare(workers = 0)
    compare(seed = -1)
    compare_models(price ~ nothing, data)
    summary(fixture_comparison(), metric = "rsq")
    summary(fixture_comparison()[2:4, ])
    check_xgboost(c("linear", "tuned_trees"), there = FALSE)
  })
  expect_silent(check_xgboost("trees", there = FALSE))
})

# With Python ----------------------------------------------------------------

few <- c("trivial", "linear", "tree")

# A search with fewer trials.
with_trials <- function(n, code) {
  bridge()
  search <- reticulate::import("deeply_backend.judge.tuned_trees")
  before <- search$TRIALS
  search$TRIALS <- n
  on.exit(search$TRIALS <- before)
  force(code)
}

test_that("rivals and the network are judged on the same folds, by task", {
  skip_if_no_backend()
  for (task in names(task_outcome)) {
    data <- task_table(task, n = 120)
    compared <- compare_models(
      stats::reformulate(".", task_outcome[[task]]), data, models = few,
      folds = 3, seed = 2, control = quick(2, seed = NULL)
    )
    expect_s3_class(compared, "deep_comparison")
    expect_equal(nrow(compared), 3 * 4)
    expect_equal(compared$model[1:4],
                 c("deep_mlp", rival_labels(few, task)))
    expect_equal(sum(compared$n_test), 4 * 120)
    expect_false(anyNA(compared[, compared_metrics(compared), with = FALSE]))
    expect_true(all(compared$fit_seconds > 0 & compared$bytes > 0))
    expect_equal(compared_metrics(compared),
                 setdiff(names(evaluate(shared_fit(task)$fit)), "model"))
  }
})

test_that("rivals learn from all training rows of a fold", {
  skip_if_no_backend()
  data <- mixed_table(150)[c("size", "count", "open", "price")]
  folds <- deep_folds(data, v = 3, seed = 8)
  compared <- compare_models(data[1:3], data$price, folds = folds, seed = 1,
                             models = c("trivial", "linear"),
                             control = quick(2, seed = NULL))
  by_hand <- vapply(folds$folds, function(rows) {
    train <- data[rows$train, ]
    test <- data[rows$test, ]
    rmse <- function(predicted) sqrt(mean((predicted - test$price)^2))
    c(rmse(mean(train$price)), rmse(predict(lm(price ~ ., train), test)))
  }, numeric(2))
  expect_equal(compared$rmse[compared$model == "mean"], by_hand[1, ])
  expect_equal(compared$rmse[compared$model == "linear regression"],
               by_hand[2, ], tolerance = 0.02)
})

test_that("the network's score is that of a fit to the fold", {
  skip_if_no_backend()
  data <- task_table("binary", n = 120)
  folds <- deep_folds(data, v = 3, strata = "sold", seed = 8)
  compared <- compare_models(sold ~ ., data, folds = folds, seed = 4,
                             models = "trivial", control = quick(2, NULL))
  job <- fold_jobs(folds, 4)[[2]]
  fit <- with_seed(job$seed, deep_mlp(sold ~ ., data[job$train, ],
                                      control = quick(2, job$seed),
                                      baseline = FALSE))
  judged <- evaluate(fit, data[job$test, ])
  network <- compared[compared$model == "deep_mlp", ]
  expect_equal(network$roc_auc[[2]], judged$roc_auc[[1]])
  expect_equal(network$log_loss[[2]], judged$log_loss[[1]])
  expect_equal(network$parameters[[2]], fit$info$parameters)
  # The same again, whoever else is there.
  again <- compare_models(sold ~ ., data, folds = folds, seed = 4,
                          models = character(), control = quick(2, NULL))
  scores <- function(rows) {
    unlist(rows[, compared_metrics(compared), with = FALSE])
  }
  expect_equal(scores(again), scores(network))
})

test_that("a search and scikit-learn's network compete when asked for", {
  skip_if_no_backend()
  expect_false(any(asked_rivals %in% check_rivals(NULL)))
  skip_if_not(isTRUE(backend_call("describe")$trees), "No XGBoost.")
  for (task in names(task_outcome)) {
    data <- task_table(task, n = 150)
    with_trials(3L, compared <- compare_models(
      stats::reformulate(".", task_outcome[[task]]), data, folds = 2, seed = 2,
      models = c("trivial", asked_rivals), control = quick(1, seed = NULL)
    ))
    metric <- compared_metrics(compared)[[1]]
    mean_of <- function(model) {
      mean(compared[[metric]][compared$model == model])
    }
    gain <- if (metric %in% lower_is_better) -1 else 1
    trivial <- rival_labels("trivial", task)
    for (model in c("tuned boosted trees", "scikit-learn MLP")) {
      expect_gt(gain * (mean_of(model) - mean_of(trivial)), 0.05)
    }
  }
})

test_that("a search is judged by the rows that a network stops by", {
  data <- mixed_table(100)
  stops_by <- function(data, formula, seed = 4L) {
    input <- list(x = formula, data = data, weights = NULL)
    learn_rows(input, list(), seed)$held_out
  }
  expect_equal(stops_by(data[order(data$day), ], price ~ size + day), 81:100)
  data$sold[[7]] <- NA
  drawn <- stops_by(data[c("size", "sold")], sold ~ .)
  sold <- data$sold[-7]
  control <- fill_control(deep_control(), table_training("default"))
  network <- split_rows(control, as.integer(sold), TRUE, 4L)
  expect_equal(drawn, network$validation)
})

test_that("several networks, weights and rows that are left out", {
  skip_if_no_backend()
  data <- task_table("regression", n = 90)
  data$size[c(4, 40)] <- NA
  data$price[[7]] <- NA
  data$heavy <- rep(c(1, 3), 45)
  compared <- suppressWarnings(compare_models(
    price ~ ., data, weights = "heavy", na = "drop", models = "linear",
    networks = list(small = list(hidden_units = 4), wide = list()),
    folds = 3, seed = 3, control = quick(2, seed = NULL)
  ))
  expect_equal(unique(compared$model),
               c("small", "wide", "linear regression"))
  expect_equal(sum(compared$n_test[compared$model == "wide"]), 87)
  sizes <- compared$parameters[1:2]
  expect_lt(sizes[[1]], sizes[[2]])
  expect_equal(sum(is.na(summary(compared)$difference)), 1)
})

test_that("a fold that fails says which model and why", {
  skip_if_no_backend()
  data <- mixed_table(60)
  data$town[[5]] <- "Rome"
  cnd <- rlang::catch_cnd(compare_models(
    price ~ town + size, data, models = "linear", folds = 3, seed = 3,
    control = quick(1, seed = NULL), new_levels = "error"
  ))
  expect_s3_class(cnd, "deeply_error_fold")
  expect_s3_class(cnd$parent, "deeply_error_new_levels")
})
