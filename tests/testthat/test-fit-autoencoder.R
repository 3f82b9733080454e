# What a network would make that gives each row back as it is.
perfect <- function(prep, table) {
  encoded <- encode_rows(prep, new_table(prep, table), seq_len(nrow(table)))
  levels <- lapply(seq_along(level_sizes(prep)), function(i) {
    5 * outer(encoded$inputs$category[i, ], seq_len(level_sizes(prep)[[i]]),
              `==`)
  })
  do.call(cbind, c(list(t(encoded$inputs$numeric)), levels))
}

test_that("encoded rows come back in their units, levels and classes", {
  n <- 120
  with_seed(2, {
    data <- data.frame(
      plain = stats::rnorm(n, 5, 3), skewed = exp(stats::rnorm(n, 0, 2)),
      whole = sample(0:40, n, TRUE),
      day = as.Date("2021-03-01") + sample(0:500, n, TRUE),
      moment = as.POSIXct("2021-03-01", tz = "Europe/Berlin") +
        60 * sample(0:90000, n, TRUE),
      span = as.difftime(stats::runif(n, 1, 9), units = "mins"),
      shape = factor(sample(c("c", "a"), n, TRUE), levels = c("c", "a")),
      grade = factor(sample(1:3, n, TRUE), ordered = TRUE),
      yes = sample(c(TRUE, FALSE), n, TRUE),
      word = sample(c("ja", "nein"), n, TRUE),
      amount = sprintf("%d,%03d.50", sample(1:9, n, TRUE),
                       sample(0:999, n, TRUE))
    )
  })
  for (scale in c("standard", "range", "robust", "none", "quantile")) {
    prep <- deep_prep(data, scale = scale, steps = deep_steps(
      log1p = "skewed", dates = if (scale == "range") "parts" else "cyclic"
    ))
    back <- restore_table(perfect(prep, data), prep)
    expect_equal(names(back), names(data))
    few <- scale == "quantile"
    # Of normal scores the ends are cut.
    some <- if (few) data$plain > 0 & data$plain < 10 else rep(TRUE, n)
    for (name in c("plain", "skewed", "whole", "day", "moment")) {
      expect_equal(back[[name]][some], data[[name]][some],
                   tolerance = if (few) 0.1 else 1e-9,
                   ignore_attr = name == "whole", info = paste(scale, name))
    }
    expect_s3_class(back$day, "Date")
    expect_equal(attr(back$moment, "tzone"), "Europe/Berlin")
    expect_equal(as.numeric(back$span, units = "mins")[some],
                 as.numeric(data$span)[some],
                 tolerance = if (few) 0.1 else 1e-9)
    for (name in c("shape", "grade", "yes", "word")) {
      expect_identical(back[[name]], data[[name]])
    }
    if (!few) {
      expect_equal(back$amount, as.numeric(gsub(",", "", data$amount)))
    }
  }
})

test_that("what was missing is filled in, and rare levels are one", {
  data <- data.frame(x = c(1:30, NA, NA),
                     colour = c(rep(c("red", "blue"), 14), "teal", "pink",
                                NA, "red"))
  prep <- deep_prep(data, steps = deep_steps(rare = 3))
  made <- perfect(prep, data)
  back <- restore_table(made, prep)
  expect_equal(back$x[31:32], rep(mean(1:30), 2))
  expect_equal(back$colour[1:2], c("red", "blue"))
  expect_equal(back$colour[29:30], rep("(rare)", 2))
  # "Missing" is no level to give back.
  expect_true(back$colour[[31]] %in% c("red", "blue", "(rare)"))
})

test_that("a table comes back through a code", {
  skip_if_no_backend()
  data <- hidden_table()
  fit <- stored_coder()
  found <- evaluate(fit)
  expect_equal(found$model, c("autoencoder", "PCA", "mean"))
  # The code of two numbers is nearly all there is to know.
  expect_gt(found$explained[[1]], 0.85)
  expect_lt(found$rmse[[1]], found$rmse[[2]])
  expect_gt(found$accuracy[[1]], 0.8)
  expect_gt(found$accuracy[[1]], found$accuracy[[2]])
  expect_equal(found$explained[[3]], 0)
  new <- hidden_table(seed = 6)
  back <- predict(fit, new)
  expect_equal(names(back), names(new))
  # A level that no row had is none to give back.
  expect_equal(levels(back$colour), c("red", "grey", "blue"))
  expect_type(back$open, "logical")
  expect_type(back$town, "character")
  expect_gt(mean(back$open == new$open), 0.9)
  expect_gt(cor(back$price, new$price), 0.95)
  # Filled in by what the rest of the row says.
  gone <- is.na(new$size)
  expect_false(anyNA(back))
  expect_lt(abs(mean(back$size[gone]) - 50), 8)
  expect_equal(nrow(predict(fit, new[0, ])), 0)
  code <- predict(fit, new[1:4, ], type = "code")
  expect_equal(names(code), c(".code_1", ".code_2"))
  expect_equal(dim(code), c(4, 2))
})

