# Everything that can be done here. `make help` lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_READY := $(VENV)/.run-$(shell cat requirements.txt | cksum | cut -d' ' -f1)
DEV_READY := $(VENV)/.dev-$(shell cat requirements-dev.txt | cksum | cut -d' ' -f1)
ONLY ?= tests

help: ## List what can be done
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(RUN_READY) ## Set up what is needed and serve, with the embedded parts
	@exec $(BIN)/python -m handlers

up: $(DEV_READY) ## Serve in full shape: MongoDB's wire protocol, RabbitMQ, several workers
	@exec $(BIN)/python -m scripts.up

demo: $(DEV_READY) ## Start a small fleet of agents and devices against a server (NEXUS_URL, NEXUS_API_KEY)
	@PYTHONPATH=generated/clients/python exec $(BIN)/python -m scripts.demo

test: $(DEV_READY) ## Set up what is needed and run every test, against the real parts
	@$(MAKE) --no-print-directory check

check: lint check-generated $(DEV_READY) ## All that CI runs
	-@$(BIN)/python -m scripts.rabbitmq install
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile $(ONLY)
	@$(MAKE) --no-print-directory conformance
	@$(BIN)/python -m tests.bench --short

lint: $(DEV_READY) ## Style, import rules, and both contracts under every linter
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m scripts.lint

generate: $(DEV_READY) ## Write generated/ from specs/
	@$(BIN)/python -m scripts.generate

check-generated: $(DEV_READY) ## Fail if generated/ is not what specs/ says, or breaks the released contract
	@$(BIN)/python -m scripts.check_generated
	@$(BIN)/python -m scripts.check_breaking

conformance: $(DEV_READY) ## Prove the running server against the contract with Schemathesis
	@$(BIN)/python -m tests.conformance
	@$(BIN)/python -m tests.conformance --store mongo

bench: $(DEV_READY) ## Measure, beside other frameworks and the bare stores, in one run
	@$(BIN)/python -m tests.bench

faults: $(DEV_READY) ## Kill servers, brokers and databases in mid-load, ten times over
	@for round in 1 2 3 4 5 6 7 8 9 10; do $(BIN)/python -m pytest --quiet tests/faults || exit 1; done

rabbitmq: $(DEV_READY) ## Install RabbitMQ if it is missing, and run a private one
	@exec $(BIN)/python -m scripts.rabbitmq

release: $(DEV_READY) ## Keep the present contract as the released one
	@$(BIN)/python -m scripts.release

lock: $(VENV)/bin/python ## Pin what pyproject.toml asks for; what is pinned already stays
	@$(BIN)/python -m pip install --quiet pip-tools
	@$(BIN)/pip-compile --quiet --output-file requirements.txt pyproject.toml
	@$(BIN)/pip-compile --quiet --extra dev --extra bench --constraint requirements.txt --output-file requirements-dev.txt pyproject.toml

clean: ## Remove what was installed and built, and the embedded store
	@rm -rf $(VENV) .nexus scripts/node/node_modules

$(VENV)/bin/python:
	@echo "Making a virtual environment"
	@$(PYTHON) -m venv $(VENV)

$(RUN_READY): | $(VENV)/bin/python
	@$(PYTHON) scripts/install.py $(BIN)/python requirements.txt
	@rm -f $(VENV)/.run-*
	@touch $@

$(DEV_READY): | $(VENV)/bin/python
	@$(PYTHON) scripts/install.py $(BIN)/python requirements-dev.txt
	@rm -f $(VENV)/.dev-* $(VENV)/.run-*
	@touch $@ $(RUN_READY)

.PHONY: help run up demo test check lint generate check-generated conformance bench faults rabbitmq release lock clean
