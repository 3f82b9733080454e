# From images to the rows of bytes that the network takes, a block at a time:
# arrays are turned into rows here, files are decoded in Python and stay there.

# Images without a size of their own get no larger than this.
most_side <- 96L

#' Learns what all images are brought to
#'
#' @param source A `prep_source()` whose table is a `deep_images`.
#' @param train Row numbers of the training images.
#' @return A `deep_image_prep`. The moments of its channels are learned from the
#'   decoded images, by `learn_from_rows()`.
#' @noRd
learn_image_prep <- function(source, settings, kept, train,
                             call = rlang::caller_env()) {
  images <- unclass(source$table)
  # What cannot be read is left out, or stops everything.
  settings$na <- if (images$broken == "skip") "drop" else "error"
  learned <- source$learned
  structure(
    list(
      columns = list(), positions = integer(),
      shape = image_shape(images, call), resize = images$resize,
      scale = images$scale,
      # A network that goes on knows its outcome, and how images vary.
      outcome = learned$outcome %||% if (!is.null(kept$outcome)) {
        finish_outcomes(kept$outcome, outcome_rows(kept$y, train))
      },
      mean = learned$mean, sd = learned$sd, mirror = learned$mirror,
      notes = notes_table(kept$notes), settings = settings,
      blueprint = source$blueprint,
      rows = c(list(learned = length(train)), kept$left_out)
    ),
    class = "deep_image_prep"
  )
}

# Images that say what they are brought to.
settle_shape <- function(images, call = rlang::caller_env()) {
  shape <- image_shape(images, call)
  images$size <- shape[1:2]
  images$channels <- shape[[3]]
  images
}

# Height, width and channels.
image_shape <- function(images, call) {
  own <- if (is.null(images$paths)) {
    as.integer(dim(images$pixels)[-1])
  } else if (is.null(images$size) || is.null(images$channels)) {
    common_shape(images$paths, call)
  }
  c(images$size %||% own[1:2], as.integer(images$channels %||% own[[3]]))
}

# The heads of so many files tell enough.
most_heads <- 1000L

common_shape <- function(paths, call) {
  looked <- unique(round(seq(1, length(paths), length.out = most_heads)))
  sizes <- backend_call("image_sizes", join_paths(paths[looked]))
  sizes <- sizes[sizes[, 1] > 0, , drop = FALSE]
  if (nrow(sizes) == 0) {
    deeply_abort(
      c("None of the {count(length(looked))} file{?s} looked at is an image.",
        x = "The first is {.path {paths[[1]]}}."),
      class = "images", call = call
    )
  }
  alike <- nrow(unique(sizes[, 1:2, drop = FALSE])) == 1
  size <- if (alike && max(sizes[1, 1:2]) <= most_side) sizes[1, 1:2]
          else rep(min(most_side, stats::median(pmin(sizes[, 1],
                                                     sizes[, 2]))), 2)
  as.integer(c(round(size), max(sizes[, 3])))
}

join_paths <- function(paths) {
  paste(enc2utf8(path.expand(paths)), collapse = "\n")
}

# Encoding -----------------------------------------------------------------

# As it is for tables; `missing` has the files that cannot be read, and why.
#' @exportS3Method
encode_rows.deep_image_prep <- function(prep, table, rows) {
  images <- unclass(table[rows])
  nothing <- list(missing = character(), new = list(),
                  incomplete = logical(length(rows)))
  if (!is.null(images$paths)) {
    return(decode_rows(prep, images, nothing))
  }
  pixels <- images$pixels
  if (images$scale == 1) {
    pixels <- round(255 * pixels)
  }
  storage.mode(pixels) <- "integer"
  shape <- dim(pixels)[-1]
  # Channels run fastest, then columns, rows and images.
  block <- matrix(aperm(pixels, 4:1), ncol = length(rows))
  if (identical(as.integer(shape), prep$shape)) {
    return(c(list(inputs = list(image = block)), nothing))
  }
  resized <- backend_call("resize_images", block, as.array(shape),
                          as.array(prep$shape), prep$resize)
  c(list(inputs = list(image = resized)), nothing)
}

decode_rows <- function(prep, images, met) {
  answer <- backend_call("decode_images", join_paths(images$paths),
                         as.array(prep$shape), prep$resize)
  at <- vapply(answer$faults, `[[`, 1, "position") + 1
  faults <- vapply(answer$faults, `[[`, "", "fault")
  met$incomplete[at] <- TRUE
  met$missing <- sprintf("%s (%s)", images$paths[at], describe_fault(faults))
  c(list(inputs = list(image = answer$image)), met)
}

describe_fault <- function(fault) {
  unname(c(missing = "no such file", empty = "empty",
           unknown = "not an image", unreadable = "cannot be opened",
           damaged = "damaged or cut off")[fault])
}

