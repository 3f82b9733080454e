# Slopes by small steps in both directions.
by_quotients <- function(f, net, by = 1e-5) {
  weights <- unlist(net)
  vapply(seq_along(weights), function(i) {
    step <- replace(0 * weights, i, by)
    (f(utils::relist(weights + step, net)) -
       f(utils::relist(weights - step, net))) / (2 * by)
  }, 0)
}

scratch_parts <- function() {
  with_seed(4, list(
    maker = begin_curve(3), judge = begin_curve(4), true = rnorm(7),
    made = rnorm(5), noise = rnorm(6)
  ))
}

test_that("gradients are those of difference quotients", {
  now <- scratch_parts()
  # Slopes at true numbers by quotients too.
  cost <- function(net) {
    rise <- (forward(net, now$true + 1e-5)$out -
               forward(net, now$true - 1e-5)$out) / 2e-5
    0.7 / 2 * mean(rise^2)
  }
  loss <- function(net) {
    says <- function(x) plogis(forward(net, x)$out)
    -mean(log(says(now$true))) - mean(log(1 - says(now$made))) + cost(net)
  }
  told <- judge_better(now$judge, now$true, now$made, 0.7)
  expect_equal(told$loss, loss(now$judge) - cost(now$judge))
  expect_equal(unlist(told$net, use.names = FALSE),
               by_quotients(loss, now$judge), tolerance = 1e-5)
  tricked <- make_better(now$maker, now$judge, now$noise)
  fooled <- function(net) {
    made <- forward(net, now$noise)$out
    -mean(log(plogis(forward(now$judge, made)$out)))
  }
  expect_equal(tricked$loss, fooled(now$maker))
  expect_equal(unlist(tricked$net, use.names = FALSE),
               by_quotients(fooled, now$maker), tolerance = 1e-6)
  # At which place a number is judged.
  said <- forward(now$judge, 0.3)
  rise <- forward(now$judge, 0.3 + 1e-5)$out -
    forward(now$judge, 0.3 - 1e-5)$out
  expect_equal(backward(now$judge, 0.3, said, 1)$x, rise / 2e-5,
               tolerance = 1e-6)
})

test_that("Adam takes the steps of its paper", {
  first <- adam_step(adam_begin(list(a = c(1, 2))), list(a = c(0.3, -4)), 0.1)
  expect_equal(first$net$a, c(0.9, 2.1), tolerance = 1e-6)
  again <- adam_step(first, list(a = c(0.1, 0)), 0.1)
  mean <- (0.5 * 0.5 * 0.3 + 0.5 * 0.1) / (1 - 0.5^2)
  square <- (0.99 * 0.01 * 0.3^2 + 0.01 * 0.1^2) / (1 - 0.99^2)
  expect_equal(again$net$a[[1]], first$net$a[[1]] - 0.1 * mean / sqrt(square),
               tolerance = 1e-6)
})

test_that("the distance is that of equal quantiles", {
  x <- with_seed(1, rnorm(1000))
  expect_equal(wasserstein(x, x + 2), 2)
  y <- with_seed(2, rexp(1000))
  # Of as many numbers the mean difference in their order.
  expect_equal(wasserstein(x, y), mean(abs(sort(x) - sort(y))),
               tolerance = 0.01)
})

test_that("made numbers come to be distributed as the true ones", {
  fits <- lapply(1:3, function(seed) scratch_gan(steps = 1500, seed = seed))
  for (fit in fits) {
    distance <- fit$history$distance
    expect_lt(utils::tail(distance, 1), distance[[1]] / 4)
    made <- generate(fit, 4000, seed = 5)
    # Of the mixture, not of the sample.
    truth <- 0.4 * -2 + 0.6 * 1.5
    variance <- 0.4 * (0.5^2 + 2^2) + 0.6 * (0.8^2 + 1.5^2) - truth^2
    expect_lt(abs(mean(made) - truth), 0.2)
    expect_equal(sd(made), sqrt(variance), tolerance = 0.1)
    # Few where there are few.
    expect_lt(mean(abs(made + 0.5) < 0.4), 0.12)
    last <- fit$looks[fit$looks$step == 1500, ]
    inside <- last$at > -3 & last$at < 3
    expect_lt(max(abs(last$probability[inside] - 0.5)), 0.1)
  }
})

test_that("one hill in its own unit is learned too, and a seed repeats", {
  x <- with_seed(3, 1000 + 50 * rexp(400))
  fit <- scratch_gan(x, steps = 800, seed = 2)
  made <- generate(fit, 2000, seed = 1)
  expect_lt(abs(mean(made) - mean(x)), 10)
  expect_lt(ks.test(made, x)$statistic, 0.12)
  again <- scratch_gan(x, steps = 800, seed = 2)
  again$seconds <- fit$seconds
  expect_identical(again, fit)
  set.seed(8)
  drawn <- scratch_gan(x, steps = 6)
  set.seed(8)
  expect_identical(scratch_gan(x, steps = 6)$generator, drawn$generator)
  # Densities are of the numbers as they came.
  last <- fit$looks[fit$looks$step == 800, ]
  width <- diff(last$at[1:2])
  expect_equal(sum(last$true) * width, 1, tolerance = 0.02)
  expect_equal(sum(last$made) * width, 1, tolerance = 0.02)
})

test_that("it prints and draws what became of the distance", {
  fit <- scratch_gan(steps = 300, hidden_units = 12, batch_size = 64, seed = 1)
  fit$seconds <- 1.25
  hide <- function(lines) {
    lines <- gsub("[0-9][.][0-9]{3}", "#", lines)
    gsub("(Made.*mean ).*", "\\1#", lines)
  }
  expect_snapshot(print(fit), transform = hide)
  moments <- autoplot(fit)
  built <- ggplot2::ggplot_build(moments)
  expect_equal(nrow(built$layout$layout), 6)
  expect_match(moments$labels$title, "meet")
  history <- autoplot(fit, type = "history")
  expect_s3_class(ggplot2::ggplot_build(history)$plot, "ggplot")
  fit$history$distance <- c(0.5, rep(0.4, nrow(fit$history) - 1))
  expect_equal(scratch_title(fit),
               "The two did not meet: their distance is 0.40, after 0.50")
})

test_that("what cannot be learned from is told", {
  x <- with_seed(1, rnorm(30))
  expect_snapshot(error = TRUE, {
    scratch_gan(letters)
    scratch_gan(matrix(x, 5))
    scratch_gan(replace(x, c(2, 9), c(NA, Inf)))
    scratch_gan(x[1:7])
    scratch_gan(rep(3.5, 40))
    scratch_gan(x, hidden_units = 0)
    scratch_gan(x, steps = 2)
    scratch_gan(x, learn_rate = 0)
    scratch_gan(x, slope_penalty = -1)
    scratch_gan(x, epochs = 3)
    generate(structure(list(), class = "scratch_gan"), 0)
    autoplot(structure(list(), class = "scratch_gan"), type = "film")
  })
})
