# Autocorrelations of the errors one step ahead, and the band of white noise.
plot_residuals <- function(fit, call = rlang::caller_env()) {
  if (is.null(fit$judged)) {
    abort_no_errors(call)
  }
  found <- fit$judged$residuals
  if (is.null(found)) {
    one <- fit$prep$ahead[[1]] == 1
    deeply_abort(
      c(
        "There are no errors one step ahead to correlate.",
        x = if (one) "Fewer than 20 windows were held out, or all errors are the
                      same."
            else "The fit has learned {describe_ahead(fit$prep$ahead)} ahead.",
        i = if (!one) "Errors of more steps ahead overlap, so they are
                       correlated even if nothing was missed."
      ),
      class = "not_judged", call = call
    )
  }
  band <- residual_band(found)
  table <- found$lags[!is.na(found$lags$acf), ]
  colours <- c(within = "grey45", outside = palette_deeply[[2]])
  side <- ifelse(abs(table$acf) > band, "outside", "within")
  ggplot2::ggplot(table, ggplot2::aes(.data$lag, .data$acf)) +
    ggplot2::annotate("rect", xmin = -Inf, xmax = Inf, ymin = -band,
                      ymax = band, fill = palette_deeply[[6]], alpha = 0.25) +
    ggplot2::geom_hline(yintercept = 0, colour = "grey60") +
    ggplot2::geom_linerange(ggplot2::aes(ymin = 0, ymax = .data$acf),
                            colour = colours[side], linewidth = 0.9) +
    ggplot2::geom_point(colour = colours[side], size = 1.6) +
    ggplot2::scale_x_continuous(breaks = whole_breaks) +
    ggplot2::labs(
      title = residual_finding(found),
      subtitle = sprintf(
        "%s errors of held-out windows; in the band lie 95 %% of white noise",
        count(found$n)
      ),
      x = paste0("Lag", step_unit(fit$prep)), y = "Autocorrelation",
      caption = "Test: Ljung & Box (1978)"
    ) +
    theme_deeply()
}

step_unit <- function(prep) {
  if (is.null(prep$shown_step)) "" else sprintf(" (steps of %s)",
                                                prep$shown_step)
}

abort_no_errors <- function(call) {
  deeply_abort("No windows were held out, so there is no error to draw.",
               class = "not_judged", call = call)
}
