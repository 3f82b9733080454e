#' How far should a forecaster look back?
#'
#' Fits the same forecaster with several look-backs and judges them on the same
#' held-out targets: the latest that all of them can forecast. What counts is
#' the difference to the best on the same windows, as neighbouring errors are
#' alike and some times are hard for all.
#'
#' The best of several looks better than it is, as it was chosen on the windows
#' that judge it. Where the interval of a difference covers 0, take the shorter
#' look-back.
#'
#' @inheritParams deep_forecaster
#' @param ... Further arguments of [deep_forecaster()], such as `horizon`,
#'   `index`, `cell` and `control`. All fits have the same seed.
#' @param lookback Two or more numbers of values that a window sees.
#'
#' @return A data.table of class `deep_lookbacks`, a row a look-back:
#'   `lookback`, `n` (windows), `rmse`, `mae`, and how much larger its squared
#'   error is than that of the best, as a share of it: `difference`, with its
#'   95 % interval from `lower` to `upper` (Diebold & Mariano 1995);
#'   `parameters` and `best_epoch`. `autoplot()` draws it.
#' @section Errors:
#' Those of [deep_forecaster()]; `deeply_error_argument` for less than two
#' look-backs.
#' @references
#' Diebold & Mariano (1995). Comparing predictive accuracy. Journal of Business
#' & Economic Statistics 13(3).
#' @seealso [deep_forecaster()], [backtest()]
#' @export
#' @examplesIf deeply::has_backend()
#' looks <- tune_lookback(datasets::AirPassengers, lookback = c(3, 12),
#'                        horizon = 3, cell = "linear",
#'                        control = deep_control(epochs = 1, seed = 1))
#' looks
#' autoplot(looks)
tune_lookback <- function(data, value = NULL, ..., lookback = c(3, 10)) {
  check_counts(lookback)
  lookback <- sort(unique(lookback))
  if (length(lookback) < 2) {
    abort_argument("lookback", lookback, "two or more different numbers",
                   rlang::current_env())
  }
  arguments <- rlang::list2(...)
  if ("baseline" %in% names(arguments)) {
    deeply_abort("{.arg baseline} is not for {.fn tune_lookback}.",
                 class = "argument")
  }
  arguments$control <- arguments$control %||% deep_control()
  check_control(arguments$control)
  arguments$control$seed <- draw_seed(arguments$control$seed)
  fits <- lapply(lookback, function(each) {
    rlang::exec(deep_forecaster, data, value, !!!arguments, baseline = FALSE,
                lookback = structure(each, among = lookback))
  })
  new_lookbacks(fits, lookback)
}

# Windows that all look-backs of a comparison can forecast from.
shared_windows <- function(panel, value, prep, lookback) {
  among <- attr(lookback, "among") %||% prep$lookback
  found <- lapply(among, function(each) {
    prep$lookback <- as.integer(each)
    all_windows(panel, value, prep)
  })
  Reduce(intersect, found)
}

new_lookbacks <- function(fits, lookback, call = rlang::caller_env()) {
  judged <- lapply(fits, `[[`, "judged")
  if (is.null(judged[[1]])) {
    deeply_abort(
      c("No windows were held out, so look-backs cannot be compared.",
        i = "Give a larger {.code deep_control(validation = )}."),
      class = "not_judged", call = call
    )
  }
  own <- data.table::rbindlist(lapply(judged, function(x) x$metrics[1, ]))
  cases <- lapply(judged, `[[`, "cases")
  best <- which.min(own$rmse)
  gain <- lapply(cases, function(x) {
    found <- skill_table(list(x$errors, best = cases[[best]]$errors),
                         x$time, fits[[1]]$prep$ahead)[1, ]
    -c(found$skill, found$upper, found$lower)
  })
  gain <- do.call(rbind, gain)
  gain[best, ] <- c(0, NA, NA)
  naive <- judged[[1]]$metrics
  naive <- naive[naive$model %in% naive_models, ]
  naive <- naive[which.min(naive$rmse), ]
  table <- data.table(
    lookback = as.integer(lookback), n = own$n, rmse = own$rmse, mae = own$mae,
    difference = gain[, 1], lower = gain[, 2], upper = gain[, 3],
    parameters = vapply(fits, function(fit) fit$info$parameters, 1),
    best_epoch = vapply(fits, function(fit) as.integer(fit$info$best_epoch), 1L)
  )
  data.table::setattr(table, "class", c("deep_lookbacks", class(table)))
  data.table::setattr(table, "about", list(
    value = fits[[1]]$prep$value, ahead = fits[[1]]$prep$ahead,
    frequency = fits[[1]]$prep$frequency, naive = naive$model,
    naive_rmse = naive$rmse,
    from = judged[[1]]$from, better = vapply(judged, function(x) {
      against_naive(x)$better
    }, NA)
  ))
  table[]
}

