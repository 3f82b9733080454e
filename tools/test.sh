#!/usr/bin/env bash
# Runs every test on TensorFlow, and on JAX those that a backend can change. The
# last line is always "N passed, N failed, N skipped" over all of them; a runner
# that crashed, or ran nothing, counts as one failed. With FILTER set, only the
# R tests of the files that match it run, on TensorFlow.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

passed=0 failed=0 skipped=0
work=$(mktemp -d)
counts=$work/counts

finish() {
  local status=$?
  rm -rf "$work"
  if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
  printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
  if [ "$failed" -gt 0 ]; then exit 1; fi
}
trap finish EXIT

# Runs a command that writes "passed failed skipped" to $counts.
run() { # title, command...
  local title=$1 status=0 p=0 f=0 s=0
  shift
  printf '\n== %s\n' "$title"
  rm -f "$counts"
  "$@" || status=$?
  if [ -s "$counts" ]; then read -r p f s <"$counts"; fi
  if [ "$f" -eq 0 ] && { [ "$status" -ne 0 ] || [ $((p + s)) -eq 0 ]; }; then
    echo "-- $title crashed or ran nothing (exit status $status)"
    f=1
  fi
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

run_r() { # backend, filter
  DEEPLY_TEST_BACKEND=$1 Rscript tools/test.R "$counts" "${@:2}"
}

run_python() { # backend
  local python status=0 report=$work/$1.xml
  python=$(Rscript -e 'cat(reticulate::virtualenv_python("r-deeply"))')
  (cd inst/python && KERAS_BACKEND=$1 TF_CPP_MIN_LOG_LEVEL=3 \
    PYTHONDONTWRITEBYTECODE=1 "$python" -m pytest --junitxml="$report") ||
    status=$?
  if [ -s "$report" ]; then
    "$python" tools/count_junit.py "$report" >"$counts"
  fi
  return "$status"
}

tools/setup.sh packages imports suggests testthat
tools/setup.sh package
tools/setup.sh python xgboost parquet jax test
tools/setup.sh browser

export NOT_CRAN=true # or testthat skips every snapshot
if [ -n "${FILTER-}" ]; then
  run "R, TensorFlow" run_r tensorflow "$FILTER"
  exit
fi
run "R, TensorFlow" run_r tensorflow
# What the R half does with an array is the same whoever made it: on JAX what
# builds, trains and predicts is enough. Python's half is tested whole on both.
run "R, JAX" run_r jax '^(backend|fit|train)'
run "Python, TensorFlow" run_python tensorflow
run "Python, JAX" run_python jax
