#' @importFrom generics evaluate
#' @export
generics::evaluate

#' Judge a fit, beside its baselines, on the same rows
#'
#' A number alone says nothing: 99.9 % accuracy is worthless when always saying
#' "no" has it too. So every metric stands beside that of a trivial model (the
#' majority class, the mean) and of strong simple ones (linear or logistic
#' regression, boosted trees), all learned from the same training rows.
#'
#' For a binary outcome the event is its second level, as in [glm()]. For more
#' classes `roc_auc` and `f1` are means of one class against the rest. `pr_auc`
#' is the average precision. Where a class is rarer than 10 %, metrics that see
#' it come first. Classes are told at one half, or the network's at the
#' threshold that [set_threshold()] gave it.
#'
#' @param x A fit such as [deep_mlp()] gives.
#' @param new_data A data frame with the predictors and the outcome, or a
#'   [deep_parquet()] or [deep_csv()], of which 100,000 rows drawn at random are
#'   judged. `NULL`: the judgement on the validation rows, made when the model
#'   was fitted, with the calibration that it brings along, before any
#'   [calibrate()] or [set_threshold()].
#' @param y The outcome, if the model was fitted from a data frame or matrix and
#'   `y`; of several outcomes a table with a column of the name of each.
#' @param ... Not used.
#'
#' @return A data.table of class `deep_evaluation`: a row a model (`model`), a
#'   column a metric. Regression: `rmse`, `mae` (in the outcome's unit), `rsq`;
#'   with quantiles `pinball` (their mean loss, in the outcome's unit),
#'   `coverage` (share of the rows in the widest symmetric interval), and `rmse`
#'   and `mae` of the median.
#'   Classification: `roc_auc`, `accuracy`, `bal_accuracy`, `f1`, `log_loss`
#'   (nats a row), and for two classes `pr_auc` and `recall`. Of several
#'   outcomes a row an outcome and model, named in `outcome`; last come the
#'   averages over the outcomes, `"(average)"`, `NA` for `rmse` and `mae`, whose
#'   units differ. Of more than six, `print()` shows the worst.
#' @export
#' @examplesIf deeply::has_backend()
#' fit <- deep_mlp(Species ~ ., data = iris, control = deep_control(epochs = 5))
#' evaluate(fit)
#' evaluate(fit, iris)
evaluate.deep_fit <- function(x, new_data = NULL, y = NULL, ...) {
  if (is.null(new_data)) {
    return(new_evaluation(x$judged$metrics, x, x$judged$on, x$judged$n,
                          stored = TRUE))
  }
  if (is_file_table(new_data)) {
    return(evaluate_files(x, new_data))
  }
  cases <- fit_cases(x, new_data, y)
  new_evaluation(judge_cases(cases), x, "new rows", cases$n,
                 cases$n + cases$left_out)
}

#' The metrics that lead, of all models
#'
#' @param cases What `fit_cases()` gave.
#' @noRd
judge_cases <- function(cases) {
  if (is_several(cases$outcome)) {
    return(judge_outcomes(cases))
  }
  metrics <- lapply(seq_along(cases$predicted), function(model) {
    as.list(case_metrics(cases, model))
  })
  data.table(model = names(cases$predicted), data.table::rbindlist(metrics))
}

#' @param model Its place among the `cases`.
#' @param w Weights of the rows.
#' @noRd
case_metrics <- function(cases, model, w = NULL) {
  outcome <- cases$outcome
  # A threshold is the network's own.
  threshold <- if (model == 1) cases["threshold"]
  scores <- do.call(all_metrics, c(
    list(cases$truth, cases$predicted[[model]], outcome$task, w),
    Filter(Negate(is.null), threshold)
  ))
  if (!has_quantiles(outcome)) {
    return(scores[metric_order(outcome)])
  }
  c(quantile_metrics(cases$truth, cases$quantiles[[model]],
                     outcome$quantile_levels, w), scores[c("rmse", "mae")])
}

