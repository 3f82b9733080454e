# One block of rows, so all of a Parquet table is seen as the table is.
gappy_table <- function(task, n = 400) {
  data <- task_table(task, n = n)
  data$size[c(3, 50, 200)] <- NA
  data$town[c(7, 51:60)] <- NA
  data$open[5] <- NA
  data[[task_outcome[[task]]]][c(2, 90)] <- NA
  data$w <- rep_len(c(1, 2.5, 0, 0.7), n)
  data
}

fit_both <- function(task, ..., validation = 0.2, data = gappy_table(task)) {
  formula <- stats::reformulate(". - w", task_outcome[[task]])
  control <- quick(epochs = 4, validation = validation)
  parquet <- deep_parquet(parquet_folder(data, 3))
  list(
    table = plain_mlp(formula, data, ..., control = control, baseline = FALSE),
    parquet = plain_mlp(formula, parquet, ..., control = control,
                       baseline = FALSE)
  )
}

test_that("up to a block, the network is that of the table, bit for bit", {
  skip_if_no_parquet()
  for (task in names(task_outcome)) {
    fits <- fit_both(task)
    expect_identical(fit_weights(fits$parquet), fit_weights(fits$table))
    expect_equal(evaluate(fits$parquet), evaluate(fits$table))
    expect_equal(fits$parquet$prep$outcome, fits$table$prep$outcome)
    expect_identical(fits$parquet$prep$rows$no_outcome, 2L)
    expect_identical(fits$parquet$info$rows, fits$table$info$rows)
  }
})

test_that("so it is with weights, class weights and without validation", {
  skip_if_no_parquet()
  fits <- fit_both("regression", weights = "w", validation = 0)
  expect_identical(fits$parquet$judged$on, "training rows")
  expect_equal(fit_weights(fits$parquet), fit_weights(fits$table),
               tolerance = 1e-6)
  fits <- fit_both("multiclass", weights = "w", class_weights = "balanced")
  expect_equal(fit_weights(fits$parquet), fit_weights(fits$table),
               tolerance = 1e-6)
  fits <- fit_both("binary", class_weights = c(no = 3, yes = 1))
  expect_equal(fit_weights(fits$parquet), fit_weights(fits$table),
               tolerance = 1e-6)
})

test_that("the formula may compute predictors and the outcome", {
  skip_if_no_parquet()
  data <- task_table("regression")
  data$class <- rep_len(c(10L, 9L, 10L), nrow(data))
  parquet <- deep_parquet(parquet_folder(data))
  for (formula in list(log(price + 10) ~ I(size / (count + 1)^0.5) + town,
                       factor(class) ~ size + count)) {
    fits <- lapply(list(data, parquet), function(data) {
      plain_mlp(formula, data, control = quick(), baseline = FALSE,
               na = "error")
    })
    expect_identical(fit_weights(fits[[1]]), fit_weights(fits[[2]]))
    expect_equal(predict(fits[[2]], parquet), predict(fits[[1]], data))
  }
  expect_identical(fits[[2]]$prep$outcome$levels, c("9", "10"))
})

# Many small blocks --------------------------------------------------------

small_blocks <- function(frame = parent.frame()) {
  local_constants(block_rows = 64L, rows_to_judge = 90L, frame = frame)
}

test_that("in many blocks it learns about as well, and prints true numbers", {
  skip_if_no_parquet()
  data <- gappy_table("binary", n = 2000)
  parquet <- deep_parquet(parquet_folder(data, 3))
  control <- quick(epochs = 25, seed = 4)
  on_table <- plain_mlp(sold ~ . - w, data, control = control, baseline = FALSE)
  small_blocks()
  fit <- plain_mlp(sold ~ ., parquet, weights = "w", control = control)
  n <- fit$info$rows
  expect_equal(sum(n), 1998)
  expect_equal(n[["validation"]] / 1998, 0.2, tolerance = 0.01)
  expect_identical(fit$prep$rows$learned, n[["train"]])
  expect_identical(fit$judged$n, 90L)
  shown <- capture.output(print(fit))
  expect_match(shown, "1,598 to train, 400 to validate; left out: 2",
               all = FALSE)
  expect_match(shown, "Judged on 90 sampled validation rows", all = FALSE)
  fresh <- task_table("binary", n = 1000, seed = 8)
  scores <- vapply(list(fit, on_table), function(fit) {
    evaluate(fit, fresh)$log_loss[[1]]
  }, 0)
  # Other rows are held out: the two nets are not the same.
  expect_lt(scores[[1]], 1.3 * scores[[2]])
})

test_that("the same seed gives the same bits, in memory and from a file", {
  skip_if_no_parquet()
  data <- gappy_table("regression", n = 1000)
  parquet <- deep_parquet(parquet_folder(data, 2))
  small_blocks()
  fit <- function(seed, stream) {
    fit_weights(plain_mlp(price ~ size + colour, parquet, baseline = FALSE,
                         control = quick(seed = seed, stream = stream)))
  }
  first <- fit(5, FALSE)
  expect_identical(fit(5, FALSE), first)
  expect_identical(fit(5, TRUE), first)
  expect_false(identical(fit(6, TRUE), first))
})

