# What data.table::fread() reads is the truth here.

csv_file <- function(lines, name = "a.csv", folder = new_folder()) {
  path <- file.path(folder, name)
  writeLines(enc2utf8(lines), path, useBytes = TRUE)
  path
}

# A table with what files have: blanks, quotes, spaces, late surprises.
mixed_csv <- function(n = 1000) {
  i <- seq_len(n)
  with_seed(3, data.frame(
    row = i,
    size = ifelse(i %% 50 == 0, "NA", sprintf(" %.4f", stats::rnorm(n))),
    count = ifelse(i == 700, "8.5", i %% 11),
    late = ifelse(i == 900, "about 7", sprintf("%d", i %% 97)),
    code = c("007", "08", "")[i %% 3 + 1],
    open = ifelse(i %% 9 == 0, "", c("TRUE", "FALSE")[i %% 2 + 1]),
    text = c("\"a, b\"", "\"two\nlines\"", " plain ", "NA", "\"NA\"",
             "", "?")[i %% 7 + 1],
    town = sample(c("York", "york", "\u00c9vora", "Bath"), n, TRUE),
    day = format(as.Date("2024-01-01") + i),
    when = ifelse(i %% 40 == 0, "", format(
      as.POSIXct("2024-01-01", tz = "UTC") + 7000 * i, "%Y-%m-%dT%H:%M:%SZ"
    )),
    moment = format(as.POSIXct("2001-01-01", tz = "UTC") + 999 * i),
    minute = format(as.POSIXct("2001-01-01", tz = "UTC") + 600 * i,
                    "%Y-%m-%d %H:%M"),
    big = ifelse(i == 5, "9007199254740993", i * 7),
    empty = "",
    same = i %% 11,
    sold = ifelse(i %% 61 == 0, "", c("yes", "no")[(i %/% 3) %% 2 + 1])
  ))
}

mixed_lines <- function(sep = ",", ...) {
  data <- mixed_csv(...)
  c(paste(names(data), collapse = sep), do.call(paste, c(data, sep = sep)))
}

# R has two kinds of numbers, a file has one. In a file neither repeated rows
# nor what was cleaned in the outcome is counted.
taught <- function(prep) {
  kept <- prep$notes$step != "duplicates" &
    prep$notes$column != prep$outcome$name
  prep$notes <- prep$notes[kept, ]
  data.table::setindex(prep$notes, NULL)
  rapply(unclass(prep), how = "replace", f = function(x) {
    replace(x, x %in% c("integer", "integer64"), "numeric")
  }, classes = "character")
}

expect_same_prep <- function(formula, file, ..., sep = ",",
                             encoding = "UTF-8") {
  skip_if_not_installed("bit64")
  read <- data.table::fread(file, sep = sep, encoding = encoding,
                            blank.lines.skip = TRUE)
  data <- deep_csv(file, sep = sep)
  expect_identical(data$n_rows, nrow(read))
  # bit64 says that a double is too short for 2^53 + 1.
  known <- suppressWarnings(deep_prep(formula, read, ...),
                            classes = "simpleWarning")
  expect_equal(taught(deep_prep(formula, data, ...)), taught(known),
               tolerance = 1e-6)
}

test_that("a prep of a CSV file is that of the table fread() makes of it", {
  skip_if_no_parquet()
  file <- csv_file(mixed_lines(), "a.csv")
  expect_same_prep(sold ~ ., file)
  local_constants(block_rows = 64L)
  for (scale in scalings) {
    expect_same_prep(sold ~ ., file, scale = scale)
  }
})

test_that("so it is with semicolons, a byte order mark, latin1 and Windows", {
  skip_if_no_parquet()
  lines <- mixed_lines(";")
  lines[[1]] <- paste0("\ufeff", lines[[1]])
  expect_same_prep(sold ~ ., csv_file(lines), sep = ";")
  lines <- sub("\ufeff", "", gsub("\n", " ", lines))
  lines <- iconv(lines, "UTF-8", "latin1")
  file <- tempfile(fileext = ".txt")
  writeLines(lines, file, sep = "\r\n", useBytes = TRUE)
  expect_same_prep(sold ~ ., file, sep = ";", encoding = "Latin-1")
  prep <- deep_prep(sold ~ ., deep_csv(file, sep = ";", encoding = "latin1"))
  expect_true("\u00c9vora" %in% prep$columns$town$levels)
})

test_that("so it is with the raw Adult file, packed", {
  skip_if_no_parquet()
  raw <- file.path(Sys.getenv("DEEPLY_DATA_DIR"), "adult", "adult.data.gz")
  skip_if_not(file.exists(raw), "No raw Adult file in DEEPLY_DATA_DIR.")
  rows <- readLines(con <- gzfile(raw))
  close(con)
  # The names too have a space before them.
  lines <- c(paste(c("age", paste0("v", 2:14), "income"), collapse = ", "),
             rows[nzchar(rows)])
  file <- csv_file(lines)
  packed <- file.path(new_folder(), "adult.csv.gz")
  writeLines(lines, con <- gzfile(packed))
  close(con)
  expect_same_prep(income ~ ., file)
  expect_equal(deep_prep(income ~ ., deep_csv(packed)),
               deep_prep(income ~ ., deep_csv(file)))
})

