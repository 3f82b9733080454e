bare_report <- function(fit, ...) {
  local_constants(has_backend = function() FALSE)
  deep_report(fit, ..., open = FALSE)
}

read_page <- function(path) {
  paste(readLines(path, encoding = "UTF-8"), collapse = "\n")
}

# Without the whole page in the message of a failure.
expect_says <- function(page, text) {
  expect_true(grepl(text, page, fixed = TRUE), info = text)
}

# What is read, without pictures, style and figures.
page_skeleton <- function(path) {
  page <- sub(".*<main>", "", read_page(path))
  page <- gsub("<img[^>]*>", "[picture]", page)
  page <- gsub("<span>", ": ", page, fixed = TRUE)
  lines <- strsplit(gsub("<(h[1-3]|p|dt|dd|li|th|td|strong|code)\\b[^>]*>",
                         "\n\\1| ", page, perl = TRUE), "\n")[[1]]
  lines <- trimws(gsub("<[^>]*>", "", lines))
  lines <- grep("^(h[1-3]|strong|dt|p)[|] .", lines, value = TRUE)
  # What follows is said elsewhere, and tested there.
  lines <- sub("^(strong[|] [^.:]*[.:]).*", "\\1", lines)
  gsub("[0-9]{4}-[0-9]{2}-[0-9]{2}", "<date>", lines)
}

test_that("a page without Python or new rows says what is missing", {
  for (task in names(task_outcome)) {
    path <- bare_report(report_fixture(task))
    expect_snapshot(cat(page_skeleton(path), sep = "\n"))
  }
})

test_that("with new rows the page leads with them, and has the curves", {
  skip_if_no_backend()
  shared <- shared_fit("binary")
  path <- deep_report(shared$fit, new_data = shared$data, open = FALSE)
  lines <- page_skeleton(path)
  expect_snapshot(cat(grep("^h[1-3]", lines, value = TRUE), sep = "\n"))
  page <- read_page(path)
  expect_says(page, "Judged on 200 new rows")
  judged <- evaluate(shared$fit, shared$data)
  for (value in formatC(judged$roc_auc, digits = 3, format = "f")) {
    expect_says(page, sprintf("<span class=\"value\">%s</span>", value))
  }
  expect_equal(lengths(regmatches(page, gregexpr("<figure>", page))), 7)
})

test_that("nothing is loaded from anywhere, and nothing runs", {
  page <- read_page(bare_report(report_fixture()))
  links <- regmatches(page, gregexpr("(src|href)=\"[^\"]{1,9}", page))[[1]]
  expect_gt(length(links), 5)
  expect_true(all(grepl("=\"(#|data:)", links)))
  expect_false(grepl("<script|@import|url\\(|https?://", page))
  expect_says(page, "default-src 'none'")
})

test_that("every picture says in words what it shows", {
  page <- read_page(bare_report(report_fixture()))
  pictures <- regmatches(page, gregexpr("<img[^>]*>", page))[[1]]
  alt <- sub(".* alt=\"([^\"]*)\".*", "\\1", pictures)
  expect_equal(alt, c(
    paste("Plot: Validation loss stopped improving at epoch 3. Across: Epoch.",
          "Up: Cross-entropy (nats a row)."),
    "Plot: The ladder of errors, with intervals of 95 %."
  ))
})

test_that("names and levels are text, whatever they look like", {
  page <- read_page(bare_report(hostile_fit(), title = "A < B & {{body}}"))
  expect_false(grepl("<script|<i>|<b>|<img src=x", page))
  expect_says(page, "&lt;script&gt;alert(1)&lt;/script&gt;")
  expect_says(page, "&lt;i&gt;maybe&lt;/i&gt;")
  expect_says(page, "&quot;a &amp; b&quot;")
  expect_says(page, "<title>A &lt; B &amp; {{body}}</title>")
})

