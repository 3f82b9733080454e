#' A fit as one page for a colleague
#'
#' Writes a single HTML file that needs nothing else: what data, what model, how
#' good beside what, the curves, the diagnosis, which columns matter, what to
#' know before believing it, and the code that makes it again. It can be mailed,
#' opened on a phone and printed. It holds no row of the data, runs no code and
#' loads nothing. Of a fit to images it does show some of `new_data`: mistakes,
#' and where the network looks.
#'
#' With `new_data`, rows that the network has not seen, the page leads with how
#' well these are predicted, with intervals, and shows the curves. Without, it
#' stands on the judgement of the validation rows that is kept in the fit, and
#' says what is missing.
#'
#' @param x A fit such as [deep_mlp()] gives.
#' @param file Where to write the page, such as `"report.html"`. `NULL`: a file
#'   in the session's temporary folder.
#' @inheritParams rlang::args_dots_empty
#' @param new_data Rows with the predictors and the outcome to judge the fit on,
#'   best none that it was trained or validated on: a data frame, matrix,
#'   [deep_parquet()] or [deep_csv()], or images with their labels. Above 10,000
#'   rows, that many drawn at random.
#' @param data The rows that the fit was made from, training and validation, for
#'   what [diagnose()] can find in them: leaks, drift, wrong labels. `NULL`: the
#'   diagnosis does without.
#' @param y The outcome of `new_data`, if the model was fitted from a data frame
#'   or matrix and `y`; that of `data` is then a column `y`.
#' @param title Title of the page. `NULL`: the task and the outcome.
#' @param overwrite Whether a `file` that is already there may be replaced.
#' @param open Whether to open the page in a browser.
#'
#' @return The path of the file, invisibly. The file is written whole or not at
#'   all.
#' @section Errors:
#' * `deeply_error_file_exists`: the file is there, and `overwrite` is `FALSE`.
#' * `deeply_error_report`: the file cannot be written.
#' * `deeply_error_argument`: `x` is no fit, or another argument is not as it
#'   must be.
#' * Those of [evaluate.deep_fit()] for `new_data`, and of [diagnose()] for
#'   `data`.
#' @seealso [evaluate.deep_fit()], [diagnose()], [explain()]
#' @export
#' @examplesIf deeply::has_backend()
#' rows <- seq(1, 150, by = 3)
#' fit <- deep_mlp(Species ~ ., iris[-rows, ],
#'                 control = deep_control(epochs = 9))
#' path <- deep_report(fit, new_data = iris[rows, ], open = FALSE)
#' file.size(path)
deep_report <- function(x, file = NULL, ..., new_data = NULL, data = NULL,
                        y = NULL, title = NULL, overwrite = FALSE,
                        open = rlang::is_interactive()) {
  rlang::check_dots_empty()
  if (!inherits(x, "deep_fit")) {
    abort_argument("x", x, "a fit such as `deep_mlp()` gives",
                   rlang::current_env())
  }
  check_one_outcome(x$prep$outcome, call = rlang::current_env())
  check_text(title)
  check_flag(overwrite)
  check_flag(open)
  file <- check_report_file(file, overwrite)
  facts <- report_facts(x, new_data, data, y)
  page <- report_page(facts, title %||% report_title(x))
  write_whole(page, file, "report")
  if (open) {
    utils::browseURL(file)
  }
  invisible(file)
}

check_text <- function(x, arg = rlang::caller_arg(x),
                       call = rlang::caller_env()) {
  if (!is.null(x) && (!rlang::is_string(x) || !nzchar(x))) {
    abort_argument(arg, x, "one text or NULL", call)
  }
}

# Asked before anything is computed: minutes of work must not end here.
check_report_file <- function(file, overwrite, call = rlang::caller_env()) {
  if (is.null(file)) {
    return(tempfile("report-", fileext = ".html"))
  }
  check_path(file, call = call)
  if (dir.exists(file) || !dir.exists(dirname(path.expand(file)))) {
    deeply_abort(
      c("{.path {file}} cannot be written.",
        i = if (dir.exists(file)) "It is a folder: name a file in it."
            else "There is no folder {.path {dirname(file)}}."),
      class = "report", call = call
    )
  }
  if (file.exists(file) && !overwrite) {
    deeply_abort(
      c("There is a file {.path {file}} already.",
        i = "{.code overwrite = TRUE} puts the report in its place."),
      class = "file_exists", call = call
    )
  }
  file
}

report_title <- function(fit) {
  outcome <- fit$prep$outcome
  paste(capitalise(describe_task(outcome)), "of", outcome$name)
}

# Facts ----------------------------------------------------------------------

# Rows that the page looks at, at most: more make it slower, and no better.
report_rows <- 10000L
most_for_importance <- 2000L
rows_for_importance <- 20L

