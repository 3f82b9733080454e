# How an autoencoder learns: from a source to a judged fit.

#' A run at its beginning
#'
#' @param source What `coder_source()` gave.
#' @param spec What was asked.
#' @noRd
coder_run <- function(source, settings, spec, seed,
                      call = rlang::caller_env()) {
  kept <- keep_rows(source, settings, call)
  check_coder_rows(kept$rows, call)
  n <- table_rows(source$table)
  split <- split_rows(spec$control, rep(1, length(kept$rows)), TRUE, seed,
                      kept$rows, n, source$time)
  if (is_images(source$table)) {
    split$train <- mix_rows(split$train, seed)
  }
  prep <- learn_prep(source, settings, kept, kept$rows[split$train])
  prep$outcome <- list(task = "reconstruction", loss = "own")
  spec$code_units <- spec$code_units %||% default_code_units(prep)
  # Under this name generative networks have theirs.
  spec$noise_units <- spec$code_units
  spec$network <- coder_network(spec, prep)
  held_out <- length(split$validation) > 0
  list(
    class = "deep_autoencoder", spec = spec, prep = prep, seed = seed,
    rows = lengths(split), numbers = kept$rows[unlist(split)],
    on = if (held_out) judged_rows(source, kept$rows, split, spec$control)$on
         else "training rows",
    judge = list(table = source$table, rows = integer())
  )
}

check_coder_rows <- function(rows, call) {
  if (length(rows) < 16) {
    deeply_abort(
      "There {cli::qty(length(rows))}{?is/are} {length(rows)} row{?s} to learn
       from; an autoencoder needs at least 16, and some hundreds to be of use.",
      class = "too_few_rows", call = call
    )
  }
}

# Fills the buffer; what cannot be read is left out, or stops everything.
send_coder_rows <- function(run, source, settings,
                            call = rlang::caller_env()) {
  run <- send_rows(run, source$table, no_targets(length(run$numbers)))
  unread <- unread_rows(run, call)
  if (length(unread) == 0) {
    return(run)
  }
  source <- leave_out(source, unread)
  again <- coder_run(source, settings, run$spec, run$seed, call)
  send_coder_rows(again, source, settings, call)
}

no_targets <- function(n) {
  list(y = matrix(0, 1, n), weights = rep(1, n))
}

#' What made images are looked at with, as of a generative network
#' @return What `gan_eyes()` gives, or `NULL` where nothing is scored.
#' @noRd
coder_eyes <- function(run, score) {
  images <- run$judge$table
  if (!run$spec$variational || !is_images(images)) {
    return(NULL)
  }
  y <- unclass(images)$y
  if (is.factor(y) && !anyNA(y[run$numbers])) {
    run$prep$classes <- levels(y)
  }
  gan_eyes(score, images, run)
}

#' Trains, and makes a fit of what comes back
#'
#' @param run What `coder_run()` and `send_coder_rows()` made ready.
#' @param resume Whether to go on from the newest checkpoint.
#' @return A `deep_autoencoder`.
#' @noRd
finish_coder <- function(run, resume = FALSE) {
  trained <- train_network(run, resume)
  fit <- new_deep_fit(run, trained)
  fit$eyes <- run$eyes
  if (fit$spec$variational) {
    fit$mixture <- backend_call("coder_mixture", trained$handle, run$buffer,
                                run$rows[["train"]], run$seed)
    fit$sigma <- as.vector(backend_call("coder_sigma", trained$handle))
  }
  if (trained$stopped != "asked") {
    fit$judged <- judge_coder(fit, run, trained$handle)
    fit$info$findings <- c(fit$info$findings, gan_findings(fit$judged$samples))
  }
  fit$info$seconds <- elapsed() - run$started
  backend_call("release", run$buffer)
  warn_training(fit)
  fit
}

#' How well rows come back, and what is made of no row
#' @noRd
judge_coder <- function(fit, run, handle) {
  train <- run$rows[["train"]]
  held_out <- run$rows[["validation"]]
  columns <- coder_columns(fit$prep)
  learned <- backend_call("coder_axes", run$buffer, train,
                          fit$spec$code_units, columns, run$seed)
  rows <- if (held_out > 0) c(train, held_out) else c(0L, train)
  judged <- judge_coder_rows(fit, handle, run$buffer, rows, learned)
  c(judged, list(
    on = run$on, learned = learned,
    samples = if (isTRUE(fit$eyes$scored)) {
      judge_gan(fit, run, open_eyes(fit$eyes, fit$prep$shape), handle)
    }
  ))
}

#' @param rows Rows of the buffer before the first to look at, and how many.
#' @return A list of `metrics`, a data.table, `cost` and `n`.
#' @noRd
judge_coder_rows <- function(fit, handle, buffer, rows, learned) {
  found <- backend_call("coder_judge_rows", handle, buffer, rows[[1]],
                        rows[[2]], learned, coder_columns(fit$prep))
  part <- function(name) {
    x <- vapply(found, `[[`, 0, name)[c("network", "pca", "mean")]
    x[is.nan(x)] <- NA
    unname(x)
  }
  metrics <- data.table(model = c("autoencoder", "PCA", "mean"),
                        rmse = part("rmse"), accuracy = part("accuracy"))
  explained <- 1 - (metrics$rmse / metrics$rmse[[3]])^2
  data.table::set(metrics, j = "explained", value = explained)
  known <- vapply(metrics, function(x) !all(is.na(x)), NA)
  list(
    metrics = metrics[, names(metrics)[known], with = FALSE],
    cost = backend_call("coder_mean_cost", handle, buffer, rows[[1]],
                        rows[[2]]),
    n = rows[[2]]
  )
}

# Of a table, what its encoded columns are.
coder_columns <- function(prep) {
  if (inherits(prep, "deep_image_prep")) {
    return(list())
  }
  list(levels = as.array(level_sizes(prep)),
       flags = as.array(numeric_flags(prep)))
}