#' @export
print.deep_lookbacks <- function(x, ...) {
  about <- attr(x, "about")
  if (is.null(about) || is.null(x$difference)) {
    return(NextMethod())
  }
  cat("<deep_lookbacks>\n")
  cat_field("Forecasts", sprintf("`%s`, %s ahead", about$value,
                                 describe_ahead(about$ahead)))
  cat_field("Judged on", paste0(
    plural(x$n[[1]], "window"), ", the same for all",
    if (!is.null(about$from)) {
      paste0(", ", paste(show_times(about$from, about$frequency),
                         collapse = " to "))
    }
  ))
  cat("\n")
  shown <- data.frame(
    lookback = x$lookback, rmse = format_metric(x$rmse, 3),
    mae = format_metric(x$mae, 3), "squared error to best" = lookback_gaps(x),
    check.names = FALSE
  )
  print(shown, row.names = FALSE)
  cat("\n")
  for (line in lookback_findings(x)) {
    cat(strwrap(line, width = 78, exdent = 2), sep = "\n")
  }
  invisible(x)
}

lookback_gaps <- function(x) {
  points <- function(x) vapply(100 * x, function(x) sprintf("%+.1f", x), "")
  ifelse(is.na(x$lower), "best", sprintf(
    "%s %% (%s to %s)", points(x$difference), points(x$lower), points(x$upper)
  ))
}

#' What is found, a sentence a line
#' @noRd
lookback_findings <- function(x) {
  about <- attr(x, "about")
  best <- is.na(x$lower)
  alike <- !best & x$lower <= 0
  worse <- !best & !alike
  at <- x$lookback[best]
  said <- paste(c(
    if (any(worse)) paste("better than", and(x$lookback[worse])),
    if (any(alike)) paste("not to be told apart from", and(x$lookback[alike]))
  ), collapse = ", ")
  naive <- sprintf("the %s forecast (RMSE %s)", about$naive,
                   trimws(format_metric(about$naive_rmse, 3)))
  c(
    sprintf("A look-back of %d is %s.", at, said),
    if (!about$better[best]) {
      paste0("It is no better than ", naive, ".")
    }
  )
}

and <- function(x) {
  last <- length(x)
  if (last == 1) as.character(x)
  else paste(toString(x[-last]), "and", x[[last]])
}

#' @rdname tune_lookback
#' @param object What `tune_lookback()` gave.
#' @export
autoplot.deep_lookbacks <- function(object, ...) {
  check_dots()
  about <- attr(object, "about")
  best <- is.na(object$lower)
  # The interval of a difference, on the scale of the error.
  beside <- function(share) min(object$rmse) * sqrt(pmax(1 + share, 0))
  frame <- data.table(
    at = factor(object$lookback, object$lookback), rmse = object$rmse,
    lower = beside(object$lower), upper = beside(object$upper), best = best
  )
  ggplot2::ggplot(frame, ggplot2::aes(.data$at, .data$rmse,
                                      colour = .data$best)) +
    ggplot2::geom_hline(yintercept = about$naive_rmse, linetype = "dashed",
                        colour = "grey50") +
    ggplot2::geom_linerange(ggplot2::aes(ymin = .data$lower,
                                         ymax = .data$upper),
                            data = frame[!frame$best, ], linewidth = 0.9) +
    ggplot2::geom_point(size = 3) +
    ggplot2::scale_colour_manual(
      values = c("TRUE" = palette_deeply[[1]], "FALSE" = "grey45")
    ) +
    # In their order, whichever the layer before has.
    ggplot2::scale_x_discrete(limits = levels(frame$at)) +
    ggplot2::labs(
      title = wrap_title(sub("[.]$", "", lookback_findings(object)[[1]])),
      subtitle = "Lines: 95 % intervals of the difference to the best",
      x = "Look-back", y = "RMSE",
      caption = sprintf("Dashed: the %s forecast, on the same %s windows",
                        about$naive, count(object$n[[1]]))
    ) +
    theme_deeply() +
    ggplot2::theme(legend.position = "none")
}
