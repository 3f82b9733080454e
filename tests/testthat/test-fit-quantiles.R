# A curve whose noise widens with x and has a long tail to one side; the true
# quantiles are known.
draw_wave <- function(n, seed) {
  with_seed(seed, {
    x <- runif(n, -2, 2)
    data.frame(x, y = 100 + 10 * (sin(2 * x) + (0.2 + abs(x)) * (rexp(n) - 1)))
  })
}

wave_quantile <- function(x, level) {
  100 + 10 * (sin(2 * x) + (0.2 + abs(x)) * (qexp(level) - 1))
}

quantile_outcome <- function(levels, ...) {
  list(name = "price", task = "regression", center = 100, scale = 10,
       quantile_levels = levels, ...)
}

share_below <- function(truth, quantile) mean(truth <= quantile)

waves <- new.env()
wave_fit <- function() {
  if (is.null(waves$fit)) {
    waves$fit <- deep_mlp(y ~ x, draw_wave(1200, 1),
                          quantile_levels = c(0.95, 0.05, 0.25, 0.75),
                          control = quick(15, batch_size = 64))
  }
  waves$fit
}

test_that("levels that make no sense are refused, before Python starts", {
  data <- mixed_table(60)
  expect_snapshot(error = TRUE, {
    deep_mlp(price ~ size, data, quantile_levels = c(0.05, 1))
    deep_mlp(price ~ size, data, quantile_levels = c(0.2, 0.5, 0.2))
    deep_mlp(price ~ size, data, quantile_levels = "median")
    deep_mlp(price ~ size, data, quantile_levels = c(0.6, 0.95))
    deep_mlp(grade ~ size, data, quantile_levels = c(0.1, 0.9))
  })
  expect_error(deep_mlp(price ~ size, data, quantile_levels = 0.4),
               class = "deeply_error_quantile_levels")
  expect_error(deep_mlp(sold ~ size, data, quantile_levels = 0.5),
               class = "deeply_error_quantile_levels")
  expect_equal(check_quantile_levels(c(0.9, 0.1), NULL), c(0.1, 0.9))
})

test_that("quantiles of a row are sorted, and NA stays where it is", {
  x <- with_seed(1, matrix(rnorm(60), 15))
  x[c(3, 15), ] <- NA
  whole <- !is.na(x[, 1])
  expect_equal(sort_rows(x)[whole, ], t(apply(x[whole, ], 1, sort)))
  expect_equal(sort_rows(x)[!whole, ], x[!whole, ])
  expect_equal(dim(sort_rows(x[0, ])), c(0, 4))
  expect_equal(sort_rows(x[, 1, drop = FALSE]), x[, 1, drop = FALSE])
})

test_that("the median lies on the line between its neighbours", {
  quantiles <- t(apply(matrix(with_seed(2, rnorm(40)), 8), 1, sort))
  for (levels in list(c(0.1, 0.3, 0.45, 0.7, 0.9), c(0.1, 0.3, 0.5, 0.7, 0.9),
                      c(0.5, 0.6, 0.7, 0.8, 0.9), c(0.1, 0.2, 0.3, 0.4, 0.5))) {
    line <- apply(quantiles, 1, function(q) approx(levels, q, 0.5)$y)
    expect_equal(median_of(quantiles, levels), line)
  }
})

test_that("pairs of levels are found whatever a computer makes of 1 - 0.95", {
  pairs <- symmetric_pairs(c(0.025, 0.05, 0.2, 0.5, 0.95, 0.975))
  expect_equal(pairs$level, c(0.95, 0.9))
  expect_equal(pairs$upper, c(6, 5))
  expect_equal(symmetric_pairs(seq(0.1, 0.9, by = 0.1))$level,
               c(0.8, 0.6, 0.4, 0.2))
  expect_equal(nrow(symmetric_pairs(c(0.1, 0.5))), 0)
  outcome <- quantile_outcome(c(0.05, 0.3, 0.5, 0.7, 0.95))
  expect_equal(unlist(find_pair(outcome, 1 - 0.1)),
               c(lower = 1, upper = 5, level = 0.9))
  expect_snapshot(error = TRUE, {
    find_pair(outcome, 0.8)
    find_pair(quantile_outcome(c(0.1, 0.5, 0.8)), 0.9)
  })
})