test_that("PCA and the mean are those of prcomp() on the same rows", {
  skip_if_no_backend()
  data <- with_seed(3, {
    x <- matrix(stats::rnorm(150 * 3), 150) %*% matrix(stats::rnorm(24), 3)
    as.data.frame(x + 0.4 * stats::rnorm(150 * 8))
  })
  held_out <- 101:150
  fit <- small_coder(data, code_units = 3, epochs = 2, validation = held_out)
  train <- scale(data[-held_out, ])
  new <- scale(data[held_out, ], attr(train, "scaled:center"),
               attr(train, "scaled:scale"))
  axes <- stats::prcomp(train)$rotation[, 1:3]
  wanted <- c(sqrt(mean((new - new %*% axes %*% t(axes))^2)),
              sqrt(mean(new^2)))
  found <- evaluate(fit)
  expect_equal(found$rmse[2:3], wanted, tolerance = 1e-4)
  expect_equal(found$explained[[2]], 1 - (wanted[[1]] / wanted[[2]])^2,
               tolerance = 1e-4)
  # And the network's own is that of what predict() gives back.
  back <- scale(predict(fit, data[held_out, ]), attr(train, "scaled:center"),
                attr(train, "scaled:scale"))
  expect_equal(found$rmse[[1]], sqrt(mean((back - new)^2)), tolerance = 1e-4)
  expect_equal(evaluate(fit, data[held_out, ])$rmse, found$rmse,
               tolerance = 1e-6)
})

test_that("odd rows get high scores, whatever stands beside them", {
  skip_if_no_backend()
  new <- hidden_table(200, seed = 8)
  odd <- new
  # Each column as it was, but not of one row.
  odd$price <- rev(odd$price)
  odd$colour <- odd$colour[c(101:200, 1:100)]
  for (variational in c(FALSE, TRUE)) {
    fit <- stored_coder(variational)
    fine <- anomaly_score(fit, new)
    strange <- anomaly_score(fit, odd)
    expect_equal(names(fine), ".anomaly")
    auc <- mean(outer(strange$.anomaly, fine$.anomaly, ">"))
    expect_gt(auc, 0.8)
    expect_equal(anomaly_score(fit, new[3, ])$.anomaly, fine$.anomaly[[3]],
                 tolerance = 1e-5)
  }
  # The score of a plain fit is the error that the formula says.
  fit <- stored_coder()
  made <- backend_call("coder_decode", live_model(fit), as.matrix(
    predict(fit, new[1:2, ], type = "code")
  ))
  true <- perfect(fit$prep, new[1:2, ])
  n <- length(numeric_names(fit$prep))
  flag <- max(numeric_flags(fit$prep))
  values <- setdiff(seq_len(n), flag)
  costs <- vapply(1:2, function(row) {
    numbers <- (true[row, values] - made[row, values])^2
    missing <- log1p(exp(made[row, flag])) - true[row, flag] * made[row, flag]
    place <- n
    categories <- vapply(level_sizes(fit$prep), function(size) {
      at <- place + seq_len(size)
      place <<- place + size
      log(sum(exp(made[row, at]))) - sum(made[row, at] * (true[row, at] > 0))
    }, 0)
    mean(c(numbers, missing, categories))
  }, 0)
  expect_equal(anomaly_score(fit, new[1:2, ])$.anomaly, costs,
               tolerance = 1e-5)
})

