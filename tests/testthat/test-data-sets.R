# Every set that a folder of real files holds, held against the figures of its
# publisher or against a count of the file by other means. adult, penguins and
# wisconsin are in test-data-deep_data.R.

# The real folder, but a cache of this test alone: archives are unpacked there.
local_real_data <- function(frame = parent.frame()) {
  local_data_places(data_dir = real_data_dir(), frame = frame)
}

no_missing <- function(data) {
  expect_false(anyNA(data))
}

test_that("creditcard has the columns of the full set and six frauds", {
  local_real_data()
  data <- deep_data("creditcard")$data
  expect_named(data, c("time", paste0("v", 1:28), "amount", "class"))
  expect_equal(dim(data), c(2000, 31))
  expect_equal(as.vector(table(data$class)), c(1994, 6))
  expect_equal(levels(data$class), c("genuine", "fraud"))
  # A fraud that is known by its time and amount.
  known <- data[data$time == 4462, ]
  expect_equal(known$amount, 239.93)
  expect_equal(as.character(known$class), "fraud")
  no_missing(data)
})

test_that("london_no2 is the raw file, its traps left in", {
  local_real_data()
  london <- deep_data("london_no2")
  data <- london$data
  expect_named(data, c(
    "Site", "Species", "ReadingDateTime", "Value", "Units",
    "Provisional or Ratified"
  ))
  expect_equal(nrow(data), 35040)
  expect_equal(
    vapply(data, function(x) class(x)[1], ""),
    c(rep("character", 3), "numeric", rep("character", 2)),
    ignore_attr = TRUE
  )
  expect_equal(
    data$ReadingDateTime[c(1, 2, 35040)],
    c("01/01/2018 00:00", "01/01/2018 00:15", "31/12/2018 23:45")
  )
  expect_equal(na_counts(data), c(Value = 1364))
  known <- data$Value[!is.na(data$Value)]
  expect_length(known, 33676)
  expect_equal(range(known), c(4.7, 197.2))
  expect_equal(stats::median(known), 45.1)
  expect_equal(round(mean(known), 3), 47.002)
  flags <- data[["Provisional or Ratified"]]
  expect_equal(c(sum(flags == "R"), sum(flags == "P")), c(35036, 4))
  expect_true(all(flags[is.na(data$Value)] == "R"))
  expect_match(attr(london, "source")$citation, "www.londonair.org.uk")
  expect_match(attr(london, "source")$citation, "Open Government Licence")
})

test_that("stocks has a row for each price of each file", {
  local_real_data()
  stocks <- deep_data("stocks")
  expect_named(stocks, c("data", "spy", "until_2018"))
  data <- stocks$data
  expect_named(data, c("date", "symbol", "price"))
  expect_identical(class(data$date), "Date")
  expect_equal(length(unique(data$date)), 8796)
  expect_equal(nlevels(data$symbol), 19)
  expect_equal(nlevels(stocks$until_2018$symbol), 20)
  expect_equal(length(unique(stocks$until_2018$date)), 7126)
  expect_equal(nrow(stocks$spy), 8017)
  lapply(stocks, no_missing)

  # One row a symbol and day, in the order of time.
  expect_equal(anyDuplicated(as.data.frame(data)[c("symbol", "date")]), 0)
  expect_true(all(diff(data$date) > 0 | diff(as.integer(data$symbol)) == 1))
  # Read by eye, and the number of rows that the file has for META.
  last <- data[data$symbol == "AAPL" & data$date == as.Date("2024-11-29"), ]
  expect_equal(last$price, 237.3300018310547)
  meta <- data[data$symbol == "META" & data$date >= as.Date("2014-01-02") &
                 data$date <= as.Date("2018-12-31"), ]
  expect_equal(nrow(meta), 1258)
  expect_equal(round(meta$price[1258] / 0.9969981, 2), 131.09)
})

test_that("steam200k has the published counts, duplicates and all", {
  local_real_data()
  steam <- deep_data("steam200k")
  data <- steam$data
  expect_named(data, c("user", "game", "behaviour", "value"))
  expect_equal(nrow(data), 200000)
  expect_equal(length(unique(data$user)), 12393)
  expect_equal(length(unique(data$game)), 5155)
  plays <- data$behaviour == "play"
  expect_equal(c(sum(!plays), sum(plays)), c(129511, 70489))
  expect_equal(unique(data$value[!plays]), 1)
  expect_equal(round(sum(data$value[plays]), 1), 3445365.8)
  expect_equal(max(data$value), 11754)
  expect_equal(sum(duplicated(data)), 707)
  no_missing(data)
})

