# Training and validation error along something: rows, or the value of an
# argument. What a reader should make of it is worked out from intervals.

#' Fits at each level of each fold, and measures both errors
#'
#' @param plan What `resample_plan()` gave.
#' @param jobs Lists of `train`, `test`, `repeat`, `fold` and `level`.
#' @param arguments For each level the arguments of the model.
#' @param about What `new_error_curve()` keeps, with `by`, the name of what
#'   changes, and its `levels`.
#' @noRd
measure_errors <- function(plan, jobs, arguments, about, workers, verbose,
                           call = rlang::caller_env()) {
  if ("baseline" %in% names(formals(args(plan$model)))) {
    # Only the model's own errors are drawn.
    arguments <- lapply(arguments, function(given) {
      utils::modifyList(list(baseline = FALSE), given)
    })
  }
  metric <- error_metric(plan$outcome)
  rows <- run_folds(jobs, error_task(plan, arguments, metric), workers, "Fit",
                    plan$seed, verbose %||% plan$verbose, call)
  rows <- rows[order(rows[["repeat"]], rows$fold, rows$level), ]
  data.table::set(rows, j = "level", value = about$levels[rows$level])
  data.table::setnames(rows, "level", about$by)
  sizes <- plan$folds$table
  about <- c(about, list(
    metric = metric, trivial = trivial_error(plan, metric),
    ratio = sum(sizes$n_test) / sum(sizes$n_train),
    outcome = plan$outcome$name, folds = describe_folds(plan$folds),
    how = plan$folds$how, seed = plan$seed
  ))
  new_error_curve(rows, about)
}

# Made apart: its environment goes to the other processes.
error_task <- function(plan, arguments, metric) {
  plan <- plan[c("model", "input", "outcome")]
  force(arguments)
  force(metric)
  function(job) {
    train <- input_rows(plan$input, job$train)
    fit <- fit_input(plan$model, train, arguments[[job$level]])
    errors <- vapply(list(train, input_rows(plan$input, job$test)),
                     function(part) {
      error_of(judge_input(fit, part, plan$outcome), metric)
    }, numeric(1))
    data.table(level = job$level, set = c("training", "validation"),
               metric = metric, value = errors)
  }
}

error_metric <- function(outcome) {
  if (outcome$task == "regression") {
    "rmse"
  } else if (is_imbalanced(outcome)) {
    "bal_error"
  } else {
    "error"
  }
}

error_of <- function(judged, metric) {
  switch(metric,
    rmse = judged$rmse[[1]],
    error = 1 - judged$accuracy[[1]],
    bal_error = 1 - judged$bal_accuracy[[1]]
  )
}

error_labels <- c(rmse = "RMSE", error = "Error (1 - accuracy)",
                  bal_error = "Error (1 - balanced accuracy)")

# Of always saying the mean, or the most frequent class.
trivial_error <- function(plan, metric) {
  shares <- plan$outcome$shares
  switch(metric,
    rmse = stats::sd(as.numeric(plan$y), na.rm = TRUE),
    error = 1 - max(shares),
    bal_error = 1 - 1 / length(shares)
  )
}

new_error_curve <- function(rows, about) {
  data.table::setattr(rows, "class", c("deep_error_curve", class(rows)))
  data.table::setattr(rows, "about", c(about, n = nrow(rows)))
  rows[]
}

# A row a fold, a column a level.
error_matrix <- function(curve, which) {
  about <- attr(curve, "about")
  rows <- curve[curve$set == which, ]
  level <- match(rows[[about$by]], about$levels)
  folds <- unique(rows[, c("repeat", "fold")])
  at <- match(paste(rows[["repeat"]], rows$fold),
              paste(folds[["repeat"]], folds$fold))
  errors <- matrix(NA_real_, nrow(folds), length(about$levels))
  errors[cbind(at, level)] <- rows$value
  errors
}

