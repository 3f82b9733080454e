# Each trap is planted in a table that has none, and found; the table itself,
# in many draws, is clean.

clean_table <- function(n = 600, task = "binary", seed = 1) {
  with_seed(seed, {
    data <- data.frame(
      size = rnorm(n), wait = rexp(n), visits = rpois(n, 3),
      worth = rlnorm(n, 0, 2), town = factor(sample(letters[1:5], n, TRUE)),
      open = sample(c("x", "y"), n, TRUE), smoker = rbinom(n, 1, 0.3)
    )
    score <- data$size + data$wait / 2 + (data$town == "a") + rnorm(n)
    data$y <- switch(task,
      regression = score,
      binary = factor(ifelse(score > median(score), "yes", "no")),
      multiclass = cut(score, quantile(score, 0:3 / 3), c("C", "B", "A"),
                       include.lowest = TRUE)
    )
    data
  })
}

tasks <- c("regression", "binary", "multiclass")

cut_table <- function(data, seed = 5, share = 0.75) {
  rows <- with_seed(seed, sort(sample(nrow(data), share * nrow(data))))
  list(train = data[rows, ], test = data[-rows, ])
}

finding <- function(found, check, column = NULL) {
  rows <- found$check == check &
    (if (is.null(column)) TRUE else found$column == column)
  as.list(found[rows, ])
}

test_that("clean tables raise no alarm", {
  for (task in tasks) {
    for (n in c(150, 600)) {
      for (seed in 1:3) {
        found <- check_data(cut_table(clean_table(n, task, seed), seed), "y")
        expect_equal(nrow(found), 0)
      }
    }
  }
})

test_that("a target with noise is found, at 5 and 10 %", {
  for (task in tasks) {
    for (share in c(0.05, 0.1)) {
      data <- clean_table(task = task)
      y <- as.numeric(data$y)
      data$leak <- with_seed(2, y + rnorm(600, 0, share * sd(y)))
      found <- finding(check_data(data, "y"), "leak")
      expect_equal(found$column, "leak")
      expect_equal(found$severity, "stop")
      expect_gt(found$value, 0.98)
    }
  }
})

test_that("a leak is found whatever its scale, beside a strong column", {
  data <- clean_table(task = "regression")
  data$leak <- with_seed(2, exp(3 * data$y + rnorm(600, 0, 0.1)))
  data$leak[3:40] <- NA
  expect_equal(finding(check_data(data, "y"), "leak")$column, "leak")
  data <- clean_table()
  data$strong <- with_seed(4, (data$y == "yes") + rnorm(600, 0, 0.45))
  expect_length(finding(check_data(data, "y"), "leak")$column, 0)
  # Known where the event was: missing elsewhere.
  data$paid_on <- ifelse(data$y == "yes", data$wait, NA)
  expect_equal(finding(check_data(data, "y"), "leak")$column, "paid_on")
})

test_that("the target in another scale or in other words is found", {
  data <- clean_table(task = "regression")
  data$pounds <- 2.2 * data$y + 7
  found <- finding(check_data(data, "y"), "leak", "pounds")
  expect_match(found$says, "another scale (correlation 1.0000)", fixed = TRUE)
  data <- clean_table(task = "multiclass")
  data$word <- c(A = "good", B = "fair", C = "poor")[as.character(data$y)]
  found <- finding(check_data(data, "y"), "leak", "word")
  expect_match(found$says, "in other words")
})

test_that("one honest strong column is looked at, two are not", {
  data <- clean_table(task = "regression")
  data$near <- with_seed(3, data$y + rnorm(600, 0, 0.25 * sd(data$y)))
  expect_equal(finding(check_data(data, "y"), "leak")$severity, "look")
  data$next_to_it <- with_seed(4, data$y + rnorm(600, 0, 0.25 * sd(data$y)))
  expect_length(finding(check_data(data, "y"), "leak")$column, 0)
})

