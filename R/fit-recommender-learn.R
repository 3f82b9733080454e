# How recommenders learn: what is to be chosen is chosen on held-out items, then
# all pairs are learned from.

#' From a run to a judged fit
#'
#' @param run What `deep_recommender()` made ready.
#' @return A `deep_recommender`.
#' @noRd
fit_recommender <- function(run) {
  run$rows <- c(train = sum(!run$held), validation = sum(run$held))
  run$all <- send_pairs(run$pairs)
  run$train <- if (any(run$held)) send_pairs(run$pairs, !run$held) else run$all
  run$asked <- if (any(run$held)) send_pairs(run$pairs, run$held)
  learned <- learners[[run$spec$method]](run)
  run$spec$chosen <- learned$chosen
  run$spec$network <- learned$network
  fit <- new_recommender(run, learned)
  if (any(run$held)) {
    fit$judged <- judge_recommender(run, learned$judged)
  }
  fit$info$seconds <- elapsed() - run$started
  warn_training(fit)
  fit
}

# A handle for some pairs, of all users and items, maybe with weights.
send_pairs <- function(pairs, which = seq_along(pairs$user)) {
  if (!is.null(pairs$rating)) {
    return(send_ratings(pairs, which))
  }
  backend_call("interactions", pairs$user[which] - 1L, pairs$item[which] - 1L,
               length(pairs$users), length(pairs$items), pairs$weight[which])
}

new_recommender <- function(run, learned) {
  final <- backend_call("recommender", learned$scorer, run$all)
  trained <- learned$trained %||% list(history = list(), stopped = "epochs")
  trained$model <- backend_call("save_recommender", final)
  trained$handle <- final
  trained$parameters <- learned$parameters
  new_deep_fit(run, trained)
}

#' How each method learns
#'
#' Functions of a run that give a list: `scorer` (a handle, learned from all
#' pairs), `judged` (one learned from the training pairs), `chosen` (settings by
#' name), `parameters` (their number), and of a network `network` and `trained`
#' (what `train_network()` gave).
#' @noRd
learners <- list(
  popularity = function(run) learn_simple(run, "popularity", list()),
  item_knn = function(run) {
    n <- run$spec$given$neighbours
    learn_simple(run, "item_knn", list(
      neighbours = if (isTRUE(is.finite(n))) as.integer(n)
    ))
  },
  ease = function(run) learn_simple(run, "ease", choose_linear(run, "ease")),
  ials = function(run) learn_simple(run, "ials", choose_factors(run)),
  autoencoder = function(run) learn_network(run, "autoencoder"),
  embedding = function(run) {
    explain_vectors(run, learn_network(run, "embedding"))
  },
  auto = function(run) learn_blend(run)
)

learn_simple <- function(run, method, chosen) {
  learn <- function(pairs) backend_call("item_scorer", method, pairs, chosen)
  n <- length(run$prep$items)
  list(
    scorer = learn(run$all), judged = if (any(run$held)) learn(run$train),
    chosen = chosen,
    parameters = switch(method,
      popularity = n,
      # At most, as most items have nothing to do with each other.
      item_knn = n * min(n - 1, chosen$neighbours),
      ease = n * (n - 1) + chosen$couples * (n - 2),
      ials = n * chosen$factors
    )
  )
}

# The linear model ---------------------------------------------------------

linear_start <- list(penalty = 100, dropout = 0, evenness = 0.5, couples = 0)

# Tried in turn.
linear_tried <- list(penalty = c(10, 20, 50, 100, 200, 500, 1000),
                     dropout = c(0, 0.25, 0.5), couples = c(0, 1000))

# What is best for so many items is best for more, and takes far less time.
most_tried_items <- 2000L
judged_length <- 10L

#' Settings of the linear model
#'
#' @param method `"ease"`, which leaves all but the penalty at 0 unless asked,
#'   or `"auto"`, in which users count more alike, as they do in the judgement.
#' @noRd
choose_linear <- function(run, method = run$spec$method) {
  # A baseline is not given what the model is.
  given <- if (method == run$spec$method) run$spec$given
  given <- given[names(given) %in% names(linear_start)]
  if (method == "ease") {
    given <- utils::modifyList(list(dropout = 0, evenness = 0, couples = 0),
                               as.list(given))
  }
  known <- utils::modifyList(linear_start, as.list(given))
  if (is.null(run$asked)) {
    return(known)
  }
  draws <- choice_draws(run)
  for (name in setdiff(names(linear_tried), names(given))) {
    known <- best_linear(draws, known, name, linear_tried[[name]])
  }
  known
}

# The settings with the value of one of them that ranks best.
best_linear <- function(draws, known, name, values) {
  settings <- unlist(known[names(linear_start)])
  tried <- do.call(rbind, lapply(values, function(value) {
    replace(settings, name, value)
  }))
  ndcg <- lapply(draws, function(draw) {
    backend_call("try_linear", draw$train, draw$asked, tried,
                 most_tried_items, judged_length)
  })
  known[[name]] <- values[[which.max(Reduce(`+`, ndcg))]]
  known
}

# One item a user leaves much to chance, so more are drawn where they are.
choice_draws <- function(run) {
  first <- list(list(train = run$train, asked = run$asked))
  share <- run$spec$control$validation
  if (!is.null(run$pairs$time) || !(is.null(share) || is_share(share))) {
    return(first)
  }
  seeds <- with_seed(run$seed, sample.int(.Machine$integer.max, 2))
  c(first, lapply(seeds, function(seed) {
    held <- hold_out(run$pairs, share, seed, NULL)
    list(train = send_pairs(run$pairs, !held),
         asked = send_pairs(run$pairs, held))
  }))
}

