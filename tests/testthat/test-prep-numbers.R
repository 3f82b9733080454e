x <- with_seed(1, rnorm(200, 40, 7))
outcome <- seq(9, 1, length.out = 200)
encode <- function(values, ..., new = values) {
  predict(deep_prep(data.frame(x = values), outcome, ...), data.frame(x = new))
}

test_that("every scaling is its formula in base R", {
  new <- c(20, 40, 80)
  expect_equal(encode(x, new = new)$x, (new - mean(x)) / sd(x))
  expect_equal(encode(x, scale = "range", new = new)$x,
               (new - min(x)) / (max(x) - min(x)))
  expect_equal(encode(x, scale = "robust", new = new)$x,
               (new - median(x)) / (IQR(x) / (qnorm(0.75) - qnorm(0.25))))
  expect_equal(encode(x, scale = "none", new = new)$x, new)
  scores <- encode(x, scale = "quantile")$x
  expect_equal(scores, qnorm(pmin(pmax((rank(x) - 1) / 199, 0.001), 0.999)))
  expect_equal(encode(x, scale = "quantile", new = c(-1e9, median(x), 1e9))$x,
               qnorm(c(0.001, 0.5, 0.999)))
})

test_that("quantiles of repeated numbers are in the middle of their places", {
  values <- rep(c(0, 1, 5), c(100, 60, 40))
  scores <- encode(values, scale = "quantile", new = c(0, 1, 5, 3))$x
  expect_equal(pnorm(scores[1:3]), c(0.25, 0.65, 0.9), tolerance = 5e-3)
  expect_true(scores[[4]] > scores[[2]] && scores[[4]] < scores[[3]])
})

test_that("robust falls back where most rows are the same", {
  values <- c(rep(3, 150), 1:50)
  expect_equal(encode(values, scale = "robust", new = 10)$x,
               (10 - 3) / sd(values))
})

test_that("an offset as large as a time stamp loses no digits", {
  values <- 1.7e9 + seq_len(200)
  expect_equal(encode(values, steps = deep_steps(identifiers = FALSE))$x,
               as.vector(scale(values)), tolerance = 1e-10)
})

test_that("skewed numbers are taken as log(1 + x) if asked and if it helps", {
  skewed <- with_seed(2, 1000 * rexp(200)^3)
  prep <- deep_prep(data.frame(x = skewed), outcome,
                    steps = deep_steps(log1p = TRUE))
  expect_equal(prep$columns$x$transform, "log1p")
  expect_equal(predict(prep, data.frame(x = skewed))$x,
               as.vector(scale(log1p(skewed))))
  # A negative number in new data keeps its sign.
  expect_equal(predict(prep, data.frame(x = c(-5, 5)))$x,
               (c(-1, 1) * log1p(5) - mean(log1p(skewed))) / sd(log1p(skewed)))
  expect_snapshot(prep$notes$says)
  expect_snapshot(deep_prep(data.frame(x = skewed), outcome)$notes$says)

  transform <- function(values, log1p = TRUE) {
    steps <- deep_steps(log1p = log1p)
    deep_prep(data.frame(x = values), outcome,
              steps = steps)$columns$x$transform
  }
  expect_equal(transform(skewed, log1p = FALSE), "none")
  expect_equal(transform(skewed, log1p = "x"), "log1p")
  expect_equal(transform(skewed - 1, log1p = "x"), "log1p")
  expect_equal(transform(skewed - 1), "none")
  expect_equal(transform(-skewed), "none")
  expect_equal(transform(x), "none")
  # Of a rare flag the logarithm is as skewed.
  expect_equal(transform(rep(0:1, c(195, 5))), "none")
})

