# A page in a real browser, without a window: what it wrote to the console, what
# it asked the network for, and the page as the browser understood it.

find_browser <- function() {
  found <- Sys.which(c("chromium", "chromium-browser", "google-chrome"))
  works <- vapply(found, function(path) {
    # A stub that only tells how to install it is no browser.
    nzchar(path) && identical(suppressWarnings(
      system2(path, "--version", stdout = FALSE, stderr = FALSE)
    ), 0L)
  }, NA)
  if (any(works)) found[[which(works)[[1]]]]
}

skip_if_no_browser <- function() {
  if (is.null(find_browser())) {
    testthat::skip("No Chromium: `tools/setup.sh browser` brings it.")
  }
}

visit_page <- function(path) {
  work <- tempfile("visit-")
  dir.create(work)
  on.exit(unlink(work, recursive = TRUE))
  file <- function(name) file.path(work, name)
  status <- system2(find_browser(), c(
    # Root, as in a container, has no sandbox.
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
    "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-extensions",
    # Requests are seen, but reach nobody.
    shQuote("--host-resolver-rules=MAP * ~NOTFOUND"),
    paste0("--user-data-dir=", file("profile")),
    "--enable-logging=stderr", "--v=0",
    paste0("--log-net-log=", file("net.json")), "--dump-dom",
    shQuote(paste0("file://", normalizePath(path)))
  ), stdout = file("page"), stderr = file("log"), timeout = 60)
  log <- readLines(file("log"), warn = FALSE)
  list(
    status = status,
    page = paste(readLines(file("page"), warn = FALSE), collapse = "\n"),
    console = grep(":CONSOLE[:(]", log, value = TRUE),
    requests = page_requests(file("net.json"))
  )
}

# Without those of the browser itself, which no origin started.
page_requests <- function(path) {
  log <- jsonlite::fromJSON(path, simplifyVector = FALSE)
  start <- log$constants$logEventTypes$URL_REQUEST_START_JOB
  started <- Filter(function(event) {
    identical(event$type, start) && !is.null(event$params$url) &&
      !identical(event$params$initiator, "not an origin")
  }, log$events)
  vapply(started, function(event) event$params$url, "")
}
