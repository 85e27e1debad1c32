# Hearback. A machine with Python 3.11 or newer and make needs nothing else: `make run`, `make test`.
#
# Each step leaves a stamp and is taken again only when the file that it comes from is newer.

PORT ?= 5000
DEMO ?= 1

PYTHON  := .venv/bin/python
PIP     := $(PYTHON) -m pip --disable-pip-version-check --no-input install --quiet --require-hashes
CATALOGS := $(wildcard translations/*/LC_MESSAGES/*.po)
# Two browsers' worth of processes is what a small machine bears; PYTEST_ARGS='-n 0 -k name' for one test.
PYTEST_ARGS ?= -n 2 --dist loadfile --no-loadscope-reorder --durations=20

# With VOICE=twilio-demo the desk runs beside a simulated Twilio, on this machine alone.
ifeq ($(VOICE),twilio-demo)
VOICE_NEEDS := .venv/.dev-packages tests/twilio_emulator/.openapi/.made
RUN := tests.twilio_emulator --desk --product http://127.0.0.1:$(PORT)
else
RUN := app.launch
endif

.DEFAULT_GOAL := help
.PHONY: help setup run test lint bench i18n lock reset clean browser

help: ## what there is
	@grep -hE '^[a-z0-9]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | while IFS="$$(printf '\t')" read -r name words; do printf '  make %-8s %s\n' "$$name" "$$words"; done

setup: .venv/.packages static/vendor/manifest.json static/i18n/.made ## everything the desk needs, into .venv, node_modules and static/
	@:

run: setup $(VOICE_NEEDS) ## the desk with demo data at http://127.0.0.1:5000 (PORT=…, DEMO=0 for an empty one, LIVE=0 for a quiet one, VOICE=twilio-demo for simulated telephones)
	@PORT=$(PORT) DEMO=$(DEMO) $(PYTHON) -m $(RUN)

test: setup .venv/.dev-packages browser tests/twilio_emulator/.openapi/.made ## linters, types, import rules and all tests
	@$(MAKE) --no-print-directory lint
	@echo "==> Tests"
	@$(PYTHON) -m pytest $(PYTEST_ARGS)

lint: setup .venv/.dev-packages ## ruff, mypy, import rules
	@echo "==> ruff" && .venv/bin/ruff check .
	@echo "==> mypy" && .venv/bin/mypy
	@echo "==> import rules" && .venv/bin/lint-imports --no-cache

bench: setup .venv/.dev-packages benchmarks/fanout_node/node_modules/.made ## measurements, printed as ratios
	@$(PYTHON) -m benchmarks

i18n: setup ## collect the texts into translations/, bring the catalogs up to date
	@$(PYTHON) -m app.i18n update

lock: .venv/.dev-packages ## choose package versions anew from requirements*.in
	@for name in requirements requirements-dev requirements-node; do \
	  echo "==> Locking $$name" && .venv/bin/uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url \
	    --no-header --universal --python-version 3.11 $$name.in -o $$name.txt || exit 1; \
	done

reset: setup ## drop the embedded database
	@$(PYTHON) -m app.launch --reset

clean: ## remove what set-up made (the database in var/ stays)
	rm -rf .venv node_modules static/vendor static/i18n tests/twilio_emulator/.openapi

# Python ------------------------------------------------------------------------------------------------------

# A moved checkout leaves a .venv whose programs point at the old place; it is made again.
ifneq ($(wildcard .venv/.made),)
ifneq ($(shell cat .venv/.made),$(CURDIR))
$(shell rm -rf .venv)
endif
endif

.venv/.made:
	@for python in python3.13 python3.12 python3.11 python3; do \
	  command -v $$python >/dev/null && $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; \
	  python=; \
	done; \
	[ -n "$$python" ] || { echo "Hearback needs Python 3.11 or newer on the PATH." >&2; exit 1; }; \
	echo "==> Python: $$($$python -V) into .venv"; \
	[ -x .venv/bin/python ] && .venv/bin/python -m pip --version >/dev/null 2>&1 || $$python -m venv --clear .venv || { \
	  [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	    && echo "==> Python cannot make environments here: installing python3-venv" \
	    && apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null && $$python -m venv --clear .venv; \
	} || { echo "Python's venv module does not work here; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo '$(CURDIR)' >$@

.venv/.packages: requirements.txt .venv/.made
	@echo "==> Python packages"
	@$(PIP) -r requirements.txt
	@touch $@

.venv/.dev-packages: requirements-dev.txt .venv/.packages
	@echo "==> Python packages for tests"
	@$(PIP) -r requirements-dev.txt
	@touch $@

# Browser packages --------------------------------------------------------------------------------------------

# Node of the machine where there is one; else the wheel's, which then lies in .venv.
define with_node
if [ "$$(node -p 'Number(process.versions.node.split(".")[0]) >= 18' 2>/dev/null)" != true ] || ! npm --version >/dev/null 2>&1; then \
  [ -e .venv/.node ] || { echo "==> Node.js: none here, taking the Python wheel's"; $(PIP) -r requirements-node.txt && touch .venv/.node; } || exit 1; \
  PATH="$(CURDIR)/.venv/bin:$$PATH"; export PATH; \
fi
endef

node_modules/.made: package-lock.json package.json .npmrc .venv/.packages
	@echo "==> Browser packages"
	@$(with_node); npm ci --no-progress --loglevel=error >/dev/null
	@touch $@

# Twilio's OpenAPI files, which the emulator in the tests checks against; 2 MB of a package of 150.
tests/twilio_emulator/.openapi/.made: tests/twilio_emulator/published.json .venv/.packages
	@echo "==> Twilio's OpenAPI files"
	@$(with_node); $(PYTHON) -m tests.twilio_emulator.published
	@touch $@

benchmarks/fanout_node/node_modules/.made: benchmarks/fanout_node/package-lock.json .venv/.packages
	@echo "==> Node server to measure beside"
	@$(with_node); cd benchmarks/fanout_node && npm ci --no-progress --loglevel=error >/dev/null
	@touch $@

static/vendor/manifest.json: node_modules/.made static/build.mjs static/icons.txt
	@echo "==> Bundles"
	@mkdir -p static/vendor
	@$(with_node); node static/build.mjs
	@touch $@

static/i18n/.made: $(CATALOGS) app/i18n/compiled.py .venv/.packages
	@echo "==> Translations"
	@$(PYTHON) -m app.i18n compile
	@mkdir -p static/i18n && touch $@

# The browser that the tests drive ----------------------------------------------------------------------------

browser: .venv/.dev-packages
	@for name in chromium chromium-browser google-chrome google-chrome-stable; do \
	  command -v $$name >/dev/null && exit 0; \
	done; \
	[ -e .venv/.browser ] && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "==> Browser: installing Chromium" && apt-get update -qq \
	    && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk >/dev/null; \
	else \
	  echo "==> Browser: installing Playwright's Chromium" && .venv/bin/playwright install chromium && touch .venv/.browser; \
	fi
