test_that("adult is the census table that its documentation counts", {
  real_data_dir()
  adult <- deep_data("adult")
  expect_named(adult, c("train", "test"))
  expect_s3_class(adult$train, "data.table")
  expect_equal(dim(adult$train), c(32561, 15))
  expect_equal(dim(adult$test), c(16281, 15))
  expect_named(adult$test, adult_names)

  expect_equal(
    na_counts(adult$train),
    c(workclass = 1836, occupation = 1843, native_country = 583)
  )
  expect_equal(
    na_counts(adult$test),
    c(workclass = 963, occupation = 966, native_country = 274)
  )
  # Complete rows as adult.names states them.
  expect_equal(sum(stats::complete.cases(adult$train)), 30162)
  expect_equal(sum(stats::complete.cases(adult$test)), 15060)

  expect_equal(levels(adult$train$income), c("<=50K", ">50K"))
  expect_equal(as.vector(table(adult$train$income)), c(24720, 7841))
  expect_equal(as.vector(table(adult$test$income)), c(12435, 3846))
})

test_that("adult has clean text, whole numbers and the same levels twice", {
  real_data_dir()
  adult <- deep_data("adult")
  expect_identical(lapply(adult$train, levels), lapply(adult$test, levels))
  expect_identical(lapply(adult$train, class), lapply(adult$test, class))

  kinds <- vapply(adult$train, function(x) class(x)[1], "")
  expect_equal(
    names(kinds)[kinds == "integer"],
    c(
      "age", "fnlwgt", "education_num", "capital_gain", "capital_loss",
      "hours_per_week"
    )
  )
  expect_true(all(kinds %in% c("integer", "factor")))
  words <- unlist(lapply(adult$train, levels))
  expect_identical(words, trimws(words))
  expect_false(any(words == "?" | grepl("[.]$", words)))

  # The first row of each file, read by eye.
  expect_equal(
    vapply(adult$train[1, ], as.character, ""),
    c(
      age = "39", workclass = "State-gov", fnlwgt = "77516",
      education = "Bachelors", education_num = "13",
      marital_status = "Never-married", occupation = "Adm-clerical",
      relationship = "Not-in-family", race = "White", sex = "Male",
      capital_gain = "2174", capital_loss = "0", hours_per_week = "40",
      native_country = "United-States", income = "<=50K"
    )
  )
  expect_equal(adult$test$fnlwgt[c(1, 16281)], c(226802, 182148))
})

test_that("penguins is the table of the palmerpenguins package", {
  skip_if_not_installed("palmerpenguins")
  local_data_places()
  penguins <- deep_data("penguins")
  expect_named(penguins, "data")
  expect_equal(
    as.data.frame(penguins$data),
    as.data.frame(palmerpenguins::penguins)
  )
  expect_equal(
    na_counts(penguins$data),
    c(
      bill_length_mm = 2, bill_depth_mm = 2, flipper_length_mm = 2,
      body_mass_g = 2, sex = 11
    )
  )
  expect_equal(
    attr(penguins, "source")$read_from, "package palmerpenguins"
  )
})

test_that("penguins is the same from a file and from the package", {
  skip_if_not_installed("palmerpenguins")
  dir <- real_data_dir()
  from_file <- deep_data("penguins")
  expect_equal(
    attr(from_file, "source")$read_from,
    file.path(dir, "penguins", "penguins.csv")
  )
  local_data_places()
  expect_identical(deep_data("penguins")$data, from_file$data)
})

test_that("wisconsin has the published counts", {
  real_data_dir()
  wisconsin <- deep_data("wisconsin")$data
  expect_equal(dim(wisconsin), c(699, 11))
  expect_equal(na_counts(wisconsin), c(bare_nuclei = 16))
  expect_equal(
    table(wisconsin$class, dnn = NULL),
    as.table(c(benign = 458, malignant = 241))
  )
  scores <- wisconsin[, 2:10]
  expect_true(all(vapply(scores, is.integer, NA)))
  expect_equal(range(scores, na.rm = TRUE), c(1, 10))
})

