sites <- data.frame(
  depth = c(2, 5, -999, 3, 8, 5, 2.5, 5),
  town = c("Ely", "York", "York", "?", "Bath", "York", "N/A", "York"),
  status = c("ratified", "ratified ", "provisional", "ratified", "ratified",
             "ratified", "provisional", "ratified"),
  no2 = c(11, 7, 9, NA, 4, 7, 2, 7)
)

learned <- function(data, ..., formula = no2 ~ .) {
  deep_prep(formula, data, ...)
}

test_that("rows are left out by a filter, with a count", {
  prep <- learned(sites, steps = deep_steps(
    filter = list(status = "ratified"), no_outcome = 0.5
  ))
  expect_equal(prep$rows[c("learned", "filtered", "no_outcome")],
               list(learned = 5L, filtered = 2L, no_outcome = 1L))
  expect_equal(prep$outcome$center, mean(c(11, 7, 4, 7, 7)))
  expect_equal(prep$set_aside, c(status = "constant"))
  # New data is not filtered.
  expect_warning(encoded <- predict(prep, sites), "town has missing values")
  expect_equal(nrow(encoded), 8)
  expect_snapshot(prep)
})

test_that("a filter may have several columns and values, of any kind", {
  left <- function(...) sum(!filter_rows(sites, list(...)))
  expect_equal(left(town = c("York", "Ely")), 3)
  expect_equal(left(depth = c(2, 5)), 4)
  expect_equal(left(depth = c(2, 5), status = "ratified"), 4)
  expect_equal(left(status = c("ratified", "provisional")), 0)
  expect_null(filter_rows(sites, list()))
  none <- deep_steps(filter = list(depth = 2, town = "Bath"))
  expect_error(learned(sites, steps = none),
               class = "deeply_error_too_few_rows")
})

test_that("up to a fifth of the rows may lack the outcome", {
  data <- data.frame(x = 1:100, y = c(rep(NA, 20), 81:2))
  expect_equal(deep_prep(y ~ x, data)$rows,
               list(learned = 80L, filtered = 0L, no_outcome = 20L))
  data$y[[21]] <- NA
  expect_error(deep_prep(y ~ x, data), "21 of 100 rows",
               class = "deeply_error_missing_outcome")
  expect_equal(deep_prep(y ~ x, data, steps = deep_steps(
    no_outcome = 0.21
  ))$rows$no_outcome, 21)
  expect_error(deep_prep(y ~ x, data[21:100, ], steps = deep_steps(
    no_outcome = 0
  )), class = "deeply_error_missing_outcome")
  # Of the rows that the filter leaves.
  data$part <- rep(c("a", "b"), c(21, 79))
  expect_equal(deep_prep(y ~ x, data, steps = deep_steps(
    filter = list(part = "b")
  ))$rows$no_outcome, 0)
})

test_that("duplicate rows are those of duplicated()", {
  for (seed in 1:6) {
    data <- with_seed(seed, data.frame(
      a = sample(c(1:3, NA), 60, TRUE), b = sample(c("x", "y", NA), 60, TRUE),
      c = sample(c(0.1, 0.3), 60, TRUE), d = as.Date("2024-01-01") +
        sample(0:1, 60, TRUE)
    ))
    y <- with_seed(seed, sample(0:2, 60, TRUE))
    expect_equal(is_repeated(data, y, 1:60), duplicated(cbind(data, y)))
    expect_equal(is_repeated(data, NULL, 60:1), duplicated(data[60:1, ]))
    matrix <- as.matrix(data[c("a", "c")])
    expect_equal(is_repeated(matrix, NULL, 1:60),
                 as.vector(duplicated(matrix)))
  }
  # Small differences beside large numbers.
  data <- data.frame(a = c(1e15, 1e15, 1e15), b = c(1, 1 + 1e-12, 1))
  expect_equal(is_repeated(data, NULL, 1:3), c(FALSE, FALSE, TRUE))
})

