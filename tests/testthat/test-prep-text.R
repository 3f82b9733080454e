rules <- function(..., missing = NULL) {
  steps <- deep_steps(...)
  list(trim = steps$trim, spelling = steps$spelling, tokens = steps$tokens,
       missing = missing)
}

test_that("white space of every kind is trimmed", {
  text <- c(" a", "a\t", "\u00a0a\u2003", "a b", "\n a")
  expect_equal(clean_text(text, rules()), c("a", "a", "a", "a b", "a"))
  expect_equal(clean_text(c(" a", " ? "), rules(trim = FALSE)), c(" a", NA))
  expect_equal(clean_text(character(), rules()), character())
})

test_that("tokens are read in any case, values of a column exactly", {
  text <- c("", " ", "?", "na", "N/a", "#n/a", "<NA>", "null", "NaN", "none",
            "-", NA)
  expect_equal(clean_text(text, rules()), c(rep(NA, 9), "none", "-", NA))
  expect_equal(clean_text(text, rules(tokens = "None"))[c(1, 3, 10)],
               c("", "?", NA))
  expect_equal(clean_text(c("n/k", "N/K", " n/k"), rules(missing = "n/k")),
               c(NA, "N/K", NA))
})

test_that("text of any encoding is compared as UTF-8", {
  latin <- "caf\xe9"
  Encoding(latin) <- "latin1"
  unmarked <- "caf\xe9"
  expect_equal(clean_text(c(latin, unmarked, "caf\u00e9"), rules()),
               rep("caf\u00e9", 3))
})

test_that("the most frequent spelling stands for all", {
  text <- c("male", "Male.", "MALE", "female", "New  York", "new york")
  expect_equal(merge_spellings(text, c(2, 5, 1, 9, 1, 3)),
               c("Male.", "Male.", "Male.", "female", "new york", "new york"))
  expect_equal(merge_spellings(text, c(2, 5, 1, 9, 1, 3), FALSE), text)
  # The alphabet decides between equals, the order of the values never.
  expect_equal(merge_spellings(c("b", "ab", "AB"), c(1, 4, 4)),
               c("b", "AB", "AB"))
  expect_equal(merge_spellings(c("AB", "b", "ab"), c(4, 1, 4)),
               c("AB", "b", "AB"))
})

test_that("single letters, signs and letters of their own stay apart", {
  text <- c("m", "M", "A.", "A", "+1", "-1", "3.", "3", "\u00e9", "\u00c9", "e")
  expect_equal(merge_spellings(text, seq_along(text)), text)
  # Without the stop it is one letter, as above; two letters lose it.
  expect_equal(merge_spellings(c("ab.", "ab"), c(1, 2)), c("ab", "ab"))
  expect_equal(merge_spellings(c("\u00e9t\u00e9", "\u00c9T\u00c9"), 2:1),
               rep("\u00e9t\u00e9", 2))
})

test_that("new data is matched exactly first, then by spelling", {
  levels <- c("Male", "female", "m", "M")
  expect_equal(match_levels(c("male", "Male.", "FEMALE", "M", "x", NA), levels,
                            TRUE), c(1, 1, 2, 4, NA, NA))
  expect_equal(match_levels(c("male", "Male"), levels, FALSE), c(NA, 1))
})

test_that("numbers are read as people write them", {
  plain <- c("12", "-3.5", "+4", ".5", "6.", "1e3", "2.5E-2")
  expect_equal(parse_numbers(plain), c(12, -3.5, 4, 0.5, 6, 1000, 0.025))
  expect_equal(parse_numbers(c("1,234.5", "12,345,678", "1,23", "1,2345")),
               c(1234.5, 12345678, NA, NA))
  expect_equal(parse_numbers(c("1234,5", "-0,25", "12", "1,5e2"), "comma"),
               c(1234.5, -0.25, 12, 150))
  none <- c("007", "-01", "1 000", "12 kg", "5%", "0x1A", "1e999", "Inf", "e5",
            "1.2.3", "--1", ".", "", NA, "TRUE", "1L", "1d2")
  expect_equal(parse_numbers(none), rep(NA_real_, length(none)))
  expect_equal(parse_numbers(c("0", "0.5", "-0.5", "10", "0e1")),
               c(0, 0.5, -0.5, 10, 0))
})

