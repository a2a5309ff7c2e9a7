# Everything goes to .venv and .cache (pip and Maven keep their own caches of downloads). `make` alone lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3 python3.14 python3.13 python3.12 python3.11
VENV := .venv
BIN := $(VENV)/bin
CODE := hub tests deploy $(wildcard bench)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help
help:  ## List the targets.
	@grep -hE '^[a-z-]+:.*  ## ' Makefile | sed -E 's/^([a-z-]+):.*  ## (.*)$$/  make \1|\2/' | column -t -s '|'

.PHONY: setup
setup: $(VENV)/.hub  ## Create .venv and fetch Kafka, all that the hub and its tests need (a minute, then instant).
	@$(BIN)/python deploy/kafka/fetch.py $(KAFKA)
	@$(if $(filter setup,$(MAKECMDGOALS)),echo "Ready. Try: make demo",:)

# The first candidate that runs and is new enough (a pyenv shim may exist and yet not run).
$(VENV)/.python:
	@for python in $(PYTHON); do \
	  "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	  echo "[1/4] $$("$$python" -V) in $(VENV)"; \
	  "$$python" -m venv $(VENV) || { echo "It could not make a virtual environment (on Debian: install python3-venv)."; exit 1; }; \
	  touch $@; exit 0; \
	done; \
	echo "The hub needs Python 3.11 or newer; tried $(PYTHON). Install one, or run: make setup PYTHON=/path/to/python3.11"; exit 1

$(VENV)/.requirements: requirements.txt requirements-dev.txt $(VENV)/.python
	@echo "[2/4] $$(cat requirements.txt requirements-dev.txt | grep -c '==') pinned packages, each checked against its hash"
	@$(PIP) install --require-hashes --only-binary :all: -r requirements.txt -r requirements-dev.txt
	@touch $@

$(VENV)/.hub: pyproject.toml $(VENV)/.requirements
	@echo "[3/4] the hub itself"
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: demo
demo: setup  ## Run the hub with invented citizens.
	@$(BIN)/hub demo

.cache:
	@mkdir -p $@

# With CI=true a machine without Java or Maven fails here at once; elsewhere the tests that need them are skipped, loudly.
# The tests start hundreds of processes of the hub: each reads what Python compiled for the first of them.
.PHONY: test
test: export PYTHONDONTWRITEBYTECODE :=
test: KAFKA := --required
test: setup check  ## Check, then run every test.
	@deploy/web/browser.sh
	@$(BIN)/python -m pytest --numprocesses 3 --dist loadfile $(ARGS)

# ARGS="--histories 100000 --seed 1" makes a run again; the seed of every run is printed.
.PHONY: properties
properties: setup  ## Compare the decision with a naive oracle over 100,000 generated histories (ten minutes).
	@$(BIN)/python -m tests.properties $(ARGS)

# ARGS="disclosure denials" for some modules alone; ARGS=--write lists the survivors anew in docs/mutations.md.
.PHONY: mutants
mutants: setup  ## Change the decision in every small way; its unit tests must notice each (ten minutes).
	@$(BIN)/python -m tests.mutations $(ARGS)

# ARGS="12 60" for some rows alone; ARGS=--bites without playing; ARGS=--write makes docs/inventory.md anew.
.PHONY: rows
rows: setup  ## Play the municipality and hold every row of the inventory against it (five minutes).
	@$(BIN)/python -m tests.rows $(ARGS)

.PHONY: check
check: $(VENV)/.hub .cache  ## Check format, lint, types and floors; change nothing.
	@echo "[format]" && $(BIN)/ruff format --check --quiet --output-format concise $(CODE) || { echo "Run: make format"; exit 1; }
	@echo "[lint]" && $(BIN)/ruff check --quiet $(CODE)
	@echo "[types]" && $(BIN)/mypy --no-error-summary
	@echo "[floors]" && $(BIN)/lint-imports --no-logo --cache-dir .cache/import-linter > .cache/floors.txt \
	  || { cat .cache/floors.txt; exit 1; }

.PHONY: format
format: $(VENV)/.hub  ## Format the code and repair what can be repaired by itself.
	@$(BIN)/ruff check --fix-only --quiet $(CODE)
	@$(BIN)/ruff format $(CODE)

.PHONY: bench
bench: setup  ## Run the measurements.
	@$(BIN)/python -m bench $(ARGS)

.PHONY: leaks
leaks: KAFKA := --required
leaks: setup  ## Hunt for leaks as a partner, and write docs/leak-hunt.md anew.
	@LEAKS=write $(BIN)/python -m pytest -q -s tests/leaks

# What was seen and mended is in docs/screens.md.
.PHONY: screens
screens: setup  ## Look at every page: pictures for phone and desktop in .cache/screens (two minutes).
	@deploy/web/browser.sh
	@SCREENS=write $(BIN)/python -m pytest -q tests/browser/test_accessibility.py

.PHONY: lock
lock:  ## Pin the requirements anew (needs uv).
	@uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-header --no-annotate requirements.in -o requirements.txt
	@uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-header --no-annotate requirements-dev.in -o requirements-dev.txt

.PHONY: clean
clean:  ## Remove .venv, .cache and all that can be made again.
	@rm -rf $(VENV) .cache .hypothesis build *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
