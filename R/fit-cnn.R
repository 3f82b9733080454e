#' Fit a convolutional network to images
#'
#' Decodes the images, brings them to one size, trains a convolutional network
#' and judges it beside simple models on the same images. The labels decide the
#' task as in [deep_mlp()]: classes, or a number.
#'
#' @section Architectures:
#' * `"auto"`: a residual network sized to the images, after Page (2018): stages
#'   of a convolution, max pooling and a residual block, until the maps are 5
#'   pixels a side or less. The maps are 32 and double with each stage, up to
#'   256; half as many below 2,000 images. From 96 pixels a side on the first
#'   convolution steps over pixels.
#' * `"simple"`: a convolution, ReLU and pooling, twice; then a dense layer.
#' * `"lenet"`: LeCun et al. (1998): 6 maps, 16 maps and two dense layers, which
#'   for ten classes of 28 x 28 pixels have 61,706 parameters.
#' * `"vgg"`: Simonyan & Zisserman (2015), small: two convolutions and pooling,
#'   three times.
#' * `"resnet"`: He et al. (2016) for small images, of any `depth`; with
#'   `residual = FALSE` the plain network that it was compared with.
#'
#' With `train = FALSE` nothing is read or trained: what comes back is the shape
#' and the parameters of each layer, as `summary()` gives them of a fit.
#'
#' @section Presets:
#' * `"default"`: `"auto"`, AdamW with weight decay 0.02, one cycle of the
#'   learning rate up to 0.004 (Smith 2018), label smoothing 0.1, averaged
#'   weights, 15 epochs or, with fewer than 50,000 images, more (up to 60).
#'   Batches have 16 to 128 images: fewer where there are few, and where they
#'   are large, as the maps of a batch are the most that training holds.
#' * `"best"`: a quarter more maps, twice the epochs, and images that are
#'   covered in part.
#' * `"book"`: as in *Hands-On Deep Learning with R*: `"simple"`, Adam, early
#'   stopping, no augmentation.
#'
#' A tenth of the images is held out to judge the fit, a fifth by `"book"`.
#' Whatever [deep_control()] is given counts instead.
#'
#' @section Augmentation:
#' In each epoch the network sees another variant of each image:
#' * `"flip"` mirrors half of them, left to right;
#' * `"shift"` moves them by up to a tenth of their sides;
#' * `"zoom"` grows or shrinks them by up to 15 %;
#' * `"light"` changes brightness and contrast by up to a fifth of a standard
#'   deviation;
#' * `"erase"` covers a square in half of them (Cutout; DeVries & Taylor 2017).
#'
#' Left to itself it moves, zooms from 48 pixels a side, relights colour images,
#' covers by `preset = "best"`, and mirrors if classes stay what they are: if
#' nearest neighbours on small copies tell mirrored training images about as
#' well as the images themselves. Digits do not pass, clothes and photographs
#' do. `print()` says what was chosen.
#'
#' @section Pretrained:
#' With few images a network of others, trained on millions, sees more than
#' one's own can learn (Yosinski et al. 2014). `pretrained` names it; its layers
#' stay as they are, and a single output layer learns from the mean and the
#' maximum of each of its last maps, standardised. Images are brought to its
#' size and channels, whatever theirs are. What is frozen sees each image once,
#' its mirror image where classes stay what they are, and of few images (up to
#' 1,000) some that are moved and zoomed (up to 4 each). So epochs cost next to
#' nothing: 100 of them or, with more than 4,000 images, fewer, by Adam with
#' averaged weights and one cycle up to 0.003. The weights have a ridge penalty
#' that falls with the number of images: that of logits which are thought to
#' have a standard deviation of 5. Of the arguments about layers it takes
#' `dropout`, `penalty`, `mixture`, `test_average` and `augmentation` (`"flip"`,
#' `"shift"`, `"zoom"` or `"none"`). [fine_tune()] goes on from there.
#'
#' @section Baselines:
#' Logistic (or linear) regression and boosted trees see the values of the
#' pixels of copies of at most 14 x 14 pixels, of at most 10,000 images; the
#' trees tell 64 shades apart.
#'
#' @section Speed:
#' On a CPU use TensorFlow, the default: JAX takes several times as long for
#' convolutions there.
#'
#' @param x [deep_images()], or what it takes: an array, a folder, paths.
#' @param y Labels or numbers, one an image. `NULL`: those of the images.
#' @param ... Not used.
#' @param preset `"default"`, `"best"` or `"book"`, see below.
#' @param architecture One of those below. `NULL`: by the preset.
#' @param filters Maps of each stage, such as `c(32, 64)`.
#' @param blocks Convolutions a stage, or of `"auto"` residual blocks: one
#'   number or one a stage.
#' @param kernel_size Side of the kernels, in pixels.
#' @param strides Step of each convolution, in pixels. Of stacked architectures.
#' @param padding `"same"` or `"valid"`, one or one a stage. Of stacked ones.
#' @param pooling After each stage, over 2 x 2 pixels: `"max"`, `"average"` or
#'   `"none"`. Of stacked ones.
#' @param hidden_units Of the dense layers behind the convolutions. Of stacked
#'   ones.
#' @param depth Of `"resnet"`: number of its layers with weights, 6n + 2.
#' @param residual Of `"resnet"`: whether blocks add to what they are given.
#' @param normalization Of each convolution: `"none"` or `"batch"`.
#' @param dropout Share left out at random in each training step: after each
#'   stage and dense layer, or of residual ones before the output.
#' @param augmentation Some of `"flip"`, `"shift"`, `"zoom"`, `"light"` and
#'   `"erase"`, or `"none"`. `NULL`: by preset and images, see below.
#' @param test_average Whether a prediction is the mean of that of the image and
#'   of its mirror image. It takes twice as long; only where images are mirrored
#'   in training. `NULL`: no, and of a `pretrained` network yes.
#' @param penalty,mixture Of the weights: `penalty` is the strength, `mixture`
#'   the share of the absolute values (1: lasso, 0: ridge). `NULL`: 0, and of a
#'   `pretrained` network see below.
#' @param pretrained What [deep_backbone()] gives, or a name or file for it; see
#'   below.
#' @param train `FALSE` to look at the layers instead, see below.
#' @inheritParams deep_mlp
#'
#' @return A list of class `c("deep_cnn", "deep_fit")`, as of [deep_mlp()]. With
#'   `train = FALSE` what [summary.deep_fit()] gives.
#' @section Errors:
#' * `deeply_error_broken_images`: files that cannot be read, by name.
#' * `deeply_error_argument`: an argument that is not as it must be, or not for
#'   this architecture.
#' * Those of [deep_images()].
#' @references
#' DeVries & Taylor (2017). Improved regularization of convolutional neural
#' networks with Cutout. arXiv:1708.04552.
#'
#' He, Zhang, Ren & Sun (2016). Deep residual learning for image recognition.
#' CVPR.
#'
#' LeCun, Bottou, Bengio & Haffner (1998). Gradient-based learning applied to
#' document recognition. Proceedings of the IEEE 86(11), 2278-2324.
#'
#' Page (2018). How to train your ResNet. myrtle.ai.
#'
#' Simonyan & Zisserman (2015). Very deep convolutional networks for large-scale
#' image recognition. ICLR.
#'
#' Smith (2018). A disciplined approach to neural network hyper-parameters.
#' arXiv:1803.09820.
#'
#' Yosinski, Clune, Bengio & Lipson (2014). How transferable are features in
#' deep neural networks? NeurIPS.
#' @seealso [deep_images()], [predict.deep_fit()], [evaluate.deep_fit()],
#'   [plot_images()]
#' @export
#' @examplesIf deeply::has_backend()
#' shapes <- simulate_shapes(100, size = 24, seed = 1)
#' fit <- deep_cnn(shapes$x, shapes$class, architecture = "simple",
#'                 control = deep_control(epochs = 2))
#' fit
#' summary(fit)
#' predict(fit, shapes$x[1:3, , , ])
deep_cnn <- function(x, y = NULL, ..., preset = "default", architecture = NULL,
                     filters = NULL, blocks = NULL, kernel_size = NULL,
                     strides = NULL, padding = NULL, pooling = NULL,
                     hidden_units = NULL, depth = NULL, residual = NULL,
                     activation = NULL, normalization = NULL, dropout = NULL,
                     penalty = NULL, mixture = NULL, augmentation = NULL,
                     test_average = NULL, pretrained = NULL, weights = NULL,
                     class_weights = NULL, calibration = NULL,
                     control = deep_control(), baseline = TRUE,
                     train = TRUE) {
  rlang::check_dots_empty()
  check_control(control)
  check_flag(baseline)
  check_flag(test_average, null = TRUE)
  check_flag(train)
  check_choice(calibration, c("temperature", "conformal", "none"), null = TRUE)
  asked <- list(
    architecture = architecture, filters = filters, blocks = blocks,
    kernel_size = kernel_size, strides = strides, padding = padding,
    pooling = pooling, hidden_units = hidden_units, depth = depth,
    residual = residual, activation = activation,
    normalization = normalization, dropout = dropout, penalty = penalty,
    mixture = mixture, augmentation = augmentation,
    test_average = test_average
  )
  images <- as_images(x, rlang::current_env(), y)
  if (is.null(pretrained)) {
    spec <- cnn_spec(preset, asked)
    images <- settle_shape(images)
  } else {
    backbone <- as_backbone(pretrained)
    images <- fit_to_backbone(images, backbone)
    spec <- transfer_spec(preset, asked, backbone, length(images))
  }
  spec["calibration"] <- list(calibration %||% if (preset == "book") "none"
                              else c("temperature", "conformal"))
  spec$asked <- what_was_asked(x, weights, class_weights, baseline)
  source <- prep_source(images, NULL, if (is_images(x)) y, prep_settings())
  if (!train) {
    return(trace_network(source, spec))
  }
  spec$own <- own_training(spec, source)
  control <- fill_control(control, spec$own)
  fit_table("deep_cnn", source, spec, prep_settings(), image_network, control,
            weights = weights, class_weights = class_weights,
            baseline = baseline)
}

