# A matrix of 1,000,000 x 50 numbers through deep_mlp() for one epoch: the share
# of the fit that the crossing from R to Python takes, and the peak memory in
# multiples of the matrix. Linux only: memory is read from /proc.
#
#   Rscript bench/crossing.R

library(deeply)

memory_mb <- function(what) {
  line <- grep(what, readLines("/proc/self/status"), value = TRUE)
  as.numeric(gsub("[^0-9]", "", line)) / 1024
}

n <- 1e6
p <- 50
deep_device()
before_mb <- memory_mb("VmRSS")
set.seed(1)
x <- matrix(0, n, p, dimnames = list(NULL, paste0("x", seq_len(p))))
for (j in seq_len(p)) x[, j] <- rnorm(n)
y <- x[, 1] + x[, 2] * x[, 3] + rnorm(n)
matrix_mb <- as.numeric(object.size(x)) / 2^20
gc(reset = TRUE) |> invisible()
start_mb <- memory_mb("VmRSS")

# The crossing is every call that hands over rows; encoding is R's own work.
crossing <- 0
trace_call <- deeply:::backend_call
timed_call <- function(verb, ...) {
  seconds <- system.time(value <- trace_call(verb, ...), gcFirst = FALSE)
  if (verb %in% c("rows", "write")) crossing <<- crossing + seconds[["elapsed"]]
  value
}
environment(timed_call) <- list2env(
  list(trace_call = trace_call), parent = environment()
)
utils::assignInNamespace("backend_call", timed_call, "deeply")

seconds <- system.time(
  fit <- deep_mlp(x, y = y, control = deep_control(epochs = 1, seed = 1))
)[["elapsed"]]
peak_mb <- memory_mb("VmHWM")

print(fit)
cat(sprintf(
  paste0(
    "\nMatrix              %.0f MB\n",
    "Fit                 %.1f s\n",
    "Crossing            %.2f s, %.1f %% of the fit (bar: 1 %%)\n",
    "Peak of the process %.0f MB, of that %.0f MB R and TensorFlow before\n",
    "Peak without those  %.2f x the matrix (bar: 2.5)\n",
    "Peak with those     %.2f x the matrix\n"
  ),
  matrix_mb, seconds, crossing, 100 * crossing / seconds,
  peak_mb, before_mb,
  (peak_mb - before_mb) / matrix_mb, peak_mb / matrix_mb
))
