# Fashion-MNIST: "auto" beside "dcgan" of the source at equal training time, by
# the features of one classifier; classes that are made, and whether they are
# those asked for.
#
#   Rscript bench/gan/clothes.R [seeds=1,2,3] [epochs=7] [conditional=TRUE]
#
# Protocol: the classifier is deep_cnn() by default, trained on the training
# images; its test accuracy is printed and must be .92 or more. Distances are
# between 5,000 made images and 5,000 training images, beside the floor (5,000
# other training images) and the ceiling (noise), and once more on the 10,000
# test images in halves. "dcgan" gets as many epochs as fit into the seconds
# that "auto" took, by its own seconds an epoch. Shares of classes are those of
# 5,000 made images without a wish, as the classifier calls them.

library(deeply)

arguments <- strsplit(commandArgs(TRUE), "=", fixed = TRUE)
given <- stats::setNames(lapply(arguments, `[[`, 2),
                         vapply(arguments, `[[`, "", 1))
option <- function(name, default) {
  if (is.null(given[[name]])) default else given[[name]]
}
seeds <- as.integer(strsplit(option("seeds", "1,2,3"), ",")[[1]])
epochs <- as.integer(option("epochs", "7"))
conditional <- as.logical(option("conditional", "TRUE"))

data <- deep_data("fashion_mnist")
train <- deep_images(data$train$x, data$train$y)
test <- deep_images(data$test$x, data$test$y)
classifier <- deep_cnn(train, baseline = FALSE, calibration = "none",
                       control = deep_control(seed = 1))
cat(sprintf("classifier: test accuracy %.4f\n",
            evaluate(classifier, test)$accuracy[[1]]))

class <- if (conditional) NULL else FALSE
gan <- function(architecture, epochs, seed) {
  deep_gan(train, class, architecture = architecture, score = classifier,
           control = deep_control(epochs = epochs, seed = seed))
}

trained <- function(fit) {
  max(fit$history$seconds)
}

judge <- function(fit, seed) {
  cat(sprintf("\n== %s, seed %d: %.0f s of training, %d epochs\n",
              fit$spec$architecture, seed, trained(fit), fit$info$epochs))
  print(fit)
  print(evaluate(fit, test))
  made <- generate(fit, 5000, seed = seed)
  called <- predict(classifier, made)$.pred_class
  cat("classes:", paste0(names(table(called)), " ",
                         round(100 * table(called) / 5000, 1)), sep = "; ")
  if (conditional) {
    asked <- rep_len(fit$prep$classes, 5000)
    cat(sprintf("\nthe class asked for: %.4f\n",
                mean(as.character(called) == asked)))
  }
}

for (seed in seeds) {
  auto <- gan("auto", epochs, seed)
  judge(auto, seed)
  once <- trained(gan("dcgan", 1, seed))
  judge(gan("dcgan", max(1, round(trained(auto) / once)), seed), seed)
}
