# What a recommender says of itself.

#' @export
print.deep_recommender <- function(x, ...) {
  prep <- x$prep
  cat(sprintf("<deep_recommender> %s\n", describe_recommender(x)))
  cat_field("Data", sprintf(
    "%s users, %s items, %s pairs (%s of all)%s", count(length(prep$users)),
    count(length(prep$items)), count(prep$n),
    percent(prep$n / length(prep$users) / length(prep$items)),
    describe_dropped(prep$dropped)
  ))
  if (!is.null(prep$columns$value) || !is.null(prep$weights)) {
    cat_field("Amounts", describe_amounts(x))
  }
  if (!is.null(x$spec$network)) cat_field("Network", describe_network(x))
  if (!is.null(prep$features)) {
    cat_fields("Features", describe_features(prep))
  }
  cat_field("Training", describe_recommender_training(x))
  cat("\n")
  if (is.null(x$judged)) {
    cat("Not judged: nothing was held out.\n")
    return(invisible(x))
  }
  print(evaluate(x))
  for (note in note_ranking(x$judged)) {
    cat(strwrap(note, width = 78, initial = "! ", prefix = "  "), sep = "\n")
  }
  invisible(x)
}

#' @export
summary.deep_recommender <- function(object, ...) {
  if (object$spec$method == "embedding") {
    return(tower_table(object))
  }
  n <- length(object$prep$items)
  units <- object$spec$network$hidden_units
  layer_table(c(
    if (object$spec$method != "autoencoder") {
      list(list(name = model_label(object$spec$method), kind = "item model",
                output = n, parameters = object$info$parameters -
                  if (is.null(units)) 0 else units * (2 * n + 1) + n))
    },
    if (!is.null(units)) list(
      list(name = "hidden", kind = "Dense", output = units,
           parameters = units * (n + 1)),
      list(name = "output", kind = "Dense", output = n,
           parameters = n * (units + 1))
    )
  ))
}

# A row a table of vectors, and the rows that unknown users and items have.
tower_table <- function(fit) {
  network <- fit$spec$network
  row <- function(name, n, width) {
    list(name = name, kind = "embedding", output = width,
         parameters = (n + 1) * width)
  }
  sides <- c("user", "item")
  layer_table(c(
    Map(row, paste(sides, "vectors"), as.vector(network$levels), network$dim),
    if (network$biases) {
      Map(row, paste(sides, "biases"), as.vector(network$levels), 1)
    },
    list(list(name = "mean", kind = "bias", output = 1, parameters = 1)),
    head_rows(network),
    feature_rows(fit)
  ))
}

# Of the network in place of the dot product, whose score has no bias.
head_rows <- function(network) {
  units <- as.vector(network$hidden_units)
  if (length(units) == 0) {
    return(NULL)
  }
  from <- c(3 * network$dim, units)
  to <- c(units, 1)
  Map(function(name, from, to) {
    list(name = name, kind = "Dense", output = to,
         parameters = from * to + if (name == "score") 0 else to)
  }, c(paste0("dense_", seq_along(units)), "score"), from, to)
}

describe_recommender <- function(fit) {
  c(auto = "a linear and a denoising autoencoder, blended",
    autoencoder = "a denoising autoencoder",
    embedding = describe_towers(fit),
    ease = "a linear autoencoder (EASE)",
    ials = "factors by alternating least squares",
    item_knn = "nearest neighbours of items",
    popularity = "popularity")[[fit$spec$method]]
}

describe_dropped <- function(dropped) {
  says <- c(missing = "without user, item or amount", repeated = "repeated",
            zero = "of nothing")
  dropped <- dropped[dropped > 0]
  if (length(dropped) == 0) {
    return("")
  }
  paste0("; ", toString(paste(count(dropped), "rows", says[names(dropped)])))
}

#' @exportS3Method
describe_network.deep_recommender <- function(fit) {
  network <- fit$spec$network
  if (network$model == "towers") {
    units <- as.vector(network$hidden_units)
    head <- if (length(units) > 0) sprintf("; %s units", toString(units))
    return(paste0("vectors of ", network$dim,
                  if (network$biases) " and biases", head, ", ",
                  sub("_", " ", network$loss_name)))
  }
  sprintf("%s-%d-%s, tanh, dropout %g", count(network$items),
          network$hidden_units, count(network$items), network$dropout)
}

describe_recommender_training <- function(fit) {
  chosen <- fit$spec$chosen
  chosen <- chosen[!vapply(chosen, is.null, NA) & names(chosen) != "seed"]
  toString(c(
    if (length(chosen) > 0) {
      paste(names(chosen), vapply(chosen, format, "", digits = 3))
    },
    paste(count(fit$info$parameters), "parameters"),
    sprintf("%s s, seed %d", format(signif(fit$info$seconds, 2)),
            fit$info$seed)
  ))
}

#' Does a simple recommender do as well, as far as these users can tell?
#' @noRd
note_ranking <- function(judged) {
  metrics <- judged$metrics
  if (nrow(metrics) < 2) {
    return(NULL)
  }
  best <- 1L + which.max(metrics$ndcg[-1])
  if (metrics$ndcg[[best]] > metrics$ndcg[[1]]) {
    return(sprintf("%s ranks better here: ndcg %.3f against %.3f.",
                   capitalise(metrics$model[[best]]), metrics$ndcg[[best]],
                   metrics$ndcg[[1]]))
  }
  if (metrics$ndcg_lower[[1]] < metrics$ndcg[[best]]) {
    sprintf("%s ranks nearly as well: with these %s users it may be chance.",
            capitalise(metrics$model[[best]]), count(judged$n))
  }
}
