# A fit is plain R data: no training row, no pointer. Whatever reads it may be
# another process, years later.

new_deep_fit <- function(run, trained) {
  history <- data.table::as.data.table(lapply(trained$history, as.vector))
  description <- backend_call("describe")
  fit <- structure(
    list(
      # The weights of others are in the model, or would be kept twice.
      spec = run$spec[setdiff(names(run$spec), c("borrowed", "before"))],
      prep = run$prep,
      model = trained$model,
      history = history,
      judged = NULL,
      info = list(
        id = rlang::hash(trained$model),
        rows = run$rows,
        parameters = trained$parameters,
        learned = trained$learned,
        best_epoch = trained$best_epoch,
        epochs = nrow(history),
        stopped = trained$stopped,
        findings = lapply(trained$findings, name_finding, run),
        unsaved = trained$unsaved,
        batch_size = trained$batch_size,
        learn_rate = trained$learn_rate,
        seed = run$seed,
        device = device_label(description),
        deeply = as.character(utils::packageVersion("deeply")),
        r = as.character(getRversion()),
        python = description$python,
        keras = description$keras,
        backend = description$backend,
        backend_version = description$backend_version
      )
    ),
    class = c(run$class, "deep_fit")
  )
  keep_alive(fit$info$id, trained$handle)
  fit
}

#' @export
print.deep_fit <- function(x, ...) {
  outcome <- x$prep$outcome
  cat(sprintf("<%s> %s\n", class(x)[[1]], describe_task(outcome)))
  cat_field("Outcome", describe_outcome(outcome))
  cat_field("Rows", describe_fit_rows(x))
  input <- describe_source(x$prep)
  cat_field(names(input), input)
  cat_field("Network", describe_network(x))
  cat_field("Training", describe_training(x))
  if (has_quantiles(outcome)) {
    cat_field("Quantiles", toString(as_written(outcome$quantile_levels)))
  }
  if (!is.null(x$calibration)) {
    cat_field("Calibrated", describe_calibration(x))
  }
  if (!is.null(x$threshold)) {
    cat_field("Threshold", describe_threshold(x))
  }
  cat("\n")
  print(evaluate(x))
  for (note in fit_notes(x)) {
    cat(strwrap(note, width = 78, initial = "! ", prefix = "  "), sep = "\n")
  }
  invisible(x)
}

describe_task <- function(outcome) {
  if (has_quantiles(outcome)) {
    return("quantile regression")
  }
  c(regression = "regression", binary = "binary classification",
    multiclass = "multiclass classification",
    multi_regression = "multi-output regression",
    multilabel = "multi-label classification")[[outcome$task]]
}

describe_fit_rows <- function(fit) {
  rows <- fit$prep$rows
  rows$learned <- sum(unlist(fit$info$rows))
  validation <- fit$spec$control$validation
  if (is.list(validation)) {
    rows$split <- validation$n - sum(unlist(rows))
  }
  paste0(count(fit$info$rows[["train"]]), " to train, ",
         count(fit$info$rows[["validation"]]), " to validate",
         describe_left_out(rows))
}

# What goes in, named as what it is.
describe_source <- function(prep) {
  UseMethod("describe_source")
}

