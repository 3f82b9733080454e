test_that("500 malformed tables each give a result or a classed error", {
  skip_on_cran()
  # A preparation knows no backend: once is enough.
  skip_if(Sys.getenv("DEEPLY_TEST_BACKEND") == "jax")
  found <- count_fuzzed(1:500)
  expect_equal(found$faults, character())
  # The tables are of every kind: bad ones are refused for many reasons.
  expect_gt(found$counts[["result"]], 200)
  expect_gt(length(found$counts), 10)
})
