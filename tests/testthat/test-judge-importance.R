# Columns that matter by rule: `large` most, `small` less, the others not.
known_table <- function(n, seed) {
  with_seed(seed, {
    data <- data.frame(noise = rnorm(n), large = rnorm(n), small = rnorm(n),
                       idle = sample(c("a", "b", "c"), n, TRUE))
    data$y <- 2 * data$large + data$small + rnorm(n, sd = 0.5)
    data
  })
}

test_that("the order and the size of importances are the known ones", {
  skip_if_no_backend()
  fit <- plain_mlp(y ~ ., known_table(1500, 3), baseline = FALSE,
                  control = quick(epochs = 30, seed = 5))
  found <- explain(fit, known_table(2000, 4), seed = 9)
  expect_s3_class(found, c("deep_importance", "data.table"), exact = FALSE)
  expect_equal(found$column[1:2], c("large", "small"))
  idle <- found[found$column %in% c("noise", "idle"), ]
  expect_true(all(idle$lower < 0.01 & idle$upper > -0.01))
  expect_true(all(found$lower[1:2] > 0.1))
  # Exchanging x doubles the variance that it explains.
  rmse <- attr(found, "about")$score
  expect_equal(found$importance[1:2] + rmse, sqrt(rmse^2 + 2 * c(2, 1)^2),
               tolerance = 0.08)
  expect_true(all(found$lower < found$importance))
  expect_true(all(found$upper > found$importance))
})

test_that("it is the mean rise or fall of a metric of predict()", {
  skip_if_no_backend()
  for (task in names(task_outcome)) {
    shared <- shared_fit(task)
    outcome <- shared$fit$prep$outcome
    metric <- metric_order(outcome)[[1]]
    found <- explain(shared$fit, shared$data, repeats = 3, seed = 2)
    truth <- comparable_truth(shared$data[[outcome$name]], outcome)
    orders <- draw_exchanges(truth, outcome, 3, 2)$orders
    score <- function(data) {
      predicted <- predict(shared$fit, data,
                           if (task == "regression") "numeric" else "prob")
      predicted <- as.matrix(predicted)
      if (task == "regression") predicted <- predicted[, 1]
      all_metrics(truth, predicted, task)[[metric]]
    }
    before <- score(shared$data)
    for (column in c("size", "day", "colour")) {
      after <- mean(apply(orders, 2, function(order) {
        data <- shared$data
        data[[column]] <- data[[column]][order]
        score(data)
      }))
      expect_equal(found$importance[found$column == column],
                   (after - before) * if (metric == "rmse") 1 else -1,
                   tolerance = 1e-5)
    }
  }
})

test_that("a column that several terms use is exchanged in all of them", {
  skip_if_no_backend()
  data <- task_table("regression")
  fit <- plain_mlp(price ~ size + log(size) + I(size * count), data,
                  baseline = FALSE, control = quick())
  found <- explain(fit, data, repeats = 2, seed = 4)
  expect_setequal(found$column, c("size", "count"))
  orders <- draw_exchanges(data$price, fit$prep$outcome, 2, 4)$orders
  rmse <- function(data) {
    sqrt(mean((predict(fit, data)$.pred - task_table("regression")$price)^2))
  }
  after <- mean(apply(orders, 2, function(order) {
    rmse(transform(data, size = size[order]))
  }))
  expect_equal(found$importance[found$column == "size"], after - rmse(data),
               tolerance = 1e-5)
})

test_that("a recipe's columns are those of the data", {
  skip_if_no_backend()
  skip_if_not_installed("recipes")
  data <- task_table("regression")[c("size", "count", "price")]
  recipe <- recipes::step_pca(recipes::recipe(price ~ ., data), size, count,
                              num_comp = 2)
  fit <- plain_mlp(recipe, data, baseline = FALSE, control = quick())
  found <- explain(fit, data, repeats = 2, seed = 4)
  expect_setequal(found$column, c("size", "count"))
  expect_false(anyNA(found$importance))
})

test_that("each row is given the value of another one of its part", {
  truth <- rep(1:2, c(70, 35))
  drawn <- draw_exchanges(truth, list(task = "binary"), 4, 8)
  expect_equal(dim(drawn$orders), c(105, 4))
  for (i in 1:4) {
    order <- drawn$orders[, i]
    expect_setequal(order, 1:105)
    expect_false(any(order == 1:105))
    expect_equal(drawn$part[order], drawn$part)
  }
  # Every part has its share of each class.
  expect_true(all(table(drawn$part, truth) - rep(c(7, 3), each = 10) %in% 0:1))
  expect_identical(drawn, draw_exchanges(truth, list(task = "binary"), 4, 8))
})

