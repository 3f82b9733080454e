# A table in memory, which test-prep-time.R looks at, is the truth here.

timed_table <- function(n = 600) {
  data <- with_seed(5, data.frame(x = rnorm(n), y = rnorm(n)))
  data$y <- data$y + data$x
  # Four rows of the same time, and gaps in the outcome and the time.
  data$when <- as.POSIXct("2021-10-30", tz = "UTC") + 3600 * (seq_len(n) %/% 4)
  data$y[c(5, 500:520, n)] <- NA
  data
}

expect_same_rows <- function(formula, data, on, ...) {
  control <- quick(epochs = 2, ...)
  path <- file.path(new_folder(), "a.csv")
  data.table::fwrite(data, path)
  file <- plain_mlp(formula, deep_csv(path), control = control,
                    baseline = FALSE)
  table <- plain_mlp(formula, data, control = control, baseline = FALSE)
  rows <- c("train", "validation")
  expect_identical(as.numeric(file$info$rows[rows]),
                   as.numeric(table$info$rows[rows]))
  expect_equal(file$prep$columns$x$center, table$prep$columns$x$center)
  # What the mean misses follows from the rows alone.
  judged <- evaluate(file)
  expect_equal(judged[model == "mean", ], evaluate(table)[model == "mean", ],
               ignore_attr = TRUE)
  expect_match(attr(judged, "judged_on")$on, on, fixed = TRUE)
}

test_that("files are validated on their latest rows, whatever their order", {
  skip_if_no_parquet()
  data <- timed_table()
  latest <- "validation rows, the latest by when"
  expect_same_rows(y ~ x, data, latest)
  local_constants(block_rows = 100L)
  expect_same_rows(y ~ x, data, latest)
  expect_same_rows(y ~ ., data, latest, validation = 0.33)
  # One sensor after the other: the latest of each.
  two <- rbind(cbind(data, sensor = "a"), cbind(data, sensor = "b"))
  expect_same_rows(y ~ x, two, latest)
  # Text, read in the order of the first block: 10/11 could be either.
  data$when <- format(data$when, "%d/%m/%Y %H:%M")
  data$when[c(7, 300)] <- ""
  expect_same_rows(y ~ x, data, latest)
})

test_that("a date that is an attribute changes nothing", {
  skip_if_no_parquet()
  data <- timed_table()
  data$when <- as.Date("1950-01-01") + with_seed(1, sample(2e4, nrow(data)))
  path <- file.path(new_folder(), "a.csv")
  data.table::fwrite(data, path)
  fit <- function(...) {
    plain_mlp(y ~ x, deep_csv(path), baseline = FALSE,
             control = quick(epochs = 1, ...))
  }
  expect_identical(attr(evaluate(fit()), "judged_on")$on, "validation rows")
  data.table::fwrite(timed_table(), path)
  expect_identical(attr(evaluate(fit(validation = 0)), "judged_on")$on,
                   "training rows")
})
