facts_with <- function(...) {
  facts <- list(
    running = NULL, ephemeral = FALSE, RETICULATE_PYTHON = "",
    RETICULATE_PYTHON_ENV = "", use_python = NULL,
    own = "/none/r-deeply/bin/python", can_declare = FALSE
  )
  utils::modifyList(facts, list(...))
}

source_of <- function(...) choose_python(facts_with(...))$source

test_that("the first rule that applies chooses the Python", {
  root <- new_folder()
  own <- fake_python(file.path(root, "r-deeply", "bin"), name = "python")
  all <- list(
    running = "/a/bin/python", RETICULATE_PYTHON = "/b/bin/python",
    RETICULATE_PYTHON_ENV = "lab", use_python = "/c/bin/python", own = own,
    can_declare = TRUE
  )
  order <- c(
    "running", "RETICULATE_PYTHON", "RETICULATE_PYTHON_ENV", "use_python",
    "r-deeply", "py_require", "none"
  )
  without <- facts_with()[names(all)]
  names(without) <- names(all)
  for (i in seq_along(order)) {
    expect_equal(do.call(source_of, all), order[[i]])
    all[i] <- without[i]
  }
})

test_that("environments are told apart, though all link to one interpreter", {
  root <- new_folder()
  own <- fake_python(file.path(root, "r-deeply", "bin"), name = "python")
  other <- fake_python(file.path(root, "other", "bin"), name = "python")
  choice <- choose_python(facts_with(own = own, RETICULATE_PYTHON = own))
  expect_true(choice$ours)
  expect_false(is_foreign(choice))
  choice <- choose_python(facts_with(own = own, RETICULATE_PYTHON = other))
  expect_false(choice$ours)
  expect_true(is_foreign(choice))
})

test_that("a folder or a name stands for the interpreter in it", {
  root <- new_folder()
  own <- fake_python(file.path(root, "r-deeply", "bin"), name = "python")
  lab <- fake_python(file.path(root, "lab", "bin"), name = "python")
  folder <- facts_with(own = own, RETICULATE_PYTHON = file.path(root, "lab"))
  expect_equal(choose_python(folder)$python, lab)
  name <- facts_with(own = own, RETICULATE_PYTHON_ENV = "lab")
  expect_equal(choose_python(name)$python, lab)
})

test_that("RETICULATE_PYTHON may ask for py_require() by name", {
  expect_equal(
    source_of(RETICULATE_PYTHON = "managed", can_declare = TRUE), "py_require"
  )
  expect_equal(
    source_of(RETICULATE_PYTHON = "managed", running = "/a/python"), "running"
  )
})

test_that("no Python, or one that is not there, is said", {
  expect_snapshot(error = TRUE, {
    use_environment(fake_choice("none", NA_character_))
    use_environment(fake_choice(python = "/none/bin/python"))
    use_environment(fake_choice("use_python", "/none/bin/python"))
  })
  expect_error(
    use_environment(fake_choice("none", NA)), class = "deeply_error_no_python"
  )
})

test_that("requirements are declared once, and replaced when asked", {
  old <- the$declared
  on.exit(the$declared <- old)
  the$declared <- NULL
  said <- list()
  declare <- function(...) said[[length(said) + 1]] <<- list(...)
  declare_requirements(c("a", "b"), declare = declare)
  declare_requirements("c", declare = declare)
  expect_length(said, 1)
  expect_equal(said[[1]][[1]], c("a", "b"))
  expect_equal(said[[1]]$python_version, python_range())
  declare_requirements(c("b", "d"), replace = TRUE, declare = declare)
  expect_equal(said[[2]], list("a", action = "remove"))
  expect_equal(the$declared, c("b", "d"))
})

test_that("the option for the backend is checked", {
  old <- options(deeply.backend = NULL)
  on.exit(options(old))
  expect_equal(backend_name(), "tensorflow")
  options(deeply.backend = "jax")
  expect_equal(backend_name(), "jax")
  options(deeply.backend = "torch")
  expect_snapshot(backend_name(), error = TRUE)
  options(deeply.backend = 1)
  expect_error(backend_name(), class = "deeply_error_backend")
})

check_fake <- function(..., choice = fake_choice(), backend = "tensorflow",
                       version = "1.28") {
  check_environment(choice, function() fake_facts(c(...)), backend, version)
}

test_that("a fit Python passes", {
  expect_equal(check_fake()[["keras"]], "3.8.0")
  with_numpy_2 <- check_fake(numpy = "2.1.0", version = "1.38")
  expect_equal(with_numpy_2[["numpy"]], "2.1.0")
  expect_equal(check_fake(tensorflow = "", backend = "jax")[["jax"]], "0.4.34")
})

test_that("a Python that lacks something is named, with what mends it", {
  skip_on_os(c("mac", "windows"))
  expect_snapshot(error = TRUE, {
    check_fake(keras = "")
    check_fake(keras = "2.15.0", sklearn = "", tensorflow = "")
    check_fake(jax = "", backend = "jax", choice = fake_choice(
      "r-deeply", "/none/r-deeply/bin/python", ours = TRUE
    ))
    check_fake(keras = "", choice = fake_choice(
      "running", "/cache/uv/bin/python", ephemeral = TRUE
    ))
  })
  cnd <- tryCatch(check_fake(sklearn = "", keras = ""), error = identity)
  expect_s3_class(cnd, "deeply_error_python_module")
  expect_setequal(cnd$modules, c("keras", "sklearn"))
})

test_that("NumPy 2 beside an old reticulate is refused", {
  expect_snapshot(check_fake(numpy = "2.1.3"), error = TRUE)
  expect_error(
    check_fake(numpy = "2.1.3"), class = "deeply_error_numpy_pair"
  )
})

test_that("a Python that does not start keeps its cause", {
  ask <- function() stop("libpython is gone")
  expect_snapshot(
    check_environment(fake_choice(), ask, "tensorflow", "1.28"), error = TRUE
  )
})

test_that("facts are read among noise", {
  lines <- c("python\t3.11.2", "Some log", "keras\t", "keras\t9", "A B\tc")
  expect_equal(parse_facts(lines), c(python = "3.11.2", keras = ""))
  expect_length(parse_facts(character()), 0)
})

test_that("pip is left to uv where the environment has none", {
  no_pip <- c(pip = "no")
  expect_equal(
    pip_command("/a b/python", c("x>=1", "y"), no_pip, uv = "/bin/uv"),
    "uv pip install --python \"/a b/python\" \"x>=1\" y"
  )
  expect_equal(
    pip_command("/a/python", "y", no_pip, uv = ""), "/a/python -m pip install y"
  )
})
