#' ROC and precision-recall curves
#'
#' Every threshold at once: how much of the events is found (`sensitivity`, or
#' `recall`), and at what price: `1 - specificity` is the share of the other
#' rows that are called an event too, `1 - precision` the share of the calls
#' that are wrong. Where events are rare the second tells more, as a small share
#' of many other rows is many (Saito & Rehmsmeier 2015).
#'
#' @param x A fit such as [deep_mlp()] gives, or the truth: a factor, text or
#'   logical.
#' @param ... Not used.
#' @param new_data A data frame with the predictors and the outcome.
#' @param y The outcome, if the model was fitted from a data frame or matrix and
#'   `y`.
#' @param predicted Probabilities: of the event (the second level), or a matrix
#'   or data frame with a column a class.
#' @param weights `NULL`, or a number a row.
#'
#' @return A data.table of class `deep_curve` with a row a distinct threshold,
#'   falling: `model` (of a fit: also its baselines), `class` (the event; of
#'   more than two classes each against the rest), `threshold` (the event is
#'   called from it on), and `sensitivity` and `specificity`, or `recall` and
#'   `precision`. The first row calls nothing an event. `autoplot()` draws it,
#'   and `summary()` gives the areas: of the ROC curve by trapezoids, of the
#'   other the average precision.
#' @section Errors:
#' * `deeply_error_task`: the outcome is a number.
#' * Those of [deep_metrics()].
#' @references
#' Saito & Rehmsmeier (2015). The precision-recall plot is more informative than
#' the ROC plot when evaluating binary classifiers on imbalanced datasets. PLoS
#' ONE 10(3), e0118432.
#' @export
#' @examples
#' gears <- factor(mtcars$am, labels = c("automatic", "manual"))
#' logistic <- glm(gears ~ wt, binomial, mtcars)
#' curve <- roc_curve(gears, fitted(logistic))
#' curve
#' summary(curve)
#' autoplot(curve)
#' pr_curve(gears, fitted(logistic))
roc_curve <- function(x, ...) {
  UseMethod("roc_curve")
}

#' @rdname roc_curve
#' @export
roc_curve.default <- function(x, predicted, ..., weights = NULL) {
  rlang::check_dots_empty()
  curves_of(as_cases(x, predicted, weights), "roc")
}

#' @rdname roc_curve
#' @export
roc_curve.deep_fit <- function(x, new_data, y = NULL, ...) {
  rlang::check_dots_empty()
  rlang::check_required(new_data)
  fit_curves(x, new_data, y, "roc")
}

#' @rdname roc_curve
#' @export
pr_curve <- function(x, ...) {
  UseMethod("pr_curve")
}

#' @rdname roc_curve
#' @export
pr_curve.default <- function(x, predicted, ..., weights = NULL) {
  rlang::check_dots_empty()
  curves_of(as_cases(x, predicted, weights), "pr")
}

#' @rdname roc_curve
#' @export
pr_curve.deep_fit <- function(x, new_data, y = NULL, ...) {
  rlang::check_dots_empty()
  rlang::check_required(new_data)
  fit_curves(x, new_data, y, "pr")
}

fit_curves <- function(fit, new_data, y, kind, call = rlang::caller_env()) {
  check_one_outcome(fit$prep$outcome, call = call)
  check_classes(fit$prep$outcome$task, call)
  fit_case_curves(fit_cases(fit, new_data, y, call), kind)
}

# Of the network and its baselines.
fit_case_curves <- function(cases, kind) {
  levels <- cases$outcome$levels
  parts <- Map(function(predicted, model) {
    class_curves(cases$truth, predicted, NULL, levels, kind, model)
  }, cases$predicted, names(cases$predicted))
  new_curve(parts, kind)
}

curves_of <- function(cases, kind, call = rlang::caller_env()) {
  check_probabilities(cases, call)
  new_curve(list(class_curves(cases$truth, cases$predicted, cases$w,
                              cases$levels, kind)), kind)
}

check_probabilities <- function(cases, call) {
  check_classes(cases$task, call)
  if (cases$hard) {
    deeply_abort(
      c("A curve needs probabilities; {.arg predicted} has classes.",
        i = "{.fn confusion} shows what was called what."),
      class = "argument", call = call
    )
  }
}

check_classes <- function(task, call) {
  if (task == "regression") {
    deeply_abort(
      c("The outcome must be classes: it is a number.",
        i = "Make 0 and 1 a factor; {.fn deep_metrics} scores numbers."),
      class = "task", call = call
    )
  }
}

#' Curves of one model: of the event, or of each class against the rest
#' @return A list of `rows` (a data.table) and `areas`.
#' @noRd
class_curves <- function(truth, prob, w, levels, kind, model = NULL) {
  classes <- if (length(levels) == 2) 2L else seq_along(levels)
  parts <- lapply(classes, function(k) {
    sweep <- sweep_thresholds(truth == k, prob[, k], w)
    about <- c(if (!is.null(model)) list(model = model),
               list(class = factor(levels[[k]], levels)))
    area <- if (kind == "roc") area_roc(sweep) else area_pr(sweep)
    all <- c(utils::tail(sweep$tp, 1), utils::tail(sweep$fp, 1))
    share <- all[[1]] / sum(all)
    list(
      rows = do.call(data.table, c(about, curve_points(sweep, kind))),
      areas = do.call(data.table, c(about, area = area, share = share))
    )
  })
  list(rows = stack_rows(parts, "rows"), areas = stack_rows(parts, "areas"))
}

# rbindlist() would copy what stands alone.
stack_rows <- function(parts, what) {
  parts <- unname(lapply(parts, `[[`, what))
  if (length(parts) == 1) parts[[1]] else data.table::rbindlist(parts)
}

# Before the first threshold nothing is called, and precision is that of the
# first call, or 1 as in scikit-learn where none is right.
curve_points <- function(sweep, kind) {
  tp <- c(0, sweep$tp)
  fp <- c(0, sweep$fp)
  n <- length(tp)
  threshold <- c(Inf, sweep$threshold)
  if (kind == "roc") {
    return(list(threshold = threshold, sensitivity = tp / tp[[n]],
                specificity = 1 - fp / fp[[n]]))
  }
  precision <- tp / (tp + fp)
  precision[[1]] <- 1
  list(threshold = threshold, recall = tp / tp[[n]], precision = precision)
}

new_curve <- function(parts, kind) {
  curve <- stack_rows(parts, "rows")
  areas <- stack_rows(parts, "areas")
  data.table::setattr(curve, "class", c("deep_curve", class(curve)))
  data.table::setattr(curve, "areas", areas)
  data.table::setattr(curve, "kind", kind)
  data.table::setattr(curve, "n", nrow(curve))
  curve[]
}

#' @export
summary.deep_curve <- function(object, ...) {
  areas <- data.table::copy(attr(object, "areas"))
  areas[, "share" := NULL]
  areas[]
}

#' @export
print.deep_curve <- function(x, ...) {
  areas <- attr(x, "areas")
  # Some rows of it are only a table.
  if (!identical(attr(x, "n"), nrow(x))) {
    return(NextMethod())
  }
  cat(sprintf("<%s> %s\n", curve_names[[attr(x, "kind")]],
              cli::pluralize("{nrow(x)} point{?s}")))
  labels <- paste0(if (is.null(areas$model)) "" else paste0(areas$model, ", "),
                   areas$class)
  cat(sprintf("  %s  area %s\n", format(labels),
              formatC(areas$area, digits = 3, format = "f")), sep = "")
  invisible(x)
}

curve_names <- c(roc = "ROC curve", pr = "precision-recall curve")
