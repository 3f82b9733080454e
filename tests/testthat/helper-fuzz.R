# Malformed tables, one a seed: columns of every kind, good and bad, damaged
# ones, and outcomes. What is done to them is in `check_fuzzed()`.

pick <- function(x, n = 1) {
  x[sample.int(length(x), n, replace = TRUE)]
}

# Makers of columns of n rows ----------------------------------------------

fuzz_numbers <- list(
  normal = function(n) rnorm(n, pick(c(0, 1e6, -3)), pick(c(1, 1e-6, 50))),
  count = function(n) rpois(n, 3),
  skewed = function(n) round(exp(rnorm(n, 2, 2)), 2),
  constant = function(n) rep(pick(c(0, 7.5, NA)), n),
  one_apart = function(n) c(1, rep(0, n - 1))[seq_len(n)],
  nearly = function(n) 1 + (seq_len(n) %% 2) * .Machine$double.eps,
  huge = function(n) rnorm(n) * pick(c(1e30, 1e200, 1e307)),
  tiny = function(n) rnorm(n) * pick(c(1e-30, 1e-310)),
  infinite = function(n) replace(rnorm(n), pick(seq_len(n)), -Inf),
  not_a_number = function(n) replace(rnorm(n), pick(seq_len(n), 3), NaN),
  missing_code = function(n) replace(rnorm(n), pick(seq_len(n), 4), -999),
  row_number = function(n) sample.int(n),
  integer_limit = function(n) {
    pick(c(-.Machine$integer.max, NA, .Machine$integer.max), n)
  },
  duration = function(n) {
    as.difftime(runif(n), units = pick(c("secs", "days", "weeks")))
  },
  long_integer = function(n) {
    if (!requireNamespace("bit64", quietly = TRUE)) return(seq_len(n))
    bit64::as.integer64("9007199254740992") * 2L + pick(c(-5:5, NA), n)
  },
  as_is = function(n) I(rnorm(n))
)

fuzz_moments <- list(
  date = function(n) as.Date("2019-12-25") + pick(c(0:800, NA), n),
  idate = function(n) data.table::as.IDate("2024-02-28") + pick(0:3, n),
  ancient = function(n) as.Date(pick(c(-1e6, 0, 1e6), n), "1970-01-01"),
  time = function(n) {
    zone <- pick(c("UTC", "Europe/London", "America/New_York", "Asia/Kolkata"))
    as.POSIXct("2023-03-25", tz = zone) + 3600 * pick(c(0:500, NA), n)
  },
  local_time = function(n) as.POSIXct("2023-10-28") + 1800 * seq_len(n),
  old_time = function(n) {
    as.POSIXct(1e9 * rnorm(n, -40), "1970-01-01", tz = "Europe/Paris")
  },
  clock = function(n) data.table::as.ITime(pick(0:86399, n)),
  no_date = function(n) rep(as.Date(NA), n)
)

fuzz_text <- list(
  town = function(n) pick(c("Ely", " Ely", "ELY", "York", "york.", NA), n),
  numbers = function(n) {
    text <- sprintf(pick(c("%.2f", "%.0f", " %.1e")), rnorm(n, 500, 300))
    replace(text, pick(seq_len(n), 2), pick(c("n/a", "?", "-", "12 kg"), 2))
  },
  european = function(n) sub(".", ",", sprintf("%.2f", rnorm(n)), fixed = TRUE),
  thousands = function(n) {
    format(round(runif(n, 1, 1e7)), big.mark = ",", trim = TRUE)
  },
  postcode = function(n) sprintf("%05d", pick(500:99999, n)),
  iso_date = function(n) format(as.Date("2021-01-01") + pick(0:700, n)),
  day_first = function(n) format(as.Date("2021-01-01") + 0:(n - 1), "%d/%m/%Y"),
  stamp = function(n) {
    paste(format(as.Date("2021-01-01") + pick(0:9, n)),
          sprintf("%02d:30", pick(0:25, n)))
  },
  id = function(n) sprintf("row-%d", sample.int(1e6, n)),
  unicode = function(n) {
    pick(c("\u00e9t\u00e9", "\u00c9T\u00c9", "\u6771\u4eac", "\U1F600",
           "\u00df", "a\u0301", "\u200b", "\u00a0x"), n)
  },
  bytes = function(n) pick(c("\xe9", "caf\xe9", "ok"), n),
  marked_bytes = function(n) {
    text <- pick(c("caf\xe9", "ok"), n)
    Encoding(text) <- "bytes"
    text
  },
  latin = function(n) {
    text <- pick(c("caf\xe9", "CAF\xc9", "ok"), n)
    Encoding(text) <- "latin1"
    text
  },
  empty = function(n) pick(c("", " ", "?", "NA"), n),
  odd_marks = function(n) {
    pick(c("{x}", "%d", "\"", "\\", "a\nb", "<NA>", "'", "`", "$", "("), n)
  },
  long_value = function(n) pick(c(strrep("x", 5000), strrep("y", 5000)), n),
  none = function(n) rep(NA_character_, n)
)

