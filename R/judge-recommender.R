# Recommenders are judged by where they rank items that were held out, beside
# simple ones that learned from the same pairs.

#' Judges a new recommender on its held-out items
#'
#' @param scorer A handle, learned from the training pairs.
#' @return A list of `places` (a matrix, a row a held-out item, a column a
#'   model), `user` (whose it is, from 1), `had` (how many items that user has
#'   in training), `lists` (see `list_metrics()`), `metrics`, `n`, `on` and what
#'   was `chosen` for the baselines.
#' @noRd
judge_recommender <- function(run, scorer) {
  baselines <- if (run$baseline) baselines_of(run$prep, run$spec$method)
  chosen <- if ("ease" %in% baselines) {
    list(ease = choose_linear(run, "ease"))
  }
  scorers <- c(
    stats::setNames(list(scorer), model_label(run$spec$method)),
    baseline_scorers(run$train, chosen, baselines)
  )
  held <- run$pairs$user[run$held]
  judged <- rank_models(scorers, run$train, run$asked, held, run$prep)
  judged$had <- tabulate(run$pairs$user[!run$held],
                         length(run$prep$users))[judged$user]
  judged$on <- if (anyDuplicated(held)) "users, on items held out of them"
               else "users, on an item held out of each"
  judged$n <- length(unique(held))
  judged$chosen <- chosen
  judged$metrics <- ranking_table(judged, judged_length)
  judged
}

# The row of the fit in a table of models.
model_label <- function(method) {
  if (method %in% names(recommender_labels)) recommender_labels[[method]]
  else "deep_recommender"
}

recommender_labels <- c(popularity = "popularity", item_knn = "item-kNN",
                        ease = "EASE", ials = "iALS")

# What a method is compared with, as far as it can be learned.
baselines_of <- function(prep, method) {
  dense <- length(prep$items) <= most_dense_items
  setdiff(c("popularity", "item_knn", if (dense) "ease"), method)
}

baseline_scorers <- function(pairs, chosen, methods) {
  scorers <- lapply(methods, function(name) {
    backend_call("item_scorer", name, pairs, chosen[[name]] %||% list())
  })
  stats::setNames(scorers, recommender_labels[methods])
}

#' Places and lists of several models
#'
#' @param user Whose the held-out items are, sorted.
#' @param had A handle of the pairs of other users, who are meant; `NULL`: those
#'   of `pairs` are.
#' @noRd
rank_models <- function(scorers, pairs, asked, user, prep, had = NULL) {
  models <- lapply(scorers, function(scorer) {
    backend_call("recommender", scorer, pairs)
  })
  users <- unique(user)
  list(
    user = user,
    places = do.call(cbind, lapply(models, function(model) {
      as.vector(backend_call("places", model, asked, had))
    })),
    lists = vapply(models, function(model) {
      found <- backend_call("best_items", model, users - 1L, judged_length,
                            TRUE, had)
      items <- found$items + 1L
      list_metrics(replace(items, items == 0L, NA), prep$users_of,
                   length(prep$users))
    }, numeric(3))
  )
}

#' Metrics of the places of held-out items, a row a model
#'
#' @param judged A list of `places`, `user` and `lists`.
#' @param level Of the intervals of `ndcg` and `hr`, over users.
#' @noRd
ranking_table <- function(judged, k, level = 0.95, times = 500) {
  user <- match(judged$user, unique(judged$user))
  models <- colnames(judged$places)
  rows <- lapply(models, function(model) {
    by_user <- ranking_by_user(judged$places[, model], user, k)
    shown <- by_user[, c("ndcg", "hr"), drop = FALSE]
    limits <- ranking_limits(shown, times, level, 1L)
    means <- colMeans(by_user)
    data.table(
      model = model, ndcg = means[["ndcg"]], ndcg_lower = limits[1, 1],
      ndcg_upper = limits[2, 1], hr = means[["hr"]], hr_lower = limits[1, 2],
      hr_upper = limits[2, 2], recall = means[["recall"]],
      precision = means[["precision"]], map = means[["map"]],
      mrr = means[["mrr"]],
      # Lists are as long as they were made.
      if (k == judged_length) as.data.table(as.list(judged$lists[, model]))
    )
  })
  data.table::rbindlist(rows)
}

