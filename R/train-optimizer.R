#' The rule that turns gradients into steps
#'
#' Name an optimizer in [deep_control()], or build one here to set more than its
#' learning rate. Every value that is left out is filled in, so what is printed
#' is all that is done. The learning rate itself is set by the `learn_rate` of
#' [deep_control()].
#'
#' * `"sgd"`: a step down the gradient, with momentum if asked (Robbins & Monro
#'   1951, Polyak 1964).
#' * `"adagrad"`: a rate for each weight that falls with the sum of its squared
#'   gradients (Duchi, Hazan & Singer 2011).
#' * `"rmsprop"`: the same with a moving mean, so that steps do not die out
#'   (Tieleman & Hinton 2012).
#' * `"adam"`: a moving mean of the gradient over the root of a moving mean of
#'   its square, both corrected for their start at zero (Kingma & Ba 2015).
#' * `"adamw"`: `"adam"` with weight decay (Loshchilov & Hutter 2019).
#' * `"lion"`: steps of one size, by the sign of a moving mean. It wants a
#'   learning rate 3 to 10 times smaller than Adam's (Chen et al. 2023).
#' * `"adafactor"`: mean squares kept for rows and columns only, for large
#'   networks; the learning rate is relative to the size of the weights (Shazeer
#'   & Stern 2018).
#'
#' Defaults are those of Keras 3, but the learning rate of `"adafactor"` is what
#' is given, without a limit that falls with the number of steps.
#'
#' @param name `"sgd"`, `"adagrad"`, `"rmsprop"`, `"adam"`, `"adamw"`, `"lion"`
#'   or `"adafactor"`.
#' @param momentum Share of the last step that is added to this one, from 0 to
#'   below 1, for `"sgd"` and `"rmsprop"`. `NULL`: 0.
#' @param nesterov `TRUE`: the gradient counts as if the momentum's step had
#'   been taken already (Sutskever et al. 2013). For `"sgd"` with a `momentum`.
#' @param beta_1 Memory of the mean gradient, from 0 to below 1, for `"adam"`,
#'   `"adamw"` and `"lion"` (there, above 0). `NULL`: 0.9.
#' @param beta_2 Memory of the mean squared gradient, from 0 to below 1, for
#'   `"adam"` and `"adamw"`. `NULL`: 0.999. For `"lion"` the memory of its
#'   momentum. `NULL`: 0.99.
#' @param rho Memory of the mean squared gradient, from 0 to below 1, for
#'   `"rmsprop"`. `NULL`: 0.9.
#' @param epsilon Added where a gradient's size is divided by, against zero:
#'   above 0, for `"adagrad"`, `"rmsprop"`, `"adam"` and `"adamw"`. `NULL`:
#'   1e-7.
#' @param weight_decay With each step a weight also shrinks by `learn_rate *
#'   weight_decay * weight`, apart from its gradient (Loshchilov & Hutter
#'   2019). At least 0, with any optimizer. `NULL`: 0.004 for `"adamw"`, else 0.
#' @param clip_norm Gradients that together have a larger Euclidean norm are
#'   scaled down to it (Pascanu, Mikolov & Bengio 2013). Above 0. `NULL`: no
#'   limit.
#' @param clip_value Each element of a gradient is cut to plus or minus this.
#'   Above 0. `NULL`: no limit. Only one of `clip_norm` and `clip_value`.
#' @param ema Keeps a moving average of the weights, `average * ema + weights *
#'   (1 - ema)` after each step, and that average is what is scored and kept
#'   (Polyak & Juditsky 1992). Above 0 and below 1; 0.99 averages about the last
#'   100 steps. It starts at the first weights, so a run must be longer than
#'   that. `NULL`: the weights themselves are scored and kept.
#' @param accumulate Number of batches whose mean gradient makes one step: the
#'   effect of a larger batch in the memory of a small one.
#'
#' @return A list of class `deep_optimizer`: `name`, the values of that
#'   optimizer, and `weight_decay`, `clip_norm`, `clip_value`, `ema` and
#'   `accumulate`.
#' @section Errors:
#' A value out of its range, an argument that the chosen optimizer does not
#' have, `nesterov` without `momentum`, and both kinds of clipping at once are
#' errors of class `deeply_error_argument`.
#' @references
#' Chen et al. (2023). Symbolic discovery of optimization algorithms. NeurIPS.
#'
#' Duchi, Hazan & Singer (2011). Adaptive subgradient methods for online
#' learning and stochastic optimization. JMLR 12.
#'
#' Kingma & Ba (2015). Adam: a method for stochastic optimization. ICLR.
#'
#' Loshchilov & Hutter (2019). Decoupled weight decay regularization. ICLR.
#'
#' Pascanu, Mikolov & Bengio (2013). On the difficulty of training recurrent
#' neural networks. ICML.
#'
#' Polyak (1964). Some methods of speeding up the convergence of iteration
#' methods. USSR Computational Mathematics and Mathematical Physics 4(5).
#'
#' Polyak & Juditsky (1992). Acceleration of stochastic approximation by
#' averaging. SIAM Journal on Control and Optimization 30(4).
#'
#' Robbins & Monro (1951). A stochastic approximation method. Annals of
#' Mathematical Statistics 22(3).
#'
#' Shazeer & Stern (2018). Adafactor: adaptive learning rates with sublinear
#' memory cost. ICML.
#'
#' Sutskever, Martens, Dahl & Hinton (2013). On the importance of initialization
#' and momentum in deep learning. ICML.
#'
#' Tieleman & Hinton (2012). Lecture 6.5: RMSProp. Neural Networks for Machine
#' Learning, Coursera.
#' @seealso [deep_schedule()] for a learning rate that changes.
#' @export
#' @examples
#' deep_optimizer("sgd", momentum = 0.9, nesterov = TRUE)
#' deep_optimizer("adamw", weight_decay = 0.01, clip_norm = 1)
deep_optimizer <- function(name = "adam", momentum = NULL, nesterov = FALSE,
                           beta_1 = NULL, beta_2 = NULL, rho = NULL,
                           epsilon = NULL, weight_decay = NULL,
                           clip_norm = NULL, clip_value = NULL, ema = NULL,
                           accumulate = 1) {
  check_choice(name, optimizers)
  check_number(momentum, min = 0, below = 1, null = TRUE)
  check_flag(nesterov)
  check_number(beta_1, min = 0, below = 1, null = TRUE)
  check_number(beta_2, min = 0, below = 1, null = TRUE)
  check_number(rho, min = 0, below = 1, null = TRUE)
  check_number(epsilon, above = 0, null = TRUE)
  check_number(weight_decay, min = 0, null = TRUE)
  check_number(clip_norm, above = 0, null = TRUE)
  check_number(clip_value, above = 0, null = TRUE)
  check_number(ema, above = 0, below = 1, null = TRUE)
  check_count(accumulate)
  given <- list(
    momentum = momentum, nesterov = if (nesterov) TRUE, beta_1 = beta_1,
    beta_2 = beta_2, rho = rho, epsilon = epsilon
  )
  own <- own_values(name, given, optimizer_defaults, "optimizer")
  check_optimizer(name, own, clip_norm, clip_value)
  shared <- list(
    weight_decay = weight_decay %||% if (name == "adamw") 0.004 else 0,
    clip_norm = clip_norm, clip_value = clip_value, ema = ema,
    accumulate = as.integer(accumulate)
  )
  structure(c(list(name = name), own, shared), class = "deep_optimizer")
}

