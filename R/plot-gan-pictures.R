#' Look at a network that makes images from others
#'
#' @param object A fit of [deep_gan()] with `from`.
#' @param new_data Of `"pairs"`: a list of `x` and `from`, see
#'   [evaluate.deep_gan_pictures()].
#' @param type What to look at:
#'   * `"pairs"`: what was given, what was made from it and what is true, below
#'     one another, with the mean absolute error of each;
#'   * `"history"`: both losses by epoch, and how often the discriminator is
#'     right about a patch;
#'   * `"score"`: the Frechet distance on held-out pairs by epoch;
#'   * `"film"`: what was made from the same images in the course of training.
#' @param ... Not used.
#' @param n Of `"pairs"`: how many, at most.
#' @param seed Of `"pairs"`: a whole number, see [generate()].
#'
#' @return A ggplot.
#' @section Errors:
#' * `deeply_error_not_judged`: a score of a fit that has none.
#' * Those of [evaluate.deep_gan_pictures()].
#' @export
#' @examplesIf deeply::has_backend()
#' shapes <- simulate_shapes(120, size = 16, seed = 1)
#' new <- simulate_shapes(8, size = 16, seed = 2)
#' fit <- deep_gan(shapes$x, from = shapes$masks / 3, filters = 4,
#'                 control = deep_control(epochs = 3, seed = 1))
#' autoplot(fit, list(x = new$x, from = new$masks / 3))
#' autoplot(fit, type = "film")
autoplot.deep_gan_pictures <- function(object, new_data = NULL, type = NULL,
                                       ..., n = 8, seed = 1) {
  rlang::check_dots_empty()
  type <- type %||% if (is.null(new_data)) "film" else "pairs"
  check_choice(type, c("pairs", "history", "score", "film"))
  check_count(n)
  check_count(seed, min = 0)
  switch(type,
    pairs = plot_pairs(object, new_data, n, seed),
    history = plot_game(object),
    score = plot_pair_score(object),
    film = plot_pair_film(object)
  )
}

plot_pairs <- function(fit, new_data, n, seed, call = rlang::caller_env()) {
  images <- new_pairs(fit, new_data, call)
  images <- images[evenly(length(images), n)]
  given <- unclass(images)$given
  true <- shown_pictures(fit$prep, images, call)
  made <- generate(fit, given, seed = seed)
  shown <- length(images)
  error <- rowMeans(abs(matrix(made, shown) - matrix(true, shown)))
  rows <- list(shown_pictures(fit$prep$given, given, call), made, true)
  captions <- c("from", rep("", shown - 1),
                sprintf(c("made: %.3f", rep("%.3f", shown - 1)), error),
                "true", rep("", shown - 1))
  image_grid(unlist(lapply(rows, image_rasters), recursive = FALSE), captions,
             shown) +
    ggplot2::labs(
      title = cli::pluralize("{shown} image{?s} made from others"),
      subtitle = sprintf(paste("Above what is made its mean absolute error,",
                               "%.3f on average"), mean(error))
    )
}

plot_pair_score <- function(fit, call = rlang::caller_env()) {
  fit$history$val_loss <- fit$history$distance
  last <- utils::tail(fit$history$distance, 1)
  plot_gan_score(fit, call) +
    ggplot2::labs(title = sprintf(
      "Frechet distance to true images: %s in the end", format_metric(last, 2)
    ))
}

# As a network sees them: an array from 0 to 1.
shown_pictures <- function(prep, images, call) {
  encoded <- encode_rows(looking_prep(prep), images, seq_along(images))
  if (any(encoded$incomplete)) abort_broken(encoded$missing, call)
  block_pixels(encoded$inputs$image, prep$enlarged %||% prep$shape) / 255
}

plot_pair_film <- function(fit) {
  plot_film(fit) +
    ggplot2::labs(title = sprintf(
      "What was made from the same images in %d epochs",
      utils::tail(fit$film$epochs, 1)
    ))
}
