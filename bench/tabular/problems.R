# Tables to compare on: functions of a seed that give a `formula`, and `train`
# and `test` as data.tables. What the seed draws stands in `problems`, below.

# Real tables ----------------------------------------------------------------

adult <- function(seed) {
  c(list(formula = income ~ .), deep_data("adult")[c("train", "test")])
}

wisconsin <- function(seed) {
  drawn(class ~ . - id, deep_data("wisconsin")$data, seed)
}

wdbc <- function(seed) {
  drawn(y ~ ., from_sklearn("load_breast_cancer", classes = TRUE), seed)
}

pima <- function(seed) {
  drawn(diabetes ~ ., from_mlbench("PimaIndiansDiabetes2"), seed)
}

penguins <- function(seed) {
  data <- deep_data("penguins")$data
  drawn(species ~ ., data, seed)
}

flowers <- function(seed) {
  drawn(Species ~ ., as.data.table(datasets::iris), seed)
}

wine <- function(seed) {
  drawn(y ~ ., from_sklearn("load_wine", classes = TRUE), seed)
}

digits <- function(seed) {
  drawn(y ~ ., from_sklearn("load_digits", classes = TRUE), seed)
}

vehicle <- function(seed) {
  drawn(Class ~ ., from_mlbench("Vehicle"), seed)
}

satellite <- function(seed) {
  drawn(classes ~ ., from_mlbench("Satellite"), seed)
}

diabetes <- function(seed) {
  drawn(y ~ ., from_sklearn("load_diabetes", scaled = FALSE), seed)
}

diamonds <- function(seed) {
  drawn(price ~ ., as.data.table(ggplot2::diamonds), seed)
}

# Nitrogen dioxide four hours ahead, from the last day, the values one day and
# one week before the target, and its hour and weekday. The file has each hour
# four times. Test rows are the last fifth; the targets of training rows lie
# before it. `time` is no predictor, but tells that neighbours are alike.
london <- function(seed, ahead = 4) {
  air <- deep_data("london_no2")$data
  time <- as.POSIXct(air$ReadingDateTime, "UTC", format = "%d/%m/%Y %H:%M")
  hourly <- minute(time) == 0
  time <- time[hourly]
  no2 <- air$Value[hourly]
  target <- time + 3600 * ahead
  lags <- shift(no2, 0:23)
  names(lags) <- paste0("lag_", 0:23)
  table <- data.table(
    time = time, y = shift(no2, -ahead), day_before = shift(no2, 24 - ahead),
    week_before = shift(no2, 168 - ahead), hour = factor(hour(target)),
    weekday = factor(wday(target)), as.data.table(lags)
  )
  tenth <- ceiling(10 * seq_along(time) / length(time))
  tested <- 5 + (seed - 1) %% 5 + 1
  before <- shift(tenth, -ahead) < tested
  list(formula = y ~ . - time, train = na.omit(table[which(before)]),
       test = na.omit(table[tenth == tested]))
}

# Simulated ones ---------------------------------------------------------------

# No column says anything alone: a tree's first cut gains next to nothing, yet
# enough cuts find what there is. R squared can be .98 at most.
products <- function(seed, n = 10000) {
  simulated(y ~ ., n, 10, seed, function(x) {
    mean <- sin(2 * x[, 1] * x[, 2]) + x[, 3] * x[, 4] / 2 +
      sin(x[, 5] * (x[, 6] + x[, 7]))
    mean + rnorm(n, sd = 0.14)
  })
}

# A smooth rule along directions that are no column: a tree needs a staircase.
rotated <- function(seed, n = 10000) {
  simulated(y ~ ., n, 10, seed, function(x) {
    u <- x %*% qr.Q(qr(matrix(rnorm(100), 10)))
    score <- 2 * sin(2 * u[, 1]) + 2 * u[, 2] * u[, 3] + u[, 4]
    factor(ifelse(runif(n) < plogis(3 * score), "yes", "no"))
  })
}

# What they share --------------------------------------------------------------

# Three quarters of the rows to train on, within classes or fifths of a number.
drawn <- function(formula, data, seed) {
  split <- deep_split(data, 0.75, strata = all.vars(formula)[[1]], seed = seed)
  list(formula = formula, train = split$train, test = split$test)
}

simulated <- function(formula, n, columns, seed, outcome) {
  set.seed(seed)
  x <- matrix(rnorm(n * columns), n)
  data <- data.table(y = outcome(x), x)
  train <- seq_len(0.75 * n)
  list(formula = formula, train = data[train], test = data[-train])
}

from_sklearn <- function(loader, ..., classes = FALSE) {
  bunch <- reticulate::import("sklearn.datasets")[[loader]](...)
  data <- as.data.table(bunch$data)
  setnames(data, make.names(unlist(bunch$feature_names)))
  y <- as.vector(bunch$target)
  data[, y := if (classes) factor(y) else y][]
}

from_mlbench <- function(name) {
  box <- new.env()
  utils::data(list = name, package = "mlbench", envir = box)
  as.data.table(box[[name]])
}

# What a seed draws: the "split" of the rows; the "period" to test on; the
# "model" alone, where the source splits them; or the "table", so that no row is
# met twice.
problems <- list(
  adult = list(make = adult, seed_draws = "model"),
  wisconsin = list(make = wisconsin, seed_draws = "split"),
  wdbc = list(make = wdbc, seed_draws = "split"),
  pima = list(make = pima, seed_draws = "split"),
  penguins = list(make = penguins, seed_draws = "split"),
  iris = list(make = flowers, seed_draws = "split"),
  wine = list(make = wine, seed_draws = "split"),
  digits = list(make = digits, seed_draws = "split"),
  vehicle = list(make = vehicle, seed_draws = "split"),
  satellite = list(make = satellite, seed_draws = "split"),
  diabetes = list(make = diabetes, seed_draws = "split"),
  diamonds = list(make = diamonds, seed_draws = "split"),
  london = list(make = london, seed_draws = "period"),
  products = list(make = products, seed_draws = "table"),
  rotated = list(make = rotated, seed_draws = "table")
)
