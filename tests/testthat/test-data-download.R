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

local_server <- function(text = tiny_text, frame = parent.frame()) {
  skip_on_cran()
  skip_if_not_installed("callr")
  python <- Sys.which("python3")
  skip_if(python == "", "there is no python3 to run a server")
  root <- tempfile("deeply-server-")
  write_text(file.path(root, "small", "tiny.csv"), text)
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
  server$poll_io(10000)
  port <- server$read_output_lines(1)
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
  expect_message(tiny <- fetch_tiny(base_url = server), "Downloading")
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
  expect_error(fetch_tiny(), class = "deeply_error_data_cache")
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
