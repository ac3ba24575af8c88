# Each target is one visible command; the README gives the same for machines without make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TOOLS := .venv-tools

# Tests may write what Python compiles, whatever the shell says: else every process compiles them and the app anew.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder -rfER

# The scripts are served as they are; Node is only for checking and testing them.
HAS_NODE := command -v npm && node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)'
NO_NODE := The scripts are not checked: that needs Node.js 20.19 or later, with npm.

.PHONY: run lint check test oracles check-js format bench faults courses sbom audit

run: $(VENV)/ready
	@exec $(BIN)/webapp serve

# What can be told without running the app: style, types, the direction of imports, the course.
lint: $(VENV)/ready-for-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/webapp bank check
	$(BIN)/webapp bank lint

# What takes a minute, for while one works: everything but browsers, servers, PostgreSQL and what is long.
check: lint check-js
	$(PYTEST) --ignore=tests/browser -m "not browser and not postgres and not server and not long"

test: lint check-js oracles
	$(PYTEST)

# Programs of others that the tests hold exports against; each has a licence of its own (tests/oracles/README.md).
oracles:
	@if ! { $(HAS_NODE); } >/dev/null 2>&1; then echo "Exports are not held against others: that needs Node.js."; test "$(CI)" != true; \
	else $(MAKE) --no-print-directory tests/oracles/node_modules/ready; fi

# Without Node this is left out on a machine of one's own, and fails where CI=true.
check-js:
	@if ! { $(HAS_NODE); } >/dev/null 2>&1; then echo "$(NO_NODE)"; test "$(CI)" != true; \
	else $(MAKE) --no-print-directory node_modules/ready && npm run --silent check && npm test --silent; fi

format: $(VENV)/ready-for-tests
	$(BIN)/ruff check --select I --fix .
	$(BIN)/ruff format .
	@if test -x node_modules/.bin/prettier; then npm run --silent format; fi

# Every fault that can be made on this machine, done to real servers under load, for a quarter of an hour; the short form
# is among the tests. Some need root: a full disk, files that can't be changed.
faults: $(VENV)/ready-for-tests
	$(BIN)/python -m tests.faults

# The small courses of the tests, made anew in the browser as tests/walks says.
courses: $(VENV)/ready-for-tests
	WRITE_COURSES=1 $(BIN)/python -m pytest tests/browser/test_walks.py

bench: $(VENV)/ready-for-tests
	$(BIN)/python -m benchmarks

# What the app is made of, as CycloneDX; and whether anything is known against it. Their programs have a place of their own.
sbom: $(VENV)/ready $(TOOLS)/ready
	$(TOOLS)/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible -o sbom.json $(BIN)/python
	@echo "sbom.json lists what is installed in $(VENV)."

audit: $(TOOLS)/ready
	$(TOOLS)/bin/python .ci/audit.py $(TOOLS)/bin/pip-audit

$(TOOLS)/ready: requirements-tools.lock
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-tools.lock
	@touch $@

$(VENV)/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(VENV)/ready-for-tests: requirements-test.lock $(VENV)/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.lock
	@touch $@

node_modules/ready: package-lock.json package.json .npmrc
	npm ci --no-audit --no-fund --ignore-scripts
	@touch $@

tests/oracles/node_modules/ready: tests/oracles/package-lock.json tests/oracles/package.json tests/oracles/.npmrc
	cd tests/oracles && npm ci --no-audit --no-fund --ignore-scripts
	@touch $@
