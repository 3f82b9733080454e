# A server on this machine: files of a folder as they are, and what servers do
# when things go wrong. It prints the port that the system gave it.
server_code <- '
import http.server, os, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path = os.path.join(sys.argv[1], self.path.lstrip("/"))
        cut = self.path.startswith("/cut/")
        if cut:
            path = os.path.join(sys.argv[1], self.path[len("/cut/"):])
        if not os.path.isfile(path):
            return self.send_error(404)
        with open(path, "rb") as file:
            body = file.read()
        self.send_response(200)
        # A promise that a cut connection does not keep.
        self.send_header("Content-Length", str(len(body) * (2 if cut else 1)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass

server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
'

# `files`: raw vectors, by the name they have beside tiny.csv.
local_server <- function(text = tiny_text, files = list(),
                         frame = parent.frame()) {
  skip_on_cran()
  skip_if_not_installed("callr")
  python <- Sys.which("python3")
  skip_if(python == "", "there is no python3 to run a server")
  root <- tempfile("deeply-server-")
  write_text(file.path(root, "small", "tiny.csv"), text)
  Map(writeBin, files, file.path(root, "small", names(files)))
  write_text(file.path(root, "server.py"), server_code)
  server <- callr::process$new(
    python, c(file.path(root, "server.py"), root),
    stdout = "|"
  )
  stop_server <- function() {
    server$kill()
    unlink(root, recursive = TRUE)
  }
  do.call(on.exit, list(bquote(.(stop_server)()), add = TRUE), envir = frame)
  # A poll may end early, at the signal of an earlier server that was stopped.
  port <- character()
  until <- Sys.time() + 10
  while (length(port) == 0 && server$is_alive() && Sys.time() < until) {
    server$poll_io(1000)
    port <- server$read_output_lines(1)
  }
  skip_if(length(port) == 0, "the server did not start")
  paste0("http://127.0.0.1:", port)
}

# The port has five digits at any time, so lines break at the same place.
hide_port <- function(lines) {
  gsub("127.0.0.1:[0-9]{5}", "127.0.0.1:<port>", lines)
}

cached_files <- function() {
  list.files("cache", all.files = TRUE, recursive = TRUE)
}

test_that("a file is downloaded once, checked, and then read from the cache", {
  local_data_places()
  server <- local_server()
  suppressMessages(
    expect_message(tiny <- fetch_tiny(base_url = server), "Downloading")
  )
  expect_equal(tiny$data$x, 1:3)
  expect_equal(
    attr(tiny, "source")$read_from, paste0(server, "/small/tiny.csv")
  )
  expect_equal(cached_files(), "R/deeply/small/tiny.csv")

  expect_message(again <- fetch_tiny(consent = FALSE), NA)
  expect_identical(again$data, tiny$data)
  expect_equal(
    attr(again, "source")$read_from, "cache/R/deeply/small/tiny.csv"
  )
})

test_that("the option or a yes is consent enough", {
  server <- local_server()
  local_data_places()
  options(deeply.consent = TRUE)
  tiny <- suppressMessages(fetch_tiny(base_url = server, consent = NULL))
  expect_equal(tiny$data$x, 1:3)

  local_data_places()
  options(rlang_interactive = TRUE)
  tiny <- suppressMessages(fetch_tiny(
    base_url = server, consent = NULL, ask = function(entry, files) TRUE
  ))
  expect_equal(tiny$data$x, 1:3)
})

test_that("a file that the server does not have leaves nothing behind", {
  local_data_places()
  server <- local_server()
  expect_snapshot(
    fetch_tiny(base_url = paste0(server, "/moved")),
    error = TRUE, transform = hide_port
  )
  expect_error(
    suppressMessages(fetch_tiny(base_url = paste0(server, "/moved"))),
    class = "deeply_error_data_http"
  )
  expect_equal(cached_files(), character())
})

test_that("a file with another checksum leaves nothing behind", {
  local_data_places()
  server <- local_server(text = "<html>Please log in</html>")
  expect_snapshot(
    fetch_tiny(base_url = server),
    error = TRUE, transform = hide_port
  )
  expect_error(
    suppressMessages(fetch_tiny(base_url = server)),
    class = "deeply_error_data_checksum"
  )
  expect_equal(cached_files(), character())
})

test_that("a connection cut half-way leaves nothing behind", {
  local_data_places()
  server <- local_server(text = "x,y\n1,a\n")
  expect_snapshot(
    fetch_tiny(base_url = paste0(server, "/cut")),
    error = TRUE, transform = hide_port
  )
  expect_error(
    suppressMessages(fetch_tiny(base_url = paste0(server, "/cut"))),
    class = "deeply_error_data_connection"
  )
  expect_equal(cached_files(), character())
})

test_that("a server that is not there leaves nothing behind", {
  local_data_places()
  # Nothing listens on port 1.
  expect_error(
    suppressMessages(fetch_tiny(base_url = "http://127.0.0.1:1")),
    class = "deeply_error_data_connection"
  )
  expect_equal(cached_files(), character())
})

test_that("a cache that cannot be written is said so, with ways out", {
  local_data_places()
  # A file where the cache should be: rights do not bind the root user.
  write_text("cache", "in the way")
  expect_snapshot(fetch_tiny(), error = TRUE)
  expect_error(
    suppressMessages(fetch_tiny()),
    class = "deeply_error_data_cache"
  )
  expect_equal(readLines("cache", warn = FALSE), "in the way")
})

test_that("a full disk is a fault of the cache, not of the connection", {
  local_data_places()
  # What download.file() reports from curl then.
  fault <- "Failed writing received data to disk/application"
  file <- tiny_source()$files[[1]]
  stop_there <- function() {
    abort_download(fault, file$url, file, "cache/R/deeply/small", NULL)
  }
  expect_error(stop_there(), class = "deeply_error_data_cache")
  expect_snapshot(stop_there(), error = TRUE)
})

test_that("a disk that is full, in truth", {
  skip_if_not(file.exists("/dev/full"), "there is no /dev/full")
  local_data_places()
  # More than what curl keeps in memory before it writes, and less.
  large <- local_server(text = strrep("x", 1e5))
  fault <- try_download(paste0(large, "/small/tiny.csv"), "/dev/full")
  file <- tiny_source()$files[[1]]
  expect_error(
    abort_download(fault, file$url, file, "cache/R/deeply/small", NULL),
    class = "deeply_error_data_cache"
  )
  # download.file() does not see that nothing could be written, so an empty
  # file is taken for that.
  expect_null(try_download(paste0(local_server(), "/small/tiny.csv"),
                           "/dev/full"))
  server <- local_server(text = "")
  expect_snapshot(
    fetch_tiny(base_url = server),
    error = TRUE, transform = hide_port
  )
  expect_error(
    suppressMessages(fetch_tiny(base_url = server)),
    class = "deeply_error_data_cache"
  )
  expect_equal(cached_files(), character())
})

tiny_zip <- function() {
  write_text("tiny.csv", tiny_text)
  write_text("README", strrep("About it. ", 500))
  write_zip("tiny.zip", c("README", "tiny.csv"))
  readBin("tiny.zip", raw(), file.size("tiny.zip"))
}

member_source <- function(...) {
  entry <- tiny_source(...)
  entry$files[[1]]$url <- "https://data.example/tiny.zip"
  entry$files[[1]]$member <- "tiny.csv"
  list(tiny = entry)
}

test_that("a file is taken out of the archive it comes in", {
  local_data_places()
  server <- local_server(files = list(tiny.zip = tiny_zip()))
  fetch <- function(url) {
    suppressMessages(fetch_data_set(
      "tiny", TRUE, base_url = url, sources = member_source()
    ))
  }
  expect_error(fetch(paste0(server, "/cut")), NA)
  unlink("cache", recursive = TRUE)
  expect_equal(fetch(server)$data$x, 1:3)
  expect_equal(cached_files(), "R/deeply/small/tiny.csv")
})

test_that("a broken archive around a file leaves nothing behind", {
  local_data_places()
  whole <- tiny_zip()
  fetch <- function(bytes, path = "") {
    server <- local_server(files = list(tiny.zip = bytes))
    suppressMessages(fetch_data_set(
      "tiny", TRUE, base_url = paste0(server, path), sources = member_source()
    ))
  }
  half <- whole[seq_len(length(whole) / 2)]
  expect_error(fetch(half), class = "deeply_error_data_checksum")
  expect_error(fetch(half, "/cut"), class = "deeply_error_data_connection")
  expect_error(fetch(charToRaw("<html>")), class = "deeply_error_data_checksum")
  expect_error(fetch(whole, "/moved"), class = "deeply_error_data_http")
  expect_equal(cached_files(), character())
})

test_that("an archive is downloaded whole or not at all", {
  local_data_places()
  # Not cut where only zeros follow.
  whole <- memCompress(charToRaw(strrep(tiny_text, 50)), "gzip")
  entry <- tiny_source()
  entry$files <- data_entry("tiny", "small", list(data_archive(
    "tiny.tgz", "https://data.example/files/5976036", NULL, length(whole),
    packed_sha256 = cli::hash_raw_sha256(whole)
  )))$files
  fetch <- function(bytes, path = "") {
    server <- local_server(files = list("5976036" = bytes))
    suppressMessages(fetch_data_set(
      "tiny", TRUE,
      base_url = paste0(server, path), sources = list(tiny = entry)
    ))
  }
  half <- whole[seq_len(length(whole) / 2)]
  expect_error(fetch(half), class = "deeply_error_data_checksum")
  expect_error(fetch(half, "/cut"), class = "deeply_error_data_connection")
  expect_error(fetch(whole, "/moved"), class = "deeply_error_data_http")
  expect_equal(cached_files(), character())

  # It gets its own name, whatever the address ends in. This one has the right
  # checksum and is no archive, so it is kept and not unpacked.
  expect_error(fetch(whole), class = "deeply_error_data_archive")
  expect_equal(cached_files(), "R/deeply/small/tiny.tgz")
})

test_that("whose data they are is said where they are fetched", {
  local_data_places()
  server <- local_server()
  expect_snapshot(
    x <- fetch_tiny(base_url = server),
    transform = hide_port
  )
  unlink("cache", recursive = TRUE)
  options(knitr.in.progress = TRUE)
  expect_message(fetch_tiny(base_url = server), NA)
  options(knitr.in.progress = NULL)
})

test_that("what goes wrong with the second file keeps the first, whole", {
  local_data_places()
  server <- local_server()
  entry <- tiny_source()
  second <- entry$files[[1]]
  second$name <- "other.csv"
  second$url <- "https://data.example/other.csv"
  entry$files[[2]] <- second
  expect_error(
    suppressMessages(fetch_data_set(
      "tiny", TRUE,
      base_url = server, sources = list(tiny = entry)
    )),
    class = "deeply_error_data_http"
  )
  expect_equal(cached_files(), "R/deeply/small/tiny.csv")
})