fuzz_factors <- list(
  unused = function(n) factor(pick(c("b", "a"), n), c("z", "a", "b", "never")),
  one_level = function(n) factor(rep("only", n)),
  no_level = function(n) factor(rep(NA, n)),
  ordered = function(n) {
    factor(pick(c("low", "mid", "high", NA), n), c("low", "mid", "high"),
           ordered = TRUE)
  },
  with_na_level = function(n) addNA(factor(pick(c("x", "y", NA), n))),
  many = function(n) factor(sprintf("%.1f", rnorm(n)), sprintf("%.1f", -99:99)),
  logical = function(n) pick(c(TRUE, FALSE, NA), n),
  all_na = function(n) rep(NA, n)
)

# None of these has a meaning for a table model.
fuzz_strange <- list(
  list = function(n) rep(list(1:2), n),
  complex = function(n) complex(n, rnorm(n)),
  raw = function(n) as.raw(pick(0:255, n)),
  matrix = function(n) matrix(rnorm(2 * n), n),
  frame = function(n) data.frame(a = seq_len(n), b = 1),
  broken_time = function(n) as.POSIXlt("2024-01-01", tz = "UTC") + seq_len(n),
  functions = function(n) rep(list(mean), n)
)

fuzz_names <- function(k) {
  names <- pick(c(letters, "id", "x_missing", "day_weekday_sin", "my col",
                  "1st", "if", "a.b", "\u00e9t\u00e9", "{b}", "`", "a\"b", "%s",
                  "TRUE", "\n", strrep("long ", 60), strrep("x", 300)), k)
  make.unique(names)
}

# Tables -------------------------------------------------------------------

fuzz_table <- function(n) {
  k <- sample.int(7, 1)
  makers <- c(fuzz_numbers, fuzz_moments, fuzz_text, fuzz_factors)
  makers <- pick(makers, k)
  if (runif(1) < 0.05) {
    makers <- c(makers, pick(fuzz_strange))
  }
  columns <- lapply(makers, function(make) make(n))
  names(columns) <- if (runif(1) < 0.7) {
    make.unique(names(makers))
  } else {
    fuzz_names(length(columns))
  }
  structure(columns, class = "data.frame", row.names = seq_len(n))
}

# Damage to the table as a whole.
fuzz_damages <- list(
  table = data.table::as.data.table,
  twin = function(data) cbind(data, twin = data[[1]]),
  doubled_name = function(data) {
    stats::setNames(data, replace(names(data), length(data), names(data)[[1]]))
  },
  no_name = function(data) stats::setNames(data, replace(names(data), 1, "")),
  na_name = function(data) stats::setNames(data, replace(names(data), 1, NA)),
  repeated = function(data) data[c(seq_len(nrow(data)), 1:2), , drop = FALSE],
  no_row = function(data) data[0, , drop = FALSE],
  one_row = function(data) data[1, , drop = FALSE],
  no_column = function(data) data[0],
  bare_row = function(data) {
    data[1, ] <- NA
    data
  }
)

fuzz_outcomes <- list(
  none = function(n) NULL,
  number = function(n) rnorm(n),
  classes = function(n) factor(pick(c("yes", "no"), n)),
  spellings = function(n) pick(c("yes", " Yes", "no", "NO.", "?"), n),
  text_numbers = function(n) sprintf("%.3f", rnorm(n)),
  two_numbers = function(n) pick(0:1, n),
  logical = function(n) pick(c(TRUE, FALSE, NA), n),
  constant = function(n) rep(3, n),
  missing = function(n) rep(NA, n),
  infinite = function(n) c(Inf, rnorm(n - 1))[seq_len(n)],
  strange = function(n) rep(list(1), n)
)

fuzz_settings <- function() {
  list(
    na = pick(rep(c("indicator", "drop", "error"), c(6, 1, 1))),
    new_levels = pick(c("error", "unknown")),
    scale = pick(scalings),
    steps = deep_steps(
      trim = runif(1) < 0.8, spelling = runif(1) < 0.8,
      numbers = pick(c(0.9, 0.5, Inf)), dates = pick(c("cyclic", "parts")),
      identifiers = runif(1) < 0.8, rare = pick(c(0, 5)),
      duplicates = pick(list("columns", "none", c("columns", "rows")))[[1]],
      log1p = runif(1) < 0.8, no_outcome = pick(c(0.2, 1, 1))
    )
  )
}

