test_that("a film lies as its images do", {
  shape <- c(2L, 3L, 3L)
  film <- list(images = array(rep(as.raw(0:17), each = 4), c(2, 2, 18)),
               epochs = c(1, 4))
  strip <- as.matrix(stitch_tiles(film_tiles(film, 1:2, 1:2, shape), 2))
  expect_equal(dim(strip), c(4, 6))
  # Channels run fastest, then columns: the second pixel of the first row.
  colour <- function(...) grDevices::rgb(..., maxColorValue = 255)
  expect_equal(strip[1, 2], colour(3, 4, 5))
  expect_equal(strip[4, 6], colour(15, 16, 17))
  film$images[2, 1, ] <- as.raw(200)
  tiles <- film_tiles(film, 1:2, 1:2, shape)
  expect_equal(tiles[[3]], matrix(colour(200, 200, 200), 2, 3))
  # A row that is not full ends in nothing.
  short <- as.matrix(stitch_tiles(tiles[1:3], 2))
  expect_equal(unname(short[3:4, 4:6]), matrix("transparent", 2, 3))
})

test_that("nobody watches a script", {
  expect_false(is_watched(deep_control(verbose = TRUE)))
  expect_null(film_watcher(NULL, c(2, 2, 1), deep_control(verbose = TRUE)))
})

# Runs code in a console of its own, and gives what it prints.
in_console <- function(code) {
  system2(file.path(R.home("bin"), "R"),
          c("--interactive", "--quiet", "--no-save", "--no-restore"),
          input = code, stdout = TRUE, stderr = TRUE)
}

test_that("who sits before it sees the newest images at each look", {
  skip_if_no_backend()
  skip_if(in_load_all(), "The package is not installed.")
  skip_on_os("windows")
  folder <- new_folder()
  on.exit(unlink(folder, recursive = TRUE))
  run <- function(verbose) {
    sprintf("
      options(deeply.backend = '%s')
      # Files count as a window.
      grDevices::deviceIsInteractive('png')
      grDevices::png('%s/%s-%%02d.png', 300, 300)
      set.seed(1)
      fit <- deeply::deep_gan(
        array(runif(48 * 16 * 16), c(48, 16, 16)), noise_units = 5, filters = 3,
        score = FALSE, control = deeply::deep_control(
          epochs = 30, batch_size = 16, seed = 1, verbose = %s
        )
      )
      invisible(grDevices::dev.off())
      cat('looks', nrow(fit$film$images))
    ", getOption("deeply.backend"), folder, verbose, verbose)
  }
  said <- in_console(paste(run(TRUE), run(FALSE)))
  drawn <- list.files(folder, "TRUE", full.names = TRUE)
  expect_length(drawn, 30)
  expect_equal(sum(grepl("^looks 30", said)), 2)
  # Not all the same.
  expect_gt(length(unique(tools::md5sum(drawn))), 20)
  expect_length(list.files(folder, "FALSE"), 0)
})
