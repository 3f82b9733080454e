# Grad-CAM of a network for images: where an image speaks for its class.

#' Where a network for images looks
#'
#' Grad-CAM (Selvaraju et al. 2017): each map of a late layer counts as much as
#' the class gains with it, by the mean gradient of its output. Their sum, where
#' it is above zero, is the heat: those parts of the image speak for the class.
#' It is about the network: what is hot is what it goes by, right or wrong.
#'
#' Deep maps know what is seen and shallow ones where. Taken is the deepest
#' layer whose maps still have 6 pixels a side (of images below 24 pixels a
#' quarter of their side). Each point of a map is put where it looks at, which
#' padding and strides move by some pixels, and what lies between is
#' interpolated: edges of the heat are as blurred as the maps are coarse.
#' Where the fit averages with the mirror image, the heat is that of the image
#' as it is.
#'
#' @param x A fit of [deep_cnn()].
#' @param new_data [deep_images()], or what it takes: an array, a folder, paths.
#' @inheritParams rlang::args_dots_empty
#' @param type `"gradcam"`. What [explain.deep_fit()] has for tables, such as
#'   `"importance"`, is about columns, and images have none.
#' @param class The class to explain. `NULL`: the one that is called, image by
#'   image. Of a regression the heat says what raises the number.
#' @param rows At most so many images, drawn at random. `NULL`: 200.
#' @param layer The layer whose maps count, one of those that `summary()` lists.
#'   `NULL`: see below.
#' @param seed An integer. `NULL`: drawn from R's generator.
#'
#' @return A data.table of class `deep_gradcam` with a row an image: `image`,
#'   its number in `new_data`; of files `path`; where there are labels `truth`;
#'   of classes `predicted`, `class` (the one that is explained) and
#'   `probability` (of that class), of numbers `predicted`; and `area`, the
#'   share of the image that holds half of the heat, `NA` where there is none.
#'   The attribute `heat` is an array images x height x width from 0 to 1, zero
#'   where nothing speaks for the class; `pixels` are the images themselves.
#'   `print()` tells the finding, `autoplot()` draws each image beside its heat.
#' @section Errors:
#' * `deeply_error_type`: another `type`.
#' * `deeply_error_argument`: no such class or layer, or a layer whose maps are
#'   not all that later ones are made of.
#' * Those of [predict.deep_fit()] and [deep_images()].
#' @references
#' Selvaraju, Cogswell, Das, Vedantam, Parikh & Batra (2017). Grad-CAM: visual
#' explanations from deep networks via gradient-based localization. ICCV.
#' @seealso [autoplot.deep_cnn()] draws kernels, feature maps and mistakes.
#' @export
#' @examplesIf deeply::has_backend()
#' shapes <- simulate_shapes(200, size = 24, seed = 1)
#' images <- deep_images(shapes$x, shapes$class)
#' fit <- deep_cnn(images, control = deep_control(epochs = 3, seed = 1))
#' found <- explain(fit, images[1:4])
#' found
#' autoplot(found)
explain.deep_cnn <- function(x, new_data = NULL, ..., type = "gradcam",
                             class = NULL, rows = NULL, layer = NULL,
                             seed = NULL) {
  rlang::check_dots_empty()
  call <- rlang::current_env()
  outcome <- x$prep$outcome
  check_one_outcome(outcome, call = call)
  check_explain_type(type, call)
  check_images_given(new_data, call)
  check_explained_class(class, outcome, 1, call)
  check_count(rows, null = TRUE)
  check_count(seed, min = 0, null = TRUE)
  images <- new_table(x$prep, new_data, call)
  some <- draw_images(length(images), rows %||% 200, draw_seed(seed))
  images <- images[some]
  if (!is.null(layer)) {
    check_map_layer(layer, x, cut = TRUE, call)
  }
  explain_images(x, images, some, class, layer, call)
}

