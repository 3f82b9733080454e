#' A network that others have trained, to fit on top of
#'
#' Reads a network and leaves off what it was trained to say: what remains turns
#' an image into maps that are of use for other images too. [deep_cnn()] fits on
#' top of it (`pretrained = `), [features()] gives what it sees as a matrix.
#'
#' @section What can be read:
#' * **A name** in Keras' applications, such as `"MobileNetV2"`,
#'   `"EfficientNetB0"` or `"ResNet50"`, with the weights of ImageNet. They are
#'   looked for in Keras' own cache (`~/.keras/models`, or below `KERAS_HOME`)
#'   and else downloaded, with your consent; or taken from the file that
#'   `weights` names.
#' * **`"squeezenet"`**: SqueezeNet 1.1 (Iandola et al. 2016) with the weights
#'   of keras-squeezenet in the file that `weights` names. Of 3 MB, it is the
#'   smallest.
#' * **A file**, `.keras` or `.h5`, of a whole model, written by Keras 3 or 2.
#'   It must take one image of 1 or 3 channels.
#'
#' A whole model is cut where its maps become one vector: before the last
#' pooling of whole maps, flattening or reshaping.
#'
#' @section Preprocessing:
#' Every network wants pixels as it was trained on them. Of known names that is
#' known; of a file it must be said, unless its first layers scale the pixels
#' themselves. deeply then does it inside the network.
#' * `"caffe"`: blue, green, red, minus their means over ImageNet.
#' * `"tf"`: from -1 to 1.
#' * `"torch"`: from 0 to 1, standardised by mean and deviation over ImageNet.
#' * `"unit"`: from 0 to 1.
#' * `"bytes"`: from 0 to 255.
#'
#' @param name A name or a file, see below.
#' @param ... Not used.
#' @param weights The file of the weights, for a name.
#' @param preprocess `"caffe"`, `"tf"`, `"torch"`, `"unit"` or `"bytes"`.
#'   `NULL`: by the name.
#' @param input_size Height and width of the images that it will be given, in
#'   pixels, or one number for both. `NULL`: those it was trained on. Where what
#'   matters is small in the picture, more pixels than that often help (Touvron
#'   et al. 2019), and take longer.
#' @param consent Whether weights may be downloaded. `NULL`: the option
#'   `deeply.consent`, or a question.
#'
#' @return A list of class `deep_backbone`: plain data with the network in it,
#'   which can be saved by [saveRDS()].
#' @section Errors:
#' * `deeply_error_backbone`: a file that cannot be read, weights that do not
#'   fit, a network that is not for images or gives no maps, a size that it
#'   cannot take, or a preprocessing that is not known.
#' * `deeply_error_weights_consent`: weights that would have to be downloaded.
#' @references
#' Iandola et al. (2016). SqueezeNet: AlexNet-level accuracy with 50x fewer
#' parameters and <0.5MB model size. arXiv:1602.07360.
#'
#' Touvron, Vedaldi, Douze & Jegou (2019). Fixing the train-test resolution
#' discrepancy. NeurIPS.
#' @seealso [deep_cnn()], [fine_tune()], [features()]
#' @export
#' @examplesIf deeply::has_backend() && nzchar(Sys.getenv("DEEPLY_DATA_DIR"))
#' files <- deep_data("weights")
#' deep_backbone("squeezenet", weights = files[["squeezenet"]])
#' deep_backbone(files[["resnet8"]], preprocess = "bytes")
deep_backbone <- function(name, ..., weights = NULL, preprocess = NULL,
                          input_size = NULL, consent = NULL) {
  rlang::check_dots_empty()
  check_path(name, null = FALSE)
  check_path(weights)
  check_choice(preprocess, names(preprocessings), null = TRUE)
  size <- check_size(input_size, "input_size")
  check_flag(consent, null = TRUE)
  call <- rlang::current_env()
  known <- match_known(name)
  found <- if (is.null(known)) {
    read_backbone(name, weights, preprocess, size, call)
  } else {
    make_backbone(known, weights, preprocess, size, consent, call)
  }
  new_backbone(found, call)
}

# Names are written in many ways: "mobilenet_v2", "MobileNetV2".
match_known <- function(name) {
  plain <- function(x) gsub("[^a-z0-9]", "", tolower(x))
  names <- names(known_backbones())
  at <- match(plain(name), plain(names))
  if (is.na(at) || is_file(name)) NULL else names[[at]]
}

