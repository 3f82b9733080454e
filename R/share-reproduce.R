# The code that makes a fit again, from what the fit says was asked. Named are
# the settings that differ from their defaults. What leaves the network as it is
# (progress, checkpoints, logs) is left out, and with it the paths of a machine.

#' What was asked beside the network and its training
#'
#' A formula keeps no environment: it could hold the data.
#' @noRd
what_was_asked <- function(x, weights, class_weights, baseline) {
  list(
    formula = if (rlang::is_formula(x)) {
      rlang::new_formula(rlang::f_lhs(x), rlang::f_rhs(x), globalenv())
    },
    # The weights themselves are as long as the data.
    weights = if (is.null(weights) || rlang::is_string(weights)) weights
              else TRUE,
    class_weights = class_weights, baseline = baseline
  )
}

#' The code that makes a fit again
#'
#' @param fit A `deep_fit`.
#' @return Lines of R code.
#' @noRd
reproduce_code <- function(fit) {
  c(
    sprintf("library(deeply) # %s", fit$info$deeply), "",
    reproduce_data(fit), reproduce_control(fit), "",
    write_assigned("fit", write_call(fitted_by(fit), c(
      if (is_tuned(fit)) "before",
      reproduce_source(fit), reproduce_network(fit),
      reproduce_settings(fit$prep), reproduce_asked(fit$spec$asked),
      control = "control"
    ))),
    reproduce_since(fit),
    "deep_report(fit, new_data = test)"
  )
}

is_tuned <- function(fit) {
  !is.null(fit$spec$tuned)
}

fitted_by <- function(fit) {
  if (is_tuned(fit)) "fine_tune" else class(fit)[[1]]
}

# What was done to the fit after it was made.
reproduce_since <- function(fit) {
  c(
    if (!is.null(fit$calibration) && is.null(fit$calibration$on)) {
      sprintf("fit <- calibrate(fit, rows, method = %s) # the same %s rows",
              write_value(fit$calibration$method), count(fit$calibration$n))
    },
    if (!is.null(fit$threshold)) {
      sprintf("fit <- set_threshold(fit, %s)", write_value(fit$threshold))
    }
  )
}

reproduce_data <- function(fit) {
  if (fit$prep$blueprint$kind == "images") {
    return(reproduce_images(fit))
  }
  given <- switch(fit$prep$blueprint$kind,
    formula = "data", recipe = c("recipe", "data"), xy = c("x", "y")
  )
  if (isTRUE(fit$spec$asked$weights)) {
    given <- c(given, "weights")
  }
  sprintf("# %s: the %s rows of the fit", toString(given),
          count(sum(unlist(fit$info$rows))))
}

reproduce_source <- function(fit) {
  switch(fit$prep$blueprint$kind,
    formula = c(write_value(fit$spec$asked$formula), data = "data"),
    recipe = c("recipe", data = "data"),
    xy = c("x", y = "y"), images = "images"
  )
}

# As they were found to be, so that nothing is left to be found out.
reproduce_images <- function(fit) {
  prep <- fit$prep
  shape <- as_plain_number(prep$shape)
  weights <- if (isTRUE(fit$spec$asked$weights)) ", weights: one each"
  c(
    sprintf("# x, y: the %s images of the fit and their labels%s",
            count(sum(unlist(fit$info$rows))), weights %||% ""),
    write_assigned("images", write_call("deep_images", c(
      "x", "y", size = write_value(shape[1:2]),
      channels = write_value(shape[[3]]),
      write_changed(prep["resize"], list(resize = "crop")),
      broken = if (prep$settings$na == "drop") "\"skip\""
    ))),
    reproduce_borrowed(fit)
  )
}

# What cannot be written down: networks that the fit began with.
reproduce_borrowed <- function(fit) {
  if (is_tuned(fit)) {
    return("# before: the fit that was tuned")
  }
  backbone <- fit$spec$backbone
  if (!is.null(backbone)) {
    sprintf("# backbone: deep_backbone() of %s, weights from %s",
            backbone$name, basename(backbone$from))
  }
}

# What differs from the preset.
reproduce_network <- function(fit) {
  UseMethod("reproduce_network")
}

#' @exportS3Method
reproduce_network.deep_cnn <- function(fit) {
  spec <- fit$spec
  if (is_tuned(fit)) {
    return(c(layers = write_value(as_plain_number(spec$tuned$layers)),
             learn_rate = write_value(spec$control$schedule$learn_rate)))
  }
  if (!is.null(spec$backbone)) {
    return(reproduce_transfer(fit))
  }
  own <- cnn_spec(spec$preset)
  default <- cnn_spec(spec$preset, spec["architecture"])
  default["calibration"] <- list(if (spec$preset == "book") "none"
                                 else c("temperature", "conformal"))
  parts <- c(intersect(cnn_parts, names(spec)), "augmentation",
             "test_average", "calibration")
  plain <- function(parts) {
    lapply(parts, function(x) if (is.integer(x)) as.numeric(x) else x)
  }
  c(
    write_changed(spec["preset"], list(preset = "default")),
    write_changed(spec["architecture"], own),
    write_changed(plain(spec[parts]), plain(default))
  )
}

