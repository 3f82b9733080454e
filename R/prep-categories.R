# Categories: what is learned of a column of them, and how it is encoded.

#' @param sketch Of text.
#' @param text What each of its levels is once cleaned, `NA` for missing.
#' @noRd
learn_category <- function(sketch, text, name, settings) {
  steps <- settings$steps
  known <- !is.na(text)
  seen <- sum(sketch$counts[known])
  if (seen == 0) {
    return(set_aside("missing in every row"))
  }
  distinct <- data.table::uniqueN(text[known & sketch$counts > 0])
  if (steps$identifiers && seen >= 50 && distinct > 0.9 * seen) {
    return(set_aside("text with a value of its own a row"))
  }
  merged <- merge_spellings(text[known], sketch$counts[known], steps$spelling)
  counts <- counts_by(sketch$counts[known], merged)
  is_missing <- sketch$n > seen
  if (sum(counts > 0) + is_missing < 2) {
    return(set_aside("constant"))
  }
  if (!sketch$class %in% c("factor", "ordered")) {
    counts <- counts[order(rank_text(names(counts)))]
  }
  notes <- c(
    note_spelling(name, sketch$counts[known], text[known], merged),
    note_rare(name, counts, steps$rare),
    ask_status(name, counts) %||%
      ask_near_constant(name, max(counts), sketch$n,
                        quote_values(names(counts)[[which.max(counts)]])),
    ask_rare_share(name, counts, sketch$n)
  )
  learned(list(category_input(sketch, counts, is_missing, name, steps)), notes)
}

# Sums by name, in the order of first appearance.
counts_by <- function(counts, names) {
  distinct <- unique(names)
  sums <- numeric(length(distinct))
  if (length(distinct) > 0) {
    sums <- rowsum(as.numeric(counts), match(names, distinct))[, 1]
  }
  stats::setNames(as.numeric(sums), distinct)
}

category_input <- function(sketch, counts, is_missing, name, steps) {
  trained <- counts > 0
  rare <- trained & counts < steps$rare
  # One rare level is no group.
  rare <- rare & sum(rare) > 1
  codes <- cumsum(trained & !rare) * trained
  last <- max(0, codes[!rare])
  codes[rare] <- last + 1
  size <- last + any(rare)
  list(
    name = name,
    from = name,
    kind = "category",
    source = "category",
    class = sketch$class,
    levels = names(counts),
    codes = as.integer(codes),
    na_code = if (is_missing) as.integer(size + 1) else 0L,
    size = as.integer(size + is_missing),
    rare = names(counts)[rare],
    rules = text_rules(name, steps)
  )
}

#' Encodes a category
#'
#' @param values What `column_reader()` gives.
#' @return A list of `values` (integer codes), `missing` and `new` (levels that
#'   were not known), as a character vector.
#' @noRd
encode_category <- function(values, column) {
  coded <- code_text(if (is.null(column$part)) values else factor(values))
  text <- clean_text(coded$levels, column$rules)
  place <- match_levels(text, column$levels, column$rules$spelling)
  codes <- column$codes[place]
  codes[is.na(text)] <- column$na_code
  unknown <- is.na(codes)
  codes[unknown] <- 0L
  missing <- is.na(coded$codes)
  if (anyNA(text)) {
    missing <- missing | is.na(text)[coded$codes]
  }
  values <- codes[coded$codes]
  values[is.na(values)] <- column$na_code
  list(values = values, missing = missing, new = new_levels(text, unknown,
                                                            coded$codes))
}

# A factor may carry levels that no row has.
new_levels <- function(text, unknown, codes) {
  if (!any(unknown)) {
    return(character())
  }
  met <- tabulate(codes, length(text)) > 0
  unique(text[unknown & met])
}

# Names of the codes 1, 2, ...: what a one-hot column stands for.
code_names <- function(column) {
  names <- character(column$size)
  own <- column$codes > 0 & !column$levels %in% column$rare
  names[column$codes[own]] <- column$levels[own]
  if (length(column$rare) > 0) {
    names[column$codes[match(column$rare[[1]], column$levels)]] <- "(rare)"
  }
  if (column$na_code > 0) {
    names[column$na_code] <- "(missing)"
  }
  names
}
