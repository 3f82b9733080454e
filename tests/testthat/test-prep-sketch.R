# The sketch of a column in blocks, as a pass over a file makes it.
sketch_blocks <- function(values, cuts) {
  sampler <- new_sampler()
  whole <- NULL
  starts <- c(0, cuts)
  ends <- c(cuts, length(values))
  for (i in seq_along(starts)) {
    block <- values[seq_len(ends[[i]] - starts[[i]]) + starts[[i]]]
    take <- advance(sampler, length(block))
    part <- sketch_column(block, NULL, NULL, take, "x")
    whole <- if (is.null(whole)) part else merge_sketches(whole, part, take$old)
  }
  whole
}

sketch_whole <- function(values) {
  sketch_column(values, NULL, NULL, advance(new_sampler(), length(values)), "x")
}

random_cuts <- function(n, k) {
  sort(sample(c(0, n, sample.int(n, k, replace = TRUE)), k))
}

number_columns <- list(
  normal = function(n) rnorm(n, 1e6, 2),
  count = function(n) rpois(n, 1),
  gaps = function(n) replace(rnorm(n), sample.int(n, n / 2), NA),
  none = function(n) rep(NA_real_, n),
  large = function(n) 10^runif(n, -200, 100),
  days = function(n) as.Date("2020-01-01") + rpois(n, 100),
  times = function(n) as.POSIXct("2020-01-01", tz = "UTC") + runif(n, 0, 1e7),
  took = function(n) as.difftime(runif(n), units = "hours")
)

test_that("sketches of blocks add up to the sketch of the whole", {
  for (kind in names(number_columns)) for (seed in 1:5) {
    with_seed(seed, {
      values <- number_columns[[kind]](300)
      parts <- sketch_blocks(values, random_cuts(300, seed))
    })
    whole <- sketch_whole(values)
    expect_equal(parts$mean, whole$mean, tolerance = 1e-12, info = kind)
    # Of numbers far from 0 a double keeps fewer digits of their deviations.
    digits <- 1 + abs(whole$mean) / max(sketch_sd(whole), 1e-300)
    expect_equal(parts$m2, whole$m2, tolerance = 1e-12 * digits, info = kind)
    exact <- c("kind", "class", "zone", "n", "missing", "min", "max", "at_min",
               "at_max", "whole", "points")
    expect_identical(parts[exact], whole[exact])
  }
})

test_that("a sketch says what base R says", {
  x <- with_seed(3, c(NA, round(rnorm(500, 1e5), 1), NA, 1e5))
  sketch <- sketch_whole(x)
  y <- x[!is.na(x)]
  expect_equal(sketch[c("n", "missing", "mean", "min", "max", "whole")],
               list(n = 503L, missing = 2L, mean = mean(y), min = min(y),
                    max = max(y), whole = FALSE))
  expect_equal(sketch_sd(sketch), sd(y), tolerance = 1e-12)
  expect_equal(c(sketch$at_min, sketch$at_max),
               c(sum(y == min(y)), sum(y == max(y))))
  expect_true(sketch_whole(c(1, NA, 3))$whole)
  # The only fraction may come late.
  expect_false(sketch_whole(c(rep(1, 5000), 1.5))$whole)
})

test_that("levels and their counts add up, in the order they came", {
  for (seed in 1:8) {
    with_seed(seed, {
      text <- sample(c("b", "a", "\u00e9", "", NA, "C", "c "), 200, TRUE)
      parts <- sketch_blocks(text, random_cuts(200, seed))
    })
    whole <- sketch_whole(text)
    expect_equal(parts, whole)
    counts <- vapply(whole$levels, function(x) sum(text %in% x), 0)
    expect_equal(whole$counts, unname(counts))
    expect_equal(whole$missing, sum(is.na(text)))
    expect_equal(whole$levels[whole$points], text)
  }
})

test_that("numbers read from text sketch as the numbers do", {
  x <- with_seed(5, sample(c(NA, round(rnorm(60), 2)), 400, TRUE))
  text <- sketch_whole(format(x))
  values <- suppressWarnings(as.numeric(text$levels))
  read <- number_sketch(text, values)
  plain <- sketch_whole(x)
  same <- c("kind", "n", "missing", "mean", "m2", "min", "max", "at_min",
            "at_max", "whole")
  expect_equal(read[same], plain[same], tolerance = 1e-12)
  expect_identical(read$points, plain$points)
})

test_that("the sample is the same whatever the blocks, and of a fixed size", {
  n <- 450000
  rows <- function(cuts) {
    sampler <- new_sampler()
    for (m in diff(c(0, cuts, n))) {
      advance(sampler, m)
    }
    sampler$rows
  }
  whole <- rows(NULL)
  for (seed in 1:4) {
    expect_identical(rows(with_seed(seed, random_cuts(n, 6))), whole)
  }
  expect_identical(rows(seq(1e5, 4e5, 1e5)), whole)
  # Evenly spread: each tenth of the table has a tenth of the sample.
  shares <- tabulate(ceiling(10 * whole / n), 10) / length(whole)
  expect_equal(shares, rep(0.1, 10), tolerance = 1e-3)
})

test_that("up to 100,000 rows are all in the sample, of more no more", {
  size <- function(n) sum(sampled(seq_len(n), sample_threshold(n)))
  expect_equal(vapply(c(1, 999, 1e5), size, 0), c(1, 999, 1e5))
  sizes <- vapply(c(1e5 + 1, 123456, 2e5, 2e5 + 1, 8e5, 3333333), size, 0)
  expect_true(all(sizes <= 1e5 + 10))
  expect_true(all(sizes >= 5e4 - 10))
})

test_that("levels of held-out rows are known, with a count of 0", {
  text <- c("a", "b", "a", "c", NA, "d")
  sketch <- sketch_column(text, 1:5, c(1, 3, 5), advance(new_sampler(), 3), "x")
  expect_equal(sketch[c("n", "missing", "levels", "counts")],
               list(n = 3L, missing = 1L, levels = c("a", "b", "c"),
                    counts = c(2L, 0L, 0L)))
  expect_equal(sketch$points, c(1, 1, NA))
})

test_that("columns that are the same are found, others are not", {
  x <- with_seed(6, rnorm(100))
  key <- function(x) sketch_key(sketch_whole(x))
  expect_equal(key(x), key(x + 0))
  expect_false(key(x) == key(-x))
  expect_false(key(x) == key(replace(x, 7, x[[8]])))
  expect_false(key(x) == key(replace(x, 7, NA)))
  g <- rep(c("a", "b", "c", "a"), 25)
  # The same classes by other names.
  expect_equal(key(g), key(chartr("abc", "xyz", g)))
  expect_false(key(g) == key(g[c(2, 1, 3:100)]))
})
