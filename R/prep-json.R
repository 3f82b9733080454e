#' Write a preparation down as JSON, and read it again
#'
#' All that was learned, as text that other programs can read: levels, codes,
#' means, scales. Read again, it prepares new data just the same; numbers keep
#' all their digits.
#'
#' A formula may hold R code, which is run when the preparation is applied: read
#' only files that you trust, as with [readRDS()]. A preparation that was made
#' with a recipe cannot be written.
#'
#' @param prep A [deep_prep()].
#' @param json Text, or the path of a file.
#' @param path Where to write it; `NULL` gives the text.
#'
#' @return `prep_to_json()`: the text, invisibly if it was written to `path`.
#'   `prep_from_json()`: a `deep_prep`.
#' @export
#' @examples
#' prep <- deep_prep(Species ~ ., data = iris)
#' text <- prep_to_json(prep)
#' again <- prep_from_json(text)
#' identical(predict(again, iris), predict(prep, iris))
prep_to_json <- function(prep, path = NULL) {
  if (inherits(prep, "deep_image_prep")) {
    deeply_abort(
      c("A preparation of images cannot be written as JSON: it has no columns.",
        i = "{.fn saveRDS} keeps it."),
      class = "json"
    )
  }
  if (!inherits(prep, "deep_prep")) {
    abort_argument("prep", prep, "made by `deep_prep()`", rlang::current_env())
  }
  if (prep$blueprint$kind == "recipe") {
    deeply_abort(
      c("A preparation with a recipe cannot be written as JSON.",
        i = "{.fn saveRDS} keeps it."),
      class = "json"
    )
  }
  if (!is.null(path) && !rlang::is_string(path)) {
    abort_argument("path", path, "the path of a file, or `NULL`",
                   rlang::current_env())
  }
  text <- jsonlite::toJSON(
    list(deeply = "prep", version = 1, prep = to_plain(unclass(prep))),
    digits = NA, null = "null", na = "null", auto_unbox = TRUE, pretty = TRUE
  )
  text <- as.character(text)
  if (is.null(path)) {
    return(text)
  }
  write_whole(text, path)
  invisible(text)
}

#' @rdname prep_to_json
#' @export
prep_from_json <- function(json) {
  if (!rlang::is_string(json)) {
    abort_argument("json", json, "text, or the path of a file",
                   rlang::current_env())
  }
  is_path <- !grepl("^\\s*\\{", json)
  if (is_path && (!file.exists(json) || dir.exists(json))) {
    deeply_abort("There is no file {.path {json}}.", class = "json")
  }
  prep <- tryCatch(read_plain(json, is_path), error = function(cnd) NULL)
  if (is.null(prep)) {
    deeply_abort(
      c("This is not a preparation written by {.fn prep_to_json}.",
        i = "Is the file whole, and from this version of deeply?"),
      class = "json"
    )
  }
  structure(prep, class = "deep_prep")
}

# `NULL`, or an error, where it is anything else.
read_plain <- function(json, is_path) {
  if (is_path) {
    lines <- readLines(json, warn = FALSE, encoding = "UTF-8")
    json <- paste(lines, collapse = "\n")
  }
  read <- jsonlite::fromJSON(json, simplifyVector = FALSE)
  if (identical(read$deeply, "prep") && identical(read$version, 1L)) {
    prep <- from_plain(read$prep)
    if (length(prep$columns) > 0) prep
  }
}

# The file is either the old one or whole.
write_whole <- function(text, path, class = "json",
                        call = rlang::caller_env()) {
  part <- paste0(path, ".part")
  on.exit(unlink(part))
  written <- tryCatch({
    writeLines(enc2utf8(text), part, useBytes = TRUE)
    file.rename(part, path)
  }, error = function(cnd) FALSE, warning = function(cnd) FALSE)
  if (!isTRUE(written)) {
    deeply_abort(
      c("{.path {path}} cannot be written.",
        i = "Is the folder there, and may you write into it?"),
      class = class, call = call
    )
  }
}

# R values and JSON --------------------------------------------------------

# JSON knows neither integers, names of vectors, classes, NA nor code. So every
# R vector is written with its type, and numbers with 17 digits, as text.
to_plain <- function(x) {
  if (is.null(x)) {
    return(NULL)
  }
  if (is.symbol(x) || is.call(x)) {
    code <- deparse(x, width.cutoff = 500, backtick = TRUE)
    return(list(code = paste(code, collapse = "\n")))
  }
  plain <- list(
    type = typeof(x),
    names = if (!is.null(names(x))) I(names(x)),
    class = if (is.object(x)) I(class(x)),
    values = if (is.list(x)) lapply(unname(unclass(x)), to_plain)
             else I(plain_values(x))
  )
  plain[!vapply(plain, is.null, NA)]
}

plain_values <- function(x) {
  x <- as.vector(unclass(x))
  if (is.double(x)) {
    x <- ifelse(is.na(x), NA_character_, sprintf("%.17g", x))
  }
  unname(x)
}

from_plain <- function(plain) {
  if (is.null(plain)) {
    return(NULL)
  }
  if (!is.null(plain$code)) {
    return(str2lang(plain$code))
  }
  if (plain$type == "list") {
    x <- lapply(plain$values, from_plain)
  } else {
    missing <- vapply(plain$values, is.null, NA)
    x <- vector(plain$type, length(missing))
    x[missing] <- NA
    x[!missing] <- as.vector(unlist(plain$values[!missing]), plain$type)
  }
  if (!is.null(plain$names)) {
    names(x) <- as.character(unlist(plain$names))
  }
  restore_class(x, unlist(plain$class))
}

restore_class <- function(x, class) {
  if (is.null(class)) {
    return(x)
  }
  if ("data.table" %in% class) {
    return(data.table::setDT(x)[])
  }
  structure(x, class = class)
}
