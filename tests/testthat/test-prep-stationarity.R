# Statistics and p-values of statsmodels 0.14: adfuller(x, maxlag = lags,
# regression, autolag = None) and kpss(x, regression, nlags). The statistics are
# also those of R's tseries 0.10 (adf.test(), which has a trend, kpss.test()).
published <- list(
  Nile = list(
    lags = 4, df = c(-2.7819581223, -3.3657139144),
    p = c(0.0608974953, 0.0561401441), kpss = c(0.9654349078, 0.2375869760)
  ),
  LakeHuron = list(
    lags = 4, df = c(-2.5069201384, -2.7795918243),
    p = c(0.1137996469, 0.2045411062), kpss = c(0.9952901144, 0.2000644788)
  ),
  UKgas = list(
    lags = 4, df = c(3.4925328204, -1.60791455),
    p = c(1, 0.7893176548), kpss = c(2.1171135322, 0.3164770905)
  ),
  AirPassengers = list(
    lags = 5, df = c(-0.9616610922, -7.3185713469),
    p = c(0.7669895413, 2.7e-9), kpss = c(2.7394736210, 0.0961498485)
  ),
  lynx = list(
    lags = 4, df = c(-6.3056151099, -6.3067753841),
    p = c(3.33e-8, 4.868e-7), kpss = c(0.0701467067, 0.0373981399)
  )
)

test_that("statistics and p-values are those of statsmodels and tseries", {
  for (name in names(published)) {
    wanted <- published[[name]]
    tests <- check_stationarity(get(name, "package:datasets"))$tests
    expect_equal(tests$statistic, c(wanted$df, wanted$kpss), tolerance = 1e-9)
    expect_lt(max(abs(tests$p[1:2] - wanted$p)), 1e-9)
    expect_equal(tests$lags[1:2], rep(wanted$lags, 2))
  }
  huron <- check_stationarity(LakeHuron)$tests
  expect_equal(huron$p[[4]], 0.0159758205, tolerance = 1e-8)
})

test_that("the 5 % point of Dickey-Fuller is MacKinnon's", {
  # MacKinnon (2010), table 2, n = infinity.
  expect_equal(p_dickey_fuller(-2.86154, "level"), 0.05, tolerance = 0.01)
  expect_equal(p_dickey_fuller(-3.43035, "level"), 0.01, tolerance = 0.02)
  expect_equal(p_dickey_fuller(-3.41049, "trend"), 0.05, tolerance = 0.01)
  expect_equal(p_dickey_fuller(-3.95877, "trend"), 0.01, tolerance = 0.02)
  expect_identical(p_dickey_fuller(-30, "level"), 0)
  expect_identical(p_dickey_fuller(5, "trend"), 1)
})

test_that("the level of Dickey-Fuller holds: a walk is seldom rejected", {
  rejected <- vapply(1:200, function(seed) {
    walk <- with_seed(seed, cumsum(rnorm(150)))
    dickey_fuller(walk, 2, "trend")$p < 0.05
  }, logical(1))
  expect_lt(abs(mean(rejected) - 0.05), 0.04)
})

test_that("series are read for what they are", {
  noise <- with_seed(7, rnorm(300))
  expect_identical(check_stationarity(noise)[c("reading", "advice")],
                   list(reading = "stationary", advice = "none"))
  trend <- noise + 0.1 * 1:300
  expect_identical(check_stationarity(trend)[c("reading", "advice")],
                   list(reading = "trend-stationary", advice = "detrend"))
  walk <- cumsum(noise)
  expect_identical(check_stationarity(walk)[c("reading", "advice")],
                   list(reading = "unit root", advice = "diff"))
  price <- exp(0.02 * walk + 0.01 * 1:300)
  expect_identical(check_stationarity(price)[c("reading", "advice")],
                   list(reading = "unit root", advice = "log_diff"))
  expect_identical(check_stationarity(log_diff(price))$reading, "stationary")
  expect_identical(check_stationarity(AirPassengers)$advice, "log_diff")
  # Missing values at the ends do not count.
  expect_equal(check_stationarity(c(NA, NA, noise, NA)),
               check_stationarity(noise))
})

test_that("the check prints", {
  noise <- with_seed(7, rnorm(300))
  expect_snapshot({
    check_stationarity(AirPassengers)
    check_stationarity(noise, level = 0.1)
    check_stationarity(noise + 0.1 * 1:300)
    check_stationarity(cumsum(noise), lags = 2)
    check_stationarity(sunspot.year[1:40])
  })
})

test_that("bad input is named", {
  expect_snapshot(error = TRUE, {
    check_stationarity("x")
    check_stationarity(EuStockMarkets)
    check_stationarity(1:19)
    check_stationarity(rep(NA_real_, 30))
    check_stationarity(rep(4, 30))
    check_stationarity(replace(AirPassengers, c(7, 9), NA))
    check_stationarity(replace(as.numeric(AirPassengers), 8, Inf))
    check_stationarity(AirPassengers, lags = 71)
    check_stationarity(AirPassengers, level = 0.5)
    check_stationarity(AirPassengers, 5)
  })
})

test_that("a strict level still lets KPSS reject", {
  walk <- check_stationarity(with_seed(7, cumsum(rnorm(300))), level = 0.01)
  expect_identical(walk$tests$rejects, c(FALSE, FALSE, TRUE, TRUE))
})
