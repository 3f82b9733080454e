#' Look at a network for images
#'
#' @param object A fit of [deep_cnn()].
#' @param new_data [deep_images()], or what it takes: an array, a folder, paths.
#'   For `"mistakes"` and `"confusion"` with their labels.
#' @inheritParams rlang::args_dots_empty
#' @param type What to draw, see below. `NULL`: without `new_data` the
#'   `"history"`; with it the predictions, as [autoplot.deep_fit()] does.
#' @param y Labels of `new_data`, if it has none of its own.
#' @param layer For `"maps"`: one of the layers that [summary()] lists. `NULL`:
#'   the first convolution.
#' @param n For `"filters"` and `"maps"` draw at most so many, for `"mistakes"`
#'   so many images. `NULL`: 40, 40 and 12.
#'
#' @section Types:
#' * `"history"`: the loss by epoch.
#' * `"filters"`: the kernels of the first convolution. Beside them stand the
#'   kernels that people made to find edges: Sobel's for horizontal, vertical
#'   and diagonal ones, and the Laplacian, spread out by binomial smoothing
#'   where the learned ones are larger than 3 x 3. Zero is middle grey. The
#'   title counts the learned kernels that are nearly one of these, up or down:
#'   their correlation is at least 0.8, in the mean of the channels.
#' * `"maps"`: what a layer makes of the first image of `new_data`, beside what
#'   the hand-made kernels make of it in grey. Of more maps than `n` those that
#'   vary most.
#' * `"mistakes"`: images that are called wrong, the surest first; of a
#'   regression those with the largest errors.
#' * `"confusion"`: the confusion matrix, with an image in each cell: the one
#'   that is called so with the median probability of its cell.
#'
#' @return A ggplot.
#' @section Errors:
#' * `deeply_error_argument`: an argument that is missing or not for this type.
#' * `deeply_error_task`: a confusion matrix of a regression.
#' * Those of [predict.deep_fit()] and [evaluate.deep_fit()].
#' @seealso [explain.deep_cnn()] for where the network looks, [plot_images()]
#' @export
#' @examplesIf deeply::has_backend()
#' shapes <- simulate_shapes(200, size = 24, seed = 1)
#' images <- deep_images(shapes$x, shapes$class)
#' fit <- deep_cnn(images, control = deep_control(epochs = 3, seed = 1))
#' autoplot(fit, type = "filters")
#' autoplot(fit, images[1], type = "maps", n = 12)
#' autoplot(fit, images, type = "mistakes")
autoplot.deep_cnn <- function(object, new_data = NULL, ..., type = NULL,
                              y = NULL, layer = NULL, n = NULL) {
  rlang::check_dots_empty()
  call <- rlang::current_env()
  check_choice(type, names(cnn_plots), null = TRUE)
  check_count(n, null = TRUE)
  type <- type %||% if (is.null(new_data)) "history" else "predictions"
  check_plot_arguments(names(match.call())[-1], type, call)
  if ("new_data" %in% cnn_plots[[type]]) {
    check_images_given(new_data, call)
  }
  switch(type,
    history = plot_history(object),
    filters = plot_filters(object, n %||% 40),
    maps = plot_maps(object, new_data, layer, n %||% 40, call),
    mistakes = plot_mistakes(object, new_data, y, n %||% 12, call),
    confusion = plot_thumbnails(object, new_data, y, call),
    autoplot.deep_fit(object, label_images(object, new_data, y, call))
  )
}

# What each takes.
cnn_plots <- list(
  history = character(), filters = "n", maps = c("new_data", "layer", "n"),
  mistakes = c("new_data", "y", "n"), confusion = c("new_data", "y")
)

check_plot_arguments <- function(given, type, call) {
  takes <- if (type == "predictions") c("new_data", "y") else cnn_plots[[type]]
  strange <- setdiff(given, c("object", "type", takes))
  if (length(strange) > 0) {
    deeply_abort(
      c(if (type == "predictions") "{.arg {strange}} need{?s/} a {.arg type}."
        else "{.arg {strange}} {?is/are} not for {.code type = \"{type}\"}.",
        i = if (type == "predictions") "Without one it takes {.arg {takes}}."
            else if (length(takes) > 0) "It takes {.arg {takes}}."),
      class = "argument", call = call
    )
  }
}