test_that("quantiles are judged by the formula, with weights", {
  truth <- c(1, 5, 3, 8)
  quantiles <- cbind(c(0, 2, 3, 9), c(1, 4, 4, 9.5), c(2, 4.5, 6, 12))
  levels <- c(0.1, 0.5, 0.9)
  w <- c(1, 2, 0.5, 3)
  cost <- vapply(1:4, function(i) {
    mean(mapply(function(q, level) {
      if (truth[[i]] >= q) level * (truth[[i]] - q)
      else (1 - level) * (q - truth[[i]])
    }, quantiles[i, ], levels))
  }, 0)
  expect_equal(quantile_metrics(truth, quantiles, levels),
               c(pinball = mean(cost), coverage = 0.5))
  expect_equal(quantile_metrics(truth, quantiles, levels, w),
               c(pinball = weighted.mean(cost, w),
                 coverage = 1.5 / 6.5))
  expect_named(quantile_metrics(truth, quantiles[, 1:2], levels[1:2]),
               "pinball")
  # The pinball loss of the median is half the absolute error.
  expect_equal(
    quantile_metrics(truth, quantiles[, 2, drop = FALSE], 0.5)[["pinball"]],
    mean(abs(truth - quantiles[, 2])) / 2
  )
})

test_that("a fit with quantiles prints them, and what its intervals cover", {
  fit <- fixture_fit("regression")
  fit$prep$outcome$quantile_levels <- c(0.05, 0.25, 0.5, 0.75, 0.95)
  fit$spec$network$outputs <- 5
  fit$spec["quantile_levels"] <- fit$prep$outcome["quantile_levels"]
  fit$judged$metrics <- data.table::data.table(
    model = c("deep_mlp", "training quantiles", "linear regression",
              "boosted trees"),
    pinball = c(2.887, 3.801, 3.508, 2.718),
    coverage = c(0.901, 0.889, 0.891, 0.804),
    rmse = c(14.62, 16.45, 15.43, 15.59), mae = c(8.81, 11.76, 10.71, 9.517)
  )
  fit$calibration <- list(method = "conformal", n = 1234L,
                          reach = c("0.9" = 0.7812, "0.5" = -0.4321))
  expect_snapshot(fit)
  fit$calibration$reach <- -fit$calibration$reach
  fit$calibration$on <- "validation rows"
  expect_snapshot({
    writeLines(describe_calibration(fit))
    writeLines(describe_judged(evaluate(fit)))
    cat(reproduce_code(fit), sep = "\n")
  })
})

test_that("20,000 rows: the bands cover what they say, also of fresh rows", {
  skip_if_no_backend()
  fit <- deep_mlp(y ~ x, draw_wave(20000, 3),
                  quantile_levels = c(0.05, 0.5, 0.95), baseline = FALSE,
                  dropout = 0,
                  control = quick(10, learn_rate = deep_schedule(
                    "cosine", learn_rate = 0.005
                  )))
  new <- draw_wave(20000, 4)
  covers <- function(fit) {
    said <- predict(fit, new, "interval")
    mean(new$y >= said$.pred_lower & new$y <= said$.pred_upper)
  }
  raw <- fit
  raw$calibration <- NULL
  expect_lt(abs(covers(raw) - 0.9), 0.02)
  expect_lt(abs(covers(fit) - 0.9), 0.02)
  said <- predict(fit, new, "quantile")
  # Not only on average: the bands widen where the noise does.
  for (part in split(seq_len(20000), cut(new$x, 4))) {
    below <- vapply(said[part], share_below, 0, truth = new$y[part])
    expect_lt(max(abs(below - c(0.05, 0.5, 0.95))), 0.05)
  }
  expect_lt(mean(abs(said$.pred_0.5 - wave_quantile(new$x, 0.5))), 1)
  judged <- evaluate(fit, new)
  truth <- vapply(c(0.05, 0.5, 0.95), wave_quantile, new$x, x = new$x)
  best <- quantile_metrics(new$y, truth, c(0.05, 0.5, 0.95))[["pinball"]]
  expect_gt(judged$pinball[[1]], best)
  expect_lt(judged$pinball[[1]], 1.02 * best)
  expect_equal(judged$coverage[[1]], covers(fit))
})

