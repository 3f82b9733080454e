# How far the members of an ensemble are apart.

check_spread <- function(fit, call = rlang::caller_env()) {
  # Fits of earlier versions have none.
  if (isTRUE(fit$spec$network$members > 1)) {
    return(invisible())
  }
  deeply_abort(
    c("This fit has one member, so there is no spread.",
      i = if (!inherits(fit, "deep_cnn")) "Fit with {.code members = 8}."),
    class = "members",
    call = call
  )
}

#' The standard deviation of what the members predict
#'
#' @param outputs A matrix with the outputs of the members side by side.
#' @return A data.table.
#' @noRd
member_spread <- function(outputs, fit) {
  outcome <- fit$prep$outcome
  width <- fit$spec$network$outputs
  members <- lapply(seq_len(fit$spec$network$members), function(member) {
    at <- (member - 1) * width + seq_len(width)
    as.matrix(as_prediction(outputs[, at, drop = FALSE], outcome))
  })
  mean <- Reduce(`+`, members) / length(members)
  squares <- Reduce(`+`, lapply(members, function(x) (x - mean)^2))
  spread <- sqrt(squares / (length(members) - 1))
  colnames(spread) <- if (outcome$task == "regression") ".spread"
                      else paste0(".spread_", outcome$levels)
  data.table::as.data.table(spread)
}