test_that("skewness is its formula, and survives any size", {
  values <- with_seed(4, rexp(300))
  formula <- mean((values - mean(values))^3) /
    mean((values - mean(values))^2)^1.5
  expect_equal(skewness(values), formula)
  expect_equal(skewness(values * 1e200), formula)
  expect_equal(skewness(values * 1e-200), formula)
  expect_equal(skewness(c(5, 5, NA)), 0)
  expect_equal(skewness(numeric()), 0)
})

test_that("a log1p column is filled with the mean of what it became", {
  values <- with_seed(2, 1000 * rexp(200)^3)
  values[c(3, 50)] <- NA
  encoded <- encode(values)
  expect_equal(encoded$x[c(3, 50)], c(0, 0))
  expect_equal(which(encoded$x_missing == 1), c(3L, 50L))
})

test_that("codes for missing are asked about, not touched", {
  coded <- replace(x, 1:6, -999)
  prep <- deep_prep(data.frame(x = coded), outcome)
  expect_equal(prep$columns$x$center, mean(coded))
  expect_snapshot(prep$notes)
  told <- deep_prep(data.frame(x = coded), outcome, steps = deep_steps(
    missing = list(x = -999)
  ))
  expect_equal(told$columns$x$center, mean(x[-(1:6)]))
  expect_equal(nrow(told$notes), 0)
  expect_equal(predict(told, data.frame(x = c(-999, 40)))$x_missing, 1:0)

  asked <- function(values) {
    !is.null(find_missing_code(c(sketch_number(values, values),
                                 class = "numeric")))
  }
  expect_false(asked(replace(x, 1, -999)))
  expect_true(asked(replace(x, 1:2, 9999)))
  expect_false(asked(replace(x, 1:6, -998)))
  # Ages to 99, and prices around 999, go on without a gap.
  expect_false(asked(rep(0:99, 2)))
  expect_false(asked(rep(900:999, 2)))
})

test_that("identifiers are set aside by name and by counting", {
  aside <- function(name, values, ...) {
    data <- stats::setNames(data.frame(values, x), c(name, "x"))
    names(deep_prep(data, outcome, ...)$set_aside)
  }
  ids <- with_seed(5, sample.int(1e6, 200))
  for (name in c("id", "ID", "customer_id", "customerId", "user.key", "uuid")) {
    expect_equal(aside(name, ids), name)
  }
  expect_equal(aside("X.1", 200:1), "X.1")
  expect_equal(aside("Unnamed: 0", 0:199), "Unnamed: 0")
  for (name in c("paid", "valid", "humid", "price", "width")) {
    expect_null(aside(name, ids))
  }
  expect_null(aside("id", rep(1:4, 50)))
  expect_null(aside("row_3", rep(1:4, 50)))
  expect_null(aside("id", ids, steps = deep_steps(identifiers = FALSE)))
  # Any other column that counts is only asked about.
  prep <- deep_prep(data.frame(visit = 1:200, x), outcome)
  expect_null(prep$set_aside)
  expect_snapshot(prep$notes)
})

test_that("a part of the rows shows a counter too", {
  data <- data.frame(X.1 = 1:200, x)
  source <- table_source(data, outcome)
  kept <- keep_rows(source, prep_settings())
  for (seed in 1:5) {
    train <- with_seed(seed, sample(200, 160))
    prep <- learn_prep(source, prep_settings(), kept, train)
    expect_equal(prep$set_aside, c(X.1 = "an identifier"))
  }
})

test_that("an identifier is better than no column at all", {
  prep <- deep_prep(data.frame(id = 1:200, site = "a"), outcome)
  expect_named(predict(prep, data.frame(id = 1:3, site = "a")), "id")
  expect_equal(prep$set_aside, c(site = "constant"))
})

test_that("hardly varying columns are named, constant ones set aside", {
  flag <- rep(0:1, c(1999, 1))
  data <- data.frame(flag, x = seq(0, 1, length.out = 2000), same = 7)
  prep <- deep_prep(data, seq_len(2000))
  expect_equal(prep$set_aside, c(same = "constant"))
  expect_equal(prep$notes[step == "near_constant"]$count, 1999)
  expect_match(prep$notes[step == "near_constant"]$says, "0 in all rows but 1$")
})

