resumed_gan <- function(epochs, checkpoint = NULL, halves = half_images(48),
                        score = TRUE) {
  deep_gan(halves$x, halves$class, noise_units = 4, filters = 3, score = score,
           control = deep_control(
             epochs = epochs, seed = 5, batch_size = 16, patience = Inf,
             learn_rate = 0.002, checkpoint = checkpoint, checkpoint_every = 1
           ))
}

# Three steps an epoch.
newest_epoch <- function(folder) {
  names <- list.files(folder, "^checkpoint-[0-9]+[.]npz$")
  max(0, as.numeric(gsub("[^0-9]", "", names)) %/% 3)
}

expect_same_images <- function(fit, other) {
  expect_identical(fit$history$loss, other$history$loss)
  expect_identical(fit$history$val_loss[2:3], other$history$val_loss[2:3])
  expect_identical(generate(fit, 4, seed = 1), generate(other, 4, seed = 1))
  expect_identical(fit$film, other$film)
  expect_equal(fit$judged$metrics, other$judged$metrics)
}

test_that("a run that was cut short ends with the same bits", {
  skip_if_no_backend()
  folder <- tempfile("gan-")
  half <- resumed_gan(1, folder)
  again <- deep_resume(folder, epochs = 3)
  expect_same_images(again, resumed_gan(3))
})

test_that("a run that was killed ends with the same bits", {
  skip_if_no_backend()
  skip_if_not_installed("callr")
  skip_if(in_load_all(), "The package is not installed.")
  skip_on_os("windows")
  folder <- new_folder()
  on.exit(unlink(folder, recursive = TRUE))
  # As many epochs as no machine gets through before it is met.
  run <- callr::r_bg(function(fit, halves, folder, backend) {
    options(deeply.backend = backend)
    library(deeply)
    environment(fit) <- globalenv()
    # Not scored, as when that is done depends on the number of epochs.
    fit(2000, folder, halves, score = FALSE)
  }, list(resumed_gan, half_images(48), folder, getOption("deeply.backend")),
  supervise = TRUE)
  on.exit(run$kill(), add = TRUE, after = FALSE)
  for (i in 1:6000) {
    if (newest_epoch(folder) >= 2 || !run$is_alive()) break
    Sys.sleep(0.01)
  }
  expect_true(run$is_alive())
  tools::pskill(run$get_pid(), tools::SIGKILL)
  run$wait(5000)
  # How far it came differs by machine.
  passed <- max(newest_epoch(folder), 1)
  done <- deep_resume(folder, epochs = passed + 2)
  whole <- resumed_gan(passed + 2, score = FALSE)
  expect_identical(done$history$loss, whole$history$loss)
  expect_identical(generate(done, 4, seed = 1), generate(whole, 4, seed = 1))
})
