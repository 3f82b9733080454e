# Fashion-MNIST with one class held out: how well a GAN, an autoencoder and a
# variational one, none of which saw a label, tell that class from the others.
#
#   Rscript bench/gan/anomaly.R [n=18000] [gan_epochs=6] [epochs=6]
#     [test=2000] [classes=1,2,...]
#
# Protocol: each is fitted to `n` training images of the other nine classes and
# scores the first `test` test images. Printed is the AUC: the probability that
# an image of the class that was held out gets a higher score than one of the
# others, and the same for a score that needs no fit, the distance to the mean
# training image.

library(deeply)

source("bench/arguments.R")
asked <- read_arguments(n = 18000, gan_epochs = 6, epochs = 6, test = 2000,
                        classes = 1:10)
shown <- seq_len(asked$test)

data <- deep_data("fashion_mnist")
test <- data$test$x[shown, , ]
kinds <- levels(data$train$y)[asked$classes]

auc <- function(score, odd) {
  (sum(rank(score)[odd]) - sum(odd) * (sum(odd) + 1) / 2) /
    (sum(odd) * sum(!odd))
}

control <- function(epochs) {
  deep_control(epochs = epochs, seed = 1, verbose = FALSE)
}

fitters <- list(
  gan = function(x) {
    deep_gan(x, class = FALSE, score = FALSE,
             control = control(asked$gan_epochs))
  },
  autoencoder = function(x) {
    deep_autoencoder(x, score = FALSE, control = control(asked$epochs))
  },
  variational = function(x) {
    deep_autoencoder(x, variational = TRUE, score = FALSE,
                     control = control(asked$epochs))
  }
)

rows <- lapply(kinds, function(kind) {
  odd <- data$test$y[shown] == kind
  x <- data$train$x[utils::head(which(data$train$y != kind), asked$n), , ]
  mean_image <- colMeans(x)
  from_mean <- apply(test, 1, function(image) mean((image - mean_image)^2))
  found <- vapply(fitters, function(fit) {
    auc(anomaly_score(fit(x), test)$.anomaly, odd)
  }, 0)
  row <- data.frame(held_out = kind, mean_image = auc(from_mean, odd),
                    t(found))
  print(row, digits = 3, row.names = FALSE)
  row
})
table <- do.call(rbind, rows)
cat("\n")
print(table, digits = 3, row.names = FALSE)
print(colMeans(table[-1]), digits = 3)
