# Memory while training from a folder of JPEG files.
#
#   Rscript bench/images/folder.R [files=50000] [side=128] [size=64] [epochs=1]
#
# Makes the files in a temporary folder, fits in a process of its own, and reads
# that process' largest resident memory from the system: before the fit, with
# TensorFlow started, and at its end. Linux only. JAX, which TensorFlow loads
# where it is installed, is hidden from it: deep_install() brings it on request.

library(deeply)

source("bench/arguments.R")
asked <- read_arguments(files = 50000, side = 128, size = 64, epochs = 1)

folder <- file.path(tempdir(), "photos")
make <- tempfile(fileext = ".py")
writeLines(c(
  "import pathlib, sys",
  "import numpy as np",
  "from PIL import Image",
  "folder, files, side = pathlib.Path(sys.argv[1]), *map(int, sys.argv[2:])",
  "generator = np.random.default_rng(0)",
  "for i in range(files):",
  "    place = folder / ('dark' if i % 2 else 'light')",
  "    place.mkdir(parents=True, exist_ok=True)",
  "    coarse = generator.integers(0, 200, (6, 8, 3), np.uint8)",
  "    coarse = coarse + np.uint8(0 if i % 2 else 50)",
  "    image = Image.fromarray(coarse).resize((side * 4 // 3, side))",
  "    image.save(place / f'{i:06d}.jpg')"
), make)
status <- system2(reticulate::virtualenv_python("r-deeply"),
                  c(make, folder, asked$files, asked$side))
stopifnot(status == 0)

hidden <- tempfile("no-jax")
dir.create(hidden)
writeLines("raise ImportError", file.path(hidden, "jax.py"))

used <- callr::r(function(folder, size, epochs) {
  peak <- function() {
    line <- grep("^VmHWM:", readLines("/proc/self/status"), value = TRUE)
    as.numeric(gsub("[^0-9]", "", line)) / 1024
  }
  deeply::deep_device()
  before <- peak()
  images <- deeply::deep_images(folder, size = size)
  fit <- deeply::deep_cnn(images,
                          control = deeply::deep_control(epochs = epochs))
  list(before = before, after = peak(), seconds = fit$info$seconds,
       accuracy = deeply::evaluate(fit)$accuracy[[1]])
}, list(folder, asked$size, asked$epochs),
env = c(callr::rcmd_safe_env(), PYTHONPATH = hidden))

cat(sprintf(
  "%d files of %d pixels: largest memory %.0f MB, %.0f MB before; %.0f s; %s\n",
  files, side, used$after, used$before, used$seconds,
  sprintf("accuracy %.3f", used$accuracy)
))
