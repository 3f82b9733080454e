#' @export
print.deep_gan <- function(x, ...) {
  pictures <- inherits(x, "deep_gan_pictures")
  cat(sprintf("<deep_gan> image %s\n", if (pictures) "to image" else
    "generation"))
  input <- describe_source(x$prep)
  cat_field(names(input), input)
  if (!is.null(x$prep$classes)) {
    cat_field("Classes", shorten(x$prep$classes, 10))
  }
  cat_field("Rows", describe_fit_rows(x))
  cat_field("Network", describe_network(x))
  cat_field("Training", describe_training(x))
  if (!is.null(x$judged)) {
    cat("\n")
    print(evaluate(x))
  }
  for (note in gan_notes(x)) {
    cat(strwrap(note, width = 78, initial = "! ", prefix = "  "), sep = "\n")
  }
  invisible(x)
}

#' @exportS3Method
describe_network.deep_gan <- function(fit) {
  network <- fit$spec$network
  toString(c(
    sprintf("%s, %d numbers of noise", fit$spec$architecture,
            network$noise_units),
    paste("generator", paste(network$generator_filters, collapse = "-")),
    paste("discriminator",
          paste(network$discriminator_filters, collapse = "-")),
    if (network$shift > 0) "images moved and covered",
    paste(count(fit$info$parameters), "parameters")
  ))
}

gan_notes <- function(fit) {
  pictures <- inherits(fit, "deep_gan_pictures")
  c(
    if (is.null(fit$judged)) {
      sprintf("Nothing was scored: look at the images by plot_images(%s).",
              if (pictures) "generate(x, from)" else "generate(x)")
    },
    if (pictures) note_worse_pictures(fit$judged$metrics)
    else note_worse_than_noise(fit$judged),
    vapply(fit$info$findings, finding_note, "", fit),
    if (fit$info$stopped == "asked") {
      paste("Stopped on request; nothing was scored. A run with a checkpoint",
            "folder goes on with deep_resume().")
    }
  )
}

note_worse_than_noise <- function(judged) {
  if (is.null(judged)) {
    return(NULL)
  }
  frechet <- stats::setNames(judged$metrics$frechet, judged$metrics$model)
  if (frechet[["deep_gan"]] >= frechet[["noise"]]) {
    "The images are no nearer to true ones than noise is."
  }
}

#' @export
summary.deep_gan <- function(object, ...) {
  layers <- backend_call("gan_layers", live_model(object))
  table <- layer_table(layers)
  data.table::set(table, j = "network",
                  value = vapply(layers, `[[`, "", "network"))
  data.table::setcolorder(table, "network")
  table[]
}
