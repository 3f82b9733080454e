# What the engine found out about a run, as sentences with one advice each.

#' Gives a finding the names that R knows
#'
#' @param finding A finding of `training/guards.py`.
#' @param run What `fit_table()` made ready.
#' @return The finding, with the column's name and the row's number in the data.
#' @noRd
name_finding <- function(finding, run) {
  if (!is.null(finding$column)) {
    finding$column <- numeric_names(run$prep)[[finding$column + 1]]
  }
  if (!is.null(finding$row)) {
    # Rows that came block by block have no numbers: NULL takes the row away.
    finding$row <- if (!is.null(run$numbers)) run$numbers[[finding$row + 1]]
  }
  finding
}

finding_note <- function(finding, fit) {
  paste(finding_words(finding, fit), collapse = " ")
}

#' What was found, and what to do about it
#' @return Two texts.
#' @noRd
finding_words <- function(finding, fit) {
  switch(finding$kind,
    no_number = words_no_number(finding, fit),
    unscaled = c(
      sprintf("Column %s goes up to %s, far beyond the others:",
              finding$column, format(signif(finding$value, 2))),
      "fit with `scale` on."
    ),
    diverged = c(
      sprintf(
        paste("Training diverged: the loss was %s in epoch %d and %s before",
              "the first step."),
        format(signif(finding$loss, 3)), finding$epoch,
        format(signif(finding$start, 3))
      ),
      sprintf(paste("Use a smaller `learn_rate` (it was %g); `lr_finder()`",
                    "looks for one."), fit$info$learn_rate)
    ),
    dead = c(
      sprintf("%s of the units of %s give 0 for every row and learn nothing:",
              percent(finding$share), finding$layer),
      "use a smaller `learn_rate`, or `activation = \"leaky_relu\"`."
    ),
    saturated = c(
      sprintf(paste("%s of the outputs of %s sit at the ends of its",
                    "activation, where nothing is learned:"),
              percent(finding$share), finding$layer),
      "use a smaller `learn_rate` or `normalization`."
    ),
    vanishing = c(
      sprintf(paste("Gradients vanish: in the first layer they are %s times",
                    "those of the last hidden one."),
              format(signif(finding$ratio, 2))),
      "Use fewer layers, \"relu\", or `normalization = \"batch\"`."
    ),
    exploding = c(
      sprintf(paste("Gradients explode: in the first layer they are %s times",
                    "those of the last hidden one."),
              format(signif(finding$ratio, 2))),
      "Clip them with `deep_optimizer(clip_norm = 1)`."
    ),
    collapsed = words_collapsed(finding),
    too_strong = words_too_strong(finding),
    memorised = words_memorised(finding),
    stuck = c(
      sprintf("The loss never fell below its start (%s):",
              format(signif(finding$start, 3))),
      paste("a higher `learn_rate`, more epochs, or there is nothing to learn",
            "in these columns.")
    )
  )
}

words_no_number <- function(finding, fit) {
  kept <- if (isTRUE(finding$untrained)) {
    "The network is as it was before its first step."
  } else if (fit$info$best_epoch > 0) {
    sprintf("The weights of epoch %d are kept.", fit$info$best_epoch)
  } else {
    "The weights from before that step are kept, hardly trained."
  }
  c(
    sprintf("Training stopped in epoch %d: %s", finding$epoch,
            where_no_number(finding, fit)),
    paste(why_no_number(finding, fit), kept)
  )
}

where_no_number <- function(finding, fit) {
  if (inherits(fit, "deep_gan")) {
    return(where_in_game(finding))
  }
  rows <- if (finding$scoring) " for the validation rows" else ""
  switch(finding$phase,
    input = sprintf("the input holds no number%s.", rows),
    outcome = sprintf("the outcome holds no number%s.", rows),
    activation = sprintf("the output of layer %s was no finite number%s.",
                         finding$layer, rows),
    gradient = sprintf("the gradient of layer %s was no finite number.",
                       finding$layer)
  )
}

why_no_number <- function(finding, fit) {
  if (finding$cause == "missing") {
    row <- if (is.null(finding$row)) {
      "."
    } else {
      sprintf(" in row %s.", count(finding$row))
    }
    column <- if (is.null(finding$column)) "The outcome" else
      paste("Column", finding$column)
    return(paste0(column, " is missing or infinite", row))
  }
  if (finding$cause == "unscaled") {
    return(sprintf(
      "Column %s goes up to %s: fit with `scale` on.", finding$column,
      format(signif(finding$value, 2))
    ))
  }
  sprintf("The learning rate (%g) is too high: try %g.", fit$info$learn_rate,
          fit$info$learn_rate / 10)
}

note_end <- function(fit) {
  if (fit$info$stopped == "asked") {
    return(paste(
      "Stopped on request; linear model and trees were left out. A run with a",
      "checkpoint folder goes on with deep_resume()."
    ))
  }
  last <- fit$info$epochs == fit$spec$control$epochs
  best <- fit$info$best_epoch == fit$info$epochs
  # What is wrong with a run comes first, and more of it does not help.
  if (last && best && length(fit$info$findings) == 0) {
    "The last epoch was the best: more epochs may help."
  }
}

#' What can be said of a network before it is trained
#'
#' @param network What `mlp_network()` gave.
#' @param batch_size Rows of a gradient.
#' @return Sentences, or `NULL`.
#' @noRd
network_notes <- function(network, batch_size) {
  depth <- length(network$hidden_units)
  c(
    if (depth >= 4 && network$activation %in% c("sigmoid", "tanh") &&
          network$normalization == "none") {
      sprintf(
        paste("%d hidden layers of %s: gradients shrink with every layer (for",
              "sigmoid at least fourfold). ReLU does not saturate."),
        depth, network$activation
      )
    },
    if (depth >= 1 && network$activation == "linear") {
      paste("Hidden layers without an activation make one linear model,",
            "however many there are.")
    },
    if (network$normalization == "batch" && batch_size < 16) {
      sprintf(
        paste("Batch norm over batches of %d rows is noisy: use",
              "`normalization = \"layer\"` or at least 16 rows."),
        batch_size
      )
    }
  )
}
