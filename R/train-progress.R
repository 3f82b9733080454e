# Progress: a bar in a terminal, a line now and then in a log, and nothing in a
# knitted document or a test.

log_seconds <- 10

# Folds have one progress for all of them.
is_quiet <- function() {
  isTRUE(the$quiet) || isTRUE(getOption("knitr.in.progress")) ||
    identical(Sys.getenv("TESTTHAT"), "true")
}

progress_style <- function(verbose, terminal = cli::is_dynamic_tty()) {
  verbose <- verbose %||% !is_quiet()
  if (!verbose) "none" else if (terminal) "bar" else "log"
}

#' What R does with an event of the training loop
#'
#' @param control A `deep_control`.
#' @param wish An environment; `end` in it is `TRUE` once somebody has asked.
#' @param watch What else to do with an event, a function of it, or `NULL`.
#' @return A function of an event: `epoch`, `share` of it that is done (1 at its
#'   end), `seconds`, and at its end `loss` and `val_loss`. It answers `TRUE` if
#'   training is to stop.
#' @noRd
event_reporter <- function(control, wish = new.env(), watch = NULL,
                           envir = parent.frame()) {
  report <- switch(progress_style(control$verbose),
    none = function(event) NULL,
    bar = bar_reporter(control, envir),
    log = log_reporter(control)
  )
  function(event) {
    tryCatch(
      {
        report(event)
        if (!is.null(watch)) watch(event)
        isTRUE(wish$end)
      },
      # Where Ctrl-C does not reach Python, it reaches R here.
      interrupt = function(cnd) TRUE
    )
  }
}

bar_reporter <- function(control, envir) {
  said <- ""
  bar <- cli::cli_progress_bar(
    total = control$epochs,
    format = paste(
      "Epoch {cli::pb_extra$epoch}/{cli::pb_total} {cli::pb_bar}",
      "{cli::pb_eta} {cli::pb_extra$losses}"
    ),
    extra = list(epoch = 1, losses = ""),
    .envir = envir
  )
  function(event) {
    if (event$share == 1) {
      said <<- format_losses(event)
    }
    cli::cli_progress_update(
      set = event$epoch - 1 + event$share,
      extra = list(epoch = event$epoch, losses = said),
      id = bar,
      .envir = envir
    )
  }
}

log_reporter <- function(control, every = log_seconds) {
  said <- 0
  function(event) {
    if (event$seconds - said < every) {
      return(NULL)
    }
    said <<- event$seconds
    what <- if (event$share == 1) {
      format_losses(event)
    } else {
      paste(round(100 * event$share), "%")
    }
    deeply_inform(
      "Epoch {event$epoch}/{control$epochs}: {what}, {round(event$seconds)} s."
    )
  }
}

format_losses <- function(event) {
  losses <- sprintf("loss %.4g", event$loss)
  if (is.finite(event$val_loss)) {
    losses <- sprintf("%s, validation %.4g", losses, event$val_loss)
  }
  losses
}
