# A run goes on from its folder.

resume_data <- function() {
  data <- task_table("binary", n = 260)
  data$sold[c(4, 77)] <- NA
  data$size[30:40] <- NA
  data
}

resume_control <- function(checkpoint = NULL, epochs = 4, ...) {
  quick(epochs, checkpoint = checkpoint, checkpoint_every = 1, patience = Inf,
        learn_rate = 0.004, ...)
}

fit_resumable <- function(...) {
  deep_mlp(sold ~ ., resume_data(), hidden_units = c(16, 8), members = 2,
           baseline = FALSE, control = resume_control(...))
}

# One finished run for all tests; each gets a copy of its folder.
finished <- new.env()
finished_run <- function(frame = parent.frame()) {
  if (is.null(finished$fit)) {
    finished$folder <- file.path(new_folder(), "run")
    finished$fit <- fit_resumable(finished$folder)
  }
  home <- new_folder()
  do.call(on.exit, list(bquote(unlink(.(home), recursive = TRUE)), add = TRUE),
          envir = frame)
  file.copy(finished$folder, home, recursive = TRUE)
  file.path(home, "run")
}

finished_fit <- function() {
  finished_run()
  finished$fit
}

checkpoint_files <- function(folder) {
  list.files(folder, "^checkpoint-[0-9]+[.]npz$", full.names = TRUE)
}

halve <- function(path) {
  writeBin(readBin(path, "raw", file.size(path) %/% 2), path)
}

hide_home <- function(folder) hide_folder(dirname(folder))

expect_same_fit <- function(fit, other) {
  expect_identical(fit_weights(fit), fit_weights(other))
  expect_identical(fit$history[, !"seconds"], other$history[, !"seconds"])
  expect_identical(fit$judged$metrics, other$judged$metrics)
  expect_identical(fit$info[c("best_epoch", "stopped", "rows", "seed")],
                   other$info[c("best_epoch", "stopped", "rows", "seed")])
  expect_identical(fit$prep, other$prep)
}

test_that("a folder holds the run, its rows and two checkpoints", {
  skip_if_no_backend()
  folder <- finished_run()
  expect_length(checkpoint_files(folder), 2)
  expect_setequal(
    sub("-[0-9]+", "-<steps>", list.files(folder)),
    c("checkpoint-<steps>.npz", "rows.bin", "rows.bin.json", "run.rds")
  )
})

test_that("a run that had ended gives its fit again", {
  skip_if_no_backend()
  folder <- finished_run()
  fit <- deep_resume(folder)
  expect_same_fit(fit, finished$fit)
  expect_s3_class(fit, c("deep_mlp", "deep_fit"), exact = TRUE)
  data <- resume_data()
  expect_identical(predict(fit, data, "prob"),
                   predict(finished$fit, data, "prob"))
  # The folder's own name and nothing else is new.
  expect_equal(fit$spec$control$checkpoint, folder)
  rest <- setdiff(names(fit$spec$control), "checkpoint")
  expect_equal(fit$spec$control[rest], finished$fit$spec$control[rest])
})

test_that("more epochs give what as many from the start give", {
  skip_if_no_backend()
  folder <- finished_run()
  fit <- deep_resume(folder, epochs = 7)
  expect_equal(fit$spec$control$epochs, 7L)
  expect_equal(fit$history$epoch, 1:7)
  expect_identical(fit$history$seconds[1:4], finished$fit$history$seconds)
  expect_same_fit(fit, fit_resumable(epochs = 7))
})

test_that("a run from a file goes on from there", {
  skip_if_no_backend()
  home <- new_folder()
  on.exit(unlink(home, recursive = TRUE))
  folder <- file.path(home, "deep", "streamed")
  fit_resumable(folder, epochs = 2, stream = TRUE)
  expect_same_fit(deep_resume(folder, epochs = 4), finished_fit())
})

test_that("a damaged checkpoint is told of, and the one before is taken", {
  skip_if_no_backend()
  folder <- finished_run()
  halve(checkpoint_files(folder)[[2]])
  expect_snapshot(fit <- deep_resume(folder), transform = hide_home(folder))
  expect_same_fit(fit, finished$fit)
  # The damaged one was written anew.
  expect_silent(deep_resume(folder))
})

