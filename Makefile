# ECC Telematics. `make help` lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup venv console servers letters browser demo test fuzz openapi lint bench bench-api bench-notices bench-diagnosis soak lock clean FORCE

PYTHON ?= python3
ARGS ?=
# One worker more than processors: tests wait for other processes and clocks. Each has servers of its own (1 s and 300 MB).
WORKERS ?= $(shell echo $$(( $$(nproc) < 6 ? $$(nproc) + 1 : 6 )))
VENV := .venv/bin
# Written last: pip takes a package whose installation was interrupted for an installed one.
COMPLETE := .venv/complete
VENV_WORKS := $(VENV)/python -c 'import pip' 2>/dev/null
CONSOLE := dashboards/console
OIDC := tests/api/oidc_provider
CONSOLE_SOURCES := $(shell find $(CONSOLE) -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)
PACKAGES := $(patsubst %/__init__.py,%,$(wildcard $(foreach room,fleet storage gateway ingest diagnosis alerts aftersales \
	simulators usecases api dashboards app bench,$(room)/__init__.py)))
# Hundreds of processes that each compile every module anew cost the suite minutes; `make clean` takes the bytecode away.
unexport PYTHONDONTWRITEBYTECODE
SAY := @printf '\033[1m==>\033[0m %s\n'
LETTERS := .fonts/wqy-microhei.ttc
CJK_FONT := /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: venv console servers letters  ## virtual environment, console build, server programs, Chinese letters; again only what changed

venv: .stamps/venv
ifeq ($(shell $(VENV_WORKS) && echo works),)
.stamps/venv: FORCE
endif
.stamps/venv: requirements-dev.txt
	$(SAY) "Python packages into .venv (hash-locked; about a minute)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "ECC needs Python 3.11 or later; this one is " + sys.version.split()[0] + ". Name another with make PYTHON=...")'
	@{ [ -e $(COMPLETE) ] && $(VENV_WORKS); } || { rm -rf .venv && $(PYTHON) -m venv .venv; } || { \
		echo "The virtual environment could not be made; on Debian: apt-get install python3-venv"; exit 1; }
	@rm -f $@ $(COMPLETE)
	@$(VENV)/python -m pip install -qq --disable-pip-version-check --no-deps --only-binary :all: --require-hashes -r requirements-dev.txt
	@pwd > "$$($(VENV)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/ecc.pth"
	@mkdir -p .stamps && touch $(COMPLETE) $@

# Two stamps: packages when the lock changes, the build when any source does.
ifneq ($(wildcard $(CONSOLE)/package.json),)
console: .stamps/console
ifeq ($(wildcard $(CONSOLE)/dist/index.html),)
.stamps/console: FORCE
endif
ifeq ($(wildcard $(CONSOLE)/node_modules/.package-lock.json),)
.stamps/node: FORCE
endif
.stamps/node: $(wildcard $(CONSOLE)/package-lock.json)
	$(SAY) "the console's npm packages (about half a minute)"
	@command -v npm > /dev/null || { echo "npm is missing: the console needs Node.js 20.19 or later, or 22.12 or later, with npm."; exit 1; }
	@node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || (a === 22 && b >= 12) || (a === 20 && b >= 19) ? 0 : 1)' || { \
		echo "The console needs Node.js 20.19 or later, or 22.12 or later; this one is $$(node --version)."; exit 1; }
	@# npm itself heeds a Ctrl-C only after it has installed everything
	@rm -f $@ && cd $(CONSOLE) && { npm ci --no-audit --no-fund --no-update-notifier --loglevel=error & \
		trap "kill -KILL $$!; exit 130" INT TERM; wait $$!; }
	@mkdir -p .stamps && touch $@
.stamps/console: .stamps/node $(CONSOLE_SOURCES)
	$(SAY) "building the console"
	@rm -f $@ && cd $(CONSOLE) && npm run --silent build > ../../.stamps/console.log 2>&1 || { cat ../../.stamps/console.log; exit 1; }
	@touch $@
else
console:
	$(SAY) "no console here yet ($(CONSOLE)/package.json is missing); going on without it"
endif

servers: venv
	$(SAY) "server programs: PostgreSQL, TimescaleDB, Mosquitto"
	@if [ -n "$$ECC_DATABASE_URL" ] && [ -n "$$ECC_MQTT_URL" ]; then \
		echo "  not fetched: ECC_DATABASE_URL and ECC_MQTT_URL name servers of your own"; \
	else $(VENV)/python -m app.embedded fetch; fi

# Chinese papers and pictures, where the host has no font for them; nothing else needs it.
letters: venv
	@if [ ! -e $(LETTERS) ]; then \
		printf '\033[1m==>\033[0m %s\n' "Chinese letters for papers and pictures"; \
		$(VENV)/python -m app.embedded font || echo "  going on without them"; \
	fi

