#' Users that are alike
#'
#' Users are alike whose vectors point the same way: those that
#' `method = "embedding"` learned, the factors of `"ials"`, or what the hidden
#' layer of `"autoencoder"`, and of the one in `"auto"`, makes of what they had.
#' By the other methods it is the cosine between what two users had: the items
#' that both have, relative to how many each has.
#'
#' @param object What [deep_recommender()] gives.
#' @param ... Not used.
#' @export
similar_users <- function(object, ...) {
  UseMethod("similar_users")
}

#' @rdname similar_users
#' @param users Which users. `NULL`: all.
#' @param n How many others each gets, the likest first.
#'
#' @return A data.table, `n` rows a user: `user`, `rank` (from 1), `similar`
#'   (another user) and `likeness`, from -1 to 1.
#' @section Errors:
#' * `deeply_error_argument`: users that the fit does not know.
#' @seealso [similar_items()]
#' @export
#' @examplesIf deeply::has_backend()
#' plays <- simulate_interactions(4000, 300, 100, seed = 1)$data
#' fit <- deep_recommender(plays, "user", "item", method = "item_knn")
#' similar_users(fit, "user_007", n = 3)
similar_users.deep_recommender <- function(object, users = NULL, n = 10, ...) {
  rlang::check_dots_empty()
  check_count(n)
  prep <- object$prep
  users <- if (is.null(users)) prep$users else unique(users)
  at <- match_ids(users, prep$users)
  if (anyNA(at)) {
    deeply_abort(
      "{.arg users} has {.val {as.character(users)[is.na(at)][[1]]}}, whom the
       fit does not know.",
      class = "argument"
    )
  }
  n <- min(n, length(prep$users) - 1L)
  if (n == 0) {
    deeply_abort("The fit knows one user only.", class = "argument")
  }
  found <- backend_call("alike_users", live_model(object), at - 1L, n)
  data.table(
    user = rep(prep$users[at], each = n), rank = rep(seq_len(n), length(at)),
    similar = prep$users[as.vector(t(found$users)) + 1L],
    likeness = as.vector(t(found$likeness))
  )
}
