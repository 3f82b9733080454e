# The browser is believed only because it sees what is wrong, too.

write_page <- function(body) {
  path <- tempfile(fileext = ".html")
  writeLines(c("<!DOCTYPE html><html><head><title>x</title></head><body>",
               body, "</body></html>"), path)
  path
}

test_that("a script that fails is seen", {
  skip_if_no_browser()
  seen <- visit_page(write_page("<script>noSuchFunction()</script>"))
  expect_match(seen$console, "noSuchFunction is not defined")
  expect_equal(seen$requests, character())
})

test_that("a request is seen, from a picture as from a style", {
  skip_if_no_browser()
  seen <- visit_page(write_page(c(
    "<img src=\"http://pictures.example/dot.png\">",
    "<style>@import url(\"https://styles.example/a.css\");</style>"
  )))
  expect_setequal(seen$requests, c("http://pictures.example/dot.png",
                                   "https://styles.example/a.css"))
})

test_that("a report opens without an error or a request, for every task", {
  skip_if_no_backend()
  skip_if_no_browser()
  for (task in names(task_outcome)) {
    shared <- shared_fit(task)
    path <- deep_report(shared$fit, new_data = shared$data, open = FALSE)
    expect_lt(file.size(path), 5e6)
    seen <- visit_page(path)
    expect_equal(seen$status, 0, info = task)
    expect_equal(seen$console, character(), info = task)
    expect_equal(seen$requests, character(), info = task)
    expect_match(seen$page, "<h1>.*<figure>.*</html>", info = task)
  }
})

test_that("what the data holds does not run in a browser", {
  skip_if_no_browser()
  local_constants(has_backend = function() FALSE)
  path <- deep_report(hostile_fit(), open = FALSE)
  seen <- visit_page(path)
  expect_equal(seen$console, character())
  expect_equal(seen$requests, character())
  expect_no_match(seen$page, "<script|<img src=.x")
})
