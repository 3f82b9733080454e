test_that("the interval is that of the corrected resampled t-test", {
  values <- c(0.91, 0.87, 0.9, 0.94, 0.88)
  found <- resampled_interval(values, rep(80, 5), rep(20, 5))
  se <- sqrt((1 / 5 + 20 / 80) * var(values))
  expect_equal(found$mean, mean(values))
  expect_equal(found$se, se)
  expect_equal(c(found$lower, found$upper),
               mean(values) + c(-1, 1) * qt(0.975, 4) * se)
  expect_equal(found$p_value, 2 * pt(-mean(values) / se, 4))
  # With test sets of no weight, Student's own.
  plain <- resampled_interval(values, rep(80, 5), rep(0, 5))
  expect_equal(c(plain$lower, plain$upper), c(t.test(values)$conf.int))
  expect_equal(plain$p_value, t.test(values)$p.value)
})

test_that("folds without a value do not count, and one fold has no interval", {
  some <- resampled_interval(c(1, NA, 3), c(10, 10, 30), c(5, 5, 5))
  expect_equal(some$n, 2)
  expect_equal(some$se, sqrt((1 / 2 + 10 / 40) * 2))
  one <- resampled_interval(0.5, 10, 5)
  expect_equal(one$mean, 0.5)
  expect_true(all(is.na(c(one$se, one$lower, one$upper, one$p_value))))
  expect_true(is.na(resampled_interval(c(NA, NA), 1:2, 1:2)$mean))
  # All alike: no spread, and no division by it.
  expect_equal(resampled_interval(c(0, 0), 9:10, 1:2)$p_value, 1)
  expect_equal(resampled_interval(c(2, 2), 9:10, 1:2)$p_value, 0)
})

draws <- function(rows) {
  data.table(n = length(rows$train), draw = runif(1), seed = rows$seed)
}

test_that("each fold has a seed of its own, whatever runs beside it", {
  folds <- deep_folds(iris, v = 3, repeats = 2, seed = 1)
  found <- run_folds(folds, draws, seed = 5)
  expect_named(found, c("repeat", "fold", "n", "draw", "seed"))
  expect_equal(found[["repeat"]], rep(1:2, each = 3))
  expect_equal(found$fold, rep(1:3, 2))
  expect_equal(anyDuplicated(found$draw), 0)
  expect_identical(run_folds(folds, draws, seed = 5), found)
  expect_equal(run_folds(folds$folds[1:2], draws, seed = 5)$draw,
               found$draw[1:2])
  # Jobs of the same fold draw the same.
  jobs <- lapply(c(2, 1, 2), function(fold) list(train = 1, fold = fold))
  twice <- run_folds(jobs, draws, seed = 5)
  expect_equal(twice$draw[[1]], twice$draw[[3]])
  # The session's own numbers go on as if nothing had been drawn.
  set.seed(3)
  run_folds(folds, draws, seed = 5)
  expect_equal(runif(1), {
    set.seed(3)
    runif(1)
  })
  set.seed(4)
  first <- run_folds(folds, draws)
  set.seed(4)
  expect_identical(run_folds(folds, draws), first)
})

test_that("workers give the same, and are other processes", {
  skip_if_not_installed("callr")
  folds <- deep_folds(iris, v = 3, seed = 1)
  task <- function(rows) {
    data.table(draws(rows), pid = Sys.getpid(),
               wide = ncol(deep_folds(datasets::women, 2, seed = 1)$table))
  }
  environment(task) <- list2env(list(draws = draws), parent = asNamespace(
    "deeply"
  ))
  beside <- run_folds(folds, task, workers = 2, seed = 9)
  here <- run_folds(folds, task, seed = 9)
  expect_false(Sys.getpid() %in% beside$pid)
  expect_equal(beside[, -"pid"], here[, -"pid"])
  dies <- function(rows) if (rows$fold == 2) tools::pskill(Sys.getpid(), 9)
  failed <- expect_error(run_folds(folds, dies, workers = 2),
                         class = "deeply_error_fold")
  expect_equal(failed$fold, 2)
  expect_s3_class(failed$parent, "deeply_error_worker")
})

