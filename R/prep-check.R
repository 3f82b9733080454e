# Is the table, as a whole, what it should be? Each fault names its fix.

check_table <- function(data, arg, call) {
  if (!is.data.frame(data) && !is.matrix(data)) {
    deeply_abort(
      c(
        "{.arg {arg}} must be a data frame.",
        x = "It is {.obj_type_friendly {data}}.",
        i = if (is.list(data) && is.data.frame(data$train)) {
          "It has training and test rows: give {.code $train} of it."
        }
      ),
      class = "interface",
      call = call
    )
  }
  if (nrow(data) == 0 || ncol(data) == 0) {
    deeply_abort(
      c(
        "{.arg {arg}} is empty: {nrow(data)} row{?s}, {ncol(data)} column{?s}.",
        i = "Was a filter or a join too strict?"
      ),
      class = "empty_data",
      call = call
    )
  }
  check_names(data, arg, call)
  doubled <- unique(colnames(data)[duplicated(colnames(data))])
  if (length(doubled) > 0) {
    deeply_abort(
      c(
        "{.arg {arg}} has more than one column named {.field {doubled}}.",
        i = "Rename them, for instance with {.code make.unique(names({arg}))}."
      ),
      class = "duplicate_names",
      call = call
    )
  }
}

check_names <- function(data, arg, call) {
  nameless <- which(is.na(colnames(data)) | !nzchar(colnames(data)))
  n <- length(nameless)
  if (n > 0) {
    deeply_abort(
      c(
        "{cli::qty(n)}Column{?s} {nameless} of {.arg {arg}} {cli::qty(n)}
         {?has/have} no name.",
        i = "Name {cli::qty(n)}{?it/them}, or leave {?it/them} out."
      ),
      class = "column_names",
      call = call
    )
  }
}

check_outcome_present <- function(formula, data, call) {
  missing <- setdiff(all.vars(rlang::f_lhs(formula)), colnames(data))
  if (length(missing) > 0) {
    deeply_abort(
      c(
        "The outcome {.field {missing}} is not a column of {.arg data}.",
        suggest_names(missing, colnames(data))
      ),
      class = "outcome_missing",
      call = call
    )
  }
}

check_outcome_length <- function(y, n, call) {
  if (is.data.frame(y) && ncol(y) == 1) {
    y <- y[[1]]
  }
  if (length(y) != n || !is.null(dim(y))) {
    deeply_abort(
      c(
        "{.arg y} must be a vector with one value for each of the {n} row{?s}.",
        x = "It is {.obj_type_friendly {y}} of length {length(y)}."
      ),
      class = "outcome_missing",
      call = call
    )
  }
  y
}

check_columns <- function(needed, data, call) {
  missing <- setdiff(needed, colnames(data))
  if (length(missing) > 0) {
    deeply_abort(
      c(
        "{cli::qty(length(missing))}Column{?s} {.field {missing}} {?is/are}
         missing from the data.",
        suggest_names(missing, colnames(data)),
        i = "The data must have every predictor that is used."
      ),
      class = "column_missing",
      call = call
    )
  }
}

suggest_names <- function(wanted, names) {
  # A letter is near to any other.
  near <- unique(unlist(lapply(wanted, function(name) {
    agrep(name, names, max.distance = if (nchar(name) < 4) 0 else 0.1,
          value = TRUE, ignore.case = TRUE)
  })))
  if (length(near) == 0) {
    return(c(x = cli::format_inline("It has {.field {names}}.")))
  }
  c(i = cli::format_inline("Did you mean {.field {near}}?"))
}
