# Maps of what a fit has learned of the levels of a category.

explain_embedding <- function(fit, column, method, seed,
                              call = rlang::caller_env()) {
  check_embedded(fit, call)
  prep <- fit$prep
  categories <- prep$columns[is_category(prep)]
  check_explained_column(column, names(categories), prep, call, "category")
  at <- match(column, names(categories))
  vectors <- backend_call("vectors", live_model(fit), at - 1L)
  shares <- training_shares(prep)[[column]]
  levels <- code_names(categories[[column]])
  rownames(vectors) <- levels
  map <- map_vectors(vectors, method, seed, call)
  n <- round(shares * prep$rows$learned)
  n[!attr(shares, "known")] <- NA
  table <- data.table(level = levels, n = as.integer(n), .x = map$places[, 1],
                      .y = map$places[, 2])
  table <- explained(table, list(
    column = column, method = method, shares = map$shares, seed = seed,
    length = ncol(vectors)
  ), "deep_embedding")
  data.table::setattr(table, "vectors", vectors)
  table
}

check_embedded <- function(fit, call) {
  network <- fit$spec$network
  if (length(network$levels) == 0) {
    deeply_abort(
      c("This fit has no category, so there is no embedding to look at.",
        i = "Make a column of codes a factor before the fit."),
      class = "encoding", call = call
    )
  }
  if (network$encoding != "embedding") {
    deeply_abort(
      c("This fit has one-hot categories, so there is no embedding to look at.",
        i = "Fit with {.code encoding = \"embedding\"}."),
      class = "encoding", call = call
    )
  }
}

#' Two dimensions of many
#'
#' @return A list of `places` (a matrix of two columns) and, of principal
#'   components, their `shares` of the variance.
#' @noRd
map_vectors <- function(vectors, method, seed, call) {
  if (method == "tsne") {
    if (nrow(vectors) < 5) {
      deeply_abort(
        c("t-SNE needs at least five levels; this column has {nrow(vectors)}.",
          i = "Use {.code method = \"pca\"}."),
        class = "too_few_rows", call = call
      )
    }
    return(list(places = backend_call("tsne", unname(vectors), seed)))
  }
  components <- stats::prcomp(vectors)
  variance <- c(components$sdev^2, 0)
  list(places = cbind(components$x, 0)[, 1:2, drop = FALSE],
       shares = (variance / sum(variance))[1:2])
}

#' The nearest level of each, by the angle between the vectors
#' @noRd
nearest_levels <- function(vectors) {
  unit <- vectors / sqrt(rowSums(vectors^2))
  cosine <- tcrossprod(unit)
  diag(cosine) <- -Inf
  nearest <- max.col(cosine, ties.method = "first")
  data.table(level = rownames(vectors), neighbour = rownames(vectors)[nearest],
             cosine = cosine[cbind(seq_along(nearest), nearest)])
}

#' @export
summary.deep_embedding <- function(object, ...) {
  nearest_levels(attr(object, "vectors"))
}

#' @export
print.deep_embedding <- function(x, digits = 2, ...) {
  if (!is_whole(x)) {
    return(NextMethod())
  }
  about <- attr(x, "about")
  cat(sprintf("<embedding of %s> %s, vectors of length %d\n\n", about$column,
              cli::pluralize("{nrow(x)} level{?s}"), about$length))
  near <- summary(x)[order(-x$n), ]
  shown <- data.frame(
    level = format(shorten_text(near$level)),
    n = ifelse(is.na(x$n), "", count_each(x$n))[order(-x$n)],
    nearest = shorten_text(near$neighbour),
    cosine = format_metric(near$cosine, digits)
  )
  names(shown)[[1]] <- format("level", width = nchar(shown[[1]][[1]]))
  print(utils::head(shown, most_shown), row.names = FALSE, right = TRUE)
  if (nrow(x) > most_shown) {
    cat(cli::pluralize("and {nrow(x) - most_shown} level{?s} more"), "\n",
        sep = "")
  }
  if (!all(is_learned(x))) {
    cat("! Levels with few rows are near where they began, at random.\n")
  }
  invisible(x)
}

# A vector that a few rows have moved says little.
is_learned <- function(x) {
  !is.na(x$n) & x$n >= 20
}
