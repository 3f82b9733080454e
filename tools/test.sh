#!/usr/bin/env bash
# Runs every test on TensorFlow, and on JAX those that a backend can change, two
# runs at a time. The last line is always "N passed, N failed, N skipped" over
# all of them; a runner that crashed, or ran nothing, counts as one failed. With
# FILTER set, only the R tests of the files that match it run, on TensorFlow.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

passed=0 failed=0 skipped=0
work=$(mktemp -d)

finish() {
  local status=$?
  rm -rf "$work"
  if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
  printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
  if [ "$failed" -gt 0 ]; then exit 1; fi
}
trap finish EXIT

# Starts a command that writes "passed failed skipped" to the file named by its
# last argument; what it prints is kept until it is counted.
start() { # name, command...
  echo "-- $1 begins"
  {
    local status=0
    "${@:2}" "$work/$1.counts" >"$work/$1.log" 2>&1 || status=$?
    echo "$status" >"$work/$1.status"
    echo "-- $1 ends after $SECONDS s"
  } &
}

count() { # name, title
  local p=0 f=0 s=0 status=none
  printf '\n== %s\n' "$2"
  cat "$work/$1.log"
  if [ -s "$work/$1.counts" ]; then read -r p f s <"$work/$1.counts"; fi
  if [ -s "$work/$1.status" ]; then status=$(<"$work/$1.status"); fi
  if [ "$f" -eq 0 ] && { [ "$status" != 0 ] || [ $((p + s)) -eq 0 ]; }; then
    echo "-- $2 crashed or ran nothing (exit status $status)"
    f=1
  fi
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

run_r() { # backend, filter, counts
  DEEPLY_TEST_BACKEND=$1 Rscript tools/test.R "$3" "$2"
}

run_python() { # backend, counts
  local python status=0 report=$work/$1.xml
  python=$(Rscript -e 'cat(reticulate::virtualenv_python("r-deeply"))')
  (cd inst/python && KERAS_BACKEND=$1 TF_CPP_MIN_LOG_LEVEL=3 \
    PYTHONDONTWRITEBYTECODE=1 "$python" -m pytest --junitxml="$report") ||
    status=$?
  if [ -s "$report" ]; then
    "$python" tools/count_junit.py "$report" >"$2"
  fi
  return "$status"
}

tools/setup.sh packages imports suggests testthat
tools/setup.sh package
tools/setup.sh python xgboost parquet jax test
tools/setup.sh browser

export NOT_CRAN=true # or testthat skips every snapshot
# JAX compiles what it has met before in no time, whichever test met it.
export JAX_COMPILATION_CACHE_DIR=$work/jax
export JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS=0
export JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES=-1
if [ -n "${FILTER-}" ]; then
  start r-tensorflow run_r tensorflow "$FILTER"
  wait
  count r-tensorflow "R, TensorFlow"
  exit
fi
# What the R half does with an array is the same whoever made it: on JAX what
# builds, trains and predicts is enough. Python's half is tested whole on both.
start r-tensorflow run_r tensorflow .
start r-jax run_r jax '^(backend|fit|train)'
wait -n
start python-jax run_python jax
wait -n
start python-tensorflow run_python tensorflow
wait
count r-tensorflow "R, TensorFlow"
count r-jax "R, JAX"
count python-tensorflow "Python, TensorFlow"
count python-jax "Python, JAX"