# The images with the labels that were given beside them.
label_images <- function(fit, new_data, y, call) {
  images <- new_table(fit$prep, new_data, call)
  if (!is.null(y)) {
    images <- unclass(images)
    images["y"] <- list(check_image_labels(y, image_count(images), call))
    images <- structure(images, class = "deep_images")
  }
  images
}

# Kernels --------------------------------------------------------------------

plot_filters <- function(fit, n) {
  found <- backend_call("kernels", live_model(fit))
  kernels <- found$values
  made <- edge_kernels(dim(kernels)[1:2])
  count <- dim(kernels)[[4]]
  shown <- utils::head(seq_len(count), n)
  learned <- lapply(shown, function(k) kernel_raster(kernels[, , , k]))
  edges <- lapply(made, function(kernel) kernel_raster(kernel))
  image_grid(
    c(unname(edges), learned), c(edge_labels(made), shown),
    grid_wide(length(made) + length(shown)), origins(made, shown)
  ) +
    ggplot2::labs(
      title = filters_title(kernels, made),
      subtitle = sprintf("%s, %d x %d pixels%s; middle grey is zero",
                         found$layer, dim(kernels)[[1]], dim(kernels)[[2]],
                         describe_cut(length(shown), count))
    )
}

describe_cut <- function(shown, of) {
  if (shown < of) sprintf(", %d of %d", shown, of) else ""
}

grid_wide <- function(n) {
  min(n, max(6, ceiling(1.6 * sqrt(n))))
}

origins <- function(made, learned) {
  c(rep("hand-made", length(made)), rep("learned", length(learned)))
}

filters_title <- function(kernels, made) {
  count <- dim(kernels)[[4]]
  if (length(made) == 0) {
    return(cli::pluralize("The {count} kernel{?s} that were learned"))
  }
  grey <- matrix(apply(kernels, c(1, 2, 4), mean), ncol = count)
  likeness <- abs(like(grey, vapply(made, as.vector, as.vector(made[[1]]))))
  alike <- sum(apply(likeness, 1, max) >= 0.8)
  if (alike == 0) {
    return(sprintf("None of %d learned kernels is a plain edge", count))
  }
  sprintf("%d of %d learned kernels %s nearly a hand-made edge", alike, count,
          if (alike == 1) "is" else "are")
}

# Correlations of columns; what does not vary is like nothing.
like <- function(a, b) {
  found <- suppressWarnings(stats::cor(a, b))
  found[is.na(found)] <- 0
  found
}

#' Kernels that people made to find edges
#'
#' Larger ones are the small ones, smoothed by binomial weights.
#' @param size Rows and columns, those of the learned kernels.
#' @return A named list of matrices; none below 3 x 3.
#' @noRd
edge_kernels <- function(size) {
  if (min(size) < 3) {
    return(list())
  }
  smooth <- outer(choose(size[[1]] - 3, 0:(size[[1]] - 3)),
                  choose(size[[2]] - 3, 0:(size[[2]] - 3)))
  small <- list(
    horizontal = rbind(1:-1, 2 * 1:-1, 1:-1),
    vertical = NULL,
    rising = rbind(c(2, 1, 0), c(1, 0, -1), c(0, -1, -2)),
    falling = rbind(c(0, 1, 2), c(-1, 0, 1), c(-2, -1, 0)),
    laplacian = rbind(c(0, 1, 0), c(1, -4, 1), c(0, 1, 0))
  )
  small$vertical <- small$horizontal
  small$horizontal <- t(small$horizontal)
  lapply(small[c("horizontal", "vertical", "rising", "falling", "laplacian")],
         spread_kernel, smooth)
}

# Full convolution.
spread_kernel <- function(kernel, smooth) {
  size <- dim(smooth)
  found <- matrix(0, size[[1]] + 2, size[[2]] + 2)
  for (i in 1:3) {
    for (j in 1:3) {
      rows <- i - 1 + seq_len(size[[1]])
      columns <- j - 1 + seq_len(size[[2]])
      found[rows, columns] <- found[rows, columns] + kernel[i, j] * smooth
    }
  }
  found
}

