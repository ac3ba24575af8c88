# Each target is one visible command; the README gives the same for machines without make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Tests may write what Python compiles, whatever the shell says: else every process compiles them and the app anew.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n auto --dist loadfile

.PHONY: run check test bench

run: $(VENV)/ready
	@exec $(BIN)/webapp serve

test: $(VENV)/ready-for-tests
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/webapp bank check
	$(BIN)/webapp bank lint
	$(PYTEST)

# What takes a minute, for while one works: everything but browsers, servers, PostgreSQL and what is long.
check: $(VENV)/ready-for-tests
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(PYTEST) --ignore=tests/browser -m "not browser and not postgres and not server and not long"

bench: $(VENV)/ready-for-tests
	$(BIN)/python -m benchmarks

$(VENV)/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(VENV)/ready-for-tests: requirements-test.lock $(VENV)/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-test.lock
	@touch $@
