#' Recommend items
#'
#' @param object What [deep_recommender()] gives.
#' @param ... Not used.
#' @export
recommend <- function(object, ...) {
  UseMethod("recommend")
}

#' @rdname recommend
#' @param users Whom to recommend to. `NULL`: all users that the fit knows, or
#'   those of `history` or of `new_users`. Who is not known, and has neither
#'   history nor features, gets what is most popular.
#' @param n How many items each gets, the best first.
#' @param exclude_seen Whether items that a user has had are left out.
#' @param history A data frame with the columns of users and items: what users
#'   have had, instead of what the fit knows of them. So new users, and what
#'   happened since, count without a new fit. Of a fit that learned ratings, or
#'   with `confidence`, with the column of `value` too.
#' @param reasons Whether to say why: which of the items that the user has had
#'   is most like the one recommended, see [similar_items()].
#' @param new_users,new_items Data frames as `user_features` and `item_features`
#'   of [deep_recommender()], which the fit must have had: users and items that
#'   came later, placed by their features. Rows of those that the fit knows are
#'   passed over. New items of which nothing is known come last, with a warning
#'   of class `deeply_warning_nothing_known`.
#' @param only_new Whether only the new items are recommended.
#'
#' @return A data.table, at most `n` rows a user in the order of `users`:
#'   `user`, `rank` (from 1), `item`, `score` (higher is better; to be compared
#'   within a user only), and `basis`: `"history"`, `"features"`, or
#'   `"popularity"` for a user of whom nothing is known. Of a fit that learned
#'   ratings the score is the rating, see
#'   [predict()][predict.deep_recommender], and who is not known gets what is
#'   rated best on average: `"average"`. With `new_items` also `new`, whether
#'   the item is one of them, and with `reasons` `because`, an item or `NA`. Who
#'   has had all items gets no row.
#' @section Errors:
#' * `deeply_error_column_missing`: a column that `history` has not.
#' * `deeply_error_argument`: anything else.
#' @export
#' @examplesIf deeply::has_backend()
#' plays <- simulate_interactions(4000, 300, 100, seed = 1)$data
#' fit <- deep_recommender(plays, "user", "item", method = "ease")
#' recommend(fit, "user_001", n = 3, reasons = TRUE)
#' newcomer <- data.frame(user = "me", item = c("item_001", "item_007"))
#' recommend(fit, history = newcomer, n = 3)
recommend.deep_recommender <- function(object, users = NULL, n = 10, ...,
                                       exclude_seen = TRUE, history = NULL,
                                       reasons = FALSE, new_users = NULL,
                                       new_items = NULL, only_new = FALSE) {
  rlang::check_dots_empty()
  check_count(n)
  check_flag(exclude_seen)
  check_flag(reasons)
  check_only_new(only_new, new_items)
  check_one_newness(history, new_users, "new_users")
  wide <- widen(object, new_users, new_items, only_new)
  asked <- asked_users(wide, users %||% as_ids(new_users[[
    object$prep$columns$user
  ]]), history)
  live <- wide$live
  found <- backend_call("best_items", live, asked$rows, n, exclude_seen,
                        asked$had)
  width <- ncol(found$items)
  items <- as.vector(t(found$items)) + 1L
  table <- data.table(
    user = rep(asked$users, each = width),
    rank = rep(seq_len(width), length(asked$users)),
    item = wide$prep$items[replace(items, items == 0L, NA)],
    score = as.vector(t(found$scores)),
    basis = rep(basis_of(wide, asked), each = width)
  )
  if (!is.null(new_items)) table$new <- items >= wide$first_new
  if (reasons) {
    because <- backend_call("reasons", live, asked$rows, found$items, asked$had)
    because <- as.vector(t(because)) + 1L
    table$because <- wide$prep$items[replace(because, because == 0L, NA)]
  }
  table[items > 0L, ]
}

# On what the list of each user rests.
basis_of <- function(wide, asked) {
  known <- if (is.null(asked$had)) wide$basis[pmax(asked$rows, 0L) + 1L]
           else "history"
  ifelse(asked$known, known, "popularity")
}

#' Users as rows of a matrix of pairs
#'
#' @return A list of `users`, their `rows` (from 0; -1: without any pair), if
#'   they are `known`, and `had`, a handle of pairs or `NULL` for those of the
#'   fit.
#' @noRd
asked_users <- function(fit, users, history, call = rlang::caller_env()) {
  prep <- fit$prep
  if (!is.null(history)) {
    return(users_of_history(prep, users, history, call))
  }
  users <- if (is.null(users)) prep$users else unique(users)
  check_users(users, call)
  row <- match_ids(users, prep$users)
  if (is.factor(users)) users <- as.character(users)
  list(users = users, rows = ifelse(is.na(row), 0L, row) - 1L,
       known = !is.na(row))
}

check_users <- function(users, call) {
  if (!is.atomic(users) && !is.factor(users) || anyNA(users)) {
    abort_argument("users", users, "users without NA", call)
  }
}