test_that("the best of bins and lines scores a column", {
  data <- data.frame(x = rep(1:6, 200), u = with_seed(1, rnorm(1200)))
  data$y <- c(3, 1, 4, 1, 5, 9)[data$x] + data$u
  scores <- attr(check_data(data, "y"), "scores")
  truth <- summary(lm(y ~ factor(x), data))$r.squared
  expect_equal(scores$score[scores$column == "x"], truth, tolerance = 0.01)
  line <- summary(lm(y ~ u, data))$r.squared
  expect_lt(abs(scores$score[scores$column == "u"] - line), 0.03)

  data$y <- factor(data$u + data$x > 4)
  scores <- attr(check_data(data, "y"), "scores")
  expect_equal(scores$score[scores$column == "x"],
               roc_auc(data$y == "TRUE", data$x), tolerance = 0.01)
})

test_that("columns known afterwards are named", {
  data <- clean_table()
  found <- check_data(data, "y", after = c("worth", "paid"))
  expect_equal(found$severity, c("stop", "know"))
  expect_equal(found$column, c("worth", "paid"))
})

test_that("rows in both tables are counted", {
  parts <- cut_table(clean_table())
  parts$test <- rbind(parts$test, parts$train[c(4, 9, 90), ])
  found <- finding(check_data(parts, "y"), "duplicates")
  expect_equal(found$severity, "stop")
  expect_equal(found$value, 3 / 153)
  # An identifier of its own does not hide a row.
  parts$train$id <- 1000 + seq_len(450)
  parts$test$id <- 5000 + seq_len(153)
  expect_equal(finding(check_data(parts, "y"), "duplicates")$value, 3 / 153)
  # The same predictors, another class.
  parts$test$y[151:153] <- ifelse(parts$test$y[151:153] == "yes", "no", "yes")
  found <- finding(check_data(parts, "y"), "duplicates")
  expect_equal(found$severity, "know")
  expect_equal(found$value, 6 / 603)
})

test_that("equal rows of a coarse table are no copies", {
  data <- clean_table(2000)[c("visits", "town", "open", "smoker", "y")]
  expect_equal(finding(check_data(cut_table(data), "y"), "duplicates")$severity,
               c("know", "know"))
  data <- clean_table(400)
  found <- finding(check_data(rbind(data, data[1:60, ]), "y"), "duplicates")
  expect_equal(found$severity, "look")
  expect_equal(found$value, 60 / 460)
})

test_that("groups that were torn apart are counted", {
  data <- clean_table()
  data$patient <- with_seed(1, sample(60, 600, TRUE))
  held <- data$patient <= 15
  whole <- list(train = data[!held, ], test = data[held, ])
  expect_equal(nrow(check_data(whole, "y", group = "patient")), 0)
  torn <- cut_table(data)
  found <- finding(check_data(torn, "y", group = "patient"), "groups")
  expect_equal(found$severity, "stop")
  expect_equal(found$value, length(intersect(torn$train$patient,
                                             torn$test$patient)))
  # Nobody said so, but the name does.
  expect_equal(finding(check_data(torn, "y"), "groups")$severity, "look")
  expect_equal(finding(check_data(data, "y"), "groups")$value, 60)
  expect_equal(finding(check_data(data, "y", group = "patient"),
                       "groups")$severity, "know")
})

test_that("identifiers are found", {
  data <- clean_table()
  data$id <- with_seed(1, sample(1e6, 600))
  data$ticket <- sprintf("T-%05d", with_seed(2, sample(1e5, 600)))
  data$nr <- 600:1
  found <- check_data(data, "y")
  expect_equal(sort(found$column), c("id", "nr", "ticket"))
  expect_equal(unique(found$severity), "know")
})

