# Two commands work on a fresh machine with Python 3.11, git and make: `make demo` and `make test`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: help demo test quick lint bench accuracy lock clean

help:
	@echo "make demo      a small invented industry, swept and counted (starts from nothing)"
	@echo "make test      everything that must hold: style, types, layers, tests"
	@echo "make quick     the part of it that takes under two minutes"
	@echo "make accuracy  recall and false hits on real mail (needs ../shared/data) -> docs/accuracy.md"
	@echo "make bench     speed and memory beside the floor -> docs/performance.md"

# The environment is made once, from the locked versions and their hashes.
$(VENV)/.base: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.base requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

demo: $(VENV)/.base
	$(BIN)/sekisho demo demo-output

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

quick: lint
	$(BIN)/python -m pytest -n auto -m "not slow"

test: lint
	$(BIN)/python -m pytest -n auto

accuracy: $(VENV)/.dev
	$(BIN)/python -m tools.accuracy

bench: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps "pyahocorasick>=2.3"
	$(BIN)/python -m bench

lock:
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --no-emit-find-links \
	  --python-version 3.11 pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --no-emit-find-links \
	  --python-version 3.11 -c requirements.lock pyproject.toml --group dev -o requirements-dev.lock

clean:
	rm -rf $(VENV) demo-output build dist
