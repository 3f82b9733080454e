#' @importFrom generics tidy
#' @export
generics::tidy

#' @importFrom generics glance
#' @export
generics::glance

#' @importFrom generics augment
#' @export
generics::augment

#' A fit as tidy tables
#'
#' @param x A fit such as [deep_mlp()] gives.
#' @param new_data A data frame with the predictors, and the outcome if
#'   residuals are wanted; for a fit to images [deep_images()], or what it
#'   takes.
#' @param ... Not used.
#'
#' @return Data.tables. `tidy()`: a row an epoch and set, with `epoch`, `set`
#'   ("training" or "validation"), `loss` and `best` (whether these weights were
#'   kept). `glance()`: one row with the network's metrics on its validation
#'   rows, its size and its training. `augment()`: `new_data` with `.pred`
#'   and `.resid` (regression) or `.pred_class` and `.pred_<level>`. Of several
#'   outcomes `glance()` gives the means, and the columns of `augment()` end in
#'   the outcome's name, as those of [predict.deep_fit()]. Of images it has
#'   their number, `image`, the `path` of files, and their labels if they have
#'   some, in place of columns. Of an autoencoder it adds the codes and the
#'   score of [anomaly_score()].
#' @name tidiers
#' @examplesIf deeply::has_backend()
#' fit <- deep_mlp(mpg ~ ., data = mtcars, control = deep_control(epochs = 5))
#' head(tidy(fit))
#' glance(fit)
#' augment(fit, head(mtcars))
NULL

#' @rdname tidiers
#' @export
tidy.deep_fit <- function(x, ...) {
  history <- x$history
  sets <- c(loss = "training", val_loss = "validation")
  long <- data.table::melt(
    history, id.vars = "epoch", measure.vars = names(sets),
    variable.name = "set", value.name = "loss"
  )
  data.table::set(long, j = "set", value = sets[as.character(long$set)])
  data.table::set(long, j = "best", value = long$epoch == x$info$best_epoch)
  long[!is.na(long$loss)]
}

#' @rdname tidiers
#' @export
glance.deep_fit <- function(x, ...) {
  info <- x$info
  data.table(
    overall_metrics(x$judged$metrics)[1, -1],
    judged_on = x$judged$on,
    n_judged = x$judged$n,
    parameters = info$parameters,
    epochs = info$epochs,
    best_epoch = info$best_epoch,
    seconds = info$seconds,
    device = toString(info$device),
    seed = info$seed
  )
}

#' @rdname tidiers
#' @export
augment.deep_fit <- function(x, new_data, ...) {
  outcome <- x$prep$outcome
  if (inherits(x$prep, "deep_image_prep")) {
    return(augment_images(x, new_data))
  }
  predicted <- if (is_several(outcome)) {
    augment_outcomes(x, new_data)
  } else if (outcome$task == "regression") {
    predict(x, new_data)
  } else {
    table <- new_table(x$prep, new_data)
    prob <- as_prediction(network_outputs(x, table), outcome,
                          calibration = x$calibration)
    data.table(
      .pred_class = most_likely(prob, outcome, x$threshold),
      name_classes(prob, outcome)
    )
  }
  truth <- x$prep$blueprint$outcome
  known <- !is.null(truth) && all(all.vars(truth) %in% colnames(new_data))
  if (outcome$task == "regression" && known) {
    truth <- read_outcome(forge_outcome(x$prep$blueprint, new_data),
                          outcome$reading)
    data.table::set(predicted, j = ".resid", value = truth - predicted$.pred)
  }
  cbind(data.table::as.data.table(new_data), predicted)
}

# Pixels are no columns of a table.
augment_images <- function(fit, new_data, call = rlang::caller_env()) {
  images <- new_table(fit$prep, new_data, call)
  given <- unclass(images)
  outcome <- fit$prep$outcome
  said <- call_images(fit, images)
  about <- list(image = seq_along(images), path = given$paths)
  about[[outcome$name]] <- given$y
  predicted <- if (!is.null(said$class)) {
    list(.pred_class = said$class,
         data.table::as.data.table(name_classes(said$all, outcome)))
  } else {
    list(.pred = said$value,
         .resid = if (!is.null(given$y)) given$y - said$value)
  }
  do.call(data.table, Filter(Negate(is.null), c(about, predicted)))
}
