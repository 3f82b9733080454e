# explain(): permutation importance on Adult's test rows, beside the plain loop
# over predict(), and how many passes of the network that is.
#
#   Rscript bench/explain.R [epochs]

suppressPackageStartupMessages(library(deeply))
epochs <- as.integer(c(commandArgs(TRUE), 10L)[[1]])
seconds <- function(code) system.time(code)[["elapsed"]]

adult <- deep_data("adult")
fit <- deep_mlp(income ~ ., adult$train, baseline = FALSE,
                control = deep_control(epochs = epochs, seed = 1))
test <- adult$test
columns <- setdiff(names(test), "income")
repeats <- 10L
passes <- length(columns) * repeats
invisible(predict(fit, test))

ours <- seconds(found <- explain(fit, test, repeats = repeats, seed = 1))
print(found)

# What anyone would write: no interval, everything encoded each time.
score <- function(data) {
  deep_metrics(test$income, predict(fit, data, type = "prob"))$estimate[[1]]
}
loop <- seconds({
  before <- score(test)
  set.seed(1)
  drops <- sapply(columns, function(column) {
    mean(replicate(repeats, {
      data <- data.table::copy(test)
      data[[column]] <- sample(data[[column]])
      before - score(data)
    }))
  })
})
predictions <- seconds(for (i in seq_len(passes)) predict(fit, test))

calls <- 1 + length(columns) *
  ceiling(nrow(test) * repeats / deeply:::rows_at_once)
cat(sprintf(
  "\n%s rows, %d columns, %d repeats: %.1f s in %d calls of the network\n",
  format(nrow(test), big.mark = ","), length(columns), repeats, ours,
  calls
))
cat(sprintf("plain loop over predict(): %.1f s, %.2f times as long\n", loop,
            loop / ours))
cat(sprintf("%d predict() alone: %.1f s, %.2f times as long\n", passes,
            predictions, predictions / ours))
cat(sprintf("largest difference to the loop: %.4f\n",
            max(abs(found$importance - drops[found$column]))))

cat(sprintf("effect of one column: %.2f s\n", seconds(
  explain(fit, test, type = "effect", column = "age", seed = 1)
)))
cat(sprintf("attributions of 100 rows: %.2f s\n", seconds(
  explain(fit, test[1:100, ], type = "row")
)))
