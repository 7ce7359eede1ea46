# Three commands do everything on a machine that has Python 3.11+ and make: `make demo`, `make test`,
# and, with git, `make acceptance`.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo programs test lint acceptance chromium goldens-check fuzz docs bench clean
.DEFAULT_GOAL := test

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,docs]'
	touch $@

demo: .venv/installed
	PATH="$(CURDIR)/$(BIN):$$PATH" bash programs/demo.sh

# What is missing in programs/: hours in all, and resumed. Text: TEXT='--data FOLDER --vectors FILE'.
RUNS ?= build/runs
TEXT ?=
programs: export OMP_NUM_THREADS = 1
programs: .venv/installed
	$(BIN)/python benchmarks/programs.py -o $(RUNS) $(TEXT)

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# A thread for each worker: more wait for one another, and a test takes ten times as long.
test: export OMP_NUM_THREADS = 1
test: lint
	$(BIN)/python -m pytest -n auto --dist worksteal --durations=15

# What users install, built from a fresh clone and run without it, on every Python that is here.
acceptance: export OMP_NUM_THREADS = 1
acceptance: .venv/installed chromium
	$(BIN)/python -m pytest tests/acceptance -n auto --dist loadfile -rs --durations=15

# The browser in which pages are tested: Debian's, which root can install.
chromium:
	@command -v chromium > /dev/null || command -v chromium-browser > /dev/null || \
	  { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq chromium; } || \
	  echo "Chromium is not here and cannot be installed: tests of pages are skipped"

# What `test` checks of the golden files and, in a few minutes more, the -O3 that take long.
goldens-check: export OMP_NUM_THREADS = 1
goldens-check: .venv/installed
	$(BIN)/python -m tests.backends.update_goldens --check

# Mutated inputs of every kind, on all cores; what is found is written to fuzz/.
MINUTES ?= 10
fuzz: export OMP_NUM_THREADS = 1
fuzz: .venv/installed
	$(BIN)/python -m tests.fuzz --minutes $(MINUTES)

# The documentation as a site: build/site/index.html, which needs no network to be read.
docs: .venv/installed
	$(BIN)/python -m docs.site

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis demo fuzz
