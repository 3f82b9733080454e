# A formula as a list of columns, each computed row by row.

#' The right-hand side of a formula, as one expression a column
#' @noRd
formula_predictors <- function(formula, data, call) {
  # Only names matter here; list columns would be taken apart.
  empty <- rlang::rep_named(colnames(data), list(logical()))
  predictors <- formula_terms(formula, list2DF(empty), call)
  names(predictors) <- vapply(predictors, rlang::as_label, character(1))
  outcome <- all.vars(rlang::f_lhs(formula))
  leaked <- intersect(outcome, unlist(lapply(predictors, all.vars)))
  if (length(leaked) > 0) {
    deeply_abort(
      c(
        "The outcome {.field {leaked}} is also a predictor.",
        i = "Remove it from the right-hand side of the formula."
      ),
      class = "formula",
      call = call
    )
  }
  Map(check_rowwise, predictors, list(as_eval_data(data)), list(call))
}

formula_terms <- function(formula, shape, call) {
  unknown <- setdiff(all.vars(formula), c(".", names(shape)))
  if (length(unknown) > 0) {
    # R warns of `. - w` where `.` has no `w`: the weights, for instance.
    shape[unknown] <- list(logical())
    dot <- setdiff(names(shape), c(unknown, all.vars(rlang::f_lhs(formula))))
    formula <- replace_dot(formula, lapply(dot, as.name))
  }
  terms <- stats::terms(formula, data = shape)
  labels <- attr(terms, "term.labels")
  refuse_terms(terms, labels, call)
  if (length(labels) == 0) {
    deeply_abort(
      "The formula {.code {deparse1(formula)}} has no predictor.",
      class = "formula",
      call = call
    )
  }
  lapply(labels, str2lang)
}

replace_dot <- function(formula, columns) {
  if (length(columns) > 0) {
    rlang::f_rhs(formula) <- do.call(substitute, list(
      rlang::f_rhs(formula), list(. = sum_of(columns))
    ))
  }
  formula
}

sum_of <- function(expressions) {
  Reduce(function(sum, term) call("+", sum, term), expressions)
}

refuse_terms <- function(terms, labels, call) {
  crossed <- labels[attr(terms, "order") > 1]
  if (length(crossed) > 0) {
    deeply_abort(
      c(
        "The formula has {cli::qty(crossed)}{?an interaction/interactions}:
         {.code {crossed}}.",
        i = "A network finds interactions by itself; a product that is known
             to matter can be written {.code I(a * b)}."
      ),
      class = "formula",
      call = call
    )
  }
  if (!is.null(attr(terms, "offset"))) {
    deeply_abort(
      "The formula has an offset, which deeply does not have.",
      class = "formula",
      call = call
    )
  }
}

# log(x) of a row depends on that row only; scale(x) or x - mean(x) would mean
# something else in new data. Half the rows must give half the values.
check_rowwise <- function(predictor, data, call) {
  if (is.symbol(predictor)) {
    return(predictor)
  }
  used <- data[intersect(all.vars(predictor), names(data))]
  half <- seq_len(ceiling(length(data[[1]]) / 2))
  whole <- evaluate_column(predictor, used)
  part <- evaluate_column(predictor, lapply(used, `[`, half))
  fine <- is.null(dim(whole)) && length(whole) == length(data[[1]]) &&
    identical(whole[half], part)
  if (!fine) {
    deeply_abort(
      c(
        "{.code {deparse1(predictor)}} does not give one value a row
         that depends on that row alone.",
        i = "Scaling is done inside, on the training rows; other columns are
             best made in the data before the fit."
      ),
      class = "formula",
      call = call
    )
  }
  predictor
}

evaluate_column <- function(predictor, data) {
  values <- tryCatch(
    eval(predictor, as_eval_data(data), globalenv()),
    error = function(cnd) {
      deeply_abort(
        "{.code {deparse1(predictor)}} of the formula cannot be computed.",
        class = "formula",
        parent = cnd,
        call = NULL
      )
    }
  )
  if (inherits(values, "AsIs")) {
    class(values) <- setdiff(class(values), "AsIs")
  }
  values
}

# A list without attributes: eval() and subsetting then never meet the methods
# of data.table or tibble.
as_eval_data <- function(data) {
  if (is.matrix(data)) {
    data <- as.data.frame(data)
  }
  structure(unclass(data), row.names = NULL)
}