#' Judge a recommender by what it ranks high
#'
#' For each user all items that the user has not had are ranked, and metrics say
#' how far up the held-out ones come, beside simple recommenders that learned
#' from the same pairs. An item that the fit does not know is one that it
#' misses.
#'
#' @param x What [deep_recommender()] gives.
#' @param new_data A data frame with the columns of users and items: pairs that
#'   the fit has not seen, such as the test part of [split_interactions()].
#'   `NULL`: the judgement on the items held out when the model was fitted,
#'   which also chose its settings.
#' @param history A data frame of the same columns: what the users of `new_data`
#'   have had, instead of what the fit knows of them, so that users are judged
#'   who came later. Users without a row in it are left out.
#' @param k Length of the list that is looked at.
#' @param by `"activity"`: by thirds of the users, by how many items they had.
#'   `NULL`: all together.
#' @param level Of the intervals, over users (percentile bootstrap).
#' @param new_items A data frame as `item_features` of [deep_recommender()]: new
#'   items, which are ranked with those that the fit knows, and judged. They are
#'   set beside a random order and, where it has rows of known items too,
#'   beside how alike features are to those of what a user had (sums of
#'   cosines).
#' @param only_new Whether only the new items are ranked, and judged.
#' @param ... Not used.
#'
#' @return A data.table of class `deep_evaluation`: a row a model (`model`), or
#'   one a group and model (`had`: how many items the users of the group had):
#'   * `ndcg`, with `ndcg_lower` and `ndcg_upper`: discounted gain of the
#'     held-out items in the list, of the most there could be (Järvelin &
#'     Kekäläinen 2002);
#'   * `hr` (hit rate), with its interval: share of the users with any held-out
#'     item in the list;
#'   * `recall`: share of a user's held-out items that are in the list;
#'     `precision`: share of the list that they are;
#'   * `map` (mean average precision), `mrr` (mean reciprocal place of the
#'     first);
#'   * at `k = 10`: `coverage`, share of all items that are in any list;
#'     `novelty`, mean self-information of what is listed, in bits; and
#'     `popularity`, mean share of users that have what is listed.
#'
#'   Pairs that the fit was made from are left out, with a warning of class
#'   `deeply_warning_seen_before`.
#' @section Errors:
#' * `deeply_error_column_missing`: a column that `new_data` has not.
#' * `deeply_error_too_few_rows`: no row of a user that the fit knows, nothing
#'   but pairs that it was made from, or nothing that was held out.
#' @references
#' Järvelin & Kekäläinen (2002). Cumulated gain-based evaluation of IR
#' techniques. ACM Transactions on Information Systems 20(4).
#' @export
#' @examplesIf deeply::has_backend()
#' plays <- simulate_interactions(4000, 300, 100, seed = 1)$data
#' split <- split_interactions(plays, "user", "item", time = "time")
#' fit <- deep_recommender(split$train, "user", "item", method = "ease")
#' evaluate(fit, split$test)
#' evaluate(fit, split$test, by = "activity")
#' # Users that came later.
#' split <- split_interactions(plays, "user", "item", method = "users")
#' fit <- deep_recommender(split$train, "user", "item", method = "ease")
#' evaluate(fit, split$test, history = split$history)
evaluate.deep_recommender <- function(x, new_data = NULL, ..., history = NULL,
                                      k = 10, by = NULL, level = 0.95,
                                      new_items = NULL, only_new = FALSE) {
  rlang::check_dots_empty()
  check_count(k)
  check_choice(by, "activity", null = TRUE)
  check_number(level, above = 0, below = 1)
  check_only_new(only_new, new_items)
  check_one_newness(history, new_items, "new_items")
  judged <- if (is.null(new_data)) stored_ranking(x)
            else if (is.null(new_items)) rank_new(x, new_data, history)
            else rank_new_items(x, new_data, new_items, only_new)
  metrics <- if (is.null(by)) ranking_table(judged, k, level)
             else ranking_groups(judged, k, level)
  new_ranking(metrics, judged, k, level)
}

