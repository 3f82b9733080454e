# What deep_data() knows: one function a data set, named in data_sources(), in
# the data-sources-*.R file of its kind. An entry, made by data_entry(), has
#   name, kind, title, licence, citation, rows, columns   shown to the user
#   folder      its folder inside DEEPLY_DATA_DIR and inside the cache
#   files       from data_file() or data_archive()
#   by_hand     where files come from that have no official address
#   installed   optional: an R package that holds it, and a function of a file
#               name that gives a path to the official bytes ("" if none)
#   read        from checked paths (plain or gzip), named by file, to the
#               result; for an archive, the path of the unpacked folder
#
# `rows` counts the rows of all its tables, or pictures. `columns` are those of
# the first table; NA where there is none.

data_sources <- function() {
  entries <- list(
    source_adult(), source_penguins(), source_wisconsin(), source_creditcard(),
    source_california_housing(), source_wine_quality(),
    source_london_no2(), source_stocks(),
    source_steam200k(), source_movielens(),
    source_sms_spam(),
    source_mnist(), source_fashion_mnist(),
    source_faces(), source_hymenoptera(), source_raccoon(), source_membrane(),
    source_weights()
  )
  names(entries) <- vapply(entries, `[[`, character(1), "name")
  entries
}

data_entry <- function(name, folder, files, ...) {
  # A file knows its home, so that errors about it can name the folder.
  files <- lapply(unname(files), c, list(data_set = name, folder = folder))
  list(name = name, folder = folder, files = files, ...)
}

#' One file of a data set
#'
#' @param name Its name in a folder. Where `url` ends in .gz, `name` does not.
#' @param url Its official address. `NULL` where no official address has these
#'   very bytes: then the file is only ever put in place by hand.
#' @param sha256 Checksum of the unpacked bytes, so a file and its .gz both
#'   pass. Several, named, where the same data exist in several editions.
#' @param bytes Size of the download.
#' @param packed_sha256 The same of the file as it lies, for files whose
#'   publisher states no other.
#' @param member The name of the file inside the zip archive that `url` gives.
#' @param optional `TRUE`: the data set can be read without it.
#' @noRd
data_file <- function(name, url, sha256, bytes, packed_sha256 = NULL,
                      member = NULL, optional = FALSE) {
  list(
    name = name, url = url, sha256 = sha256, bytes = bytes,
    packed_sha256 = packed_sha256, member = member, optional = optional,
    archive = FALSE
  )
}

# A tar (also compressed) or zip archive: `read` gets its unpacked folder.
data_archive <- function(...) {
  file <- data_file(...)
  file$archive <- TRUE
  file
}

uci_address <- function(path) {
  paste0("https://archive.ics.uci.edu/ml/machine-learning-databases/", path)
}

# `commit`: addresses that name one keep their bytes.
github_address <- function(repository, commit, path) {
  paste(
    "https://raw.githubusercontent.com", repository, commit, path, sep = "/"
  )
}

# Any checked file, plain or gzip. Base R unpacks: fread() would need R.utils.
fread_data_file <- function(path, ..., sep = ",") {
  data.table::fread(
    text = read_text(path), sep = sep, data.table = TRUE, ...
  )
}

read_text <- function(path) {
  rawToChar(read_bytes(path))
}
