# The layers of a face, for simulate_faces(). Each is a function of the canvas
# and of the faces' features that paints one part of all faces of a block.
#
# Parts are given in the faces' own coordinates, `u` to the right and `v` down,
# in units of half an image. A part looks at the pixels of its window only.

#' Coordinates of pixels in the faces' own system
#'
#' @param window `c(u_min, u_max, v_min, v_max)`, where a part may lie.
#' @return A list of `u` and `v`, matrices of faces x pixels, the pixels'
#'   columns `at` on the canvas, and `unit`, the pixels that a length of 1
#'   takes.
#' @noRd
face_window <- function(canvas, face, window) {
  size <- canvas$size
  grid <- pixel_grid(size)
  a <- (2 * grid$x - 1) / size - 1
  b <- (2 * grid$y - 1) / size - 1
  angle <- face$tilt_deg * pi / 180
  corner_u <- rep(window[1:2], 2)
  corner_v <- rep(window[3:4], each = 2)
  # Where the window's corners come to lie on the image, over all faces.
  across <- face$x + face$scale *
    (outer(cos(angle), corner_u) - outer(sin(angle), corner_v))
  along <- face$y + face$scale *
    (outer(sin(angle), corner_u) + outer(cos(angle), corner_v))
  edge <- 2 / size
  at <- which(a > min(across) - edge & a < max(across) + edge &
                b > min(along) - edge & b < max(along) + edge)
  right <- outer(-face$x, a[at], `+`) / face$scale
  down <- outer(-face$y, b[at], `+`) / face$scale
  list(
    u = cos(angle) * right + sin(angle) * down,
    v = cos(angle) * down - sin(angle) * right,
    at = at, unit = face$scale * size / 2
  )
}

# Paints where `distance`, in the faces' units, is below 0.
paint_part <- function(canvas, where, distance, colour, strength = 1) {
  paint(canvas, distance * where$unit, colour, at = where$at,
        strength = strength)
}

# Distance to an ellipse's edge, exact on the edge and near it.
ellipse <- function(u, v, a, b) {
  u <- u / a
  v <- v / b
  k <- sqrt(u^2 + v^2)
  slope <- sqrt((u / a)^2 + (v / b)^2)
  k * (k - 1) / pmax(slope, 1e-6)
}

# One colour for all faces.
same_colour <- function(face, colour) {
  colour_matrix(rep(colour, length(face$skin)))
}

# The two sides of a face, seen from the front.
sides <- c(-1, 1)

layer_hair_behind <- function(canvas, face) {
  where <- face_window(canvas, face, c(-0.75, 0.75, -0.9, 0.95))
  long <- face$hair == "long"
  top <- -face$face_height - 0.12
  bottom <- ifelse(long, 0.85, 0.15)
  wide <- face$face_width + ifelse(long, 0.14, 0.06)
  distance <- ellipse(where$u, where$v - (top + bottom) / 2, wide,
                      (bottom - top) / 2)
  paint_part(canvas, where, distance, 0.8 * face$hair_rgb, face$has_hair)
}

layer_body <- function(canvas, face) {
  where <- face_window(canvas, face, c(-1.3, 1.3, 0.3, 1.5))
  neck <- pmax(abs(where$u) - 0.45 * face$face_width, 0.3 - where$v)
  paint_part(canvas, where, neck, 0.82 * face$skin_rgb)
  shirt <- ellipse(where$u, where$v - 1.3, 0.95, 0.48)
  paint_part(canvas, where, shirt, face$shirt)
}

layer_ears <- function(canvas, face) {
  where <- face_window(canvas, face, c(-0.7, 0.7, -0.2, 0.25))
  for (side in sides) {
    distance <- ellipse(where$u - side * face$face_width, where$v - 0.02, 0.09,
                        0.14)
    paint_part(canvas, where, distance, 0.88 * face$skin_rgb)
  }
}

layer_head <- function(canvas, face) {
  where <- face_window(canvas, face, c(-0.55, 0.55, -0.7, 0.7))
  u <- where$u / face$face_width
  rim <- u^2 + (where$v / face$face_height)^2
  shade <- (1 + 0.2 * face$light * u) * (1.04 - 0.16 * rim^2)
  colour <- lapply(1:3, function(channel) face$skin_rgb[, channel] * shade)
  distance <- ellipse(where$u, where$v, face$face_width, face$face_height)
  paint_part(canvas, where, distance, colour)
}

# The lower part of the face, without a place for the mouth.
layer_beard <- function(canvas, face) {
  where <- face_window(canvas, face, c(-0.6, 0.6, -0.25, 0.75))
  u <- where$u - 0.5 * face$middle
  jaw <- ellipse(where$u, where$v, face$face_width + 0.01,
                 face$face_height + 0.02)
  line <- 0.22 - 0.25 * (u / face$face_width)^2 - where$v
  mouth <- -ellipse(where$u - face$middle, where$v - 0.34, 0.24, 0.12)
  paint_part(canvas, where, pmax(jaw, line, mouth), face$hair_rgb,
             0.85 * (face$beard == "yes"))
}

