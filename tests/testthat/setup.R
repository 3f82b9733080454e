# The same tests run on every backend: DEEPLY_TEST_BACKEND=jax chooses.
backend <- Sys.getenv("DEEPLY_TEST_BACKEND", "tensorflow")
options(deeply.backend = backend)
