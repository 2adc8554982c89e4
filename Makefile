# Each target sets up what it needs: a fresh machine with Python 3.11, pip and make is enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test test-all check format inspector benchmarks clean

demo: $(STAMP)            ## a real search on a real data set, from nothing to a fitted pipeline
	$(BIN)/sela run examples/data/credit-g.csv --target class --metric f1 --positive bad \
		--rollouts 8 --max-seconds 120 --workers 2 --export demo-credit-g --overwrite

test: $(STAMP)            ## the tests, without those marked slow
	$(BIN)/pytest -m "not slow"

test-all: $(STAMP)
	$(BIN)/pytest

check: $(STAMP)           ## format, lint, types, direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

inspector: $(STAMP)       ## every tool through the MCP Inspector, over stdio and HTTP (needs npm)
	$(BIN)/python -m tests.inspector.check

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "sela needs Python 3.11 or newer; try: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@echo "Setting up $(VENV) (about a minute, once) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $(STAMP)
