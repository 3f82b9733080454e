test_that("a split has the face of a data set, and says how it was made", {
  data <- patients()
  split <- deep_split(data, seed = 12)
  expect_named(split, c("train", "test", "rows", "how"))
  expect_identical(split$test,
                   data.table::as.data.table(data[split$rows$test, ]))
  expect_false(is.unsorted(split$rows$train))
  three <- deep_split(data.table::as.data.table(data), c(0.7, 0.1), seed = 12)
  expect_named(three, c("train", "validation", "test", "rows", "how"))
  expect_identical(lengths(three$rows),
                   c(train = 148L, validation = 21L, test = 42L))
  expect_identical(three$validation,
                   data.table::as.data.table(data[three$rows$validation, ]))
})

test_that("every split prints", {
  data <- patients()
  days <- readings(40, sensors = 2)
  expect_snapshot({
    deep_split(data, 0.8, seed = 5)
    deep_split(data, c(0.7, 0.15), strata = "ill", seed = 6)
    deep_split(data, c(0.6, 0.25, 0.15), strata = "dose", seed = 7)
    deep_split(data, 0.75, group = "patient", seed = 8)
    deep_split(days, c(0.7, 0.1), time = "day")
    deep_split(days, 0.8, force = TRUE, seed = 9)
    deep_split(datasets::airmiles, 0.8, time = "time")
  })
})

test_that("parts are disjoint, cover all rows and have their shares", {
  data <- patients()
  time <- transform(data, day = as.Date("2020-01-01") + 211:1)
  for (prop in list(0.8, 0.7, c(0.6, 0.2), c(0.98, 0.01), c(0.5, 0.3, 0.2))) {
    splits <- list(
      deep_split(data, prop, seed = 3),
      deep_split(data, prop, strata = "ill", seed = 3),
      deep_split(data, prop, strata = "dose", seed = 3),
      deep_split(time, prop, time = "day")
    )
    for (split in splits) {
      expect_partition(split$rows, nrow(data))
      expect_equal(sum(split$how$prop), 1)
      miss <- lengths(split$rows) - nrow(data) * split$how$prop
      expect_lte(max(abs(miss)), 1 + 1e-9)
    }
    split <- deep_split(data, prop, group = "patient", seed = 3)
    expect_partition(split$rows, nrow(data))
    expect_true(all(lengths(split$rows) > 0))
  }
})

test_that("each class, or fifth of a number, has its share to within a row", {
  data <- patients()
  fifth <- findInterval(data$dose, quantile(data$dose, 1:4 / 5),
                        left.open = TRUE)
  data$missing <- ifelse(fifth == 2, NA, data$dose)
  classes <- list(ill = data$ill, stage = addNA(data$stage), dose = fifth,
                  missing = ifelse(is.na(data$missing), 1, NA))
  for (column in names(classes)) {
    for (seed in 1:5) {
      split <- deep_split(data, c(0.62, 0.21), strata = column, seed = seed)
      class <- factor(classes[[column]], exclude = if (column != "stage") NA)
      sizes <- table(class)
      for (part in names(split$rows)) {
        found <- table(class[split$rows[[part]]])
        expect_lt(max(abs(c(found) - c(sizes) * split$how$prop[[part]])), 1)
      }
      once <- which(data$ill == "once")
      if (column == "ill") expect_true(once %in% split$rows$train)
    }
  }
})

test_that("a small number of values is a set of classes", {
  data <- data.frame(count = rep(c(0, 1, 7), c(50, 40, 10)))
  split <- deep_split(data, 0.7, strata = "count", seed = 1)
  expect_equal(c(table(split$train$count)), c("0" = 35, "1" = 28, "7" = 7))
})

test_that("groups stay whole, and sizes come near the shares", {
  data <- data.frame(id = rep(1:40, times = rep(c(1, 3, 5, 11), 10)))
  for (seed in 1:5) {
    split <- deep_split(data, c(0.6, 0.2), group = "id", seed = seed)
    ids <- lapply(split[c("train", "validation", "test")], function(part) {
      unique(part$id)
    })
    expect_partition(ids, 40)
    expect_lt(max(abs(lengths(split$rows) / 200 - split$how$prop)), 0.03)
  }
  two <- data.frame(id = rep(c("a", "b"), c(5, 95)))
  expect_setequal(lengths(deep_split(two, group = "id", seed = 1)$rows),
                  c(5, 95))
})

test_that("in time, training ends before the test begins, ties together", {
  data <- readings(31, sensors = 3)
  data <- data[with_seed(2, sample(nrow(data))), ]
  split <- deep_split(data, c(0.7, 0.15), time = "day")
  expect_partition(split$rows, 93)
  expect_lt(max(split$train$day), min(split$validation$day))
  expect_lt(max(split$validation$day), min(split$test$day))
  expect_false(is.unsorted(split$train$day))
  expect_identical(split$test$value, data$value[split$rows$test])
  spans <- split$how$spans
  expect_identical(spans$part, c("train", "validation", "test"))
  expect_identical(spans$from[[3]], min(split$test$day))
  expect_identical(spans$to[[1]], max(split$train$day))
  # One time has most of the rows: it is not torn apart.
  lumpy <- data.frame(t = c(1, rep(2, 50), 3, 4, 4))
  expect_identical(lengths(deep_split(lumpy, 0.5, time = "t")$rows),
                   c(train = 51L, test = 3L))
})

