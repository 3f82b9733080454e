# What the arguments, presets and architectures of deep_cnn() come to.

# What an architecture is made of, unless asked otherwise. "stacked" ones halve
# their maps by pooling and end in dense layers, "residual" ones halve them by
# strides and end in the mean of each map; "pooled" ones begin as the first and
# end as the second.
cnn_architectures <- list(
  auto = list(
    form = "pooled", activation = "relu", normalization = "batch",
    dropout = 0.1, kernel_size = 3
  ),
  simple = list(
    form = "stacked", activation = "relu", normalization = "none",
    dropout = 0.25, filters = c(32, 64), blocks = 1, kernel_size = 3,
    strides = 1, padding = "same", pooling = "max", hidden_units = 128
  ),
  lenet = list(
    form = "stacked", activation = "tanh", normalization = "none",
    dropout = 0, filters = c(6, 16), blocks = 1, kernel_size = 5,
    strides = 1, padding = c("same", "valid"), pooling = "average",
    hidden_units = c(120, 84)
  ),
  vgg = list(
    form = "stacked", activation = "relu", normalization = "batch",
    dropout = 0.25, filters = c(32, 64, 128), blocks = 2, kernel_size = 3,
    strides = 1, padding = "same", pooling = "max", hidden_units = 256
  ),
  resnet = list(
    form = "residual", activation = "relu", normalization = "batch",
    dropout = 0, filters = c(16, 32, 64), kernel_size = 3, depth = 20,
    residual = TRUE
  )
)

# What stacked ones alone have.
stacked_parts <- c("strides", "padding", "pooling", "hidden_units")

cnn_parts <- c("filters", "blocks", "kernel_size", "strides", "padding",
               "pooling", "hidden_units", "depth", "residual", "activation",
               "normalization", "dropout", "penalty", "mixture")

# What a preset sets, and how it trains.
cnn_presets <- list(
  default = list(
    architecture = "auto", width = 1, augmentation = NULL,
    control = function(n_train) image_training(n_train)
  ),
  best = list(
    architecture = "auto", width = 1.25, augmentation = NULL,
    control = function(n_train) image_training(n_train, times = 2)
  ),
  book = list(
    architecture = "simple", width = 1, augmentation = "none",
    control = function(n_train) plain_training()
  )
)

# As long as the loss of some hundred thousand images falls, and then once more
# round: the rate of one cycle ends where the loss no longer falls.
image_training <- function(n_train, times = 1) {
  epochs <- round(times * min(60, max(15, 8e5 / n_train)))
  list(
    epochs = as.integer(epochs), validation = 0.1, patience = Inf,
    label_smoothing = 0.1, batch_size = image_batch(n_train),
    optimizer = deep_optimizer("adamw", weight_decay = 0.02, ema = 0.995),
    schedule = deep_schedule("one_cycle", learn_rate = 0.004)
  )
}

image_batch <- function(n_train) {
  as.integer(min(128, max(16, 2^round(log2(n_train / 50)))))
}

plain_training <- function() {
  list(
    epochs = 30L, validation = 0.2, patience = 5, label_smoothing = 0,
    batch_size = 128L, optimizer = deep_optimizer("adam"),
    schedule = deep_schedule("constant")
  )
}

#' What was asked for, filled up from the preset and the architecture
#'
#' @param asked Arguments of `deep_cnn()`; where one is `NULL`, the architecture
#'   decides, and of `"auto"` the images.
#' @noRd
cnn_spec <- function(preset, asked = list(), call = rlang::caller_env()) {
  check_choice(preset, names(cnn_presets), call = call)
  set <- cnn_presets[[preset]]
  architecture <- asked$architecture %||% set$architecture
  check_choice(architecture, names(cnn_architectures), call = call)
  parts <- Filter(Negate(is.null), asked[intersect(cnn_parts, names(asked))])
  own <- cnn_architectures[[architecture]]
  check_parts(parts, own, architecture, call)
  augmentation <- asked$augmentation %||% set$augmentation
  check_augmentation(augmentation, call)
  spec <- utils::modifyList(c(own, penalty = 0, mixture = 0), parts)
  check_cnn(spec, call)
  c(list(preset = preset, architecture = architecture,
         augmentation = augmentation, width = set$width,
         test_average = isTRUE(asked$test_average)), spec)
}

