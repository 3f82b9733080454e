# The promise: a fit is plain R data and predicts the same in any process.

test_that("a fit holds no pointer, no environment and no training row", {
  skip_if_no_backend()
  data <- task_table("regression")
  data$size <- data$size + 123456.789
  fit <- deep_mlp(price ~ ., data, control = quick())
  kinds <- rapply(fit, typeof, how = "unlist")
  expect_false(any(kinds %in% c("externalptr", "environment", "closure")))
  values <- unlist(rapply(fit, as.numeric, classes = c("numeric", "integer"),
                          how = "unlist"))
  expect_length(intersect(data$size, values), 0)
  expect_length(intersect(data$price, values), 0)
})

test_that("the size of a fit does not grow with the rows", {
  skip_if_no_backend()
  size <- function(n) {
    fit <- deep_mlp(price ~ size + count, task_table("regression", n = n),
                    hidden_units = 8, control = quick(), baseline = FALSE,
                    # The residuals that it keeps are bounded, but not as few.
                    calibration = "none")
    length(serialize(fit, NULL))
  }
  expect_equal(size(5000), size(100), tolerance = 0.02)
})

test_that("another process predicts the same numbers from the RDS", {
  skip_if_no_backend()
  skip_if_not_installed("callr")
  skip_if(in_load_all(), "The package is not installed.")
  path <- tempfile(fileext = ".rds")
  on.exit(unlink(path))
  shared <- lapply(c("regression", "binary", "multiclass"), shared_fit)
  saveRDS(lapply(shared, `[[`, "fit"), path)
  predict_there <- function(path, tables, backend) {
    options(deeply.backend = backend)
    library(deeply)
    Map(function(fit, table) predict(fit, table, type = "raw"),
        readRDS(path), tables)
  }
  tables <- lapply(shared, `[[`, "data")
  there <- callr::r(predict_there, list(path, tables,
                                        getOption("deeply.backend")))
  for (i in seq_along(shared)) {
    here <- predict(shared[[i]]$fit, tables[[i]], type = "raw")
    expect_identical(as.matrix(there[[i]]), as.matrix(here))
  }
})

test_that("a fit travels through serialize() without its live model", {
  skip_if_no_backend()
  shared <- shared_fit("binary")
  before <- predict(shared$fit, shared$data, "raw")
  copy <- unserialize(serialize(shared$fit, NULL))
  the$live <- list()
  expect_identical(predict(copy, shared$data, "raw"), before)
})

test_that("a broken network says what to do", {
  skip_if_no_backend()
  fit <- shared_fit("binary")$fit
  fit$model <- fit$model[1:100]
  fit$info$id <- "broken"
  fit$info$keras <- "2.0.0"
  expect_snapshot(error = TRUE, predict(fit, shared_fit("binary")$data),
                  transform = function(lines) {
                    gsub("Keras [0-9.]+\\.$", "Keras <here>.",
                         gsub("Python stopped.*", "<Python's words>", lines))
                  })
})

test_that("as_keras() gives the network itself", {
  skip_if_no_backend()
  fit <- shared_fit("binary")$fit
  model <- as_keras(fit)
  expect_s3_class(model, "keras.src.models.model.Model")
  expect_equal(model$count_params(), fit$info$parameters)
  expect_snapshot(error = TRUE, as_keras("model"))
})
