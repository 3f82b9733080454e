#' Draw images in a grid
#'
#' @param x [deep_images()], or what it takes: an array, a folder, paths.
#' @inheritParams rlang::args_dots_empty
#' @param labels What to write above each image, one for each of `x`. `NULL`:
#'   the labels of the images; `FALSE`: nothing.
#' @param n Draw at most so many. Of more images those that lie evenly over all
#'   of them, so that a folder shows each of its classes.
#' @param ncol Columns of the grid. `NULL`: a few more than rows.
#' @param fit A fit of [deep_cnn()], to write what it calls each image, with the
#'   probability. Where the labels are known, a frame says whether it is right.
#'
#' @return A ggplot. Images of an array are drawn pixel by pixel; those of files
#'   are brought to one size as [deep_images()] says.
#' @section Errors:
#' * `deeply_error_labels`: not one label an image.
#' * `deeply_error_broken_images`: files that cannot be read, by name.
#' * Those of [deep_images()].
#' @seealso [deep_images()], [autoplot.deep_cnn()]
#' @export
#' @examples
#' shapes <- simulate_shapes(12, size = 32, seed = 1)
#' plot_images(deep_images(shapes$x, shapes$class))
#' plot_images(shapes$x, labels = FALSE, n = 4)
plot_images <- function(x, ..., labels = NULL, n = 25, ncol = NULL,
                        fit = NULL) {
  rlang::check_dots_empty()
  check_count(n)
  check_count(ncol, null = TRUE)
  check_image_fit(fit)
  call <- rlang::current_env()
  images <- as_images(x, call)
  labels <- drawn_labels(labels, images, call)
  some <- evenly(length(images), n)
  shown <- shown_images(images[some], call = call)
  labels <- labels[some][shown$kept]
  said <- if (!is.null(fit)) call_images(fit, images[some[shown$kept]])
  text <- caption_images(labels, said)
  image_grid(image_rasters(shown$pixels), text$captions, ncol, text$marks) +
    ggplot2::labs(
      title = images_title(length(shown$kept), length(images), labels, text),
      subtitle = describe_grid(dim(shown$pixels), text$marks)
    )
}

check_image_fit <- function(fit, call = rlang::caller_env()) {
  if (!is.null(fit) && !inherits(fit, "deep_cnn")) {
    abort_argument("fit", fit, "a fit of `deep_cnn()`", call)
  }
}

drawn_labels <- function(labels, images, call) {
  if (isFALSE(labels)) {
    return(NULL)
  }
  labels <- labels %||% images$y
  if (!is.null(labels) &&
        (!is.atomic(labels) || length(labels) != length(images))) {
    deeply_abort(
      c("{.arg labels} must be one for each of the
         {count_images(length(images))}, or {.code FALSE}.",
        x = "It is {.obj_type_friendly {labels}} of length {length(labels)}."),
      class = "labels", call = call
    )
  }
  labels
}

# At most `most` of `n`, from the first to the last.
evenly <- function(n, most) {
  unique(round(seq(1, n, length.out = min(n, most))))
}

# Pixels ---------------------------------------------------------------------

#' Images as numbers to draw
#'
#' @param images A few `deep_images`.
#' @param prep A `deep_image_prep`, to see them as a network does. `NULL`: as
#'   they are, or if they are files, as their own size says.
#' @return A list of `pixels`, an array images x height x width x channels from
#'   0 to 1, and `kept`, which of the images these are: all that can be read.
#' @noRd
shown_images <- function(images, prep = NULL, call = rlang::caller_env()) {
  given <- unclass(images)
  own <- if (is.null(given$paths)) dim(given$pixels)[-1]
  prep <- prep %||% structure(
    list(shape = image_shape(given, call), resize = given$resize),
    class = "deep_image_prep"
  )
  all <- seq_len(image_count(given))
  if (identical(as.integer(own), as.integer(prep$shape))) {
    return(list(pixels = given$pixels / given$scale, kept = all))
  }
  encoded <- encode_rows(prep, images, all)
  kept <- readable_images(encoded, given$broken, call)
  pixels <- block_pixels(encoded$inputs$image, prep$shape)
  list(pixels = pixels[kept, , , , drop = FALSE] / 255, kept = kept)
}

readable_images <- function(encoded, broken, call) {
  files <- encoded$missing
  if (length(files) > 0 && broken == "error") {
    abort_broken(files, call)
  }
  kept <- which(!encoded$incomplete)
  if (length(kept) == 0) {
    deeply_abort(c(broken_title(files), list_broken(files),
                   i = "None is left to draw."),
                 class = "broken_images", call = call)
  }
  if (length(files) > 0) {
    deeply_warn(
      c(broken_title(files), list_broken(files),
        i = "{cli::qty(length(files))}{?It is/They are} not drawn."),
      class = "broken_images"
    )
  }
  kept
}

# What a device draws, a raster an image. The first row is on top.
image_rasters <- function(pixels) {
  shape <- dim(pixels)
  lapply(seq_len(shape[[1]]), function(i) {
    one <- array(pixels[i, , , ], shape[-1])
    grDevices::as.raster(if (shape[[4]] == 1) one[, , 1] else one)
  })
}

# Words ----------------------------------------------------------------------

#' What a fit says of images
#'
#' @return A list of `class` and `prob` (of that class), or of numbers as
#'   `value`; `NA` for what cannot be read. Of classes also `all`, the
#'   probabilities of each.
#' @noRd
call_images <- function(fit, images) {
  outcome <- fit$prep$outcome
  outputs <- network_outputs(fit, new_table(fit$prep, images))
  predicted <- as_prediction(outputs, outcome, calibration = fit$calibration)
  if (outcome$task == "regression") {
    return(list(value = predicted))
  }
  class <- most_likely(predicted, outcome, fit$threshold)
  list(class = class, all = predicted,
       prob = predicted[cbind(seq_along(class), as.integer(class))])
}

