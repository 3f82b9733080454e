# Images that were made from others, beside the true ones and beside what needs
# no network.

picture_models <- c(made = "deep_gan", filter = "linear filter, 5 x 5",
                    given = "`from` as it is", mean = "mean training image")

#' Scores of pairs in a buffer
#'
#' @param first Pairs before those to judge by.
#' @param n Their number.
#' @noRd
score_pictures <- function(fit, eyes, handle, buffer, first, n) {
  known <- list(mean = as.array(as.integer(fit$baselines$mean)),
                filter = fit$baselines$filter)
  found <- backend_call(
    "picture_scores", handle, eyes, buffer, first,
    noise_for_scores(fit, n, fit$info$seed), as.array(fit$prep$shape), known
  )
  metrics <- data.table::rbindlist(found[names(picture_models)])
  list(metrics = cbind(model = unname(picture_models), metrics), n = n,
       eyes = fit$eyes$label)
}

#' Judge images made from others
#'
#' What a fit of [deep_gan()] with `from` makes is compared with the true
#' images, pixel by pixel and by what a network sees in all of them, and so is
#' what needs no network: each pixel as a linear function of the 5 x 5 pixels
#' around it, which enlarges and sharpens better than any fixed rule; `from` as
#' it is, enlarged where it was small, with grey in place of each colour or the
#' other way round; and the mean training image.
#'
#' An error of pixels rewards the mean of all that might be. Where `from` leaves
#' much open, as the colour of a grey coat or the grain of a photograph, the
#' smallest error is that of what is even and grey, and no image looks like that
#' (Blau & Michaeli 2018). The Frechet distance asks whether images look like
#' true ones, all together, and not whether each is the right one.
#'
#' @param x A fit of [deep_gan()] with `from`.
#' @param new_data A list of `x` and `from`, pairs of images of which the fit
#'   has seen none. `NULL`: the judgement on held-out pairs that is kept in the
#'   fit.
#' @param ... Not used.
#'
#' @return A data.table of class `deep_pictures_evaluation`, a row a model.
#' * `mae`: mean absolute error of a pixel's channel, where white is 1;
#' * `psnr`: peak signal-to-noise ratio in decibels, `10 log10(1 / mse)` of the
#'   mean squared error over all images: the higher, the better;
#' * `frechet`: squared Frechet distance of features, see [evaluate.deep_gan()];
#'   0 of the true images themselves, and `NA` of a single pair.
#' @section Errors:
#' * `deeply_error_argument`: `new_data` is no such list.
#' * `deeply_error_image_pairs`: not as many images in `from` as in `x`.
#' * `deeply_error_not_judged`: the fit was not scored.
#' * `deeply_error_broken_images`: files that cannot be read, by name.
#' @references
#' Blau & Michaeli (2018). The perception-distortion tradeoff. CVPR.
#' @export
#' @examplesIf deeply::has_backend()
#' shapes <- simulate_shapes(120, size = 16, seed = 1)
#' new <- simulate_shapes(20, size = 16, seed = 2)
#' fit <- deep_gan(shapes$x, from = shapes$masks / 3, filters = 4,
#'                 control = deep_control(epochs = 3, seed = 1))
#' evaluate(fit, list(x = new$x, from = new$masks / 3))
evaluate.deep_gan_pictures <- function(x, new_data = NULL, ...) {
  check_dots()
  judged <- if (is.null(new_data)) x$judged else judge_new_pairs(x, new_data)
  if (is.null(judged)) {
    deeply_abort(
      c("The fit was not scored.", i = "Fit with {.code score = TRUE}."),
      class = "not_judged", call = rlang::current_env()
    )
  }
  found <- data.table::copy(judged$metrics)
  data.table::setattr(found, "class",
                      c("deep_pictures_evaluation", class(judged$metrics)))
  data.table::setattr(found, "judged_on", judged[c("n", "on", "eyes")])
  found[]
}

judge_new_pairs <- function(fit, new_data, call = rlang::caller_env()) {
  if (is.null(fit$baselines)) {
    return(NULL)
  }
  with_new_pairs(fit, new_data, call, function(buffer, n) {
    eyes <- open_eyes(fit$eyes, fit$prep$shape)
    c(score_pictures(fit, eyes, live_model(fit), buffer, 0L, n),
      list(on = "new pairs"))
  })
}

# A buffer with new pairs, for as long as `use` needs it.
with_new_pairs <- function(fit, new_data, call, use) {
  images <- new_pairs(fit, new_data, call)
  n <- length(images)
  run <- list(prep = fit$prep, numbers = seq_len(n), spec = fit$spec)
  run <- send_rows(run, images, list(y = matrix(0, 1, n), weights = rep(1, n)))
  on.exit(backend_call("release", run$buffer))
  if (any(run$met$incomplete)) abort_broken(run$met$missing, call)
  use(run$buffer, n)
}

new_pairs <- function(fit, new_data, call) {
  if (!is.list(new_data) || is_images(new_data) ||
        !all(c("x", "from") %in% names(new_data))) {
    abort_argument("new_data", new_data,
                   "a list of images `x` and of those they come from, `from`",
                   call)
  }
  prep <- fit$prep
  images <- unclass(as_images(single_image(new_data$x, prep), call))
  images[c("size", "channels")] <- list(prep$shape[1:2], prep$shape[[3]])
  given <- single_image(new_data$from, prep$given)
  add_given(structure(images, class = "deep_images"), given, call)
}

#' @export
print.deep_pictures_evaluation <- function(x, digits = 3, ...) {
  judged <- attr(x, "judged_on")
  if (is.null(judged) || is.null(x$model)) {
    return(NextMethod())
  }
  head <- sprintf("Judged on %s %s, by features of %s; white is 1",
                  count(judged$n), judged$on, judged$eyes)
  cat(strwrap(head, width = 80, exdent = 2), sep = "\n")
  table <- as.data.frame(x)
  table$model <- format(table$model)
  table$mae <- format_metric(table$mae, digits)
  table$psnr <- sprintf("%.1f dB", table$psnr)
  table$frechet <- format_metric(table$frechet, digits)
  print(table, row.names = FALSE, right = TRUE)
  invisible(x)
}
