round_trip <- function(prep) {
  prep_from_json(prep_to_json(prep))
}

print_of <- function(x) utils::capture.output(print(x), print(summary(x)))

test_that("what was written is read the same", {
  data <- mixed_table(120)
  data$size[c(2, 9)] <- NA
  data$town[5] <- "?"
  data$site <- "a"
  data$amount <- sprintf("%.2f EUR", data$size)
  data$when <- format(data$day, "%d/%m/%Y")
  names(data)[[2]] <- "number of"
  names(data)[[4]] <- "town-name"
  for (outcome in task_outcome) for (scale in scalings) {
    formula <- stats::reformulate(".", outcome)
    prep <- deep_prep(formula, data, scale = scale, steps = deep_steps(
      dates = if (scale == "range") "parts" else "cyclic", rare = 5,
      missing = list(`number of` = -1), numbers = 0.8
    ))
    again <- round_trip(prep)
    expect_identical(unclass(again), unclass(prep))
    expect_identical(predict(again, data), predict(prep, data))
    expect_identical(print_of(again), print_of(prep))
  }
})

test_that("numbers keep all their digits", {
  x <- c(0.1, 1 / 3, pi * 1e-300, 1e300, -0.1, 2^53 + 2, NA, Inf, -Inf, 5)
  expect_identical(from_plain(jsonlite::fromJSON(
    jsonlite::toJSON(to_plain(x), auto_unbox = TRUE, null = "null",
                     na = "null"), simplifyVector = FALSE
  )), x)
})

test_that("levels of any script, empty text and odd marks are kept", {
  levels <- c("\u6771\u4eac", "\u00e9t\u00e9", "\U1F600", "a\"b", "back\\slash",
              "new\nline", "{x}", "null", "1", " b", "")
  data <- data.frame(g = rep(levels, 2), y = 1:22)
  names(data)[[1]] <- "\u00e9 {x} \"q\""
  prep <- deep_prep(y ~ ., data, steps = deep_steps(
    trim = FALSE, tokens = character()
  ))
  expect_identical(unclass(round_trip(prep)), unclass(prep))
  expect_identical(predict(round_trip(prep), data), predict(prep, data))
})

test_that("code of a formula is kept", {
  data <- data.frame(`my col` = 1:9, if_ = 2:10, y = 9:1, check.names = FALSE)
  prep <- deep_prep(
    log(y) ~ log(`my col`) + I(if_^2 * 0.1) +
      ifelse(`my col` > 3, "more \u20ac", "less"), data
  )
  again <- round_trip(prep)
  expect_identical(unclass(again), unclass(prep))
  expect_identical(predict(again, data), predict(prep, data))
})

test_that("a prep without an outcome, from a matrix, with nothing set aside", {
  x <- as.matrix(mtcars)
  prep <- deep_prep(x, scale = "quantile")
  expect_identical(predict(round_trip(prep), x), predict(prep, x))
})

test_that("a file is written whole, in UTF-8, and read from its path", {
  folder <- tempfile()
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  path <- file.path(folder, "\u00e9.json")
  prep <- deep_prep(Species ~ ., iris)
  expect_invisible(text <- prep_to_json(prep, path))
  expect_identical(text, prep_to_json(prep))
  expect_identical(unclass(prep_from_json(path)), unclass(prep))
  # A second writing replaces the first.
  prep_to_json(deep_prep(Sepal.Width ~ Species, iris), path)
  expect_named(predict(prep_from_json(path), iris), "Species")
  expect_equal(length(list.files(folder)), 1)
  # A file from elsewhere may end without a line's end.
  cat(text, file = path)
  expect_silent(prep_from_json(path))
})

test_that("what cannot be written leaves no half of a file", {
  folder <- tempfile()
  dir.create(file.path(folder, "taken.json"), recursive = TRUE)
  on.exit(unlink(folder, recursive = TRUE))
  prep <- deep_prep(Species ~ ., iris)
  for (name in c("no/such/folder.json", "taken.json")) {
    expect_error(prep_to_json(prep, file.path(folder, name)),
                 class = "deeply_error_json")
  }
  expect_equal(list.files(folder), "taken.json")
  expect_equal(list.files(file.path(folder, "taken.json")), character())
})

test_that("what is no preparation is refused with advice", {
  folder <- tempfile()
  dir.create(folder)
  old <- setwd(folder)
  on.exit({
    setwd(old)
    unlink(folder, recursive = TRUE)
  })
  prep <- deep_prep(Species ~ ., iris)
  text <- prep_to_json(prep)
  writeLines(substr(text, 1, nchar(text) / 2), "half.json")
  writeLines("3", "number.json")
  writeLines('{"deeply": "fit", "version": 1}', "other.json")
  file.create("empty.json")
  expect_snapshot(error = TRUE, {
    prep_from_json("half.json")
    prep_from_json("number.json")
    prep_from_json("other.json")
    prep_from_json("empty.json")
    prep_from_json("absent.json")
    prep_from_json(".")
    prep_from_json(sub("\"version\": 1", "\"version\": 9", text))
    prep_from_json("{\"deeply\": \"prep\", \"version\": 1, \"prep\": {}}")
    prep_from_json(7)
    prep_to_json(iris)
    prep_to_json(prep, 7)
    prep_to_json(prep, "no/folder.json")
  })
})

test_that("a recipe is not for JSON", {
  skip_if_not_installed("recipes")
  prep <- deep_prep(recipes::recipe(Species ~ ., iris), iris)
  expect_snapshot(prep_to_json(prep), error = TRUE)
})
