# How often which rows were judged. Who looks often enough finds a model that is
# good on these rows by luck.

#' Counts a look at rows whose outcome is known
#'
#' Rows are known by their outcomes: their hash is kept, for as long as R runs.
#'
#' @param truth As in `fit_cases()`.
#' @return The key of the rows.
#' @noRd
count_look <- function(truth, fit) {
  key <- rows_key(truth)
  before <- the$looks[[key]]
  the$looks[[key]] <- list(looks = sum(before$looks, 1L),
                           fits = union(before$fits, fit$info$id))
  key
}

rows_key <- function(truth) {
  rlang::hash(list(length(truth), truth))
}

#' @return A list of the numbers of `looks` and of the `fits` that were judged.
#' @noRd
looks_at <- function(key) {
  known <- if (!is.null(key)) the$looks[[key]]
  list(looks = sum(known$looks, 0L), fits = length(known$fits))
}

# How much better than it is the best of k equal models looks: the expected
# maximum of k normal errors, from above.
luck_of_best <- function(k, se) {
  se * sqrt(2 * log(max(k, 1)))
}

# So many tries at least, and such a share of the lead over the trivial model.
used_up_tries <- 10
used_up_share <- 0.5

#' Looks at the validation and the test rows
#'
#' @param ladder What `new_ladder()` gave.
#' @param tries What the user says of the validation rows, or `NULL`.
#' @param test The key of the test rows, or `NULL`.
#' @return A data.table of `set`, `looks`, `fits` (models that were judged) and
#'   `luck`, by how much the best of so many looks too good.
#' @noRd
count_looks <- function(fit, ladder, tries, test) {
  keys <- list(validation = fit$judged$key, test = test)
  keys <- keys[names(keys) %in% ladder$level]
  rows <- lapply(names(keys), function(set) {
    seen <- looks_at(keys[[set]])
    if (set == "validation") {
      # In another session the count begins anew; that of the fit is kept.
      seen$fits <- tries %||% max(seen$fits, fit$info$validation_looks)
      seen$looks <- max(seen$looks, seen$fits)
    }
    at <- ladder[ladder$level == set, ]
    se <- (at$upper - at$lower) / (2 * interval_width)
    data.table(set = set, looks = as.integer(seen$looks),
               fits = as.integer(seen$fits), luck = luck_of_best(seen$fits, se))
  })
  data.table::rbindlist(rows)
}
