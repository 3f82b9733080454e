test_that("a prep tells what it learned", {
  data <- mixed_table(150)[c("size", "count", "colour", "town", "open", "sold")]
  data$site <- "MY1"
  data$size[c(2, 40)] <- NA
  data$town[7] <- NA
  data$sold[c(1, 9)] <- NA
  expect_snapshot(deep_prep(sold ~ ., data))
  expect_snapshot(deep_prep(
    mixed_table(60)[c("size", "count")], scale = "range", na = "error",
    new_levels = "unknown"
  ))
})

test_that("numbers are scaled by what was learned", {
  data <- data.frame(x = c(1, 3, 5, 7), y = c(2, 4, 8, 6))
  new <- data.frame(x = c(3, 9))
  standard <- predict(deep_prep(y ~ x, data), new)
  expect_equal(standard$x, (new$x - 4) / sd(data$x))
  range <- predict(deep_prep(y ~ x, data, scale = "range"), new)
  expect_equal(range$x, (new$x - 1) / 6)
  none <- predict(deep_prep(y ~ x, data, scale = "none"), new)
  expect_equal(none$x, new$x)
})

test_that("every interface gives the same encoding", {
  data <- mixed_table(80)[c("size", "count", "price")]
  from_formula <- predict(deep_prep(price ~ ., data), data)
  from_frame <- predict(deep_prep(data[1:2], data$price), data)
  from_matrix <- predict(deep_prep(as.matrix(data[1:2]), y = data$price),
                         as.matrix(data[1:2]))
  expect_equal(from_frame, from_formula)
  expect_equal(from_matrix, from_formula)
  from_table <- predict(deep_prep(price ~ ., data.table::as.data.table(data)),
                        data.table::as.data.table(data))
  expect_equal(from_table, from_formula)
})

test_that("a predictor may be called y", {
  data <- mixed_table(30)[c("size", "count")]
  names(data)[[2]] <- "y"
  prep <- deep_prep(data, seq_len(30))
  expect_named(predict(prep, data), c("size", "y"))
})

test_that("a recipe is accepted, and learned on the rows given", {
  testthat::skip_if_not_installed("recipes")
  data <- mixed_table(80)[c("size", "count", "price")]
  recipe <- recipes::recipe(price ~ ., data)
  recipe <- recipes::step_log(recipe, size)
  data2 <- data
  data2$size <- log(data2$size)
  source <- table_source(recipe, data)
  kept <- keep_rows(source, prep_settings())
  source <- learn_recipe(source, kept$rows[1:50])
  ours <- learn_prep(source, prep_settings(), kept, 1:50)
  plain <- learn_prep(table_source(price ~ ., data2), prep_settings(), kept,
                      1:50)
  expect_equal(predict(ours, data[51:80, ]), predict(plain, data2[51:80, ]))

  changed <- recipes::step_log(recipe, price, offset = 10)
  source <- table_source(changed, data)
  expect_snapshot(error = TRUE, learn_recipe(source, 1:80))
})

test_that("deep_prep() learns a recipe too", {
  testthat::skip_if_not_installed("recipes")
  recipe <- recipes::recipe(Species ~ ., iris)
  recipe <- recipes::step_normalize(recipe, recipes::all_numeric_predictors())
  prep <- deep_prep(recipe, iris)
  expect_equal(predict(prep, iris)$Sepal.Width,
               as.vector(scale(iris$Sepal.Width)))
})

test_that("statistics come from the training rows alone", {
  data <- data.frame(x = c(1, 2, 3, 1000), g = c("a", "b", "a", "c"),
                     y = c(1, 2, 3, 4))
  source <- table_source(y ~ ., data)
  kept <- keep_rows(source, prep_settings())
  prep <- learn_prep(source, prep_settings(), kept, train = 1:3)
  expect_equal(prep$columns$x$center, 2)
  expect_equal(prep$outcome$center, 2)
  # "c" is a known level, but no training row says what it means.
  encoded <- predict(prep, data)
  expect_equal(encoded$g, c(1, 2, 1, 0))
})

test_that("missing numbers are filled and flagged", {
  data <- data.frame(x = c(1, NA, 3, 8), z = 1:4, y = 1:4)
  encoded <- predict(deep_prep(y ~ ., data), data)
  expect_equal(encoded$x[[2]], 0)
  expect_equal(encoded$x_missing, c(0, 1, 0, 0))
  expect_false("z_missing" %in% names(encoded))
})

test_that("a missing category is a level of its own", {
  data <- data.frame(g = c("b", NA, "a", "b"), y = 1:4)
  prep <- deep_prep(y ~ g, data)
  expect_equal(predict(prep, data)$g, c(2, 3, 1, 2))
  expect_equal(level_sizes(prep), 3)
})

test_that("categories are trimmed unless told not to", {
  data <- data.frame(sex = c("Male", " Male", "male", "Female "), y = 1:4)
  levels <- function(...) {
    deep_prep(y ~ sex, data, steps = deep_steps(...))$columns$sex$levels
  }
  expect_equal(levels(), c("Female", "Male"))
  expect_equal(levels(spelling = FALSE), c("Female", "Male", "male"))
  expect_equal(levels(trim = FALSE, spelling = FALSE),
               c(" Male", "Female ", "Male", "male"))
  data$sex <- factor(data$sex, c("male", "Female ", " Male", "Male"))
  prep <- deep_prep(y ~ sex, data, steps = deep_steps(spelling = FALSE))
  expect_equal(predict(prep, data)$sex, c(3, 3, 1, 2))
})

