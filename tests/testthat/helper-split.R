# A table of patients: rows in no order of time, groups of unequal size, a rare
# class and a class of one row.
patients <- function(n = 211) {
  with_seed(31, data.frame(
    patient = sample(c("ada", "bob", "cyd", "dan", "eve", "fay", "gus"), n,
                     replace = TRUE, prob = 7:1),
    ill = c("once", sample(c("no", "yes"), n - 1, replace = TRUE,
                           prob = c(0.93, 0.07))),
    dose = round(stats::rexp(n), 3),
    stage = factor(sample(c("I", "II", NA), n, replace = TRUE))
  ))
}

# A series of `n` days and, from some sensors, a row each.
readings <- function(n = 60, sensors = 1, by = "day") {
  days <- seq(as.Date("2021-03-01"), by = by, length.out = n)
  data.frame(
    day = rep(days, each = sensors),
    sensor = rep(paste0("s", seq_len(sensors)), n),
    value = with_seed(4, stats::rnorm(n * sensors))
  )
}

expect_partition <- function(rows, n) {
  testthat::expect_identical(sort(unlist(rows, use.names = FALSE)),
                             seq_len(n))
}
