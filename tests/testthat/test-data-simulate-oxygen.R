invert <- function(made, readings) {
  sensors <- made$truth$sensors
  oxygen_from_phase(readings$phase_deg, made$data$temperature_c,
                    made$data$pressure_hpa,
                    sensors[as.integer(made$data$sensor)])
}

test_that("readings have the types and ranges that are stated", {
  data <- simulate_oxygen_sensor(3000, sensors = 12, seed = 1)$data
  expect_named(data, c("sensor", "phase_deg", "intensity", "temperature_c",
                       "pressure_hpa", "oxygen"))
  expect_equal(levels(data$sensor), sprintf("sensor_%02d", 1:12))
  within <- function(x, min, max) expect_true(all(x >= min & x <= max))
  within(data$oxygen, 0, 150)
  within(data$temperature_c, 0, 40)
  within(data$pressure_hpa, 960, 1050)
  within(data$phase_deg, 10, 65)
  within(data$intensity, 0.1, 2)
  expect_gt(cor(data$oxygen, data$phase_deg)^2, 0.8)
})

test_that("the physics, inverted from noise-free readings, gives the target", {
  made <- simulate_oxygen_sensor(5000, seed = 2)
  found <- invert(made, made$truth$rows)
  expect_lt(max(abs(found - made$data$oxygen)), 1e-8)
  exact <- simulate_oxygen_sensor(2000, noise = 0, seed = 2)
  expect_lt(max(abs(invert(exact, exact$data) - exact$data$oxygen)), 1e-8)
  expect_equal(exact$truth$rmse, 0)
})

test_that("the inverse holds at no oxygen and for a single site", {
  sensor <- data.table::data.table(tau0_us = 60, f = c(0.85, 1, 0.85),
                                   ksv1 = 0.015, ksv2 = c(8e-4, 8e-4, 0))
  state <- dye_state(sensor, c(0, 20, 35))
  for (oxygen in c(0, 1e-6, 30, 400)) {
    pressure <- oxygen / 100 * oxygen_in_air(c(0, 20, 35), 1000)
    phase <- atan(state$tan0 * unquenched(pressure, state)) * 180 / pi
    found <- oxygen_from_phase(phase, c(0, 20, 35), 1000, sensor)
    expect_equal(found, rep(oxygen, 3), tolerance = 1e-8)
  }
})

test_that("one site alone is the line of Stern and Volmer", {
  sensor <- data.table::data.table(tau0_us = 60, f = 1, ksv1 = 0.015,
                                   ksv2 = 8e-4, gain = 1)
  state <- dye_state(sensor, 20)
  pressure <- c(0, 40, 120, 200)
  expect_equal(1 / unquenched(pressure, state), 1 + 0.015 * pressure)
  expect_equal(state$tan0, 2 * pi * 4000 * 60e-6)
})

test_that("two sites are the documented formula, at another temperature too", {
  sensor <- data.table::data.table(tau0_us = 58, f = 0.8, ksv1 = 0.016,
                                   ksv2 = 9e-4, gain = 1.3)
  state <- dye_state(sensor, 31)
  inverse <- 1 / 304.15 - 1 / 293.15
  k1 <- 0.016 * exp(-7000 / 8.314 * inverse)
  k2 <- 9e-4 * exp(-9000 / 8.314 * inverse)
  expect_equal(unquenched(90, state),
               0.8 / (1 + 90 * k1) + 0.2 / (1 + 90 * k2))
  expect_equal(state$tan0,
               2 * pi * 4000 * 58e-6 * exp(1000 / 8.314 * inverse))
  # Warmer water quenches more and glows less long.
  expect_gt(k1, 0.016)
  expect_lt(state$tan0, 2 * pi * 4000 * 58e-6)
})

test_that("air holds the oxygen that tables state", {
  # Vapour pressure over water at 0, 20 and 40 degrees: 6.11, 23.39, 73.8 hPa.
  vapour <- 1013.25 - oxygen_in_air(c(0, 20, 40), 1013.25) / 0.2095
  expect_equal(vapour, c(6.11, 23.39, 73.8), tolerance = 0.004)
})

test_that("noise is as large as stated, and doubles", {
  for (noise in c(1, 2)) {
    made <- simulate_oxygen_sensor(2e4, noise = noise, seed = 3)
    exact <- made$truth$rows
    expect_equal(sd(made$data$phase_deg - exact$phase_deg), 0.05 * noise,
                 tolerance = 0.03)
    expect_equal(sd(log(made$data$intensity / exact$intensity)),
                 0.01 * noise, tolerance = 0.03)
  }
})

test_that("the bound is that of the slopes of both readings", {
  made <- simulate_oxygen_sensor(300, seed = 4)
  data <- made$data
  state <- dye_state(made$truth$sensors[as.integer(data$sensor)],
                     data$temperature_c)
  air <- oxygen_in_air(data$temperature_c, data$pressure_hpa)
  reading <- function(oxygen) {
    left <- unquenched(oxygen / 100 * air, state)
    list(phase = atan(state$tan0 * left) * 180 / pi, log = log(left))
  }
  up <- reading(data$oxygen + 1e-4)
  down <- reading(data$oxygen - 1e-4)
  information <- ((up$phase - down$phase) / 2e-4 / 0.05)^2 +
    ((up$log - down$log) / 2e-4 / 0.01)^2
  expect_equal(made$truth$rows$oxygen_sd, 1 / sqrt(information),
               tolerance = 1e-5)
  expect_equal(made$truth$rmse, sqrt(mean(1 / information)), tolerance = 1e-5)
})

test_that("no calibration beats the bound, and the physics comes near it", {
  made <- simulate_oxygen_sensor(2e4, seed = 5)
  error <- invert(made, made$data) - made$data$oxygen
  ratio <- sqrt(mean(error^2)) / made$truth$rmse
  # It reads the phase alone, and the intensity knows a little more.
  expect_gt(ratio, 1)
  expect_lt(ratio, 1.1)
})

test_that("sensors differ as stated", {
  sensors <- with_seed(6, make_sensors(4000))
  spread <- function(x) sd(log(x))
  expect_equal(spread(sensors$tau0_us), 0.01, tolerance = 0.05)
  expect_equal(spread(sensors$ksv1), 0.04, tolerance = 0.05)
  expect_equal(spread(sensors$ksv2), 0.05, tolerance = 0.05)
  expect_equal(spread(sensors$gain), 0.15, tolerance = 0.05)
  expect_equal(c(mean(sensors$f), sd(sensors$f)), c(0.85, 0.01),
               tolerance = 0.05)
})

test_that("simulate_oxygen_sensor() names the argument that is wrong", {
  expect_snapshot(error = TRUE, {
    simulate_oxygen_sensor(-3)
    simulate_oxygen_sensor(sensors = 2.5)
    simulate_oxygen_sensor(noise = -0.1)
    simulate_oxygen_sensor(noise = Inf)
  })
})
