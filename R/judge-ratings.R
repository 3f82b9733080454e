# Predicted ratings are judged by how far they are from those held out, beside
# simple models that learned from the same ones.

rating_baselines <- c("mean", "biases")

# Tried for users and items: as if so many ratings more were average.
bias_penalties <- c(1, 3, 10, 30)

#' Judges a new fit on its held-out ratings
#'
#' @param rater A handle, learned from the training ratings.
#' @return A list of `predicted` (a matrix, a row a rating, a column a model),
#'   `rating`, `user` (whose it is), `had` (how many the user has in training),
#'   `on`, `n`, `strange` (how many are of users or items not known), `metrics`
#'   and what was `chosen` for the baselines.
#' @noRd
judge_ratings <- function(run, rater) {
  held <- which(run$held)
  user <- run$pairs$user[held]
  models <- c(list(deep_recommender = rater),
              if (run$baseline) simple_raters(run$train, run$simple))
  judged <- list(
    predicted = predict_by(models, run, user, run$pairs$item[held]),
    rating = run$pairs$rating[held], user = user,
    had = tabulate(run$pairs$user[!run$held], length(run$prep$users))[user],
    n = length(held), strange = 0L, chosen = run$simple
  )
  judged$metrics <- rating_table(judged)
  judged$lead <- least_lead(judged)
  judged
}

choose_biases <- function(run) {
  tried <- expand.grid(user = bias_penalties, item = bias_penalties)
  error <- backend_call("try_biases", run$train, run$asked, as.matrix(tried))
  lapply(tried[which.min(error), ], identity)
}

simple_raters <- function(pairs, chosen) {
  list(
    biases = backend_call("simple_rater", "biases", pairs, chosen),
    mean = backend_call("simple_rater", "mean", pairs, list())
  )
}

predict_by <- function(models, fit, user, item, had = NULL) {
  found <- vapply(models, function(model) {
    predict_ratings(fit, user, item, had, model)
  }, numeric(length(user)))
  matrix(found, length(user), dimnames = list(NULL, names(models)))
}

#' Errors of predicted ratings, a row a model
#'
#' @param level Of the intervals, over users.
#' @noRd
rating_table <- function(judged, level = 0.95, times = 500) {
  user <- match(judged$user, unique(judged$user))
  counts <- tabulate(user)
  drawn <- draw_users(length(counts), times)
  rows <- lapply(colnames(judged$predicted), function(model) {
    error <- judged$rating - judged$predicted[, model]
    sums <- rowsum(cbind(error^2, abs(error)), user)
    mean_of <- function(column) {
      rowSums(matrix(sums[drawn, column], times)) /
        rowSums(matrix(counts[drawn], times))
    }
    rmse <- percentiles(sqrt(mean_of(1)), level)
    mae <- percentiles(mean_of(2), level)
    data.table(
      model = model, rmse = sqrt(mean(error^2)), rmse_lower = rmse[[1]],
      rmse_upper = rmse[[2]], mae = mean(abs(error)), mae_lower = mae[[1]],
      mae_upper = mae[[2]]
    )
  })
  data.table::rbindlist(rows)
}

draw_users <- function(n, times) {
  with_seed(1L, matrix(sample.int(n, times * n, replace = TRUE), times))
}

# By how much the best baseline errs more, at least: the lower end of a 95 %
# interval over the same users. `NULL` without baselines.
least_lead <- function(judged, times = 500) {
  if (ncol(judged$predicted) < 2) {
    return(NULL)
  }
  user <- match(judged$user, unique(judged$user))
  squares <- rowsum((judged$rating - judged$predicted)^2, user)
  drawn <- draw_users(nrow(squares), times)
  counts <- rowSums(matrix(tabulate(user)[drawn], times))
  errors <- apply(squares, 2, function(sums) {
    sqrt(rowSums(matrix(sums[drawn], times)) / counts)
  })
  best <- 1L + which.min(colSums(squares)[-1])
  percentiles(errors[, best] - errors[, 1], 0.95)[[1]]
}

