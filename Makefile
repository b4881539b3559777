# ccperf. `make run` starts everything, `make test` tests everything; both set up what they need.
# PORT, DATA_DIR, DATABASE_URL and REDIS_URL are read from the environment or the command line.

PYTHON ?= python3
BIN := .venv/bin
export DATA_DIR PORT DATABASE_URL REDIS_URL
TEST_PROCESSES ?= 2
PYTEST_ARGS ?=
SOURCES := ccperf feedback improvement retention strategy tests manage.py

.PHONY: help setup run test check format bench bench-large bench-themes shots lock clean

help:  ## What there is to make
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/'

setup:  ## Virtual environment, locked packages, database up to date
	@scripts/setup.sh "$(PYTHON)"

run:  ## Web server, worker and timer; the demonstration centre on first start
	@scripts/setup.sh "$(PYTHON)" packages-only  # run_centre brings the database up to date itself
	@exec $(BIN)/python manage.py run_centre

test: setup  ## The whole test suite; what needs a missing service is skipped and counted
	@$(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

check: setup  ## Style, templates, types, imports, migrations
	@scripts/check.sh

format: setup  ## Put the code into the agreed form
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

bench: setup  ## Figures of speed: a table, and DATA_DIR/bench.json
	@$(BIN)/python -m tests.bench

bench-large: setup  ## Ingest and sums of 10 million observations alone, on SQLite and the DATABASE_URL
	@BENCH_ROWS=$${BENCH_ROWS:-10000000} BENCH_DATABASE_URL=$$DATABASE_URL BENCH_REDIS_URL=$$REDIS_URL \
		$(BIN)/python -m tests.bench.bench_ingest

bench-themes: setup  ## Themes beside BERTopic (an environment of its own), and their quality on labelled data
	@scripts/bench_themes.sh

shots: setup  ## Photograph every page as each role into DATA_DIR/shots
	@$(BIN)/python manage.py shots

lock:  ## Choose package versions anew within pyproject.toml; UPGRADE=1 takes the newest
	@scripts/lock.sh $(if $(UPGRADE),--upgrade)

clean:  ## Remove the virtual environment and caches; your data in DATA_DIR stay
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