test_that("wisconsin is the same table from mlbench", {
  skip_if_not_installed("mlbench")
  box <- new.env()
  utils::data("BreastCancer", package = "mlbench", envir = box)
  dir <- Sys.getenv("DEEPLY_DATA_DIR")

  local_data_places()
  wisconsin <- deep_data("wisconsin")
  expect_equal(attr(wisconsin, "source")$read_from, "package mlbench")
  # Against mlbench itself, by label: `Mitoses` has no level "9", so its codes
  # are not its scores.
  for (i in 1:10) {
    labels <- as.character(box$BreastCancer[[i]])
    expect_equal(wisconsin$data[[i]], as.integer(labels))
  }
  expect_equal(as.character(wisconsin$data$class), as.character(
    box$BreastCancer$Class
  ))

  skip_if_not(dir.exists(dir), "DEEPLY_DATA_DIR is not set")
  Sys.setenv(DEEPLY_DATA_DIR = dir)
  expect_identical(deep_data("wisconsin")$data, wisconsin$data)
})

test_that("without a name, the data sets are listed with their places", {
  local_data_places(data_dir = "data")
  write_text("data/adult/adult.data.gz", "not read by a listing")
  write_text("cache/R/deeply/adult/adult.test", "not read by a listing")
  write_text("data/penguins/penguins.csv", "not read by a listing")
  write_text(
    "cache/R/deeply/wisconsin_breast_cancer/breast-cancer-wisconsin.data", ""
  )
  expect_snapshot(deep_data())

  local_data_places()
  expect_equal(deep_data()$from[1], "download")
})

test_that("a listing agrees with what is read", {
  dir <- real_data_dir()
  local_data_places(data_dir = dir)
  listed <- deep_data()
  images <- c("mnist", "fashion_mnist")
  expect_equal(listed$rows[listed$name %in% images], c(70000, 70000))
  expect_equal(listed$name[is.na(listed$columns)], c(images, "weights"))
  for (i in which(listed$from == "DEEPLY_DATA_DIR")) {
    # The two large ones are read in test-data-sets.R.
    if (is.na(listed$columns[i])) next
    parts <- deep_data(listed$name[i])
    expect_equal(sum(vapply(parts, nrow, 0L)), listed$rows[i])
    expect_equal(ncol(parts[[1]]), listed$columns[i])
  }
})

test_that("every entry says what it must", {
  sources <- data_sources()
  expect_equal(anyDuplicated(names(sources)), 0)
  kinds <- c("table", "series", "interactions", "text", "images", "weights")
  for (entry in sources) {
    expect_true(entry$kind %in% kinds)
    for (part in c("title", "licence", "citation", "folder")) {
      expect_true(rlang::is_string(entry[[part]]))
    }
    expect_true(is.integer(entry$rows) && is.integer(entry$columns))
    offline <- vapply(entry$files, function(file) is.null(file$url), NA)
    expect_equal(any(offline), !is.null(entry$by_hand))
    for (file in entry$files) {
      sums <- c(file$sha256, file$packed_sha256)
      expect_true(length(sums) > 0 && all(grepl("^[0-9a-f]{64}$", sums)))
    }
  }
})

test_that("the source of the data comes with it", {
  local_data_places(data_dir = "data")
  write_text("data/small/tiny.csv", tiny_text)
  tiny <- fetch_tiny()
  expect_equal(tiny$data, data.table(x = 1:3, y = c("a", "b", NA)))
  expect_equal(attr(tiny, "source"), list(
    title = "Three rows", citation = "Nobody (2020).", licence = "CC0",
    read_from = "data/small/tiny.csv"
  ))
})

test_that("places are looked in by their order, plain or gzip", {
  local_data_places(data_dir = "data")
  packaged <- tempfile()
  write_text(packaged, tiny_text)
  installed <- list(package = "tinypack", path = function(file) packaged)
  sources <- list(tiny = tiny_source(installed = installed))
  read_from <- function() {
    tiny <- fetch_data_set("tiny", sources = sources)
    expect_equal(tiny$data$x, 1:3)
    attr(tiny, "source")$read_from
  }

  dir.create("data")
  expect_equal(read_from(), "package tinypack")
  write_text("cache/R/deeply/small/tiny.csv", tiny_text)
  expect_equal(read_from(), "cache/R/deeply/small/tiny.csv")

  dir.create("data/small")
  con <- gzfile("data/small/tiny.csv.gz", "wb")
  writeBin(charToRaw(tiny_text), con)
  close(con)
  expect_equal(read_from(), "data/small/tiny.csv.gz")
  write_text("data/small/tiny.csv", tiny_text)
  expect_equal(read_from(), "data/small/tiny.csv")
})

test_that("a file larger than one chunk is read whole", {
  path <- tempfile()
  bytes <- as.raw(rep(0:255, length.out = 2^24 + 777))
  writeBin(bytes, path)
  expect_identical(read_bytes(path), bytes)
  unlink(path)
})

