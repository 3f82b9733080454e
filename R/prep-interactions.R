# From a table of who had what to numbers: users and items from 1.

#' Learns who and what there is
#'
#' Users and items keep the type that they have in the data. A user and an item
#' are a pair once, however many rows they have.
#'
#' @param data A data frame, a row an interaction.
#' @param columns Names of its columns: `user`, `item` and maybe `value` and
#'   `time`.
#' @param arg What the data frame is called.
#' @return A list of `users` and `items` (those that occur, sorted), `user`,
#'   `item` (whole numbers from 1; pairs by user and item), `time` (of the
#'   latest row of the pair; `NULL` if there is none), `amount` (of all rows of
#'   the pair), `amounts` (see `amounts_of()`), `columns` and `dropped` (counts
#'   of rows by reason).
#' @noRd
learn_interactions <- function(data, columns, call = rlang::caller_env(),
                               arg = "data") {
  check_pairs(data, columns, call, arg)
  whole <- stats::complete.cases(as.list(data)[unlist(columns)])
  nothing <- whole & (data[[columns$value %||% NA_character_]] %||% 1) == 0
  used <- whole & !nothing
  parts <- lapply(columns, function(column) data[[column]][used])
  if (length(parts$user) == 0) {
    deeply_abort("No row has both {.field {columns[['user']]}} and
                  {.field {columns[['item']]}}.",
                 class = "too_few_rows", call = call)
  }
  users <- sort_ids(parts$user)
  items <- sort_ids(parts$item)
  user <- match_ids(parts$user, users)
  item <- match_ids(parts$item, items)
  pairs <- join_pairs(user, item, parts$time, parts$value)
  dropped <- c(missing = sum(!whole), zero = sum(nothing),
               repeated = sum(used) - length(pairs$user))
  c(list(users = users, items = items), pairs,
    list(amounts = amounts_of(user, item, parts$value), columns = columns,
         dropped = dropped))
}

#' How much users had of each item
#'
#' @return A data.table, a row an item, with the `total` of all users and the
#'   quartiles over users, `lower`, `median` and `upper`; `NULL` where it is not
#'   known.
#' @noRd
amounts_of <- function(user, item, value) {
  if (is.null(value)) {
    return(NULL)
  }
  table <- data.table(item, user, value = as.numeric(value))
  of_pairs <- table[, lapply(.SD, sum), keyby = c("item", "user"),
                    .SDcols = "value"]
  of_items <- split(of_pairs$value, of_pairs$item)
  quartiles <- vapply(of_items, stats::quantile, numeric(3),
                      c(0.25, 0.5, 0.75), names = FALSE)
  data.table(
    item = as.integer(names(of_items)), total = vapply(of_items, sum, 1),
    lower = quartiles[1, ], median = quartiles[2, ], upper = quartiles[3, ]
  )
}

check_pairs <- function(data, columns, call = rlang::caller_env(),
                        arg = "data") {
  if (!is.data.frame(data)) {
    abort_argument(arg, data, "a data frame, a row an interaction", call)
  }
  if (arg == "data") {
    for (name in names(columns)) {
      check_column_name(columns[[name]], data, name, call = call)
    }
  }
  missing <- setdiff(unlist(columns), names(data))
  if (length(missing) > 0) {
    deeply_abort(
      c("{.arg {arg}} has no column {.field {missing[[1]]}}.",
        x = "It has {.field {names(data)}}."),
      class = "column_missing", call = call
    )
  }
  value <- columns[["value"]]
  if (!is.null(value) && !is.numeric(data[[value]])) {
    deeply_abort(
      c("{.arg value} must be a column of numbers.",
        x = "{.field {value}} is {.obj_type_friendly {data[[value]]}}."),
      class = "argument", call = call
    )
  }
  if (!is.null(value)) check_amounts(data[[value]], value, call)
}

check_amounts <- function(x, name, call) {
  at <- which(x < 0 | is.infinite(x))[1]
  if (!is.na(at)) {
    deeply_abort(
      c("{.field {name}} is {x[[at]]} in row {at}.",
        i = "Amounts are 0 or more; leave out the rows that are none.",
      i = "Ratings may be anything: {.code method = \"embedding\"} with
           {.code loss = \"squared_error\"} learns them."),
      class = "negative", call = call
    )
  }
}

#' How much each pair counts, by how much there was
#'
#' Grows with the logarithm, as amounts do over powers of ten, and is 1 on
#' average, so that pairs do not gain on what is no pair.
#' @param amount Of each pair.
#' @param confidence What the median amount adds to a pair of nothing.
#' @return A list: `confidence`, `median` and `mean`, for `weights_of()`;
#'   `NULL` if all pairs count alike.
#' @noRd
learn_weights <- function(amount, confidence) {
  if ((confidence %||% 0) == 0) {
    return(NULL)
  }
  scale <- list(confidence = confidence, median = stats::median(amount),
                mean = 1)
  scale$mean <- mean(weights_of(amount, scale))
  scale
}

weights_of <- function(amount, scale) {
  (1 + scale$confidence * log2(1 + amount / scale$median)) / scale$mean
}

# Factors as text: a level that does not occur is nobody.
sort_ids <- function(x) {
  if (is.factor(x)) x <- levels(x)[sort(unique(as.integer(x)))]
  sort(unique(x), method = "radix")
}

match_ids <- function(x, ids) {
  match(if (is.factor(x)) as.character(x) else x, ids)
}

# One row a pair, by user and item, with the time of its latest row, and how
# much there was in all: without amounts, how many rows.
join_pairs <- function(user, item, time, value = NULL) {
  order <- order(user, item, time %||% seq_along(user))
  user <- user[order]
  item <- item[order]
  last <- c(diff(user) != 0 | diff(item) != 0, TRUE)
  amounts <- as.numeric(value %||% rep(1, length(user)))[order]
  list(user = user[last], item = item[last], time = time[order][last],
       amount = diff(c(0, cumsum(amounts)[last])))
}
