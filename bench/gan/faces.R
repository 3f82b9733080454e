# 530 photographs of faces, 50 x 50 pixels in colour: does it train through
# without collapse, and how far is it from true ones, by epoch?
#
#   Rscript bench/gan/faces.R [seeds=1,2,3] [epochs=] [plots=FOLDER]
#
# Prints of each seed the fit with its scores beside floor and ceiling, the
# distance by epoch as a multiple of the floor, and what the guards found. With
# `plots` the grid, the film and the curves are written to that folder, which
# must lie outside the repository: the photographs are nobody's to publish.

library(deeply)

source("bench/arguments.R")
asked <- read_arguments(seeds = 1:3, epochs = NULL, plots = NULL)

paths <- deep_data("faces")$data$path

for (seed in asked$seeds) {
  fit <- deep_gan(paths, image_size = 50,
                  control = deep_control(epochs = asked$epochs, seed = seed))
  cat(sprintf("\n== seed %d\n", seed))
  print(fit)
  scored <- fit$history[is.finite(fit$history$val_loss), ]
  floor <- evaluate(fit)$frechet[[2]]
  print(data.frame(
    epoch = scored$epoch, frechet = round(scored$val_loss, 3),
    of_floor = round(scored$val_loss / floor, 1),
    diversity = round(scored$diversity, 2),
    discriminator = round(scored$discriminator_accuracy, 2)
  ), row.names = FALSE)
  if (!is.null(asked$plots)) {
    for (type in c("samples", "film", "score", "history")) {
      name <- sprintf("faces-%d-%s.png", seed, type)
      ggplot2::ggsave(file.path(asked$plots, name), autoplot(fit, type),
                      width = 7, height = 6, dpi = 96)
    }
  }
}
