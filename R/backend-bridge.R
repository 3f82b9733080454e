# The only crossing between R and Python. Everything that crosses is a scalar,
# a named list, an array without NA, raw bytes, or a handle that Python made.
#
# Why so strict: reticulate turns an integer NA into -2147483648, a logical NA
# into TRUE and a character NA into "NA", silently. So R encodes, and what is
# not plain numbers is refused here.

#' Calls a verb of `deeply_backend/bridge.py`
#'
#' @param verb Name of the Python function.
#' @param ... Its arguments, by position.
#' @return What Python returns, as R data.
#' @noRd
backend_call <- function(verb, ...) {
  args <- lapply(list(...), cross)
  verb_function <- bridge()[[verb]]
  the$callback_error <- NULL
  tryCatch(
    do.call(verb_function, args),
    error = function(cnd) rethrow_python(cnd, verb)
  )
}

# The Python module, imported at the first call and once a session.
bridge <- function() {
  check_same_process()
  if (is.null(the$bridge)) {
    the$bridge <- start_bridge(backend_name())
    the$backend <- backend_name()
    the$pid <- Sys.getpid()
  }
  if (!identical(the$backend, backend_name())) {
    deeply_abort(
      c(
        "This R session already runs {the$backend}.",
        i = "Restart R before you set {.code options(deeply.backend =
             {.val {backend_name()}})}."
      ),
      class = "backend_switched",
      call = NULL
    )
  }
  the$bridge
}

start_bridge <- function(backend) {
  use_environment()
  check_environment()
  label <- c(tensorflow = "TensorFlow", jax = "JAX")[[backend]]
  if (!is_quiet()) {
    deeply_inform("Starting {label}, once a session (a few seconds).")
  }
  package <- reticulate::import_from_path(
    "deeply_backend",
    path = system.file("python", package = "deeply")
  )
  tryCatch(
    package$start(backend),
    error = function(cnd) rethrow_python(cnd, "start")
  )
}

# TensorFlow's threads do not survive a fork: the child would hang forever.
check_same_process <- function(pid = Sys.getpid()) {
  if (is.null(the$pid) || the$pid == pid) {
    return(invisible())
  }
  deeply_abort(
    c(
      "This is a forked copy of an R process that already runs Python.",
      x = "TensorFlow hangs after a fork.",
      i = "Use {.code future::plan(multisession)} or {.pkg callr} instead of
           {.fn parallel::mclapply} or {.code multicore}."
    ),
    class = "forked",
    call = NULL
  )
}

# R functions called from Python keep their own condition; everything else
# becomes one classed error with the Python cause inside.
rethrow_python <- function(cnd, verb) {
  if (!is.null(the$callback_error)) {
    cause <- the$callback_error
    the$callback_error <- NULL
    rlang::cnd_signal(cause)
  }
  cause <- tryCatch(reticulate::py_last_error(), error = function(e) NULL)
  type <- cause$type %||% "Error"
  value <- cause$value %||% conditionMessage(cnd)
  hint <- python_hint(type)
  deeply_abort(
    c("Python stopped in {.fn {verb}}: {value}", hint),
    class = c(paste0("python_", type), "python"),
    python_type = type,
    python_value = value,
    python_traceback = paste(cause$traceback, collapse = ""),
    call = NULL
  )
}

python_hint <- function(type) {
  switch(type,
    ModuleNotFoundError = c(
      i = "{.run deeply::deep_sitrep()} says what to do."
    ),
    MemoryError = c(i = "A smaller {.arg batch_size} needs less memory.")
  )
}

# A function that Python may call, always from its main thread. An error in it
# is remembered, because it would arrive as a bare RuntimeError.
callback <- function(f) {
  force(f)
  function(...) {
    tryCatch(
      f(...),
      error = function(cnd) {
        the$callback_error <- cnd
        stop(cnd)
      }
    )
  }
}

#' Lets plain numbers pass and refuses the rest
#'
#' @param x Whatever is about to cross.
#' @param name How to call it in an error.
#' @return `x`, with dimensions, so that it arrives as one array.
#' @noRd
cross <- function(x, name = "argument") {
  if (is.null(x) || is.raw(x) || is.function(x) ||
        inherits(x, "python.builtin.object")) {
    return(x)
  }
  if (is.list(x) && !is.object(x)) {
    return(cross_list(x, name))
  }
  if (is.object(x) || !is.atomic(x) || is.complex(x)) {
    refuse_crossing(name, paste("an object of class", class(x)[[1]]))
  }
  if (is.character(x) && (length(x) != 1L || !is.null(dim(x)))) {
    refuse_crossing(name, "a character vector")
  }
  if (anyNA(x)) {
    refuse_crossing(name, paste(typeof(x), "values with NA"))
  }
  if (length(x) == 1L || !is.null(dim(x))) x else array(x, length(x))
}

cross_list <- function(x, name) {
  if (length(x) > 0 && !rlang::is_named(x)) {
    refuse_crossing(name, "a list without names")
  }
  for (item in names(x)) {
    # Not `x[[item]] <-`, which would delete a NULL.
    x[item] <- list(cross(x[[item]], item))
  }
  x
}

refuse_crossing <- function(name, what) {
  deeply_abort(
    c(
      "{.field {name}} holds {what}, which cannot cross to Python unharmed.",
      i = "Send numbers without NA; categories as integer codes."
    ),
    class = "crossing",
    call = NULL
  )
}
