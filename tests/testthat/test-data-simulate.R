simulators <- list(
  air = function(seed = NULL) simulate_air(60, seed = seed),
  fraud = function(seed = NULL) simulate_fraud(70, 0.2, seed = seed),
  oxygen = function(seed = NULL) simulate_oxygen_sensor(80, 4, seed = seed),
  shapes = function(seed = NULL) simulate_shapes(3, 18, seed = seed),
  faces = function(seed = NULL) simulate_faces(2, 19, seed = seed),
  interactions = function(seed = NULL) {
    simulate_interactions(90, 30, 12, seed = seed)
  },
  series = function(seed = NULL) simulate_series(50, 2, seed = seed)
)

test_that("the same seed gives the same data, another other data", {
  for (simulate in simulators) {
    first <- simulate(31)
    expect_identical(simulate(31), first)
    other <- simulate(32)
    for (part in setdiff(names(first), c("class", "seed"))) {
      expect_false(identical(other[[part]], first[[part]]))
    }
    expect_identical(first$seed, 31L)
  }
})

test_that("a seed leaves R's generator as it was", {
  for (simulate in simulators) {
    set.seed(5)
    before <- .Random.seed
    simulate(31)
    expect_identical(.Random.seed, before)
  }
})

test_that("without a seed one number is drawn, which repeats the data", {
  for (simulate in simulators) {
    set.seed(6)
    drawn <- simulate()
    after <- runif(1)
    set.seed(6)
    runif(1)
    expect_identical(runif(1), after)
    expect_identical(simulate(drawn$seed), drawn)
    expect_false(identical(simulate(), drawn))
  }
})

test_that("the user's kind of generator does not matter", {
  expected <- simulators$fraud(8)
  set.seed(1, kind = "Wichmann-Hill", sample.kind = "Rounding") |>
    suppressWarnings()
  on.exit(RNGkind("default", "default", "default"))
  expect_identical(simulators$fraud(8), expected)
})

test_that("all have one shape: data or images, truth row by row, seed", {
  for (name in names(simulators)) {
    made <- simulators[[name]](4)
    expect_s3_class(made, "deep_simulation")
    expect_equal(rev(names(made))[1:2], c("seed", "truth"))
    rows <- made$truth$rows
    expect_s3_class(rows, "data.table")
    if (name %in% c("shapes", "faces")) {
      expect_type(made$x, "double")
      expect_gte(nrow(rows), dim(made$x)[[1]])
    } else {
      expect_s3_class(made$data, "data.table")
      expect_equal(nrow(rows), nrow(made$data))
    }
  }
})

test_that("a simulation is plain R data whose tables can be changed", {
  for (simulate in simulators) {
    made <- simulate(4)
    path <- tempfile()
    saveRDS(made, path)
    expect_equal(readRDS(path), made)
    unlink(path)
    rows <- made$truth$rows
    expect_silent(rows[, "more" := 1])
  }
})

test_that("a simulation prints what is in it, not all of it", {
  expect_snapshot(for (simulate in simulators) print(simulate(17)))
})

test_that("a seed is a whole number", {
  for (simulate in simulators) {
    expect_error(simulate(1.5), class = "deeply_error_argument")
  }
  expect_snapshot(error = TRUE, {
    simulate_fraud(10, seed = -1)
    simulate_series(10, seed = "one")
  })
})

test_that("numbered names sort as their numbers do", {
  names <- numbered("user", 120)
  expect_equal(names[c(1, 12, 120)], c("user_001", "user_012", "user_120"))
  expect_equal(sort(names, method = "radix"), names)
  expect_equal(numbered("series", 1), "series_1")
})
