skip_if_no_backend <- function() {
  if (!has_backend()) {
    testthat::skip("No Python with Keras: deeply::deep_install() brings it.")
  }
}

quick <- function(epochs = 3, seed = 1, optimizer = "adam", ...) {
  deep_control(epochs = epochs, seed = seed, optimizer = optimizer, ...)
}

# The network of the default preset takes longer to compile than tests have to
# train; most of them are about something else.
plain_mlp <- function(...) {
  plain <- list(hidden_units = c(32, 16), encoding = "onehot",
                numeric_embedding = "none", members = 1)
  rlang::inject(deep_mlp(..., !!!plain[setdiff(names(plain), ...names())]))
}

# A table with every kind of column, its outcome known by rule.
mixed_table <- function(n = 200, seed = 7) {
  with_seed(seed, {
    data <- data.frame(
      size = rnorm(n, 50, 10),
      count = rpois(n, 4),
      colour = factor(sample(c("red", "green", "blue"), n, TRUE)),
      town = sample(c("Ely", "York", "Bath"), n, TRUE),
      open = sample(c(TRUE, FALSE), n, TRUE),
      day = as.Date("2024-01-01") + sample(0:364, n, TRUE)
    )
    score <- data$size / 10 + (data$colour == "red") - data$open
    data$price <- score + rnorm(n, sd = 0.2)
    data$sold <- factor(ifelse(score > median(score), "yes", "no"))
    data$grade <- cut(score, quantile(score, 0:3 / 3), c("C", "B", "A"),
                      include.lowest = TRUE)
    data
  })
}

task_outcome <- c(regression = "price", binary = "sold", multiclass = "grade")

task_table <- function(task, ...) {
  data <- mixed_table(...)
  data[setdiff(names(data), setdiff(task_outcome, task_outcome[[task]]))]
}

# One small fit a task, made once for all tests that only look at it.
shared <- new.env()
shared_fit <- function(task) {
  if (is.null(shared[[task]])) {
    data <- task_table(task)
    formula <- stats::reformulate(".", task_outcome[[task]])
    shared[[task]] <- list(
      fit = deep_mlp(formula, data, control = quick(epochs = 40, seed = 11)),
      data = data
    )
  }
  shared[[task]]
}

fit_weights <- function(fit) {
  as_keras(fit)$get_weights()
}

# Under load_all() a fresh process would find another deeply, or none.
in_load_all <- function() {
  "pkgload" %in% loadedNamespaces() && pkgload::is_dev_package("deeply")
}