#' What the sections stand on
#'
#' @return A list of `fit`, its `diagnosis`, and the `warnings` that all this
#'   gave; with `new_data` also `cases` (see `fit_cases()`), their `evaluation`,
#'   its `limits` and, of rows enough, the `importance` of the columns; of
#'   images what `facts_of_images()` gives.
#' @noRd
report_facts <- function(fit, new_data, data, y, call = rlang::caller_env()) {
  heard <- hear_warnings({
    drawn <- if (!is.null(new_data)) {
      draw_rows(fit, new_data, y, report_rows, call)
    }
    facts <- list(fit = fit)
    if (!is.null(drawn)) {
      facts <- c(facts, facts_of_rows(fit, drawn, call))
    }
    facts$diagnosis <- diagnose(fit, data = data, test = with_outcome(drawn))
    facts
  })
  c(heard$value, heard["warnings"])
}

facts_of_rows <- function(fit, drawn, call) {
  cases <- fit_cases(fit, drawn$rows, drawn$y, call)
  on <- if (drawn$whole) "new rows"
        else sprintf("new rows, drawn from %s", count(drawn$of))
  evaluation <- new_evaluation(judge_cases(cases), fit, on, cases$n,
                               cases$n + cases$left_out)
  facts <- list(
    cases = cases, evaluation = evaluation,
    limits = network_limits(cases, evaluation, fit$info$seed)
  )
  if (is_images(drawn$rows)) {
    return(c(facts, facts_of_images(fit, drawn$rows, call)))
  }
  c(facts, list(
    # A metric that is not defined cannot get worse.
    importance = if (cases$n >= rows_for_importance &&
                       !anyNA(evaluation[[2]])) {
      explain(fit, drawn$rows, y = drawn$y, rows = most_for_importance,
              repeats = 5, seed = fit$info$seed)
    }
  ))
}

# As diagnose() takes the outcome of a fit from `x` and `y`.
with_outcome <- function(drawn) {
  rows <- drawn$rows
  if (is.null(drawn$y)) {
    return(rows)
  }
  rows <- as.data.frame(rows)
  rows$y <- drawn$y
  rows
}

#' Rows to judge on, no more than enough
#'
#' @return A list of `rows`, their outcome `y`, whether they are the `whole`,
#'   and `of` how many they were drawn.
#' @noRd
draw_rows <- function(fit, new_data, y, most, call = rlang::caller_env()) {
  if (is_file_table(new_data)) {
    return(sample_files(fit, new_data, call, most))
  }
  if (inherits(fit$prep, "deep_image_prep")) {
    return(draw_labelled(fit, new_data, y, most, call))
  }
  of <- NROW(new_data)
  if (of > most) {
    rows <- with_seed(fit$info$seed, sort(sample.int(of, most)))
    if (length(y) == of) {
      y <- y[rows]
    }
    new_data <- if (is.matrix(new_data)) new_data[rows, , drop = FALSE]
                else as.data.frame(new_data)[rows, , drop = FALSE]
  }
  list(rows = new_data, y = y, whole = of <= most, of = of)
}

# Warnings of the code, for the page. They reach the console all the same, but
# each once: the same rows are looked at more than once.
hear_warnings <- function(code) {
  heard <- character()
  value <- withCallingHandlers(code, deeply_warning = function(cnd) {
    says <- cli::ansi_strip(rlang::cnd_message(cnd))
    if (says %in% heard) {
      rlang::cnd_muffle(cnd)
    }
    heard <<- union(heard, says)
  })
  list(value = value, warnings = heard)
}

# Page -----------------------------------------------------------------------

report_page <- function(facts, title) {
  sections <- Filter(Negate(is.null), list(
    section_know(facts), section_data(facts), section_model(facts),
    section_training(facts), section_scores(facts), section_curves(facts),
    section_calibration(facts), section_diagnosis(facts),
    section_importance(facts), section_seen(facts),
    section_versions(facts), section_reproduce(facts)
  ))
  body <- list(
    tag("header", tag("h1", title), headline(facts)),
    write_contents(sections), lapply(sections, write_section)
  )
  fill_page(c(title = escape_html(title), style = report_part("report.css"),
              body = inside(body)))
}

report_part <- function(name) {
  path <- system.file("report", name, package = "deeply", mustWork = TRUE)
  paste(readLines(path, encoding = "UTF-8"), collapse = "\n")
}

# In one pass: what is filled in may hold such marks itself.
fill_page <- function(values) {
  page <- report_part("report.html")
  marks <- gregexpr("[{]{2}[a-z]+[}]{2}", page)
  names <- gsub("[{}]", "", regmatches(page, marks)[[1]])
  regmatches(page, marks) <- list(values[names])
  page
}
