# Diagnosing: ten situations with a known fault, each with several seeds, and
# how often diagnose() names it; and wrong labels of MNIST found by their loss.
#
#   DEEPLY_DATA_DIR=<folder> Rscript bench/diagnose.R [seeds] [first] [what ...]
#
# `what` names situations, or "mnist" and "adult"; without it all are run. The
# rules were tuned on seeds below 200; those reported begin at 201.

if (!"deeply" %in% loadedNamespaces()) {
  suppressPackageStartupMessages(library(deeply))
}
asked <- commandArgs(TRUE)
seeds <- as.integer(c(asked[seq_along(asked) == 1], 5L)[[1]])
first <- as.integer(c(asked[seq_along(asked) == 2], 201L)[[1]])

# Tables ---------------------------------------------------------------------

# `k` numbers, of which the first few decide by a curved rule.
rule <- function(x) {
  with(x, 1.5 * x1 + sin(2 * x2) + x3 * x4)
}

numbers <- function(n, k = 8) {
  as.data.frame(matrix(rnorm(n * k), n,
                       dimnames = list(NULL, paste0("x", seq_len(k)))))
}

as_task <- function(x, score, task, noise = 0.3) {
  score <- score + rnorm(nrow(x), sd = noise)
  x$y <- switch(task,
    regression = score,
    binary = factor(ifelse(score > 0, "yes", "no")),
    multiclass = cut(score, c(-Inf, -1, 1, Inf), c("low", "mid", "high"))
  )
  x
}

table_of <- function(n, task, k = 8) {
  x <- numbers(n, k)
  as_task(x, rule(x), task)
}

# The same, with one column measured by another instrument.
elsewhere <- function(...) {
  x <- table_of(...)
  x$x1 <- 0.2 * x$x1 + 1.5
  x
}

tasks <- c("binary", "regression", "multiclass", "binary", "regression")
task_of <- function(seed) tasks[[seed %% 5 + 1]]
class_task_of <- function(seed) c("binary", "multiclass")[[seed %% 2 + 1]]

quick <- function(seed, epochs = 60, ...) {
  deep_control(epochs = epochs, seed = seed, verbose = FALSE, ...)
}

fit_to <- function(...) {
  suppressWarnings(deep_mlp(y ~ ., ...))
}

# Situations -----------------------------------------------------------------

# Each gives what diagnose() calls it.
situations <- list(
  healthy = function(seed) {
    task <- task_of(seed)
    data <- table_of(3000, task)
    fit <- fit_to(data, control = quick(seed, patience = 8))
    diagnose(fit, data = data, test = table_of(1000, task))
  },
  underfit = function(seed) {
    task <- task_of(seed)
    data <- table_of(2000, task)
    fit <- fit_to(data, hidden_units = 2, control = quick(
      seed, epochs = 2, learn_rate = 1e-3
    ))
    diagnose(fit, data = data, test = table_of(1000, task))
  },
  overfit = function(seed) {
    task <- task_of(seed)
    data <- table_of(250, task, k = 60)
    # Early stopping would help: held-out rows are not watched.
    fit <- fit_to(data, hidden_units = c(128, 128), dropout = 0,
                  control = quick(seed, epochs = 60, validation = 0))
    diagnose(fit, data = data, test = table_of(1000, task, k = 60))
  },
  drift = function(seed) {
    task <- task_of(seed)
    data <- table_of(2000, task)
    fit <- fit_to(data, control = quick(seed, patience = 8))
    diagnose(fit, data = data, test = elsewhere(1000, task))
  },
  mismatch = function(seed) {
    task <- task_of(seed)
    data <- rbind(table_of(2000, task), elsewhere(1000, task))
    fit <- fit_to(data, control = quick(seed, validation = 2001:3000,
                                        patience = 8))
    diagnose(fit, train_dev = table_of(1000, task))
  },
  leak = function(seed) {
    task <- task_of(seed)
    data <- table_of(1500, task)
    data$code <- as.numeric(data$y) + rnorm(1500, sd = 0.02)
    fit <- fit_to(data, control = quick(seed, patience = 8))
    diagnose(fit, data = data)
  },
  label_noise = function(seed) {
    task <- class_task_of(seed)
    # A straight rule: where all is vague, noise and overlap are one.
    data <- numbers(3000)
    data <- as_task(data, data$x1 - data$x2, task, noise = 0.1)
    flipped <- runif(3000) < 0.1
    data$y[flipped] <- sapply(data$y[flipped], function(label) {
      sample(setdiff(levels(data$y), label), 1)
    })
    fit <- fit_to(data, control = quick(seed, patience = 8))
    diagnose(fit, data = data)
  },
  dead = function(seed) {
    data <- table_of(1500, task_of(seed))
    # Far from zero and not scaled, inputs push units to one side for all rows:
    # plain ones, as vectors of numbers begin at zero wherever these lie.
    data[1:8] <- data[1:8] + 25
    fit <- fit_to(data, hidden_units = c(32, 16), scale = "none",
                  numeric_embedding = "none", members = 1,
                  control = quick(seed, epochs = 8))
    diagnose(fit, data = data)
  },
  diverged = function(seed) {
    data <- table_of(1500, task_of(seed))
    fit <- fit_to(data, control = quick(
      seed, epochs = 10, optimizer = "sgd", learn_rate = 30
    ))
    diagnose(fit, data = data)
  },
  reused = function(seed) {
    task <- class_task_of(seed)
    # Next to nothing can be learned of these rows.
    draw <- function(n) {
      x <- numbers(n)
      as_task(x, 0.3 * x$x1, task, noise = 2)
    }
    data <- draw(300)
    best <- NULL
    for (i in 1:200) {
      fit <- fit_to(data, hidden_units = sample(2:8, 1), baseline = FALSE,
                    control = deep_control(
                      epochs = 2, seed = seed * 1000L + i, verbose = FALSE,
                      validation = 201:300, learn_rate = 10^runif(1, -3, -1.5)
                    ))
      if (is.null(best) ||
            evaluate(fit)$accuracy[[1]] > evaluate(best)$accuracy[[1]]) {
        best <- fit
      }
    }
    diagnose(best, test = draw(2000))
  }
)