#' Calibrates a new fit and judges it, on its validation rows
#'
#' Without validation rows it is judged on the training rows, and says so.
#' @return The fit.
#' @noRd
judge_fit <- function(fit, run, baseline) {
  baselines <- if (baseline) fit_baselines(fit, run) else list()
  several <- is_several(fit$prep$outcome)
  training <- if (!several) training_level(fit, run)
  backend_call("release", run$buffer)
  judge <- run$judge
  free_memory(judge$rows, full = TRUE)
  answer <- all_outputs(fit, judge$table, judge$rows, baselines)
  truth <- comparable_truth(judge$outcome, fit$prep$outcome)
  if (run$rows[["validation"]] > 0 && !several) {
    fit$calibration <- default_calibration(fit, truth, answer, judge$on)
  }
  cases <- usable_cases(fit, truth, all_predictions(fit, answer))
  fit$judged <- list(
    metrics = judge_cases(cases), n = cases$n, on = judge$on,
    baselines = baselines,
    # What diagnose() needs, which takes one outcome.
    levels = if (!several) list(
      training = training,
      validation = lapply(cases$predicted, error_level, cases$truth,
                          cases$outcome)
    ),
    surest = if (!several) count_surest(cases),
    key = count_look(cases$truth, fit)
  )
  judge_before(fit, run, truth)
}

comparable_truth <- function(y, outcome) {
  if (is_several(outcome)) {
    return(list2DF(Map(comparable_truth, y, outcome$parts)))
  }
  if (outcome$task == "regression") {
    return(as.numeric(y))
  }
  match(as.character(y), outcome$levels)
}

outcome_of <- function(blueprint, new_data, call = rlang::caller_env()) {
  if (blueprint$kind == "images") {
    return(labels_of(new_data, call))
  }
  if (is.null(blueprint$outcome)) {
    deeply_abort(
      c(
        "There is nothing to compare the predictions with.",
        i = "This model was fitted from {.arg x} and {.arg y}; give the new
             outcome as {.arg y} too."
      ),
      class = "outcome_missing",
      call = call
    )
  }
  check_outcome_present(rlang::new_formula(blueprint$outcome, 1), new_data,
                        call)
  forge_outcome(blueprint, new_data, call)
}

# A folder that was given as it is brings its labels, as for a fit.
labels_of <- function(new_data, call) {
  images <- if (is_images(new_data)) new_data else deep_images(new_data)
  if (is.null(images$y)) {
    deeply_abort(
      c("The images have no labels to compare the predictions with.",
        i = "Give them as {.arg y}."),
      class = "outcome_missing", call = call
    )
  }
  images$y
}

check_truth <- function(y, outcome, n, call = rlang::caller_env()) {
  if (is_several(outcome)) {
    return(check_truths(y, outcome, n, call))
  }
  y <- read_outcome(check_outcome_length(y, n, call), outcome$reading)
  check_truth_kind(y, outcome, call)
  truth <- comparable_truth(y, outcome)
  strange <- unique(as.character(y)[is.na(truth) & !is.na(y)])
  if (length(strange) > 0) {
    deeply_abort(
      c(
        "The outcome {.field {outcome$name}} has values the fit does not know:
         {.val {strange}}.",
        i = "It was fitted with {.val {outcome$levels}}."
      ),
      class = "new_levels",
      call = call
    )
  }
  if (all(is.na(truth))) {
    deeply_abort("The outcome {.field {outcome$name}} is missing in every row.",
                 class = "outcome_missing", call = call)
  }
  truth
}

check_truth_kind <- function(y, outcome, call) {
  check_outcome_kind(y, outcome$name, call)
  if (outcome$task != "regression" || all(is.na(y))) {
    return(invisible())
  }
  if (column_kind(y) != "number") {
    deeply_abort(
      c(
        "The outcome {.field {outcome$name}} must be a number: it was one in
         training.",
        x = "It is {.obj_type_friendly {y}}."
      ),
      class = "outcome_class",
      call = call
    )
  }
  as_number(y, outcome$name)
}

#' Metrics as they are printed
#'
#' @param stored Whether they are those of when the model was fitted, before
#'   whatever was done to the fit since.
#' @noRd
new_evaluation <- function(metrics, fit, on, n, n_given = n, stored = FALSE) {
  evaluation <- data.table::copy(metrics)
  data.table::setattr(evaluation, "class",
                      c("deep_evaluation", class(metrics)))
  data.table::setattr(evaluation, "judged_on", list(
    on = on, n = n, left_out = n_given - n, event = if (
      fit$prep$outcome$task == "binary") event_level(fit$prep$outcome),
    threshold = if (!stored) fit$threshold,
    coverage = describe_coverage(fit, stored),
    before = if (stored) changed_since(fit)
  ))
  evaluation[]
}

