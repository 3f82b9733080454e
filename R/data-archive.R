# Archives of deep_data(): unpacked once into the cache, beside what is
# downloaded, never into DEEPLY_DATA_DIR. The folder gets its name only when all
# of it is there, and is looked over each time before it is used again.

#' Unpacks a checked archive, or finds it unpacked
#'
#' @param path The archive.
#' @param file Its entry, from `data_archive()`.
#' @param unpack What unpacks: a function of a path and a folder.
#' @return The absolute path of the folder.
#' @noRd
unpacked_archive <- function(path, file, call, unpack = unpack_into) {
  members <- archive_members(path)
  check_members(members, file, path, call)
  folder <- file.path(data_cache(), file$folder)
  home <- file.path(folder, archive_home(file))
  if (is_unpacked(home, members)) {
    return(normalizePath(home))
  }

  suppressWarnings(dir.create(folder, recursive = TRUE, showWarnings = FALSE))
  part <- tempfile(paste0(file$name, "-part-"), tmpdir = folder)
  if (!suppressWarnings(dir.create(part, showWarnings = FALSE))) {
    abort_cache("Cannot write into {.path {folder}}", file, call)
  }
  on.exit(unlink(part, recursive = TRUE))
  fault <- try_unpack(path, part, unpack)
  if (!is_unpacked(part, members)) {
    fault <- fault %||% "Not all of it could be written"
    abort_cache("{fault}, while unpacking into {.path {folder}}", file, call)
  }

  # What is there is not whole, or from another process that was quicker.
  if (!is_unpacked(home, members)) {
    unlink(home, recursive = TRUE)
  }
  renamed <- suppressWarnings(file.rename(part, home))
  if (!renamed && !is_unpacked(home, members)) {
    abort_cache("Cannot create {.path {home}}", file, call)
  }
  normalizePath(home)
}

# Another edition of an archive has another folder.
archive_home <- function(file) {
  sha256 <- c(file$sha256, file$packed_sha256)[[1]]
  paste0(sub("[.].*$", "", file$name), "-", substr(sha256, 1, 8))
}

is_unpacked <- function(folder, members) {
  files <- members[!members$folder, ]
  sizes <- file.size(file.path(folder, files$name))
  nrow(files) > 0 && identical(sizes, files$size)
}

# NULL where all went well, else the reason.
try_unpack <- function(path, folder, unpack) {
  tryCatch(
    {
      unpack(path, folder)
      NULL
    },
    warning = conditionMessage,
    error = conditionMessage
  )
}

# R's own code, so that the same is done on every system.
unpack_into <- function(path, folder) {
  path <- normalizePath(path)
  if (is_zip(path)) {
    utils::unzip(path, exdir = folder)
  } else {
    utils::untar(path, exdir = folder, tar = "internal")
  }
}

is_zip <- function(path) {
  identical(readBin(path, raw(), 4), as.raw(c(0x50, 0x4b, 0x03, 0x04)))
}

# Members ----------------------------------------------------------------

#' What is in an archive
#'
#' @return A data frame of `name`, `size` in bytes, `folder` (is it one?) and
#'   `plain`: neither a link nor a device. `NULL` where the archive is not
#'   whole.
#' @noRd
archive_members <- function(path) {
  tryCatch(
    suppressWarnings(
      if (is_zip(path)) zip_members(path) else tar_members(path)
    ),
    error = function(cnd) NULL
  )
}

# unzip() writes a link as a small file with its target in it.
zip_members <- function(path) {
  listed <- utils::unzip(path, list = TRUE)
  data.frame(
    name = listed$Name, size = as.numeric(listed$Length),
    folder = endsWith(listed$Name, "/"), plain = TRUE
  )
}

# untar(list = TRUE) tells neither size nor kind. A tar file is a block of 512
# bytes a member and after it the blocks of its content; a block of zeros ends
# it. A name too long for its block is the content of a member before it, "L".
tar_members <- function(path) {
  bytes <- read_bytes(path)
  text <- function(start, length) {
    field <- bytes[start + seq_len(length)]
    rawToChar(field[cumsum(field == 0) == 0])
  }
  found <- list()
  long <- NULL
  at <- 0
  while (bytes[[at + 1]] != 0) {
    size <- octal(text(at + 124, 12))
    kind <- text(at + 156, 1)
    if (kind == "L") {
      long <- text(at + 512, size)
    } else {
      name <- long %||% tar_name(text(at, 100), text(at + 257, 6),
                                 text(at + 345, 155))
      found[[length(found) + 1]] <- list(
        name = name, size = size, folder = kind == "5",
        plain = kind %in% c("", "0", "5")
      )
      long <- NULL
    }
    at <- at + 512 * (1 + ceiling(size / 512))
  }
  as.data.frame(data.table::rbindlist(found))
}

# POSIX keeps the front of a longer name in a field of its own.
tar_name <- function(name, magic, prefix) {
  if (magic == "ustar" && nzchar(prefix)) file.path(prefix, name) else name
}

octal <- function(text) {
  text <- trimws(text)
  stopifnot(grepl("^[0-7]+$", text))
  digits <- utf8ToInt(text) - utf8ToInt("0")
  sum(digits * 8^(rev(seq_along(digits)) - 1))
}

# Nothing of an archive may be written outside its folder: no absolute name, no
# step up, no link that a later member could go through.
check_members <- function(members, file, path, call) {
  fault <- member_fault(members)
  if (is.null(fault)) {
    return(invisible())
  }
  deeply_abort(c(
    "{.file {file$name}} of data set {.val {file$data_set}} cannot be
     unpacked.",
    "x" = "{fault}",
    "i" = "Read from: {path}",
    "i" = "Nothing was written."
  ), class = c("data_archive", "data"), call = call)
}

member_fault <- function(members) {
  if (is.null(members)) {
    return("It is cut short or not an archive.")
  }
  step_up <- "(^|[/\\\\])[.][.]([/\\\\]|$)"
  absolute <- "^([/\\\\~]|[A-Za-z]:)"
  outside <- grepl(step_up, members$name) | grepl(absolute, members$name)
  if (any(outside)) {
    name <- members$name[outside][[1]]
    return(cli::format_inline(
      "{.file {name}} would be written outside its folder."
    ))
  }
  if (!all(members$plain)) {
    name <- members$name[!members$plain][[1]]
    return(cli::format_inline("{.file {name}} is neither a file nor a folder."))
  }
  NULL
}
