#' Fit a recommender
#'
#' Learns from who had what (plays, clicks, purchases) which items each user is
#' likely to want next, and judges it by how high it ranks, among all items that
#' a user has not had, one that was held out: beside popularity, nearest
#' neighbours and a linear model on the same users.
#'
#' @section Methods:
#' * `"auto"`: a linear autoencoder and a denoising one, blended. How much the
#'   second counts is chosen on the held-out items; it may be nothing.
#' * `"autoencoder"`: a network that is shown a part of what a user had and
#'   gives back all of it, with multinomial likelihood (Liang et al. 2018).
#' * `"embedding"`: a learned vector for each user and each item, whose dot
#'   product, with a bias for each, is the score (Koren, Bell & Volinsky 2009).
#'   What a user had is set against items drawn in each step: by a softmax that
#'   corrects for being drawn (Bengio & Senecal 2008), or one by one
#'   (`loss = "bpr"`; Rendle et al. 2009). New users get a vector by a linear
#'   map of the vectors of what they had, learned on the others.
#' * `"ease"`: each item by ridge regression on all others, in closed form
#'   (Steck 2019); with `dropout` as if a share of each user's items were hidden
#'   at random (Steck 2020), with `evenness` users count more alike, and with
#'   `couples` two items tell together what neither does alone, as of a bundle
#'   (Steck & Liang 2021). A matrix of all items by all items: up to 20,000 of
#'   them, also as a baseline.
#' * `"ials"`: factors of users and items by alternating least squares over all
#'   pairs, had or not (Hu, Koren & Volinsky 2008; weights after Rendle et al.
#'   2022).
#' * `"item_knn"`: cosines between the users of two items (Sarwar et al. 2001).
#' * `"popularity"`: the same for all users.
#'
#' All of them rank for new users too, by what these had, see [recommend()].
#'
#' @section Features:
#' Vectors are learned from who had what. `type = "hybrid"` then explains those
#' of users and items by their features, with ridge regression (Gantner et al.
#' 2010), so that later ones are placed too: see `new_users` and `new_items` of
#' [recommend()]. A new item also gains by how alike its features are to those
#' of what a user had (cosines). What that counts, and the penalty of the
#' regression, are chosen on items held out of both. Those that are known keep
#' their vectors, and the ranking that `type = "collaborative"` gives, which
#' ignores features. `"content"` places the known by their features too, on each
#' side that has some, and nothing else counts.
#'
#' Features are prepared as by [deep_prep()], learned from users and items that
#' `data` has: numbers are scaled, categories and dates coded, missing values
#' are told. Text of which most rows have a value of their own, of several
#' words, is taken for titles: each word in two of them is a feature, which
#' counts less the more titles have it (Spärck Jones 1972). Text that is
#' meant as a category can be made a factor. Users and items without a row are
#' counted; rows of others teach nothing.
#'
#' @section Ratings:
#' With `method = "embedding"` and `loss = "squared_error"` it learns how users
#' rate items: a mean, a bias of each user and item, and the dot product of
#' their vectors (Koren, Bell & Volinsky 2009). The rating of a pair with
#' several rows is their mean; a rating may be 0 or less. [predict()] then gives
#' ratings, [recommend()] ranks by them, and [evaluate()] tells how far they are
#' from the true ones, see [evaluate.deep_ratings()].
#'
#' With `loss = NULL` amounts are taken for ratings where they are 3 to 21
#' different values in equal steps, of which the most frequent is not the
#' smallest, as of stars; what is counted is mostly counted once. The print says
#' how they were taken.
#'
#' Of each user a fifth of the ratings is held out, or the share in
#' `deep_control(validation = )`, at random or the latest by `time`; 50,000 at
#' most, and one of each user and item is always learned from. They choose the
#' number of epochs and the penalties of the biases.
#'
#' @section How it is judged:
#' One item of each user with at least five is held out, at random or the latest
#' by `time`; of at most 10,000 users. What is to be chosen, such as penalties
#' and the number of epochs, is chosen on these items by NDCG at 10, of the
#' model and of its baselines alike. Then it learns from all rows. Items are
#' ranked among all that a user has not had: metrics on a sample of items rank
#' models otherwise (Krichene & Rendle 2020) and are not offered. For a
#' judgement on items that chose nothing, hold out some yourself with
#' [split_interactions()] and give them to [evaluate()].
#'
#' `deep_control(validation = )` is the share of those users, 0 for none, or a
#' split such as [split_interactions()] gives.
#'
#' @section What is kept:
#' To leave out what a user has had, the fit holds all pairs of users and items,
#' and their names, and of a hybrid the features of items: give it to nobody who
#' may not see the data.
#'
#' @param data A data frame, a row an interaction.
#' @param user,item Names of the columns that say who and what: numbers, text or
#'   factors. Rows without one of them are left out and counted.
#' @param value Name of a column of amounts, such as hours: rows whose amount is
#'   0 are no interaction. `NULL`: each row is one. How much it is counts with
#'   `confidence`. Or, of `method = "embedding"`, of ratings, see below.
#' @param time Name of a column of times, dates or numbers. `NULL`: which item
#'   is held out is drawn.
#' @param ... Not used.
#' @param method `"auto"`, `"autoencoder"`, `"embedding"`, `"ease"`, `"ials"`,
#'   `"item_knn"` or `"popularity"`, see below.
#' @param neighbours Of `"item_knn"`: how many items speak for one. `NULL`: all.
#' @param penalty Of the linear model: of its squared weights, in users. Of
#'   `"ials"`: of the squared factors, for each term they are in. Of
#'   `"embedding"`: of the squares of what a step looks up (`NULL`: 0.1, by
#'   `"bpr"`, whose loss is smaller, 0.01), and of ratings: of the squared
#'   vectors, for each rating and as if there were ten more (`NULL`: 0.1).
#'   `NULL`: chosen, see below.
#' @param factors Of `"ials"`: how many. `NULL`: 64.
#' @param embedding_dim Of `"embedding"`: length of the vectors. `NULL`: 64.
#' @param biases Of `"embedding"`: whether users and items have biases. `NULL`:
#'   yes.
#' @param loss Of `"embedding"`: `"sampled_softmax"`, `"bpr"` or, to learn
#'   ratings, `"squared_error"`. `NULL`: the last if `value` looks like ratings,
#'   see below, else the first.
#' @param dropout Share of a user's items that are hidden in training. `NULL`:
#'   chosen, of `"ease"` 0, and of an autoencoder 0.5. Of `"embedding"`: share
#'   of the numbers of each vector. `NULL`: 0.
#' @param evenness Of the linear model: from 0, where each row counts alike, to
#'   1, where each user does. `NULL`: 0.5, and of `"ease"` 0.
#' @param couples Of the linear model: how many couples of items, those most
#'   often had together, have weights of their own. `NULL`: chosen, and of
#'   `"ease"` 0.
#' @param hidden_units Of an autoencoder: its width. `NULL`: 256. Of
#'   `"embedding"`: units of each hidden layer of a network in place of the dot
#'   product (He et al. 2017), such as `c(64, 32)`, which takes several times as
#'   long and seldom ranks better. `NULL`: none.
#' @param confidence Of `"ials"` and `"embedding"`: how much more a pair counts
#'   the more there was of it, as of hours (Hu, Koren & Volinsky 2008). It is
#'   learned with weight `1 + confidence * log2(1 + amount / median)`, divided
#'   by the mean; the amount is the sum of `value` over the rows of the pair, or
#'   without `value` their number. `NULL`: 0, all count alike.
#' @param user_features,item_features Of `"embedding"`: data frames with a row a
#'   user or an item, the column that is named by `user` or `item`, and columns
#'   of what is known of them, see below.
#' @param type What features are for: `"hybrid"`, `"content"` or
#'   `"collaborative"`, see below. `NULL`: the first, where there are any.
#' @param control What [deep_control()] gives: how a network is trained, the
#'   seed, and what is held out.
#' @param baseline Whether to fit the simple models too.
#'
#' @return A list of class `c("deep_recommender", "deep_fit")`, as of
#'   [deep_mlp()]: `prep` has the `users` and `items`, `judged` the places of
#'   the held-out items. Of ratings it is a `deep_ratings` before all.
#' @section Errors:
#' * `deeply_error_column_missing`: a name that is no column.
#' * `deeply_error_negative`: an amount below 0, or without end.
#' * `deeply_error_constant_outcome`: ratings that are all the same.
#' * `deeply_error_too_few_rows`: no interaction, or a single item; or less than
#'   two users or items with features.
#' * `deeply_error_constant_predictors`: no column of features is of use.
#' * `deeply_error_argument`: an argument that is not as it must be, or not for
#'   this method.
#' @references
#' Bengio & Senecal (2008). Adaptive importance sampling to accelerate training
#' of a neural probabilistic language model. IEEE Transactions on Neural
#' Networks 19(4).
#'
#' Gantner, Drumond, Freudenthaler, Rendle & Schmidt-Thieme (2010). Learning
#' attribute-to-feature mappings for cold-start recommendations. ICDM.
#'
#' He, Liao, Zhang, Nie, Hu & Chua (2017). Neural collaborative filtering. WWW.
#'
#' Hu, Koren & Volinsky (2008). Collaborative filtering for implicit feedback
#' datasets. ICDM.
#'
#' Koren, Bell & Volinsky (2009). Matrix factorization techniques for
#' recommender systems. Computer 42(8).
#'
#' Krichene & Rendle (2020). On sampled metrics for item recommendation. KDD.
#'
#' Liang, Krishnan, Hoffman & Jebara (2018). Variational autoencoders for
#' collaborative filtering. WWW.
#'
#' Rendle, Freudenthaler, Gantner & Schmidt-Thieme (2009). BPR: Bayesian
#' personalized ranking from implicit feedback. UAI.
#'
#' Rendle, Krichene, Zhang & Koren (2022). Revisiting the performance of iALS on
#' item recommendation benchmarks. RecSys.
#'
#' Sarwar, Karypis, Konstan & Riedl (2001). Item-based collaborative filtering
#' recommendation algorithms. WWW.
#'
#' Spärck Jones (1972). A statistical interpretation of term specificity and its
#' application in retrieval. Journal of Documentation 28(1).
#'
#' Steck (2019). Embarrassingly shallow autoencoders for sparse data. WWW.
#'
#' Steck (2020). Autoencoders that don't overfit towards the identity. NeurIPS.
#'
#' Steck & Liang (2021). Negative interactions for improved collaborative
#' filtering: don't go deeper, go higher. RecSys.
#' @seealso [recommend()], [similar_items()], [split_interactions()],
#'   [evaluate.deep_recommender()]
#' @export
#' @examplesIf deeply::has_backend()
#' plays <- simulate_interactions(4000, 300, 100, seed = 1)$data
#' fit <- deep_recommender(plays, "user", "item", time = "time",
#'                         method = "ease")
#' fit
#' recommend(fit, c("user_003", "user_007"), n = 3)
deep_recommender <- function(data, user, item, value = NULL, time = NULL, ...,
                             method = "auto", neighbours = NULL,
                             factors = NULL, penalty = NULL, dropout = NULL,
                             evenness = NULL, couples = NULL,
                             hidden_units = NULL, embedding_dim = NULL,
                             biases = NULL, loss = NULL, confidence = NULL,
                             user_features = NULL, item_features = NULL,
                             type = NULL,
                             control = deep_control(), baseline = TRUE) {
  rlang::check_dots_empty()
  check_control(control)
  check_flag(baseline)
  refuse_table_control(control, "recommenders")
  spec <- recommender_spec(method, list(
    neighbours = neighbours, factors = factors, penalty = penalty,
    dropout = dropout, evenness = evenness, couples = couples,
    hidden_units = hidden_units, embedding_dim = embedding_dim,
    biases = biases, loss = loss, confidence = confidence,
    user_features = user_features, item_features = item_features, type = type
  ))
  started <- elapsed()
  columns <- columns_named(user, item, value, time)
  rows <- rows_in_use(data, control$validation)
  spec$feedback <- feedback_of(rows, columns, spec)
  learn <- if (spec$feedback$rated) learn_ratings else learn_interactions
  pairs <- learn(rows, columns)
  check_catalogue(pairs, spec)
  weights <- learn_weights(pairs$amount, spec$given$confidence)
  if (!is.null(weights)) pairs$weight <- weights_of(pairs$amount, weights)
  spec$control <- fill_control(
    control, recommender_training(method, spec$feedback$rated)
  )
  spec$asked <- list(baseline = baseline)
  seed <- draw_seed(control$seed)
  run <- list(
    class = "deep_recommender", spec = spec,
    prep = interaction_prep(pairs, weights), seed = seed, baseline = baseline,
    pairs = pairs,
    held = hold_out(pairs, spec$control$validation, seed, data)
  )
  run <- add_features(run, list(user = user_features, item = item_features))
  waited <- elapsed_by(bridge())
  run$started <- started + waited
  if (spec$feedback$rated) fit_ratings(run) else fit_recommender(run)
}

