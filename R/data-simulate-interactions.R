#' Simulate who plays what: interactions for recommenders
#'
#' Users choose items by taste, known through hidden factors, and by what is
#' popular. The true order in which each user would like all items is known.
#'
#' @section Equations:
#' User `u` has factors `p_u`, item `i` has factors `q_i`, normal with mean 0,
#' scaled so that the affinity `a_ui = p_u . q_i` has sd `taste`. The item at
#' place `r` of the popularity order has log popularity `-zipf log(r)` (Zipf
#' 1949).
#'
#' How many items a user has is 1, plus a share of the other interactions in
#' proportion to an activity, log-normal with log sd 1. Which ones they are, and
#' in what order, is drawn one after the other without repeats, with probability
#' in proportion to `exp(popularity_i + a_ui)` among the items not yet chosen
#' (Plackett 1975; drawn at once by the keys of Yellott 1977). So the best
#' possible ranking of what a user chooses next is that of
#' `popularity_i + a_ui` among the items that the user does not have.
#'
#' Hours follow `log(hours) = log(3) + b_u + c_i + 0.3 a_ui + e`, with `b_u` and
#' `c_i` normal with sd 0.5 and `e` normal with sd 0.8, to a tenth and at least
#' 0.1. Ratings are `3 + 0.5 b_u + 0.8 c_i + 0.4 a_ui + e'`, with `e'` normal
#' with sd 0.5, rounded to the nearest of 1 to 5.
#'
#' @param n Interactions: pairs of a user and an item, none twice. At least
#'   `n_users`.
#' @param n_users,n_items Users and items.
#' @param factors Number of hidden factors.
#' @param taste Standard deviation of the affinity: how much taste decides. 0:
#'   popularity alone.
#' @param zipf Exponent of the popularity. 0: all items are as popular.
#' @param ratings `TRUE` adds a rating from 1 to 5.
#' @param seed One whole number, or `NULL`. See [simulators].
#'
#' @return A list, see [simulators]. `$data` has `user` and `item` (factors),
#'   `hours`, `rating` if asked for, and `time` (POSIXct, UTC, in the year
#'   2023), sorted by user and time: a user's last row is the last item chosen.
#'   `$users` has `user`, `age` (which leans on the first factor) and `country`
#'   (which says nothing); `$items` has `item`, `genre` (the item's largest
#'   factor) and `price` (which says nothing).
#'
#'   `$truth$rows` has `affinity`, `score` (popularity and affinity) and
#'   `expected_hours`, the mean of the hours before they are rounded.
#'   `$truth$user_factors` and `$truth$item_factors` are matrices with a row a
#'   level, `$truth$popularity`, `$truth$user_bias` and `$truth$item_bias`
#'   vectors. `$truth$hit_rate_10` is how often a user's last item is among the
#'   10 with the highest true score that the user did not have, over users with
#'   at least two: what these factors reach, and others only by luck or by what
#'   users have already told; `NaN` where no user has two.
#'   `$truth$parameters` has `factors`, `taste` and `zipf`.
#' @inheritSection simulators Errors
#' @references
#' Koren, Bell & Volinsky (2009). Matrix factorization techniques for
#' recommender systems. Computer 42(8).
#'
#' Plackett (1975). The analysis of permutations. Applied Statistics 24(2).
#'
#' Yellott (1977). The relationship between Luce's choice axiom, Thurstone's
#' theory of comparative judgment, and the double exponential distribution.
#' Journal of Mathematical Psychology 15(2).
#'
#' Zipf (1949). Human behavior and the principle of least effort.
#' Addison-Wesley.
#' @family simulators
#' @export
#' @examples
#' games <- simulate_interactions(2000, n_users = 200, n_items = 50, seed = 6)
#' games$data
#' games$items
#' games$truth$hit_rate_10
simulate_interactions <- function(n = 2e4, n_users = 1000, n_items = 300,
                                  factors = 4, taste = 1.5, zipf = 1,
                                  ratings = FALSE, seed = NULL) {
  check_count(n_users)
  check_count(n_items, min = 2)
  check_interactions(n, n_users, n_items)
  check_count(factors)
  check_number(taste, min = 0)
  check_number(zipf, min = 0)
  check_flag(ratings)
  check_count(seed, min = 0, null = TRUE)
  simulation("users and the items they chose", seed, {
    world <- draw_world(n_users, n_items, factors, taste, zipf)
    counts <- share_out(n, n_users, n_items)
    chosen <- choose_items(world, counts)
    interactions_of(world, chosen, ratings)
  })
}

check_interactions <- function(n, n_users, n_items,
                               call = rlang::caller_env()) {
  check_count(n, call = call)
  pairs <- as.numeric(n_users) * n_items
  if (n < n_users || n > pairs) {
    deeply_abort(
      c(
        "{.arg n} must be at least {count(n_users)} and at most
         {count(pairs)}.",
        x = "It is {count(n)}.",
        i = "Each of the {.arg n_users} has one item at least, and no item
             twice."
      ),
      class = "argument",
      call = call
    )
  }
}

draw_world <- function(n_users, n_items, factors, taste, zipf) {
  # A product of two such normal numbers, summed over factors, has sd `taste`.
  sd <- sqrt(taste / sqrt(factors))
  normal <- function(n) {
    matrix(stats::rnorm(n * factors, sd = sd), n, factors)
  }
  list(
    user_factors = normal(n_users),
    item_factors = normal(n_items),
    popularity = -zipf * log(sample.int(n_items)),
    user_bias = stats::rnorm(n_users, sd = 0.5),
    item_bias = stats::rnorm(n_items, sd = 0.5),
    parameters = list(factors = factors, taste = taste, zipf = zipf)
  )
}

