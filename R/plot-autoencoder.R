#' Look at an autoencoder
#'
#' @param object A fit of [deep_autoencoder()].
#' @param new_data Of `"reconstruction"`: rows or images to send through it.
#' @param type What to look at:
#'   * `"history"`: the loss by epoch;
#'   * `"reconstruction"`: images above what came back of them, or the numbers
#'     of a table against what came back;
#'   * `"samples"`: images that a variational fit makes.
#' @param ... Not used.
#' @param n How many images at most. `NULL`: 10 above what came back, 25 made.
#' @param seed Of `"samples"`: see [generate()][generate.deep_autoencoder()].
#'
#' @return A ggplot. Of a table with more than nine numbers those are shown that
#'   come back worst.
#' @section Errors:
#' * `deeply_error_argument`: no `new_data` where there must be.
#' * `deeply_error_not_variational`: samples of a fit that makes none.
#' @export
#' @examplesIf deeply::has_backend()
#' fit <- deep_autoencoder(iris, code_units = 2,
#'                         control = deep_control(epochs = 20, seed = 1))
#' autoplot(fit)
#' autoplot(fit, iris, type = "reconstruction")
autoplot.deep_autoencoder <- function(object, new_data = NULL, type = NULL,
                                      ..., n = NULL, seed = 1) {
  rlang::check_dots_empty()
  type <- type %||% if (is.null(new_data)) "history" else "reconstruction"
  check_choice(type, c("history", "reconstruction", "samples"))
  check_count(n, null = TRUE)
  check_count(seed, min = 0)
  if (type == "reconstruction" && is.null(new_data)) {
    deeply_abort(
      c("{.arg new_data} is missing.",
        i = "A fit does not hold the rows it was trained on."),
      class = "argument"
    )
  }
  switch(type,
    history = plot_history(object),
    reconstruction = plot_reconstruction(object, new_data, n),
    samples = plot_coder_samples(object, n %||% 25, seed)
  )
}

plot_reconstruction <- function(fit, new_data, n,
                                call = rlang::caller_env()) {
  table <- new_table(fit$prep, new_data, call)
  if (!is_image_fit(fit)) {
    return(plot_numbers_back(fit, new_data, table, call))
  }
  some <- table[evenly(length(table), n %||% 10)]
  shown <- shown_images(some, fit$prep, call)
  given <- shown$pixels
  back <- predict(fit, some[shown$kept])
  images <- c(image_rasters(given), image_rasters(back))
  image_grid(images, ncol = dim(given)[[1]]) +
    ggplot2::labs(
      title = "Images, and below what came back of them",
      subtitle = sprintf(
        "From a code of %d numbers; %s of the variation among these pixels",
        fit$spec$code_units, percent(share_explained(given, back))
      )
    )
}

share_explained <- function(given, back) {
  mean <- colMeans(matrix(given, dim(given)[[1]]))
  around <- sweep(matrix(given, dim(given)[[1]]), 2, mean)
  max(0, 1 - sum((given - back)^2) / max(sum(around^2), 1e-12))
}

# So many panels at most.
most_numbers <- 9L

plot_numbers_back <- function(fit, new_data, table, call) {
  back <- predict(fit, new_data)
  numbers <- names(back)[vapply(back, is.numeric, NA)]
  given <- lapply(stats::setNames(numbers, numbers), function(name) {
    place <- match(name, names(fit$prep$columns))
    values <- pull_column(table, fit$prep$positions[[place]])
    if (is.null(fit$prep$columns[[place]]$repair)) as.numeric(values)
  })
  given <- Filter(Negate(is.null), given)
  if (length(given) == 0) {
    deeply_abort("The table has no number to plot.", class = "argument",
                 call = call)
  }
  explained <- vapply(names(given), function(name) {
    stats::cor(given[[name]], back[[name]], use = "complete.obs")^2
  }, 0)
  worst <- utils::head(names(sort(explained)), most_numbers)
  shown <- data.table::rbindlist(lapply(worst, function(name) {
    list(given = given[[name]], back = back[[name]], column = name)
  }))
  shown <- shown[stats::complete.cases(shown), ]
  ggplot2::ggplot(shown, ggplot2::aes(.data$given, .data$back)) +
    ggplot2::geom_abline(colour = "grey60", linetype = "dashed") +
    ggplot2::geom_point(colour = palette_deeply[[1]], size = 1.4,
                        alpha = point_alpha(nrow(back))) +
    ggplot2::facet_wrap("column", scales = "free") +
    ggplot2::labs(
      title = sprintf("%s comes back worst", worst[[1]]),
      subtitle = sprintf("%s rows, from a code of %d numbers; dashed: as given",
                         count(nrow(back)), fit$spec$code_units),
      x = "Given", y = "Came back"
    ) +
    theme_deeply()
}

plot_coder_samples <- function(fit, n, seed, call = rlang::caller_env()) {
  check_variational(fit, call)
  if (!is_image_fit(fit)) {
    abort_argument("type", "samples", "of a fit to images; `generate()` gives
                   rows", call)
  }
  made <- generate(fit, n, seed = seed)
  image_grid(image_rasters(made)) +
    ggplot2::labs(
      title = sprintf("%s images that nobody made", count(n)),
      subtitle = describe_grid(dim(made), NULL)
    )
}