# Smoothed are the labels of classes alone.
own_training <- function(spec, source) {
  train <- if (is.null(spec$backbone)) cnn_presets[[spec$preset]]$control
           else transfer_training
  own <- train(table_rows(source$table))
  if (is.null(spec$backbone)) {
    own$batch_size <- min(own$batch_size,
                          held_images(source$table, spec$architecture))
  }
  if (is.numeric(source$outcome)) {
    own$label_smoothing <- 0
  }
  own
}

# As many images as hold no more than 64 whose first maps have 48 x 48 pixels:
# the maps of a batch are the most that training holds.
held_images <- function(images, architecture) {
  stem <- if (architecture == "auto") auto_stem(min(images$size)) else 1
  batch <- 2^round(log2(64 * (48 * stem / mean(images$size))^2))
  as.integer(max(1, batch))
}

#' The layers of a network that nothing is fitted to
#'
#' @param source A `prep_source()` of images.
#' @return What `summary()` gives of a fit.
#' @noRd
trace_network <- function(source, spec, call = rlang::caller_env()) {
  check_has_outcome(source, call)
  settings <- prep_settings()
  kept <- keep_rows(source, settings, call)
  source$outcome <- kept$y
  prep <- learn_prep(source, settings, kept, kept$rows)
  channels <- prep$shape[[3]]
  prep[c("mean", "sd")] <- list(rep(0.5, channels), rep(0.25, channels))
  layer_table(backend_call("trace", c(image_network(spec, prep),
                                      spec$borrowed)))
}

