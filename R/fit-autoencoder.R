#' Fit an autoencoder to images or a table
#'
#' An encoder makes a short code of each row or image, a decoder makes the row
#' again of its code. What is common comes back well, what is strange does not:
#' [anomaly_score()] tells. A variational one also makes new rows and images,
#' see [generate()][generate.deep_autoencoder()].
#'
#' @section Images:
#' The encoder is a stack of convolutions that halve the sides and a dense layer
#' of 256 units; the decoder grows maps by repetition and convolutions (Odena et
#' al. 2016), as that of [deep_gan()] does. Maps double from 4 to 8 pixels a
#' side up to the size asked for. Images have from 16 to 128 pixels a side.
#'
#' @section Tables:
#' The table is prepared as by [deep_prep()], on the training rows. Numbers come
#' back by squared error, in standard deviations where `scale` is
#' `"standard"`; categories by cross-entropy; whether a number was missing by
#' cross-entropy too, and a number that was missing costs nothing. So what comes
#' back is whole: what was missing is filled in. The decoder has the hidden
#' layers of the encoder in reverse.
#'
#' @section Variational:
#' The encoder gives a normal distribution of codes, of which one is drawn
#' (Kingma & Welling 2014), and the loss is the negative evidence lower bound,
#' in nats a row: what the row costs, and `beta` times how far the codes are
#' from standard normal ones (Higgins et al. 2017: above 1 for codes whose
#' units mean something by themselves, at the price of detail). Numbers and
#' pixels are taken as normal around what is made, with a standard deviation
#' that is learned along, one for all pixels and one for each column
#' (sigma-VAE; Rybkin et al. 2021). It settles the balance that `beta` would
#' have to be searched for. A pixel counts as one of 256 shades and a number as
#' one in steps of a hundredth standard deviation, so that no row costs less
#' than nothing.
#'
#' The codes of true rows are never quite standard normal. A mixture of up to
#' ten normal distributions is fitted to them afterwards, and new rows are made
#' of codes drawn from it (Ghosh et al. 2020).
#'
#' @section Training:
#' Unless `control` says otherwise: of images a tenth is held out, Adam with
#' averaged weights takes batches of up to 64 in one cycle up to a rate of
#' 0.003, in 6 epochs or, with fewer than 60,000 images, more (up to 60). Of
#' tables a fifth is held out, and up to 200 epochs end after 25 without a lower
#' validation loss.
#'
#' @section Judgement:
#' How well held-out rows come back stands beside what their mean and a
#' principal component analysis with as many components as `code_units` give
#' back. An autoencoder without an activation is no better than that (Baldi &
#' Hornik 1989). Images of a variational fit are scored as those of
#' [deep_gan()], so that both can stand in one table; see
#' [evaluate.deep_autoencoder()].
#'
#' @param x Images: what [deep_images()] gives, or takes: an array, a folder,
#'   paths. Or a table: a data frame, a numeric matrix with column names, or a
#'   formula without an outcome, such as `~ a + b`. A data frame of paths goes
#'   through [deep_images()] first.
#' @param data With a formula, the data frame.
#' @param ... Not used.
#' @param code_units Numbers of a code. `NULL`: 32 of images, a third of the
#'   columns of a table, 2 to 32.
#' @param hidden_units Of a table: units of each hidden layer of the encoder.
#'   `NULL`: `c(128, 64)`.
#' @param filters Of images: maps of the first convolution; deeper ones have
#'   twice as many each. `NULL`: 32.
#' @param activation Of the hidden layers of a table, as in [deep_mlp()].
#'   `NULL`: `"relu"`.
#' @param variational Whether codes are distributions.
#' @param beta Of a variational fit: the weight of their divergence.
#' @param noise Share of the values of each row, or pixels of each image, that
#'   are hidden while training, from 0 to below 1: a denoising autoencoder
#'   (Vincent et al. 2008).
#' @param image_size Of images: height and width in pixels from 16 to 128, or
#'   one number for both. `NULL`: as [deep_images()] says.
#' @inheritParams deep_prep
#' @param control What [deep_control()] gives.
#' @param score Of a variational fit to images: `TRUE`, `FALSE` (what it makes
#'   is not scored), or whose features count, as in [deep_gan()].
#'
#' @return A list of class `c("deep_autoencoder", "deep_fit")`.
#'   [predict()][predict.deep_autoencoder()] gives rows back or their codes,
#'   [anomaly_score()] says how strange they are,
#'   [evaluate()][evaluate.deep_autoencoder()] and
#'   [autoplot()][autoplot.deep_autoencoder()] judge.
#' @section Errors:
#' * `deeply_error_interface`: neither images nor a table.
#' * `deeply_error_formula`: a formula with an outcome.
#' * `deeply_error_argument`: an argument that is not as it must be, or not for
#'   such data.
#' * `deeply_error_too_few_rows`: fewer than 16 rows or images.
#' * Those of [deep_prep()] and [deep_images()].
#' @references
#' Baldi & Hornik (1989). Neural networks and principal component analysis.
#' Neural Networks 2, 53-58.
#'
#' Ghosh, Sajjadi, Vergari, Black & Scholkopf (2020). From variational to
#' deterministic autoencoders. ICLR.
#'
#' Higgins et al. (2017). beta-VAE: learning basic visual concepts with a
#' constrained variational framework. ICLR.
#'
#' Kingma & Welling (2014). Auto-encoding variational Bayes. ICLR.
#'
#' Odena, Dumoulin & Olah (2016). Deconvolution and checkerboard artifacts.
#' Distill.
#'
#' Rybkin, Daniilidis & Levine (2021). Simple and effective VAE training with
#' calibrated decoders. ICML.
#'
#' Vincent, Larochelle, Bengio & Manzagol (2008). Extracting and composing
#' robust features with denoising autoencoders. ICML.
#' @seealso [deep_gan()], [plot_images()]
#' @export
#' @examplesIf deeply::has_backend()
#' fit <- deep_autoencoder(iris, code_units = 2,
#'                         control = deep_control(epochs = 20, seed = 1))
#' fit
#' predict(fit, iris[c(1, 51, 101), ])
#' predict(fit, iris[c(1, 51, 101), ], type = "code")
#' anomaly_score(fit, iris[c(1, 51, 101), ])
#'
#' shapes <- simulate_shapes(200, size = 16, seed = 1)
#' fit <- deep_autoencoder(shapes$x, variational = TRUE, filters = 8,
#'                         control = deep_control(epochs = 3, seed = 1))
#' plot_images(generate(fit, 9, seed = 1))
deep_autoencoder <- function(x, data = NULL, ..., code_units = NULL,
                             hidden_units = NULL, filters = NULL,
                             activation = NULL, variational = FALSE, beta = 1,
                             noise = 0, image_size = NULL, na = "indicator",
                             new_levels = "error", scale = "standard",
                             steps = deep_steps(), control = deep_control(),
                             score = TRUE) {
  check_dots(control = TRUE)
  spec <- list(code_units = code_units, hidden_units = hidden_units,
               filters = filters, activation = activation,
               variational = variational, beta = beta, noise = noise)
  check_coder(spec)
  check_control(control)
  score <- check_gan_score(score)
  check_gan_control(control, for_what = "autoencoders")
  settings <- prep_settings(na, new_levels, scale, steps)
  source <- coder_source(x, data, image_size, settings)
  check_coder_parts(spec, is_images(source$table))
  check_new_run(control$checkpoint, rlang::current_env())
  started <- elapsed()
  spec$control <- fill_control(control, coder_training(source$table))
  run <- coder_run(source, settings, spec, draw_seed(control$seed))
  waited <- elapsed_by(bridge())
  run <- send_coder_rows(run, source, settings)
  run$eyes <- coder_eyes(run, score)
  run$started <- started + waited
  save_run(run)
  finish_coder(run)
}

