# Rows that are not as separate as a split takes them to be: the same row twice,
# neighbours in time, members of one group.

# So many values, so few expected, and equal rows hardly come by chance.
fine_values <- 100
chance_equal <- 0.001
shared_stop <- 0.01
repeated_look <- 0.05

# Duplicates ---------------------------------------------------------------

find_duplicates <- function(tables) {
  groups <- group_rows(tables)
  if (is.null(groups)) {
    return(NULL)
  }
  y <- unlist(tables$y, use.names = FALSE)
  c(
    if (is.null(tables$raw$test)) find_repeated(groups, y, tables)
    else find_shared(groups, y, tables),
    if (!tables$regression) find_conflicts(groups, y)
  )
}

#' Which rows have the same predictors, identifiers aside?
#'
#' @return A data.table of `row` (the test rows after the training rows),
#'   `group` and `test`, of rows that are not alone; `NULL` without a column.
#' @noRd
group_rows <- function(tables) {
  has_test <- !is.null(tables$raw$test)
  columns <- Filter(function(column) {
    !column$identifier && (!has_test || !is.null(column$test))
  }, tables$columns)
  if (length(columns) == 0) {
    return(NULL)
  }
  values <- lapply(columns, function(column) c(column$train, column$test))
  twins <- find_twins(length(values[[1]]), length(values), function(i, rows) {
    row_numbers(values[[i]], names(values)[[i]], rows)
  })
  cbind(twins, test = twins$row > tables$rows[["train"]])
}