#' @exportS3Method
describe_source.deep_prep <- function(prep) {
  n_category <- sum(is_category(prep))
  n_number <- length(prep$columns) - n_category
  text <- cli::pluralize("{n_number} number{?s} and {n_category}
                          categor{?y/ies}, {input_width(prep)} input{?s}")
  if (length(prep$set_aside) > 0) {
    text <- paste0(text, "; set aside: ", shorten(describe_aside(prep), 4))
  }
  c(Columns = text)
}

describe_network <- function(fit) {
  UseMethod("describe_network")
}

#' @exportS3Method
describe_network.deep_mlp <- function(fit) {
  network <- fit$spec$network
  sizes <- c(encoded_width(network), network$hidden_units, network$outputs)
  details <- c(
    network$activation,
    if (network$dropout > 0) paste("dropout", network$dropout),
    if (network$normalization != "none") paste(network$normalization, "norm"),
    if (fit$spec$penalty > 0) {
      sprintf("penalty %g (mixture %g)", fit$spec$penalty, fit$spec$mixture)
    },
    describe_encoding(network),
    if (network$members > 1) paste(network$members, "members"),
    paste(count(fit$info$parameters), "parameters")
  )
  paste0(paste(sizes, collapse = "-"), ", ", toString(details))
}

# Length of the vector that a row becomes.
encoded_width <- function(network) {
  n <- network$n_numeric
  numbers <- switch(network$numeric_embedding,
    none = n,
    # A sine and a cosine of each wave.
    fourier = 2 * 128,
    n * network$numeric_dim
  )
  categories <- if (network$encoding == "onehot") network$levels
                else network$embedding_dims
  (n > 0) * numbers + sum(categories)
}

describe_encoding <- function(network) {
  c(
    if (network$n_numeric > 0 && network$numeric_embedding != "none") {
      paste("numbers by", network$numeric_embedding)
    },
    if (length(network$levels) > 0) {
      c(onehot = "one-hot", embedding = "embeddings")[[network$encoding]]
    }
  )
}

describe_training <- function(fit) {
  control <- fit$spec$control
  schedule <- control$schedule
  sprintf("%s (best: %d) in %s s on %s; %s %g%s, batch %d, seed %d",
          cli::pluralize("{fit$info$epochs} epoch{?s}"), fit$info$best_epoch,
          format(signif(fit$info$seconds, 2)),
          toString(fit$info$device), control$optimizer$name,
          fit$info$learn_rate,
          if (schedule$kind == "constant") "" else paste0(" ", schedule$kind),
          fit$info$batch_size * control$optimizer$accumulate, fit$info$seed)
}

count <- function(n) {
  format(n, big.mark = ",", trim = TRUE)
}

# What a reader must know before believing the numbers.
fit_notes <- function(fit) {
  outcome <- fit$prep$outcome
  c(
    if (is_several(outcome)) note_outcomes(fit) else note_imbalance(fit),
    note_baseline(fit$judged),
    note_tuned(fit),
    if (length(outcome$unused) > 0) {
      paste("No row has the level", paste(outcome$unused, collapse = ", "),
            "so it cannot be predicted.")
    },
    note_end(fit),
    note_pixels(fit$prep),
    vapply(fit$info$findings, finding_note, "", fit),
    network_notes(fit$spec$network, fit$info$batch_size)
  )
}

note_pixels <- function(prep) {
  found <- prep$notes[prep$notes$step == "pixels", ]
  sprintf("The %d %s.", found$count, found$says)
}

# A model that is useless need not be told twice what is wrong with it.
note_imbalance <- function(fit) {
  outcome <- fit$prep$outcome
  metrics <- fit$judged$metrics
  if (!is.null(fit$threshold)) {
    return(note_minority(outcome))
  }
  note_useless(outcome, metrics) %||%
    c(note_minority(outcome), note_threshold(outcome, metrics))
}

# Of the rare rows, how many are few enough to call it none.
nearly_none <- 0.05

#' Is the fit no better than always saying the same?
#'
#' Its accuracy is that of the majority class or worse, and it finds nearly none
#' of the rare rows: of two classes by their recall, of more by the mean recall.
#' @noRd
note_useless <- function(outcome, metrics) {
  # Its mean recall is 1 if there is only one class to find.
  if (!is_imbalanced(outcome) || !isTRUE(metrics$bal_accuracy[[2]] < 1)) {
    return(NULL)
  }
  right <- metrics$accuracy
  found <- share_found(outcome, metrics)
  if (!isTRUE(right[[1]] <= right[[2]] && found <= nearly_none)) {
    return(NULL)
  }
  rarest <- names(outcome$shares)[[which.min(outcome$shares)]]
  binary <- outcome$task == "binary"
  shown <- percent(right[1:2])
  always <- sprintf("always saying `%s`", names(which.max(outcome$shares)))
  paste(
    "Useless as it stands: right in", shown[[1]], "of these rows,",
    if (shown[[1]] == shown[[2]]) paste("as", always, "is,")
    else paste0(always, " in ", shown[[2]], ","),
    "and it finds", if (found <= 0) "none" else percent(found), "of",
    if (binary) sprintf("those that are `%s`.", rarest) else "the others.",
    if (binary) {
      sprintf(paste("Its probabilities may tell more (%s): set_threshold()",
                    "chooses what they must be above."),
              describe_area(metrics, rarest == event_level(outcome)))
    } else {
      "`class_weights = \"balanced\"` may help."
    }
  )
}

describe_area <- function(metrics, rare_event) {
  metric <- if (rare_event) "pr_auc" else "roc_auc"
  area <- formatC(metrics[[metric]][1:2], digits = 3, format = "f")
  sprintf("%s %s, by guessing %s", metric, area[[1]], area[[2]])
}

# Share of the rare rows that are found; of several classes the mean share of
# all but the majority, which is taken to be found whole.
share_found <- function(outcome, metrics) {
  recall <- metrics$bal_accuracy[[1]] / metrics$bal_accuracy[[2]]
  if (outcome$task == "multiclass") {
    return((recall - 1) / (1 / metrics$bal_accuracy[[2]] - 1))
  }
  event <- metrics$recall[[1]]
  if (which.min(outcome$shares) == 2) event else recall - event
}

# One half is seldom the right threshold for what is rare.
note_threshold <- function(outcome, metrics) {
  rare_event <- is_imbalanced(outcome) && outcome$task == "binary" &&
    which.min(outcome$shares) == 2
  if (rare_event && isTRUE(metrics$recall[[1]] < 0.5)) {
    paste("A threshold of one half finds", percent(metrics$recall[[1]]),
          "of the rows that are", sprintf("`%s`:", event_level(outcome)),
          "set_threshold() chooses another.")
  }
}

note_minority <- function(outcome) {
  if (!is_imbalanced(outcome)) {
    return(NULL)
  }
  rarest <- which.min(outcome$shares)
  sprintf(
    paste(
      "Only %s of the rows are `%s`: always saying `%s` is right in %s of",
      "them, so accuracy says little. Look at pr_auc, recall and bal_accuracy."
    ),
    percent(outcome$shares[[rarest]]), names(outcome$shares)[[rarest]],
    names(which.max(outcome$shares)), percent(max(outcome$shares))
  )
}

#' Layers of a fitted network
#'
#' @param object A fit such as [deep_mlp()] gives.
#' @param ... Not used.
#' @return A data.table of class `summary.deep_fit`: a row a layer with `name`,
#'   `kind`, `output` (its width) and `parameters`.
#' @export
#' @examplesIf deeply::has_backend()
#' fit <- deep_mlp(Species ~ ., data = iris, control = deep_control(epochs = 2))
#' summary(fit)
summary.deep_fit <- function(object, ...) {
  layer_table(backend_call("layers", live_model(object)))
}

layer_table <- function(layers) {
  table <- data.table::rbindlist(lapply(layers, function(layer) {
    list(
      name = layer$name,
      kind = layer$kind,
      output = paste(unlist(layer$output), collapse = " x "),
      parameters = layer$parameters
    )
  }))
  data.table::setattr(table, "class", c("summary.deep_fit", class(table)))
  table[]
}

#' @export
print.summary.deep_fit <- function(x, ...) {
  print(as.data.frame(x), row.names = FALSE, right = FALSE)
  cat("Total:", count(sum(x$parameters)), "parameters\n")
  invisible(x)
}