test_that("one number and gaps are an indicator", {
  data <- data.frame(x = c(rep(5, 150), rep(NA, 50)))
  prep <- deep_prep(data, outcome)
  encoded <- predict(prep, data)
  expect_equal(encoded$x, numeric(200))
  expect_equal(encoded$x_missing, rep(0:1, c(150, 50)))
})

test_that("of two columns that are the same the second is set aside", {
  data <- data.frame(a = x, b = x, c = rev(x))
  expect_equal(deep_prep(data, outcome)$set_aside, c(b = "the same as a"))
  both <- deep_prep(data, outcome, steps = deep_steps(duplicates = "none"))
  expect_named(predict(both, data), c("a", "b", "c"))
})

test_that("new data need not have what was set aside", {
  data <- data.frame(site = "Ely", a = x, b = x, c = rev(x)^2)
  prep <- deep_prep(y ~ site + a + b + log(c + 99), cbind(data, y = outcome))
  expect_named(prep$set_aside, c("site", "b"))
  expect_identical(predict(prep, data[c("c", "a")]), predict(prep, data))
  again <- prep_from_json(prep_to_json(prep))
  expect_identical(predict(again, data[c("a", "c")]), predict(prep, data))
  expect_error(predict(prep, data["c"]), class = "deeply_error_column_missing")
  prep <- deep_prep(as.matrix(cbind(one = 1, data[c("a", "c")])), outcome)
  expect_identical(predict(prep, as.matrix(data[c("c", "a")])),
                   predict(prep, cbind(one = 1, as.matrix(data[c("a", "c")]))))
})

test_that("text that is read as numbers is compared as numbers", {
  text <- sprintf("%.1f", 1:200)
  data <- data.frame(a = text, b = rev(text), c = 1:200, d = paste0(text, "0"))
  expect_equal(deep_prep(data, outcome)$set_aside,
               c(c = "the same as a", d = "the same as a"))
})

test_that("what is too large for 32 bits is an error that names the column", {
  prep <- deep_prep(data.frame(x), outcome)
  for (value in c(1e300, -1e300)) {
    expect_error(predict(prep, data.frame(x = c(1, value))),
                 class = "deeply_error_too_large")
  }
  for (values in list(x * 1e200, c(1e308, -1e308, x[-(1:2)]))) {
    expect_error(encode(values, scale = "none"),
                 class = "deeply_error_too_large")
    expect_true(all(is.finite(encode(values, scale = "quantile")$x)))
  }
  expect_true(all(is.finite(encode(x * 1e-310)$x)))
})

test_that("64-bit integers are numbers, where bit64 is there", {
  skip_if_not_installed("bit64")
  data <- data.frame(x = bit64::as.integer64(c(NA, rep(2:50, 4))))
  prep <- deep_prep(data, seq_len(197))
  encoded <- predict(prep, data)
  expect_equal(encoded$x[-1], as.vector(scale(rep(2:50, 4))))
  expect_equal(encoded$x_missing, rep(1:0, c(1, 196)))
  expect_equal(predict(prep, data.frame(x = c(NA, rep(2:50, 4)))), encoded)
  # Beyond 2^53 the last digits are lost, which no network would see.
  large <- data.frame(x = bit64::as.integer64("9007199254740993") + 1:60)
  expect_silent(predict(deep_prep(large, 60:1), large))
})

test_that("inputs have names of their own", {
  data <- data.frame(x = replace(x, 5, NA), x_missing = rev(x))
  encoded <- predict(deep_prep(data, outcome), data)
  expect_named(encoded, c("x", "x_missing_1", "x_missing"))
  expect_equal(encoded$x_missing, as.vector(scale(rev(x))))
  expect_equal(encoded$x_missing_1[4:6], c(0, 1, 0))
})