test_that("a wrong file is refused, with the fix for the place it is in", {
  local_data_places(data_dir = "data")
  write_text("data/small/tiny.csv", "x,y\n1,a\n")
  expect_snapshot(fetch_tiny(), error = TRUE)
  expect_error(fetch_tiny(), class = "deeply_error_data_checksum")
  unlink("data/small", recursive = TRUE)

  write_text("cache/R/deeply/small/tiny.csv", "x,y\n2,b\n")
  expect_snapshot(fetch_tiny(), error = TRUE)
  unlink("cache", recursive = TRUE)

  packaged <- tempfile()
  write_text(packaged, "x,y\n3,c\n")
  installed <- list(package = "tinypack", path = function(file) packaged)
  sources <- list(tiny = tiny_source(installed = installed))
  expect_snapshot(fetch_data_set("tiny", sources = sources), error = TRUE)
})

test_that("files of two editions are not read as one set", {
  local_data_places(data_dir = "data")
  sha256 <- function(text) cli::hash_raw_sha256(charToRaw(text))
  editions <- function(name) {
    data_file(
      name, "https://data.example/x.csv",
      c(first = sha256("x\n1\n")), 4, c(second = sha256("x\n2\n"))
    )
  }
  entry <- tiny_source()
  entry$files <- data_entry(
    "tiny", "small", list(editions("a.csv"), editions("b.csv"))
  )$files
  entry$read <- function(paths) list(data = fread_data_file(paths[[2]]))
  sources <- list(tiny = entry)

  write_text("data/small/a.csv", "x\n1\n")
  write_text("data/small/b.csv", "x\n2\n")
  expect_snapshot(fetch_data_set("tiny", sources = sources), error = TRUE)
  write_text("data/small/a.csv", "x\n2\n")
  expect_equal(fetch_data_set("tiny", sources = sources)$data$x, 2)
  write_text("data/small/a.csv", "x\n1\n")
  write_text("data/small/b.csv", "x\n1\n")
  expect_equal(fetch_data_set("tiny", sources = sources)$data$x, 1)
  write_text("data/small/b.csv", "x\n3\n")
  expect_snapshot(fetch_data_set("tiny", sources = sources), error = TRUE)
})

test_that("a gzip file cut short is refused", {
  local_data_places(data_dir = "data")
  dir.create("data/small", recursive = TRUE)
  con <- gzfile("data/small/tiny.csv.gz", "wb")
  writeBin(charToRaw(tiny_text), con)
  close(con)
  bytes <- readBin("data/small/tiny.csv.gz", raw(), 100)
  writeBin(bytes[1:20], "data/small/tiny.csv.gz")
  expect_error(fetch_tiny(), class = "deeply_error_data_checksum")
})

test_that("nothing is downloaded without consent", {
  local_data_places()
  expect_snapshot(deep_data("adult"), error = TRUE)
  expect_error(deep_data("adult"), class = "deeply_error_data_consent")
  expect_error(deep_data("adult"), class = "deeply_error_data")
  expect_error(
    deep_data("adult", consent = FALSE),
    class = "deeply_error_data_consent"
  )
  expect_false(dir.exists("cache"))

  # Only the file that is not there is asked for.
  Sys.setenv(DEEPLY_DATA_DIR = "data")
  dir.create("data")
  expect_snapshot(fetch_tiny(consent = FALSE), error = TRUE)
})

test_that("an interactive session is asked once, and no means no", {
  local_data_places()
  options(rlang_interactive = TRUE)
  asked <- list()
  ask <- function(entry, files) {
    asked <<- c(asked, list(vapply(files, `[[`, "", "name")))
    FALSE
  }
  expect_error(
    fetch_data_set("adult", ask = ask),
    class = "deeply_error_data_consent"
  )
  expect_equal(asked, list(c("adult.data", "adult.test")))
  expect_error(
    fetch_data_set("adult", consent = FALSE, ask = ask),
    class = "deeply_error_data_consent"
  )
  expect_length(asked, 1)
})

test_that("a DEEPLY_DATA_DIR that is not there is told once", {
  local_data_places(data_dir = "nowhere")
  expect_snapshot(listed <- deep_data())
  expect_equal(listed$from[1], "download")
})

test_that("arguments are checked, and a name near to one is offered", {
  local_data_places()
  expect_snapshot(error = TRUE, {
    deep_data("adutl")
    deep_data("breast_cancer")
    deep_data("wine")
    deep_data("iris")
    deep_data("")
    deep_data(c("adult", "penguins"))
    deep_data(7)
    deep_data("adult", consent = "yes")
  })
  expect_error(deep_data("adutl"), class = "deeply_error_data_unknown")
})