test_that("dates as fread() makes them are dates to a prep", {
  data <- data.frame(y = with_seed(1, stats::rnorm(500)),
                     day = as.Date("2022-03-01") + 1:500)
  known <- deep_prep(y ~ day, data)
  expect_true("day_weekday_sin" %in% names(known$columns))
  data$day <- data.table::as.IDate(data$day)
  expect_equal(deep_prep(y ~ day, data), known)
})

test_that("columns of every kind come back as they were", {
  skip_if_no_parquet()
  data <- data.table::data.table(
    size = c(1.5, NA, -2), open = c(TRUE, NA, FALSE),
    town = c("York", NA, "\u00c9vora"),
    day = as.Date(c("2024-02-29", NA, "1969-07-20")),
    when = as.POSIXct(c("2024-02-29 13:45:10", NA, "1969-07-20 20:17:40"),
                      tz = "UTC")
  )
  folder <- new_folder()
  data.table::fwrite(data, file.path(folder, "a.csv"), na = "NA")
  read <- read_all(deep_csv(folder), names(data))[[1]]
  expect_identical(lapply(read, is.na), lapply(data, is.na))
  expect_equal(read, as.data.frame(data))
})

test_that("a CSV table is plain data, and prints rows, columns and files", {
  skip_if_no_parquet()
  folder <- new_folder()
  csv_file(mixed_lines(n = 950), "1.csv", folder)
  csv_file(mixed_lines(n = 20), "2.csv", folder)
  data <- deep_csv(folder)
  expect_s3_class(data, "deep_csv")
  expect_snapshot(print(data), transform = hide_path(folder))
  kept <- tempfile()
  saveRDS(data, kept)
  again <- readRDS(kept)
  expect_equal(again, data)
  expect_identical(nrow(read_all(again, "size")[[1]]), 970L)
})

test_that("a CSV file goes wherever a Parquet file goes", {
  skip_if_no_parquet()
  for (task in names(task_outcome)) {
    data <- task_table(task, n = 300)
    data$size[c(3, 50)] <- NA
    file <- tempfile(fileext = ".csv")
    data.table::fwrite(data, file)
    read <- data.table::fread(file)
    csv <- deep_csv(file)
    formula <- stats::reformulate(".", task_outcome[[task]])
    fits <- lapply(list(read, csv), function(data) {
      plain_mlp(formula, data, control = quick(), baseline = FALSE)
    })
    expect_identical(fit_weights(fits[[2]]), fit_weights(fits[[1]]))
    expect_equal(predict(fits[[2]], csv), predict(fits[[1]], read))
    expect_equal(evaluate(fits[[2]], csv), evaluate(fits[[1]], read))
  }
  expect_s3_class(lr_finder(formula, data = csv, steps = 12),
                  "deep_lr_finder")
  expect_snapshot(deep_mlp(formula, csv, na = "drop"), error = TRUE)
})

# Errors -------------------------------------------------------------------

test_that("arguments that mean nothing are errors", {
  expect_snapshot(error = TRUE, {
    deep_csv(12)
    deep_csv("a.csv", ";")
    deep_csv("a.csv", sep = ", ")
    deep_csv("a.csv", sep = "\"")
    deep_csv("a.csv", encoding = NA)
  })
  expect_error(deep_csv("no/such.csv"), class = "deeply_error_csv")
})

test_that("files that cannot be read are errors that name file and line", {
  skip_if_no_parquet()
  folder <- new_folder()
  hide <- hide_path(folder)
  path <- file.path(folder, "a.csv")
  write <- function(...) csv_file(c(...), folder = folder)
  expect_snapshot(deep_csv(folder), error = TRUE, transform = hide)
  write("a,b", "1,2", "\"3", "4\",5", "6", "7,8")
  expect_snapshot(deep_csv(path), error = TRUE, transform = hide)
  write("a;b", "1;2;3")
  expect_snapshot(deep_csv(path, sep = ";"), error = TRUE, transform = hide)
  write("a,b,a", "1,2,3")
  expect_snapshot(deep_csv(path), error = TRUE, transform = hide)
  write("a,b")
  expect_snapshot(deep_csv(path), error = TRUE, transform = hide)
  write(character())
  expect_snapshot(deep_csv(path), error = TRUE, transform = hide)
  write("a,b", "1,\"2", "3,4")
  expect_snapshot(deep_csv(path), error = TRUE, transform = hide)
  write("a,b", "1,2")
  expect_snapshot(deep_csv(path, encoding = "klingon"), error = TRUE,
                  transform = hide)
  csv_file(c("a,c", "1,2"), "b.csv", folder)
  expect_snapshot(deep_csv(folder), error = TRUE, transform = hide)
  expect_error(deep_csv(folder), class = "deeply_error_files")
})

test_that("a file that has changed is not read as if it had not", {
  skip_if_no_parquet()
  file <- csv_file(c("a,b", "1,2", "3,4"))
  hide <- hide_path(file)
  data <- deep_csv(file)
  Sys.setFileTime(file, Sys.time() - 10)
  expect_snapshot(deep_prep(a ~ b, data), error = TRUE, transform = hide)
  writeLines(c("a", "1", "2"), file)
  expect_error(deep_prep(a ~ b, data), class = "deeply_error_csv")
})