test_that("errors and warnings carry their folds", {
  folds <- deep_folds(iris, v = 3, repeats = 2, seed = 1)
  bad <- function(rows) {
    if (rows[["repeat"]] == 2) stop("There is no {bread}.")
    data.table(x = 1)
  }
  expect_snapshot(error = TRUE, run_folds(folds, bad))
  failed <- rlang::catch_cnd(run_folds(folds, bad), "deeply_error_fold")
  expect_equal(failed[["repeat"]], 2)
  warns <- function(rows) {
    if (rows$fold < 3) warning("The milk is {sour}.")
    deeply_warn("Tea is late.", class = "tea")
    deeply_warn("Tea is late.", class = "tea")
    data.table(x = 1)
  }
  expect_snapshot(invisible(run_folds(folds$folds, warns)))
  expect_warning(suppressWarnings(run_folds(folds$folds, warns),
                                  classes = "deeply_warning_fold"),
                 class = "deeply_warning_tea")
})

test_that("Ctrl-C ends the workers", {
  skip_if_not_installed("callr")
  skip_on_os("windows")
  skip_if(in_load_all(), "The process finds only an installed deeply.")
  folder <- new_folder()
  running <- callr::r_bg(function(folder) {
    wait <- function(rows) {
      file.create(file.path(folder, Sys.getpid()))
      Sys.sleep(60)
    }
    environment(wait) <- list2env(list(folder = folder), parent = baseenv())
    deeply:::run_folds(list(list(), list()), wait, workers = 2)
  }, list(folder), supervise = TRUE)
  for (i in 1:600) {
    pids <- as.integer(list.files(folder))
    if (length(pids) == 2) break
    Sys.sleep(0.1)
  }
  expect_length(pids, 2)
  running$interrupt()
  running$wait(10000)
  Sys.sleep(1)
  expect_false(any(tools::pskill(pids, 0)))
})

test_that("progress tells the time left", {
  seconds <- c(0, 4, 12, 15, 24, 30)
  now <- function() {
    at <- seconds[[1]]
    seconds <<- seconds[-1]
    at
  }
  report <- fold_log(5, "Fold", every = 10, now = now)
  expect_silent(report(1))
  expect_snapshot(report(2))
  expect_silent(report(3))
  expect_snapshot(report(4))
  expect_silent(report(5))
  expect_silent(fold_reporter(3, "Fold", NULL)(1))
  bar <- fold_bar(3, "Fold", environment())
  for (i in 1:3) bar(i)
  expect_true(cli::cli_progress_done())
  # Fits within a fold are quiet, and the session is as before.
  expect_false(the$quiet)
  expect_true(run_folds(list(list()), function(rows) {
    data.table(quiet = the$quiet)
  })$quiet)
  expect_false(the$quiet)
})

test_that("folds are taken however they are given", {
  number <- as_folds(4, iris, iris$Species, seed = 1)
  expect_equal(number$how$method, "strata")
  for (rows in number$folds) {
    expect_equal(max(table(iris$Species[rows$test])), 13, tolerance = 0.1)
  }
  expect_identical(as_folds(number, iris, iris$Species), number)
  by_number <- as_folds(3, as.matrix(mtcars[-1]), mtcars$mpg, seed = 1)
  expect_true(by_number$how$fifths)
  days <- data.frame(day = as.Date("2024-01-01") + 0:29, x = 1:30)
  rolling <- deep_folds(days, v = 3, time = "day")
  expect_identical(as_folds(rolling, days, days$x), rolling)
  skip_if_not_installed("rsample")
  set <- with_seed(1, rsample::vfold_cv(mtcars, v = 4))
  expect_equal(as_folds(set, mtcars, mtcars$mpg)$how$method, "rsample")
})

test_that("folds that do not fit are refused", {
  days <- data.frame(day = as.Date("2024-01-01") + 0:29, x = 1:30)
  expect_snapshot(error = TRUE, {
    as_folds("five", iris, iris$Species)
    as_folds(1, iris, iris$Species)
    as_folds(3, days, days$x)
    as_folds(deep_folds(mtcars, 3, seed = 1), iris, iris$Species)
    run_folds(list(list()), draws, workers = 0)
  })
})
