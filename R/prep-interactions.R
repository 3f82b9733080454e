# From a table of who had what to numbers: users and items from 1, a value a
# pair.

#' Learns who and what there is
#'
#' Users and items keep the type that they have in the data. Rows of the same
#' pair become one: values are added where they are amounts, and the latest one
#' counts where they are ratings.
#'
#' @param data A data frame, a row an interaction.
#' @param columns Names of its columns: `user`, `item` and maybe `value` and
#'   `time`.
#' @param feedback "explicit", "implicit", or `NULL` to look at the values.
#' @return A list of `users` and `items` (those that occur, sorted), `user`,
#'   `item` (whole numbers from 1), `value`, `time` (`NULL` if there is none),
#'   `feedback`, `columns` and `dropped` (counts of rows by reason).
#' @noRd
learn_interactions <- function(data, columns, feedback = NULL,
                               call = rlang::caller_env()) {
  check_pairs(data, columns, call)
  whole <- stats::complete.cases(as.list(data)[unlist(columns)])
  parts <- lapply(columns, function(column) data[[column]][whole])
  if (length(parts$user) == 0) {
    deeply_abort("No row has both {.field {columns[['user']]}} and
                  {.field {columns[['item']]}}.",
                 class = "too_few_rows", call = call)
  }
  users <- sort_ids(parts$user)
  items <- sort_ids(parts$item)
  feedback <- feedback %||% guess_feedback(parts$value)
  found <- list(
    users = users, items = items, user = match_ids(parts$user, users),
    item = match_ids(parts$item, items), value = parts$value,
    time = parts$time
  )
  pairs <- join_pairs(found, feedback)
  dropped <- c(missing = sum(!whole),
               repeated = sum(whole) - length(pairs$user))
  c(pairs, list(feedback = feedback, columns = columns, dropped = dropped))
}

check_pairs <- function(data, columns, call = rlang::caller_env()) {
  if (!is.data.frame(data)) {
    abort_argument("data", data, "a data frame, a row an interaction", call)
  }
  for (name in names(columns)) {
    check_column_name(columns[[name]], data, name, call = call)
  }
  value <- columns[["value"]]
  if (!is.null(value) && !is.numeric(data[[value]])) {
    deeply_abort(
      c("{.arg value} must be a column of numbers.",
        x = "{.field {value}} is {.obj_type_friendly {data[[value]]}}."),
      class = "argument", call = call
    )
  }
  if (!is.null(value)) check_finite_values(data[[value]], value, call)
}

check_finite_values <- function(x, name, call) {
  at <- which(is.infinite(x))[1]
  if (!is.na(at)) {
    deeply_abort("{.field {name}} is {x[[at]]} in row {at}.",
                 class = "argument", call = call)
  }
}

# Factors as text: a level that does not occur is nobody.
sort_ids <- function(x) {
  if (is.factor(x)) x <- levels(x)[sort(unique(as.integer(x)))]
  sort(unique(x), method = "radix")
}

match_ids <- function(x, ids) {
  match(if (is.factor(x)) as.character(x) else x, ids)
}

# Ratings are few whole or half numbers; hours, clicks and prices are many, or
# one alone.
most_ratings <- 21

guess_feedback <- function(value) {
  kinds <- unique(value)
  stars <- length(kinds) %in% 2:most_ratings && all(kinds %% 0.5 == 0)
  if (stars && max(kinds) > 1 && max(kinds) <= 10) "explicit" else "implicit"
}

# One row a pair, by user and item.
join_pairs <- function(found, feedback) {
  order <- order(found$user, found$item, found$time %||% seq_along(found$user))
  sorted <- lapply(found[c("user", "item", "value", "time")],
                   function(x) x[order])
  key <- (sorted$user - 1) * length(found$items) + sorted$item
  last <- c(diff(key) != 0, TRUE)
  value <- sorted$value
  joined <- if (is.null(value)) {
    NULL
  } else if (feedback == "explicit") {
    as.numeric(value[last])
  } else {
    as.vector(rowsum(as.numeric(value), key))
  }
  list(users = found$users, items = found$items, user = sorted$user[last],
       item = sorted$item[last], value = joined, time = sorted$time[last])
}
