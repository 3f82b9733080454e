# Training in Python, as R sees it.

losses <- c(
  regression = "squared_error",
  binary = "binary_crossentropy",
  multiclass = "categorical_crossentropy",
  multi_regression = "squared_error",
  multilabel = "binary_crossentropy",
  ranking = "multinomial"
)

#' Trains in Python
#'
#' @param run What `fit_table()` made ready.
#' @param resume Whether to go on from the newest checkpoint.
#' @return What `fit()` of the bridge gives, `batch_size` and `learn_rate`.
#' @noRd
train_network <- function(run, resume = FALSE) {
  control <- run$spec$control
  plan <- training_plan(run)
  plan$resume <- resume
  wish <- new.env()
  report <- callback(event_reporter(control, wish, run$watch))
  trained <- tryCatch(
    backend_call("fit", network_spec(run), run$buffer, run$rows[["train"]],
                 plan, report, rate_callback(run, plan, wish),
                 absolute_path(control$tensorboard), run$epoch_judge),
    deeply_error_python = function(cnd) rethrow_training(cnd, control, plan)
  )
  warn_spoiled(trained$spoiled, control$checkpoint)
  c(trained, list(batch_size = plan$batch_size, learn_rate = plan$learn_rate))
}

# What the builder and the engine need to know.
network_spec <- function(run) {
  control <- run$spec$control
  c(run$spec$network, run$spec$borrowed, loss_spec(run$prep$outcome), list(
    label_smoothing = control$label_smoothing,
    focal_gamma = control$focal_gamma,
    mixed_precision = control$mixed_precision,
    optimizer = optimizer_spec(control$optimizer)
  ))
}

loss_spec <- function(outcome) {
  if (has_quantiles(outcome) && is.null(outcome$loss)) {
    return(list(loss = "pinball",
                quantile_levels = as.array(outcome$quantile_levels)))
  }
  list(loss = outcome$loss %||% losses[[outcome$task]])
}

# The fields of Python's `Plan`.
training_plan <- function(run) {
  control <- run$spec$control
  n_train <- run$rows[["train"]]
  every <- control$checkpoint_every
  schedule <- fill_schedule(control$schedule,
                            default_learn_rate(control$optimizer, n_train))
  list(
    epochs = control$epochs,
    batch_size = control$batch_size %||% default_batch_size(n_train),
    patience = control$patience,
    seed = run$seed,
    learn_rate = schedule$learn_rate,
    accumulate = control$optimizer$accumulate,
    checkpoint = absolute_path(control$checkpoint),
    checkpoint_epochs = every$epochs,
    checkpoint_seconds = every$seconds
  )
}

# Python asks for the learning rates of an epoch when it begins. A constant rate
# needs no asking. Ctrl-C may come just then: it becomes a wish to end the run,
# which the next event grants.
rate_callback <- function(run, plan, wish) {
  schedule <- run$spec$control$schedule
  if (schedule$kind == "constant" && schedule$warmup == 0) {
    return(NULL)
  }
  schedule <- fill_schedule(schedule, plan$learn_rate)
  callback(function(first, count, scores) {
    rates <- function() {
      as.array(schedule_rates(
        schedule, plan$learn_rate,
        steps = first + seq_len(count) - 1,
        total = count * plan$epochs,
        epoch_steps = count,
        losses = as.vector(scores)
      ))
    }
    tryCatch(rates(), interrupt = function(cnd) {
      wish$end <- TRUE
      rates()
    })
  })
}

rethrow_training <- function(cnd, control, plan) {
  if (inherits(cnd, "deeply_error_python_OutOfMemoryError")) {
    deeply_abort(
      c(
        "The device has no memory for batches of {plan$batch_size} rows.",
        i = if (grepl("^batch_size", cnd$python_value)) {
          "Give {.fn deep_control} a smaller {.arg batch_size}:
           {cnd$python_value}."
        } else {
          "Use a smaller network: {cnd$python_value}."
        }
      ),
      class = "memory", parent = cnd, call = NULL
    )
  }
  if (inherits(cnd, "deeply_error_python_CheckpointError")) {
    abort_checkpoint(control$checkpoint, cnd)
  }
  rlang::cnd_signal(cnd)
}

absolute_path <- function(path) {
  if (!is.null(path)) normalizePath(path.expand(path), mustWork = FALSE)
}

#' Says what the reader of a log must not miss
#' @noRd
warn_training <- function(fit) {
  for (finding in fit$info$findings) {
    if (finding$kind == "no_number") {
      # A column may have braces in its name.
      deeply_warn(literal(finding_note(finding, fit)), class = "no_number")
    }
  }
  if (!is.null(fit$info$unsaved)) {
    deeply_warn(
      c(
        "The last state of the run is not on the disk.",
        x = "{fit$info$unsaved}",
        i = "The fit itself is whole; the checkpoint before is intact."
      ),
      class = "checkpoint"
    )
  }
}
