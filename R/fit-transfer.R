# deep_cnn(pretrained = ): a borrowed network stays as it is, and an output of
# our own learns from what it sees.

#' The backbone that was asked for
#'
#' @param x A `deep_backbone`, or a name or file for `deep_backbone()`.
#' @noRd
as_backbone <- function(x, call = rlang::caller_env()) {
  if (is_backbone(x)) {
    return(x)
  }
  if (!rlang::is_string(x)) {
    abort_argument("pretrained", x, "what `deep_backbone()` gives, or a name or
                   file for it", call)
  }
  rlang::try_fetch(deep_backbone(x), deeply_error = function(cnd) {
    cnd$call <- call
    rlang::cnd_signal(cnd)
  })
}

# What a new output takes of the arguments of deep_cnn().
transfer_parts <- c("dropout", "penalty", "mixture", "augmentation",
                    "test_average")

#' What was asked for, filled up
#'
#' @param asked As for `cnn_spec()`.
#' @param n_train Number of images, about.
#' @noRd
transfer_spec <- function(preset, asked, backbone, n_train,
                          call = rlang::caller_env()) {
  asked <- Filter(Negate(is.null), asked)
  strange <- c(setdiff(names(asked), transfer_parts),
               if (preset != "default") "preset")
  if (length(strange) > 0) {
    deeply_abort(
      c("{.arg {strange}} {?is/are} not for a {.arg pretrained} network, whose
         layers are as they are.",
        i = "It takes {.arg {transfer_parts}}."),
      class = "argument", call = call
    )
  }
  check_moved_alone(asked$augmentation, call)
  spec <- utils::modifyList(
    list(dropout = 0, penalty = usual_penalty(2 * backbone$maps, n_train),
         mixture = 0, test_average = TRUE),
    asked
  )
  check_number(spec$dropout, min = 0, below = 1, arg = "dropout", call = call)
  check_number(spec$penalty, min = 0, arg = "penalty", call = call)
  check_number(spec$mixture, min = 0, max = 1, arg = "mixture", call = call)
  spec["augmentation"] <- list(asked$augmentation)
  c(list(preset = preset, architecture = "pretrained",
         backbone = backbone[setdiff(names(backbone), "model")],
         borrowed = list(backbone = backbone$model)), spec)
}

moves <- c("flip", "shift", "zoom")

# Pixels are scaled as others did, not in standard deviations.
check_moved_alone <- function(augmentation, call) {
  check_augmentation(augmentation, call)
  strange <- setdiff(augmentation, c(moves, "none"))
  if (length(strange) > 0) {
    deeply_abort(
      c("{.arg augmentation} of a {.arg pretrained} network must be {.val none}
         or some of {.val {moves}}.",
        x = "{.val {strange}} {?is/are} for networks that learn from pixels."),
      class = "argument", call = call
    )
  }
}

#' How many more variants of each image the frozen layers are to see
#'
#' Each costs a pass. As many as make another thousand images, up to four.
#' @noRd
count_variants <- function(chosen, n_train) {
  if (any(c("shift", "zoom") %in% chosen)) min(4L, 1000L %/% n_train) else 0L
}

# Before they have seen anything, weights are thought to be so large that logits
# have a standard deviation of 5: with standardised features a variance of
# 25 / features each. The penalty is per image, half of it the square's.
usual_penalty <- function(features, n_train) {
  signif(features / (25 * max(n_train, 1)), 2)
}

#' How the output is trained
#'
#' Its features are found once, so an epoch costs next to nothing.
#' @noRd
transfer_training <- function(n_train) {
  list(
    epochs = as.integer(round(min(100, max(10, 4e5 / n_train)))),
    validation = 0.1, patience = Inf, label_smoothing = 0,
    batch_size = image_batch(n_train),
    optimizer = deep_optimizer("adam", ema = 0.99),
    schedule = deep_schedule("one_cycle", learn_rate = 0.003)
  )
}

# Images as the backbone wants them.
fit_to_backbone <- function(images, backbone) {
  images$size <- backbone$shape[1:2]
  images$channels <- backbone$shape[[3]]
  images
}

#' As `cnn_network()`, of a borrowed network
#'
#' Without its bytes, which `network_spec()` adds.
#' @noRd
transfer_network <- function(spec, prep) {
  backbone <- spec$backbone
  chosen <- intersect(choose_augmentation(spec, prep), moves)
  flip <- "flip" %in% chosen
  c(
    list(
      model = "transfer", shape = as.array(backbone$shape),
      augment = augment_spec(chosen, prep), flip = flip,
      variants = count_variants(chosen, prep$rows$learned),
      mirrored = spec$test_average && flip, activation = "linear",
      normalization = "none", dropout = spec$dropout,
      l1 = spec$penalty * spec$mixture,
      l2 = spec$penalty * (1 - spec$mixture) / 2,
      outputs = network_width(prep$outcome),
      output_bias = as.array(best_constant(prep$outcome))
    ),
    preprocess_spec(backbone)
  )
}

describe_transfer <- function(fit) {
  network <- fit$spec$network
  backbone <- fit$spec$backbone
  thawed <- fit$spec$tuned$layers
  toString(c(
    sprintf("%s with %s parameters, %s", backbone$name,
            count(backbone$parameters),
            if (is.null(thawed)) "frozen"
            else sprintf("%d of %d layers tuned", thawed, backbone$layers)),
    sprintf("mean and maximum of %d maps", backbone$maps),
    if (network$dropout > 0) paste("dropout", network$dropout),
    if (fit$spec$penalty > 0) sprintf("penalty %g", fit$spec$penalty),
    describe_augmentation(network),
    if (network$mirrored) "mean with the mirror image",
    paste(count(fit$info$learned), "parameters learned")
  ))
}