test_that("duplicate rows are counted, and left out if asked", {
  prep <- learned(sites, steps = deep_steps(no_outcome = 1))
  expect_equal(prep$rows$learned, 7)
  note <- prep$notes[prep$notes$step == "duplicates", ]
  expect_equal(note$count, sum(duplicated(sites)))
  expect_false(note$done)
  prep <- learned(sites, steps = deep_steps(duplicates = "rows"))
  expect_equal(prep$rows[c("learned", "repeated")],
               list(learned = 6L, repeated = 1L))
  expect_false("duplicates" %in% prep$notes$step)
})

test_that("na = 'drop' knows tokens, codes and what cannot be read", {
  prep <- learned(sites, na = "drop", steps = deep_steps(
    missing = list(depth = -999)
  ))
  # One has no outcome, and a "?"; of the others one is -999, one "N/A".
  expect_equal(prep$rows, list(
    learned = 5L, filtered = 0L, no_outcome = 1L, incomplete = 2L
  ))
  expect_false(any(grepl("missing", names(predict(prep, sites[c(1, 2, 5), ])))))
  expect_warning(predict(prep, sites), "3 rows with missing values")

  text <- data.frame(x = c("oops", 2:59, NA), y = c(60:2, 2))
  prep <- deep_prep(y ~ x, text, na = "drop")
  expect_equal(prep$rows$incomplete, 2)
  expect_equal(prep$seen$x$missing, 0)
})

test_that("na = 'drop' loses no row to a column without a value", {
  data <- data.frame(x = c(1:8, NA), gone = NA, blank = " ", y = 9:1)
  prep <- deep_prep(y ~ ., data, na = "drop")
  expect_equal(prep$rows$incomplete, 1)
  expect_named(prep$set_aside, c("gone", "blank"))
})

test_that("na = 'error' knows them too", {
  # The other row without a town has no outcome either.
  expect_error(learned(sites[c("town", "no2")], na = "error"),
               "town has 1 missing", class = "deeply_error_missing_values")
  text <- data.frame(x = c("oops", 2:60), y = c(60:2, 2))
  expect_error(deep_prep(y ~ x, text, na = "error"), "x has 1 missing",
               class = "deeply_error_missing_values")
  expect_error(deep_prep(y ~ x, data.frame(x = c(-9, 2:60), y = c(60:2, 2)),
                         na = "error",
                         steps = deep_steps(missing = list(x = -9))),
               class = "deeply_error_missing_values")
})

test_that("a matrix or a list as the first column is named as such", {
  data <- data.frame(y = 1:6)
  data$m <- matrix(1:12, 6)
  for (na in c("indicator", "drop", "error")) {
    expect_error(deep_prep(y ~ m, data, na = na),
                 class = "deeply_error_column_class")
  }
  data$m <- rep(list(1:2), 6)
  for (duplicates in c("columns", "rows", "none")) {
    expect_error(deep_prep(y ~ m, data,
                           steps = deep_steps(duplicates = duplicates)),
                 class = "deeply_error_column_class")
  }
})

# Learned on training rows only --------------------------------------------

test_that("what held-out rows hold changes nothing in a prep", {
  data <- mixed_table(200)[c("size", "count", "colour", "town", "day", "price")]
  data$amount <- sprintf("%.2f", exp(data$size / 5))
  data$spelled <- ifelse(data$open <- data$size > 50, "Yes", "yes ")
  data$size[c(3, 120)] <- NA
  train <- seq(1, 200, 2)
  learn <- function(data) {
    source <- table_source(price ~ ., data)
    kept <- keep_rows(source, prep_settings())
    learn_prep(source, prep_settings(), kept, train)
  }
  prep <- learn(data)
  held_out <- setdiff(1:200, train)
  shuffled <- data
  shuffled[held_out, ] <- with_seed(1, data[sample(held_out), ])
  expect_equal(learn(shuffled), prep)

  planted <- data
  planted$size[held_out] <- 1e6
  planted$count[held_out] <- NA
  planted$amount[held_out] <- "?"
  planted$price[held_out] <- -1e9
  planted$day[held_out] <- as.Date("1066-10-14")
  planted$spelled[held_out] <- "YES"
  again <- learn(planted)
  expect_equal(again$outcome[c("center", "scale")],
               prep$outcome[c("center", "scale")])
  parts <- setdiff(names(prep), "outcome")
  expect_equal(again[parts], prep[parts])
})
