# Every interface (formula, data frame, matrix, recipe) becomes the same source:
# a table of predictors, an outcome, and a blueprint that finds both again in
# new data. Models only ever see a source.

#' The table behind an interface
#'
#' @param x A formula, data frame, matrix or recipe.
#' @param data With a formula or recipe, the data frame. With a data frame or
#'   matrix, the outcome may stand here, as the second argument.
#' @param y With a data frame or matrix, the outcome; several as a table.
#' @return A list of `table` (matrix or data frame), `outcome` (a vector, a data
#'   frame of several, or `NULL`) and `blueprint`.
#' @noRd
table_source <- function(x, data = NULL, y = NULL,
                         call = rlang::caller_env()) {
  UseMethod("table_source")
}

#' @exportS3Method
table_source.default <- function(x, data = NULL, y = NULL,
                                 call = rlang::caller_env()) {
  deeply_abort(
    c(
      "{.arg x} must be a formula, a data frame, a numeric matrix or a recipe.",
      x = "It is {.obj_type_friendly {x}}."
    ),
    class = "interface",
    call = call
  )
}

#' @exportS3Method
table_source.formula <- function(x, data = NULL, y = NULL,
                                 call = rlang::caller_env()) {
  check_table(data, "data", call)
  check_formula(x, call)
  check_outcome_present(x, data, call)
  blueprint <- list(
    kind = "formula",
    target = outcome_label(rlang::f_lhs(x)),
    outcome = rlang::f_lhs(x),
    predictors = formula_predictors(x, data, call)
  )
  list(
    table = forge(blueprint, data, call),
    outcome = forge_outcome(blueprint, data, call),
    blueprint = blueprint
  )
}

check_formula <- function(x, call) {
  if (length(x) != 3) {
    deeply_abort(
      c(
        "The formula {.code {deparse1(x)}} has no outcome.",
        i = "Write the column to predict on the left of {.code ~}."
      ),
      class = "formula",
      call = call
    )
  }
}

#' @exportS3Method
table_source.data.frame <- function(x, data = NULL, y = NULL,
                                    call = rlang::caller_env()) {
  check_table(x, "x", call)
  y <- y %||% data
  if (!is.null(y)) {
    y <- check_given_outcome(y, nrow(x), call)
  }
  blueprint <- list(
    kind = "xy",
    target = if (is.data.frame(y)) names(y) else "y",
    predictors = named_symbols(colnames(x))
  )
  list(
    table = if (is.matrix(x)) x else unclass(x),
    outcome = y,
    blueprint = blueprint
  )
}

#' @exportS3Method
table_source.matrix <- function(x, data = NULL, y = NULL,
                                call = rlang::caller_env()) {
  if (!is.numeric(x) && !is.logical(x)) {
    deeply_abort(
      c(
        "A matrix {.arg x} must hold numbers, not {typeof(x)} values.",
        i = "Use a data frame for a table with text."
      ),
      class = "interface",
      call = call
    )
  }
  if (is.null(colnames(x))) {
    deeply_abort(
      c(
        "The matrix {.arg x} has no column names.",
        i = "Set them, for instance {.code colnames(x) <- paste0(\"x\",
             seq_len(ncol(x)))}, so that new data can be checked."
      ),
      class = "interface",
      call = call
    )
  }
  table_source.data.frame(x, data, y, call)
}

#' @exportS3Method
table_source.deep_images <- function(x, data = NULL, y = NULL,
                                     call = rlang::caller_env()) {
  y <- y %||% data
  own <- is.null(y)
  list(
    table = x,
    outcome = if (own) x$y else check_given_outcome(y, length(x), call),
    blueprint = list(kind = "images", target = if (own) x$target else "y")
  )
}

