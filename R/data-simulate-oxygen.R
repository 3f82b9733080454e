#' Simulate an optical oxygen sensor: luminescence quenching, to calibrate
#'
#' A dye glows after a flash; oxygen quenches it. From the delay and the
#' strength of the glow, the temperature and the pressure, the oxygen in the
#' water has to be found. The equations are known and can be inverted, so a
#' network that is to replace them can be compared with them.
#'
#' @section Equations:
#' With temperature `T` in kelvin and `t` in degrees Celsius, air pressure `P`
#' in hPa and oxygen `a` in % of air saturation, the partial pressure of oxygen
#' in hPa is `p = a / 100 * 0.2095 (P - e)`, where
#' `e = 6.112 exp(17.62 t / (243.12 + t))` is the vapour pressure of water (WMO
#' 2008, Magnus formula).
#'
#' Quenching follows Stern & Volmer (1919) at two sites, of which one is hardly
#' reached (Carraway et al. 1991; Demas et al. 1995):
#' `I / I0 = f / (1 + K1 p) + (1 - f) / (1 + K2 p)`.
#'
#' Constants depend on temperature as by Arrhenius, with `T0` = 293.15 K and `R`
#' = 8.314 J/(mol K): `K(T) = K exp(-E / R (1 / T - 1 / T0))` with `E` = 7.0
#' and 9.0 kJ/mol for the two sites, and for the lifetime without oxygen
#' `tau0(T) = tau0 exp(1000 / R (1 / T - 1 / T0))`.
#'
#' The reading is the phase by which light modulated at `F` = 4 kHz comes late,
#' `tan(phi) = 2 pi F tau` with `tau = tau0(T) I / I0`: both sites are read as
#' one lifetime, as such instruments do (Lakowicz 2006). The intensity reading
#' is `g I / I0`, `g` being the sensor's own.
#'
#' Sensors differ. Around `tau0` = 60 microseconds (log sd 0.01), `f` = 0.85
#' (sd 0.01), `K1` = 0.015 per hPa (log sd 0.04), `K2` = 0.0008 per hPa (log sd
#' 0.05) and `g` = 1 (log sd 0.15), each draws its own.
#'
#' Temperature is uniform from 0 to 40 degrees Celsius, pressure from 960 to
#' 1,050 hPa, oxygen from 0 to 150 % air saturation; these are read without
#' error. The phase has normal noise of sd 0.05 degrees, the intensity
#' log-normal noise of log sd 0.01, both times `noise`.
#'
#' @param n Readings.
#' @param sensors Number of sensors, which take turns at random.
#' @param noise How noisy the readings are, times the stated ones. 0: exact.
#' @param seed One whole number, or `NULL`. See [simulators].
#'
#' @return A list, see [simulators]. `$data` has `sensor` (factor), `phase_deg`,
#'   `intensity`, `temperature_c`, `pressure_hpa` and the target `oxygen` (% air
#'   saturation). `$truth$rows` has `phase_deg` and `intensity` without noise,
#'   `oxygen_hpa` (the partial pressure) and `oxygen_sd`, the Cramer-Rao bound:
#'   no unbiased calibration, given the sensor's true constants, has a smaller
#'   sd at this reading. `$truth$rmse` is its root mean square over the rows.
#'   `$truth$sensors` has a row of constants a sensor: `sensor`, `tau0_us`, `f`,
#'   `ksv1`, `ksv2` (per hPa) and `gain`.
#' @inheritSection simulators Errors
#' @references
#' Carraway, Demas, DeGraff & Bacon (1991). Photophysics and photochemistry of
#' oxygen sensors based on luminescent transition-metal complexes. Analytical
#' Chemistry 63(4), 337-342.
#'
#' Demas, DeGraff & Xu (1995). Modeling of luminescence quenching-based sensors:
#' comparison of multisite and nonlinear gas solubility models. Analytical
#' Chemistry 67(8), 1377-1380.
#'
#' Lakowicz (2006). Principles of fluorescence spectroscopy, 3rd edition,
#' chapters 5 and 8. Springer.
#'
#' Stern & Volmer (1919). Uber die Abklingungszeit der Fluoreszenz.
#' Physikalische Zeitschrift 20, 183-188.
#'
#' WMO (2008). Guide to meteorological instruments and methods of observation,
#' annex 4.B.
#' @family simulators
#' @export
#' @examples
#' sensor <- simulate_oxygen_sensor(1000, seed = 5)
#' sensor$data
#' sensor$truth$rmse
simulate_oxygen_sensor <- function(n = 1e4, sensors = 20, noise = 1,
                                   seed = NULL) {
  check_count(n)
  check_count(sensors)
  check_number(noise, min = 0)
  check_count(seed, min = 0, null = TRUE)
  simulation("optical oxygen sensors to calibrate", seed, {
    made <- make_sensors(sensors)
    data <- data.table(
      sensor = made$sensor[sample.int(sensors, n, replace = TRUE)],
      temperature_c = round(stats::runif(n, 0, 40), 2),
      pressure_hpa = round(stats::runif(n, 960, 1050), 1),
      oxygen = stats::runif(n, 0, 150)
    )
    read_sensors(data, made, noise)
  })
}

