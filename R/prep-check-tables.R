# What check_data() looks at: both tables read by the prep that the training
# rows taught, so that every check sees numbers or codes, the same in both.

#' @param parts What `checked_parts()` gave.
#' @return A list of `target`, `prep`, `rows` (counts), `raw` (both tables), `y`
#'   (both, numbers or class indices), `columns` (what `read_both()` gives, by
#'   name), `time` and `group`.
#' @noRd
checked_tables <- function(parts, target, time, group, steps,
                           call = rlang::caller_env()) {
  check_step_columns(steps, names(parts$train), call)
  no_outcome <- steps$no_outcome
  steps$no_outcome <- 1
  check_filter(parts$train, steps$filter, call)
  kept <- filter_rows(parts$train, steps$filter)
  if (!is.null(kept)) {
    parts$train <- take_frame(parts$train, which(kept))
    steps$filter <- list()
  }
  two_numbers <- is_two_numbers(parts$train[[target]])
  if (two_numbers) {
    parts <- lapply(parts, function(part) {
      if (!is.null(part[[target]])) part[[target]] <- factor(part[[target]])
      part
    })
  }
  prep <- learn_checked(parts$train, target, steps, call)
  list(
    target = target, prep = prep, raw = parts, two_numbers = two_numbers,
    regression = prep$outcome$task == "regression",
    rows = lengths(lapply(parts, `[[`, 1)),
    y = lapply(parts, read_target, prep = prep),
    columns = read_columns(parts, prep),
    time = checked_time(parts, time, call),
    group = group, no_outcome = no_outcome
  )
}

take_frame <- function(table, rows) {
  structure(take_rows(as.list(table), rows), class = "data.frame",
            row.names = seq_along(rows))
}

is_two_numbers <- function(y) {
  is.null(dim(y)) && !is.list(y) && column_kind(y) == "number" &&
    data.table::uniqueN(y, na.rm = TRUE) == 2
}

learn_checked <- function(train, target, steps, call) {
  settings <- prep_settings(steps = steps)
  predictors <- train[setdiff(names(train), target)]
  source <- table_source(predictors, train[[target]], call = call)
  source$blueprint$target <- target
  # The check counts equal rows itself.
  settings$steps$duplicates <- "columns"
  kept <- keep_rows(source, settings, call)
  learn_prep(source, settings, kept, train = kept$rows)
}

read_target <- function(part, prep) {
  outcome <- prep$outcome
  values <- part[[outcome$name]]
  if (is.null(values)) {
    return(NULL)
  }
  values <- read_outcome(values, outcome$reading)
  if (outcome$task == "regression") {
    return(if (column_kind(values) == "number") as.numeric(values))
  }
  match(as.character(values), outcome$levels)
}

#' Each predictor, read in both tables
#'
#' @return By name, a list of `name`, `kind` ("number", "category"), `moment`,
#'   `train`, `test` (`NULL` where it cannot be read there), `fault` (why) and
#'   `identifier`. A column that was set aside is read if it tells rows apart.
#' @noRd
read_columns <- function(parts, prep) {
  names <- names(prep$seen)
  from <- names[prep$positions]
  columns <- lapply(names, function(name) {
    input <- prep$columns[from == name]
    why <- unname(prep$set_aside[name])
    if (length(input) == 0) {
      return(read_aside(parts, name, why))
    }
    read_both(parts, input[[1]], name, counts_rows(prep, name))
  })
  Filter(Negate(is.null), stats::setNames(columns, names))
}

counts_rows <- function(prep, name) {
  any(prep$notes$step == "identifiers" & prep$notes$column == name)
}

read_both <- function(parts, input, name, identifier) {
  read <- function(values) {
    values <- column_reader(list(values), NULL)(1, input)
    if (input$kind == "category") {
      return(encode_category(values, input)$values)
    }
    x <- as_number(values, name)
    x[x %in% input$tokens] <- NA
    x
  }
  fault <- test_fault(parts$test, input, name)
  list(
    name = name, kind = input$kind, moment = !is.null(input$moment),
    train = read(parts$train[[name]]),
    test = if (!is.null(parts$test) && is.null(fault)) read(parts$test[[name]]),
    fault = fault, identifier = identifier, aside = FALSE
  )
}

test_fault <- function(test, input, name) {
  if (is.null(test)) {
    return(NULL)
  }
  if (is.null(test[[name]])) {
    return("the test rows do not have this column")
  }
  wrong <- rlang::catch_cnd(check_column_kind(test[[name]], input, NULL),
                            "deeply_error")
  if (!is.null(wrong)) {
    sprintf("it is %s in the training rows and %s in the test rows",
            input$class, class(test[[name]])[[1]])
  }
}

# Text that names each row, and identifiers, still show that two rows are one.
read_aside <- function(parts, name, why) {
  names_rows <- why %in% c("an identifier",
                           "text with a value of its own a row")
  if (!names_rows) {
    return(NULL)
  }
  values <- lapply(parts, function(part) part[[name]])
  values <- lapply(values, function(x) {
    if (is.factor(x)) as.character(x) else x
  })
  levels <- unique(unlist(values, use.names = FALSE))
  codes <- lapply(values, function(x) if (!is.null(x)) match(x, levels))
  list(name = name, kind = "category", moment = FALSE, train = codes$train,
       test = codes$test, fault = NULL, aside = TRUE,
       identifier = why == "an identifier" || has_id_name(name))
}

# Predictors that a model would get, and that both tables have.
usable <- function(tables, both = FALSE) {
  Filter(function(column) {
    !column$aside && (!both || !is.null(column$test))
  }, tables$columns)
}

# Time ---------------------------------------------------------------------

#' The time of each row in both tables
#' @return `NULL`, or a list of `name`, `class`, `train`, `test` and `key` (the
#'   column whose blocks are sorted in time, or `NULL`).
#' @noRd
checked_time <- function(parts, time, call) {
  if (is.null(time)) {
    found <- find_time(parts$train) %||% find_time(bind_parts(parts))
    if (is.null(found)) {
      return(NULL)
    }
    time <- found$name
    key <- found$key
  } else {
    key <- NULL
  }
  values <- lapply(parts, function(part) part[[time]])
  text <- !vapply(values, is.numeric, NA) & !vapply(values, inherits, NA,
                                                    c("Date", "POSIXct"))
  if (any(text)) {
    # Day first or month first: all rows decide it together.
    all <- column_times(unlist(lapply(values, as.character)))
    at <- rep(names(values), lengths(values))
    read <- list(class = all$class, train = all$values[at == "train"],
                 test = if ("test" %in% at) all$values[at == "test"])
  } else {
    read <- list(class = time_class(class(values$train)),
                 train = as.numeric(values$train),
                 test = if (!is.null(values$test)) as.numeric(values$test))
  }
  if (is.null(read$class)) {
    abort_argument("time", values$train, "a column of dates, times or numbers",
                   call)
  }
  c(list(name = time, key = key), read)
}

# A random split of a series is one again when its parts are put together.
bind_parts <- function(parts) {
  if (is.null(parts$test)) {
    return(NULL)
  }
  same <- Filter(function(name) {
    identical(class(parts$train[[name]]), class(parts$test[[name]]))
  }, names(parts$train))
  if (length(same) > 0) {
    as_plain_frame(data.table::rbindlist(list(parts$train[same],
                                          parts$test[same])))
  }
}
