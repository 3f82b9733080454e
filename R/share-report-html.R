# HTML by small functions. Text is escaped unless it is marked as HTML, so that
# what is forgotten shows as text, and never runs.

as_html <- function(text) {
  structure(text, class = "deep_html")
}

escape_html <- function(x) {
  if (inherits(x, "deep_html")) {
    return(unclass(x))
  }
  text <- as.character(x)
  # Whatever the locale. Bytes of no known encoding are taken for Latin-1, where
  # each is a letter.
  strange <- !validUTF8(text) | Encoding(text) == "latin1"
  text[strange] <- iconv(text[strange], "latin1", "UTF-8")
  Encoding(text) <- "UTF-8"
  text[is.na(text)] <- ""
  marks <- c("&" = "&amp;", "<" = "&lt;", ">" = "&gt;", "\"" = "&quot;",
             "'" = "&#39;")
  for (mark in names(marks)) {
    text <- gsub(mark, marks[[mark]], text, fixed = TRUE)
  }
  text
}

#' An element, its attributes and what is in it
#'
#' @param .name Name of the element.
#' @param ... Named: attributes, left out where `NULL`. Unnamed: text, elements,
#'   lists of them, or `NULL`.
#' @return HTML.
#' @noRd
tag <- function(.name, ...) {
  parts <- rlang::list2(...)
  is_attribute <- nzchar(rlang::names2(parts))
  attributes <- Filter(Negate(is.null), parts[is_attribute])
  attributes <- sprintf(" %s=\"%s\"", names(attributes),
                        vapply(attributes, escape_html, ""))
  open <- paste0("<", .name, paste(attributes, collapse = ""), ">")
  if (.name %in% c("img", "link", "meta")) {
    return(as_html(open))
  }
  as_html(paste0(open, inside(parts[!is_attribute]), "</", .name, ">"))
}

inside <- function(parts) {
  texts <- lapply(parts, function(part) {
    if (is.list(part)) inside(part) else escape_html(part)
  })
  paste(unlist(texts), collapse = "")
}

# Sections -------------------------------------------------------------------

#' A section of the page, or nothing where there is nothing to say
#'
#' @return A list of `id`, `title` and `body`, or `NULL`.
#' @noRd
new_section <- function(id, title, ...) {
  body <- Filter(length, list(...))
  if (length(body) > 0) list(id = id, title = title, body = body)
}

write_section <- function(section) {
  label <- paste0(section$id, "-title")
  tag("section", id = section$id, "aria-labelledby" = label,
      tag("h2", id = label, section$title), section$body)
}

write_contents <- function(sections) {
  links <- lapply(sections, function(section) {
    tag("li", tag("a", href = paste0("#", section$id), section$title))
  })
  tag("nav", "aria-label" = "Contents", tag("ol", links))
}

paragraphs <- function(texts, class = NULL) {
  lapply(texts, function(text) tag("p", class = class, text))
}

bullets <- function(texts) {
  if (length(texts) > 0) tag("ul", lapply(texts, function(x) tag("li", x)))
}

# Labels and their texts, several to a label.
html_fields <- function(fields) {
  fields <- fields[lengths(fields) > 0]
  tag("dl", lapply(names(fields), function(label) {
    list(tag("dt", label),
         lapply(fields[[label]], function(text) tag("dd", text)))
  }))
}

html_code <- function(lines) {
  tag("pre", tabindex = "0", tag("code", paste(lines, collapse = "\n")))
}

#' A table that scrolls by itself where the page is narrow
#'
#' @param table A named list of columns: text, numbers as they are to be read,
#'   or HTML. The first one names the row.
#' @param caption What it shows.
#' @param numbers Names of the columns to align as numbers.
#' @param strong Whether a row stands out.
#' @noRd
html_table <- function(table, caption, numbers = character(),
                       strong = rep(FALSE, length(table[[1]]))) {
  class <- ifelse(names(table) %in% numbers, "number", "text")
  cells <- lapply(table, escape_html)
  head <- Map(function(name, class) {
    tag("th", scope = "col", class = class, name)
  }, names(table), class)
  rows <- lapply(seq_along(strong), function(i) {
    row <- Map(function(cell, class) {
      tag("td", class = class, as_html(cell[[i]]))
    }, cells[-1], class[-1])
    name <- tag("th", scope = "row", as_html(cells[[1]][[i]]))
    tag("tr", class = if (strong[[i]]) "strong", name, unname(row))
  })
  # What scrolls must be reached by keyboard, and then needs a name. The caption
  # stays outside, so that it wraps where the table is cut.
  list(
    tag("p", class = "caption", "aria-hidden" = "true", caption),
    tag("div", class = paste("scroll", if (length(strong) <= 8) "short"),
        role = "region", tabindex = "0", "aria-label" = caption,
        tag("table", tag("thead", tag("tr", unname(head))),
            tag("tbody", rows)))
  )
}

# Pictures -------------------------------------------------------------------

# Inches at which the text of a plot can be read on a phone, where the page is
# about as wide; drawn with twice the dots that a screen has, or more.
picture_width <- 4
picture_height <- 3.1
picture_dpi <- 220

#' A plot as a picture within the page
#'
#' Title and subtitle become text of the page: they wrap, can be searched, and
#' are read aloud.
#'
#' @param plot A ggplot.
#' @param alt What is seen, for who cannot see it. `NULL`: title and axes.
#' @noRd
html_plot <- function(plot, alt = NULL, height = picture_height) {
  says <- plot$labels[c("title", "subtitle", "x", "y")]
  alt <- alt %||% picture_text(says)
  plot <- plot +
    ggplot2::labs(title = NULL, subtitle = NULL,
                  x = wrap_label(says$x, 44), y = wrap_label(says$y, 30)) +
    ggplot2::theme(
      axis.title = ggplot2::element_text(size = ggplot2::rel(0.88)),
      legend.margin = ggplot2::margin(), legend.justification = "left"
    )
  scale <- plot$scales$get_scales("colour")
  if (inherits(scale, "ScaleDiscrete") && !identical(scale$guide, "none")) {
    plot <- plot + ggplot2::guides(colour = ggplot2::guide_legend(ncol = 2))
  }
  path <- tempfile(fileext = ".png")
  on.exit(unlink(path))
  ggplot2::ggsave(path, plot, width = picture_width, height = height,
                  dpi = picture_dpi, device = "png")
  bytes <- readBin(path, "raw", file.size(path))
  text <- gsub("\n", "", jsonlite::base64_enc(bytes), fixed = TRUE)
  source <- paste0("data:image/png;base64,", text)
  tag("figure",
      tag("figcaption", tag("strong", says$title),
          tag("span", gsub("\n", ". ", says$subtitle %||% "", fixed = TRUE))),
      tag("img", src = source, alt = alt,
          width = round(picture_width * 96), height = round(height * 96)))
}

picture_text <- function(says) {
  axes <- Filter(is.character, says[c("x", "y")])
  paste0("Plot: ", says$title %||% "",
         if (length(axes) == 2) sprintf(". Across: %s. Up: %s", axes[[1]],
                                        axes[[2]]), ".")
}

wrap_label <- function(label, width) {
  if (!is.character(label)) {
    return(label)
  }
  paste(strwrap(label, width), collapse = "\n")
}

# Things that stand side by side where there is room.
beside <- function(...) {
  tag("div", class = "beside", ...)
}
