# Images as one thing that models, splits and plots take: an array in memory, or
# the paths of files that Python reads when they are needed.

#' Images, from an array, a folder or a table of files
#'
#' Says where images are and what class each belongs to. Nothing is read yet:
#' [deep_cnn()] decodes files when it fits, several at a time, turns them
#' upright as their EXIF data says, brings them to one size and keeps 8 bits a
#' channel. R never loops over images.
#'
#' @section What can be given:
#' * **An array**, images x height x width, or with channels as the fourth
#'   dimension (1: grey; 3: red, green, blue). Its numbers are 0 to 255 or 0 to
#'   1: none above 1 means the latter. `print()` says which was found.
#' * **A folder** with a sub-folder for each class, searched to any depth for
#'   files named `.jpg`, `.jpeg`, `.png`, `.bmp`, `.gif`, `.tif`, `.tiff`,
#'   `.webp` or without an extension. The first level names the class. Of a
#'   folder without sub-folders the images have no class.
#' * **Paths** of such files, as text.
#' * **A data frame** with a column of paths (`path`), and its labels in a
#'   column that `y` names.
#' * **An IDX file** such as MNIST comes in (`.gz` or not); `y` may be the path
#'   of the file of its labels.
#'
#' @section Size:
#' Networks take images of one size. Images that have one keep it, up to 96
#' pixels a side, unless `size` says otherwise; of images that differ the side
#' is the median of their shorter sides, or 96 if that is less, and the same for
#' height and width. What has other proportions is cut (`resize = "crop"`: the
#' middle stays), distorted (`"stretch"`) or gets black borders (`"pad"`).
#' Resizing averages over the pixels that become one (bilinear, with
#' antialiasing); a JPEG is decoded at the next eighth of its size above. What
#' is transparent lies on white, and 16 bits become 8.
#'
#' @param x An array, a folder, paths, a data frame or an IDX file, see below.
#' @param y Labels or numbers, one an image; for a data frame the name of their
#'   column. `NULL`: the sub-folders, or none.
#' @param ... Not used.
#' @param path For a data frame the name of the column of paths. Relative ones
#'   begin in the working directory.
#' @param size Height and width in pixels, or one number for both. `NULL`: see
#'   below.
#' @param channels 1 (grey) or 3 (colour). `NULL`: 1 if all images are grey.
#' @param resize `"crop"`, `"stretch"` or `"pad"`, see below.
#' @param broken What to do about files that cannot be read: `"error"` names
#'   them and stops, `"skip"` leaves them out, names and counts them.
#'
#' @return An object of class `deep_images`. `length()` is the number of images,
#'   `x[i]` takes some, `print()` says what there is. [plot_images()] draws it.
#' @section Errors:
#' * `deeply_error_images`: not images, values out of range, or no image file in
#'   the folder.
#' * `deeply_error_outcome_length`: not one label an image.
#' * `deeply_error_column_missing`: a column that the data frame has not.
#' @seealso [deep_cnn()], [plot_images()]
#' @export
#' @examples
#' shapes <- simulate_shapes(30, size = 32, seed = 1)
#' images <- deep_images(shapes$x, shapes$class)
#' images
#' images[1:3]
deep_images <- function(x, y = NULL, ..., path = "path", size = NULL,
                        channels = NULL, resize = "crop", broken = "error") {
  rlang::check_dots_empty()
  size <- check_size(size)
  check_image_channels(channels)
  check_choice(resize, c("crop", "stretch", "pad"))
  check_choice(broken, c("error", "skip"))
  found <- find_images(x, y, path)
  images <- c(found, list(size = size, channels = channels, resize = resize,
                          broken = broken))
  images["y"] <- list(check_image_labels(found$y, image_count(found)))
  structure(images, class = "deep_images")
}

is_images <- function(x) {
  inherits(x, "deep_images")
}

# Whatever deep_images() takes, its errors told as those of the caller.
as_images <- function(x, call, y = NULL) {
  if (is_images(x)) {
    return(x)
  }
  rlang::try_fetch(deep_images(x, y), deeply_error = function(cnd) {
    cnd$call <- call
    rlang::cnd_signal(cnd)
  })
}

image_count <- function(images) {
  if (is.null(images$paths)) dim(images$pixels)[[1]] else length(images$paths)
}

