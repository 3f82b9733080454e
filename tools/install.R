# Installs the package if its sources differ from those installed.
#
# The digest of the sources lies inside the installed package: nothing is
# written into the checkout, and a removed file, a removed package or a second
# checkout are all noticed.

root <- getwd()
package <- read.dcf("DESCRIPTION", c("Package", "Version"))[1, ]
r_binary <- file.path(R.home("bin"), "R")

sources_digest <- function() {
  top <- c("DESCRIPTION", "NAMESPACE", "LICENSE", "NEWS.md", ".Rbuildignore")
  files <- list.files(c("R", "inst", "man"), recursive = TRUE,
                      full.names = TRUE)
  files <- sort(c(top[file.exists(top)], files), method = "radix")
  files <- grep("__pycache__|_test[.]py$", files, value = TRUE, invert = TRUE)
  listing <- tempfile()
  writeLines(c(R.version.string, paste(files, tools::md5sum(files))), listing)
  unname(tools::md5sum(listing))
}

# One that every later R process searches with no variable set: the site
# library for root, the user's own for everybody else.
target_library <- function() {
  if (Sys.info()[["effective_user"]] == "root") {
    libraries <- c(.Library.site, .Library)
    return(libraries[dir.exists(libraries)][1])
  }
  user <- strsplit(Sys.getenv("R_LIBS_USER"), .Platform$path.sep)[[1]][1]
  user <- path.expand(user)
  dir.create(user, recursive = TRUE, showWarnings = FALSE)
  user
}

run_r <- function(...) {
  log <- tempfile()
  status <- system2(r_binary, c("CMD", ...), stdout = log, stderr = log)
  if (status != 0) {
    writeLines(readLines(log), stderr())
    stop("R CMD ", ..1, " failed", call. = FALSE)
  }
}

# By way of a tarball, so that .Rbuildignore holds here as it does elsewhere.
install <- function(library) {
  message("Installing ", package[["Package"]], " ", package[["Version"]],
          " into ", normalizePath(library))
  folder <- tempfile("build")
  dir.create(folder)
  setwd(folder)
  on.exit(setwd(root))
  run_r("build", "--no-build-vignettes", shQuote(root))
  run_r("INSTALL", paste0("--library=", shQuote(library)),
        shQuote(list.files(pattern = "[.]tar[.]gz$")))
}

library <- target_library()
stamp <- file.path(library, package[["Package"]], ".sources")
digest <- sources_digest()
if (!file.exists(stamp) || readLines(stamp) != digest) {
  install(library)
  writeLines(digest, stamp)
}

found <- find.package(package[["Package"]],
                      lib.loc = unique(c(.libPaths(), library)))[1]
if (normalizePath(found) != normalizePath(dirname(stamp))) {
  stop("R would load the older copy in ", found, "; remove it", call. = FALSE)
}
