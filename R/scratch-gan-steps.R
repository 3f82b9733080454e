# One step of two small networks against each other, by hand.
#
# Both have the same form: a number goes to `hidden_units` units,
# h = tanh(x * w + b), and these to one number, f = h v + c. A network is the
# list of its weights.

#' A network before it has learned
#'
#' Its units bend at places spread over the line, some within a short way: what
#' begins too smooth sees no gap between two hills.
#' @noRd
begin_curve <- function(hidden_units) {
  list(
    w = stats::rnorm(hidden_units, sd = 2),
    b = stats::rnorm(hidden_units, sd = 2),
    v = stats::rnorm(hidden_units, sd = 1 / sqrt(hidden_units)), c = 0
  )
}

#' What a network says
#'
#' @param net A network.
#' @param x Numbers.
#' @return A list of `hidden`, a matrix with a row a number and a column a unit,
#'   and `out`, a number each.
#' @noRd
forward <- function(net, x) {
  hidden <- tanh(outer(x, net$w) + rep(net$b, each = length(x)))
  list(hidden = hidden, out = drop(hidden %*% net$v) + net$c)
}

#' Back-propagation: from slopes of the loss at what was said to those at what
#' it was made of
#'
#' @param said What `forward()` gave for `x`.
#' @param slope Derivative of the loss with respect to each output.
#' @return A list of `net`, the gradient in the form of a network, and `x`, the
#'   derivative with respect to each input.
#' @noRd
backward <- function(net, x, said, slope) {
  # The derivative of tanh(a) is 1 - tanh(a)^2.
  inner <- outer(slope, net$v) * (1 - said$hidden^2)
  list(
    net = list(w = colSums(inner * x), b = colSums(inner),
               v = drop(crossprod(said$hidden, slope)), c = sum(slope)),
    x = drop(inner %*% net$w)
  )
}

#' What steep slopes of the discriminator at true numbers cost
#'
#' `weight / 2` times the mean of f'(x)^2, where f'(x) is the sum over the units
#' of v w (1 - h^2) (R1; Mescheder et al. 2018).
#' @noRd
slope_cost <- function(net, x, said, weight) {
  bend <- 1 - said$hidden^2
  rise <- drop(bend %*% (net$v * net$w))
  share <- weight * rise / length(x)
  # The derivative of 1 - tanh(a)^2 is -2 tanh(a) (1 - tanh(a)^2).
  turned <- share * bend * said$hidden * -2
  list(
    loss = weight / 2 * mean(rise^2),
    net = list(
      w = net$v * (colSums(share * bend) + net$w * colSums(turned * x)),
      b = net$v * net$w * colSums(turned),
      v = net$w * colSums(share * bend), c = 0
    )
  )
}

# log(1 + exp(a)), which cannot overflow.
softplus <- function(a) pmax(a, 0) + log1p(exp(-abs(a)))

#' Loss of the discriminator and its gradient
#'
#' It shall say much of true numbers and little of made ones: the cross-entropy
#' of telling them apart (Goodfellow et al. 2014).
#' @return A list of `loss` (without what slopes cost) and `net`.
#' @noRd
judge_better <- function(judge, true, made, slope_penalty) {
  of_true <- forward(judge, true)
  of_made <- forward(judge, made)
  loss <- mean(softplus(-of_true$out)) + mean(softplus(of_made$out))
  parts <- list(
    backward(judge, true, of_true,
             -stats::plogis(-of_true$out) / length(true))$net,
    backward(judge, made, of_made,
             stats::plogis(of_made$out) / length(made))$net,
    slope_cost(judge, true, of_true, slope_penalty)$net
  )
  list(loss = loss, net = Reduce(function(x, y) Map(`+`, x, y), parts))
}

#' Loss of the generator and its gradient
#'
#' The discriminator shall take what is made for true. Its slopes are carried
#' on through it, but its weights stay. The loss is the one that does not
#' saturate.
#' @noRd
make_better <- function(maker, judge, noise) {
  made <- forward(maker, noise)
  said <- forward(judge, made$out)
  slope <- -stats::plogis(-said$out) / length(noise)
  passed <- backward(judge, made$out, said, slope)$x
  list(loss = mean(softplus(-said$out)),
       net = backward(maker, noise, made, passed)$net)
}

#' A step of Adam (Kingma & Ba 2015)
#'
#' @param now A list of `net`, of both moments `mean` and `square`, and of the
#'   number of steps `taken`. With `beta_1` of 0.5, as for other generative
#'   networks (Radford et al. 2016), it forgets sooner what is no longer so.
#' @noRd
adam_step <- function(now, gradient, rate, beta_1 = 0.5, beta_2 = 0.99) {
  taken <- now$taken + 1
  mean <- Map(function(m, g) beta_1 * m + (1 - beta_1) * g, now$mean, gradient)
  square <- Map(function(s, g) beta_2 * s + (1 - beta_2) * g^2, now$square,
                gradient)
  net <- Map(function(x, m, s) {
    x - rate * m / (1 - beta_1^taken) /
      (sqrt(s / (1 - beta_2^taken)) + 1e-8)
  }, now$net, mean, square)
  list(net = net, mean = mean, square = square, taken = taken)
}

adam_begin <- function(net) {
  none <- lapply(net, function(x) 0 * x)
  list(net = net, mean = none, square = none, taken = 0)
}
