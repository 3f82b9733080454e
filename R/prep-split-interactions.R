#' Hold out what users had
#'
#' To judge a recommender, some of what users had is held out, and a good
#' ranking of all that a user has not had has it near its top.
#'
#' @section Protocols:
#' * `"leave_one_out"`: each user with at least `least` items loses one, drawn
#'   at random; `"last"`: the latest by `time`.
#' * `"share"`: each of these users loses a share, drawn at random, or the
#'   latest if there is a `time`. Where the share is no whole number of items,
#'   whether it is rounded up is drawn.
#' * `"pairs"`: a share of all pairs of users and items, drawn at random: users
#'   and items may be left without any to learn from.
#' * `"users"`: a share of the users, drawn from those with at least `least`
#'   items, is held out whole, as if they came later. A share of what each of
#'   them had is to be found, and the rest, `history`, is what is known of them:
#'   `evaluate(fit, split$test, history = split$history)`.
#'
#' A pair of user and item that has several rows goes to one side with all of
#' them, or the held-out item would be known.
#'
#' @param data A data frame, a row an interaction.
#' @param user,item Names of the columns that say who and what.
#' @inheritParams rlang::args_dots_empty
#' @param time Name of a column of times, dates or numbers: the latest items of
#'   each user are held out, and of several the last in the data. `NULL`: they
#'   are drawn.
#' @param method `"leave_one_out"`, `"last"`, `"share"`, `"pairs"` or `"users"`,
#'   see below. `NULL`: `"last"` if there is a `time`, else `"leave_one_out"`.
#' @param prop Of the last three: the share that stays, of each user's items, of
#'   all pairs, or of the users and of what the others had.
#' @param least Users with fewer different items keep all of them; of `"pairs"`
#'   not used.
#' @param seed An integer. `NULL`: one number is drawn from R's generator.
#'
#' @return A `deep_split`, see [deep_split()]: `train` and `test`, and of
#'   `"users"` `history`. Rows without user or item are in none.
#' @section Errors:
#' * `deeply_error_column_missing`: a name that is no column.
#' * `deeply_error_too_few_rows`: no user has enough items, or the share is none
#'   or all of them.
#' * `deeply_error_argument`: anything else.
#' @export
#' @examples
#' plays <- simulate_interactions(2000, 200, 100, seed = 1)$data
#' split_interactions(plays, "user", "item", seed = 1)
#' split_interactions(plays, "user", "item", time = "time")
#' split_interactions(plays, "user", "item", method = "users", seed = 1)
split_interactions <- function(data, user, item, ..., time = NULL,
                               method = NULL, prop = 0.8, least = 5,
                               seed = NULL) {
  rlang::check_dots_empty()
  check_choice(method, interaction_methods, null = TRUE)
  check_number(prop, above = 0, below = 1)
  check_count(least, min = 2)
  check_count(seed, min = 0, null = TRUE)
  method <- method %||% if (is.null(time)) "leave_one_out" else "last"
  check_split_time(method, time)
  columns <- c(list(user = user, item = item),
               if (!is.null(time)) list(time = time))
  check_pairs(data, columns)
  whole <- which(stats::complete.cases(as.list(data)[unlist(columns)]))
  parts <- lapply(columns, function(column) data[[column]][whole])
  parts[c("user", "item")] <- lapply(parts[c("user", "item")], function(ids) {
    match_ids(ids, sort_ids(ids))
  })
  seed <- if (method != "last") draw_seed(seed)
  rows <- interaction_rows(parts, method, 1 - prop, least, seed)
  check_held(rows, least)
  new_deep_split(data, lapply(rows, function(at) whole[at]), list(
    method = method, column = user, n = nrow(data), time = time, prop = prop,
    least = least, seed = seed
  ))
}

interaction_methods <- c("leave_one_out", "last", "share", "pairs", "users")

check_split_time <- function(method, time, call = rlang::caller_env()) {
  if (method == "last" && is.null(time)) {
    deeply_abort(
      c("{.code method = \"last\"} holds out the latest item.",
        i = "Name the column of times in {.arg time}."),
      class = "argument", call = call
    )
  }
  if (method %in% c("leave_one_out", "pairs") && !is.null(time)) {
    deeply_abort("{.arg time} is not for {.code method = \"{method}\"}, which
                  draws at random.", class = "argument", call = call)
  }
}

check_held <- function(rows, least, call = rlang::caller_env()) {
  if (length(rows$test) == 0) {
    deeply_abort(
      c("No user has {least} different items, or none of them is held out.",
        i = "Give a smaller {.arg least} or {.arg prop}."),
      class = "too_few_rows", call = call
    )
  }
  if (length(rows$train) == 0) {
    deeply_abort("All rows are held out: give a greater {.arg prop}.",
                 class = "too_few_rows", call = call)
  }
}

#' Which rows are in which part
#'
#' @param parts A list of `user` and `item` (whole numbers) and maybe `time`, a
#'   value a row.
#' @param share Of what is held out.
#' @return A list of row numbers: `train`, maybe `history`, `test`.
#' @noRd
interaction_rows <- function(parts, method, share, least, seed) {
  if (method %in% c("leave_one_out", "last")) {
    held <- held_rows(parts, least, seed)
    return(list(train = which(!held), test = which(held)))
  }
  key <- (parts$user - 1) * max(parts$item) + parts$item
  # The last row of each pair stands for it.
  order <- order(parts$time %||% seq_along(key))
  pairs <- order[!duplicated(key[order], fromLast = TRUE)]
  held <- held_pairs(parts$user[pairs], parts$time[pairs], method, share, least,
                     seed)
  test <- key %in% key[pairs[held$test]]
  history <- if (method == "users") key %in% key[pairs[held$history]]
  known <- if (is.null(history)) test else test | history
  Filter(Negate(is.null), list(train = which(!known),
                               history = if (!is.null(history)) which(history),
                               test = which(test)))
}

# A logical each, a value a pair.
held_pairs <- function(user, time, method, share, least, seed) {
  n <- length(user)
  if (method == "pairs") {
    drawn <- with_seed(seed, sample.int(n, round(share * n)))
    return(list(test = seq_len(n) %in% drawn))
  }
  count <- tabulate(user)
  many <- which(count >= least)
  if (method == "share") {
    test <- share_of_users(user, time, share, seed) & user %in% many
    return(list(test = test))
  }
  most <- min(length(many), round(share * sum(count > 0)))
  new <- user %in% many[with_seed(seed, sample.int(length(many), most))]
  test <- share_of_users(user, time, share, seed, fewest = 1) & new
  list(test = test, history = new & !test)
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

# Of a user of whom nothing is learned nothing can be told.
check_known_held <- function(pairs, held) {
  if (any(held) && !any(pairs$user[held] %in% pairs$user[!held])) {
    deeply_abort(
      c("No user of the rows held out is left to learn from.",
        i = "Of a split by users fit to {.code split$train}, then
             {.code evaluate(fit, split$test, history = split$history)}."),
      class = "argument", call = NULL
    )
  }
}
