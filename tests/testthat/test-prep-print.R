# A table with everything that a prep does, and asks.
rich_table <- function(n = 1200) {
  with_seed(8, {
    data <- data.frame(
      id = sprintf("id-%05d", seq_len(n)), visit = sample(n),
      Sex = sample(c(" male", "Male", "female", "?"), n, TRUE, c(3, 9, 8, 1)),
      income = sprintf("%s", round(exp(rnorm(n, 9, 1.5)))),
      depth = round(rnorm(n, 9, 2), 1),
      when = as.POSIXct("2022-01-01", tz = "UTC") + sample(5e7, n),
      born = format(as.Date("1980-01-01") + sample(7000, n), "%d/%m/%Y"),
      status = sample(c("ratified", "provisional"), n, TRUE, c(29, 1)),
      town = c(sprintf("town %d", 1:7), rep_len(c("York", "Ely"), n - 7)),
      sold = sample(c("yes", "no", NA), n, TRUE, c(40, 50, 10))
    )
    data$income[c(4, 90)] <- "n.k."
    data$depth[sample(n, 12)] <- -999
    data$twin <- data$depth
    data$site <- "MY1"
    data$flag <- c(1, rep(0, n - 1))
    data$empty <- NA
    rbind(data, data[c(5, 7), ])
  })
}

test_that("the print tells what was done and what is to decide", {
  expect_snapshot({
    prep <- deep_prep(sold ~ ., rich_table())
    prep
  })
  expect_snapshot(deep_prep(
    sold ~ ., rich_table(), na = "drop", scale = "robust",
    new_levels = "unknown", steps = deep_steps(
      missing = list(depth = -999), filter = list(status = "ratified"),
      duplicates = c("rows", "columns"), rare = 5, dates = "parts"
    )
  ))
})

test_that("the summary has a row a column, before and after", {
  prep <- deep_prep(sold ~ ., rich_table())
  table <- summary(prep)
  expect_equal(table$column, setdiff(names(rich_table()), "sold"))
  expect_equal(sum(table$inputs), input_width(prep))
  expect_snapshot(print(as.data.frame(table[, 1:5]), row.names = FALSE))
  expect_snapshot(print(as.data.frame(table[, c(1, 6:8)]), row.names = FALSE))
})

test_that("no line is longer than 80 columns", {
  data <- rich_table(300)
  names(data)[c(2, 5)] <- c(strrep("long_name_", 20), strrep("a b ", 40))
  prep <- deep_prep(sold ~ ., data, scale = "quantile")
  expect_true(all(nchar(utils::capture.output(prep)) <= 80))
})

test_that("an empty prep says so", {
  expect_snapshot(deep_prep(data.frame(x = 1:9)))
  expect_equal(nrow(summary(deep_prep(data.frame(x = 1:9)))), 1)
})