check_coder <- function(spec, call = rlang::caller_env()) {
  check <- function(check, name, ...) {
    check(spec[[name]], ..., arg = name, call = call)
  }
  check(check_count, "code_units", null = TRUE)
  check(check_counts, "hidden_units", null = TRUE)
  check(check_count, "filters", null = TRUE)
  check(check_choice, "activation", activations, null = TRUE)
  check(check_flag, "variational")
  check(check_number, "beta", min = 0)
  check(check_number, "noise", min = 0, below = 1)
  if (spec$beta != 1 && !spec$variational) {
    deeply_abort(
      c("{.arg beta} weighs the codes of a variational autoencoder.",
        i = "Fit with {.code variational = TRUE}."),
      class = "argument", call = call
    )
  }
}

# What would be ignored in silence.
check_coder_parts <- function(spec, of_images, call = rlang::caller_env()) {
  foreign <- if (of_images) c("hidden_units", "activation") else "filters"
  strange <- foreign[lengths(spec[foreign]) > 0]
  if (length(strange) > 0) {
    deeply_abort(
      "{.arg {strange}} {?is/are} for {if (of_images) 'tables' else 'images'}.",
      class = "argument", call = call
    )
  }
}

# Images and tables ----------------------------------------------------------

#' What there is to learn from
#' @return What `prep_source()` gives, without an outcome.
#' @noRd
coder_source <- function(x, data, image_size, settings,
                         call = rlang::caller_env()) {
  check_coder_x(x, data, call)
  if (is.data.frame(x) || is.matrix(x)) {
    check_no_data(data, call)
    return(prep_source(x, NULL, NULL, settings, call))
  }
  if (rlang::is_formula(x)) {
    return(finish_source(formula_source(x, data, call), data, settings, call))
  }
  check_no_data(data, call)
  images <- gan_images(x, NULL, image_size, call)
  list(table = images, blueprint = list(kind = "images"))
}

