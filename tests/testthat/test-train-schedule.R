# Ten steps of a run of 400, 40 an epoch: the first, the last, and odd ones.
steps <- c(0, 1, 7, 39, 40, 119, 120, 233, 398, 399)

rates <- function(schedule, at = steps, total = 400, epoch_steps = 40, ...) {
  schedule_rates(schedule, 0.02, at, total, epoch_steps, ...)
}

test_that("constant stays", {
  expect_equal(rates(deep_schedule("constant")), rep(0.02, 10))
})

test_that("inverse time is its formula", {
  schedule <- deep_schedule("inverse_time", decay = 0.3, decay_steps = 25)
  expect_equal(rates(schedule), 0.02 / (1 + 0.3 * steps / 25))
  expect_equal(rates(deep_schedule("inverse_time")),
               0.02 / (1 + 0.1 * steps / 40))
})

test_that("exponential is its formula", {
  schedule <- deep_schedule("exponential", decay = 0.9, decay_steps = 25)
  expect_equal(rates(schedule), 0.02 * exp(steps / 25 * log(0.9)))
  expect_equal(rates(deep_schedule("exponential")), 0.02 * 0.96^(steps / 40))
})

test_that("cosine is its formula", {
  expect_equal(rates(deep_schedule("cosine")),
               0.01 * (1 + cos(pi * steps / 400)))
  # With 1 + cos(x) = 2 cos(x / 2)^2.
  expect_equal(rates(deep_schedule("cosine", min_rate = 0.003)),
               0.003 + 0.017 * cos(pi * steps / 800)^2)
})

test_that("one cycle is what PyTorch's OneCycleLR does", {
  torch <- function(step, total, rate, rise, div, final_div) {
    anneal <- function(start, end, pct) {
      end + (start - end) / 2 * (cos(pi * pct) + 1)
    }
    first <- rate / div
    end_1 <- rise * total - 1
    if (step <= end_1) {
      return(anneal(first, rate, step / end_1))
    }
    anneal(rate, first / final_div, (step - end_1) / (total - 1 - end_1))
  }
  expect_equal(rates(deep_schedule("one_cycle")),
               vapply(steps, torch, 1, 400, 0.02, 0.3, 25, 1e4))
  schedule <- deep_schedule("one_cycle", rise = 0.17, start_factor = 8,
                            final_factor = 50)
  expect_equal(rates(schedule, total = 431),
               vapply(steps, torch, 1, 431, 0.02, 0.17, 8, 50))
  ends <- rates(deep_schedule("one_cycle"), c(0, 119, 399))
  expect_equal(ends, c(0.02 / 25, 0.02, 0.02 / 25 / 1e4))
})

test_that("plateau is a hand-made loop", {
  losses <- c(5, 4, 4.5, 4, 3.9, 4, 4, 3.95, NA, 3, NaN, Inf, 3, 2.9)
  rate <- 0.02
  best <- Inf
  waited <- 0
  expected <- rate
  for (loss in losses) {
    if (!is.na(loss) && loss < best) {
      best <- loss
      waited <- 0
    } else {
      waited <- waited + 1
      if (waited >= 3) {
        rate <- max(rate * 0.4, 0.0035)
        waited <- 0
      }
    }
    expected <- c(expected, rate)
  }
  expect_equal(unique(expected), c(0.02, 0.008, 0.0035))
  schedule <- deep_schedule("plateau", factor = 0.4, patience = 3,
                            min_rate = 0.0035)
  for (epochs in 0:14) {
    seen <- losses[seq_len(epochs)]
    at <- c(40 * epochs, 40 * epochs + 39)
    expect_equal(rates(schedule, at, 800, losses = seen),
                 rep(expected[[epochs + 1]], 2))
  }
  # A step looks at the epochs before it only, so a run can be replayed.
  every <- 0:599
  expect_equal(rates(schedule, every, 800, losses = losses),
               expected[pmin(every %/% 40, 14) + 1])
})

test_that("plateau cuts again while the loss stands still", {
  schedule <- deep_schedule("plateau", patience = 1)
  expect_equal(rates(schedule, 40 * 0:4, losses = rep(1, 4)),
               0.02 * 0.1^c(0, 0:3))
})

test_that("the warm-up is a line, and the schedule's clock starts after it", {
  others <- list(
    constant = function(s) rep(0.02, length(s)),
    inverse_time = function(s) 0.02 / (1 + 0.1 * s / 40),
    exponential = function(s) 0.02 * 0.96^(s / 40),
    cosine = function(s) 0.01 * (1 + cos(pi * s / 350)),
    plateau = function(s) rep(0.02, length(s))
  )
  for (kind in names(others)) {
    for (warmup in c(50, 0.125)) {
      found <- rates(deep_schedule(kind, warmup = warmup), 0:399)
      expect_equal(found[1:50], 0.02 * 1:50 / 50)
      expect_equal(found[51:400], others[[kind]](0:349))
    }
  }
})

