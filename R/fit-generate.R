#' @importFrom generics generate
#' @export
generics::generate

#' Make images
#'
#' `generate()` makes new images of noise, `interpolate()` goes from one to
#' another in small steps: where the way between two images is one of images
#' too, the generator has not learned single ones by heart.
#'
#' @param x A fit of [deep_gan()].
#' @param n How many images.
#' @param ... Not used.
#' @param class Of a fit with classes, which ones to make: one for all, or one
#'   an image. `NULL`: each in turn.
#' @param seed A whole number: the same seed gives the same images, in any
#'   session. `NULL`: one is drawn from R's generator.
#' @param truncation Largest absolute value of the noise (Brock et al. 2019):
#'   below 2 images become more typical and less diverse.
#' @param from,to Where to begin and to end: the `seed` of an image, or its
#'   noise, a vector as long as `noise_units`.
#'
#' @return An array, images x height x width x channels, from 0 to 1, as
#'   [plot_images()] draws it and [deep_images()] takes it. `interpolate()` goes
#'   along an arc (White 2016), `from` first and `to` last.
#' @section Errors:
#' * `deeply_error_argument`: a class that the fit does not know, or that it has
#'   none; `interpolate()` of a fit that makes images from others.
#' @references
#' Brock, Donahue & Simonyan (2019). Large scale GAN training for high fidelity
#' natural image synthesis. ICLR.
#'
#' White (2016). Sampling generative networks. arXiv:1609.04468.
#' @seealso [deep_gan()], [plot_images()]
#' @export
#' @examplesIf deeply::has_backend()
#' shapes <- simulate_shapes(120, size = 16, seed = 1)
#' fit <- deep_gan(shapes$x, shapes$class, filters = 4, score = FALSE,
#'                 control = deep_control(epochs = 2, seed = 1))
#' dim(generate(fit, 5, seed = 1))
#' plot_images(generate(fit, 4, class = "circle", seed = 1))
#' plot_images(interpolate(fit, 1, 2, n = 5, class = "circle"))
generate.deep_gan <- function(x, n = 16, ..., class = NULL, seed = NULL,
                              truncation = Inf) {
  check_dots()
  check_count(n)
  check_count(seed, min = 0, null = TRUE)
  check_number(truncation, above = 0, finite = FALSE)
  codes <- class_codes(x, class, n)
  noise <- draw_noise(n, x$spec$noise_units, draw_seed(seed), truncation)
  make_images(x, noise, codes)
}

#' @rdname generate.deep_gan
#' @export
interpolate <- function(x, from, to, n = 8, ...) {
  UseMethod("interpolate")
}

#' @export
interpolate.default <- function(x, ...) {
  abort_argument("x", x, "a fit of `deep_gan()` or `deep_autoencoder()`",
                 rlang::current_env())
}

#' @rdname generate.deep_gan
#' @export
interpolate.deep_gan <- function(x, from, to, n = 8, ..., class = NULL) {
  check_dots()
  refuse_pictures(x, "interpolate")
  check_count(n, min = 2)
  ends <- list(as_noise(from, x, "from"), as_noise(to, x, "to"))
  if (length(x$prep$classes) > 0 && is.null(class)) {
    class <- x$prep$classes[[1]]
  }
  make_images(x, along_arc(ends[[1]], ends[[2]], n), class_codes(x, class, n))
}

make_images <- function(fit, noise, codes) {
  backend_call("generate", live_model(fit), noise, codes)
}

as_noise <- function(x, fit, arg, call = rlang::caller_env()) {
  units <- fit$spec$noise_units
  if (is.numeric(x) && length(x) == units && all(is.finite(x)) && units > 1) {
    return(as.numeric(x))
  }
  ok <- is.numeric(x) && length(x) == 1 && is.finite(x) && x >= 0 &&
    x %% 1 == 0
  if (!ok) {
    abort_argument(arg, x, sprintf("a seed, or %d numbers", units), call)
  }
  draw_noise(1, units, x)[1, ]
}

# A straight line would pass through noise that is smaller than any that was
# learned from.
along_arc <- function(from, to, n) {
  cosine <- sum(from * to) / sqrt(sum(from^2) * sum(to^2))
  angle <- acos(max(-1, min(1, cosine)))
  share <- seq(0, 1, length.out = n)
  if (angle < 1e-6) {
    return(outer(1 - share, from) + outer(share, to))
  }
  (outer(sin((1 - share) * angle), from) + outer(sin(share * angle), to)) /
    sin(angle)
}

# Codes of the classes asked for, from 0.
class_codes <- function(fit, class, n, call = rlang::caller_env()) {
  classes <- fit$prep$classes
  if (is.null(classes)) {
    if (!is.null(class)) {
      deeply_abort(
        c("The fit knows no classes, so none can be asked for.",
          i = "Fit with {.arg class}."),
        class = "argument", call = call
      )
    }
    return(NULL)
  }
  class <- class %||% rep_len(classes, n)
  if (!length(class) %in% c(1, n)) {
    deeply_abort("{.arg class} must be one class, or one for each of the {n}
                  images; there are {length(class)}.", class = "argument",
                 call = call)
  }
  strange <- setdiff(as.character(class), classes)
  if (length(strange) > 0) {
    deeply_abort(
      c("{.arg class} asks for {.val {strange}}, which the fit does not know.",
        i = "It knows {.val {classes}}."),
      class = "argument", call = call
    )
  }
  as.array(match(rep_len(as.character(class), n), classes) - 1L)
}
