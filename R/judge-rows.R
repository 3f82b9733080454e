# Rows that a diagnosis is given: read, judged, and told apart by whether they
# were trained on.

#' @return A list of `table`, a data frame, and whether its rows are `numbered`
#'   as those given.
#' @noRd
diagnosis_rows <- function(table, arg, fit, call) {
  if (is_file_table(table)) {
    sample <- sample_files(fit, table, call)
    return(list(table = sample$rows, numbered = sample$whole, split = FALSE))
  }
  if (inherits(fit$prep, "deep_image_prep")) {
    return(list(table = new_table(fit$prep, table, call), numbered = TRUE,
                split = TRUE))
  }
  check_table(table, arg, call)
  if (is.matrix(table)) {
    table <- as.data.frame(table)
  }
  list(table = table, numbered = TRUE, split = TRUE)
}

# Of a fit from `x` and `y` the outcome is a column more.
given_outcome <- function(fit, table, arg, call) {
  blueprint <- fit$prep$blueprint
  if (is_images(table)) {
    check_labelled(table, arg, call)
    return(table$y)
  }
  if (!is.null(blueprint$outcome)) {
    return(outcome_of(blueprint, table, call))
  }
  if (is.null(table[["y"]]) || "y" %in% names(blueprint$predictors)) {
    deeply_abort(
      c(
        "{.arg {arg}} must have the outcome in a column named {.field y}.",
        i = "This model was fitted from {.arg x} and {.arg y}: give
             {.code data.frame(x, y = y)}."
      ),
      class = "outcome_missing", call = call
    )
  }
  table[["y"]]
}

check_labelled <- function(images, arg, call) {
  if (is.null(unclass(images)$y)) {
    deeply_abort(
      c("The images of {.arg {arg}} have no labels.",
        i = "Give them by {.code deep_images(x, y)}."),
      class = "outcome_missing", call = call
    )
  }
}

diagnosis_cases <- function(rows, arg, fit, call) {
  # Of the simple models only those of train-dev rows are asked for.
  cases <- fit_cases(fit, rows$table, given_outcome(fit, rows$table, arg, call),
                     call, if (arg == "train_dev") fit$judged$baselines)
  if (!rows$numbered) {
    cases$rows <- rep(NA_integer_, cases$n)
  }
  cases
}

#' Which rows of the data were trained on, and which validated
#'
#' Split again as the fit did, and compared with the outcomes it was judged on.
#' @return `NULL` if these are not the rows of the fit, or row numbers as
#'   `train` and `validation`, and `time`, by which they run.
#' @noRd
split_of <- function(fit, rows, y) {
  if (!rows$split) {
    return(NULL)
  }
  settings <- fit$prep$settings
  control <- fit$spec$control
  blueprint <- fit$prep$blueprint
  found <- tryCatch(suppressWarnings({
    source <- given_source(rows$table, y, blueprint, settings)
    kept <- keep_rows(source, settings)
    used <- kept$y[kept$rows]
    split <- split_rows(control, outcome_strata(used, kept$outcome),
                        kept$outcome$task != "regression", fit$info$seed,
                        kept$rows, table_rows(source$table), source$time)
    c(lapply(split, function(at) kept$rows[at]),
      list(time = source$time$name, y = kept$y))
  }, classes = "deeply_warning"), deeply_error = function(cnd) NULL)
  judged <- if (length(found$validation) > 0) found$validation else found$train
  truth <- comparable_truth(found$y[judged], fit$prep$outcome)
  same <- identical(lengths(found[c("train", "validation")]),
                    unlist(fit$info$rows)[c("train", "validation")]) &&
    rows_key(truth) == fit$judged$key
  if (same) found[c("train", "validation", "time")]
}

# As `prep_source()` gave it when the fit was made.
given_source <- function(table, y, blueprint, settings) {
  if (is_images(table)) {
    return(list(table = table, outcome = y, blueprint = blueprint))
  }
  list(
    table = forge(blueprint, table), outcome = y, blueprint = blueprint,
    time = find_time(table),
    filtered = filter_rows(table, settings$steps$filter)
  )
}

