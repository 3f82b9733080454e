# Where the files of deep_data() are, whether they are the right ones, and how
# they get here. A place found is a list: `path` to read, `from` (its kind, for
# the listing) and `shown` (what the user is told).

# Places -----------------------------------------------------------------

data_cache <- function() {
  tools::R_user_dir("deeply", "cache")
}

# The folders to look in. DEEPLY_DATA_DIR set but not there is worth a word:
# who meant to work from it would otherwise see only a request to download.
data_homes <- function() {
  dir <- Sys.getenv("DEEPLY_DATA_DIR")
  if (nzchar(dir) && !dir.exists(dir)) {
    deeply_warn(c(
      "{.envvar DEEPLY_DATA_DIR} names a folder that does not exist:
       {.path {dir}}.",
      "i" = "Correct it with {.code Sys.setenv(DEEPLY_DATA_DIR = )}, or unset
             it."
    ), class = "data_dir")
  }
  c("DEEPLY_DATA_DIR" = if (dir.exists(dir)) dir, "cache" = data_cache())
}

# Where a user who has a file in hand is told to put it. `x`: an entry or file.
hand_folder <- function(x) {
  file.path(suppressWarnings(data_homes())[[1]], x$folder)
}

locate_files <- function(entry, homes) {
  lapply(entry$files, locate_file, homes = homes, installed = entry$installed)
}

locate_file <- function(file, homes, installed = NULL) {
  for (from in names(homes)) {
    stem <- file.path(homes[[from]], file$folder, file$name)
    path <- Filter(is_file, paste0(stem, c("", ".gz")))
    if (length(path)) {
      return(list(path = path[1], from = from, shown = path[1]))
    }
  }
  path <- if (is.null(installed)) "" else installed$path(file$name)
  if (is_file(path)) {
    from <- paste("package", installed$package)
    return(list(path = path, from = from, shown = from))
  }
  NULL
}

is_file <- function(path) {
  utils::file_test("-f", path)
}

# The places looked in, for the error that names them.
describe_places <- function(entry) {
  dir <- Sys.getenv("DEEPLY_DATA_DIR")
  cache <- file.path(data_cache(), entry$folder)
  package <- entry$installed$package
  c(
    if (nzchar(dir)) {
      cli::format_inline("{.path {file.path(dir, entry$folder)}}")
    } else {
      cli::format_inline("{.envvar DEEPLY_DATA_DIR} (not set)")
    },
    cli::format_inline("the cache {.path {cache}}"),
    if (!is.null(package)) cli::format_inline("the package {.pkg {package}}")
  )
}

format_size <- function(files) {
  bytes <- sum(vapply(files, `[[`, numeric(1), "bytes"))
  if (bytes < 1e3) {
    sprintf("%.0f bytes", bytes)
  } else if (bytes < 1e6) {
    sprintf("%.0f kB", bytes / 1e3)
  } else {
    sprintf("%.1f MB", bytes / 1e6)
  }
}

# Checksums --------------------------------------------------------------

# gzfile() reads plain files as they are.
read_bytes <- function(path) {
  read_connection(gzfile(path, "rb"))
}

read_connection <- function(con) {
  on.exit(close(con))
  chunks <- list()
  repeat {
    chunk <- readBin(con, raw(), 2^24)
    if (!length(chunk)) {
      break
    }
    chunks[[length(chunks) + 1]] <- chunk
  }
  as.raw(unlist(chunks))
}

# A file that cannot be read has the reason in the place of its checksum.
unpacked_sha256 <- function(path) {
  tryCatch(
    cli::hash_raw_sha256(suppressWarnings(read_bytes(path))),
    error = conditionMessage
  )
}

packed_sha256 <- function(path) {
  tryCatch(cli::hash_file_sha256(path), error = conditionMessage)
}

