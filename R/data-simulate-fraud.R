#' Simulate card payments, one in a thousand a fraud
#'
#' Rows so rare that "no fraud" is right 99.9 % of the time. Each row's true
#' probability of fraud is known, and so is the best score that any model can
#' reach.
#'
#' @section Equations:
#' The columns are drawn independently, but for the amount:
#' * `merchant`: `grocery` 38 %, `restaurant` 20 %, `online` 18 %, `fuel` 14 %,
#'   `electronics` 5 %, `travel` 5 %;
#' * `amount` in euros to the cent: log-normal with log sd 0.9 and median 35,
#'   30, 45, 50, 180 and 250 for these merchants;
#' * `hour`, from 0 to 23: probability in proportion to
#'   `1 + 0.9 cos(2 pi (hour - 15) / 24)`;
#' * `country`: `home` 90 %, `near` 7 %, `far` 3 %;
#' * `n_last_day`, payments of the card in the last 24 hours: negative binomial
#'   with size 1.5 and mean 2, counted up to 20.
#'
#' Fraud is a Bernoulli draw from a logistic model:
#' `logit p = b + 1.1 log(amount / 50) + 1.0 cos(2 pi (hour - 3) / 24) +
#' 0.35 n_last_day + merchant + country + 1.0 (online and not home)`, with
#' merchants 0, -0.2, 1.2, 0.3, 1.6, 1.0 and countries 0, 1.2, 2.4 in the
#' orders above. The intercept `b` makes `share` the expected share of fraud in
#' the population, by quadrature, whatever the seed: rows of two seeds come from
#' one world.
#'
#' For the rows that were drawn, with probabilities `p[i]` in falling order, the
#' best scores in expectation are: the area under the ROC curve
#' `sum_(i before j) p[i] (1 - p[j]) / (sum(p) sum(1 - p))`, the mean precision
#' `sum_i p[i] (1 + p[1] + ... + p[i-1]) / i / sum(p)`, and the log loss
#' `-mean(p log p + (1 - p) log(1 - p))`. The first two are divided by an
#' expected number of frauds, so they need more than a few of them.
#'
#' @param n Payments.
#' @param share Expected share of fraud, above 0 and below 1.
#' @param seed One whole number, or `NULL`. See [simulators].
#'
#' @return A list, see [simulators]. `$data` has `amount`, `hour`, `merchant`,
#'   `country`, `n_last_day` and `fraud` (factor `no`, `yes`). `$truth$rows` has
#'   `probability`. `$truth$formula` and `$truth$coefficients` are the logistic
#'   model as `glm()` writes it, and `$truth$share`, `$truth$roc_auc`,
#'   `$truth$pr_auc` and `$truth$log_loss` the expected share and the best
#'   scores.
#' @inheritSection simulators Errors
#' @references
#' Bishop (2006). Pattern recognition and machine learning, chapter 4.
#' Springer.
#'
#' Davis & Goadrich (2006). The relationship between precision-recall and ROC
#' curves. ICML.
#' @family simulators
#' @export
#' @examples
#' cards <- simulate_fraud(2e4, seed = 8)
#' cards$data
#' table(cards$data$fraud)
#' # No model can be expected to do better on these rows.
#' c(cards$truth$roc_auc, cards$truth$pr_auc)
simulate_fraud <- function(n = 1e5, share = 0.001, seed = NULL) {
  check_count(n)
  check_number(share, above = 0, below = 1)
  check_count(seed, min = 0, null = TRUE)
  simulation("card payments, some of them fraud", seed, {
    data <- draw_payments(n)
    coefficients <- fraud_coefficients(share)
    logit <- fraud_logit(data, coefficients)
    probability <- stats::plogis(logit)
    yes <- stats::runif(n) < probability
    data.table::set(data, j = "fraud",
                    value = factor(yes, c(FALSE, TRUE), c("no", "yes")))
    truth <- list(
      rows = data.table(probability = probability),
      formula = stats::reformulate(fraud_terms, "fraud", env = globalenv()),
      coefficients = coefficients, share = share
    )
    list(data = data, truth = c(truth, best_scores(logit)))
  })
}

payment_parameters <- list(
  merchant = c(grocery = 0.38, restaurant = 0.20, online = 0.18, fuel = 0.14,
               electronics = 0.05, travel = 0.05),
  median_amount = c(grocery = 35, restaurant = 30, online = 45, fuel = 50,
                    electronics = 180, travel = 250),
  sd_log_amount = 0.9,
  hour = (1 + 0.9 * cos(2 * pi * (0:23 - 15) / 24)) / 24,
  country = c(home = 0.90, near = 0.07, far = 0.03),
  last_day = c(size = 1.5, mean = 2, most = 20)
)

# The right hand side of the model, one term a string, as glm() reads it.
fraud_terms <- c(
  "log(amount/50)", "cos(2 * pi * (hour - 3)/24)", "n_last_day", "merchant",
  "country", "I(merchant == \"online\" & country != \"home\")"
)

