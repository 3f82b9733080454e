# A table of all kinds of columns, which two numbers nobody sees make: so much
# of it fits into a code.
hidden_table <- function(n = 240, seed = 5) {
  with_seed(seed, {
    a <- stats::rnorm(n)
    b <- stats::rnorm(n)
    data <- data.frame(
      size = 50 + 8 * a + stats::rnorm(n, sd = 0.8),
      price = 300 - 40 * b + stats::rnorm(n, sd = 4),
      age = exp(1.5 + a / 2 + b / 3),
      colour = factor(ifelse(a > 0.4, "red", ifelse(a > -0.5, "blue", "grey")),
                      levels = c("red", "grey", "blue", "never")),
      open = b > 0,
      town = ifelse(a + b > 0, "Ulm", "Bern")
    )
    data$size[seq(7, n, by = 19)] <- NA
    data$town[seq(5, n, by = 23)] <- NA
    data
  })
}

small_coder <- function(x, ..., epochs = 40, seed = 1, validation = 0.2) {
  deep_autoencoder(x, ..., control = deep_control(
    epochs = epochs, seed = seed, batch_size = 16, validation = validation
  ))
}

# One fit of each kind for what only looks at it.
stored_coder <- function(variational = FALSE) {
  name <- if (variational) "vae" else "coder"
  if (is.null(shared[[name]])) {
    shared[[name]] <- small_coder(
      hidden_table(), code_units = 2, hidden_units = c(24, 12), epochs = 60,
      variational = variational
    )
  }
  shared[[name]]
}

stored_image_coder <- function() {
  if (is.null(shared$image_coder)) {
    shared$image_coder <- small_coder(
      half_images(160)$x, code_units = 3, filters = 6, variational = TRUE,
      epochs = 25
    )
  }
  shared$image_coder
}

# Numbers differ by machine and backend, and so does the time.
hide_coder <- function(lines) {
  lines <- grep("^!|^  [^ ].*[.]$", lines, value = TRUE, invert = TRUE)
  lines <- gsub("[0-9]+ epochs [(]best: [0-9]+", "# epochs (best: #", lines)
  lines <- gsub("in [0-9.]+ s on .*;", "in # s on #;", lines)
  lines <- gsub("loss [0-9.,]+", "loss #", lines)
  lines <- gsub(", [0-9]+ of", ", # of", lines)
  table <- grepl("^ *((deep_)?autoencoder|PCA|mean|true images|noise) ", lines)
  lines[table] <- gsub("-?[0-9]+[.][0-9]+", "#", lines[table])
  gsub(" +", " ", lines)
}