#' @exportS3Method
table_source.recipe <- function(x, data = NULL, y = NULL,
                                call = rlang::caller_env()) {
  rlang::check_installed("recipes", "to fit from a recipe.", call = call)
  check_table(data, "data", call)
  outcome <- x$var_info$variable[x$var_info$role %in% "outcome"]
  if (length(outcome) != 1) {
    deeply_abort(
      "The recipe must have one outcome; it has {length(outcome)}.",
      class = "formula",
      call = call
    )
  }
  check_outcome_present(rlang::new_formula(as.name(outcome), 1), data, call)
  blueprint <- list(kind = "recipe", target = outcome,
                    outcome = as.name(outcome), recipe = x)
  list(
    table = data,
    outcome = forge_outcome(blueprint, data),
    blueprint = blueprint
  )
}

#' The predictors of a blueprint in new data
#'
#' Columns that are not needed are ignored, in any order.
#' @return A matrix or data frame with the predictors' names.
#' @noRd
forge <- function(blueprint, data, call = rlang::caller_env()) {
  if (blueprint$kind == "recipe") {
    check_columns(recipe_columns(blueprint$recipe), data, call)
    return(bake_recipe(blueprint$recipe, data))
  }
  predictors <- blueprint$predictors
  check_columns(unique(unlist(lapply(predictors, all.vars))), data, call)
  if (is.matrix(data) && identical(colnames(data), names(predictors))) {
    return(data)
  }
  data <- as_eval_data(data)
  lapply(predictors, function(predictor) {
    if (!is.null(predictor)) evaluate_column(predictor, data)
  })
}

# New data need not have what was set aside: its place is kept by a NULL.
forget_predictors <- function(blueprint, positions) {
  if (blueprint$kind != "recipe") {
    blueprint$predictors[-positions] <- list(NULL)
  }
  blueprint
}

# One column of what forge() returns, by position; `rows` NULL for all.
pull_column <- function(table, position, rows = NULL) {
  if (is.matrix(table)) {
    return(if (is.null(rows)) table[, position] else table[rows, position])
  }
  column <- table[[position]]
  if (is.null(rows)) column else column[rows]
}

# Some rows of what forge() returns.
take_rows <- function(table, rows) {
  if (is_images(table)) {
    return(table[rows])
  }
  if (is.matrix(table)) {
    return(table[rows, , drop = FALSE])
  }
  lapply(table, function(column) column[rows])
}

table_names <- function(table) {
  if (is.matrix(table)) colnames(table) else names(table)
}

table_rows <- function(table) {
  if (is_images(table)) length(table)
  else if (is.matrix(table)) nrow(table)
  else NROW(Find(length, table))
}

forge_outcome <- function(blueprint, data, call = rlang::caller_env()) {
  if (is.null(blueprint$outcome)) {
    return(NULL)
  }
  values <- as_eval_data(data)
  parts <- outcome_expressions(blueprint$outcome)
  if (is.null(parts)) {
    return(eval(blueprint$outcome, values, globalenv()))
  }
  bind_outcomes(lapply(parts, eval, values, globalenv()), nrow(data), call)
}

# A recipe is learned on the training rows, when they are known.
learn_recipe <- function(source, rows, call = rlang::caller_env()) {
  if (source$blueprint$kind != "recipe") {
    return(source)
  }
  data <- as.data.frame(source$table)
  recipe <- recipes::prep(
    source$blueprint$recipe,
    training = data[rows, , drop = FALSE],
    retain = FALSE
  )
  name <- source$blueprint$target
  baked <- recipes::bake(recipe, data, recipes::all_outcomes())[[1]]
  if (!identical(as.vector(baked), as.vector(data[[name]]))) {
    deeply_abort(
      c(
        "The recipe changes the outcome {.field {name}}.",
        i = "Change it in the data before the recipe, so that predictions and
             metrics are on the scale you see."
      ),
      class = "recipe",
      call = call
    )
  }
  source$blueprint$recipe <- recipe
  source$table <- bake_recipe(recipe, data)
  source
}

bake_recipe <- function(recipe, data) {
  as.data.frame(
    recipes::bake(recipe, as.data.frame(data), recipes::all_predictors())
  )
}

recipe_columns <- function(recipe) {
  info <- recipe$var_info
  info$variable[info$role %in% "predictor" & info$source %in% "original"]
}

named_symbols <- function(names) {
  stats::setNames(lapply(names, as.name), names)
}