test_that("text of any encoding becomes UTF-8", {
  latin <- "caf\xe9"
  marked <- latin
  Encoding(marked) <- "latin1"
  bytes <- latin
  Encoding(bytes) <- "bytes"
  expect_equal(escape_html(c(latin, marked, bytes, "\u6771", NA)),
               c(rep("caf\u00e9", 3), "\u6771", ""))
  expect_true(all(validUTF8(escape_html(c(latin, marked, bytes)))))
})

test_that("elements escape what is not marked", {
  expect_equal(
    unclass(tag("p", id = "a\"b", class = NULL, "1 < 2", tag("b", "&"))),
    "<p id=\"a&quot;b\">1 &lt; 2<b>&amp;</b></p>"
  )
  expect_equal(unclass(tag("img", alt = "x")), "<img alt=\"x\">")
  expect_null(new_section("a", "A", NULL, list()))
})

test_that("a rare class, warnings and training rows are said first", {
  fit <- report_fixture("binary")
  fit$prep$outcome$shares <- c(no = 0.999, yes = 0.001)
  fit$judged$metrics <- fixture_metrics(fit$prep$outcome)
  fit$judged$on <- "training rows"
  fit$prep$outcome$unused <- "perhaps"
  page <- read_page(bare_report(fit))
  know <- sub("<section id=\"data\".*", "", sub(".*<section id=\"know\"", "",
                                                page))
  expect_says(know, "Only 0.1 % of the rows are yes")
  expect_says(know, "No row has the level perhaps")
  expect_says(page, "These rows were learned from")
})

test_that("warnings of new rows stand on the page, and are still given", {
  skip_if_no_backend()
  data <- task_table("regression")
  fit <- plain_mlp(price ~ colour + size, data, new_levels = "unknown",
                  control = quick(), baseline = FALSE)
  data$colour <- as.character(data$colour)
  data$colour[[5]] <- "mauve"
  expect_warning(path <- deep_report(fit, new_data = data, open = FALSE),
                 class = "deeply_warning_new_levels")
  expect_says(read_page(path), "New levels in colour were treated as unknown")
})

test_that("the verdict does not claim what the rows cannot tell", {
  judged <- data.table::data.table(
    model = c("deep_mlp", "mean", "linear regression"), rmse = c(2.1, 9, 2.25)
  )
  limits <- function(lower, upper) {
    data.table::data.table(of = "difference", lower = lower, upper = upper)
  }
  expect_snapshot({
    verdict_of(judged)
    verdict_of(judged, limits(-0.3, -0.1))
    verdict_of(judged, limits(-0.3, 0.1))
    verdict_of(judged[c(3, 2, 1), ])
    verdict_of(judged[1, ])
  })
})

test_that("intervals are those of deep_metrics()", {
  skip_if_no_backend()
  shared <- shared_fit("multiclass")
  cases <- fit_cases(shared$fit, shared$data)
  judged <- evaluate(shared$fit, shared$data)
  limits <- network_limits(cases, judged, seed = 3)
  prob <- predict(shared$fit, shared$data, "prob")
  expected <- deep_metrics(shared$data$grade, prob, seed = 3,
                           bootstrap = bootstrap_times)
  expect_equal(limits$of, c(names(judged)[-1], "difference"))
  at <- match(limits$of[-nrow(limits)], expected$metric)
  expect_equal(limits$lower[-nrow(limits)], expected$lower[at])
  expect_equal(limits$upper[-nrow(limits)], expected$upper[at])
})

