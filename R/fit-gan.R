#' Fit a generative adversarial network to images
#'
#' Two networks learn from each other: the generator makes images of noise, the
#' discriminator tells them from true ones. What comes out is a generator that
#' makes new images, on request of a class, judged by numbers beside what true
#' images get (floor) and what noise gets (ceiling).
#'
#' @section Architectures:
#' * `"dcgan"`: Radford et al. (2016): transposed convolutions, batch
#'   normalisation and ReLU; strided convolutions, leaky ReLU, dropout and a
#'   sigmoid.
#' * `"auto"`: the same networks, taught otherwise, which takes a third of the
#'   time or less. The discriminator compares true and made images in pairs
#'   (Jolicoeur-Martineau 2019), and names their classes if they have any
#'   (Odena, Olah & Shlens 2017); the learning rate is ten times as high and
#'   falls to a tenth of that. The generator that is kept is a moving average of
#'   its weights (Yazici et al. 2019). With fewer than 10,000 images both kinds
#'   are moved and partly covered on the way to the discriminator (Zhao et al.
#'   2020).
#' * `"wgan_gp"`: the same networks without dropout, of which one rates images
#'   by a slope near 1 (Gulrajani et al. 2017), with a learning rate for each
#'   (Heusel et al. 2017) in place of five steps of the one for one of the
#'   other.
#'
#' Maps double from 4 to 8 pixels a side up to the size asked for; odd sides are
#' cut, so 50 pixels come by 7, 13 and 25.
#'
#' @section Classes:
#' With classes the generator is given one beside its noise, and the
#' discriminator asks whether an image fits it (Miyato & Koyama 2018).
#'
#' @section Image to image:
#' With `from` an image is made from another one: a photograph from a mask,
#' colour from grey, a large image from a small one (which is enlarged first).
#' The generator is a U-Net (Ronneberger et al. 2015), the discriminator sees
#' both images and judges patches ("pix2pix", Isola et al. 2017), in true and
#' made pairs as above. It pays for steep slopes at both (Huang et al. 2024),
#' found without second derivatives (Lin et al. 2025), and what is made is
#' pulled towards the true image by five times their mean absolute difference.
#' What the network makes is added to the image given (Kim et al. 2016), unless
#' colour becomes grey. Noise joins in where maps are smallest, and as grain at
#' all sizes (Karras et al. 2019). Pairs are neither moved nor covered.
#' The last epoch is kept: an error of pixels would choose the most even images,
#' and a distance of few pairs knows little of grain. See
#' [generate.deep_gan_pictures()], [evaluate.deep_gan_pictures()] and
#' [autoplot.deep_gan_pictures()].
#'
#' @section Scores:
#' Made images are compared with true ones by what a network sees in them, since
#' pixels say little. Which network that was is printed with each score: with
#' classes it is a small classifier, trained first on the same images; without
#' them one that nobody trained. Scores of different networks cannot be
#' compared. While training, the distance to the training images is looked at
#' some 25 times, and the best epoch is kept. See [evaluate.deep_gan()]. In an
#' interactive session what is made of the same noise is drawn each time, unless
#' [deep_control()] has `verbose = FALSE`; later `autoplot(fit, type = "film")`
#' shows it all.
#'
#' With a [deep_backbone()] as `score` the means of its maps count. Images are
#' brought to its size, grey ones as three equal colours, and scaled as it wants
#' them. Each look shows it 1,000 images, which takes a large network minutes on
#' a CPU. The backbone stays in the fit, so that [evaluate()] finds it in any
#' later process.
#'
#' @param x Images: what [deep_images()] gives, or takes: an array, a folder,
#'   paths.
#' @param class Classes, one an image. `NULL`: the labels of the images, if they
#'   have any; `FALSE`: none.
#' @param from Images that those of `x` are to be made from, one for each, in
#'   the same order: what [deep_images()] takes. They are brought to the size of
#'   `x`; grey stays grey. To learn to enlarge, give the same files with a
#'   smaller `size`, `deep_images(files, size = 12)`: they are brought to that
#'   first, and so are later ones. A pair of which one file cannot be read is
#'   left out where either side says `broken = "skip"`. `NULL`: images are made
#'   of noise.
#' @param image_size Height and width in pixels from 16 to 128, or one number
#'   for both. `NULL`: as [deep_images()] says.
#' @param architecture `"auto"`, `"dcgan"` or `"wgan_gp"`, see below. With
#'   `from` there is but one.
#' @param noise_units Numbers that an image is made of.
#' @param filters Maps of the generator at full size; smaller ones have twice as
#'   many each. `NULL`: 32, with `from` 16.
#' @param ... Not used.
#' @param control What [deep_control()] gives. `NULL` in it: some 6,000 steps of
#'   64 images, with `from` 3,000 of 16 pairs; Adam, of `"auto"` with averaged
#'   weights; a tenth of the images is held out, to know copies from new images
#'   and to judge pairs.
#' @param score `TRUE`, `FALSE` (no scores: the last epoch is kept), or whose
#'   features count: a fit of [deep_cnn()] to such images, or a
#'   [deep_backbone()] or its name, such as `"InceptionV3"`.
#'
#' @return A list of class `c("deep_gan", "deep_fit")`. [generate()] makes
#'   images, [interpolate()] goes from one to another, [evaluate()] and
#'   [autoplot()][autoplot.deep_gan()] judge.
#' @section Errors:
#' * `deeply_error_argument`: an argument that is not as it must be.
#' * `deeply_error_image_pairs`: not as many images in `from` as in `x`.
#' * `deeply_error_too_few_rows`: fewer than 16 images to learn from.
#' * Those of [deep_images()].
#' @references
#' Goodfellow et al. (2014). Generative adversarial nets. NeurIPS.
#'
#' Gulrajani, Ahmed, Arjovsky, Dumoulin & Courville (2017). Improved training of
#' Wasserstein GANs. NeurIPS.
#'
#' Heusel, Ramsauer, Unterthiner, Nessler & Hochreiter (2017). GANs trained by a
#' two time-scale update rule converge to a local Nash equilibrium. NeurIPS.
#'
#' Huang, Gokaslan, Kuleshov & Tompkin (2024). The GAN is dead; long live the
#' GAN! A modern baseline GAN. NeurIPS.
#'
#' Isola, Zhu, Zhou & Efros (2017). Image-to-image translation with conditional
#' adversarial networks. CVPR.
#'
#' Jolicoeur-Martineau (2019). The relativistic discriminator: a key element
#' missing from standard GAN. ICLR.
#'
#' Karras, Laine & Aila (2019). A style-based generator architecture for
#' generative adversarial networks. CVPR.
#'
#' Kim, Lee & Lee (2016). Accurate image super-resolution using very deep
#' convolutional networks. CVPR.
#'
#' Lin, Xia, Ren, Yang, Xiao & Jiang (2025). Diffusion adversarial post-training
#' for one-step video generation. arXiv:2501.08316.
#'
#' Miyato & Koyama (2018). cGANs with projection discriminator. ICLR.
#'
#' Odena, Olah & Shlens (2017). Conditional image synthesis with auxiliary
#' classifier GANs. ICML.
#'
#' Radford, Metz & Chintala (2016). Unsupervised representation learning with
#' deep convolutional generative adversarial networks. ICLR.
#'
#' Ronneberger, Fischer & Brox (2015). U-Net: convolutional networks for
#' biomedical image segmentation. MICCAI.
#'
#' Yazici et al. (2019). The unusual effectiveness of averaging in GAN training.
#' ICLR.
#'
#' Zhao, Liu, Lin, Zhu & Han (2020). Differentiable augmentation for
#' data-efficient GAN training. NeurIPS.
#' @seealso [generate.deep_gan()], [evaluate.deep_gan()], [plot_images()],
#'   [simulate_faces()]
#' @export
#' @examplesIf deeply::has_backend()
#' shapes <- simulate_shapes(200, size = 16, seed = 1)
#' fit <- deep_gan(shapes$x, class = FALSE, filters = 4,
#'                 control = deep_control(epochs = 2, seed = 1))
#' fit
#' plot_images(generate(fit, 9, seed = 1))
deep_gan <- function(x, class = NULL, from = NULL, image_size = NULL,
                     architecture = c("auto", "dcgan", "wgan_gp"),
                     noise_units = 64,
                     filters = NULL, ..., control = deep_control(),
                     score = TRUE) {
  check_dots(control = TRUE)
  architecture <- rlang::arg_match(architecture)
  check_count(noise_units)
  check_count(filters, null = TRUE)
  check_control(control)
  score <- check_gan_score(score)
  check_from(from, class, architecture)
  call <- rlang::current_env()
  images <- gan_images(x, if (is.null(from)) class else FALSE, image_size, call)
  if (!is.null(from)) images <- add_given(images, from, call)
  check_gan_control(control)
  check_new_run(control$checkpoint, call)
  started <- elapsed()
  kept <- kept_images(images)
  control <- fill_control(control, if (is.null(from)) {
    gan_training(architecture, length(kept))
  } else {
    picture_training(length(kept))
  })
  spec <- list(architecture = architecture, noise_units = noise_units,
               filters = filters, control = control)
  run <- gan_run(images, kept, spec, draw_seed(control$seed))
  waited <- elapsed_by(bridge())
  run <- send_images(run, images)
  run$eyes <- gan_eyes(score, images, run)
  run$started <- started + waited
  save_run(run)
  finish_gan(run)
}

