knots_of <- function(fit) {
  as_keras(fit)$get_layer("numbers")$get_config()$knots
}

test_that("knots are learned on training rows only", {
  skip_if_no_backend()
  data <- with_seed(2, data.frame(x = rnorm(400), z = rexp(400)))
  data$y <- (data$x > 0.5) + (data$z > 1)
  held_out <- 301:400
  control <- quick(epochs = 1, validation = held_out)
  other <- data
  other[held_out, ] <- other[held_out, ] * -50
  fit <- deep_mlp(y ~ ., data, baseline = FALSE, control = control)
  again <- deep_mlp(y ~ ., other, baseline = FALSE, control = control)
  expect_identical(knots_of(again), knots_of(fit))
  # Where the outcome steps, in the scaled numbers.
  scaled <- (c(0.5, 1) - vapply(fit$prep$columns, `[[`, 0, "center")) /
    vapply(fit$prep$columns, `[[`, 0, "scale")
  near <- mapply(function(knots, step) min(abs(unlist(knots) - step)),
                 knots_of(fit), scaled)
  expect_true(all(near < 0.1))
})

test_that("columns of every kind go in", {
  skip_if_no_backend()
  n <- 300
  data <- with_seed(3, data.frame(
    binary = rep(0:1, length.out = n),
    heavy = rcauchy(n) * 1e6,
    zeros = ifelse(seq_len(n) %% 10 == 0, rexp(n), 0),
    gaps = ifelse(seq_len(n) %% 3 == 0, NA, rnorm(n)),
    constant = 4,
    none = NA_real_,
    y = rnorm(n)
  ))
  for (how in c("tree", "quantile", "periodic")) {
    fit <- deep_mlp(y ~ ., data, numeric_embedding = how, baseline = FALSE,
                    control = quick(epochs = 1))
    expect_setequal(names(fit$prep$set_aside), c("constant", "none"))
    extreme <- data.frame(binary = 7, heavy = -1e15, zeros = 1e9, gaps = NA)
    predicted <- predict(fit, rbind(data[1:3, names(extreme)], extreme))$.pred
    expect_true(all(is.finite(predicted)))
  }
})

test_that("a number beyond the training rows counts as the last one", {
  skip_if_no_backend()
  data <- task_table("regression")[c("size", "price")]
  fit <- deep_mlp(price ~ size, data, baseline = FALSE, control = quick())
  train <- setdiff(seq_len(nrow(data)), split_rows(
    fit$spec$control, data$price, FALSE, fit$info$seed
  )$validation)
  largest <- max(data$size[train])
  predicted <- predict(fit, data.frame(size = c(largest, 1e4)))$.pred
  expect_equal(predicted[[2]], predicted[[1]])
})

test_that("a thousand levels and five hundred columns go in", {
  skip_if_no_backend()
  n <- 3000
  wide <- with_seed(4, as.data.frame(matrix(round(rnorm(n * 500), 2), n)))
  wide$town <- factor(rep_len(sprintf("town %d", 1:1000), n))
  wide$y <- wide$V1 > 0
  fit <- deep_mlp(y ~ ., wide, baseline = FALSE,
                  control = quick(epochs = 2, batch_size = 256))
  expect_equal(fit$spec$network$numeric_dim, 4)
  # Some are in held-out rows alone.
  expect_gt(fit$spec$network$levels, 950)
  expect_gt(fit$judged$metrics$roc_auc[[1]], 0.6)
})

test_that("one member is the single network, layer by layer", {
  skip_if_no_backend()
  data <- task_table("binary")
  layers <- function(members) {
    summary(deep_mlp(sold ~ ., data, baseline = FALSE, control = quick(1),
                     members = members))
  }
  one <- layers(1)
  several <- layers(3)
  expect_equal(one$name, setdiff(several$name, c("members", "mean")))
  shared <- setdiff(one$name, "output")
  expect_equal(one[one$name %in% shared, "parameters"],
               several[several$name %in% shared, "parameters"])
  expect_equal(several$parameters[several$name == "output"],
               3 * one$parameters[one$name == "output"])
})
