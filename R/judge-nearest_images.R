#' Whether made images are copies of those that were learned from
#'
#' Looks for the nearest of the training images to each made one. A fit holds no
#' training images, so they must be given.
#'
#' Images are compared pixel by pixel, as small copies of at most 14 pixels a
#' side. An image of few shades is near to many others and a copy of none; a
#' copy is far nearer to one image than to those around it (Carlini et al.
#' 2023). So it is called one where its distance to the nearest image is below a
#' third of the mean distance to the nine after that. What lies twice among the
#' training images has a neighbour at no distance, and its copies are not told.
#'
#' @param x A fit that makes images, of [deep_gan()] without `from` or of a
#'   variational [deep_autoencoder()], or images that were made: what
#'   [deep_images()] takes.
#' @param images The images that the fit has learned from, as [deep_images()]
#'   takes them.
#' @param n How many images the fit is to make.
#' @param ... Not used.
#' @param class,seed As in [generate.deep_gan()].
#'
#' @return A data.table with a row for each made image, in order: those of
#'   `generate(x, n, class = class, seed = seed)`.
#' * `image`: its number.
#' * `nearest`: the number of the nearest of `images`.
#' * `distance`: root mean square of the differences of their small pixels, each
#'   from 0 to 1.
#' * `ratio`: that distance as a share of the mean distance to the next nine.
#' * `copied`: whether `ratio` is below a third.
#' @section Errors:
#' * `deeply_error_argument`: neither a fit nor images.
#' * `deeply_error_too_few_rows`: fewer than three images to look among.
#' * Those of [deep_images()].
#' @references
#' Carlini et al. (2023). Extracting training data from diffusion models. USENIX
#' Security.
#' @seealso [autoplot.deep_gan()] draws them side by side.
#' @export
#' @examplesIf deeply::has_backend()
#' shapes <- simulate_shapes(120, size = 16, seed = 1)
#' fit <- deep_gan(shapes$x, class = FALSE, filters = 4, score = FALSE,
#'                 control = deep_control(epochs = 2, seed = 1))
#' near <- nearest_images(fit, shapes$x, n = 50, seed = 1)
#' near[order(near$ratio), ][1:3, ]
#' mean(near$copied)
nearest_images <- function(x, images, n = 100, ..., class = NULL, seed = NULL) {
  check_dots()
  check_count(n)
  call <- rlang::current_env()
  if (inherits(x, "deep_fit")) {
    check_makes_images(x, class, call)
    x <- if (inherits(x, "deep_gan")) generate(x, n, class = class, seed = seed)
         else generate(x, n, seed = seed)
  }
  made <- settle_shape(as_images(x, call), call)
  compare_to_nearest(made, as_images(images, call),
                     image_shape(unclass(made), call), call)
}

check_makes_images <- function(fit, class, call) {
  of_noise <- inherits(fit, "deep_gan") && is.null(fit$prep$given)
  of_codes <- inherits(fit, "deep_autoencoder") && fit$spec$variational &&
    is_image_fit(fit)
  if (!of_noise && !of_codes) {
    abort_argument("x", fit, "a fit that makes images of noise, or images",
                   call)
  }
  if (of_codes && !is.null(class)) {
    deeply_abort("{.arg class} is for fits of {.fn deep_gan}: an autoencoder
                  knows no classes.", class = "argument", call = call)
  }
}

compare_to_nearest <- function(made, images, shape, call) {
  if (length(images) < 3) {
    deeply_abort(
      "{.arg images} has {length(images)} image{?s}; three are needed, since a
       copy is told by how much farther others are.",
      class = "too_few_rows", call = call
    )
  }
  made <- send_images_alone(made, shape, call)
  on.exit(backend_call("release", made))
  known <- send_images_alone(images, shape, call)
  on.exit(backend_call("release", known), add = TRUE)
  found <- backend_call("gan_nearest", made, known, as.array(shape))
  data.table(
    image = seq_along(found$nearest), nearest = as.vector(found$nearest) + 1L,
    distance = as.vector(found$distance), ratio = as.vector(found$ratio),
    copied = as.vector(found$copy) == 1
  )
}

#' A buffer of images alone, brought to a shape
#' @noRd
send_images_alone <- function(images, shape, call) {
  given <- unclass(images)
  prep <- structure(
    list(shape = shape, resize = given$resize, scale = given$scale),
    class = "deep_image_prep"
  )
  n <- length(images)
  run <- list(prep = prep, numbers = seq_len(n), spec = list())
  run <- send_rows(run, as_large(given, shape),
                   list(y = matrix(0, 1, n), weights = rep(1, n)))
  if (any(run$met$incomplete)) {
    # Numbers of images would no longer be those that were given.
    backend_call("release", run$buffer)
    abort_broken(run$met$missing, call)
  }
  run$buffer
}
