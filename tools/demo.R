# The main job, on data that is there without a download: fit, judge, save,
# reload in a fresh R process, compare, plot.

library(deeply)
options(width = 80)

out <- "demo"
dir.create(out, showWarnings = FALSE)

heading <- function(text) {
  cat("\n", text, "\n", strrep("-", nchar(text)), "\n", sep = "")
}

# deep_data() never downloads here: a set that is not on the machine is skipped.
local_data <- function(name) {
  tryCatch(
    deep_data(name, consent = FALSE),
    deeply_error_data_consent = function(cnd) NULL
  )
}

# Every fit is saved and predicted from in another process, which has nothing
# but the file.
predict_elsewhere <- function(path, new_data) {
  rows <- tempfile(fileext = ".rds")
  answer <- tempfile(fileext = ".rds")
  on.exit(unlink(c(rows, answer)))
  saveRDS(new_data, rows)
  code <- paste0(
    "library(deeply); a <- commandArgs(TRUE); ",
    "saveRDS(predict(readRDS(a[1]), readRDS(a[2]), type = 'raw'), a[3])"
  )
  rscript <- file.path(R.home("bin"), "Rscript")
  arguments <- c("-e", shQuote(code), shQuote(c(path, rows, answer)))
  status <- system2(rscript, arguments, stderr = FALSE)
  if (status != 0) stop("The second R process failed.")
  readRDS(answer)
}

save_plot <- function(plot, name) {
  path <- file.path(out, paste0(name, ".png"))
  ggplot2::ggsave(path, plot, width = 6, height = 4, dpi = 150)
  cat("Plot:", path, "\n")
}

demonstrate <- function(name, formula, train, test, title) {
  heading(title)
  set.seed(2026)
  fit <- deep_mlp(formula, train)
  print(fit)
  cat("\n")
  print(evaluate(fit, test))

  path <- file.path(out, paste0(name, ".rds"))
  saveRDS(fit, path)
  here <- predict(fit, test, type = "raw")
  there <- predict_elsewhere(path, test)
  difference <- max(abs(as.matrix(here) - as.matrix(there)))
  cat("\nSaved to ", path, " (", round(file.size(path) / 1024), " kB). ",
      "A fresh R process predicts\nthe same: largest difference ", difference,
      ".\n", sep = "")
  stopifnot(difference == 0)
  save_plot(autoplot(fit), paste0(name, "-history"))
  save_plot(autoplot(fit, test), paste0(name, "-predictions"))
}

halves <- function(data, share = 0.75) {
  set.seed(1)
  chosen <- sample(nrow(data), share * nrow(data))
  list(train = data[chosen, ], test = data[-chosen, ])
}

penguins <- local_data("penguins")
if (!is.null(penguins)) {
  parts <- halves(penguins$data)
  demonstrate("penguins-species", species ~ ., parts$train, parts$test,
              "Which penguin? Three species")
  parts <- halves(penguins$data[!is.na(penguins$data$body_mass_g), ])
  demonstrate("penguins-mass", body_mass_g ~ ., parts$train, parts$test,
              "How heavy is it? A regression")
}

wisconsin <- local_data("wisconsin")
if (!is.null(wisconsin)) {
  parts <- halves(wisconsin$data[, -"id"])
  demonstrate("wisconsin", class ~ ., parts$train, parts$test,
              "Benign or malignant? Wisconsin breast cancer")
}

adult <- local_data("adult")
if (is.null(adult)) {
  cat("\nThe Adult census files are not on this machine; see ?deep_data.\n")
} else {
  demonstrate("adult", income ~ ., adult$train, adult$test,
              "Over 50,000 USD a year? Adult census income")
}

cat("\nFits and plots are in ", normalizePath(out), "\n", sep = "")
