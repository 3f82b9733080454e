#' Hold out one item of each user
#'
#' The usual way to judge a recommender: each user with enough items loses one,
#' and a good ranking of all other items has it near its top. The item is drawn
#' at random (leave-one-out), or is the user's latest. For a share of all rows,
#' or of all users, see [deep_split()].
#'
#' A pair of user and item that has several rows goes to one side with all of
#' them, or the held-out item would be known.
#'
#' @param data A data frame, a row an interaction.
#' @param user,item Names of the columns that say who and what.
#' @inheritParams rlang::args_dots_empty
#' @param time Name of a column of times, dates or numbers: the latest item of
#'   each user is held out, and of several the last in the data. `NULL`: one is
#'   drawn.
#' @param least Users with fewer different items keep all of them.
#' @param seed An integer. `NULL`: one number is drawn from R's generator.
#'
#' @return A `deep_split`, see [deep_split()]: `train` and `test`. Rows without
#'   user or item are in neither.
#' @section Errors:
#' * `deeply_error_column_missing`: a name that is no column.
#' * `deeply_error_too_few_rows`: no user has enough items.
#' * `deeply_error_argument`: anything else.
#' @export
#' @examples
#' plays <- simulate_interactions(2000, 200, 100, seed = 1)$data
#' split_interactions(plays, "user", "item", seed = 1)
#' split_interactions(plays, "user", "item", time = "time")
split_interactions <- function(data, user, item, ..., time = NULL, least = 5,
                               seed = NULL) {
  rlang::check_dots_empty()
  check_count(least, min = 2)
  check_count(seed, min = 0, null = TRUE)
  columns <- c(list(user = user, item = item),
               if (!is.null(time)) list(time = time))
  check_pairs(data, columns)
  whole <- which(stats::complete.cases(as.list(data)[unlist(columns)]))
  parts <- lapply(columns, function(column) data[[column]][whole])
  parts[c("user", "item")] <- lapply(parts[c("user", "item")], function(ids) {
    match_ids(ids, sort_ids(ids))
  })
  seed <- if (is.null(time)) draw_seed(seed)
  held <- held_rows(parts, least, seed)
  if (!any(held)) {
    deeply_abort(
      c("No user has {least} different items.",
        i = "Give a smaller {.arg least}."),
      class = "too_few_rows"
    )
  }
  new_deep_split(data, list(train = whole[!held], test = whole[held]), list(
    method = if (is.null(time)) "leave_one_out" else "last",
    column = user, n = nrow(data), time = time, least = least, seed = seed
  ))
}

#' Which rows are of the pairs that are held out
#'
#' @param parts A list of `user` and `item` (whole numbers) and maybe `time`, a
#'   value a row.
#' @noRd
held_rows <- function(parts, least, seed) {
  key <- (parts$user - 1) * max(parts$item) + parts$item
  turn <- parts$time %||% draw_turns(key, seed)
  # The last row of each pair stands for it, and its last pair for the user.
  order <- order(parts$user, turn)
  pairs <- order[!duplicated(key[order], fromLast = TRUE)]
  users <- parts$user[pairs]
  last <- !duplicated(users, fromLast = TRUE)
  many <- tabulate(users, max(users))[users] >= least
  key %in% key[pairs[last & many]]
}

# A pair with many rows is as likely as any other.
draw_turns <- function(key, seed) {
  pairs <- unique(key)
  with_seed(seed, sample.int(length(pairs)))[match(key, pairs)]
}
