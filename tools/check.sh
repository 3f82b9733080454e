#!/usr/bin/env bash
# R CMD check on a built tarball; fails unless it finds nothing at all.
#
#   tools/check.sh [--no-python]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Each place that reticulate looks for Python is closed: the variable it reads
# first names no file, its environments are elsewhere and empty, and the
# commands on PATH fail.
hide_python() {
  local command
  mkdir "$work/bin" "$work/empty"
  for command in python python3 uv conda virtualenv; do
    printf '#!/bin/sh\nexit 1\n' >"$work/bin/$command"
  done
  chmod +x "$work"/bin/*
  export PATH="$work/bin:$PATH"
  export RETICULATE_PYTHON="$work/empty/python"
  export RETICULATE_VIRTUALENV_ROOT="$work/empty" WORKON_HOME="$work/empty"
  export RETICULATE_MINICONDA_PATH="$work/empty/miniconda"
  export RETICULATE_MINICONDA_ENABLED=FALSE RETICULATE_USE_MANAGED_VENV=no
  Rscript -e 'stopifnot(!reticulate::py_available(initialize = TRUE))'
}

if [ "${1-}" = --no-python ]; then hide_python; fi

cd "$work"
R CMD build "$root"
R CMD check --no-manual ./*.tar.gz || true

log=$(echo ./*.Rcheck/00check.log)
if ! grep -qx 'Status: OK' "$log"; then
  rm -rf "$root"/*.Rcheck
  cp -r ./*.Rcheck "$root"
  echo "R CMD check is not clean; the logs are in $(basename ./*.Rcheck)/" >&2
  exit 1
fi
