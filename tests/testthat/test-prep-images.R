grey <- function(n = 3, h = 4, w = 5) {
  array(seq_len(n * h * w) %% 256L, c(n, h, w))
}

test_that("arrays of both scales are told apart", {
  bytes <- deep_images(grey())
  shares <- deep_images(grey() / 255)
  expect_equal(bytes$scale, 255)
  expect_equal(shares$scale, 1)
  expect_length(bytes, 3)
  expect_equal(dim(bytes$pixels), c(3, 4, 5, 1))
})

test_that("some images keep their labels", {
  images <- deep_images(grey(), c("b", "a", "c"))
  expect_equal(images[c(3, 1)]$y, c("c", "b"))
  expect_equal(images[2]$pixels[1, , , 1], grey()[2, , ])
  expect_length(images[integer()], 0)
  expect_null(deep_images(grey())[1:2]$y)
})

test_that("a folder gives its sub-folders as classes", {
  dir <- bar_folder(6)
  dir.create(file.path(dir, "lying", "deeper"))
  write_picture(file.path(dir, "lying", "deeper", "x.PNG"), grey(1)[1, , ])
  writeLines("about", file.path(dir, "README.txt"))
  images <- deep_images(dir)
  expect_length(images, 7)
  expect_equal(as.integer(table(images$y)), c(4, 3))
  expect_equal(levels(images$y), c("lying", "standing"))
  flat <- deep_images(file.path(dir, "standing"))
  expect_null(flat$y)
  expect_length(flat, 3)
})

test_that("a table names the columns of paths and labels", {
  dir <- bar_folder(4)
  files <- list.files(dir, recursive = TRUE, full.names = TRUE)
  table <- data.frame(file = files, weight = c(1.5, 2.5, 3.5, 4.5))
  images <- deep_images(table, y = "weight", path = "file")
  expect_equal(images$y, table$weight)
  expect_equal(images$target, "weight")
  expect_equal(images$paths, files)
})

test_that("IDX files are read with their labels", {
  dir <- new_folder()
  pixels <- grey(2, 3, 4)
  idx <- function(path, magic, dims, values) {
    con <- file(file.path(dir, path), "wb")
    on.exit(close(con))
    writeBin(as.raw(c(0, 0, 8, length(dims))), con)
    writeBin(as.integer(dims), con, endian = "big")
    writeBin(as.raw(values), con)
    file.path(dir, path)
  }
  images <- deep_images(
    idx("images", 8, dim(pixels), aperm(pixels, 3:1)),
    idx("labels", 8, 2, c(7, 2))
  )
  expect_equal(images$pixels[, , , 1], pixels)
  expect_equal(as.character(images$y), c("7", "2"))
})

test_that("prints say what there is", {
  expect_snapshot({
    deep_images(grey(), factor(c("cat", "dog", "cat")))
    deep_images(grey() / 300, c(1.5, 2.5, 9), size = 32, channels = 3)
  })
  dir <- bar_folder(5)
  expect_snapshot(
    deep_images(dir, size = c(20, 30), broken = "skip", resize = "pad"),
    transform = function(x) sub("in /.*", "in <folder>", x)
  )
})

test_that("what is no image is refused", {
  empty <- new_folder()
  writeLines("x", file.path(empty, "notes.txt"))
  expect_snapshot(error = TRUE, {
    deep_images(mtcars)
    deep_images(matrix(1, 28, 28))
    deep_images(array(1, c(2, 3, 4, 2)))
    deep_images(grey() * 5)
    deep_images(grey() - 9)
    deep_images(array(NA_real_, c(2, 3, 3)))
    deep_images(c("no.png", "where.png"))
    deep_images(grey(), 1:2)
    deep_images(grey(), size = 1:3)
    deep_images(grey(), channels = 2)
    deep_images(grey(), resize = "squash")
    deep_images(data.frame(path = NA))
    deep_images(data.frame(path = "a.png"), y = "kind")
  }, transform = function(x) sub("begin in .*", "begin in <here>", x))
  expect_snapshot(deep_images(empty), error = TRUE,
                  transform = hide_folder(empty))
})

test_that("pixels come in the order that files have them", {
  skip_if_no_backend()
  prep <- structure(list(shape = c(4L, 5L, 3L), resize = "crop",
                         settings = list(na = "error")),
                    class = "deep_image_prep")
  x <- array(with_seed(1, sample(0:255, 2 * 60, TRUE)), c(2, 4, 5, 3))
  block <- encode_rows(prep, deep_images(x), 2)$inputs$image
  at <- function(row, column, channel) {
    block[(row - 1) * 15 + (column - 1) * 3 + channel, 1]
  }
  expect_equal(at(1, 2, 3), x[2, 1, 2, 3])
  expect_equal(at(4, 5, 1), x[2, 4, 5, 1])
  shares <- encode_rows(prep, deep_images(x / 255), 2)$inputs$image
  expect_equal(shares, block)
})

test_that("copies are found within and between sets", {
  skip_if_no_backend()
  bars <- bar_images(40)
  train <- deep_images(bars$x[c(1:20, 3), , ],
                       c(as.character(bars$class[1:20]), "other"))
  brighter <- bars$x[5, , , drop = FALSE] + 1L
  test <- deep_images(abind_images(bars$x[21:40, , ], brighter))
  found <- check_images(train, test)
  expect_equal(found$row[found$kind == "same"], c(3, 21))
  expect_equal(found$row[found$kind == "nearly"], c(21, 5))
  expect_equal(found$set[found$kind == "nearly"], c("test", "train"))
  expect_snapshot({
    found
    check_images(test)
  })
})