test_that("a shift of half a standard deviation is found", {
  for (task in tasks) {
    parts <- cut_table(clean_table(2000, task))
    parts$test$size <- parts$test$size + 0.5
    found <- finding(check_data(parts, "y"), "drift")
    expect_equal(found$column[[1]], "size")
    # Of two normal curves it is the square of the shift.
    expect_equal(found$value[[1]], 0.25, tolerance = 0.3)
  }
  parts <- cut_table(clean_table(2000))
  parts$test <- parts$test[parts$test$town %in% c("a", "b"), ]
  found <- finding(check_data(parts, "y"), "drift", "town")
  expect_equal(found$severity, "stop")
})

test_that("the stability index is its formula, and chance what it is said", {
  bins <- list(train = rep(1:4, c(40, 30, 20, 10)),
               test = rep(1:4, c(10, 10, 15, 15)))
  p <- c(40.5, 30.5, 20.5, 10.5) / 102
  q <- c(10.5, 10.5, 15.5, 15.5) / 52
  index <- stability_index(bins)
  expect_equal(index$psi, sum((q - p) * log(q / p)))
  expect_equal(index$chance, 3 * (1 / 100 + 1 / 50))
  # Without a shift the mean is what is taken off.
  drawn <- with_seed(1, replicate(400, stability_index(list(
    train = sample(10, 800, TRUE), test = sample(10, 400, TRUE)
  ))$psi))
  expect_equal(mean(drawn), 9 * (1 / 800 + 1 / 400), tolerance = 0.05)
})

test_that("one number says how far apart the tables are", {
  parts <- cut_table(clean_table(2000))
  same <- attr(check_data(parts, "y"), "apart")
  expect_lt(abs(same - 0.5), 0.05)
  parts$test[c("size", "wait")] <- parts$test[c("size", "wait")] + 0.7
  found <- check_data(parts, "y")
  expect_gt(attr(found, "apart"), 0.7)
  expect_equal(finding(found, "drift", "")$value, attr(found, "apart"))
})

test_that("the order of the test rows changes nothing", {
  parts <- cut_table(clean_table(900))
  parts$test$size <- parts$test$size + 0.6
  parts$test <- rbind(parts$test, parts$train[1:4, ])
  parts$train$id <- seq_len(nrow(parts$train)) %/% 3
  parts$test$id <- seq_len(nrow(parts$test)) %/% 3
  found <- check_data(parts, "y")
  expect_gt(nrow(found), 3)
  for (seed in 1:3) {
    rows <- with_seed(seed, sample(nrow(parts$test)))
    again <- check_data(parts$train, "y", test = parts$test[rows, ])
    expect_equal(again, found)
  }
})

test_that("rare classes are counted", {
  data <- clean_table(1000)
  data$y <- factor(ifelse(rank(data$size + data$wait) > 960, "yes", "no"))
  found <- finding(check_data(data, "y"), "imbalance")
  expect_equal(found$severity, "know")
  expect_equal(found$value, 0.04)
  data$y[data$y == "yes"][9:40] <- "no"
  found <- finding(check_data(data, "y"), "imbalance")
  expect_equal(found$severity, c("look", "look"))
  expect_equal(found$value, c(0.008, 8))
})

test_that("two units in one column are found", {
  plant <- function(change, spread = 0.1, share = 0.15) {
    with_seed(6, {
      x <- exp(rnorm(600, log(70), spread))
      rows <- sample(600, share * 600)
      x[rows] <- change(x[rows])
      x
    })
  }
  factors <- c(1000, 100, 10, 60, 3600, 24, 1 / 0.3048, 2.54)
  for (factor in factors) {
    data <- clean_table()
    data$weight <- plant(function(x) x * factor)
    found <- finding(check_data(data, "y"), "units")
    expect_equal(found$column, "weight")
    expect_equal(found$value, 0.15)
  }
  data$weight <- plant(function(x) x / 0.45359237, spread = 0.07)
  expect_match(finding(check_data(data, "y"), "units")$says, "pounds")
  data$weight <- plant(function(x) 1.8 * x + 32, 0.05)
  expect_match(finding(check_data(data, "y"), "units")$says, "Celsius")
  # Two heaps that no unit explains, or of another shape.
  data$weight <- plant(function(x) x * 5)
  expect_length(finding(check_data(data, "y"), "units")$column, 0)
  data$weight <- plant(function(x) 70 * 1000 * (x / 70)^3)
  expect_length(finding(check_data(data, "y"), "units")$column, 0)
})

