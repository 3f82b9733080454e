# How a generative network learns: from images to a judged fit.

#' A run at its beginning
#'
#' @param images What `gan_images()` gave.
#' @param kept Numbers of the images to use.
#' @noRd
gan_run <- function(images, kept, spec, seed, call = rlang::caller_env()) {
  classes <- if (!is.null(images$y)) {
    levels(images$y)[levels(images$y) %in% images$y[kept]]
  }
  if (length(classes) == 1) classes <- NULL
  codes <- if (is.null(classes)) rep(1, length(kept))
           else match(images$y[kept], classes)
  split <- split_rows(spec$control, codes, TRUE, seed, kept, length(images))
  split$train <- mix_rows(split$train, seed)
  order <- unlist(split, use.names = FALSE)
  prep <- gan_prep(images, classes, kept, split$train, call)
  spec$network <- if (is.null(prep$given)) {
    gan_network(spec, prep, length(split$train))
  } else {
    picture_network(spec, prep)
  }
  list(
    class = c(if (!is.null(prep$given)) "deep_gan_pictures", "deep_gan"),
    spec = spec, prep = prep, seed = seed,
    rows = lengths(split), numbers = kept[order],
    judge = list(table = images, rows = integer())
  )
}

gan_prep <- function(images, classes, kept, train, call) {
  source <- list(table = images, blueprint = list(kind = "images"))
  left_out <- list(no_class = length(images) - length(kept))
  prep <- learn_image_prep(
    source, prep_settings(), list(left_out = left_out, notes = NULL), train,
    call
  )
  prep$outcome <- list(task = "generation", loss = "adversarial")
  prep$classes <- classes
  if (!is.null(classes)) {
    prep$shares <- tabulate(match(images$y[kept[train]], classes),
                            length(classes)) / length(train)
  }
  class(prep) <- c("deep_gan_prep", class(prep))
  given <- unclass(images)$given
  if (!is.null(given)) {
    prep$given <- given_prep(given, prep$shape[1:2])
    class(prep) <- c("deep_pictures_prep", class(prep))
  }
  prep
}

#' @exportS3Method
row_widths.deep_gan_prep <- function(prep) {
  c(NextMethod(), list(category = as.integer(!is.null(prep$classes))))
}

#' @exportS3Method
encode_rows.deep_gan_prep <- function(prep, table, rows) {
  encoded <- NextMethod()
  if (!is.null(prep$classes)) {
    codes <- match(unclass(table)$y[rows], prep$classes) - 1L
    encoded$inputs$category <- matrix(codes, nrow = 1)
  }
  encoded
}

#' @exportS3Method
new_table.deep_gan_prep <- function(prep, new_data,
                                    call = rlang::caller_env()) {
  abort_task("generation", "This", call)
}

# Fills the buffer; what cannot be read is left out, or stops everything.
send_images <- function(run, images, call = rlang::caller_env()) {
  n <- length(run$numbers)
  # What a discriminator that names classes is to learn.
  codes <- if (is.null(run$prep$classes)) rep(0, n) else
    match(images$y[run$numbers], run$prep$classes) - 1
  run <- send_rows(run, images, list(y = matrix(codes, 1), weights = rep(1, n)))
  unread <- unread_rows(run, call)
  if (length(unread) == 0) {
    return(run)
  }
  kept <- setdiff(sort(run$numbers), unread)
  again <- gan_run(images, kept, run$spec, run$seed, call)
  again$prep$rows$broken <- length(unread)
  send_images(again, images, call)
}

# Images to learn the small classifier from, at most.
most_seen <- 20000L

#' What made and true images are looked at with
#'
#' @param score As in `deep_gan()`.
#' @return A list of `model` (bytes) or `backbone`, or neither of them: the
#'   pixels themselves; and `label`, in words. `scored` says whether distances
#'   count.
#' @noRd
gan_eyes <- function(score, images, run) {
  shape <- run$prep$shape
  if (isFALSE(score)) {
    return(list(scored = FALSE, label = "small copies"))
  }
  if (inherits(score, "deep_cnn")) {
    check_same_shape(score, shape)
    return(list(scored = TRUE, model = score$model,
                label = "the network given as `score`"))
  }
  if (is_backbone(score)) {
    return(list(scored = TRUE, backbone = score,
                label = label_backbone(score)))
  }
  if (is.null(run$prep$classes)) {
    return(list(
      scored = TRUE,
      model = backend_call("random_eyes", as.array(shape), 1L),
      label = "random convolutions (seed 1, untrained)"
    ))
  }
  rows <- utils::head(run$numbers[seq_len(run$rows[["train"]])], most_seen)
  fit <- deep_cnn(
    images[rows], architecture = "simple", filters = c(16, 32),
    hidden_units = 64, augmentation = "none", calibration = "none",
    baseline = FALSE, control = deep_control(
      epochs = 6, batch_size = min(128, max(8, length(rows) %/% 20)),
      validation = 0.1, seed = run$seed, verbose = FALSE, optimizer = "adam",
      learn_rate = 0.002
    )
  )
  list(scored = TRUE, model = fit$model, label = sprintf(
    "a classifier trained on %s of the images (accuracy %s)",
    count(length(rows)), format_metric(fit$judged$metrics$accuracy[[1]], 2)
  ))
}

