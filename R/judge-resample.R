# Folds, one after another or side by side, and what can be said of a metric
# that was measured on each of them.

#' Does a task on each fold
#'
#' Everything random is decided beforehand: each fold has a seed of its own, and
#' the task runs with R's generator set to it. So the result does not depend on
#' the number of workers.
#'
#' @param folds A `deep_folds`, or a list of lists of `train` and `test`, row
#'   numbers. More may be in them. Elements with the same `repeat` and `fold`
#'   (if absent: 1, and their place) have the same seed.
#' @param task A function of one such list, with `repeat`, `fold` and `seed` in
#'   it, that gives a data.table. With more than one worker it is sent to other
#'   processes with the environment it was made in.
#' @param label What is counted while it runs.
#' @param seed An integer, or `NULL` to draw one.
#' @param verbose As in `deep_control()`.
#' @return A data.table: what the tasks gave, with `repeat` and `fold` before
#'   it.
#' @noRd
run_folds <- function(folds, task, workers = 1, label = "Fold", seed = NULL,
                      verbose = NULL, call = rlang::caller_env()) {
  check_count(workers, call = call)
  check_flag(verbose, null = TRUE, call = call)
  jobs <- fold_jobs(folds, draw_seed(seed))
  report <- fold_reporter(length(jobs), label, verbose)
  work <- job_runner(task)
  failed <- function(answer) !is.null(answer$error)
  answers <- if (workers > 1) {
    run_in_workers(jobs, work, workers, report, failed, call)
  } else {
    run_here(jobs, work, report, failed)
  }
  at <- Find(function(i) failed(answers[[i]]), seq_along(answers))
  if (!is.null(at)) {
    abort_fold(jobs[[at]], answers[[at]]$error, call)
  }
  warn_folds(jobs, answers)
  results <- Map(function(job, answer) {
    data.table("repeat" = job[["repeat"]], fold = job$fold, answer$result)
  }, jobs, answers)
  data.table::rbindlist(results, use.names = TRUE, fill = TRUE)
}

fold_jobs <- function(folds, seed) {
  jobs <- folds
  if (inherits(folds, "deep_folds")) {
    jobs <- Map(function(rows, again, fold) {
      c(rows, list("repeat" = again, fold = fold))
    }, folds$folds, folds$table[["repeat"]], folds$table$fold)
  }
  again <- vapply(jobs, function(job) {
    as.integer(job[["repeat"]] %||% 1L)
  }, integer(1))
  fold <- vapply(seq_along(jobs), function(i) {
    as.integer(jobs[[i]]$fold %||% i)
  }, integer(1))
  which <- data.table(again, fold)[, list(id = .GRP), by = c("again", "fold")]
  id <- which$id[match(paste(again, fold), paste(which$again, which$fold))]
  seeds <- with_seed(seed, sample.int(.Machine$integer.max, max(id)))
  Map(function(job, again, fold, seed) {
    utils::modifyList(job, list("repeat" = again, fold = fold, seed = seed))
  }, jobs, again, fold, seeds[id])
}

run_here <- function(jobs, work, report, is_last) {
  answers <- vector("list", length(jobs))
  for (i in seq_along(jobs)) {
    answers[[i]] <- work(jobs[[i]])
    report(i)
    if (is_last(answers[[i]])) break
  }
  answers
}

# A function that holds nothing but the task, for it may go to other processes.
job_runner <- function(task) {
  force(task)
  function(job) run_job(job, task)
}

# One job, with what it warned of; an error comes back as a value, as it may
# come from another process.
run_job <- function(job, task) {
  quiet <- the$quiet
  the$quiet <- TRUE
  on.exit(the$quiet <- quiet)
  warnings <- list()
  tryCatch(
    {
      result <- withCallingHandlers(
        with_seed(job$seed, task(job)),
        warning = function(cnd) {
          warnings[[length(warnings) + 1]] <<- plain_condition(cnd)
          tryInvokeRestart("muffleWarning")
        }
      )
      list(result = result, warnings = warnings)
    },
    error = function(cnd) list(error = plain_condition(cnd))
  )
}

# Without the calls on the way, which may hold the data.
plain_condition <- function(cnd) {
  cnd$trace <- NULL
  if (!is.null(cnd$parent)) {
    cnd$parent <- plain_condition(cnd$parent)
  }
  cnd
}

abort_fold <- function(job, cause, call) {
  deeply_abort(
    "{capitalise(describe_fold(job))} failed.",
    class = "fold",
    fold = job$fold,
    "repeat" = job[["repeat"]],
    parent = cause,
    call = call
  )
}

describe_fold <- function(job) {
  again <- job[["repeat"]]
  paste0("fold ", job$fold, if (again > 1) paste(" of repeat", again))
}

# What every fold says is said once.
warn_folds <- function(jobs, answers) {
  said <- data.table::rbindlist(Map(function(job, answer) {
    text <- unique(vapply(answer$warnings, conditionMessage, ""))
    if (length(text) > 0) {
      first <- match(text, vapply(answer$warnings, conditionMessage, ""))
      data.table(text = text, fold = describe_fold(job),
                 cnd = answer$warnings[first])
    }
  }, jobs, answers))
  if (nrow(said) == 0) {
    return(invisible())
  }
  n <- length(unique(vapply(jobs, describe_fold, "")))
  for (one in unique(said$text)) {
    same <- said[said$text == one, ]
    where <- unique(same$fold)
    where <- if (length(where) == n) "every fold" else shorten(where, 4)
    known <- grep("^deeply_warning_", class(same$cnd[[1]]), value = TRUE)
    deeply_warn(
      c(literal(one), i = "In {where}."),
      class = sub("^deeply_warning_", "", c(known, "fold"))[[1]]
    )
  }
}

