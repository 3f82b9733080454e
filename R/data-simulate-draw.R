# Drawing many images at once, for simulate_shapes() and simulate_faces().
#
# A canvas is an environment, so that painting copies no image: `pixels`, an
# array of images x pixels x channels, with pixels column by column, as R has
# them. Its shape becomes n x height x width x channels without moving a number.
#
# A shape is given by its signed distance at each pixel's centre: below 0
# inside, above 0 outside, in pixels.

new_canvas <- function(n, size, channels) {
  canvas <- new.env(parent = emptyenv())
  canvas$pixels <- array(0, c(n, size^2, channels))
  canvas$size <- size
  canvas
}

# Centre of each pixel: `x` counts columns to the right, `y` rows downwards,
# both from 1.
pixel_grid <- function(size) {
  list(x = rep(seq_len(size), each = size), y = rep(seq_len(size), size))
}

#' Paint a shape over images
#'
#' Edges are anti-aliased over one pixel: a shape covers `0.5 - distance` of it.
#' Only the pixels that it touches are looked at.
#'
#' @param canvas A canvas.
#' @param distance Matrix of images x pixels, in pixels.
#' @param colour A matrix with a row an image and a column a channel, or a list
#'   with a matrix like `distance` a channel.
#' @param images,at Rows and columns of the canvas that `distance` is about.
#' @param strength How much of the paint is seen: a number an image.
#' @noRd
paint <- function(canvas, distance, colour,
                  images = seq_len(dim(canvas$pixels)[[1]]),
                  at = seq_len(dim(canvas$pixels)[[2]]), strength = 1) {
  all <- dim(canvas$pixels)
  hit <- which(distance < 0.5)
  row <- (hit - 1) %% nrow(distance) + 1
  cell <- images[row] + (at[(hit - 1) %/% nrow(distance) + 1] - 1) * all[[1]]
  alpha <- pmin(0.5 - distance[hit], 1) * rep_len(strength, length(images))[row]
  # Taken off the canvas while they change, or R would copy them all.
  pixels <- canvas$pixels
  canvas$pixels <- NULL
  for (channel in seq_len(all[[3]])) {
    here <- cell + (channel - 1) * all[[1]] * all[[2]]
    over <- if (is.list(colour)) {
      colour[[channel]][hit]
    } else {
      colour[row, channel]
    }
    pixels[here] <- pixels[here] + alpha * (over - pixels[here])
  }
  canvas$pixels <- pixels
}

# A background that brightens to one side: `colour` in the middle, `slope` from
# end to end, `angle` the way it goes.
paint_background <- function(canvas, colour, slope, angle) {
  grid <- pixel_grid(canvas$size)
  middle <- (canvas$size + 1) / 2
  ramp <- outer(slope * cos(angle), (grid$x - middle) / canvas$size) +
    outer(slope * sin(angle), (grid$y - middle) / canvas$size)
  channel <- rep(seq_len(ncol(colour)), each = length(grid$x))
  canvas$pixels[] <- colour[, channel] + as.vector(ramp)
}

# Noise of a camera; what a file of 0 to 1 cannot hold is cut off.
finish_pixels <- function(canvas, noise) {
  pixels <- canvas$pixels
  if (noise > 0) {
    pixels <- pixels + stats::rnorm(length(pixels), sd = noise)
  }
  pixels[pixels < 0] <- 0
  pixels[pixels > 1] <- 1
  dim(pixels) <- c(dim(pixels)[[1]], prod(dim(pixels)[-1]))
  pixels
}

# Draws images in blocks, so that what one needs in between stays small. `draw`
# gets the indices of a block and returns a list of matrices, a row an image.
draw_in_blocks <- function(n, size, draw, cells = 2.5e5) {
  width <- max(1, cells %/% size^2)
  blocks <- split(seq_len(n), (seq_len(n) - 1) %/% width)
  parts <- unname(lapply(blocks, draw))
  names <- stats::setNames(nm = names(parts[[1]]))
  lapply(names, function(name) do.call(rbind, lapply(parts, `[[`, name)))
}
