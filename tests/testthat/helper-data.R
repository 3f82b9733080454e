# A fresh folder as the working directory, so that the paths in messages are
# short and the same everywhere: "data" for DEEPLY_DATA_DIR (not set unless
# asked for), "cache" for the cache. All is put back when the test ends.
local_data_places <- function(data_dir = NA, frame = parent.frame()) {
  home <- tempfile("deeply-data-")
  dir.create(home)
  vars <- c("DEEPLY_DATA_DIR", "R_USER_CACHE_DIR")
  old <- list(
    wd = setwd(home),
    env = Sys.getenv(vars, NA, names = TRUE),
    options = options(deeply.consent = NULL, rlang_interactive = FALSE)
  )
  set_env <- function(values) {
    unset <- is.na(values)
    Sys.unsetenv(names(values)[unset])
    if (any(!unset)) do.call(Sys.setenv, as.list(values[!unset]))
  }
  set_env(c(DEEPLY_DATA_DIR = data_dir, R_USER_CACHE_DIR = "cache"))
  restore <- function() {
    setwd(old$wd)
    set_env(old$env)
    options(old$options)
    unlink(home, recursive = TRUE)
  }
  # Last made, first undone: a test may ask twice.
  do.call(
    on.exit, list(bquote(.(restore)()), add = TRUE, after = FALSE),
    envir = frame
  )
  invisible(home)
}

# Real files, only where somebody put them.
real_data_dir <- function() {
  dir <- Sys.getenv("DEEPLY_DATA_DIR")
  testthat::skip_if_not(dir.exists(dir), "DEEPLY_DATA_DIR is not set")
  dir
}

na_counts <- function(data) {
  counts <- vapply(data, function(x) sum(is.na(x)), integer(1))
  counts[counts > 0]
}

write_text <- function(path, text) {
  dir.create(dirname(path), recursive = TRUE, showWarnings = FALSE)
  writeBin(charToRaw(text), path)
}

# A data set of one small file, that no package holds.
tiny_text <- "x,y\n1,a\n2,b\n3,\n"

tiny_source <- function(...) {
  data_entry(
    name = "tiny", title = "Three rows", licence = "CC0",
    citation = "Nobody (2020).", rows = 3L, columns = 2L, folder = "small",
    files = list(data_file(
      "tiny.csv", "https://data.example/tiny.csv",
      cli::hash_raw_sha256(charToRaw(tiny_text)), nchar(tiny_text)
    )),
    read = function(paths) {
      list(data = fread_data_file(paths, na.strings = ""))
    },
    ...
  )
}

fetch_tiny <- function(..., consent = TRUE) {
  fetch_data_set("tiny", consent, ..., sources = list(tiny = tiny_source()))
}

# By Python: R has no zip of its own.
write_zip <- function(path, what) {
  python <- Sys.which("python3")
  made <- python != "" && system2(python, c("-m", "zipfile", "-c",
                                            shQuote(path), what)) == 0
  testthat::skip_if(!made, "There is no working python3 to make a zip.")
}
