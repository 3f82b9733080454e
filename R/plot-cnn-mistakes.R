# Images that a network calls wrong, and the confusion matrix with images in it.

#' Images whose label is known and that can be read, with what they are called
#'
#' A look at these images, which is counted.
#' @return A list of `images`, their `truth` (as in `as_cases()`), `labels`, and
#'   what `call_images()` gives.
#' @noRd
called_images <- function(fit, new_data, y, call) {
  outcome <- fit$prep$outcome
  check_one_outcome(outcome, call = call)
  images <- new_table(fit$prep, new_data, call)
  y <- y %||% outcome_of(fit$prep$blueprint,
                         if (is_images(new_data)) new_data else images, call)
  truth <- check_truth(y, outcome, length(images), call)
  said <- call_images(fit, images)
  usable <- which(!is.na(truth) & !is.na(said[[1]]))
  if (length(usable) == 0) {
    deeply_abort("No image of {.arg new_data} has both a label and a
                  prediction.", class = "too_few_rows", call = call)
  }
  said$all <- NULL
  truth <- truth[usable]
  count_look(truth, fit)
  c(lapply(said, `[`, usable), list(
    images = images[usable], truth = truth,
    labels = if (outcome$task == "regression") truth
             else factor(outcome$levels[truth], outcome$levels)
  ))
}

plot_mistakes <- function(fit, new_data, y, n, call) {
  cases <- called_images(fit, new_data, y, call)
  if (fit$prep$outcome$task == "regression") {
    return(plot_errors(fit, cases, n, call))
  }
  wrong <- which(cases$class != cases$labels)
  # Where none is wrong, those that were nearly so.
  some <- if (length(wrong) > 0) wrong[order(-cases$prob[wrong])]
          else order(cases$prob)
  some <- utils::head(some, n)
  drawn <- draw_called(fit, cases, some, call)
  first <- some[[1]]
  of <- count(length(cases$truth))
  drawn + ggplot2::labs(
    title = grid_title(if (length(wrong) == 0) {
      sprintf("All of %s images are called right", of)
    } else {
      sprintf("%s of %s images are called wrong; surest: %s for %s (%s)",
              count(length(wrong)), of, cases$class[[first]],
              cases$labels[[first]], short_percent(cases$prob[[first]]))
    }),
    subtitle = if (length(wrong) == 0) "The least sure, and how sure"
               else "The surest: the true class, and what it is called"
  )
}

plot_errors <- function(fit, cases, n, call) {
  error <- cases$value - cases$truth
  some <- utils::head(order(-abs(error)), n)
  name <- fit$prep$outcome$name
  draw_called(fit, cases, some, call) + ggplot2::labs(
    title = sprintf("The largest error in %s is %s; half are below %s", name,
                    format(abs(error[[some[[1]]]]), digits = 3),
                    format(stats::median(abs(error)), digits = 3)),
    subtitle = sprintf("Largest errors of %s images, the true %s above",
                       count(length(error)), name)
  )
}

# As the network sees them.
draw_called <- function(fit, cases, some, call) {
  shown <- shown_images(cases$images[some], fit$prep, call)
  part <- lapply(cases[intersect(c("class", "prob", "value"), names(cases))],
                 `[`, some)
  text <- caption_images(cases$labels[some], part)
  image_grid(image_rasters(shown$pixels), text$captions)
}

# Confusion ------------------------------------------------------------------

plot_thumbnails <- function(fit, new_data, y, call) {
  outcome <- fit$prep$outcome
  check_classes(outcome$task, call)
  cases <- called_images(fit, new_data, y, call)
  counts <- table(truth = cases$labels, predicted = cases$class)
  cells <- as.data.frame(counts, responseName = "n",
                         stringsAsFactors = FALSE)
  cells$x <- match(cells$predicted, outcome$levels)
  cells$y <- length(outcome$levels) + 1 - match(cells$truth, outcome$levels)
  cells$share <- cells$n / as.vector(rowSums(counts))[
    match(cells$truth, outcome$levels)
  ]
  filled <- cells[cells$n > 0, ]
  typical <- Map(function(truth, predicted) {
    typical_image(cases, truth, predicted)
  }, filled$truth, filled$predicted)
  shown <- shown_images(cases$images[unlist(typical)], fit$prep, call)
  pictures <- Map(thumbnail, image_rasters(shown$pixels), filled$x, filled$y)
  draw_cells(cells, pictures, outcome) +
    ggplot2::labs(
      title = grid_title(confusion_title(unclass(counts))),
      subtitle = paste0(
        "Share of each true class, ", count(sum(counts)), " images; in each ",
        "cell a typical one"
      )
    )
}

# The one in the middle of its cell by the probability of what it is called.
typical_image <- function(cases, truth, predicted) {
  at <- which(cases$labels == truth & cases$class == predicted)
  at[order(cases$prob[at])][[ceiling(length(at) / 2)]]
}

# In the upper part of a cell; the share stands below.
thumbnail <- function(raster, x, y) {
  shape <- dim(raster)
  half <- 0.33 * c(shape[[2]], shape[[1]]) / max(shape)
  ggplot2::annotation_raster(
    raster, x - half[[1]], x + half[[1]], y + 0.11 - half[[2]],
    y + 0.11 + half[[2]]
  )
}

draw_cells <- function(cells, pictures, outcome) {
  k <- length(outcome$levels)
  labels <- shorten_text(outcome$levels, 14)
  ggplot2::ggplot(cells, ggplot2::aes(.data$x, .data$y)) +
    ggplot2::geom_tile(ggplot2::aes(fill = .data$share), colour = "white",
                       linewidth = 1) +
    pictures +
    ggplot2::geom_text(
      ggplot2::aes(y = .data$y - 0.36, colour = .data$share > 0.5,
                   label = ifelse(.data$n == 0, "", percent(.data$share))),
      size = max(1.8, min(3.2, 14 / k)), show.legend = FALSE
    ) +
    ggplot2::scale_colour_manual(values = c(`TRUE` = "white",
                                            `FALSE` = "grey20")) +
    ggplot2::scale_fill_gradient(low = "grey96", high = palette_deeply[[1]],
                                 limits = c(0, 1), guide = "none",
                                 na.value = "grey96") +
    ggplot2::scale_x_continuous(breaks = seq_len(k), labels = labels) +
    ggplot2::scale_y_continuous(breaks = seq_len(k), labels = rev(labels)) +
    ggplot2::coord_fixed(expand = FALSE) +
    ggplot2::labs(x = paste("Predicted", outcome$name),
                  y = paste("True", outcome$name)) +
    theme_deeply() +
    ggplot2::theme(
      panel.grid = ggplot2::element_blank(),
      axis.text.x = if (k > 5) ggplot2::element_text(angle = 40, hjust = 1)
    )
}