# Time ---------------------------------------------------------------------

timed_table <- function(n = 800, by = "15 min", copies = 1, seed = 3) {
  with_seed(seed, data.frame(
    at = seq(as.POSIXct("2021-05-03", tz = "UTC"), by = by, length.out = n),
    heat = rnorm(n),
    y = rep(rnorm(n / copies), each = copies)
  ))
}

test_that("a split that ignores time is stopped", {
  data <- timed_table()
  found <- check_data(data, "y")
  expect_equal(found$check, "time")
  expect_equal(found$severity, "know")
  expect_equal(nrow(check_data(data[1:600, ], "y", test = data[601:800, ])), 0)
  found <- finding(check_data(cut_table(data), "y"), "time")
  expect_equal(found$severity, "stop")
  expect_gt(found$value, 0.9)
  # Text, and a column that only the user knows to be time.
  data$at <- format(data$at, "%d/%m/%Y %H:%M")
  expect_equal(finding(check_data(cut_table(data), "y"), "time")$column, "at")
  data$at <- with_seed(1, cumsum(runif(800)))
  expect_length(finding(check_data(cut_table(data), "y"), "time")$column, 0)
  expect_equal(finding(check_data(cut_table(data), "y", time = "at"),
                       "time")$severity, "stop")
})

test_that("a trend is no leak, and days are no numbers of rows", {
  data <- timed_table(400, "day")
  data$y <- seq_len(400) + data$y
  data$at <- as.Date(data$at)
  expect_equal(check_data(data, "y")$check, "time")
})

test_that("each series of a table has its own time", {
  data <- rbind(cbind(timed_table(400), sensor = "b"),
                cbind(timed_table(300, seed = 8), sensor = "a"))
  late <- c(321:400, 641:700)
  expect_length(finding(check_data(data[-late, ], "y", test = data[late, ]),
                        "time")$column, 0)
  expect_equal(finding(check_data(cut_table(data), "y"), "time")$severity,
               "stop")
})

test_that("values written several times are found, in any unit", {
  repeated <- function(data, ...) {
    finding(check_data(data, "y", ...), "repetition")
  }
  cases <- list(
    list(by = "15 min", copies = 4, says = "15-minute rows hold hourly"),
    list(by = "hour", copies = 24, says = "hourly rows hold daily"),
    list(by = "day", copies = 7, says = "daily rows hold weekly"),
    list(by = "10 min", copies = 3, says = "10-minute rows hold 30-minute"),
    list(by = "day", copies = 5, says = "each stays for 5 rows")
  )
  for (case in cases) {
    n <- 40 * case$copies
    found <- repeated(timed_table(n, case$by, case$copies))
    expect_equal(found$severity, "stop")
    expect_equal(found$value, case$copies)
    expect_match(found$says, case$says)
  }
  data <- timed_table(800, copies = 4)
  data$y[with_seed(1, sample(800, 90))] <- NA
  expect_equal(repeated(data)$value, 4)
  expect_equal(repeated(cut_table(data))$value, 4)
  expect_equal(repeated(cut_table(data[with_seed(2, sample(800)), ]))$value, 4)
})

test_that("values that stay for other reasons are no copies", {
  data <- timed_table(800)
  data$y <- with_seed(1, rpois(800, 0.05))
  data$level <- rep(1:8, each = 100) + 0.5
  data$month <- as.integer(format(data$at, "%d"))
  expect_length(finding(check_data(data, "y"), "repetition")$column, 0)
  # Six hours.
  data$price <- rep(with_seed(2, rnorm(40)), each = 24)[1:800]
  found <- finding(check_data(data, "y"), "repetition")
  expect_equal(found$column, "price")
  expect_equal(found$severity, "know")
})
