# make demo: a planned day in the browser.  make test: everything that must hold.  make help: the rest.
PYTHON ?= python3.11
# of tests: one more than two cores, because tests wait for processes, leases and pages
WORKERS ?= 3
BIN := .venv/bin

.PHONY: help setup loops demo test soak lint format clean lock messages pictures

help:
	@echo "make demo    set up, make and plan a day, serve it on this machine"
	@echo "make test    lint, types, import contracts, all tests"
	@echo "make soak    the long trials and the laws in full count"
	@echo "make setup   .venv with the locked dependencies, translations and compiled loops"
	@echo "make lint    style, types and import contracts only"
	@echo "make clean   remove .venv, caches and demonstration records"

SENTENCES := web/translations/zh/LC_MESSAGES/messages

setup: .venv/.installed $(SENTENCES).mo loops

.venv/.installed: requirements.lock setup.cfg pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info[:2] in ((3, 11), (3, 12)) else "Python 3.11 or 3.12 is needed")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(SENTENCES).mo: $(SENTENCES).po .venv/.installed
	$(BIN)/pybabel -q compile -d web/translations

# Compiled loops are kept; where sources changed they are compiled now, and not while somebody waits for a plan.
loops: .venv/.installed
	$(BIN)/python -c 'from routing.day import load_loops; load_loops()'
	$(BIN)/python -c 'from routing.siting.loading import load; load()'
	$(BIN)/python -c 'from routing.periodic.loading import load; load()'

.venv/.test-installed: requirements-test.lock .venv/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.lock
	@touch $@

demo: setup
	$(BIN)/recycling demo

lint: .venv/.test-installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Each worker reads all tests, and hundreds of processes all of ours: what Python makes of a file is kept between them.
test soak: export PYTHONDONTWRITEBYTECODE =

# Tests start servers, browsers and processes, and a machine may stall for minutes under them. What failed beside the
# others is therefore tried once more, alone; it is named, and what fails again has failed.
test: lint setup
	tests/prepare-system
	@$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder || { test $$? -eq 1 && \
	echo "Once more, alone, what failed above:" && $(BIN)/pytest -vx --last-failed --last-failed-no-failures none; }

# The long trials in full count; each prints what it saw.
soak: setup .venv/.test-installed
	$(BIN)/pytest -m soak -s
	FULL_COUNTS=1 $(BIN)/pytest -m '(hypothesis or full_count) and not soak'

format: .venv/.test-installed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Needs uv. Writes exact versions and hashes, no index address.
LOCK := uv pip compile setup.cfg --extra build --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate --quiet
lock:
	$(LOCK) -o requirements.lock
	$(LOCK) --extra cluster --extra test -c requirements.lock -o requirements-test.lock

clean:
	rm -rf .venv var/demo* *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# After a sentence was added or changed: collects all sentences; new ones stand in the .po file without translation.
messages:
	@mkdir -p var
	$(BIN)/pybabel -q extract -F web/babel.cfg -k N_ -k one:2 --no-location --sort-output -o var/messages.pot recycling routing web
	$(BIN)/pybabel -q update -N --no-fuzzy-matching --ignore-pot-creation-date -l zh -i var/messages.pot -d web/translations
	$(BIN)/pybabel -q compile -d web/translations

pictures: setup .venv/.test-installed
	$(BIN)/python docs/take_pictures.py