columns_named <- function(user, item, value, time) {
  Filter(Negate(is.null),
         list(user = user, item = item, value = value, time = time))
}

recommender_losses <- c("sampled_softmax", "bpr", "squared_error")

# What each method asks for.
recommender_parts <- list(
  auto = c("penalty", "dropout", "evenness", "couples", "hidden_units"),
  autoencoder = c("dropout", "hidden_units"),
  embedding = c("embedding_dim", "biases", "loss", "penalty", "dropout",
                "hidden_units", "confidence", "user_features",
                "item_features", "type"),
  ease = c("penalty", "dropout", "evenness", "couples"),
  ials = c("factors", "penalty", "confidence"),
  item_knn = "neighbours",
  popularity = character()
)

recommender_training <- function(method, rated = FALSE) {
  if (method == "embedding") {
    return(list(
      epochs = if (rated) 100L else 80L,
      batch_size = if (rated) 256L else 512L,
      patience = if (rated) 5 else 10, label_smoothing = 0,
      optimizer = deep_optimizer("adam"),
      schedule = deep_schedule("constant", learn_rate = 0.003)
    ))
  }
  list(
    epochs = 60L, batch_size = 128L, patience = 5, label_smoothing = 0,
    optimizer = deep_optimizer("adamw", weight_decay = 0.1, ema = 0.99),
    schedule = deep_schedule("constant", learn_rate = 0.002)
  )
}

