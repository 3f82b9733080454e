# A wave far too fast for a network of the plain number.
fast_wave <- function(n = 500) {
  x <- with_seed(3, runif(n, -1, 1))
  data.frame(x = x, y = sin(40 * x))
}

wave_fit <- function(data = fast_wave(), epochs = 60, seed = 2, ...) {
  deep_mlp(y ~ x, data, dropout = 0, hidden_units = c(64, 64), members = 1, ...,
           baseline = FALSE, calibration = "none",
           control = quick(epochs, seed, patience = Inf, batch_size = 50,
                           learn_rate = 0.003, optimizer = "adam"))
}

test_that("waves learn what plain numbers cannot", {
  skip_if_no_backend()
  # 40 / (2 pi) cycles per unit of x, which has a standard deviation near 0.6.
  waves <- wave_fit(fourier = 4)
  plain <- wave_fit(numeric_embedding = "none")
  expect_gt(evaluate(waves)$rsq[[1]], 0.98)
  expect_lt(evaluate(plain)$rsq[[1]], 0.5)
  grid <- data.frame(x = seq(-0.95, 0.95, length.out = 200))
  expect_lt(mean((predict(waves, grid)$.pred - sin(40 * grid$x))^2), 0.01)
})

test_that("frequencies are drawn by the scale, and do not learn", {
  skip_if_no_backend()
  data <- mixed_table(100)[c("size", "count", "price")]
  fit <- function(epochs, ...) {
    deep_mlp(price ~ ., data, baseline = FALSE, control = quick(epochs), ...)
  }
  long <- fit_weights(fit(4, fourier = 3))[[1]]
  expect_equal(dim(long), c(2, 128))
  expect_equal(sd(long), 3, tolerance = 0.2)
  expect_identical(fit_weights(fit(1, fourier = 3))[[1]], long)
  one <- fit_weights(fit(1, numeric_embedding = "fourier"))[[1]]
  expect_equal(one * 3, long, tolerance = 1e-6)
})

test_that("the same seed gives the same bits, also of members, and is kept", {
  skip_if_no_backend()
  data <- fast_wave(100)
  fit <- function(seed) wave_fit(data, 2, seed, fourier = 2)
  first <- fit(5)
  expect_identical(fit_weights(fit(5)), fit_weights(first))
  expect_false(identical(fit_weights(fit(6)), fit_weights(first)))
  # Under another name it is revived from its bytes.
  again <- first
  again$info$id <- "again"
  expect_identical(predict(again, data), predict(first, data))

  several <- deep_mlp(y ~ x, data, fourier = 2, members = 3, baseline = FALSE,
                      control = quick(2))
  expect_equal(nrow(predict(several, data)), 100)
})

test_that("attributions are of columns, though each wave is of all", {
  skip_if_no_backend()
  data <- mixed_table(100)[c("size", "count", "colour", "price")]
  data$size[5:9] <- NA
  fit <- deep_mlp(price ~ ., data, fourier = 0.3, activation = "tanh",
                  baseline = FALSE, control = quick(5))
  rows <- data[c(5, 20, 40), ]
  found <- explain(fit, rows, type = "row")
  expect_setequal(found$column, c("size", "count", "colour"))
  about <- summary(found)
  expect_equal(about$output, predict(fit, rows)$.pred, tolerance = 1e-5)
  expect_true(all(abs(about$gap) < 1e-3))
})

test_that("the scale says that waves are wanted, and nothing against it", {
  data <- fast_wave(20)
  expect_equal(mlp_spec("default", list(fourier = 3))$numeric_embedding,
               "fourier")
  expect_equal(
    mlp_spec("book", list(numeric_embedding = "fourier"))$fourier, 1
  )
  expect_null(mlp_spec("default")$fourier)
  expect_snapshot(error = TRUE, {
    deep_mlp(y ~ x, data, fourier = 0)
    deep_mlp(y ~ x, data, fourier = c(2, 3))
    deep_mlp(y ~ x, data, fourier = 4, numeric_embedding = "tree")
    deep_mlp(y ~ x, data, numeric_embedding = "waves")
  })
  expect_error(deep_mlp(y ~ x, data, fourier = 4, numeric_embedding = "none"),
               class = "deeply_error_argument")
})

test_that("the code of a fit names the scale", {
  spec <- mlp_spec("default", list(fourier = 2.5))
  code <- reproduce_network(structure(list(spec = spec), class = "deep_fit"))
  expect_equal(code, c(numeric_embedding = "\"fourier\"", fourier = "2.5"))
  again <- mlp_spec("default", lapply(code, function(x) eval(str2lang(x))))
  expect_identical(again, spec)
})
