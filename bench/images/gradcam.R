# Grad-CAM on simulated shapes, whose place is known: share of the heat inside
# the shape, beside the share of the image that the shape covers. Must be above
# twice as much in the mean of 100 images that were not trained on.
#
#   Rscript bench/images/gradcam.R [epochs] [training images] [layer]

suppressPackageStartupMessages(library(deeply))
given <- commandArgs(TRUE)
epochs <- as.integer(c(given[1], 15L))[!is.na(c(given[1], 15L))][[1]]
n <- as.integer(c(given[2], 2000L))[!is.na(c(given[2], 2000L))][[1]]
layer <- if (length(given) > 2) given[[3]]

train <- simulate_shapes(n, size = 48, seed = 1)
test <- simulate_shapes(100, size = 48, seed = 2)
fit <- deep_cnn(train$x, train$class, baseline = FALSE,
                control = deep_control(epochs = epochs, seed = 1))
print(fit)

# Of what is called, and of the true class.
inside <- function(found) {
  heat <- attr(found, "heat")
  mask <- test$masks > 0
  share <- apply(heat * mask, 1, sum) / apply(heat, 1, sum)
  area <- apply(mask, 1, mean)
  hot <- is.finite(share)
  cat(sprintf(
    "heat inside %.3f, area %.3f: ratio %.2f (%d of %d images with heat)\n",
    mean(share[hot]), mean(area[hot]), mean(share[hot]) / mean(area[hot]),
    sum(hot), length(hot)
  ))
}
found <- explain(fit, deep_images(test$x, test$class), layer = layer)
print(found, n = 3)
cat(sprintf("accuracy on these %.2f\n", mean(found$predicted == found$truth)))
inside(found)
