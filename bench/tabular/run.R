# deeply and its rivals on tables: presets of deep_mlp() beside a linear model
# with a ridge penalty, XGBoost as it comes and tuned, a random forest and
# scikit-learn's MLP, on 15 tables, five seeds each.
#
#   DEEPLY_DATA_DIR=<folder> Rscript bench/tabular/run.R [name=value ...]
#
#   data=adult,wine        of problems.R; all
#   seeds=5                how many
#   presets=book,default   of deep_mlp(); all
#   out=<folder>           where results are; this one
#
# Each fit is a row of results.csv as soon as it is done, and rows that are
# there are not fitted again: a run that was stopped goes on, and to measure a
# model anew its rows are deleted. It ends with summary.txt and ranks.png, of
# the tables and seeds that have every model asked for.

suppressPackageStartupMessages({
  library(deeply)
  library(data.table)
})
here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(),
                                         value = TRUE)))
for (file in c("problems.R", "contestants.R", "report.R")) {
  source(file.path(here, file))
}

read_arguments <- function(given) {
  asked <- list(data = names(problems), seeds = 5,
                presets = names(deeply:::mlp_presets), out = here)
  pairs <- strsplit(given, "=", fixed = TRUE)
  names <- vapply(pairs, `[[`, "", 1)
  strange <- setdiff(names, names(asked))
  if (length(strange) > 0 || any(lengths(pairs) != 2)) {
    stop("Arguments are name=value, with the names ", toString(names(asked)))
  }
  asked[names] <- lapply(pairs, function(pair) strsplit(pair[[2]], ",")[[1]])
  asked$seeds <- as.integer(asked$seeds)
  strange <- setdiff(asked$data, names(problems))
  if (length(strange) > 0) {
    stop("No table ", toString(strange), "; there are ",
         toString(names(problems)))
  }
  asked
}

# A process that is killed may leave half a line.
read_results <- function(path) {
  bytes <- if (file.exists(path)) readBin(path, "raw", file.size(path))
  whole <- bytes[seq_len(max(0, which(bytes == charToRaw("\n"))))]
  if (length(whole) < length(bytes)) {
    writeBin(whole, path)
  }
  if (length(whole) == 0) {
    unlink(path)
    return(data.table(data = character(), seed = integer(),
                      model = character()))
  }
  fread(path)
}

run_all <- function(asked, contestants, path) {
  jobs <- CJ(seed = seq_len(asked$seeds), data = asked$data,
             model = names(contestants), sorted = FALSE)
  left <- jobs[!read_results(path), on = c("data", "seed", "model")]
  cat(nrow(jobs), "fits,", nrow(left), "to do\n")
  if (nrow(left) == 0) {
    return(invisible())
  }
  # The first start of Python and of TensorFlow is in nobody's time.
  invisible(deep_mlp(Species ~ ., iris, control = deep_control(epochs = 1)))
  started <- Sys.time()
  done <- 0
  for (group in split(left, by = c("seed", "data"))) {
    fit_group(group, contestants, path)
    done <- done + nrow(group)
    taken <- as.numeric(difftime(Sys.time(), started, units = "mins"))
    cat(sprintf("%d of %d, %.1f min\n", done, nrow(left), taken))
  }
}

# All that is left of a table and a seed. What fails is told, and tried again by
# the next run.
fit_group <- function(group, contestants, path) {
  seed <- group$seed[[1]]
  data <- group$data[[1]]
  problem <- tryCatch(problems[[data]]$make(seed), error = tell(data))
  if (is.null(problem)) {
    return(invisible())
  }
  for (model in group$model) {
    what <- sprintf("%-10s seed %d  %-8s", data, seed, model)
    found <- tryCatch(judge_contestant(contestants[[model]], problem, seed),
                      error = tell(what))
    if (!is.null(found)) {
      row <- data.table(data = data, seed_draws = problems[[data]]$seed_draws,
                        seed = seed, model = model, as.data.table(found))
      fwrite(row, path, append = file.exists(path))
      cat(sprintf("%s %s %.4f, %.1f s\n", what, found$metric, found$score,
                  found$fit_seconds))
    }
  }
}

tell <- function(what) {
  function(cnd) {
    cat(what, "failed:", conditionMessage(cnd), "\n")
    NULL
  }
}

asked <- read_arguments(commandArgs(TRUE))
dir.create(asked$out, showWarnings = FALSE, recursive = TRUE)
path <- file.path(asked$out, "results.csv")
contestants <- c(presets(asked$presets), rivals)
run_all(asked, contestants, path)
report(read_results(path)[model %in% names(contestants)], asked$out)
