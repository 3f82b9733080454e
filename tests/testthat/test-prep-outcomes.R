# Several outcomes are learned as each alone would be. No Python here.

test_that("each of several outcomes is learned as it would be alone", {
  data <- numbers_table()
  both <- deep_prep(cbind(price, log(weight)) ~ ., data)$outcome
  expect_equal(both$task, "multi_regression")
  expect_equal(both$name, c("price", "log(weight)"))
  expect_equal(both$parts$price,
               deep_prep(price ~ . - weight, data)$outcome)
  expect_equal(both$parts[["log(weight)"]],
               deep_prep(log(weight) ~ . - price, data)$outcome)
  expect_equal(both$parts$price$center, mean(data$price))
  expect_equal(both$parts$price$scale, sd(data$price))

  labels <- deep_prep(cbind(sold, rated) ~ ., labels_table())$outcome
  expect_equal(labels$task, "multilabel")
  expect_equal(labels$parts$rated$levels, c("FALSE", "TRUE"))
  expect_equal(labels$parts$sold$shares[["yes"]],
               mean(labels_table()$sold == "yes"))
})

test_that("all interfaces learn the same", {
  data <- numbers_table()
  x <- data[c("size", "count")]
  y <- data[c("price", "weight")]
  outcome <- deep_prep(cbind(price, weight) ~ size + count, data)$outcome
  expect_identical(deep_prep(x, y = y)$outcome, outcome)
  expect_identical(deep_prep(x, y)$outcome, outcome)
  expect_identical(deep_prep(as.matrix(x), y = as.matrix(y))$outcome, outcome)
  expect_identical(deep_prep(x, y = data.table::as.data.table(y))$outcome,
                   outcome)
  named <- deep_prep(cbind(cost = price, weight) ~ size, data)$outcome
  expect_equal(named$name, c("cost", "weight"))
  # A table with one column is that column.
  expect_identical(deep_prep(x, y = y["price"])$outcome,
                   deep_prep(x, y = y$price)$outcome)
})

test_that("classes in text stay classes, and text numbers become numbers", {
  data <- data.frame(x = 1:60, a = rep(c("no", "yes ", "Yes"), 20),
                     b = rep(c(TRUE, FALSE), 30), c = format(1:60 / 10),
                     d = 60:1)
  labels <- suppressWarnings(deep_prep(cbind(a, b) ~ x, data))
  expect_equal(labels$outcome$parts$a$levels, c("Yes", "no"))
  expect_equal(labels$outcome$parts$a$shares[["Yes"]], 2 / 3)
  expect_true(any(labels$notes$column == "a"))
  numbers <- deep_prep(cbind(c, d) ~ x, data)$outcome
  expect_equal(numbers$parts$c$center, mean(1:60 / 10))
})

test_that("a row that lacks one outcome is left out, and counted", {
  data <- numbers_table()
  data$price[c(3, 8)] <- NA
  data$weight[c(8, 20, 21)] <- NA
  prep <- deep_prep(cbind(price, weight) ~ ., data)
  expect_equal(prep$rows$no_outcome, 4)
  expect_equal(prep$rows$learned, 196)
  whole <- data[-c(3, 8, 20, 21), ]
  expect_equal(prep$outcome$parts$price$center, mean(whole$price))
  expect_equal(prep$outcome$parts$weight$scale, sd(whole$weight))
  expect_snapshot(prep)
  # -999 is a gap of the one outcome that says so.
  data$weight[50:52] <- -999
  steps <- deep_steps(missing = list(weight = -999))
  prep <- deep_prep(cbind(price, weight) ~ ., data, steps = steps)
  expect_equal(prep$rows$no_outcome, 7)
})

