# What members cost: seconds an epoch of Adult's training rows, beside as many
# networks of their own, and milliseconds to predict one row.
#
#   DEEPLY_DATA_DIR=<folder> Rscript bench/members.R

suppressPackageStartupMessages(library(deeply))

adult <- deep_data("adult")$train
one <- adult[7, ]
# Fewer steps would not be compiled at length.
control <- deep_control(epochs = 60, patience = Inf, seed = 1)

measure <- function(members) {
  fit <- deep_mlp(income ~ ., adult, members = members, baseline = FALSE,
                  control = control)
  # The first epochs compile.
  epoch <- median(diff(fit$history$seconds)[-(1:3)])
  predict(fit, one)
  started <- Sys.time()
  for (i in 1:300) predict(fit, one, type = "prob")
  row <- as.numeric(Sys.time() - started, units = "secs") / 300
  c(epoch = epoch, row = row)
}

members <- c(1, 4, 8, 16, 32)
costs <- vapply(members, measure, numeric(2))
for (i in seq_along(members)) {
  cat(sprintf(
    "%2d members: %.2f s an epoch, %.1f x one (%.0f alone), %.1f ms a row\n",
    members[[i]], costs["epoch", i], costs["epoch", i] / costs["epoch", 1],
    members[[i]], 1e3 * costs["row", i]
  ))
}
