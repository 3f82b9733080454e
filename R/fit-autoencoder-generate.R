#' Make images or rows with a variational autoencoder
#'
#' Codes are drawn, and decoded. Images are shown as they are decoded; of a
#' table the numbers vary around what is decoded as those of the training rows
#' do, and categories are drawn by their probabilities.
#'
#' @param x A fit of [deep_autoencoder()] with `variational = TRUE`.
#'   `interpolate()` takes others too, with codes as `from` and `to`.
#' @param n How many.
#' @param ... Not used.
#' @param codes What codes are drawn from: `"fitted"`, the mixture of normal
#'   distributions that those of training rows come from (Ghosh et al. 2020), or
#'   `"normal"`, the standard normal distribution that they were drawn towards.
#' @param seed A whole number: the same seed gives the same images or rows, in
#'   any session. `NULL`: one is drawn from R's generator.
#' @param from,to Where to begin and to end: the `seed` of an image or row, or
#'   a code, a vector as long as `code_units`, such as
#'   [predict()][predict.deep_autoencoder()] gives. The way is a straight line.
#'
#' @return An array, images x height x width x channels, from 0 to 1, or a
#'   data.table with the columns of the table.
#' @section Errors:
#' * `deeply_error_not_variational`: a fit that is not variational.
#' * `deeply_error_argument`: an argument that is not as it must be.
#' @references
#' Ghosh, Sajjadi, Vergari, Black & Scholkopf (2020). From variational to
#' deterministic autoencoders. ICLR.
#' @seealso [deep_autoencoder()], [plot_images()]
#' @export
#' @examplesIf deeply::has_backend()
#' fit <- deep_autoencoder(iris, variational = TRUE,
#'                         control = deep_control(epochs = 20, seed = 1))
#' generate(fit, 5, seed = 1)
#' interpolate(fit, 1, 2, n = 3)
generate.deep_autoencoder <- function(x, n = 16, ..., codes = "fitted",
                                      seed = NULL) {
  check_dots()
  check_variational(x, rlang::current_env())
  check_count(n)
  check_choice(codes, c("fitted", "normal"))
  check_count(seed, min = 0, null = TRUE)
  seed <- draw_seed(seed)
  decode(x, draw_codes(x, n, seed, codes), seed)
}

#' @rdname generate.deep_autoencoder
#' @export
interpolate.deep_autoencoder <- function(x, from, to, n = 8, ...) {
  check_dots()
  check_count(n, min = 2)
  ends <- list(as_code(from, x, "from"), as_code(to, x, "to"))
  share <- seq(0, 1, length.out = n)
  decode(x, outer(1 - share, ends[[1]]) + outer(share, ends[[2]]))
}

check_variational <- function(fit, call) {
  if (!fit$spec$variational) {
    deeply_abort(
      c("This autoencoder is not variational: its codes have no distribution to
         draw from.",
        i = "Fit with {.code variational = TRUE}."),
      class = "not_variational", call = call
    )
  }
}

as_code <- function(x, fit, arg, call = rlang::caller_env()) {
  units <- fit$spec$code_units
  # A row of what predict() gives.
  if (is.data.frame(x)) x <- unlist(x)
  if (is.numeric(x) && length(x) == units && all(is.finite(x)) && units > 1) {
    return(as.numeric(x))
  }
  ok <- is.numeric(x) && length(x) == 1 && is.finite(x) && x >= 0 &&
    x %% 1 == 0
  if (!ok) {
    abort_argument(arg, x, sprintf("a seed, or %d numbers", units), call)
  }
  check_variational(fit, call)
  draw_codes(fit, 1, x)[1, ]
}

#' Codes to make something of
#'
#' The same seed begins with the same codes, however many there are.
#' @param from As `codes` of `generate()`.
#' @return A matrix, a code a row.
#' @noRd
draw_codes <- function(fit, n, seed, from = "fitted") {
  noise <- draw_noise(n, fit$spec$code_units + 1, seed)
  codes <- noise[, -1, drop = FALSE]
  if (from == "normal") {
    return(codes)
  }
  mixture <- fit$mixture
  ends <- cumsum(mixture$weights)
  part <- findInterval(stats::pnorm(noise[, 1]), ends[-length(ends)]) + 1L
  for (k in unique(part)) {
    own <- part == k
    root <- matrix(mixture$roots[k, , ], ncol(codes))
    codes[own, ] <- codes[own, , drop = FALSE] %*% t(root) +
      rep(mixture$means[k, ], each = sum(own))
  }
  codes
}
