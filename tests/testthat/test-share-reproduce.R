# The code is believed when running it gives the same.

# As `deep_mlp()` fills it up.
control_of <- function(...) {
  fill_control(deep_control(...), table_training("default"))
}

evaluate_control <- function(fit, ...) {
  here <- list2env(list(...), parent = globalenv())
  eval(parse(text = reproduce_control(fit)), here)
  fill_control(here$control, table_training("default"))
}

test_that("the code of a fit reads well", {
  fit <- fixture_fit("binary")
  expect_snapshot(cat(reproduce_code(fit), sep = "\n"))
  plain <- fixture_fit("regression")
  default <- mlp_spec("default")
  plain$spec[names(default)] <- default
  plain$spec$control <- control_of()
  plain$prep$settings$steps <- deep_steps(
    missing = list(size = -999), rare = 5, duplicates = c("columns", "rows"),
    filter = list("a b" = c("x", "\"y\""))
  )
  plain$spec$asked <- what_was_asked(price ~ log(size), "count", NULL, FALSE)
  expect_snapshot(cat(reproduce_code(plain), sep = "\n"))
})

test_that("a control comes back as it was", {
  controls <- list(
    control_of(seed = 42),
    control_of(seed = 42, epochs = 7, batch_size = 33, learn_rate = 0.1 + 0.2,
               patience = Inf, label_smoothing = 1 / 3, stream = FALSE,
               mixed_precision = TRUE, validation = 0),
    control_of(seed = 42, validation = c(3, 5, 8), optimizer = "lion"),
    control_of(seed = 42, validation = 2:9,
               optimizer = deep_optimizer("sgd", momentum = 0.9,
                                            nesterov = TRUE, clip_norm = 1)),
    control_of(seed = 42, learn_rate = deep_schedule(
      "cosine", learn_rate = 1e-4 / 3, warmup = 0.05, min_rate = 1e-6
    ), optimizer = deep_optimizer("adamw", weight_decay = 0, ema = 0.99,
                                  accumulate = 4)),
    control_of(seed = 42, learn_rate = deep_schedule("plateau",
                                                       patience = 3)),
    control_of(seed = 42, learn_rate = deep_schedule("one_cycle")),
    control_of(seed = 42, optimizer = "adafactor",
               learn_rate = deep_schedule("exponential", decay_steps = 12))
  )
  fit <- fixture_fit()
  for (control in controls) {
    fit$spec$control <- control
    expect_identical(evaluate_control(fit), control)
  }
})

test_that("many rows to validate on, or a split, come from the fit", {
  fit <- fixture_fit()
  split <- deep_split(mixed_table(120), seed = 3)
  for (validation in list(1:50, split)) {
    fit$spec$control <- control_of(validation = validation, seed = 42)
    expect_identical(evaluate_control(fit, old = fit), fit$spec$control)
  }
})

test_that("folders, logs and progress are nobody else's", {
  fit <- fixture_fit()
  fit$spec$control <- control_of(checkpoint = "ada/run",
                                 tensorboard = "ada/log", verbose = TRUE)
  expect_no_match(paste(reproduce_code(fit), collapse = ""), "ada|verbose")
})

test_that("values are written so that they come back", {
  for (value in list(0.1, 1 / 3, 1e-300, 5L, c(a = 1.5, b = 1e6), "\"\\n\u00e9",
                     NULL, TRUE, list(x = -999, "y z" = c("a", NA)), Inf)) {
    expect_identical(eval(str2lang(write_value(value))), value)
  }
  expect_equal(write_value(0.1), "0.1")
})

test_that("a formula keeps no environment, so no data", {
  heavy <- runif(10)
  asked <- what_was_asked(y ~ x, weights = heavy, NULL, TRUE)
  expect_identical(environment(asked$formula), globalenv())
  expect_identical(asked$weights, TRUE)
})

test_that("running the code gives the same network", {
  skip_if_no_backend()
  data <- task_table("binary")
  data$w <- rep(1:4, 50)
  fits <- list(
    plain_mlp(sold ~ . - day, data, hidden_units = c(7, 5), weights = "w",
             class_weights = c(no = 1, yes = 2.5), scale = "robust",
             steps = deep_steps(rare = 3), penalty = 0.01, baseline = FALSE,
             control = quick(optimizer = "adamw", batch_size = 64)),
    plain_mlp(sold ~ ., data, preset = "book", activation = "tanh",
             encoding = "embedding", control = quick(seed = NULL),
             baseline = FALSE)
  )
  for (fit in fits) {
    code <- reproduce_code(fit)
    here <- list2env(list(data = data), parent = globalenv())
    eval(parse(text = code[!grepl("^library|^deep_report", code)]), here)
    again <- here$fit
    expect_identical(fit_weights(again), fit_weights(fit))
    fit$spec$control$seed <- fit$info$seed
    expect_identical(again$spec, fit$spec)
    expect_equal(again$prep, fit$prep)
  }
})

test_that("matrices and recipes name what they need", {
  skip_if_no_backend()
  x <- as.matrix(mtcars[-1])
  weights <- seq_len(32)
  fit <- plain_mlp(x, y = mtcars$mpg, weights = weights, control = quick(),
                  baseline = FALSE)
  code <- reproduce_code(fit)
  expect_match(code, "# x, y, weights: the 32 rows of the fit", all = FALSE)
  here <- list2env(list(x = x, y = mtcars$mpg, weights = weights),
                   parent = globalenv())
  eval(parse(text = code[!grepl("^library|^deep_report", code)]), here)
  expect_identical(fit_weights(here$fit), fit_weights(fit))
})

test_that("the code of borrowed and tuned networks names what it begins with", {
  skip_if_no_backend()
  borrowed <- shared_borrowed()
  here <- rlang::env(x = borrowed$data$x, y = borrowed$data$class,
                     backbone = borrowed$backbone)
  code <- reproduce_code(borrowed$fit)
  expect_snapshot(cat(code[-1], sep = "\n"))
  eval(parse(text = utils::head(code[-1], -1)), here)
  expect_identical(fit_weights(here$fit), fit_weights(borrowed$fit))
  tuned <- fine_tune(borrowed$fit, borrowed$images, layers = 1,
                     learn_rate = 1e-4, baseline = FALSE,
                     control = deep_control(epochs = 2))
  code <- reproduce_code(tuned)
  expect_snapshot(cat(code[-1], sep = "\n"))
  here$before <- borrowed$fit
  eval(parse(text = utils::head(code[-1], -1)), here)
  expect_identical(fit_weights(here$fit), fit_weights(tuned))
})
