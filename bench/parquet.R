# Trains one epoch on a Parquet folder that does not fit in memory: 20 files of
# 1,000,000 rows and 50 columns of 32-bit numbers, about 4 GB. The bar is a peak
# of 2,048 MB for the whole process, R and TensorFlow included. Linux only:
# memory is read from /proc.
#
#   Rscript bench/parquet.R [--files 20] [--rows 1000000]
#
# The folder is made, once, in DEEPLY_BENCH_DIR or in a temporary folder, by
# Python in a process of its own.

library(deeply)

args <- commandArgs(trailingOnly = TRUE)
option <- function(name, default) {
  at <- match(paste0("--", name), args)
  if (is.na(at)) default else as.numeric(args[[at + 1]])
}
n_files <- option("files", 20)
n_rows <- option("rows", 1e6)

memory_mb <- function(what) {
  line <- grep(what, readLines("/proc/self/status"), value = TRUE)
  as.numeric(gsub("[^0-9]", "", line)) / 1024
}

write_files <- "
import os, sys
import numpy as np, pyarrow as pa, pyarrow.parquet as pq

folder, files, rows = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
os.makedirs(folder, exist_ok=True)
for k in range(files):
    path = os.path.join(folder, f'part-{k:03}.parquet')
    if os.path.exists(path):
        continue
    generator = np.random.default_rng(k)
    x = generator.normal(size=(49, rows)).astype('float32')
    noise = generator.normal(size=rows).astype('float32')
    columns = {f'x{j + 1}': x[j] for j in range(49)}
    columns['y'] = x[0] + x[1] * x[2] + noise
    pq.write_table(pa.table(columns), path + '.part')
    os.rename(path + '.part', path)
"

root <- Sys.getenv("DEEPLY_BENCH_DIR", tempdir())
folder <- file.path(root, sprintf("parquet-%g-%g", n_files, n_rows))
script <- tempfile(fileext = ".py")
writeLines(write_files, script)
python <- deeply:::choose_python()$python
# Not system2(): R's library path is not Python's.
written <- deeply:::capture_command(
  python, c(script, folder, n_files, sprintf("%.0f", n_rows))
)
if (written$status != 0) stop(paste(written$lines, collapse = "\n"))

# Seconds and peak of each pass over the files.
passes <- list()
walk <- deeply:::walk_parquet
timed_walk <- function(job, label, f) {
  seconds <- system.time(value <- walk(job, label, f))[["elapsed"]]
  passes[[label]] <<- c(seconds = seconds, peak_mb = memory_mb("VmHWM"))
  value
}
environment(timed_walk) <- list2env(
  list(walk = walk), parent = environment()
)
utils::assignInNamespace("walk_parquet", timed_walk, "deeply")

deep_device()
before_mb <- memory_mb("VmRSS")
data <- deep_parquet(folder)
seconds <- system.time(
  fit <- deep_mlp(y ~ ., data = data, hidden_units = c(64, 32),
                  baseline = FALSE,
                  control = deep_control(epochs = 1, seed = 1, stream = TRUE))
)[["elapsed"]]
peak_mb <- memory_mb("VmHWM")

print(data)
print(fit)
files_mb <- sum(file.size(data$files)) / 2^20
cat(sprintf(
  paste0(
    "\nFiles               %.0f MB in %d\n",
    "First pass          %.1f s, peak so far %.0f MB\n",
    "Second pass         %.1f s, peak so far %.0f MB\n",
    "Epoch               %.1f s\n",
    "Fit                 %.1f s\n",
    "Peak of the process %.0f MB (bar: 2048), of that %.0f MB R and TensorFlow",
    " before\n"
  ),
  files_mb, length(data$files), passes[[1]][["seconds"]],
  passes[[1]][["peak_mb"]], passes[[2]][["seconds"]],
  passes[[2]][["peak_mb"]], fit$history$seconds[[1]], seconds,
  peak_mb, before_mb
))
