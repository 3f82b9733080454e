# Fashion-MNIST and MNIST whole, by a preset: accuracy on the 10,000 test images
# and seconds.
#
#   Rscript bench/images/digits.R [data=fashion_mnist] [preset=default]
#                                 [seeds=1] [test_average=FALSE]

library(deeply)

arguments <- strsplit(commandArgs(TRUE), "=", fixed = TRUE)
given <- stats::setNames(lapply(arguments, `[[`, 2),
                         vapply(arguments, `[[`, "", 1))
option <- function(name, default) {
  if (is.null(given[[name]])) default else given[[name]]
}
sets <- strsplit(option("data", "fashion_mnist,mnist"), ",")[[1]]
presets <- strsplit(option("preset", "default"), ",")[[1]]
seeds <- as.integer(strsplit(option("seeds", "1"), ",")[[1]])
average <- as.logical(option("test_average", "FALSE"))

for (name in sets) {
  data <- deep_data(name)
  train <- deep_images(data$train$x, data$train$y)
  test <- deep_images(data$test$x, data$test$y)
  for (preset in presets) {
    for (seed in seeds) {
      fit <- deep_cnn(train, preset = preset, baseline = FALSE,
                      test_average = average,
                      control = deep_control(seed = seed))
      print(fit)
      judged <- evaluate(fit, test)
      cat(sprintf("%s, %s, seed %d: test accuracy %.4f, %.0f s, %d epochs\n",
                  name, preset, seed, judged$accuracy[[1]], fit$info$seconds,
                  fit$info$epochs))
    }
  }
}