recommender_spec <- function(method, asked, call = rlang::caller_env()) {
  check_choice(method, names(recommender_parts), call = call)
  asked <- Filter(Negate(is.null), asked)
  other <- setdiff(names(asked), recommender_parts[[method]])
  if (length(other) > 0) {
    deeply_abort(
      "{.arg {other[[1]]}} is not for {.code method = \"{method}\"}.",
      class = "argument", call = call
    )
  }
  check_number(asked$neighbours, min = 1, null = TRUE, arg = "neighbours",
               call = call)
  check_count(asked$factors, null = TRUE, arg = "factors", call = call)
  check_number(asked$penalty, above = 0, null = TRUE, arg = "penalty",
               call = call)
  check_number(asked$dropout, min = 0, below = 1, null = TRUE, arg = "dropout",
               call = call)
  check_number(asked$evenness, min = 0, max = 1, null = TRUE, arg = "evenness",
               call = call)
  check_count(asked$couples, 0, null = TRUE, arg = "couples", call = call)
  check <- if (method == "embedding") check_counts else check_count
  check(asked$hidden_units, null = TRUE, arg = "hidden_units", call = call)
  check_count(asked$embedding_dim, null = TRUE, arg = "embedding_dim",
              call = call)
  check_flag(asked$biases, null = TRUE, arg = "biases", call = call)
  check_choice(asked$loss, recommender_losses, null = TRUE,
               arg = "loss", call = call)
  check_number(asked$confidence, min = 0, null = TRUE, arg = "confidence",
               call = call)
  settle_type(list(method = method, given = asked), call)
}