stored_ranking <- function(fit, call = rlang::caller_env()) {
  if (is.null(fit$judged)) {
    deeply_abort(
      c("No item was held out when the model was fitted.",
        i = "Give others as {.arg new_data}, see {.fn split_interactions}."),
      class = "too_few_rows", call = call
    )
  }
  fit$judged
}

# Users whose lists are of one kind have equal numbers of items.
ranking_groups <- function(judged, k, level) {
  parts <- lapply(activity_groups(judged), function(group) {
    part <- list(user = judged$user[group$rows],
                 places = judged$places[group$rows, , drop = FALSE])
    table <- ranking_table(part, k, level)
    data.table(had = group$label, users = length(unique(part$user)), table)
  })
  data.table::rbindlist(parts, fill = TRUE)
}

# Rows of thirds of the users, and from how many to how many pairs these had.
activity_groups <- function(judged) {
  first <- !duplicated(judged$user)
  cuts <- unique(stats::quantile(judged$had[first], c(0, 1, 2, 3) / 3,
                                 type = 1, names = FALSE))
  group <- if (length(cuts) < 2) factor(rep(1, length(judged$had)))
           else cut(judged$had, cuts, include.lowest = TRUE)
  lapply(levels(droplevels(group)), function(name) {
    rows <- which(group == name)
    span <- range(judged$had[rows])
    list(rows = rows, label = if (span[[1]] == span[[2]]) count(span[[1]])
                              else paste(count(span[[1]]), "to",
                                         count(span[[2]])))
  })
}

# Places of items that are not in the data the fit was made from, or, if there
# is a history, not in that.
rank_new <- function(fit, new_data, history, call = rlang::caller_env()) {
  prep <- fit$prep
  columns <- prep$columns[c("user", "item")]
  check_pairs(new_data, columns, call, "new_data")
  told <- if (!is.null(history)) users_of_history(prep, NULL, history, call)
  user <- match_asked(new_data[[columns$user]], prep, told)
  pairs <- unique(data.table(
    user = user,
    item = match_ids(new_data[[columns$item]], prep$items)
  ))
  known <- pairs[!is.na(pairs$user), ]
  check_known_users(known, told, call)
  known <- not_had(live_model(fit), known, told, call)
  data.table::setorderv(known, c("user", "item"), na.last = TRUE)
  judged <- rank_known(fit, known, told)
  had <- if (is.null(told)) prep$had
         else as.vector(backend_call("numbers_of", told$had))
  judged$had <- had[judged$user]
  judged$on <- if (is.null(told)) "users, on items held out of them"
               else "users by their history"
  judged$n <- length(unique(known$user))
  users <- unique(stats::na.omit(new_data[[columns$user]]))
  judged$left_out <- sum(is.na(match_asked(users, prep, told)))
  judged$told <- !is.null(told)
  judged
}

# Numbers of users; `NA` for one of whom neither fit nor history tells anything.
match_asked <- function(x, prep, told) {
  if (is.null(told)) {
    return(match_ids(x, prep$users))
  }
  user <- match_ids(x, told$users)
  replace(user, !told$known[user], NA)
}

check_known_users <- function(known, told, call) {
  if (nrow(known) > 0) {
    return(invisible())
  }
  hint <- if (is.null(told)) {
    "Of new users give what they had as {.arg history}."
  }
  whose <- if (is.null(told)) "that the fit knows" else "of {.arg history}"
  deeply_abort(
    c(paste0("No row of {.arg new_data} has a user ", whose, "."), i = hint),
    class = "too_few_rows", call = call
  )
}