test_that("predictions have the promised columns and never cross", {
  skip_if_no_backend()
  fit <- wave_fit()
  new <- draw_wave(300, 5)
  said <- predict(fit, new, "quantile")
  expect_s3_class(said, "data.table")
  expect_named(said, paste0(".pred_", c(0.05, 0.25, 0.75, 0.95)))
  expect_true(all(apply(as.matrix(said), 1, Negate(is.unsorted))))
  raw <- fit
  raw$calibration <- NULL
  outputs <- as.matrix(predict(fit, new, "raw")) * fit$prep$outcome$scale +
    fit$prep$outcome$center
  expect_equal(as.matrix(predict(raw, new, "quantile")),
               t(apply(outputs, 1, sort)), ignore_attr = TRUE)
  # 0.5 was not asked for; both neighbours are as far away.
  plain <- predict(raw, new, "quantile")
  expect_equal(predict(fit, new)$.pred,
               (plain$.pred_0.25 + plain$.pred_0.75) / 2)
  wide <- predict(fit, new, "interval")
  expect_equal(wide[, -".pred"], said[, c(".pred_0.05", ".pred_0.95")],
               ignore_attr = TRUE)
  narrow <- predict(fit, new, "interval", level = 0.5)
  expect_equal(narrow$.pred_upper, said$.pred_0.75)
  expect_equal(narrow$.pred, predict(fit, new)$.pred)
  for (type in c("quantile", "interval", "numeric")) {
    expect_equal(nrow(predict(fit, new[0, ], type)), 0)
    expect_equal(predict(fit, new[7, ], type), predict(fit, new, type)[7],
                 tolerance = 1e-6)
  }
  expect_snapshot(error = TRUE, {
    predict(fit, new, "interval", level = 0.8)
    predict(fit, new, "prob")
    predict(shared_fit("regression")$fit, task_table("regression"), "quantile")
  })
})

test_that("the median alone is a fit by absolute error", {
  skip_if_no_backend()
  data <- draw_wave(300, 6)
  fit <- deep_mlp(y ~ x, data, quantile_levels = 0.5, baseline = FALSE,
                  control = quick())
  expect_named(evaluate(fit), c("model", "pinball", "rmse", "mae"))
  expect_equal(evaluate(fit)$pinball, evaluate(fit)$mae / 2)
  expect_equal(evaluate(fit)$model, c("deep_mlp", "training quantiles"))
  expect_null(fit$calibration)
  expect_named(predict(fit, data, "quantile"), ".pred_0.5")
  expect_error(predict(fit, data, "interval"),
               class = "deeply_error_quantile_levels")
  expect_snapshot(error = TRUE, calibrate(fit, data))
})

test_that("before training the outputs are the quantiles of the outcome", {
  data <- draw_wave(500, 7)
  kept <- learn_outcome(data$y, "y")
  kept$quantile_levels <- c(0.1, 0.5, 0.9)
  outcome <- finish_outcome(kept, sketch_outcome(data$y, kept))
  expect_equal(outcome$quantiles,
               quantile(data$y, c(0.1, 0.5, 0.9), names = FALSE))
  expect_equal(best_constant(outcome) * sd(data$y) + mean(data$y),
               outcome$quantiles)
  expect_equal(trivial_prediction(outcome, 3), rep(median(data$y), 3))
})