# What each optimizer has of its own, with the values of Keras 3 but one:
# Adafactor's relative step is off, as it would overrule the learning rate that
# was asked for.
optimizer_defaults <- list(
  sgd = list(momentum = 0, nesterov = FALSE),
  adagrad = list(initial_accumulator = 0.1, epsilon = 1e-7),
  rmsprop = list(rho = 0.9, momentum = 0, epsilon = 1e-7),
  adam = list(beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7),
  adamw = list(beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7),
  lion = list(beta_1 = 0.9, beta_2 = 0.99),
  adafactor = list(beta_2_decay = -0.8, epsilon_1 = 1e-30, epsilon_2 = 1e-3,
                   clip_threshold = 1, relative_step = FALSE)
)

optimizers <- names(optimizer_defaults)

#' The values of a chosen kind, defaults filled in
#'
#' @param chosen A name in `defaults`.
#' @param given Named list of what the caller set, `NULL` where not.
#' @param defaults Named list: for each choice, its arguments and their values.
#' @param what The word for a choice.
#' @return A named list. An argument that belongs to other choices is an error.
#' @noRd
own_values <- function(chosen, given, defaults, what,
                       call = rlang::caller_env()) {
  given <- given[lengths(given) > 0]
  own <- defaults[[chosen]]
  foreign <- setdiff(names(given), names(own))
  if (length(foreign) > 0) {
    has <- vapply(defaults, function(values) foreign[[1]] %in% names(values),
                  logical(1))
    owners <- names(defaults)[has]
    deeply_abort(
      c(
        "{.arg {foreign[[1]]}} does not belong to the {what} {.val {chosen}}.",
        i = "It belongs to {.val {owners}}."
      ),
      class = "argument",
      call = call
    )
  }
  utils::modifyList(own, given)
}

