# A situation: which Python, where things lie, in a fresh working directory, so
# that paths are short and the same everywhere.
sitrep_in <- function(python = NA, ..., full = FALSE, data_dir = NA) {
  old <- setwd(new_folder())
  on.exit(setwd(old))
  if (!is.na(python) && ...length() > 0) {
    fake_python(dirname(python), ...)
  }
  with_env(
    c(
      RETICULATE_PYTHON = python, WORKON_HOME = "envs",
      R_USER_CACHE_DIR = "cache", DEEPLY_DATA_DIR = data_dir
    ),
    {
      skip_if(choose_python()$source == "running", "Python already runs")
      deep_sitrep(full)
    }
  )
}

# The versions of R and reticulate are not part of a situation.
hide_versions <- function(lines) {
  sub("^(. (R|reticulate) +)[0-9.]+$", "\\1<version>", lines)
}

test_that("no Python at all", {
  skip_if(has_py_require(), "reticulate builds one")
  expect_snapshot(print(sitrep_in()), transform = hide_versions)
})

test_that("an interpreter that is not there, or does not run", {
  skip_on_os("windows")
  expect_snapshot(transform = hide_versions, {
    print(sitrep_in("gone/bin/python3"))
    print(sitrep_in("lab/python3", exit = 1))
  })
})

test_that("an environment without Keras, and one with NumPy 2", {
  skip_on_os(c("mac", "windows"))
  skip_if(reticulate_can("NumPy 2"), "this reticulate can use NumPy 2")
  old <- options(deeply.backend = "tensorflow")
  on.exit(options(old))
  bare <- c(
    numpy = "", keras = "", sklearn = "", PIL = "", simplejpeg = "",
    tensorflow = "", xgboost = "", jax = ""
  )
  expect_snapshot(transform = hide_versions, {
    print(sitrep_in("lab/python3", bare, full = TRUE))
    print(sitrep_in("lab/python3", c(numpy = "2.1.3", python = "3.9.1")))
  })
})

test_that("a wrong option, cache and data folder", {
  skip_on_os("windows")
  skip_if(reticulate_can("NumPy 2"), "the pair would name another reticulate")
  old <- options(deeply.backend = "torch")
  on.exit(options(old))
  expect_snapshot(transform = hide_versions, {
    print(sitrep_in("lab/python3", c(jax = "0.5.0"), data_dir = "nowhere"))
  })
  dir <- new_folder()
  writeLines("", file.path(dir, "a-file"))
  expect_equal(sitrep_cache(file.path(dir, "a-file", "R"))$status, "fault")
  expect_equal(sitrep_cache(file.path(dir, "new", "R"))$status, "ok")
  expect_false(dir.exists(file.path(dir, "new")))
})

test_that("a start that fails, hangs or leaves the GPU idle is told apart", {
  start <- function(facts, ..., status = 0L, gpu = FALSE) {
    if (!is.null(facts)) facts <- structure(facts, status = status)
    judge_start(facts, fake_choice(ours = TRUE), "tensorflow", 7, 120, gpu)
  }
  rows <- rbind(
    start(c(devices = "CPU")),
    start(c(devices = "/physical_device:GPU:0"), gpu = TRUE),
    start(c(devices = "CPU"), gpu = TRUE),
    start(c(failure = "ImportError: no libcudnn")),
    start(c(python = "3.11.2"), status = 139L),
    start(c(python = "3.11.2"), status = 124L),
    start(NULL)
  )
  expect_snapshot(print(new_sitrep(rows)))
})

test_that("the interpreter that would be used has its reason", {
  facts <- fake_facts()
  rows <- rbind(
    sitrep_interpreter(fake_choice("py_require", NA_character_), NULL),
    sitrep_interpreter(fake_choice("none", NA_character_), NULL),
    sitrep_interpreter(fake_choice("running"), facts),
    sitrep_interpreter(fake_choice("r-deeply", ours = TRUE), NULL),
    sitrep_interpreter(fake_choice("use_python"), NULL)
  )
  expect_snapshot(print(new_sitrep(rows)))
})

test_that("a part of the table prints as a table", {
  x <- sitrep_in("/none/python")
  part <- x[, c("check", "status")]
  expect_output(print(part), "interpreter")
})

test_that("a command that hangs is ended", {
  skip_on_os("windows")
  dir <- new_folder()
  slow <- file.path(dir, "python")
  writeLines(
    c("#!/bin/sh", "printf 'python\\t3.11.2\\n'", "exec sleep 20"), slow
  )
  Sys.chmod(slow, "755")
  seconds <- system.time(facts <- ask_outside(slow, timeout = 1))[["elapsed"]]
  expect_lt(seconds, 10)
  expect_identical(attr(facts, "status"), 124L)
  expect_equal(facts[["python"]], "3.11.2")
})

test_that("R's library folders do not reach a Python of its own", {
  path <- "/usr/lib/R/lib:/usr/lib/x86_64-linux-gnu:/opt/cuda/lib64:/lib64"
  expect_equal(outside_library_path(path, "/usr/lib/R/lib"), "/opt/cuda/lib64")
  expect_identical(outside_library_path("/usr/lib", "/x"), NA_character_)
  expect_identical(outside_library_path("", "/x"), NA_character_)
})

test_that("on a machine that is set up, nothing is wrong and Python sleeps", {
  skip_if_not(file.exists(environment_python()), "no environment r-deeply")
  skip_if(is_foreign(choose_python()), "another Python was chosen")
  was_running <- reticulate::py_available()
  seconds <- system.time(x <- deep_sitrep(full = FALSE))[["elapsed"]]
  expect_equal(sum(x$status == "fault"), 0)
  expect_lt(seconds, 3)
  expect_identical(reticulate::py_available(), was_running)
})
