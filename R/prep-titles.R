# Titles: a column of text in which most rows have a value of their own, of
# several words. Words are counted here; what crosses are their numbers.

#' Whether a column holds titles
#'
#' Dates and numbers that were read as text are none, and factors were made on
#' purpose.
#' @noRd
is_title <- function(values) {
  if (!is.character(values)) {
    return(FALSE)
  }
  coded <- code_text(values)
  n <- sum(!is.na(values))
  if (n == 0 || length(coded$levels) < n / 2 || !has_words(coded$levels)) {
    return(FALSE)
  }
  steps <- deep_steps()
  rules <- text_rules("", steps)
  text <- clean_text(coded$levels, rules)
  counts <- tabulate(coded$codes, length(coded$levels))
  is.null(find_repair(text, counts, steps, rules))
}

# At least half of them have several.
has_words <- function(text) {
  stats::median(lengths(title_words(text))) >= 2
}

# The different words of each title, in lower case: what is neither a letter nor
# a digit parts them.
title_words <- function(text) {
  text <- tolower(as_utf8(text))
  text[is.na(text)] <- ""
  words <- strsplit(text, "[^\\p{L}\\p{N}]+", perl = TRUE)
  lapply(words, function(word) unique(word[nzchar(word)]))
}

# Words that a single title has teach nothing of others; of very many words
# those are learned that most titles have.
most_words <- 20000L
least_titles <- 2L

#' Learns the words of some titles
#'
#' @return A list of `words`, sorted, and their `weights`. `NULL` where no word
#'   is in two titles.
#' @noRd
learn_titles <- function(text) {
  counts <- table(unlist(title_words(text)))
  counts <- counts[counts >= least_titles]
  if (length(counts) == 0) {
    return(NULL)
  }
  order <- order(-counts, rank_text(names(counts)))
  words <- sort(names(counts)[utils::head(order, most_words)],
                method = "radix")
  # Spärck Jones (1972), A Statistical Interpretation of Term Specificity.
  rare <- log((1 + length(text)) / (1 + as.vector(counts[words])))
  list(words = words, weights = 1 + rare)
}

#' Titles as weights of their words, which have length 1 together
#'
#' @param learned What `learn_titles()` gave.
#' @return A list of `row`, `word` (from 1) and `value`.
#' @noRd
encode_titles <- function(text, learned) {
  words <- title_words(text)
  row <- rep(seq_along(words), lengths(words))
  word <- match(unlist(words), learned$words)
  row <- row[!is.na(word)]
  word <- word[!is.na(word)]
  value <- learned$weights[word]
  if (length(row) > 0) {
    value <- value / sqrt(stats::ave(value^2, row, FUN = sum))
  }
  list(row = row, word = word, value = value)
}
