# Every way to train, on one small problem. An optimizer, a schedule and what
# else may be set share a fit: each must work beside the others.

ways <- list(
  sgd = list(
    optimizer = deep_optimizer("sgd", momentum = 0.9, nesterov = TRUE),
    learn_rate = deep_schedule("one_cycle", 0.1)
  ),
  adagrad = list(
    optimizer = "adagrad",
    learn_rate = deep_schedule("inverse_time", 0.1, decay_steps = 40),
    normalization = "layer"
  ),
  rmsprop = list(
    optimizer = deep_optimizer("rmsprop", clip_norm = 0.5),
    learn_rate = deep_schedule("plateau", 0.02, patience = 1, factor = 0.4)
  ),
  adam = list(
    optimizer = deep_optimizer("adam", ema = 0.9), learn_rate = 0.01,
    normalization = "batch"
  ),
  adamw = list(
    optimizer = deep_optimizer("adamw", weight_decay = 0.02),
    learn_rate = deep_schedule("exponential", 0.02, decay = 0.9),
    mixed_precision = TRUE
  ),
  lion = list(
    optimizer = deep_optimizer("lion", accumulate = 4),
    learn_rate = deep_schedule("cosine", 0.01, warmup = 5),
    batch_size = 4
  ),
  adafactor = list(
    optimizer = deep_optimizer("adafactor", clip_value = 0.3),
    learn_rate = deep_schedule("constant", 0.1, warmup = 0.1),
    label_smoothing = 0.1
  )
)

fit_way <- function(way, ...) {
  normalization <- way$normalization
  way$normalization <- NULL
  control <- do.call(deep_control, utils::modifyList(
    list(epochs = 10, seed = 3, patience = Inf, batch_size = 16, ...), way
  ))
  plain_mlp(sold ~ size + count + colour + open, mixed_table(320),
           hidden_units = c(16, 8), baseline = FALSE, control = control,
           normalization = normalization %||% "none", calibration = "none")
}

way_fits <- new.env()
way_fit <- function(name) {
  if (is.null(way_fits[[name]])) {
    way_fits[[name]] <- fit_way(ways[[name]])
  }
  way_fits[[name]]
}

# All of a history that is the same in every run.
replayed <- function(fit) {
  as.list(fit$history)[setdiff(names(fit$history), "seconds")]
}

expect_same_run <- function(fit, other) {
  expect_identical(fit_weights(fit), fit_weights(other))
  expect_identical(replayed(fit), replayed(other))
}

test_that("every optimizer beats the majority class", {
  skip_if_no_backend()
  expect_setequal(names(ways), optimizers)
  for (name in names(ways)) {
    judged <- evaluate(way_fit(name))
    expect_lt(judged$log_loss[[1]], 0.75 * judged$log_loss[[2]], label = name)
    expect_gt(judged$accuracy[[1]], 0.75, label = name)
    expect_length(way_fit(name)$info$findings, 0)
  }
})

test_that("the kept weights are those that the history scored", {
  skip_if_no_backend()
  # The validation loss in R, without label smoothing, of the averaged weights.
  for (name in names(ways)) {
    fit <- way_fit(name)
    bfloat16 <- isTRUE(ways[[name]]$mixed_precision)
    expect_equal(evaluate(fit)$log_loss[[1]],
                 fit$history$val_loss[[fit$info$best_epoch]],
                 tolerance = if (bfloat16) 0.01 else 1e-5, label = name)
  }
})

test_that("the history holds the rate of the last step of each epoch", {
  skip_if_no_backend()
  for (name in names(ways)) {
    fit <- way_fit(name)
    schedule <- fit$spec$control$schedule
    # 256 rows to train on.
    expected <- schedule_rates(
      schedule, schedule$learn_rate, steps = 16 * 1:10 - 1, total = 160,
      epoch_steps = 16, losses = fit$history$val_loss
    )
    expect_equal(fit$history$learn_rate, expected, tolerance = 1e-6,
                 label = name)
  }
})

test_that("plateau lowers the rate, and by its factor", {
  skip_if_no_backend()
  rates <- unique(way_fit("rmsprop")$history$learn_rate)
  expect_gt(length(rates), 1)
  expect_equal(rates, 0.02 * 0.4^(seq_along(rates) - 1), tolerance = 1e-6)
})

test_that("the same seed gives the same bits every way, from a file too", {
  skip_if_no_backend()
  # JAX compiles every fit anew, for seconds.
  few <- c("adam", "lion")
  for (name in if (backend_name() == "jax") few else names(ways)) {
    again <- fit_way(ways[[name]], stream = name %in% few)
    expect_same_run(again, way_fit(name))
  }
})

test_that("four batches of 8 rows make the step of one of 32", {
  skip_if_no_backend()
  data <- mixed_table(400)
  fit <- function(batch_size, accumulate) {
    plain_mlp(sold ~ size + count, data, dropout = 0, baseline = FALSE,
             control = quick(2, batch_size = batch_size, optimizer =
                               deep_optimizer(accumulate = accumulate)))
  }
  parts <- fit(8, 4)
  whole <- fit(32, 1)
  expect_equal(parts$history$loss, whole$history$loss, tolerance = 1e-4)
  expect_equal(fit_weights(parts), fit_weights(whole), tolerance = 1e-3)
  expect_output(print(parts), "batch 32")
})

