# What check_data() says of real tables, how it prints, and what it refuses.

alarms <- function(found) {
  c(stop = sum(found$severity == "stop"), look = sum(found$severity == "look"))
}

split_rows <- function(data, seed) {
  data <- as.data.frame(data)
  rows <- with_seed(seed, sample(nrow(data), 0.75 * nrow(data)))
  list(train = data[rows, ], test = data[-rows, ])
}

test_that("tables of R raise no alarm, whole or split at random", {
  tables <- list(
    list(iris, "Species"), list(iris, "Petal.Width"), list(mtcars, "mpg"),
    list(mtcars, "disp"), list(faithful, "waiting"), list(rock, "perm"),
    list(swiss, "Fertility"), list(quakes, "mag"), list(airquality, "Temp")
  )
  for (table in tables) {
    # Few rows in a class are a fact, not a false alarm.
    quiet <- function(data) {
      found <- check_data(data, table[[2]])
      alarms(found[found$check != "imbalance", ])
    }
    expect_equal(quiet(table[[1]]), c(stop = 0, look = 0))
    for (seed in 1:2) {
      expect_equal(quiet(split_rows(table[[1]], seed)), c(stop = 0, look = 0))
    }
  }
})

test_that("diamonds repeat some rows, no more", {
  diamonds <- as.data.frame(ggplot2::diamonds)[seq(1, 53940, 4), ]
  found <- check_data(diamonds, "price")
  expect_equal(alarms(found), c(stop = 0, look = 0))
})

test_that("real tables: no false alarm, and what is true is said", {
  real_data_dir()
  penguins <- deep_data("penguins")
  expect_equal(nrow(check_data(penguins, "species")), 0)
  expect_equal(alarms(check_data(split_rows(penguins$data, 1), "species")),
               c(stop = 0, look = 0))

  # Some samples of the Wisconsin data come twice, by their number.
  wisconsin <- deep_data("wisconsin")$data
  for (data in list(wisconsin, split_rows(wisconsin, 1))) {
    found <- check_data(data, "class")
    expect_equal(alarms(found), c(stop = 0, look = 1))
    expect_equal(found$check[[1]], "groups")
  }

  # 23 rows of Adult's test set are in its training set, and 99999 USD of
  # capital gain is a cap.
  found <- check_data(deep_data("adult"), "income")
  expect_equal(alarms(found), c(stop = 0, look = 2))
  expect_equal(found$check[1:2], c("duplicates", "columns"))
  expect_lt(abs(attr(found, "apart") - 0.5), 0.01)
  expect_snapshot(found)
})

test_that("Adult as it is published is read before it is checked", {
  dir <- file.path(real_data_dir(), "adult")
  read <- function(file, ...) {
    utils::read.csv(file.path(dir, file), header = FALSE,
                    col.names = adult_names, ...)
  }
  skip_if_not(file.exists(file.path(dir, "adult.data.gz")))
  raw <- list(train = read("adult.data.gz"),
              test = read("adult.test.gz", skip = 1))
  # Labels of the test file end in a full stop.
  raw$test$income <- sub("[.]$", "", raw$test$income)
  found <- check_data(raw, "income")
  expect_equal(alarms(found), c(stop = 0, look = 2))
  missing <- found[grepl("read as missing", found$says), ]
  expect_equal(missing$column, c("workclass", "occupation", "native_country"))
  expect_equal(missing$value, c(1836, 1843, 583))
})

test_that("the air of London: all that is wrong with it", {
  path <- file.path(real_data_dir(), "london_no2",
                    "LondonAir_TH_MER_NO2.csv.gz")
  skip_if_not(file.exists(path), "london_no2 is not there")
  air <- utils::read.csv(path)
  expect_snapshot(check_data(air, "Value"))
  as_text <- utils::read.csv(path, colClasses = "character")
  found <- check_data(as_text, "Value")
  expect_equal(found$column[grepl("text read as numbers", found$says)], "Value")
  expect_equal(found$value[found$check == "repetition"], 4)
  # A random split, with the text of the times as it is.
  expect_snapshot(check_data(split_rows(as_text, 1), "Value"))
})

