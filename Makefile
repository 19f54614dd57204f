# `make help` lists what there is to do; CI runs the same commands.
PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.DEFAULT_GOAL := help

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-14s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/installed ## serve the site on http://localhost:8000, with the stand-in Kakao when no key is set
	$(BIN)/flask --app app db upgrade
	$(BIN)/python app.py

test: .venv/installed-dev $(if $(shell command -v npm),tests/node_modules) lint ## run every test on SQLite; those in a browser need Chromium or Chrome
	$(BIN)/pytest

test-postgres: .venv/installed-dev $(if $(shell command -v npm),tests/node_modules) ## run every test on PostgreSQL: that of TEST_DATABASE_URL, or one started for this
	tests/with-postgres $(BIN)/pytest

screenshots: .venv/installed-dev ## take the pictures in docs/screenshots/ anew, in Chromium
	$(BIN)/python -m docs.screenshots

lighthouse: .venv/installed-dev bench/node_modules ## let Lighthouse judge the home page and the nickname page
	$(BIN)/python -m bench.lighthouse

lint: .venv/installed-dev ## check style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: .venv/installed-dev ## put style and format right
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

TEMPLATE := translations/messages.pot
translations: .venv/installed ## bring translations/ in line with the code; what is new there waits for its English
	$(BIN)/pybabel -q extract -F pyproject.toml -k lazy_gettext --add-location=file --sort-by-file -w 100 -o $(TEMPLATE) auth templates web
	$(BIN)/pybabel -q update -i $(TEMPLATE) -d translations -w 100 --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	$(BIN)/pybabel -q compile -d translations

bench: .venv/installed ## measure how fast it is; also on PostgreSQL if TEST_DATABASE_URL names one
	$(BIN)/python -m bench

bench-peers: bench/.venv-peers/installed bench ## the same, with django-allauth and Flask-Dance beside it

bench/.venv-peers/installed: bench/peers/requirements.txt
	$(PYTHON) -m venv bench/.venv-peers
	bench/.venv-peers/bin/pip install -q -r $<
	@touch $@

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name it like this: make PYTHON=python3.12 run"; exit 1; }
	$(PYTHON) -m venv .venv

# Each is made anew when its list of packages changes, and only then.
.venv/installed: requirements.txt .venv/bin/python
	$(BIN)/pip install -q -r requirements.txt
	@touch $@

.venv/installed-dev: requirements-dev.txt .venv/installed
	$(BIN)/pip install -q -r requirements-dev.txt
	@touch $@

# No script of a package runs; vnu-jar's would fetch a Java of its own.
%/node_modules: %/package-lock.json
	npm ci --prefix $* --ignore-scripts --no-audit --no-fund
	@touch $@

.PHONY: help run test test-postgres bench bench-peers screenshots lighthouse translations lint format
