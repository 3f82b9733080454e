# Presets of deep_mlp() on Adult's original split, five seeds, beside their
# baselines.
#
#   DEEPLY_DATA_DIR=<folder> Rscript bench/adult.R [preset ...]

library(deeply)

presets <- commandArgs(TRUE)
if (length(presets) == 0) presets <- c("default", "best", "book")

adult <- deep_data("adult")
# The start of TensorFlow is in nobody's time.
invisible(deep_mlp(Species ~ ., iris, control = deep_control(epochs = 1)))
for (preset in presets) {
  results <- lapply(1:5, function(seed) {
    seconds <- system.time(
      fit <- deep_mlp(income ~ ., adult$train, preset = preset,
                      control = deep_control(seed = seed))
    )[["elapsed"]]
    judged <- evaluate(fit, adult$test)
    cat(sprintf("\n%s, seed %d, %.1f s\n", preset, seed, seconds))
    print(judged, digits = 4)
    c(auc = judged$roc_auc[[1]], accuracy = judged$accuracy[[1]],
      seconds = seconds)
  })
  table <- do.call(rbind, results)
  cat("\n", preset, ", mean of five: AUC ", round(mean(table[, "auc"]), 4),
      ", accuracy ", round(mean(table[, "accuracy"]), 4), ", ",
      round(mean(table[, "seconds"]), 1), " s\n", sep = "")
}
