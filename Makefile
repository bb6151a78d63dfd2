# Two commands matter to a newcomer: `make demo` and `make test`. Both set up what they need.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PY ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
# The embedded cloud runs 3.11, AWS 3.13: where both are installed, unit tests run on both.
OTHER = $(shell for p in python3.11 python3.13; do \
	$$p -c 'import venv' 2>/dev/null && test "$$($$p -V)" != "$$($(BIN)/python -V)" && echo $$p && break; done)
UV := 0.13.9
# Tests of the embedded cloud keep to one worker and mostly wait; the other one computes.
WORKERS ?= 2
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20
export JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION := 20

.PHONY: help setup demo test test-other-python test-unit test-full bench lint types imports schemas charts lock synth clean check-tools

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

check-tools:
	@test -n "$(PY)" || { echo "centralino: Python 3.11 or newer with the venv module is missing"; exit 2; }
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null || \
		{ echo "centralino: Node.js 20 or newer is missing"; exit 2; }
	@command -v npm >/dev/null || { echo "centralino: npm is missing"; exit 2; }

.venv/.ready: requirements/dev.txt pyproject.toml
	@test -x $(BIN)/python || $(PY) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check uv==$(UV)
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

node_modules/.ready: package-lock.json
	@npm ci --silent --no-audit --no-fund
	@touch $@

setup: check-tools .venv/.ready node_modules/.ready ## Install everything into the checkout

demo: setup ## Deploy to the embedded cloud and run a day of calls (CALLS, SPEED, HEADLESS, DAY, SEED, PROVIDER=twilio|webvoice)
	@$(BIN)/centralino demo

test: setup ## All checks and tests, as CI runs them
	@$(MAKE) --no-print-directory lint types imports
	$(BIN)/pytest -q -m "not full" -n $(WORKERS) --dist loadgroup
	@$(MAKE) --no-print-directory test-other-python

test-other-python: setup
	@other="$(OTHER)"; if test -z "$$other"; then \
		echo "only one of Python 3.11 and 3.13 is installed: unit tests ran on $$($(BIN)/python -V) alone"; \
	else \
		$$other -m venv --without-pip .venv-other && \
		$(BIN)/uv pip sync --quiet --python .venv-other/bin/python --require-hashes requirements/dev.txt && \
		.venv-other/bin/python -m pytest -q -m "not full" tests/unit; \
	fi

test-unit: setup ## The quick part: rules, contracts, templates
	$(BIN)/pytest -q -m "not full" tests/unit tests/contract -k "not embedded"

test-full: setup ## Everything, the long and large runs included
	@$(MAKE) --no-print-directory lint types imports
	$(BIN)/pytest -q
	@$(MAKE) --no-print-directory test-other-python

bench: setup ## Benchmarks, one JSON object per line (ONLY=prefix, SEED=n)
	@$(BIN)/centralino bench $(if $(ONLY),--only $(ONLY)) $(if $(SEED),--seed $(SEED))

lint: setup
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: setup
	@$(BIN)/mypy

imports: setup
	@$(BIN)/lint-imports --no-cache

schemas: setup ## Write schemas/ and the generated reference from the contracts
	@$(BIN)/python -m cli.generate

charts: setup ## Draw the charts of docs/ from the simulator
	@$(BIN)/python -c 'from cli.generate.__main__ import write; from cli.generate import callback_days, waits; write(waits.files()); write(callback_days.files())'

synth: setup ## Synthesize the CDK app for AWS into cdk.out
	@node_modules/.bin/cdk synth --quiet

lock: ## Lock the Python requirements again
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url requirements/dev.in -o requirements/dev.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-package boto3 --no-emit-package botocore \
		--no-emit-package s3transfer layers/dependencies/requirements.in \
		-o layers/dependencies/requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url requirements/embedded.in -o requirements/embedded.txt

clean: ## Remove everything that was built or installed here
	rm -rf .venv .venv-other node_modules build cdk.out .local .mypy_cache .ruff_cache .pytest_cache .hypothesis
