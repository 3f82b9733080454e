#' The look of deeply's plots
#'
#' A light theme with a palette that colour-blind readers can tell apart
#' (Okabe & Ito 2008).
#'
#' @param base_size Size of the text, in points.
#' @return A ggplot2 theme.
#' @export
#' @examples
#' library(ggplot2)
#' ggplot(mtcars, aes(wt, mpg)) + geom_point() + theme_deeply()
theme_deeply <- function(base_size = 11) {
  ggplot2::theme_minimal(base_size = base_size) +
    ggplot2::theme(
      panel.grid.minor = ggplot2::element_blank(),
      plot.title = ggplot2::element_text(face = "bold",
                                         size = ggplot2::rel(1.05)),
      plot.title.position = "plot",
      plot.subtitle = ggplot2::element_text(colour = "grey35"),
      plot.background = ggplot2::element_rect(fill = "white", colour = NA),
      legend.position = "top",
      legend.justification = "left",
      legend.title = ggplot2::element_blank()
    )
}

palette_deeply <- c("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00",
                    "#56B4E9", "#000000", "#F0E442")
