# What text means. All of it works on distinct values: a column of ten million
# rows has a few of them, and repeats them.

#' Text as it is compared: trimmed, `NA` where it says "missing"
#'
#' @param text Distinct values.
#' @param rules `trim` and `tokens` of `deep_steps()`, and `missing`, the values
#'   that mean so in this column.
#' @noRd
clean_text <- function(text, rules) {
  text <- as_utf8(text)
  bare <- text
  wide <- grepl("^[\\h\\v]|[\\h\\v]$", text, perl = TRUE)
  bare[wide] <- trimws(text[wide], whitespace = "[\\h\\v]")
  # Few values are as short as a token.
  short <- which(nchar(bare, "bytes") <= max(0, nchar(rules$tokens, "bytes")))
  text[short[tolower(bare[short]) %in% tolower(rules$tokens)]] <- NA
  text[text %in% rules$missing | bare %in% rules$missing] <- NA
  if (rules$trim) {
    text[!is.na(text)] <- bare[!is.na(text)]
  }
  text
}

# Bytes that are no text stop every function that looks at letters, and
# enc2utf8() would write them out, as "<e9>".
as_utf8 <- function(text) {
  bad <- !validUTF8(text) & !is.na(text)
  text[bad] <- iconv(text[bad], "latin1", "UTF-8")
  enc2utf8(text)
}

text_rules <- function(name, steps) {
  list(trim = steps$trim, spelling = steps$spelling, tokens = steps$tokens,
       missing = as.character(steps$missing[[name]]))
}

# Spelling -----------------------------------------------------------------

# What two spellings of the same share. One letter says too little: "m" may be
# a minute and "M" a month.
spelling_key <- function(text) {
  key <- tolower(gsub("[\\h\\v]+", " ", text, perl = TRUE))
  key <- sub("(?<=..)\\.$", "", key, perl = TRUE)
  ifelse(nchar(text) > 1, key, text)
}

#' The levels of cleaned text, one for all spellings of the same
#'
#' @param text Cleaned distinct values, some of them the same now.
#' @param counts How often each occurs.
#' @param spelling Whether to merge spellings, or only what is identical.
#' @return For each value the one that stands for it.
#' @noRd
merge_spellings <- function(text, counts, spelling = TRUE) {
  if (!spelling) {
    return(text)
  }
  key <- spelling_key(text)
  first <- match(key, key)
  if (identical(first, seq_along(text))) {
    return(text)
  }
  totals <- rowsum(as.numeric(counts), text)[, 1]
  totals <- totals[match(text, names(totals))]
  # The most frequent first; the alphabet decides between equals.
  best <- order(-totals, rank_text(text))
  text[best[match(key, key[best])]]
}

# The same order in every locale.
rank_text <- function(text) {
  match(text, sort(unique(text), method = "radix"))
}

# The place of each value among the levels, in any spelling.
match_levels <- function(text, levels, spelling) {
  place <- match(text, levels)
  strange <- is.na(place) & !is.na(text)
  if (spelling && any(strange)) {
    place[strange] <- match(spelling_key(text[strange]), spelling_key(levels))
  }
  place
}

# Numbers ------------------------------------------------------------------

number_forms <- c(
  plain = "^[-+]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][-+]?[0-9]+)?$",
  thousands = "^[-+]?[0-9]{1,3}(,[0-9]{3})+(\\.[0-9]*)?$",
  comma = "^[-+]?[0-9]+,[0-9]+([eE][-+]?[0-9]+)?$"
)

#' Text as numbers, `NA` where it is none
#'
#' @param text Cleaned distinct values.
#' @param form "point" (`1,234.5`) or "comma" (`1234,5`).
#' @noRd
parse_numbers <- function(text, form = "point") {
  fits <- grepl(number_forms[["plain"]], text)
  if (form == "point") {
    fits <- fits | grepl(number_forms[["thousands"]], text)
    text <- gsub(",", "", text, fixed = TRUE)
  } else {
    fits <- fits | grepl(number_forms[["comma"]], text)
    text <- sub(",", ".", text, fixed = TRUE)
  }
  # A number is not written with a leading zero, a code is.
  fits <- fits & !grepl("^[-+]?0[0-9]", text)
  numbers <- rep(NA_real_, length(text))
  numbers[fits] <- as.numeric(text[fits])
  numbers[is.infinite(numbers)] <- NA
  numbers
}

#' Is this text a column of numbers?
#'
#' @param text Cleaned distinct values.
#' @param counts How often each occurs.
#' @param share The least share that must be numbers.
#' @return `NULL`, or a list of `form`, `values`, `share` and `offending`.
#' @noRd
find_numbers <- function(text, counts, share) {
  seen <- !is.na(text) & counts > 0
  numbers <- function(text) {
    !is.na(parse_numbers(text)) | !is.na(parse_numbers(text, "comma"))
  }
  if (!any(seen) || is_hopeless(text[seen], counts[seen], share, numbers) ||
        is_padded(text[seen])) {
    return(NULL)
  }
  tried <- lapply(c(point = "point", comma = "comma"), function(form) {
    values <- parse_numbers(text, form)
    list(form = form, values = values,
         share = sum(counts[seen & !is.na(values)]) / sum(counts[seen]))
  })
  best <- tried[[if (tried$comma$share > tried$point$share) 2 else 1]]
  enough <- best$share >= share &&
    length(unique(best$values[seen & !is.na(best$values)])) > few_levels
  if (!enough) {
    return(NULL)
  }
  best$offending <- text[seen & is.na(best$values)]
  best
}

# Digits that zeros fill up to one width are codes, though few of them may begin
# with a zero: one in ten postcodes of the United States does.
is_padded <- function(text) {
  digits <- text[grepl("^[0-9]+$", text)]
  any(grepl("^0[0-9]", digits)) && length(unique(nchar(digits))) == 1 &&
    2 * length(digits) > length(text)
}

# With up to so many different values, digits are as well a code for classes.
few_levels <- 20
