# A finding has `check`, `column`, `severity`, `value`, `says` and `fix`. Here
# are those that need no look at the rows, the table of all, and its print.

severities <- c("stop", "look", "know")

new_finding <- function(check, column, severity, value, says, fix) {
  list(check = check, column = column, severity = severity,
       value = as.numeric(value), says = one_line(says), fix = one_line(fix))
}

one_line <- function(text) {
  gsub("\\s+", " ", text)
}

new_check <- function(found, tables, scores, drift) {
  found <- Filter(Negate(is.null), found)
  text <- function(part) vapply(found, `[[`, "", part)
  table <- data.table(
    check = text("check"), column = text("column"),
    severity = text("severity"), value = vapply(found, `[[`, 0, "value"),
    says = text("says"), fix = text("fix")
  )
  table <- table[order(match(table$severity, severities)), ]
  data.table::setattr(table, "target", tables$target)
  data.table::setattr(table, "rows", tables$rows)
  data.table::setattr(table, "scores", scores)
  data.table::setattr(table, "metric",
                      if (tables$regression) "R2" else "AUC")
  data.table::setattr(table, "drift", drift$columns)
  data.table::setattr(table, "apart", drift$apart)
  data.table::setattr(table, "class", c("deep_check", class(table)))
  table[]
}

# The target ---------------------------------------------------------------

few_class_rows <- 30

find_imbalance <- function(tables) {
  if (tables$regression) {
    return(find_two_numbers(tables))
  }
  outcome <- tables$prep$outcome
  shares <- outcome$shares
  rare <- which.min(shares)
  common <- which.max(shares)
  counts <- tabulate(tables$y$train, length(outcome$levels))
  few <- which(counts < few_class_rows)
  c(
    find_two_numbers(tables),
    if (is_imbalanced(outcome)) {
      list(new_finding(
        "imbalance", tables$target,
        if (shares[[rare]] < 0.01) "look" else "know", shares[[rare]],
        sprintf("class %s has %s of rows; always saying %s is right in %s",
                quote_values(names(rare)), percent(shares[[rare]]),
                quote_values(names(common)), percent(shares[[common]])),
        "Judge by PR AUC or balanced accuracy, not by accuracy."
      ))
    },
    if (length(few) > 0) {
      list(new_finding(
        "imbalance", tables$target, "look", min(counts),
        sprintf("has classes of fewer than %d rows: %s", few_class_rows,
                shorten(sprintf("%s (%d)", quote_each(outcome$levels[few]),
                                counts[few]), 5)),
        "Collect more of them, or merge classes: so few teach and test little."
      ))
    }
  )
}

quote_each <- function(x) {
  vapply(x, quote_values, "", USE.NAMES = FALSE)
}

find_two_numbers <- function(tables) {
  if (tables$two_numbers) {
    list(new_finding(
      "columns", tables$target, "know", 2,
      "is a number with two values; it is taken for classes here",
      sprintf("Say so in the data: data$%s <- factor(data$%s)", tables$target,
              tables$target)
    ))
  }
}

# Columns ------------------------------------------------------------------

find_mismatches <- function(tables) {
  found <- lapply(tables$columns, function(column) {
    if (!is.null(column$fault)) {
      new_finding("columns", column$name, "stop", NA, column$fault,
                  "Make both tables in the same way.")
    }
  })
  if (!is.null(tables$raw$test) && is.null(tables$y$test)) {
    found <- c(found, list(new_finding(
      "columns", tables$target, "know", NA,
      "the test rows have no target: nothing that needs it is compared",
      "Nothing, if it is not known yet."
    )))
  }
  unname(found)
}

find_in_prep <- function(tables) {
  prep <- tables$prep
  notes <- prep$notes[prep$notes$step %in% names(prep_fixes), ]
  c(
    find_no_target(tables),
    lapply(names(prep$set_aside), function(name) {
      new_finding("columns", name, "know", NA,
                  aside_words(prep$set_aside[[name]]),
                  "Nothing: deep_prep() sets it aside.")
    }),
    lapply(seq_len(nrow(notes)), function(i) note_finding(notes[i, ]))
  )
}

