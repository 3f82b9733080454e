test_that("attributions add up to what the output differs by", {
  skip_if_no_backend()
  for (task in names(task_outcome)) {
    shared <- shared_fit(task)
    rows <- shared$data[c(4, 17, 130), ]
    found <- explain(shared$fit, rows, type = "row")
    expect_s3_class(found, c("deep_attribution", "data.table"), exact = FALSE)
    about <- summary(found)
    raw <- as.matrix(predict(shared$fit, rows, "raw"))
    said <- predict(shared$fit, rows)
    expected <- switch(task,
      regression = said$.pred,
      binary = raw[, 1],
      multiclass = raw[cbind(1:3, as.integer(said$.pred_class))]
    )
    expect_equal(about$output, unname(expected), tolerance = 1e-5)
    if (task == "multiclass") expect_equal(about$class, said$.pred_class)
    sums <- found[, sum(.SD$attribution), by = "row"]$V1
    change <- about$output - about$baseline
    expect_equal(sums + about$gap, change)
    unit <- if (task == "regression") shared$fit$prep$outcome$scale else 1
    expect_true(all(abs(about$gap) < 2e-4 * pmax(unit, abs(change))))
    # One row of the answer a column of the table, the date with its parts.
    expect_setequal(found$column, setdiff(names(rows), task_outcome[[task]]))
    expect_equal(nrow(found), 3 * 6)
    expect_true(all(tapply(-abs(found$attribution), found$row,
                           Negate(is.unsorted))))
    expect_silent(ggplot2::ggplot_build(autoplot(found)))
  }
})

test_that("the baseline is the mean training row", {
  skip_if_no_backend()
  data <- task_table("regression")
  fit <- plain_mlp(price ~ ., data, baseline = FALSE, control = quick())
  prep <- fit$prep
  about <- summary(explain(fit, data[1:2, ], type = "row"))
  rows <- split_rows(fit$spec$control, data$price, FALSE,
                     fit$info$seed)
  train <- data[rows$train, ]
  encoded <- predict(prep, train, encoding = "onehot")
  x <- matrix(colMeans(encoded), 1)
  weights <- fit_weights(fit)
  for (i in seq(1, length(weights), 2)) {
    x <- sweep(x %*% weights[[i]], 2, weights[[i + 1]], `+`)
    if (i < length(weights) - 1) x <- pmax(x, 0)
  }
  # The parts of a date are at the middle of their rounds, not at their means.
  expect_equal(about$baseline, rep(x[[1]] * prep$outcome$scale +
                                     prep$outcome$center, 2), tolerance = 0.05)
})

test_that("in a linear network they are weight times distance", {
  skip_if_no_backend()
  data <- task_table("regression")[c("size", "colour", "price")]
  data$size[seq(5, 200, 10)] <- NA
  fit <- plain_mlp(price ~ ., data, activation = "linear", dropout = 0,
                  hidden_units = c(5, 3), baseline = FALSE,
                  control = quick(validation = 0))
  found <- explain(fit, data[1:6, ], type = "row")
  weights <- fit_weights(fit)
  weights <- weights[[1]] %*% weights[[3]] %*% weights[[5]]
  encoded <- as.matrix(predict(fit$prep, data, encoding = "onehot"))
  expect_equal(colnames(encoded)[1:2], c("size", "size_missing"))
  mean <- colMeans(encoded)
  # A missing value counts as such: the mean row has none.
  mean[["size_missing"]] <- 0
  away <- sweep(encoded[1:6, ], 2, mean) %*% diag(weights[, 1]) *
    fit$prep$outcome$scale
  found <- as.data.frame(found)
  expect_equal(found$attribution[found$column == "size"],
               rowSums(away[, 1:2]), tolerance = 1e-4)
  expect_equal(found$attribution[found$column == "colour"],
               rowSums(away[, 3:5]), tolerance = 1e-4)
  expect_equal(found$value[found$column == "size"][[5]], "missing")
})

