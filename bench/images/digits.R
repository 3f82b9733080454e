# Fashion-MNIST and MNIST whole, by a preset: accuracy on the 10,000 test images
# and seconds.
#
#   Rscript bench/images/digits.R [data=fashion_mnist] [preset=default]
#                                 [seeds=1] [test_average=FALSE]

library(deeply)

source("bench/arguments.R")
asked <- read_arguments(data = c("fashion_mnist", "mnist"), preset = "default",
                        seeds = 1, test_average = FALSE)

for (name in asked$data) {
  data <- deep_data(name)
  train <- deep_images(data$train$x, data$train$y)
  test <- deep_images(data$test$x, data$test$y)
  for (preset in asked$preset) {
    for (seed in asked$seeds) {
      fit <- deep_cnn(train, preset = preset, baseline = FALSE,
                      test_average = asked$test_average,
                      control = deep_control(seed = seed))
      print(fit)
      judged <- evaluate(fit, test)
      cat(sprintf("%s, %s, seed %d: test accuracy %.4f, %.0f s, %d epochs\n",
                  name, preset, seed, judged$accuracy[[1]], fit$info$seconds,
                  fit$info$epochs))
    }
  }
}
