# Prices of four indices and nineteen stocks: is there anything to forecast?
#
#   Rscript bench/forecast/stocks.R [horizon=5]
#
# Each series by itself: the last fifth of the days is forecast from all before,
# fitted once. Skill is the share of the naive forecast's squared error that the
# fit saves (Diebold & Mariano), all steps ahead together, with its 95 % interval.

library(deeply)
library(data.table)

arguments <- strsplit(commandArgs(TRUE), "=", fixed = TRUE)
given <- stats::setNames(lapply(arguments, function(x) as.integer(x[[2]])),
                         vapply(arguments, `[[`, "", 1))
horizon <- if (is.null(given$horizon)) 5L else given$horizon

judge <- function(name, value) {
  n <- length(value)
  day <- data.frame(day = seq_len(n), price = value)
  fit <- deep_forecaster(
    day[seq_len(floor(0.8 * n)), ], "price", index = "day", horizon = horizon,
    lookback = 10, transform = "log_diff", baseline = FALSE,
    control = deep_control(seed = 1, verbose = FALSE)
  )
  judged <- evaluate(fit, day, by = "skill")
  skill <- judged[judged$model == "naive" & judged$ahead == 0, ]
  data.table(series = name, days = n, skill = skill$skill,
             lower = skill$lower, upper = skill$upper)
}

indices <- as.data.frame(datasets::EuStockMarkets)
stocks <- deep_data("stocks")
series <- c(
  as.list(indices),
  split(stocks$data$price, stocks$data$symbol)
)
found <- rbindlist(lapply(names(series), function(name) {
  price <- series[[name]]
  judge(name, price[!is.na(price)])
}))
print(found[order(-skill)], digits = 2)
cat("Better than naive, as far as these days can tell:",
    sum(found$lower > 0), "of", nrow(found), "\n")
cat("Worse:", sum(found$upper < 0), "\n")
