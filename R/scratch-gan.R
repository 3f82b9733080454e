#' A generative adversarial network of numbers, from scratch
#'
#' The game of [deep_gan()] with the smallest pieces, to see how it works: no
#' Python, no library, some hundred lines of R. True "images" are single
#' numbers. The generator is a curve that bends a bell curve into their
#' distribution; the discriminator is a curve too, which says of each place on
#' the line how likely a number there is a true one. Both learn by
#' back-propagation that is written out in `R/scratch-gan-steps.R`.
#'
#' @section What one sees:
#' `autoplot()` draws six moments. In the first the made numbers lie anywhere.
#' Where there are more true numbers than made ones the discriminator's line
#' rises above one half, and the generator moves its numbers uphill along it. So
#' the line turns, and the made numbers come back: the two chase each other.
#' In the end both densities lie on one another, nothing tells true from made,
#' and the line is flat at one half. Where it is not, something is left to
#' learn: a gap between two hills, say, is bridged by a few made numbers, since
#' the generator's curve cannot jump.
#'
#' Losses tell little. That of the discriminator ends near 2 log(2) = 1.39, what
#' guessing costs, whether both have become good or both are bad. Look at the
#' distance between the distributions instead.
#'
#' Try `slope_penalty = 0`, a larger `learn_rate` or `hidden_units = 2`: the
#' game has no floor it must fall to, and may go round in circles.
#'
#' @section The networks:
#' Generator and discriminator have one hidden layer of tanh units each; the
#' generator takes one number of normal noise. Numbers are standardised on the
#' way in and brought back on the way out. A step is one of the discriminator
#' and one of the generator, with the loss that does not saturate (Goodfellow et
#' al. 2014), Adam with a `beta_1` of 0.5 and a rate that falls to a tenth. The
#' discriminator pays for steep slopes at true numbers (Mescheder et al. 2018),
#' without which the game goes round more often. The generator that is kept is a
#' moving average of its weights (Yazici et al. 2019).
#'
#' @param x At least 20 finite numbers. `NULL`: 2,000 of a mixture of two normal
#'   distributions, 40 % with mean -2 and sd 0.5, 60 % with mean 1.5 and sd 0.8.
#' @param hidden_units Units of the hidden layer of each network.
#' @param ... Not used.
#' @param steps Steps of both networks.
#' @param batch_size True numbers, and made ones, that a step sees.
#' @param learn_rate Where the learning rate begins.
#' @param slope_penalty What steep slopes of the discriminator cost; 0: nothing.
#' @param seed A whole number. `NULL`: drawn from R's generator.
#'
#' @return A list of class `scratch_gan`, of plain R data: `generator` and
#'   `discriminator` (their weights), `history` (a data.table of `step`, both
#'   losses and the `distance`), `looks` (a data.table of densities and of what
#'   the discriminator says on a grid, at six moments), `x`, `spec` and
#'   `floor`, the distance of one half of the true numbers from the other.
#'   Distances are Wasserstein's: how far, on average, made numbers must be
#'   moved to be distributed as the true ones. `print()` tells them,
#'   `autoplot()` draws the moments, `generate()` makes numbers.
#' @section Errors:
#' * `deeply_error_argument`: an argument that is not as it must be.
#' * `deeply_error_too_few_rows`: fewer than 20 numbers.
#' * `deeply_error_constant`: numbers that are all the same.
#' @references
#' Goodfellow et al. (2014). Generative adversarial nets. NeurIPS.
#'
#' Mescheder, Geiger & Nowozin (2018). Which training methods for GANs do
#' actually converge? ICML.
#'
#' Yazici et al. (2019). The unusual effectiveness of averaging in GAN training.
#' ICLR.
#' @seealso [deep_gan()] for images.
#' @export
#' @examples
#' fit <- scratch_gan(steps = 600, seed = 1)
#' fit
#' autoplot(fit)
#' mean(generate(fit, 1000, seed = 2))
scratch_gan <- function(x = NULL, hidden_units = 16, ..., steps = 3000,
                        batch_size = 128, learn_rate = 0.005,
                        slope_penalty = 1, seed = NULL) {
  check_dots()
  check_count(hidden_units)
  check_count(steps, min = 6)
  check_count(batch_size)
  check_number(learn_rate, above = 0)
  check_number(slope_penalty, min = 0)
  check_count(seed, min = 0, null = TRUE)
  if (!is.null(x)) check_numbers(x)
  spec <- list(
    hidden_units = hidden_units, steps = steps, batch_size = batch_size,
    learn_rate = learn_rate, slope_penalty = slope_penalty,
    seed = draw_seed(seed)
  )
  with_seed(spec$seed, play_scratch_gan(x %||% two_hills(), spec))
}