aside_words <- function(why) {
  switch(why,
    constant = "never varies",
    "missing in every row" = "is missing in every row",
    "an identifier" = "is an identifier: it names the row and says nothing of
                       the next",
    paste("is", why)
  )
}

# What to do about a note of the prep that does not say so itself. Those not
# named here are no trap.
prep_fixes <- c(
  numbers = "Nothing: deep_prep() reads it.",
  dates = "Nothing: deep_prep() reads it.",
  tokens = "Nothing: deep_prep() reads it.",
  missing = "",
  near_constant = "Leave it out, or collect rows that differ.",
  identifiers = "",
  filter = "",
  rare = "Merge them"
)
looks <- c("missing", "filter")

# "It is so; if that is wrong: deep_steps(...)" says and fixes.
note_finding <- function(note) {
  says <- one_line(note$says)
  fix <- prep_fixes[[note$step]]
  if (fix == "") {
    parts <- regmatches(says, regexec("^(.*); (.*)$", says))[[1]]
    says <- parts[[2]]
    fix <- paste0(toupper(substr(parts[[3]], 1, 1)), substring(parts[[3]], 2))
  } else if (note$step == "rare") {
    fix <- paste0(fix, sub("^.*(?=: deep_steps)", "", says, perl = TRUE))
    says <- sub(": deep_steps.*$", "", says)
  }
  fix <- sub("([^.)])$", "\\1.", fix)
  fix <- sub(": deep_steps(", ": steps = deep_steps(", fix, fixed = TRUE)
  new_finding("columns", note$column,
              if (note$step %in% looks) "look" else "know", note$count,
              paste0(says, " (", count(note$count), " rows)"), fix)
}

find_no_target <- function(tables) {
  missing <- sum(is.na(tables$y$train))
  share <- missing / tables$rows[["train"]]
  allowed <- tables$no_outcome
  if (missing > 0) {
    list(new_finding(
      "columns", tables$target, if (share > allowed) "stop" else "know",
      missing,
      sprintf("%s of %s rows (%s) have no target", count(missing),
              count(tables$rows[["train"]]), percent(share)),
      if (share > allowed) {
        "Find out why: did a join fail? deep_prep() refuses so many."
      } else {
        "Nothing: such rows are left out, a target is never guessed."
      }
    ))
  }
}

# Printing -----------------------------------------------------------------

#' @export
print.deep_check <- function(x, ...) {
  heads <- c(stop = "to stop for", look = "to look at", know = "to know")
  counts <- table(factor(x$severity, severities))
  counts <- counts[counts > 0]
  if (nrow(x) == 0) {
    cat("Nothing found.\n")
  } else {
    cat(toString(paste(counts, heads[names(counts)])), "\n", sep = "")
  }
  for (one in names(counts)) {
    cat("\n", c(stop = "Stop", look = "Look", know = "Know")[[one]], "\n",
        sep = "")
    print_findings(x[x$severity == one, ])
  }
  print_checked(x)
  invisible(x)
}

# Findings that say the same of several columns stand together.
print_findings <- function(x) {
  keys <- paste(x$says, x$fix)
  for (key in unique(keys)) {
    same <- x[keys == key, ]
    column <- same$column[nzchar(same$column)]
    says <- paste0(if (length(column) > 0) {
      paste0(shorten(unique(column), 8), ": ")
    }, same$says[[1]], ".")
    cat(strwrap(says, 78, indent = 2, exdent = 4), sep = "\n")
    cat(strwrap(paste("->", same$fix[[1]]), 78, indent = 4, exdent = 7),
        sep = "\n")
  }
}

print_checked <- function(x) {
  rows <- attr(x, "rows")
  if (is.null(rows)) {
    return(invisible())
  }
  text <- paste(count(rows), c(train = "training", test = "test")[names(rows)],
                "rows")
  apart <- attr(x, "apart")
  says <- paste0(
    "Checked: ", paste(text, collapse = " and "), ", target ",
    attr(x, "target"),
    if (!is.null(apart) && !is.na(apart)) {
      sprintf("; told apart with AUC %.2f (0.5: they are the same)", apart)
    }, "."
  )
  cat("\n")
  cat(strwrap(says, 80), sep = "\n")
}
