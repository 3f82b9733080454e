# Made images beside true ones, and beside noise.

# Images of each kind that are compared, at most.
most_compared <- 5000L

#' Scores of the fit, on the images it was trained on
#' @noRd
judge_gan <- function(fit, run, eyes, handle) {
  n <- min(most_compared, run$rows[["train"]] %/% 2L)
  found <- gan_scores(fit, eyes, handle, run$buffer, 2L * n, run$seed)
  m <- min(1000L, n)
  near <- backend_call(
    "gan_nearness", handle, run$buffer, run$rows[["train"]],
    as.array(fit$prep$shape), noise_for_scores(fit, m, run$seed),
    wished_codes(fit$prep, m)
  )
  # Without held-out images there is nothing to compare with.
  near$unseen <- if (is.nan(near$unseen)) NA_real_ else near$unseen
  c(found, list(near = near, on = "training images"))
}

# Not the noise that chose the epoch.
noise_for_scores <- function(fit, n, seed) {
  seed <- seed %/% 2L + 1L
  if (inherits(fit, "deep_autoencoder")) {
    return(draw_codes(fit, n, seed))
  }
  draw_noise(n, fit$spec$noise_units, seed)
}

gan_scores <- function(fit, eyes, handle, buffer, n, seed) {
  half <- n %/% 2L
  found <- backend_call(
    "gan_scores", handle, eyes, buffer, as.array(seq_len(2L * half) - 1L),
    noise_for_scores(fit, half, seed), wished_codes(fit$prep, half), seed
  )
  metrics <- data.table::rbindlist(lapply(found, function(row) {
    lapply(row, function(value) if (is.nan(value)) NA_real_ else value)
  }))
  metrics <- cbind(
    model = unname(c(made = class(fit)[[1]], floor = "true images",
                     ceiling = "noise")[names(found)]),
    metrics
  )
  list(metrics = metrics, n = half, eyes = fit$eyes$label,
       inception = is_inception(fit$eyes))
}

#' Judge made images beside true ones
#'
#' Half of the true images is what all others are compared with: as many made
#' ones, the other half of the true ones (the floor: no generator can do better)
#' and noise (the ceiling).
#'
#' @section FID and KID:
#' These are the Frechet and the kernel distance by the pooled 2,048 features of
#' InceptionV3, as they come. Only with `score = "InceptionV3"` are they called
#' so where scores are printed and drawn: `fid`, `kid`, `kid_se`. The columns
#' keep their names, so that code need not know the network. Features of other
#' networks are divided by the root mean square of those of the true images.
#' Published numbers are mostly of 50,000 images and of weights that TensorFlow
#' had in 2015; those of Keras are others, so that only numbers found here can
#' be compared with each other.
#'
#' @section Several fits:
#' Scores of fits that were judged by the same network on the same `new_data`
#' make one table, by the names that the list gives them:
#' ```
#' judged <- lapply(list(small = fit_1, large = fit_2), evaluate, new_data)
#' data.table::rbindlist(judged, idcol = "fit")
#' ```
#' That is so where one network was given as `score`. Where it was left to
#' [deep_gan()], each fit with classes has a classifier of its own.
#'
#' @param x A fit of [deep_gan()].
#' @param new_data Images to compare with, of which the fit has seen none: what
#'   [deep_images()] takes. `NULL`: the judgement on the training images that is
#'   kept in the fit.
#' @param ... Not used.
#'
#' @return A data.table of class `deep_gan_evaluation`, of what a network sees
#'   in the images; `print()` says which one.
#' * `frechet`: squared Frechet distance of the features, taken as normal
#'   (Heusel et al. 2017). It falls with the number of images, so only numbers
#'   from as many images and the same network can be compared.
#' * `kernel`: squared kernel distance with a cubic kernel (Binkowski et al.
#'   2018), 0 on average where there is no difference, and its standard error
#'   `kernel_se`.
#' * `precision`: share of the images that lie among the true ones; `recall`:
#'   share of the true ones that lie among these (Kynkaanniemi et al. 2019).
#' * `diversity`: mean distance of two images, where that of true ones is 1.
#' @references
#' Binkowski, Sutherland, Arbel & Gretton (2018). Demystifying MMD GANs. ICLR.
#'
#' Heusel, Ramsauer, Unterthiner, Nessler & Hochreiter (2017). GANs trained by a
#' two time-scale update rule converge to a local Nash equilibrium. NeurIPS.
#'
#' Kynkaanniemi, Karras, Laine, Lehtinen & Aila (2019). Improved precision and
#' recall metric for assessing generative models. NeurIPS.
#' @export
#' @examplesIf deeply::has_backend()
#' shapes <- simulate_shapes(120, size = 16, seed = 1)
#' fit <- deep_gan(shapes$x, class = FALSE, filters = 4,
#'                 control = deep_control(epochs = 2, seed = 1))
#' evaluate(fit)
#' evaluate(fit, simulate_shapes(80, size = 16, seed = 2)$x)
evaluate.deep_gan <- function(x, new_data = NULL, ...) {
  check_dots()
  judged <- if (is.null(new_data)) x$judged else judge_images(x, new_data)
  if (is.null(judged)) {
    deeply_abort(
      c("The fit was not scored.",
        i = if (isTRUE(x$eyes$scored)) "Give images as {.arg new_data}."
            else "Fit with {.code score = TRUE}."),
      class = "not_judged", call = rlang::current_env()
    )
  }
  found <- data.table::copy(judged$metrics)
  data.table::setattr(found, "class",
                      c("deep_gan_evaluation", class(judged$metrics)))
  data.table::setattr(found, "judged_on",
                      judged[c("n", "eyes", "on", "inception")])
  found[]
}

