# Peak memory of a fit and of predict() at 2,000,000 x 50, in memory and
# streamed from a file. Each path runs in a process of its own.
#
#   Rscript bench/memory.R

memory_mb <- function(what) {
  lines <- readLines("/proc/self/status")
  line <- grep(paste0("^", what, ":"), lines, value = TRUE)
  as.numeric(gsub("[^0-9]", "", line)) / 1024
}

# From here on the peak counts anew.
forget_peak <- function() {
  cat("5", file = "/proc/self/clear_refs")
}

measure <- function(stream, n = 2e6, p = 50) {
  suppressPackageStartupMessages(library(deeply))
  options(deeply.backend = Sys.getenv("DEEPLY_BACKEND", "tensorflow"))
  deep_device()
  set.seed(1)
  x <- matrix(0, n, p, dimnames = list(NULL, paste0("x", seq_len(p))))
  for (j in seq_len(p)) x[, j] <- rnorm(n)
  y <- x[, 1] + x[, 2] * x[, 3] + rnorm(n)
  invisible(gc())
  before <- memory_mb("VmRSS")
  forget_peak()
  control <- deep_control(epochs = 1, seed = 1, stream = stream)
  seconds <- system.time(
    fit <- deep_mlp(x, y = y, control = control, hidden_units = c(64, 32),
                    baseline = FALSE)
  )[["elapsed"]]
  fit_peak <- memory_mb("VmHWM")
  invisible(gc())
  between <- memory_mb("VmRSS")
  forget_peak()
  predicting <- system.time(answer <- predict(fit, x))[["elapsed"]]
  stopifnot(nrow(answer) == n)
  cat(sprintf(
    "%-10s %8.0f %10.0f %8.1f %14.0f %9.1f   %.6f\n",
    if (stream) "file" else "memory", before, fit_peak - before, seconds,
    memory_mb("VmHWM") - between, predicting, fit$history$val_loss
  ))
}

path <- commandArgs(TRUE)
if (length(path) == 1) {
  measure(path == "file")
} else {
  cat(
    "MB and seconds; the encoded rows take 400 MB, R's matrix 800.\n",
    "path         before   fit adds  seconds   predict adds   seconds",
    "  validation loss\n"
  )
  script <- sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))
  for (path in c("memory", "file")) {
    system2(file.path(R.home("bin"), "Rscript"), c(script, path))
  }
}
