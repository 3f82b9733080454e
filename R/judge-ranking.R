# How good a ranking of all items is, by the places of the held-out ones.

ranking_metrics <- c("hr", "recall", "precision", "ndcg", "map", "mrr")

#' Metrics of each user's ranking
#'
#' @param places Of each held-out item, how many items come before it.
#' @param user Whose it is: whole numbers from 1, none left out.
#' @param k Length of the list that is looked at.
#' @return A matrix, a row a user: `hr` (1 if any held-out item is in the list),
#'   `recall` (share of the held-out items in the list), `precision` (share of
#'   the list), `ndcg` (Järvelin & Kekäläinen 2002), `map` (average
#'   precision, of at most `k`), `mrr` (reciprocal place of the first).
#' @noRd
ranking_by_user <- function(places, user, k) {
  order <- order(user, places)
  user <- user[order]
  place <- places[order] + 1
  held <- tabulate(user)
  hit <- place <= k
  # Of the held-out items in front of one, itself included: at most its place,
  # unless they share it.
  nth <- pmin(sequence(held), place)
  total <- function(x) as.vector(rowsum(ifelse(hit, x, 0), user))
  hits <- total(1)
  most <- pmin(held, k)
  first <- place[!duplicated(user)]
  cbind(
    hr = as.numeric(hits > 0),
    recall = hits / held,
    precision = hits / k,
    ndcg = total(1 / log2(place + 1)) / cumsum(1 / log2(1 + seq_len(k)))[most],
    map = total(nth / place) / most,
    mrr = ifelse(first <= k, 1 / first, 0)
  )
}

#' What the lists of all users have in common
#'
#' @param lists Items (from 1), a row a user, the best first.
#' @param users_of How many users each item has in the data it was learned from.
#' @return `coverage`: share of all items that are in any list. `novelty`: mean
#'   self-information of a listed item in bits, had its users been drawn at
#'   random. `popularity`: mean share of users that have a listed item.
#' @noRd
list_metrics <- function(lists, users_of, n_users) {
  listed <- lists[!is.na(lists)]
  share <- users_of[listed] / n_users
  c(
    coverage = length(unique(listed)) / length(users_of),
    # What nobody has counts as had by half a user.
    novelty = mean(-log2(pmax(share, 0.5 / n_users))),
    popularity = mean(share)
  )
}

# Percentile intervals of the means over resampled users.
ranking_limits <- function(by_user, times, level, seed) {
  n <- nrow(by_user)
  drawn <- with_seed(seed, vapply(seq_len(times), function(i) {
    colMeans(by_user[sample.int(n, n, replace = TRUE), , drop = FALSE])
  }, by_user[1, ]))
  apply(drawn, 1, stats::quantile, names = FALSE,
        probs = c(1 - level, 1 + level) / 2)
}
