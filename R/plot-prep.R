#' Plot the columns of a preparation
#'
#' Each column as it was on the training rows: a histogram of its numbers or
#' times, also of those that were read from text, or bars of its most frequent
#' levels. What was set aside is grey, and missing values are counted in the
#' title of the column.
#'
#' @param object A [deep_prep()].
#' @param columns Names of columns; `NULL`: the first 20.
#' @inheritParams rlang::args_dots_empty
#'
#' @return A ggplot.
#' @export
#' @examples
#' autoplot(deep_prep(Species ~ ., data = iris))
autoplot.deep_prep <- function(object, ..., columns = NULL) {
  rlang::check_dots_empty()
  columns <- columns %||% utils::head(names(object$seen), most_panels)
  strange <- setdiff(columns, names(object$seen))
  if (length(strange) > 0) {
    deeply_abort(
      c("There is no column {.field {strange}}.",
        suggest_names(strange, names(object$seen))),
      class = "column_missing"
    )
  }
  bars <- data.table::rbindlist(
    lapply(columns, column_bars, prep = object)
  )
  bars$panel <- factor(bars$panel, unique(bars$panel))
  ggplot2::ggplot(bars) +
    ggplot2::geom_rect(ggplot2::aes(
      xmin = .data$from, xmax = .data$to, ymin = 0, ymax = .data$rows,
      fill = .data$role
    )) +
    ggplot2::geom_text(
      ggplot2::aes((.data$from + .data$to) / 2, 0, label = .data$label),
      size = 2.5, angle = 90, hjust = 0, na.rm = TRUE
    ) +
    ggplot2::facet_wrap("panel", scales = "free_y") +
    ggplot2::scale_fill_manual(values = role_colours()) +
    ggplot2::scale_x_continuous(breaks = NULL) +
    ggplot2::scale_y_continuous(labels = count, n.breaks = 4) +
    ggplot2::labs(title = prep_title(object), x = NULL, y = "Rows",
                  fill = NULL) +
    theme_deeply()
}

most_panels <- 20
most_levels <- 10

# A function, as the palette is in a file that comes later.
role_colours <- function() {
  c(number = palette_deeply[[1]], category = palette_deeply[[2]],
    time = palette_deeply[[3]], "set aside" = "grey70")
}

prep_title <- function(prep) {
  aside <- length(prep$set_aside)
  missing <- sum(vapply(prep$seen, function(x) x$missing > 0, NA))
  used <- length(prep$seen) - aside
  cli::pluralize("{used} column{?s} in use, {aside} set aside; ",
                 "{missing} with missing values")
}

# A panel has no axis of its own, so that numbers, times and levels can stand
# side by side: the range is in its title, the levels in their bars.
column_bars <- function(name, prep) {
  seen <- prep$seen[[name]]
  seen <- seen$read %||% seen
  about <- c(
    if (!is.null(seen$range)) describe_before(seen),
    if (is.null(seen$range) && seen$distinct > most_levels) {
      paste(seen$distinct, "levels")
    },
    if (seen$missing > 0) paste(percent(seen$missing / seen$n), "missing")
  )
  about <- strwrap(toString(about), 26)
  panel <- paste(c(name, about), collapse = "\n")
  role <- column_role(name, prep)
  if (is.null(seen$range)) {
    seen$counts <- utils::head(seen$counts, most_levels)
  }
  counts <- as.numeric(seen$counts)
  k <- length(counts)
  if (k == 0) {
    # One value, or none.
    why <- as.list(prep$set_aside)[[name]] %||% describe_before(seen)
    return(data.table(panel, role, from = 0, to = 1, rows = 0, label = why))
  }
  levels <- names(seen$counts)
  gap <- if (is.null(levels)) 0 else 0.1
  data.table(
    panel, role, from = (seq_len(k) - 1 + gap) / k,
    to = (seq_len(k) - gap) / k, rows = counts,
    label = if (is.null(levels)) NA_character_
            else paste0(" ", shorten_text(levels, 14))
  )
}

column_role <- function(name, prep) {
  if (name %in% names(prep$set_aside)) {
    return("set aside")
  }
  inputs <- prep$columns[prep$positions == match(name, names(prep$seen))]
  if (!is.null(inputs[[1]]$moment)) "time" else inputs[[1]]$kind
}
