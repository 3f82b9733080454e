#' Look at a generative network
#'
#' @param object A fit of [deep_gan()].
#' @param type What to look at:
#'   * `"samples"`: images that it makes, with classes one row each;
#'   * `"history"`: both losses by epoch, and how often the discriminator is
#'     right: where it comes near to one half it can no longer tell;
#'   * `"score"`: the Frechet distance by epoch, by which the epoch was chosen;
#'   * `"film"`: what became of the same noise in the course of training;
#'   * `"nearest"`: made images and below each the nearest of `new_data`. Of
#'     some 500 those are drawn that are most like a copy, the worst first, each
#'     of another image as far as there are others; see [nearest_images()].
#' @param n How many images. `NULL`: of `"samples"` 25, or 8 of each of ten
#'   classes at most; of `"nearest"` 8.
#' @param seed Of `"samples"` and `"nearest"`: a whole number, see [generate()].
#' @param new_data Of `"nearest"`: the images that were learned from, as
#'   [deep_images()] takes them.
#' @param ... Not used.
#'
#' @return A ggplot.
#' @section Errors:
#' * `deeply_error_not_judged`: a score of a fit that has none.
#' * `deeply_error_argument`: no images to look for the nearest among.
#' @export
#' @examplesIf deeply::has_backend()
#' shapes <- simulate_shapes(120, size = 16, seed = 1)
#' fit <- deep_gan(shapes$x, class = FALSE, filters = 4,
#'                 control = deep_control(epochs = 3, seed = 1))
#' autoplot(fit)
#' autoplot(fit, type = "film")
#' autoplot(fit, type = "nearest", new_data = shapes$x)
autoplot.deep_gan <- function(object, type = "samples", ..., n = NULL,
                              seed = 1, new_data = NULL) {
  rlang::check_dots_empty()
  check_choice(type, c("samples", "history", "score", "film", "nearest"))
  check_count(n, null = TRUE)
  check_count(seed, min = 0)
  switch(type,
    samples = plot_samples(object, n, seed),
    history = plot_game(object),
    score = plot_gan_score(object),
    film = plot_film(object),
    nearest = plot_nearest(object, new_data, n %||% 8, seed)
  )
}

plot_samples <- function(fit, n, seed) {
  classes <- utils::head(fit$prep$classes, 10)
  each <- 8
  asked <- if (!is.null(classes)) {
    if (is.null(n)) rep(classes, each = each) else rep_len(classes, n)
  }
  n <- n %||% max(25, length(asked))
  if (length(asked) > 0) n <- length(asked)
  made <- generate(fit, n, class = asked, seed = seed)
  captions <- if (!is.null(asked)) shorten_text(asked, 14)
  in_rows <- !is.null(asked) && n == each * length(classes)
  # A row of one class is named once.
  if (in_rows) captions[duplicated(captions)] <- ""
  image_grid(image_rasters(made), captions, if (in_rows) each) +
    ggplot2::labs(
      title = sprintf("%s images that nobody made", count(n)),
      subtitle = describe_grid(dim(made), NULL)
    )
}

plot_game <- function(fit) {
  history <- fit$history
  names <- c("discriminator", "generator", "discriminator is right")
  values <- c("loss", "generator_loss", "discriminator_accuracy")
  panels <- c("Loss", "Loss", "Share of the images")
  shown <- data.table::rbindlist(Map(function(value, name, panel) {
    data.table(epoch = history$epoch, value = history[[value]], of = name,
               panel = panel)
  }, values, names, panels))
  colours <- stats::setNames(palette_deeply[c(1, 2, 3)], names)
  even <- data.frame(panel = "Share of the images", at = 0.5)
  ggplot2::ggplot(shown, ggplot2::aes(.data$epoch, .data$value,
                                      colour = .data$of)) +
    ggplot2::geom_hline(data = even, ggplot2::aes(yintercept = .data$at),
                        linetype = "dashed", colour = "grey60") +
    ggplot2::geom_line(linewidth = 0.7) +
    ggplot2::scale_colour_manual(values = colours, breaks = names) +
    ggplot2::facet_grid("panel", scales = "free_y", switch = "y") +
    ggplot2::scale_x_continuous(breaks = whole_breaks) +
    ggplot2::labs(
      title = game_title(history),
      subtitle = "Dashed: what guessing gets", x = "Epoch", y = NULL
    ) +
    theme_deeply() +
    ggplot2::theme(strip.placement = "outside")
}

game_title <- function(history) {
  if (nrow(history) == 0) {
    return("No epoch was finished, so there is nothing to show")
  }
  sprintf("In the end the discriminator is right about %s of the images",
          percent(history$discriminator_accuracy[[nrow(history)]]))
}

plot_gan_score <- function(fit, call = rlang::caller_env()) {
  shown <- fit$history[is.finite(fit$history$val_loss), ]
  if (nrow(shown) == 0) {
    deeply_abort("The fit was not scored by epoch.", class = "not_judged",
                 call = call)
  }
  best <- shown[which.min(shown$val_loss), ]
  ggplot2::ggplot(shown, ggplot2::aes(.data$epoch, .data$val_loss)) +
    ggplot2::geom_line(colour = palette_deeply[[1]], linewidth = 0.7) +
    ggplot2::geom_point(data = best, colour = palette_deeply[[1]], size = 2.5) +
    ggplot2::scale_x_continuous(breaks = whole_breaks) +
    ggplot2::scale_y_log10() +
    ggplot2::labs(
      title = sprintf("Nearest to true images at epoch %d of %d", best$epoch,
                      nrow(fit$history)),
      subtitle = paste(strwrap(paste(
        "By features of", fit$eyes$label
      ), 80), collapse = "\n"),
      x = "Epoch", y = if (is_inception(fit$eyes)) "FID" else "Frechet distance"
    ) +
    theme_deeply()
}

# So many are made to find those that are most like copies.
looked_at <- 500L

plot_nearest <- function(fit, images, n, seed, call = rlang::caller_env()) {
  if (is.null(images)) {
    deeply_abort(
      c("{.code type = \"nearest\"} needs the images that were learned from.",
        i = "A fit holds none: give them as {.arg new_data}."),
      class = "argument", call = call
    )
  }
  images <- as_images(images, call)
  made <- generate(fit, max(n, looked_at), seed = seed)
  near <- compare_to_nearest(as_images(made, call), images, fit$prep$shape,
                             call)
  sorted <- near[order(near$ratio), ]
  # What is copied again and again shows once, if there are others.
  worst <- utils::head(sorted[order(duplicated(sorted$nearest)), ], n)
  known <- as_large(unclass(images[worst$nearest]), fit$prep$shape)
  rasters <- c(
    image_rasters(made[worst$image, , , , drop = FALSE]),
    image_rasters(shown_images(known, call = call)$pixels)
  )
  captions <- c(paste("made", worst$image), sprintf(
    "%s %d", ifelse(worst$copied, "copy of", "nearest"), worst$nearest
  ))
  image_grid(rasters, captions, nrow(worst)) + ggplot2::labs(
    title = nearest_title(near$copied),
    subtitle = paste0("The most like copies, above the nearest of ",
                      count(length(images)), " given images")
  )
}

nearest_title <- function(copied) {
  if (!any(copied)) {
    return(sprintf("None of %s made images is a copy", count(length(copied))))
  }
  sprintf("%s of %s made images are copies", percent(mean(copied)),
          count(length(copied)))
}