check_size <- function(size, arg = "size", call = rlang::caller_env()) {
  if (is.null(size)) {
    return(NULL)
  }
  check_counts(size, arg = arg, call = call)
  if (length(size) > 2) {
    abort_argument(arg, size, "height and width, or one number for both",
                   call)
  }
  rep_len(as.integer(size), 2)
}

check_image_channels <- function(channels, call = rlang::caller_env()) {
  if (!is.null(channels) && !isTRUE(channels %in% c(1, 3))) {
    abort_argument("channels", channels, "1 (grey) or 3 (colour)", call)
  }
}

check_image_labels <- function(y, n, call = rlang::caller_env()) {
  if (is.null(y)) {
    return(NULL)
  }
  if (!is.atomic(y) || length(y) != n) {
    deeply_abort(
      c("{.arg y} must have one label or number for each of the {count(n)}
         {cli::qty(n)}image{?s}.",
        x = "It is {.obj_type_friendly {y}} of length {length(y)}."),
      class = "outcome_length", call = call
    )
  }
  y
}

# Finding ------------------------------------------------------------------

#' Where the images are, and their labels
#'
#' @return A list of `pixels` (an array) and `scale` (1 or 255), or of `paths`;
#'   `y`; `target`, what the labels are called; and `from`, in words.
#' @noRd
find_images <- function(x, y, path, call = rlang::caller_env()) {
  if (is.data.frame(x)) {
    return(images_in_table(x, y, path, call))
  }
  if (is.character(x) && length(x) == 1 && is_idx(x)) {
    y <- if (is.character(y) && length(y) == 1) factor(as.vector(read_idx(y)))
         else y
    return(images_in_array(read_idx(x), y, call))
  }
  if (is.character(x) && length(x) == 1 && dir.exists(x)) {
    return(images_in_folder(x, y, call))
  }
  if (is.character(x) && length(x) > 0 && !anyNA(x)) {
    check_files_exist(x, call)
    return(list(paths = x, y = y, target = "y", from = "files"))
  }
  if (is.numeric(x) && length(dim(x)) %in% 3:4) {
    return(images_in_array(x, y, call))
  }
  deeply_abort(
    c("{.arg x} must be an array of images, a folder, paths, a data frame with
       a column of paths, or an IDX file.",
      x = "It is {.obj_type_friendly {x}}{describe_dims(x)}.",
      i = "The dimensions of an array are images x height x width (x
           channels)."),
    class = "images", call = call
  )
}

describe_dims <- function(x) {
  if (is.null(dim(x))) "" else paste(" of", paste(dim(x), collapse = " x "))
}

# The first bytes of an IDX file: two zeros, the type of a byte, dimensions.
is_idx <- function(path) {
  if (!file.exists(path) || dir.exists(path)) {
    return(FALSE)
  }
  con <- gzfile(path, "rb")
  on.exit(close(con))
  identical(readBin(con, raw(), 3), as.raw(c(0, 0, 8)))
}

images_in_array <- function(x, y, call) {
  channels <- if (length(dim(x)) == 4) dim(x)[[4]] else 1
  if (!channels %in% c(1, 3)) {
    deeply_abort(
      c("An array of images must be images x height x width, or with 1 or 3
         channels behind.",
        x = "It is {.val {paste(dim(x), collapse = ' x ')}}."),
      class = "images", call = call
    )
  }
  limits <- range(x, if (length(x) == 0) 0)
  if (anyNA(limits) || limits[[1]] < 0 || limits[[2]] > 255) {
    deeply_abort(
      c("Images must be numbers from 0 to 255, or from 0 to 1.",
        x = if (anyNA(limits)) "There are missing values."
            else "They go from {limits[[1]]} to {limits[[2]]}."),
      class = "images", call = call
    )
  }
  dim(x) <- c(dim(x)[1:3], channels)
  list(pixels = x, scale = if (limits[[2]] > 1) 255 else 1, y = y,
       target = "y", from = "an array")
}

image_endings <- c("jpg", "jpeg", "png", "bmp", "gif", "tif", "tiff", "webp")