# What no argument can tell alone. Keras would ignore the first, and refuse the
# other two from inside Python.
check_optimizer <- function(name, own, clip_norm, clip_value,
                            call = rlang::caller_env()) {
  if (isTRUE(own$nesterov) && own$momentum == 0) {
    deeply_abort(
      c(
        "{.code nesterov = TRUE} needs a {.arg momentum} above 0.",
        i = "{.code momentum = 0.9} is usual."
      ),
      class = "argument",
      call = call
    )
  }
  if (name == "lion") {
    check_number(own$beta_1, above = 0, below = 1, arg = "beta_1", call = call)
  }
  if (!is.null(clip_norm) && !is.null(clip_value)) {
    deeply_abort(
      "Give {.arg clip_norm} or {.arg clip_value}, not both.",
      class = "argument",
      call = call
    )
  }
}

#' @export
print.deep_optimizer <- function(x, ...) {
  values <- vapply(optimizer_spec(x), format, character(1))
  values[["accumulate"]] <- cli::pluralize("{x$accumulate} batch{?es} a step")
  cat("<deep_optimizer>\n")
  cat(paste0(format(names(values)), "  ", values), sep = "\n")
  invisible(x)
}

# For an argument `optimizer`, which takes a name or an object.
as_optimizer <- function(x, arg = "optimizer", call = rlang::caller_env()) {
  if (inherits(x, "deep_optimizer")) {
    return(x)
  }
  if (!is.character(x) || length(x) != 1 || !x %in% optimizers) {
    names <- paste0('"', optimizers, '"', collapse = ", ")
    wanted <- paste("one of", names, "or what `deep_optimizer()` gives")
    abort_argument(arg, x, wanted, call)
  }
  deep_optimizer(x)
}

# A plain list of scalars, as the bridge takes it: what is not asked for is
# left out.
optimizer_spec <- function(optimizer) {
  spec <- unclass(optimizer)
  spec[lengths(spec) > 0]
}

# One line for `print.deep_control()`: the name, and what is not its default.
describe_optimizer <- function(optimizer) {
  spec <- optimizer_spec(optimizer)
  default <- optimizer_spec(deep_optimizer(optimizer$name))
  set <- spec[!vapply(names(spec), function(name) {
    identical(spec[[name]], default[[name]])
  }, logical(1))]
  details <- sprintf("%s = %s", names(set), vapply(set, format, ""))
  paste(c(optimizer$name, details), collapse = ", ")
}
