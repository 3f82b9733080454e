# Partial dependence and the curves of single rows.

explain_effect <- function(fit, new_data, column, class, rows, seed,
                           call = rlang::caller_env()) {
  prep <- fit$prep
  outcome <- prep$outcome
  check_explained_column(column, blueprint_columns(prep$blueprint), prep, call)
  check_explained_class(class, outcome, length(outcome$levels), call)
  # All columns are there and of their kind, before they are copied.
  new_table(prep, new_data, call)
  data <- as.data.frame(new_data)
  grid <- effect_grid(prep, column, data[[column]], call)
  given <- nrow(data)
  taken <- if (given > rows) with_seed(seed, sort(sample.int(given, rows)))
           else seq_len(given)
  data <- data[rep(taken, length(grid$at)), , drop = FALSE]
  data[[column]] <- rep(grid$set, each = length(taken))
  outputs <- network_outputs(fit, new_table(prep, data), call)
  predicted <- as_prediction(outputs, outcome, calibration = fit$calibration)
  curves <- effect_curves(predicted, outcome, class, list(row = taken), grid$at)
  by <- intersect(c("value", "class"), names(curves))
  table <- curves[, list(estimate = mean(.SD$estimate, na.rm = TRUE)), by = by]
  table <- explained(table, list(
    column = column, outcome = outcome[c("name", "task")],
    event = if (outcome$task == "binary" && is.null(class)) {
      event_level(outcome)
    },
    n = length(taken), given = given, marks = grid$marks, kind = grid$kind,
    left = grid$left, seed = seed
  ), "deep_effect")
  data.table::setattr(table, "curves", curves)
  table
}

effect_curves <- function(predicted, outcome, class, rows, at) {
  about <- list(row = rep(rows$row, length(at)),
                value = rep(at, each = length(rows$row)))
  if (outcome$task == "regression") {
    return(do.call(data.table, c(about, list(estimate = predicted))))
  }
  shown <- class %||% (if (outcome$task == "binary") event_level(outcome)
                       else outcome$levels)
  parts <- lapply(shown, function(level) {
    do.call(data.table, c(about, list(
      class = factor(level, outcome$levels),
      estimate = predicted[, match(level, outcome$levels)]
    )))
  })
  data.table::rbindlist(parts)
}

# The values to look at ----------------------------------------------------

most_values <- 20

