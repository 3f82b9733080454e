# Numbers that other backends round otherwise, and what is said of them.
hide_numbers <- function(lines) {
  gsub("[01][.][0-9]{3}", "#", grep("^!", lines, value = TRUE, invert = TRUE))
}

# What was chosen and how long it took differs by machine.
settled <- function(fit) {
  chosen <- list(penalty = 50, dropout = 0.2, evenness = 0.5, couples = 1000,
                 epochs = 6, share = 0.02, ridge = 2, likeness = 4)
  known <- intersect(names(fit$spec$chosen), names(chosen))
  fit$spec$chosen[known] <- chosen[known]
  fit$info$seconds <- 1.5
  if ("couples" %in% known) fit$info$parameters <- 12345
  fit
}

games <- function(n = 4000, seed = 1) {
  simulate_interactions(n, 300, 100, seed = seed)
}

fit_games <- function(data = games()$data, ..., method = "ease", seed = 1) {
  deep_recommender(data, "user", "item", ..., method = method,
                   control = deep_control(seed = seed, epochs = 8))
}
