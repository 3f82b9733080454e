test_that("deep_optimizer() states all that is done", {
  expect_snapshot(for (name in optimizers) print(deep_optimizer(name)))
  expect_snapshot(deep_optimizer("sgd", momentum = 0.85, nesterov = TRUE,
                                 weight_decay = 0.03, clip_norm = 1.5,
                                 ema = 0.995, accumulate = 4))
  expect_snapshot(deep_optimizer("rmsprop", momentum = 0.2, rho = 0.7,
                                 epsilon = 1e-4, clip_value = 0.6))
})

test_that("what is given takes the place of the default", {
  lion <- deep_optimizer("lion", beta_1 = 0.95, beta_2 = 0.98,
                         weight_decay = 0.04)
  expect_s3_class(lion, "deep_optimizer")
  expect_equal(lion[c("beta_1", "beta_2", "weight_decay")],
               list(beta_1 = 0.95, beta_2 = 0.98, weight_decay = 0.04))
  # 0 is a value, not the default.
  expect_equal(deep_optimizer("adamw", weight_decay = 0)$weight_decay, 0)
  expect_equal(deep_optimizer("adam", beta_1 = 0)$beta_1, 0)
})

test_that("the defaults are those of Keras 3", {
  # Read off the signatures of Keras 3.15.
  expect_equal(
    lapply(optimizers, function(name) optimizer_spec(deep_optimizer(name))),
    list(
      list(name = "sgd", momentum = 0, nesterov = FALSE, weight_decay = 0,
           accumulate = 1L),
      list(name = "adagrad", initial_accumulator = 0.1, epsilon = 1e-7,
           weight_decay = 0, accumulate = 1L),
      list(name = "rmsprop", rho = 0.9, momentum = 0, epsilon = 1e-7,
           weight_decay = 0, accumulate = 1L),
      list(name = "adam", beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7,
           weight_decay = 0, accumulate = 1L),
      list(name = "adamw", beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7,
           weight_decay = 0.004, accumulate = 1L),
      list(name = "lion", beta_1 = 0.9, beta_2 = 0.99, weight_decay = 0,
           accumulate = 1L),
      list(name = "adafactor", beta_2_decay = -0.8, epsilon_1 = 1e-30,
           epsilon_2 = 1e-3, clip_threshold = 1, relative_step = FALSE,
           weight_decay = 0, accumulate = 1L)
    )
  )
})

test_that("what crosses to Python is a plain list of scalars", {
  spec <- optimizer_spec(deep_optimizer("adam", clip_norm = 2, ema = 0.9,
                                        accumulate = 8))
  expect_equal(
    spec,
    list(name = "adam", beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7,
         weight_decay = 0, clip_norm = 2, ema = 0.9, accumulate = 8L)
  )
  expect_null(attr(spec, "class"))
  expect_type(spec$accumulate, "integer")
  expect_true(all(lengths(spec) == 1))
})

test_that("an argument of another optimizer is refused", {
  expect_snapshot(error = TRUE, {
    deep_optimizer("adam", nesterov = TRUE)
    deep_optimizer("adam", momentum = 0.9)
    deep_optimizer("sgd", beta_1 = 0.8)
    deep_optimizer("rmsprop", beta_2 = 0.7)
    deep_optimizer("adagrad", rho = 0.6)
    deep_optimizer("lion", epsilon = 1e-5)
  })
  expect_error(deep_optimizer("adafactor", rho = 0.5),
               class = "deeply_error_argument")
  expect_silent(deep_optimizer("adam", nesterov = FALSE))
})

test_that("deep_optimizer() names the argument that is wrong", {
  expect_snapshot(error = TRUE, {
    deep_optimizer("adan")
    deep_optimizer("sgd", momentum = 1)
    deep_optimizer("sgd", nesterov = NA)
    deep_optimizer("adam", beta_1 = -0.1)
    deep_optimizer("adam", beta_2 = 1.01)
    deep_optimizer("lion", beta_1 = 0)
    deep_optimizer("rmsprop", rho = "high")
    deep_optimizer("adagrad", epsilon = 0)
    deep_optimizer(weight_decay = -0.02)
    deep_optimizer(clip_norm = 0)
    deep_optimizer(clip_value = c(1, 2))
    deep_optimizer(ema = 1)
    deep_optimizer(accumulate = 2.5)
  })
})

test_that("what would have no effect or two effects is refused", {
  expect_snapshot(error = TRUE, {
    deep_optimizer("sgd", nesterov = TRUE)
    deep_optimizer("sgd", momentum = 0, nesterov = TRUE)
    deep_optimizer(clip_norm = 1, clip_value = 0.5)
  })
})

test_that("an optimizer is a name or an object", {
  expect_equal(as_optimizer("rmsprop"), deep_optimizer("rmsprop"))
  lion <- deep_optimizer("lion", ema = 0.9)
  expect_identical(as_optimizer(lion), lion)
  control <- function(optimizer) as_optimizer(optimizer)
  expect_snapshot(error = TRUE, {
    control("adan")
    control(c("adam", "sgd"))
    control(NULL)
    control(list(name = "adam"))
  })
  expect_error(control(3), class = "deeply_error_argument")
})