# A part that an architecture has not would be ignored in silence.
check_parts <- function(parts, own, architecture, call) {
  foreign <- c(
    if (own$form != "stacked") stacked_parts,
    if (architecture != "resnet") c("depth", "residual"),
    if (architecture == "resnet") "blocks"
  )
  strange <- intersect(names(parts), foreign)
  if (length(strange) > 0) {
    has <- setdiff(cnn_parts, foreign)
    deeply_abort(
      c("{.arg {strange}} {cli::qty(strange)}{?is/are} not for
         {.code architecture = \"{architecture}\"}.",
        i = "It takes {.arg {has}}."),
      class = "argument", call = call
    )
  }
}

augmentations <- c("flip", "shift", "zoom", "light", "erase")

check_augmentation <- function(x, call) {
  ok <- is.null(x) || identical(x, "none") ||
    is.character(x) && length(x) > 0 && all(x %in% augmentations)
  if (!ok) {
    deeply_abort(
      c("{.arg augmentation} must be {.val none} or some of
         {.val {augmentations}}.",
        x = if (is.character(x)) "It is {.val {x}}."
            else "It is {.obj_type_friendly {x}}."),
      class = "argument", call = call
    )
  }
}

check_cnn <- function(spec, call) {
  check <- function(check, name, ...) {
    check(spec[[name]], ..., arg = name, call = call)
  }
  check(check_counts, "filters", null = TRUE)
  check(check_counts, "blocks", null = TRUE)
  check(check_count, "kernel_size")
  check(check_count, "strides", null = TRUE)
  check(check_counts, "hidden_units", null = TRUE)
  check(check_choice, "pooling", c("max", "average", "none"), null = TRUE)
  check(check_choice, "activation", activations)
  check(check_choice, "normalization", c("none", "batch"))
  check(check_number, "dropout", min = 0, below = 1)
  check(check_number, "penalty", min = 0)
  check(check_number, "mixture", min = 0, max = 1)
  check(check_flag, "residual", null = TRUE)
  check_padding(spec, call)
  check_depth(spec, call)
}

check_padding <- function(spec, call) {
  if (!is.null(spec$padding) && !all(spec$padding %in% c("same", "valid"))) {
    abort_argument("padding", spec$padding,
                   "\"same\" or \"valid\", one or one a stage", call)
  }
}

check_depth <- function(spec, call) {
  if (is.null(spec$depth)) {
    return(invisible())
  }
  stages <- length(spec$filters)
  ok <- is.numeric(spec$depth) && length(spec$depth) == 1 &&
    (spec$depth - 2) %% (2 * stages) == 0 && spec$depth > 2
  if (!ok) {
    abort_argument("depth", spec$depth, sprintf(
      "%d n + 2 with a whole n, such as 20, 32 or 56 for three stages",
      2 * stages
    ), call)
  }
}

# The network --------------------------------------------------------------

#' What the Python builder needs to know
#'
#' @param spec What `cnn_spec()` gave.
#' @param prep A `deep_image_prep` that has seen the images.
#' @return A list that can cross.
#' @noRd
cnn_network <- function(spec, prep) {
  stages <- if (spec$architecture == "auto") auto_stages(spec, prep)
            else fixed_stages(spec)
  outcome <- prep$outcome
  check_maps(spec, stages, prep$shape)
  augment <- augment_spec(choose_augmentation(spec, prep), prep)
  c(
    list(
      model = "cnn", architecture = spec$architecture, form = spec$form,
      shape = as.array(prep$shape), mean = as.array(prep$mean),
      sd = as.array(prep$sd), augment = augment,
      mirrored = spec$test_average && augment$flip,
      filters = as.array(as.integer(stages$filters)),
      blocks = as.array(as.integer(stages$blocks)),
      kernel_size = as.integer(spec$kernel_size),
      activation = spec$activation, normalization = spec$normalization,
      dropout = spec$dropout,
      l1 = spec$penalty * spec$mixture,
      l2 = spec$penalty * (1 - spec$mixture) / 2,
      outputs = network_width(outcome),
      output_bias = as.array(best_constant(outcome))
    ),
    if (spec$form == "stacked") list(
      strides = as.integer(spec$strides), pooling = spec$pooling,
      padded = as.array(as.integer(
        rep_len(spec$padding == "same", length(stages$filters))
      )),
      hidden_units = as.array(as.integer(spec$hidden_units))
    ) else list(
      stem = stages$stem %||% 1L, residual = spec$residual %||% TRUE
    )
  )
}

fixed_stages <- function(spec) {
  n <- length(spec$filters)
  blocks <- if (is.null(spec$depth)) rep_len(spec$blocks, n)
            else rep((spec$depth - 2) / (2 * n), n)
  list(filters = spec$filters, blocks = blocks)
}

# The stride of the first convolution leaves maps of 48 to 95 pixels a side.
auto_stem <- function(side) {
  2^max(0, floor(log2(side / 48)))
}

#' A small residual network that fits the images
#'
#' Stages halve the sides until they are five or less; of images with 96 pixels
#' a side or more the stem does so before, as full-size maps cost most and tell
#' least. The maps are 32 and double with each stage; with fewer than 2,000
#' images they are half.
#' @noRd
auto_stages <- function(spec, prep) {
  side <- min(prep$shape[1:2])
  stem <- auto_stem(side)
  stages <- max(1, ceiling(log2(side / stem / 5)))
  first <- spec$width * if (prep$rows$learned < 2000) 16 else 32
  filters <- spec$filters %||% pmin(first * 2^(seq_len(stages) - 1), 256)
  list(filters = filters, stem = as.integer(stem),
       blocks = rep_len(spec$blocks %||% 1, length(filters)))
}

# Pooling or a kernel beyond the map would leave nothing to look at.
check_maps <- function(spec, stages, shape) {
  side <- min(shape[1:2])
  if (spec$form != "stacked") {
    return(invisible())
  }
  padding <- rep_len(spec$padding, length(stages$filters))
  for (stage in seq_along(stages$filters)) {
    before <- side
    for (i in seq_len(stages$blocks[[stage]])) {
      if (padding[[stage]] == "valid") side <- side - spec$kernel_size + 1
      side <- ceiling(side / spec$strides)
    }
    if (spec$pooling != "none") side <- side %/% 2
    if (side < 1) {
      deeply_abort(
        c("Images of {shape[[1]]} x {shape[[2]]} pixels are too small for
           {length(stages$filters)} stages.",
          x = "Stage {stage} is given maps of {before} pixels a side and leaves
               none.",
          i = "Use fewer {.arg filters}, {.code padding = \"same\"} or
               {.code pooling = \"none\"}."),
        class = "argument", call = NULL
      )
    }
  }
}

# Augmentation -------------------------------------------------------------

#' What to do to the images while training
#'
#' Left to itself: they are moved, colour images are relit and large ones zoomed
#' into; they are mirrored if their classes stay what they are, and part of them
#' is covered where there is the time to learn from it.
#' @return Some of `augmentations`.
#' @noRd
choose_augmentation <- function(spec, prep) {
  if (!is.null(spec$augmentation)) {
    return(setdiff(spec$augmentation, "none"))
  }
  c(
    if (isTRUE(prep$mirror$fine)) "flip",
    "shift",
    if (min(prep$shape[1:2]) >= large_side) "zoom",
    if (prep$shape[[3]] == 3) "light",
    if (spec$preset == "best") "erase"
  )
}

# Below it, what a zoom interpolates is a blur.
large_side <- 48L

# How much of each; the arguments of the layer.
augment_spec <- function(chosen, prep) {
  amount <- function(name, value) if (name %in% chosen) value else 0
  list(
    flip = "flip" %in% chosen,
    shift = amount("shift", 0.1),
    zoom = amount("zoom", 0.15),
    light = amount("light", 0.2),
    erase = amount("erase", 0.35)
  )
}
