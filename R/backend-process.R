# Commands outside R: Python, uv, pip.

#' Asks an interpreter about itself, in a process of its own
#'
#' @param python Its path.
#' @param start A backend to start as well, which takes seconds.
#' @return What `sitrep.py` printed, as a named character vector; `NULL` if it
#'   did not answer. Attributes `status` and `lines` say how it ended.
#' @noRd
ask_outside <- function(python, start = NULL, timeout = 30) {
  if (is.na(python) || !file.exists(python)) {
    return(NULL)
  }
  output <- capture_command(
    python,
    c("-m", "deeply_backend.sitrep", if (!is.null(start)) c("--start", start)),
    env = c(
      PYTHONPATH = system.file("python", package = "deeply"),
      # The package's folder is not the place for compiled files.
      PYTHONDONTWRITEBYTECODE = "1",
      TF_CPP_MIN_LOG_LEVEL = "3"
    ),
    timeout = timeout
  )
  facts <- parse_facts(output$lines)
  if (!"python" %in% names(facts)) {
    return(NULL)
  }
  structure(facts, status = output$status, lines = output$lines)
}

# Runs a command to its end; never an error.
capture_command <- function(command, args, env = character(), timeout = 0) {
  env <- c(env, LD_LIBRARY_PATH = outside_library_path())
  lines <- with_env(env, suppressWarnings(tryCatch(
    system2(command, shQuote(args), stdout = TRUE, stderr = TRUE,
            stdin = "", timeout = timeout),
    error = function(cnd) structure(conditionMessage(cnd), status = 127L)
  )))
  list(status = attr(lines, "status") %||% 0L, lines = as.character(lines))
}

# R on Linux puts its own and the system's library folders first, so a Python
# from elsewhere would load the system's libpython: another version than the one
# reticulate loads. The system's folders are searched last anyway.
outside_library_path <- function(path = Sys.getenv("LD_LIBRARY_PATH"),
                                 r_home = R.home("lib")) {
  folders <- strsplit(path, ":", fixed = TRUE)[[1]]
  system <- grepl(
    "^(/usr)?/lib(64)?(/[a-z0-9_]+-linux-gnu[a-z0-9]*)?/?$", folders
  )
  rest <- folders[!system & folders != r_home & nzchar(folders)]
  if (length(rest) == 0) NA_character_ else paste(rest, collapse = ":")
}

run_command <- function(command, args, what, hint = NULL) {
  output <- capture_command(command, args)
  if (output$status == 0L) {
    return(invisible(output$lines))
  }
  last <- utils::tail(output$lines[nzchar(trimws(output$lines))], 15)
  deeply_abort(
    c(
      "{what} failed (exit status {output$status}).",
      rlang::set_names(literal(last), rep(" ", length(last))),
      i = if (!is.null(hint)) literal(hint),
      i = "Once the cause is mended, run {.run deeply::deep_install()} again:
           it goes on from there."
    ),
    class = "install",
    output = output$lines,
    call = NULL
  )
}

# Environment variables for the length of one expression; NA unsets.
with_env <- function(values, code) {
  if (length(values) == 0) {
    return(force(code))
  }
  old <- Sys.getenv(names(values), unset = NA, names = TRUE)
  on.exit(set_env(old))
  set_env(values)
  force(code)
}

set_env <- function(values) {
  unset <- is.na(values)
  Sys.unsetenv(names(values)[unset])
  if (any(!unset)) {
    do.call(Sys.setenv, as.list(values[!unset]))
  }
}