check_numbers <- function(x, call = rlang::caller_env()) {
  if (!is.numeric(x) || is.factor(x) || length(dim(x)) > 1) {
    abort_argument("x", x, "a vector of numbers", call)
  }
  strange <- sum(!is.finite(x))
  if (strange > 0) {
    deeply_abort(
      c("{.arg x} must have finite numbers only.",
        x = "{count(strange)} of its {count(length(x))} are missing or
             infinite."),
      class = "argument", call = call
    )
  }
  if (length(x) < 20) {
    deeply_abort(
      "{.arg x} has {length(x)} number{?s}; at least 20 are needed, and some
       hundreds to be of use.", class = "too_few_rows", call = call
    )
  }
  if (min(x) == max(x)) {
    deeply_abort("All numbers of {.arg x} are {x[[1]]}, which leaves nothing to
                  learn.", class = "constant", call = call)
  }
}

two_hills <- function(n = 2000) {
  left <- stats::runif(n) < 0.4
  stats::rnorm(n, ifelse(left, -2, 1.5), ifelse(left, 0.5, 0.8))
}

# Share of the average that each step keeps of the one before.
kept_of_average <- 0.99

# Steps at which the distance is taken, at most.
distance_looks <- 100

#' The whole game
#'
#' @param x True numbers.
#' @param spec What was asked for, with a seed that is set.
#' @return A `scratch_gan`.
#' @noRd
play_scratch_gan <- function(x, spec) {
  started <- elapsed()
  center <- mean(x)
  scale <- stats::sd(x)
  true <- (x - center) / scale
  now <- list(maker = adam_begin(begin_curve(spec$hidden_units)),
              judge = adam_begin(begin_curve(spec$hidden_units)))
  now$average <- now$maker$net
  moments <- scratch_moments(spec$steps)
  looked <- unique(round(seq(0, spec$steps, length.out = distance_looks + 1)))
  rows <- looks <- list()
  for (step in 0:spec$steps) {
    if (step > 0) now <- scratch_step(now, true, step, spec)
    if (step %in% looked) {
      rows <- c(rows, list(scratch_row(now, true, step)))
    }
    if (step %in% moments) {
      looks <- c(looks, list(scratch_look(now, true, step)))
    }
  }
  history <- data.table::rbindlist(rows)
  data.table::set(history, j = "distance", value = history$distance * scale)
  looks <- data.table::rbindlist(looks)
  data.table::set(looks, j = "at", value = looks$at * scale + center)
  for (name in c("true", "made")) {
    data.table::set(looks, j = name, value = looks[[name]] / scale)
  }
  structure(
    list(spec = spec, x = x, center = center, scale = scale,
         generator = now$average, discriminator = now$judge$net,
         history = history, looks = looks, floor = distance_of_halves(x),
         seconds = elapsed() - started),
    class = "scratch_gan"
  )
}

# Most happens early.
scratch_moments <- function(steps) {
  unique(round(steps * c(0, 0.02, 0.06, 0.15, 0.4, 1)))
}

scratch_step <- function(now, true, step, spec) {
  n <- spec$batch_size
  # Down to a tenth, where chance moves little and both still learn.
  left <- (1 + cos(pi * (step - 1) / spec$steps)) / 2
  rate <- spec$learn_rate * (0.1 + 0.9 * left)
  some <- true[sample.int(length(true), n, replace = TRUE)]
  made <- forward(now$maker$net, stats::rnorm(n))$out
  told <- judge_better(now$judge$net, some, made, spec$slope_penalty)
  now$judge <- adam_step(now$judge, told$net, rate)
  tricked <- make_better(now$maker$net, now$judge$net, stats::rnorm(n))
  now$maker <- adam_step(now$maker, tricked$net, rate)
  # The first steps would weigh for long.
  kept <- min(kept_of_average, step / (step + 10))
  now$average <- Map(function(old, new) kept * old + (1 - kept) * new,
                     now$average, now$maker$net)
  now$losses <- c(told$loss, tricked$loss)
  now
}

# Noise of which each share of the normal distribution has as many numbers: what
# is made of it shows the generator without chance.
even_noise <- stats::qnorm(stats::ppoints(1000))

scratch_row <- function(now, true, step) {
  losses <- now$losses %||% c(NA, NA)
  list(
    step = step, discriminator_loss = losses[[1]],
    generator_loss = losses[[2]],
    distance = wasserstein(forward(now$average, even_noise)$out, true)
  )
}

#' How far numbers must be moved, on average, to be distributed as others
#'
#' On a line that is the mean difference of equal quantiles (Wasserstein-1).
#' @noRd
wasserstein <- function(x, y) {
  at <- stats::ppoints(1000)
  mean(abs(stats::quantile(x, at, names = FALSE) -
             stats::quantile(y, at, names = FALSE)))
}

distance_of_halves <- function(x) {
  first <- seq_along(x) %in% sample.int(length(x), length(x) %/% 2)
  wasserstein(x[first], x[!first])
}

#' Both densities and what the discriminator says, on a grid
#' @noRd
scratch_look <- function(now, true, step) {
  ends <- range(true) + c(-0.15, 0.15) * diff(range(true))
  # As wide for both, or the smoothing itself would tell them apart.
  width <- min(stats::bw.nrd0(true), 0.6 * stats::bw.nrd(true))
  smooth <- function(x) {
    stats::density(x, width, n = 256, from = ends[[1]], to = ends[[2]])
  }
  of_true <- smooth(true)
  data.table(
    step = step, at = of_true$x, true = of_true$y,
    made = smooth(forward(now$average, even_noise)$out)$y,
    probability = stats::plogis(forward(now$judge$net, of_true$x)$out)
  )
}

#' @rdname scratch_gan
#' @param n How many numbers to make.
#' @export
generate.scratch_gan <- function(x, n = 16, ..., seed = NULL) {
  check_dots()
  check_count(n)
  check_count(seed, min = 0, null = TRUE)
  noise <- with_seed(draw_seed(seed), stats::rnorm(n))
  forward(x$generator, noise)$out * x$scale + x$center
}

#' @export
print.scratch_gan <- function(x, ...) {
  made <- forward(x$generator, even_noise)$out * x$scale + x$center
  describe <- function(values) {
    sprintf("mean %s, sd %s", format_metric(mean(values), 2),
            format_metric(stats::sd(values), 2))
  }
  spec <- x$spec
  weights <- length(unlist(x$generator))
  cat("<scratch_gan> two networks in base R\n")
  cat_field("True", sprintf("%s numbers, %s", count(length(x$x)),
                            describe(x$x)))
  cat_field("Made", describe(made))
  cat_field("Networks", sprintf(
    "generator and discriminator with %s tanh unit%s and %s weights each",
    count(spec$hidden_units), if (spec$hidden_units == 1) "" else "s",
    count(weights)
  ))
  cat_field("Training", sprintf(
    "%s steps of %s true and as many made numbers in %s s, seed %d",
    count(spec$steps), count(spec$batch_size), format_number(x$seconds, 2),
    spec$seed
  ))
  distance <- format_metric(x$history$distance[c(1, nrow(x$history))], 3)
  cat_field("Distance", sprintf(
    "%s at the start, %s in the end; two halves of the true numbers: %s",
    distance[[1]], distance[[2]], format_metric(x$floor, 3)
  ))
  invisible(x)
}