test_that("a check prints what is found, and that nothing is", {
  expect_snapshot(check_data(mtcars, "mpg"))
  data <- mixed_table(400)[c("size", "count", "colour", "open", "sold")]
  data$patient_id <- with_seed(1, sample(90, 400, TRUE))
  data$verdict <- ifelse(data$sold == "yes", "good", "bad")
  data$site <- "MY1"
  data$lab <- "MY2"
  data$depth <- replace(data$size, 7:19, -9999)
  data$sold[20:26] <- NA
  parts <- split_rows(data, 1)
  parts$test$size <- parts$test$size + 12
  parts$test$open <- NULL
  parts$test$count <- as.character(parts$test$count)
  found <- check_data(parts, "sold", after = "verdict")
  expect_snapshot(found)
  expect_snapshot(found[found$severity == "stop", ])
  expect_s3_class(found, c("deep_check", "data.table"), exact = FALSE)
  expect_named(found, c("check", "column", "severity", "value", "says", "fix"))
})

test_that("two numbers are classes, and are said to be", {
  data <- mixed_table(200)[c("size", "count", "open", "sold")]
  data$sold <- as.integer(data$sold == "yes")
  found <- check_data(data, "sold")
  expect_equal(found$column, "sold")
  expect_equal(attr(found, "metric"), "AUC")
})

test_that("every way to give a split is the same", {
  skip_if_not_installed("rsample")
  split <- with_seed(1, rsample::initial_split(mixed_table(200)[-8]))
  parts <- list(train = rsample::training(split),
                test = rsample::testing(split))
  found <- check_data(split, "price")
  expect_equal(check_data(parts, "price"), found)
  expect_equal(check_data(parts$train, "price", test = parts$test), found)
  table <- data.table::as.data.table(parts$train)
  expect_equal(check_data(table, "price", test = parts$test), found)
})

test_that("rows outside the filter are not looked at", {
  data <- data.frame(x = with_seed(1, rnorm(300)), state = "ok",
                     y = with_seed(2, rnorm(300)))
  data$state[1:100] <- "draft"
  data$x[1:100] <- data$y[1:100]
  steps <- deep_steps(filter = list(state = "ok"))
  found <- check_data(data, "y", steps = steps)
  expect_equal(attr(found, "rows"), c(train = 200L))
  expect_lt(max(attr(found, "scores")$score), 0.1)
})

test_that("test rows without a target, or with many missing, are said so", {
  data <- mixed_table(300)[c("size", "count", "price")]
  parts <- split_rows(data, 1)
  parts$test$price <- NULL
  expect_equal(check_data(parts, "price")$severity, "know")
  data$price[1:100] <- NA
  expect_equal(check_data(data, "price")$severity, "stop")
  found <- check_data(data, "price", steps = deep_steps(no_outcome = 0.5))
  expect_equal(found$severity, "know")
})

test_that("what cannot be checked is refused", {
  data <- mixed_table(60)[c("size", "colour", "price")]
  parts <- split_rows(data, 1)
  expect_snapshot(error = TRUE, {
    check_data("data", "price")
    check_data(list(1, 2), "price")
    check_data(data[0, ], "price")
    check_data(data["price"], "price")
    check_data(data, "prise")
    check_data(data, price ~ .)
    check_data(data, "price", test = parts)
    check_data(parts, "price", test = data)
    check_data(data, "price", time = "day")
    check_data(data, "price", time = "colour")
    check_data(data, "price", group = c("size", "colour"))
    check_data(data, "price", after = 3)
    check_data(data, "price", after = "price")
    check_data(data, "price", steps = list())
    check_data(data, "price", "Value")
    autoplot(check_data(data, "price"), what = "drift")
  })
})

test_that("a check is drawn", {
  parts <- split_rows(mixed_table(400)[c("size", "count", "colour", "price")],
                      1)
  plot <- autoplot(check_data(parts, "price"))
  expect_equal(plot$labels$title,
               "Test rows are like training rows in every column")
  parts$test$size <- parts$test$size + 10
  found <- check_data(parts, "price")
  plot <- autoplot(found)
  expect_match(plot$labels$title, "of 4 columns differ")
  expect_equal(as.character(plot$data$column[[1]]), "size")
  plot <- autoplot(found, what = "scores")
  expect_match(plot$labels$title, "^size alone predicts price with R2 0[.]")
  expect_s3_class(ggplot2::ggplot_build(plot), "ggplot_built")
})