browser:
	@if command -v chromium > /dev/null && [ -e $(CJK_FONT) ]; then :; \
	elif [ "$$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then \
		echo "Browser tests will be skipped; they need: apt-get install chromium fonts-noto-cjk (as root)"; \
	else \
		printf '\033[1m==>\033[0m %s\n' "Debian's chromium and fonts-noto-cjk for the browser tests (apt-get, about a minute)"; \
		mkdir -p .stamps; export DEBIAN_FRONTEND=noninteractive; \
		{ apt-get -qq update && apt-get -qq install -y --no-install-recommends chromium fonts-noto-cjk; } > .stamps/apt.log 2>&1 \
			|| { tail -5 .stamps/apt.log; echo "apt-get failed; the browser tests will be skipped"; }; \
	fi

# The OpenID provider that the tests of company logins run against; without npm they are skipped.
ifeq ($(wildcard $(OIDC)/node_modules/.package-lock.json),)
.stamps/oidc: FORCE
endif
.stamps/oidc: $(OIDC)/package-lock.json
	$(SAY) "an OpenID provider for the tests (npm; a quarter of a minute)"
	@rm -f $@; if command -v npm > /dev/null; then cd $(OIDC) && { npm ci --no-audit --no-fund --no-update-notifier --loglevel=error & \
		trap "kill -KILL $$!; exit 130" INT TERM; wait $$!; }; else echo "  npm is missing: the tests of company logins will be skipped"; fi
	@mkdir -p .stamps && touch $@

demo: setup  ## run the main job: 40 simulated machines, alarms, console (ARGS="--duration 60 --report out.json")
	@./ecc demo $(ARGS)

test: setup browser .stamps/oidc  ## the whole suite; sets up what is missing (ARGS="tests/storage -k merge", WORKERS=0: one after the other)
	$(SAY) "tests"
	@$(VENV)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

fuzz: setup  ## the long random runs (10,000 rule cases)
	$(SAY) "fuzz"
	@ECC_FUZZ_CASES=$${ECC_FUZZ_CASES:-10000} $(VENV)/python -m pytest -m fuzz $(ARGS)

openapi: venv  ## after a change of the API: what is made from its document; stops where programs would break
	@$(VENV)/python -m api.export_openapi $(CONSOLE)/openapi.json
	@$(VENV)/python clients/python/generate.py
	@$(VENV)/python -m tests.contract.published_api --update

lint: venv  ## ruff, mypy --strict, import-linter, squawk
	$(SAY) "ruff"
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check .
	$(SAY) "mypy --strict: $(PACKAGES)"
	@$(VENV)/mypy $(addprefix -p ,$(PACKAGES) ecc_client)
	$(SAY) "import-linter"
	@PYTHONPATH=. $(VENV)/lint-imports --no-cache
	$(SAY) "squawk"
	@status=0; for file in $(wildcard storage/migrations/*.sql); do \
		sed '/^-- migrate:down/,$$d' $$file | $(VENV)/squawk --stdin-filepath $$file || status=1; \
	done; exit $$status

bench: setup  ## measure; writes bench/results/latest.json
	@$(VENV)/python -m bench $(ARGS)

bench-api: setup  ## measure the API beside ingest and the live stream (13 minutes); writes bench/results/api-latest.json and the table of docs/readings.md
	@$(VENV)/python -m bench.api $(ARGS)

bench-notices: setup  ## 10,000 alarms in a minute, each in a mail of its own: none lost or doubled, critical first (two minutes; ARGS="--down 600": the mail server is away)
	@$(VENV)/python -m bench.notices $(ARGS)

bench-diagnosis: venv  ## what the diagnosis finds in a labelled fleet of 200 machines and 30 days; writes bench/results/diagnosis-latest.json and pictures
	@$(VENV)/python -m bench.diagnosis $(ARGS)

soak: setup  ## the long runs: fifteen kills among 500 machines, notices with the mail server away for ten minutes, memory and lag
	@$(VENV)/python -m pytest -m soak
	@$(VENV)/python -m bench.notices --alarms 300 --over 5 --down 600
	@if [ -f bench/soak.py ]; then $(VENV)/python -m bench.soak $(ARGS); else echo "There is no soak test of ingest yet."; fi

lock: venv  ## lock requirements*.in anew, with hashes
	@for name in requirements requirements-dev; do \
		$(VENV)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
			$$([ $$name = requirements ] || echo "-c requirements.txt") -o $$name.txt $$name.in || exit 1; \
	done

clean:  ## remove what this checkout made: .venv, node_modules, builds, stamps, its server programs, letters and data
	$(SAY) "removing what this checkout made"
	@if $(VENV)/python -c 'import app.embedded' 2> /dev/null; then $(VENV)/python -m app.embedded clean; fi
	@rm -rf $(COMPLETE) .stamps .fonts .venv $(addprefix $(CONSOLE)/,node_modules codegen/node_modules dist src/api/schema.gen.d.ts) $(OIDC)/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