# Factors ------------------------------------------------------------------

factor_penalties <- c(0.003, 0.01, 0.03, 0.1, 0.3)

#' The penalty of alternating least squares, by the held-out items
#' @noRd
choose_factors <- function(run) {
  given <- run$spec$given
  known <- list(factors = as.integer(given$factors %||% 64),
                penalty = given$penalty %||% 0.01, seed = run$seed)
  if (!is.null(given$penalty) || is.null(run$asked)) {
    return(known)
  }
  ndcg <- vapply(factor_penalties, function(penalty) {
    known$penalty <- penalty
    scorer <- backend_call("item_scorer", "ials", run$train, known)
    mean_ndcg(held_places(scorer, run$train, run$asked))
  }, 1)
  known$penalty <- factor_penalties[[which.max(ndcg)]]
  known
}

# Networks -----------------------------------------------------------------

#' Trains a network on the training pairs, then on all of them
#'
#' The second training takes as many epochs as were best in the first.
#' @param kind One of `recommender_networks`.
#' @param train How it is trained.
#' @noRd
learn_network <- function(run, kind, train = train_scorer) {
  first <- train(run, kind, run$train, run$asked)
  epochs <- max(1L, first$trained$best_epoch)
  last <- if (is.null(run$asked)) {
    first
  } else {
    run$spec$control$epochs <- epochs
    run$spec$control["tensorboard"] <- list(NULL)
    train(run, kind, run$all, NULL)
  }
  list(scorer = last$scorer, judged = first$scorer,
       chosen = list(epochs = epochs), network = first$network,
       trained = first$trained, parameters = first$trained$learned)
}

train_scorer <- function(run, kind, pairs, asked) {
  kind <- recommender_networks[[kind]]
  sent <- kind$send(run, pairs)
  run$buffer <- sent$rows
  run$rows <- c(train = sent$learned)
  run$epoch_judge <- if (!is.null(asked)) {
    backend_call("ranking_judge", pairs, asked)
  }
  run$spec$network <- kind$network(run, sent)
  run$prep$outcome$loss <- run$spec$network$loss_name
  trained <- train_network(run)
  backend_call("release", run$buffer)
  list(scorer = backend_call("network_scorer", trained$handle, pairs),
       network = run$spec$network, trained = trained)
}

# How each network gets its rows, is built and scored.
recommender_networks <- list(
  autoencoder = list(
    send = function(run, pairs) backend_call("history_rows", pairs, run$seed),
    network = function(run, sent) autoencoder_network(run, sent$width)
  ),
  embedding = list(
    send = function(run, pairs) backend_call("pair_rows", pairs),
    network = function(run, sent) embedding_network(run)
  )
)

embedding_network <- function(run) {
  given <- run$spec$given
  loss <- given$loss %||% "sampled_softmax"
  list(
    model = "towers", loss_name = loss,
    levels = as.array(c(length(run$prep$users), length(run$prep$items))),
    user_counts = as.array(run$prep$had),
    item_counts = as.array(run$prep$users_of),
    dim = as.integer(given$embedding_dim %||% 64),
    biases = given$biases %||% TRUE,
    l2 = given$penalty %||% c(sampled_softmax = 0.1, bpr = 0.01)[[loss]],
    dropout = given$dropout %||% 0, activation = "relu",
    hidden_units = as.array(as.integer(given$hidden_units)),
    # A network looks at each pair of a batch by itself.
    negatives = if (is.null(given$hidden_units)) 512L else 64L,
    negative_power = 0, output_bias = as.array(0)
  )
}

autoencoder_network <- function(run, width) {
  share <- (run$prep$users_of + 1) / (run$prep$n + length(run$prep$items))
  list(
    model = "autoencoder", loss_name = "multinomial", width = width,
    items = length(run$prep$items),
    hidden_units = run$spec$given$hidden_units %||% 256L,
    dropout = run$spec$given$dropout %||% 0.5,
    output_bias = as.array(log(share) - mean(log(share)))
  )
}

# The blend ----------------------------------------------------------------

# What a log probability of the network counts beside a linear score.
blend_shares <- c(0, 0.01, 0.02, 0.03, 0.04, 0.06, 0.08, 0.12)

learn_blend <- function(run) {
  chosen <- choose_linear(run)
  linear <- learn_simple(run, "ease", chosen)
  network <- learn_network(run, "autoencoder")
  share <- choose_share(run, linear$judged, network$judged)
  blend <- function(first, second) {
    if (!is.null(first)) backend_call("blend_scorers", first, second, share)
  }
  list(
    scorer = blend(linear$scorer, network$scorer),
    judged = blend(linear$judged, network$judged),
    chosen = c(chosen, network$chosen, share = share),
    network = network$network, trained = network$trained,
    parameters = linear$parameters + network$parameters
  )
}

choose_share <- function(run, first, second) {
  if (is.null(run$asked)) {
    return(0.02)
  }
  ndcg <- vapply(blend_shares, function(share) {
    scorer <- backend_call("blend_scorers", first, second, share)
    mean_ndcg(held_places(scorer, run$train, run$asked))
  }, 1)
  blend_shares[[which.max(ndcg)]]
}

held_places <- function(scorer, pairs, asked) {
  model <- backend_call("recommender", scorer, pairs)
  as.vector(backend_call("places", model, asked))
}

mean_ndcg <- function(places) {
  mean(ranking_by_user(places, seq_along(places), judged_length)[, "ndcg"])
}
