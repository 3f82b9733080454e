#' How to train
#'
#' One object for everything about training, the same for every model.
#'
#' @section Nothing is lost:
#' Ctrl-C ends training within a second and gives a fit from the best weights
#' so far. With `checkpoint`, everything that a run needs to go on is written to
#' a folder now and then, and [deep_resume()] goes on from there in any later R
#' process, even after a power cut, and ends with the same bits as a run that
#' was never interrupted. The folder holds the encoded training rows.
#'
#' @section Data larger than memory:
#' With `stream = TRUE` the encoded rows go to a file, and training reads them
#' window by window (64 MB at a time), one ahead in the background. Rows are
#' shuffled in blocks: pieces of 4,096 neighbouring rows change places, a window
#' takes the pieces that come next and shuffles its rows. So rows that lie
#' sorted in the data are mixed a little less than in memory.
#'
#' @section The model's own:
#' What is `NULL` is up to the model, as its help page says. [deep_mlp()] trains
#' for at most 200 epochs, holds out a fifth of the rows and stops after 25
#' epochs without a lower validation loss.
#'
#' @param epochs Passes over the training rows, at most.
#' @param batch_size Rows a step. `NULL`: the model's own; for tables a
#'   hundredth of the training rows, rounded to a power of two between 16 and
#'   1,024.
#' @param optimizer `"adam"`, `"adamw"`, `"sgd"`, `"rmsprop"`, `"adagrad"`,
#'   `"lion"`, `"adafactor"`, or one with its options from [deep_optimizer()],
#'   such as gradient clipping. `NULL`: the model's own, see the presets of
#'   [deep_mlp()].
#' @param learn_rate Step size of the optimizer, or a [deep_schedule()]. `NULL`:
#'   the model's own; for tables 0.003 below 2,000 training rows, where an
#'   epoch has few steps, else 0.001; ten times that for `"sgd"`, a fifth for
#'   `"lion"`; for `"adamw"` always 0.001.
#' @param validation Rows that are held out to decide when to stop and to judge
#'   the fit. A share from 0 (none) up to, not including, 1: drawn within each
#'   class (or fifth) of the outcome, or, of a table that runs in time (see
#'   [deep_split()]), its latest rows. Or row numbers of the data. Or a split of
#'   it, from [deep_split()] or package rsample: of three parts the validation
#'   rows are held out, of two the test rows; the training rows are trained on,
#'   and all others left out.
#' @param patience Epochs without a lower validation loss before training
#'   stops. The best weights are kept in any case. `Inf`: no early stop.
#' @param seed An integer. `NULL`: one number is drawn from R's generator, so
#'   `set.seed()` alone makes a fit repeatable. The same seed gives the same
#'   bits on the same machine's CPU.
#' @param label_smoothing Share of each label that is spread over all classes
#'   while training (Szegedy et al. 2016), from 0 to below 1; 0.1 is usual. Only
#'   for classification. The validation loss is measured without it: it only
#'   helps training.
#' @param focal_gamma Exponent of the focal loss (Lin et al. 2017), which weighs
#'   each row by `(1 - p)^focal_gamma`, `p` being the probability that its class
#'   gets: rows that are easy count little, so rare or hard ones count more. 2
#'   is usual; 0 is cross-entropy. Only for classification. The validation loss
#'   is the focal loss too, since another one would stop training at an epoch
#'   that is not the best for what is learned. Probabilities come out nearer to
#'   one half than they should: [calibrate()] mends that. The weights of the
#'   classes that the paper calls alpha are `class_weights` of [deep_mlp()].
#' @param mixed_precision Whether to compute in bfloat16 and keep the weights in
#'   float32: faster on recent GPUs, seldom on a CPU.
#' @param checkpoint A folder for checkpoints, new or empty. `NULL`: none.
#' @param checkpoint_every How often to write one: a number of epochs, or text
#'   such as `"10 minutes"` or `"30 seconds"`. Two are kept.
#' @param stream Whether to train from a file instead of from memory. `NULL`:
#'   if the encoded rows would take more than a quarter of the free memory.
#' @param tensorboard A folder for a TensorBoard log. `NULL`: none.
#' @param verbose `TRUE` or `FALSE` for progress. `NULL`: a bar in a terminal,
#'   a line now and then in a log, nothing in a knitted document.
#'
#' @return A list of class `deep_control`.
#' @references
#' Lin, Goyal, Girshick, He & Dollar (2017). Focal loss for dense object
#' detection. ICCV.
#'
#' Szegedy et al. (2016). Rethinking the Inception architecture for computer
#' vision. CVPR.
#' @seealso [deep_optimizer()], [deep_schedule()], [deep_resume()],
#'   [lr_finder()]
#' @export
#' @examples
#' deep_control(epochs = 20, learn_rate = 0.01)
#' deep_control(
#'   optimizer = deep_optimizer("adamw", clip_norm = 1),
#'   learn_rate = deep_schedule("one_cycle", learn_rate = 0.01),
#'   epochs = 30, patience = Inf
#' )
deep_control <- function(epochs = NULL, batch_size = NULL, optimizer = NULL,
                         learn_rate = NULL, validation = NULL, patience = NULL,
                         seed = NULL, label_smoothing = NULL, focal_gamma = 0,
                         mixed_precision = FALSE, checkpoint = NULL,
                         checkpoint_every = "1 minute", stream = NULL,
                         tensorboard = NULL, verbose = NULL) {
  check_count(epochs, null = TRUE)
  check_count(batch_size, null = TRUE)
  optimizer <- if (!is.null(optimizer)) as_optimizer(optimizer)
  schedule <- if (!is.null(learn_rate)) as_schedule(learn_rate)
  validation <- if (!is.null(validation)) as_validation(validation)
  check_number(patience, min = 1, finite = FALSE, null = TRUE)
  check_count(seed, min = 0, null = TRUE)
  check_number(label_smoothing, min = 0, below = 1, null = TRUE)
  check_number(focal_gamma, min = 0)
  check_flag(mixed_precision)
  check_path(checkpoint)
  check_flag(stream, null = TRUE)
  check_path(tensorboard)
  check_flag(verbose, null = TRUE)
  structure(
    list(
      epochs = if (!is.null(epochs)) as.integer(epochs),
      batch_size = if (!is.null(batch_size)) as.integer(batch_size),
      optimizer = optimizer,
      schedule = schedule,
      validation = validation,
      patience = patience,
      seed = if (!is.null(seed)) as.integer(seed),
      label_smoothing = label_smoothing,
      focal_gamma = focal_gamma,
      mixed_precision = mixed_precision,
      checkpoint = checkpoint,
      checkpoint_every = parse_every(checkpoint_every),
      stream = stream,
      tensorboard = tensorboard,
      verbose = verbose
    ),
    class = "deep_control"
  )
}