check_same_shape <- function(fit, shape, call = rlang::caller_env(2)) {
  own <- fit$prep$shape
  if (!identical(as.integer(own), as.integer(shape))) {
    deeply_abort(
      c("{.arg score} must be fitted to images of the same size.",
        x = "It sees {paste(own, collapse = ' x ')}; the images are
             {paste(shape, collapse = ' x ')}."),
      class = "argument", call = call
    )
  }
}

open_eyes <- function(eyes, shape) {
  backbone <- eyes$backbone
  backend_call("gan_eyes", as.array(shape), eyes$model,
               if (!is.null(backbone)) backbone_spec(backbone),
               is_inception(eyes))
}

#' Which network, of how many pixels and of which weights
#'
#' What is as everybody has it goes without saying.
#' @noRd
label_backbone <- function(backbone) {
  known <- known_backbones()[[backbone$name]]
  size <- backbone$shape[1:2]
  # A file is its own weights.
  usual <- is.null(known) || identical(basename(backbone$from), known$file)
  about <- c(
    if (!identical(size, as.integer(rep(known$side, 2)))) {
      sprintf("%d x %d pixels", size[[1]], size[[2]])
    },
    if (!usual) paste("weights of", basename(backbone$from))
  )
  paste0(backbone$name, if (length(about) > 0) {
    paste0(" (", toString(about), ")")
  })
}

# Whose distances go by names of their own, FID and KID.
is_inception <- function(eyes) {
  backbone <- eyes$backbone
  identical(backbone$name, "InceptionV3") && backbone$maps == 2048 &&
    backbone$preprocess == "tf"
}

# Images that are made between epochs, and how many of them are kept.
epoch_images <- 1000L
film_images <- 16L
film_looks <- 25

#' Trains, and makes a fit of what comes back
#'
#' @param run What `gan_run()` and `send_images()` made ready.
#' @param resume Whether to go on from the newest checkpoint.
#' @return A `deep_gan`.
#' @noRd
finish_gan <- function(run, resume = FALSE) {
  if ("deep_gan_pictures" %in% run$class) {
    return(finish_pictures(run, resume))
  }
  control <- run$spec$control
  prep <- run$prep
  eyes <- open_eyes(run$eyes, prep$shape)
  noise <- draw_noise(epoch_images, run$spec$noise_units, run$seed)
  every <- max(1, floor(control$epochs / film_looks))
  run$epoch_judge <- backend_call(
    "gan_judge_of", eyes, run$buffer, run$rows[["train"]], noise,
    wished_codes(prep, epoch_images),
    list(every = every, last = control$epochs, film = film_images,
         scored = run$eyes$scored)
  )
  run$watch <- film_watcher(run$epoch_judge, prep$shape, control)
  trained <- train_network(run, resume)
  fit <- name_last(new_deep_fit(run, trained))
  fit$film <- gan_film(run$epoch_judge)
  fit$eyes <- run$eyes
  fit$judged <- if (run$eyes$scored && trained$stopped != "asked") {
    judge_gan(fit, run, eyes, trained$handle)
  }
  fit$info$findings <- c(fit$info$findings, gan_findings(fit$judged))
  fit$info$seconds <- elapsed() - run$started
  backend_call("release", run$buffer)
  warn_training(fit)
  fit
}

# Where nothing decides between epochs, the last one is kept.
name_last <- function(fit) {
  if (all(is.na(fit$history$val_loss)) && fit$info$stopped != "fault") {
    fit$info$best_epoch <- fit$info$epochs
  }
  fit
}

#' Noise that images are made of
#'
#' @param truncation Largest absolute value: what lies beyond is drawn anew.
#' @noRd
draw_noise <- function(n, units, seed, truncation = Inf) {
  end <- stats::pnorm(-truncation)
  with_seed(seed, matrix(
    stats::qnorm(stats::runif(n * units, end, 1 - end)), n, byrow = TRUE
  ))
}

# Classes in the shares of the training images, from 0; `NULL` without any.
# Dealt by the golden section, so that some of the first are of each class.
wished_codes <- function(prep, n) {
  if (is.null(prep$classes)) {
    return(NULL)
  }
  ends <- cumsum(prep$shares)
  dealt <- rank((seq_len(n) * (sqrt(5) - 1) / 2) %% 1)
  as.array(findInterval((dealt - 0.5) / n, ends[-length(ends)]))
}
