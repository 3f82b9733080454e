# What is known of users and items beside who had what: a table with a row each.
# It is prepared as any other, titles apart, by what is in the data alone.

#' Learns to prepare the features of users or of items
#'
#' @param table A data frame, a row a user or an item.
#' @param id Name of the column that says which.
#' @param ids Those that the data has: features of others teach nothing.
#' @param arg What the table is called.
#' @return A list of `id`, `prep` (a `deep_prep` of all columns but titles, or
#'   `NULL`), `titles` (what `learn_titles()` gave, by column), `arg`,
#'   `set_aside` (reasons, by column), `lacking` (how many of the ids have no
#'   row) and `others` (how many rows are of none of them).
#' @noRd
learn_features <- function(table, id, ids, arg, call = rlang::caller_env()) {
  check_features(table, id, arg, call)
  row <- match(ids, as_ids(table[[id]]))
  if (sum(!is.na(row)) < 2) {
    deeply_abort(
      c("{.arg {arg}} has a row for {sum(!is.na(row))} of the {length(ids)}
         {.field {id}}s of {.arg data}; at least 2 are needed.",
        i = "Are they written the same way in both tables?"),
      class = "too_few_rows", call = call
    )
  }
  used <- as.data.frame(table)[row[!is.na(row)], , drop = FALSE]
  names <- setdiff(names(used), id)
  is_title <- vapply(used[names], is_title, NA)
  titles <- lapply(used[names[is_title]], learn_titles)
  wordless <- vapply(titles, is.null, NA)
  prep <- learn_plain_features(used[names[!is_title]])
  if (is.null(prep) && all(wordless)) {
    abort_no_feature(arg, names, call)
  }
  aside <- rep("no word in two of them", sum(wordless))
  list(
    id = id, arg = arg, prep = prep, titles = titles[!wordless],
    set_aside = c(prep$set_aside, stats::setNames(aside,
                                                  names(titles)[wordless])),
    lacking = sum(is.na(row)), others = nrow(table) - nrow(used)
  )
}

# `NULL` where no column can help.
learn_plain_features <- function(table) {
  if (length(table) == 0) {
    return(NULL)
  }
  prep <- tryCatch(
    deep_prep(table, new_levels = "unknown"),
    deeply_error_constant_predictors = function(cnd) NULL
  )
  # A table that has nothing else keeps what names its rows; here it tells no
  # more than the id does.
  if (!is.null(prep) && !all(is_name(prep, nrow(table)))) prep
}

is_name <- function(prep, n) {
  vapply(prep$columns, function(column) {
    column$kind == "category" && column$size > 0.9 * n
  }, NA)
}

as_ids <- function(x) {
  if (is.factor(x)) as.character(x) else x
}

