#' Simulate images of circles, squares and triangles
#'
#' Shapes of any colour, size, place and turn before a shaded background, with
#' the class of each image, the box of each shape and the mask of each pixel:
#' one data set for classifiers, detectors and segmenters.
#'
#' @section Equations:
#' Pixel (row `y`, column `x`) has its centre at `(x, y)`, counted from 1 at the
#' top left. A shape has the side `s = sqrt(area)`, uniform from 0.25 to 0.5
#' times `size / sqrt(objects)`, whatever its class, so that the area does not
#' tell the class. Its circumradius is `s sqrt(1 / pi)` for a circle,
#' `s sqrt(1 / 2)` for a square and `s sqrt(4 / (3 sqrt(3)))` for an equilateral
#' triangle. It turns by a uniform angle and lies anywhere where it fits whole,
#' at least 2 pixels from another by their circumradii.
#'
#' With `d` the signed distance from a pixel's centre to the edge (below 0
#' inside; beyond a corner the distance to the nearest edge's line), the shape
#' covers `min(max(0.5 - d, 0), 1)` of the pixel: edges are anti-aliased over
#' one pixel. The mask has the class where `d <= 0`, and the box is the mask's
#' extent.
#'
#' Background channels are uniform from 0.15 to 0.85 with a linear ramp of up to
#' 0.3, a shape's from 0 to 1, drawn anew until they differ from the background
#' by a root mean square of 0.35. Normal noise of sd `noise` comes on top, and
#' values are cut to 0 to 1.
#'
#' @param n Images.
#' @param size Height and width in pixels, at least 16.
#' @param channels 3 (red, green, blue) or 1 (grey).
#' @param objects The most shapes an image may have; how many it has is uniform
#'   from 1 up. One that finds no free place in 50 tries is left out.
#' @param noise Standard deviation of the noise of a pixel, where white is 1.
#' @param seed One whole number, or `NULL`. See [simulators].
#'
#' @return A list, see [simulators]: `$x`, an array of n x size x size x
#'   channels from 0 to 1; `$class`, a factor with `circle`, `square` and
#'   `triangle`, the class of the image's largest shape; `$boxes`, a data.table
#'   with a row a shape, `image`, `class`, `xmin`, `ymin`, `xmax` and `ymax`, in
#'   pixels from 1, both ends inside the shape; `$masks`, an integer array of n
#'   x size x size, 0 for background, else the class's number. `$truth$rows` has
#'   a row a shape, as `$boxes` has: `image`, `class`, the centre `x` and `y`,
#'   `area` and `radius` (of the circle around) in pixels, and `angle_deg`, by
#'   which its first edge's normal turns from pointing right to pointing down.
#' @inheritSection simulators Errors
#' @family simulators
#' @export
#' @examples
#' shapes <- simulate_shapes(20, size = 32, seed = 2)
#' shapes
#' shapes$boxes
#' # The first image, and its mask beside it.
#' old <- par(mfrow = c(1, 2), mar = rep(0.5, 4))
#' plot(as.raster(shapes$x[1, , , ]))
#' plot(as.raster(shapes$masks[1, , ] / 3))
#' par(old)
simulate_shapes <- function(n = 1000, size = 64, channels = 3, objects = 1,
                            noise = 0.05, seed = NULL) {
  check_count(n)
  check_count(size, min = 16)
  check_channels(channels)
  check_count(objects)
  check_number(noise, min = 0)
  check_count(seed, min = 0, null = TRUE)
  simulation("images of circles, squares and triangles", seed, {
    rows <- place_shapes(n, size, objects)
    looks <- draw_looks(n, nrow(rows), rows$image, channels)
    drawn <- draw_in_blocks(n, size, function(images) {
      draw_shapes(images, rows, looks, size, noise)
    })
    dim(drawn$x) <- c(n, size, size, channels)
    dim(drawn$masks) <- c(n, size, size)
    boxes <- mask_boxes(drawn$owner, rows, size)
    list(x = drawn$x, class = largest_class(rows), boxes = boxes,
         masks = drawn$masks,
         truth = list(rows = rows[, setdiff(names(rows), "slot"),
                                  with = FALSE]))
  })
}

shape_classes <- c("circle", "square", "triangle")

# Circumradius of a shape whose area is 1.
shape_radius <- sqrt(c(1 / pi, 1 / 2, 4 / (3 * sqrt(3))))

check_channels <- function(channels, call = rlang::caller_env()) {
  if (!rlang::is_scalar_double(channels) &&
        !rlang::is_scalar_integer(channels) || !channels %in% c(1, 3)) {
    abort_argument("channels", channels, "1 (grey) or 3 (colours)", call)
  }
}

