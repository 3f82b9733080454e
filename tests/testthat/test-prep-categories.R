outcome <- seq(9, 1, length.out = 12)
colour <- c("red", "Red ", "blue", "green", "red", "blue", "RED.", "?", "green",
            "blue", "red", "blue")

test_that("levels are cleaned, merged, and in the order of the alphabet", {
  prep <- deep_prep(data.frame(colour), outcome)
  expect_equal(prep$columns$colour$levels, c("blue", "green", "red"))
  encoded <- predict(prep, data.frame(colour))$colour
  expect_equal(encoded, c(3, 3, 1, 2, 3, 1, 3, 4, 2, 1, 3, 1))
  expect_snapshot(prep)
})

test_that("the same table in any order of rows teaches the same", {
  for (seed in 1:5) {
    order <- with_seed(seed, sample(12))
    prep <- deep_prep(data.frame(colour), outcome)
    again <- deep_prep(data.frame(colour = colour[order]), outcome[order])
    expect_equal(again$columns, prep$columns)
    expect_equal(again$set_aside, prep$set_aside)
  }
})

test_that("text, factor and logical of the same values are the same codes", {
  text <- rep(c("TRUE", "FALSE", NA), 4)
  codes <- function(x) predict(deep_prep(data.frame(x), outcome), data.frame(x))
  expect_equal(codes(factor(text)), codes(text))
  expect_equal(codes(as.logical(text)), codes(text))
  expect_equal(codes(text)$x, rep(c(2, 1, 3), 4))
})

test_that("new data may spell a level otherwise, but not be another", {
  prep <- deep_prep(data.frame(colour), outcome)
  new <- data.frame(colour = c("BLUE", " red", "n/a"))
  expect_equal(predict(prep, new)$colour, c(1, 3, 4))
  expect_equal(predict(prep, data.frame(colour = factor(new$colour)))$colour,
               c(1, 3, 4))
  expect_error(predict(prep, data.frame(colour = "rot")),
               class = "deeply_error_new_levels")
  strict <- deep_prep(data.frame(colour), outcome,
                      steps = deep_steps(spelling = FALSE))
  expect_error(predict(strict, data.frame(colour = "BLUE")),
               class = "deeply_error_new_levels")
})

test_that("a factor in new data may have levels that no row has", {
  prep <- deep_prep(data.frame(colour), outcome)
  new <- data.frame(colour = factor("red", c("mauve", "red")))
  expect_silent(encoded <- predict(prep, new))
  expect_equal(encoded$colour, 3)
})

test_that("rare levels are one, but one rare level is no group", {
  g <- rep(c("a", "b", "c", "d"), c(6, 4, 1, 1))
  prep <- deep_prep(data.frame(g), outcome, steps = deep_steps(rare = 2))
  encoded <- predict(prep, data.frame(g), encoding = "onehot")
  expect_named(encoded, c("g_a", "g_b", "g_(rare)"))
  expect_equal(encoded$`g_(rare)`, rep(0:1, c(10, 2)))
  expect_match(prep$notes$says, "2 levels with fewer than 2 rows are one")
  alone <- deep_prep(data.frame(g = c(g[-12], "a")), outcome,
                     steps = deep_steps(rare = 2))
  expect_equal(alone$columns$g$size, 3)
})

test_that("levels that no training row has get code 0", {
  data <- data.frame(g = rep(c("a", "b", "c"), 4), x = 1:12)
  source <- table_source(data, outcome)
  kept <- keep_rows(source, prep_settings())
  train <- which(data$g != "b")
  prep <- learn_prep(source, prep_settings(), kept, train)
  expect_equal(predict(prep, data)$g, rep(c(1, 0, 2), 4))
  expect_equal(prep$columns$g$size, 2)
})

test_that("text with a value of its own a row is set aside", {
  name <- sprintf("row %d of the table", 1:60)
  data <- data.frame(name, x = c(60:2, 2))
  prep <- deep_prep(data, 1:60)
  expect_equal(prep$set_aside,
               c(name = "text with a value of its own a row"))
  kept <- deep_prep(data, 1:60, steps = deep_steps(identifiers = FALSE))
  expect_equal(kept$columns$name$size, 60)
  # So few rows say nothing.
  expect_null(deep_prep(data[1:40, ], 1:40)$set_aside)
})

test_that("one level is constant, and gaps make two of it", {
  data <- data.frame(site = "a", gaps = rep(c("a", NA), 6), x = 1:12)
  prep <- deep_prep(data, outcome)
  expect_equal(prep$set_aside, c(site = "constant"))
  expect_equal(predict(prep, data)$gaps, rep(1:2, 6))
})

test_that("a status is asked about", {
  data <- data.frame(
    status = rep(c("Ratified", "Provisional"), c(190, 10)),
    qc_flag = rep(c("ok", "bad"), c(195, 5)), x = seq(0, 3, length.out = 200)
  )
  prep <- deep_prep(data, 200:1)
  expect_snapshot(prep)
})

test_that("many rare levels are asked about", {
  town <- c(rep("York", 990), sprintf("town %d", 1:10))
  prep <- deep_prep(data.frame(town), 1:1000)
  expect_match(prep$notes$says, "10 of 11 levels have fewer than 10 rows")
})

test_that("one-hot columns have names of their own", {
  data <- data.frame(a = rep(c("b_c", "d"), 6), a_b = rep(c("c", "e", "f"), 4))
  encoded <- predict(deep_prep(data, outcome), data, encoding = "onehot")
  expect_named(encoded, c("a_b_c", "a_d", "a_b_c_1", "a_b_e", "a_b_f"))
  expect_equal(encoded$a_b_c_1, rep(c(1, 0, 0), 4))
})
