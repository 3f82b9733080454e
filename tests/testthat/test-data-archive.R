archive_files <- c("set/a.csv" = "x\n1\n2\n", "set/deep/b.csv" = "x\n3\n")

write_archive <- function(path, files = archive_files) {
  root <- tempfile()
  Map(write_text, file.path(root, names(files)), files)
  dir.create(dirname(path), recursive = TRUE, showWarnings = FALSE)
  path <- file.path(normalizePath(dirname(path)), basename(path))
  old <- setwd(root)
  on.exit(setwd(old))
  if (grepl("[.]zip$", path)) {
    write_zip(path, "set")
  } else {
    kind <- if (grepl("[.](tgz|gz)$", path)) "gzip" else "none"
    # It warns of names of more than 100 bytes.
    suppressWarnings(
      utils::tar(path, "set", tar = "internal", compression = kind)
    )
  }
  invisible(path)
}

read_set <- function(paths) {
  files <- list.files(paths, recursive = TRUE, full.names = TRUE)
  list(data = data.table::rbindlist(lapply(files, data.table::fread)))
}

archive_source <- function(path, url = "https://data.example/") {
  name <- basename(path)
  packed <- cli::hash_file_sha256(path)
  data_entry(
    name = "packed", title = "Three rows, packed", licence = "CC0",
    citation = "Nobody (2020).", folder = "packs",
    by_hand = "It is in {.url https://data.example/page}.",
    files = list(data_archive(
      name, if (!is.null(url)) paste0(url, name), NULL, file.size(path),
      packed_sha256 = packed
    )),
    read = read_set
  )
}

fetch_packed <- function(entry, ..., consent = TRUE) {
  fetch_data_set("packed", consent, ..., sources = list(packed = entry))
}

unpacked_folders <- function() {
  setdiff(list.files("cache/R/deeply/packs", all.files = TRUE), c(".", ".."))
}

packed_file <- function(path) {
  archive_source(path)$files[[1]]
}

for (name in c("set.tar", "set.tgz", "set.tar.gz", "set.zip")) {
  test_that(paste(name, "is unpacked once, beside the cache's files"), {
    local_data_places(data_dir = "data")
    path <- write_archive(file.path("data/packs", name))
    entry <- archive_source(path)
    packed <- fetch_packed(entry)
    expect_equal(packed$data$x, 1:3)
    expect_equal(
      attr(packed, "source")$read_from, file.path("data/packs", name)
    )
    expect_equal(list.files("data", recursive = TRUE),
                 file.path("packs", name))
    home <- unpacked_folders()
    expect_match(home, "^set-[0-9a-f]{8}$")

    # The same folder again: what is in it is not written anew.
    file <- file.path("cache/R/deeply/packs", home, "set/a.csv")
    write_text(file, "x\n8\n9\n")
    expect_equal(fetch_packed(entry)$data$x, c(8, 9, 3))
    # What somebody cut or deleted is.
    write_text(file, "x\n8\n")
    expect_equal(fetch_packed(entry)$data$x, 1:3)
    unlink(file)
    expect_equal(fetch_packed(entry)$data$x, 1:3)
    expect_equal(unpacked_folders(), home)
  })
}

test_that("paths of unpacked files are absolute", {
  local_data_places(data_dir = "data")
  path <- write_archive("data/packs/set.tar")
  home <- unpacked_archive(path, packed_file(path), NULL)
  expect_equal(home, normalizePath(home))
  expect_false(startsWith(home, "cache"))
})

test_that("unpacking that is interrupted leaves nothing, and is done anew", {
  local_data_places(data_dir = "data")
  path <- write_archive("data/packs/set.tar")
  file <- packed_file(path)
  stop_half_way <- function(path, folder) {
    write_text(file.path(folder, "set/a.csv"), "x\n1\n2\n")
    rlang::interrupt()
  }
  stopped <- tryCatch(
    unpacked_archive(path, file, NULL, unpack = stop_half_way),
    interrupt = function(cnd) "stopped"
  )
  expect_equal(stopped, "stopped")
  expect_equal(unpacked_folders(), character())
  home <- unpacked_archive(path, file, NULL)
  expect_equal(list.files(home, recursive = TRUE),
               c("set/a.csv", "set/deep/b.csv"))
})

test_that("a disk that fills while unpacking leaves nothing, and says so", {
  local_data_places(data_dir = "data")
  path <- write_archive("data/packs/set.tar")
  full <- function(words) {
    function(path, folder) {
      unpack_into(path, folder)
      write_text(file.path(folder, "set/deep/b.csv"), "x\n")
      if (nzchar(words)) warning(words)
    }
  }
  unpack_set <- function(unpack) {
    unpacked_archive(path, packed_file(path), rlang::current_env(), unpack)
  }
  expect_snapshot(error = TRUE, {
    unpack_set(full("problem writing to connection"))
    unpack_set(full(""))
  })
  expect_error(unpack_set(full("")), class = "deeply_error_data_cache")
  expect_equal(unpacked_folders(), character())
})

