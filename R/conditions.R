# Every error and warning of the package goes through these two functions, so
# each has a class that can be caught: "deeply_error_<class>" under
# "deeply_error", and the same for warnings.

deeply_abort <- function(message, class, ..., call = rlang::caller_env(),
                         .envir = parent.frame()) {
  cli::cli_abort(
    message,
    class = c(paste0("deeply_error_", class), "deeply_error"),
    ...,
    call = call,
    .envir = .envir
  )
}

deeply_warn <- function(message, class, ..., .envir = parent.frame()) {
  cli::cli_warn(
    message,
    class = c(paste0("deeply_warning_", class), "deeply_warning"),
    ...,
    .envir = .envir
  )
}

deeply_inform <- function(message, ..., .envir = parent.frame()) {
  cli::cli_inform(message, class = "deeply_message", ..., .envir = .envir)
}