test_that("as.numeric() agrees on every number that R writes", {
  x <- with_seed(1, c(rnorm(50), 10^(-9:9), -runif(20) * 1e5, 0))
  expect_equal(parse_numbers(format(x, digits = 15, trim = TRUE)), x)
})

test_that("text is numbers where most rows are and 20 differ", {
  text <- c(as.character(1:30), "oops", "n.k.")
  counts <- c(rep(1, 30), 1, 2)
  found <- find_numbers(text, counts, 0.9)
  expect_equal(found[c("form", "share", "offending")],
               list(form = "point", share = 30 / 33,
                    offending = c("oops", "n.k.")))
  expect_equal(found$values, c(1:30, NA, NA))
  expect_null(find_numbers(text, counts, 0.95))
  expect_null(find_numbers(as.character(1:20), rep(9, 20), 0.9))
  # Of held-out rows nothing is learned.
  expect_null(find_numbers(as.character(1:30), rep(1:0, c(20, 10)), 0.9))
  expect_null(find_numbers(c(NA, "a"), c(3, 0), 0.9))
  expect_equal(find_numbers(sprintf("%d,5", 1:30), rep(1, 30), 0.9)$form,
               "comma")
  expect_equal(find_numbers(sprintf("%d,500", 1:30), rep(1, 30), 0.9)$values,
               1:30 * 1000 + 500)
})

test_that("padded codes stay codes, though few begin with a zero", {
  expect_null(find_numbers(sprintf("%05d", 9990 + 1:200), rep(1, 200), 0.9))
  expect_null(find_numbers(sprintf("%03d", 1:400), rep(1, 400), 0.9))
  # Another width each: a stray zero, not a code.
  found <- find_numbers(c("07", 1:200), rep(1, 201), 0.9)
  expect_equal(found$offending, "07")
})

test_that("a column of text that holds numbers is one, and its faults shown", {
  data <- data.frame(
    price = c(sprintf("%d,%03d.50", 1:57, 57:1), "sold", "on request", "?"),
    size = c(60:2, 60)
  )
  prep <- deep_prep(size ~ price, data)
  expect_equal(prep$columns$price$kind, "number")
  expect_equal(prep$seen$price$missing, 1)
  expect_snapshot(prep$notes[, c("step", "count", "says")])
  values <- c(1:57 * 1000 + 57:1 + 0.5)
  encoded <- predict(prep, data)
  expect_equal(encoded$price, c((values - mean(values)) / sd(values), 0, 0, 0))
  expect_equal(encoded$price_missing, rep(0:1, c(57, 3)))
  # New rows may hold real numbers.
  expect_equal(predict(prep, data.frame(price = values))$price,
               encoded$price[1:57])
  off <- deep_prep(size ~ price, data, steps = deep_steps(
    numbers = Inf, identifiers = FALSE
  ))
  expect_equal(off$columns$price$kind, "category")
})

test_that("a factor of many levels is repaired, one of few was meant", {
  few <- data.frame(g = factor(rep(1:50, 4)), y = 1:200)
  expect_equal(deep_prep(y ~ g, few)$columns$g$kind, "category")
  many <- data.frame(g = factor(rep(1:150, 2)), y = 1:300)
  prep <- deep_prep(y ~ g, many)
  expect_equal(prep$columns$g$kind, "number")
  expect_equal(predict(prep, many)$g,
               as.vector(scale(rep(1:150, 2))))
})

test_that("a number that means missing does so however it is written", {
  data <- data.frame(depth = c(sprintf("%.1f", 1:57), "-999", "-999.0",
                               "-9.99e2"), y = c(60:2, 60))
  prep <- deep_prep(y ~ depth, data, steps = deep_steps(
    missing = list(depth = -999)
  ))
  expect_equal(prep$columns$depth$center, mean(1:57))
  expect_equal(predict(prep, data)$depth_missing, rep(0:1, c(57, 3)))
  # Text for a column of numbers, and words that are no number, are no fault.
  data$depth <- c(1:57, rep(-999, 3))
  same <- deep_prep(y ~ depth, data, steps = deep_steps(
    missing = list(depth = c("-999", "unknown"))
  ))
  expect_equal(same$columns$depth$center, mean(1:57))
})