#' Captions, and the colour of frames
#'
#' @param labels Of the images, or `NULL`.
#' @param said What `call_images()` gave, or `NULL`.
#' @return A list of `captions` and of `marks`, "right" or "wrong", or `NULL`.
#' @noRd
caption_images <- function(labels, said) {
  shown <- if (is.numeric(labels)) format_each(labels)
           else if (!is.null(labels)) shorten_text(as.character(labels), 18)
  if (is.null(said)) {
    return(list(captions = shown))
  }
  told <- if (is.null(said$class)) paste("predicted", format_each(said$value))
          else paste(shorten_text(as.character(said$class), 14),
                     short_percent(said$prob))
  marks <- if (!is.null(labels) && !is.null(said$class)) {
    ifelse(as.character(labels) == as.character(said$class), "right", "wrong")
  }
  if (!is.null(labels)) {
    # What is called right need not be said twice.
    told <- ifelse((marks %||% rep("", length(told))) %in% "right", told,
                   paste0(shown, "\n", told))
  }
  list(captions = told, marks = marks)
}

# For captions. Sure is not certain.
short_percent <- function(share) {
  ifelse(share > 0.995, "> 99 %", sprintf("%.0f %%", 100 * share))
}

format_each <- function(x) {
  vapply(x, format, "", digits = 3)
}

describe_grid <- function(shape, marks) {
  paste0(shape[[2]], " x ", shape[[3]], " pixels, ",
         describe_channels(shape[[4]]),
         if ("wrong" %in% marks) "; wrong: the true class stands above")
}

images_title <- function(n, of, labels, text) {
  if (!is.null(text$marks)) {
    known <- !is.na(text$marks)
    return(sprintf("%d of %d images are called right",
                   sum(text$marks[known] == "right"), sum(known)))
  }
  some <- if (n < of) sprintf("%s of %s images", count(n), count(of))
          else cli::pluralize("{n} image{?s}")
  classes <- if (!is.null(labels) && !is.numeric(labels)) {
    cli::pluralize(" of {length(unique(labels))} class{?es}")
  }
  paste0(some, classes)
}

# Drawing --------------------------------------------------------------------

frame_colours <- function() {
  c(right = palette_deeply[[3]], wrong = palette_deeply[[2]],
    `hand-made` = palette_deeply[[5]], learned = palette_deeply[[1]])
}

#' A grid of rasters
#'
#' Each is drawn as one picture and not as a tile a pixel: that is fast, and
#' sharp at any size.
#' @param captions One a raster, or `NULL`.
#' @param marks Names of `frame_colours()`, one a raster, or `NULL`.
#' @noRd
image_grid <- function(rasters, captions = NULL, ncol = NULL, marks = NULL,
                       smooth = FALSE) {
  panels <- factor(seq_along(rasters))
  captions <- stats::setNames(captions %||% rep("", length(panels)), panels)
  marks <- marks %||% rep(NA_character_, length(panels))
  shape <- dim(rasters[[1]])
  frames <- data.frame(panel = panels, mark = marks)
  plot <- ggplot2::ggplot(frames) +
    Map(panel_raster, rasters, panels, smooth) +
    ggplot2::geom_rect(
      ggplot2::aes(xmin = 0, xmax = 1, ymin = 0, ymax = 1,
                   colour = .data$mark),
      fill = NA, linewidth = 0.9, show.legend = !all(is.na(marks))
    ) +
    ggplot2::scale_colour_manual(values = frame_colours(), na.value = NA,
                                 breaks = intersect(names(frame_colours()),
                                                    marks)) +
    ggplot2::facet_wrap(
      "panel", ncol = ncol %||% grid_columns(length(panels)),
      labeller = ggplot2::as_labeller(captions)
    ) +
    ggplot2::coord_fixed(shape[[1]] / shape[[2]], clip = "off") +
    theme_images(length(panels))
  if (all(captions == "")) {
    plot <- plot + ggplot2::theme(strip.text = ggplot2::element_blank())
  }
  plot
}

grid_columns <- function(n) {
  min(n, max(3, ceiling(1.3 * sqrt(n))))
}

# Many images are small ones.
theme_images <- function(n) {
  theme_deeply() +
    ggplot2::theme(
      axis.text = ggplot2::element_blank(),
      axis.title = ggplot2::element_blank(),
      panel.grid = ggplot2::element_blank(),
      panel.spacing = ggplot2::unit(5, "pt"),
      strip.text = ggplot2::element_text(
        size = ggplot2::rel(if (n > 12) 0.6 else 0.75),
        margin = ggplot2::margin(2, 0, 2, 0)
      ),
      strip.clip = "off"
    )
}

# A grid is narrower than the page, and so is its title.
grid_title <- function(text) {
  paste(strwrap(text, 52), collapse = "\n")
}

# As annotation_raster() does, but in one panel alone.
panel_raster <- function(raster, panel, smooth) {
  ggplot2::layer(
    data = data.frame(panel = panel), mapping = NULL,
    stat = ggplot2::StatIdentity, position = ggplot2::PositionIdentity,
    geom = ggplot2::GeomRasterAnn, inherit.aes = FALSE,
    params = list(raster = raster, xmin = 0, xmax = 1, ymin = 0, ymax = 1,
                  interpolate = smooth)
  )
}