#' @exportS3Method
row_widths.deep_image_prep <- function(prep) {
  list(image = prod(prep$shape), y = 1L, weights = 1L)
}

# Decoded or spread out, a block takes some 30 to 130 MB.
#' @exportS3Method
block_size.deep_image_prep <- function(prep) {
  max(1L, as.integer(2^25 %/% prod(prep$shape)))
}

#' @exportS3Method
warn_encoded.deep_image_prep <- function(prep, met,
                                         call = rlang::caller_env()) {
  files <- met$missing
  if (length(files) == 0) {
    return(invisible())
  }
  if (prep$settings$na == "error") {
    abort_broken(files, call)
  }
  deeply_warn(
    c(broken_title(files), list_broken(files),
      i = "{cli::qty(length(files))}{?It gets/They get} {.code NA} as
           prediction."),
    class = "broken_images"
  )
}

abort_broken <- function(files, call) {
  deeply_abort(
    c(broken_title(files), list_broken(files),
      i = "Mend or delete {cli::qty(length(files))}{?it/them}, or go on without
           by {.code deep_images(broken = \"skip\")}."),
    class = "broken_images", call = call
  )
}

broken_title <- function(files) {
  paste0("{cli::qty(", length(files), ")}", count(length(files)),
         " image{?s} cannot be read.")
}

list_broken <- function(files, most = 20) {
  shown <- utils::head(files, most)
  more <- length(files) - length(shown)
  stats::setNames(
    literal(c(shown, if (more > 0) paste("and", count(more), "more"))),
    rep("*", length(shown) + (more > 0))
  )
}

# New images ---------------------------------------------------------------

#' @exportS3Method
new_table.deep_image_prep <- function(prep, new_data,
                                      call = rlang::caller_env()) {
  images <- as_images(single_image(new_data, prep), call)
  # One dark image of bytes may have no value above 1, but it is of bytes.
  if (!is.null(images$pixels) && !is.null(prep$scale) && images$scale == 1 &&
        prep$scale == 255 && is.integer(images$pixels)) {
    images$scale <- 255
  }
  images
}

# A single image of an array has lost its first dimension.
single_image <- function(new_data, prep) {
  shape <- prep$shape
  one <- is.numeric(new_data) && !is.null(dim(new_data)) &&
    (identical(dim(new_data), shape) ||
       shape[[3]] == 1 && identical(dim(new_data), shape[1:2]))
  if (one) array(new_data, c(1L, shape)) else new_data
}

# What only the decoded images tell ----------------------------------------

#' @exportS3Method
learn_from_rows.deep_image_prep <- function(prep, run) {
  if (!is.null(prep$mean)) {
    return(prep)
  }
  moments <- backend_call("pixel_moments", run$buffer, run$rows[["train"]],
                          prep$shape[[3]])
  prep$mean <- as.vector(moments$mean)
  # An image set of one shade has none.
  prep$sd <- pmax(as.vector(moments$sd), 1e-3)
  prep$mirror <- if (prep$outcome$task %in% c("binary", "multiclass")) {
    learn_mirror(prep, run)
  }
  prep
}

#' Do classes stay what they are when their images are mirrored?
#'
#' Nearest neighbours on small grey copies tell: how far above always saying the
#' most frequent class they are with mirrored images, as a share of how far with
#' the images as they are. Where they tell nothing at all, photographs may be
#' mirrored and grey images not.
#' @return A list of `fine`, `plain` and `mirrored`.
#' @noRd
learn_mirror <- function(prep, run) {
  found <- backend_call("image_likeness", run$buffer, run$rows[["train"]],
                        as.array(prep$shape), run$seed)
  guess <- max(prep$outcome$shares)
  lead <- found$plain - guess
  chance <- 2 * sqrt(guess * (1 - guess) / (found$n / 2))
  found$fine <- if (lead > chance) {
    found$mirrored - guess > least_likeness * lead
  } else {
    prep$shape[[3]] == 3
  }
  found
}

# Digits are at 0.45, clothes at 0.75.
least_likeness <- 0.6

#' @exportS3Method
plain_columns.deep_image_prep <- function(prep, side = 14L) {
  list(shape = as.array(prep$shape), side = side)
}

#' @exportS3Method
describe_source.deep_image_prep <- function(prep) {
  c(Images = sprintf("%d x %d pixels, %s", prep$shape[[1]], prep$shape[[2]],
                     describe_channels(prep$shape[[3]])))
}

#' @export
print.deep_image_prep <- function(x, ...) {
  cat("<deep_image_prep>\n")
  cat_field("Images", describe_source(x))
  cat_field("Outcome", describe_outcome(x$outcome))
  cat_field("Mean", toString(format(x$mean, digits = 3)))
  cat_field("Spread", toString(format(x$sd, digits = 3)))
  invisible(x)
}