# The name of the edition whose checksum a file has, "" where there is only one.
# NULL where it has none of them; then `found` is told the checksum it has.
match_checksum <- function(file, path, found = function(checksum) NULL) {
  match <- function(known, checksum) {
    found(checksum)
    at <- which(known == checksum)
    if (length(at)) c(names(known)[at], "")[[1]]
  }
  edition <- NULL
  if (!is.null(file$packed_sha256)) {
    edition <- match(file$packed_sha256, packed_sha256(path))
  }
  if (is.null(edition) && !is.null(file$sha256)) {
    edition <- match(file$sha256, unpacked_sha256(path))
  }
  edition
}

check_file <- function(file, place, call) {
  found <- NULL
  edition <- match_checksum(file, place$path, function(x) found <<- x)
  if (!is.null(edition)) {
    return(edition)
  }
  expected <- unname(c(file$sha256, file$packed_sha256))
  fix <- checksum_fix(file, place$from)
  deeply_abort(c(
    "{.file {file$name}} of data set {.val {file$data_set}} is not the official
     file.",
    "i" = "Read from: {place$shown}",
    "i" = "Expected SHA-256: {.or {expected}}",
    "x" = "Found: {found}",
    "i" = "{fix}"
  ), class = c("data_checksum", "data"), call = call)
}

# Files of one data set that are each right, and yet not of one another.
check_editions <- function(entry, found, editions, call) {
  if (length(unique(editions)) == 1) {
    return(invisible())
  }
  name <- entry$name
  places <- sprintf(
    "%s: %s", vapply(found, `[[`, "", "shown"), editions
  )
  deeply_abort(c(
    "The files of data set {.val {name}} are from different editions.",
    rlang::set_names(places, "x"),
    "i" = "Images of one do not go with labels of the other: keep the files of
           one edition only."
  ), class = c("data_checksum", "data"), call = call)
}

checksum_fix <- function(file, from) {
  url <- official_place(file)
  folder <- cli::format_inline("{.path {hand_folder(file)}}")
  switch(from,
    "DEEPLY_DATA_DIR" = paste0(
      "Replace it by ", url, ", or unset DEEPLY_DATA_DIR."
    ),
    "cache" = paste0(
      "Delete it and call `deep_data()` again, or replace it by ", url, "."
    ),
    "download" = paste0(
      "Nothing was kept. The server may have sent another page or a changed ",
      "file: try again later, or put a file with this checksum into ", folder,
      "."
    ),
    paste0(
      "Put ", url, " into ", folder, ", which goes before the package."
    )
  )
}

# The official file in words, for advice on what to do by hand.
official_place <- function(file) {
  if (is.null(file$url)) {
    return("the file that `deep_data()` knows")
  }
  if (is.null(file$member)) {
    return(cli::format_inline("the file from {.url {file$url}}"))
  }
  cli::format_inline("{.file {file$member}} from {.url {file$url}}")
}

# Download ---------------------------------------------------------------

# Into a temporary file beside the target, renamed once its checksum holds: the
# target is either whole or not there, also after an interrupt.
download_data_file <- function(file, base_url, call) {
  url <- file$url
  if (!is.null(base_url)) {
    url <- paste(base_url, file$folder, basename(url), sep = "/")
  }
  folder <- file.path(data_cache(), file$folder)
  part <- open_part(folder, file, call)
  on.exit(unlink(part))

  # A word on a wait, but nothing beside the result in a knitted document.
  if (!isTRUE(getOption("knitr.in.progress"))) {
    deeply_inform("Downloading {.url {url}} ({format_size(list(file))}).")
  }
  fault <- try_download(url, part)
  full <- take_member(part, file)
  if (!is.null(full)) {
    abort_cache("{full}, while writing into {.path {folder}}", file, call)
  }
  # A warning about a file that arrived whole is of no use to anyone.
  if (!is.null(fault) && is.null(match_checksum(file, part))) {
    abort_download(fault, url, file, folder, call)
  }
  # download.file() does not notice that a disk was full from the start.
  if (file.size(part) == 0) {
    abort_cache(
      "Nothing came into {.path {folder}}: the disk may be full, or the server
       sent an empty file", file, call
    )
  }
  place <- list(path = part, from = "download", shown = url)
  edition <- check_file(file, place, call)

  target <- file.path(folder, cached_name(file))
  if (!suppressWarnings(file.rename(part, target))) {
    abort_cache("Cannot create {.path {target}}", file, call)
  }
  list(path = target, from = "download", shown = url, edition = edition)
}

