test_that("deep_control() keeps what it is given", {
  control <- deep_control(epochs = 7, batch_size = 33, optimizer = "sgd",
                          learn_rate = 0.25, validation = 0.3, patience = 4,
                          seed = 99, verbose = FALSE)
  expect_snapshot(control)
  expect_snapshot(deep_control())
  expect_snapshot(deep_control(validation = c(4, 8, 15)))
})

test_that("deep_control() prints all that is asked beyond the default", {
  expect_snapshot({
    deep_control(
      epochs = 12,
      optimizer = deep_optimizer("sgd", momentum = 0.85, clip_norm = 1.5,
                                 accumulate = 4),
      learn_rate = deep_schedule("cosine", learn_rate = 0.04, warmup = 250),
      label_smoothing = 0.15, focal_gamma = 1.5, mixed_precision = TRUE,
      checkpoint = "runs/sold", checkpoint_every = "10 minutes",
      stream = TRUE, tensorboard = "logs/sold"
    )
    deep_control(learn_rate = deep_schedule("plateau"), checkpoint = "runs/b",
                 checkpoint_every = 3, stream = FALSE, seed = 8)
    deep_control(checkpoint = "c", checkpoint_every = "1 epoch")
  })
})

test_that("a rhythm is a number of epochs or a time", {
  every <- function(epochs = Inf, seconds = Inf) {
    list(epochs = epochs, seconds = seconds)
  }
  expect_identical(parse_every("10 minutes"), every(seconds = 600))
  expect_identical(parse_every("30 seconds"), every(seconds = 30))
  expect_identical(parse_every("1 second"), every(seconds = 1))
  expect_identical(parse_every("1.5 hours"), every(seconds = 5400))
  expect_identical(parse_every(" 0.2minute "), every(seconds = 12))
  expect_identical(parse_every("2 epochs"), every(epochs = 2))
  expect_identical(parse_every(5), every(epochs = 5))
  expect_identical(deep_control()$checkpoint_every, every(seconds = 60))
})

test_that("a rhythm that is none is refused", {
  expect_snapshot(error = TRUE, {
    deep_control(checkpoint_every = "soon")
    deep_control(checkpoint_every = 0)
    deep_control(checkpoint_every = 2.5)
    deep_control(checkpoint_every = "1.5 epochs")
    deep_control(checkpoint_every = "0 seconds")
    deep_control(checkpoint_every = "1.2.3 hours")
    deep_control(checkpoint_every = "-4 minutes")
    deep_control(checkpoint_every = c("5 hours", "6 hours"))
    deep_control(checkpoint_every = NULL)
    deep_control(checkpoint_every = NA)
    deep_control(checkpoint_every = TRUE)
  })
})

test_that("a loss of classes for a number is refused before Python starts", {
  data <- task_table("regression", n = 30)
  expect_snapshot(error = TRUE, {
    deep_mlp(price ~ ., data, control = deep_control(label_smoothing = 0.1))
    deep_mlp(price ~ ., data, control = deep_control(focal_gamma = 2))
  })
})

test_that("deep_control() names the argument that is wrong", {
  expect_snapshot(error = TRUE, deep_control(epochs = 0))
  expect_snapshot(error = TRUE, deep_control(batch_size = 2.5))
  expect_snapshot(error = TRUE, deep_control(optimizer = "adan"))
  expect_snapshot(error = TRUE, deep_control(learn_rate = -1))
  expect_snapshot(error = TRUE, deep_control(validation = 1.5))
  expect_snapshot(error = TRUE, deep_control(validation = c(3, 3)))
  expect_snapshot(error = TRUE, deep_control(patience = NA))
  expect_snapshot(error = TRUE, deep_control(seed = "one"))
  expect_snapshot(error = TRUE, deep_control(verbose = 1))
  expect_snapshot(error = TRUE, {
    deep_control(label_smoothing = 1)
    deep_control(focal_gamma = -0.5)
    deep_control(mixed_precision = "float16")
    deep_control(checkpoint = c("one", "two"))
    deep_control(checkpoint = NA_character_)
    deep_control(stream = NA)
    deep_control(tensorboard = 7)
  })
  expect_error(deep_control(epochs = NA), class = "deeply_error_argument")
})

test_that("the batch size is a power of two that grows with the rows", {
  n <- c(10, 500, 3000, 26049, 1e6, 1e8)
  sizes <- vapply(n, default_batch_size, integer(1))
  expect_equal(sizes, c(16, 16, 32, 256, 1024, 1024))
})