error_interval <- function(values, ratio) {
  resampled_interval(values, rep(1, length(values)), rep(ratio, length(values)))
}

#' @export
summary.deep_error_curve <- function(object, ...) {
  about <- attr(object, "about")
  parts <- lapply(c("training", "validation"), function(set) {
    errors <- error_matrix(object, set)
    rows <- data.table::rbindlist(lapply(seq_len(ncol(errors)), function(i) {
      found <- error_interval(errors[, i], about$ratio)
      clip_interval(found, about$metric)[c("mean", "se", "lower", "upper", "n")]
    }))
    data.table(level = about$levels, set = set, metric = about$metric, rows)
  })
  table <- data.table::rbindlist(parts)
  data.table::setnames(table, "level", about$by)
  table[]
}

#' @export
print.deep_error_curve <- function(x, digits = 3, ...) {
  about <- attr(x, "about")
  if (!identical(about$n, nrow(x)) || !about$by %in% names(x)) {
    return(NextMethod())
  }
  cat(sprintf("<%s curve> of %s\n", about$kind, about$outcome))
  cat_field("Folds", describe_how_folds(about))
  cat_field("Seed", about$seed)
  cat("\n")
  means <- summary(x)
  train <- means[means$set == "training", ]
  valid <- means[means$set == "validation", ]
  read <- read_curve(x)
  table <- data.frame(
    level = format_levels(about$levels),
    training = format_intervals(train, digits),
    validation = format_intervals(valid, digits),
    best = ifelse(seq_along(about$levels) %in% read$best, "<- best", "")
  )
  names(table) <- c(about$by, "training", "validation", "")
  print(table, row.names = FALSE, right = TRUE)
  cat(sprintf("%s; %s: %s.\n\n", error_labels[[about$metric]], about$guess,
              trimws(format_metric(about$trivial, digits))))
  for (sentence in read$says) {
    cat(strwrap(sentence, width = 78, initial = "! ", prefix = "  "),
        sep = "\n")
  }
  invisible(x)
}

# The reading --------------------------------------------------------------

# A gap or a gain below these shares of the validation error is called small.
wide_gap <- 0.2
small_gain <- 0.05

#' What a curve says
#'
#' @param curve A `deep_error_curve`.
#' @return A list of `title`, `subtitle` and `says`, sentences; and what they
#'   rest on: of a learning curve `gap` ("wide", "narrow", "unclear"), `high`
#'   and `gain` ("falling", "flat", "unclear"); of a complexity curve `best` and
#'   for each level its `state`.
#' @noRd
read_curve <- function(curve) {
  about <- attr(curve, "about")
  train <- error_matrix(curve, "training")
  valid <- error_matrix(curve, "validation")
  if (about$kind == "learning") {
    read_learning(train, valid, about)
  } else {
    read_complexity(train, valid, about)
  }
}

#' Do the errors part?
#'
#' @param train,valid Errors of the folds.
#' @noRd
read_gap <- function(train, valid, about) {
  gap <- error_interval(valid - train, about$ratio)
  error <- mean(valid, na.rm = TRUE)
  width <- if (isTRUE(gap$lower > wide_gap * error)) {
    "wide"
  } else if (isTRUE(gap$upper < wide_gap * error)) {
    "narrow"
  } else {
    "unclear"
  }
  low <- error_interval(train, about$ratio)$lower
  high <- isTRUE(low > about$trivial / 2)
  errors <- trimws(format_metric(c(mean(train, na.rm = TRUE), error), 3))
  errors <- sprintf("training %s, validation %s", errors[[1]], errors[[2]])
  says <- switch(width,
    wide = sprintf(
      "The errors part (%s): variance, that is overfitting. More rows, a
       smaller network or more dropout or penalty may help.", errors
    ),
    narrow = if (high) sprintf(
      "Both errors are high and near each other (%s): bias, that is
       underfitting, or noise that no model can predict. A larger network or
       better columns may help.", errors
    ) else sprintf(
      "The errors are near each other (%s) and less than half of the trivial
       one: neither bias nor variance stands out.", errors
    ),
    unclear = sprintf(
      "Whether the errors part (%s) is not clear: their gap is %s.", errors,
      format_intervals(data.table::as.data.table(gap), 3)
    )
  )
  list(gap = width, high = high, says = gsub("\\s+", " ", says))
}

