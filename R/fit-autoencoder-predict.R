#' Rows given back, or their codes
#'
#' One row for each row of `new_data`, in its order. Categories the fit has not
#' seen and missing values are treated as the fit's `new_levels` and `na` say.
#' What was missing comes back filled in.
#'
#' @param object A fit of [deep_autoencoder()].
#' @param new_data Rows or images as the fit learned from.
#' @param type `"reconstruction"`, or `"code"`; of a variational fit the mean of
#'   the codes.
#' @param ... Not used.
#'
#' @return Reconstructions of a table are a data.table with its columns, in
#'   their units, and the levels of the training rows; columns that the
#'   preparation set aside are not in it, and levels that it took for rare are
#'   `"(rare)"`. Those of images are an
#'   array, images x height x width x channels, from 0 to 1. Codes are a
#'   data.table of `.code_1`, `.code_2`, ... Rows with missing values of a fit
#'   with `na = "drop"`, and images that cannot be read, are `NA`.
#' @section Errors:
#' * `deeply_error_new_levels`, `deeply_error_missing_values`,
#'   `deeply_error_column_missing`, `deeply_error_column_kind`: of a table, see
#'   [deep_prep()].
#' * `deeply_error_images`, `deeply_error_broken_images`: of images.
#' * `deeply_error_argument`: another type.
#' @export
#' @examplesIf deeply::has_backend()
#' fit <- deep_autoencoder(iris, code_units = 2,
#'                         control = deep_control(epochs = 20, seed = 1))
#' predict(fit, iris[c(1, 51, 101), ])
#' predict(fit, iris[c(1, 51, 101), ], type = "code")
predict.deep_autoencoder <- function(object, new_data,
                                     type = "reconstruction", ...) {
  check_dots()
  if (missing(new_data)) {
    deeply_abort(
      c("{.arg new_data} is missing.",
        i = "A fit does not hold the rows it was trained on."),
      class = "argument"
    )
  }
  check_choice(type, c("reconstruction", "code"))
  table <- new_table(object$prep, new_data)
  codes <- network_outputs(object, table, verb = "coder_codes")
  if (type == "code") {
    colnames(codes) <- paste0(".code_", seq_len(ncol(codes)))
    return(data.table::as.data.table(codes))
  }
  decode(object, codes)
}

#' @rdname anomaly_score
#' @section Autoencoders:
#' The score is what the row costs: of a table the mean over its columns of the
#' squared error (in standard deviations) or the cross-entropy, of images the
#' mean squared error of pixels, where white is 1. Of a variational fit it is
#' the negative evidence lower bound in nats, with the divergence counted once
#' whatever `beta` was, as the mean over eight codes, which are drawn alike for
#' each row.
#' @export
#' @examplesIf deeply::has_backend()
#' fit <- deep_autoencoder(iris, control = deep_control(epochs = 20, seed = 1))
#' odd <- iris[c(1, 51), ]
#' odd$Petal.Width[[1]] <- 4
#' anomaly_score(fit, odd)
anomaly_score.deep_autoencoder <- function(object, new_data, ...) {
  check_dots()
  table <- new_table(object$prep, new_data)
  costs <- network_outputs(object, table, verb = "coder_costs")
  data.table(.anomaly = costs[, 1])
}

#' @rdname tidiers
#' @export
augment.deep_autoencoder <- function(x, new_data, ...) {
  codes <- predict(x, new_data, type = "code")
  scores <- anomaly_score(x, new_data)
  if (!is_image_fit(x)) {
    return(cbind(data.table::as.data.table(new_data), codes, scores))
  }
  images <- new_table(x$prep, new_data, rlang::current_env())
  given <- unclass(images)
  about <- list(image = seq_along(images), path = given$paths, y = given$y)
  do.call(data.table, c(Filter(Negate(is.null), about), codes, scores))
}

