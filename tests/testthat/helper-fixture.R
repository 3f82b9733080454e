# A fit without Python: every value differs from every other, so that a print
# that mixes two up is seen.
fixture_fit <- function(task = "binary") {
  data <- mixed_table(120)
  outcome <- c(regression = "price", binary = "sold",
               multiclass = "grade")[[task]]
  keep <- c("size", "count", "colour", "open", outcome)
  data$size[3:9] <- NA
  prep <- deep_prep(stats::reformulate(".", outcome), data[keep])
  spec <- c(
    mlp_spec("default", list(hidden_units = c(31, 17), dropout = 0.15,
                             penalty = 0.004, mixture = 0.25,
                             normalization = "batch", encoding = "onehot",
                             members = 6)),
    list(own = table_training("default"),
         control = fill_control(
           deep_control(epochs = 40, optimizer = "adamw"),
           table_training("default")
         ),
         asked = what_was_asked(stats::reformulate(".", outcome), NULL, NULL,
                                TRUE))
  )
  spec$network <- mlp_network(spec, prep)
  structure(
    list(
      spec = spec, prep = prep, model = as.raw(1:3),
      history = data.table::data.table(
        epoch = 1:5, loss = c(0.9, 0.7, 0.5, 0.4, 0.35),
        val_loss = c(0.95, 0.72, 0.6, 0.62, 0.66),
        learn_rate = 5:1 / 1000, grad_norm = c(2, 1.5, 1.2, 0.9, 0.8),
        seconds = 1:5 / 10
      ),
      judged = list(
        metrics = fixture_metrics(prep$outcome), n = 23L,
        on = "validation rows", baselines = list()
      ),
      info = list(
        id = "fixture", rows = c(train = 97L, validation = 23L),
        parameters = 1234L, best_epoch = 3L, epochs = 5L,
        stopped = "patience", findings = list(), batch_size = 16L,
        learn_rate = 0.0025, seed = 42L, device = "CPU", deeply = "0.1.0",
        r = "4.2.2", python = "3.11.2", keras = "3.15.1",
        backend = "tensorflow", backend_version = "2.21.0", seconds = 6.7
      )
    ),
    class = c("deep_mlp", "deep_fit")
  )
}

fixture_metrics <- function(outcome) {
  columns <- metric_order(outcome)
  models <- c("deep_mlp", vapply(c("trivial", "linear", "trees"),
                                 baseline_label, "", outcome$task))
  values <- outer(seq_along(models), seq_along(columns),
                  function(i, j) (11 * i + 3 * j) / 100)
  colnames(values) <- columns
  data.table::data.table(model = models, values)
}

# Names and levels that would be code, were they not text.
hostile_fit <- function() {
  data <- data.frame(
    "<script>alert(1)</script>" = rep(c("a & b", "<b>bold</b>", "\"x\""), 40),
    "<img src=x onerror=alert(2)>" = seq_len(120) %% 7,
    check.names = FALSE
  )
  data$sold <- rep(c("yes & no", "<i>maybe</i>"), 60)
  fit <- report_fixture()
  fit$prep <- deep_prep(sold ~ ., data)
  fit$judged$metrics <- fixture_metrics(fit$prep$outcome)
  fit$spec$asked$formula <- sold ~ `<script>alert(1)</script>`
  fit$info$findings <- list(list(
    kind = "unscaled", column = "<script>alert(3)</script>", value = 9e9
  ))
  fit
}

# With the errors that diagnose() goes by.
report_fixture <- function(task = "binary") {
  fit <- fixture_fit(task)
  outcome <- fit$prep$outcome
  level <- function(n, wrong) {
    if (task == "regression") {
      return(list(n = n, mse = wrong / n, spread = 1.3 * (wrong / n)^2))
    }
    k <- length(outcome$levels)
    list(n = tabulate(rep_len(seq_len(k), n), k),
         wrong = tabulate(rep_len(seq_len(k), wrong), k))
  }
  models <- fit$judged$metrics$model
  fit$judged$levels <- list(
    training = level(97, 3),
    validation = stats::setNames(Map(level, 23, c(9, 12, 5, 6)), models)
  )
  fit$judged$surest <- if (task != "regression") c(n = 6, wrong = 1)
  fit
}
