series <- function(n = 60, by = "day") {
  data.frame(
    value = with_seed(4, rnorm(n)),
    at = seq(as.Date("2021-03-01"), by = by, length.out = n)
  )
}

shuffled <- function(data, seed = 7) {
  data[with_seed(seed, sample(nrow(data))), , drop = FALSE]
}

test_that("a sorted column of dates is the index, up or down", {
  data <- series()
  expect_identical(find_time(data),
                   list(name = "at", values = as.numeric(data$at),
                        class = "Date", order = "sorted"))
  expect_identical(find_time(data[60:1, ])$order, "sorted")
  data$at <- as.POSIXct(data$at, tz = "Europe/London")
  expect_identical(find_time(data)$class, "POSIXct")
  data$at[c(3, 50)] <- NA
  expect_identical(find_time(data)$order, "sorted")
  data$at <- format(data$at)
  expect_identical(find_time(data)$class, "Date")
})

test_that("a series in shuffled order is found by its even steps", {
  for (by in c("day", "week", "month", "quarter", "year")) {
    expect_identical(find_time(shuffled(series(by = by)))$order, "regular")
  }
  trade <- series(400)
  trade <- trade[!format(trade$at, "%u") %in% c("6", "7"), ]
  expect_identical(find_time(shuffled(trade))$order, "regular")
  panel <- rbind(series(), series(), series())
  expect_identical(find_time(shuffled(panel))$order, "regular")
})

test_that("one sensor after another is sorted within blocks", {
  panel <- rbind(cbind(series(30), sensor = "b"),
                 cbind(series(41), sensor = "a"))
  found <- find_time(panel)
  expect_identical(found$order, "blocks")
  expect_identical(found$key, "sensor")
  panel$sensor <- as.integer(factor(panel$sensor))
  expect_identical(find_time(panel)$key, "sensor")
  expect_identical(find_time(panel[71:1, ])$key, "sensor")
})

test_that("dates that are attributes are no index", {
  birth <- function(n) {
    days <- with_seed(n, sample(10957, n, replace = TRUE))
    data.frame(born = as.Date("1961-05-04") + days, x = seq_len(n))
  }
  for (n in c(9, 40, 400, 4000, 12000, 20000, 60000)) {
    expect_null(find_time(birth(n)))
    expect_null(find_time(transform(birth(n), born = format(born, "%d/%m/%Y"))))
  }
  # All alike, too few to tell, or none at all.
  expect_null(find_time(data.frame(at = rep(as.Date("2020-05-17"), 50))))
  expect_null(find_time(series(7)))
  expect_null(find_time(data.frame(at = as.Date(rep(NA, 50)))))
  expect_null(find_time(data.frame(at = rep(NA_character_, 50))))
  expect_null(find_time(iris))
  expect_null(find_time(as.matrix(mtcars)))
})

test_that("text counts when it can be read, but for a stray value", {
  data <- series()
  data$at <- format(data$at, "%d/%m/%Y 06:30")
  expect_identical(find_time(data)$class, "POSIXct")
  expect_identical(find_time(data)$values[[2]],
                   as.numeric(as.POSIXct("2021-03-02 06:30", tz = "UTC")))
  data$at[[30]] <- "n/a"
  expect_identical(find_time(data)$order, "sorted")
  data$at[1:10] <- "n/a"
  expect_null(find_time(data))
  data <- series()
  expect_identical(find_time(transform(data, at = factor(at)))$name, "at")
})

test_that("a ts is its own index", {
  found <- find_time(AirPassengers)
  expect_identical(found$name, "time")
  expect_equal(found$values, 1949 + 0:143 / 12)
  column <- data.frame(sold = AirPassengers)
  expect_identical(find_time(column)$class, "ts")
  expect_identical(find_time(column)$order, "series")
  expect_identical(find_time(column)$name, "sold")
})

test_that("the air of London runs in time", {
  path <- file.path(real_data_dir(), "london_no2",
                    "LondonAir_TH_MER_NO2.csv.gz")
  skip_if_not(file.exists(path), "london_no2 is not there")
  air <- utils::read.csv(path)
  found <- find_time(air)
  expect_identical(found$name, "ReadingDateTime")
  expect_identical(found$order, "sorted")
  expect_equal(unique(diff(found$values)), 900)
  expect_identical(find_time(shuffled(air))$order, "regular")
})

test_that("times of a ts are written as a person writes them", {
  expect_equal(show_times(c(1958 + 11 / 12, 1961, 1960.0833), 12),
               c("1958 Dec", "1961 Jan", "1960 Feb"))
  expect_equal(show_times(1961.25, 4), "1961 Q2")
  expect_equal(show_times(c(1871, 1970), 1), c("1871", "1970"))
  expect_equal(show_times(1998 + 168 / 260, 260), "1998 (169 of 260)")
  # In all the months of a century.
  months <- stats::ts(seq_len(1200), start = c(1901, 1), frequency = 12)
  expect_equal(show_times(as.numeric(stats::time(months)), 12),
               paste(rep(1901:2000, each = 12), month.abb))
})
