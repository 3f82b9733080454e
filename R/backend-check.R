# Is the Python that was chosen fit for deeply, and if not, what mends it?
# Nothing here imports Keras.

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
  lines <- grep("^[A-Za-z_]+\t", lines, value = TRUE)
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
  # Of TensorFlow's builds any will do.
  package <- requirement_name(requirements)
  package <- sub("^tensorflow-cpu$", "tensorflow", package)
  renamed <- c("scikit-learn" = "sklearn", pillow = "PIL")
  module <- ifelse(package %in% names(renamed), renamed[package], package)
  version <- unname(facts[module])
  range <- requirement_range(requirements)
  good <- nzchar(version) & mapply(version_fits, version, range)
  data.frame(
    module = module, package = package, requirement = requirements,
    range = range, version = version, good = unname(good)
  )
}

# Without the cap on NumPy, which has its own check that explains more.
core_requirements <- function(backend) {
  all <- python_requirements(
    if (backend == "jax") "jax" else character(),
    reticulate_version = reticulate_milestones[["NumPy 2"]]
  )
  name <- sub("tensorflow-cpu", "tensorflow", requirement_name(all))
  core <- c("numpy", "keras", "scikit-learn", "pillow", "simplejpeg", backend)
  all[name %in% core]
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
  if (startsWith(command, "reticulate::")) {
    return(c(i = paste0("Run {.code ", literal(command), "}.")))
  }
  c(i = "Run in a terminal:", ` ` = literal(command))
}

# Text that cli must not read as markup.
literal <- function(x) {
  gsub("}", "}}", gsub("{", "{{", x, fixed = TRUE), fixed = TRUE)
}