image_network <- function(spec, prep) {
  if (is.null(spec$backbone)) cnn_network(spec, prep)
  else transfer_network(spec, prep)
}

#' @exportS3Method
describe_network.deep_cnn <- function(fit) {
  if (!is.null(fit$spec$backbone)) {
    return(describe_transfer(fit))
  }
  network <- fit$spec$network
  stages <- paste(network$filters, collapse = "-")
  toString(c(
    sprintf("%s, maps %s", network$architecture, stages),
    if (network$form != "stacked") describe_blocks(network),
    if (length(network$hidden_units) > 0) {
      paste("dense", paste(network$hidden_units, collapse = "-"))
    },
    network$activation,
    if (network$normalization != "none") paste(network$normalization, "norm"),
    if (network$dropout > 0) paste("dropout", network$dropout),
    describe_augmentation(network),
    if (network$mirrored) "mean with the mirror image",
    paste(count(fit$info$parameters), "parameters")
  ))
}

describe_blocks <- function(network) {
  kind <- if (network$residual) "residual" else "plain"
  blocks <- unique(as.integer(network$blocks))
  if (identical(blocks, 1L)) sprintf("one %s block each", kind)
  else sprintf("%s %s blocks each", paste(blocks, collapse = "-"), kind)
}

describe_augmentation <- function(network) {
  used <- names(Filter(function(x) x > 0, network$augment))
  if (length(used) == 0) "not augmented"
  else paste("augmented by", paste(used, collapse = ", "))
}
