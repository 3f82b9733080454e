# Folds that are cut in time: blocks, and a rolling origin. Plans count distinct
# times; only at the end do they become rows.

# Without a name, the index that is found, else the order of the rows.
folds_index <- function(data, table, column, call = rlang::caller_env()) {
  if (!is.null(column)) {
    return(c(time_index(table, column, call), name = column))
  }
  found <- find_time(data)
  if (is.null(found)) {
    return(list(values = as.numeric(seq_len(nrow(table))), class = "row"))
  }
  check_time_known(found$values, found$name, call)
  found
}

#' @param plan The arguments of `deep_folds()` that are about time.
#' @param index What `folds_index()` gave.
#' @noRd
folds_in_time <- function(plan, index, call = rlang::caller_env()) {
  blocks <- time_blocks(index$values)
  times <- length(blocks$sizes)
  make <- switch(plan$method, rolling = plan_rolling, blocked = plan_blocks)
  plan <- make(plan, times, call)
  ends <- c(0, cumsum(blocks$sizes))
  rows_of <- function(from, to) {
    if (from <= to) blocks$rows[(ends[[from]] + 1):ends[[to + 1]]]
  }
  folds <- Map(function(from, to, test_from, test_to, again) {
    train <- c(rows_of(from, to), rows_of(again, times))
    list(train = train, test = rows_of(test_from, test_to))
  }, plan$from, plan$to, plan$test_from, plan$test_to, plan$again)
  how <- c(
    list(method = plan$method, column = index$name, n = length(index$values)),
    plan[intersect(c("initial", "assess", "step", "expanding", "gap"),
                   names(plan))],
    list(index = index)
  )
  new_deep_folds(
    folds, how, rep(1L, length(folds)), seq_along(folds),
    test_from = as_time(blocks$times[plan$test_from], index),
    test_to = as_time(blocks$times[plan$test_to], index)
  )
}

# A plan has, for each fold, the times `from` `to` and from `again` on, which
# are trained on, and `test_from` `test_to`.
plan_blocks <- function(plan, times, call) {
  check_fold_count(plan$v, times, "time", call)
  ends <- round(seq_len(plan$v) * times / plan$v)
  starts <- c(0, utils::head(ends, -1)) + 1
  longest <- max(ends - starts + 1)
  if (times - longest - 2 * plan$gap < 1) {
    abort_no_room(plan, times, call)
  }
  list(method = "blocked", gap = plan$gap, from = rep(1, plan$v),
       to = starts - 1 - plan$gap, test_from = starts, test_to = ends,
       again = pmin(ends + plan$gap, times) + 1)
}

plan_rolling <- function(plan, times, call) {
  plan <- fill_rolling(plan, times)
  if (plan$assess < 1 || plan$initial < 1 || plan$v < 1) {
    abort_no_room(plan, times, call)
  }
  to <- plan$initial + (seq_len(plan$v) - 1) * plan$step
  test_from <- to + plan$gap + 1
  from <- if (plan$expanding) rep(1, plan$v) else to - plan$initial + 1
  c(plan[c("method", "initial", "assess", "step", "expanding", "gap")],
    list(from = from, to = to, test_from = test_from,
         test_to = test_from + plan$assess - 1,
         again = rep(times + 1, plan$v)))
}

# What was not given is chosen so that `v` folds end with the series.
fill_rolling <- function(plan, times) {
  room <- times - plan$gap
  if (!is.null(plan$initial) && !is.null(plan$assess)) {
    plan$step <- plan$step %||% plan$assess
    left <- room - plan$initial - plan$assess
    plan$v <- if (left < 0) 0 else left %/% plan$step + 1
    return(plan)
  }
  if (is.null(plan$assess)) {
    # With a step of its own, the origins before the last one take room too.
    plan$assess <- if (is.null(plan$step)) {
      if (is.null(plan$initial)) room %/% (plan$v + 1)
      else (room - plan$initial) %/% plan$v
    } else if (is.null(plan$initial)) {
      plan$step
    } else {
      room - plan$initial - (plan$v - 1) * plan$step
    }
  }
  plan$step <- plan$step %||% plan$assess
  plan$initial <- plan$initial %||%
    (room - plan$assess - (plan$v - 1) * plan$step)
  plan
}

abort_no_room <- function(plan, times, call) {
  deeply_abort(
    c(
      "There {cli::qty(times)}{?is/are} only {times} different time{?s}, too few
       for these folds.",
      i = "Ask for fewer folds with {.arg v}, or for shorter ones with
           {.arg initial}, {.arg assess} or {.arg gap}."
    ),
    class = "too_few_rows",
    call = call
  )
}
