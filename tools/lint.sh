#!/usr/bin/env bash
# All linters, the later ones too when an earlier one complains.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

python=$(Rscript -e 'cat(reticulate::virtualenv_python("r-deeply"))')
status=0
Rscript tools/lint.R || status=1
"$python" -m ruff check --no-cache inst/python || status=1
"$python" -m ruff format --no-cache --check inst/python || status=1
exit "$status"
