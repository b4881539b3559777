#!/bin/sh
# Everything that can be said about the code without running its tests. Goes through all of it, then
# fails if any part failed.
cd "$(dirname "$0")/.." || exit 1
bin=.venv/bin
rooms="ccperf feedback improvement retention strategy"
sources="$rooms tests manage.py gunicorn.conf.py"
failed=""
try() {
  name=$1
  shift
  printf '\n== %s\n' "$name"
  "$@" || failed="$failed, $name"
}
try "lint" $bin/ruff check $sources
try "format" $bin/ruff format --check $sources
try "templates" $bin/djlint templates --lint --quiet
# shellcheck disable=SC2046
try "types" $bin/mypy $(find $rooms -name 'services*.py' -o -name 'selectors*.py' -o -name 'analysis*.py' \
  -o -path 'ccperf/broker/*.py' -o -path 'ccperf/health/*.py')
try "imports" $bin/lint-imports --no-logo
try "system check" $bin/python manage.py check --fail-level WARNING
try "migrations" $bin/python manage.py makemigrations --check --dry-run
try "templates compile" $bin/python -m pytest -q tests/test_architecture.py -k template
[ -z "$failed" ] || { printf '\nNot right yet: %s.\n' "${failed#, }"; exit 1; }
printf '\nAll checks passed.\n'
