# A run that is written to a folder goes on from there in any later process.
#
# The folder holds `run.rds` (what was asked and learned from the training rows,
# and the rows to judge on), `rows.bin` (the encoded rows) and the last two
# checkpoints. `run.rds` comes last, so a folder with it is complete.

#' Go on with a training run that was cut short
#'
#' A fit with `deep_control(checkpoint = )` writes to a folder all that it needs
#' to go on. After a crash, a power cut or Ctrl-C, this takes the run up from
#' the newest checkpoint, in this or any later R process, and ends with the same
#' bits as a run that was never interrupted.
#'
#' A run that had ended gives its fit again, or goes on if it gets more
#' `epochs`.
#'
#' @param checkpoint The folder.
#' @param epochs Passes over the training rows at most, those before included.
#'   `NULL`: as the run was started.
#' @param verbose As in [deep_control()]. `NULL`: by the surroundings.
#'
#' @return The fit, such as [deep_mlp()] gives.
#' @section Errors:
#' A folder without a whole run, checkpoints that are all damaged, and a session
#' with another backend than the run's are errors of class
#' `deeply_error_checkpoint`. If only the newest checkpoint is damaged, the run
#' goes on from the one before, with a warning.
#' @export
#' @examplesIf deeply::has_backend()
#' folder <- tempfile()
#' control <- deep_control(epochs = 3, checkpoint = folder)
#' fit <- deep_mlp(Species ~ ., data = iris, control = control)
#' deep_resume(folder, epochs = 6)
deep_resume <- function(checkpoint, epochs = NULL, verbose = NULL) {
  check_path(checkpoint, null = FALSE)
  check_count(epochs, null = TRUE)
  check_flag(verbose, null = TRUE)
  started <- elapsed()
  run <- load_run(checkpoint)
  run$spec$control$checkpoint <- checkpoint
  run$spec$control["verbose"] <- list(verbose)
  if (!is.null(epochs)) {
    run$spec$control$epochs <- as.integer(epochs)
  }
  waited <- elapsed_by(bridge())
  check_same_backend(run, checkpoint)
  run$buffer <- tryCatch(
    backend_call("load_rows", rows_path(checkpoint), run$stream),
    deeply_error_python = function(cnd) abort_checkpoint(checkpoint, cnd)
  )
  run$started <- started + waited
  finish_fit(run, resume = has_checkpoints(checkpoint))
}

# A run that broke off before its first checkpoint has none, and starts anew.
has_checkpoints <- function(folder) {
  length(list.files(path.expand(folder), "^checkpoint-[0-9]+[.]npz$")) > 0
}

run_path <- function(folder) {
  file.path(path.expand(folder), "run.rds")
}

# Where the encoded rows lie: with the checkpoints, or for as long as R runs.
rows_path <- function(folder) {
  if (is.null(folder)) {
    return(tempfile("rows-", fileext = ".bin"))
  }
  absolute_path(file.path(folder, "rows.bin"))
}

# A second run in the same folder would mix with the first.
check_new_run <- function(folder, call) {
  if (is.null(folder)) {
    return(invisible())
  }
  if (file.exists(run_path(folder))) {
    deeply_abort(
      c(
        "The folder {.path {folder}} already holds a run.",
        i = "Go on with it by {.code deep_resume({.val {folder}})}, or name
             another folder."
      ),
      class = "checkpoint",
      call = call
    )
  }
  if (has_checkpoints(folder)) {
    deeply_abort(
      c(
        "The folder {.path {folder}} holds checkpoints of another run.",
        i = "Name another folder."
      ),
      class = "checkpoint",
      call = call
    )
  }
  made <- dir.exists(path.expand(folder)) ||
    dir.create(path.expand(folder), showWarnings = FALSE, recursive = TRUE)
  if (!made || file.access(path.expand(folder), 2) != 0) {
    deeply_abort(
      c(
        "The folder {.path {folder}} cannot be written to.",
        i = "Give {.arg checkpoint} a folder of your own."
      ),
      class = "checkpoint",
      call = call
    )
  }
}

#' Writes what `deep_resume()` needs
#' @noRd
save_run <- function(run) {
  folder <- run$spec$control$checkpoint
  if (is.null(folder)) {
    return(invisible())
  }
  tryCatch(
    backend_call("save_rows", run$buffer, rows_path(folder)),
    deeply_error_python = function(cnd) abort_checkpoint(folder, cnd)
  )
  kept <- run[setdiff(names(run), c("buffer", "started"))]
  kept$stream <- backend_call("is_streamed", run$buffer)
  kept$judge$table <- take_rows(run$judge$table, run$judge$rows)
  kept$judge$rows <- seq_along(run$judge$rows)
  kept$backend <- backend_name()
  draft <- paste0(run_path(folder), ".part")
  saveRDS(kept, draft)
  file.rename(draft, run_path(folder))
}

load_run <- function(folder) {
  if (!file.exists(run_path(folder))) {
    deeply_abort(
      c(
        "There is no run in {.path {folder}}.",
        i = "{.code deep_control(checkpoint = )} makes one; a run that broke off
             before its first step starts anew."
      ),
      class = "checkpoint",
      call = NULL
    )
  }
  tryCatch(
    readRDS(run_path(folder)),
    error = function(cnd) {
      deeply_abort(
        "{.path {run_path(folder)}} is damaged: {conditionMessage(cnd)}.",
        class = "checkpoint", call = NULL
      )
    }
  )
}

check_same_backend <- function(run, folder) {
  if (run$backend != backend_name()) {
    deeply_abort(
      c(
        "The run in {.path {folder}} was started on {run$backend}; this session
         uses {backend_name()}.",
        i = "In a new R process, {.code options(deeply.backend =
             {.val {run$backend}})} before the first fit."
      ),
      class = "checkpoint",
      call = NULL
    )
  }
}

abort_checkpoint <- function(folder, cnd) {
  deeply_abort(
    c(
      "The run in {.path {folder}} cannot be written or read.",
      x = "{cnd$python_value}"
    ),
    class = "checkpoint",
    parent = cnd,
    call = NULL
  )
}

warn_spoiled <- function(names, folder) {
  if (length(names) > 0) {
    deeply_warn(
      c(
        "{.file {unlist(names)}} in {.path {folder}} {?is/are} damaged.",
        i = "The run went on from the checkpoint before."
      ),
      class = "checkpoint"
    )
  }
}
