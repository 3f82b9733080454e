#' What is there, what is missing, and how to mend it
#'
#' Looks at everything that deeply needs from this machine, from the
#' interpreter to the cache folder, and names for each fault the one command
#' that mends it. Python is asked in a process of its own: nothing is started
#' in this R session, and a Python that crashes cannot take R with it.
#'
#' @param full `TRUE` also starts the backend, which takes some seconds, and
#'   says on which device it computes. `FALSE` looks only.
#' @return A data.table of class `deep_sitrep` with one row a check: `check`,
#'   `status` (`"ok"`, `"fault"` or `"note"`), `found` and `fix` (a command, or
#'   `NA`). Its print method shows it as a list.
#' @seealso [deep_install()]
#' @export
#' @examples
#' deep_sitrep(full = FALSE)
deep_sitrep <- function(full = TRUE) {
  check_flag(full)
  choice <- choose_python()
  if (full && !is_quiet()) {
    deeply_inform("Starting Python in a process of its own (some seconds).")
  }
  backend <- tryCatch(backend_name(), deeply_error_backend = function(cnd) NULL)
  facts <- ask_outside(choice$python)
  rows <- rbind(
    sitrep_r(),
    sitrep_interpreter(choice, facts),
    if (is.null(backend)) sitrep_backend_option(),
    if (!is.null(facts)) {
      sitrep_python(choice, facts, backend %||% "tensorflow", full)
    },
    sitrep_cache(tools::R_user_dir("deeply", "cache")),
    sitrep_data_dir(Sys.getenv("DEEPLY_DATA_DIR"))
  )
  new_sitrep(rows)
}

new_sitrep <- function(rows) {
  table <- data.table::as.data.table(rows)
  data.table::setattr(table, "class", c("deep_sitrep", class(table)))
  table[]
}

sitrep_row <- function(check, status, found, fix = NA_character_) {
  data.frame(check = check, status = status, found = found, fix = fix)
}

sitrep_r <- function(r = getRversion(), reticulate = reticulate_version()) {
  rbind(
    sitrep_row("R", "ok", as.character(r)),
    sitrep_row("reticulate", "ok", as.character(reticulate))
  )
}

sitrep_backend_option <- function(option = getOption("deeply.backend")) {
  sitrep_row(
    "deeply.backend", "fault",
    paste("the option is", paste(deparse(option), collapse = " ")),
    "options(deeply.backend = \"tensorflow\")"
  )
}

# The interpreter ----------------------------------------------------------

sitrep_interpreter <- function(choice, facts) {
  if (is.na(choice$python)) {
    return(sitrep_no_interpreter(choice))
  }
  found <- paste0(short_path(choice$python), " (", choice_reason(choice), ")")
  if (!is.null(facts)) {
    return(sitrep_row("interpreter", "ok", found))
  }
  wrong <- if (file.exists(choice$python)) "does not run" else "does not exist"
  sitrep_row(
    "interpreter", "fault", paste0(found, " ", wrong),
    interpreter_fix(choice)
  )
}

sitrep_no_interpreter <- function(choice) {
  if (choice$source == "py_require") {
    return(sitrep_row(
      "interpreter", "note", "reticulate builds an environment at first use"
    ))
  }
  sitrep_row("interpreter", "fault", "none found", install_call())
}

interpreter_fix <- function(choice) {
  if (choice$source %in% c("RETICULATE_PYTHON", "RETICULATE_PYTHON_ENV")) {
    return(paste0("Sys.unsetenv(\"", choice$source, "\")"))
  }
  if (choice$ours) {
    return(install_call(force = TRUE))
  }
  "restart R, and leave the call of use_python() out"
}

# What is in it ------------------------------------------------------------

sitrep_python <- function(choice, facts, backend, full,
                          version = reticulate_version()) {
  modules <- sitrep_modules(choice, facts, backend, version)
  fit <- !any(modules$status == "fault")
  rbind(
    sitrep_python_version(choice, facts, version),
    modules,
    sitrep_numpy_pair(choice, facts, version),
    sitrep_extras(choice, facts, backend, version),
    if (full && fit) sitrep_start(choice, backend)
  )
}

