# Knits vignettes-src/*.Rmd on real data into vignettes/*.Rmd, which hold their
# results and so need neither Python nor data where they are read.
#
#   Rscript tools/knit-vignettes.R [NAME...]

package <- read.dcf("DESCRIPTION", "Package")[[1]]

# Runs in a process of its own, so it uses nothing from outside. The figures
# are named relative to the working directory, hence vignettes/.
knit_one <- function(source, output) {
  name <- tools::file_path_sans_ext(basename(source))
  options(width = 80, cli.num_colors = 1L, cli.unicode = TRUE)
  knitr::opts_knit$set(progress = FALSE)
  knitr::opts_chunk$set(
    fig.path = paste0("figures/", name, "-"),
    fig.width = 7, fig.height = 4.3, dpi = 96, out.width = "100%",
    collapse = TRUE, comment = "#>", error = FALSE
  )
  knitr::knit(source, output, quiet = TRUE, encoding = "UTF-8")
  invisible()
}

# A note for who edits after the front matter, one for who reads at the end.
signed <- function(lines, source) {
  front <- which(lines == "---")[2]
  note <- sprintf("<!-- Made from %s by `make vignettes`: edit that. -->",
                  source)
  knitted <- sprintf("*Knitted with %s %s on %s.*", package,
                     utils::packageVersion(package), R.version.string)
  c(lines[seq_len(front)], "", note, lines[-seq_len(front)], "", knitted)
}

# A package is to stay below five megabytes.
shrink_figures <- function(name) {
  figures <- Sys.glob(file.path("vignettes", "figures", paste0(name, "-*")))
  if (length(figures) > 0) {
    status <- system2(reticulate::virtualenv_python("r-deeply"),
                      c("tools/shrink-figures.py", figures))
    stopifnot(status == 0)
  }
}

knit_vignette <- function(source) {
  name <- tools::file_path_sans_ext(basename(source))
  message("Knitting ", name)
  started <- Sys.time()
  unlink(Sys.glob(file.path("vignettes", "figures", paste0(name, "-*"))))
  # Only a vignette that knitted to its end replaces the one before it.
  draft <- tempfile(fileext = ".Rmd")
  callr::r(knit_one, list(normalizePath(source), draft), wd = "vignettes",
           show = TRUE)
  shrink_figures(name)
  lines <- signed(readLines(draft, encoding = "UTF-8"), source)
  writeLines(lines, file.path("vignettes", paste0(name, ".Rmd")),
             useBytes = TRUE)
  message("  in ", format(round(Sys.time() - started)))
}

names <- commandArgs(TRUE)
sources <- sort(Sys.glob("vignettes-src/*.Rmd"))
if (length(names) > 0) {
  sources <- file.path("vignettes-src", paste0(names, ".Rmd"))
}
dir.create("vignettes", showWarnings = FALSE)
for (source in sources) knit_vignette(source)