read_learning <- function(train, valid, about) {
  last <- ncol(valid)
  read <- read_gap(train[, last], valid[, last], about)
  gain <- error_interval(valid[, last - 1] - valid[, last], about$ratio)
  error <- mean(valid[, last], na.rm = TRUE)
  read$gain <- if (isTRUE(gain$lower > 0)) {
    "falling"
  } else if (isTRUE(gain$upper < small_gain * error)) {
    "flat"
  } else {
    "unclear"
  }
  says <- c(
    falling = "More rows would help", flat = "More rows would not help much",
    unclear = "Whether more rows would help is not clear"
  )[[read$gain]]
  from <- sprintf("the last step, from %s to %s rows, gained %s",
                  count(about$levels[[last - 1]]), count(about$levels[[last]]),
                  format_intervals(data.table::as.data.table(gain), 3))
  read$title <- says
  read$subtitle <- gap_subtitle(read)
  read$says <- c(read$says, sprintf("%s: %s.", says, from))
  read
}

gap_subtitle <- function(read) {
  switch(read$gap,
    wide = "The errors part: variance (overfitting)",
    narrow = if (read$high) "Both errors are high: bias (underfitting) or noise"
             else "The errors are near each other, and low",
    unclear = "Whether the errors part is not clear"
  )
}

read_complexity <- function(train, valid, about) {
  best <- which.min(colMeans(valid, na.rm = TRUE))
  above_best <- function(errors) {
    vapply(seq_len(ncol(errors)), function(i) {
      by <- error_interval(errors[, i] - errors[, best], about$ratio)
      isTRUE(by$lower > 0)
    }, NA)
  }
  worse <- above_best(valid)
  wider <- above_best(valid - train)
  state <- ifelse(worse, ifelse(above_best(train), "underfit",
                                ifelse(wider, "overfit", "worse")),
                  ifelse(wider, "wider", "alike"))
  state[[best]] <- "best"
  labels <- format_levels(about$levels)
  found <- describe_states(state, labels)
  error <- trimws(format_metric(mean(valid[, best], na.rm = TRUE), 3))
  value <- sprintf("%s = %s", about$by, labels[[best]])
  name <- if (about$metric == "rmse") "RMSE" else "error"
  head <- if (any(worse)) {
    sprintf("Best at %s: validation %s %s", value, name, error)
  } else {
    sprintf("No clear best %s: the lowest validation %s is %s at %s",
            about$by, name, error, labels[[best]])
  }
  gap <- read_gap(train[, best], valid[, best], about)
  list(
    best = best, state = state, title = head,
    subtitle = if (length(found) > 0) paste(found, collapse = "\n"),
    says = c(paste0(head, "."), found,
             paste0("At ", value, " ", lower_first(gap$says)))
  )
}

# A sentence for each state that a level is in.
describe_states <- function(state, labels) {
  says <- c(
    underfit = "Underfitting (bias) at %s: both errors are higher.",
    overfit = "Overfitting (variance) at %s: the validation error is higher,
               the training error not.",
    worse = "Worse at %s, not clear why.",
    wider = "Rows are learned by heart (variance), without clear harm, at %s.",
    alike = "Not clearly different from the best: %s."
  )
  there <- names(says)[names(says) %in% state]
  vapply(there, function(which) {
    sprintf(gsub("\\s+", " ", says[[which]]),
            shorten(labels[state == which], 8))
  }, "", USE.NAMES = FALSE)
}

lower_first <- function(text) {
  paste0(tolower(substr(text, 1, 1)), substring(text, 2))
}