test_that("plateau does not look at epochs that lie in the warm-up", {
  # Low losses at first: nothing later is lower.
  losses <- c(1, 1, 3, 2.5, 2.6, 2.7)
  in_epochs <- function(warmup) {
    schedule <- deep_schedule("plateau", warmup = warmup, patience = 2)
    rates(schedule, 40 * 2:6, losses = losses) / 0.02
  }
  expect_equal(in_epochs(0), 0.1^c(0, 1, 1, 2, 2))
  expect_equal(in_epochs(80), 0.1^c(0, 0, 0, 0, 1))
  # An epoch that the warm-up ends in counts.
  expect_equal(in_epochs(79)[-1], 0.1^c(0, 1, 1, 2))
})

test_that("a share of the run becomes whole steps", {
  expect_equal(warmup_steps(deep_schedule(warmup = 0.1), 300), 30)
  expect_equal(warmup_steps(deep_schedule(warmup = 0.1), 4), 0)
  expect_equal(warmup_steps(deep_schedule(warmup = 7), 4), 7)
  expect_equal(rates(deep_schedule("constant", warmup = 0.1), 0:1, total = 4),
               c(0.02, 0.02))
})

test_that("a run of one step has the full rate", {
  for (kind in schedules) {
    expect_equal(rates(deep_schedule(kind), 0, total = 1, epoch_steps = 1),
                 0.02)
  }
  expect_equal(rates(deep_schedule("constant", warmup = 1), 0, 1, 1), 0.02)
  # Shorter than one step of rise.
  short <- rates(deep_schedule("one_cycle"), 0:1, total = 2, epoch_steps = 2)
  expect_equal(short, c(0.02, 0.02 / 25 / 1e4))
})

test_that("a warm-up longer than the run rises to its end", {
  found <- rates(deep_schedule("cosine", warmup = 1000), c(0, 399, 999, 1000))
  expect_equal(found, c(0.02 / 1000, 0.02 * 0.4, 0.02, 0))
})

test_that("beyond the planned steps a rate stays where it fell to", {
  ends <- c(
    constant = 0.02, inverse_time = 0.02 / (1 + 0.1 * 10),
    exponential = 0.02 * 0.96^10, cosine = 0,
    one_cycle = 0.02 / 25 / 1e4, plateau = 0.02
  )
  for (kind in schedules) {
    expect_equal(rates(deep_schedule(kind), c(400, 401, 5e9)),
                 rep(ends[[kind]], 3))
  }
})

test_that("steps beyond an integer are counted", {
  total <- 1e11
  expect_equal(
    schedule_rates(deep_schedule(), 0.02, c(0.25, 0.5) * total, total, 1e9),
    0.01 * (1 + cos(pi * c(0.25, 0.5)))
  )
  expect_equal(
    schedule_rates(deep_schedule("exponential"), 0.02, 5e10, total, 1e9),
    0.02 * 0.96^50
  )
})

test_that("no steps have no rates, and all rates are positive numbers", {
  for (kind in schedules) {
    expect_length(rates(deep_schedule(kind), numeric()), 0)
    found <- rates(deep_schedule(kind), 0:399, losses = rep(1, 10))
    expect_true(all(found > 0 & found <= 0.02))
  }
})

test_that("the lowest rate is never above a rate that was lowered", {
  for (kind in c("cosine", "plateau")) {
    schedule <- deep_schedule(kind, learn_rate = 0.02, min_rate = 0.01)
    found <- schedule_rates(schedule, 0.005, 0:399, 400, 40, rep(1, 10))
    expect_equal(found, rep(0.005, 400))
  }
})

test_that("a learning rate is a number, nothing or a schedule", {
  expect_equal(as_schedule(0.3), deep_schedule("constant", learn_rate = 0.3))
  expect_equal(as_schedule(NULL), deep_schedule("constant"))
  cosine <- deep_schedule("cosine", 0.01)
  expect_identical(as_schedule(cosine), cosine)
  control <- function(learn_rate) as_schedule(learn_rate)
  expect_snapshot(error = TRUE, {
    control(0)
    control(NA_real_)
    control(c(0.1, 0.2))
    control("cosine")
    control(Inf)
  })
  expect_error(control(list()), class = "deeply_error_argument")
})

test_that("a rate is filled in where there is none", {
  expect_equal(fill_schedule(deep_schedule(), 0.003)$learn_rate, 0.003)
  expect_equal(fill_schedule(deep_schedule("cosine", 0.5), 0.003)$learn_rate,
               0.5)
  fit <- function(schedule) fill_schedule(schedule, 0.003)
  expect_snapshot(error = TRUE, fit(deep_schedule(min_rate = 0.004)))
})

