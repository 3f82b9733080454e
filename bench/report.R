# Reports of three fits: seconds, and the size of the page.
#
#   Rscript bench/report.R

suppressPackageStartupMessages(library(deeply))
adult <- deep_data("adult")
penguins <- as.data.frame(deep_data("penguins")[[1]])
penguins <- stats::na.omit(penguins)
odd <- seq(1, nrow(penguins), by = 2)
heavy <- seq(1, nrow(mtcars), by = 3)

fits <- list(
  "Adult, binary" = list(
    fit = deep_mlp(income ~ ., adult$train, new_levels = "unknown",
                   control = deep_control(epochs = 10, seed = 1)),
    data = adult$train, test = adult$test
  ),
  "penguins, multiclass" = list(
    fit = deep_mlp(species ~ . - year, penguins[odd, ],
                   control = deep_control(epochs = 60, seed = 2)),
    data = penguins[odd, ], test = penguins[-odd, ]
  ),
  "mtcars, regression" = list(
    fit = deep_mlp(mpg ~ ., mtcars[-heavy, ],
                   control = deep_control(epochs = 100, seed = 3)),
    data = mtcars[-heavy, ], test = mtcars[heavy, ]
  )
)
for (name in names(fits)) {
  case <- fits[[name]]
  seconds <- system.time(
    path <- deep_report(case$fit, new_data = case$test, data = case$data,
                        open = FALSE)
  )[["elapsed"]]
  cat(sprintf("%-22s %5.1f s  %6.2f MB  (%d new rows)\n", name, seconds,
              file.size(path) / 1e6, nrow(case$test)))
}
