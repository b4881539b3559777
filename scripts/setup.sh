#!/bin/sh
# Virtual environment, locked packages with checked hashes, database up to date.
# Does nothing that is already done: the stamp holds the checksum of the lock and of the interpreter.
set -eu
cd "$(dirname "$0")/.."
python=${1:-python3}
lock=requirements-dev.lock
stamp=.venv/.installed

say() { printf '%s\n' "$*"; }
stop() { printf '\n%s\n' "$*" >&2; exit 1; }

command -v "$python" >/dev/null 2>&1 || stop "There is no $python. Install Python 3.11 or 3.12 (Debian: apt-get install python3 python3-venv)."
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
case $version in
  3.11 | 3.12) ;;
  *) stop "$python is Python $version; ccperf needs 3.11 or 3.12. Name another one: make setup PYTHON=python3.11" ;;
esac

make_environment() {
  say "Making the virtual environment .venv with Python $version."
  rm -rf .venv
  if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    # Debian ships these two in a package of its own.
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
      say "Python's venv module is missing; installing the Debian package python3-venv."
      { apt-get update -q && apt-get install -q -y --no-install-recommends python3-venv; } >/dev/null 2>&1 || true
    fi
    "$python" -c 'import venv, ensurepip' 2>/dev/null ||
      stop "Python's venv module is missing. Install it and try again: sudo apt-get install python3-venv"
  fi
  "$python" -m venv .venv || { rm -rf .venv; stop "The virtual environment could not be made; the lines above say why."; }
}

# uv is in the lock too; its part of it is enough to install it with checked hashes.
install_packages() {
  say "Installing the locked packages."
  part=$(mktemp)
  trap 'rm -f "$part"' EXIT
  awk '/^[a-zA-Z0-9]/ { wanted = /^uv==/ } wanted' "$lock" >"$part"
  if .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r "$part" &&
    VIRTUAL_ENV="$PWD/.venv" .venv/bin/uv pip install -q --require-hashes -r "$lock"; then
    return
  fi
  say "uv could not install them; trying pip, which takes longer."
  .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r "$lock" ||
    stop "The packages could not be installed. Is the package index reachable? The lines above say what failed."
}

wanted=$(cat "$lock" | "$python" -c 'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read() + sys.version.encode()).hexdigest())')
if [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$wanted" ] || ! .venv/bin/python -c '' 2>/dev/null; then
  [ -x .venv/bin/python ] && .venv/bin/python -c 'import pip' 2>/dev/null && [ "$(cat .venv/.python 2>/dev/null)" = "$version" ] || make_environment
  install_packages
  printf '%s' "$version" >.venv/.python
  printf '%s' "$wanted" >"$stamp"
fi
[ "${2:-}" = packages-only ] || .venv/bin/python manage.py migrate --noinput -v 0
