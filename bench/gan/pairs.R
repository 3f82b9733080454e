# Images made from others, on photographs: colour from grey and 48 pixels from
# 12 of 530 faces, and what an electron microscope shows from where its
# membranes are. Beside what needs no network, on pairs that were held out.
#
#   Rscript bench/gan/pairs.R [tasks=colour,enlarge,cells] [epochs=] [seeds=1]
#     [plots=FOLDER]
#
# Cells come from 30 slices one above the other, cut into squares of 64 pixels;
# those of the last six slices are held out, as neighbours are alike. That takes
# the package png. With `plots` pairs and the film are written to that folder,
# which must lie outside the repository: the photographs are nobody's to
# publish.

library(deeply)

source("bench/arguments.R")
asked <- read_arguments(tasks = c("colour", "enlarge", "cells"), epochs = NULL,
                        seeds = 1, plots = NULL)

# The squares of all slices, one slice after the other.
cut_squares <- function(paths, side = 64) {
  cut <- function(path) {
    slice <- png::readPNG(path)
    if (length(dim(slice)) == 3) slice <- slice[, , 1]
    across <- dim(slice) / side
    squares <- array(slice, c(side, across[[1]], side, across[[2]]))
    matrix(aperm(squares, c(2, 4, 1, 3)), prod(across))
  }
  squares <- do.call(rbind, lapply(paths, cut))
  array(squares, c(nrow(squares), side, side))
}

face_pairs <- function(...) {
  paths <- deep_data("faces")$data$path
  list(x = paths, from = deep_images(paths, ...), size = 48,
       held_out = seq(10, length(paths), 10))
}

tasks <- list(
  colour = function() face_pairs(channels = 1),
  enlarge = function() face_pairs(size = 12),
  cells = function() {
    slices <- deep_data("membrane")$data
    x <- cut_squares(slices$path)
    list(x = x, from = deep_images(cut_squares(slices$mask)), size = 64,
         held_out = seq(nrow(x) * 24 / 30 + 1, nrow(x)))
  }
)

draw <- function(fit, pairs, name) {
  some <- pairs$held_out[round(seq(1, length(pairs$held_out), length.out = 8))]
  drawn <- list(
    pairs = autoplot(fit, list(x = deep_images(pairs$x)[some],
                               from = pairs$from[some])),
    film = autoplot(fit), score = autoplot(fit, type = "score")
  )
  for (kind in names(drawn)) {
    file <- sprintf("pairs-%s-%s.png", name, kind)
    ggplot2::ggsave(file.path(asked$plots, file), drawn[[kind]], width = 8,
                    height = 4.5, dpi = 96)
  }
}

for (task in asked$tasks) {
  pairs <- tasks[[task]]()
  for (seed in asked$seeds) {
    fit <- deep_gan(pairs$x, from = pairs$from, image_size = pairs$size,
                    control = deep_control(epochs = asked$epochs, seed = seed,
                                           validation = pairs$held_out))
    cat(sprintf("\n== %s, seed %d\n", task, seed))
    print(fit)
    if (!is.null(asked$plots)) draw(fit, pairs, paste0(task, "-", seed))
  }
}