test_that("new rows are like true ones", {
  skip_if_no_backend()
  data <- hidden_table()
  fit <- stored_coder(TRUE)
  made <- generate(fit, 600, seed = 1)
  expect_equal(names(made), names(data))
  expect_identical(generate(fit, 600, seed = 1), made)
  expect_equal(mean(made$price), mean(data$price), tolerance = 0.1)
  expect_equal(sd(made$price), sd(data$price), tolerance = 0.25)
  expect_equal(mean(made$open), mean(data$open), tolerance = 0.3)
  # What belongs together does so again.
  expect_gt(mean(made$open == (made$price < 300)), 0.8)
  way <- interpolate(fit, 3, 4, n = 5)
  expect_equal(nrow(way), 5)
  code <- draw_codes(fit, 1, 3)[1, ]
  expect_equal(interpolate(fit, code, 4, n = 2)[1, ], way[1, ])
})

test_that("augment() adds codes and scores, of images beside their labels", {
  skip_if_no_backend()
  fit <- stored_coder()
  data <- hidden_table(20)
  found <- augment(fit, data)
  expect_equal(names(found), c(names(data), ".code_1", ".code_2", ".anomaly"))
  expect_equal(found$.anomaly, anomaly_score(fit, data)$.anomaly)
  halves <- half_images(6)
  found <- augment(stored_image_coder(), deep_images(halves$x, halves$class))
  expect_equal(names(found), c("image", "y", paste0(".code_", 1:3),
                               ".anomaly"))
  expect_equal(nrow(glance(fit)), 1)
  expect_equal(glance(fit)$rmse, evaluate(fit)$rmse[[1]])
})

test_that("codes are drawn from the mixture", {
  fit <- list(spec = list(code_units = 2), mixture = list(
    weights = c(0.25, 0.75), means = rbind(c(-8, 0), c(8, 1)),
    roots = aperm(array(c(1, 0, 0, 1, 2, 1, 0, 0.5), c(2, 2, 2)), c(3, 1, 2))
  ))
  codes <- draw_codes(fit, 8000, seed = 2)
  left <- codes[, 1] < 0
  expect_equal(mean(left), 0.25, tolerance = 0.05)
  expect_equal(colMeans(codes[!left, ]), c(8, 1), tolerance = 0.03)
  root <- matrix(c(2, 1, 0, 0.5), 2)
  expect_equal(cov(codes[!left, ]), root %*% t(root), tolerance = 0.05)
  expect_identical(draw_codes(fit, 3, 2), codes[1:3, ])
  expect_equal(sd(draw_codes(fit, 4000, 2, "normal")), 1, tolerance = 0.03)
})

test_that("images come back, are made, and are scored as those of a gan", {
  skip_if_no_backend()
  fit <- stored_image_coder()
  new <- half_images(60, seed = 9)
  back <- predict(fit, new$x)
  expect_equal(dim(back), dim(new$x))
  expect_true(all(back >= 0 & back <= 1))
  expect_equal(lighter_half(back), as.character(new$class))
  found <- evaluate(fit)
  expect_gt(found$explained[[1]], 0.8)
  expect_null(found$accuracy)
  error <- sqrt(mean((back - round(255 * new$x) / 255)^2))
  expect_equal(evaluate(fit, new$x)$rmse[[1]], error, tolerance = 0.02)
  made <- generate(fit, 40, seed = 1)
  expect_equal(dim(made), c(40, 16, 16, 1))
  light <- apply(made, c(1, 3), mean)
  lead <- rowMeans(light[, 1:8]) - rowMeans(light[, 9:16])
  expect_gt(mean(abs(lead) > 0.4), 0.8)
  expect_true(all(c("left", "right") %in% lighter_half(made)))
  scores <- evaluate(fit, type = "samples")
  expect_s3_class(scores, "deep_gan_evaluation")
  expect_equal(scores$model, c("deep_autoencoder", "true images", "noise"))
  expect_lt(scores$frechet[[1]], 0.3 * scores$frechet[[3]])
  again <- evaluate(fit, new$x, type = "samples")
  expect_equal(attr(again, "judged_on")$n, 30)
  # An image of noise is strange.
  odd <- new$x
  odd[] <- with_seed(1, sample(as.vector(odd)))
  expect_gt(min(anomaly_score(fit, odd)$.anomaly),
            max(anomaly_score(fit, new$x)$.anomaly))
  # Of one image without its first dimension too.
  expect_equal(dim(predict(fit, new$x[1, , , ])), c(1, 16, 16, 1))
})