test_that("a folder that cannot be gone on with says why", {
  skip_if_no_backend()
  folder <- finished_run()
  lapply(checkpoint_files(folder), halve)
  expect_snapshot(error = TRUE, deep_resume(folder),
                  transform = hide_home(folder))
  expect_error(deep_resume(folder), class = "deeply_error_checkpoint")

  folder <- finished_run()
  halve(file.path(folder, "rows.bin"))
  expect_snapshot(error = TRUE, deep_resume(folder),
                  transform = hide_home(folder))
  expect_error(deep_resume(folder), class = "deeply_error_checkpoint")

  folder <- finished_run()
  unlink(file.path(folder, "rows.bin"))
  expect_error(deep_resume(folder), class = "deeply_error_checkpoint")
})

test_that("a run goes on on its own backend only", {
  skip_if_no_backend()
  folder <- finished_run()
  path <- file.path(folder, "run.rds")
  run <- readRDS(path)
  run$backend <- setdiff(c("jax", "tensorflow"), backend_name())
  saveRDS(run, path)
  hide <- hide_home(folder)
  expect_snapshot(error = TRUE, deep_resume(folder), transform = function(x) {
    x <- gsub(backend_name(), "<this>", hide(x))
    gsub("jax|tensorflow", "<other>", x)
  })
})

test_that("a folder without a run, or with half of one, says so", {
  home <- new_folder()
  on.exit(unlink(home, recursive = TRUE))
  folder <- file.path(home, "run")
  expect_snapshot(error = TRUE, deep_resume(folder),
                  transform = hide_folder(home))
  dir.create(folder)
  expect_error(deep_resume(folder), "no run",
               class = "deeply_error_checkpoint")
  saveRDS(list(rows = 1:5000), file.path(folder, "run.rds"))
  halve(file.path(folder, "run.rds"))
  expect_snapshot(error = TRUE, deep_resume(folder),
                  transform = hide_folder(home))
})

test_that("a folder that holds a run, or cannot be made, is refused", {
  home <- new_folder()
  on.exit(unlink(home, recursive = TRUE))
  taken <- file.path(home, "taken")
  old <- file.path(home, "old")
  lapply(c(taken, old), dir.create)
  file.create(file.path(taken, "run.rds"), file.path(home, "notes.txt"),
              file.path(old, "checkpoint-000000000075.npz"))
  start <- function(folder) {
    plain_mlp(price ~ ., task_table("regression", n = 30),
             control = deep_control(checkpoint = folder))
  }
  expect_snapshot(error = TRUE, transform = hide_folder(home), {
    start(taken)
    start(old)
    start(file.path(home, "notes.txt", "run"))
  })
})

test_that("deep_resume() names the argument that is wrong", {
  expect_snapshot(error = TRUE, {
    deep_resume(NULL)
    deep_resume(c("one", "two"))
    deep_resume("run", epochs = 0)
    deep_resume("run", verbose = "yes")
  })
})

# A folder in the place of its draft, so that a checkpoint cannot be written.
block_checkpoint <- function(folder, step) {
  name <- sprintf("checkpoint-%012d.npz.part", as.integer(step))
  dir.create(file.path(folder, name), recursive = TRUE)
  file.path(folder, name)
}

test_that("a checkpoint that cannot be written is found at the start", {
  skip_if_no_backend()
  folder <- file.path(new_folder(), "run")
  on.exit(unlink(dirname(folder), recursive = TRUE))
  block <- block_checkpoint(folder, 0)
  expect_snapshot(error = TRUE, fit_resumable(folder),
                  transform = hide_home(folder))
  # Without any, as after a kill in the first second, the run starts anew.
  unlink(block, recursive = TRUE)
  expect_same_fit(deep_resume(folder), finished_fit())
})

test_that("a checkpoint that cannot be written later does not end a run", {
  skip_if_no_backend()
  folder <- file.path(new_folder(), "run")
  on.exit(unlink(dirname(folder), recursive = TRUE))
  finished_run()
  last <- gsub("[^0-9]", "", basename(checkpoint_files(finished$folder)[[2]]))
  block_checkpoint(folder, last)
  expect_snapshot(fit <- fit_resumable(folder), transform = hide_home(folder))
  expect_same_fit(fit, finished$fit)
})
