#' @export
print.deep_diagnosis <- function(x, ...) {
  cat(sprintf("<deep_diagnosis> %s, %s of %s\n\n", x$about$model, x$about$task,
              x$about$outcome))
  verdict <- paste0(capitalise(x$verdict),
                    if (x$verdict != x$kind && x$kind != "healthy") {
                      sprintf(" (%s)", x$kind)
                    }, ".")
  cat(strwrap(paste(verdict, x$says), 80), sep = "\n")
  cat(strwrap(paste("Next:", x$next_step), 80, exdent = 6), sep = "\n")
  print_ladder(x$ladder, x$about$measure)
  # The one that leads has been told.
  lead <- match(x$kind, x$findings$kind)
  others <- if (is.na(lead)) x$findings else x$findings[-lead, ]
  if (nrow(others) > 0) {
    cat("\nAlso found\n")
    print_findings(others)
  }
  print_suspects(x$suspects)
  print_looks(x$looks)
  invisible(x)
}

print_ladder <- function(ladder, measure) {
  unit <- attr(ladder, "measure")
  cat("\n", measure, "\n", sep = "")
  shown <- lapply(ladder[, c("error", "lower", "upper")], function(x) {
    format_error(x, unit)
  })
  interval <- paste(shown$lower, "to", shown$upper)
  interval[is.na(ladder$n)] <- ""
  columns <- list(
    level = ladder$level, error = shown$error, interval = interval,
    rows = ifelse(is.na(ladder$n), "", count_each(ladder$n)),
    gap = gap_labels(ladder)
  )
  heads <- c("", "error", "95 % interval", "rows", "gap to the level above")
  width <- vapply(Map(c, columns, heads), function(x) max(nchar(x)), 0)
  lines <- Map(function(x, head, width, left) {
    formatC(c(head, x), width = if (left) -width else width)
  }, columns, heads, width, c(TRUE, FALSE, FALSE, FALSE, TRUE))
  lines <- do.call(paste, c(list(""), unname(lines)))
  cat(sub(" +$", "", lines), sep = "\n")
}

count_each <- function(n) {
  vapply(n, count, "")
}

gap_labels <- function(ladder) {
  size <- format_error(replace(ladder$size, is.na(ladder$size), 0),
                       attr(ladder, "measure"), signed = TRUE)
  note <- ifelse(ladder$largest, " <- the largest",
                 ifelse(ladder$beyond, " beyond chance", ""))
  ifelse(is.na(ladder$gap), "", paste0(ladder$gap, " ", size, note))
}

print_suspects <- function(suspects) {
  if (nrow(suspects) == 0) {
    return(invisible())
  }
  cat("\nRows that fit worst (", count(nrow(suspects)), " in $suspects)\n",
      sep = "")
  shown <- as.data.frame(utils::head(suspects, 3))
  numbers <- intersect(c("prob", "loss"), names(shown))
  shown[numbers] <- lapply(shown[numbers], function(x) signif(x, 3))
  if (is.numeric(shown$said)) {
    shown$said <- signif(shown$said, 4)
    shown$prob <- NULL
  }
  lines <- utils::capture.output(print(shown, row.names = FALSE))
  cat(paste0(" ", lines), sep = "\n")
}

print_looks <- function(looks) {
  if (nrow(looks) == 0) {
    return(invisible())
  }
  says <- sprintf("%s rows %s", looks$set, vapply(seq_len(nrow(looks)),
    function(i) {
      n <- looks$looks[[i]]
      fits <- looks$fits[[i]]
      paste0(if (n == 1) "once" else paste(count(n), "times"),
             if (n > 1) paste(", at", count(fits),
                              if (fits == 1) "fit" else "fits"))
    }, ""))
  cat("\n")
  cat(strwrap(paste0("Looked at: ", paste(says, collapse = "; "), "."), 80),
      sep = "\n")
}