# The intercept, which `share` decides, is not among them. The names are those
# that glm() gives.
fraud_slopes <- c(
  `log(amount/50)` = 1.1,
  `cos(2 * pi * (hour - 3)/24)` = 1.0,
  n_last_day = 0.35,
  merchantrestaurant = -0.2, merchantonline = 1.2, merchantfuel = 0.3,
  merchantelectronics = 1.6, merchanttravel = 1.0,
  countrynear = 1.2, countryfar = 2.4,
  `I(merchant == "online" & country != "home")TRUE` = 1.0
)

draw_payments <- function(n, now = payment_parameters) {
  merchant <- draw_factor(n, now$merchant)
  amount <- stats::rlnorm(n, log(now$median_amount[merchant]),
                          now$sd_log_amount)
  last_day <- stats::rnbinom(n, size = now$last_day[["size"]],
                             mu = now$last_day[["mean"]])
  data.table(
    amount = pmax(round(amount, 2), 0.01),
    hour = sample.int(24, n, replace = TRUE, prob = now$hour) - 1L,
    merchant = merchant,
    country = draw_factor(n, now$country),
    n_last_day = as.integer(pmin(last_day, now$last_day[["most"]]))
  )
}

# A factor with these levels, drawn with these probabilities.
draw_factor <- function(n, prob) {
  code <- sample.int(length(prob), n, replace = TRUE, prob = prob)
  factor(names(prob)[code], names(prob))
}

# A formula's terms and the coefficients' names stay together: this is the
# product that glm() would compute.
fraud_logit <- function(data, coefficients) {
  terms <- stats::model.matrix(stats::reformulate(fraud_terms), data)
  as.vector(terms[, names(coefficients), drop = FALSE] %*% coefficients)
}

fraud_coefficients <- function(share) {
  logit <- fraud_population()
  miss <- function(intercept) {
    sum(logit$weight * stats::plogis(intercept + logit$value)) - share
  }
  intercept <- stats::uniroot(miss, c(-60, 60), tol = 1e-10)$root
  c(`(Intercept)` = intercept, fraud_slopes)
}

#' All values that the logit can take, with their probabilities
#'
#' Amounts are spread over nodes of a Gauss-Hermite rule; everything else is
#' discrete.
#' @return A list of `value`, without the intercept, and `weight`, which sums
#'   to 1.
#' @noRd
fraud_population <- function(now = payment_parameters, nodes = 24) {
  rule <- normal_nodes(nodes)
  most <- now$last_day[["most"]]
  below <- stats::dnbinom(seq_len(most) - 1, size = now$last_day[["size"]],
                          mu = now$last_day[["mean"]])
  # Merchant, country and amount go together; hour and count are apart.
  first <- expand.grid(node = seq_len(nodes), country = names(now$country),
                       merchant = names(now$merchant))
  amount <- now$median_amount[as.character(first$merchant)] *
    exp(now$sd_log_amount * rule$node[first$node])
  first <- data.table(first, amount = amount, hour = 0, n_last_day = 0)
  first_weight <- rule$weight[first$node] *
    now$country[as.character(first$country)] *
    now$merchant[as.character(first$merchant)]
  slopes <- fraud_slopes
  no_hour <- replace(slopes, "cos(2 * pi * (hour - 3)/24)", 0)
  value <- fraud_logit(first, no_hour)
  hour <- slopes[["cos(2 * pi * (hour - 3)/24)"]] *
    cos(2 * pi * (0:23 - 3) / 24)
  value <- outer(value, hour, `+`)
  value <- outer(value, slopes[["n_last_day"]] * 0:most, `+`)
  weight <- outer(outer(first_weight, now$hour),
                  c(below, 1 - sum(below)))
  list(value = as.vector(value), weight = as.vector(weight))
}

# Nodes and weights for the mean of a function of a standard normal number
# (Golub & Welsch 1969).
normal_nodes <- function(n) {
  jacobi <- matrix(0, n, n)
  beside <- cbind(seq_len(n - 1), seq_len(n - 1) + 1)
  jacobi[beside] <- sqrt(seq_len(n - 1))
  jacobi[beside[, 2:1]] <- sqrt(seq_len(n - 1))
  parts <- eigen(jacobi, symmetric = TRUE)
  list(node = parts$values, weight = parts$vectors[1, ]^2)
}

# What the true probabilities are expected to score on their own rows: each
# pair and each precision in expectation, since rows are drawn independently.
best_scores <- function(logit) {
  logit <- sort(logit, decreasing = TRUE)
  p <- stats::plogis(logit)
  rest <- stats::plogis(-logit)
  above <- cumsum(p) - p
  rest_after <- sum(rest) - cumsum(rest)
  surprise <- p * stats::plogis(logit, log.p = TRUE) +
    rest * stats::plogis(-logit, log.p = TRUE)
  list(
    roc_auc = sum(p * rest_after) / (sum(p) * sum(rest)),
    pr_auc = sum(p * (1 + above) / seq_along(p)) / sum(p),
    log_loss = -mean(surprise)
  )
}
