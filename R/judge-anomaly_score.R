#' How strange a row or an image is
#'
#' A network that learned what is common gives back badly what is not. The score
#' is how badly: the higher it is, the stranger. It has no unit and no limit of
#' its own; put those of rows known to be in order beside it.
#'
#' @param object A fit of [deep_gan()] or [deep_autoencoder()].
#' @param new_data What to look at: rows or images as the fit learned from.
#' @param ... For methods.
#'
#' @return A data.table with a row for each row or image of `new_data`, in
#'   order, and the column `.anomaly`.
#' @export
anomaly_score <- function(object, new_data, ...) {
  UseMethod("anomaly_score")
}

#' @export
anomaly_score.default <- function(object, new_data, ...) {
  abort_argument("object", object,
                 "a fit of `deep_gan()` or `deep_autoencoder()`",
                 rlang::current_env())
}