# Progress -----------------------------------------------------------------

fold_reporter <- function(n, label, verbose, envir = parent.frame()) {
  switch(progress_style(verbose),
    none = function(done) NULL,
    bar = fold_bar(n, label, envir),
    log = fold_log(n, label)
  )
}

fold_bar <- function(n, label, envir) {
  bar <- cli::cli_progress_bar(
    total = n,
    format = paste(
      "{cli::pb_extra$label} {cli::pb_current}/{cli::pb_total} {cli::pb_bar}",
      "{cli::pb_eta}"
    ),
    extra = list(label = label),
    .envir = envir
  )
  # A bar that waits for the first fold would not show for long.
  cli::cli_progress_update(set = 0, id = bar, force = TRUE, .envir = envir)
  function(done) {
    cli::cli_progress_update(set = done, id = bar, .envir = envir)
  }
}

fold_log <- function(n, label, every = log_seconds, now = elapsed) {
  started <- now()
  said <- 0
  function(done) {
    taken <- now() - started
    if (taken - said < every || done == n) {
      return(NULL)
    }
    said <<- taken
    left <- taken / done * (n - done)
    deeply_inform("{label} {done}/{n}: {round(taken)} s, about {round(left)} s
                   left.")
  }
}

# Folds --------------------------------------------------------------------

#' Folds of a table, however they are given
#'
#' @param folds A number, a `deep_folds`, or a set of package rsample.
#' @param data The table, as a data frame or matrix.
#' @param outcome The outcome, a value a row: folds that are drawn have the same
#'   shares of its classes (or fifths).
#' @param name What the outcome is called.
#' @return A `deep_folds`.
#' @noRd
as_folds <- function(folds, data, outcome, seed = NULL, name = "outcome",
                     call = rlang::caller_env()) {
  if (inherits(folds, "deep_folds") || is_rsample(folds)) {
    folds <- as_deep_folds(folds, call)
    check_folds_of(folds, length(outcome), call)
    return(folds)
  }
  if (!is.numeric(folds) || length(folds) != 1) {
    abort_argument("folds", folds, "a number, or made by `deep_folds()`", call)
  }
  check_count(folds, min = 2, call = call)
  data <- data.table::copy(as_split_table(data))
  data <- data.table::as.data.table(data)
  data.table::set(data, j = name, value = outcome)
  tryCatch(
    deep_folds(data, v = folds, strata = name, seed = seed),
    deeply_error_time_order = function(cnd) {
      deeply_abort(
        c("{.arg folds} is only a number, and these rows must not be shuffled.",
          i = "Give what {.fn deep_folds} makes of the data."),
        class = "time_order", parent = cnd, call = call
      )
    }
  )
}

check_folds_of <- function(folds, n, call) {
  if (folds$how$n != n) {
    deeply_abort(
      c("{.arg folds} are of {folds$how$n} rows, but there
         {cli::qty(n)}{?is/are} {n}.",
        i = "Make them of the table that is fitted."),
      class = "folds", call = call
    )
  }
}

# Statistics ---------------------------------------------------------------

#' Mean and interval of a metric over folds
#'
#' Training sets of folds overlap, so their results are alike, and their
#' variance divided by their number is too small. The corrected resampled t-test
#' (Nadeau & Bengio 2003; of repeated folds Bouckaert & Frank 2004) multiplies
#' it by 1/k + n_test/n_train instead.
#'
#' @param values A number a fold, such as a metric, or the difference of two
#'   models on the same fold; `NA` where it is not defined.
#' @param n_train,n_test Rows of each fold.
#' @return A list of `n` (folds that count), `mean`, `se`, `lower`, `upper`, and
#'   `p_value` of a mean of zero. Of one fold only the mean is known.
#' @noRd
resampled_interval <- function(values, n_train, n_test, level = 0.95) {
  known <- !is.na(values)
  values <- values[known]
  k <- length(values)
  if (k == 0) {
    return(list(n = 0L, mean = NA_real_, se = NA_real_, lower = NA_real_,
                upper = NA_real_, p_value = NA_real_))
  }
  ratio <- sum(n_test[known]) / sum(n_train[known])
  mean <- mean(values)
  se <- sqrt((1 / k + ratio) * stats::var(values))
  width <- if (k > 1) stats::qt((1 + level) / 2, k - 1) * se else NA_real_
  # Folds that all say the same leave no doubt, but no ratio either.
  p <- if (k == 1) NA_real_
       else if (se == 0) as.numeric(mean == 0)
       else 2 * stats::pt(-abs(mean / se), k - 1)
  list(n = k, mean = mean, se = se, lower = mean - width, upper = mean + width,
       p_value = p)
}

# What lies between 0 and 1, whatever a symmetric interval says.
of_one <- c("accuracy", "bal_accuracy", "roc_auc", "pr_auc", "f1", "recall",
            "error", "bal_error", "coverage")

clip_interval <- function(found, metric) {
  if (metric %in% of_one) {
    found$lower <- pmax(found$lower, 0)
    found$upper <- pmin(found$upper, 1)
  }
  found
}