percentiles <- function(x, level) {
  stats::quantile(x, c(1 - level, 1 + level) / 2, names = FALSE)
}

#' Judge a recommender by how it predicts ratings
#'
#' Of a fit that learned ratings, see [deep_recommender()]: how far predicted
#' ratings are from those that were given, beside the mean rating and biases of
#' users and items (Koren 2010) that learned from the same ones. A user or an
#' item that the fit does not know counts as an average one.
#'
#' @param x What [deep_recommender()] gives.
#' @param new_data A data frame with the columns of users, items and ratings:
#'   ratings that the fit has not seen. `NULL`: the judgement on those held out
#'   when the model was fitted, which also chose its number of epochs.
#' @param history A data frame of the same columns: what the users of `new_data`
#'   have rated, instead of what the fit knows of them. Users without a row in
#'   it are left out.
#' @param by `"activity"`: by thirds of the users, by how many ratings they had.
#'   `NULL`: all together.
#' @param level Of the intervals, over users (percentile bootstrap).
#' @param ... Not used.
#'
#' @return A data.table of class `deep_evaluation`: a row a model (`model`), or
#'   one a group and model (`had`: how many ratings the users of the group had),
#'   with `rmse` (root mean squared error) and `mae` (mean absolute error) and
#'   their intervals, `rmse_lower` to `mae_upper`.
#'
#'   Pairs that the fit was made from are left out, with a warning of class
#'   `deeply_warning_seen_before`; rows without a rating too.
#' @section Errors:
#' * `deeply_error_column_missing`: a column that `new_data` has not.
#' * `deeply_error_too_few_rows`: nothing but pairs that the fit was made from,
#'   or nothing that was held out.
#' @references
#' Koren (2010). Factor in the neighbors: scalable and accurate collaborative
#' filtering. ACM Transactions on Knowledge Discovery from Data 4(1).
#' @export
#' @examplesIf deeply::has_backend()
#' plays <- simulate_interactions(4000, 300, 100, ratings = TRUE, seed = 1)$data
#' fit <- deep_recommender(plays[1:3500, ], "user", "item", value = "rating",
#'                         method = "embedding")
#' evaluate(fit, plays[3501:4000, ])
evaluate.deep_ratings <- function(x, new_data = NULL, ..., history = NULL,
                                  by = NULL, level = 0.95) {
  rlang::check_dots_empty()
  check_choice(by, "activity", null = TRUE)
  check_number(level, above = 0, below = 1)
  judged <- if (is.null(new_data)) stored_ranking(x)
            else rate_new(x, new_data, history)
  metrics <- if (is.null(by)) rating_table(judged, level)
             else rating_groups(judged, level)
  data.table::setattr(metrics, "class",
                      c("deep_rating_errors", "deep_evaluation",
                        class(metrics)))
  data.table::setattr(metrics, "judged_on", list(
    on = "ratings", n = judged$n, users = length(unique(judged$user)),
    strange = judged$strange, left_out = judged$left_out %||% 0L, level = level
  ))
  metrics[]
}

rating_groups <- function(judged, level) {
  parts <- lapply(activity_groups(judged), function(group) {
    part <- list(user = judged$user[group$rows],
                 rating = judged$rating[group$rows],
                 predicted = judged$predicted[group$rows, , drop = FALSE])
    data.table(had = group$label, users = length(unique(part$user)),
               rating_table(part, level))
  })
  data.table::rbindlist(parts)
}

# Ratings that are not in the data the fit was made from.
rate_new <- function(fit, new_data, history, call = rlang::caller_env()) {
  prep <- fit$prep
  pairs <- learn_ratings(new_data, prep$columns[c("user", "item", "value")],
                         call, "new_data")
  known <- if (!is.null(history)) users_of_history(prep, NULL, history, call)
  users <- if (is.null(known)) prep$users else known$users
  rows <- data.table(
    user = match_ids(pairs$users, users)[pairs$user],
    item = match_ids(pairs$items, prep$items)[pairs$item],
    rating = pairs$rating, id = pairs$user
  )
  left_out <- 0L
  if (!is.null(known)) {
    left_out <- sum(is.na(match_ids(pairs$users, users)))
    rows <- rows[!is.na(rows$user), ]
  }
  rows <- not_rated(fit, rows, known, call)
  judged <- judge_rows(fit, rows, known$had)
  judged$left_out <- left_out
  judged
}