#' Values of a column to give to every row
#'
#' @return A list of `at` (as shown: numbers, times or a factor), `set` (as
#'   they stand in the data), `marks` (where rows are), `kind` ("number" or
#'   "category"), and how many levels are `left` out.
#' @noRd
effect_grid <- function(prep, column, values, call) {
  inputs <- prep$columns[prep$blueprint$kind != "recipe" &
                           vapply(prep$columns, `[[`, "", "from") == column]
  input <- if (length(inputs) > 0) inputs[[1]]
  if (column_kind(values) == "category" && !is.null(input$repair)) {
    values <- repair_values(values, input$repair)
    values <- as_time(values, list(class = input$repair$class, tz = "UTC"))
  }
  if (all(is.na(values))) {
    deeply_abort("Column {.field {column}} is missing in every row of
                  {.arg new_data}.", class = "missing_values", call = call)
  }
  if (column_kind(values) != "category") {
    return(number_grid(values, input$tokens))
  }
  if (is.null(input)) raw_levels(values) else level_grid(values, input)
}

#' Quantiles that are values of the data, so that whole numbers stay whole
#'
#' Of a column that is mostly one value they would be that value, so then they
#' are quantiles of the distinct ones.
#' @noRd
number_grid <- function(values, tokens) {
  if (inherits(values, "integer64")) {
    values <- plain_numbers(values)
  }
  values <- values[!is.na(values) & !plain_numbers(values) %in% tokens]
  values <- values[order(plain_numbers(values))]
  inside <- values[place_of(c(0.01, 0.99), length(values))]
  inner <- values[values >= inside[[1]] & values <= inside[[2]]]
  distinct <- unique(inner)
  shares <- seq(0, 1, length.out = most_values)
  at <- distinct
  if (length(distinct) > most_values) {
    at <- unique(inner[place_of(shares, length(inner))])
    if (length(at) < most_values / 2) {
      at <- distinct[place_of(shares, length(distinct))]
    }
  }
  marks <- inner[unique(place_of(seq(0, 1, length.out = 500), length(inner)))]
  list(at = at, set = at, marks = marks, kind = "number", left = 0)
}

place_of <- function(shares, n) {
  pmax(1, ceiling(shares * n))
}

# The levels that the network tells apart; rare ones are one.
level_grid <- function(values, column) {
  names <- code_names(column)
  text <- column$levels[match(seq_along(names), column$codes)]
  set <- if (is.factor(values)) factor(text, union(levels(values), text))
         else if (is.logical(values)) as.logical(text)
         else text
  counts <- tabulate(encode_category(values, column)$values, length(names))
  pick_levels(names, set, counts)
}

# A column that the formula or the recipe changes: as it stands.
raw_levels <- function(values) {
  coded <- code_text(values)
  counts <- tabulate(coded$codes, length(coded$levels))
  there <- which(counts > 0)
  pick_levels(coded$levels[there], values[match(there, coded$codes)],
              counts[there])
}

# The most frequent ones in the data, in the order of the levels.
pick_levels <- function(names, set, counts) {
  kept <- sort(utils::head(order(-counts), most_values))
  list(at = factor(names[kept], names[kept]), set = set[kept],
       marks = counts[kept], kind = "category",
       left = length(names) - length(kept))
}

# Looking ------------------------------------------------------------------

#' @export
print.deep_effect <- function(x, digits = 3, ...) {
  if (!is_whole(x)) {
    return(NextMethod())
  }
  about <- attr(x, "about")
  cat(sprintf("<effect of %s> %s\n", about$column, effect_unit(about)))
  cat_field("Rows", describe_sample(about))
  cat_field("Finding", effect_finding(x, about))
  if (about$left > 0) {
    cat_field("Levels", sprintf("the %d most frequent; %d more", most_values,
                                about$left))
  }
  cat("\n")
  print(effect_table(x, digits), row.names = FALSE, right = TRUE)
  invisible(x)
}

# More classes stand side by side.
effect_table <- function(x, digits) {
  x <- as.data.frame(x)
  text <- show_at(unique(x$value))
  shown <- data.frame(value = if (is.factor(x$value)) format(text) else text)
  by <- if (is.null(x$class)) rep("estimate", nrow(x))
        else as.character(x$class)
  for (name in unique(by)) {
    shown[[name]] <- format_metric(x$estimate[by == name], digits)
  }
  shown
}

# A time of day says nothing on an axis of months.
show_at <- function(values) {
  if (is.factor(values)) {
    return(as.character(values))
  }
  far <- inherits(values, "POSIXct") &&
    diff(range(as.numeric(values))) > 30 * 86400
  if (far) format(values, "%Y-%m-%d") else show_times(values)
}

effect_unit <- function(about) {
  if (about$outcome$task == "regression") {
    return(sprintf("mean prediction of %s", about$outcome$name))
  }
  sprintf("mean probability of %s", about$event %||%
            paste("each class of", about$outcome$name))
}

#' Where the mean prediction is lowest and highest
#'
#' Of more classes, of the one that changes most.
#' @noRd
effect_finding <- function(x, about) {
  class <- NULL
  if (!is.null(x[["class"]])) {
    parts <- split(as.data.frame(x), droplevels(x$class))
    spread <- vapply(parts, function(part) diff(range(part$estimate)), 1)
    class <- names(parts)[[which.max(spread)]]
    x <- parts[[class]]
  }
  label <- function(i) {
    estimate <- if (is.null(class)) format(x$estimate[[i]], digits = 3)
                else percent(x$estimate[[i]])
    c(shorten_text(show_at(x$value)[[i]]), estimate)
  }
  low <- label(which.min(x$estimate))
  high <- label(which.max(x$estimate))
  what <- if (is.null(class)) about$outcome$name else class
  sprintf("%s: lowest at %s (%s), highest at %s (%s)", what, low[[1]],
          low[[2]], high[[1]], high[[2]])
}