sitrep_python_version <- function(choice, facts, version) {
  range <- python_range(version)
  if (version_fits(facts[["python"]], range)) {
    return(sitrep_row("Python", "ok", facts[["python"]]))
  }
  sitrep_row(
    "Python", "fault", paste0(facts[["python"]], ", needed is ", range),
    if (choice$source %in% c("RETICULATE_PYTHON", "RETICULATE_PYTHON_ENV")) {
      paste0("Sys.unsetenv(\"", choice$source, "\")")
    } else {
      install_call(force = choice$ours)
    }
  )
}

# One command mends all of them, so each fault names the same.
sitrep_modules <- function(choice, facts, backend, version) {
  modules <- judge_modules(facts, backend)
  wrong <- modules[!modules$good, ]
  found <- ifelse(modules$version == "?", "version unknown", modules$version)
  found <- ifelse(
    modules$good, found,
    ifelse(nzchar(found), paste0(found, ", needed is ", modules$range),
           "not installed")
  )
  fix <- NA_character_
  if (nrow(wrong) > 0) {
    fix <- mend_command(wrong$requirement, choice, facts, version)
  }
  sitrep_row(
    modules$package, ifelse(modules$good, "ok", "fault"), found,
    ifelse(modules$good, NA_character_, fix)
  )
}

sitrep_numpy_pair <- function(choice, facts, version) {
  numpy <- facts[["numpy"]]
  if (!nzchar(numpy)) {
    return(NULL)
  }
  pair <- paste0("NumPy ", numpy, " with reticulate ", version)
  if (numpy_pair_fits(numpy, version)) {
    return(sitrep_row("NumPy pair", "ok", pair))
  }
  sitrep_row(
    "NumPy pair", "fault",
    paste0(pair, ": NumPy 2 needs reticulate ",
           reticulate_milestones[["NumPy 2"]], " or newer"),
    mend_command(character(), choice, facts, version)
  )
}

sitrep_extras <- function(choice, facts, backend, version) {
  extras <- setdiff(c("xgboost", "jax"), backend)
  use <- c(xgboost = "for the strong baseline", jax = "the other backend")
  there <- nzchar(facts[extras])
  command <- vapply(extras, extra_command, "", choice, facts, version)
  sitrep_row(
    extras, ifelse(there, "ok", "note"),
    unname(ifelse(
      there, facts[extras], paste0("not installed (", use[extras], ")")
    )),
    unname(ifelse(there, NA_character_, command))
  )
}

extra_command <- function(extra, choice, facts,
                          version = reticulate_version()) {
  if (choice$ours) {
    return(install_call(extra))
  }
  added <- setdiff(python_requirements(extra), python_requirements(character()))
  mend_command(added, choice, facts, version)
}

# Does it start? -----------------------------------------------------------

sitrep_start <- function(choice, backend, timeout = 120,
                         gpu_there = nzchar(Sys.which("nvidia-smi"))) {
  started <- Sys.time()
  facts <- ask_outside(choice$python, start = backend, timeout = timeout)
  seconds <- round(as.numeric(difftime(Sys.time(), started, units = "secs")))
  judge_start(facts, choice, backend, seconds, timeout, gpu_there)
}

judge_start <- function(facts, choice, backend, seconds, timeout, gpu_there) {
  label <- c(tensorflow = "TensorFlow", jax = "JAX")[[backend]]
  devices <- facts["devices"]
  if (is.null(facts) || is.na(devices)) {
    return(sitrep_row(
      "start", "fault", start_failure(facts, label, timeout),
      start_fix(choice, facts, backend)
    ))
  }
  devices <- gsub("/physical_device:", "", devices, fixed = TRUE)
  found <- paste0(label, " on ", devices, ", in ", seconds, " s")
  idle <- gpu_there && devices == "CPU" && backend == "tensorflow"
  if (!idle) {
    return(sitrep_row("start", "ok", found))
  }
  sitrep_row(
    "start", "note", paste0(found, "; an NVIDIA GPU is there and not used"),
    extra_command("cuda", choice, facts)
  )
}