test_that("a fit is judged on rows of a Parquet table", {
  skip_if_no_parquet()
  data <- gappy_table("binary", n = 1000)
  parquet <- deep_parquet(parquet_folder(data, 2))
  fit <- plain_mlp(sold ~ . - w, data, control = quick(30), baseline = FALSE)
  known <- evaluate(fit, data)
  expect_equal(evaluate(fit, parquet), known)
  small_blocks()
  judged <- evaluate(fit, parquet)
  expect_identical(attr(judged, "judged_on")$on, "sampled new rows")
  expect_identical(attr(judged, "judged_on")$n, 90L)
  # An AUC near 1 of 90 rows has a standard error of about 0.01.
  expect_equal(judged$roc_auc[[1]], known$roc_auc[[1]], tolerance = 0.04)
})

test_that("R's generator moves on by one number", {
  skip_if_no_parquet()
  parquet <- deep_parquet(parquet_folder(task_table("regression")))
  set.seed(3)
  plain_mlp(price ~ size, parquet, control = deep_control(epochs = 1),
           baseline = FALSE)
  after <- runif(1)
  set.seed(3)
  runif(1)
  expect_identical(runif(1), after)
})

test_that("nothing is too rare for the first pass", {
  skip_if_no_parquet()
  data <- task_table("regression", n = 1500)
  data$town[1400 + 1:20] <- paste0("hamlet ", 1:20)
  data$count <- as.numeric(data$count)
  data$count[c(900, 1300)] <- NA
  small_blocks()
  parquet <- deep_parquet(parquet_folder(data))
  expect_silent(
    fit <- plain_mlp(price ~ size + count + town, parquet, control = quick(1),
                    baseline = FALSE)
  )
  expect_length(grep("hamlet", fit$prep$columns$town$levels), 20)
  expect_true(fit$prep$columns$count$indicator)
})

test_that("a prep of a file is that of the table, in blocks as in one go", {
  skip_if_no_parquet()
  data <- gappy_table("binary", n = 3000)
  data$count <- as.numeric(data$count)
  data$text <- as.character(seq_len(3000) / 7)
  data$text[5] <- "n/x"
  data$spelt <- rep_len(c("North", "north ", "South", "?"), 3000)
  data$when <- as.POSIXct("2024-02-01", tz = "UTC") + 3600 * seq_len(3000)
  parquet <- deep_parquet(parquet_folder(data, 3))
  for (scale in scalings) {
    known <- deep_prep(sold ~ ., data, scale = scale)
    known$notes <- known$notes[known$notes$step != "duplicates", ]
    expect_equal(deep_prep(sold ~ ., parquet, scale = scale), known,
                 tolerance = 1e-9, ignore_attr = "index")
    local({
      small_blocks()
      expect_equal(deep_prep(sold ~ ., parquet, scale = scale), known,
                   tolerance = 1e-9)
    })
  }
})

test_that("a class of few rows, none in the first block, is a class", {
  skip_if_no_parquet()
  data <- task_table("binary", n = 1200)
  data$sold <- factor(ifelse(seq_len(1200) %in% c(400, 800, 801, 802, 1100),
                             "never", as.character(data$sold)))
  parquet <- deep_parquet(parquet_folder(data))
  small_blocks()
  fit <- plain_mlp(sold ~ size, parquet, control = quick(1), baseline = FALSE)
  expect_identical(fit$prep$outcome$levels, c("never", "no", "yes"))
  # Four of the five rows train: the fifth is held out.
  expect_equal(fit$prep$outcome$shares[["never"]], 4 / fit$info$rows[["train"]],
               tolerance = 1e-12)
})

test_that("a run from Parquet files goes on after a break", {
  skip_if_no_parquet()
  parquet <- deep_parquet(parquet_folder(task_table("binary", n = 500), 2))
  small_blocks()
  folder <- tempfile()
  fit <- plain_mlp(sold ~ ., parquet, baseline = FALSE,
                  control = quick(3, checkpoint = folder, stream = TRUE))
  whole <- plain_mlp(sold ~ ., parquet, baseline = FALSE, control = quick(6))
  longer <- deep_resume(folder, epochs = 6)
  expect_identical(fit_weights(longer), fit_weights(whole))
})

test_that("lr_finder() takes a Parquet table", {
  skip_if_no_parquet()
  parquet <- deep_parquet(parquet_folder(task_table("regression")))
  expect_s3_class(lr_finder(price ~ ., data = parquet, steps = 12),
                  "deep_lr_finder")
})

# The parts ----------------------------------------------------------------

test_that("one block is split as a table is", {
  y <- factor(rep_len(c("a", "b", "b", "c"), 203))
  split <- with_seed(9, draw_block(new_strata(), y, seq_along(y), 0.25))
  control <- deep_control(validation = 0.25)
  expect_identical(split, split_rows(control, as.integer(y), TRUE, 9L))
  y <- sin(1:500)
  split <- with_seed(8, draw_block(new_strata(), y, seq_along(y), 0.1))
  expect_identical(split, split_rows(deep_control(validation = 0.1), y, FALSE,
                                     8L))
})

