# Recommenders that learn how users rate items: squared error in place of a
# ranking. Their fits are of class `deep_ratings` too.

#' From a run to a judged fit of ratings
#'
#' @param run What `deep_recommender()` made ready.
#' @noRd
fit_ratings <- function(run) {
  run$class <- c("deep_ratings", run$class)
  run$prep$ratings <- rating_scale(run$pairs)
  run$rows <- c(train = sum(!run$held), validation = sum(run$held))
  run$all <- send_pairs(run$pairs)
  run$train <- if (any(run$held)) send_pairs(run$pairs, !run$held) else run$all
  run$asked <- if (any(run$held)) send_pairs(run$pairs, run$held)
  run$simple <- if (any(run$held)) choose_biases(run)
                else list(user = 10, item = 10)
  learned <- learn_network(run, "ratings", train_rater)
  run$spec$chosen <- learned$chosen
  run$spec$network <- learned$network
  trained <- learned$trained
  trained$model <- backend_call("save_recommender", learned$scorer)
  trained$handle <- learned$scorer
  trained$parameters <- learned$parameters
  fit <- new_deep_fit(run, trained)
  if (any(run$held)) fit$judged <- judge_ratings(run, learned$judged)
  fit$info$seconds <- elapsed() - run$started
  warn_training(fit)
  fit
}

# What there was to be seen of the ratings.
rating_scale <- function(pairs) {
  list(low = min(pairs$rating), high = max(pairs$rating),
       mean = mean(pairs$rating), values = length(unique(pairs$rating)),
       frequent = most_frequent(pairs$rating))
}

# A handle of ratings, of all users and items.
send_ratings <- function(pairs, which) {
  backend_call("rated", pairs$user[which] - 1L, pairs$item[which] - 1L,
               as.double(pairs$rating[which]), length(pairs$users),
               length(pairs$items))
}

# As `train_scorer()`; what is held out are rows like the others.
train_rater <- function(run, kind, pairs, asked) {
  sent <- backend_call("rating_rows", pairs, asked)
  run$buffer <- sent$rows
  run$rows <- c(train = sent$learned, validation = sent$judged)
  run$spec$network <- rating_network(run, sent)
  run$prep$outcome$loss <- run$spec$network$loss_name
  trained <- train_network(run)
  backend_call("release", run$buffer)
  list(scorer = backend_call("network_rater", trained$handle,
                             ridge_of(run, "user"), pairs),
       network = run$spec$network, trained = trained)
}

#' Penalties of users or items
#'
#' A vector costs as if it had ten ratings more, or users with few would have
#' long ones; a bias what was best for biases alone.
#' @return Of a vector for each rating, of a vector, of a bias; see
#'   `models.towers`.
#' @noRd
ridge_of <- function(run, side) {
  each <- run$spec$given$penalty %||% 0.1
  as.array(c(each, 10 * each, run$simple[[side]]))
}

rating_network <- function(run, sent) {
  run$spec$given$loss <- NULL
  network <- embedding_network(run)
  network$loss_name <- "squared_error"
  network$user_counts <- as.array(sent$user_counts)
  network$item_counts <- as.array(sent$item_counts)
  network$user_ridge <- ridge_of(run, "user")
  network$item_ridge <- ridge_of(run, "item")
  network
}

# Within what was rated: nobody gives six of five stars.
clip_ratings <- function(x, prep) {
  pmin(pmax(x, prep$ratings$low), prep$ratings$high)
}

#' @rdname predict.deep_recommender
#' @export
predict.deep_ratings <- function(object, new_data, ...) {
  rlang::check_dots_empty()
  rlang::check_required(new_data)
  columns <- object$prep$columns[c("user", "item")]
  check_pairs(new_data, columns, rlang::current_env(), "new_data")
  user <- match_ids(new_data[[columns$user]], object$prep$users)
  item <- match_ids(new_data[[columns$item]], object$prep$items)
  strange <- sum(is.na(user) | is.na(item))
  if (strange > 0) {
    deeply_warn(
      c("{strange} row{?s} {?has/have} a user or an item that the fit does not
         know.",
        i = "{.field .pred} is from the other alone, or the mean rating."),
      class = "new_levels"
    )
  }
  data.table(.pred = predict_ratings(object, user, item))
}

# Either `NA` where it is not known; `had` is a handle of other users' ratings.
predict_ratings <- function(fit, user, item, had = NULL,
                            model = live_model(fit)) {
  if (length(user) == 0) {
    return(numeric())
  }
  from_0 <- function(x) ifelse(is.na(x), 0L, x) - 1L
  found <- backend_call("predicted_ratings", model, from_0(user), from_0(item),
                        had)
  clip_ratings(as.vector(found), fit$prep)
}

#' @rdname recommend
#' @export
recommend.deep_ratings <- function(object, users = NULL, n = 10, ...,
                                   exclude_seen = TRUE, history = NULL,
                                   reasons = FALSE) {
  table <- NextMethod()
  score <- basis <- NULL
  table[, score := clip_ratings(score, object$prep)]
  table[basis == "popularity", basis := "average"]
  table[]
}

#' @export
print.deep_ratings <- function(x, ...) {
  prep <- x$prep
  cat("<deep_recommender> ratings by vectors of users and items\n")
  cat_field("Data", sprintf(
    "%s users, %s items, %s ratings (%s of all)%s", count(length(prep$users)),
    count(length(prep$items)), count(prep$n),
    percent(prep$n / length(prep$users) / length(prep$items)),
    sub("amount", "rating", describe_dropped(prep$dropped))
  ))
  cat_field("Ratings", describe_ratings(x))
  cat_field("Network", describe_network(x))
  cat_field("Training", describe_recommender_training(x))
  cat("\n")
  if (is.null(x$judged)) {
    cat("Not judged: nothing was held out.\n")
    return(invisible(x))
  }
  print(evaluate(x))
  for (note in note_ratings(x$judged)) {
    cat(strwrap(note, width = 78, initial = "! ", prefix = "  "), sep = "\n")
  }
  invisible(x)
}

describe_ratings <- function(fit) {
  scale <- fit$prep$ratings
  text <- sprintf("`%s`, %s to %s, mean %s", fit$prep$columns$value,
                  format(scale$low), format(scale$high),
                  format(scale$mean, digits = 3))
  if (!fit$spec$feedback$guessed) {
    return(text)
  }
  sprintf("%s; taken for ratings as %d values have equal steps and most are %s",
          text, scale$values, format(scale$frequent))
}

# Of amounts that are no ratings.
describe_amounts <- function(fit) {
  value <- fit$prep$columns$value
  weights <- fit$prep$weights
  had <- if (is.null(value)) "any row is had"
         else sprintf("`%s` above 0 is had", value)
  counts <- if (is.null(weights)) "how much does not count"
            else sprintf("more counts more (confidence %g)", weights$confidence)
  paste0(had, ", ", counts,
         if (fit$spec$feedback$alike && fit$spec$method != "embedding") {
           "; if these are ratings, method = \"embedding\" learns them"
         })
}
