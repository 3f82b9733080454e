#' Judge what an autoencoder gives back, and what it makes
#'
#' @param x A fit of [deep_autoencoder()].
#' @param new_data Rows or images as the fit learned from. `NULL`: the judgement
#'   on the validation rows that is kept in the fit; of `"samples"` on the
#'   training images.
#' @param type `"reconstruction"`: how well rows come back; `"samples"`: how
#'   near the images that a variational fit makes are to true ones.
#' @param ... Not used.
#'
#' @return Of `"reconstruction"` a data.table of class
#'   `deep_autoencoder_evaluation`: a row for the autoencoder, for PCA with as
#'   many components as the code has units, and for the mean, both of the
#'   training rows, with
#' * `rmse`: of numbers in the units that the preparation scaled them to, which
#'   are standard deviations unless `scale` says otherwise; of pixels, where
#'   white is 1;
#' * `accuracy`: share of the categories that come back as they were;
#' * `explained`: share of the squared differences from the mean that is
#'   explained.
#'
#' PCA sees categories as columns of zeros and ones, and gives back the largest.
#' Missing values count nowhere. Of `"samples"` it is what [evaluate.deep_gan()]
#' gives; rows of both can be put in one table if `score` was the same fit.
#' @section Errors:
#' * `deeply_error_not_judged`: a fit that was not judged, or samples of one
#'   that makes none.
#' @references
#' Pearson (1901). On lines and planes of closest fit to systems of points in
#' space. Philosophical Magazine 2, 559-572.
#' @export
#' @examplesIf deeply::has_backend()
#' fit <- deep_autoencoder(iris, code_units = 2,
#'                         control = deep_control(epochs = 20, seed = 1))
#' evaluate(fit)
#' evaluate(fit, iris[1:50, ])
evaluate.deep_autoencoder <- function(x, new_data = NULL,
                                      type = "reconstruction", ...) {
  check_dots()
  check_choice(type, c("reconstruction", "samples"))
  call <- rlang::current_env()
  if (type == "samples") {
    return(evaluate_samples(x, new_data, call))
  }
  if (is.null(x$judged)) {
    deeply_abort(
      c("The fit was not judged, as its training was stopped.",
        i = "{.fn deep_resume} goes on with a run that has a checkpoint
             folder."),
      class = "not_judged", call = call
    )
  }
  judged <- if (is.null(new_data)) x$judged else judge_new_rows(x, new_data)
  found <- data.table::copy(judged$metrics)
  data.table::setattr(found, "class", c("deep_autoencoder_evaluation",
                                        class(judged$metrics)))
  about <- judged[c("on", "n", "cost")]
  about$variational <- x$spec$variational
  about$components <- x$spec$code_units
  data.table::setattr(found, "judged_on", about)
  found[]
}

judge_new_rows <- function(fit, new_data, call = rlang::caller_env()) {
  prep <- fit$prep
  table <- new_table(prep, new_data, call)
  run <- list(prep = prep, numbers = seq_len(table_rows(table)),
              spec = list(control = list()))
  send <- function(run) {
    send_rows(run, table, no_targets(length(run$numbers)))
  }
  if (length(run$numbers) == 0) {
    abort_no_rows(call)
  }
  run <- send(run)
  warn_encoded(prep, run$met, call)
  if (prep$settings$na == "drop" && any(run$met$incomplete)) {
    backend_call("release", run$buffer)
    run$numbers <- run$numbers[!run$met$incomplete]
    if (length(run$numbers) == 0) abort_no_rows(call)
    run <- send(run)
  }
  on.exit(backend_call("release", run$buffer))
  judged <- judge_coder_rows(fit, live_model(fit), run$buffer,
                             c(0L, length(run$numbers)), fit$judged$learned)
  c(judged, list(on = "new rows"))
}

abort_no_rows <- function(call) {
  deeply_abort("{.arg new_data} has no row to judge.", class = "too_few_rows",
               call = call)
}

# The table of a generative network is made by its own evaluate().
evaluate_samples <- function(fit, new_data, call) {
  scored <- is_image_fit(fit) && fit$spec$variational
  if (!scored || is.null(new_data) && is.null(fit$judged$samples)) {
    deeply_abort(
      c("The fit has no scores of samples.",
        i = if (scored) "Fit with {.code score = TRUE}."
            else "A variational fit to images has."),
      class = "not_judged", call = call
    )
  }
  fit["judged"] <- list(fit$judged$samples)
  evaluate.deep_gan(fit, new_data)
}

#' @export
print.deep_autoencoder_evaluation <- function(x, digits = 3, ...) {
  judged <- attr(x, "judged_on")
  if (is.null(judged) || is.null(x$model)) {
    return(NextMethod())
  }
  unit <- if (judged$variational) " nats a row" else ""
  head <- sprintf("Judged on %s %s; PCA with %d components; loss %s%s",
                  count(judged$n), judged$on, judged$components,
                  format_metric(judged$cost, digits), unit)
  cat(strwrap(head, width = 80, exdent = 2), sep = "\n")
  print_models(x, digits)
  if (identical(judged$on, "training rows")) {
    cat("These rows were learned from: expect worse on new ones.\n")
  }
  invisible(x)
}
