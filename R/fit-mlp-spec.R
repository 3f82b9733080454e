# What the arguments and presets of deep_mlp() come to.

# What the presets with members share.
modern_sets <- list(
  activation = "relu", encoding = "embedding", numeric_embedding = "tree",
  scale = "standard", calibration = c("temperature", "conformal")
)

# What a preset sets, and its rules for what depends on the data.
mlp_presets <- list(
  default = list(
    sets = c(modern_sets, list(dropout = 0.1, members = 8)),
    hidden_units = function(width) c(128, 128),
    optimizer = function() {
      deep_optimizer("adamw", weight_decay = 3e-4, ema = 0.998)
    }
  ),
  best = list(
    sets = c(modern_sets, list(dropout = 0.2, members = 32)),
    hidden_units = function(width) c(256, 256),
    optimizer = function() {
      deep_optimizer("adamw", weight_decay = 3e-4, ema = 0.999)
    }
  ),
  book = list(
    sets = list(
      activation = "relu", dropout = 0, encoding = "onehot",
      numeric_embedding = "none", members = 1, scale = "range",
      calibration = "none"
    ),
    hidden_units = function(width) two_thirds(width),
    optimizer = function() deep_optimizer("adam")
  )
)

activations <- c("relu", "leaky_relu", "elu", "selu", "gelu", "silu", "tanh",
                 "sigmoid", "linear")

# The rule of thumb of the book: a hidden layer two thirds as wide as its input.
two_thirds <- function(width) {
  max(1, round(2 / 3 * width))
}

#' What was asked for, filled up from the preset
#'
#' @param asked Arguments of `deep_mlp()`; where one is `NULL` or left out, the
#'   preset decides. `hidden_units` then stay `NULL`: their rule waits for the
#'   width of a row.
#' @noRd
mlp_spec <- function(preset, asked = list(), call = rlang::caller_env()) {
  check_choice(preset, names(mlp_presets), call = call)
  check_choice(asked$calibration, c("temperature", "conformal", "none"),
               null = TRUE, arg = "calibration", call = call)
  asked$numeric_embedding <- check_fourier(asked, call)
  sets <- c(mlp_presets[[preset]]$sets, mlp_sets)
  units <- asked$hidden_units
  asked <- Filter(Negate(is.null), asked[setdiff(names(asked), "hidden_units")])
  spec <- c(list(preset = preset, hidden_units = units),
            utils::modifyList(sets, asked))
  check_mlp(spec, call)
  spec["fourier"] <-
    list(if (spec$numeric_embedding == "fourier") spec$fourier %||% 1)
  spec["quantile_levels"] <-
    list(check_quantile_levels(spec$quantile_levels, call))
  spec
}

# How a network for tables is trained, where nothing else is asked for.
table_training <- function(preset) {
  list(
    epochs = 200L, validation = 0.2, patience = 25, label_smoothing = 0,
    optimizer = mlp_presets[[preset]]$optimizer(),
    schedule = deep_schedule("constant")
  )
}

# What is the same in every preset.
mlp_sets <- list(penalty = 0, mixture = 0, normalization = "none", bins = 48)

check_mlp <- function(spec, call) {
  check <- function(check, name, ...) {
    check(spec[[name]], ..., arg = name, call = call)
  }
  check(check_counts, "hidden_units", null = TRUE)
  check(check_choice, "activation", activations)
  check(check_number, "dropout", min = 0, below = 1)
  check(check_number, "penalty", min = 0)
  check(check_number, "mixture", min = 0, max = 1)
  check(check_choice, "normalization", c("none", "batch", "layer"))
  check(check_choice, "encoding", c("onehot", "embedding"))
  check(check_choice, "numeric_embedding", numeric_embeddings)
  check(check_count, "bins", min = 2)
  check(check_count, "members")
}

numeric_embeddings <- c("none", "tree", "quantile", "periodic", "fourier")

#' The scale of the waves says by itself that they are wanted
#'
#' @return The `numeric_embedding` that was asked for, or `NULL`.
#' @noRd
check_fourier <- function(asked, call) {
  check_number(asked$fourier, above = 0, null = TRUE, arg = "fourier",
               call = call)
  if (is.null(asked$fourier)) {
    return(asked$numeric_embedding)
  }
  how <- asked$numeric_embedding %||% "fourier"
  if (!identical(how, "fourier")) {
    deeply_abort(
      c("{.arg fourier} is for {.code numeric_embedding = \"fourier\"}.",
        x = "It is {asked$fourier}, and {.arg numeric_embedding} is
             {.val {how}}.",
        i = "Leave one of the two out."),
      class = "argument", call = call
    )
  }
  how
}