test_that("a table in files teaches the same quantiles", {
  skip_if_no_backend()
  data <- draw_wave(400, 8)
  path <- tempfile(fileext = ".csv")
  data.table::fwrite(data, path)
  on.exit(unlink(path))
  arguments <- list(quantile_levels = c(0.1, 0.5, 0.9), baseline = FALSE,
                    control = quick(2))
  fit <- do.call(deep_mlp, c(list(y ~ x, deep_csv(path)), arguments))
  outcome <- fit$prep$outcome
  expect_equal(outcome$quantile_levels, c(0.1, 0.5, 0.9))
  expect_equal(outcome$quantiles,
               quantile(data$y, c(0.1, 0.5, 0.9), names = FALSE),
               tolerance = 0.05)
  expect_named(predict(fit, deep_csv(path), "quantile"),
               paste0(".pred_", c(0.1, 0.5, 0.9)))
  expect_error(
    deep_mlp(y > 100 ~ x, deep_csv(path), quantile_levels = c(0.1, 0.9)),
    class = "deeply_error_quantile_levels"
  )
})

test_that("whatever looks at a fit looks at one with quantiles", {
  skip_if_no_backend()
  fit <- wave_fit()
  new <- draw_wave(400, 9)
  judged <- evaluate(fit, new)
  expect_named(judged, c("model", "pinball", "coverage", "rmse", "mae"))
  expect_equal(judged$model[1:3], c("deep_mlp", "training quantiles",
                                    "linear regression"))
  expect_equal(judged$rmse[[1]],
               sqrt(mean((new$y - predict(fit, new)$.pred)^2)))
  # A line and the quantiles of what it leaves know nothing of the noise.
  line <- lm(y ~ x, draw_wave(1200, 1))
  residual <- quantile(resid(line), c(0.05, 0.25, 0.75, 0.95))
  theirs <- outer(predict(line, new), residual, "+")
  levels <- fit$prep$outcome$quantile_levels
  expect_equal(judged$pinball[[3]],
               quantile_metrics(new$y, theirs, levels)[["pinball"]],
               tolerance = 0.02)
  expect_silent(ggplot2::ggplot_build(autoplot(fit, new)))
  expect_match(ggplot2::ggplot_build(autoplot(fit))$plot$labels$y, "Pinball")
  expect_s3_class(diagnose(fit, test = new), "deep_diagnosis")
  importance <- explain(fit, new)
  expect_equal(attr(importance, "about")$metric, "rmse")
  rows <- explain(fit, new[1:2, ], type = "row")
  expect_lt(max(abs(summary(rows)$gap)), 1)
  path <- suppressWarnings(deep_report(fit, new_data = new, open = FALSE))
  page <- paste(readLines(path), collapse = " ")
  expect_match(page, "pinball: the mean cost", fixed = TRUE)
  expect_match(page, "On the 400 new rows they cover", fixed = TRUE)
  again <- unserialize(serialize(fit, NULL))
  expect_equal(predict(again, new, "quantile"), predict(fit, new, "quantile"))
})

test_that("the fan says what the widest intervals cover", {
  new <- draw_wave(1000, 10)
  levels <- c(0.1, 0.25, 0.5, 0.75, 0.9)
  quantiles <- vapply(levels, wave_quantile, new$x, x = new$x)
  plot <- plot_quantiles(new$y, quantiles[, 3], quantiles,
                         quantile_outcome(levels))
  inside <- new$y >= quantiles[, 1] & new$y <= quantiles[, 5]
  expect_match(plot$labels$title, percent(mean(inside)), fixed = TRUE)
  expect_equal(sum(plot$data$missed), sum(!inside))
  bands <- fan_bands(quantiles[, 3], quantiles, symmetric_pairs(levels))
  expect_equal(nrow(bands), 2 * fan_bins)
  expect_equal(range(bands$predicted), range(quantiles[, 3]))
  alone <- plot_quantiles(new$y, quantiles[, 3], quantiles[, 3, drop = FALSE],
                          quantile_outcome(0.5))
  expect_match(alone$labels$title, "below their predicted median")
  expect_silent(ggplot2::ggplot_build(alone))
})