test_that("the other of two classes has the other sign", {
  skip_if_no_backend()
  shared <- shared_fit("binary")
  rows <- shared$data[1:2, ]
  yes <- explain(shared$fit, rows, type = "row")
  no <- explain(shared$fit, rows, type = "row", class = "no")
  expect_equal(no$attribution, -yes$attribution)
  expect_equal(summary(no)$output, -summary(yes)$output)
  three <- shared_fit("multiclass")
  found <- explain(three$fit, three$data[1:2, ], type = "row", class = "B")
  expect_equal(summary(found)$output,
               predict(three$fit, three$data[1:2, ], "raw")$.raw_2,
               tolerance = 1e-5)
  expect_snapshot(error = TRUE, {
    explain(shared$fit, rows, type = "row", class = c("yes", "no"))
    explain(shared_fit("regression")$fit, rows, type = "row", class = "yes")
    explain(shared$fit, transform(rows, town = "Rome"), type = "row")
  })
})

test_that("rows that na = 'drop' leaves out have no attribution", {
  skip_if_no_backend()
  data <- task_table("regression")[c("size", "count", "price")]
  data$count[1:9] <- NA
  fit <- plain_mlp(price ~ ., data, na = "drop", baseline = FALSE,
                  control = quick())
  expect_warning(found <- explain(fit, data[9:10, ], type = "row"),
                 class = "deeply_warning_missing_values")
  expect_equal(is.na(found$attribution), rep(c(TRUE, FALSE), each = 2))
  expect_output(print(found), "Row 1 has missing values, so the fit leaves")
  expect_match(autoplot(found)$labels$title, "no prediction to explain")
})

test_that("shares of levels are those of the training rows", {
  data <- data.frame(
    few = rep(c("a", "b", NA), c(50, 30, 20)), y = 1:100,
    many = sprintf("v%02d", c(rep(1:20, 4), 21:30, 21:30))
  )
  shares <- training_shares(deep_prep(y ~ ., data))
  expect_equal(shares$few, c(0.5, 0.3, 0.2), ignore_attr = TRUE)
  expect_equal(sum(shares$many), 1)
  expect_equal(sum(attr(shares$many, "known")), 20)
  # Ten levels share what the twenty leave.
  expect_equal(shares$many[!attr(shares$many, "known")], rep(0.02, 10))
  parts <- deep_prep(data.frame(
    day = as.Date("2023-01-01") + 0:799, x = rnorm(800)
  ), steps = deep_steps(dates = "parts"))
  expect_equal(training_shares(parts)$day_month, rep(1 / 12, 12),
               ignore_attr = TRUE)
})

fixture_attribution <- function(columns = 3, rows = 1) {
  table <- data.table(
    row = rep(seq_len(rows), each = columns),
    class = factor("yes", c("no", "yes")),
    column = rep(sprintf("column_%d", seq_len(columns)), rows),
    value = c("12.5", "a level with a name that is long", "missing", "7")[
      (seq_len(rows * columns) - 1) %% 4 + 1
    ],
    attribution = seq(-1.75, 0.6, length.out = rows * columns)
  )
  sums <- table[, sum(.SD$attribution), by = "row"]$V1
  explained(table, list(
    rows = data.table(row = seq_len(rows), class = table$class[[1]],
                      output = sums + 0.4, baseline = 0.4,
                      gap = seq_len(rows) * 1.5e-5),
    outcome = list(name = "sold", task = "binary")
  ), "deep_attribution")
}

test_that("attributions print and draw their finding", {
  expect_snapshot({
    fixture_attribution()
    fixture_attribution(13, 2)
    summary(fixture_attribution(3, 2))
    fixture_attribution()[1:2, ]
  })
  plot <- autoplot(fixture_attribution())
  expect_equal(plot$labels$title, "Row 1: column_1 = 12.5 lowers yes most")
  expect_silent(ggplot2::ggplot_build(plot))
  plot <- autoplot(fixture_attribution(30, 5))
  expect_equal(nrow(plot$data), 3 * 7)
  expect_match(plot$labels$subtitle, "2 rows more")
})
