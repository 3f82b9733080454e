# One number from R's generator decides everything that is random in a fit.

#' The seed of a fit
#'
#' @param seed An integer, or `NULL` to draw one number from R's generator, so
#'   that `set.seed()` alone makes a fit repeatable.
#' @return An integer from 0 to 2^31 - 2.
#' @noRd
draw_seed <- function(seed = NULL) {
  seed %||% as.integer(floor(stats::runif(1) * .Machine$integer.max))
}

# Runs code with its own random numbers and puts R's generator back as it was,
# whatever kind the user has chosen.
with_seed <- function(seed, code) {
  old <- get0(".Random.seed", globalenv(), inherits = FALSE)
  on.exit(restore_generator(old))
  set.seed(
    seed,
    kind = "Mersenne-Twister",
    normal.kind = "Inversion",
    sample.kind = "Rejection"
  )
  force(code)
}

restore_generator <- function(old) {
  if (is.null(old)) {
    RNGkind("default", "default", "default")
    rm(list = ".Random.seed", envir = globalenv())
  } else {
    assign(".Random.seed", old, envir = globalenv())
  }
}
