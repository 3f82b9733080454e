#' Go on training the last layers of a network for images
#'
#' Takes a fit of [deep_cnn()] up again with small steps: of a `pretrained`
#' network its last layers are thawed and learn together with the output, of any
#' other all layers do. It ends no worse on the validation rows than it began:
#' if no epoch lowers the validation loss, the weights stay as they were. The
#' fit from before is among the models that `evaluate()` shows.
#'
#' @section Rows:
#' Give the same images in the same order as for the fit. Then the same are held
#' out: others would have taught it already, and flatter. New images may be
#' given too, with classes that the fit knows.
#'
#' @section Learning rate:
#' A network that was trained on a million images has little to gain from two
#' hundred, and much to lose: steps above 1e-4 wreck within some batches what
#' was borrowed, so a larger `learn_rate` is lowered to that, with a warning.
#' Batch norms stay as they are.
#'
#' @section Training:
#' Adam with a constant rate, for 10 epochs or until three in a row were no
#' better, unless `control` says otherwise. Its share or rows of `validation`
#' and its `seed` are those of the fit. Images are mirrored as they were for the
#' fit; those of a network without `pretrained` are varied as they were.
#'
#' @param fit A fit of [deep_cnn()], or of this function.
#' @param x,y Images and their labels, as for [deep_cnn()].
#' @param ... Not used.
#' @param layers How many of the last layers with weights to thaw, the output
#'   not counted. `NULL`: of a `pretrained` network the last quarter, of any
#'   other all.
#' @param learn_rate Step size, at most 1e-4.
#' @param control Training, from [deep_control()], without `learn_rate`.
#' @inheritParams deep_cnn
#'
#' @return A fit, as [deep_cnn()] gives.
#' @section Errors:
#' * `deeply_error_argument`: no fit to images, or `layers` that it has not.
#' * `deeply_error_new_levels`: classes that the fit does not know.
#' @references
#' Yosinski, Clune, Bengio & Lipson (2014). How transferable are features in
#' deep neural networks? NeurIPS.
#' @seealso [deep_backbone()], [deep_cnn()]
#' @export
#' @examplesIf deeply::has_backend()
#' shapes <- simulate_shapes(100, size = 24, seed = 1)
#' fit <- deep_cnn(shapes$x, shapes$class, architecture = "lenet",
#'                 control = deep_control(epochs = 3, seed = 1))
#' fine_tune(fit, shapes$x, shapes$class, learn_rate = 1e-4, baseline = FALSE,
#'           control = deep_control(epochs = 2))
fine_tune <- function(fit, x, y = NULL, ..., layers = NULL, learn_rate = 1e-5,
                      weights = NULL, class_weights = NULL,
                      control = deep_control(), baseline = TRUE) {
  rlang::check_dots_empty()
  check_tunable(fit)
  check_count(layers, null = TRUE)
  check_number(learn_rate, above = 0)
  check_control(control)
  check_flag(baseline)
  images <- if (is_images(x)) x else deep_images(x, y)
  settings <- prep_settings()
  source <- prep_source(same_shape(images, fit$prep), NULL,
                        if (is_images(x)) y, settings)
  check_has_outcome(source, rlang::current_env())
  source$outcome <- known_outcome(source$outcome, fit$prep$outcome)
  source$learned <- fit$prep
  spec <- tuned_spec(fit, layers)
  spec$asked <- what_was_asked(x, weights, class_weights, baseline)
  check_no_schedule(control)
  spec$own <- tuned_training(fit, length(images))
  control$schedule <- as_schedule(lower_rate(learn_rate))
  control <- fill_control(control, spec$own)
  tuned <- fit_table(class(fit)[[1]], source, spec, settings,
                     tuned_network, control, weights = weights,
                     class_weights = class_weights, baseline = baseline)
  warn_other_rows(tuned, fit)
  tuned
}

check_tunable <- function(fit, call = rlang::caller_env()) {
  ok <- inherits(fit, "deep_fit") && inherits(fit$prep, "deep_image_prep")
  if (!ok) {
    abort_argument("fit", fit, "a fit to images, such as `deep_cnn()` gives",
                   call)
  }
}

