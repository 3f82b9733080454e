#' How to train
#'
#' One object for everything about training, the same for every model.
#'
#' @param epochs Passes over the training rows, at most.
#' @param batch_size Rows a step. `NULL`: a hundredth of the training rows,
#'   rounded to a power of two between 16 and 1,024.
#' @param optimizer `"adam"`, `"adamw"`, `"sgd"`, `"rmsprop"` or `"adagrad"`.
#' @param learn_rate Step size of the optimizer. `NULL`: 0.003 below 2,000
#'   training rows, where an epoch has few steps, else 0.001; ten times that for
#'   `"sgd"`.
#' @param validation Rows that are held out to decide when to stop and to judge
#'   the fit: a share from 0 up to (not including) 1, drawn within each class
#'   (or fifth) of the outcome, or a vector of row numbers of the data. 0: none.
#' @param patience Epochs without a lower validation loss before training
#'   stops. The best weights are kept in any case. `Inf`: no early stop.
#' @param seed An integer. `NULL`: one number is drawn from R's generator, so
#'   `set.seed()` alone makes a fit repeatable. The same seed gives the same
#'   bits on the same machine's CPU.
#' @param verbose `TRUE` or `FALSE` for progress. `NULL`: a bar in a terminal,
#'   a line now and then in a log, nothing in a knitted document.
#'
#' @return A list of class `deep_control`.
#' @export
#' @examples
#' deep_control(epochs = 20, learn_rate = 0.01)
deep_control <- function(epochs = 200, batch_size = NULL, optimizer = "adam",
                         learn_rate = NULL, validation = 0.2, patience = 25,
                         seed = NULL, verbose = NULL) {
  check_count(epochs)
  check_count(batch_size, null = TRUE)
  check_choice(optimizer, optimizers)
  check_number(learn_rate, above = 0, null = TRUE)
  check_validation(validation)
  check_number(patience, min = 1, finite = FALSE)
  check_count(seed, min = 0, null = TRUE)
  check_flag(verbose, null = TRUE)
  structure(
    list(
      epochs = as.integer(epochs),
      batch_size = if (!is.null(batch_size)) as.integer(batch_size),
      optimizer = optimizer,
      learn_rate = learn_rate,
      validation = validation,
      patience = patience,
      seed = if (!is.null(seed)) as.integer(seed),
      verbose = verbose
    ),
    class = "deep_control"
  )
}

optimizers <- c("adam", "adamw", "sgd", "rmsprop", "adagrad")

check_validation <- function(validation, call = rlang::caller_env()) {
  ok <- is.numeric(validation) && length(validation) > 0 &&
    !anyNA(validation) && all(validation >= 0)
  share <- ok && length(validation) == 1 && validation < 1
  rows <- ok && all(validation >= 1) && all(validation %% 1 == 0) &&
    !anyDuplicated(validation)
  if (!share && !rows) {
    deeply_abort(
      c(
        "{.arg validation} must be a share from 0 to below 1, or row numbers
         without repeats.",
        x = "It is {.obj_type_friendly {validation}}."
      ),
      class = "argument",
      call = call
    )
  }
}

#' @export
print.deep_control <- function(x, ...) {
  validation <- x$validation
  if (length(validation) > 1 || validation >= 1) {
    validation <- paste(length(validation), "given rows")
  }
  values <- c(
    epochs = x$epochs,
    batch_size = x$batch_size %||% "by the number of rows",
    optimizer = x$optimizer,
    learn_rate = x$learn_rate %||% "by the number of rows",
    validation = validation,
    patience = x$patience,
    seed = x$seed %||% "drawn from R's generator",
    verbose = x$verbose %||% "by the surroundings"
  )
  cat("<deep_control>\n")
  cat(paste0(format(names(values)), "  ", values), sep = "\n")
  invisible(x)
}

# A hundredth of the rows keeps about a hundred steps an epoch.
default_batch_size <- function(n_rows) {
  as.integer(min(1024, max(16, 2^round(log2(n_rows / 100)))))
}

default_learn_rate <- function(optimizer, n_rows) {
  rate <- if (n_rows < 2000) 0.003 else 0.001
  if (optimizer == "sgd") 10 * rate else rate
}

#' The rows to watch while training
#'
#' @param control A `deep_control`.
#' @param y The outcome of the rows in use: class indices or numbers.
#' @param discrete Whether `y` is a class index.
#' @param seed Integer.
#' @param rows The rows in use, of `n` in the data.
#' @return A list of `train` and `validation`, positions in `rows`.
#' @noRd
split_rows <- function(control, y, discrete, seed, rows = seq_along(y),
                       n = length(y)) {
  chosen <- control$validation
  if (length(chosen) == 1 && chosen < 1) {
    chosen <- with_seed(seed, stratified_sample(y, chosen, discrete))
  } else if (max(chosen) > n) {
    deeply_abort(
      "{.arg validation} names row {max(chosen)}, but there are {n} row{?s}.",
      class = "argument",
      call = NULL
    )
  } else {
    # A chosen row that is left out, for want of an outcome, drops out here.
    chosen <- which(rows %in% chosen)
  }
  train <- setdiff(seq_along(rows), chosen)
  if (length(train) == 0) {
    deeply_abort(
      "No row is left to train on: {.arg validation} takes all {length(rows)}.",
      class = "argument",
      call = NULL
    )
  }
  list(train = train, validation = chosen)
}

# The same share from each class, or from each fifth of a number. A class of
# one row stays in training.
stratified_sample <- function(y, share, discrete) {
  if (!discrete) {
    y <- findInterval(y, stats::quantile(y, 1:4 / 5), left.open = TRUE)
  }
  strata <- split(seq_along(y), y)
  drawn <- lapply(strata, function(rows) {
    size <- min(round(share * length(rows)), length(rows) - 1L)
    rows[sample.int(length(rows), size)]
  })
  sort(unlist(drawn, use.names = FALSE))
}
