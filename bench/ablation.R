# What each part of the default preset is worth on Adult's original split: test
# scores, means and standard deviations over seeds. All runs are kept in
# ablation.csv.
#
#   DEEPLY_DATA_DIR=<folder> Rscript bench/ablation.R [seeds]

suppressPackageStartupMessages(library(deeply))
given <- commandArgs(TRUE)
seeds <- if (length(given) > 0) seq_len(as.integer(given[[1]])) else 1:5

adult <- deep_data("adult")
# Of all: the layers, the embeddings of the categories, and AdamW.
without_average <- deep_optimizer("adamw", weight_decay = 3e-4)
variants <- list(
  plain = list(numeric_embedding = "none", members = 1,
               optimizer = without_average),
  "+ numbers as vectors" = list(members = 1, optimizer = without_average),
  "+ members" = list(numeric_embedding = "none", optimizer = without_average),
  both = list(optimizer = without_average),
  "both + average of the weights" = list()
)

fit_variant <- function(variant, seed) {
  control <- deep_control(seed = seed, optimizer = variant$optimizer)
  arguments <- variant[names(variant) != "optimizer"]
  seconds <- system.time(
    fit <- rlang::inject(deep_mlp(income ~ ., adult$train, control = control,
                                  baseline = FALSE, !!!arguments))
  )[["elapsed"]]
  judged <- evaluate(fit, adult$test)
  c(auc = judged$roc_auc[[1]], accuracy = judged$accuracy[[1]],
    log_loss = judged$log_loss[[1]], seconds = seconds,
    parameters = fit$info$parameters)
}

# The start of TensorFlow is in nobody's time.
invisible(deep_mlp(Species ~ ., iris, control = deep_control(epochs = 1)))
kept <- list()
for (name in names(variants)) {
  runs <- vapply(seeds, fit_variant, numeric(5), variant = variants[[name]])
  kept[[name]] <- data.table::data.table(variant = name, seed = seeds, t(runs))
  mean <- rowMeans(runs)
  sd <- apply(runs, 1, sd)
  cat(sprintf(
    paste("%-30s AUC %.4f (sd %.4f), accuracy %.4f (%.4f), log loss %.4f,",
          "%.0f s, %.0f parameters\n"),
    name, mean[["auc"]], sd[["auc"]], mean[["accuracy"]], sd[["accuracy"]],
    mean[["log_loss"]], mean[["seconds"]], mean[["parameters"]]
  ))
}
here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(),
                                         value = TRUE)))
data.table::fwrite(data.table::rbindlist(kept), file.path(here, "ablation.csv"))