judge_images <- function(fit, new_data, call = rlang::caller_env()) {
  if (!isTRUE(fit$eyes$scored)) {
    return(NULL)
  }
  prep <- fit$prep
  images <- unclass(as_images(single_image(new_data, prep), call))
  images <- as_large(images, prep$shape)
  if (length(images) < 4) {
    deeply_abort(
      "{.arg new_data} has {length(images)} image{?s}; two halves of at least
       two are needed.", class = "too_few_rows", call = call
    )
  }
  # Classes are not needed to look at images.
  prep["classes"] <- list(NULL)
  numbers <- with_seed(fit$info$seed, sample.int(
    length(images), min(length(images), 2L * most_compared)
  ))
  run <- list(prep = prep, numbers = numbers, spec = fit$spec)
  n <- length(numbers)
  run <- send_rows(run, images, list(y = matrix(0, 1, n), weights = rep(1, n)))
  on.exit(backend_call("release", run$buffer))
  if (any(run$met$incomplete)) abort_broken(run$met$missing, call)
  found <- gan_scores(fit, open_eyes(fit$eyes, prep$shape), live_model(fit),
                      run$buffer, n, fit$info$seed)
  c(found, list(on = "new images"))
}

as_large <- function(images, shape) {
  images[c("size", "channels")] <- list(shape[1:2], shape[[3]])
  structure(images, class = "deep_images")
}

#' @export
print.deep_gan_evaluation <- function(x, digits = 3, ...) {
  judged <- attr(x, "judged_on")
  if (is.null(judged) || is.null(x$model)) {
    return(NextMethod())
  }
  head <- sprintf("Judged on %s, %s of each kind, by features of %s", judged$on,
                  count(judged$n), judged$eyes)
  cat(strwrap(head, width = 80, exdent = 2), sep = "\n")
  table <- as.data.frame(x)
  for (name in setdiff(names(table), "model")) {
    shown <- format_metric(table[[name]], digits)
    table[[name]] <- ifelse(is.na(table[[name]]), "", shown)
  }
  table$model <- format(table$model)
  names(table) <- score_names(names(table), judged$inception)
  print(table, row.names = FALSE, right = TRUE)
  invisible(x)
}

#' What scores are called where they are shown
#'
#' @param inception Whether they are by features of InceptionV3.
#' @noRd
score_names <- function(names, inception) {
  own <- c(frechet = "fid", kernel = "kid", kernel_se = "kid_se")
  at <- isTRUE(inception) & names %in% names(own)
  names[at] <- own[names[at]]
  names
}

# Guards -------------------------------------------------------------------

# So many of the made images may look like copies before it is said.
most_copied <- 0.05

#' What the scores found, beside what the training did
#' @noRd
gan_findings <- function(judged) {
  near <- judged$near
  if (is.null(near)) {
    return(list())
  }
  limit <- max(most_copied, 2 * near$unseen, na.rm = TRUE)
  if (near$copied <= limit) {
    return(list())
  }
  list(list(kind = "memorised", copied = near$copied, unseen = near$unseen))
}

words_collapsed <- function(finding) {
  c(
    sprintf(paste("The images are too much alike: from epoch %d on two of them",
                  "differ %s as much as two true ones."),
            finding$epoch, percent(finding$value)),
    paste("Use a smaller `learn_rate`, or \"auto\" in place of \"dcgan\"; more",
          "images, if there are few.")
  )
}

words_too_strong <- function(finding) {
  c(
    sprintf(paste("The discriminator is too strong: from epoch %d on it is",
                  "right about %s of the images, which teaches the generator",
                  "little."),
            finding$epoch, percent(finding$value)),
    "Use fewer epochs, a smaller `learn_rate`, more images or more `filters`."
  )
}

words_memorised <- function(finding) {
  c(
    sprintf("%s of the images are copies of training images%s.",
            percent(finding$copied),
            if (is.na(finding$unseen)) "" else sprintf(
              " (of true ones that were not seen %s)", percent(finding$unseen)
            )),
    "Learn from more images, or for fewer epochs."
  )
}

# Which of the two networks gave no number; their layers have names that say
# little.
where_in_game <- function(finding) {
  if (finding$phase != "activation") {
    return("a gradient was no finite number.")
  }
  made <- grepl("made$", finding$layer)
  paste(if (made) "what the generator makes" else "what the discriminator says",
        "was no finite number.")
}