test_that("times may be dates, times, numbers or text, falling too", {
  data <- readings(24)
  wanted <- deep_split(data, 0.75, time = "day")$rows
  data$clock <- as.POSIXct(data$day, tz = "UTC") + 60
  data$text <- format(data$day, "%d/%m/%Y 07:45")
  data$factor <- factor(data$text)
  data$year <- 1990 + seq_len(24)
  for (column in c("clock", "text", "factor", "year")) {
    expect_identical(deep_split(data, 0.75, time = column)$rows, wanted)
  }
  falling <- deep_split(data[24:1, ], 0.75, time = "day")
  expect_identical(falling$train$day, data$day[1:18])
  expect_identical(falling$rows$test, 6:1)
})

test_that("text that may be day or month first is read, with a warning", {
  data <- data.frame(day = c("09/02/2018", "04/03/2018", "05/12/2018"))
  expect_snapshot(split <- deep_split(data, 0.7, time = "day"))
  expect_identical(split$test$day, "05/12/2018")
})

test_that("the same seed gives the same split and leaves R's generator", {
  data <- patients()
  set.seed(77)
  before <- .Random.seed
  one <- deep_split(data, seed = 4)
  time <- deep_split(readings(), time = "day")
  expect_identical(.Random.seed, before)
  expect_identical(deep_split(data, seed = 4), one)
  expect_false(identical(deep_split(data, seed = 5)$rows, one$rows))
  drawn <- deep_split(data)
  set.seed(77)
  again <- deep_split(data)
  expect_identical(again, drawn)
  expect_identical(deep_split(data, seed = again$how$seed)$rows, drawn$rows)
  expect_null(time$how$seed)
})

test_that("a table that runs in time is not shuffled, and is told why", {
  days <- readings()
  mixed <- days[with_seed(3, sample(60)), ]
  panel <- readings(60, 2)[order(rep(1:2, 60)), ]
  text <- transform(days, day = format(day, "%d/%m/%Y"))
  expect_snapshot(error = TRUE, {
    deep_split(days)
    deep_split(mixed, 0.7)
    deep_split(panel, group = "sensor")
    deep_split(text, strata = "sensor")
    deep_split(AirPassengers)
  })
  for (data in list(days, mixed, panel, text, AirPassengers)) {
    expect_error(deep_split(data), class = "deeply_error_time_order")
    forced <- deep_split(data, force = TRUE, seed = 1)
    expect_true(forced$how$forced %in% c("day", "time"))
  }
  expect_no_error(deep_split(patients()))
})

test_that("the air of London is split in time only", {
  path <- file.path(real_data_dir(), "london_no2",
                    "LondonAir_TH_MER_NO2.csv.gz")
  skip_if_not(file.exists(path), "london_no2 is not there")
  air <- utils::read.csv(path)
  expect_error(deep_split(air), "ReadingDateTime",
               class = "deeply_error_time_order")
  split <- deep_split(air, time = "ReadingDateTime")
  expect_identical(lengths(split$rows), c(train = 28032L, test = 7008L))
  expect_identical(split$test$ReadingDateTime[[1]], "20/10/2018 00:00")
})

test_that("a ts and a matrix become tables", {
  split <- deep_split(AirPassengers, 0.8, time = "time")
  expect_equal(split$test$value, as.numeric(AirPassengers)[116:144])
  expect_equal(split$test$time[[1]], 1949 + 115 / 12)
  prices <- deep_split(datasets::EuStockMarkets, 0.9, time = "time")
  expect_named(prices$train, c("time", "DAX", "SMI", "CAC", "FTSE"))
  matrix <- deep_split(as.matrix(iris[1:4]), seed = 1)
  expect_named(matrix$train, names(iris)[1:4])
})

test_that("bad arguments are named", {
  data <- patients()
  expect_snapshot(error = TRUE, {
    deep_split(data, 0)
    deep_split(data, 1)
    deep_split(data, 70)
    deep_split(data, c(0.8, 0.2))
    deep_split(data, c(0.8, 0.3))
    deep_split(data, c(0.5, 0.3, 0.3))
    deep_split(data, "most")
    deep_split(data, NULL)
    deep_split(data, 0.8, "ill")
    deep_split(data, strata = "illness")
    deep_split(data, time = "when")
    deep_split(data, group = c("patient", "stage"))
    deep_split(data, group = "patient", strata = "ill")
    deep_split(data, seed = -1)
    deep_split(data, force = NA)
    deep_split("data")
    deep_split(data[0, ])
    deep_split(data[1, ])
    deep_split(data[2, ], c(0.4, 0.3))
  })
})

test_that("a column that cannot be split by is named", {
  data <- patients(20)
  data$one <- "same"
  data$two <- rep(c("x", "y"), 10)
  data$day <- as.Date("2021-05-01")
  data$none <- as.Date(NA)
  data$blank <- NA_character_
  data$some <- c(as.Date("2021-05-01") + (1:18)^2 %% 97, NA, NA)
  data$typo <- c(format(data$some[1:18]), "2021-02-30", "soon")
  data$lists <- as.list(1:20)
  data$hole <- replace(data$patient, c(4, 9), NA)
  data$id <- as.character(1:20)
  expect_snapshot(error = TRUE, {
    deep_split(data, group = "one")
    deep_split(data, c(0.6, 0.2), group = "two")
    deep_split(data, group = "hole")
    deep_split(data, group = "lists")
    deep_split(data, strata = "id")
    deep_split(data, time = "day")
    deep_split(data, time = "none")
    deep_split(data, time = "blank")
    deep_split(data, time = "some")
    deep_split(data, time = "typo")
    deep_split(data, time = "patient")
    deep_split(data, time = "lists")
  })
})
