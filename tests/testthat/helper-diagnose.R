# Levels without a network: so many wrong of so many, in two classes.
shares <- function(wrong, n = 1000) {
  list(n = c(n / 2, n / 2), wrong = c(floor(wrong / 2), ceiling(wrong / 2)))
}

# A fit as diagnose() sees it, without Python.
judged_fixture <- function(training, validation, trivial = 500, simple = 150,
                           n = 1000, findings = list(), surest = c(250, 2)) {
  structure(
    list(
      spec = list(control = quick(epochs = 10)),
      prep = list(outcome = list(name = "sold", task = "binary",
                                 levels = c("no", "yes"),
                                 shares = c(no = 0.5, yes = 0.5))),
      judged = list(
        metrics = data.table::data.table(
          model = c("deep_mlp", "majority class", "logistic regression"),
          roc_auc = c(0.95, 0.5, 0.9), log_loss = c(0.2, 0.69, 0.3)
        ),
        levels = list(
          training = shares(training, 4 * n),
          validation = list(deep_mlp = shares(validation, n),
                            `majority class` = shares(trivial, n),
                            `logistic regression` = shares(simple, n))
        ),
        surest = c(n = surest[[1]], wrong = surest[[2]]), key = NULL
      ),
      info = list(rows = list(train = 4 * n, validation = n), epochs = 10,
                  best_epoch = 7, stopped = "patience", findings = findings,
                  learn_rate = 0.001, validation_looks = 1L,
                  parameters = 1000)
    ),
    class = c("deep_mlp", "deep_fit")
  )
}
