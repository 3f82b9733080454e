# Progress: a bar in a terminal, a line now and then in a log, and nothing in a
# knitted document or a test.

log_seconds <- 10

is_quiet <- function() {
  isTRUE(getOption("knitr.in.progress")) ||
    identical(Sys.getenv("TESTTHAT"), "true")
}

progress_style <- function(verbose, terminal = cli::is_dynamic_tty()) {
  verbose <- verbose %||% !is_quiet()
  if (!verbose) "none" else if (terminal) "bar" else "log"
}

#' What R does with the event of an epoch
#'
#' @param control A `deep_control`.
#' @return A function of an event (`epoch`, `loss`, `val_loss`, `seconds`).
#' @noRd
epoch_reporter <- function(control, envir = parent.frame()) {
  switch(progress_style(control$verbose),
    none = function(event) NULL,
    bar = bar_reporter(control, envir),
    log = log_reporter(control)
  )
}

bar_reporter <- function(control, envir) {
  bar <- cli::cli_progress_bar(
    total = control$epochs,
    format = paste(
      "Epoch {cli::pb_current}/{cli::pb_total} {cli::pb_bar}",
      "{cli::pb_eta} {cli::pb_extra$losses}"
    ),
    extra = list(losses = ""),
    .envir = envir
  )
  function(event) {
    cli::cli_progress_update(
      set = event$epoch,
      extra = list(losses = format_losses(event)),
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
    deeply_inform(
      "Epoch {event$epoch}/{control$epochs}: {format_losses(event)},
       {round(event$seconds)} s."
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