check_gan_score <- function(score, call = rlang::caller_env()) {
  if (rlang::is_string(score)) {
    return(as_backbone(score, call))
  }
  if (!isTRUE(score) && !isFALSE(score) && !inherits(score, "deep_cnn") &&
        !is_backbone(score)) {
    abort_argument("score", score, "`TRUE`, `FALSE`, a fit of `deep_cnn()`, or
                   what `deep_backbone()` gives or its name", call)
  }
  score
}

check_gan_control <- function(control, for_what = "generative networks",
                              call = rlang::caller_env()) {
  asked <- c(
    label_smoothing = isTRUE(control$label_smoothing > 0),
    focal_gamma = control$focal_gamma > 0
  )
  if (any(asked)) {
    deeply_abort("{.arg {names(asked)[asked][[1]]}} of {.fn deep_control} is
                  not for {for_what}.", class = "argument", call = call)
  }
}

#' Images of one size, with their classes
#' @noRd
gan_images <- function(x, class, image_size, call) {
  size <- check_size(image_size, "image_size", call)
  # A column of a table is named; all others come as they are.
  named <- is.data.frame(x) && rlang::is_string(class)
  images <- unclass(as_images(x, call, if (named) class))
  if (isFALSE(class)) images["y"] <- list(NULL)
  if (!named && !is.null(class) && !isFALSE(class)) {
    images$y <- check_image_classes(class, image_count(images), call)
  }
  if (!is.null(size)) images$size <- size
  if (is.numeric(images$y) || is.logical(images$y) || is.character(images$y)) {
    images$y <- factor(images$y)
  }
  images <- settle_shape(structure(images, class = "deep_images"))
  check_gan_size(images$size, call)
  images
}

check_image_classes <- function(class, n, call) {
  if (!is.atomic(class) || length(class) != n) {
    deeply_abort(
      c("{.arg class} must have one class for each of the {count(n)} images, or
         be {.code FALSE}.",
        x = "It is {.obj_type_friendly {class}} of length {length(class)}."),
      class = "outcome_length", call = call
    )
  }
  class
}

check_gan_size <- function(size, call) {
  if (any(size < 16 | size > 128)) {
    deeply_abort(
      c("Images must have from 16 to 128 pixels a side.",
        x = "These have {size[[1]]} x {size[[2]]}.",
        i = "Give {.arg image_size}, such as {.code image_size = 50}."),
      class = "argument", call = call
    )
  }
}

# What has no class cannot be asked for.
kept_images <- function(images, call = rlang::caller_env()) {
  known <- if (is.null(images$y)) rep(TRUE, length(images)) else
    !is.na(images$y)
  if (sum(known) < 16) {
    deeply_abort(
      c("There {?is/are} {sum(known)} image{?s} to learn from; a generative
         network needs at least 16, and some hundreds to be of use.",
        if (!all(known)) c(i = "{sum(!known)} {?has/have} no class.")),
      class = "too_few_rows", call = call
    )
  }
  which(known)
}

# So many steps, whatever the number of images.
gan_steps <- 6000

gan_training <- function(architecture, n) {
  batch <- as.integer(min(64, max(8, 2^floor(log2(n / 8)))))
  list(
    epochs = as.integer(max(4, round(gan_steps * batch / n))),
    batch_size = batch, validation = 0.1, patience = Inf, label_smoothing = 0,
    optimizer = switch(architecture,
      auto = deep_optimizer("adam", beta_1 = 0.5, beta_2 = 0.99, ema = 0.999),
      dcgan = deep_optimizer("adam", beta_1 = 0.5),
      wgan_gp = deep_optimizer("adam", beta_1 = 0.5, beta_2 = 0.9)
    ),
    schedule = switch(architecture,
      auto = deep_schedule("cosine", learn_rate = 0.002, min_rate = 0.0002),
      dcgan = deep_schedule("constant", learn_rate = 0.0002),
      wgan_gp = deep_schedule("constant", learn_rate = 0.0003)
    )
  )
}

# The network --------------------------------------------------------------

#' What the Python builder and the steps need to know
#' @noRd
gan_network <- function(spec, prep, n_train) {
  side <- max(prep$shape[1:2])
  stages <- max(1, ceiling(log2(side / 8)))
  own <- gan_architectures[[spec$architecture]]
  base <- spec$filters %||% own$filters
  grown <- as.integer(pmin(base * 2^(seq_len(stages) - 1), 8 * base))
  few <- spec$architecture == "auto" && n_train < few_images
  c(
    list(
      model = "gan", shape = as.array(prep$shape),
      noise_units = as.integer(spec$noise_units),
      classes = length(prep$classes),
      generator_filters = as.array(rev(grown)),
      discriminator_filters = as.array(grown),
      naming = if (is.null(prep$classes)) 0 else own$naming
    ),
    if (few) disguised else list(shift = 0, cover = 0),
    own[setdiff(names(own), c("filters", "naming"))]
  )
}

# With fewer the discriminator soon knows them all by heart.
few_images <- 10000
disguised <- list(shift = 0.125, cover = 0.4)

gan_architectures <- list(
  auto = list(
    forms = list(makes = "dcgan", judges = "dcgan"),
    filters = 32, dropout = 0.3,
    game = "relativistic", near = 0, slope_penalty = 0, unit_slope = 0,
    two_times = 1, naming = 0.5
  ),
  dcgan = list(
    forms = list(makes = "dcgan", judges = "dcgan"),
    filters = 32, dropout = 0.3,
    game = "logistic", near = 0, slope_penalty = 0, unit_slope = 0,
    two_times = 1, naming = 0
  ),
  wgan_gp = list(
    forms = list(makes = "dcgan", judges = "dcgan"),
    filters = 32, dropout = 0,
    game = "wasserstein", near = 0, slope_penalty = 0, unit_slope = 10,
    two_times = 1 / 3, naming = 0
  )
)