test_that("deep_schedule() prints all that is done", {
  expect_snapshot(for (kind in schedules) print(deep_schedule(kind)))
  expect_snapshot(deep_schedule("cosine", learn_rate = 0.04, warmup = 0.125,
                                min_rate = 2e-5))
  expect_snapshot(deep_schedule("exponential", warmup = 1500, decay = 0.8,
                                decay_steps = 3000))
  expect_snapshot(deep_schedule("constant", warmup = 1))
})

test_that("deep_schedule() names the argument that is wrong", {
  expect_snapshot(error = TRUE, {
    deep_schedule("linear")
    deep_schedule(learn_rate = 0)
    deep_schedule(warmup = -1)
    deep_schedule(warmup = 1.5)
    deep_schedule(warmup = Inf)
    deep_schedule("inverse_time", decay = 0)
    deep_schedule("exponential", decay = 1)
    deep_schedule("exponential", decay_steps = 0.5)
    deep_schedule("cosine", min_rate = -0.1)
    deep_schedule("one_cycle", rise = 1)
    deep_schedule("one_cycle", start_factor = 0.9)
    deep_schedule("one_cycle", final_factor = NA)
    deep_schedule("plateau", factor = 1.1)
    deep_schedule("plateau", patience = 0)
    deep_schedule("plateau", learn_rate = 0.01, min_rate = 0.02)
  })
  expect_error(deep_schedule(learn_rate = "high"),
               class = "deeply_error_argument")
})

test_that("an argument of another schedule is refused", {
  expect_snapshot(error = TRUE, {
    deep_schedule("cosine", decay = 0.9)
    deep_schedule("constant", decay_steps = 10)
    deep_schedule("exponential", min_rate = 1e-5)
    deep_schedule("plateau", rise = 0.2)
    deep_schedule("cosine", start_factor = 10)
    deep_schedule("cosine", final_factor = 20)
    deep_schedule("one_cycle", factor = 0.5)
    deep_schedule("inverse_time", patience = 3)
    deep_schedule("one_cycle", warmup = 100)
  })
})

test_that("a plot says what the rate does", {
  titles <- function(plot) {
    cat(plot$labels$title, plot$labels$subtitle,
        paste(plot$labels$x, "|", plot$labels$y), "", sep = "\n")
  }
  for (kind in schedules) {
    expect_s3_class(autoplot(deep_schedule(kind)), "ggplot")
  }
  expect_snapshot({
    for (kind in schedules) titles(autoplot(deep_schedule(kind)))
    titles(autoplot(deep_schedule("cosine", warmup = 0.05), epochs = 30,
                    epoch_steps = 210, learn_rate = 0.003))
    titles(autoplot(deep_schedule("constant", 0.25, warmup = 150)))
    titles(autoplot(deep_schedule("plateau"), epochs = 8))
    titles(autoplot(deep_schedule("one_cycle"), 1, 12345))
    titles(autoplot(deep_schedule("exponential"), 1, 1))
    titles(autoplot(deep_schedule("cosine", warmup = 500), 2, 30))
  })
})

test_that("a plot draws the rates of the run", {
  plot <- autoplot(deep_schedule("cosine", 0.04), epochs = 5, epoch_steps = 8)
  expect_equal(plot$data$time, 0:39 / 8)
  expect_equal(plot$data$rate, 0.02 * (1 + cos(pi * 0:39 / 40)))
  plot <- autoplot(deep_schedule("plateau", factor = 0.5), learn_rate = 0.8,
                   epochs = 60, epoch_steps = 10)
  # Still from epoch 18 of 60 on, so cut after 28, 38, 48 and 58.
  expect_equal(unique(plot$data$rate), 0.8 * 0.5^(0:4))
  expect_equal(plot$data$time[match(unique(plot$data$rate), plot$data$rate)],
               c(0, 28, 38, 48, 58))
})

test_that("a plot of a long run is thinned, one of a step is drawn", {
  plot <- autoplot(deep_schedule("one_cycle"), 1e5, 1e5)
  expect_equal(nrow(plot$data), 2000)
  expect_equal(range(plot$data$time), c(0, 1e5 - 1e-5))
  expect_silent(ggplot2::ggplot_build(autoplot(deep_schedule(), 1, 1)))
  expect_snapshot(error = TRUE, {
    autoplot(deep_schedule(), epochs = 0)
    autoplot(deep_schedule(), epoch_steps = 2.5)
    autoplot(deep_schedule(), learn_rate = -0.1)
    autoplot(deep_schedule(min_rate = 0.05), learn_rate = 0.01)
  })
})
