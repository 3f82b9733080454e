# Argument checks, one line each at the top of a public function.

check_number <- function(x, min = -Inf, max = Inf, above = -Inf, below = Inf,
                         finite = TRUE, null = FALSE,
                         arg = rlang::caller_arg(x),
                         call = rlang::caller_env()) {
  if (null && is.null(x)) {
    return(invisible())
  }
  ok <- is.numeric(x) && length(x) == 1 && !is.na(x) &&
    x >= min && x <= max && x > above && (below == Inf || x < below) &&
    (!finite || is.finite(x))
  if (!ok) {
    abort_argument(arg, x, number_range(min, max, above, below), call)
  }
}

number_range <- function(min, max, above, below) {
  limits <- c(
    if (min > -Inf) paste("at least", min),
    if (above > -Inf) paste("above", above),
    if (max < Inf) paste("at most", max),
    if (below < Inf) paste("below", below)
  )
  paste(c("one number", paste(limits, collapse = " and ")), collapse = " ")
}

check_count <- function(x, min = 1, null = FALSE, arg = rlang::caller_arg(x),
                        call = rlang::caller_env()) {
  if (null && is.null(x)) {
    return(invisible())
  }
  ok <- is.numeric(x) && length(x) == 1 && !is.na(x) && x >= min &&
    x %% 1 == 0 && x <= .Machine$integer.max
  if (!ok) {
    abort_argument(arg, x, paste("one whole number, at least", min), call)
  }
}

check_counts <- function(x, null = FALSE, arg = rlang::caller_arg(x),
                         call = rlang::caller_env()) {
  if (null && is.null(x)) {
    return(invisible())
  }
  ok <- is.numeric(x) && length(x) > 0 && !anyNA(x) && all(x >= 1) &&
    all(x %% 1 == 0)
  if (!ok) {
    abort_argument(arg, x, "whole numbers, each at least 1", call)
  }
}

check_flag <- function(x, null = FALSE, arg = rlang::caller_arg(x),
                       call = rlang::caller_env()) {
  if (null && is.null(x)) {
    return(invisible())
  }
  if (!isTRUE(x) && !isFALSE(x)) {
    abort_argument(arg, x, "`TRUE` or `FALSE`", call)
  }
}

check_choice <- function(x, choices, null = FALSE, arg = rlang::caller_arg(x),
                         call = rlang::caller_env()) {
  if (null && is.null(x)) {
    return(invisible())
  }
  if (!is.character(x) || length(x) != 1 || !x %in% choices) {
    wanted <- paste("one of", paste0('"', choices, '"', collapse = ", "))
    abort_argument(arg, x, wanted, call)
  }
}

abort_argument <- function(arg, x, wanted, call) {
  found <- cli::format_inline("{.obj_type_friendly {x}}")
  if (is.atomic(x) && length(x) == 1) {
    found <- deparse(x)
  }
  deeply_abort(
    c("{.arg {arg}} must be {wanted}.", x = "It is {found}."),
    class = "argument",
    call = call
  )
}

#' Nothing may land in `...`, which is there so that the rest is named in full
#'
#' @param control Whether `control` is an argument beside it.
#' @noRd
check_dots <- function(control = FALSE, env = rlang::caller_env(),
                       takes = names(formals(rlang::caller_fn()))) {
  given <- rlang::names2(as.list(substitute(list(...), env))[-1])
  if (!all(given != "")) {
    rlang::check_dots_empty(env, call = env)
  }
  if (length(given) == 0) {
    return(invisible())
  }
  for_control <- if (control) intersect(given, names(formals(deep_control)))
  takes <- setdiff(takes, "...")
  deeply_abort(
    c(
      "There {cli::qty(given)}{?is/are} no argument{?s} {.arg {given}}.",
      if (length(for_control) > 0) {
        c(i = "{.fn deep_control} takes {.arg {for_control}}: give
               {.code control = deep_control({for_control[[1]]} = ...)}.")
      } else {
        suggest_names(given, takes)
      }
    ),
    class = "argument", call = env
  )
}
