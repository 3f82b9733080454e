# Images made from others, on photographs: colour from grey and 48 pixels from
# 12 of 530 faces, and what an electron microscope shows from where its
# membranes are. Beside what needs no network, on pairs that were held out.
#
#   Rscript bench/gan/pairs.R [tasks=colour,enlarge,cells] [epochs=] [seeds=1]
#     [plots=FOLDER]
#
# Faces are split by file. Cells come from 30 slices one above the other, cut
# into squares of 64 pixels; those of the last six slices are held out, as
# neighbours are alike. With `plots` pairs and the film are written to that
# folder, which must lie outside the repository: the photographs are nobody's to
# publish.

library(deeply)

source("bench/arguments.R")
asked <- read_arguments(tasks = c("colour", "enlarge", "cells"), epochs = NULL,
                        seeds = 1, plots = NULL)

# Whole, as numbers: an array, images x height x width x channels.
read_faces <- function(size, channels) {
  as.array(deep_images(deep_data("faces")$data$path, size = size,
                       channels = channels))
}

cut_squares <- function(paths, side = 64, across = 512) {
  starts <- seq(1, across, side)
  corners <- expand.grid(row = starts, column = starts)
  squares <- lapply(paths, function(path) {
    slice <- png::readPNG(path)
    if (length(dim(slice)) == 3) slice <- slice[, , 1]
    aperm(mapply(function(row, column) {
      slice[row + seq_len(side) - 1, column + seq_len(side) - 1]
    }, corners$row, corners$column, SIMPLIFY = "array"), c(3, 1, 2))
  })
  do.call(abind_first, squares)
}
