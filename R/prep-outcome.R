# The outcome decides the task: two classes, more classes, or a number.

#' Learns the outcome
#'
#' @param y The outcome, all rows.
#' @param name Its name.
#' @return A list of `name`, `task` ("regression", "binary", "multiclass"),
#'   `levels` (or `NULL`), `unused` (levels without a row) and `numeric_class`.
#' @noRd
learn_outcome <- function(y, name, call = rlang::caller_env()) {
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
  if (length(unique(seen)) == 1) {
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

learn_numeric_outcome <- function(seen, name) {
  as_number(seen, name)
  if (length(unique(seen)) == 2) {
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

# As the network sees it: class indices from 0, or standardised numbers.
encode_outcome <- function(y, outcome) {
  if (outcome$task == "regression") {
    return((as.numeric(y) - outcome$center) / outcome$scale)
  }
  match(as.character(y), outcome$levels) - 1
}

# Scale of a number and shares of classes, from the training rows.
finish_outcome <- function(outcome, y) {
  if (outcome$task == "regression") {
    y <- as.numeric(y)
    outcome$center <- mean(y)
    outcome$scale <- if (stats::sd(y) > 0) stats::sd(y) else 1
    return(outcome)
  }
  counts <- tabulate(match(as.character(y), outcome$levels),
                     length(outcome$levels))
  outcome$shares <- stats::setNames(counts / sum(counts), outcome$levels)
  outcome
}

# The class whose probability a binary model gives: the second level, as in
# glm().
event_level <- function(outcome) {
  outcome$levels[[2]]
}
