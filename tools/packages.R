# Prints the R packages that are missing or too old, one a line, as
# "<name> hard" or "<name> soft": the house stands without a soft one.
#
#   Rscript tools/packages.R imports suggests lintr ?pkgdown
#
# "imports" and "suggests" are read from DESCRIPTION; a "?" makes a name soft.

from_description <- function(field) {
  entry <- read.dcf("DESCRIPTION", field)[[1]]
  entries <- trimws(strsplit(entry, ",")[[1]])
  least <- sub(".*>= *([0-9.-]+).*", "\\1", entries)
  least[!grepl(">=", entries)] <- "0"
  data.frame(name = sub("[ (\n].*", "", entries), least = least)
}

wanted <- function(word) {
  switch(word,
    imports = cbind(from_description("Imports"), kind = "hard"),
    suggests = cbind(from_description("Suggests"), kind = "soft"),
    data.frame(
      name = sub("^[?]", "", word),
      least = "0",
      kind = if (startsWith(word, "?")) "soft" else "hard"
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
