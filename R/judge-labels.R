# Labels that are wrong: which rows are suspect, and are there many at all?

#' Errors among the rows that the network is surest of
#'
#' Where classes overlap, the rows that a network is sure of are far from the
#' others, and almost all right. Labels flipped at random are wrong there as
#' often as anywhere.
#'
#' @param cases What `fit_cases()` gave.
#' @return `NULL` for a regression, or the numbers `n` and `wrong` of the surest
#'   quarter of the rows.
#' @noRd
count_surest <- function(cases) {
  if (cases$outcome$task == "regression") {
    return(NULL)
  }
  prob <- cases$predicted[[1]]
  said <- max.col(prob, ties.method = "first")
  sure <- prob[cbind(seq_along(said), said)]
  n <- ceiling(length(sure) / 4)
  rows <- order(-sure)[seq_len(n)]
  c(n = n, wrong = sum(said[rows] != cases$truth[rows]))
}

# Label noise is told from overlap by errors among the surest rows: beyond
# chance more than this share, and more than overlap gives, by a network that
# makes at most this part of the trivial model's errors.
noise_share <- 0.025
noise_learned <- 0.6
# In standard errors: overlap is everywhere, so one in 200 is often enough.
noise_width <- stats::qnorm(0.995)

#' Are labels wrong at random?
#'
#' @param surest What `count_surest()` gave of rows not trained on.
#' @param network,trivial,simple What `error_level()` gave of the same rows for
#'   the network, the trivial model and the simple models.
#' @return `NULL`, or the numbers `error`, `lower` and `upper` among the surest,
#'   and what `overlap` gives.
#' @noRd
label_noise <- function(surest, network, trivial, simple = list()) {
  if (is.null(surest)) {
    return(NULL)
  }
  sure <- share_interval(surest[["wrong"]], surest[["n"]], interval_width)
  least <- share_interval(surest[["wrong"]], surest[["n"]],
                          noise_width)[["lower"]]
  all <- level_interval(network, "error")
  beaten <- vapply(simple, function(other) {
    other <- level_interval(other, "error")
    difference_interval(other, all)[["lower"]] > 0
  }, NA)
  learned <- all[["error"]] <=
    noise_learned * level_interval(trivial, "error")[["error"]]
  if (!learned || any(beaten) || least <= noise_share) {
    return(NULL)
  }
  overlap <- overlap_surest(all[["error"]])
  if (least > overlap) c(sure, overlap = overlap)
}

#' The error among the surest quarter where classes overlap
#'
#' If the log-odds of the rows are normal: with standard deviation `s`, the
#' error is the mean of plogis(-s |z|) for a standard normal z.
#' @param error The error of all rows.
#' @noRd
overlap_surest <- function(error) {
  if (error >= 0.49) {
    return(error)
  }
  # Distances from the border, evenly likely; the surest quarter last.
  z <- stats::qnorm(0.5 + (seq_len(4000) - 0.5) / 8000)
  too_wrong <- function(s) mean(stats::plogis(-s * z)) - max(error, 0.001)
  s <- stats::uniroot(too_wrong, c(0, 1e4))$root
  mean(stats::plogis(-s * z[3001:4000]))
}

# The rows that fit worst --------------------------------------------------

suspect_share <- 0.02
suspect_rows <- c(20, 1000)

#' The rows with the highest loss under a fit
#'
#' Ranked by the probability that the network gives to the label, the
#' self-confidence of Northcutt et al. (2021).
#'
#' @param cases What `fit_cases()` gave, by name of the argument.
#' @param sets For each of `cases` the set of its rows.
#' @noRd
find_suspects <- function(cases, sets) {
  tables <- Map(function(cases, set) {
    table <- row_losses(cases)
    table[, "set" := set]
    table
  }, cases, sets)
  if (length(tables) == 0) {
    return(data.table())
  }
  all <- data.table::rbindlist(tables)
  n <- min(max(ceiling(suspect_share * nrow(all)), suspect_rows[[1]]),
           suspect_rows[[2]], nrow(all))
  all <- all[order(-all$loss)[seq_len(n)]]
  columns <- c("set", "row", "truth", "said", "prob", "loss")
  all[, columns, with = FALSE]
}

row_losses <- function(cases) {
  outcome <- cases$outcome
  predicted <- cases$predicted[[1]]
  truth <- cases$truth
  if (outcome$task == "regression") {
    return(data.table(
      row = cases$rows, truth = truth, said = predicted, prob = NA_real_,
      loss = ((predicted - truth) / outcome$scale)^2
    ))
  }
  prob <- predicted[cbind(seq_along(truth), truth)]
  data.table(
    row = cases$rows,
    truth = factor(outcome$levels[truth], outcome$levels),
    said = most_likely(predicted, outcome), prob = prob,
    loss = -log(clamp_prob(prob))
  )
}