test_that("a calibration, a threshold and intervals stand on the page", {
  skip_if_no_backend()
  shared <- shared_fit("binary")
  fit <- set_threshold(calibrate(shared$fit, shared$data), 0.3)
  page <- read_page(deep_report(fit, new_data = shared$data, open = FALSE))
  expect_says(page, "Calibrated by temperature")
  expect_says(page, "by deep_mlp above 0.3")
  expect_says(page, "fit &lt;- set_threshold(fit, 0.3)")
  limits <- network_limits(fit_cases(fit, shared$data),
                           evaluate(fit, shared$data), seed = 3)
  recall <- evaluate(fit, shared$data)$recall[[1]]
  expect_lte(limits[limits$of == "recall"]$lower, recall)
  expect_gte(limits[limits$of == "recall"]$upper, recall)

  shared <- shared_fit("regression")
  fit <- calibrate(shared$fit, shared$data)
  page <- read_page(deep_report(fit, new_data = shared$data, open = FALSE))
  inside <- predict(fit, shared$data, "interval", level = 0.9)
  inside <- mean(shared$data$price >= inside$.pred_lower &
                   shared$data$price <= inside$.pred_upper)
  expect_says(page, sprintf("they cover %s of the truths", percent(inside)))
})

test_that("the rows of the fit are for its diagnosis", {
  skip_if_no_backend()
  shared <- shared_fit("regression")
  path <- deep_report(shared$fit, new_data = shared$data, data = shared$data,
                      open = FALSE)
  expect_says(read_page(path), "200 of 200 test rows")
})

test_that("no more rows are judged than are needed", {
  skip_if_no_backend()
  local_constants(report_rows = 50L)
  shared <- shared_fit("regression")
  path <- deep_report(shared$fit, new_data = shared$data, open = FALSE)
  expect_says(read_page(path), "Judged on 50 new rows, drawn from 200")
  x <- as.matrix(mtcars[-1])
  fit <- plain_mlp(x, y = mtcars$mpg, control = quick(), baseline = FALSE)
  path <- deep_report(fit, new_data = x, y = mtcars$mpg, open = FALSE)
  expect_says(read_page(path), "Judged on 32 new rows")
})

test_that("rows of one class have no curve", {
  skip_if_no_backend()
  shared <- shared_fit("binary")
  new <- shared$data[shared$data$sold == "no", ]
  path <- deep_report(shared$fit, new_data = new, open = FALSE)
  expect_says(read_page(path), "there is no curve to draw")
})

# Files ----------------------------------------------------------------------

test_that("a file is replaced only when asked for", {
  folder <- new_folder()
  path <- file.path(folder, "report.html")
  expect_invisible(bare_report(report_fixture(), path))
  expect_equal(list.files(folder), "report.html")
  before <- read_page(path)
  expect_snapshot(bare_report(report_fixture("regression"), path), error = TRUE,
                  transform = hide_folder(folder))
  expect_equal(read_page(path), before)
  bare_report(report_fixture("regression"), path, overwrite = TRUE)
  expect_says(read_page(path), "<h1>Regression of price</h1>")
})

test_that("a report that breaks off leaves nothing behind", {
  folder <- new_folder()
  path <- file.path(folder, "report.html")
  bare_report(report_fixture(), path)
  before <- tools::md5sum(path)
  local_constants(plot_history = function(fit) {
    ggplot2::ggplot(fit$history, ggplot2::aes(.data$no_such_column, 1)) +
      ggplot2::geom_point()
  })
  expect_error(bare_report(report_fixture(), path, overwrite = TRUE),
               "no_such_column")
  expect_error(bare_report(report_fixture(), file.path(folder, "new.html")))
  expect_equal(list.files(folder), "report.html")
  expect_equal(tools::md5sum(path), before)
})

test_that("errors name the argument and the fix", {
  folder <- new_folder()
  expect_snapshot(error = TRUE, transform = hide_folder(folder), {
    deep_report(mtcars)
    deep_report(fixture_fit(), "a.html", NULL, mtcars)
    deep_report(fixture_fit(), title = 1:2)
    deep_report(fixture_fit(), file = 7)
    deep_report(fixture_fit(), folder)
    deep_report(fixture_fit(), file.path(folder, "none", "report.html"))
    deep_report(fixture_fit(), overwrite = NA)
    deep_report(fixture_fit(), open = "yes")
  })
})
