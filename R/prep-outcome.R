# The outcome decides the task: two classes, more classes, or a number.

#' Learns the outcome
#'
#' @param y The outcome, all rows.
#' @param name Its name.
#' @return A list of `name`, `task` ("regression", "binary", "multiclass"),
#'   `levels` (or `NULL`), `unused` (levels without a row) and `numeric_class`.
#' @noRd
learn_outcome <- function(y, name, call = rlang::caller_env()) {
  check_outcome_kind(y, name, call)
  seen <- y[!is.na(y)]
  if (length(seen) < 2) {
    deeply_abort(
      c(
        "There {?is/are} {length(seen)} row{?s} with an outcome; a model needs
         at least 2, and some hundreds to be of use.",
        i = "{sum(is.na(y))} row{?s} {?has/have} no value in {.field {name}}."
      ),
      class = "too_few_rows",
      call = call
    )
  }
  if (count_values(seen) == 1) {
    deeply_abort(
      c(
        "The outcome {.field {name}} is {.val {as.character(seen[[1]])}} in
         every row.",
        i = "There is nothing to learn; was the data filtered by it?"
      ),
      class = "constant_outcome",
      call = call
    )
  }
  if (column_kind(y) == "number") {
    learn_numeric_outcome(seen, name)
  } else {
    learn_class_outcome(y, seen, name)
  }
}

check_outcome_kind <- function(y, name, call) {
  if (is.list(y) || !is.null(dim(y)) || column_kind(y) == "unknown") {
    deeply_abort(
      c(
        "The outcome {.field {name}} must be a number, a factor, text or a
         logical.",
        x = "It is {.obj_type_friendly {y}}."
      ),
      class = "outcome_class",
      call = call
    )
  }
}

learn_numeric_outcome <- function(seen, name) {
  as_number(seen, name)
  if (count_values(seen) == 2) {
    deeply_warn(
      c(
        "The outcome {.field {name}} is a number with two values,
         {.val {sort(unique(seen))}}.",
        i = "Use {.code factor({name})} if they are classes; this fit treats
             them as quantities."
      ),
      class = "numeric_classes"
    )
  }
  list(name = name, task = "regression", levels = NULL, unused = character())
}

# Up to three: of many numbers the first ones show that they are more.
count_values <- function(x) {
  n <- length(unique(utils::head(x, 1000)))
  if (n < 3) length(unique(x)) else n
}

learn_class_outcome <- function(y, seen, name) {
  present <- sort(unique(as.character(seen)))
  all_levels <- if (is.factor(y)) levels(y) else present
  levels <- all_levels[all_levels %in% present]
  list(
    name = name,
    task = if (length(levels) == 2) "binary" else "multiclass",
    levels = levels,
    unused = setdiff(all_levels, levels)
  )
}

# Reading ------------------------------------------------------------------

#' How an outcome is read, so that new data is read the same way
#'
#' Text is cleaned as in any column, and becomes numbers where it is some. A
#' factor keeps the order of its levels.
#'
#' @return A list of `tokens` (numbers that mean "missing"), `repair` or
#'   `levels`, `rules`, and the `notes` on what was done.
#' @noRd
learn_reading <- function(y, name, steps) {
  rules <- text_rules(name, steps)
  reading <- list(tokens = missing_numbers(steps$missing[[name]], class(y)))
  if (is.logical(y) || column_kind(y) != "category") {
    return(reading)
  }
  coded <- code_text(y)
  counts <- tabulate(coded$codes, length(coded$levels))
  text <- clean_text(coded$levels, rules)
  reading$notes <- note_cleaned(list(levels = coded$levels, counts = counts),
                                text, name, rules)
  repair <- if (is_repairable(column_class(y), coded$levels) &&
                  steps$numbers <= 1) {
    find_numbers(text, counts, steps$numbers)
  }
  if (!is.null(repair)) {
    repair$to <- "number"
    reading$notes <- c(reading$notes, note_repair(name, repair, counts))
    reading$repair <- list(to = "number", form = repair$form,
                           class = "numeric", rules = rules)
    return(reading)
  }
  known <- !is.na(text)
  reading$rules <- rules
  merged <- merge_spellings(text[known], counts[known], steps$spelling)
  reading$levels <- unique(merged)
  reading$notes <- c(reading$notes, note_spelling(name, counts[known],
                                                  text[known], merged))
  reading
}

# Numbers, a factor, text or logicals, with NA for all that means "missing".
read_outcome <- function(y, reading) {
  if (!is.null(reading$repair)) {
    y <- repair_values(y, reading$repair)
  }
  if (column_kind(y) == "number" && length(reading$tokens) > 0) {
    y[as.numeric(y) %in% reading$tokens] <- NA
  }
  if (is.null(reading$levels) || column_kind(y) != "category") {
    return(y)
  }
  coded <- code_text(y)
  text <- clean_text(coded$levels, reading$rules)
  place <- match_levels(text, reading$levels, reading$rules$spelling)
  text[!is.na(place)] <- reading$levels[place[!is.na(place)]]
  values <- text[coded$codes]
  if (is.factor(y)) factor(values, unique(text[!is.na(text)])) else values
}

# For the network ----------------------------------------------------------

# As the network sees it: class indices from 0, or standardised numbers, in a
# matrix with a row an outcome.
encode_outcome <- function(y, outcome) {
  if (is_several(outcome)) {
    return(do.call(rbind, Map(encode_outcome, y, outcome$parts)))
  }
  codes <- if (outcome$task == "regression") {
    (as.numeric(y) - outcome$center) / outcome$scale
  } else {
    match(as.character(y), outcome$levels) - 1
  }
  matrix(codes, nrow = 1)
}

# Scale of a number and shares of classes, from a sketch of the training rows.
finish_outcome <- function(outcome, sketch) {
  if (outcome$task == "regression") {
    sd <- sketch_sd(sketch)
    outcome$center <- sketch$mean
    outcome$scale <- if (sd > 0) sd else 1
    if (has_quantiles(outcome)) {
      outcome$quantiles <- learn_quantiles(outcome, sketch)
    }
    return(outcome)
  }
  counts <- sketch$counts[match(outcome$levels, sketch$levels)]
  counts[is.na(counts)] <- 0
  outcome$shares <- stats::setNames(counts / sum(counts), outcome$levels)
  outcome
}

# The class whose probability a binary model gives: the second level, as in
# glm().
event_level <- function(outcome) {
  outcome$levels[[2]]
}