test_that("a cache that cannot be written is said so when unpacking", {
  local_data_places(data_dir = "data")
  path <- write_archive("data/packs/set.tar")
  entry <- archive_source(path, url = NULL)
  write_text("cache", "in the way")
  expect_snapshot(fetch_packed(entry), error = TRUE)
  expect_error(fetch_packed(entry), class = "deeply_error_data_cache")
})

test_that("an archive cut short is refused before anything is written", {
  local_data_places(data_dir = "data")
  for (name in c("set.tar", "set.tgz", "set.zip")) {
    path <- write_archive(file.path("data/packs", name))
    entry <- archive_source(path)
    bytes <- readBin(path, raw(), file.size(path))
    # By its checksum first.
    writeBin(bytes[seq_len(length(bytes) * 0.6)], path)
    expect_error(fetch_packed(entry), class = "deeply_error_data_checksum")
    # And where its checksum were the expected one.
    cut <- archive_source(path)
    expect_error(fetch_packed(cut), class = "deeply_error_data_archive")
    expect_equal(unpacked_folders(), character())
  }
  write_text("data/packs/set.tar", "<html>Please log in</html>")
  entry <- archive_source("data/packs/set.tar")
  expect_snapshot(fetch_packed(entry), error = TRUE)
})

# The header of one member of a tar: enough fields for one that does harm.
tar_header <- function(name, kind = "0", size = 0) {
  bytes <- raw(512)
  put <- function(at, text) {
    bytes[at + seq_len(nchar(text))] <<- charToRaw(text)
  }
  put(0, name)
  put(100, "0000644")
  put(124, sprintf("%011o", as.integer(size)))
  put(136, "00000000000")
  put(148, strrep(" ", 8))
  put(156, kind)
  put(148, sprintf("%06o", sum(as.integer(bytes))))
  bytes
}

test_that("no member is written outside the folder, and no link is made", {
  local_data_places(data_dir = "data")
  dir.create("data/packs", recursive = TRUE)
  fetch_tar <- function(...) {
    path <- "data/packs/set.tar"
    writeBin(c(tar_header("good.csv"), tar_header(...), raw(1024)), path)
    fetch_packed(archive_source(path))
  }
  expect_snapshot(error = TRUE, {
    fetch_tar("../../evil.csv")
    fetch_tar("/tmp/evil.csv")
    fetch_tar("set/../../evil.csv")
    fetch_tar("C:/evil.csv")
    fetch_tar("link", kind = "2")
  })
  expect_error(fetch_tar("~/evil.csv"), class = "deeply_error_data_archive")
  expect_error(fetch_tar("a\\..\\..\\b"), class = "deeply_error_data_archive")
  expect_equal(unpacked_folders(), character())
  # Two full stops within a name are part of it.
  expect_equal(tar_members(write_archive("a.tar", c("set/b..c" = "x")))$name,
               "set/b..c")
  fetched <- fetch_packed(archive_source(
    write_archive("data/packs/set.tar", c("set/b..c" = "x\n7\n"))
  ))
  expect_equal(fetched$data$x, 7)
})

test_that("a name too long for its field is read", {
  local_data_places(data_dir = "data")
  long <- paste0("set/", strrep("a", 90), "/", strrep("b", 30), ".csv")
  path <- write_archive("data/packs/set.tar", stats::setNames("x\n5\n", long))
  expect_true(long %in% archive_members(path)$name)
  expect_equal(fetch_packed(archive_source(path))$data$x, 5)

  # As GNU tar writes it.
  longer <- paste0("set/", strrep("c", 130), ".csv")
  block <- function(text) {
    c(charToRaw(text), raw(-nchar(text) %% 512))
  }
  writeBin(c(
    tar_header("././@LongLink", "L", nchar(longer) + 1), block(longer),
    tar_header(substr(longer, 1, 99), size = 4), block("x\n6\n"), raw(1024)
  ), path)
  expect_equal(tar_members(path)$name, longer)
  expect_equal(fetch_packed(archive_source(path))$data$x, 6)
})

test_that("a set that no address has says how to come by it", {
  local_data_places()
  path <- write_archive("elsewhere/set.tar")
  entry <- archive_source(path, url = NULL)
  entry$files[[1]]$sha256 <- "0123abcd"
  asked <- FALSE
  ask <- function(entry, files) asked <<- TRUE
  options(rlang_interactive = TRUE)
  expect_snapshot(fetch_packed(entry, ask = ask, consent = NULL), error = TRUE)
  expect_false(asked)
  expect_error(fetch_packed(entry), class = "deeply_error_data_offline")
  options(rlang_interactive = FALSE)
  expect_snapshot(error = TRUE, {
    deep_data("steam200k")
    deep_data("faces", consent = TRUE)
    deep_data("hymenoptera")
    deep_data("raccoon")
    deep_data("membrane")
  })
})
