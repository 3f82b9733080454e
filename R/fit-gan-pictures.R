# Image to image: what deep_gan() does with `from`. Its fits are of the class
# `deep_gan_pictures` too.

#' Images with those that they are to be made from, in `given`
#'
#' @param images What `gan_images()` gave.
#' @param from As in `deep_gan()`.
#' @return Images as before; pairs are left out as either half asks for.
#' @noRd
add_given <- function(images, from, call) {
  given <- as_given(from, call)
  n <- c(length(images), length(given))
  if (n[[1]] != n[[2]]) {
    deeply_abort(
      c("{.arg from} must have one image for each of {.arg x}, in the same
         order.",
        x = "There {cli::qty(n[[2]])}{?is/are} {count(n[[2]])} for
             {count(n[[1]])}."),
      class = "image_pairs", call = call
    )
  }
  check_codes(given, call)
  given <- unclass(given)
  # Labels are of no use here.
  given["y"] <- list(NULL)
  given$size <- given_size(given, unclass(images)$size)
  given <- settle_shape(structure(given, class = "deep_images"), call)
  if ("skip" %in% c(images$broken, given$broken)) images$broken <- "skip"
  images$given <- given
  images
}

# What has a smaller size of its own is brought to that first, then enlarged.
given_size <- function(given, size) {
  own <- given$size %||% dim(given$pixels)[2:3]
  if (!is.null(own) && all(own <= size)) own else size
}

as_given <- function(from, call) {
  rlang::try_fetch(as_images(from, call), deeply_error_images = function(cnd) {
    abort_given(cnd, call)
  })
}

# What deep_images() says of it is said of an `x`.
abort_given <- function(cnd, call) {
  deeply_abort("{.arg from} must be images, as {.fn deep_images} takes them.",
               class = "images", parent = cnd, call = call)
}

# Bytes of so few shades are not an image but the numbers of classes.
most_codes <- 20

# The numbers of classes would all be black.
check_codes <- function(given, call) {
  images <- unclass(given)
  if (is.null(images$pixels) || images$scale == 1) {
    return(invisible())
  }
  top <- max(images$pixels)
  if (top <= most_codes && all(images$pixels %% 1 == 0)) {
    deeply_abort(
      c("The values of {.arg from} go from 0 to {top}, which is black where
         white is 255.",
        i = "If they number classes, as a mask does, give
             {.code from / {top}}."),
      class = "images", call = call
    )
  }
}

check_from <- function(from, class, architecture,
                       call = rlang::caller_env()) {
  if (is.null(from)) {
    return(invisible())
  }
  if (!is.null(class) && !isFALSE(class)) {
    deeply_abort(
      c("{.arg class} and {.arg from} cannot be given together.",
        i = "What is to be made is said by the images of {.arg from} alone;
             leave {.arg class} out."),
      class = "argument", call = call
    )
  }
  if (architecture != "auto") {
    deeply_abort(
      c("With {.arg from} there is one architecture, a U-Net with a patch
         discriminator.",
        x = "{.val {architecture}} makes images of noise alone.",
        i = "Leave {.arg architecture} out."),
      class = "argument", call = call
    )
  }
}

# Encoding -----------------------------------------------------------------

#' What images given are brought to, and then enlarged to
#' @noRd
given_prep <- function(given, size) {
  given <- unclass(given)
  structure(
    list(shape = as.integer(c(given$size, given$channels)),
         enlarged = as.integer(c(size, given$channels)),
         resize = given$resize, scale = given$scale),
    class = c("deep_given_prep", "deep_image_prep")
  )
}

#' @exportS3Method
encode_rows.deep_given_prep <- function(prep, table, rows) {
  encoded <- NextMethod()
  if (!identical(prep$shape, prep$enlarged)) {
    encoded$inputs$image <- backend_call(
      "resize_images", encoded$inputs$image, as.array(prep$shape),
      as.array(prep$enlarged), prep$resize
    )
  }
  encoded
}

#' @exportS3Method
row_widths.deep_pictures_prep <- function(prep) {
  c(NextMethod(), list(given = prod(prep$given$enlarged)))
}

#' @exportS3Method
encode_rows.deep_pictures_prep <- function(prep, table, rows) {
  encoded <- NextMethod()
  given <- encode_rows(prep$given, unclass(table)$given, rows)
  encoded$inputs$given <- given$inputs$image
  encoded$incomplete <- encoded$incomplete | given$incomplete
  encoded$missing <- c(encoded$missing, given$missing)
  encoded
}

#' @exportS3Method
describe_source.deep_pictures_prep <- function(prep) {
  given <- prep$given
  from <- describe_channels(given$shape[[3]])
  if (!identical(given$shape, given$enlarged)) {
    from <- sprintf("%d x %d, %s", given$shape[[1]], given$shape[[2]], from)
  }
  c(Images = sprintf("%d x %d pixels, %s from %s", prep$shape[[1]],
                     prep$shape[[2]], describe_channels(prep$shape[[3]]), from))
}

# The network --------------------------------------------------------------

#' As `gan_network()`
#' @noRd
picture_network <- function(spec, prep) {
  side <- max(prep$shape[1:2])
  # Down to some 4 pixels; a patch is a third of a small image.
  stages <- max(2, ceiling(log2(side / 4)))
  base <- spec$filters %||% 16
  grown <- function(n, first) pmin(first * 2^(seq_len(n) - 1), 8 * base)
  list(
    model = "gan", shape = as.array(prep$shape),
    given = as.array(prep$given$enlarged),
    noise_units = as.integer(spec$noise_units), classes = 0L,
    generator_filters = as.array(as.integer(rev(grown(stages + 1, base)))),
    discriminator_filters = as.array(as.integer(
      grown(if (side > 64) 3 else 2, 2 * base)
    )),
    forms = list(makes = "unet", judges = "patch"),
    shift = 0, cover = 0, dropout = 0,
    game = "relativistic", near = 0.1, slope_penalty = 0.1, unit_slope = 0,
    two_times = 1, naming = 0, likeness = 5
  )
}

# Learning -----------------------------------------------------------------

# What is to be made is half known, so that fewer steps will do.
picture_steps <- 3000

picture_training <- function(n) {
  training <- gan_training("auto", n)
  training$batch_size <- min(training$batch_size, 16L)
  training$epochs <- as.integer(max(4, round(
    picture_steps * training$batch_size / n
  )))
  training
}

# Pairs that are looked at between epochs.
epoch_pairs <- 200L

#' As `finish_gan()`, of pairs
#' @noRd
finish_pictures <- function(run, resume) {
  control <- run$spec$control
  at <- judged_pairs(run)
  eyes <- open_eyes(run$eyes, run$prep$shape)
  run$epoch_judge <- backend_call(
    "picture_judge_of", eyes, run$buffer, at$first,
    draw_noise(min(at$n, epoch_pairs), run$spec$noise_units, run$seed),
    list(every = max(1, floor(control$epochs / film_looks)),
         last = control$epochs, film = film_images, scored = run$eyes$scored,
         decides = FALSE)
  )
  run$watch <- film_watcher(run$epoch_judge, run$prep$shape, control)
  trained <- train_network(run, resume)
  fit <- name_last(new_deep_fit(run, trained))
  fit$film <- gan_film(run$epoch_judge)
  fit$eyes <- run$eyes
  # Neither a discriminator that is right about nearly all nor images that are
  # much alike are faults here: the true image teaches as well.
  fit$info$findings <- Filter(function(finding) {
    !finding$kind %in% c("too_strong", "collapsed")
  }, fit$info$findings)
  if (run$eyes$scored && trained$stopped != "asked") {
    fit$baselines <- learn_picture_baselines(run)
    fit$judged <- c(
      score_pictures(fit, eyes, trained$handle, run$buffer, at$first,
                     min(at$n, most_compared)),
      list(on = if (at$held_out) "held-out pairs" else "training pairs")
    )
  }
  fit$info$seconds <- elapsed() - run$started
  backend_call("release", run$buffer)
  warn_training(fit)
  fit
}

# Held-out pairs come behind those that are trained on.
judged_pairs <- function(run) {
  n <- run$rows
  held_out <- n[["validation"]] > 0
  list(first = if (held_out) n[["train"]] else 0L,
       n = if (held_out) n[["validation"]] else n[["train"]],
       held_out = held_out)
}

learn_picture_baselines <- function(run) {
  found <- backend_call("picture_baselines_of", run$buffer,
                        run$rows[["train"]], as.array(run$prep$shape))
  list(mean = as.raw(found$mean), filter = found$filter)
}

# Printing -----------------------------------------------------------------

#' @exportS3Method
describe_network.deep_gan_pictures <- function(fit) {
  network <- fit$spec$network
  toString(c(
    paste("U-Net", paste(rev(network$generator_filters), collapse = "-")),
    paste("discriminator of patches",
          paste(network$discriminator_filters, collapse = "-")),
    sprintf("%d numbers of noise", network$noise_units),
    paste(count(fit$info$parameters), "parameters")
  ))
}

# What needs no network may be nearer by the look of it, or pixel by pixel.
note_worse_pictures <- function(metrics) {
  worse <- function(name, what) {
    values <- metrics[[name]]
    best <- which.min(values)
    if (length(best) == 0 || best == 1) {
      return(NULL)
    }
    shown <- format_metric(values[c(best, 1)], 3)
    sprintf("Loses to `%s` by %s: %s, and %s of this fit.",
            metrics$model[[best]], what, shown[[1]], shown[[2]])
  }
  c(worse("frechet", "Frechet distance"), worse("mae", "mean absolute error"))
}
