test_that("what cannot cross unharmed is refused", {
  expect_snapshot(error = TRUE, {
    cross(list(y = c("a", "b")))
    cross(list(y = NA_character_))
    cross(list(y = c(1L, NA)))
    cross(list(y = c(TRUE, NA)))
    cross(list(y = c(1, NA)))
    cross(list(y = matrix(c(1, NaN), 1)))
    cross(list(y = factor("a")))
    cross(list(y = iris))
    cross(list(y = Sys.Date()))
    cross(list(y = 1i))
    cross(list(y = list(1, 2)))
    cross(list(deep = list(deeper = c("a", "b"))))
    cross(quote(x))
  })
})

test_that("what may cross keeps its value and gets dimensions", {
  expect_equal(cross(1:3), array(1:3, 3))
  expect_equal(cross(numeric()), array(numeric(), 0))
  expect_equal(cross(5), 5)
  expect_equal(cross("relu"), "relu")
  expect_equal(cross(list(a = NULL, b = TRUE)), list(a = NULL, b = TRUE))
  m <- matrix(1:4, 2)
  expect_identical(cross(m), m)
  expect_identical(cross(as.raw(1)), as.raw(1))
})

test_that("no NA of any type is ever misread", {
  skip_if_no_backend()
  bridge()
  types <- list(integer = sample.int, double = rnorm,
                logical = function(n) sample(c(TRUE, FALSE), n, TRUE),
                character = function(n) sample(letters, n, TRUE))
  with_seed(3, for (case in 1:60) {
    type <- sample(names(types), 1)
    n <- sample(1:30, 1)
    x <- types[[type]](n)
    shape <- sample(c("vector", "matrix"), 1)
    holds_na <- sample(c(TRUE, FALSE), 1)
    if (holds_na) x[sample(n, 1)] <- NA
    if (shape == "matrix") x <- matrix(x, ncol = 1)
    if (holds_na || (type == "character" && (n > 1 || shape == "matrix"))) {
      expect_error(cross(list(x = x)), class = "deeply_error_crossing")
    } else {
      there <- reticulate::r_to_py(cross(list(x = x)))
      expect_equal(as.vector(reticulate::py_to_r(there)$x), as.vector(x))
    }
  })
})

test_that("a matrix crosses without a copy", {
  skip_if_no_backend()
  x <- matrix(runif(6), 2)
  view <- reticulate::r_to_py(x)
  expect_false(reticulate::py_to_r(view$flags$owndata))
  expect_true(reticulate::py_to_r(view$flags$f_contiguous))
})

test_that("Python's errors arrive classed, with the cause inside", {
  skip_if_no_backend()
  cnd <- expect_error(backend_call("load", as.raw(1:10)),
                      class = "deeply_error_python")
  expect_true(nzchar(cnd$python_type))
  expect_true(nzchar(cnd$python_traceback))
  expect_error(backend_call("rows", 3, list(numbers = 2)),
               class = "deeply_error_python_KeyError")
})

test_that("an R error in a callback keeps its class", {
  skip_if_no_backend()
  data <- mixed_table(40)
  report <- callback(function(event) {
    deeply_abort("Stopped by the test.", class = "in_callback")
  })
  source <- table_source(price ~ size, data)
  kept <- keep_rows(source, prep_settings())
  prep <- learn_prep(source, prep_settings(), kept, kept$rows)
  spec <- mlp_spec("default", list(hidden_units = 4))
  network <- c(mlp_network(spec, prep),
               list(loss = "squared_error", label_smoothing = 0,
                    focal_gamma = 0, mixed_precision = FALSE,
                    optimizer = list(name = "adam")))
  run <- list(prep = prep, numbers = kept$rows,
              spec = list(control = deep_control()))
  run <- send_rows(run, source$table,
                   list(y = t(rnorm(40)), weights = rep(1, 40)))
  expect_error(
    backend_call("fit", network, run$buffer, 30L,
                 list(epochs = 2L, batch_size = 8L, patience = 5, seed = 1L),
                 report),
    class = "deeply_error_in_callback"
  )
})

test_that("a forked child is refused with advice", {
  pid <- the$pid
  on.exit(the$pid <- pid)
  the$pid <- 1234L
  expect_snapshot(error = TRUE, check_same_process(pid = 5678L))
  expect_silent(check_same_process(pid = 1234L))
})

test_that("a real fork is refused instead of hanging", {
  skip_if_no_backend()
  skip_on_os("windows")
  fit <- shared_fit("regression")
  job <- parallel::mcparallel(
    tryCatch(predict(fit$fit, fit$data), error = function(cnd) class(cnd)[[1]])
  )
  answer <- parallel::mccollect(job, wait = TRUE, timeout = 20)
  expect_equal(answer[[1]], "deeply_error_forked")
})

test_that("the backend cannot be switched in a running session", {
  skip_if_no_backend()
  bridge()
  old <- options(deeply.backend = setdiff(c("tensorflow", "jax"), the$backend))
  on.exit(options(old))
  expect_error(backend_call("describe"),
               class = "deeply_error_backend_switched")
})

test_that("the live models are a cache of limited size", {
  old <- the$live
  on.exit(the$live <- old)
  the$live <- list()
  for (id in as.character(1:20)) keep_alive(id, id)
  expect_length(the$live, max_live_models)
  expect_equal(utils::tail(names(the$live), 1), "20")
})

test_that("loading the package touches no Python", {
  skip_if_not_installed("callr")
  skip_if(!nzchar(system.file(package = "deeply")) || in_load_all(),
          "The package is not installed.")
  started <- callr::r(function() {
    library(deeply)
    deep_control()
    print(deep_prep(Species ~ ., iris))
    reticulate::py_available(initialize = FALSE)
  })
  expect_false(started)
})
