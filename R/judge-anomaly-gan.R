# How near a generator can come to an image: AnoGAN.

# Made images that a search may begin at, and of each class at least.
begun_at <- 2000L
begun_at_each <- 50L

#' @rdname anomaly_score
#' @param weight Share of the discriminator's features in the score, from 0
#'   (pixels alone) to 1.
#' @param steps Steps of the search. More find nearer images and take longer.
#'
#' @section Images:
#' Of [deep_gan()] the score is how far an image is from the nearest one that
#' the generator can make (AnoGAN, Schlegl et al. 2017). The nearest of some
#' 2,000 made images, of all classes, is where the search begins; steps of Adam
#' on its noise go on from there. The distance is `1 - weight` times the mean
#' absolute difference of the pixels, from 0 to 1, and `weight` times that of
#' the last maps of the discriminator, in units of their mean absolute value.
#'
#' The generator must make all that is common, or what it forgot will look
#' strange too: see recall in [evaluate.deep_gan()]. Plain images are easily
#' made, so that an image with little in it gets a low score although there was
#' none like it to learn from.
#'
#' Images come as [deep_images()] takes them and are brought to the size of the
#' fit. The same fit gives an image the same score, but for rounding, in
#' whatever company it comes.
#' @references
#' Schlegl, Seebock, Waldstein, Schmidt-Erfurth & Langs (2017). Unsupervised
#' anomaly detection with generative adversarial networks to guide marker
#' discovery. IPMI.
#' @examplesIf deeply::has_backend()
#' shapes <- simulate_shapes(200, size = 16, seed = 1)
#' fit <- deep_gan(shapes$x, class = FALSE, filters = 4, score = FALSE,
#'                 control = deep_control(epochs = 4, seed = 1))
#' noise <- array(runif(5 * 16 * 16), c(5, 16, 16))
#' anomaly_score(fit, noise)
#' anomaly_score(fit, generate(fit, 5, seed = 1))
#' @export
anomaly_score.deep_gan <- function(object, new_data, ..., weight = 0.1,
                                   steps = 30) {
  check_dots()
  check_number(weight, min = 0, max = 1)
  check_count(steps, min = 0)
  call <- rlang::current_env()
  check_images_given(if (!missing(new_data)) new_data, call)
  prep <- looking_prep(object$prep)
  images <- new_table(prep, new_data, call)
  if (length(images) == 0) {
    return(data.table(.anomaly = numeric()))
  }
  if (unclass(images)$broken == "skip") prep$settings$na <- "drop"
  search <- open_search(object, weight, steps)
  found <- map_blocks(prep, images, seq_along(images), function(block, ...) {
    as.vector(backend_call("anomaly_scores", search, block))
  })
  warn_encoded(prep, found, call)
  scores <- unlist(found$results)
  scores[found$incomplete] <- NA
  data.table(.anomaly = scores)
}

# Neither classes nor what they come from are needed to look at images.
looking_prep <- function(prep) {
  class(prep) <- setdiff(class(prep), c("deep_gan_prep", "deep_pictures_prep"))
  prep
}

open_search <- function(fit, weight, steps) {
  classes <- length(fit$prep$classes)
  n <- max(begun_at, begun_at_each * classes)
  noise <- draw_noise(n, fit$spec$noise_units, fit$info$seed)
  # Each class in turn: a rare one may be what an image is of.
  codes <- if (classes > 0) as.array(rep_len(seq_len(classes) - 1L, n))
  backend_call("anomaly_search", live_model(fit), noise, codes, weight,
               as.integer(steps))
}
