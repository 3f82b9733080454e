#' deeply: deep learning in one call a task, judged honestly
#'
#' From a raw table to a trained, judged, saved network without writing
#' TensorFlow: [deep_mlp()] fits, `print()` and
#' [evaluate()][evaluate.deep_fit] say how good it is beside a trivial and a
#' strong simple model on the same rows, [predict()][predict.deep_fit] uses it,
#' and `saveRDS()` keeps it.
#'
#' @section Python:
#' The networks run on Keras in Python. [deep_install()] sets that up once,
#' [deep_sitrep()] says what is missing. Nothing touches Python until the first
#' call that needs it.
#'
#' @section Options:
#' * `deeply.backend`: `"tensorflow"` (the default) or `"jax"`, read when
#'   Python starts.
#' * `deeply.consent`: `TRUE` lets [deep_data()] download without asking.
#'
#' @keywords internal
#' @importFrom data.table := .GRP .I .N .SD data.table
#' @importFrom rlang %||% .data
#' @importFrom stats predict
"_PACKAGE"

# What lives as long as the R session: the bridge to Python, the process that
# opened it, models revived from their bytes, how often which rows were judged,
# and, of a worker, its work.
the <- new.env(parent = emptyenv())
the$bridge <- NULL
the$pid <- NULL
the$live <- list()
the$quiet <- FALSE
the$work <- NULL
the$looks <- list()