check_coder_x <- function(x, data, call) {
  if (is_file_table(x) || is_file_table(data)) {
    deeply_abort(
      c("An autoencoder does not learn from files yet.",
        i = "Read the table first, for instance by {.fn data.table::fread}."),
      class = "interface", call = call
    )
  }
  fine <- is.data.frame(x) || rlang::is_formula(x) || is_images(x) ||
    is.character(x) || is.array(x)
  if (!fine) {
    deeply_abort(
      c("{.arg x} must be images or a table: what {.fn deep_images} takes, a
         data frame, a numeric matrix, or a formula.",
        x = "It is {.obj_type_friendly {x}}."),
      class = "interface", call = call
    )
  }
}

check_no_data <- function(data, call) {
  if (!is.null(data)) {
    deeply_abort("{.arg data} is for a formula as {.arg x}.",
                 class = "argument", call = call)
  }
}

formula_source <- function(x, data, call) {
  if (length(x) == 3) {
    deeply_abort(
      c("An autoencoder has no outcome, but {.code {deparse1(x)}} names one.",
        i = "Leave the left side out: {.code {deparse1(x[-2])}}."),
      class = "formula", call = call
    )
  }
  check_table(data, "data", call)
  blueprint <- list(kind = "formula",
                    predictors = formula_predictors(x, data, call))
  list(table = forge(blueprint, data, call), blueprint = blueprint)
}

# As long as some hundred thousand images, whatever their number.
coder_training <- function(table) {
  if (!is_images(table)) {
    return(list(
      epochs = 200L, validation = 0.2, patience = 25, label_smoothing = 0,
      optimizer = deep_optimizer("adam", ema = 0.99),
      schedule = deep_schedule("constant")
    ))
  }
  n <- length(table)
  list(
    epochs = as.integer(min(60, max(6, round(3.6e5 / n)))), validation = 0.1,
    patience = Inf, label_smoothing = 0,
    batch_size = min(64L, image_batch(n)),
    optimizer = deep_optimizer("adam", ema = 0.995),
    schedule = deep_schedule("one_cycle", learn_rate = 0.003)
  )
}

#' What the Python builder needs to know
#'
#' @param spec What was asked.
#' @param prep What the training rows taught.
#' @noRd
coder_network <- function(spec, prep) {
  common <- list(
    model = "coder", code_units = as.integer(spec$code_units),
    variational = spec$variational, beta = spec$beta, noise = spec$noise,
    # What the shared code of fits asks for.
    dropout = 0, outputs = as.integer(spec$code_units)
  )
  if (!inherits(prep, "deep_image_prep")) {
    return(c(common, list(
      n_numeric = length(numeric_names(prep)),
      flags = as.array(numeric_flags(prep)),
      levels = as.array(level_sizes(prep)),
      hidden_units = as.array(as.integer(spec$hidden_units %||% c(128, 64))),
      activation = spec$activation %||% "relu"
    )))
  }
  stages <- max(1, ceiling(log2(max(prep$shape[1:2]) / 8)))
  first <- spec$filters %||% 32
  grown <- pmin(first * 2^(seq_len(stages) - 1), 8 * first)
  c(common, list(
    shape = as.array(prep$shape),
    encoder_filters = as.array(as.integer(grown)),
    # At full size maps cost most.
    generator_filters = as.array(as.integer(
      c(rev(grown), max(1, first %/% 2))
    ))
  ))
}

default_code_units <- function(prep) {
  if (inherits(prep, "deep_image_prep")) {
    return(32L)
  }
  columns <- length(unique(prep$positions))
  as.integer(min(32, max(2, ceiling(columns / 3))))
}
