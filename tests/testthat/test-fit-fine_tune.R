shared_tuned <- function() {
  if (is.null(shared$tuned)) {
    borrowed <- shared_borrowed()
    shared$tuned <- fine_tune(borrowed$fit, borrowed$images, layers = 1,
                              learn_rate = 1e-4,
                              control = deep_control(epochs = 3))
  }
  shared$tuned
}

test_that("the last layers learn, the others and batch norms do not", {
  skip_if_no_backend()
  before <- as_keras(shared_borrowed()$fit)
  after <- as_keras(shared_tuned())
  weights <- function(net, layer) {
    net$get_layer("tiny")$get_layer(layer)$get_weights()
  }
  expect_equal(weights(after, "first"), weights(before, "first"))
  expect_equal(weights(after, "norm"), weights(before, "norm"))
  expect_false(identical(weights(after, "second"), weights(before, "second")))
  # 3*3*6*8 + 8 of the second convolution, and 17 of the output.
  expect_equal(shared_tuned()$info$learned, 440 + 17)
})

test_that("the fit from before is judged on the same rows", {
  skip_if_no_backend()
  before <- shared_borrowed()$fit
  after <- shared_tuned()
  expect_identical(after$judged$key, before$judged$key)
  expect_equal(after$judged$n, before$judged$n)
  metrics <- evaluate(after)
  expect_equal(metrics$model[[nrow(metrics)]], "before fine-tuning")
  old <- evaluate(before)
  expect_equal(metrics$log_loss[[nrow(metrics)]], old$log_loss[[1]],
               tolerance = 1e-6)
  # The simple models are the same, too.
  expect_equal(metrics$log_loss[[3]], old$log_loss[[3]], tolerance = 1e-6)
  expect_lte(min(after$history$val_loss), min(before$history$val_loss) + 1e-6)
})

test_that("a fit that would end worse stays as it was", {
  skip_if_no_backend()
  borrowed <- shared_borrowed()
  # Labels turned round can only spoil it, on rows that say so.
  rows <- seq_along(borrowed$images)
  wrong <- borrowed$images
  held_out <- rows > 40
  wrong <- deep_images(
    borrowed$data$x,
    factor(ifelse(held_out == (borrowed$data$class == "warm"), "warm", "cool"))
  )
  after <- suppressWarnings(fine_tune(
    borrowed$fit, wrong, learn_rate = 1e-4, baseline = FALSE,
    control = deep_control(epochs = 2, validation = rows[held_out])
  ))
  expect_equal(after$info$best_epoch, 0)
  expect_match(paste(fit_notes(after), collapse = " "), "those from before")
  expect_equal(predict(after, borrowed$images, type = "raw"),
               predict(borrowed$fit, borrowed$images, type = "raw"),
               tolerance = 1e-5)
})

test_that("large steps are refused, and explained", {
  expect_snapshot(lower_rate(0.01))
  expect_equal(lower_rate(1e-5), 1e-5)
})

test_that("a network of one's own goes on as well, on new images", {
  skip_if_no_backend()
  data <- tinted(80, side = 12)
  images <- deep_images(data$x, data$class)
  fit <- deep_cnn(images, architecture = "lenet", filters = c(4, 4),
                  padding = "same", hidden_units = 6, baseline = FALSE,
                  control = deep_control(epochs = 2, seed = 1))
  after <- fine_tune(fit, tinted(30, seed = 9)$x, tinted(30, seed = 9)$class,
                     baseline = FALSE, control = deep_control(epochs = 1))
  expect_equal(after$spec$tuned$layers, 3)
  expect_equal(after$prep$outcome, fit$prep$outcome)
  expect_equal(after$info$learned, fit$info$learned)
  # And once more.
  again <- fine_tune(after, images, layers = 1, baseline = FALSE,
                     control = deep_control(epochs = 1))
  expect_equal(again$spec$tuned$layers, 1)
})

test_that("print tells how much is tuned", {
  skip_if_no_backend()
  expect_snapshot(cat_field("Network", describe_network(shared_tuned())))
})

test_that("errors and warnings name the thing", {
  skip_if_no_backend()
  borrowed <- shared_borrowed()
  fit <- borrowed$fit
  table <- shared_fit("binary")$fit
  class <- sub("warm", "hot", borrowed$data$class)
  expect_snapshot(error = TRUE, {
    fine_tune(table, borrowed$images)
    fine_tune(fit, borrowed$data$x, class)
    fine_tune(fit, borrowed$data$x)
    fine_tune(fit, borrowed$images, layers = 9)
    fine_tune(fit, borrowed$images, learn_rate = 0)
    fine_tune(fit, borrowed$images, control = deep_control(learn_rate = 0.1))
  })
  expect_warning(
    fine_tune(fit, borrowed$images, baseline = FALSE,
              control = deep_control(epochs = 1, validation = 0.5)),
    class = "deeply_warning_other_rows"
  )
})