#' Rows or images of codes
#'
#' @param codes A matrix; rows of `NA` stay such.
#' @param seed To draw what a variational fit says is left open, or `NULL`: the
#'   likeliest.
#' @noRd
decode <- function(fit, codes, seed = NULL) {
  known <- stats::complete.cases(codes)
  some <- codes[known, , drop = FALSE]
  handle <- live_model(fit)
  if (inherits(fit$prep, "deep_image_prep")) {
    images <- array(NA_real_, c(nrow(codes), fit$prep$shape))
    if (any(known)) {
      images[known, , , ] <- backend_call("generate", handle, some, NULL)
    }
    return(images)
  }
  columns <- length(numeric_names(fit$prep)) + sum(level_sizes(fit$prep))
  made <- matrix(NA_real_, nrow(codes), columns)
  if (any(known)) made[known, ] <- backend_call("coder_decode", handle, some)
  if (!is.null(seed)) made <- draw_around(made, fit, seed)
  restore_table(made, fit$prep)
}

# Numbers have a standard deviation around what is made, and categories come by
# their probabilities: the largest logit plus Gumbel noise is one so drawn.
draw_around <- function(made, fit, seed) {
  n <- length(numeric_names(fit$prep))
  values <- setdiff(seq_len(n), numeric_flags(fit$prep))
  levels <- n + seq_len(ncol(made) - n)
  with_seed(seed, {
    spread <- stats::rnorm(nrow(made) * length(values))
    made[, values] <- made[, values] +
      spread * rep(fit$sigma, each = nrow(made))
    made[, levels] <- made[, levels] -
      log(stats::rexp(nrow(made) * length(levels)))
  })
  made
}

# Encoded rows as a table ----------------------------------------------------

#' From what the network makes to the columns it learned from
#'
#' @param made A matrix, rows x encoded columns: numbers, as `numeric_names()`
#'   has them, then a logit a level.
#' @return A data.table.
#' @noRd
restore_table <- function(made, prep) {
  number <- 1L
  level <- length(numeric_names(prep)) + 1L
  restored <- lapply(prep$columns, function(column) {
    if (column$kind == "category") {
      logits <- made[, seq.int(level, length.out = column$size), drop = FALSE]
      level <<- level + column$size
      return(if (is.null(column$part)) restore_category(logits, column))
    }
    values <- made[, number]
    number <<- number + 1L + column$indicator
    # The parts of a date follow from the date.
    if (is.null(column$part)) restore_number(values, column)
  })
  data.table::setDT(Filter(Negate(is.null), restored))[]
}

restore_number <- function(values, column) {
  values <- values * column$scale + column$center
  if (!is.null(column$grid)) {
    grid <- column$grid
    values <- if (length(grid$x) < 2) rep(grid$x, length(values)) else
      stats::approx(grid$share, grid$x, stats::pnorm(values), rule = 2)$y
  }
  if (column$transform == "log1p") {
    values <- sign(values) * expm1(abs(values))
  }
  class <- if (is.null(column$repair)) column$class else column$repair$class
  switch(time_class(class),
    Date = structure(values, class = "Date"),
    POSIXct = structure(values, class = c("POSIXct", "POSIXt"),
                        tzone = column$zone),
    difftime = structure(values, class = "difftime", units = "secs"),
    values
  )
}

# The likeliest level; "missing" is none to give back.
restore_category <- function(logits, column) {
  names <- code_names(column)
  real <- setdiff(seq_along(names), column$na_code)
  best <- rep(NA_integer_, nrow(logits))
  known <- !is.na(logits[, 1])
  best[known] <- max.col(logits[known, real, drop = FALSE],
                         ties.method = "first")
  text <- names[real][best]
  if (column$class == "logical") {
    return(as.logical(text))
  }
  if (column$class == "character") {
    return(text)
  }
  levels <- union(column$levels, names[real])
  factor(text, levels, ordered = column$class == "ordered")
}
