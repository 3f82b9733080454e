# A table with two numbers and two labels to predict at once.
outcomes_table <- function(n = 200) {
  data <- mixed_table(n)
  with_seed(3, {
    data$weight <- 100 - 0.5 * data$size + 3 * data$count + rnorm(n, sd = 2)
    data$rated <- data$count > stats::median(data$count)
  })
  data[c("size", "count", "colour", "open", "price", "weight", "sold", "rated")]
}

numbers_table <- function(...) {
  data <- outcomes_table(...)
  data[setdiff(names(data), c("sold", "rated"))]
}

labels_table <- function(...) {
  data <- outcomes_table(...)
  data[setdiff(names(data), c("price", "weight"))]
}

# As `shared_fit()`.
shared_outcomes <- function(task) {
  if (is.null(shared[[task]])) {
    data <- if (task == "multilabel") labels_table() else numbers_table()
    formula <- if (task == "multilabel") cbind(sold, rated) ~ .
               else cbind(price, weight) ~ .
    shared[[task]] <- list(
      fit = plain_mlp(formula, data, control = quick(epochs = 40, seed = 11)),
      data = data
    )
  }
  shared[[task]]
}

# Cases whose predictions are known, of so many outcomes.
fixture_cases <- function(k, kind, n = 40) {
  truth <- outer(seq_len(n), seq_len(k), function(i, j) (7 * i * j) %% 23)
  colnames(truth) <- paste0("y", seq_len(k))
  truth <- as.data.frame(truth)
  data <- data.frame(x = seq_len(n))
  if (kind == "label") {
    truth <- data.frame(lapply(truth, function(y) y > 9))
  }
  outcome <- deep_prep(data, y = truth)$outcome
  noise <- rep(c(-3, 1, 2, -1, 4), length.out = n)
  predict_all <- function(by) {
    Map(function(y, j) {
      if (kind == "number") return(y + by * j * noise)
      event <- stats::plogis(2 * y - 1 + by * j * noise / 2)
      cbind(1 - event, event)
    }, truth, seq_len(k))
  }
  list(
    outcome = outcome, truth = comparable_truth(truth, outcome), n = n,
    predicted = list(
      deep_mlp = predict_all(0.5), trivial = trivial_prediction(outcome, n),
      linear = predict_all(0.4)
    )
  )
}

fixture_outcomes <- function(k, kind) {
  cases <- fixture_cases(k, kind)
  names(cases$predicted)[-1] <- vapply(
    c("trivial", "linear"), baseline_label, "", base_task(cases$outcome)
  )
  fit <- fixture_fit("regression")
  fit$prep$outcome <- cases$outcome
  fit$spec$network <- mlp_network(fit$spec, fit$prep)
  fit$judged$metrics <- judge_outcomes(cases)
  fit
}
