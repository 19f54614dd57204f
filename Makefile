# `make help` lists the commands; CI runs the same ones.
PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1
# The site reads .env itself; Flask's own reader would fail with a traceback if it is not UTF-8.
export FLASK_SKIP_DOTENV = 1
# Files and output are UTF-8, whatever the locale: ko_KR.EUC-KR, for example.
export PYTHONUTF8 = 1

.DEFAULT_GOAL := help

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-18s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/installed ## serve the site on http://localhost:8000, with the Kakao sandbox when no key is set
	$(BIN)/flask --app app db upgrade
	$(BIN)/python app.py

# The redirection makes make 3.81 (macOS) ask a shell, which knows "command".
NODE_MODULES := $(if $(shell command -v npm 2>/dev/null),tests/node_modules)
PYTEST := $(BIN)/pytest -n auto --dist loadfile --durations=5
test: .venv/installed-dev $(NODE_MODULES) $(if $(ARGS),,lint) ## check style and run every test on SQLite, or run some tests: ARGS=tests/auth
	$(PYTEST) $(ARGS)

coverage: .venv/installed-dev ## run the tests of one process, and measure which branches they reach
	$(PYTEST) --cov --ignore=tests/end_to_end

test-pythons: .venv/installed-dev ## run the tests of one process on the other Pythons from 3.11 to 3.13 that are installed
	tests/on-every-python $(ARGS)

# Tests to which the database makes no difference.
WITHOUT_DATABASE := tests/sandbox tests/auth/kakao tests/auth/nicknames \
	$(addprefix tests/end_to_end/test_,connections.py deploy.py doctor.py every_page.py \
	every_page_in_english.py fuzz.py hostile_pictures.py in_a_browser.py kakaotalk.py make_run.py \
	pictures_in_a_browser.py proxy.py shared_limits.py three_engines.py trouble.py) \
	$(addprefix tests/houses/test_,decoder.py renditions.py storage.py upload_places.py) \
	$(addprefix tests/test_,alerts.py config.py documents.py environment.py imports.py links.py \
	requirements.py security_document.py version.py) \
	$(addprefix tests/web/test_,addresses.py canonical_url.py headers.py language.py static.py times.py)
test-postgres: .venv/installed-dev $(NODE_MODULES) ## run the tests that use the database on PostgreSQL: that of TEST_DATABASE_URL, or one started for this
	tests/with-postgres $(PYTEST) $(addprefix --ignore=,$(WITHOUT_DATABASE)) $(ARGS)

mutants: .venv/installed-dev ## mutate auth/, houses/ and moderation/ and see whether a test fails: takes hours, or MUTANTS='auth.next_url.*' for some
	$(BIN)/mutmut run $(MUTANTS)
	$(BIN)/mutmut results

fuzz: .venv/installed-dev ## send thousands of random requests to every route; FUZZ_EXAMPLES=5000 sends more
	FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-500} $(BIN)/pytest tests/test_fuzz.py tests/end_to_end/test_fuzz.py

screenshots: .venv/installed-dev ## retake the pictures in docs/screenshots/, in Chromium
	$(BIN)/python -m docs.screenshots

lighthouse: .venv/installed-dev bench/node_modules ## run Lighthouse on every indexable page, a house, a photo and the nickname page
	$(BIN)/python -m bench.lighthouse

lint: .venv/installed-dev ## check style, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/installed-dev ## fix style and format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# With their extras: pip takes a line without them for another package, and asks for a hash of its newest version.
LOCK := uv pip compile --quiet --universal --no-strip-extras --python-version 3.11 --generate-hashes --no-header --no-emit-index-url
lock: .venv/bin/python ## pin all packages with their hashes, after a change to requirements.txt or requirements-dev.txt; LOCK_OPTIONS=--upgrade also upgrades
	$(BIN)/pip install -q $$(grep '^uv==' requirements-dev.txt)
	$(BIN)/$(LOCK) $(LOCK_OPTIONS) requirements.txt -o requirements.lock
	$(BIN)/$(LOCK) $(LOCK_OPTIONS) requirements-dev.txt -c requirements.lock -o requirements-dev.lock

audit: .venv/installed-dev ## compare all pinned packages with the known vulnerabilities (PyPI's); asks pypi.org about each
	$(BIN)/pip-audit --strict --disable-pip --require-hashes -r requirements.lock
	$(BIN)/pip-audit --strict --disable-pip --require-hashes -r requirements-dev.lock

TEMPLATE := translations/messages.pot
translations: .venv/installed ## update translations/ from the code; new sentences then need their English
	$(BIN)/pybabel -q extract -F pyproject.toml -k lazy_gettext -k InvalidNicknameError -k InvalidPhotoError -k TooCostlyError --add-location=file --sort-by-file -w 100 -o $(TEMPLATE) auth houses moderation templates web
	$(BIN)/pybabel -q update -i $(TEMPLATE) -d translations -w 100 --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	$(BIN)/pybabel -q compile -d translations

package: .venv/installed-dev ## build the wheel of Flask-Kakao, from auth/kakao/ and sandbox/, into dist/
	$(BIN)/hatchling build -t wheel -d dist

bench: .venv/installed ## measure performance; also on PostgreSQL if TEST_DATABASE_URL names one
	$(BIN)/python -m bench

bench-alternatives: bench/.venv-alternatives/installed bench ## the same, compared with django-allauth and Flask-Dance

bench/.venv-alternatives/installed: bench/alternatives/requirements.txt
	$(PYTHON) -m venv bench/.venv-alternatives
	bench/.venv-alternatives/bin/pip install -q -r $<
	@touch $@

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; select it like this: make PYTHON=python3.12 run"; exit 1; }
	$(PYTHON) -m venv .venv

# Reinstalled only when the list of packages changes.
.venv/installed: requirements.lock .venv/bin/python
	$(BIN)/pip install -q --require-hashes -r requirements.lock
	@touch $@

.venv/installed-dev: requirements-dev.lock .venv/installed
	$(BIN)/pip install -q --require-hashes -r requirements-dev.lock
	@touch $@

# Without the packages' install scripts: vnu-jar's would download its own Java.
%/node_modules: %/package-lock.json
	npm ci --prefix $* --ignore-scripts --no-audit --no-fund
	@touch $@

.PHONY: help package lock audit run test test-pythons coverage test-postgres mutants bench bench-alternatives screenshots lighthouse translations lint format fuzz
