#' Simulate drawn faces whose every feature is known
#'
#' Small portraits, drawn from some twenty numbers each: something to learn
#' from for generators, attribute classifiers and embeddings, with no real
#' person in it.
#'
#' @section Equations:
#' A face has coordinates of its own, `u` to the right and `v` downwards, in
#' units of half an image. Pixel centres `(a, b)`, from -1 to 1, are moved by
#' `(x, y)`, scaled by `scale` and turned by `tilt_deg`:
#' `(u, v) = R(-tilt) (a - x, b - y) / scale`. In them, from back to front:
#' * hair behind the head, an ellipse from the top of the head down to 0.15 for
#'   short hair and 0.85 for long; neck and shirt;
#' * ears, and the head, an ellipse with half axes `face_width` and
#'   `face_height`, lit by `1 + 0.2 light u / face_width` and darkened towards
#'   its rim;
#' * beard, fringe and nose; eyes at `v = -0.06`, `eye_distance` to both sides,
#'   whose half height is `eye_size`, with brows that slope by `brow`, less for
#'   sad and more for angry faces;
#' * the mouth, half width 0.19, along `v = 0.34 - 0.09 smile (c^2 - 0.4)` for
#'   `c = u / 0.19`, so that its corners rise with `smile`, half as thick as
#'   `0.016 + 0.06 mouth_open (1 - c^2)`;
#' * glasses, rings around the eyes.
#'
#' With `turn`, features move by `0.1 turn` to the side. Edges are anti-aliased
#' over one pixel. Normal noise of sd `noise` comes on top, and values are cut
#' to 0 to 1.
#'
#' Numbers are uniform: `skin` from 0 (light) to 1 (dark), `face_width` 0.42 to
#' 0.52, `face_height` 0.58 to 0.68, `eye_distance` 0.18 to 0.23, `eye_size`
#' 0.05 to 0.09, `brow` -1 to 1, `smile` -1 to 1, `mouth_open` 0 to 1 for half
#' of the faces, else 0, `turn` -1 to 1, `tilt_deg` -10 to 10, `light` -1 to 1,
#' `x` and `y` -0.06 to 0.06, `scale` 0.85 to 1. Hair is `none` 10 %, `short`
#' 45 %, `long` 45 %, its colour black, brown, blond, red or grey; eyes are
#' brown, blue or green. Three in ten faces have glasses, two in ten a beard.
#' All are drawn independently.
#'
#' @param n Faces.
#' @param size Height and width in pixels, at least 16.
#' @param noise Standard deviation of the noise of a pixel, where white is 1.
#' @param seed One whole number, or `NULL`. See [simulators].
#'
#' @return A list, see [simulators]: `$x`, an array of n x size x size x 3 (red,
#'   green, blue) from 0 to 1. `$truth$rows` has a row a face, with the numbers
#'   above, the factors `hair`, `hair_colour` and `eye_colour`, and `glasses`
#'   and `beard` (factors `no`, `yes`).
#' @inheritSection simulators Errors
#' @references
#' Chernoff (1973). The use of faces to represent points in k-dimensional space
#' graphically. Journal of the American Statistical Association 68(342).
#' @family simulators
#' @export
#' @examples
#' faces <- simulate_faces(8, seed = 9)
#' faces$truth$rows[, c("smile", "glasses", "hair")]
#' old <- par(mfrow = c(2, 4), mar = rep(0.2, 4))
#' for (i in 1:8) plot(as.raster(faces$x[i, , , ]))
#' par(old)
simulate_faces <- function(n = 1000, size = 50, noise = 0.01, seed = NULL) {
  check_count(n)
  check_count(size, min = 16)
  check_number(noise, min = 0)
  check_count(seed, min = 0, null = TRUE)
  simulation("drawn faces", seed, {
    rows <- draw_features(n)
    looks <- draw_surroundings(n)
    drawn <- draw_in_blocks(n, size, function(images) {
      face <- c(rows[images], lapply(looks, function(look) {
        if (is.matrix(look)) look[images, , drop = FALSE] else look[images]
      }))
      list(x = draw_faces(face, size, noise))
    })
    dim(drawn$x) <- c(n, size, size, 3)
    list(x = drawn$x, truth = list(rows = rows))
  })
}

draw_features <- function(n) {
  between <- function(min, max) stats::runif(n, min, max)
  yes <- function(share) {
    factor(stats::runif(n) < share, c(FALSE, TRUE), c("no", "yes"))
  }
  even <- function(names) {
    draw_factor(n, stats::setNames(rep(1, length(names)), names))
  }
  data.table(
    smile = between(-1, 1), glasses = yes(0.3), beard = yes(0.2),
    hair = draw_factor(n, c(none = 0.1, short = 0.45, long = 0.45)),
    hair_colour = even(names(hair_colours)),
    skin = between(0, 1), eye_colour = even(names(eye_colours)),
    eye_distance = between(0.18, 0.23), eye_size = between(0.05, 0.09),
    brow = between(-1, 1),
    mouth_open = pmax(between(-1, 1), 0),
    face_width = between(0.42, 0.52), face_height = between(0.58, 0.68),
    turn = between(-1, 1), tilt_deg = between(-10, 10), light = between(-1, 1),
    x = between(-0.06, 0.06), y = between(-0.06, 0.06), scale = between(0.85, 1)
  )
}

# What is around a face and says nothing about it.
draw_surroundings <- function(n) {
  list(
    back = matrix(stats::runif(3 * n, 0.35, 0.9), n),
    back_slope = stats::runif(n, 0, 0.3),
    back_angle = stats::runif(n, 0, 2 * pi),
    shirt = matrix(stats::runif(3 * n, 0.1, 0.9), n)
  )
}

hair_colours <- c(black = "#1C1917", brown = "#57361F", blond = "#D9B36A",
                  red = "#A3481F", grey = "#A8A49C")

eye_colours <- c(brown = "#4A2C17", blue = "#3E78B5", green = "#4C8055")

skin_colours <- c("#F8DCC8", "#EBBE9B", "#CE9669", "#9A6440", "#5C3A26")

# A row a colour, a column a channel, from 0 to 1.
colour_matrix <- function(colours) {
  channel <- function(at) strtoi(substring(colours, at, at + 1), 16) / 255
  cbind(channel(2), channel(4), channel(6))
}

# From light to dark between the five colours.
skin_matrix <- function(skin) {
  at <- seq(0, 1, length.out = length(skin_colours))
  colours <- colour_matrix(skin_colours)
  matrix(apply(colours, 2, function(channel) {
    stats::approx(at, channel, skin)$y
  }), length(skin))
}

# Draws a block of faces, back to front. `face` is a list of vectors and
# matrices with a value or a row a face.
draw_faces <- function(face, size, noise, layers = face_layers) {
  canvas <- new_canvas(length(face$skin), size, 3)
  paint_background(canvas, face$back, face$back_slope, face$back_angle)
  face$skin_rgb <- skin_matrix(face$skin)
  face$hair_rgb <- colour_matrix(hair_colours[as.character(face$hair_colour)])
  face$has_hair <- as.numeric(face$hair != "none")
  # The middle of the features, moved by the turn of the head.
  face$middle <- 0.1 * face$turn
  for (layer in layers) {
    layer(canvas, face)
  }
  finish_pixels(canvas, noise)
}
