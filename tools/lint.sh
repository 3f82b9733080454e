#!/usr/bin/env bash
# All linters, the later ones too when an earlier one complains.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

python=$(Rscript -e 'cat(reticulate::virtualenv_python("r-deeply"))')
status=0
Rscript tools/lint.R || status=1
settings=inst/python/pyproject.toml
for command in "check" "format --check"; do
  # shellcheck disable=SC2086
  "$python" -m ruff $command --no-cache --config "$settings" inst/python \
    bench/engine bench/gan bench/images || status=1
done
exit "$status"
