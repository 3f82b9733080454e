every_kind <- function(n = 6) {
  data <- data.frame(
    size = c(1.5, NA, -2, 1e10, 0, 7)[seq_len(n)],
    count = c(3L, NA, -5L, 0L, 12L, 9L)[seq_len(n)],
    open = c(TRUE, NA, FALSE, TRUE, TRUE, FALSE)[seq_len(n)],
    colour = factor(c("red", NA, "blue", "red", "blue", "red"),
                    levels = c("red", "green", "blue"))[seq_len(n)],
    town = c("York", NA, "Bath", "", "\u00c9vora", "York")[seq_len(n)],
    day = as.Date(c("2024-02-29", NA, "1969-07-20", "2000-01-01", "1970-01-01",
                    "2030-12-31"))[seq_len(n)],
    when = as.POSIXct(c("2024-02-29 13:45:10", NA, "1969-07-20 20:17:40",
                        "2000-01-01 00:00:00", "1970-01-01 00:00:01",
                        "2030-12-31 23:59:59"), tz = "UTC")[seq_len(n)]
  )
  data$tags <- as.list(seq_len(n))
  data
}

test_that("columns of every kind come back as they were", {
  skip_if_no_parquet()
  data <- every_kind()
  columns <- setdiff(names(data), "tags")
  folder <- parquet_folder(data, 2)
  read <- read_all(deep_parquet(folder), columns)
  expect_length(read, 1)
  read <- read[[1]]
  expect_identical(names(read), columns)
  # A missing number is NaN, which is.na() sees as well.
  expect_identical(lapply(read, is.na), lapply(data[columns], is.na))
  read$size[is.nan(read$size)] <- NA
  read$count <- as.integer(read$count)
  expect_identical(read$when[[2]] + 0, as.POSIXct(NaN, tz = "UTC"))
  read$when[2] <- NA
  read$day[2] <- NA
  expect_identical(read, data[columns])
  expect_identical(Encoding(read$town[[5]]), "UTF-8")
})

test_that("rows come in order, and codes mean the same in every block", {
  skip_if_no_parquet()
  n <- block_rows + 1000L
  data <- data.frame(
    i = seq_len(n),
    word = c(rep("late", 10), paste0("w", rep_len(1:50, n - 11)), "last")
  )
  folder <- parquet_folder(data, 3)
  read <- read_all(deep_parquet(folder), c("word", "i"))
  expect_identical(vapply(read, nrow, 0L), c(block_rows, 1000L))
  whole <- do.call(rbind, read)
  expect_equal(whole$i, data$i)
  expect_identical(whole$word, data$word)
})

test_that("a Parquet table prints its rows, columns and files", {
  skip_if_no_parquet()
  data <- every_kind()
  folder <- parquet_folder(data, 3)
  expect_snapshot(print(deep_parquet(folder)), transform = hide_path(folder))
  file <- file.path(folder, "part-2.parquet")
  expect_snapshot(print(deep_parquet(file)), transform = hide_path(folder))
})

test_that("what it is, is plain data", {
  skip_if_no_parquet()
  folder <- parquet_folder(every_kind(), 2)
  data <- deep_parquet(folder)
  expect_s3_class(data, "deep_parquet")
  expect_identical(data$n_rows, 6L)
  expect_identical(data$path, normalizePath(folder))
  expect_identical(
    data$columns$kind,
    c("number", "integer", "logical", "category", "text", "date", "time",
      "unsupported")
  )
  kept <- tempfile()
  saveRDS(data, kept)
  expect_equal(readRDS(kept), data)
})

test_that("keys in the names of folders are listed, and said not to be read", {
  skip_if_no_parquet()
  folder <- tempfile("parquet-")
  data <- every_kind()[c("size", "town")]
  for (year in 2023:2024) {
    write_parquet(data, file.path(folder, paste0("year=", year), "a.parquet"))
  }
  expect_snapshot(x <- deep_parquet(folder))
  expect_identical(x$partitions, "year")
  expect_identical(x$n_rows, 12L)
  expect_snapshot(print(x), transform = hide_path(folder))
})

