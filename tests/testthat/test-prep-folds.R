test_that("every kind of folds prints", {
  data <- patients()
  days <- readings(50, sensors = 2)
  expect_snapshot({
    deep_folds(data, seed = 5)
    deep_folds(data, v = 4, repeats = 3, strata = "dose", seed = 6)
    deep_folds(data, v = 3, group = "patient", seed = 7)
    deep_folds(days, v = 3, time = "day")
    deep_folds(days, time = "day", initial = 30, assess = 7, step = 3,
               expanding = FALSE, gap = 2)
    deep_folds(days, v = 4, time = "day", method = "blocked", gap = 1)
    deep_folds(days, v = 5, force = TRUE, seed = 8)
    deep_folds(data, v = 6, method = "rolling")
  })
})

test_that("each row is tested on once a repeat, and folds are even", {
  data <- patients()
  kinds <- list(list(), list(strata = "ill"), list(strata = "dose"),
                list(group = "patient"))
  for (kind in kinds) {
    folds <- do.call(deep_folds,
                     c(list(data, v = 4, repeats = 3, seed = 2), kind))
    expect_length(folds$folds, 12)
    expect_identical(folds$table[["repeat"]], rep(1:3, each = 4))
    expect_identical(folds$table$fold, rep(1:4, 3))
    for (fold in folds$folds) {
      expect_partition(fold, nrow(data))
    }
    for (i in 1:3) {
      tests <- lapply(folds$folds[folds$table[["repeat"]] == i], `[[`, "test")
      expect_partition(tests, nrow(data))
    }
    if (is.null(kind$group)) {
      expect_lte(diff(range(folds$table$n_test)), 1)
    }
    expect_false(identical(folds$folds[[1]], folds$folds[[5]]))
  }
})

test_that("folds have each class alike, and never tear a group", {
  data <- patients()
  folds <- deep_folds(data, v = 5, strata = "ill", seed = 3)
  counts <- vapply(folds$folds, function(fold) {
    sum(data$ill[fold$test] == "yes")
  }, numeric(1))
  expect_lte(diff(range(counts)), 1)
  folds <- deep_folds(data, v = 4, group = "patient", seed = 3)
  for (fold in folds$folds) {
    expect_length(intersect(data$patient[fold$train], data$patient[fold$test]),
                  0)
  }
  expect_lte(diff(range(folds$table$n_test)), max(table(data$patient)))
})

test_that("a rolling origin never looks ahead", {
  data <- readings(40, sensors = 2)
  data <- data[with_seed(2, sample(80)), ]
  for (gap in c(0, 3)) {
    for (expanding in c(TRUE, FALSE)) {
      folds <- deep_folds(data, v = 5, time = "day", gap = gap,
                          expanding = expanding)
      expect_length(folds$folds, 5)
      for (fold in folds$folds) {
        between <- min(data$day[fold$test]) - max(data$day[fold$train])
        expect_equal(as.numeric(between), gap + 1)
        expect_length(intersect(fold$train, fold$test), 0)
      }
      last <- folds$folds[[5]]
      expect_equal(max(data$day[last$test]), max(data$day))
      sizes <- folds$table$n_train
      expect_true(all(diff(sizes) == if (expanding) 12 else 0))
    }
  }
})

test_that("a rolling origin is what was asked for", {
  data <- data.frame(x = 1:30)
  rows <- function(...) {
    folds <- deep_folds(data, ..., method = "rolling")
    lapply(folds$folds, function(fold) {
      c(range(fold$train), range(fold$test))
    })
  }
  expect_equal(rows(initial = 10, assess = 5),
               list(c(1, 10, 11, 15), c(1, 15, 16, 20), c(1, 20, 21, 25),
                    c(1, 25, 26, 30)))
  expect_equal(rows(initial = 10, assess = 5, step = 9, expanding = FALSE),
               list(c(1, 10, 11, 15), c(10, 19, 20, 24)))
  expect_equal(rows(v = 2), list(c(1, 10, 11, 20), c(1, 20, 21, 30)))
  expect_equal(rows(v = 3, initial = 21), list(
    c(1, 21, 22, 24), c(1, 24, 25, 27), c(1, 27, 28, 30)
  ))
  expect_equal(rows(v = 2, assess = 4, gap = 1),
               list(c(1, 21, 23, 26), c(1, 25, 27, 30)))
  expect_equal(rows(v = 3, step = 2),
               list(c(1, 24, 25, 26), c(1, 26, 27, 28), c(1, 28, 29, 30)))
  expect_equal(rows(v = 2, initial = 20, step = 4),
               list(c(1, 20, 21, 26), c(1, 24, 25, 30)))
})

