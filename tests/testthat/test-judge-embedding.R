embedded_fit <- function() {
  if (is.null(shared$embedded)) {
    shared$embedded <- plain_mlp(
      price ~ ., task_table("regression"), encoding = "embedding",
      baseline = FALSE, control = quick(epochs = 20, validation = 0)
    )
  }
  shared$embedded
}

test_that("the map is the principal components of the learned vectors", {
  skip_if_no_backend()
  fit <- embedded_fit()
  found <- explain(fit, type = "embedding", column = "colour")
  expect_equal(found$level, c("blue", "green", "red"))
  expect_equal(found$n, as.vector(table(task_table("regression")$colour)))
  # Row 1 of a table belongs to unknown levels; colour is the first category.
  vectors <- fit_weights(fit)[[1]][-1, ]
  expect_equal(unname(attr(found, "vectors")), vectors, tolerance = 1e-6)
  expect_equal(as.vector(dist(found[, c(".x", ".y")])),
               as.vector(dist(prcomp(vectors)$x[, 1:2])), tolerance = 1e-6)
  near <- summary(found)
  cosine <- function(i, j) {
    sum(vectors[i, ] * vectors[j, ]) /
      sqrt(sum(vectors[i, ]^2) * sum(vectors[j, ]^2))
  }
  pairs <- list(c(1, 2), c(1, 3), c(2, 3))
  values <- vapply(pairs, function(p) cosine(p[[1]], p[[2]]), 1)
  for (i in 1:3) {
    mine <- vapply(pairs, function(p) i %in% p, NA)
    expect_equal(near$cosine[[i]], max(values[mine]), tolerance = 1e-6)
    best <- setdiff(pairs[mine][[which.max(values[mine])]], i)
    expect_equal(near$neighbour[[i]], found$level[[best]])
  }
  plot <- autoplot(found)
  expect_match(plot$labels$title, "are most alike \\(cosine")
  expect_match(plot$labels$x, "Component 1 .* % of the variance")
  expect_silent(ggplot2::ggplot_build(plot))
})

test_that("two levels have a map too", {
  skip_if_no_backend()
  found <- explain(embedded_fit(), type = "embedding", column = "open")
  expect_equal(found$level, c("FALSE", "TRUE"))
  expect_equal(found$.y, c(0, 0), tolerance = 1e-6)
  expect_silent(ggplot2::ggplot_build(autoplot(found)))
})

test_that("t-SNE is the same with the same seed", {
  skip_if_no_backend()
  data <- with_seed(6, data.frame(
    code = sample(letters[1:8], 200, TRUE), x = rnorm(200)
  ))
  data$y <- data$x + (data$code %in% c("a", "b", "c"))
  fit <- plain_mlp(y ~ ., data, encoding = "embedding", baseline = FALSE,
                  control = quick())
  map <- function() {
    explain(fit, type = "embedding", column = "code", method = "tsne",
            seed = 8)
  }
  found <- map()
  expect_identical(map()$.x, found$.x)
  expect_equal(autoplot(found)$labels$x, "t-SNE 1")
  expect_snapshot(error = TRUE, {
    explain(embedded_fit(), type = "embedding", column = "colour",
            method = "tsne")
    explain(fit, type = "embedding", column = "cod")
    explain(fit, type = "embedding", column = "x")
  })
})

fixture_embedding <- function(levels, n) {
  k <- length(levels)
  angle <- cumsum(seq_len(k)) / 3
  vectors <- cbind(cos(angle), sin(angle), 0.1)
  rownames(vectors) <- levels
  table <- explained(
    data.table(level = levels, n = as.integer(n), .x = vectors[, 1],
               .y = vectors[, 2]),
    list(column = "town", method = "pca", shares = c(0.61, 0.27), length = 3L),
    "deep_embedding"
  )
  data.table::setattr(table, "vectors", vectors)
  table
}

test_that("maps print and draw their finding", {
  few <- fixture_embedding(c("Ely", "York", "Bath"), c(1210, 345, 8))
  many <- fixture_embedding(sprintf("%d: a town with a long name", 1:23),
                            c(23:4, NA, NA, NA))
  expect_snapshot({
    few
    summary(few)
    few[1:2, ]
    many
  })
  plot <- autoplot(few)
  # Bath has too few rows to be told of.
  expect_equal(plot$labels$title,
               "town: Ely and York are most alike (cosine 0.79)")
  expect_equal(plot$labels$x, "Component 1 (61 % of the variance)")
  drawn <- place_labels(many)
  expect_equal(nrow(drawn), 23)
  expect_silent(ggplot2::ggplot_build(autoplot(many)))
})