#' What was not asked for is the model's own
#'
#' @param own How the model is trained: any fields of a `deep_control`.
#' @noRd
fill_control <- function(control, own) {
  for (name in names(own)) {
    control[[name]] <- control[[name]] %||% own[[name]]
  }
  control
}

check_path <- function(x, null = TRUE, arg = rlang::caller_arg(x),
                       call = rlang::caller_env()) {
  if (null && is.null(x)) {
    return(invisible())
  }
  if (!is.character(x) || length(x) != 1 || is.na(x)) {
    abort_argument(arg, x, if (null) "one path or NULL" else "one path", call)
  }
}

# When to write a checkpoint: one of `epochs` and `seconds` is finite.
parse_every <- function(x, call = rlang::caller_env()) {
  if (is.numeric(x)) {
    check_count(x, arg = "checkpoint_every", call = call)
    return(list(epochs = as.numeric(x), seconds = Inf))
  }
  pattern <- "^ *([0-9.]+) *(epoch|second|minute|hour)s? *$"
  number <- NA
  if (is.character(x) && length(x) == 1 && grepl(pattern, x)) {
    number <- suppressWarnings(as.numeric(sub(pattern, "\\1", x)))
  }
  if (is.na(number) || number <= 0) {
    abort_argument("checkpoint_every", x, paste(
      "a number of epochs, or text such as `\"10 minutes\"`"
    ), call)
  }
  unit <- sub(pattern, "\\2", x)
  if (unit == "epoch") {
    return(parse_every(number, call))
  }
  list(
    epochs = Inf,
    seconds = number * c(second = 1, minute = 60, hour = 3600)[[unit]]
  )
}

#' What to hold out
#'
#' @return A share or row numbers as they are. For a split a list of `rows` to
#'   hold out, `left_out` (rows that are in no part, or to be tested on later)
#'   and `n`, the rows of the table that was split, which is not seen yet.
#' @noRd
as_validation <- function(validation, call = rlang::caller_env()) {
  if (!inherits(validation, "deep_split") && !is_rsample(validation)) {
    check_validation(validation, call)
    return(validation)
  }
  split <- split_rows_of(validation, call)
  if (!is.null(split$table)) {
    warn_time(split$table, list(split$rows))
  }
  held_out <- split$rows$validation %||% split$rows$test
  list(
    rows = held_out,
    left_out = setdiff(seq_len(split$n), c(split$rows$train, held_out)),
    n = split$n
  )
}

check_validation <- function(validation, call = rlang::caller_env()) {
  ok <- is.numeric(validation) && length(validation) > 0 &&
    !anyNA(validation) && all(validation >= 0)
  share <- ok && length(validation) == 1 && validation < 1
  rows <- ok && all(validation >= 1) && all(validation %% 1 == 0) &&
    !anyDuplicated(validation)
  if (!share && !rows) {
    deeply_abort(
      c(
        "{.arg validation} must be a share from 0 to below 1, row numbers
         without repeats, or a split such as {.fn deep_split} gives.",
        x = "It is {.obj_type_friendly {validation}}."
      ),
      class = "argument",
      call = call
    )
  }
}

