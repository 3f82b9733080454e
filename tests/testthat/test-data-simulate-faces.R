# Faces that differ in what is given only, before the same wall.
alike <- function(n, ..., size = 64) {
  rows <- with_seed(3, draw_features(1))[rep(1, n)]
  fixed <- list(smile = 0, glasses = factor("no", c("no", "yes")),
                beard = factor("no", c("no", "yes")), mouth_open = 0, turn = 0,
                tilt_deg = 0, x = 0, y = 0, scale = 1, light = 0, brow = 0,
                hair = factor("short", c("none", "short", "long")))
  fixed <- utils::modifyList(fixed, list(...))
  for (name in names(fixed)) {
    data.table::set(rows, j = name, value = rep_len(fixed[[name]], n))
  }
  walls <- list(back = matrix(0.8, n, 3), back_slope = numeric(n),
                back_angle = numeric(n), shirt = matrix(0.2, n, 3))
  array(draw_faces(c(rows, walls), size, noise = 0), c(n, size, size, 3))
}

test_that("faces have the types and ranges that are stated", {
  faces <- simulate_faces(40, seed = 1)
  expect_equal(dim(faces$x), c(40, 50, 50, 3))
  expect_true(all(faces$x >= 0 & faces$x <= 1))
  rows <- faces$truth$rows
  expect_equal(nrow(rows), 40)
  expect_true(all(abs(rows$smile) <= 1))
  expect_equal(levels(rows$glasses), c("no", "yes"))
  expect_equal(levels(rows$hair), c("none", "short", "long"))
  shares <- with_seed(2, draw_features(5000))
  expect_equal(mean(shares$glasses == "yes"), 0.3, tolerance = 0.06)
  expect_equal(mean(shares$beard == "yes"), 0.2, tolerance = 0.08)
  expect_equal(mean(shares$mouth_open == 0), 0.5, tolerance = 0.05)
  expect_equal(mean(shares$hair == "none"), 0.1, tolerance = 0.12)
})

test_that("the same features give the same face, whatever is beside it", {
  twins <- alike(2)
  expect_equal(twins[1, , , ], twins[2, , , ])
  more <- alike(3, smile = c(0, 1, -1))
  expect_equal(more[1, , , ], twins[1, , , ])
  expect_false(identical(more[2, , , ], more[3, , , ]))
})

test_that("a face that looks ahead is symmetric", {
  face <- alike(1)[1, , , ]
  expect_equal(face, face[, 64:1, ], tolerance = 1e-8)
})

test_that("a smile lifts the corners of the mouth", {
  # In the columns of a corner, the mouth is where it is darker than a face
  # without one would be: below the nose, above the chin.
  faces <- alike(3, smile = c(-1, 0, 1), size = 128)
  at <- function(u) round((u + 1) * 64 + 0.5)
  height <- function(face, u) {
    rows <- at(0.22):at(0.46)
    dark <- max(face[rows, at(u), 2]) - face[rows, at(u), 2]
    sum(rows * dark^4) / sum(dark^4)
  }
  corner <- vapply(1:3, function(i) height(faces[i, , , ], 0.17), 1)
  middle <- vapply(1:3, function(i) height(faces[i, , , ], 0), 1)
  expect_true(all(diff(corner) < -1))
  expect_true(all(diff(middle) > 1))
})

test_that("skin, hair and eyes have their colours", {
  rows <- with_seed(3, draw_features(1))
  face <- alike(1, size = 100)[1, , , ]
  # The crown, in front of which nothing lies.
  hair <- colour_matrix(hair_colours[as.character(rows$hair_colour)])
  expect_equal(face[22, 50, ], drop(unname(hair)))
  skin <- skin_matrix(rows$skin)
  expect_equal(face[60, 38, ] / drop(skin), rep(1, 3), tolerance = 0.06)
  expect_equal(skin_matrix(c(0, 1)),
               unname(colour_matrix(skin_colours[c(1, 5)])))
})

test_that("glasses, beards and open mouths darken their places only", {
  yes <- factor(c("no", "yes"))
  band <- function(face, v) {
    face[1, round((v[[1]] + 1) * 32):round((v[[2]] + 1) * 32), , ] -
      face[2, round((v[[1]] + 1) * 32):round((v[[2]] + 1) * 32), , ]
  }
  glasses <- alike(2, glasses = yes)
  expect_gt(sum(abs(band(glasses, c(-0.25, 0.2)))), 20)
  expect_equal(max(abs(band(glasses, c(0.25, 0.95)))), 0)
  beard <- alike(2, beard = yes)
  expect_gt(sum(abs(band(beard, c(0.2, 0.7)))), 20)
  expect_equal(max(abs(band(beard, c(-0.9, -0.2)))), 0)
  open <- alike(2, mouth_open = c(0, 1))
  expect_gt(sum(abs(band(open, c(0.2, 0.5)))), 5)
  expect_equal(max(abs(band(open, c(-0.9, 0.15)))), 0)
})

test_that("hair can be none, short and long", {
  faces <- alike(3, hair = factor(c("none", "short", "long")))
  # Above the head, and beside the neck.
  expect_equal(max(abs(faces[1, 8, 32, ] - 0.8)), 0)
  expect_gt(max(abs(faces[2, 11, 32, ] - 0.8)), 0.1)
  beside <- faces[, 50, 17, ]
  expect_equal(beside[2, ], rep(0.8, 3))
  expect_gt(max(abs(beside[3, ] - 0.8)), 0.1)
})

test_that("windows cut nothing off", {
  # Drawn as a whole, the widest and most tilted faces are the same.
  some <- with_seed(5, c(draw_features(30), draw_surroundings(30)))
  some$tilt_deg <- rep(c(-10, 10), 15)
  some$turn <- rep(c(-1, -1, 1, 1, 0), 6)
  some$scale <- rep(1, 30)
  whole <- function(canvas, face, window) {
    face_window(canvas, face, c(-3, 3, -3, 3))
  }
  layers <- lapply(face_layers, function(layer) {
    environment(layer) <- list2env(list(face_window = whole),
                                   parent = environment(layer))
    layer
  })
  gap <- draw_faces(some, 40, 0) - draw_faces(some, 40, 0, layers)
  expect_lt(max(abs(gap)), 1e-12)
})

test_that("simulate_faces() names the argument that is wrong", {
  expect_snapshot(error = TRUE, {
    simulate_faces(0)
    simulate_faces(size = 8)
    simulate_faces(noise = "none")
  })
})
