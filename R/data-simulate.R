# What all simulators share: the one shape of what they return, and its seed.

#' Simulated data whose truth is known
#'
#' Seven simulators draw data from documented equations, so that a model can be
#' judged by what no real data set tells: how good the best possible model is.
#' They need no download and no Python.
#'
#' | function | what it draws | what for |
#' | --- | --- | --- |
#' | [simulate_air()] | hourly NO2, as flawed as real | cleaning, forecasts |
#' | [simulate_fraud()] | card payments, 0.1 % fraud | rare classes |
#' | [simulate_oxygen_sensor()] | a luminescence sensor | calibration |
#' | [simulate_shapes()] | images, boxes and masks | vision |
#' | [simulate_faces()] | drawn faces | generators, labels |
#' | [simulate_interactions()] | who plays what, when, how long | recommenders |
#' | [simulate_series()] | several series, part by part | forecasts |
#'
#' @section One shape for all:
#' The first argument, `n`, is how many: rows, hours, images, interactions. The
#' last is `seed`. The result is a list of class `deep_simulation`, with
#' * `$data`, a data.table ready to fit, as from [deep_data()]; for images `$x`
#'   instead, an array of n x height x width x channels from 0 (dark) to 1;
#' * further tables and labels, where there are some;
#' * `$truth`, a list. `$truth$rows` is a data.table with what is true of each
#'   row of `$data`, in the same order (of each shape or face for images). Its
#'   other elements are the parameters that were used and, where there is one,
#'   the best score that a model can reach: each page says in what sense;
#' * `$seed`, the seed that was used.
#'
#' @section Seeds:
#' `seed` is one whole number from 0. `NULL` draws it from R's generator, so
#' that `set.seed()` alone makes a simulation repeatable; given back as
#' `$seed`, it repeats the data at any time. With a `seed`, R's generator is
#' left as it was.
#'
#' For training and test rows of one world, draw once and split: sensors, users,
#' items and series have parameters of their own, which a second seed draws
#' anew.
#'
#' @section Errors:
#' A value out of its range is an error of class `deeply_error_argument`.
#' @name simulators
#' @aliases deep_simulation
#' @examples
#' sensor <- simulate_oxygen_sensor(500, seed = 3)
#' sensor
#' sensor$data
#' # The best that any calibration of these sensors can reach.
#' sensor$truth$rmse
NULL

# Runs `code` with its own random numbers. `about` is what print() says.
simulation <- function(about, seed, code) {
  seed <- as.integer(draw_seed(seed))
  parts <- with_seed(seed, code)
  structure(c(parts, list(seed = seed)), class = "deep_simulation",
            about = about)
}

#' @export
print.deep_simulation <- function(x, ...) {
  parts <- unclass(x)[setdiff(names(x), "seed")]
  cat(sprintf("<deep_simulation> %s, seed %d\n", attr(x, "about"), x$seed))
  lines <- paste0("$", format(names(parts)), "  ",
                  vapply(parts, describe_element, character(1)))
  cat(strwrap(lines, width = 78, indent = 2, exdent = 4), sep = "\n")
  invisible(x)
}

describe_element <- function(part) {
  if (is.data.frame(part)) {
    sprintf("table of %s rows: %s", count(nrow(part)), toString(names(part)))
  } else if (is.factor(part)) {
    sprintf("factor of %s: %s", count(length(part)), toString(levels(part)))
  } else if (is.array(part)) {
    paste("array of", paste(dim(part), collapse = " x "))
  } else {
    paste("list of", toString(names(part)))
  }
}
