# Runs in processes of their own, which are killed or asked to stop.

long_data <- function() {
  mixed_table(2400)[c("size", "count", "colour", "open", "sold")]
}

long_fit <- function(data, checkpoint = NULL) {
  control <- deep_control(
    epochs = 30, patience = Inf, seed = 5, batch_size = 16,
    learn_rate = deep_schedule("cosine", 0.002), checkpoint = checkpoint,
    checkpoint_every = "0.2 seconds"
  )
  deep_mlp(sold ~ ., data, hidden_units = c(16, 8), encoding = "onehot",
           numeric_embedding = "none", members = 1, control = control)
}

# There every epoch takes a tenth of a second more, so that no machine is too
# fast to be met in the middle of the run.
slow_epochs <- "
import time
from deeply_backend.training import loop
train_epoch = loop.Run._train_epoch
def slow(self):
    time.sleep(0.1)
    train_epoch(self)
loop.Run._train_epoch = slow
"

start_long_fit <- function(folder) {
  callr::r_bg(
    function(fit, data, folder, backend, slow_epochs) {
      options(deeply.backend = backend)
      library(deeply)
      deeply:::bridge()
      reticulate::py_run_string(slow_epochs)
      environment(fit) <- globalenv()
      done <- fit(data, folder)
      list(fit = done, at = Sys.time())
    },
    list(long_fit, long_data(), folder, getOption("deeply.backend"),
         slow_epochs),
    supervise = TRUE
  )
}

newest_step <- function(folder) {
  names <- list.files(folder, "^checkpoint-[0-9]+[.]npz$")
  max(-1, as.numeric(gsub("[^0-9]", "", names)))
}

# Waits until a run has taken some steps.
wait_for_step <- function(process, folder, step) {
  for (i in 1:6000) {
    if (newest_step(folder) >= step) {
      return(invisible())
    }
    if (!process$is_alive()) {
      process$get_result()
    }
    Sys.sleep(0.01)
  }
  stop("The run took no step within a minute.")
}

expect_same_end <- function(fit, other) {
  expect_identical(fit_weights(fit), fit_weights(other))
  expect_identical(fit$history[, !"seconds"], other$history[, !"seconds"])
  expect_identical(fit$judged$metrics, other$judged$metrics)
  expect_identical(fit$info$best_epoch, other$info$best_epoch)
  expect_identical(fit$info$stopped, "epochs")
}

test_that("a run that is killed or stopped ends as if it had not been", {
  skip_if_no_backend()
  skip_if_not_installed("callr")
  skip_if(in_load_all(), "The package is not installed.")
  skip_on_os("windows")
  home <- new_folder()
  on.exit(unlink(home, recursive = TRUE))
  folders <- file.path(home, c("killed", "asked"))
  # Both at once: most of their time is the start of Python.
  runs <- lapply(folders, start_long_fit)
  on.exit(for (run in runs) run$kill(), add = TRUE, after = FALSE)
  # 120 steps an epoch: one is killed in the first, one stopped in a later one.
  wait_for_step(runs[[1]], folders[[1]], 1)
  tools::pskill(runs[[1]]$get_pid(), tools::SIGKILL)
  wait_for_step(runs[[2]], folders[[2]], 300)
  asked_at <- Sys.time()
  tools::pskill(runs[[2]]$get_pid(), tools::SIGINT)
  runs[[2]]$wait(30000)
  runs[[1]]$wait(5000)

  asked <- runs[[2]]$get_result()
  expect_lt(as.numeric(asked$at - asked_at, units = "secs"), 2)
  expect_equal(asked$fit$info$stopped, "asked")
  expect_lt(asked$fit$info$epochs, 30)
  expect_gte(asked$fit$info$epochs, 2)
  expect_match(fit_notes(asked$fit), "Stopped on request", all = FALSE)
  expect_equal(asked$fit$judged$metrics$model, c("deep_mlp", "majority class"))

  whole <- long_fit(long_data())
  expect_true(all(vapply(folders, newest_step, 1) < 30 * 120))
  # What the asked one had learned is what the whole one learned by then.
  expect_identical(asked$fit$history$loss,
                   whole$history$loss[asked$fit$history$epoch])
  resumed <- lapply(folders, deep_resume)
  for (fit in resumed) {
    expect_same_end(fit, whole)
  }
  # It went on: the clock of the first epochs is that of the other process.
  expect_identical(resumed[[2]]$history$seconds[asked$fit$history$epoch],
                   asked$fit$history$seconds)
})

test_that("Ctrl-C that reaches R in a callback ends a run in good order", {
  skip_if_no_backend()
  skip_on_os("windows")
  home <- new_folder()
  on.exit(unlink(home, recursive = TRUE))
  rates <- schedule_rates
  # Once, as the fourth epoch begins. A sleep gives R its own handler back, so
  # the signal comes as in RStudio, whose Stop button sets a flag of R alone.
  asked <- FALSE
  interrupted <- function(schedule, learn_rate, steps, ...) {
    if (!asked && steps[[1]] == 3 * length(steps)) {
      asked <<- TRUE
      system(sprintf("(sleep 0.2; kill -INT %d) &", Sys.getpid()))
      Sys.sleep(5)
    }
    rates(schedule, learn_rate, steps, ...)
  }
  on.exit(utils::assignInNamespace("schedule_rates", rates, "deeply"),
          add = TRUE)
  utils::assignInNamespace("schedule_rates", interrupted, "deeply")
  fit <- function(folder = NULL) {
    plain_mlp(sold ~ size + count, mixed_table(200), baseline = FALSE,
             control = quick(8, learn_rate = deep_schedule("cosine", 0.01),
                             checkpoint = folder, patience = Inf))
  }
  stopped <- fit(file.path(home, "run"))
  expect_true(asked)
  expect_equal(stopped$info$stopped, "asked")
  expect_lte(stopped$info$epochs, 4)
  expect_same_end(deep_resume(file.path(home, "run")), fit())
})
