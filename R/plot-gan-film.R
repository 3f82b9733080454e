# What became of the same noise: afterwards a strip, and while training the
# newest images as they come.

# So many moments, and images of each.
film_rows <- 8L
film_columns <- 10L

plot_film <- function(fit) {
  film <- fit$film
  at <- evenly(length(film$epochs), film_rows)
  shown <- seq_len(min(film_columns, dim(film$images)[[2]]))
  height <- length(at)
  tiles <- film_tiles(film, at, shown, fit$prep$shape)
  plot_tiles(tiles, length(shown)) +
    ggplot2::scale_y_continuous(
      breaks = height - seq_len(height) + 0.5, labels = film$epochs[at],
      expand = c(0, 0)
    ) +
    ggplot2::labs(
      title = sprintf("What became of the same noise in %d epochs",
                      utils::tail(film$epochs, 1)),
      x = NULL, y = "Epoch"
    )
}

plot_tiles <- function(tiles, columns) {
  rows <- ceiling(length(tiles) / columns)
  shape <- dim(tiles[[1]])
  ggplot2::ggplot(data.frame(x = c(0, columns), y = c(0, rows)),
                  ggplot2::aes(.data$x, .data$y)) +
    ggplot2::geom_blank() +
    ggplot2::annotation_raster(stitch_tiles(tiles, columns), 0, columns, 0,
                               rows) +
    ggplot2::scale_x_continuous(breaks = NULL, expand = c(0, 0)) +
    ggplot2::coord_fixed(shape[[1]] / shape[[2]]) +
    theme_deeply() +
    ggplot2::theme(panel.grid = ggplot2::element_blank())
}

# Colours of the images of each look, one look after the other.
film_tiles <- function(film, looks, images, shape) {
  tile <- function(look, image) {
    bytes <- as.integer(film$images[look, image, ])
    pixels <- aperm(array(bytes / 255, rev(shape)), 3:1)
    as.matrix(grDevices::as.raster(
      if (shape[[3]] == 1) pixels[, , 1] else pixels
    ))
  }
  Map(tile, rep(looks, each = length(images)), rep(images, length(looks)))
}

# All tiles as one raster, since that is drawn at once.
stitch_tiles <- function(tiles, columns) {
  nothing <- array("transparent", dim(tiles[[1]]))
  rows <- split(seq_along(tiles), (seq_along(tiles) - 1) %/% columns)
  lines <- lapply(rows, function(at) {
    missing <- columns - length(at)
    do.call(cbind, c(tiles[at], rep(list(nothing), missing)))
  })
  grDevices::as.raster(do.call(rbind, unname(lines)))
}

#' Draws what is made as soon as it is looked at
#'
#' @param judge A judge of epochs that keeps a film.
#' @param shape Height, width and channels.
#' @param control A `deep_control`.
#' @return What to do at an event of the training loop, or `NULL` where nobody
#'   watches.
#' @noRd
film_watcher <- function(judge, shape, control) {
  if (!is_watched(control)) {
    return(NULL)
  }
  seen <- 0L
  function(event) {
    if (event$share < 1) {
      return(NULL)
    }
    film <- gan_film(judge, seen)
    new <- length(film$epochs)
    if (new == 0) {
      return(NULL)
    }
    seen <<- seen + new
    # A window too small to draw in is no reason to end a run.
    tryCatch(print(plot_look(film, new, shape, control$epochs)),
             error = function(cnd) NULL)
  }
}

# Without a window a plot would be a file that nobody asked for, as in a script.
is_watched <- function(control) {
  grDevices::dev.interactive(orNone = TRUE) &&
    progress_style(control$verbose) != "none"
}

plot_look <- function(film, look, shape, epochs) {
  n <- dim(film$images)[[2]]
  tiles <- film_tiles(film, look, seq_len(n), shape)
  plot_tiles(tiles, ceiling(sqrt(n))) +
    ggplot2::scale_y_continuous(breaks = NULL, expand = c(0, 0)) +
    ggplot2::labs(title = sprintf("After epoch %d of %d", film$epochs[[look]],
                                  epochs), x = NULL, y = NULL)
}

#' What was made at each look, one byte a pixel
#'
#' @param since Looks to leave out at the beginning.
#' @return A list of `images`, `(looks, images, pixels)`, and `epochs`.
#' @noRd
gan_film <- function(judge, since = 0L) {
  film <- backend_call("gan_film", judge, since)
  images <- film$images
  shape <- dim(images)
  images <- as.raw(images)
  dim(images) <- shape
  list(images = images, epochs = as.vector(film$epochs))
}
