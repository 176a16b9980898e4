.DEFAULT_GOAL := help
.PHONY: help setup demo test unit check bench chaos up down status logs contracts docs lock clean
SHELL := /bin/bash

MEMBERS := $(wildcard libs/*/pyproject.toml services/*/pyproject.toml apps/*/pyproject.toml deploy/local/pyproject.toml)
BIN := .venv/bin
READY := .venv/ready
# Of the tests. Each starts servers of its own, some 4 GB.
PROCESSES ?= 2
PYTEST = $(BIN)/pytest --numprocesses $(PROCESSES) --dist loadfile --no-loadscope-reorder
# Packages of which the tests have to run nine lines in ten. To watch lines slows all code down, so these run apart.
COVERED := segmenter api
COVER := $(COVERED:%=--cov=%) --cov-report=term:skip-covered

# Downloads are kept in the home folder, or in the checkout where that cannot be written.
ifneq ($(shell test -w "$$HOME" && echo yes),yes)
export HOME := $(CURDIR)/var/cache/home
endif

help: ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(READY) ## Make .venv and install everything, as locked
	@:

$(READY): requirements.lock requirements-uv.lock deploy/local/setup.sh deploy/local/local/jars.lock $(MEMBERS)
	@deploy/local/setup.sh $(patsubst %/pyproject.toml,%,$(MEMBERS))
	@touch $@

demo: $(READY) ## Deals to packages on this machine, start to end
	@$(BIN)/python -m local up
	@$(BIN)/assort demo $(ARGS)

test: $(READY) ## All tests, on real servers (ARGS="tests/packager -k excluded" for some)
ifdef ARGS
	@$(PYTEST) $(ARGS)
else
	@$(PYTEST) $(COVERED:%=--ignore=tests/%)
	@$(PYTEST) $(COVER) $(COVERED:%=tests/%)
	@$(foreach part,$(COVERED),$(BIN)/coverage report --include='*/$(part)/*' --fail-under=90 --format=total &&) true
endif

unit: $(READY) ## The tests that need no server, in seconds (ARGS="segmenter" for some)
	@$(BIN)/python -m tests.unit $(ARGS)

check: $(READY) ## Format, lint, types, architecture
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(READY) ## Everything under bench/
	@for file in $$(ls bench/*.py 2>/dev/null); do echo "== $$file"; $(BIN)/python -m "bench.$$(basename $$file .py)" || exit 1; done

chaos: $(READY) ## Kill workers and servers under load, the long form
	@$(BIN)/python -m tests.chaos $(ARGS)

up: $(READY) ## Start Kafka, Postgres and S3 on 127.0.0.1
	@$(BIN)/python -m local up

down: $(READY) ## Stop them; data stay
	@$(BIN)/python -m local down

status: $(READY) ## What runs
	@$(BIN)/python -m local status

logs: $(READY) ## The end of their logs (ARGS="kafka -f")
	@$(BIN)/python -m local logs $(ARGS)

contracts: $(READY) ## Write the snapshots of changed events
	@$(BIN)/python -m contracts.tools.snapshots

docs: $(READY) ## Write docs/reference and the pictures of docs/explanation anew
	@$(BIN)/python -m contracts.tools.reference
	@$(BIN)/python -m contracts.tools.asyncapi
	@$(BIN)/python -m docs.tools.reference
	@$(BIN)/python -m docs.tools.pictures

lock: $(READY) ## Resolve all versions anew
	@deploy/local/lock.sh

clean: ## Stop the servers; remove .venv, caches and all data of the servers
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m local down; fi
	@rm -rf .venv var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