make_backbone <- function(name, weights, preprocess, size, consent, call) {
  known <- known_backbones()[[name]]
  if (name == "squeezenet" && is.null(weights)) {
    deeply_abort(
      c("Keras has no weights of {.val squeezenet}.",
        i = "Name their file by {.arg weights}, such as {.code
             deep_data(\"weights\")[[\"squeezenet\"]]}."),
      class = "backbone", call = call
    )
  }
  from <- weights %||% find_weights(name, known, consent, call)
  if (!is.null(from)) check_backbone_file(from, call)
  found <- tell_backbone(
    backend_call("known_backbone", name, absolute_path(from),
                 as.array(as.integer(size %||% rep(known$side, 2)))),
    from %||% known$url, call
  )
  found$name <- name
  found$from <- from %||% file.path(keras_cache(), known$file)
  found$preprocess <- preprocess %||% known$preprocess
  found
}

read_backbone <- function(path, weights, preprocess, size, call) {
  if (!is_file(path)) {
    deeply_abort(
      c("{.val {path}} is neither a file nor a network that is known by name.",
        hint_known(path),
        i = "A file must be given with its path; relative ones begin in
             {.path {getwd()}}."),
      class = "backbone", call = call
    )
  }
  check_backbone_file(path, call)
  if (!is.null(weights) || !is_whole_model(path, call)) {
    deeply_abort(
      c("{.path {path}} holds weights alone, and which network they are of is
         not known."[is.null(weights)],
        "{.arg weights} are for a name, not for the file of a whole
         model."[!is.null(weights)],
        i = "Give the name first: {.code deep_backbone(\"MobileNetV2\",
             weights = {.val {weights %||% path}})}."),
      class = "backbone", call = call
    )
  }
  found <- tell_backbone(
    backend_call("file_backbone", absolute_path(path),
                 if (!is.null(size)) as.array(size)), path, call
  )
  if (isTRUE(found$any_size)) {
    deeply_abort(
      c("The network in {.path {path}} takes images of any size.",
        i = "Say which by {.arg input_size}, such as 224."),
      class = "backbone", call = call
    )
  }
  found$inner <- found$name
  found$name <- sub("[.][^.]*$", "", basename(path))
  found$from <- path
  found["preprocess"] <- list(preprocess %||% guess_preprocess(found, call))
  found
}

hint_known <- function(name) {
  names <- names(known_backbones())
  near <- agrep(name, names, max.distance = 0.2, ignore.case = TRUE,
                value = TRUE)
  if (length(near) > 0) {
    return(c(i = cli::format_inline("Did you mean {.or {.val {near}}}?")))
  }
  c(i = cli::format_inline("Known names are {.val {names}}."))
}

is_whole_model <- function(path, call) {
  tell_backbone(backend_call("is_whole_model", absolute_path(path)), path,
                call)
}

check_backbone_file <- function(path, call) {
  if (!is_file(path)) {
    deeply_abort(
      c("There is no file {.path {path}}.",
        i = "Relative paths begin in {.path {getwd()}}."),
      class = "backbone", call = call
    )
  }
}

# Of a saved application Keras' own name tells it, "mobilenetv2_1.00_224".
guess_preprocess <- function(found, call) {
  if (isTRUE(found$scaled)) {
    return("bytes")
  }
  known <- known_backbones()
  plain <- gsub("[^a-z0-9]", "", tolower(names(known)))
  inner <- gsub("[^a-z0-9]", "", sub("_[0-9].*", "", tolower(found$inner)))
  at <- match(inner, plain)
  if (is.na(at)) {
    deeply_abort(
      c("How {.path {found$from}} wants its pixels is not known.",
        i = "Say it by {.arg preprocess}: {.val unit} (0 to 1), {.val bytes} (0
             to 255), {.val tf} (-1 to 1), {.val torch} or {.val caffe}
             (ImageNet's means); whoever trained it knows.",
        x = "The wrong one still gives predictions, only worse ones."),
      class = "backbone", call = call
    )
  }
  known[[at]]$preprocess
}

# Python's reasons, as sentences.
tell_backbone <- function(code, from, call) {
  tryCatch(code, deeply_error_python_BackboneError = function(cnd) {
    kind <- sub(":.*", "", cnd$python_value)
    detail <- first_words(sub("^[^:]*: ", "", cnd$python_value))
    deeply_abort(
      backbone_faults(kind, from, detail), class = "backbone", parent = cnd,
      call = call
    )
  })
}

backbone_faults <- function(kind, from, detail) {
  switch(kind,
    unreadable = c(
      "{.path {from}} cannot be read as a Keras model.", x = literal(detail),
      i = "It must be a whole model in a {.file .keras} or {.file .h5} file."
    ),
    weights = c(
      "The weights in {.path {from}} are not of this network.",
      x = literal(detail)
    ),
    inputs = c(
      "{.path {from}} is no network for images.",
      x = paste0("Its input is ", literal(detail), "."),
      i = "It must take one image: height x width x 1 or 3 channels."
    ),
    no_maps = c(
      "{.path {from}} gives no maps of an image to go on from.",
      i = "It must have convolutions."
    ),
    size = c(
      "{.path {from}} cannot take images of that size.", x = literal(detail),
      i = "Give another {.arg input_size}."
    ),
    download = c(
      "The weights could not be downloaded from {.url {from}}.",
      x = literal(detail),
      i = "Try again, or fetch that file elsewhere and name it by
           {.arg weights}."
    )
  )
}

new_backbone <- function(found, call) {
  shape <- as.integer(found$shape)
  if (shape[[3]] == 1 && found$preprocess %in% c("caffe", "torch")) {
    deeply_abort(
      c("{.code preprocess = \"{found$preprocess}\"} is for colour images.",
        x = "{.path {found$from}} takes grey ones."),
      class = "backbone", call = call
    )
  }
  here <- backend_call("describe")
  structure(
    list(
      name = found$name, from = found$from, preprocess = found$preprocess,
      shape = shape, maps = found$maps, grid = as.integer(found$grid),
      layers = found$layers, parameters = found$parameters,
      model = found$model,
      info = list(id = rlang::hash(list(found$model, found$preprocess)),
                  keras = here$keras, backend = here$backend)
    ),
    class = "deep_backbone"
  )
}

is_backbone <- function(x) {
  inherits(x, "deep_backbone")
}

#' @export
print.deep_backbone <- function(x, ...) {
  cat(sprintf("<deep_backbone> %s\n", x$name))
  cat_field("From", basename(x$from))
  cat_field("Images", sprintf("%d x %d pixels, %s, scaled as \"%s\"",
                              x$shape[[1]], x$shape[[2]],
                              describe_channels(x$shape[[3]]), x$preprocess))
  cat_field("Gives", sprintf("%d maps of %d x %d", x$maps, x$grid[[1]],
                             x$grid[[2]]))
  cat_field("Network", sprintf("%d layers with weights, %s parameters",
                               x$layers, count(x$parameters)))
  invisible(x)
}
