#!/usr/bin/env bash
# Brings a machine to where deeply runs, and does nothing where it already does.
#
#   tools/setup.sh packages SET...   R and R packages; see tools/packages.R
#   tools/setup.sh package           deeply itself, if its sources changed
#   tools/setup.sh python EXTRA...   Python and deeply's environment
#   tools/setup.sh browser           Chromium, where apt can install it
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '%s\n' "$*" >&2; }

can_apt() { command -v apt-get >/dev/null && [ "$(id -u)" -eq 0 ]; }

# The lists are fetched once, and only when something has to be installed.
apt_update() {
  [ -z "${lists_fetched-}" ] || return 0
  apt-get update -qq
  lists_fetched=yes
}

apt_has() { [[ $(apt-cache policy "$1") =~ 'Candidate: '[^\(] ]]; }

apt_install() {
  local log
  say "Installing with apt: $*"
  apt_update
  log=$(mktemp)
  if ! DEBIAN_FRONTEND=noninteractive apt-get install -qq \
    --no-install-recommends -o DPkg::Lock::Timeout=600 "$@" >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
  fi
  rm "$log"
}

# Without the right to install, name exactly what is missing and stop.
give_up() { # the R packages, as the rest of the line
  local debian quoted
  debian=$(printf ' r-cran-%s' "$@" | tr '[:upper:]' '[:lower:]')
  quoted=$(printf ', "%s"' "$@")
  say "Missing, or older than needed, in R: $*"
  say "Install them in R:"
  say "  install.packages(c(${quoted:2}))"
  say "or, on Debian and Ubuntu, as root:"
  say "  apt-get install --no-install-recommends$debian"
  exit 1
}

need_r() {
  ! command -v Rscript >/dev/null || return 0
  if ! can_apt; then
    say "Missing: R 4.2 or newer. On Debian and Ubuntu, as root:"
    say "  apt-get install --no-install-recommends r-base-core"
    exit 1
  fi
  apt_install r-base-core
}

# The missing packages of the kinds that match, as the array `named`.
pick() { # regex of kinds
  mapfile -t named < <(
    awk -v kind="^($1)$" 'NF == 2 && $2 ~ kind { print $1 }' <<<"$missing"
  )
}

need_packages() {
  need_r
  local missing named name wanted=()
  missing=$(Rscript tools/packages.R "$@")
  [ -n "$missing" ] || return 0
  if ! can_apt; then
    pick "must|should"
    [ "${#named[@]}" -eq 0 ] || give_up "${named[@]}"
    return 0
  fi

  apt_update
  pick ".*"
  for name in "${named[@]}"; do
    if apt_has "r-cran-${name,,}"; then wanted+=("r-cran-${name,,}"); fi
  done
  [ "${#wanted[@]}" -eq 0 ] || apt_install "${wanted[@]}"

  missing=$(Rscript tools/packages.R "$@")
  pick "must"
  [ "${#named[@]}" -eq 0 ] || give_up "${named[@]}"
  pick ".*"
  [ "${#named[@]}" -eq 0 ] || say "Going on without: ${named[*]}"
}

# reticulate embeds Python, so beside venv it needs the shared library, which
# Debian packages apart from the interpreter.
python_works() {
  command -v "$1" >/dev/null && "$1" - >/dev/null 2>&1 <<'PY'
import ensurepip
import glob
import sys
import sysconfig
import venv

name = "libpython{}.{}*.{}*".format(
    *sys.version_info[:2], "dylib" if sys.platform == "darwin" else "so"
)
folders = (sysconfig.get_config_var(key) for key in ("LIBPL", "LIBDIR"))
sys.exit(not any(glob.glob(f"{folder}/{name}") for folder in folders))
PY
}

need_python() { # sets $python
  for python in "$(command -v python3)" /usr/bin/python3; do
    ! python_works "$python" || return 0
  done
  if ! can_apt; then
    say "Missing: a Python with venv and its shared library."
    say "On Debian and Ubuntu, as root:"
    say "  apt-get install --no-install-recommends python3-venv libpython3-dev"
    exit 1
  fi
  apt_install python3-venv
  # Only the library, not the headers that libpython3-dev would bring.
  apt_install "libpython$(/usr/bin/python3 -c \
    'import sys; print("{}.{}".format(*sys.version_info))')"
}

# The page of deep_report() is opened in one; its test is skipped without.
need_browser() {
  local name
  for name in chromium chromium-browser google-chrome; do
    ! command -v "$name" >/dev/null || return 0
  done
  if can_apt && apt_update && apt_has chromium; then
    # In a subshell, which is all that a failure ends.
    (apt_install chromium) && return 0
  fi
  say "Going on without a browser: chromium, chromium-browser or google-chrome."
}

step=${1-}
shift || true
case "$step" in
  packages) need_packages "$@" ;;
  package) Rscript tools/install.R ;;
  python)
    need_python
    Rscript tools/python.R "$python" "$@"
    ;;
  browser) need_browser ;;
  *)
    say "usage: tools/setup.sh packages SET... | package | python EXTRA... |"
    say "  browser"
    exit 2
    ;;
esac
