test_that("a miss moves an interval out and a hit in, each series by itself", {
  levels <- c(0.05, 0.25, 0.75, 0.95)
  found <- list(reach = matrix(c(1, 2, 3, 4), 2),
                spread = matrix(c(10, 20, 30, 40), 2))
  # Two steps ahead for each of the levels .9 and .5.
  scores <- rbind(c(1.1, NA, 2.9, 3.9), c(0, 0, 0, 0), c(5, 5, 5, 5))
  after <- track_reach(scores, c(1, 1, 2), found, levels)
  start <- c(1, 2, 3, 4)
  spread <- c(10, 20, 30, 40)
  share <- c(0.1, 0.1, 0.5, 0.5)
  first <- start + 0.05 * spread * (c(1, NA, 0, 0) - share)
  first[[2]] <- 2
  expect_equal(after[1, ], first)
  spread <- 0.95 * spread + 0.05 * abs(scores[1, ] - start)
  spread[[2]] <- 20
  expect_equal(after[2, ], first - 0.05 * spread * share)
  expect_equal(after[3, ], start + 0.05 * c(10, 20, 30, 40) * (1 - share))
})

test_that("a reach is that of windows whose value was known at the origin", {
  panel <- list(key = rep(1:2, each = 10))
  later <- c(5L, 6L, 8L, 15L)
  after <- matrix(c(50, 60, 80, 150), 4)
  reach <- function(last, ahead) {
    drop(reach_known(after, 7, later, last, ahead, panel))
  }
  expect_equal(reach(c(5L, 6L, 7L, 9L), 1), c(7, 50, 60, 80))
  expect_equal(reach(9L, 3), 60)
  # The other series teaches nothing.
  expect_equal(reach(c(12L, 16L), 1), c(7, 150))
})

# Calm at first, then four times as wild.
turning <- function(n = 1200, from = 500) {
  with_seed(2, data.frame(
    time = as.POSIXct("2024-03-01", tz = "UTC") + 3600 * (seq_len(n) - 1),
    load = 20 + rnorm(n) * ifelse(seq_len(n) > from, 4, 1)
  ))
}

test_that("intervals follow a series that grows wilder", {
  skip_if_no_backend()
  data <- turning()
  fit <- fit_series(data[1:500, ], cell = "linear", lookback = 4, epochs = 1)
  found <- predict(fit, data, type = "interval", ahead = 2)
  covers <- data$load >= found$.pred_lower & data$load <= found$.pred_upper
  expect_equal(mean(covers[701:1200]), 0.9, tolerance = 0.03)
  # As wide as at the end of the fit they would miss most.
  half <- (found$.pred_upper - found$.pred_lower)[[501]] / 2
  expect_lt(mean(abs(data$load - found$.pred)[701:1200] <= half), 0.5)
})

test_that("all ways of forecasting from an origin give the same interval", {
  skip_if_no_backend()
  data <- turning(560)
  fit <- fit_series(data[1:500, ], cell = "linear", lookback = 4, epochs = 1)
  ahead <- forecast(fit, new_data = data[1:550, ])
  for (step in 1:3) {
    own <- predict(fit, data, type = "interval", ahead = step)[550 + step, ]
    expect_equal(own$.pred_upper, ahead$.pred_upper[[step]], tolerance = 1e-6)
  }
  # What is not known at the origin changes nothing.
  data$load[551:560] <- 500
  noise <- predict(fit, data, type = "interval", ahead = 3)[553, ]
  expect_equal(noise$.pred_lower, ahead$.pred_lower[[3]], tolerance = 1e-6)
  before <- forecast(fit)
  start <- predict(fit, data, type = "interval", ahead = 1)[501, ]
  expect_equal(start$.pred_upper, before$.pred_upper[[1]], tolerance = 1e-6)
})
