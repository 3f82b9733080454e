# Median time of predict() for one row on a warm model, preparation included.
#
#   Rscript bench/predict.R

library(deeply)

set.seed(1)
n <- 5000
data <- data.frame(matrix(rnorm(n * 6), n))
for (j in 1:8) {
  data[[paste0("g", j)]] <- sample(letters[1:(2 * j)], n, TRUE)
}
data$y <- factor(rowSums(data[1:6]) > 0, labels = c("no", "yes"))
fit <- deep_mlp(y ~ ., data, control = deep_control(epochs = 2))

one <- data[7, ]
predict(fit, one)
times <- replicate(500, {
  started <- Sys.time()
  predict(fit, one, type = "prob")
  as.numeric(Sys.time() - started, units = "secs")
})
cat(sprintf(
  "One row, 14 columns: median %.2f ms, 95 %% below %.2f ms (bar: 5 ms)\n",
  1e3 * median(times), 1e3 * quantile(times, 0.95)
))

rows <- data[rep(seq_len(n), 200), ]
seconds <- system.time(predict(fit, rows, type = "prob"))[["elapsed"]]
cat(sprintf("%s rows: %.2f s, %.0f ns a row\n",
            format(nrow(rows), big.mark = ","), seconds,
            1e9 * seconds / nrow(rows)))
