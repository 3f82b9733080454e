#' Fit a multilayer perceptron to a table
#'
#' Prepares the columns, trains a fully connected network, and judges it beside
#' a trivial and a strong simple model on the same rows. The outcome decides
#' the task: a factor, text or logical with two values gives a binary
#' classifier, with more a multiclass one, a number a regression. Output layer,
#' loss and metrics follow. One network may have several outcomes.
#'
#' @section Presets:
#' * `"default"`: numbers become vectors (`numeric_embedding = "tree"`, `bins =
#'   48`), categories too, and 8 networks share their weights (`members`). Two
#'   hidden layers of 128 units, ReLU, dropout 0.1; AdamW with a weight decay of
#'   3e-4 and a moving average of the weights. About as good as boosted trees,
#'   in less than a minute on two cores for 30,000 rows of some ten columns; it
#'   grows with the columns.
#' * `"best"`: the same without a clock: 32 members, two hidden layers of 256
#'   units, dropout 0.2 and a longer average. It takes several times as long.
#' * `"book"`: the recipe of *Hands-On Deep Learning with R* (Pawlus & Devine,
#'   2020): one hidden layer two thirds as wide as the encoded row, ReLU, no
#'   dropout, one-hot categories, numbers scaled to 0-1, Adam.
#'
#' Every part of a preset can be set by hand.
#'
#' @section Numbers:
#' A network learns a straight line at once and a step or a peak only slowly,
#' and trees the other way round. So each number can become a vector first,
#' which follows its value in straight lines between knots: `"tree"` puts them
#' where a decision tree of this column and the outcome splits, `"quantile"` at
#' equal shares of the rows (Gorishniy et al. 2022). A column in which values
#' repeat (20 rows a value or more, at most 256 of them) has a knot at each, so
#' that a zero can mean something of its own. Beyond the smallest and the
#' largest training value nothing changes. `"periodic"` gives sines and cosines
#' of learned frequencies instead. Knots are learned from training rows only
#' (at most 100,000). A missing number has no vector but that of its indicator.
#' The vectors have 16 numbers, fewer where columns are many.
#'
#' @section Coordinates:
#' Where numbers are a place (of a pixel, a point on a map, a moment), what
#' happens there may change over short distances, and a network of plain numbers
#' learns slow changes first and fast ones hardly ever. `"fourier"` shows it 128
#' waves over all numbers together, in directions and with frequencies that are
#' drawn once and do not learn: `sin(2 * pi * B %*% x)` and the cosines, the
#' numbers in `B` being normal with standard deviation `fourier` (random Fourier
#' features; Tancik et al. 2020). The scale decides how fast what is learned may
#' change, in cycles per unit of the scaled numbers: by the `"default"` preset a
#' unit is one standard deviation of the column. Too small is blurred; too large
#' is noise between the training rows. Choose it by rows held out, as
#' [complexity_curve()] does. It is for a few columns that belong together.
#'
#' @section Members:
#' An ensemble of networks beats its best member, and costs as many times as
#' much. TabM (Gorishniy et al. 2025) shares all weights between the members but
#' those that each one multiplies its input columns with, and those of its
#' output. Each member learns by itself; the prediction is the mean of their
#' probabilities or values, and early stopping looks at that. `members = 1` is
#' the single network.
#'
#' @section Uncertainty:
#' * **Quantiles.** With `quantile_levels` the network has one output a level,
#'   trained by the pinball loss (Koenker & Bassett 1978), averaged over the
#'   levels. What crosses is sorted when predicting (Chernozhukov,
#'   Fernandez-Val & Galichon 2010). `predict(type = "quantile")` gives them,
#'   `type = "interval"` the two that lie around a `level`, and else the median.
#'   Judged are the mean pinball loss (in the outcome's unit), the share of the
#'   rows that the widest symmetric interval covers, and RMSE and MAE of the
#'   median, beside the quantiles of the training rows, linear regression with
#'   the quantiles of its residuals, and boosted trees.
#' * **Calibration.** By the `"default"` preset a fit with 50 validation rows or
#'   more is calibrated on them, as [calibrate()] would do. The logits of a
#'   classifier are divided by a temperature if every class is among these rows
#'   and their log loss falls by it beyond chance (a likelihood-ratio test at
#'   5 %), with `class_weights` and a focal loss too. A regression keeps
#'   residuals for `predict(type = "interval")`; of quantiles the ends of the
#'   intervals are moved until these rows are covered, as dropout makes them too
#'   wide. Its other predictions stay as they are.
#' * **How honest that is.** The numbers of the fit are those of its calibrated
#'   probabilities, on the rows that the temperature was learned from. It is one
#'   number, so it flatters by an order of one in the number of rows; the
#'   coverage of moved quantiles says nothing on these rows. The epoch was
#'   chosen on them too, so intervals may be slightly too narrow. On 20
#'   simulated sets with 200 validation rows, intervals of 90 % covered 90.2 %
#'   of 20,000 fresh rows on average, and 90.1 % if calibrated on 200 rows that
#'   nothing had seen. [calibrate()] replaces what was learned.
#'
#' @section Several outcomes:
#' `cbind(a, b) ~ .`, or a `y` with a named column each, fits one network to
#' several outcomes at once, which share its hidden layers (Caruana 1997). They
#' are all numbers (multi-output regression: each is standardised by its own
#' training mean and standard deviation, and the loss is the mean of their
#' squared errors), or have two classes each (multi-label classification: a
#' logit each, and the mean of their cross-entropies). A 0/1 column of numbers
#' is a number; make it a factor or logical if it is a label. A row that lacks
#' one of the outcomes is left out, and counted. Validation rows are drawn
#' within fifths of the mean of the standardised numbers, or within the rarest
#' label that a row has.
#'
#' Each outcome is judged beside baselines of its own, and `rsq` and all metrics
#' of labels also by their average. What looks into one outcome, such as
#' [calibrate()], [explain()] or [cross_validate()], takes a fit to that outcome
#' alone; so do `class_weights`, `quantile_levels`, `calibration` and a table in
#' files.
#'
#' @section Errors:
#' * `deeply_error_outcome_class`: several outcomes of which some are numbers
#'   and some are classes, one with more than two classes, or one without a name
#'   of its own.
#' * `deeply_error_several_outcomes`: several outcomes where one is wanted.
#'
#' @inheritParams deep_prep
#' @param data With a formula or a recipe, the data frame; with a formula also a
#'   [deep_parquet()] or [deep_csv()], which need not fit in memory. With a data
#'   frame or a matrix, the outcome (or a table of several) may stand here, as
#'   the second argument.
#' @param preset `"default"`, `"best"` or `"book"`, see below.
#' @param hidden_units Units of each hidden layer, such as `c(64, 32)`.
#' @param activation Of the hidden layers: `"relu"`, `"leaky_relu"`, `"elu"`,
#'   `"selu"`, `"gelu"`, `"silu"`, `"tanh"`, `"sigmoid"` or `"linear"`. The
#'   initial weights follow: He for the ReLU kinds, LeCun for SELU, Glorot for
#'   the rest.
#' @param dropout Share of hidden units left out at random in each training
#'   step, from 0 to below 1.
#' @param penalty Weight of the penalty on the weights.
#' @param mixture Share of L1 in the penalty: 0 is pure L2 (ridge), 1 pure L1
#'   (lasso). The loss grows by
#'   `penalty * (mixture * sum(|w|) + (1 - mixture) / 2 * sum(w^2))`.
#' @param normalization Of each hidden layer before its activation: `"none"`,
#'   `"batch"` (Ioffe & Szegedy 2015; wants batches of 16 rows or more) or
#'   `"layer"` (Ba, Kiros & Hinton 2016; any batch).
#' @param encoding Of categories: `"onehot"`, or `"embedding"`, a learned
#'   vector of length `min(600, round(1.6 * levels^0.56))` a category (Guo &
#'   Berkhahn 2016).
#' @param numeric_embedding Of numbers: `"tree"`, `"quantile"`, `"periodic"`,
#'   `"fourier"` or `"none"`, see below.
#' @param bins Pieces of a column at most, for `"tree"` and `"quantile"`.
#' @param fourier For numbers that are coordinates: the scale of the frequencies
#'   of `numeric_embedding = "fourier"`, above 0, see below. It need not be
#'   asked for beside it. `NULL`: 1, if it is.
#' @param members Number of networks that share their weights, see below.
#' @param weights Case weights: a vector with one non-negative number a row, or
#'   the name of a column of `data`, which is then no predictor.
#' @param class_weights `NULL`, `"balanced"` (each class weighs the same), or a
#'   named vector with a weight for each class. Predicted probabilities follow
#'   the weights, so they no longer match the class shares.
#' @param quantile_levels Of a regression: numbers between 0 and 1, such as
#'   `c(0.05, 0.5, 0.95)`, whose quantiles are to be learned instead of the
#'   mean. They include 0.5 or lie on both sides of it.
#' @param calibration What to learn on the validation rows: `"temperature"` (of
#'   classes), `"conformal"` (of a number) or `"none"`. `NULL`: by the preset,
#'   `"none"` for `"book"` and the one that fits the outcome for `"default"`.
#' @param control Training, from [deep_control()].
#' @param baseline Whether to fit the strong simple models too: linear or
#'   logistic regression and, if `deep_install(extras = "xgboost")` brought it,
#'   boosted trees. They see the same encoded rows and weights as the network;
#'   above 100,000 training rows, that many drawn at random.
#'
#' @references
#' Caruana (1997). Multitask learning. Machine Learning 28, 41-75.
#'
#' Gorishniy, Kotelnikov & Babenko (2025). TabM: advancing tabular deep learning
#' with parameter-efficient ensembling. ICLR.
#'
#' Gorishniy, Rubachev & Babenko (2022). On embeddings for numerical features in
#' tabular deep learning. NeurIPS.
#'
#' Guo & Berkhahn (2016). Entity embeddings of categorical variables.
#' arXiv:1604.06737.
#' @return A list of class `c("deep_mlp", "deep_fit")`, plain R data that
#'   `saveRDS()` keeps: `spec` (what was asked), `prep` (what the training rows
#'   taught), `model` (the network's bytes), `history` (a row an epoch),
#'   `judged` (metrics and baselines), `info`, and `calibration` as of
#'   [calibrate()], with `on`, the rows it was learned from.
#' @section Errors:
#' * `deeply_error_quantile_levels`: quantiles of classes, or levels that
#'   repeat, are not between 0 and 1, or leave the median out.
#' * `deeply_error_method`: a calibration that is not for this outcome.
#' * `deeply_error_argument`: another argument is not as it must be.
#' @references
#' Chernozhukov, Fernandez-Val & Galichon (2010). Quantile and probability
#' curves without crossing. Econometrica 78, 1093-1125.
#'
#' Koenker & Bassett (1978). Regression quantiles. Econometrica 46, 33-50.
#'
#' Tancik et al. (2020). Fourier features let networks learn high frequency
#' functions in low dimensional domains. NeurIPS.
#' @seealso [predict.deep_fit()], [evaluate.deep_fit()], [autoplot.deep_fit()],
#'   [calibrate()]
#' @export
#' @examplesIf deeply::has_backend()
#' fit <- deep_mlp(Species ~ ., data = iris, control = deep_control(epochs = 5))
#' fit
#' predict(fit, iris[c(1, 51, 101), ])
#'
#' fit <- deep_mlp(mpg ~ ., data = mtcars, quantile_levels = c(0.1, 0.5, 0.9),
#'                 control = deep_control(epochs = 5))
#' predict(fit, mtcars[1:3, ], type = "quantile")
#'
#' both <- deep_mlp(cbind(mpg, hp) ~ ., data = mtcars,
#'                  control = deep_control(epochs = 5))
#' predict(both, mtcars[1:3, ])
deep_mlp <- function(x, data = NULL, y = NULL, ..., preset = "default",
                     hidden_units = NULL, activation = NULL, dropout = NULL,
                     penalty = 0, mixture = 0, normalization = "none",
                     encoding = NULL, numeric_embedding = NULL, bins = 48,
                     fourier = NULL, members = NULL, na = "indicator",
                     new_levels = "error", scale = NULL, steps = deep_steps(),
                     weights = NULL, class_weights = NULL,
                     quantile_levels = NULL, calibration = NULL,
                     control = deep_control(), baseline = TRUE) {
  check_dots(control = TRUE)
  check_control(control)
  check_flag(baseline)
  spec <- mlp_spec(preset, list(
    hidden_units = hidden_units, activation = activation, dropout = dropout,
    penalty = penalty, mixture = mixture, normalization = normalization,
    encoding = encoding, numeric_embedding = numeric_embedding, bins = bins,
    fourier = fourier, members = members, scale = scale,
    quantile_levels = quantile_levels, calibration = calibration
  ))
  own <- table_training(preset)
  control <- fill_control(control, own)
  spec$asked <- what_was_asked(x, weights, class_weights, baseline)
  spec$own <- own
  settings <- prep_settings(na, new_levels, spec$scale, steps)
  if (is_file_table(data) || is_file_table(x)) {
    return(fit_parquet("deep_mlp", x, data, spec, settings, mlp_network,
                       control, weights, class_weights, baseline))
  }
  weighted <- take_weights(x, data, weights)
  source <- prep_source(x, weighted$data, y, settings)
  fit_table("deep_mlp", source, spec, settings, mlp_network, control,
            weights = weighted$weights, class_weights = class_weights,
            baseline = baseline)
}

