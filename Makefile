# What a person types. Each target makes its own environment in .venv, once for each state of the lock files.
# Needs python3 (3.11 or newer) with venv, make and git.

PYTHON ?= python3
BIN := .venv/bin
RUN := .venv/.run-$(shell cat requirements.lock pyproject.toml | cksum | cut -d' ' -f1)
DEV := .venv/.dev-$(shell cat requirements-dev.lock pyproject.toml | cksum | cut -d' ' -f1)
WORKERS ?= 2
COMPILE = $(BIN)/uv pip compile pyproject.toml --universal --generate-hashes -p 3.11 -q --no-emit-index-url \
	--custom-compile-command "make lock"

.DEFAULT_GOAL := help
.PHONY: help demo scenario test check bench docs peers lock clean

help: ## List the targets.
	@sed -n 's/^\([a-z]*\):.*## /\1: /p' Makefile

demo: $(RUN) ## Two participants on this machine, from offer to proof. ARGS='--data FILE...' plays your own files.
	$(BIN)/xinfu demo $(ARGS)

scenario: $(RUN) ## Play one scenario: S=S01 or S=S03 DATA=folder [PARAMS=file.json] [OUT=figures.json].
	@test -n "$(S)" || { echo 'make scenario S=S01|S03 [DATA=folder] [PARAMS=file.json] [OUT=figures.json]' >&2; exit 2; }
	$(BIN)/xinfu scenario $(S) $(if $(DATA),--data $(DATA)) $(if $(PARAMS),--params $(PARAMS)) $(if $(OUT),--out $(OUT)) $(ARGS)

test: $(DEV) ## The whole suite; what needs a peer that is absent is skipped with a reason.
	$(BIN)/pytest -n $(WORKERS) --dist loadfile $(ARGS)

check: $(DEV) ## Lint, format, types, import contracts, lock files.
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	@! grep -n '://' requirements.lock requirements-dev.lock || { echo 'a lock file names an address' >&2; exit 1; }

bench: $(DEV) ## Measure: a table, and bench/results.json. ONLY=name runs one.
	$(BIN)/python -m bench $(if $(ONLY),--only $(ONLY)) $(ARGS)

docs: $(DEV) ## Write what is made from the program: pages of docs/reference, the stub of the blocking client.
	$(BIN)/python -m tests.docs.pages

peers: ## Install what the tests talk to: PostgreSQL, Chromium, fonts, Java, the jars of kit and peer.
	bash tests/install-peers

lock: $(DEV) ## Write both lock files anew from pyproject.toml.
	$(BIN)/python -m pip install -q uv==0.13.9
	$(COMPILE) --extra dev -o requirements-dev.lock
	$(COMPILE) --extra checkout -c requirements-dev.lock -o requirements.lock

clean: ## Remove the environment and everything that was built.
	rm -rf .venv dist demo-out .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests bench -name __pycache__ -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'Python 3.11 or newer is needed: make PYTHON=/path/to/python3' >&2; exit 1; }
	$(PYTHON) -m venv .venv

$(RUN): | $(BIN)/python
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	rm -f .venv/.run-* && touch $@

$(DEV): | $(BIN)/python
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	rm -f .venv/.run-* .venv/.dev-* && touch $(RUN) $@
