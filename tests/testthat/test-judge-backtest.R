test_that("a backtest forecasts from each origin by what was known there", {
  skip_if_no_backend()
  data <- hourly(360)
  fit <- stored_forecaster()
  found <- backtest(fit, data, folds = 3, step = 15)
  expect_s3_class(found, "deep_backtest")
  expect_equal(unique(found$folds$from), data$time[c(315, 330, 345)])
  expect_equal(unique(found$folds$to), data$time[c(329, 344, 359)])
  expect_equal(found$n, 45)
  # The rows that predict() forecasts, and base R's metrics of them.
  for (ahead in c(1, 3)) {
    own <- predict(fit, data, ahead = ahead)$.pred
    rows <- (315:359 + ahead)[315:359 + ahead <= 360]
    step <- as.data.frame(found$by_step)
    step <- step[step$ahead == ahead, ]
    expect_equal(step$rmse[[1]], sqrt(mean((own - data$load)[rows]^2)),
                 tolerance = 1e-5)
    naive <- data$load[rows - ahead]
    expect_equal(step$rmse[[2]], sqrt(mean((naive - data$load[rows])^2)))
    expect_equal(step$mae[[2]], mean(abs(naive - data$load[rows])))
    season <- data$load[rows - 24]
    expect_equal(step$rmse[[3]], sqrt(mean((season - data$load[rows])^2)))
  }
  expect_snapshot(print(found), transform = hide_forecast)
})

test_that("noise after an origin changes nothing that is forecast there", {
  skip_if_no_backend()
  data <- hourly(200)
  fit <- fit_series(data[1:150, ], epochs = 1)
  # The two folds begin at hours 180 and 190; noise comes behind the first.
  noise <- data
  noise$load[181:200] <- 500
  at_origins <- function(data) {
    table <- as_history(data, fit$prep)
    laid <- lay_history(table, fit$prep, fit)
    origins <- fold_origins(laid, 2, 10)
    fits <- refit_folds(fit, table, laid, origins, TRUE, "expanding")
    lapply(1:2, function(k) {
      found <- fold_cases(fits[[k]], table, origins[[k]], "linear")
      c(lapply(found$predicted, function(x) x[1, ]),
        list(quantiles = found$outputs[1, , ]))
    })
  }
  known <- at_origins(data)
  spoiled <- at_origins(noise)
  expect_equal(spoiled[[1]], known[[1]])
  expect_true("linear AR" %in% names(known[[1]]))
  expect_gt(max(abs(spoiled[[2]][[1]] - known[[2]][[1]])), 1)
})

test_that("a fold is fitted anew on all rows before it, or as many", {
  skip_if_no_backend()
  data <- hourly(160)
  fit <- fit_series(data[1:120, ], cell = "linear", epochs = 1)
  expanding <- backtest(fit, data, folds = 2, step = 12, refit = TRUE,
                        baseline = "linear")
  rolling <- backtest(fit, data, folds = 2, step = 12, refit = TRUE,
                      window = "rolling", baseline = "linear")
  models <- c("deep_forecaster", "linear AR")
  expect_true(all(models %in% expanding$metrics$model))
  rmse <- function(x, fold) x$folds$rmse[x$folds$fold == fold][[1]]
  expect_equal(rmse(expanding, 1), rmse(rolling, 1), tolerance = 1e-4)
  expect_false(isTRUE(all.equal(rmse(expanding, 2), rmse(rolling, 2))))
})

test_that("what cannot be backtested is told", {
  skip_if_no_backend()
  fit <- stored_forecaster()
  data <- hourly(360)
  expect_snapshot(error = TRUE, {
    backtest(fit, hourly(), folds = 2)
    backtest(fit, data, folds = 40, step = 10)
    backtest(1, data)
  })
})
