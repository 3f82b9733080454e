#' Where networks are computed
#'
#' Starts Python if it is not running yet.
#'
#' @return A character vector: `"CPU"`, or the names of the graphics processors
#'   that the backend sees.
#' @export
#' @examplesIf deeply::has_backend()
#' deep_device()
deep_device <- function() {
  device_label(backend_call("describe"))
}

device_label <- function(description) {
  devices <- unlist(description$devices)
  if (length(devices) == 0) "CPU" else devices
}

#' Is Python ready for deeply?
#'
#' A quick look, without starting TensorFlow and without an error: `TRUE` when
#' an interpreter with the backend's packages is there. Examples and tests ask
#' it before they run. Where reticulate would first have to download an
#' environment, it is `FALSE`.
#'
#' @return `TRUE` or `FALSE`.
#' @export
#' @examples
#' has_backend()
has_backend <- function() {
  tryCatch(
    {
      choice <- choose_python()
      there <- choice$source != "py_require"
      if (there) {
        use_environment(choice)
        check_environment(choice)
      }
      there
    },
    error = function(cnd) FALSE
  )
}