test_that("a class of one row a block gets its share of validation rows", {
  strata <- new_strata()
  held_out <- with_seed(1, vapply(1:100, function(i) {
    y <- c("rare", rep("usual", 9), "")
    y[draw_block(strata, y, seq_along(y), 0.3)$validation] |>
      factor(c("rare", "usual", "")) |>
      table() |>
      as.vector()
  }, numeric(3)))
  expect_identical(rowSums(held_out), c(30, 270, 30))
})

test_that("a sample is uniform over the blocks, and whole if there is room", {
  draw <- function(seed, room, n) {
    sample <- new_sample(room, n, 1)
    with_seed(seed, for (first in seq(1, n, by = 70)) {
      block <- seq(first, min(first + 69, n))
      add_to_sample(sample, list(x = as.numeric(block)), seq_along(block))
    })
    sample$columns$x
  }
  expect_identical(draw(1, 300, 211), as.numeric(1:211))
  drawn <- lapply(1:400, draw, room = 50, n = 500)
  expect_true(all(lengths(lapply(drawn, unique)) == 50))
  # Each tenth of the rows gives a tenth of the sample: sd of a count is 42.
  counts <- tabulate(ceiling(unlist(drawn) / 50), 10)
  expect_true(all(abs(counts - 2000) < 4 * 42))
})

test_that("a sample of many columns has fewer rows", {
  expect_identical(new_sample(2e5, 1e9, 50)$room, 2e5)
  expect_identical(new_sample(2e5, 1e9, 1000)$room, 2e4)
})

test_that("a pass says how far it is", {
  local_constants(log_seconds = -1)
  report <- pass_reporter("First of two passes", 300,
                          deep_control(verbose = TRUE))
  expect_message(report(75), "First of two passes: 25 %, 0 s.", fixed = TRUE)
  report <- pass_reporter("", 300, deep_control(verbose = FALSE))
  expect_silent(report(75))
})

test_that("a finding in a row that has no number names none", {
  finding <- list(kind = "no_number", cause = "missing", row = 3L)
  expect_null(name_finding(finding, list(prep = NULL))$row)
  expect_identical(name_finding(finding, list(numbers = 11:20))$row, 14L)
})

# Errors -------------------------------------------------------------------

test_that("what cannot be fitted is an error that names the fix", {
  skip_if_no_parquet()
  data <- task_table("regression", n = 150)
  data$tags <- as.list(seq_len(150))
  data$share <- c(rep(1, 147), NA, 2, NA)
  data$debt <- c(rep(1, 149), -3)
  data$far <- c(rep(1:2, 70), Inf, 1:9)
  data$sold <- rep(c("yes", "no"), 75)
  data$same <- "x"
  data$only <- c(4, rep(NA, 149))
  parquet <- deep_parquet(parquet_folder(data, 2))
  local_constants(block_rows = 64L)
  expect_snapshot(error = TRUE, {
    deep_mlp(parquet, y = data$price)
    deep_mlp(data["size"], parquet)
    deep_mlp(~ size, parquet)
    deep_mlp(prise ~ size, parquet)
    deep_mlp(price ~ siz, parquet)
    deep_mlp(price ~ tags, parquet)
    deep_mlp(price ~ size:count, parquet)
    deep_mlp(price ~ scale(size), parquet)
    deep_mlp(cut(price, 3) ~ size, parquet)
    deep_mlp(mean(price) ~ size, parquet)
    deep_mlp(price ~ size, parquet, na = "drop")
    deep_mlp(price ~ size, parquet, control = deep_control(validation = 1:9))
    deep_mlp(price ~ size, parquet, weights = data$share)
    deep_mlp(price ~ size, parquet, weights = "w")
    deep_mlp(price ~ size, parquet, weights = "town")
    deep_mlp(price ~ size, parquet, weights = "share")
    deep_mlp(price ~ size, parquet, weights = "debt")
    deep_mlp(price ~ size, parquet, class_weights = "balanced")
    deep_mlp(sold ~ size, parquet, class_weights = c(yes = 2))
    deep_mlp(price ~ size, parquet,
             control = deep_control(label_smoothing = 0.1))
    deep_mlp(price ~ far + size, parquet)
    deep_mlp(price ~ share + size, parquet, na = "error")
    deep_mlp(same ~ size, parquet)
    deep_mlp(only ~ size, parquet)
    deep_mlp(price ~ same, parquet)
  })
})

test_that("columns that cannot be used are left out of a dot, and named", {
  skip_if_no_parquet()
  data <- task_table("regression")
  data$tags <- as.list(seq_len(nrow(data)))
  parquet <- deep_parquet(parquet_folder(data))
  expect_snapshot(
    fit <- deep_mlp(price ~ ., parquet, control = quick(1), baseline = FALSE)
  )
  expect_false("tags" %in% names(fit$prep$columns))
})