oxygen_parameters <- list(
  frequency_hz = 4000, reference_k = 293.15, gas_constant = 8.314,
  energy_tau = -1000, energy_ksv1 = 7000, energy_ksv2 = 9000,
  oxygen_in_air = 0.2095, phase_sd = 0.05, intensity_sd = 0.01
)

make_sensors <- function(sensors) {
  spread <- function(around, sd) around * stats::rlnorm(sensors, 0, sd)
  data.table(
    sensor = factor(numbered("sensor", sensors)),
    tau0_us = spread(60, 0.01),
    # Far from its limits of 0 and 1 by many sd.
    f = stats::rnorm(sensors, 0.85, 0.01),
    ksv1 = spread(0.015, 0.04),
    ksv2 = spread(0.0008, 0.05),
    gain = spread(1, 0.15)
  )
}

# Names that sort as their numbers do: "sensor_01" to "sensor_20".
numbered <- function(what, n) {
  sprintf("%s_%0*d", what, nchar(n), seq_len(n))
}

read_sensors <- function(data, made, noise, now = oxygen_parameters) {
  n <- nrow(data)
  state <- dye_state(made[as.integer(data$sensor)], data$temperature_c)
  air <- oxygen_in_air(data$temperature_c, data$pressure_hpa)
  pressure <- data$oxygen / 100 * air
  left <- unquenched(pressure, state)
  exact <- data.table(
    phase_deg = atan(state$tan0 * left) * 180 / pi,
    intensity = state$gain * left
  )
  sd <- oxygen_bound(pressure, left, state, noise) * 100 / air
  data <- data.table(
    sensor = data$sensor,
    phase_deg = exact$phase_deg + stats::rnorm(n, sd = noise * now$phase_sd),
    intensity = exact$intensity *
      exp(stats::rnorm(n, sd = noise * now$intensity_sd)),
    data[, c("temperature_c", "pressure_hpa", "oxygen"), with = FALSE]
  )
  truth <- list(
    rows = data.table(exact, oxygen_hpa = pressure, oxygen_sd = sd),
    rmse = sqrt(mean(sd^2)),
    sensors = made,
    parameters = now
  )
  list(data = data, truth = truth)
}

# The partial pressure of oxygen at full air saturation, in hPa.
oxygen_in_air <- function(temperature, pressure, now = oxygen_parameters) {
  vapour <- 6.112 * exp(17.62 * temperature / (243.12 + temperature))
  now$oxygen_in_air * (pressure - vapour)
}

# The constants of each reading's sensor at its temperature.
dye_state <- function(sensor, temperature, now = oxygen_parameters) {
  inverse <- 1 / (temperature + 273.15) - 1 / now$reference_k
  at <- function(value, energy) {
    value * exp(-energy / now$gas_constant * inverse)
  }
  tau0 <- at(sensor$tau0_us, now$energy_tau) * 1e-6
  list(
    tan0 = 2 * pi * now$frequency_hz * tau0,
    f = sensor$f,
    ksv1 = at(sensor$ksv1, now$energy_ksv1),
    ksv2 = at(sensor$ksv2, now$energy_ksv2),
    gain = sensor$gain
  )
}

# I / I0, the share of the glow that oxygen leaves.
unquenched <- function(pressure, state) {
  state$f / (1 + state$ksv1 * pressure) +
    (1 - state$f) / (1 + state$ksv2 * pressure)
}

#' From readings without noise back to oxygen
#'
#' Multiplied out, the two-site equation is quadratic in the pressure. Its last
#' coefficient, I / I0 - 1, is never positive, so just one root is not
#' negative.
#' @param phase_deg,temperature_c,pressure_hpa Readings.
#' @param sensor Table of constants, a row a reading.
#' @return Oxygen in % air saturation.
#' @noRd
oxygen_from_phase <- function(phase_deg, temperature_c, pressure_hpa, sensor) {
  state <- dye_state(sensor, temperature_c)
  left <- tan(phase_deg * pi / 180) / state$tan0
  two <- left * state$ksv1 * state$ksv2
  one <- left * (state$ksv1 + state$ksv2) - state$f * state$ksv2 -
    (1 - state$f) * state$ksv1
  none <- left - 1
  root <- sqrt(one^2 - 4 * two * none)
  # Of two equal forms the one that does not subtract near equals.
  pressure <- ifelse(one > 0, -2 * none / (one + root),
                     (root - one) / (2 * two))
  100 * pressure / oxygen_in_air(temperature_c, pressure_hpa)
}

# Cramer-Rao: the two readings' squared slopes, in units of their noise, add up.
# In hPa.
oxygen_bound <- function(pressure, left, state, noise,
                         now = oxygen_parameters) {
  slope <- -state$f * state$ksv1 / (1 + state$ksv1 * pressure)^2 -
    (1 - state$f) * state$ksv2 / (1 + state$ksv2 * pressure)^2
  phase <- state$tan0 * slope / (1 + (state$tan0 * left)^2) * 180 / pi
  intensity <- slope / left
  noise / sqrt((phase / now$phase_sd)^2 + (intensity / now$intensity_sd)^2)
}