images_in_folder <- function(folder, y, call) {
  files <- list.files(folder, recursive = TRUE, full.names = FALSE)
  ending <- tolower(sub(".*[.]", "", basename(files)))
  # Of a name without an ending nothing but the file itself can tell.
  ending[!grepl(".", basename(files), fixed = TRUE)] <- "jpg"
  files <- sort(files[ending %in% image_endings], method = "radix")
  if (length(files) == 0) {
    deeply_abort(
      c("There is no image file in {.path {folder}}.",
        i = "Looked for: {.val {image_endings}}."),
      class = "images", call = call
    )
  }
  class <- sub("/.*", "", files)
  nested <- grepl("/", files, fixed = TRUE)
  if (is.null(y) && any(nested)) {
    # What lies beside the classes belongs to none.
    class[!nested] <- NA
    y <- factor(class)
  }
  list(paths = file.path(folder, files), y = y,
       target = if (any(nested)) "class" else "y", from = folder)
}

images_in_table <- function(table, y, path, call) {
  if (!path %in% names(table)) {
    deeply_abort(
      c("A data frame of images must have a column of paths.",
        x = "There is no {.field {path}}.",
        i = "Name it by {.arg path}."),
      class = "column_missing", call = call
    )
  }
  check_columns(if (rlang::is_string(y)) y, table, call)
  paths <- as.character(table[[path]])
  if (anyNA(paths)) {
    deeply_abort("Column {.field {path}} has {sum(is.na(paths))} missing
                  path{?s}.", class = "images", call = call)
  }
  check_files_exist(paths, call)
  named <- rlang::is_string(y)
  list(paths = paths, y = if (named) table[[y]] else y,
       target = if (named) y else "y", from = "files")
}

# A wrong folder is better found at once than file by file.
check_files_exist <- function(paths, call) {
  if (!any(file.exists(utils::head(paths, 1000)))) {
    deeply_abort(
      c("None of the files exists, such as {.path {paths[[1]]}}.",
        i = "Relative paths begin in {.path {getwd()}}."),
      class = "images", call = call
    )
  }
  if (any(grepl("\n", paths, fixed = TRUE))) {
    deeply_abort("A path has a line break in it.", class = "images",
                 call = call)
  }
}

# Using --------------------------------------------------------------------

#' @export
length.deep_images <- function(x) {
  image_count(unclass(x))
}

#' @export
`[.deep_images` <- function(x, i, j, ..., drop = FALSE) {
  images <- unclass(x)
  if (is.null(images$paths)) {
    images$pixels <- images$pixels[i, , , , drop = FALSE]
  } else {
    images$paths <- images$paths[i]
  }
  # Assigned as a list, or NULL would take its place away.
  images["y"] <- list(images$y[i])
  # Those that these are to be made from, see deep_gan().
  if (!is.null(images$given)) images$given <- images$given[i]
  structure(images, class = "deep_images")
}

#' @export
print.deep_images <- function(x, ...) {
  images <- unclass(x)
  cat("<deep_images>\n")
  cat_field("Images", paste(count(length(x)), "in", images$from))
  cat_field("Size", describe_given_size(images))
  if (!is.null(images$scale)) {
    cat_field("Values", sprintf("0 to %g", images$scale))
  }
  cat_field("Labels", describe_labels(images))
  if (!is.null(images$paths)) {
    cat_field("Broken", c(
      error = "an error, with their names", skip = "left out and counted"
    )[[images$broken]])
  }
  invisible(x)
}

describe_given_size <- function(images) {
  own <- if (!is.null(images$pixels)) dim(images$pixels)[-1]
  size <- images$size %||% own[1:2]
  if (is.null(size)) {
    return(paste("their own, if they have one;", images$resize, "if not"))
  }
  channels <- images$channels %||% own[3]
  changed <- if (!is.null(own) && !identical(as.integer(size),
                                             as.integer(own[1:2]))) {
    sprintf(" (%s from %d x %d)", images$resize, own[[1]], own[[2]])
  }
  paste0(paste(size, collapse = " x "), " pixels",
         if (!is.null(channels)) paste(",", describe_channels(channels)),
         changed)
}

describe_channels <- function(channels) {
  if (channels == 1) "grey" else "colour"
}

describe_labels <- function(images) {
  y <- images$y
  if (is.null(y)) {
    return("none")
  }
  if (is.numeric(y)) {
    return(sprintf("numbers in %s", images$target))
  }
  counts <- sort(table(y), decreasing = TRUE)
  text <- paste0(names(counts), " (", count(as.integer(counts)), ")")
  lacking <- sum(is.na(y))
  toString(c(shorten(text, 6), if (lacking > 0) {
    paste(count(lacking), "without a label")
  }))
}
