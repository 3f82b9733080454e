#' Learn how to prepare a table
#'
#' Looks at the rows given, finds what is wrong with them, decides for each
#' column how it becomes numbers, and remembers what was learned, so that new
#' rows are prepared the same way. [deep_mlp()] does this by itself on its
#' training rows; call it directly to see what would be done.
#'
#' Numbers, dates and times are scaled, and dates also give hour, weekday and
#' day of the year. Factors, text and logicals become categories. Before that
#' the table is cleaned, see [deep_steps()]. Columns that cannot help are set
#' aside and named: those that never vary, that are the same as another, or
#' that number the rows. New data need not have them.
#'
#' `print()` tells what was done, with counts, and what was found but not done,
#' with the argument that would do it. `summary()` gives a row a column: before
#' and after. `autoplot()` shows the columns.
#'
#' @section Large tables:
#' A table costs a few passes over each column. From a [deep_parquet()] or
#' [deep_csv()] the same is learned in one pass over the rows, without holding
#' them. Means and standard deviations come from all rows; quantiles, and the
#' scaling of skewed columns, from up to 100,000 evenly spread ones.
#'
#' @param x A formula such as `income ~ .` or `cbind(mpg, hp) ~ .`, a data
#'   frame, a numeric matrix with column names, or a recipe (package recipes).
#' @param data With a formula or a recipe, the data frame. With a data frame or
#'   a matrix, the outcome may stand here, as the second argument.
#' @param y With a data frame or a matrix, the outcome: a vector, or a data
#'   frame or matrix with a named column for each of several outcomes.
#' @param na What to do with missing predictors: `"indicator"` fills them with
#'   the mean and adds a column that says where (a category gets a level of its
#'   own); `"error"` stops; `"drop"` leaves such rows out, with a count. A row
#'   without an outcome is always left out, and counted.
#' @param new_levels What to do with a category in new data that was not there
#'   before: `"error"`, or `"unknown"`, which treats it as no known level.
#' @param scale How numbers are scaled: `"standard"` (mean 0, standard
#'   deviation 1), `"range"` (0 to 1), `"robust"` (median 0, interquartile
#'   range as of a normal distribution), `"quantile"` (normal scores: the place
#'   among the training rows) or `"none"`.
#' @param steps How the table is cleaned, from [deep_steps()].
#' @inheritParams rlang::args_dots_empty
#'
#' @return A list of class `deep_prep`, plain R data without a row of the table:
#'   `columns` (what the network gets), `outcome`, `set_aside` (reasons, by
#'   column), `notes` (a data.table of `step`, `column`, `count` of rows, `says`
#'   and `done`), `seen` (each column as it was), `settings` and `rows`.
#' @seealso [predict.deep_prep()] applies it; [prep_to_json()] writes it down;
#'   [check_data()] looks for leaks.
#' @export
#' @examples
#' prep <- deep_prep(Species ~ ., data = iris)
#' prep
#' summary(prep)
#' head(predict(prep, iris))
deep_prep <- function(x, data = NULL, y = NULL, ...,
                      na = c("indicator", "error", "drop"),
                      new_levels = c("error", "unknown"),
                      scale = c("standard", "range", "robust", "quantile",
                                "none"),
                      steps = deep_steps()) {
  rlang::check_dots_empty()
  settings <- prep_settings(na, new_levels, scale, steps)
  if (is_file_table(data) || is_file_table(x)) {
    return(prep_parquet(x, data, settings))
  }
  source <- prep_source(x, data, y, settings)
  kept <- keep_rows(source, settings)
  source <- learn_recipe(source, kept$rows)
  prep <- learn_prep(source, settings, kept, train = kept$rows)
  note_repeated_rows(prep, source, kept)
}

scalings <- c("standard", "range", "robust", "quantile", "none")