test_that("the held-out games of steam200k are those of its protocol", {
  local_real_data()
  steam <- deep_data("steam200k")
  expect_equal(nrow(steam$plays_test), 2436)
  expect_equal(nrow(steam$purchases_test), 3757)
  held <- c(play = "plays_test", purchase = "purchases_test")
  for (behaviour in names(held)) {
    rows <- steam$data$behaviour == behaviour
    pairs <- unique(as.data.frame(steam$data)[rows, c("user", "game")])
    games <- table(pairs$user)
    test <- as.data.frame(steam[[held[[behaviour]]]])
    # One game, which the user has, of each user with at least five.
    expect_setequal(as.character(test$user), names(games)[games >= 5])
    expect_false(anyDuplicated(test$user) > 0)
    expect_equal(nrow(merge(test, pairs, by = c("user", "game"))), nrow(test))
  }
})

test_that("steam200k is read without the held-out games too", {
  dir <- real_data_dir()
  local_data_places(data_dir = "data")
  dir.create("data/steam200k", recursive = TRUE)
  file.copy(file.path(dir, "steam200k", "steam-200k.csv.gz"), "data/steam200k")
  expect_named(deep_data("steam200k"), "data")
  listed <- deep_data()
  expect_equal(listed$from[listed$name == "steam200k"], "DEEPLY_DATA_DIR")
})

test_that("sms_spam has every message as it was sent", {
  local_real_data()
  data <- deep_data("sms_spam")$data
  expect_equal(nrow(data), 5574)
  expect_equal(as.vector(table(data$label)), c(4827, 747))
  expect_equal(levels(data$label), c("ham", "spam"))
  expect_true(all(validUTF8(data$text)))
  expect_true(all(nzchar(data$text)))
  no_missing(data)
  # Label, tab, text and line end of each make up the official 477,907 bytes.
  bytes <- nchar(data$text, "bytes") + nchar(as.character(data$label)) + 2
  expect_equal(sum(bytes), 477907)
  expect_equal(data$text[5574], "Rofl. Its true to its name")
})

# Of values 0 to 255 as shares, from their counts: sd() would need 376 MB.
mean_and_sd <- function(x) {
  share <- tabulate(x, 255) / length(x)
  mean <- sum(share * 1:255)
  c(mean, sqrt(sum(share * (1:255)^2) - mean^2)) / 255
}

test_that("mnist has the published classes, mean and deviation", {
  local_real_data()
  mnist <- deep_data("mnist")
  expect_named(mnist, c("train", "test"))
  expect_equal(dim(mnist$train$x), c(60000, 28, 28))
  expect_equal(dim(mnist$test$x), c(10000, 28, 28))
  expect_type(mnist$train$x, "integer")
  expect_equal(as.vector(table(mnist$train$y)), c(
    5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949
  ))
  expect_equal(levels(mnist$train$y), as.character(0:9))
  expect_length(mnist$test$y, 10000)
  expect_equal(round(mean_and_sd(mnist$train$x), 4), c(0.1307, 0.3081))

  # The first image against the bytes of the file: rows from the top.
  con <- gzfile(file.path(
    Sys.getenv("DEEPLY_DATA_DIR"), "mnist", "train-images-idx3-ubyte.gz"
  ), "rb")
  bytes <- as.integer(readBin(con, raw(), 16 + 2 * 784)[-(1:16)])
  close(con)
  expect_equal(mnist$train$x[1, , ],
               matrix(bytes[1:784], 28, byrow = TRUE))
  expect_equal(mnist$train$x[2, , ],
               matrix(bytes[785:1568], 28, byrow = TRUE))
})

