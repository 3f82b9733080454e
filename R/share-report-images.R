# What a report says of a fit to images, in place of its columns.

#' Images to judge on, with their labels
#'
#' @return As `draw_rows()`.
#' @noRd
draw_labelled <- function(fit, new_data, y, most, call) {
  images <- label_images(fit, new_data, y, call)
  of <- length(images)
  some <- draw_images(of, most, fit$info$seed)
  list(rows = images[some], whole = of <= most, of = of)
}

most_mistakes <- 8L
most_heats <- 4L

#' @return A list of `mistakes`, a plot, and `heat`, a `deep_gradcam`.
#' @noRd
facts_of_images <- function(fit, images, call) {
  some <- evenly(length(images), most_heats)
  list(
    mistakes = plot_mistakes(fit, images, NULL, most_mistakes, call),
    heat = explain(fit, images[some])
  )
}

section_image_data <- function(fit) {
  prep <- fit$prep
  resize <- c(crop = "the middle of those with other proportions",
              stretch = "stretched to these proportions",
              pad = "with black borders, if their proportions differ")
  channels <- function(x) toString(format(x, digits = 3))
  new_section("data", "Data", html_fields(list(
    Outcome = plain_text(describe_outcome(prep$outcome)),
    Rows = describe_fit_rows(fit),
    Images = paste(describe_source(prep), resize[[prep$resize]], sep = "; "),
    Brightness = sprintf(
      "mean %s, standard deviation %s%s, where white is 1",
      channels(prep$mean), channels(prep$sd),
      if (length(prep$mean) > 1) " (red, green, blue)" else ""
    )
  )))
}

section_seen <- function(facts) {
  if (!inherits(facts$fit$prep, "deep_image_prep")) {
    return(NULL)
  }
  title <- "What it sees"
  if (is.null(facts$heat)) {
    return(new_section("seen", title, missing_rows("Pictures")))
  }
  new_section(
    "seen", title,
    beside(html_plot(facts$mistakes), html_plot(autoplot(facts$heat))),
    tag("p", class = "soft", paste(
      "The heat (Grad-CAM) shows which parts of an image speak for what it is",
      "called. It says what the network goes by, right or wrong."
    ))
  )
}
