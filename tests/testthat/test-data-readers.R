# The sets that are only downloaded: their readers, on small files in the
# official form.

test_that("wine_quality joins red and white wines, semicolons and all", {
  header <- paste0('"', c(
    "fixed acidity", "volatile acidity", "citric acid", "residual sugar",
    "chlorides", "free sulfur dioxide", "total sulfur dioxide", "density",
    "pH", "sulphates", "alcohol", "quality"
  ), '"', collapse = ";")
  paths <- c(tempfile(), tempfile())
  write_text(paths[1], paste0(
    header, "\n7.4;0.7;0;1.9;0.076;11;34;0.9978;3.51;0.56;9.4;5\n"
  ))
  write_text(paths[2], paste0(
    header, "\n7;0.27;0.36;20.7;0.045;45;170;1.001;3;0.45;8.8;6\n",
    "6.3;0.3;0.34;1.6;0.049;14;132;0.994;3.3;0.49;9.5;7\n"
  ))
  data <- read_wine_quality(paths)$data
  expect_equal(dim(data), c(3, source_wine_quality()$columns))
  expect_equal(as.character(data$colour), c("red", "white", "white"))
  expect_equal(data$fixed_acidity, c(7.4, 7, 6.3))
  expect_equal(data$ph, c(3.51, 3, 3.3))
  expect_equal(data$quality, c(5, 6, 7))
  unlink(paths)
})

# The first two block groups of the file, as scikit-learn documents them.
test_that("california_housing has the columns that scikit-learn makes", {
  folder <- tempfile()
  write_text(file.path(folder, "CaliforniaHousing", "cal_housing.data"), paste0(
    "-122.230000,37.880000,41.000000,880.000000,129.000000,322.000000,",
    "126.000000,8.325200,452600.000000\n",
    "-122.220000,37.860000,21.000000,7099.000000,1106.000000,2401.000000,",
    "1138.000000,8.301400,358500.000000\n"
  ))
  data <- read_california_housing(folder)$data
  expect_equal(ncol(data), source_california_housing()$columns)
  expect_equal(data, data.table(
    med_inc = c(8.3252, 8.3014), house_age = c(41, 21),
    ave_rooms = c(6.98412698, 6.23813708),
    ave_bedrms = c(1.02380952, 0.97188049), population = c(322, 2401),
    ave_occup = c(2.55555556, 2.10984183), latitude = c(37.88, 37.86),
    longitude = c(-122.23, -122.22), med_house_val = c(4.526, 3.585)
  ), tolerance = 1e-8)
  unlink(folder, recursive = TRUE)
})

test_that("movielens has ratings, films and users", {
  folder <- tempfile()
  base <- file.path(folder, "ml-100k")
  flags <- function(at) paste(replace(rep(0, 19), at, 1), collapse = "|")
  write_text(file.path(base, "u.data"),
             "196\t242\t3\t881250949\n186\t302\t2\t891717742\n")
  # Latin-1, as the file is; a title with a quote in it.
  write_text(file.path(base, "u.item"), paste0(
    "1|Toy Story (1995)|01-Jan-1995||http://a.example/1|", flags(c(4, 5, 6)),
    "\n543|Mis\xe9rables, Les (1995)|01-Jan-1995||http://a.example/2|",
    flags(9), "\n267|unknown||||", flags(1),
    "\n9|\"Cat\" People (1982)|01-Jan-1982||http://a.example/3|",
    flags(12), "\n"
  ))
  write_text(file.path(base, "u.user"), paste0(
    "1|24|M|technician|85711\n2|53|F|other|T8H1N\n", "3|23|M|writer|02139\n"
  ))
  parts <- read_movielens(folder)
  expect_named(parts, c("data", "movies", "users"))
  expect_equal(ncol(parts$data), source_movielens()$columns)
  expect_equal(parts$data$rating, c(3, 2))
  expect_equal(
    format(parts$data$time, tz = "UTC"),
    c("1997-12-04 15:55:49", "1998-04-04 19:22:22")
  )
  movies <- parts$movies
  expect_equal(movies$title, c(
    "Toy Story (1995)", "Mis\u00e9rables, Les (1995)", "unknown",
    "\"Cat\" People (1982)"
  ))
  expect_equal(movies$released[3], NA_character_)
  genres <- as.matrix(movies[, 5:23])
  expect_equal(colnames(genres)[genres[1, ]],
               c("animation", "childrens", "comedy"))
  expect_equal(rowSums(genres), c(3, 1, 1, 1))
  expect_equal(parts$users$zip, c("85711", "T8H1N", "02139"))
  unlink(folder, recursive = TRUE)
})

test_that("boxes are read from annotations, also none and several", {
  folder <- tempfile()
  box <- function(x) {
    paste0(
      "<object>\n<name>cat</name><bndbox><xmin>", x, "</xmin><ymin>2</ymin>",
      "<xmax>30</xmax><ymax>40</ymax></bndbox>\n</object>\n"
    )
  }
  head <- function(file) {
    paste0("<annotation><filename>", file, "</filename>\n<size><width>50",
           "</width>\n<height>60</height></size>\n")
  }
  paths <- file.path(folder, c("a.xml", "b.xml", "c.xml"))
  write_text(paths[1], paste0(head("a.jpg"), box(1), box(7), "</annotation>"))
  write_text(paths[2], paste0(head("b.jpg"), "</annotation>"))
  write_text(paths[3], paste0(head("c.jpg"), box(9), "</annotation>"))
  boxes <- read_voc_boxes(paths, "pictures")
  expect_equal(basename(boxes$path), c("a.jpg", "a.jpg", "c.jpg"))
  expect_equal(boxes$xmin, c(1, 7, 9))
  expect_equal(boxes$height, c(60, 60, 60))
  unlink(folder, recursive = TRUE)
})