# What the fit has learned from is no test.
not_rated <- function(fit, rows, known, call) {
  both <- which(!is.na(rows$user) & !is.na(rows$item))
  seen <- logical(nrow(rows))
  seen[both] <- as.vector(backend_call(
    "are_had", live_model(fit), rows$user[both] - 1L, rows$item[both] - 1L,
    known$had
  ))
  if (all(seen)) {
    deeply_abort(
      c("{.arg new_data} has no rating that is not known already.",
        i = "Hold some out before the fit, see {.fn split_interactions}."),
      class = "too_few_rows", call = call
    )
  }
  if (any(seen)) {
    deeply_warn(
      "{sum(seen)} pair{?s} of {.arg new_data} {?is/are} left out, which the
       fit was made from.",
      class = "seen_before"
    )
  }
  rows[!seen, ]
}

judge_rows <- function(fit, rows, had) {
  live <- live_model(fit)
  models <- list(deep_recommender = live)
  if (isTRUE(fit$spec$asked$baseline)) {
    chosen <- fit$judged$chosen %||% list(user = 10, item = 10)
    models <- c(models, simple_raters(backend_call("pairs_of", live), chosen))
  }
  own <- if (is.null(had)) fit$prep$had[rows$user]
         else as.vector(backend_call("numbers_of", had))[rows$user]
  list(
    predicted = predict_by(models, fit, rows$user, rows$item, had),
    rating = rows$rating, user = rows$id,
    had = replace(own, is.na(own), 0L), n = nrow(rows),
    strange = sum(is.na(rows$user) | is.na(rows$item))
  )
}

#' @export
print.deep_rating_errors <- function(x, digits = 3, ...) {
  judged <- attr(x, "judged_on")
  if (is.null(judged) || is.null(x$rmse_lower)) {
    return(NextMethod())
  }
  cat(sprintf("Judged on %s held-out ratings of %s users\n", count(judged$n),
              count(judged$users)))
  within <- function(metric) {
    sprintf(paste0("%.", digits, "f (%.", digits, "f-%.", digits, "f)"),
            x[[metric]], x[[paste0(metric, "_lower")]],
            x[[paste0(metric, "_upper")]])
  }
  table <- data.frame(model = format(x$model), rmse = within("rmse"),
                      mae = within("mae"))
  if (!is.null(x$had)) table <- cbind(had = x$had, table)
  print(table, row.names = FALSE)
  if (judged$strange > 0) {
    says <- "{judged$strange} of a user or an item that the fit does not know"
    cat(cli::pluralize(says), "\n", sep = "")
  }
  if (judged$left_out > 0) {
    says <- "{judged$left_out} user{?s} left out, who have no history"
    cat(cli::pluralize(says), "\n", sep = "")
  }
  invisible(x)
}

# Do biases alone do as well, as far as these users can tell?
note_ratings <- function(judged) {
  metrics <- judged$metrics
  if (nrow(metrics) < 2) {
    return(NULL)
  }
  best <- 1L + which.min(metrics$rmse[-1])
  if (metrics$rmse[[best]] < metrics$rmse[[1]]) {
    return(sprintf("%s predict%s better here: rmse %.3f against %.3f.",
                   capitalise(metrics$model[[best]]),
                   if (metrics$model[[best]] == "mean") "s" else "",
                   metrics$rmse[[best]], metrics$rmse[[1]]))
  }
  if (judged$lead < 0) {
    sprintf("%s predict%s nearly as well: with these ratings it may be chance.",
            capitalise(metrics$model[[best]]),
            if (metrics$model[[best]] == "mean") "s" else "")
  }
}