test_that("paths that cannot be read are errors", {
  expect_snapshot(deep_parquet(12), error = TRUE)
  expect_snapshot(deep_parquet(c("a", "b")), error = TRUE)
  home <- getwd()
  expect_snapshot(deep_parquet("no/such.parquet"), error = TRUE,
                  transform = hide_path(home))
  expect_error(deep_parquet("no/such.parquet"),
               class = "deeply_error_parquet")
})

test_that("files that cannot be read are errors", {
  skip_if_no_parquet()
  folder <- new_folder()
  expect_snapshot(deep_parquet(folder), error = TRUE,
                  transform = hide_path(folder))
  writeLines("x,y", file.path(folder, "a.parquet"))
  expect_error(deep_parquet(folder), class = "deeply_error_parquet")
  data <- every_kind()
  write_parquet(data[1:3], file.path(folder, "a.parquet"))
  write_parquet(data[1:2], file.path(folder, "b.parquet"))
  expect_snapshot(deep_parquet(folder), error = TRUE,
                  transform = hide_path(folder))
})

test_that("a Python without pyarrow is told what to install", {
  cnd <- rlang::error_cnd(
    "deeply_error_python", python_type = "ModuleNotFoundError",
    python_value = "No module named 'pyarrow'", message = "Python stopped."
  )
  at <- list(path = "a.parquet", format = "parquet")
  expect_snapshot(rethrow_files(cnd, at, NULL), error = TRUE)
  expect_error(rethrow_files(cnd, at, NULL),
               class = "deeply_error_python_module")
})

test_that("a table that has changed is not read as if it had not", {
  skip_if_no_parquet()
  folder <- parquet_folder(every_kind(), 2)
  data <- deep_parquet(folder)
  write_parquet(every_kind(5), file.path(folder, "part-3.parquet"))
  expect_snapshot(file_pass(data, "size"), error = TRUE,
                  transform = hide_path(normalizePath(folder)))
})

# Predicting ---------------------------------------------------------------

parquet_fit <- function(task, ...) {
  if (is.null(shared[[paste0("parquet-", task)]])) {
    data <- task_table(task)
    formula <- stats::reformulate(".", task_outcome[[task]])
    fit <- plain_mlp(formula, data, control = quick(), baseline = FALSE, ...)
    shared[[paste0("parquet-", task)]] <- list(fit = fit, data = data)
  }
  shared[[paste0("parquet-", task)]]
}

test_that("a Parquet table is predicted as the table in memory", {
  skip_if_no_parquet()
  for (task in names(task_outcome)) {
    known <- parquet_fit(task)
    data <- deep_parquet(parquet_folder(known$data, 3))
    expect_equal(predict(known$fit, data), predict(known$fit, known$data))
    expect_equal(predict(known$fit, data, type = "raw"),
                 predict(known$fit, known$data, type = "raw"))
  }
})

test_that("predicting says what new rows held, once", {
  skip_if_no_parquet()
  known <- parquet_fit("regression")
  odd <- known$data[rep(1:200, 400), ]
  odd$size[c(5, 70000)] <- NA
  data <- deep_parquet(parquet_folder(odd))
  expect_snapshot(predicted <- predict(known$fit, data))
  expect_identical(nrow(predicted), nrow(odd))
  odd$town[70001] <- "Leeds"
  data <- deep_parquet(parquet_folder(odd))
  expect_snapshot(predict(known$fit, data), error = TRUE)
  data <- deep_parquet(parquet_folder(odd[1:9, c("size", "town")]))
  expect_snapshot(predict(known$fit, data), error = TRUE)
  odd$town <- seq_len(nrow(odd))
  data <- deep_parquet(parquet_folder(odd[1:9, ]))
  expect_snapshot(predict(known$fit, data), error = TRUE)
})