test_that("a fit of deep_cnn() can look at what is made", {
  skip_if_no_backend()
  halves <- half_images(80)
  eyes <- small_cnn(deep_images(halves$x, halves$class), epochs = 2)
  fit <- small_coder(halves$x, code_units = 2, filters = 3, epochs = 1,
                     variational = TRUE, score = eyes)
  expect_match(fit$eyes$label, "given as `score`")
  expect_equal(nrow(evaluate(fit, type = "samples")), 3)
})

test_that("the same seed gives the same fit, in a new process too", {
  skip_if_no_backend()
  skip_if_not_installed("callr")
  data <- hidden_table(80)
  fits <- lapply(1:2, function(i) {
    small_coder(~ size + price + colour, data, code_units = 2, epochs = 3,
                variational = TRUE, noise = 0.2, beta = 2)
  })
  expect_identical(fits[[1]]$history$loss, fits[[2]]$history$loss)
  expect_identical(fits[[1]]$history$val_loss, fits[[2]]$history$val_loss)
  expect_identical(predict(fits[[1]], data), predict(fits[[2]], data))
  expect_identical(names(predict(fits[[1]], data)), c("size", "price",
                                                      "colour"))
  path <- tempfile(fileext = ".rds")
  saveRDS(fits[[1]], path)
  again <- callr::r(function(path, data, backend) {
    options(deeply.backend = backend)
    own <- asNamespace("deeply")
    fit <- readRDS(path)
    list(back = own$predict.deep_autoencoder(fit, data),
         score = own$anomaly_score.deep_autoencoder(fit, data),
         made = own$generate.deep_autoencoder(fit, 3, seed = 2))
  }, list(path, data, getOption("deeply.backend")))
  expect_equal(again$back, predict(fits[[1]], data), tolerance = 1e-6)
  expect_equal(again$score, anomaly_score(fits[[1]], data), tolerance = 1e-6)
  expect_equal(again$made, generate(fits[[1]], 3, seed = 2), tolerance = 1e-6)
})

test_that("a run that was cut short ends with the same bits", {
  skip_if_no_backend()
  coder <- function(x, epochs, checkpoint = NULL) {
    deep_autoencoder(x, code_units = 2, variational = TRUE,
                     control = deep_control(
                       epochs = epochs, seed = 5, batch_size = 16,
                       patience = Inf, checkpoint = checkpoint,
                       learn_rate = 0.002, checkpoint_every = 1
                     ))
  }
  for (x in list(hidden_table(80), half_images(48)$x)) {
    folder <- tempfile("coder-")
    whole <- coder(x, 3)
    half <- coder(x, 1, folder)
    again <- deep_resume(folder, epochs = 3)
    expect_identical(again$history$loss, whole$history$loss)
    expect_identical(again$history$val_loss, whole$history$val_loss)
    expect_equal(again$judged, whole$judged)
    expect_identical(generate(again, 4, seed = 1), generate(whole, 4, seed = 1))
  }
})

test_that("files that cannot be read are left out, or come back as NA", {
  skip_if_no_backend()
  folder <- spot_folder(spot_images(40))
  writeBin(as.raw(1:20), file.path(folder, "broken.png"))
  images <- deep_images(folder, broken = "skip", size = 16)
  expect_warning(
    fit <- small_coder(images, code_units = 2, filters = 3, epochs = 1),
    class = "deeply_warning_broken_images"
  )
  expect_equal(sum(fit$info$rows), 40)
  expect_warning(scores <- anomaly_score(fit, images),
                 class = "deeply_warning_broken_images")
  expect_equal(sum(is.na(scores$.anomaly)), 1)
  expect_warning(back <- predict(fit, images),
                 class = "deeply_warning_broken_images")
  expect_equal(is.na(back[, 1, 1, 1]), is.na(scores$.anomaly))
})

test_that("rows with missing values may be left out", {
  skip_if_no_backend()
  data <- hidden_table(100)
  fit <- small_coder(data, code_units = 2, epochs = 2, na = "drop")
  whole <- stats::complete.cases(data)
  expect_equal(sum(fit$info$rows), sum(whole))
  expect_warning(back <- predict(fit, data),
                 class = "deeply_warning_missing_values")
  expect_equal(is.na(back$price), !whole)
  expect_equal(is.na(back$colour), !whole)
  expect_warning(found <- evaluate(fit, data),
                 class = "deeply_warning_missing_values")
  expect_equal(attr(found, "judged_on")$n, sum(whole))
})
