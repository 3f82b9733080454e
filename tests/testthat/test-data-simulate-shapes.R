# More than one block of images: 61 fill one.
shapes <- simulate_shapes(130, seed = 1)

test_that("images have the types and ranges that are stated", {
  expect_equal(dim(shapes$x), c(130, 64, 64, 3))
  expect_true(all(shapes$x >= 0 & shapes$x <= 1))
  expect_equal(dim(shapes$masks), c(130, 64, 64))
  expect_type(shapes$masks, "integer")
  expect_equal(levels(shapes$class), c("circle", "square", "triangle"))
  expect_true(all(table(shapes$class) > 25))
  expect_named(shapes$boxes,
               c("image", "class", "xmin", "ymin", "xmax", "ymax"))
  expect_equal(shapes$boxes$image, 1:130)
  expect_equal(shapes$boxes$class, shapes$class)
})

test_that("a mask has its class, and a box is the mask's extent", {
  for (i in c(1, 60, 61, 62, 122, 123, 130)) {
    mask <- shapes$masks[i, , ]
    expect_setequal(mask, c(0L, as.integer(shapes$class[[i]])))
    inside <- which(mask > 0, arr.ind = TRUE)
    box <- unlist(shapes$boxes[i, c("ymin", "xmin", "ymax", "xmax")])
    expect_equal(unname(box),
                 unname(c(apply(inside, 2, min), apply(inside, 2, max))))
  }
})

test_that("a mask is as large as the formula says, and lies at the centre", {
  rows <- shapes$truth$rows
  area <- rowSums(shapes$masks > 0)
  expect_true(all(abs(area / rows$area - 1) < 0.06))
  expect_equal(mean(area / rows$area), 1, tolerance = 0.003)
  share <- (shapes$masks > 0) / area
  y <- apply(share, 1, function(p) sum(row(p) * p))
  x <- apply(share, 1, function(p) sum(col(p) * p))
  expect_true(all(abs(x - rows$x) < 0.3 & abs(y - rows$y) < 0.3))
})

test_that("shapes are what they are called", {
  rows <- shapes$truth$rows
  formula <- c(pi, 2, 3 * sqrt(3) / 4)[as.integer(rows$class)]
  expect_equal(rows$area, formula * rows$radius^2)
  # The squared radius of gyration of a disc, square and triangle of area 1.
  spread <- vapply(1:130, function(i) {
    inside <- which(shapes$masks[i, , ] > 0, arr.ind = TRUE)
    sum(apply(inside, 2, function(z) mean((z - mean(z))^2)))
  }, numeric(1))
  gyration <- c(1 / (2 * pi), 1 / 6, 1 / (3 * sqrt(3)))[as.integer(rows$class)]
  expect_true(all(abs(spread / (gyration * rows$area) - 1) < 0.05))
})

test_that("a shape has another colour than the background", {
  made <- simulate_shapes(60, 32, noise = 0, seed = 2)
  for (i in 1:60) {
    inside <- made$masks[i, , ] > 0
    colour <- vapply(1:3, function(k) {
      c(mean(made$x[i, , , k][inside]), mean(made$x[i, , , k][!inside]))
    }, numeric(2))
    expect_gt(sqrt(mean(diff(colour)^2)), 0.15)
  }
})

test_that("edges are anti-aliased over a pixel", {
  rows <- data.table::data.table(x = 10, y = 10, radius = 5, angle_deg = 0)
  circle <- matrix(shape_distance(rows, "circle", 20), 20)
  expect_equal(circle[10, 10], -5)
  expect_equal(circle[14, 13], 0)
  square <- matrix(shape_distance(rows, "square", 20), 20)
  # The edge stands upright at 5 / sqrt(2) to the right.
  expect_equal(square[10, 16], 6 - 5 / sqrt(2))
  triangle <- matrix(shape_distance(rows, "triangle", 20), 20)
  # A normal to the right at half the radius, a corner to the left.
  expect_equal(triangle[10, c(13, 5)], c(0.5, 0))
  canvas <- new_canvas(1, 20, 1)
  paint(canvas, matrix(circle, 1), matrix(1))
  expect_equal(sum(canvas$pixels), pi * 25, tolerance = 0.01)
  expect_equal(canvas$pixels[1, , 1], as.vector(pmin(pmax(0.5 - circle, 0), 1)))
})

test_that("several shapes do not touch, and each has its box", {
  made <- simulate_shapes(40, 48, objects = 4, seed = 3)
  boxes <- made$boxes
  rows <- made$truth$rows
  expect_equal(boxes$image, rows$image)
  expect_false(anyNA(boxes))
  expect_setequal(unique(rows$image), 1:40)
  expect_setequal(unique(c(table(rows$image))), 1:4)
  for (i in unique(rows$image)) {
    mine <- rows[rows$image == i]
    apart <- as.matrix(dist(mine[, c("x", "y")]))
    touch <- outer(mine$radius, mine$radius, `+`) + 2 > apart
    expect_equal(sum(touch[upper.tri(touch)]), 0)
    area <- vapply(which(boxes$image == i), function(k) {
      box <- boxes[k]
      part <- made$masks[i, box$ymin:box$ymax, box$xmin:box$xmax]
      sum(part == as.integer(box$class))
    }, numeric(1))
    expect_true(all(area > 0.7 * mine$area))
    expect_equal(made$class[[i]], mine$class[[which.max(mine$area)]])
  }
  # Nothing in a mask belongs to no shape.
  expect_equal(sum(made$masks > 0), sum(rows$area), tolerance = 0.01)
})

test_that("what finds no place is left out, the first never", {
  rows <- with_seed(4, place_shapes(40, 30, 30))
  expect_setequal(unique(rows$image), 1:40)
  expect_false(anyNA(rows$x))
  expect_true(all(rows$x - rows$radius >= 0.5 & rows$x + rows$radius <= 30.5))
})

test_that("grey images have one channel, small ones are drawn", {
  grey <- simulate_shapes(5, 16, channels = 1, seed = 5)
  expect_equal(dim(grey$x), c(5, 16, 16, 1))
  one <- simulate_shapes(1, 16, seed = 5)
  expect_equal(dim(one$x), c(1, 16, 16, 3))
  expect_equal(dim(one$masks), c(1, 16, 16))
})

test_that("noise is as large as stated", {
  quiet <- simulate_shapes(20, 32, noise = 0, seed = 6)
  loud <- simulate_shapes(20, 32, noise = 0.03, seed = 6)
  inside <- quiet$x > 0.15 & quiet$x < 0.85
  expect_equal(sd((loud$x - quiet$x)[inside]), 0.03, tolerance = 0.03)
  expect_equal(loud$masks, quiet$masks)
})

test_that("simulate_shapes() names the argument that is wrong", {
  expect_snapshot(error = TRUE, {
    simulate_shapes(0)
    simulate_shapes(size = 15)
    simulate_shapes(channels = 2)
    simulate_shapes(channels = "grey")
    simulate_shapes(objects = 0)
    simulate_shapes(noise = -1)
  })
})