# What the fit has learned from, or is told of users, is in no ranking.
not_had <- function(live, pairs, told, call) {
  found <- !is.na(pairs$item)
  had <- backend_call("are_had", live, pairs$user[found] - 1L,
                      pairs$item[found] - 1L, told$had)
  found[found] <- as.vector(had)
  if (all(found)) {
    deeply_abort(
      c(if (is.null(told)) {
        "The fit was made from all pairs of {.arg new_data}."
      } else {
        "All pairs of {.arg new_data} are in {.arg history}."
      }, i = "Hold some out before the fit, see {.fn split_interactions}."),
      class = "too_few_rows", call = call
    )
  }
  if (any(found)) {
    whence <- if (is.null(told)) "which the fit was made from"
              else "which {.arg history} has"
    deeply_warn(
      paste0("{sum(found)} pair{?s} of {.arg new_data} {?is/are} left out, ",
             whence, "."),
      class = "seen_before"
    )
  }
  pairs[!found, ]
}

rank_known <- function(fit, known, told) {
  live <- live_model(fit)
  found <- !is.na(known$item)
  asked <- send_pairs(list(
    users = told$users %||% fit$prep$users, items = fit$prep$items,
    user = known$user[found], item = known$item[found]
  ))
  pairs <- backend_call("pairs_of", live)
  scorers <- stats::setNames(list(backend_call("scorer_of", live)),
                             model_label(fit$spec$method))
  if (isTRUE(fit$spec$asked$baseline)) {
    chosen <- fit$judged$chosen %||% list(ease = list(penalty = 100))
    methods <- baselines_of(fit$prep, fit$spec$method)
    scorers <- c(scorers, baseline_scorers(pairs, chosen, methods))
  }
  judged <- rank_models(scorers, pairs, asked, known$user[found], fit$prep,
                        told$had)
  # What is not known is behind all that is.
  places <- matrix(Inf, nrow(known), length(scorers),
                   dimnames = list(NULL, names(scorers)))
  places[found, ] <- judged$places
  list(user = known$user, places = places, lists = judged$lists)
}

new_ranking <- function(metrics, judged, k, level) {
  data.table::setattr(metrics, "class",
                      c("deep_ranking", "deep_evaluation", class(metrics)))
  data.table::setattr(metrics, "judged_on", list(
    on = judged$on, n = judged$n, left_out = judged$left_out %||% 0, k = k,
    level = level, told = isTRUE(judged$told)
  ))
  metrics[]
}

#' @export
print.deep_ranking <- function(x, digits = 3, ...) {
  judged <- attr(x, "judged_on")
  if (is.null(judged) || is.null(x$ndcg_lower)) {
    return(NextMethod())
  }
  cat(sprintf("Judged on %s %s; lists of %d\n", count(judged$n), judged$on,
              judged$k))
  within <- function(metric) {
    sprintf(paste0("%.", digits, "f (%.", digits, "f-%.", digits, "f)"),
            x[[metric]], x[[paste0(metric, "_lower")]],
            x[[paste0(metric, "_upper")]])
  }
  shown <- c("mrr", "coverage")
  table <- data.frame(
    model = format(x$model), ndcg = within("ndcg"), hr = within("hr"),
    lapply(as.list(x)[intersect(shown, names(x))], formatC, digits = digits,
           format = "f")
  )
  if (!is.null(x$had)) {
    table <- cbind(had = x$had, table[c("model", "ndcg", "hr")])
  }
  print(table, row.names = FALSE)
  if (judged$left_out > 0) {
    says <- paste("{judged$left_out} user{?s} left out,",
                  if (judged$told) "of whom the history tells nothing"
                  else "whom the fit does not know")
    cat(cli::pluralize(says), "\n", sep = "")
  }
  invisible(x)
}
