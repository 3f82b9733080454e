#' Set up Python for deeply
#'
#' Builds one virtual environment, `r-deeply`, with Keras, TensorFlow and what
#' else deeply needs, about 2 GB on disk. It is never any other environment that
#' changes, and a second call that has nothing to add returns at once. A
#' half-built or outdated environment is mended.
#'
#' Three situations differ:
#' * You chose a Python yourself, with the environment variable
#'   `RETICULATE_PYTHON` or with `reticulate::use_python()`: nothing is changed;
#'   the command that would install into it is shown.
#' * reticulate 1.41 or newer is there and `r-deeply` is not: the requirements
#'   are declared with `reticulate::py_require()` for this session, and
#'   reticulate builds an environment at first use. deeply declares the default
#'   ones itself, so the call is only needed for other extras. To have a lasting
#'   `r-deeply` all the same, name a `python`.
#' * Else `r-deeply` is built, in the folder `reticulate::virtualenv_root()`,
#'   with `uv` where it is on the `PATH` (fast) and with `venv` and `pip` where
#'   it is not.
#'
#' @param extras What to install beside the core: any of `"xgboost"` (the strong
#'   baseline), `"parquet"` (for [deep_parquet()] and [deep_csv()]), `"jax"`
#'   (the other backend), `"cuda"` (TensorFlow for NVIDIA graphics processors on
#'   Linux) and `"test"` (for developers). Extras are only ever added; those
#'   that are there stay.
#' @param python Path of the interpreter to build from. `NULL` looks for one
#'   that fits: `python3.13` down to `python3.10` and `python3` on the `PATH`,
#'   then `/usr/bin/python3`. It must have been built with a shared library,
#'   which R needs.
#' @param force `TRUE` builds `r-deeply` from scratch, even if it looks whole.
#' @return The path of the environment's Python, invisibly; `NA` where
#'   reticulate builds the environment later.
#' @seealso [deep_sitrep()] says what is there and what is wrong.
#' @export
#' @examplesIf interactive()
#' deep_install()
#' deep_install(extras = c("xgboost", "jax"))
deep_install <- function(extras = "xgboost", python = NULL, force = FALSE) {
  check_flag(force)
  extras <- as.character(extras)
  check_extras(extras)
  python <- if (!is.null(python)) find_file(python)
  choice <- choose_python()
  if (is_foreign(choice)) {
    return(invisible(leave_foreign(choice, extras)))
  }
  own <- environment_python()
  if (has_py_require() && is.null(python) && !file.exists(own)) {
    return(invisible(install_later(extras)))
  }
  changed <- build_environment(environment_root(own), extras, python, force)
  if (changed && choice$source == "running") {
    deeply_inform(c(i = "Python already runs in this session: restart R to use
                         what was installed."))
  }
  invisible(own)
}

leave_foreign <- function(choice, extras, facts = ask_outside(choice$python)) {
  command <- pip_command(choice$python, python_requirements(extras), facts)
  deeply_inform(c(
    "{choice_reason(choice)} says which Python to use, so nothing was changed:",
    ` ` = "{.file {choice$python}}",
    i = "To install into it, run in a terminal:",
    # No-break spaces, so that the command is not broken into lines.
    ` ` = literal(gsub(" ", "\u00a0", command)),
    i = if (choice$source == "use_python") {
      "To let deeply build its own, restart R, leave that call out and run
       {.run deeply::deep_install()}."
    } else {
      "To let deeply build its own, drop it first:
       {.code Sys.unsetenv(\"{choice$source}\")}."
    }
  ))
  choice$python
}

install_later <- function(extras, declare = py_require) {
  requirements <- python_requirements(extras)
  declare_requirements(requirements, replace = TRUE, declare = declare)
  deeply_inform(c(
    v = "Declared for this session: {.val {requirements}}.",
    i = "reticulate builds the environment at first use."
  ))
  NA_character_
}

# The environment ----------------------------------------------------------

#' Builds, mends or leaves the environment
#'
#' @param root Its folder.
#' @param requirements Function from extras to what pip is to install.
#' @param uv Path of uv, or "".
#' @param candidates Base interpreters to look at, best first.
#' @return `TRUE` if something was done.
#' @noRd
build_environment <- function(root, extras, python = NULL, force = FALSE,
                              requirements = python_requirements,
                              uv = Sys.which("uv"),
                              candidates = base_candidates(python)) {
  stamp <- read_stamp(root)
  extras <- union(intersect(stamp$extras, known_extras()), extras)
  wanted <- requirements(extras)
  fresh <- force || must_rebuild(root, stamp, extras, python, uv)
  if (!fresh && stamp_covers(stamp, wanted)) {
    deeply_inform(c(v = "{.file {root}} holds all of it already."))
    return(FALSE)
  }
  base <- stamp$base
  if (fresh) {
    found <- find_base(candidates, uv)
    create_environment(root, found[["path"]], uv)
    base <- found[["named"]]
  }
  # Without its stamp, an interrupted installation is seen as such.
  unlink(stamp_path(root))
  install_packages(root, wanted, uv)
  write_stamp(root, extras, wanted, base)
  TRUE
}

# What cannot be mended by installing packages into it.
must_rebuild <- function(root, stamp, extras, python, uv) {
  if (!is.null(stamp)) {
    # Two builds of TensorFlow share their files, so one cannot follow the
    # other.
    other_build <- "cuda" %in% setdiff(extras, stamp$extras)
    other_base <- !is.null(python) && !identical(stamp$base, python)
    return(other_build || other_base || !interpreter_stands(root, stamp))
  }
  facts <- ask_outside(python_in(root))
  is.null(facts) || !is.null(python) ||
    !version_fits(facts[["python"]], python_range()) ||
    (!nzchar(uv) && facts[["pip"]] != "yes")
}

create_environment <- function(root, base, uv) {
  if (basename(root) != "r-deeply") {
    deeply_abort("{.file {root}} is not deeply's to build.", class = "install")
  }
  unlink(root, recursive = TRUE)
  dir.create(dirname(root), recursive = TRUE, showWarnings = FALSE)
  deeply_inform("Creating the environment {.file {root}} from {.file {base}}.")
  if (nzchar(uv)) {
    run_command(uv, c("venv", "--python", base, root), "Creating it with uv")
  } else {
    run_command(base, c("-m", "venv", root), "Creating it with venv")
  }
}

install_packages <- function(root, requirements, uv) {
  if (length(requirements) == 0) {
    return(invisible())
  }
  python <- python_in(root)
  tool <- if (nzchar(uv)) "uv" else "pip"
  deeply_inform("Installing {.val {requirements}} with {tool}. The first time
                 this downloads hundreds of megabytes.")
  if (nzchar(uv)) {
    run_command(
      uv, c("pip", "install", "--python", python, requirements),
      "Installing with uv", hint = "uv has its own settings for indexes and
        proxies and does not read those of pip."
    )
  } else {
    run_command(
      python, c("-m", "pip", "install", "--disable-pip-version-check",
                requirements),
      "Installing with pip"
    )
  }
}

# The stamp ----------------------------------------------------------------

# Written last, so it says that the environment is whole. It names every
# package with its version: what pip or a person changed since is noticed by
# comparing folder names, without starting Python.

stamp_path <- function(root) {
  file.path(root, "deeply-stamp.txt")
}

read_stamp <- function(root) {
  if (!file.exists(stamp_path(root))) {
    return(NULL)
  }
  lines <- strsplit(readLines(stamp_path(root), warn = FALSE), "\t")
  lines <- lines[lengths(lines) == 2]
  key <- vapply(lines, `[[`, "", 1)
  value <- vapply(lines, `[[`, "", 2)
  list(
    root = root,
    base = value[key == "base"],
    interpreter = value[key == "interpreter"],
    extras = value[key == "extra"],
    requirements = value[key == "requirement"],
    packages = value[key == "package"]
  )
}

write_stamp <- function(root, extras, requirements, base) {
  lines <- c(
    stamp_lines("base", base),
    stamp_lines("interpreter", real_interpreter(root)),
    stamp_lines("extra", sort(extras)),
    stamp_lines("requirement", sort(requirements)),
    stamp_lines("package", installed_packages(root))
  )
  writeLines(lines, stamp_path(root))
  deeply_inform(c(v = "{.file {root}} is ready."))
}

stamp_lines <- function(key, values) {
  if (length(values) > 0) paste(key, values, sep = "\t")
}

stamp_covers <- function(stamp, wanted) {
  !is.null(stamp) && all(wanted %in% stamp$requirements) &&
    stamp_untouched(stamp)
}

stamp_untouched <- function(stamp) {
  all(stamp$packages %in% installed_packages(stamp$root))
}

# Does the stamp say that these are there, whatever their versions?
stamp_holds <- function(stamp, requirements) {
  stamp_untouched(stamp) && all(
    requirement_name(requirements) %in% requirement_name(stamp$requirements)
  )
}

installed_packages <- function(root) {
  libraries <- c(
    file.path(root, "Lib", "site-packages"),
    Sys.glob(file.path(root, "lib", "python*", "site-packages"))
  )
  sort(unique(basename(list.files(libraries, "[.]dist-info$"))))
}

# An upgraded system may let the link point to another version of Python,
# which sees none of the packages.
interpreter_stands <- function(root, stamp) {
  identical(stamp$interpreter, real_interpreter(root))
}

real_interpreter <- function(root) {
  python <- python_in(root)
  if (file.exists(python)) normalizePath(python) else ""
}

known_extras <- function() {
  names(read_pyproject()$extras)
}

# The base interpreter -----------------------------------------------------

base_candidates <- function(python = NULL) {
  if (!is.null(python)) {
    return(python)
  }
  names <- c(paste0("python3.", 13:10), "python3")
  if (.Platform$OS.type == "windows") {
    names <- c(names, "python")
  }
  found <- unname(Sys.which(names))
  unique(c(found[nzchar(found)], "/usr/bin/python3"))
}

# A path, or the name of a command.
find_file <- function(python, call = rlang::caller_env()) {
  if (!rlang::is_string(python) || !nzchar(python)) {
    abort_argument("python", python, "the path of a Python interpreter", call)
  }
  found <- unname(Sys.which(python))
  if (nzchar(found)) found else path.expand(python)
}

#' The first interpreter that an environment can be built from
#'
#' @return Two paths: as it was `named`, and the `path` to build from. They
#'   differ for one in an environment, which reticulate puts on the `PATH` and
#'   which may be the very one to be rebuilt.
#' @noRd
find_base <- function(candidates, uv, ask = ask_outside,
                      version = reticulate_version()) {
  reasons <- character()
  for (candidate in candidates) {
    facts <- ask(candidate)
    reason <- why_not_base(candidate, facts, uv, version)
    if (is.null(reason)) {
      base <- facts[["base"]]
      return(c(named = candidate, path = if (nzchar(base)) base else candidate))
    }
    reasons <- c(reasons, paste0("{.file ", literal(candidate), "} ", reason))
  }
  deeply_abort(
    c(
      "No Python on this machine can carry deeply's environment.",
      rlang::set_names(reasons, rep("x", length(reasons))),
      i = "deeply needs Python {python_range(version)} with a shared library
           and venv. On Debian and Ubuntu: {.code sudo apt install python3
           python3-venv}. With uv: {.code uv python install 3.11}.",
      i = "Then name it: {.code deep_install(python = \"<path>\")}."
    ),
    class = c("no_base_python", "install"),
    call = NULL
  )
}

why_not_base <- function(path, facts, uv, version = reticulate_version()) {
  if (!file.exists(path)) {
    return("does not exist.")
  }
  if (is.null(facts)) {
    return("does not run.")
  }
  if (!version_fits(facts[["python"]], python_range(version))) {
    note <- if (version_fits(facts[["python"]], python_range("999"))) {
      paste0(" (reticulate ", version, " cannot load it)")
    }
    return(paste0("is Python ", facts[["python"]], note, "."))
  }
  if (facts[["libpython"]] == "none") {
    return("was built without a shared library, which R needs.")
  }
  if (facts[["libpython"]] == "prefix" &&
        !reticulate_can("Python built to be moved", version)) {
    return(paste0("was built to be moved; reticulate ", version, " cannot find
                  its library."))
  }
  if (!nzchar(uv) && facts[["venv"]] != "yes") {
    return("lacks venv: {.code sudo apt install python3-venv}.")
  }
}
