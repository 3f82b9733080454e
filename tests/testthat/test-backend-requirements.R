linux <- c(sys_platform = "linux", platform_machine = "x86_64")
mac <- c(sys_platform = "darwin", platform_machine = "arm64")

test_that("pyproject.toml is read, brackets inside quotes included", {
  project <- read_pyproject()
  expect_match(project$requires_python, "^>=3")
  expect_setequal(
    requirement_name(project$dependencies),
    c("numpy", "keras", "scikit-learn", "threadpoolctl", "pillow",
      "simplejpeg")
  )
  expect_equal(project$extras$cuda, "tensorflow[and-cuda]>=2.18")
  expect_length(project$extras$cpu, 2)
})

test_that("requirements follow the platform, the extras and reticulate", {
  expect_snapshot({
    python_requirements("xgboost", "1.28", linux)
    python_requirements(c("jax", "xgboost"), "1.38", mac)
    python_requirements(c("cuda", "test", "parquet"), "1.37", linux)
    python_requirements("parquet", "1.38", linux)
    python_requirements(character(), "1.41", linux)
  })
})

test_that("an unknown extra names the known ones", {
  expect_snapshot(python_requirements(c("jax", "torch", "gpu")), error = TRUE)
  expect_error(python_requirements("torch"), class = "deeply_error_extras")
  expect_error(python_requirements(NA_character_), class = "deeply_error")
})

test_that("Python's range narrows to what reticulate can load", {
  project <- list(requires_python = ">=3.10,<3.14")
  expect_equal(python_range("1.28", project), ">=3.10,<3.12")
  expect_equal(python_range("1.33", project), ">=3.10,<3.13")
  expect_equal(python_range("1.40", project), ">=3.10,<3.14")
})

test_that("versions are compared as versions, with what follows left out", {
  expect_true(version_fits("3.10.0", ">=3.8"))
  expect_false(version_fits("3.7.9", ">=3.8"))
  expect_true(version_fits("2.21.0rc1+cpu", ">=2.18,<3"))
  expect_false(version_fits("2.0.1", ">=1.26,<2"))
  expect_false(version_fits("1.5", "!=1.5"))
  expect_true(version_fits("?", ">=9"))
})

test_that("requirements come apart", {
  x <- c("tensorflow[and-cuda]>=2.18", "scikit-learn", "numpy>=1.26,<2")
  expect_equal(requirement_name(x), c("tensorflow", "scikit-learn", "numpy"))
  expect_equal(requirement_range(x), c(">=2.18", "", ">=1.26,<2"))
})

test_that("R's words for a platform become Python's", {
  windows <- c(sysname = "Windows", machine = "x86-64")
  expect_equal(
    python_platform(windows),
    c(sys_platform = "win32", platform_machine = "AMD64")
  )
  expect_equal(python_platform(c(sysname = "Darwin", machine = "arm64")), mac)
})