#' What the Python builder needs to know
#'
#' @param spec What `mlp_spec()` gave.
#' @param prep A learned `deep_prep`.
#' @return A list that can cross.
#' @noRd
mlp_network <- function(spec, prep) {
  units <- spec$hidden_units %||%
    mlp_presets[[spec$preset]]$hidden_units(input_width(prep))
  sizes <- level_sizes(prep)
  outcome <- prep$outcome
  list(
    model = "mlp",
    n_numeric = length(numeric_names(prep)),
    flags = as.array(numeric_flags(prep)),
    numeric_embedding = spec$numeric_embedding,
    numeric_dim = numeric_dim(length(numeric_names(prep))),
    bins = as.integer(spec$bins),
    fourier = spec$fourier,
    levels = as.array(sizes),
    encoding = spec$encoding,
    embedding_dims = as.array(embedding_dims(sizes)),
    members = as.integer(spec$members),
    hidden_units = as.array(as.integer(round(units))),
    activation = spec$activation,
    dropout = spec$dropout,
    normalization = spec$normalization,
    l1 = spec$penalty * spec$mixture,
    l2 = spec$penalty * (1 - spec$mixture) / 2,
    outputs = network_width(outcome),
    output_bias = as.array(best_constant(outcome))
  )
}

# The rule of fast.ai for the length of a category's vector.
embedding_dims <- function(sizes) {
  as.integer(pmin(600, round(1.6 * sizes^0.56)))
}

network_width <- function(outcome) {
  if (outcome$task == "multiclass") length(outcome$levels)
  else max(1L, length(outcome$parts), length(outcome$quantile_levels))
}

# All numbers together have about 512 at most.
numeric_dim <- function(n) {
  as.integer(max(4, min(16, 512 %/% max(1, n))))
}

# The output that a model without inputs would give, in logits.
best_constant <- function(outcome) {
  if (is_several(outcome)) {
    return(vapply(unname(outcome$parts), best_constant, 0))
  }
  if (has_quantiles(outcome)) {
    return((outcome$quantiles - outcome$center) / outcome$scale)
  }
  switch(outcome$task,
    regression = 0,
    binary = stats::qlogis(clamp_share(outcome$shares[[2]])),
    multiclass = unname(log(clamp_share(outcome$shares)))
  )
}

# A class that no training row has still needs a finite logit.
clamp_share <- function(share) {
  pmin(pmax(share, 1e-6), 1 - 1e-6)
}

check_control <- function(control, call = rlang::caller_env()) {
  if (!inherits(control, "deep_control")) {
    abort_argument("control", control, "made by `deep_control()`", call)
  }
}
