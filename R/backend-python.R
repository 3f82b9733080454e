# Which Python? The order in which the answers are tried is in choose_python().
#
# Facts come in as arguments, so that every situation can be tested without
# being in it.

#' The backend that Keras runs on
#' @noRd
backend_name <- function(call = rlang::caller_env()) {
  backend <- getOption("deeply.backend", "tensorflow")
  known <- c("tensorflow", "jax")
  if (!is.character(backend) || length(backend) != 1 || !backend %in% known) {
    deeply_abort(
      c(
        "Option {.code deeply.backend} must be {.or {.val {known}}}.",
        x = "It is {.val {backend}}.",
        i = "Set {.code options(deeply.backend = \"tensorflow\")}."
      ),
      class = "backend",
      call = call
    )
  }
  backend
}

# The choice ---------------------------------------------------------------

#' What decides which Python is used
#' @noRd
python_facts <- function() {
  list(
    running = running_python()$python,
    ephemeral = isTRUE(running_python()$ephemeral),
    RETICULATE_PYTHON = Sys.getenv("RETICULATE_PYTHON"),
    RETICULATE_PYTHON_ENV = Sys.getenv("RETICULATE_PYTHON_ENV"),
    use_python = pinned_python(),
    own = environment_python(),
    can_declare = has_py_require()
  )
}

#' The Python to use, and why
#'
#' @return A list: `source` (which rule decided; "none" when none did),
#'   `python` (its path, or `NA`), `ours` (is it the environment that
#'   [deep_install()] builds?) and `ephemeral` (did reticulate build it for this
#'   session?).
#' @noRd
choose_python <- function(facts = python_facts()) {
  managed <- facts$can_declare && facts$RETICULATE_PYTHON == "managed"
  wishes <- c(
    running = facts$running,
    RETICULATE_PYTHON = if (!managed) binary_at(facts$RETICULATE_PYTHON),
    py_require = if (managed) NA,
    RETICULATE_PYTHON_ENV = environment_named(
      facts$RETICULATE_PYTHON_ENV, dirname(environment_root(facts$own))
    ),
    use_python = facts$use_python,
    `r-deeply` = if (file.exists(facts$own)) facts$own,
    py_require = if (facts$can_declare) NA,
    none = NA
  )
  first <- wishes[is.na(wishes) | nzchar(wishes)][1]
  list(
    source = names(first),
    python = unname(first),
    ours = same_environment(unname(first), facts$own),
    ephemeral = names(first) == "running" && facts$ephemeral
  )
}

# The user's own choice of interpreter, which deeply never changes.
is_foreign <- function(choice) {
  !choice$ours && choice$source %in%
    c("RETICULATE_PYTHON", "RETICULATE_PYTHON_ENV", "use_python")
}

running_python <- function() {
  # py_config() starts Python, so it is asked only once that has happened.
  if (!isTRUE(reticulate::py_available(initialize = FALSE))) {
    return(NULL)
  }
  reticulate::py_config()
}

# use_python(required = TRUE) is remembered inside reticulate only; where that
# place has moved, nothing is lost but the courtesy.
pinned_python <- function() {
  globals <- get0(".globals", asNamespace("reticulate"))
  pinned <- tryCatch(globals$required_python_version, error = function(e) NULL)
  if (is.character(pinned) && length(pinned) == 1) binary_at(pinned)
}

has_py_require <- function() {
  exists("py_require", asNamespace("reticulate"), inherits = FALSE)
}

# Looked up by name, because the reticulate of the floor does not export it.
py_require <- function(...) {
  getExportedValue("reticulate", "py_require")(...)
}

environment_python <- function(root = reticulate::virtualenv_root()) {
  python_in(file.path(path.expand(root), "r-deeply"))
}

python_in <- function(environment, windows = .Platform$OS.type == "windows") {
  file.path(environment, if (windows) "Scripts/python.exe" else "bin/python")
}

environment_root <- function(python) {
  dirname(dirname(python))
}

# Not the files, which are links to one base interpreter in every environment.
same_environment <- function(a, b) {
  if (is.na(a)) {
    return(FALSE)
  }
  real <- function(path) normalizePath(environment_root(path), mustWork = FALSE)
  identical(real(path.expand(a)), real(path.expand(b)))
}

# reticulate takes a folder for the interpreter in it.
binary_at <- function(path) {
  path <- path.expand(path)
  if (!dir.exists(path)) {
    return(path)
  }
  inside <- c(file.path(path, c("python", "python.exe")), python_in(path))
  c(inside[file.exists(inside)], path)[[1]]
}

# RETICULATE_PYTHON_ENV holds a folder or the name of an environment.
environment_named <- function(name, root) {
  if (!nzchar(name) || dir.exists(name)) {
    return(binary_at(name))
  }
  python_in(file.path(root, name))
}

#' Tells reticulate which Python to use
#'
#' Called before the first call that starts Python; harmless afterwards.
#' @noRd
use_environment <- function(choice = choose_python()) {
  if (choice$source %in% c("none", "RETICULATE_PYTHON", "use_python")) {
    check_interpreter(choice)
  }
  if (choice$source == "r-deeply") {
    tryCatch(
      reticulate::use_python(choice$python, required = TRUE),
      error = function(cnd) cannot_start(cnd, choice)
    )
  }
  if (choice$source == "py_require") {
    declare_requirements(python_requirements(
      c("xgboost", if (backend_name() == "jax") "jax")
    ))
  }
  invisible(choice)
}

# deep_install() may have declared more in this session already; then its
# list stands.
declare_requirements <- function(requirements, replace = FALSE,
                                 declare = py_require) {
  if (!is.null(the$declared) && !replace) {
    return(invisible())
  }
  dropped <- setdiff(the$declared, requirements)
  if (length(dropped) > 0) {
    declare(dropped, action = "remove")
  }
  declare(requirements, python_version = python_range())
  the$declared <- requirements
}

check_interpreter <- function(choice) {
  if (choice$source == "none") {
    deeply_abort(
      c(
        "No Python environment for deeply is there.",
        i = "Run {.run deeply::deep_install()} once; it builds one."
      ),
      class = "no_python",
      call = NULL
    )
  }
  if (!file.exists(choice$python)) {
    deeply_abort(
      c(
        "The Python that {choice_reason(choice)} names is not there.",
        x = "{.file {choice$python}} does not exist.",
        i = choice_remedy(choice)
      ),
      class = "no_python",
      call = NULL
    )
  }
}

choice_reason <- function(choice) {
  switch(choice$source,
    running = "running in this session",
    use_python = "use_python()",
    `r-deeply` = "deep_install()",
    py_require = "py_require()",
    choice$source
  )
}

choice_remedy <- function(choice) {
  if (choice$source == "use_python") {
    return("Restart R and leave that call out, or name one that exists.")
  }
  "Set it to one that exists, or drop it:
   {.code Sys.unsetenv(\"{choice$source}\")}."
}