# The set of each row that was judged, "data" where it is not known.
name_sets <- function(cases, split) {
  if (is.null(split)) {
    return(rep("data", cases$n))
  }
  sets <- rep("left out", cases$n)
  sets[cases$rows %in% split$train] <- "training"
  sets[cases$rows %in% split$validation] <- "validation"
  sets
}

# Leaks and drift ----------------------------------------------------------

# As check_data() takes it: the predictors that the network has, the outcome,
# and the time by which rows were split.
checkable_rows <- function(fit, table, y, time = NULL) {
  blueprint <- fit$prep$blueprint
  columns <- forge(blueprint, table)
  columns <- if (is.matrix(columns)) as.list(as.data.frame(columns))
             else Filter(Negate(is.null), as.list(columns))
  if (!is.null(time) && !time %in% names(columns)) {
    columns[[time]] <- table[[time]]
  }
  columns[[blueprint$target]] <- y
  structure(columns, class = "data.frame", row.names = seq_along(y))
}

#' The findings of check_data() that matter to a fit
#'
#' @param train,test Data frames from `checkable_rows()`; `test` may be `NULL`.
#' @param leaks Whether to look for leaking columns.
#' @return Findings as `new_finding()` makes them.
#' @noRd
compare_rows <- function(train, test, target, time, leaks = TRUE) {
  parts <- Filter(Negate(is.null), list(train = train, test = test))
  tables <- checked_tables(parts, target, time, NULL, deep_steps())
  found <- c(
    if (leaks) find_leaks(score_columns(tables, tables$time$name), tables),
    find_duplicates(tables),
    find_time_order(tables),
    find_repetition(tables),
    find_groups(tables),
    find_drift(measure_drift(tables), tables)
  )
  Filter(function(finding) finding$severity != "know", found)
}

#' Leaks, and drift to the validation and the test rows
#'
#' @param data,test What `diagnosis_rows()` gave with the outcome `y`, or
#'   `NULL`.
#' @return A list of findings: `leaks`, `validation` and `test`.
#' @noRd
check_rows <- function(fit, data, test, split) {
  if (is.null(data)) {
    return(list())
  }
  if (is_images(data$table)) {
    return(list(leaks = find_copies(data$table, test$table, split)))
  }
  target <- fit$prep$blueprint$target
  time <- split$time
  all <- checkable_rows(fit, data$table, data$y, time)
  found <- list()
  if (length(split$validation) > 0) {
    found$validation <- compare_rows(take_frame(all, split$train),
                                     take_frame(all, split$validation), target,
                                     time)
    found$validation <- lapply(found$validation, name_rows, "validation")
  }
  if (!is.null(test) || is.null(found$validation)) {
    test <- if (!is.null(test)) {
      checkable_rows(fit, test$table, test$y,
                     intersect(time, names(test$table)))
    }
    found$test <- compare_rows(all, test, target, time,
                               leaks = is.null(found$validation))
  }
  is_drift <- function(finding) finding$check == "drift"
  c(list(leaks = unlist(lapply(unname(found), Filter, f = Negate(is_drift)),
                        recursive = FALSE)),
    Map(sum_up_drift, lapply(found, Filter, f = is_drift), names(found)))
}

# Images that were trained on, among those that were not.
find_copies <- function(data, test, split) {
  c(
    if (length(split$validation) > 0) {
      shared_images(data[split$train], data[split$validation], "validation")
    },
    if (!is.null(test)) shared_images(data, test, "test")
  )
}

name_rows <- function(finding, set) {
  finding$says <- gsub("test rows", paste(set, "rows"), finding$says,
                       fixed = TRUE)
  finding
}

#' One finding for all columns that drift
#' @noRd
sum_up_drift <- function(found, set) {
  columns <- vapply(found, `[[`, "", "column")
  index <- vapply(found, `[[`, 0, "value")
  of_columns <- nzchar(columns)
  if (!any(of_columns)) {
    return(found)
  }
  first <- found[of_columns][[1]]
  first$column <- ""
  first$severity <- severities[min(match(severity_of(found), severities))]
  first$says <- sprintf(
    "%s rows are not like training rows: %s (stability index up to %.2f, which
     should be below %g)", capitalise(set), shorten(columns[of_columns], 5),
    max(index[of_columns]), drift_limits[["look"]]
  )
  first$says <- one_line(first$says)
  list(first)
}