edge_labels <- function(made) {
  c(horizontal = "Sobel,\nhorizontal", vertical = "Sobel,\nvertical",
    rising = "Sobel,\nrising", falling = "Sobel,\nfalling",
    laplacian = "Laplacian")[names(made)]
}

#' A kernel or a map as a raster
#'
#' @param values A matrix, or height x width x channels. What has a sign has its
#'   zero in the middle of the greys.
#' @noRd
kernel_raster <- function(values) {
  if (!(length(dim(values)) == 3 && dim(values)[[3]] == 3)) {
    values <- array(values, dim(values)[1:2])
  }
  grDevices::as.raster(0.5 + values / max(2 * abs(values), 1e-12))
}

map_raster <- function(values) {
  if (min(values) < 0) {
    return(kernel_raster(values))
  }
  grDevices::as.raster(values / max(values, 1e-12))
}

# Maps -----------------------------------------------------------------------

plot_maps <- function(fit, new_data, layer, n, call) {
  if (!is.null(layer)) {
    check_map_layer(layer, fit, call = call)
  }
  layer <- layer %||% backend_call("kernels", live_model(fit))$layer
  images <- new_table(fit$prep, new_data, call)[1]
  encoded <- encode_rows(fit$prep, images, 1L)
  readable_images(encoded, "error", call)
  maps <- backend_call("feature_maps", live_model(fit), encoded$inputs, layer)
  maps <- array(maps, dim(maps)[-1])
  image <- array(block_pixels(encoded$inputs$image, fit$prep$shape)[1, , , ],
                 fit$prep$shape) / 255
  edges <- lapply(edge_kernels(c(3, 3)), filter_image,
                  image = rowMeans(image, dims = 2))
  spread <- apply(maps, 3, stats::sd)
  shown <- sort(utils::head(order(-spread), n))
  image_grid(
    c(list(as_picture(image)), unname(lapply(edges, map_raster)),
      lapply(shown, function(k) map_raster(maps[, , k]))),
    c("the image", edge_labels(edges), shown),
    grid_wide(length(edges) + length(shown) + 1),
    c(NA, origins(edges, shown))
  ) +
    ggplot2::labs(
      title = grid_title(maps_title(maps, edges, layer)),
      subtitle = sprintf("%s, %d x %d%s; %s", layer, dim(maps)[[1]],
                         dim(maps)[[2]], describe_cut(length(shown),
                                                      dim(maps)[[3]]),
                         if (min(maps) < 0) "middle grey is zero"
                         else "black is zero")
    )
}

as_picture <- function(image) {
  grDevices::as.raster(if (dim(image)[[3]] == 1) image[, , 1] else image)
}

# A kernel over an image whose border is repeated.
filter_image <- function(kernel, image) {
  size <- dim(image)
  inside <- function(at, most) pmin(pmax(at, 1), most)
  found <- matrix(0, size[[1]], size[[2]])
  for (i in 1:3) {
    for (j in 1:3) {
      rows <- inside(seq_len(size[[1]]) + i - 2, size[[1]])
      columns <- inside(seq_len(size[[2]]) + j - 2, size[[2]])
      found <- found + kernel[i, j] * image[rows, columns]
    }
  }
  found
}

maps_title <- function(maps, edges, layer) {
  size <- dim(maps)[1:2]
  # The pixel in the middle of each field of the map.
  at <- function(of, n) ceiling((seq_len(n) - 0.5) * of / n)
  edges <- vapply(edges, function(edge) {
    as.vector(edge[at(nrow(edge), size[[1]]), at(ncol(edge), size[[2]])])
  }, numeric(prod(size)))
  likeness <- like(matrix(maps, prod(size)), matrix(edges, prod(size)))
  best <- arrayInd(which.max(abs(likeness)), dim(likeness))
  kind <- gsub("\n", " ", edge_labels(
    stats::setNames(nm = names(edge_kernels(c(3, 3)))))[[best[[2]]]])
  sprintf("Map %d of %s is most like %s (correlation %.2f)", best[[1]], layer,
          kind, likeness[best])
}