named_right <- function(name, seeds) {
  calls <- vapply(seeds, function(seed) {
    set.seed(seed)
    diagnose <- situations[[name]](seed)
    if (Sys.getenv("DIAGNOSE_SHOW") != "") print(diagnose)
    diagnose$kind
  }, "")
  others <- table(calls[calls != name])
  message(name, ": ", toString(calls))
  c(situation = name, right = sprintf("%d of %d", sum(calls == name),
                                      length(calls)),
    else_called = toString(sprintf("%s (%d)", names(others), others)))
}

what <- if (length(asked) > 2) asked[-(1:2)] else
  c(names(situations), "mnist", "adult")
names <- intersect(names(situations), what)
took <- system.time({
  rows <- lapply(names, named_right, seeds = first + seq_len(seeds) - 1L)
})[["elapsed"]]
if (length(rows) > 0) {
  print(as.data.frame(do.call(rbind, rows)), row.names = FALSE, right = FALSE)
  cat(sprintf("%.0f s\n", took))
}

# Wrong labels of MNIST ------------------------------------------------------

# 2 % of the labels flipped: how many are among the 2 % of highest loss?
if ("mnist" %in% what) {
  mnist <- deep_data("mnist")$train
  set.seed(1)
  rows <- sample(nrow(mnist$x), 12000)
  # Cut to 14 x 14 by means, which is enough to read them.
  pixels <- matrix(as.numeric(mnist$x[rows, , ]), length(rows)) / 255
  dim(pixels) <- c(length(rows), 28, 28)
  half <- seq(1, 28, 2)
  small <- (pixels[, half, half] + pixels[, half + 1, half] +
              pixels[, half, half + 1] + pixels[, half + 1, half + 1]) / 4
  digits <- data.frame(matrix(small, length(rows)))
  digits$y <- factor(mnist$y[rows])
  wrong <- sample(length(rows), 240)
  digits$y[wrong] <- sapply(digits$y[wrong], function(label) {
    sample(setdiff(levels(digits$y), label), 1)
  })
  held_out <- 1:3000
  fit <- fit_to(digits, baseline = FALSE, hidden_units = c(128, 64),
                dropout = 0.3, control = quick(1, epochs = 15,
                                               validation = held_out))
  cat("\nMNIST, 2 % of the labels flipped\n")
  took <- system.time(found <- diagnose(fit, data = digits))[["elapsed"]]
  print(found)
  cat(sprintf("diagnose() took %.0f s\n", took))
  named <- function(found, among, what) {
    rows <- found$suspects$row
    cat(sprintf(
      "of %d flipped labels of %s, %.1f %% are among the %d suspects\n",
      length(among), what, 100 * mean(among %in% rows), length(rows)
    ))
  }
  named(found, wrong, "all rows")
  named(diagnose(fit, test = digits[held_out, ]),
        intersect(wrong, held_out), "held-out rows")
}

# Overlap is no noise: people of the same answers earn differently.
if ("adult" %in% what) {
  adult <- deep_data("adult")
  fit <- deep_mlp(income ~ ., adult$train, control = quick(1, epochs = 40))
  print(diagnose(fit, data = adult$train, test = adult$test))
}