# New images become what the fit's were.
same_shape <- function(images, prep) {
  images$size <- prep$shape[1:2]
  images$channels <- prep$shape[[3]]
  images$resize <- prep$resize
  images
}

# Classes in the order of the fit; numbers as they are.
known_outcome <- function(y, outcome, call = rlang::caller_env()) {
  y <- read_outcome(y, outcome$reading)
  check_truth_kind(y, outcome, call)
  if (outcome$task == "regression") {
    return(y)
  }
  text <- as.character(y)
  strange <- setdiff(text[!is.na(text)], outcome$levels)
  if (length(strange) > 0) {
    deeply_abort(
      c("{.arg y} has {length(strange)} class{?es} that the fit does not know:
         {.val {strange}}.",
        i = "It knows {.val {outcome$levels}}. Fit anew with all of them."),
      class = "new_levels", call = call
    )
  }
  factor(text, outcome$levels)
}

# Above, what was borrowed is lost before anything is learned.
most_rate <- 1e-4

lower_rate <- function(learn_rate) {
  if (learn_rate <= most_rate) {
    return(learn_rate)
  }
  deeply_warn(
    c("{.arg learn_rate} was lowered from {learn_rate} to {most_rate}.",
      i = "Larger steps wreck within some batches what was learned from many
           more images than these."),
    class = "learn_rate"
  )
  most_rate
}

#' What is asked of the network that goes on
#' @noRd
tuned_spec <- function(fit, layers, call = rlang::caller_env()) {
  there <- backend_call("thawable", live_model(fit))
  pretrained <- !is.null(fit$spec$backbone)
  layers <- layers %||% if (pretrained) ceiling(there / 4) else there
  if (layers > there) {
    deeply_abort(
      "{.arg layers} is {layers}, but the network has {there} layer{?s} with
       weights before its output.",
      class = "argument", call = call
    )
  }
  spec <- fit$spec[setdiff(names(fit$spec), "control")]
  spec$tuned <- list(layers = as.integer(layers))
  spec$borrowed <- list(start = fit$model)
  # Judged on the same rows, and then let go of.
  spec$before <- fit
  spec
}

tuned_network <- function(spec, prep) {
  network <- spec$network
  network$model <- "tuned"
  network$thawed <- spec$tuned$layers
  network
}

check_no_schedule <- function(control, call = rlang::caller_env()) {
  if (!is.null(control$schedule)) {
    deeply_abort(
      "Give {.arg learn_rate} to {.fn fine_tune} itself, not to
       {.fn deep_control}.",
      class = "argument", call = call
    )
  }
}

tuned_training <- function(fit, n) {
  before <- fit$spec$control
  list(
    epochs = 10L, patience = 3, batch_size = image_batch(n),
    optimizer = deep_optimizer("adam"), validation = before$validation,
    seed = fit$info$seed, label_smoothing = before$label_smoothing
  )
}

# As many images as before, but others held out: some of them have taught it.
warn_other_rows <- function(tuned, fit) {
  same <- sum(unlist(tuned$info$rows)) == sum(unlist(fit$info$rows)) &&
    tuned$info$rows[["validation"]] > 0
  if (same && !identical(tuned$judged$key, fit$judged$key)) {
    deeply_warn(
      c("Other images are held out than for the fit, which may have learned from
         them: the validation rows flatter.",
        i = "Give the same images in the same order, and leave {.arg seed} and
             {.arg validation} to the fit."),
      class = "other_rows"
    )
  }
}

# Beside the others in the judgement, as the last.
judge_before <- function(fit, run, truth) {
  before <- run$spec$before
  if (is.null(before)) {
    return(fit)
  }
  answer <- all_outputs(before, run$judge$table, run$judge$rows, list())
  cases <- usable_cases(before, truth, all_predictions(before, answer))
  row <- judge_cases(cases)[1, ]
  row$model <- "before fine-tuning"
  fit$judged$metrics <- rbind(fit$judged$metrics, row, fill = TRUE)
  fit
}

note_tuned <- function(fit) {
  if (!is.null(fit$spec$tuned) && fit$info$best_epoch == 0 &&
        fit$info$rows[["validation"]] > 0) {
    paste("Fine-tuning did not lower the validation loss: the weights are",
          "those from before.")
  }
}
