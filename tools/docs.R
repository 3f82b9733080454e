# Rscript tools/docs.R roxygen   NAMESPACE and man/
# Rscript tools/docs.R site      docs/, of the installed package

switch(commandArgs(TRUE)[1],
  roxygen = roxygen2::roxygenise(),
  site = if (requireNamespace("pkgdown", quietly = TRUE)) {
    options(pkgdown.internet = FALSE)
    pkgdown::build_site(preview = FALSE, install = FALSE, new_process = FALSE)
  } else {
    message("No site in docs/: the R package pkgdown is not installed")
  }
)