test_that("fashion_mnist has its classes, mean and deviation", {
  local_real_data()
  fashion <- deep_data("fashion_mnist")
  expect_equal(dim(fashion$train$x), c(60000, 28, 28))
  expect_equal(dim(fashion$test$x), c(10000, 28, 28))
  expect_equal(as.vector(table(fashion$train$y)), rep(6000, 10))
  expect_equal(as.vector(table(fashion$test$y)), rep(1000, 10))
  expect_equal(levels(fashion$train$y), fashion_classes)
  expect_equal(round(mean_and_sd(fashion$train$x), 4), c(0.2860, 0.3530))
  # Labels go with their images: trousers are narrow, ankle boots are wide.
  first <- fashion$test$x[, 14, ]
  wide <- rowSums(first > 0)
  expect_lt(mean(wide[fashion$test$y == "Trouser"]), 14)
  expect_gt(mean(wide[fashion$test$y == "Ankle boot"]), 16)
})

test_that("faces are 530 JPEG files", {
  local_real_data()
  data <- deep_data("faces")$data
  expect_named(data, "path")
  expect_equal(basename(data$path), sprintf("George_W_Bush_%04d.jpg", 1:530))
  expect_true(all(file.exists(data$path)))
  expect_equal(readBin(data$path[1], raw(), 2), as.raw(c(0xff, 0xd8)))
})

test_that("hymenoptera has the counts of its tutorial", {
  local_real_data()
  insects <- deep_data("hymenoptera")
  expect_named(insects, c("train", "test"))
  expect_equal(as.vector(table(insects$train$label)), c(123, 121))
  expect_equal(as.vector(table(insects$test$label)), c(70, 83))
  expect_equal(levels(insects$test$label), c("ants", "bees"))
  expect_true(all(file.exists(c(insects$train$path, insects$test$path))))
})

test_that("raccoon has the boxes that its own tables count", {
  local_real_data()
  raccoon <- deep_data("raccoon")
  expect_equal(c(nrow(raccoon$train), nrow(raccoon$test)), c(173, 44))
  boxes <- data.table::rbindlist(raccoon)
  expect_equal(length(unique(boxes$path)), 200)
  expect_length(intersect(raccoon$train$path, raccoon$test$path), 0)
  expect_true(all(file.exists(boxes$path)))
  expect_equal(levels(boxes$label), "raccoon")
  expect_true(all(boxes$xmin >= 0 & boxes$xmin < boxes$xmax &
                    boxes$xmax <= boxes$width))
  expect_true(all(boxes$ymin >= 0 & boxes$ymin < boxes$ymax &
                    boxes$ymax <= boxes$height))

  # The author's table of the same boxes, made by another reader of XML.
  root <- dirname(dirname(boxes$path[1]))
  table <- data.table::fread(file.path(root, "data", "raccoon_labels.csv"))
  keys <- c("filename", "xmin", "ymin", "xmax", "ymax")
  boxes$filename <- basename(boxes$path)
  both <- merge(as.data.frame(boxes), as.data.frame(table), by = keys)
  expect_equal(nrow(both), 217)
  expect_equal(both$width.x, both$width.y)
  expect_equal(both$height.x, both$height.y)
})

test_that("membrane has 30 pictures with their masks", {
  local_real_data()
  data <- deep_data("membrane")$data
  expect_equal(dim(data), c(30, 2))
  expect_true(all(file.exists(c(data$path, data$mask))))
  expect_equal(basename(data$path), basename(data$mask))
  expect_false(any(data$path == data$mask))
  # Width and height stand in bytes 17 to 24 of a PNG file.
  bytes <- readBin(data$mask[30], raw(), 24)
  expect_equal(readBin(bytes[17:24], "integer", 2, endian = "big"), c(512, 512))
})

test_that("weights are three HDF5 files", {
  local_real_data()
  weights <- deep_data("weights")
  expect_named(weights, c("squeezenet", "mobilenet", "resnet8"))
  hdf5 <- as.raw(c(0x89, 0x48, 0x44, 0x46))
  for (path in weights) expect_equal(readBin(path, raw(), 4), hdf5)
  # The checksum that the loader of its author states.
  expect_equal(
    unname(tools::md5sum(weights[["squeezenet"]])),
    "80b66c92d79d4310e07fb60a297bf0d1"
  )
  expect_match(attr(weights, "source")$licence, "MIT")
})

test_that("nothing is written into the folder of real files", {
  dir <- real_data_dir()
  before <- list.files(dir, all.files = TRUE, recursive = TRUE)
  local_real_data()
  deep_data("membrane")
  expect_equal(list.files(dir, all.files = TRUE, recursive = TRUE), before)
})
