# Which Python, and is it fit? Nothing here imports Keras.
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
    reticulate::use_python(choice$python, required = TRUE)
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
    `r-deeply` = "built by deep_install()",
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

# The check ----------------------------------------------------------------

#' Is the running Python fit for deeply?
#'
#' Starts Python, but imports nothing heavy. Only strings cross, because an old
#' reticulate beside NumPy 2 cannot even convert an array.
#' @noRd
check_environment <- function(choice = choose_python(), ask = ask_inside,
                              backend = backend_name(),
                              version = reticulate_version()) {
  facts <- tryCatch(ask(), error = function(cnd) cannot_start(cnd, choice))
  modules <- judge_modules(facts, backend)
  wrong <- modules[!modules$good, ]
  if (nrow(wrong) > 0) {
    abort_modules(wrong, choice, facts, version)
  }
  if (!numpy_pair_fits(facts[["numpy"]], version)) {
    abort_numpy_pair(choice, facts, version)
  }
  invisible(facts)
}

ask_inside <- function() {
  sitrep <- reticulate::import_from_path(
    "deeply_backend.sitrep",
    path = system.file("python", package = "deeply")
  )
  parse_facts(strsplit(sitrep$facts_text(), "\n", fixed = TRUE)[[1]])
}

# "key<TAB>value" lines to a named vector; other lines are noise.
parse_facts <- function(lines) {
  lines <- grep("^[a-z_]+\t", lines, value = TRUE)
  keys <- sub("\t.*", "", lines)
  values <- sub("^[^\t]*\t", "", lines)
  rlang::set_names(values, keys)[!duplicated(keys)]
}

#' Judges each core module
#'
#' @param facts What `sitrep.py` said.
#' @return A data frame: module, package, requirement, range, version, good.
#' @noRd
judge_modules <- function(facts, backend,
                          requirements = core_requirements(backend)) {
  package <- requirement_name(requirements)
  module <- c(`scikit-learn` = "sklearn", `tensorflow-cpu` = "tensorflow")
  module <- ifelse(package %in% names(module), module[package], package)
  version <- unname(facts[module])
  range <- requirement_range(requirements)
  good <- nzchar(version) & mapply(version_fits, version, range)
  data.frame(
    module = module, package = package, requirement = requirements,
    range = range, version = version, good = unname(good)
  )
}

# Of TensorFlow's builds any will do. Without the cap on NumPy, which has its
# own check with a better explanation.
core_requirements <- function(backend) {
  all <- python_requirements(
    if (backend == "jax") "jax" else character(),
    reticulate_version = reticulate_milestones[["NumPy 2"]]
  )
  name <- sub("tensorflow-cpu", "tensorflow", requirement_name(all))
  all[name %in% c("numpy", "keras", "scikit-learn", backend)]
}

numpy_pair_fits <- function(numpy, version = reticulate_version()) {
  reticulate_can("NumPy 2", version) || version_fits(numpy, "<2")
}

cannot_start <- function(cnd, choice) {
  deeply_abort(
    c(
      "Python did not start.",
      x = "{.file {choice$python}} ({choice_reason(choice)})",
      i = "{.run deeply::deep_sitrep()} says what is wrong and how to mend it."
    ),
    class = "no_python",
    parent = cnd,
    call = NULL
  )
}

abort_modules <- function(wrong, choice, facts, version) {
  problem <- ifelse(
    nzchar(wrong$version),
    paste0(wrong$package, " ", wrong$version, ", deeply needs ", wrong$range),
    paste0(wrong$package, " is not installed")
  )
  mend <- mend_command(wrong$requirement, choice, facts, version)
  deeply_abort(
    c(
      "This Python lacks what deeply needs.",
      i = "Interpreter: {.file {choice$python}} ({choice_reason(choice)})",
      rlang::set_names(literal(problem), "x"),
      mend_bullets(mend)
    ),
    class = "python_module",
    modules = wrong$module,
    call = NULL
  )
}

abort_numpy_pair <- function(choice, facts, version) {
  mend <- mend_command(character(), choice, facts, version)
  deeply_abort(
    c(
      "NumPy {facts[['numpy']]} does not work with reticulate {version}.",
      x = "NumPy 2 needs reticulate {reticulate_milestones[['NumPy 2']]} or
           newer.",
      i = "Interpreter: {.file {choice$python}} ({choice_reason(choice)})",
      mend_bullets(mend)
    ),
    class = "numpy_pair",
    call = NULL
  )
}

# The remedy ---------------------------------------------------------------

#' The one command that puts requirements into the chosen Python
#'
#' @return A string: an R call where deeply or reticulate owns the environment,
#'   else what to type in a terminal.
#' @noRd
mend_command <- function(requirements, choice, facts = NULL,
                         version = reticulate_version(),
                         uv = Sys.which("uv")) {
  if (choice$ephemeral) {
    return(paste0("reticulate::py_require(", deparse1(requirements), ")"))
  }
  if (!choice$ours && choice$source != "none") {
    # NumPy comes along, or pip might bring the one that reticulate cannot use.
    core <- python_requirements(character(), version)
    numpy <- grep("^numpy", core, value = TRUE)
    others <- grep("^numpy", requirements, value = TRUE, invert = TRUE)
    return(pip_command(choice$python, c(numpy, others), facts, uv))
  }
  # Where the stamp says that all is there, it must be overruled.
  stamp <- if (choice$ours) read_stamp(environment_root(choice$python))
  force <- !is.null(stamp) && stamp_holds(stamp, requirements)
  install_call(
    if ("jax" %in% requirement_name(requirements)) c("xgboost", "jax"), force
  )
}

install_call <- function(extras = NULL, force = FALSE) {
  extras <- if (!is.null(extras)) paste("extras =", deparse(extras))
  force <- if (force) "force = TRUE"
  paste0("deeply::deep_install(", paste(c(extras, force), collapse = ", "), ")")
}

# An environment made by uv has no pip in it.
pip_command <- function(python, requirements, facts = NULL,
                        uv = Sys.which("uv")) {
  with_uv <- identical(facts[["pip"]], "no") && nzchar(uv)
  python <- shell_word(python)
  start <- if (with_uv) {
    paste("uv pip install --python", python)
  } else {
    paste(python, "-m pip install")
  }
  paste(c(start, shell_word(requirements)), collapse = " ")
}

# Double quotes, which both sh and cmd.exe understand, only where needed.
shell_word <- function(x) {
  plain <- !grepl("[^A-Za-z0-9_./:\\\\~-]", x)
  ifelse(plain, x, paste0("\"", x, "\""))
}

mend_bullets <- function(command) {
  if (startsWith(command, "deeply::")) {
    return(c(i = paste0("Run {.run ", literal(command), "}.")))
  }
  c(i = "Run in a terminal:", ` ` = literal(command))
}

# Text that cli must not read as markup.
literal <- function(x) {
  gsub("}", "}}", gsub("{", "{{", x, fixed = TRUE), fixed = TRUE)
}
