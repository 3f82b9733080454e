#' Are images there twice?
#'
#' Finds images that show the same, within one set or in two. An image that is
#' in the training and in the test images is known by heart and tells nothing of
#' new ones; one with two labels teaches that one of them is wrong.
#'
#' Each image is compared as a grey copy of 32 x 32 pixels: `"same"` are those
#' whose copies are equal, `"nearly"` those whose copies differ by a root mean
#' square of at most 3 of 255, as after another compression or another size.
#' Images that are mirrored, cropped or edited are not found.
#'
#' @param train,test [deep_images()], or what it takes. `test` may be left out.
#' @inheritParams rlang::args_dots_empty
#'
#' @return A data.table of class `deep_image_check` with a row for each image
#'   that is not alone: `set` ("train" or "test"), `row`, `group` (a number,
#'   the same for images that show the same), `kind` ("same" or "nearly"), and
#'   `label` and `path`, where there are any. `print()` tells what it means.
#' @section Errors:
#' * `deeply_error_images`: not images.
#' @references
#' Barz & Denzler (2020). Do we train on test data? Purging CIFAR of
#' near-duplicates. Journal of Imaging 6(6), 41.
#' @seealso [check_data()] for tables
#' @export
#' @examplesIf deeply::has_backend()
#' shapes <- simulate_shapes(60, size = 24, seed = 1)
#' train <- deep_images(shapes$x[1:40, , , ], shapes$class[1:40])
#' test <- deep_images(shapes$x[31:60, , , ], shapes$class[31:60])
#' check_images(train, test)
check_images <- function(train, test = NULL, ...) {
  rlang::check_dots_empty()
  sets <- lapply(list(train = train, test = test), function(images) {
    if (is.null(images) || is_images(images)) images else deep_images(images)
  })
  sets <- Filter(Negate(is.null), sets)
  counts <- lengths(sets)
  groups <- image_groups(sets)
  table <- data.table::rbindlist(Map(describe_images, sets, names(sets)))
  found <- rbind(
    twins_in(table, groups$same, "same"),
    twins_in(table, groups$near, "nearly")
  )
  # What is equal is near as well.
  found <- found[!duplicated(found[, c("set", "row")]), ]
  data.table::setorderv(found, c("group", "set", "row"))
  data.table::setattr(found, "class", c("deep_image_check", class(found)))
  data.table::setattr(found, "counts", counts)
  found[]
}

small_copy <- c(32L, 32L, 1L)

# Groups of all images, one set behind the other.
image_groups <- function(sets) {
  prep <- structure(list(shape = small_copy, resize = "stretch",
                         settings = list(na = "drop")),
                    class = "deep_image_prep")
  n <- lengths(sets)
  buffer <- backend_call("rows", sum(n), list(image = prod(small_copy)))
  on.exit(backend_call("release", buffer))
  first <- 0L
  for (images in sets) {
    met <- write_rows(buffer, first, prep, images, seq_along(images))
    warn_encoded(prep, met)
    first <- first + length(images)
  }
  lapply(backend_call("image_groups", buffer), as.vector)
}

describe_images <- function(images, set) {
  images <- unclass(images)
  n <- image_count(images)
  data.table(set = set, row = seq_len(n),
             label = if (is.null(images$y)) NA_character_
                     else as.character(images$y),
             path = images$paths %||% NA_character_)
}

twins_in <- function(table, groups, kind) {
  alone <- tabulate(groups + 1L)[groups + 1L] == 1
  twins <- data.table(table[!alone, c("set", "row")], group = groups[!alone],
                      kind = rep(kind, sum(!alone)))
  cbind(twins, table[!alone, c("label", "path")])
}

#' @export
print.deep_image_check <- function(x, ...) {
  counts <- attr(x, "counts")
  if (is.null(counts) || is.null(x$group)) {
    return(NextMethod())
  }
  sets <- if (length(counts) > 1) paste0(names(counts), " ")
  cat(sprintf("<image check> %s\n",
              toString(paste0(count(counts), " ", sets, "images"))))
  lines <- describe_twins(x)
  cat(strwrap(lines, width = 78, initial = "! ", prefix = "  "), sep = "\n")
  invisible(x)
}

# Of the test images, those with a twin among the training images.
count_shared <- function(x) {
  both <- intersect(x$group[x$set == "train"], x$group[x$set == "test"])
  sum(x$set == "test" & x$group %in% both)
}

# Fewer cannot move a score that anybody reads.
few_shared <- 0.001

#' Are there images of `train` in `test`?
#'
#' @param set What `test` is called.
#' @return `NULL`, or a list with a finding, as `new_finding()` makes them.
#' @noRd
shared_images <- function(train, test, set) {
  n <- count_shared(check_images(train, test))
  share <- n / length(test)
  if (share >= few_shared) {
    list(new_finding(
      "duplicates", "", if (share >= shared_stop) "stop" else "look", share,
      sprintf("%s of %s %s images (%s) show%s the same as a training image",
              count(n), count(length(test)), set, percent(share),
              if (n == 1) "s" else ""),
      "Leave them out of one of the two: check_images() names them."
    ))
  }
}

describe_twins <- function(x) {
  if (nrow(x) == 0) {
    return("No image is there twice.")
  }
  groups <- split(x, by = "group")
  labels <- vapply(groups, function(g) {
    length(unique(stats::na.omit(g$label))) > 1
  }, NA)
  shared <- count_shared(x)
  c(
    if (shared > 0) {
      cli::pluralize("{count(shared)} of the test images {cli::qty(shared)}
                      {?is/are} among the training images: take
                      {cli::qty(shared)}{?it/them} out of one of the two.")
    },
    sprintf("%s images show the same as another one, %s of them exactly.",
            count(nrow(x)), count(sum(x$kind == "same"))),
    if (any(labels)) {
      n <- sum(labels)
      cli::pluralize("{count(n)} of {count(length(groups))} such
                      {cli::qty(length(groups))}group{?s} {cli::qty(n)}
                      {?has/have} more than one label.")
    }
  )
}
