# What the engine found out: the sentences, and faults that were planted.

notes <- function(findings, fit = fixture_fit()) {
  for (finding in findings) {
    writeLines(c(strwrap(finding_note(finding, fit), 78), ""))
  }
}

no_number <- function(phase, cause, ..., epoch = 4L, scoring = FALSE) {
  list(kind = "no_number", epoch = epoch, scoring = scoring, phase = phase,
       cause = cause, ...)
}

test_that("every finding has a sentence with one advice", {
  expect_snapshot(notes(list(
    list(kind = "unscaled", column = "size", value = 7.8123e9),
    list(kind = "diverged", epoch = 6L, loss = 15432.1, start = 0.95912),
    list(kind = "dead", layer = "hidden_2", share = 0.8125),
    list(kind = "saturated", layer = "hidden_1", share = 0.75),
    list(kind = "vanishing", ratio = 1.91e-12),
    list(kind = "exploding", ratio = 3456),
    list(kind = "stuck", start = 0.71234)
  )))
})

test_that("a run that met no number says where, why and what is kept", {
  expect_snapshot(notes(list(
    no_number("input", "missing", column = "count", row = 12345L),
    no_number("input", "missing", column = "count"),
    no_number("input", "missing", column = "size", row = 21L, scoring = TRUE),
    no_number("outcome", "missing"),
    no_number("outcome", "missing", scoring = TRUE),
    no_number("activation", "unscaled", layer = "hidden_1", column = "size",
              value = 6.54e38),
    no_number("activation", "learn_rate", layer = "hidden_2", scoring = TRUE),
    no_number("gradient", "learn_rate", layer = "output", epoch = 7L)
  )))
  untrained <- fixture_fit()
  untrained$info$best_epoch <- 0L
  expect_snapshot(notes(list(
    no_number("gradient", "learn_rate", layer = "output", epoch = 1L),
    no_number("activation", "learn_rate", layer = "hidden_1", epoch = 1L,
              untrained = TRUE)
  ), untrained))
})

test_that("a network is judged before it is trained", {
  noted <- function(hidden_units, activation = "relu", normalization = "none",
                    batch_size = 16) {
    network_notes(list(hidden_units = hidden_units, activation = activation,
                       normalization = normalization), batch_size)
  }
  expect_snapshot({
    noted(rep(8, 5), "sigmoid")
    noted(rep(8, 4), "tanh")
    noted(c(9, 7), "linear")
    noted(c(9, 7), normalization = "batch", batch_size = 15)
  })
  expect_null(noted(rep(8, 3), "sigmoid"))
  expect_null(noted(rep(8, 20), "sigmoid", "layer"))
  expect_null(noted(rep(8, 20)))
  expect_null(noted(integer(), "linear"))
  expect_null(noted(8, normalization = "batch"))
  expect_null(noted(8, normalization = "layer", batch_size = 2))
})

test_that("how a run ended is said only where it matters", {
  ended <- function(stopped, best_epoch, epochs) {
    fit <- fixture_fit()
    fit$info[c("stopped", "best_epoch", "epochs")] <-
      list(stopped, best_epoch, epochs)
    note_end(fit)
  }
  # 40 epochs were asked for.
  expect_snapshot({
    ended("asked", 3L, 5L)
    ended("epochs", 40L, 40L)
  })
  expect_null(ended("epochs", 38L, 40L))
  expect_null(ended("patience", 3L, 5L))
  expect_null(ended("fault", 5L, 5L))
})

test_that("all notes of a fit are printed, the finding among them", {
  fit <- fixture_fit("regression")
  fit$info$stopped <- "asked"
  fit$info$findings <- list(
    list(kind = "dead", layer = "hidden_1", share = 0.625)
  )
  fit$info$batch_size <- 4L
  expect_snapshot(fit)
})

test_that("columns and rows are named as in the data", {
  data <- mixed_table(40)[c("colour", "size", "town", "count", "price")]
  data$size[5] <- NA
  prep <- deep_prep(price ~ ., data)
  expect_equal(numeric_names(prep), c("size", "size_missing", "count"))
  run <- list(prep = prep, numbers = c(7L, 3L, 40L, 11L))
  named <- function(...) name_finding(list(...), run)[c("column", "row")]
  expect_equal(named(column = 0L, row = 0L), list(column = "size", row = 7L))
  expect_equal(named(column = 2L, row = 3L), list(column = "count", row = 11L))
  stuck <- list(kind = "stuck", start = 0.5)
  expect_equal(name_finding(stuck, run), stuck)
})