check_explain_type <- function(type, call) {
  if (identical(type, "gradcam")) {
    return(invisible())
  }
  of_tables <- rlang::is_string(type) && type %in% names(explain_arguments)
  deeply_abort(
    c("{.arg type} must be {.val gradcam} for a fit to images.",
      x = if (of_tables) "{.val {type}} is about columns, and images have none."
          else "It is {.val {type}}."),
    class = "type", call = call
  )
}

check_images_given <- function(new_data, call) {
  if (is.null(new_data)) {
    deeply_abort(
      c("{.arg new_data} is missing.",
        i = "A fit does not hold the images it was trained on."),
      class = "argument", call = call
    )
  }
}

draw_images <- function(n, most, seed) {
  if (n <= most) seq_len(n)
  else with_seed(seed, sort(sample.int(n, most)))
}

#' @param cut Whether it must be a layer that all later ones are made of.
#' @noRd
check_map_layer <- function(layer, fit, cut = FALSE,
                            call = rlang::caller_env()) {
  named <- function(cut) {
    names <- backend_call("map_layers", live_model(fit), cut)
    strsplit(names, "\n", fixed = TRUE)[[1]]
  }
  known <- named(FALSE)
  if (!rlang::is_string(layer) || !layer %in% known) {
    deeply_abort(
      c("{.arg layer} must be one of the layers that give maps.",
        x = if (rlang::is_string(layer)) "It is {.val {layer}}."
            else "It is {.obj_type_friendly {layer}}.",
        i = "They are {.val {known}}."),
      class = "argument", call = call
    )
  }
  if (cut && !layer %in% named(TRUE)) {
    deeply_abort(
      c("The maps of {.val {layer}} are not all that later layers see.",
        x = "A shortcut goes around them.",
        i = "These can be taken: {.val {named(TRUE)}}."),
      class = "argument", call = call
    )
  }
}

explain_images <- function(fit, images, numbers, class, layer, call) {
  prep <- fit$prep
  n <- length(images)
  said <- call_images(fit, images)
  wanted <- explained_output(said, prep$outcome, class)
  parts <- lapply(image_blocks(prep, n), function(rows) {
    encoded <- encode_rows(prep, images, rows)
    found <- backend_call(
      "gradcam", live_model(fit), encoded$inputs,
      as.array(wanted$output[rows] - 1L), as.array(wanted$sign[rows]),
      as.array(prep$shape[1:2]), layer
    )
    found$heat[encoded$incomplete, , ] <- NA
    found$pixels <- block_pixels(encoded$inputs$image, prep$shape)
    found
  })
  heat <- stack_arrays(lapply(parts, `[[`, "heat"))
  about <- list(outcome = prep$outcome[c("name", "task")],
                layer = parts[[1]]$layer, side = unlist(parts[[1]]$side))
  given <- unclass(images)
  table <- do.call(data.table, c(
    list(image = numbers),
    Filter(Negate(is.null), list(path = given$paths, truth = given$y)),
    if (is.null(said$class)) list(predicted = said$value)
    else list(predicted = said$class, class = wanted$class,
              probability = wanted$prob),
    list(area = apply(heat, 1, half_area))
  ))
  new_gradcam(table, about, heat,
              stack_arrays(lapply(parts, `[[`, "pixels")) / 255)
}

new_gradcam <- function(table, about, heat, pixels) {
  table <- explained(table, about, "deep_gradcam")
  data.table::setattr(table, "heat", heat)
  data.table::setattr(table, "pixels", pixels)
  table[]
}