start_failure <- function(facts, label, timeout) {
  if (identical(attr(facts, "status"), 124L)) {
    return(paste0(label, " did not start in ", timeout, " s"))
  }
  reason <- unname(facts["failure"])
  if (is.null(facts) || is.na(reason)) {
    status <- attr(facts, "status") %||% "unknown"
    reason <- paste0("the process ended with status ", status)
  }
  paste0(label, " did not start: ", reason)
}

start_fix <- function(choice, facts, backend) {
  if (choice$ours) {
    return(install_call(if (backend == "jax") c("xgboost", "jax"), TRUE))
  }
  sub("pip install", "pip install --force-reinstall",
      pip_command(choice$python, core_requirements(backend), facts))
}

# Folders ------------------------------------------------------------------

# Looks for a place that could be made, but makes none.
sitrep_cache <- function(dir) {
  above <- dir
  while (!file.exists(above) && dirname(above) != above) {
    above <- dirname(above)
  }
  if (dir.exists(above) && file.access(above, 2) == 0) {
    return(sitrep_row("cache", "ok", short_path(dir)))
  }
  sitrep_row(
    "cache", "fault", paste(short_path(dir), "cannot be written"),
    "Sys.setenv(R_USER_CACHE_DIR = \"<a folder you can write to>\")"
  )
}

sitrep_data_dir <- function(dir) {
  if (!nzchar(dir)) {
    return(sitrep_row("DEEPLY_DATA_DIR", "note", "not set"))
  }
  if (dir.exists(dir)) {
    return(sitrep_row("DEEPLY_DATA_DIR", "ok", short_path(dir)))
  }
  sitrep_row(
    "DEEPLY_DATA_DIR", "fault", paste(short_path(dir), "does not exist"),
    "Sys.unsetenv(\"DEEPLY_DATA_DIR\")"
  )
}

short_path <- function(path, home = path.expand("~")) {
  inside <- startsWith(path, paste0(home, "/"))
  ifelse(inside, paste0("~", substring(path, nchar(home) + 1L)), path)
}

# Print --------------------------------------------------------------------

#' @export
print.deep_sitrep <- function(x, ...) {
  if (!all(c("check", "status", "found", "fix") %in% names(x))) {
    return(NextMethod())
  }
  cat(format(x), sep = "\n")
  invisible(x)
}

#' @export
format.deep_sitrep <- function(x, ...) {
  c(
    cli::format_inline("{.strong deeply on this machine}"),
    unlist(lapply(seq_len(nrow(x)), format_check, x = x)),
    "", sitrep_verdict(x)
  )
}

format_check <- function(i, x) {
  lead <- formatC(x$check[[i]], width = -16)
  lines <- strwrap(
    x$found[[i]], width = cli::console_width() - 1, initial = strrep(" ", 19),
    exdent = 19
  )
  lines <- if (length(lines) == 0) "" else substring(lines, 20)
  mark <- switch(x$status[[i]],
    ok = cli::col_green(cli::symbol$tick),
    fault = cli::col_red(cli::symbol$cross),
    cli::col_cyan(cli::symbol$info)
  )
  more <- rep(strrep(" ", 19), length(lines) - 1)
  # A remedy that several checks share is shown once, below the last.
  shared <- i < nrow(x) && identical(x$fix[[i]], x$fix[[i + 1L]])
  lines <- paste0(c(paste0(mark, " ", lead, " "), more), lines)
  c(lines, if (!is.na(x$fix[[i]]) && !shared) format_fix(x, i))
}

format_fix <- function(x, i) {
  word <- if (x$status[[i]] == "fault") "mend:" else "add:"
  paste0("    ", cli::style_bold(word), " ", x$fix[[i]])
}

sitrep_verdict <- function(x) {
  faults <- sum(x$status == "fault")
  if (faults == 0) {
    return("Everything that deeply needs is there.")
  }
  cli::pluralize(
    "{faults} fault{?s}. Mend {?it/the first}, then run deep_sitrep() again."
  )
}