prep_settings <- function(na = "indicator", new_levels = "error",
                          scale = "standard", steps = deep_steps(),
                          call = rlang::caller_env()) {
  na <- rlang::arg_match(na, c("indicator", "error", "drop"),
                         error_call = call)
  new_levels <- rlang::arg_match(new_levels, c("error", "unknown"),
                                 error_call = call)
  scale <- rlang::arg_match(scale, scalings, error_call = call)
  check_steps(steps, call)
  list(na = na, new_levels = new_levels, scale = scale, steps = steps)
}

#' The source of a prep, with what `deep_steps()` says of its rows
#' @noRd
prep_source <- function(x, data, y, settings, call = rlang::caller_env()) {
  source <- table_source(x, data, y, call)
  if (is_images(x)) {
    return(source)
  }
  table <- if (is.data.frame(x) || is.matrix(x)) x else data
  finish_source(source, table, settings, call)
}

finish_source <- function(source, table, settings, call) {
  known <- union(colnames(table), source$blueprint$target)
  check_step_columns(settings$steps, known, call)
  check_filter(table, settings$steps$filter, call)
  source$time <- find_time(table)
  source$filtered <- filter_rows(table, settings$steps$filter)
  source
}

# Prep learning ------------------------------------------------------------

#' Learns a prep on the training rows
#'
#' @param source A `prep_source()`.
#' @param settings What `prep_settings()` gave.
#' @param kept What `keep_rows()` gave.
#' @param train Row numbers to learn from, a part of `kept$rows`.
#' @noRd
learn_prep <- function(source, settings, kept, train) {
  if (is_images(source$table)) {
    return(learn_image_prep(source, settings, kept, train))
  }
  sketches <- sketch_table(source$table, settings, kept$rows, train)
  finish_prep(sketches, source$blueprint, settings, list(
    outcome = if (!is.null(kept$outcome)) {
      finish_outcomes(kept$outcome, outcome_rows(kept$y, train))
    },
    rows = c(list(learned = length(train)), kept$left_out),
    notes = kept$notes
  ))
}

sketch_table <- function(table, settings, rows, train) {
  all <- seq_len(table_rows(table))
  take <- advance(new_sampler(), length(train))
  # Most tables are learned from as they are, without a copy of any column.
  rows <- if (!identical(rows, all)) rows
  train <- if (!identical(train, all)) train
  names <- table_names(table)
  sketches <- Map(
    function(name, position) {
      free_memory(all)
      values <- pull_column(table, position)
      if (settings$na == "error") {
        used <- if (is.null(rows)) values else values[rows]
        check_missing(sum(is_missing_value(used, name, settings$steps)), name)
      }
      sketch_column(values, rows, train, take, name,
                    settings$steps$missing[[name]])
    },
    names, seq_along(names)
  )
  stats::setNames(sketches, names)
}

sketch_outcome <- function(y, outcome) {
  nothing <- list(old = logical(), new = integer())
  if (outcome$task == "regression") {
    # The same rows as from a file, for quantiles.
    points <- stay(as.numeric(y), advance(new_sampler(), length(y))$new)
    return(sketch_number(as.numeric(y), points))
  }
  sketch_text(y, NULL, NULL, nothing)
}

#' Makes a prep of the sketches of the columns
#'
#' @param known `outcome` and `rows` of the prep, and `notes` on the outcome.
#' @noRd
finish_prep <- function(sketches, blueprint, settings, known) {
  learned <- learn_columns(sketches, settings)
  if (all(lengths(lapply(learned, `[[`, "inputs")) == 0)) {
    abort_no_predictor(learned)
  }
  inputs <- lapply(learned, `[[`, "inputs")
  columns <- unlist(unname(inputs), recursive = FALSE)
  notes <- unlist(unname(lapply(learned, `[[`, "notes")), recursive = FALSE)
  positions <- rep(seq_along(inputs), lengths(inputs))
  aside <- Filter(Negate(is.null), lapply(learned, `[[`, "why"))
  structure(
    list(
      columns = stats::setNames(columns, unique_names(columns)),
      positions = positions,
      outcome = known$outcome,
      set_aside = unlist(aside),
      notes = notes_table(c(known$notes, notes, ask_pixels(sketches))),
      seen = Map(see_column, sketches, lapply(learned, `[[`, "text"),
                 lapply(learned, `[[`, "read")),
      settings = settings,
      blueprint = forget_predictors(blueprint, unique(positions)),
      rows = known$rows
    ),
    class = "deep_prep"
  )
}