find_shared <- function(groups, y, tables) {
  has_y <- !is.null(tables$y$test)
  outcome <- if (has_y) y[groups$row] else 0
  key <- paste(groups$group, outcome)
  twin <- groups$test & key %in% key[!groups$test]
  n <- sum(twin)
  if (n == 0) {
    return(NULL)
  }
  share <- n / tables$rows[["test"]]
  within <- sum(!groups$test & key %in% key[!groups$test][
    duplicated(key[!groups$test])]) / tables$rows[["train"]]
  usual <- within * tables$rows[["test"]]
  many <- if (is_fine(tables)) c("look", "stop")[1 + (share >= shared_stop)]
  likely <- n <= usual + max(5, 3 * sqrt(usual))
  severity <- many %||% if (likely) "know" else "look"
  says <- sprintf(
    "%s of %s test rows (%s) %s in the training rows%s", count(n),
    count(tables$rows[["test"]]), percent(share), if (n == 1) "is" else "are",
    if (severity == "know") ", as equal rows of so coarse a table are" else ""
  )
  list(new_finding("duplicates", "", severity, share, says,
                   "Leave them out of one of the two, or split again after
                    unique(data)."))
}

find_repeated <- function(groups, y, tables) {
  known <- groups[!is.na(y[groups$row]), ]
  n <- sum(duplicated(paste(known$group, y[known$row])))
  if (n == 0) {
    return(NULL)
  }
  share <- n / tables$rows[["train"]]
  look <- is_fine(tables) && share >= repeated_look
  list(new_finding(
    "duplicates", "", if (look) "look" else "know", share,
    sprintf("%s of %s rows (%s) %s the same as one before: a random split puts
             some on both sides", count(n), count(tables$rows[["train"]]),
            percent(share), if (n == 1) "is" else "are"),
    "If they were not measured twice: steps = deep_steps(duplicates = \"rows\")"
  ))
}

# Would independent columns hardly ever give a row its equal?
is_fine <- function(tables) {
  columns <- Filter(function(column) !column$identifier, tables$columns)
  n <- tables$rows[["train"]]
  rows <- spread_rows(n, leak_sample)
  columns <- c(lapply(columns, function(column) column$train[rows]),
               list(tables$y$train[rows]))
  counts <- lapply(columns, function(x) tabulate(match(x, unique(x))))
  equal <- prod(vapply(counts, function(n) sum((n / sum(n))^2), 0))
  max(lengths(counts)) > min(fine_values, n / 2) && n * equal < chance_equal
}

# No model can be right about both.
find_conflicts <- function(groups, y) {
  known <- groups[groups$row <= length(y), ]
  known <- known[!is.na(y[known$row]), ]
  pairs <- unique(data.table(group = known$group, y = y[known$row]))
  torn <- pairs$group[duplicated(pairs$group)]
  n <- sum(known$group %in% torn)
  if (n > 0) {
    share <- n / length(y)
    list(new_finding(
      "duplicates", "", "know", share,
      sprintf("%s rows (%s) have the predictors of another row and not its
               class", count(n), percent(share)),
      "No model can be right about both; a column that tells them apart would
       help."
    ))
  }
}

# Time ---------------------------------------------------------------------

find_time_order <- function(tables) {
  time <- tables$time
  if (is.null(time)) {
    return(NULL)
  }
  if (is.null(tables$raw$test)) {
    return(list(new_finding(
      "time", time$name, "know", NA,
      "the table runs in time: neighbours are alike, so a random split
       deceives",
      sprintf("Split in time: deep_split(data, time = %s)",
              encodeString(time$name, quote = "\""))
    )))
  }
  share <- early_share(tables)
  if (share == 0) {
    return(NULL)
  }
  list(new_finding(
    "time", time$name, if (share >= shared_stop) "stop" else "look", share,
    sprintf("%s of test rows lie before the last training row: the model is
             asked for what it has seen on both sides", percent(share)),
    sprintf("Split in time: deep_split(data, time = %s)",
            encodeString(time$name, quote = "\""))
  ))
}

# Within the series that both tables have, where there are several.
early_share <- function(tables) {
  time <- tables$time
  if (is.null(time$test)) {
    return(0)
  }
  series <- lapply(tables$raw, function(part) {
    if (is.null(time$key)) rep("", length(part[[1]]))
    else as.character(part[[time$key]])
  })
  known <- !is.na(time$train)
  last <- vapply(split(time$train[known], series$train[known]), max, 0)
  early <- time$test < last[match(series$test, names(last))]
  if (all(is.na(early))) 0 else mean(early, na.rm = TRUE)
}

# Groups -------------------------------------------------------------------

group_names <- paste0(
  "^(patient|subject|participant|customer|client|user|person|household|",
  "session|device)s?$"
)
fewest_groups <- 10

find_groups <- function(tables) {
  declared <- tables$group
  guessed <- setdiff(names(tables$raw$train), c(declared, tables$target,
                                                tables$time$name))
  guessed <- Filter(function(name) {
    is_group_like(tables$raw$train[[name]], name)
  }, guessed)
  c(
    if (!is.null(declared)) find_declared(declared, tables),
    unlist(lapply(guessed, find_guessed, tables), recursive = FALSE)
  )
}

# An identifier that comes again: it names who was measured, not the row.
is_group_like <- function(values, name) {
  named <- has_id_name(name) || grepl(group_names, tolower(name))
  if (!named || !is_key_like(values)) {
    return(FALSE)
  }
  values <- values[!is.na(values)]
  distinct <- data.table::uniqueN(values)
  distinct >= fewest_groups && length(values) - distinct >=
    max(1, 0.01 * length(values))
}

find_declared <- function(name, tables) {
  code <- sprintf("Split whole groups: deep_split(data, group = %s)",
                  encodeString(name, quote = "\""))
  values <- lapply(tables$raw, `[[`, name)
  if (is.null(values$test)) {
    n <- data.table::uniqueN(values$train, na.rm = TRUE)
    return(list(new_finding("groups", name, "know", n,
                            sprintf("has %s groups, which a random split
                                     tears apart", count(n)), code)))
  }
  split <- split_groups(values)
  if (split$n > 0) {
    list(new_finding("groups", name, "stop", split$n, split$says, code))
  }
}

split_groups <- function(values) {
  train <- as.character(values$train)
  test <- as.character(values$test)
  groups <- unique(test[!is.na(test)])
  n <- sum(groups %in% train)
  share <- mean(test %in% train[!is.na(train)])
  list(n = n, says = sprintf(
    "%s of %s groups of the test rows (%s of these rows) are in the training
     rows too", count(n), count(length(groups)), percent(share)
  ))
}

find_guessed <- function(name, tables) {
  values <- lapply(tables$raw, `[[`, name)
  fix <- sprintf("If rows of one %s are alike: deep_split(data, group = %s)",
                 name, encodeString(name, quote = "\""))
  if (is.null(values$test)) {
    x <- values$train[!is.na(values$train)]
    n <- data.table::uniqueN(x)
    says <- sprintf("is named like an identifier and has %s values in %s rows",
                    count(n), count(length(x)))
    return(list(new_finding("groups", name, "look", n, says, fix)))
  }
  split <- split_groups(values)
  if (split$n > 0) {
    list(new_finding("groups", name, "look", split$n,
                     paste0("rows of one ", name, " are in both tables: ",
                            split$says), fix))
  }
}