#' Which output is explained of each image, and which way up
#'
#' Of two classes there is one output, which speaks for the event or, turned
#' round, for the other.
#' @noRd
explained_output <- function(said, outcome, class) {
  n <- length(said$class %||% said$value)
  if (outcome$task == "regression") {
    return(list(output = rep(1L, n), sign = rep(1, n)))
  }
  at <- if (is.null(class)) as.integer(said$class)
        else rep(match(class, outcome$levels), n)
  told <- list(class = factor(outcome$levels[at], outcome$levels),
               prob = said$all[cbind(seq_len(n), at)])
  # What cannot be read has no class; its heat is put away.
  at[is.na(at)] <- 1L
  binary <- outcome$task == "binary"
  c(told, list(output = if (binary) rep(1L, n) else at,
               sign = if (binary) 2 * at - 3 else rep(1, n)))
}

# Share of the image that holds half of the heat: its hottest pixels.
half_area <- function(heat) {
  if (!isTRUE(sum(heat) > 0)) {
    return(NA_real_)
  }
  gathered <- cumsum(sort(heat, decreasing = TRUE))
  # Of an even heat that must be one half, in spite of rounding.
  sum(gathered < sum(heat) / 2 - 1e-9) / length(heat) + 1 / length(heat)
}

image_blocks <- function(prep, n) {
  rows <- seq_len(n)
  unname(split(rows, (rows - 1L) %/% block_size(prep)))
}

#' A block of encoded images as an array images x height x width x channels
#'
#' @param block A matrix with a column an image, or a handle.
#' @noRd
block_pixels <- function(block, shape) {
  if (!is.matrix(block)) {
    block <- t(backend_call("pixels", block))
  }
  # Channels run fastest, then columns, rows and images.
  aperm(array(block, c(rev(shape), ncol(block))), 4:1)
}

stack_arrays <- function(parts) {
  if (length(parts) == 1) {
    return(parts[[1]])
  }
  turned <- lapply(parts, function(x) {
    aperm(x, c(seq_along(dim(x))[-1], 1))
  })
  shape <- dim(parts[[1]])[-1]
  stacked <- array(unlist(turned), c(shape, sum(vapply(parts, nrow, 1L))))
  aperm(stacked, c(length(shape) + 1, seq_along(shape)))
}

# Looking --------------------------------------------------------------------

#' @export
print.deep_gradcam <- function(x, n = 10, ...) {
  about <- attr(x, "about")
  if (is.null(about) || !is_whole(x)) {
    return(NextMethod())
  }
  shape <- dim(attr(x, "pixels"))
  cat(sprintf("<gradcam> of %s, maps of %s (%d x %d)\n",
              count_images(nrow(x)), about$layer,
              about$side[[1]], about$side[[2]]))
  cat(sprintf("  Images of %d x %d pixels\n\n", shape[[2]], shape[[3]]))
  shown <- utils::head(as.data.frame(x), n)
  if (!is.null(shown$path)) {
    shown$path <- shorten_middle(basename(shown$path))
  }
  numbers <- intersect(c("probability", "area"), names(shown))
  shown[numbers] <- lapply(shown[numbers], function(column) {
    replace(rep("", length(column)), !is.na(column),
            percent(column[!is.na(column)]))
  })
  print(shown, row.names = FALSE, right = TRUE)
  left <- nrow(x) - nrow(shown)
  if (left > 0) {
    cat("and", count_images(left), "more\n")
  }
  cat("\n", paste0(strwrap(heat_finding(x), 78), "\n"), sep = "")
  invisible(x)
}

# A count with its commas is text, of which cli takes one.
count_images <- function(n) {
  paste(count(n), if (n == 1) "image" else "images")
}

#' How small the spots are, and of how many images nothing is hot
#' @noRd
heat_finding <- function(x) {
  cold <- sum(is.na(x$area))
  paste(c(
    if (cold < nrow(x)) {
      sprintf("Half of the heat lies on %s of %s.",
              percent(stats::median(x$area, na.rm = TRUE)),
              if (nrow(x) == 1) "the image" else "an image (median)")
    },
    if (cold > 0) {
      paste("In", count_images(cold), "no part speaks for the",
            if (is.null(x[["class"]])) "number." else "class.")
    }
  ), collapse = " ")
}