test_that("blocks follow one another in time, with a gap on both sides", {
  data <- readings(20, sensors = 2)[40:1, ]
  folds <- deep_folds(data, v = 4, time = "day", method = "blocked", gap = 2)
  days <- as.numeric(data$day - min(data$day)) + 1
  for (i in 1:4) {
    fold <- folds$folds[[i]]
    block <- (5 * i - 4):(5 * i)
    expect_setequal(days[fold$test], block)
    near <- (5 * i - 6):(5 * i + 2)
    expect_setequal(days[fold$train], setdiff(1:20, near))
  }
  expect_partition(lapply(folds$folds, `[[`, "test"), 40)
  expect_identical(folds$table$test_from[[2]], as.Date("2021-03-06"))
  expect_identical(folds$table$test_to[[2]], as.Date("2021-03-10"))
})

test_that("without `time`, folds in time take the index that is found", {
  days <- readings(30)
  folds <- deep_folds(days[30:1, ], v = 3, method = "blocked")
  expect_identical(folds$folds[[1]]$test, 30:21)
  expect_identical(folds$how$column, "day")
  expect_identical(deep_folds(AirPassengers, v = 4, method = "rolling")$folds,
                   deep_folds(AirPassengers, v = 4, time = "time")$folds)
})

test_that("the same seed gives the same folds and leaves R's generator", {
  data <- patients()
  set.seed(5)
  before <- .Random.seed
  one <- deep_folds(data, seed = 4)
  deep_folds(readings(), time = "day")
  expect_identical(.Random.seed, before)
  expect_identical(deep_folds(data, seed = 4), one)
  drawn <- deep_folds(data)
  set.seed(5)
  expect_identical(deep_folds(data), drawn)
})

test_that("a table that runs in time is not shuffled into folds", {
  days <- readings()
  expect_snapshot(error = TRUE, {
    deep_folds(days)
    deep_folds(days, v = 5, group = "sensor")
    deep_folds(AirPassengers)
  })
  expect_error(deep_folds(days), class = "deeply_error_time_order")
  expect_identical(deep_folds(days, force = TRUE, seed = 3)$how$forced, "day")
})

test_that("bad arguments are named", {
  data <- patients()
  days <- readings(25)
  expect_snapshot(error = TRUE, {
    deep_folds(data, v = 1)
    deep_folds(data, v = 212)
    deep_folds(data, v = 8, group = "patient")
    deep_folds(data, group = "patients")
    deep_folds(data, 5, 2)
    deep_folds(data, repeats = 0)
    deep_folds(data, method = "loo")
    deep_folds(data, gap = 3)
    deep_folds(data, initial = 10, assess = 5)
    deep_folds(days, time = "day", method = "kfold")
    deep_folds(days, time = "day", repeats = 3)
    deep_folds(data, method = "blocked", strata = "ill")
    deep_folds(days, v = 30, time = "day")
    deep_folds(days, time = "day", initial = 20, assess = 6)
    deep_folds(days, v = 5, time = "day", initial = 24)
    deep_folds(days, v = 2, time = "day", method = "blocked", gap = 9)
    deep_folds(days, v = 26, time = "day", method = "blocked")
    deep_folds(days, time = "day", gap = 0.5)
    deep_folds(data[0, ])
  })
})