fuzz_case <- function(seed) {
  with_seed(seed, {
    n <- pick(c(2, 10, 60, 60, 60, 200, 1200))
    damage <- if (runif(1) < 0.25) pick(fuzz_damages)[[1]] else identity
    data <- suppressWarnings(damage(fuzz_table(n)))
    # Most tables have an outcome that can be learned.
    outcomes <- fuzz_outcomes[c(seq_along(fuzz_outcomes), rep(1:7, 4))]
    list(data = data, y = pick(outcomes)[[1]](nrow(data)),
         settings = fuzz_settings())
  })
}

# What must hold -----------------------------------------------------------

# "result", the class of a classed error, or what is wrong.
run_fuzzed <- function(seed) {
  case <- tryCatch(fuzz_case(seed), error = function(cnd) cnd)
  tryCatch(
    withCallingHandlers(check_fuzzed(case, seed), warning = refuse_warning),
    deeply_error = function(cnd) class(cnd)[[1]],
    error = function(cnd) paste0("fault: ", conditionMessage(cnd))
  )
}

# Our own warnings say what was done; those of others are faults.
refuse_warning <- function(cnd) {
  if (!inherits(cnd, "deeply_warning")) {
    stop("warning: ", conditionMessage(cnd))
  }
  rlang::cnd_muffle(cnd)
}

check_fuzzed <- function(case, seed) {
  given <- data.table::copy(case$data)
  prep <- do.call(deep_prep, c(list(case$data, y = case$y), case$settings))
  n <- nrow(case$data)
  encoded <- predict(prep, case$data)
  hold("a row a row, and nothing missing", {
    nrow(encoded) == n && !anyDuplicated(names(encoded)) &&
      all(vapply(encoded, function(x) all(is.finite(x)), NA))
  })
  rows <- with_seed(seed, sample.int(n, ceiling(n / 2)))
  # Not `data[rows, ]`: it takes the columns of a data.table apart otherwise.
  some <- structure(lapply(case$data, `[`, rows), class = "data.frame",
                    row.names = seq_along(rows))
  hold("a part is encoded as in the whole", {
    identical(as.list(predict(prep, some)), as.list(encoded[rows, ]))
  })
  hold("saveRDS() keeps it", {
    again <- unserialize(serialize(prep, NULL))
    identical(predict(again, case$data), encoded)
  })
  hold("JSON keeps it", {
    again <- prep_from_json(prep_to_json(prep))
    identical(unclass(again), unclass(prep)) &&
      identical(predict(again, case$data), encoded)
  })
  hold("the onehot width is what the network is told", {
    ncol(predict(prep, case$data, encoding = "onehot")) == input_width(prep)
  })
  check_strangers(prep, case$data, seed)
  check_story(prep)
  hold("the data is as it was", identical(case$data, given))
  "result"
}

# New data may hold anything in place of what training rows had.
check_strangers <- function(prep, data, seed) {
  other <- with_seed(seed, {
    makers <- c(fuzz_numbers, fuzz_moments, fuzz_text, fuzz_factors,
                fuzz_strange)
    data[[sample.int(length(data), 1)]] <- pick(makers)[[1]](nrow(data))
    data
  })
  encoded <- tryCatch(predict(prep, other), deeply_error = function(cnd) list())
  hold("strange new data has numbers or a classed error", {
    all(vapply(encoded, function(x) all(is.finite(x)), NA))
  })
}

check_story <- function(prep) {
  printed <- utils::capture.output(print(prep))
  hold("print() has 80 columns", all(nchar(printed, "width") <= 80))
  table <- summary(prep)
  hold("summary() has a row a column", {
    identical(table$column, names(prep$seen))
  })
  # A plot is slow to build; what it is made of is not.
  data.table::rbindlist(lapply(names(prep$seen), column_bars, prep = prep))
}

hold <- function(what, fine) {
  if (!isTRUE(fine)) {
    stop("does not hold: ", what)
  }
}

# How often each answer came; faults with their seeds.
count_fuzzed <- function(seeds) {
  answers <- vapply(seeds, run_fuzzed, "")
  faults <- startsWith(answers, "fault")
  list(
    counts = sort(table(answers[!faults]), decreasing = TRUE),
    faults = sprintf("seed %d, %s", seeds[faults], answers[faults])
  )
}
