utc <- function(text) as.POSIXct(text, tz = "UTC")

test_that("dates are read in every usual order, whatever stands between", {
  days <- as.Date(c("2018-03-31", "2019-12-01", "2020-02-29"))
  formats <- c(ymd = "%Y-%m-%d", ymd = "%Y/%m/%d", dmy = "%d/%m/%Y",
               dmy = "%d.%m.%Y", mdy = "%m/%d/%Y", mdy = "%m-%d-%Y")
  for (i in seq_along(formats)) {
    read <- parse_times(format(days, formats[[i]]))
    expect_identical(read$values, days)
    expect_identical(read$order, names(formats)[[i]])
    expect_identical(read$share, 1)
    expect_false(read$ambiguous)
  }
  months <- parse_times(c("2018-03", "2018-11"))
  expect_identical(months$values, as.Date(c("2018-03-01", "2018-11-01")))
  expect_identical(months$format, "yyyy-mm")
})

test_that("times of day are read as base R reads them", {
  texts <- c("2018-03-31 07:05", "2018-03-31 23:59:58", "2018-04-01 00:00:01")
  expect_equal(parse_times(texts)$values,
               as.POSIXct(texts, tz = "UTC", tryFormats = "%Y-%m-%d %H:%M") +
                 c(0, 58, 1))
  expect_equal(parse_times("2018-03-31T07:05:09Z")$values,
               utc("2018-03-31 07:05:09"))
  expect_equal(parse_times("2018-03-31 07:05:09.250")$values,
               utc("2018-03-31 07:05:09") + 0.25)
  expect_equal(parse_times("2018-03-31T07:05+02:00")$values,
               utc("2018-03-31 05:05:00"))
  expect_equal(parse_times("2018-03-31T23:05-0330")$values,
               utc("2018-04-01 02:35:00"))
  expect_equal(parse_times("3/31/2018 5:30 PM")$values,
               utc("2018-03-31 17:30:00"))
  expect_equal(parse_times("3/31/2018 12:10 AM")$values,
               utc("2018-03-31 00:10:00"))
  expect_equal(parse_times("31/03/2018 24:00")$values, utc("2018-04-01"))
  expect_identical(parse_times(texts[1:2])$format, "yyyy-mm-dd HH:MM")
  expect_identical(parse_times(texts[2:3])$format, "yyyy-mm-dd HH:MM:SS")
})

test_that("what cannot be read is counted and named", {
  read <- parse_times(c("2018-02-30", "2018-02-28", "soon", NA, "", "soon",
                        "2018-02-28 25:00", "2018-02-27 10:61"))
  expect_identical(read$values[[2]], as.Date("2018-02-28"))
  expect_equal(sum(is.na(read$values)), 7)
  expect_identical(read$offending, c("2018-02-30", "soon", "2018-02-28 25:00",
                                     "2018-02-27 10:61"))
  expect_equal(read$share, 1 / 5)
  none <- parse_times(letters)
  expect_null(none$values)
  expect_identical(none$share, 0)
  for (empty in list(character(), NA_character_, factor())) {
    expect_null(parse_times(empty)$values)
    expect_identical(parse_times(empty)$share, 0)
  }
})

test_that("text with white space, factors and stray values are read", {
  text <- c(" 2018-05-07", "2018-05-09 ", NA)
  days <- as.Date(c("2018-05-07", "2018-05-09", NA))
  expect_identical(parse_times(text)$values, days)
  expect_identical(parse_times(factor(text))$values, days)
  mixed <- parse_times(c("2018-05-07", "2018-05-07 06:00"))
  expect_equal(diff(as.numeric(mixed$values)), 6 * 3600)
})

test_that("day or month first: the order that makes the series run decides", {
  days <- seq(as.Date("2018-01-28"), by = "day", length.out = 11)
  # The 13th to the 31st stand in one place only.
  expect_identical(parse_times(format(days, "%m/%d/%Y"))$values, days)
  expect_identical(parse_times(format(days, "%m/%d/%Y"))$settled, NULL)
  # Only days up to the 12th: both orders read all.
  days <- as.Date(c("2018-01-09", "2018-01-11", "2018-02-03", "2018-02-05",
                    "2018-02-05", "2018-03-08"))
  for (order in c("dmy", "mdy")) {
    text <- format(days, c(dmy = "%d/%m/%Y", mdy = "%m/%d/%Y")[[order]])
    read <- parse_times(text)
    expect_identical(read$values, days)
    expect_identical(read$order, order)
    expect_identical(read[c("ambiguous", "settled")],
                     list(ambiguous = TRUE, settled = "sorted"))
  }
  months <- rev(seq(as.Date("2016-01-01"), by = "month", length.out = 36))
  read <- parse_times(format(months[c(5, 36, 1:4, 6:35)], "%d/%m/%Y"))
  expect_identical(sort(read$values), rev(months))
  expect_identical(read$settled, "regular")
  guess <- parse_times(c("09/02/2018", "04/03/2018", "05/12/2018"))
  expect_identical(guess$settled, "day first")
  expect_identical(guess$values[[1]], as.Date("2018-02-09"))
})

test_that("new values are read as the first were", {
  expect_identical(parse_times("03/04/2018", order = "mdy")$values,
                   as.Date("2018-03-04"))
  expect_identical(parse_times("03/04/2018", order = "dmy")$values,
                   as.Date("2018-04-03"))
  expect_identical(parse_times("13/04/2018", order = "mdy")$offending,
                   "13/04/2018")
})
