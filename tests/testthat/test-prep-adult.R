# The raw files of the Adult census: leading spaces, " ?", and a full stop after
# each label of the test file. Their SOURCE.md states the counts.

adult_columns <- c(
  "age", "workclass", "fnlwgt", "education", "education-num", "marital-status",
  "occupation", "relationship", "race", "sex", "capital-gain", "capital-loss",
  "hours-per-week", "native-country", "income"
)

raw_adult <- function(file, skip = 0) {
  path <- file.path(real_data_dir(), "adult", file)
  skip_if_not(file.exists(path), "The raw Adult files are not there.")
  utils::read.csv(
    gzfile(path), header = FALSE, skip = skip, strip.white = FALSE,
    col.names = adult_columns, check.names = FALSE, na.strings = character()
  )
}

test_that("the raw Adult files are cleaned by default", {
  train <- raw_adult("adult.data.gz")
  test <- raw_adult("adult.test.gz", skip = 1)
  expect_equal(c(nrow(train), nrow(test)), c(32561, 16281))
  prep <- deep_prep(income ~ ., train)

  # The counts of missing values, in the file learned from and in the other.
  gaps <- c("workclass", "occupation", "native-country")
  seen <- summary(prep)
  expect_equal(seen$missing[match(gaps, seen$column)], c(1836, 1843, 583))
  expect_equal(sum(seen$missing), 1836 + 1843 + 583)
  other <- summary(deep_prep(income ~ ., test))
  expect_equal(other$missing[match(gaps, other$column)], c(963, 966, 274))

  # No level of the test file is new, none is lost, none has a space.
  expect_silent(encoded <- predict(prep, test))
  categories <- names(prep$columns)[is_category(prep)]
  expect_length(categories, 8)
  for (name in categories) {
    expect_true(all(encoded[[name]] > 0))
    levels <- prep$columns[[name]]$levels
    expect_setequal(levels, setdiff(trimws(train[[name]]), "?"))
    expect_setequal(intersect(levels, trimws(test[[name]])),
                    setdiff(trimws(test[[name]]), "?"))
  }
  codes <- vapply(gaps, function(name) prep$columns[[name]]$na_code, 0L)
  met <- mapply(function(name, code) sum(encoded[[name]] == code), gaps, codes)
  expect_equal(unname(met), c(963, 966, 274))

  # Both files have the same two labels.
  expect_equal(prep$outcome$levels, c("<=50K", ">50K"))
  truth <- check_truth(test$income, prep$outcome, nrow(test))
  expect_equal(tabulate(truth), c(12435, 3846))
  expect_equal(unname(prep$outcome$shares), c(24720, 7841) / 32561)

  numbers <- prep$columns[!is_category(prep)]
  for (column in numbers) if (column$transform == "none") {
    expect_equal(encoded[[column$name]],
                 (test[[column$name]] - mean(train[[column$name]])) /
                   sd(train[[column$name]]))
  }
  expect_snapshot(prep)
})