layer_fringe <- function(canvas, face) {
  where <- face_window(canvas, face, c(-0.6, 0.6, -0.85, 0.1))
  skull <- ellipse(where$u, where$v + 0.03, face$face_width + 0.05,
                   face$face_height + 0.06)
  # A parting that lies to the side of the turn.
  u <- (where$u - 0.15 * face$turn) / face$face_width
  line <- where$v + 0.62 * face$face_height - 0.36 * u^2 * face$face_height
  paint_part(canvas, where, pmax(skull, line), face$hair_rgb, face$has_hair)
}

layer_nose <- function(canvas, face) {
  where <- face_window(canvas, face, c(-0.3, 0.3, -0.05, 0.3))
  u <- where$u - 1.4 * face$middle
  tip <- ellipse(u, where$v - 0.17, 0.075, 0.035)
  paint_part(canvas, where, tip, 0.72 * face$skin_rgb)
  ridge <- ellipse(u, where$v - 0.12, 0.055, 0.055)
  paint_part(canvas, where, ridge, pmin(1.05 * face$skin_rgb, 1))
}

layer_eyes <- function(canvas, face) {
  where <- face_window(canvas, face, c(-0.5, 0.5, -0.2, 0.08))
  iris_rgb <- colour_matrix(eye_colours[as.character(face$eye_colour)])
  v <- where$v + 0.06
  for (side in sides) {
    u <- where$u - face$middle - side * face$eye_distance
    rim <- ellipse(u, v, 0.125, face$eye_size + 0.02)
    paint_part(canvas, where, rim, 0.45 * face$skin_rgb)
    white <- ellipse(u, v, 0.115, face$eye_size)
    paint_part(canvas, where, white, same_colour(face, "#FAFAF7"))
    glance <- u - 0.25 * face$middle
    iris <- pmax(sqrt(glance^2 + v^2) - 0.062, white)
    paint_part(canvas, where, iris, iris_rgb)
    pupil <- pmax(sqrt(glance^2 + v^2) - 0.03, white)
    paint_part(canvas, where, pupil, same_colour(face, "#101010"))
  }
}

layer_brows <- function(canvas, face) {
  where <- face_window(canvas, face, c(-0.5, 0.5, -0.4, -0.05))
  # Brows of the bald and of the blond are seen too.
  colour <- 0.6 * face$hair_rgb
  for (side in sides) {
    u <- where$u - face$middle - side * face$eye_distance
    # Outwards is up for angry faces, down for sad ones.
    v <- where$v + 0.24 + 0.35 * face$brow * side * u - 2 * u^2
    distance <- pmax(abs(v) - 0.024, abs(u) - 0.125)
    paint_part(canvas, where, distance, colour)
  }
}

layer_mouth <- function(canvas, face) {
  where <- face_window(canvas, face, c(-0.35, 0.35, 0.2, 0.5))
  across <- (where$u - face$middle) / 0.19
  inside <- pmax(1 - across^2, 0)
  middle <- 0.34 - 0.09 * face$smile * (across^2 - 0.4)
  away <- abs(where$v - middle)
  # Steep at the corners, where a vertical distance would be too long.
  steep <- sqrt(1 + (2 * 0.09 * face$smile * across / 0.19)^2)
  ends <- (abs(across) - 1) * 0.19
  gap <- 0.06 * face$mouth_open * inside
  lips <- pmax((away - 0.016 - 0.02 * inside - gap) / steep, ends)
  red <- 0.55 * face$skin_rgb +
    0.45 * same_colour(face, "#A8323A")
  paint_part(canvas, where, lips, red)
  is_open <- as.numeric(face$mouth_open > 0.1)
  hole <- pmax((away - gap) / steep, ends)
  paint_part(canvas, where, hole, same_colour(face, "#3A1014"), is_open)
  teeth <- pmax(hole, where$v - middle)
  paint_part(canvas, where, teeth, same_colour(face, "#F4F1EA"), is_open)
  # A closed mouth is a dark line.
  line <- pmax((away - 0.009) / steep, ends)
  paint_part(canvas, where, line, same_colour(face, "#4A1A1C"), 1 - is_open)
}

layer_glasses <- function(canvas, face) {
  where <- face_window(canvas, face, c(-0.65, 0.65, -0.3, 0.15))
  on <- as.numeric(face$glasses == "yes")
  black <- same_colour(face, "#181818")
  v <- where$v + 0.05
  for (side in sides) {
    u <- where$u - face$middle - side * (face$eye_distance + 0.005)
    ring <- abs(ellipse(u, v, 0.165, 0.15)) - 0.02
    paint_part(canvas, where, ring, black, on)
    # To the ear.
    temple <- pmax(abs(v + 0.02) - 0.018, 0.165 - side * u,
                   side * where$u - face$face_width)
    paint_part(canvas, where, temple, black, on)
  }
  bridge <- pmax(abs(v + 0.03) - 0.02,
                 abs(where$u - face$middle) - face$eye_distance + 0.16)
  paint_part(canvas, where, bridge, black, on)
}

# Back to front.
face_layers <- list(
  layer_hair_behind, layer_body, layer_ears, layer_head, layer_beard,
  layer_nose, layer_eyes, layer_brows, layer_mouth, layer_fringe, layer_glasses
)