test_that("factors keep their order and drop unused levels", {
  data <- data.frame(g = factor(c("low", "high"), c("low", "mid", "high")),
                     y = c(1, 2, 3, 4))
  expect_equal(deep_prep(y ~ g, data)$columns$g$levels, c("low", "high"))
})

test_that("dates, times, durations and logicals are understood", {
  data <- data.frame(
    day = as.Date("2024-01-01") + 0:3,
    time = as.POSIXct("2024-01-01", tz = "UTC") + 3600 * 0:3,
    took = as.difftime(c(1, 2, 4, 8), units = "mins"),
    open = c(TRUE, FALSE, NA, TRUE), y = 1:4
  )
  encoded <- predict(deep_prep(y ~ ., data), data)
  expect_equal(encoded$day, as.vector(scale(0:3)))
  expect_equal(encoded$time, as.vector(scale(0:3)))
  expect_equal(encoded$took, as.vector(scale(c(1, 2, 4, 8))))
  expect_equal(encoded$open, c(2, 1, 3, 2))

  prep <- deep_prep(y ~ ., data)
  units(data$took) <- "hours"
  expect_equal(predict(prep, data)$took, encoded$took)
  data$day <- as.POSIXct(data$day)
  expect_error(predict(prep, data), class = "deeply_error_column_kind")
})

test_that("a formula may compute columns, row by row only", {
  data <- data.frame(a = 1:8, b = c(2, 4, 8, 16, 1, 3, 5, 7), y = 8:1)
  prep <- deep_prep(y ~ log(b) + I(a * b), data, scale = "none")
  expect_equal(names(predict(prep, data)), c("log(b)", "I(a * b)"))
  expect_equal(predict(prep, data)$`log(b)`, log(data$b))
  expect_equal(predict(prep, data[3, ])$`I(a * b)`, 24)
  expect_snapshot(error = TRUE, {
    deep_prep(y ~ scale(b), data)
    deep_prep(y ~ I(b - mean(b)), data)
    deep_prep(y ~ a * b, data)
    deep_prep(y ~ a + offset(b), data)
    deep_prep(y ~ 1, data)
    deep_prep(~a, data)
    deep_prep(log(y) ~ y + a, data)
  })
})

test_that("a prep holds no row of the data", {
  data <- mixed_table(500)
  prep <- deep_prep(price ~ size + log(count + 1) + colour, data)
  more <- deep_prep(price ~ size + log(count + 1) + colour,
                    rbind(data, data, data, data))
  # Counts may have more digits; 1,500 rows more would be 12,000 bytes a column.
  grown <- length(serialize(more, NULL)) - length(serialize(prep, NULL))
  expect_lt(abs(grown), 500)
  expect_false(any(vapply(rapply(unclass(prep), length, how = "unlist"),
                          `>`, NA, 100)))
  expect_false(any(vapply(unlist(prep), is.environment, NA)))
})

test_that("a prep survives saveRDS()", {
  data <- mixed_table(60)
  prep <- deep_prep(price ~ size + colour, data)
  path <- tempfile(fileext = ".rds")
  on.exit(unlink(path))
  saveRDS(prep, path)
  expect_identical(predict(readRDS(path), data), predict(prep, data))
})

test_that("na = 'drop' leaves rows out, with a count", {
  data <- data.frame(x = c(1, NA, 3, 4, 9), g = c("a", "b", NA, "b", "b"),
                     y = c(1, 2, 3, NA, 7))
  prep <- deep_prep(y ~ x + g, data, na = "drop")
  expect_equal(prep$rows, list(
    learned = 2L, filtered = 0L, no_outcome = 1L, incomplete = 2L
  ))
})

test_that("blocks give the same encoding as one go", {
  data <- mixed_table(300)[c("size", "colour", "open", "price")]
  data$size[seq(1, 300, 7)] <- NA
  prep <- deep_prep(price ~ ., data)
  table <- new_table(prep, data)
  whole <- encode_rows(prep, table, 1:300)$inputs
  parts <- lapply(split(1:300, rep(1:4, 75)), function(rows) {
    list(rows = rows, block = encode_rows(prep, table, rows)$inputs)
  })
  for (part in parts) {
    expect_identical(part$block$numeric, whole$numeric[, part$rows])
    expect_identical(part$block$category, whole$category[, part$rows])
  }
})

test_that("columns that are pixels are told from others", {
  n <- 40
  pixels <- with_seed(1, matrix(sample(0:255, n * 64, TRUE), n))
  pixels[1, ] <- 0L
  told <- function(x) length(note_pixels(deep_prep(as.data.frame(x)))) > 0
  expect_equal(note_pixels(deep_prep(as.data.frame(pixels))), paste(
    "The 64 columns look like the pixels of images of 8 x 8: deep_cnn() sees",
    "which of them are neighbours."
  ))
  expect_true(told(cbind(pixels, pixels + 0L, pixels)[, sample(192)]))
  expect_false(told(pixels[, -1]))
  expect_false(told(pixels / 255))
  expect_false(told(pixels - 1L))
  expect_false(told(pmin(pixels, 1L)))
  expect_false(told(pixels * 2L))
  expect_false(told(cbind(pixels[, -1], letters[1:20])))
})
