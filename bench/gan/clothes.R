# Fashion-MNIST: "auto" beside "dcgan" of the source and a variational
# autoencoder at equal training time, by the features of one classifier; classes
# that are made, and whether they are those asked for.
#
#   Rscript bench/gan/clothes.R [seeds=1,2,3] [epochs=7] [conditional=TRUE]
#     [kinds=auto,dcgan,vae] [classifier=FILE]
#
# Protocol: the classifier is deep_cnn() by default, trained on the training
# images, and kept in FILE if one is named; its test accuracy is printed and is
# to be .92 or more. Distances are between 5,000 made images and 5,000 training
# images, beside the floor (5,000 other training images) and the ceiling
# (noise), and once more on the 10,000 test images in halves. "dcgan" and the
# autoencoder get as many epochs as fit into the seconds that "auto" took, by
# their own seconds an epoch. Shares of classes are those of 5,000 made images,
# of each class in turn, as the classifier calls them.

library(deeply)

source("bench/arguments.R")
asked <- read_arguments(seeds = 1:3, epochs = 7, conditional = TRUE,
                        kinds = c("auto", "dcgan", "vae"), classifier = NULL)

data <- deep_data("fashion_mnist")
train <- deep_images(data$train$x, data$train$y)
test <- deep_images(data$test$x, data$test$y)
learn_classifier <- function(file) {
  if (!is.null(file) && file.exists(file)) {
    return(readRDS(file))
  }
  fit <- deep_cnn(train, baseline = FALSE, calibration = "none",
                  control = deep_control(seed = 1))
  if (!is.null(file)) saveRDS(fit, file)
  fit
}

classifier <- learn_classifier(asked$classifier)
cat(sprintf("classifier: test accuracy %.4f\n",
            evaluate(classifier, test)$accuracy[[1]]))

class <- if (asked$conditional) NULL else FALSE
fitters <- list(
  auto = function(epochs, seed) gan("auto", epochs, seed),
  dcgan = function(epochs, seed) gan("dcgan", epochs, seed),
  vae = function(epochs, seed) {
    deep_autoencoder(train, variational = TRUE, score = classifier,
                     control = deep_control(epochs = epochs, seed = seed))
  }
)

gan <- function(architecture, epochs, seed) {
  deep_gan(train, class, architecture = architecture, score = classifier,
           control = deep_control(epochs = epochs, seed = seed))
}

trained <- function(fit) {
  max(fit$history$seconds)
}

samples <- function(fit, ...) {
  if (inherits(fit, "deep_gan")) evaluate(fit, ...) else
    evaluate(fit, ..., type = "samples")
}

judge <- function(kind, fit, seed) {
  cat(sprintf("\n== %s, seed %d: %.0f s of training, %d epochs\n", kind, seed,
              trained(fit), fit$info$epochs))
  print(samples(fit))
  print(samples(fit, test))
  made <- generate(fit, 5000, seed = seed)
  called <- predict(classifier, made)$.pred_class
  cat("classes:", paste0(names(table(called)), " ",
                         round(100 * table(called) / 5000, 1)), sep = "; ")
  if (asked$conditional && kind != "vae") {
    asked <- rep_len(fit$prep$classes, 5000)
    cat(sprintf("\nthe class asked for: %.4f",
                mean(as.character(called) == asked)))
  }
  cat("\n")
}

for (seed in asked$seeds) {
  auto <- fitters$auto(asked$epochs, seed)
  if ("auto" %in% asked$kinds) judge("auto", auto, seed)
  for (kind in setdiff(asked$kinds, "auto")) {
    once <- trained(fitters[[kind]](1, seed))
    fit <- fitters[[kind]](max(1, round(trained(auto) / once)), seed)
    judge(kind, fit, seed)
  }
}