unique_names <- function(columns) {
  make.unique(vapply(columns, `[[`, "", "name"), "_")
}

learn_columns <- function(sketches, settings) {
  learned <- Map(learn_column, sketches, names(sketches), list(settings))
  left <- function(learned) vapply(learned, function(x) is.null(x$why), NA)
  if (!any(left(learned)) && settings$steps$identifiers) {
    # Better a column that numbers the rows than none at all.
    settings$steps$identifiers <- FALSE
    learned <- Map(learn_column, sketches, names(sketches), list(settings))
  }
  if ("columns" %in% settings$steps$duplicates) {
    at <- which(left(learned))
    keys <- vapply(at, function(i) {
      sketch_key(learned[[i]]$read %||% sketches[[i]])
    }, "")
    first <- names(sketches)[at][match(keys, keys)]
    twin <- duplicated(keys)
    learned[at[twin]] <- Map(function(twin, name) {
      c(set_aside(sprintf("the same as %s", name)),
        twin[intersect(c("text", "read"), names(twin))])
    }, learned[at[twin]], first[twin])
  }
  learned
}

abort_no_predictor <- function(learned) {
  why <- vapply(learned, `[[`, "", "why")
  what <- sprintf("{.field %s} (%s)", gsub("([{}])", "\\1\\1", names(why)),
                  why)
  deeply_abort(
    c(
      paste0("No predictor is left: ", shorten(what, 8), "."),
      i = "A model needs at least one column that differs between rows."
    ),
    class = "constant_predictors",
    call = NULL
  )
}

# Applying -----------------------------------------------------------------

#' Apply a preparation to new data
#'
#' @param object A [deep_prep()].
#' @param new_data A data frame or matrix with the predictors, in any order.
#'   Columns that are not needed are ignored. No row is left out.
#' @param encoding Of categories: `"integer"` gives one column of codes each,
#'   where 0 is "no known level"; `"onehot"` one 0/1 column a level, named
#'   `<column>_<level>`.
#' @inheritParams rlang::args_dots_empty
#'
#' @return A data.table with a row for each row of `new_data`: one column a
#'   number, one 0/1 column an indicator (`<column>_missing`), then the
#'   categories.
#' @export
#' @examples
#' prep <- deep_prep(mpg ~ ., mtcars, scale = "range")
#' predict(prep, mtcars[1:3, ])
predict.deep_prep <- function(object, new_data, ...,
                              encoding = c("integer", "onehot")) {
  rlang::check_dots_empty()
  encoding <- rlang::arg_match(encoding)
  table <- new_table(object, new_data)
  numbers <- codes <- list()
  met <- encode_columns(object, table, NULL, function(column, encoded) {
    if (column$kind == "category") {
      codes <<- c(codes, code_columns(encoded$values, column, encoding))
    } else {
      numbers <<- c(numbers, number_columns(encoded, column))
    }
    free_memory(encoded$values)
  })
  warn_encoded(object, met)
  encoded <- c(numbers, codes)
  # `a_b` may be a column, or level "b" of `a`.
  names(encoded) <- make.unique(
    c(numeric_names(object), code_labels(object, encoding)), "_"
  )
  data.table::setDT(encoded)[]
}

number_columns <- function(encoded, column) {
  c(list(encoded$values), if (column$indicator) {
    list(as.integer(encoded$missing))
  })
}

code_columns <- function(codes, column, encoding) {
  if (encoding == "integer") {
    return(list(codes))
  }
  lapply(seq_len(column$size), function(i) as.integer(codes == i))
}

code_labels <- function(prep, encoding) {
  columns <- prep$columns[is_category(prep)]
  if (encoding == "integer") {
    return(names(columns))
  }
  unlist(Map(paste, names(columns), lapply(columns, code_names), sep = "_"),
         use.names = FALSE)
}