# The rows that a fit was judged on are not in it, so it cannot be judged anew.
changed_since <- function(fit) {
  probabilities <- !is.null(fit$calibration$before) &&
    is.null(fit$calibration$on)
  c(if (probabilities) "before it was calibrated",
    if (!is.null(fit$threshold)) "at a threshold of one half")
}

# Intervals that were moved to cover these very rows do so.
describe_coverage <- function(fit, stored) {
  level <- nominal_coverage(fit$prep$outcome)
  if (length(level) > 0) {
    paste0("coverage: of intervals of ", percent(level),
           if (stored && !is.null(fit$calibration$on)) ", set on these rows")
  }
}

#' @export
print.deep_evaluation <- function(x, digits = 3, ...) {
  judged <- attr(x, "judged_on")
  if (is.null(judged) || is.null(x$model)) {
    # A part of an evaluation, such as two of its columns.
    return(NextMethod())
  }
  cat(strwrap(describe_judged(x), width = 80, exdent = 2), sep = "\n")
  if (is.null(x$outcome)) print_models(x, digits) else print_outcomes(x, digits)
  if (identical(judged$on, "training rows")) {
    cat("These rows were learned from: expect worse on new ones.\n")
  }
  invisible(x)
}

# A row a model.
print_models <- function(x, digits) {
  table <- as.data.frame(x)
  numbers <- vapply(table, is.numeric, logical(1))
  table[numbers] <- lapply(table[numbers], format_metric, digits = digits)
  table$model <- format(table$model)
  names(table)[[1]] <- format("model", width = nchar(table$model[[1]]))
  print(table, row.names = FALSE, right = TRUE)
}

# Which rows, which event, and what was done since.
describe_judged <- function(x) {
  judged <- attr(x, "judged_on")
  head <- toString(c(sprintf("Judged on %s %s", count(judged$n), judged$on),
                     judged$before))
  if (!is.null(judged$event)) {
    above <- if (!is.null(judged$threshold)) {
      sprintf(", by %s above %s", x$model[[1]],
              format(signif(judged$threshold, 3)))
    }
    head <- sprintf("%s (event: `%s`%s)", head, judged$event, above %||% "")
  }
  if (!is.null(judged$coverage)) {
    head <- sprintf("%s (%s)", head, judged$coverage)
  }
  if (judged$left_out > 0) {
    head <- sprintf("%s; %s could not be judged", head, count(judged$left_out))
  }
  head
}

# Shares with a fixed number of digits, so that columns line up; large errors
# with significant ones.
format_metric <- function(x, digits) {
  if (all(abs(x) < 10, na.rm = TRUE)) {
    formatC(x, digits = digits, format = "f")
  } else {
    format(signif(x, digits + 1), big.mark = ",")
  }
}

#' Does a simple model do as well as the network?
#' @noRd
note_baseline <- function(judged) {
  metrics <- overall_metrics(judged$metrics)
  metric <- names(metrics)[[2]]
  values <- metrics[[metric]]
  if (length(values) < 2 || anyNA(values)) {
    return(NULL)
  }
  best <- best_rival(values, metric)
  lead <- values[[best]] - values[[1]]
  lead <- if (metric %in% lower_is_better) -lead else lead
  model <- metrics$model[[best]]
  shown <- format_metric(values[c(best, 1)], 3)
  metric <- paste0(if (!is.null(judged$metrics$outcome)) "average ", metric)
  if (shown[[1]] == shown[[2]]) {
    return(sprintf("No better than %s here: %s %s for both.", model, metric,
                   shown[[1]]))
  }
  if (lead > 0) {
    sprintf("%s %s better here: %s %s against %s.", capitalise(model),
            is_or_are(model), metric, trimws(shown[[1]]), trimws(shown[[2]]))
  }
}

# Which of the models is the best but for the network, the first one.
best_rival <- function(values, metric) {
  1L + if (metric %in% lower_is_better) which.min(values[-1])
       else which.max(values[-1])
}

capitalise <- function(text) {
  paste0(toupper(substr(text, 1, 1)), substring(text, 2))
}
