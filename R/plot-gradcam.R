#' Plot where a network for images looks
#'
#' @param object What [explain()][explain.deep_cnn()] gave.
#' @inheritParams rlang::args_dots_empty
#' @param n Draw at most so many images: the first.
#' @param ncol Columns of pairs. `NULL`: one to three.
#'
#' @return A ggplot: each image, with its true class where it is known, beside
#'   the same in grey under its heat, with the class that is explained.
#' @seealso [explain.deep_cnn()]
#' @export
#' @examplesIf deeply::has_backend()
#' shapes <- simulate_shapes(200, size = 24, seed = 1)
#' fit <- deep_cnn(shapes$x, shapes$class,
#'                 control = deep_control(epochs = 3, seed = 1))
#' autoplot(explain(fit, shapes$x[1:4, , , ]))
autoplot.deep_gradcam <- function(object, ..., n = 9, ncol = NULL) {
  rlang::check_dots_empty()
  check_count(n)
  check_count(ncol, null = TRUE)
  pixels <- attr(object, "pixels")
  heat <- attr(object, "heat")
  shown <- utils::head(which(!is.na(heat[, 1, 1])), n)
  if (length(shown) == 0) {
    deeply_abort("There is no image whose heat could be drawn.",
                 class = "too_few_rows")
  }
  rasters <- image_rasters(pixels[shown, , , , drop = FALSE])
  overlays <- lapply(shown, function(i) {
    heat_raster(array(pixels[i, , , ], dim(pixels)[-1]), heat[i, , ])
  })
  pairs <- order(rep(seq_along(shown), 2))
  captions <- heat_captions(as.data.frame(object)[shown, ])
  left <- nrow(object) - length(shown)
  image_grid(
    c(rasters, overlays)[pairs], c(captions$left, captions$right)[pairs],
    2 * (ncol %||% heat_columns(length(shown)))
  ) +
    ggplot2::labs(
      title = heat_title(object),
      subtitle = paste0(
        sprintf("Right: the brighter, the more it speaks for the %s",
                if (is.null(object[["class"]])) "number" else "class"),
        if (left > 0) paste(";", count(left), "more")
      )
    )
}

heat_columns <- function(n) {
  if (n <= 2) 1 else if (n <= 6) 2 else 3
}

heat_title <- function(x) {
  grid_title(sub("[.]$", "", strsplit(heat_finding(x), "(?<=[.]) ",
                                      perl = TRUE)[[1]][[1]]))
}

heat_captions <- function(rows) {
  truth <- rows[["truth"]]
  left <- if (is.null(truth)) {
    paste("image", rows$image)
  } else if (is.numeric(truth)) {
    format_each(truth)
  } else {
    shorten_text(as.character(truth), 18)
  }
  right <- if (is.null(rows[["class"]])) {
    paste("predicted", format_each(rows$predicted))
  } else {
    paste(shorten_text(as.character(rows$class), 14),
          short_percent(rows$probability))
  }
  list(left = left, right = right)
}

# Dark to bright also in grey, so that it can be read on paper.
heat_palette <- function() {
  grDevices::hcl.colors(256, "Inferno")
}

#' An image in grey under its heat
#'
#' @param image Height x width x channels, from 0 to 1.
#' @param heat Height x width, from 0 to 1.
#' @noRd
heat_raster <- function(image, heat) {
  grey <- rowMeans(image, dims = 2)
  colours <- t(grDevices::col2rgb(heat_palette()[1 + round(255 * heat)])) / 255
  # Where it is cold the image shows through, darkened.
  mixed <- 0.35 * as.vector(grey) + 0.65 * colours
  grDevices::as.raster(array(mixed, c(dim(heat), 3)))
}
