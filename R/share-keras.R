#' The Keras model inside a fit
#'
#' For what deeply does not offer: the live Python object, to be used with
#' reticulate. It takes a dict of `numeric` (float32) and `category` (int32
#' codes) as `predict()` with `fit$prep` makes them, and gives logits or
#' standardised values. One for images takes a dict of `image` (uint8), a row an
#' image, with channels running fastest, then columns, then rows.
#'
#' @param fit A fit such as [deep_mlp()] gives.
#' @return A Python `keras.Model`.
#' @export
#' @examplesIf deeply::has_backend()
#' fit <- deep_mlp(Species ~ ., data = iris, control = deep_control(epochs = 2))
#' as_keras(fit)$name
as_keras <- function(fit) {
  if (!inherits(fit, "deep_fit")) {
    abort_argument("fit", fit, "a fit such as `deep_mlp()` gives",
                   rlang::current_env())
  }
  # Of a recommender's network the matrices are kept.
  if (inherits(fit, "deep_recommender")) {
    abort_task("ranking", "{.fn as_keras}", rlang::current_env())
  }
  backend_call("keras_model", live_model(fit))
}
