built <- function(prep, ...) {
  plot <- autoplot(prep, ...)
  expect_s3_class(plot, "ggplot")
  expect_silent(data <- ggplot2::ggplot_build(plot))
  list(plot = plot, data = data, bars = plot$data)
}

test_that("each kind of column has a panel", {
  data <- mixed_table(90)
  data$size[c(4, 8, 15)] <- NA
  data$took <- as.difftime(data$size, units = "mins")
  data$when <- as.POSIXct(data$day)
  data$site <- "Ely"
  data$id <- 1:90
  data$gone <- NA
  data$half <- replace(rep(7, 90), 1:45, NA)
  data$text <- rev(format(data$day))
  plot <- built(deep_prep(price ~ ., data))
  panels <- levels(plot$bars$panel)
  expect_equal(sub("\n.*", "", panels), setdiff(names(data), "price"))
  role <- function(name) {
    unique(plot$bars$role[startsWith(as.character(plot$bars$panel), name)])
  }
  expect_equal(
    vapply(c("size", "colour", "day", "when", "site", "id", "gone", "text"),
           role, ""),
    c(size = "number", colour = "category", day = "time", when = "time",
      site = "set aside", id = "set aside", gone = "set aside", text = "time")
  )
  expect_match(panels[[1]], "3.3 %\nmissing")
  expect_equal(plot$plot$labels$title,
               "12 columns in use, 3 set aside; 4 with missing values")
})

test_that("text that is read as times or numbers is drawn as such", {
  data <- data.frame(
    when = format(as.Date("2023-01-01") + 0:99, "%d/%m/%Y"),
    price = sprintf("%.2f", 1:100)
  )
  data$when[7] <- ""
  bars <- built(deep_prep(data, sin(1:100)))$bars
  expect_equal(levels(bars$panel), c(
    "when\n2023-01-01 to 2023-04-10,\n1 % missing", "price\n1 to 100"
  ))
  expect_equal(bars$rows[1:20], c(5, 4, rep(5, 18)))
  expect_equal(bars$rows[21:40], rep(5, 20))
  expect_true(all(is.na(bars$label)))
})

test_that("the bars are the counts of the rows", {
  data <- data.frame(x = c(0:99, NA), g = rep(c("a", "b", "c"), c(60, 40, 1)))
  bars <- built(deep_prep(data, sin(1:101)))$bars
  x <- bars[startsWith(as.character(bars$panel), "x"), ]
  expect_equal(x$rows, rep(5, 20))
  expect_equal(bars[is.na(bars$label) == FALSE, ]$rows, c(60, 40, 1))
})

test_that("columns can be chosen, and a wrong one is named", {
  prep <- deep_prep(Species ~ ., iris)
  expect_equal(nlevels(built(prep, columns = "Petal.Width")$bars$panel), 1)
  expect_snapshot(error = TRUE, {
    autoplot(prep, columns = "Petal.Widht")
    autoplot(prep, column = "Petal.Width")
  })
})

test_that("many columns, odd names and one value can be shown", {
  wide <- as.data.frame(matrix(sin(1:3000), 60))
  expect_equal(nlevels(built(deep_prep(wide, 1:60))$bars$panel), 20)
  odd <- data.frame(rep(c("{a}", "%d\n", strrep("x", 99)), 20),
                    replace(rep(7, 60), 1:9, NA), sin(1:60))
  names(odd) <- c("{x} %s", strrep("long ", 30), "\u00e9\n")
  built(deep_prep(odd, 1:60))
  built(deep_prep(odd[2], 1:60))
  built(deep_prep(data.frame(x = c(1e308, -1e308, 1:58)), 1:60,
                  scale = "quantile"))
})
