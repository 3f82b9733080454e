# Ratings of items by users: whether amounts are ratings, and what to hold out.

# A scale with few steps: half stars from 0 to 10 are 21.
most_steps <- 21L

#' Whether amounts look like ratings on a scale
#'
#' Few values in equal steps, of which the most frequent is not the smallest:
#' what is counted is mostly counted once.
#'
#' @param x Numbers, maybe with `NA`.
#' @noRd
looks_rated <- function(x) {
  if (!is.numeric(x)) {
    return(FALSE)
  }
  values <- sort(unique(x[is.finite(x)]))
  steps <- diff(values)
  length(values) >= 3 && length(values) <= most_steps &&
    max(steps) - min(steps) < 1e-6 * max(steps) &&
    most_frequent(x) > values[[1]]
}

most_frequent <- function(x) {
  values <- sort(unique(x[is.finite(x)]))
  values[[which.max(tabulate(match(x, values), length(values)))]]
}

#' What the amounts of a table say
#'
#' @param spec What was asked, with `method` and `given`.
#' @return A list of `rated` (whether they are learned as ratings), `guessed`
#'   (whether nobody said so) and `alike` (whether they look like ratings).
#' @noRd
feedback_of <- function(data, columns, spec, call = rlang::caller_env()) {
  told <- spec$given$loss
  if (identical(told, "squared_error") && is.null(columns$value)) {
    deeply_abort(
      c("{.code loss = \"squared_error\"} learns ratings.",
        i = "Name their column in {.arg value}."),
      class = "argument", call = call
    )
  }
  values <- columns$value
  known <- is.data.frame(data) && rlang::is_string(values) &&
    values %in% names(data)
  alike <- known && looks_rated(data[[values]])
  rated <- if (is.null(told)) alike else told == "squared_error"
  rated <- rated && spec$method == "embedding"
  if (rated) check_rated(spec, call)
  list(rated = rated, alike = alike,
       guessed = is.null(told) && spec$method == "embedding")
}

# What is for rankings alone.
check_rated <- function(spec, call) {
  asked <- c(hidden_units = !is.null(spec$given$hidden_units),
             confidence = !is.null(spec$given$confidence),
             features = spec$type != "collaborative")
  if (any(asked)) {
    deeply_abort(
      c("Ratings are learned without {names(asked)[asked][[1]]}.",
        i = "For a ranking of what was had give
             {.code loss = \"sampled_softmax\"}."),
      class = "argument", call = call
    )
  }
}

#' Learns who rated what, and how
#'
#' As `learn_interactions()`, but amounts may be anything: a 0 is a rating.
#'
#' @return What `learn_interactions()` gives, and `rating`: of each pair the
#'   mean of its rows.
#' @noRd
learn_ratings <- function(data, columns, call = rlang::caller_env(),
                          arg = "data") {
  others <- columns[setdiff(names(columns), "value")]
  check_pairs(data, others, call, arg)
  rating <- check_ratings(data, columns$value, arg, call)
  known <- which(!is.na(rating))
  if (length(known) == 0) {
    deeply_abort("No row has a rating, {.field {columns$value}}.",
                 class = "too_few_rows", call = call)
  }
  parts <- lapply(others, function(column) data[[column]][known])
  data <- data.table::as.data.table(stats::setNames(parts, unlist(others)))
  pairs <- learn_interactions(data, others, call, arg)
  key <- pair_key(match_ids(parts$user, pairs$users),
                  match_ids(parts$item, pairs$items), pairs)
  if (!is.null(parts$time)) key[is.na(parts$time)] <- NA
  at <- match(key, pair_key(pairs$user, pairs$item, pairs))
  used <- !is.na(at)
  pairs$rating <- as.vector(rowsum(rating[known][used], at[used])) /
    tabulate(at)
  pairs$columns <- columns
  pairs$dropped[["missing"]] <- pairs$dropped[["missing"]] +
    length(rating) - length(known)
  pairs
}

check_ratings <- function(data, name, arg, call) {
  if (arg == "data") check_column_name(name, data, "value", call = call)
  if (!name %in% names(data)) {
    deeply_abort(
      c("{.arg {arg}} has no column {.field {name}}, the ratings.",
        x = "It has {.field {names(data)}}."),
      class = "column_missing", call = call
    )
  }
  rating <- data[[name]]
  if (!is.numeric(rating)) {
    deeply_abort(
      c("{.arg value} must be a column of numbers.",
        x = "{.field {name}} is {.obj_type_friendly {rating}}."),
      class = "argument", call = call
    )
  }
  at <- which(is.infinite(rating))[1]
  if (!is.na(at)) {
    deeply_abort("{.field {name}} is {rating[[at]]} in row {at}: ratings have
                  an end.", class = "argument", call = call)
  }
  rating
}

# Nothing can be told from what is the same for all.
check_varied <- function(pairs, call = rlang::caller_env()) {
  if (all(pairs$rating == pairs$rating[[1]])) {
    deeply_abort(
      c("The rating {.field {pairs$columns$value}} is {pairs$rating[[1]]} in
         every row.",
        i = "There is nothing to learn; was the data filtered by it?"),
      class = "constant_outcome", call = call
    )
  }
}

# More tell no better which epoch was best, and are missed in training.
most_rated <- 50000L

#' Which ratings are held out
#'
#' Of each user a share, at random or the latest by time. All users and items
#' keep one that is learned from.
#'
#' @return A logical, one a pair.
#' @noRd
hold_out_ratings <- function(pairs, share, seed) {
  share <- min(share, most_rated / length(pairs$user))
  held <- share_of_users(pairs$user, pairs$time, share, seed)
  left <- tabulate(pairs$item[!held], length(pairs$items))
  alone <- which(held & left[pairs$item] == 0)
  held[alone[!duplicated(pairs$item[alone])]] <- FALSE
  held
}

#' A share of each user's pairs, but never all of them
#'
#' Where the share is no whole number of pairs, whether it is rounded up is
#' drawn, so that users with few pairs are held out as often as others.
#'
#' @param user Whole numbers, a value a pair.
#' @param time Of each pair, `NULL`: at random.
#' @param fewest How many are held out at least of a user that has more.
#' @return A logical, one a pair.
#' @noRd
share_of_users <- function(user, time, share, seed, fewest = 0) {
  with_seed(seed, {
    count <- tabulate(user, max(user))
    n <- floor(share * count + stats::runif(length(count)))
    n <- pmin(pmax(n, fewest), pmax(count - 1, 0))
    turn <- sample.int(length(user))
    order <- if (is.null(time)) order(user, turn)
             else order(user, -xtfrm(time), turn)
    held <- logical(length(user))
    held[order] <- sequence(count[count > 0]) <= n[user[order]]
    held
  })
}
