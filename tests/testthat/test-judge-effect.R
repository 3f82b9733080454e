test_that("the mean curve is the mean of predictions with one value for all", {
  skip_if_no_backend()
  shared <- shared_fit("regression")
  data <- shared$data
  data$count[3:5] <- NA
  for (column in c("size", "day", "colour", "open")) {
    found <- suppressWarnings(explain(shared$fit, data, type = "effect",
                                      column = column, seed = 1))
    for (i in c(1, nrow(found))) {
      set <- data
      value <- found$value[[i]]
      set[[column]] <- if (column == "open") value == "TRUE" else value
      by_hand <- suppressWarnings(predict(shared$fit, set))$.pred
      expect_equal(found$estimate[[i]], mean(by_hand), tolerance = 1e-6)
      curves <- attr(found, "curves")
      expect_equal(curves$estimate[curves$value == value], by_hand,
                   tolerance = 1e-6)
    }
  }
})

test_that("classes have probabilities, the event's or those of all", {
  skip_if_no_backend()
  shared <- shared_fit("binary")
  found <- explain(shared$fit, shared$data, type = "effect", column = "size")
  expect_equal(unique(as.character(found$class)), "yes")
  expect_true(all(diff(found$estimate) > 0))
  other <- explain(shared$fit, shared$data, type = "effect", column = "size",
                   class = "no")
  expect_equal(other$estimate, 1 - found$estimate)
  three <- shared_fit("multiclass")
  found <- explain(three$fit, three$data, type = "effect", column = "size",
                   seed = 1)
  totals <- found[, sum(.SD$estimate), by = "value"]$V1
  expect_equal(totals, rep(1, length(totals)))
  high <- transform(three$data, size = max(found$value))
  expect_equal(found$estimate[found$value == max(found$value)],
               unname(colMeans(predict(three$fit, high, "prob"))),
               tolerance = 1e-6)
  plot <- autoplot(found)
  expect_silent(ggplot2::ggplot_build(plot))
  expect_snapshot(explain(three$fit, three$data, type = "effect",
                          column = "colour", class = "D"), error = TRUE)
})

test_that("in a linear network all curves are parallel, with its slope", {
  skip_if_no_backend()
  data <- task_table("regression")[c("size", "open", "price")]
  fit <- plain_mlp(price ~ ., data, activation = "linear", dropout = 0,
                  hidden_units = 4, baseline = FALSE, control = quick())
  found <- explain(fit, data, type = "effect", column = "size", rows = 50)
  weights <- fit_weights(fit)
  slope <- (weights[[1]] %*% weights[[3]])[1, 1] *
    fit$prep$outcome$scale / fit$prep$columns$size$scale
  expect_equal(diff(found$estimate), slope * diff(found$value),
               tolerance = 1e-4)
  curves <- attr(found, "curves")
  expect_equal(length(unique(curves$row)), 50)
  rises <- curves[, diff(range(.SD$estimate)), by = "row"]$V1
  expect_equal(rises, rep(abs(slope) * diff(range(found$value)), 50),
               tolerance = 1e-4)
})

test_that("values are those of the data, from the 1st to the 99th percentile", {
  grid <- number_grid(c(1:1000, NA, -999), -999)
  expect_equal(range(grid$at), c(10, 990))
  expect_length(grid$at, 20)
  expect_true(all(grid$at %in% 1:1000))
  expect_equal(number_grid(c(5, 1, 3, 3), NULL)$at, c(1, 3, 5))
  # Of what is mostly zero the rest is shown too.
  mostly <- number_grid(rep(c(0, 1:60), c(4000, rep(10, 60))), NULL)
  expect_length(mostly$at, 20)
  days <- as.Date("2024-01-01") + 0:400
  expect_s3_class(number_grid(days, NULL)$at, "Date")
  times <- as.POSIXct("2024-01-01", tz = "Europe/Paris") + 3600 * 0:400
  expect_equal(attr(number_grid(times, NULL)$at, "tzone"), "Europe/Paris")
})

test_that("levels are those that the fit tells apart", {
  data <- data.frame(
    town = rep(c("York", "Ely", "Bath", "Hull", NA), c(40, 30, 2, 3, 5)),
    y = seq_len(80)
  )
  prep <- deep_prep(y ~ ., data, steps = deep_steps(rare = 5))
  grid <- level_grid(data$town, prep$columns$town)
  expect_equal(as.character(grid$at), c("Ely", "York", "(rare)", "(missing)"))
  expect_equal(grid$marks, c(30, 40, 5, 5))
  expect_equal(grid$set[c(1, 2, 4)], c("Ely", "York", NA))
  expect_true(grid$set[[3]] %in% c("Bath", "Hull"))
  many <- sprintf("level %02d", rep(1:30, 30:1))
  grid <- raw_levels(factor(many))
  expect_equal(nlevels(grid$at), 20)
  expect_equal(grid$left, 10)
})

test_that("text that is a number, and a changed column, have effects", {
  skip_if_no_backend()
  data <- task_table("regression")[c("size", "count", "price")]
  data$size <- sprintf("%.2f", data$size)
  fit <- plain_mlp(price ~ size + sqrt(count), data, baseline = FALSE,
                  control = quick())
  found <- explain(fit, data, type = "effect", column = "size")
  expect_true(is.numeric(found$value))
  set <- transform(data, size = format(found$value[[4]], nsmall = 2))
  expect_equal(found$estimate[[4]], mean(predict(fit, set)$.pred),
               tolerance = 1e-6)
  found <- explain(fit, data, type = "effect", column = "count")
  set <- transform(data, count = found$value[[2]])
  expect_equal(found$estimate[[2]], mean(predict(fit, set)$.pred),
               tolerance = 1e-6)
})

fixture_effect <- function(values, kind = "number", classes = NULL, left = 0) {
  k <- length(values)
  classes <- classes %||% "yes"
  table <- data.table(
    value = rep(values, length(classes)),
    class = factor(rep(classes, each = k), classes),
    estimate = seq(0.12, 0.83, length.out = k * length(classes))
  )
  curves <- data.table::rbindlist(lapply(1:3, function(row) {
    data.table(row = row, value = table$value, class = table$class,
               estimate = table$estimate + row / 20 - 0.1)
  }))
  table <- explained(table, list(
    column = "size", outcome = list(name = "sold", task = "binary"),
    event = if (length(classes) == 1) classes, n = 987L, given = 6543L,
    marks = if (kind == "number") values else seq_along(values) * 1111,
    kind = kind, left = left
  ), "deep_effect")
  data.table::setattr(table, "curves", curves)
  table
}

test_that("effects print and draw their finding", {
  numbers <- fixture_effect(c(2.5, 7, 11.25))
  towns <- c("Ely", "Llanfairpwllgwyngyllgogerychwyrndrobwll", "York")
  levels <- fixture_effect(factor(towns, towns), "category", left = 4)
  days <- fixture_effect(as.Date("2024-03-09") + c(0, 40, 90),
                         classes = c("A", "B"))
  expect_snapshot({
    numbers
    levels
    days
    numbers[1:2, ]
  })
  for (effect in list(numbers, levels, days)) {
    plot <- autoplot(effect)
    expect_s3_class(plot, "ggplot")
    expect_silent(ggplot2::ggplot_build(plot))
  }
  expect_equal(autoplot(numbers)$labels$title,
               "yes: lowest at 2.50 (12 %), highest at 11.25 (83 %)")
})
