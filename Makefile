# Two commands work on a fresh machine with Python 3.11, git and make: `make demo` and `make test`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: help demo test quick lint bench accuracy fuzz lock clean

help:
	@echo "make demo      a small invented industry, swept and counted (starts from nothing)"
	@echo "make test      everything that must hold: style, types, layers, tests"
	@echo "make quick     the part of it that takes under two minutes"
	@echo "make accuracy  recall and false hits on real mail (needs ../shared/data) -> docs/accuracy.md"
	@echo "make bench     speed and memory beside the floor -> docs/performance.md"
	@echo "make fuzz      whatever reads evidence, with changed inputs, for SECONDS=1800"

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

# The peers that are measured beside us have an environment of their own; no model is fetched when they run.
.venv-peers/.done: bench/requirements.txt
	test -x .venv-peers/bin/python || $(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check -r bench/requirements.txt
	@touch $@

# BENCH="--only scan,peers" measures parts again; BENCH=--full adds 100 million policies.
bench: $(VENV)/.dev .venv-peers/.done
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps "pyahocorasick>=2.3"
	$(BIN)/python -m bench $(BENCH)

# atheris lies beside the environment, so that nothing else changes; without a wheel for it: a plain mutation loop.
.venv-fuzz/.done: fuzz/requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade --target .venv-fuzz \
	  -r fuzz/requirements.txt || mkdir -p .venv-fuzz
	@touch $@

SECONDS ?= 1800
fuzz: $(VENV)/.dev .venv-fuzz/.done
	PYTHONPATH=.venv-fuzz $(BIN)/python -m fuzz --seconds $(SECONDS) $(FUZZ)

lock:
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --no-emit-find-links \
	  --python-version 3.11 pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --no-emit-find-links \
	  --python-version 3.11 -c requirements.lock pyproject.toml --group dev -o requirements-dev.lock

clean:
	rm -rf $(VENV) demo-output build dist
