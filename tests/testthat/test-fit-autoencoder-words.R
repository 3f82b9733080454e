test_that("a fit prints what it saw and how good it is", {
  skip_if_no_backend()
  fits <- list(stored_coder(), stored_coder(TRUE), stored_image_coder())
  for (fit in fits) {
    # As long a line on any machine.
    fit$info[c("seconds", "best_epoch", "epochs")] <- list(1.5, 25, 25)
    expect_snapshot(print(fit), transform = hide_coder)
    layers <- summary(fit)
    expect_setequal(layers$network, c("encoder", "decoder"))
    expect_lte(abs(sum(layers$parameters) - fit$info$parameters), 4)
  }
})

test_that("it says when PCA is better, or the code is not used", {
  metrics <- data.table::data.table(
    model = c("autoencoder", "PCA", "mean"), rmse = c(0.5, 0.42, 1),
    accuracy = c(0.7, 0.71, 0.4)
  )
  expect_snapshot(cat(note_worse_than_pca(metrics)))
  metrics$rmse[[2]] <- 0.6
  expect_match(note_worse_than_pca(metrics), "better: accuracy 0.710")
  metrics$accuracy[[2]] <- 0.7
  expect_null(note_worse_than_pca(metrics))
  idle <- list(
    spec = list(variational = TRUE, control = list(
      schedule = list(kind = "one_cycle")
    )),
    mixture = list(variance = c(0.001, 0)),
    info = list(stopped = "epochs", findings = list())
  )
  expect_snapshot(cat(coder_notes(idle)))
})

test_that("what is not for an autoencoder says so", {
  skip_if_no_backend()
  fit <- stored_coder()
  data <- hidden_table(30)
  expect_snapshot(error = TRUE, {
    diagnose(fit)
    calibrate(fit, data)
    explain(fit, data)
    confusion(fit, data)
    deep_report(fit, "report.html")
  })
})

test_that("wrong arguments are told", {
  x <- half_images(20)$x
  data <- hidden_table(30)
  expect_snapshot(error = TRUE, {
    deep_autoencoder(3)
    deep_autoencoder(price ~ size, data)
    deep_autoencoder(~ size + weight, data)
    deep_autoencoder(~ size)
    deep_autoencoder(data, data)
    deep_autoencoder(data, filters = 8)
    deep_autoencoder(x, hidden_units = 8)
    deep_autoencoder(data, beta = 2)
    deep_autoencoder(data, noise = 1)
    deep_autoencoder(data, code_units = 0)
    deep_autoencoder(data, activation = "sine")
    deep_autoencoder(data, score = 3)
    deep_autoencoder(data[1:9, ])
    deep_autoencoder(x[1:9, , , , drop = FALSE])
    deep_autoencoder(x[, 1:12, 1:12, , drop = FALSE])
    deep_autoencoder(data, epochs = 3)
    deep_autoencoder(data, control = deep_control(label_smoothing = 0.1))
    deep_autoencoder(data, na = "error")
  })
})

test_that("wrong new data and wishes are told", {
  skip_if_no_backend()
  fit <- stored_coder()
  images <- stored_image_coder()
  unjudged <- fit
  unjudged["judged"] <- list(NULL)
  unscored <- images
  unscored$judged["samples"] <- list(NULL)
  data <- hidden_table(30)
  strange <- data
  strange$colour <- "teal"
  text <- data
  text$price <- "dear"
  expect_snapshot(error = TRUE, {
    predict(fit)
    predict(fit, data, type = "prob")
    predict(fit, data["size"])
    predict(fit, strange)
    predict(fit, text)
    predict(fit, 3)
    predict(images, data)
    predict(images, array(300, c(1, 16, 16)))
    anomaly_score(fit, strange)
    generate(fit, 3)
    generate(images, 0)
    generate(images, 3, codes = "uniform")
    interpolate(fit, 1, 2)
    interpolate(fit, 1.5, 2)
    interpolate(images, 1, c(1, 2))
    evaluate(unjudged)
    evaluate(fit, type = "samples")
    evaluate(unscored, type = "samples")
    evaluate(fit, data[0, ])
    evaluate(fit, type = "all")
    autoplot(fit, type = "reconstruction")
    autoplot(fit, type = "samples")
    autoplot(stored_coder(TRUE), type = "samples")
  })
})

test_that("plots say what they show", {
  skip_if_no_backend()
  fit <- stored_coder()
  images <- stored_image_coder()
  data <- hidden_table(50, seed = 7)
  expect_equal(autoplot(fit)$labels$y, "Mean cost of a column")
  expect_match(autoplot(images)$labels$y, "evidence lower bound")
  back <- autoplot(fit, data)
  expect_match(back$labels$title, "comes back worst")
  shown <- as.data.frame(back$data)
  shown <- shown[shown$column == "price", ]
  expect_equal(shown$back, predict(fit, data)$price)
  expect_equal(shown$given, data$price)
  grid <- autoplot(images, half_images(20)$x, n = 4)
  expect_equal(nrow(grid$data), 8)
  expect_match(grid$labels$subtitle, "code of 3 numbers")
  expect_equal(nrow(autoplot(images, type = "samples", n = 7)$data), 7)
})