test_that("every class keeps its share in the validation rows", {
  y <- rep(1:3, c(600, 300, 100))
  split <- split_rows(deep_control(validation = 0.2), y, TRUE, seed = 5)
  expect_equal(tabulate(y[split$validation]), c(120, 60, 20))
  expect_setequal(unlist(split), seq_along(y))
  expect_equal(anyDuplicated(unlist(split)), 0)
})

test_that("a class of one row is trained on", {
  y <- c(rep(1, 50), 2)
  for (seed in 1:20) {
    split <- split_rows(deep_control(validation = 0.5), y, TRUE, seed)
    expect_true(51 %in% split$train)
  }
})

test_that("numbers are split evenly over their range", {
  y <- with_seed(1, rexp(1000))
  split <- split_rows(deep_control(validation = 0.2), y, FALSE, seed = 5)
  fifth <- findInterval(y, quantile(y, 1:4 / 5), left.open = TRUE)
  expect_equal(tabulate(fifth[split$validation] + 1), rep(40, 5))
})

test_that("given rows are the validation rows", {
  split <- split_rows(deep_control(validation = c(9, 2)), 1:10, FALSE, 1)
  expect_equal(split$validation, c(2, 9))
  expect_equal(split$train, c(1, 3:8, 10))
  kept <- c(1, 4:9)
  split <- split_rows(deep_control(validation = c(2, 5)), 1:7, FALSE, 1, kept,
                      n = 10)
  expect_equal(kept[split$validation], 5)
  expect_equal(kept[split$train], c(1, 4, 6:9))
  expect_snapshot(error = TRUE,
                  split_rows(deep_control(validation = 11), 1:10, FALSE, 1))
  expect_snapshot(error = TRUE,
                  split_rows(deep_control(validation = 1:10), 1:10, FALSE, 1))
})

test_that("validation = 0 trains on every row", {
  split <- split_rows(deep_control(validation = 0), 1:10, FALSE, 1)
  expect_equal(split$train, 1:10)
  expect_length(split$validation, 0)
})

test_that("a split says what to train on and what to hold out", {
  data <- patients()
  two <- deep_split(data, 0.8, seed = 4)
  found <- split_rows(deep_control(validation = two), 1:211, FALSE, 1)
  expect_identical(found, list(train = two$rows$train,
                               validation = two$rows$test))
  three <- deep_split(data, c(0.7, 0.1), seed = 4)
  control <- deep_control(validation = three)
  found <- split_rows(control, 1:211, FALSE, 1)
  expect_identical(found, three$rows[c("train", "validation")])
  # Rows without an outcome drop out of every part.
  kept <- setdiff(1:211, c(three$rows$test[1:3], three$rows$train[1:2],
                           three$rows$validation[1:4]))
  found <- split_rows(control, seq_along(kept), FALSE, 1, kept, n = 211)
  expect_identical(kept[found$train], three$rows$train[-(1:2)])
  expect_identical(kept[found$validation], three$rows$validation[-(1:4)])
  expect_snapshot({
    deep_control(validation = two)
    control
  })
})

test_that("a split of another table is refused", {
  split <- deep_split(patients(), c(0.7, 0.1), seed = 4)
  control <- deep_control(validation = split)
  expect_snapshot(error = TRUE, {
    split_rows(control, 1:148, FALSE, 1)
    split_rows(control, 1:300, FALSE, 1)
    deep_mlp(dose ~ patient, split$train, control = control)
    deep_control(validation = list(1))
  })
})

test_that("a fit learns from the training rows of a split alone", {
  skip_if_no_backend()
  data <- data.frame(x = c(1:90, 1001:1010, 2001:2020), y = rnorm(120))
  split <- list(train = 1:90, validation = 91:100, test = 101:120)
  split <- new_deep_split(data, split, list(n = 120))
  control <- deep_control(epochs = 2, validation = split, verbose = FALSE)
  fit <- plain_mlp(y ~ x, data, control = control, baseline = FALSE)
  expect_equal(fit$prep$columns$x$center, mean(1:90))
  expect_equal(fit$info$rows[c("train", "validation")],
               c(train = 90, validation = 10))
  expect_output(print(fit), "90 to train, 10 to validate; left out: 20 by")
})
