# Kills a training run at random moments and goes on with it: the result must
# have the bits of a run that was left alone.
#
#   Rscript bench/resume.R [times]
#
# Half of the time by kill -9, half by Ctrl-C (SIGINT), each in an R process of
# its own. Ends with an error if one run differs or cannot go on.

suppressPackageStartupMessages(library(deeply))

times <- c(commandArgs(TRUE), 20)[[1]] |> as.integer()

table <- function(n = 20000, p = 10) {
  set.seed(1)
  x <- as.data.frame(matrix(rnorm(n * p), n))
  x$group <- factor(sample(letters, n, TRUE))
  x$y <- x$V1 + x$V2 * x$V3 + (x$group == "a") + rnorm(n)
  x
}

fit_in <- function(folder) {
  deep_mlp(
    y ~ ., table(), hidden_units = c(64, 32), dropout = 0.2,
    normalization = "batch", baseline = FALSE,
    control = deep_control(
      epochs = 150, batch_size = 64, seed = 7, patience = Inf,
      optimizer = deep_optimizer("adamw", clip_norm = 1, ema = 0.99),
      learn_rate = deep_schedule("cosine", 0.003, warmup = 0.1),
      checkpoint = folder, checkpoint_every = "0.2 seconds", verbose = FALSE
    )
  )
}

weights <- function(fit) as_keras(fit)$get_weights()
numbers <- function(fit) fit$history[, -"seconds"]

started <- Sys.time()
whole <- fit_in(tempfile())
alone <- as.numeric(difftime(Sys.time(), started, units = "secs"))
stepping <- diff(range(whole$history$seconds))
cat(sprintf("Left alone: %.1f s, of which steps %.1f s\n", alone, stepping))

# One R process that starts the run; the moment counts from the first steps, as
# before them there is only compiling.
interrupt <- function(folder, signal, moment) {
  run <- callr::r_bg(
    function(fit_in, table, folder) {
      library(deeply)
      environment(fit_in) <- list2env(list(table = table))
      fit_in(folder)
    },
    list(fit_in, table, folder), supervise = TRUE
  )
  while (run$is_alive() && length(dir(folder, "^checkpoint.*npz$")) < 2) {
    Sys.sleep(0.02)
  }
  Sys.sleep(moment)
  alive <- run$is_alive()
  tools::pskill(run$get_pid(), signal)
  sent <- Sys.time()
  while (run$is_alive() && difftime(Sys.time(), sent, units = "secs") < 60) {
    Sys.sleep(0.02)
  }
  waited <- as.numeric(difftime(Sys.time(), sent, units = "secs"))
  fit <- if (signal == tools::SIGINT) try(run$get_result(), silent = TRUE)
  list(alive = alive, waited = waited, fit = fit)
}

set.seed(as.integer(Sys.time()))
failed <- 0
for (i in seq_len(2 * times)) {
  signal <- if (i <= times) tools::SIGKILL else tools::SIGINT
  folder <- tempfile()
  cut <- interrupt(folder, signal, runif(1, 0, 0.9 * stepping))
  usable <- signal == tools::SIGKILL ||
    (inherits(cut$fit, "deep_fit") && nrow(predict(cut$fit, table(9))) == 9)
  resumed <- deep_resume(folder, verbose = FALSE)
  same <- identical(weights(resumed), weights(whole)) &&
    identical(numbers(resumed), numbers(whole)) &&
    identical(resumed$judged$metrics, whole$judged$metrics)
  epochs <- if (usable && signal == tools::SIGINT) cut$fit$info$epochs else NA
  cat(sprintf(
    "%2d %-6s %s, ended after %4.1f s, fit of %s epochs: %s\n", i,
    if (signal == tools::SIGKILL) "kill" else "Ctrl-C",
    if (cut$alive) "in the run" else "too late", cut$waited,
    if (is.na(epochs)) "no" else epochs,
    if (same && usable) "same bits" else "DIFFERENT"
  ))
  failed <- failed + !(same && usable)
  unlink(folder, recursive = TRUE)
}
cat(sprintf("%d of %d ended as the run that was left alone\n",
            2 * times - failed, 2 * times))
if (failed > 0) quit(status = 1)
