#' Predict with a fitted network
#'
#' One row for each row of `new_data`, in its order. Extra columns are ignored.
#' Categories the fit has not seen and missing values are treated as the fit's
#' `new_levels` and `na` say. Of two classes the likelier one is predicted,
#' unless [set_threshold()] says otherwise; probabilities are those of
#' [calibrate()], if it has seen the fit.
#'
#' @param object A fit such as [deep_mlp()] gives.
#' @param new_data A data frame or matrix with every predictor, or a
#'   [deep_parquet()] or [deep_csv()], which is predicted block by block.
#' @param type `"numeric"` for a regression, `"interval"` for one that has
#'   quantiles or a calibration, as most have, and `"quantile"` for one that was
#'   fitted with `quantile_levels`; `"class"` or `"prob"` for a classification;
#'   `"spread"` for how far the members of an ensemble are apart; `"raw"` for
#'   the network's own outputs (logits, or the standardised outcome). `NULL`:
#'   numeric or class, by task.
#' @param ... Not used.
#' @param level Share of the rows whose truth an interval must cover. Of a fit
#'   with quantiles the levels `(1 - level) / 2` and `(1 + level) / 2` must be
#'   among its `quantile_levels`.
#'
#' @return A data.table: `.pred` (numeric), with `.pred_lower` and `.pred_upper`
#'   (interval), one `.pred_<level>` a quantile, such as `.pred_0.05`, rising in
#'   each row, `.pred_class` (a factor with the outcome's levels), one
#'   `.pred_<level>` a class (probabilities that sum to 1), or `.raw_1`,
#'   `.raw_2`, ... Of a fit with quantiles `.pred` is the median, on the line
#'   between the quantiles beside it if 0.5 is none of the levels. The spread is
#'   the standard deviation of what the members predict: `.spread` in the
#'   outcome's unit, or one `.spread_<level>` a class, of its probability. It
#'   tells rows on which they disagree from others, and is no standard error.
#' @section Quantiles:
#' They are learned one by one, so they may cross: they are sorted in each row,
#' which never makes them worse (Chernozhukov, Fernandez-Val & Galichon 2010).
#' Then a calibration moves the two ends of each interval; what would cross is
#' moved out. The median stays.
#' @section Several outcomes:
#' A fit to several outcomes gives a column each, in their order:
#' `.pred_<outcome>` (numeric), `.pred_class_<outcome>` (class),
#' `.pred_<outcome>_<level>` for both classes (prob), or `.raw_1`, `.raw_2`, ...
#' (raw).
#' @section Errors:
#' * `deeply_error_not_calibrated`: intervals of a fit that has none.
#' * `deeply_error_quantile_levels`: intervals of a level that no two quantiles
#'   of the fit make.
#' * `deeply_error_too_few_rows`: intervals of a level for which the calibration
#'   rows are too few.
#' * `deeply_error_several_outcomes`: intervals of a fit to several outcomes.
#' * `deeply_error_members`: the spread of a fit with one member.
#' * `deeply_error_type`: another type.
#' @references
#' Chernozhukov, Fernandez-Val & Galichon (2010). Quantile and probability
#' curves without crossing. Econometrica 78, 1093-1125.
#' @export
#' @examplesIf deeply::has_backend()
#' fit <- deep_mlp(Species ~ ., data = iris, control = deep_control(epochs = 5))
#' predict(fit, iris[c(1, 51, 101), ], type = "prob")
predict.deep_fit <- function(object, new_data, type = NULL, ...,
                             level = 0.9) {
  check_dots()
  if (missing(new_data)) {
    deeply_abort(
      c("{.arg new_data} is missing.",
        i = "A fit does not hold the rows it was trained on."),
      class = "argument"
    )
  }
  outcome <- object$prep$outcome
  type <- check_type(type, outcome)
  if (type == "spread") {
    check_spread(object)
  }
  rule <- if (type == "interval") interval_rule(object, level)
  verb <- if (type == "spread") "predict_members" else "predict"
  answer <- if (is_file_table(new_data)) {
    file_outputs(object, new_data, verb = verb)
  } else {
    network_outputs(object, new_table(object$prep, new_data),
                    verb = verb)
  }
  if (type == "spread") {
    return(member_spread(answer, object))
  }
  if (type == "raw") {
    colnames(answer) <- paste0(".raw_", seq_len(ncol(answer)))
    return(data.table::as.data.table(answer))
  }
  quantiles <- if (has_quantiles(outcome)) {
    as_quantiles(answer, outcome, object$calibration)
  }
  predicted <- as_prediction(answer, outcome, calibration = object$calibration)
  if (is_several(outcome)) {
    return(predict_outcomes(predicted, outcome, type))
  }
  switch(type,
    numeric = data.table(.pred = predicted),
    interval = data.table(.pred = predicted,
                          interval_limits(rule, predicted, quantiles)),
    quantile = data.table::as.data.table(
      name_quantiles(quantiles, outcome$quantile_levels)
    ),
    class = data.table(
      .pred_class = most_likely(predicted, outcome, object$threshold)
    ),
    prob = data.table::as.data.table(name_classes(predicted, outcome))
  )
}