test_that("numbers and classes are coded in a row an outcome", {
  outcome <- deep_prep(cbind(price, weight) ~ ., numbers_table())$outcome
  y <- numbers_table()[1:3, c("price", "weight")]
  center <- vapply(outcome$parts, `[[`, 0, "center")
  scale <- vapply(outcome$parts, `[[`, 0, "scale")
  expect_equal(encode_outcome(y, outcome),
               unname(t(base::scale(as.matrix(y), center, scale))),
               ignore_attr = TRUE)
  labels <- deep_prep(cbind(sold, rated) ~ ., labels_table())$outcome
  y <- labels_table()[1:5, c("sold", "rated")]
  expect_equal(encode_outcome(y, labels),
               rbind(as.integer(y$sold) - 1, as.integer(y$rated)),
               ignore_attr = TRUE)
  expect_equal(network_width(labels), 2)
  expect_equal(best_constant(labels),
               qlogis(c(labels$parts$sold$shares[["yes"]],
                        labels$parts$rated$shares[["TRUE"]])))
})

test_that("validation rows have their share of each rare label", {
  labels <- with_seed(2, data.frame(
    a = runif(1000) < 0.02, b = runif(1000) < 0.1, c = runif(1000) > 0.05,
    d = runif(1000) < 0.5
  ))
  outcome <- deep_prep(data.frame(x = 1:1000), y = labels)$outcome
  strata <- outcome_strata(labels, outcome)
  drawn <- with_seed(1, stratified_sample(strata, 0.2, TRUE))
  expect_equal(length(drawn), 200, tolerance = 0.01)
  expect_equal(sum(labels$a[drawn]), round(0.2 * sum(labels$a)))
  expect_equal(mean(labels$b[drawn]), mean(labels$b), tolerance = 0.15)
  expect_equal(mean(!labels$c[drawn]), mean(!labels$c), tolerance = 0.25)
  # As many labels as rows leave rows to validate on.
  many <- as.data.frame(diag(30) == 1)
  outcome <- deep_prep(data.frame(x = 1:30), y = many)$outcome
  expect_equal(sort(outcome_strata(many, outcome)), 1:30)
})

test_that("JSON and repeated rows know several outcomes", {
  data <- numbers_table()
  prep <- deep_prep(cbind(price, weight) ~ ., data)
  again <- prep_from_json(prep_to_json(prep))
  expect_identical(again$outcome, prep$outcome)
  expect_identical(predict(again, data), predict(prep, data))
  twice <- rbind(data, data[1:7, ])
  twice$weight[[201]] <- 1
  steps <- deep_steps(duplicates = c("columns", "rows"))
  prep <- deep_prep(cbind(price, weight) ~ ., twice, steps = steps)
  expect_equal(prep$rows$repeated, 6)
})

test_that("what cannot be learned together says why", {
  data <- cbind(outcomes_table(), grade = mixed_table()$grade)
  expect_snapshot(error = TRUE, {
    deep_prep(cbind(price, sold) ~ size, data)
    deep_prep(cbind(sold, grade) ~ size, data)
    deep_prep(cbind(price, wieght) ~ size, data)
    deep_prep(cbind(price, weight, price) ~ size, data)
    deep_prep(cbind(price, weight) ~ size + weight, data)
    deep_prep(cbind(price, mean(weight)) ~ size, data)
    deep_prep(data["size"], y = unname(as.matrix(data[c("price", "weight")])))
    deep_prep(data["size"], y = data[1:9, c("price", "weight")])
  })
  data$hole <- replace(data$weight, 1:180, NA)
  data$same <- 5
  data$parts <- as.list(data$weight)
  expect_snapshot(error = TRUE, {
    deep_prep(cbind(price, hole) ~ size, data)
    deep_prep(cbind(price, same) ~ size, data)
    deep_prep(cbind(price, parts) ~ size, data)
  })
})

test_that("numbers with two values are told of once, for all", {
  y <- cbind(a = rep(0:1, 50), b = rep(1:2, 50), c = 1:100)
  expect_snapshot(outcome <- deep_prep(data.frame(x = 1:100), y = y)$outcome)
  expect_equal(outcome$task, "multi_regression")
  expect_snapshot(invisible(deep_prep(data.frame(x = 1:100), y = y[, -1])))
  expect_no_warning(
    labels <- deep_prep(data.frame(x = 1:100), y = y[, 1:2] == 1)
  )
  expect_equal(labels$outcome$task, "multilabel")
})
