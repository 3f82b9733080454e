#' What a network sees in images, as a matrix
#'
#' The numbers that a layer of a network gives for each image: features for any
#' other model of R, for a map, or to find images that are alike.
#'
#' @param x A fit of [deep_cnn()], or what [deep_backbone()] gives.
#' @param images Images as [deep_images()] takes them.
#' @param layer Name of a layer, as `summary()` shows them of a fit; of a
#'   backbone those of its own network too. A layer that gives maps counts by
#'   their means. `NULL`: what the output of the fit is made of, or of a
#'   backbone the mean and then the maximum of each of its maps.
#' @param ... Not used.
#'
#' @return A matrix with a row an image and a column a feature. Images that
#'   cannot be read have `NA`, where they are skipped.
#' @section Errors:
#' * `deeply_error_layer`: a layer that the network has not.
#' * Those of [deep_images()].
#' @seealso [deep_backbone()], [deep_cnn()]
#' @export
#' @examplesIf deeply::has_backend()
#' shapes <- simulate_shapes(60, size = 24, seed = 1)
#' fit <- deep_cnn(shapes$x, shapes$class, architecture = "lenet",
#'                 control = deep_control(epochs = 2))
#' seen <- features(fit, shapes$x)
#' dim(seen)
#' plot(prcomp(seen)$x, col = shapes$class)
features <- function(x, images, layer = NULL, ...) {
  UseMethod("features")
}

#' @export
features.deep_fit <- function(x, images, layer = NULL, ...) {
  rlang::check_dots_empty()
  if (!inherits(x$prep, "deep_image_prep")) {
    abort_argument("x", x, "a fit to images, such as `deep_cnn()` gives",
                   rlang::current_env())
  }
  layer_features(live_model(x), x$prep, images, layer)
}

#' @export
features.deep_backbone <- function(x, images, layer = NULL, ...) {
  rlang::check_dots_empty()
  handle <- the$live[[x$info$id]]
  if (is.null(handle)) {
    handle <- backend_call("load_backbone", backbone_spec(x))
    keep_alive(x$info$id, handle)
  }
  images <- unclass(if (is_images(images)) images else deep_images(images))
  prep <- structure(
    list(shape = x$shape, resize = images$resize, scale = images$scale,
         settings = list(
           na = if (images$broken == "skip") "drop" else "error"
         )),
    class = "deep_image_prep"
  )
  layer_features(handle, prep, structure(images, class = "deep_images"), layer)
}

layer_features <- function(handle, prep, images, layer,
                           call = rlang::caller_env()) {
  check_same_process()
  check_layer(layer, handle, call)
  table <- new_table(prep, images, call)
  rows <- seq_len(table_rows(table))
  answer <- map_blocks(prep, table, rows, function(block, ...) {
    backend_call("features", handle, block, layer)
  })
  warn_encoded(prep, answer, call)
  drop_incomplete(do.call(rbind, answer$results), prep, answer$incomplete)
}

check_layer <- function(layer, handle, call) {
  if (is.null(layer)) {
    return(invisible())
  }
  if (!rlang::is_string(layer)) {
    abort_argument("layer", layer, "the name of one layer", call)
  }
  names <- strsplit(backend_call("layer_names", handle), "\n")[[1]]
  # The first is what goes in, as bytes.
  names <- names[-1]
  if (!layer %in% names) {
    deeply_abort(
      c("The network has no layer {.val {layer}}.",
        i = "It has {.val {names}}."),
      class = "layer", call = call
    )
  }
}