# One row a shape, sorted by image. `slot` is its number within the image.
place_shapes <- function(n, size, objects) {
  counts <- sample.int(objects, n, replace = TRUE)
  rows <- data.table(image = rep(seq_len(n), counts), slot = sequence(counts))
  total <- nrow(rows)
  code <- sample.int(3, total, replace = TRUE)
  side <- stats::runif(total, 0.25, 0.5) * size / sqrt(objects)
  rows <- data.table(
    rows, class = factor(shape_classes[code], shape_classes), x = NA_real_,
    y = NA_real_, area = side^2, radius = side * shape_radius[code],
    angle_deg = stats::runif(total, 0, 360)
  )
  find_places(rows, size)
}

# All images at once, shape by shape: what would touch an earlier one draws
# another place.
find_places <- function(rows, size, tries = 50) {
  for (slot in seq_len(max(rows$slot))) {
    open <- which(rows$slot == slot)
    for (try in seq_len(tries)) {
      room <- size - 2 * rows$radius[open]
      for (axis in c("x", "y")) {
        place <- 0.5 + rows$radius[open] + room * stats::runif(length(open))
        data.table::set(rows, open, axis, place)
      }
      open <- open[touches_earlier(rows, open, slot)]
      if (length(open) == 0) break
    }
    data.table::set(rows, open, "x", NA_real_)
  }
  rows[!is.na(rows$x)]
}

# Rows of an image lie together, so the shape `back` slots before is `back`
# rows above.
touches_earlier <- function(rows, open, slot, gap = 2) {
  touching <- logical(length(open))
  for (back in seq_len(slot - 1)) {
    other <- open - back
    apart <- sqrt((rows$x[open] - rows$x[other])^2 +
                    (rows$y[open] - rows$y[other])^2)
    near <- apart < rows$radius[open] + rows$radius[other] + gap
    touching <- touching | (!is.na(near) & near)
  }
  touching
}

draw_looks <- function(n, shapes, image, channels) {
  back <- matrix(stats::runif(n * channels, 0.15, 0.85), n)
  front <- matrix(stats::runif(shapes * channels), shapes)
  repeat {
    contrast <- sqrt(rowMeans((front - back[image, , drop = FALSE])^2))
    pale <- which(contrast < 0.35)
    if (length(pale) == 0) break
    front[pale, ] <- stats::runif(length(pale) * channels)
  }
  list(back = back, front = front, slope = stats::runif(n, 0, 0.3),
       angle = stats::runif(n, 0, 2 * pi))
}

# `owner` has the row of the shape that a pixel belongs to, 0 if none.
draw_shapes <- function(images, rows, looks, size, noise) {
  canvas <- new_canvas(length(images), size, ncol(looks$back))
  paint_background(canvas, looks$back[images, , drop = FALSE],
                   looks$slope[images], looks$angle[images])
  owner <- matrix(0L, length(images), size^2)
  mine <- which(rows$image %in% images)
  for (slot in unique(rows$slot[mine])) {
    for (class in shape_classes) {
      shown <- mine[rows$slot[mine] == slot & rows$class[mine] == class]
      if (length(shown) == 0) next
      at <- match(rows$image[shown], images)
      distance <- shape_distance(rows[shown], class, size)
      paint(canvas, distance, looks$front[shown, , drop = FALSE], at)
      inside <- which(distance <= 0, arr.ind = TRUE)
      owner[cbind(at[inside[, 1]], inside[, 2])] <- shown[inside[, 1]]
    }
  }
  codes <- c(0L, as.integer(rows$class))
  list(x = finish_pixels(canvas, noise),
       masks = matrix(codes[owner + 1L], nrow(owner)), owner = owner)
}

# Signed distance of each pixel (column) to each shape's edge (row): the largest
# distance to the line of an edge.
shape_distance <- function(rows, class, size) {
  grid <- pixel_grid(size)
  right <- outer(-rows$x, grid$x, `+`)
  down <- outer(-rows$y, grid$y, `+`)
  if (class == "circle") {
    return(sqrt(right^2 + down^2) - rows$radius)
  }
  edges <- c(square = 4, triangle = 3)[[class]]
  turns <- 2 * pi * (seq_len(edges) - 1) / edges
  lines <- lapply(turns, function(turn) {
    angle <- rows$angle_deg * pi / 180 + turn
    cos(angle) * right + sin(angle) * down
  })
  do.call(pmax, lines) - rows$radius * cos(pi / edges)
}

# Sorted by column, the first and the last pixel of a shape are its ends, and
# sorted by row again.
mask_boxes <- function(owner, rows, size) {
  cell <- which(owner > 0)
  shape <- owner[cell]
  pixel <- (cell - 1) %/% nrow(owner)
  x <- as.integer(pixel %/% size + 1)
  y <- as.integer(pixel %% size + 1)
  down <- order(y, method = "radix")
  all <- seq_len(nrow(rows))
  data.table(
    image = rows$image, class = rows$class,
    xmin = x[match(all, shape)],
    ymin = y[down][match(all, shape[down])],
    xmax = rev(x)[match(all, rev(shape))],
    ymax = rev(y[down])[match(all, rev(shape[down]))]
  )
}

largest_class <- function(rows) {
  first <- order(rows$image, -rows$area)
  first <- first[!duplicated(rows$image[first])]
  rows$class[first]
}