check_type <- function(type, outcome, call = rlang::caller_env()) {
  if (isTRUE(type %in% c("interval", "quantile", "spread"))) {
    check_one_outcome(outcome, sprintf("{.code type = \"%s\"}", type), call)
  }
  types <- if (base_task(outcome) == "regression") {
    c("numeric", if (has_quantiles(outcome)) "quantile",
      if (!is_several(outcome)) c("interval", "spread"), "raw")
  } else {
    c("class", "prob", if (!is_several(outcome)) "spread", "raw")
  }
  if (is.null(type)) {
    return(types[[1]])
  }
  if (!is.character(type) || length(type) != 1 || !type %in% types) {
    deeply_abort(
      c(
        "{.arg type} must be one of {.val {types}} for the
         {describe_task(outcome)} of {.field {outcome$name}}.",
        x = "It is {.val {type}}."
      ),
      class = "type",
      call = call
    )
  }
  type
}

#' Outputs of the network for a table
#'
#' @return A matrix, one row a row; rows that the fit leaves out are `NA`.
#' @noRd
network_outputs <- function(fit, table, call = rlang::caller_env(),
                            verb = "predict") {
  handle <- live_model(fit)
  rows <- seq_len(table_rows(table))
  if (length(rows) == 0) {
    return(matrix(0, 0, output_width(fit, verb)))
  }
  answer <- map_blocks(fit$prep, table, rows, function(block, ...) {
    backend_call(verb, handle, block)
  })
  warn_encoded(fit$prep, answer, call)
  drop_incomplete(do.call(rbind, answer$results), fit$prep, answer$incomplete)
}

output_width <- function(fit, verb) {
  network <- fit$spec$network
  network$outputs * if (verb == "predict_members") network$members else 1L
}

drop_incomplete <- function(outputs, prep, incomplete) {
  if (prep$settings$na == "drop") {
    outputs[incomplete, ] <- NA_real_
  }
  outputs
}

#' From outputs to numbers or probabilities
#'
#' @param outputs Matrix of outputs; `kind` says on which scale.
#' @param outcome The prep's outcome.
#' @param calibration That of the fit, or `NULL`.
#' @return A numeric vector (regression) or a matrix with a column a class; of
#'   several outcomes a list of them.
#' @noRd
as_prediction <- function(outputs, outcome, kind = "logit",
                          calibration = NULL) {
  if (!is.null(calibration)) {
    return(calibrated(outputs, outcome, calibration))
  }
  if (is_several(outcome)) {
    return(Map(function(part, place) {
      as_prediction(outputs[, place, drop = FALSE], part, kind)
    }, outcome$parts, seq_along(outcome$parts)))
  }
  if (has_quantiles(outcome)) {
    return(median_of(as_quantiles(outputs, outcome), outcome$quantile_levels))
  }
  if (outcome$task == "regression") {
    return(outputs[, 1] * outcome$scale + outcome$center)
  }
  if (outcome$task == "binary") {
    event <- if (kind == "logit") stats::plogis(outputs[, 1]) else outputs[, 1]
    return(cbind(1 - event, event, deparse.level = 0))
  }
  if (kind == "logit") softmax(outputs) else outputs
}

# The largest logit of a row is taken off first, so that exp() cannot overflow.
softmax <- function(logits) {
  top <- max.col(logits, ties.method = "first")
  logits <- logits - logits[cbind(seq_len(nrow(logits)), top)]
  exp(logits) / rowSums(exp(logits))
}

# Or, of two classes, the event where it is above a threshold.
most_likely <- function(prob, outcome, threshold = NULL) {
  best <- rep(NA_integer_, nrow(prob))
  whole <- !is.na(prob[, 1])
  best[whole] <- if (is.null(threshold)) {
    max.col(prob[whole, , drop = FALSE], ties.method = "first")
  } else {
    1L + (prob[whole, 2] > threshold)
  }
  factor(outcome$levels[best], levels = outcome$levels)
}

name_classes <- function(prob, outcome) {
  colnames(prob) <- paste0(".pred_", outcome$levels)
  prob
}