#' @export
print.deep_control <- function(x, ...) {
  own <- "the model's own"
  values <- c(
    epochs = x$epochs %||% own,
    batch_size = x$batch_size %||% own,
    optimizer = if (is.null(x$optimizer)) own
                else describe_optimizer(x$optimizer),
    learn_rate = if (is.null(x$schedule)) own
                 else describe_schedule(x$schedule),
    validation = if (is.null(x$validation)) own
                 else describe_validation(x$validation),
    patience = x$patience %||% own,
    seed = x$seed %||% "drawn from R's generator",
    label_smoothing = if (isTRUE(x$label_smoothing > 0)) x$label_smoothing,
    focal_gamma = if (x$focal_gamma > 0) x$focal_gamma,
    mixed_precision = if (x$mixed_precision) "bfloat16",
    checkpoint = if (!is.null(x$checkpoint)) describe_checkpoint(x),
    stream = x$stream %||% "if memory is short",
    tensorboard = x$tensorboard,
    verbose = x$verbose %||% "by the surroundings"
  )
  cat("<deep_control>\n")
  cat(paste0(format(names(values)), "  ", values), sep = "\n")
  invisible(x)
}

describe_validation <- function(validation) {
  if (is.list(validation)) {
    text <- sprintf("%s rows of a split of %s", count(length(validation$rows)),
                    count(validation$n))
    left_out <- length(validation$left_out)
    return(toString(c(text, if (left_out > 0) {
      paste(count(left_out), "left out")
    })))
  }
  share <- length(validation) == 1 && validation < 1
  if (share) validation else paste(length(validation), "given rows")
}

describe_checkpoint <- function(control) {
  every <- control$checkpoint_every
  rhythm <- if (is.finite(every$epochs)) {
    cli::pluralize("every {every$epochs} epoch{?s}")
  } else if (every$seconds >= 60) {
    sprintf("every %g min", every$seconds / 60)
  } else {
    sprintf("every %g s", every$seconds)
  }
  paste0(control$checkpoint, ", ", rhythm)
}

# A hundredth of the rows keeps about a hundred steps an epoch.
default_batch_size <- function(n_rows) {
  as.integer(min(1024, max(16, 2^round(log2(n_rows / 100)))))
}

# Lion moves every weight by the whole rate, so it wants a smaller one. AdamW is
# the optimizer of the presets that learn fast, and so overfit fast.
default_learn_rate <- function(optimizer, n_rows) {
  rate <- if (n_rows < 2000) 0.003 else 0.001
  switch(optimizer$name, sgd = 10 * rate, lion = rate / 5, adamw = 0.001, rate)
}

#' The rows to watch while training
#'
#' @param control A `deep_control`.
#' @param y The outcome of the rows in use: class indices or numbers.
#' @param discrete Whether `y` is a class index.
#' @param seed Integer.
#' @param rows The rows in use, of `n` in the data.
#' @param time What `find_time()` said of the data, or `NULL`.
#' @return A list of `train` and `validation`, positions in `rows`.
#' @noRd
split_rows <- function(control, y, discrete, seed, rows = seq_along(y),
                       n = length(y), time = NULL) {
  chosen <- control$validation
  left_out <- integer()
  if (is.list(chosen)) {
    check_split_of(chosen, n)
    left_out <- which(rows %in% chosen$left_out)
    chosen <- which(rows %in% chosen$rows)
  } else if (is_share(chosen) && !is.null(time)) {
    chosen <- latest_rows(time$values[rows], chosen)
  } else if (is_share(chosen)) {
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
  train <- setdiff(seq_along(rows), c(chosen, left_out))
  if (length(train) == 0) {
    deeply_abort(
      "No row is left to train on: {.arg validation} takes all {length(rows)}.",
      class = "argument",
      call = NULL
    )
  }
  list(train = train, validation = chosen)
}

check_split_of <- function(split, n) {
  if (split$n != n) {
    train <- split$n - length(split$rows) - length(split$left_out)
    deeply_abort(
      c(
        "{.arg validation} is a split of {split$n} rows, but the table has
         {n}.",
        x = if (n == train) "They are as many as the training rows of the
                             split.",
        i = "Fit to the whole table that was split: only its training rows are
             trained on."
      ),
      class = "argument",
      call = NULL
    )
  }
}

is_share <- function(validation) {
  is.numeric(validation) && length(validation) == 1 && validation < 1
}

# Neighbours in time nearly repeat each other, so the latest rows judge. A row
# without a time is trained on, and rows of the same time stay together.
latest_rows <- function(times, share) {
  known <- which(!is.na(times))
  if (share == 0 || length(unique(times[known])) < 2) {
    return(integer())
  }
  parts <- split_in_time(times[known], c(1 - share, share))
  sort(known[parts[[2]]])
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

#' Stops what is for rows of a table with an outcome
#'
#' A run of minutes needs no checkpoints, and rankings and forecasts have no
#' classes.
#' @param who What else is trained, as text.
#' @noRd
refuse_table_control <- function(control, who, call = rlang::caller_env()) {
  asked <- c(
    checkpoint = !is.null(control$checkpoint),
    stream = isTRUE(control$stream),
    label_smoothing = isTRUE(control$label_smoothing > 0),
    focal_gamma = control$focal_gamma > 0
  )
  if (any(asked)) {
    deeply_abort("{.arg {names(asked)[asked][[1]]}} of {.fn deep_control} is
                  not for {who}.", class = "argument", call = call)
  }
}