reproduce_transfer <- function(fit) {
  spec <- fit$spec
  default <- transfer_spec(spec$preset, list(), spec$backbone,
                           sum(unlist(fit$info$rows)))
  default$calibration <- c("temperature", "conformal")
  c(pretrained = "backbone",
    write_changed(spec[c(transfer_parts, "calibration")], default))
}

#' @exportS3Method
reproduce_network.deep_fit <- function(fit) {
  spec <- fit$spec
  asked <- c("hidden_units", "activation", "dropout", "penalty", "mixture",
             "normalization", "encoding", "numeric_embedding", "bins",
             "fourier", "members", "quantile_levels", "calibration")
  default <- mlp_spec(spec$preset)
  c(
    write_changed(spec["preset"], list(preset = "default")),
    write_changed(spec[asked], default),
    write_changed(spec["scale"], default)
  )
}

# Those of images are among what `deep_images()` is given.
reproduce_settings <- function(prep) {
  if (inherits(prep, "deep_image_prep")) {
    return(NULL)
  }
  settings <- prep$settings
  steps <- write_changed(settings$steps, deep_steps())
  c(
    write_changed(settings[c("na", "new_levels")], prep_settings()),
    steps = if (length(steps) > 0) write_call("deep_steps", steps)
  )
}

reproduce_asked <- function(asked) {
  weights <- asked$weights
  c(
    weights = if (isTRUE(weights)) "weights" else
      if (!is.null(weights)) write_value(weights),
    write_changed(asked["class_weights"], list()),
    write_changed(asked["baseline"], list(baseline = TRUE))
  )
}

# Control --------------------------------------------------------------------

# Rows to validate on, when there are more than a line of them, are taken from
# the fit itself.
most_row_numbers <- 20L

reproduce_control <- function(fit) {
  control <- fit$spec$control
  default <- fill_control(deep_control(), fit$spec$own)
  # 20 reads better than 20L, and means the same there.
  whole <- c("epochs", "batch_size")
  control[whole] <- lapply(control[whole], as_plain_number)
  default[whole] <- lapply(default[whole], as_plain_number)
  short <- !is.list(control$validation) &&
    length(control$validation) <= most_row_numbers
  plain <- setdiff(names(control), c(
    "optimizer", "schedule", if (!short) "validation", "seed", "checkpoint",
    "checkpoint_every", "tensorboard", "verbose"
  ))
  arguments <- c(
    write_changed(control[plain], default),
    optimizer = reproduce_optimizer(control$optimizer, default$optimizer),
    # fine_tune() itself is given the rate.
    learn_rate = if (!is_tuned(fit) &&
                       !identical(control$schedule, default$schedule)) {
      reproduce_schedule(control$schedule)
    },
    seed = write_value(as_plain_number(fit$info$seed))
  )
  c(
    write_assigned("control", write_call("deep_control", arguments)),
    if (!short) {
      c("# The rows to validate on are in the fit that this page is about.",
        "control$validation <- old$spec$control$validation")
    }
  )
}

as_plain_number <- function(x) {
  if (!is.null(x)) as.numeric(x)
}

reproduce_optimizer <- function(optimizer, default) {
  name <- optimizer$name
  if (identical(optimizer, default)) {
    return(NULL)
  }
  if (identical(optimizer, as_optimizer(name))) {
    return(write_value(name))
  }
  settable <- intersect(names(optimizer), names(formals(deep_optimizer)))
  changed <- write_changed(unclass(optimizer)[setdiff(settable, "name")],
                           deep_optimizer(name))
  write_call("deep_optimizer", c(write_value(name), changed))
}

reproduce_schedule <- function(schedule) {
  rate <- schedule$learn_rate
  if (identical(schedule, as_schedule(rate))) {
    return(if (!is.null(rate)) write_value(rate))
  }
  changed <- write_changed(unclass(schedule)[names(schedule) != "kind"],
                           deep_schedule(schedule$kind))
  write_call("deep_schedule", c(write_value(schedule$kind), changed))
}

# Writing --------------------------------------------------------------------

#' Code of the values that are not as by default
#'
#' @return A named vector of code.
#' @noRd
write_changed <- function(values, default) {
  same <- mapply(identical, values, unclass(default)[names(values)])
  vapply(values[!same], write_value, "")
}

# Code that gives the very same value: most numbers need fewer digits than the
# 17 that all would be safe with.
write_value <- function(value) {
  for (how in c("", "digits17")) {
    code <- deparse(value, width.cutoff = 60L, control = c(
      "keepNA", "keepInteger", "niceNames", if (nzchar(how)) how
    ))
    same <- rlang::is_formula(value) ||
      identical(eval(str2lang(paste(code, collapse = "\n"))), value)
    if (same) break
  }
  paste(code, collapse = "\n")
}

# On one line if that is short, else an argument a line.
write_call <- function(name, arguments) {
  labels <- rlang::names2(arguments)
  arguments <- paste0(labels, ifelse(nzchar(labels), " = ", ""), arguments)
  line <- sprintf("%s(%s)", name, paste(arguments, collapse = ", "))
  if (nchar(line) <= 66 && !grepl("\n", line, fixed = TRUE)) {
    return(line)
  }
  inside <- gsub("\n", "\n  ", arguments, fixed = TRUE)
  sprintf("%s(\n  %s\n)", name, paste(inside, collapse = ",\n  "))
}

write_assigned <- function(name, code) {
  strsplit(paste(name, "<-", code), "\n", fixed = TRUE)[[1]]
}