cached_name <- function(file) {
  packed <- is.null(file$member) && grepl("[.]gz$", file$url)
  paste0(file$name, if (packed) ".gz")
}

# Puts the file that is wanted in the place of the zip archive around it. What
# is not an archive, or not whole, stays and has another checksum. NULL, or why
# it could not be written.
take_member <- function(path, file) {
  if (is.null(file$member)) {
    return(NULL)
  }
  bytes <- tryCatch(
    suppressWarnings(read_connection(unz(path, file$member, "rb"))),
    error = function(cnd) NULL
  )
  if (is.null(bytes)) {
    return(NULL)
  }
  tryCatch(
    writeBin(bytes, path),
    warning = conditionMessage, error = conditionMessage
  )
}

open_part <- function(folder, file, call) {
  # Both only warn where they fail; the next line says it better.
  suppressWarnings(dir.create(folder, recursive = TRUE, showWarnings = FALSE))
  part <- tempfile(paste0(file$name, "-part-"), tmpdir = folder)
  if (!suppressWarnings(file.create(part, showWarnings = FALSE))) {
    abort_cache("Cannot write into {.path {folder}}", file, call)
  }
  part
}

# NULL when all arrived, else the reason. download.file() says what went wrong
# in warnings and then stops with less; its old limit of 60 seconds a file is
# too little for a slow line.
try_download <- function(url, path) {
  old <- options(timeout = max(600, getOption("timeout")))
  on.exit(options(old))
  said <- character()
  status <- tryCatch(
    withCallingHandlers(
      utils::download.file(
        url, path,
        mode = "wb", quiet = !interactive()
      ),
      warning = function(cnd) {
        said <<- c(said, conditionMessage(cnd))
        rlang::cnd_muffle(cnd)
      }
    ),
    error = function(cnd) {
      said <<- c(said, conditionMessage(cnd))
      1L
    }
  )
  if (status == 0L && !length(said)) {
    return(NULL)
  }
  named <- grep("status was '", said, value = TRUE)
  if (length(named)) sub(".*status was '(.*)'.*", "\\1", named[1]) else said[1]
}

abort_download <- function(fault, url, file, folder, call) {
  # curl's words for a full disk.
  if (grepl("writing|space left", fault, ignore.case = TRUE)) {
    abort_cache("{fault}, while writing into {.path {folder}}", file, call)
  }
  http <- grepl("^[45][0-9]{2} ", fault)
  official <- file$url
  home <- hand_folder(file)
  deeply_abort(c(
    "{.file {file$name}} could not be downloaded, and nothing was kept.",
    "x" = "{.url {url}}: {fault}",
    "i" = if (http) {
      "The server answered, but not with the file: it may have moved."
    } else {
      "Check the connection and call {.fn deep_data} again."
    },
    "i" = "Or download {.url {official}} by hand into {.path {home}}."
  ), class = c(if (http) "data_http" else "data_connection", "data"),
  call = call)
}

# `reason` is a template: it is filled in where it was written.
abort_cache <- function(reason, file, call, .envir = parent.frame()) {
  reason <- cli::format_inline(reason, .envir = .envir)
  url <- file$url
  sub <- file$folder
  deeply_abort(c(
    "{.file {file$name}} could not be kept in the cache.",
    "x" = "{reason}.",
    "i" = "Free space or correct the rights there, or name another folder by
           {.code Sys.setenv(R_USER_CACHE_DIR = )}.",
    "i" = if (!is.null(url)) {
      "Or download {.url {url}} by hand into a folder {.path {sub}} of your
       own, and set {.envvar DEEPLY_DATA_DIR} to the folder above it."
    }
  ), class = c("data_cache", "data"), call = call)
}
