skip_if_not_installed("rsample")

test_that("every split of rsample is taken as it is", {
  data <- patients()
  time <- rsample::initial_time_split(data, prop = 0.7)
  set.seed(8)
  splits <- list(
    rsample::initial_split(data, prop = 0.8), time,
    rsample::group_initial_split(data, patient),
    rsample::sliding_window(data, lookback = 9, assess_stop = 4)$splits[[20]],
    rsample::rolling_origin(data, initial = 40, lag = 2)$splits[[3]],
    rsample::vfold_cv(data, v = 5)$splits[[2]],
    rsample::bootstraps(data, times = 1)$splits[[1]]
  )
  for (theirs in splits) {
    ours <- deep_split(theirs)
    expect_s3_class(ours, "deep_split")
    expect_equal(ours$train,
                 data.table::as.data.table(rsample::analysis(theirs)))
    expect_equal(ours$test,
                 data.table::as.data.table(rsample::assessment(theirs)))
    expect_identical(as_deep_split(ours), ours)
  }
  expect_snapshot(deep_split(time))
})

test_that("a validation split is a split, by either of its classes", {
  data <- patients()
  set.seed(8)
  one <- suppressWarnings(rsample::validation_split(data, prop = 0.75))
  expect_identical(deep_split(one)$rows, deep_split(one$splits[[1]])$rows)
  three <- structure(
    list(data = data, train_id = 11:211, val_id = c(9L, 3L, 4L), test_id = NA,
         id = "split"),
    class = c("initial_validation_split", "three_way_split")
  )
  split <- deep_split(three)
  expect_identical(split$rows, list(train = 11:211, validation = c(3L, 4L, 9L),
                                    test = c(1:2, 5:8, 10L)))
  expect_identical(split$validation$dose, data$dose[c(3, 4, 9)])
})

test_that("every set of rsample becomes folds", {
  data <- patients()
  set.seed(8)
  sets <- list(
    rsample::vfold_cv(data, v = 4, repeats = 2),
    rsample::vfold_cv(data, v = 3, strata = ill),
    rsample::group_vfold_cv(data, group = patient, v = 3),
    rsample::rolling_origin(data, initial = 150, assess = 10, skip = 9),
    rsample::sliding_window(data, lookback = 99, step = 30),
    rsample::mc_cv(data, times = 3)
  )
  for (theirs in sets) {
    ours <- deep_folds(theirs)
    expect_length(ours$folds, nrow(theirs))
    for (i in seq_len(nrow(theirs))) {
      split <- theirs$splits[[i]]
      expect_identical(ours$folds[[i]]$train, as.integer(split))
      expect_identical(ours$folds[[i]]$test,
                       as.integer(split, data = "assessment"))
    }
    expect_identical(as_deep_folds(ours), ours)
  }
  repeated <- deep_folds(sets[[1]])
  expect_identical(repeated$table[["repeat"]], rep(1:2, each = 4))
  expect_identical(repeated$table$fold, rep(1:4, 2))
  expect_snapshot({
    repeated
    deep_folds(sets[[4]])
  })
})

test_that("who shuffled a series with rsample is told", {
  days <- readings(50)
  set.seed(3)
  expect_snapshot({
    split <- deep_split(rsample::initial_split(days))
    folds <- deep_folds(rsample::vfold_cv(days, v = 3))
  })
  expect_no_warning(deep_split(rsample::initial_time_split(days)))
  expect_no_warning(deep_folds(rsample::rolling_origin(days, initial = 20)))
})

test_that("what rsample has decided cannot be asked for again", {
  data <- patients()
  set.seed(3)
  split <- rsample::initial_split(data)
  folds <- rsample::vfold_cv(data, v = 3)
  expect_snapshot(error = TRUE, {
    deep_split(split, 0.7)
    deep_split(split, seed = 1, strata = "ill")
    deep_split(folds)
    deep_folds(split)
    deep_folds(folds, v = 5)
  })
})

test_that("deep_control() takes a split of rsample", {
  data <- patients()
  set.seed(3)
  split <- rsample::initial_split(data)
  control <- deep_control(validation = split)
  found <- split_rows(control, seq_len(211), FALSE, 1)
  expect_identical(found$train, sort(as.integer(split)))
  expect_setequal(found$validation, as.integer(split, data = "assessment"))
  rolling <- rsample::rolling_origin(data, initial = 40, assess = 5)
  control <- deep_control(validation = rolling$splits[[1]])
  expect_identical(split_rows(control, 1:211, FALSE, 1),
                   list(train = 1:40, validation = 41:45))
  expect_snapshot({
    control
    deep_control(validation = rolling)
  }, error = TRUE)
})