# How many items each user has. What is over for one who has them all goes to
# the others, so a few rounds suffice.
share_out <- function(n, n_users, n_items) {
  activity <- stats::rlnorm(n_users)
  counts <- rep(1, n_users)
  while (sum(counts) < n) {
    open <- which(counts < n_items)
    user <- sample.int(length(open), n - sum(counts), replace = TRUE,
                       prob = activity[open])
    more <- tabulate(user, length(open))
    counts[open] <- pmin(counts[open] + more, n_items)
  }
  counts
}

# In blocks of users, so that the matrix of all pairs is never held.
choose_items <- function(world, counts, cells = 1e6) {
  n_users <- length(counts)
  width <- max(1, cells %/% length(world$popularity))
  blocks <- split(seq_len(n_users), (seq_len(n_users) - 1) %/% width)
  parts <- lapply(blocks, function(users) {
    choose_block(world, users, counts[users])
  })
  data.table::rbindlist(parts)
}

#' The items that some users choose, in order
#'
#' The `k` items with the highest `score + G`, `G` from a Gumbel distribution,
#' are a draw of `k` one after the other.
#' @return A data.table: user, item (indices), place in the user's order, and
#'   `rank`, the place of the last item by true score among those that the user
#'   did not have before (`NA` in other rows).
#' @noRd
choose_block <- function(world, users, counts) {
  score <- tcrossprod(world$user_factors[users, , drop = FALSE],
                      world$item_factors) +
    rep(world$popularity, each = length(users))
  key <- score - log(stats::rexp(length(score)))
  # Column-major: sorted by user, then by falling key.
  who <- as.vector(row(key))
  sorted <- order(who, -key, method = "radix")
  items <- ncol(key)
  taken <- rep((seq_along(users) - 1) * items, counts) + sequence(counts)
  cell <- sorted[taken]
  place <- sequence(counts)
  last <- place == rep(counts, counts)
  target <- score[cell[last]]
  score[cell[!last]] <- -Inf
  rank <- rep(NA_real_, length(cell))
  rank[last] <- 1 + rowSums(score > target)
  data.table(user = users[who[cell]], item = as.vector(col(key))[cell],
             place = place, rank = rank)
}

interactions_of <- function(world, chosen, ratings) {
  n <- nrow(chosen)
  n_users <- length(world$user_bias)
  n_items <- length(world$item_bias)
  users <- factor(numbered("user", n_users))
  items <- factor(numbered("item", n_items))
  affinity <- rowSums(world$user_factors[chosen$user, , drop = FALSE] *
                        world$item_factors[chosen$item, , drop = FALSE])
  user_bias <- world$user_bias[chosen$user]
  item_bias <- world$item_bias[chosen$item]
  log_hours <- log(3) + user_bias + item_bias + 0.3 * affinity
  data <- data.table(
    user = users[chosen$user],
    item = items[chosen$item],
    hours = pmax(round(exp(log_hours + stats::rnorm(n, sd = 0.8)), 1), 0.1),
    time = draw_times(chosen$user, n_users)
  )
  if (ratings) {
    liking <- 3 + 0.5 * user_bias + 0.8 * item_bias + 0.4 * affinity
    stars <- round(liking + stats::rnorm(n, sd = 0.5))
    data.table::set(data, j = "rating",
                    value = as.integer(pmin(pmax(stars, 1), 5)))
  }
  rows <- data.table(
    affinity = affinity,
    score = world$popularity[chosen$item] + affinity,
    expected_hours = exp(log_hours + 0.8^2 / 2)
  )
  hit <- chosen$rank[chosen$place > 1] <= 10
  truth <- c(list(rows = rows, hit_rate_10 = mean(hit, na.rm = TRUE)), world)
  list(data = data, users = describe_users(users, world),
       items = describe_items(items, world), truth = truth)
}

# Rising within a user, from the day the user came to the end of the year.
draw_times <- function(user, n_users) {
  first <- as.POSIXct("2023-01-01", tz = "UTC")
  year <- 365 * 86400
  came <- stats::runif(n_users, 0, 0.9)[user]
  drawn <- came + (1 - came) * stats::runif(length(user))
  # `user` is sorted already, so only the times within a user move.
  drawn <- drawn[order(user, drawn)]
  first + floor(drawn * year)
}

describe_users <- function(users, world) {
  n <- length(users)
  lean <- world$user_factors[, 1]
  lean <- if (any(lean != 0)) lean / sqrt(mean(lean^2)) else lean
  age <- 36 + 8 * lean + stats::rnorm(n, sd = 8)
  country <- c(GB = 0.4, US = 0.3, DE = 0.2, BR = 0.1)
  data.table(user = users, age = as.integer(pmin(pmax(round(age), 14), 80)),
             country = draw_factor(n, country))
}

describe_items <- function(items, world) {
  genres <- numbered("genre", ncol(world$item_factors))
  genre <- max.col(world$item_factors, ties.method = "first")
  price <- round(stats::rlnorm(length(items), log(15), 0.6)) - 0.01
  data.table(item = items, genre = factor(genres[genre], genres),
             price = pmax(price, 0))
}
