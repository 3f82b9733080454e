# What pip is asked for, by extra; short, so that prints are too.
few <- function(extras) c("keras>=3", extras)

build <- function(root, base, extras = character(), ..., uv = "",
                  requirements = few) {
  build_environment(
    root, extras, ..., requirements = requirements, uv = uv, candidates = base
  )
}

fake_world <- function() {
  skip_on_os("windows")
  dir <- new_folder()
  list(
    dir = dir,
    base = fake_python(file.path(dir, "base")),
    root = file.path(dir, "r-deeply")
  )
}

test_that("an environment is built, then left, then grown", {
  world <- fake_world()
  expect_snapshot(transform = hide_folder(world$dir), {
    build(world$root, world$base, "xgboost")
    build(world$root, world$base, "xgboost")
    build(world$root, world$base, "jax")
    build(world$root, world$base)
  })
  calls <- fake_calls(world$base)
  expect_length(grep("-m venv", calls), 1)
  expect_match(
    grep("pip", calls, value = TRUE)[[2]], "keras>=3 xgboost jax", fixed = TRUE
  )
  stamp <- read_stamp(world$root)
  expect_equal(stamp$extras, c("jax", "xgboost"))
  expect_equal(stamp$requirements, c("jax", "keras>=3", "xgboost"))
  expect_equal(stamp$packages, "keras-3.9.0.dist-info")
  expect_equal(stamp$base, world$base)
})

test_that("a whole environment is left without starting a Python", {
  world <- fake_world()
  suppressMessages(build(world$root, world$base))
  before <- fake_calls(world$base)
  expect_false(suppressMessages(build(world$root, world$base)))
  expect_equal(fake_calls(world$base), before)
})

test_that("an interrupted installation is repaired, not rebuilt", {
  world <- fake_world()
  suppressMessages(build(world$root, world$base))
  unlink(stamp_path(world$root))
  expect_true(suppressMessages(build(world$root, world$base)))
  calls <- fake_calls(world$base)
  expect_length(grep("-m venv", calls), 1)
  expect_length(grep("-m pip", calls), 2)
})

test_that("a package that was changed since is mended", {
  world <- fake_world()
  suppressMessages(build(world$root, world$base))
  site <- file.path(world$root, "lib", "python3.11", "site-packages")
  file.rename(
    file.path(site, "keras-3.9.0.dist-info"),
    file.path(site, "keras-2.0.0.dist-info")
  )
  expect_true(suppressMessages(build(world$root, world$base)))
})

test_that("an environment whose Python is gone is rebuilt", {
  world <- fake_world()
  suppressMessages(build(world$root, world$base, "jax"))
  unlink(python_in(world$root))
  expect_true(suppressMessages(build(world$root, world$base)))
  expect_length(grep("-m venv", fake_calls(world$base)), 2)
  expect_equal(read_stamp(world$root)$extras, "jax")
})

test_that("another base, another TensorFlow or force build anew", {
  world <- fake_world()
  other <- fake_python(file.path(world$dir, "other"))
  suppressMessages({
    build(world$root, world$base)
    expect_false(build(world$root, world$base, python = world$base))
    build(world$root, other, python = other)
    build(world$root, other, "cuda")
    expect_false(build(world$root, other, "cuda"))
    build(world$root, other, force = TRUE)
  })
  expect_length(grep("-m venv", fake_calls(world$base)), 1)
  expect_length(grep("-m venv", fake_calls(other)), 3)
})

test_that("uv does both steps where it is there", {
  world <- fake_world()
  uv <- fake_python(file.path(world$dir, "uv"), name = "uv")
  suppressMessages(build(world$root, world$base, uv = uv))
  expect_match(fake_calls(uv)[[1]], paste("venv --python", world$base))
  expect_match(fake_calls(uv)[[2]], "^pip install --python .* keras>=3$")
})

test_that("a real environment is built with venv, empty", {
  skip_on_os("windows")
  python <- Sys.which("python3")
  facts <- ask_outside(unname(python))
  reason <- why_not_base(python, facts, uv = "")
  skip_if_not(is.null(reason), paste("python3", reason))
  dir <- new_folder()
  on.exit(unlink(dir, recursive = TRUE))
  root <- environment_root(environment_python(dir))
  suppressMessages(build(
    root, unname(python), requirements = function(extras) character()
  ))
  inside <- ask_outside(python_in(root))
  expect_equal(inside[["python"]], facts[["python"]])
  expect_equal(inside[["keras"]], "")
  expect_false(suppressMessages(build(
    root, unname(python), requirements = function(extras) character()
  )))
})

test_that("only r-deeply is ever removed", {
  world <- fake_world()
  expect_snapshot(
    create_environment("thesis/env", world$base, ""), error = TRUE
  )
})

test_that("what a failing command said is shown", {
  world <- fake_world()
  broken <- fake_python(file.path(world$dir, "broken"), exit = 3)
  expect_snapshot(error = TRUE, {
    run_command(broken, "-V", "Installing with pip")
    run_command(broken, "-V", "Installing with uv", hint = "Mind the {gap}.")
  })
  cnd <- tryCatch(run_command(broken, "-V", "It"), error = identity)
  expect_s3_class(cnd, "deeply_error_install")
  expect_equal(cnd$output, "no such luck")
})

test_that("every interpreter that does not fit is listed with its reason", {
  world <- fake_world()
  base <- function(name, ..., exit = 0) {
    fake_python(file.path(world$dir, name), c(...), exit = exit)
  }
  candidates <- c(
    base("old", python = "3.8.20"), base("new", python = "3.13.1"),
    base("static", libpython = "none"), base("moved", libpython = "prefix"),
    base("bare", venv = "no"), base("broken", exit = 1),
    file.path(world$dir, "gone")
  )
  expect_snapshot(
    find_base(candidates, uv = "", version = "1.28"),
    error = TRUE, transform = hide_folder(world$dir)
  )
  expect_equal(
    find_base(candidates, "", version = "1.40")[["named"]], candidates[[2]]
  )
  expect_equal(
    find_base(candidates, "/bin/uv", version = "1.28")[["named"]],
    candidates[[5]]
  )
})

test_that("the base of an environment is what is built from", {
  world <- fake_world()
  inside <- fake_python(file.path(world$dir, "env"), c(base = world$base))
  expect_equal(
    find_base(inside, uv = ""), c(named = inside, path = world$base)
  )
})

test_that("the Python that the user chose is left alone", {
  skip_on_os(c("mac", "windows"))
  dir <- new_folder()
  python <- fake_python(dir, c(xgboost = ""))
  with_env(c(RETICULATE_PYTHON = python, WORKON_HOME = dir), {
    skip_if_not(is_foreign(choose_python()), "Python already runs")
    path <- NULL
    if (!reticulate_can("NumPy 2")) {
      expect_snapshot(deep_install("jax"), transform = hide_folder(dir))
    }
    suppressMessages(path <- deep_install())
  })
  expect_equal(path, python)
  expect_false(any(grepl("venv|pip", fake_calls(python))))
  expect_false(dir.exists(file.path(dir, "r-deeply")))
})

test_that("a newer reticulate is told what to build", {
  old <- the$declared
  on.exit(the$declared <- old)
  said <- NULL
  declare <- function(packages, ...) said <<- packages
  path <- suppressMessages(install_later("jax", declare))
  expect_equal(said, python_requirements("jax"))
  expect_identical(path, NA_character_)
})

test_that("arguments are checked", {
  expect_snapshot(error = TRUE, {
    deep_install("torch")
    deep_install(python = 3.11)
    deep_install(force = NA)
  })
})