# A matrix of all items by all items takes 8 bytes a pair while it is learned.
most_dense_items <- 20000L

check_catalogue <- function(pairs, spec, call = rlang::caller_env()) {
  n <- length(pairs$items)
  if (n < 2) {
    deeply_abort("There is only one item, {.val {pairs$items}}: nothing is left
                  to recommend.", class = "too_few_rows", call = call)
  }
  if (!is.null(pairs$rating)) check_varied(pairs, call)
  if (spec$method %in% c("ease", "auto") && n > most_dense_items) {
    deeply_abort(
      c("{.code method = \"{spec$method}\"} is for up to
         {count(most_dense_items)} items; there are {count(n)}.",
        i = "Try {.code method = \"item_knn\"}."),
      class = "argument", call = call
    )
  }
}

#' What a recommender knows of its data
#'
#' @param pairs What `learn_interactions()` gave.
#' @param weights What `learn_weights()` gave.
#' @return A list of class `deep_interaction_prep`.
#' @noRd
interaction_prep <- function(pairs, weights = NULL) {
  structure(
    list(
      users = pairs$users, items = pairs$items, columns = pairs$columns,
      had = tabulate(pairs$user, length(pairs$users)),
      users_of = tabulate(pairs$item, length(pairs$items)),
      n = length(pairs$user), dropped = pairs$dropped, amounts = pairs$amounts,
      weights = weights, outcome = list(task = "ranking")
    ),
    class = "deep_interaction_prep"
  )
}
