# Deeper is not better by itself: plain networks of 20 and 56 layers, and the
# residual pair (He et al. 2016, figure 1 and 6), by their training loss.
#
#   Rscript bench/images/depth.R [images=10000] [epochs=12] [seeds=1]
#
# Without augmentation, smoothing or averages, as the question is how well they
# can be fitted. Fashion-MNIST; on two cores an hour or so. On a GPU take all
# images and the depths of the paper: images=60000 epochs=60 depths=20,56,110.

library(deeply)

source("bench/arguments.R")
asked <- read_arguments(images = 10000, epochs = 12, depths = c(20, 56),
                        seeds = 1)

data <- deep_data("fashion_mnist")$train
some <- seq_len(asked$images)
images <- deep_images(data$x[some, , ], data$y[some])

runs <- expand.grid(residual = c(FALSE, TRUE),
                    depth = asked$depths,
                    seed = seq_len(asked$seeds))
runs <- cbind(runs, t(mapply(function(residual, depth, seed) {
  fit <- deep_cnn(
    images, architecture = "resnet", depth = depth, residual = residual,
    filters = c(8, 16, 32), augmentation = "none", baseline = FALSE,
    calibration = "none", control = deep_control(
      epochs = asked$epochs, batch_size = 128, seed = seed, label_smoothing = 0,
      optimizer = deep_optimizer("sgd", momentum = 0.9, weight_decay = 1e-4),
      learn_rate = deep_schedule("cosine", learn_rate = 0.05, warmup = 0.05)
    )
  )
  c(training_loss = utils::tail(fit$history$loss, 1),
    validation_accuracy = evaluate(fit)$accuracy[[1]],
    seconds = fit$info$seconds)
}, runs$residual, runs$depth, runs$seed)))
print(runs, digits = 3, row.names = FALSE)
