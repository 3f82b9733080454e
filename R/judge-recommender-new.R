# New items are judged by where they rank among all that a user has not had, or
# among the new ones, beside chance and the nearest features.

#' Places of new items, see `rank_new()`
#'
#' @param new_items Their features. Neighbours are looked for where it has rows
#'   of known items too.
#' @param only_new Whether they are ranked among themselves.
#' @noRd
rank_new_items <- function(fit, new_data, new_items, only_new,
                           call = rlang::caller_env()) {
  wide <- widen(fit, NULL, new_items, only_new, call)
  pairs <- pairs_to_judge(wide$prep, new_data, call)
  users <- attr(pairs, "left_out")
  if (only_new) {
    pairs <- pairs[pairs$item >= wide$first_new, ]
  } else {
    pairs <- not_had(wide$live, pairs, NULL, call)
  }
  if (nrow(pairs) == 0) {
    deeply_abort("No row of {.arg new_data} has a user that the fit knows and an
                  item of {.arg new_items} that it does not.",
                 class = "too_few_rows", call = call)
  }
  data.table::setorderv(pairs, c("user", "item"))
  judged <- rank_wide(fit, wide, pairs, new_items, only_new, call)
  new <- length(wide$prep$items) - wide$first_new + 1L
  judged$on <- sprintf("users, among %s%s new %s",
                       if (only_new) "" else "all items and ", count(new),
                       if (only_new) "items" else "ones")
  judged$had <- fit$prep$had[judged$user]
  judged$n <- length(unique(judged$user))
  judged$left_out <- users
  judged
}

# Different pairs of known users with known or new items.
pairs_to_judge <- function(prep, new_data, call) {
  columns <- prep$columns[c("user", "item")]
  check_pairs(new_data, columns, call, "new_data")
  ids <- new_data[[columns$user]]
  pairs <- unique(data.table(
    user = match_ids(ids, prep$users),
    item = match_ids(new_data[[columns$item]], prep$items)
  ))
  strangers <- unique(stats::na.omit(ids))
  left_out <- sum(is.na(match_ids(strangers, prep$users)))
  pairs <- pairs[!is.na(pairs$user) & !is.na(pairs$item), ]
  data.table::setattr(pairs, "left_out", left_out)
}

rank_wide <- function(fit, wide, pairs, new_items, only_new, call) {
  prep <- wide$prep
  asked <- backend_call("interactions", pairs$user - 1L, pairs$item - 1L,
                        length(prep$users), length(prep$items))
  models <- list(deep_recommender = wide$live)
  if (isTRUE(fit$spec$asked$baseline)) {
    models <- c(models, new_item_baselines(fit, wide, new_items, call))
  }
  users <- unique(pairs$user)
  before <- if (only_new) wide$first_new - 1L else 0L
  users_of <- c(fit$prep$users_of[seq_len(wide$first_new - 1L - before)],
                numeric(length(prep$items) - wide$first_new + 1L))
  list(
    user = pairs$user,
    places = do.call(cbind, lapply(models, function(model) {
      as.vector(backend_call("places", model, asked))
    })),
    lists = vapply(models, function(model) {
      found <- backend_call("best_items", model, users - 1L, judged_length,
                            TRUE)$items + 1L - before
      list_metrics(replace(found, found < 1L, NA), users_of,
                   length(prep$users))
    }, numeric(3))
  )
}

# Neighbours need the features of what users had.
new_item_baselines <- function(fit, wide, new_items, call) {
  learned <- fit$prep$features$item
  prep <- wide$prep
  has_known <- any(as_ids(new_items[[learned$id]]) %in% fit$prep$items)
  c(
    if (has_known) {
      features <- features_of(learned, new_items, prep$items, call)
      list("nearest features" = backend_call("by_features", wide$live,
                                             features, fit$info$seed))
    },
    list("random order" = backend_call("by_chance", wide$live, fit$info$seed))
  )
}
