#' Make images from others
#'
#' One image for each that is given. What `from` leaves open is filled in from
#' noise, so that another `seed` gives another picture, if often one that
#' differs little.
#'
#' @param x A fit of [deep_gan()] with `from`.
#' @param from Images of the kind that the fit learned from: what
#'   [deep_images()] takes. They are brought to the same size.
#' @param ... Not used.
#' @inheritParams generate.deep_gan
#'
#' @return An array, images x height x width x channels, from 0 to 1, in the
#'   order of `from`.
#' @section Errors:
#' * `deeply_error_images`: `from` is no images.
#' * `deeply_error_broken_images`: files that cannot be read, by name.
#' @seealso [deep_gan()], [evaluate.deep_gan_pictures()]
#' @export
#' @examplesIf deeply::has_backend()
#' shapes <- simulate_shapes(120, size = 16, seed = 1)
#' fit <- deep_gan(shapes$x, from = shapes$masks / 3, filters = 4,
#'                 control = deep_control(epochs = 3, seed = 1))
#' plot_images(generate(fit, shapes$masks[1:9, , ] / 3, seed = 1))
generate.deep_gan_pictures <- function(x, from, ..., seed = NULL,
                                       truncation = Inf) {
  check_dots()
  check_count(seed, min = 0, null = TRUE)
  check_number(truncation, above = 0, finite = FALSE)
  call <- rlang::current_env()
  if (missing(from)) {
    deeply_abort("The fit makes images from others: give {.arg from}, one for
                  each image to make.", class = "argument", call = call)
  }
  given <- rlang::try_fetch(
    new_table(x$prep$given, from, call),
    deeply_error_images = function(cnd) abort_given(cnd, call)
  )
  n <- length(given)
  block <- encode_rows(x$prep$given, given, seq_len(n))
  if (any(block$incomplete)) abort_broken(block$missing, call)
  noise <- draw_noise(n, x$spec$noise_units, draw_seed(seed), truncation)
  backend_call("generate_from", live_model(x), noise, block$inputs$image)
}

# What has to do with noise alone is not for fits that make images from others.
refuse_pictures <- function(fit, verb, call = rlang::caller_env()) {
  if (inherits(fit, "deep_gan_pictures")) {
    deeply_abort(
      c("{.fn {verb}} is for images made of noise alone; this fit makes them
         from others.",
        i = "{.code generate(fit, from)} makes one for each given."),
      class = "argument", call = call
    )
  }
}

#' @export
anomaly_score.deep_gan_pictures <- function(object, new_data, ...) {
  refuse_pictures(object, "anomaly_score")
}