abort_no_feature <- function(arg, names, call) {
  deeply_abort(
    c("No column of {.arg {arg}} is of use.",
      x = "It has {.field {names}}: none differs between rows, or each value is
           of one row alone.",
      i = "Text is taken for titles where most values have several words, and
           some words are in two of them."),
    class = "constant_predictors", call = call
  )
}

check_features <- function(table, id, arg, call) {
  if (!is.data.frame(table)) {
    what <- if (grepl("user", arg)) "a user" else "an item"
    abort_argument(arg, table, paste("a data frame, a row", what), call)
  }
  twice <- unique(names(table)[duplicated(names(table))])
  if (length(twice) > 0) {
    deeply_abort("{.arg {arg}} has more than one column {.field {twice}}.",
                 class = "argument", call = call)
  }
  if (!id %in% names(table)) {
    deeply_abort(
      c("{.arg {arg}} has no column {.field {id}}.",
        x = "It has {.field {names(table)}}."),
      class = "column_missing", call = call
    )
  }
  if (length(table) < 2) {
    deeply_abort("{.arg {arg}} has no column beside {.field {id}}.",
                 class = "argument", call = call)
  }
  check_feature_ids(table[[id]], id, arg, call)
}

check_feature_ids <- function(ids, id, arg, call) {
  if (anyNA(ids)) {
    deeply_abort("{.field {id}} is {.code NA} in row {which(is.na(ids))[[1]]} of
                  {.arg {arg}}.", class = "argument", call = call)
  }
  twice <- which(duplicated(ids))
  if (length(twice) > 0) {
    deeply_abort(
      c("{.arg {arg}} has more than one row for
         {.val {as.character(ids[twice])[[1]]}}.",
        i = "What is known of each stands in one row."),
      class = "argument", call = call
    )
  }
}

#' Features as numbers, codes and words
#'
#' @param learned What `learn_features()` gave.
#' @param table A data frame with the same columns.
#' @return A list that can cross: of `numeric` and `category` (matrices, a row a
#'   row of the table), `sizes` (levels of each category) and `words` what there
#'   is; `known`, whether anything is known of each; and `n`.
#' @noRd
encode_features <- function(learned, table, call = rlang::caller_env()) {
  table <- as.data.frame(table)
  plain <- encode_plain_features(learned$prep, table, call)
  words <- encode_words(learned$titles, table, call)
  known <- plain$known
  known[words$row + 1L] <- TRUE
  sizes <- if (!is.null(learned$prep)) level_sizes(learned$prep)
  Filter(Negate(is.null), list(
    numeric = plain$numeric, category = plain$category,
    sizes = if (length(sizes) > 0) as.array(sizes), words = words,
    known = as.array(known), n = nrow(table)
  ))
}

encode_plain_features <- function(prep, table, call) {
  known <- rep(FALSE, nrow(table))
  numbers <- codes <- list()
  if (!is.null(prep)) {
    met <- encode_columns(prep, new_table(prep, table, call), NULL,
                          function(column, found) {
      is_code <- column$kind == "category"
      if (is_code) codes <<- c(codes, list(found$values))
      else numbers <<- c(numbers, number_columns(found, column))
      known <<- known | !found$missing & (!is_code | found$values > 0)
    })
    warn_encoded(prep, met, call)
  }
  list(known = known, numeric = do.call(cbind, numbers),
       category = do.call(cbind, codes))
}

# The words of all columns of titles, one behind the other, from 0.
encode_words <- function(titles, table, call) {
  if (length(titles) == 0) {
    return(NULL)
  }
  check_columns(names(titles), table, call)
  found <- Map(function(learned, name) {
    encode_titles(as.character(table[[name]]), learned)
  }, titles, names(titles))
  sizes <- vapply(titles, function(learned) length(learned$words), 1L)
  join <- function(part) {
    as.array(unlist(lapply(found, `[[`, part), use.names = FALSE))
  }
  before <- rep(cumsum(sizes) - sizes, lengths(lapply(found, `[[`, "word")))
  list(row = join("row") - 1L, word = as.array(join("word") + before - 1L),
       value = join("value"), size = sum(sizes))
}

#' The features of all users or items of a fit, in order
#'
#' @param ids Users or items. Those without a row have no feature.
#' @noRd
features_of <- function(learned, table, ids, call = rlang::caller_env()) {
  row <- match(ids, as_ids(table[[learned$id]]))
  some <- which(!is.na(row))
  table <- as.data.frame(table)[row[some], , drop = FALSE]
  found <- encode_features(learned, table, call)
  for (kind in intersect(names(found), c("numeric", "category"))) {
    all <- matrix(0, length(ids), ncol(found[[kind]]))
    all[some, ] <- found[[kind]]
    found[[kind]] <- all
  }
  if (!is.null(found$words)) {
    found$words$row <- as.array(some[found$words$row + 1L] - 1L)
  }
  found$known <- as.array(seq_along(ids) %in% some[found$known])
  found$n <- length(ids)
  found
}

# How many columns the features become.
feature_width <- function(learned) {
  words <- vapply(learned$titles, function(title) length(title$words), 1L)
  sum(words) + if (is.null(learned$prep)) 0 else input_width(learned$prep)
}
