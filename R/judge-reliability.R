#' Does it happen as often as it is said?
#'
#' Of all rows with a probability near 0.7, 70 % should be events. Rows are put
#' in bins by their probability, and in each the mean probability stands beside
#' the share of events, with its 95 % interval (Wilson 1927): a probability
#' outside it is not to be taken at its word. [calibrate()] mends that.
#'
#' @inheritParams roc_curve
#' @param bins Number of bins; an empty one is left out.
#' @param style `"width"`: bins of equal width from 0 to 1, as of the expected
#'   calibration error. `"count"`: of equally many rows, by the quantiles of the
#'   probabilities, where most of them lie close together, as of rare events.
#'
#' @return A data.table of class `deep_reliability` with a row a bin: `model`
#'   (of a fit: also its baselines), `class` (the event; of more than two
#'   classes each against the rest), `from` and `to` (limits of the bin),
#'   `predicted` (mean probability), `observed` (share of events), its interval
#'   `lower` and `upper`, and `n` (rows). `summary()` gives by model and class
#'   `ece`, the mean distance of `predicted` and `observed` over the rows
#'   (Guo et al. 2017), and `brier`, the mean squared error of the probability.
#'   `autoplot()` draws it.
#' @section Errors:
#' Those of [roc_curve()].
#' @references
#' Guo, Pleiss, Sun & Weinberger (2017). On calibration of modern neural
#' networks. ICML.
#'
#' Niculescu-Mizil & Caruana (2005). Predicting good probabilities with
#' supervised learning. ICML.
#'
#' Wilson (1927). Probable inference, the law of succession, and statistical
#' inference. JASA 22, 209-212.
#' @export
#' @examples
#' cards <- simulate_fraud(4000, share = 0.2, seed = 1)
#' # Doubled logits are too sure.
#' sure <- plogis(2 * qlogis(cards$truth$rows$probability))
#' curve <- reliability_curve(cards$data$fraud, sure)
#' curve
#' summary(curve)
#' autoplot(curve)
reliability_curve <- function(x, ...) {
  UseMethod("reliability_curve")
}

#' @rdname reliability_curve
#' @export
reliability_curve.default <- function(x, predicted, ..., bins = 10,
                                      style = "width") {
  rlang::check_dots_empty()
  check_bins(bins, style)
  cases <- as_cases(x, predicted)
  check_probabilities(cases, rlang::current_env())
  new_reliability(list(class_reliability(
    cases$truth, cases$predicted, cases$levels, bins, style
  )), bins, style)
}

#' @rdname reliability_curve
#' @export
reliability_curve.deep_fit <- function(x, new_data, y = NULL, ..., bins = 10,
                                       style = "width") {
  rlang::check_dots_empty()
  rlang::check_required(new_data)
  check_bins(bins, style)
  check_one_outcome(x$prep$outcome, call = rlang::current_env())
  check_classes(x$prep$outcome$task, rlang::current_env())
  cases <- fit_cases(x, new_data, y)
  parts <- Map(function(predicted, model) {
    class_reliability(cases$truth, predicted, cases$outcome$levels, bins,
                      style, model)
  }, cases$predicted, names(cases$predicted))
  new_reliability(parts, bins, style)
}

check_bins <- function(bins, style, call = rlang::caller_env()) {
  check_count(bins, call = call)
  check_choice(style, c("width", "count"), call = call)
}

#' Bins of one model: of the event, or of each class against the rest
#' @return A list of `rows` (a data.table) and `scores`.
#' @noRd
class_reliability <- function(truth, prob, levels, bins, style, model = NULL) {
  classes <- if (length(levels) == 2) 2L else seq_along(levels)
  parts <- lapply(classes, function(k) {
    event <- truth == k
    rows <- bin_rows(event, prob[, k], bins, style)
    about <- c(if (!is.null(model)) list(model = model),
               list(class = factor(levels[[k]], levels)))
    gaps <- abs(rows$predicted - rows$observed)
    list(
      rows = do.call(data.table, c(about, rows)),
      scores = do.call(data.table, c(about, list(
        ece = stats::weighted.mean(gaps, rows$n),
        brier = mean((prob[, k] - event)^2)
      )))
    )
  })
  list(rows = stack_rows(parts, "rows"), scores = stack_rows(parts, "scores"))
}

bin_rows <- function(event, prob, bins, style) {
  if (style == "width") {
    limits <- seq(0, 1, length.out = bins + 1)
    bin <- width_bin(prob, bins)
  } else {
    limits <- stats::quantile(prob, seq(0, 1, length.out = bins + 1),
                              names = FALSE)
    bin <- findInterval(prob, limits[-c(1, bins + 1)], left.open = TRUE) + 1
  }
  sums <- rowsum(cbind(prob, event, 1), bin)
  at <- as.integer(rownames(sums))
  n <- unname(sums[, 3])
  observed <- unname(sums[, 2]) / n
  interval <- wilson_interval(observed, n)
  list(from = limits[at], to = limits[at + 1],
       predicted = unname(sums[, 1]) / n, observed = observed,
       lower = interval$lower, upper = interval$upper, n = as.integer(n))
}

# Wilson (1927); `width` is half of the interval, in standard errors.
wilson_interval <- function(share, n, width = interval_width) {
  z2 <- width^2
  center <- (share + z2 / (2 * n)) / (1 + z2 / n)
  half <- sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n^2))) / (1 + z2 / n)
  # None of the rows leaves zero in the interval, whatever the rounding.
  list(lower = ifelse(share == 0, 0, center - half),
       upper = ifelse(share == 1, 1, center + half))
}

new_reliability <- function(parts, bins, style) {
  curve <- stack_rows(parts, "rows")
  scores <- stack_rows(parts, "scores")
  data.table::setattr(curve, "class", c("deep_reliability", class(curve)))
  data.table::setattr(curve, "scores", scores)
  data.table::setattr(curve, "bins", list(n = bins, style = style))
  data.table::setattr(curve, "n", nrow(curve))
  curve[]
}

#' @export
summary.deep_reliability <- function(object, ...) {
  data.table::copy(attr(object, "scores"))
}

#' @export
print.deep_reliability <- function(x, ...) {
  # Some rows of it are only a table.
  if (!identical(attr(x, "n"), nrow(x))) {
    return(NextMethod())
  }
  bins <- attr(x, "bins")
  cat(cli::pluralize("<reliability curve> {bins$n} bin{?s} "),
      if (bins$style == "width") "of equal width" else "of equally many rows",
      "\n\n", sep = "")
  scores <- attr(x, "scores")
  about <- intersect(c("model", "class"), names(scores))
  # Bins of one class are few enough to be read.
  shown <- as.data.frame(if (nrow(scores) > 1) scores else x)
  rates <- setdiff(names(shown), c(about, "n"))
  shown[rates] <- lapply(shown[rates], formatC, digits = 3, format = "f")
  print(shown, row.names = FALSE, right = TRUE)
  if (nrow(scores) == 1) {
    cat(sprintf("\nECE %.3f, Brier score %.3f\n", scores$ece, scores$brier))
  }
  invisible(x)
}
