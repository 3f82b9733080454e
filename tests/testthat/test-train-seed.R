test_that("one number is drawn, and none when a seed is given", {
  set.seed(4)
  runif(1)
  after_one <- runif(1)

  set.seed(4)
  draw_seed()
  expect_identical(runif(1), after_one)

  set.seed(4)
  expect_equal(draw_seed(77), 77)
  runif(1)
  expect_identical(runif(1), after_one)
})

test_that("with_seed() leaves the generator as it was", {
  set.seed(10, kind = "Wichmann-Hill", sample.kind = "Rounding") |>
    suppressWarnings()
  on.exit(RNGkind("default", "default", "default"))
  before <- .Random.seed
  drawn <- with_seed(1, runif(3))
  expect_identical(.Random.seed, before)
  RNGkind("default", "default", "default")
  expect_identical(with_seed(1, runif(3)), drawn)
})

test_that("with_seed() leaves no generator where none was", {
  saved <- get0(".Random.seed", globalenv(), inherits = FALSE)
  on.exit(if (!is.null(saved)) assign(".Random.seed", saved, globalenv()))
  if (!is.null(saved)) rm(".Random.seed", envir = globalenv())
  with_seed(1, runif(1))
  expect_false(exists(".Random.seed", globalenv(), inherits = FALSE))
})
