#!/bin/sh
# The locked packages: exact versions with hashes, without addresses, so that any index can serve them.
set -eu
cd "$(dirname "$0")/.."
compile() {
  .venv/bin/uv pip compile pyproject.toml "$@" --extra quality --quiet --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-annotate --custom-compile-command "make lock"
}
compile "$@" --group dev -o requirements-dev.lock
# The run-time set is a part of the other, never other versions of it.
versions=$(mktemp)
trap 'rm -f "$versions"' EXIT
sed -n 's/^\([a-zA-Z0-9._-]*==[^ ]*\).*/\1/p' requirements-dev.lock >"$versions"
compile -c "$versions" -o requirements.lock
