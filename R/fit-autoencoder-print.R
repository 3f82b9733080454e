#' @export
print.deep_autoencoder <- function(x, ...) {
  cat(sprintf("<deep_autoencoder> %s, back from a code of %d\n",
              if (is_image_fit(x)) "images" else "rows", x$spec$code_units))
  input <- describe_source(x$prep)
  cat_field(names(input), input)
  cat_field("Rows", describe_fit_rows(x))
  cat_field("Network", describe_network(x))
  if (x$spec$variational) cat_field("Code", describe_code(x))
  cat_field("Training", describe_training(x))
  if (!is.null(x$judged)) {
    cat("\n")
    print(evaluate(x))
    if (!is.null(x$judged$samples)) {
      cat("\n")
      print(evaluate(x, type = "samples"))
    }
  }
  for (note in coder_notes(x)) {
    cat(strwrap(note, width = 78, initial = "! ", prefix = "  "), sep = "\n")
  }
  invisible(x)
}

is_image_fit <- function(fit) {
  inherits(fit$prep, "deep_image_prep")
}

#' @exportS3Method
describe_network.deep_autoencoder <- function(fit) {
  network <- fit$spec$network
  units <- network$hidden_units
  toString(c(
    if (is_image_fit(fit)) c(
      paste("encoder", paste(network$encoder_filters, collapse = "-")),
      paste("decoder", paste(network$generator_filters, collapse = "-"))
    ) else c(
      paste(c(input_width(fit$prep), units, network$code_units, rev(units),
              input_width(fit$prep)), collapse = "-"),
      network$activation
    ),
    if (network$noise > 0) paste(percent(network$noise), "hidden in training"),
    paste(count(fit$info$parameters), "parameters")
  ))
}

# A unit whose mean is the same for all rows says nothing (Burda et al. 2016).
least_variance <- 0.01

describe_code <- function(fit) {
  used <- sum(fit$mixture$variance > least_variance)
  paste0("variational, ", if (fit$spec$beta != 1) paste0("beta ",
         fit$spec$beta, ", "), used, " of ", fit$spec$code_units,
         " units in use")
}

coder_notes <- function(fit) {
  asked <- fit$info$stopped == "asked"
  c(
    note_worse_than_pca(fit$judged$metrics),
    if (fit$spec$variational &&
          !any(fit$mixture$variance > least_variance)) {
      paste("The code is not used: all rows come back alike. Use a smaller",
            "`beta` or more epochs.")
    },
    note_coder_samples(fit$judged$samples),
    # A rate that ends at nothing leaves the last epoch the best.
    if (!asked && fit$spec$control$schedule$kind == "constant") note_end(fit),
    vapply(fit$info$findings, finding_note, "", fit),
    if (asked) {
      paste("Stopped on request; nothing was judged. A run with a checkpoint",
            "folder goes on with deep_resume().")
    }
  )
}

#' Does a simple model do as well as the network?
#' @noRd
note_worse_than_pca <- function(metrics) {
  if (is.null(metrics)) {
    return(NULL)
  }
  rmse <- metrics$rmse
  accuracy <- metrics$accuracy
  lost <- c(
    if (isTRUE(rmse[[2]] <= rmse[[1]])) {
      sprintf("rmse %s, of the network %s", format_metric(rmse[[2]], 3),
              format_metric(rmse[[1]], 3))
    },
    if (isTRUE(accuracy[[2]] > accuracy[[1]])) {
      sprintf("accuracy %s, of the network %s", format_metric(accuracy[[2]], 3),
              format_metric(accuracy[[1]], 3))
    }
  )
  if (length(lost) > 0) {
    sprintf("PCA with as many components gives these rows back better: %s.",
            paste(lost, collapse = "; "))
  }
}

note_coder_samples <- function(judged) {
  if (is.null(judged)) {
    return(NULL)
  }
  frechet <- judged$metrics$frechet
  if (frechet[[1]] >= frechet[[3]]) {
    "The images are no nearer to true ones than noise is."
  }
}

#' @export
summary.deep_autoencoder <- function(object, ...) {
  layers <- backend_call("coder_layers", live_model(object))
  table <- layer_table(layers)
  data.table::set(table, j = "network",
                  value = vapply(layers, `[[`, "", "network"))
  data.table::setcolorder(table, "network")
  table[]
}

coder_loss_label <- function(fit) {
  if (fit$spec$variational) "Negative evidence lower bound (nats a row)"
  else if (is_image_fit(fit)) "Mean squared error of pixels (white is 1)"
  else "Mean cost of a column"
}
