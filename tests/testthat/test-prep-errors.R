# Bad input: a classed error that names the column, the value and the fix.

good <- mixed_table(40)[c("size", "colour", "price")]
with_column <- function(name, values) {
  good[[name]] <- values
  good
}

test_that("a bad table is refused", {
  expect_snapshot(error = TRUE, {
    deep_prep(cost ~ ., good)
    deep_prep(Price ~ ., good)
    deep_prep(price ~ sise + colour, good)
    deep_prep(price ~ ., good[0, ])
    deep_prep(price ~ ., good[1, ])
    deep_prep(price ~ ., cbind(good, size = 1))
    deep_prep(price ~ nofun(size), good)
    deep_prep(price ~ ., "good")
    deep_prep("price")
    deep_prep(as.matrix(good), good$price)
    deep_prep(matrix(1:4, 2), 1:2)
    deep_prep(good, 1:3)
  })
})

test_that("a bad column is named", {
  expect_snapshot(error = TRUE, {
    deep_prep(price ~ size, with_column("size", NA_real_))
    deep_prep(price ~ colour, with_column("colour", NA_character_))
    deep_prep(price ~ ., with_column("tags", rep(list(1), 40)))
    deep_prep(price ~ ., with_column("place", complex(40)))
    deep_prep(price ~ ., with_column("size", c(good$size[-(1:2)], Inf, -Inf)))
    deep_prep(price ~ ., with_column("size", c(NA, good$size[-1])),
              na = "error")
    deep_prep(price ~ a + b, data.frame(a = 1, b = "x", price = 1:9))
  })
})

test_that("a column without a value is set aside", {
  prep <- deep_prep(price ~ ., with_column("size", NA_real_))
  expect_equal(prep$set_aside, c(size = "missing in every row"))
  prep <- deep_prep(price ~ ., with_column("colour", NA_character_))
  expect_equal(prep$set_aside, c(colour = "missing in every row"))
  expect_named(predict(prep, good), "size")
})

test_that("a column without a name is refused", {
  nameless <- stats::setNames(good, c("size", "", NA))
  expect_snapshot(error = TRUE, {
    deep_prep(nameless, good$price)
    deep_prep(nameless[1:2], good$price)
  })
})

test_that("the row of an infinite value is that of the table", {
  data <- with_column("size", c(good$size[-1], Inf))
  data$price[1:5] <- NA
  expect_error(deep_prep(price ~ ., data), "row 40")
})

test_that("a bad outcome is named", {
  expect_snapshot(error = TRUE, {
    deep_prep(price ~ ., with_column("price", 3))
    deep_prep(price ~ ., with_column("price", factor("yes")))
    deep_prep(price ~ ., with_column("price", NA))
    deep_prep(price ~ ., with_column("price", c(1, rep(NA, 39))))
    deep_prep(price ~ ., with_column("price", c(rep(NA, 9), 1:31)))
    deep_prep(price ~ ., with_column("price", c(Inf, 1:39)))
    deep_prep(price ~ ., with_column("price", rep(list(1), 40)))
  })
  expect_snapshot(invisible(
    deep_prep(price ~ ., with_column("price", rep(0:1, 20)))
  ))
})

test_that("bad new data is named", {
  prep <- deep_prep(price ~ ., good)
  expect_snapshot(error = TRUE, {
    predict(prep, good["colour"])
    predict(prep, with_column("size", as.character(good$size)))
    predict(prep, with_column("size", good$size > 50))
    predict(prep, with_column("colour", seq_len(40)))
    predict(prep, with_column("colour", "mauve"))
    predict(prep, with_column("size", c(Inf, good$size[-1])))
    predict(prep, with_column("size", 1e300))
    predict(prep, with_column("size", Sys.Date()))
    predict(prep, 1:3)
    predict(deep_prep(price ~ ., good, na = "error"),
            with_column("size", c(NA, good$size[-1])))
  })
})

test_that("new levels and missing values follow the policy", {
  new <- with_column("colour", c("mauve", as.character(good$colour[-1])))
  prep <- deep_prep(price ~ ., good, new_levels = "unknown")
  expect_snapshot(encoded <- predict(prep, new))
  expect_equal(encoded$colour[[1]], 0)

  new <- with_column("size", c(NA, good$size[-1]))
  prep <- deep_prep(price ~ ., good)
  expect_snapshot(encoded <- predict(prep, new))
  expect_equal(encoded$size[[1]], 0)

  prep <- deep_prep(price ~ ., good, na = "drop")
  expect_snapshot(encoded <- predict(prep, new))
})

test_that("a column that is all NA in new data is missing, not logical", {
  prep <- deep_prep(price ~ ., good)
  new <- good[1:2, ]
  new$colour <- NA
  expect_warning(encoded <- predict(prep, new),
                 class = "deeply_warning_missing_values")
  expect_equal(encoded$colour, c(0, 0))
})

test_that("extra columns and another order change nothing", {
  prep <- deep_prep(price ~ ., good)
  shuffled <- cbind(extra = 1, good[c("colour", "size")])
  expect_identical(predict(prep, shuffled), predict(prep, good))
})

test_that("settings are checked", {
  expect_snapshot(error = TRUE, {
    deep_prep(price ~ ., good, na = "impute")
    deep_prep(price ~ ., good, scale = "minmax")
    deep_prep(price ~ ., good, new_levels = "ignore")
    deep_prep(price ~ ., good, steps = list(trim = TRUE))
    deep_prep(price ~ ., good, trim = TRUE)
    deep_prep(price ~ ., good, nonsense = 1)
  })
})
