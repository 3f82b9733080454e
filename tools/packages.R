# Prints the R packages that are missing or too old, one a line, as
# "<name> must", "<name> should" or "<name> may".
#
#   Rscript tools/packages.R imports suggests lintr ?pkgdown
#
# "imports" (must) and "suggests" (should: a distribution may lack them) are
# read from DESCRIPTION; a name is a must, and with a "?" before it a may.

from_description <- function(field) {
  entry <- read.dcf("DESCRIPTION", field)[[1]]
  entries <- trimws(strsplit(entry, ",")[[1]])
  least <- sub(".*>= *([0-9.-]+).*", "\\1", entries)
  least[!grepl(">=", entries)] <- "0"
  data.frame(name = sub("[ (\n].*", "", entries), least = least)
}

wanted <- function(word) {
  switch(word,
    imports = cbind(from_description("Imports"), kind = "must"),
    suggests = cbind(from_description("Suggests"), kind = "should"),
    data.frame(
      name = sub("^[?]", "", word),
      least = "0",
      kind = if (startsWith(word, "?")) "may" else "must"
    )
  )
}

is_there <- function(name, least) {
  found <- tryCatch(
    utils::packageVersion(name),
    error = function(cnd) NULL
  )
  !is.null(found) && found >= least
}

packages <- do.call(rbind, lapply(commandArgs(TRUE), wanted))
there <- mapply(is_there, packages$name, packages$least)
missing <- packages[!there, ]
writeLines(paste(missing$name, missing$kind, recycle0 = TRUE))