test_that("the numbers of rows hold where rows are left out", {
  skip_if_no_backend()
  data <- mixed_table(60)[c("size", "count", "price")]
  data$price[c(2, 9, 10, 31)] <- NA
  data$count[c(4, 50)] <- NA
  folder <- tempfile()
  on.exit(unlink(folder, recursive = TRUE))
  plain_mlp(price ~ ., data, na = "drop", hidden_units = 4, baseline = FALSE,
           control = quick(epochs = 1, checkpoint = folder))
  numbers <- readRDS(file.path(folder, "run.rds"))$numbers
  expect_setequal(numbers, setdiff(1:60, c(2, 9, 10, 31, 4, 50)))
  # A record: two numbers, the outcome, the weight.
  rows <- readBin(file.path(folder, "rows.bin"), "numeric", 4 * 54, size = 4)
  rows <- matrix(rows, 4)
  expect_equal(cor(rows[1, ], data$size[numbers]), 1, tolerance = 1e-6)
  expect_equal(cor(rows[3, ], data$price[numbers]), 1, tolerance = 1e-6)
})

# A fit that ends in a fault warns; here its notes are looked at.
faulty_fit <- function(...) {
  suppressWarnings(
    plain_mlp(..., baseline = FALSE),
    classes = "deeply_warning_no_number"
  )
}

expect_drawable <- function(fit) {
  expect_output(print(fit), "Training")
  expect_s3_class(tidy(fit), "data.table")
  expect_equal(nrow(glance(fit)), 1)
  expect_silent(draw(autoplot(fit)))
}

draw <- function(plot) {
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  ggplot2::ggplotGrob(plot)
}

test_that("a learning rate that is far too high is named", {
  skip_if_no_backend()
  data <- task_table("binary", n = 300)
  adam <- faulty_fit(sold ~ ., data, control = quick(10, learn_rate = 10))
  expect_match(fit_notes(adam), "diverged.*`learn_rate` \\(it was 10\\)",
               all = FALSE)
  sgd <- faulty_fit(sold ~ ., data, control = quick(10, learn_rate = 10,
                                                    optimizer = "sgd"))
  # By the draws of dropout the loss goes to 1e11 or to no number.
  expect_match(
    fit_notes(sgd), all = FALSE,
    "diverged.*`learn_rate` \\(it was 10\\)|rate \\(10\\) is too high: try 1\\."
  )
  expect_drawable(adam)
  expect_drawable(sgd)
})

test_that("a column of huge numbers is named, whatever it is called", {
  skip_if_no_backend()
  data <- mixed_table(120)[c("size", "count", "price", "sold")]
  data[["{si}ze"]] <- data$size * 1e8
  data$size <- NULL
  huge <- "Column \\{si\\}ze goes up to [5-9]\\.[0-9]e\\+09.*`scale` on"
  whole <- plain_mlp(sold ~ . - price, data, scale = "none", baseline = FALSE,
                    control = quick(2))
  expect_equal(whole$info$epochs, 2)
  expect_match(fit_notes(whole), huge, all = FALSE)
  expect_warning(
    sgd <- plain_mlp(price ~ . - sold, data, scale = "none", baseline = FALSE,
                    control = quick(2, optimizer = "sgd")),
    "Column \\{si\\}ze", class = "deeply_warning_no_number"
  )
  expect_match(fit_notes(sgd), huge, all = FALSE)
  # The fault came in the first epoch: there is no history.
  expect_equal(nrow(sgd$history), 0)
  expect_drawable(sgd)
  expect_equal(autoplot(sgd)$labels$title,
               "No epoch was finished, so there is no loss to show")
  expect_null(autoplot(sgd)$labels$subtitle)
})

test_that("twenty layers of sigmoid are named", {
  skip_if_no_backend()
  data <- task_table("binary", n = 100)
  deep <- plain_mlp(sold ~ ., data, hidden_units = rep(8, 20),
                   activation = "sigmoid", baseline = FALSE,
                   control = quick(2))
  expect_match(fit_notes(deep), "Gradients vanish", all = FALSE)
  expect_match(fit_notes(deep), "20 hidden layers of sigmoid", all = FALSE)
  expect_drawable(deep)
})

test_that("a fit in good order has no finding", {
  skip_if_no_backend()
  for (task in names(task_outcome)) {
    expect_length(shared_fit(task)$fit$info$findings, 0)
  }
})
