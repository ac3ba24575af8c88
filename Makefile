# Each target is one visible command; the README gives the same for machines without make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test bench

run: $(VENV)/ready
	@exec $(BIN)/webapp serve

test: $(VENV)/ready-for-tests
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/webapp bank check
	$(BIN)/webapp bank lint
	$(BIN)/python -m pytest -n auto --dist loadfile

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
