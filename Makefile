# `make` alone lists what there is. Nothing is installed outside of .venv, but for the browser of the tests.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install demo test lint audit bench lock messages browser postgres provider mailhost clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install -q --disable-pip-version-check
LOCKED := --require-hashes --no-deps --only-binary :all:
SOURCES := core plugins tests hatch_build.py
PROJECT := pyproject.toml hatch_build.py $(shell find core plugins -name '*.po')

help:
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | while IFS='|' read -r name text; do \
		printf '%-18s%s\n' "$$name" "$$text"; done

install: $(VENV)/.runtime ## Install into .venv what running takes

demo: $(VENV)/.runtime ## Try Vinculo: a sample company at http://127.0.0.1:8000
	@$(BIN)/vinculo demo $(DEMO)

test: $(VENV)/.dev browser postgres provider mailhost ## Run all tests, on SQLite, on PostgreSQL and in a browser
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 3 --dist loadfile --ignore tests/bench $(PYTEST)

lint: $(VENV)/.dev ## Check style, types, import directions, dangerous calls, dependencies, locks
	@$(BIN)/ruff check -q $(SOURCES)
	@$(BIN)/ruff format -q --check $(SOURCES)
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/bandit -q -c pyproject.toml -r core plugins hatch_build.py 2>&1 \
		| sed '/nosec encountered/d' | { ! grep .; }
	@$(BIN)/deptry . 2>&1 | sed '/^Scanning/d;/Success!/d;/^$$/d' | { ! grep .; }
	@if grep -nE '://|--(extra-)?index|--find-links' requirements.lock requirements-dev.lock; then \
		echo 'A lock names a package index: make it with "make lock".' >&2; exit 1; fi

audit: $(VENV)/.dev ## Look for known weaknesses in what Vinculo is built of (asks services of the internet)
	@$(BIN)/python .ci/audit.py requirements.lock

bench: $(VENV)/.dev postgres ## Measure: requests per second beside the bare driver
	@$(BIN)/python -m pytest tests/bench $(PYTEST)

messages: $(VENV)/.dev ## Collect the texts, bring the catalogues up to date and compile them
	@for package in core/vinculo plugins/*/vinculo_*; do \
		$(BIN)/python -m vinculo.testing.messages "$$package" || exit; done
	@$(BIN)/python hatch_build.py

lock: ## Choose versions anew: rewrites both lock files (needs uv)
	@command -v uv >/dev/null || { echo 'make lock needs uv: see docs.astral.sh/uv' >&2; exit 1; }
	@$(call compile,--extra build,requirements.lock)
	@$(call compile,--extra build --extra dev -c requirements.lock,requirements-dev.lock)

compile = uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
	--no-emit-index-url --no-emit-find-links --no-annotate $(1) pyproject.toml -o $(2)

clean: ## Delete what the other targets made, but for the data in var
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find core plugins tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null && $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo 'Vinculo needs Python 3.11 or newer. On Debian: apt-get install python3 python3-venv' >&2; \
		echo 'If it has another name: make PYTHON=python3.12 …' >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
		echo 'Python cannot make virtual environments. On Debian: apt-get install python3-venv' >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV)

$(VENV)/.packages: $(BIN)/python requirements.lock
	@echo 'Installing into $(VENV) …' >&2
	@$(PIP) $(LOCKED) -r requirements.lock
	@touch $@

$(VENV)/.runtime: $(VENV)/.packages $(PROJECT)
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	@echo 'Installing what tests and checks need …' >&2
	@$(PIP) $(LOCKED) -r requirements-dev.lock
	@touch $@

# Tests that drive a browser, or need a server, must not be skipped for want of one.
browser:
	@for name in chromium chromium-browser google-chrome-stable google-chrome; do \
		if command -v $$name >/dev/null; then exit 0; fi; done; \
	[ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo 'Installing chromium …' >&2 \
		&& export DEBIAN_FRONTEND=noninteractive && apt-get -qq update </dev/null \
		&& apt-get -qq install --no-install-recommends chromium </dev/null >/dev/null \
	|| { echo 'The tests drive a browser: apt-get install chromium' >&2; exit 1; }

postgres: $(VENV)/.dev
	@[ -n "$$VINCULO_TEST_PG" ] \
		|| $(BIN)/python -c 'from vinculo.testing.databases import binaries; raise SystemExit(not binaries())' \
		|| { echo 'The tests need PostgreSQL: apt-get install postgresql' >&2; exit 1; }

# The sign-in service that tests sign in through. Masked, or it would run with a password that everybody knows.
provider:
	@command -v glewlwyd >/dev/null && exit 0; \
	[ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo 'Installing glewlwyd …' >&2 \
		&& { ! command -v systemctl >/dev/null || systemctl -q mask glewlwyd.service; } \
		&& export DEBIAN_FRONTEND=noninteractive && apt-get -qq update </dev/null \
		&& apt-get -qq install --no-install-recommends glewlwyd dbconfig-sqlite3 </dev/null >/dev/null \
	|| { echo 'The tests need a sign-in service: apt-get install glewlwyd dbconfig-sqlite3' >&2; exit 1; }

# The servers of mail that tests send through and read from. Masked, or Debian starts them for the whole machine.
mailhost:
	@command -v exim4 >/dev/null && command -v dovecot >/dev/null && exit 0; \
	[ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo 'Installing exim4 and dovecot …' >&2 \
		&& { ! command -v systemctl >/dev/null || systemctl -q mask exim4.service dovecot.service dovecot.socket; } \
		&& export DEBIAN_FRONTEND=noninteractive && apt-get -qq update </dev/null \
		&& apt-get -qq install --no-install-recommends exim4-daemon-light dovecot-imapd </dev/null >/dev/null \
	|| { echo 'The tests need servers of mail: apt-get install exim4-daemon-light dovecot-imapd' >&2; exit 1; }
