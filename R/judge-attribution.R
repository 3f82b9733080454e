# Integrated gradients of single rows, beside their values.

explain_rows <- function(fit, new_data, class, call = rlang::caller_env()) {
  prep <- fit$prep
  outcome <- prep$outcome
  check_explained_class(class, outcome, 1, call)
  table <- new_table(prep, new_data, call)
  n <- table_rows(table)
  encoded <- encode_rows(prep, table, seq_len(n))
  warn_encoded(prep, encoded, call)
  blocks <- encoded$inputs
  handle <- live_model(fit)
  said <- explained_class(backend_call("predict", handle, blocks), outcome,
                          class)
  found <- backend_call("attributions", handle, blocks, baseline_row(prep),
                        as.array(said$output - 1L))
  unit <- if (outcome$task == "regression") outcome$scale else said$sign
  # A matrix each, a row a row.
  found <- lapply(found, function(x) {
    drop_incomplete(as.matrix(x) * unit, prep, encoded$incomplete)
  })
  new_attribution(fit, table, said$class, list(
    parts = rowsum_columns(found$parts, unlist(input_owners(prep))),
    output = found$value[, 1], baseline = found$start[, 1]
  ))
}

#' Which output is explained, and which way up
#'
#' Two classes share an output, the logit of the event, so the other class has
#' the same attributions with the other sign.
#' @noRd
explained_class <- function(outputs, outcome, class) {
  n <- nrow(outputs)
  if (has_quantiles(outcome)) {
    # The quantile nearest to the median.
    return(list(output = rep(which.min(abs(outcome$quantile_levels - 0.5)), n)))
  }
  if (outcome$task == "regression") {
    return(list(output = rep(1L, n)))
  }
  if (outcome$task == "binary") {
    class <- class %||% event_level(outcome)
    sign <- if (class == event_level(outcome)) 1 else -1
    return(list(output = rep(1L, n), sign = sign,
                class = factor(rep(class, n), outcome$levels)))
  }
  chosen <- if (is.null(class)) max.col(outputs, ties.method = "first")
            else rep(match(class, outcome$levels), n)
  list(output = chosen, sign = 1,
       class = factor(outcome$levels[chosen], outcome$levels))
}

#' The mean training row, as the network sees it
#'
#' A missing number is filled with the mean, so what encodes it is the mean.
#' @return A list of `numeric`, and of `shares` of all levels of all categories.
#' @noRd
baseline_row <- function(prep) {
  numbers <- prep$columns[!is_category(prep)]
  means <- lapply(numbers, function(column) {
    mean <- if (is.null(column$part)) encode_number(NA_real_, column)$values
            else 0
    c(mean, if (column$indicator) 0)
  })
  list(numeric = as.array(as.numeric(unlist(means))),
       shares = as.array(as.numeric(unlist(training_shares(prep)))))
}

# A date has several inputs, and an indicator belongs to its number.
rowsum_columns <- function(parts, owners) {
  t(rowsum(t(parts), owners, reorder = FALSE))
}

new_attribution <- function(fit, table, class, found) {
  prep <- fit$prep
  outcome <- prep$outcome
  positions <- as.integer(colnames(found$parts))
  n <- nrow(found$parts)
  gap <- found$output - found$baseline - rowSums(found$parts)
  shift <- if (outcome$task == "regression") outcome$center else 0
  about <- c(list(row = seq_len(n)), if (!is.null(class)) list(class = class))
  rows <- do.call(data.table, c(about, list(
    output = found$output + shift, baseline = found$baseline + shift, gap = gap
  )))
  repeated <- lapply(about, rep, times = length(positions))
  attributions <- do.call(data.table, c(repeated, list(
    column = rep(names(prep$seen)[positions], each = n),
    value = unlist(lapply(positions, function(i) {
      show_values(pull_column(table, i))
    })),
    attribution = as.vector(found$parts)
  )))
  order <- order(attributions$row, -abs(attributions$attribution))
  explained(attributions[order, ], list(
    rows = rows, outcome = outcome[c("name", "task")]
  ), "deep_attribution")
}

# For reading.
show_values <- function(values) {
  text <- switch(column_kind(values),
    category = as.character(values),
    number = if (is_moment(class(values))) show_times(values)
             else vapply(plain_numbers(values), format, "", digits = 4)
  )
  text[is.na(values)] <- "missing"
  text
}

# Looking ------------------------------------------------------------------

#' @export
summary.deep_attribution <- function(object, ...) {
  data.table::copy(attr(object, "about")$rows)
}

#' @export
print.deep_attribution <- function(x, digits = 3, ...) {
  if (!is_whole(x)) {
    return(NextMethod())
  }
  about <- attr(x, "about")
  cat(sprintf("<integrated gradients> %s\n", attribution_unit(about)))
  rows <- utils::head(about$rows, most_rows)
  parts <- split(as.data.frame(x), x$row)
  for (i in seq_len(nrow(rows))) {
    print_attribution(parts[[i]], rows[i, ], digits)
  }
  left <- nrow(about$rows) - nrow(rows)
  if (left > 0) {
    cat(cli::pluralize("\nand {left} row{?s} more"), "\n", sep = "")
  }
  invisible(x)
}

most_rows <- 4
most_parts <- 10

print_attribution <- function(parts, row, digits) {
  if (is.na(row$output)) {
    cat(sprintf("\nRow %d has missing values, so the fit leaves it out\n",
                row$row))
    return(invisible())
  }
  number <- function(x) format(x, digits = digits)
  cat(sprintf("\nRow %d%s: %s = %s (the mean row) %s %s\n", row$row,
              if (is.null(row$class)) "" else paste0(", ", row$class),
              number(row$output), number(row$baseline),
              if (isTRUE(row$output < row$baseline)) "-" else "+",
              number(abs(row$output - row$baseline))))
  cut <- cut_parts(parts, most_parts)
  shown <- data.frame(
    column = format(c(cut$parts$column, cut$label)),
    value = c(shorten_text(cut$parts$value), rep("", length(cut$label))),
    attribution = format_metric(c(cut$parts$attribution, cut$rest), digits)
  )
  names(shown)[[1]] <- format("column", width = nchar(shown$column[[1]]))
  print(shown, row.names = FALSE, right = TRUE)
  cat(sprintf("  Sum %s, gap %s\n", number(sum(parts$attribution)),
              formatC(row$gap, 1, format = "e")))
}

# The largest, and the sum of all others. A single other one is shown.
cut_parts <- function(parts, most) {
  if (nrow(parts) <= most + 1) {
    return(list(parts = parts))
  }
  rest <- parts$attribution[-seq_len(most)]
  list(parts = utils::head(parts, most), rest = sum(rest),
       label = paste(length(rest), "others"))
}

attribution_unit <- function(about) {
  if (about$outcome$task == "regression") {
    return(sprintf("shares of the columns in %s", about$outcome$name))
  }
  sprintf("shares of the columns in the logit of a class of %s",
          about$outcome$name)
}