test_that("label smoothing is the documented loss", {
  skip_if_no_backend()
  share <- 0.2
  for (task in c("binary", "multiclass")) {
    data <- task_table(task)
    outcome <- task_outcome[[task]]
    fit <- plain_mlp(stats::reformulate("size + colour", outcome), data,
                    dropout = 0, baseline = FALSE,
                    control = quick(1, learn_rate = 1e-9, validation = 0,
                                    label_smoothing = share))
    prob <- as.matrix(predict(fit, data, type = "prob"))
    truth <- diag(ncol(prob))[as.integer(data[[outcome]]), ]
    labels <- (1 - share) * truth + share / ncol(prob)
    expect_equal(fit$history$loss, -mean(rowSums(labels * log(prob))),
                 tolerance = 1e-5)
  }
})

test_that("focal loss is the documented one, for validation rows too", {
  skip_if_no_backend()
  gamma <- 2
  for (task in c("binary", "multiclass")) {
    data <- task_table(task)
    outcome <- task_outcome[[task]]
    fit <- plain_mlp(stats::reformulate("size + colour", outcome), data,
                    dropout = 0, baseline = FALSE, calibration = "none",
                    control = quick(1, learn_rate = 1e-9, validation = 1:50,
                                    focal_gamma = gamma))
    prob <- as.matrix(predict(fit, data, type = "prob"))
    prob <- prob[cbind(seq_len(nrow(data)), as.integer(data[[outcome]]))]
    losses <- -(1 - prob)^gamma * log(prob)
    expect_equal(fit$history$loss, mean(losses[-(1:50)]), tolerance = 1e-5)
    expect_equal(fit$history$val_loss, mean(losses[1:50]), tolerance = 1e-5)
  }
})

test_that("a log for TensorBoard holds what an epoch measures", {
  skip_if_no_backend()
  folder <- file.path(tempfile(), "log")
  on.exit(unlink(dirname(folder), recursive = TRUE))
  fit <- fit_way(list(epochs = 2, optimizer = "adam"), tensorboard = folder)
  file <- list.files(folder, "^events\\.out\\.tfevents", full.names = TRUE)
  expect_length(file, 1)
  bytes <- readBin(file, "raw", file.size(file))
  times <- function(tag) length(grepRaw(tag, bytes, all = TRUE, fixed = TRUE))
  expect_equal(times("val_loss"), 2)
  expect_equal(times("learn_rate"), 2)
  expect_equal(times("grad_norm"), 2)
  # The last validation loss itself, as a little-endian float.
  value <- writeBin(fit$history$val_loss[[2]], raw(), size = 4,
                    endian = "little")
  expect_length(grepRaw(value, bytes, all = TRUE, fixed = TRUE), 1)
})

test_that("rows go to a file where they would take a quarter of the memory", {
  meminfo <- tempfile()
  on.exit(unlink(meminfo))
  writeLines(c("MemTotal:       16000000 kB", "MemFree:          500000 kB",
               "MemAvailable:    4000000 kB", "Buffers:              12 kB"),
             meminfo)
  expect_equal(free_bytes(meminfo), 4000000 * 1024)
  expect_equal(free_bytes(tempfile()), 8 * 1024^3)
  # 12 words a row: 48 bytes. A quarter of 4000000 kB are 1.024e9 bytes.
  widths <- list(numeric = 7L, category = 3L, y = 1L, weights = 1L)
  expect_false(is_short_of_memory(21333333, widths, free_bytes(meminfo)))
  expect_true(is_short_of_memory(21333334, widths, free_bytes(meminfo)))
  # More bytes than an integer counts.
  expect_true(is_short_of_memory(2000000000L, widths, free_bytes(meminfo)))
})

python_error <- function(type, value) {
  rlang::error_cnd(
    class = c(paste0("deeply_error_python_", type), "deeply_error_python",
              "deeply_error"),
    message = paste("Python stopped:", value), python_type = type,
    python_value = value
  )
}

test_that("what Python stops with has R's words", {
  rethrow <- function(type, value) {
    control <- deep_control(checkpoint = "runs/sold")
    rethrow_training(python_error(type, value), control,
                     list(batch_size = 512L))
  }
  expect_snapshot(error = TRUE, {
    rethrow("OutOfMemoryError", "batch_size = 64 would fit")
    rethrow("OutOfMemoryError", "not even a batch of one row fits")
    rethrow("CheckpointError", "there is no {checkpoint} in 'runs/sold'")
  })
  expect_error(rethrow("OutOfMemoryError", "x"), class = "deeply_error_memory")
  expect_error(rethrow("CheckpointError", "x"),
               class = "deeply_error_checkpoint")
  expect_error(rethrow("ValueError", "another"), "another",
               class = "deeply_error_python_ValueError")
})

test_that("a checkpoint that could not be written is a warning", {
  fit <- fixture_fit()
  fit$info$unsaved <- "the checkpoint 'runs/{a}' could not be written: full"
  expect_snapshot(warn_training(fit))
  expect_silent(warn_training(fixture_fit()))
})