test_that("intervals cover what is known, rows and exchanges included", {
  covers <- vapply(1:200, function(set) {
    data <- with_seed(set, list(x = rnorm(300), z = rnorm(300),
                                e = rnorm(300)))
    y <- data$x + data$z + data$e
    drawn <- draw_exchanges(y, list(task = "regression"), 5, set)
    score <- function(x) {
      predicted <- matrix(as.vector(x) + rep(data$z, length(x) / 300))
      jackknife_scores(predicted, y, drawn$part, function(truth, predicted) {
        sqrt(mean((truth - predicted)^2))
      })
    }
    rise <- jackknife_interval(score(data$x[drawn$orders]) - score(data$x))
    rise$lower < sqrt(3) - 1 && sqrt(3) - 1 < rise$upper
  }, NA)
  expect_gt(mean(covers), 0.9)
})

test_that("a jackknife without one row in turn is that of the mean", {
  x <- c(3, 8, 1, 9, 4)
  parts <- vapply(seq_along(x), function(i) mean(x[-i]), 1)
  interval <- jackknife_interval(c(mean(x), parts))
  expect_equal(unlist(interval), ignore_attr = TRUE,
               c(mean(x), t.test(x)$conf.int))
})

test_that("rows are drawn, counted, and left out as predict() does", {
  skip_if_no_backend()
  shared <- shared_fit("binary")
  data <- shared$data
  data$sold[c(2, 5)] <- NA
  found <- explain(shared$fit, data, rows = 60, repeats = 2, seed = 1)
  expect_equal(attr(found, "about")[c("n", "given")],
               list(n = 60L, given = 200L))
  expect_identical(explain(shared$fit, data, rows = 60, repeats = 2, seed = 1),
                   found)
  set.seed(3)
  drawn <- explain(shared$fit, data, rows = 60, repeats = 2)
  set.seed(3)
  expect_identical(explain(shared$fit, data, rows = 60, repeats = 2), drawn)
  losses <- explain(shared$fit, data, metric = "log_loss", repeats = 2,
                    seed = 1)
  expect_gt(losses$importance[losses$column == "size"], 0)
  expect_snapshot(error = TRUE, {
    explain(shared$fit, data, metric = "rmse")
    explain(shared$fit, data[1:15, ])
    explain(shared$fit, data[which(data$sold == "yes"), ])
    explain(shared$fit, transform(data, town = "Rome"))
  })
})

test_that("rows that na = 'drop' leaves out are not exchanged", {
  skip_if_no_backend()
  data <- task_table("regression")
  data$count[1:9] <- NA
  fit <- suppressWarnings(plain_mlp(price ~ ., data, na = "drop",
                                   baseline = FALSE, control = quick()))
  expect_warning(found <- explain(fit, data, repeats = 2, seed = 1),
                 class = "deeply_warning_missing_values")
  expect_equal(attr(found, "about")$n, 191)
  expect_false(anyNA(found))
})

test_that("columns that tell the same are found", {
  data <- with_seed(5, data.frame(
    a = rnorm(400), school = sample(letters[1:6], 400, TRUE),
    many = sample(sprintf("v%d", 1:40), 400, TRUE)
  ))
  data$b <- data$a + rnorm(400, sd = 0.5)
  data$years <- match(data$school, letters)^2
  prep <- deep_prep(data)
  encoded <- encode_rows(prep, unclass(data), 1:400)$inputs
  found <- correlated_columns(prep, list(encoded = encoded, n = 400), 1)
  expect_equal(paste(found$a, found$b), c("school years", "a b"))
  expect_equal(found$correlation[[1]], 1)
  expect_equal(found$correlation[[2]], cor(data$a, data$b), tolerance = 0.01)
})

fixture_importance <- function(columns = c("size", "colour", "day"),
                               lower = c(0.091, 0.012, -0.004)) {
  k <- length(columns)
  explained(
    data.table(column = columns, importance = lower + 0.02 / seq_len(k),
               lower = lower, upper = lower + 0.04 / seq_len(k)),
    list(metric = "roc_auc", score = 0.8764, repeats = 7, n = 4321L,
         given = 9876L, together = data.table(a = "size", b = "count",
                                              correlation = 0.87)),
    "deep_importance"
  )
}

test_that("importance prints and draws its finding", {
  many <- fixture_importance(sprintf("a_column_with_a_long_name_number_%d",
                                     1:26), seq(0.3, -0.05, length.out = 26))
  expect_snapshot({
    fixture_importance()
    fixture_importance()[1:2, ]
    many
  })
  plot <- autoplot(fixture_importance())
  expect_equal(plot$labels$title,
               "size matters most: exchanging it takes 0.11 off roc_auc")
  expect_match(plot$labels$subtitle, "4,321 rows and 7 exchanges")
  expect_silent(ggplot2::ggplot_build(plot))
  plot <- autoplot(many)
  expect_equal(nrow(plot$data), 20)
  expect_match(plot$labels$subtitle, "6 columns more")
  idle <- fixture_importance(lower = c(-0.1, -0.2, -0.3))
  expect_equal(autoplot(idle)$labels$title, "No column matters for sure")
})
