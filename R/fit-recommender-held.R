# Which pairs a recommender is judged on.

# Without the rows of a split that are to be tested on later.
rows_in_use <- function(data, validation) {
  if (!is.data.frame(data) || !is.list(validation)) {
    return(data)
  }
  check_split_of(validation, nrow(data))
  as.data.frame(data)[setdiff(seq_len(nrow(data)), validation$left_out), ]
}

# Pairs of the rows that a split tells to hold out.
held_as_told <- function(pairs, validation, table) {
  rows <- if (is.list(validation)) validation$rows else validation
  user <- match_ids(table[[pairs$columns$user]], pairs$users)
  item <- match_ids(table[[pairs$columns$item]], pairs$items)
  pair_key(pairs$user, pairs$item, pairs) %in%
    pair_key(user[rows], item[rows], pairs)
}

pair_key <- function(user, item, pairs) {
  (user - 1) * length(pairs$items) + item
}

most_judged <- 10000L
least_items <- 5L

#' Which pairs are held out
#'
#' @param pairs What `learn_interactions()` gave.
#' @param validation A share of the users, rows of the data, or `NULL`: all
#'   users, as far as time allows.
#' @param table The data.
#' @return A logical, one a pair.
#' @noRd
hold_out <- function(pairs, validation, seed, table) {
  if (!is.null(validation) && !is_share(validation)) {
    held <- held_as_told(pairs, validation, table)
    check_known_held(pairs, held)
    return(held)
  }
  if (!is.null(pairs$rating)) {
    return(hold_out_ratings(pairs, validation %||% 0.2, seed))
  }
  held <- held_rows(pairs, least_items, seed)
  n <- min(most_judged, round((validation %||% 1) * sum(held)))
  seq_along(held) %in% which(held)[with_seed(seed, sample.int(sum(held), n))]
}