users_of_history <- function(prep, users, history, call) {
  pairs <- history_pairs(prep, history, call)
  users <- if (is.null(users)) pairs$users else unique(users)
  check_users(users, call)
  items <- match_ids(pairs$items, prep$items)[pairs$item]
  unknown <- unique(pairs$items[pairs$item[is.na(items)]])
  if (length(unknown) > 0) {
    deeply_warn(
      c("The fit does not know {length(unknown)} item{?s} of
         {.arg history}, which {?tells/tell} nothing.",
        i = "{cli::qty(length(unknown))}{?It is/Such as}
             {.val {unknown[[1]]}}."),
      class = "new_levels"
    )
  }
  kept <- which(!is.na(items))
  row <- match_ids(users, pairs$users)
  if (is.factor(users)) users <- as.character(users)
  had <- send_pairs(list(
    users = pairs$users, items = prep$items, user = pairs$user[kept],
    item = items[kept], rating = pairs$rating[kept],
    weight = pairs$weight[kept]
  ))
  list(users = users, rows = ifelse(is.na(row), 0L, row) - 1L,
       known = row %in% pairs$user[kept], had = had)
}

# What users had or, where ratings were learned, how they rated it.
history_pairs <- function(prep, history, call) {
  if (is.null(prep$ratings)) {
    weighed <- !is.null(prep$weights)
    names <- c("user", "item", if (weighed) "value")
    columns <- prep$columns[intersect(names, names(prep$columns))]
    pairs <- learn_interactions(history, columns, call, "history")
    if (weighed) pairs$weight <- weights_of(pairs$amount, prep$weights)
    return(pairs)
  }
  learn_ratings(history, prep$columns[c("user", "item", "value")], call,
                "history")
}

#' Scores of users and items
#'
#' @param object What [deep_recommender()] gives.
#' @param new_data A data frame with the columns of users and items.
#' @param new_users,new_items Users and items that came later, see
#'   [recommend()].
#' @param ... Not used.
#'
#' @return A data.table, a row a row of `new_data`: `.pred`, the score of the
#'   item for the user, to be compared within a user. `NA` where the fit does
#'   not know one of them, with a warning of class `deeply_warning_new_levels`.
#'
#'   Of a fit that learned ratings it is the rating, not beyond the least and
#'   the greatest that were given. A user or an item that the fit does not know
#'   counts as an average one, with the same warning: so nothing is `NA`.
#' @section Errors:
#' * `deeply_error_column_missing`: a column that `new_data` has not.
#' @export
#' @examplesIf deeply::has_backend()
#' plays <- simulate_interactions(4000, 300, 100, seed = 1)$data
#' fit <- deep_recommender(plays, "user", "item", method = "ease")
#' predict(fit, data.frame(user = "user_001", item = c("item_001", "item_002")))
predict.deep_recommender <- function(object, new_data, ..., new_users = NULL,
                                     new_items = NULL) {
  rlang::check_dots_empty()
  rlang::check_required(new_data)
  columns <- object$prep$columns[c("user", "item")]
  check_pairs(new_data, columns, rlang::current_env(), "new_data")
  wide <- widen(object, new_users, new_items)
  user <- match_ids(new_data[[columns$user]], wide$prep$users)
  item <- match_ids(new_data[[columns$item]], wide$prep$items)
  known <- which(!is.na(user) & !is.na(item))
  if (length(known) < length(user)) {
    deeply_warn(
      "{length(user) - length(known)} row{?s} {?has/have} a user or an item
       that the fit does not know: {.field .pred} is {.code NA}.",
      class = "new_levels"
    )
  }
  scores <- rep(NA_real_, length(user))
  scores[known] <- backend_call("pair_scores", wide$live, user[known] - 1L,
                                item[known] - 1L)
  data.table(.pred = scores)
}

#' Items that are alike
#'
#' Items are alike that users have together. By `method = "item_knn"` it is the
#' cosine between the users of two items; by `"ease"` and `"auto"` the mean of
#' the two weights of the linear model, with which one speaks for the other,
#' beyond what all other items say; by `"autoencoder"` the cosine between the
#' vectors by which the network takes them in, by `"ials"` between factors.
#'
#' @param object What [deep_recommender()] gives.
#' @param ... Not used.
#' @export
similar_items <- function(object, ...) {
  UseMethod("similar_items")
}

#' @rdname similar_items
#' @param items Which items. `NULL`: all.
#' @param n How many others each gets, the likest first.
#'
#' @return A data.table, `n` rows an item: `item`, `rank` (from 1), `similar`
#'   (another item) and `likeness`.
#' @section Errors:
#' * `deeply_error_argument`: items that the fit does not know, or a fit by
#'   popularity, which compares no items.
#' @export
#' @examplesIf deeply::has_backend()
#' plays <- simulate_interactions(4000, 300, 100, seed = 1)$data
#' fit <- deep_recommender(plays, "user", "item", method = "item_knn")
#' similar_items(fit, "item_007", n = 3)
similar_items.deep_recommender <- function(object, items = NULL, n = 10, ...) {
  rlang::check_dots_empty()
  check_count(n)
  prep <- object$prep
  items <- if (is.null(items)) prep$items else unique(items)
  at <- match_ids(items, prep$items)
  if (anyNA(at)) {
    deeply_abort(
      "{.arg items} has {.val {as.character(items)[is.na(at)][[1]]}}, which the
       fit does not know.",
      class = "argument"
    )
  }
  n <- min(n, length(prep$items) - 1L)
  found <- backend_call("alike_items", live_model(object), at - 1L, n)
  if (is.null(found)) {
    deeply_abort("By popularity no items are compared.", class = "argument")
  }
  data.table(
    item = rep(prep$items[at], each = n), rank = rep(seq_len(n), length(at)),
    similar = prep$items[as.vector(t(found$items)) + 1L],
    likeness = as.vector(t(found$likeness))
  )
}
