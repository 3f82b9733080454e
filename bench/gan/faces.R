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

arguments <- strsplit(commandArgs(TRUE), "=", fixed = TRUE)
given <- stats::setNames(lapply(arguments, `[[`, 2),
                         vapply(arguments, `[[`, "", 1))
option <- function(name, default) {
  if (is.null(given[[name]])) default else given[[name]]
}
seeds <- as.integer(strsplit(option("seeds", "1,2,3"), ",")[[1]])
epochs <- if (!is.null(given$epochs)) as.integer(given$epochs)

paths <- deep_data("faces")$data$path

for (seed in seeds) {
  fit <- deep_gan(paths, image_size = 50,
                  control = deep_control(epochs = epochs, seed = seed))
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
  if (!is.null(given$plots)) {
    for (type in c("samples", "film", "score", "history")) {
      name <- sprintf("faces-%d-%s.png", seed, type)
      ggplot2::ggsave(file.path(given$plots, name), autoplot(fit, type),
                      width = 7, height = 6, dpi = 96)
    }
  }
}
