# A fitted object holds its network as bytes. A revived network is a cache
# beside it, kept for the session: losing it costs a second and nothing else.

max_live_models <- 16L

#' The network of a fit, in memory
#'
#' @param fit A `deep_fit`.
#' @return A handle for `backend_call()`.
#' @noRd
live_model <- function(fit) {
  check_same_process()
  handle <- the$live[[fit$info$id]]
  if (is.null(handle)) {
    handle <- revive_model(fit)
    keep_alive(fit$info$id, handle)
  }
  handle
}

keep_alive <- function(id, handle) {
  the$live <- utils::tail(the$live, max_live_models - 1L)
  the$live[[id]] <- handle
}

load_verb <- function(fit) {
  if (inherits(fit, "deep_ratings")) "load_rater"
  else if (inherits(fit, "deep_recommender")) "load_recommender"
  else "load"
}

revive_model <- function(fit) {
  tryCatch(
    backend_call(load_verb(fit), fit$model),
    deeply_error_python = function(cnd) {
      here <- backend_call("describe")
      deeply_abort(
        c(
          "The network in this fit could not be revived.",
          i = "It was saved with Keras {fit$info$keras}; this session has
               Keras {here$keras}.",
          i = "{.run deeply::deep_install()} brings Keras up to date."
        ),
        class = "revive",
        parent = cnd,
        call = NULL
      )
    }
  )
}
