.DEFAULT_GOAL := help
.PHONY: help run test flower quick check format bench reference browser container-check compose-check clean

BIN := .venv/bin
FLOWER := .venv-flower
PORT := 8501
INSTALLED := .venv/.run-time-installed
DEV_INSTALLED := .venv/.development-installed
QUICK := tests/contribution tests/data tests/figures tests/golden tests/mechanisms tests/metrics tests/records \
	tests/reward tests/scenario tests/studies tests/ui tests/words tests/recipes/test_field_table.py \
	tests/recipes/test_references.py
SHIPPED := app.py cgs_core cgs_ui pages tools/start.py
PIP_INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check

help:  ## List what can be made
	@sed -n 's/^\([a-z-]*\):.*  ## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r name text; do \
		printf '  make %-15s %s\n' "$$name" "$$text"; done

run: $(INSTALLED)  ## Install what the app needs, and open it
	@$(BIN)/python -m tools.start $(PORT)

test: $(DEV_INSTALLED) browser  ## Run every test, those in a browser too
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

flower: $(FLOWER)/.installed  ## Run the tests and the example that need Flower, in an environment of its own
	OMP_NUM_THREADS=1 $(FLOWER)/bin/python -m pytest -o addopts=--import-mode=importlib -o filterwarnings= tests/flower

quick: $(DEV_INSTALLED)  ## Lint, and the tests that need neither a page nor a browser nor another process
	$(BIN)/ruff check .
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile -q $(QUICK)

check: $(DEV_INSTALLED)  ## Check format, style, types (on macOS and Windows, too) and who imports whom
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	for system in darwin win32; do $(BIN)/mypy --platform $$system --cache-dir .mypy_cache/$$system $(SHIPPED) || exit; done
	$(BIN)/lint-imports --no-logo

format: $(DEV_INSTALLED)  ## Format the code and repair what can be repaired
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(DEV_INSTALLED)  ## Measure what must be fast
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks

reference: $(DEV_INSTALLED)  ## Write docs/reference.md anew from the docstrings
	$(BIN)/python -m tools.make_reference

browser: $(DEV_INSTALLED)  ## Install a Chromium for the tests, if there is none
	@if $(BIN)/python -m tools.find_browser >/dev/null 2>&1; then exit 0; fi; \
	echo "No Chromium found: installing one for the tests."; \
	if [ "$$(id -u)" = 0 ]; then as_root="env"; \
	elif sudo -n true 2>/dev/null; then as_root="sudo -n"; \
	else as_root=""; fi; \
	if [ -n "$$as_root" ] && command -v apt-get >/dev/null; then \
		$$as_root apt-get update -qq && $$as_root apt-get install -y -qq chromium chromium-headless-shell || true; \
	fi; \
	$(BIN)/python -m tools.find_browser >/dev/null 2>&1 || $(BIN)/python -m playwright install chromium || true; \
	$(BIN)/python -m tools.find_browser

container-check: $(INSTALLED)  ## Build the container and try it, read-only and without rights (needs Docker or Podman)
	$(BIN)/python -m tools.try_container

compose-check: $(DEV_INSTALLED) browser  ## Bring the compose file up and visit it (needs Docker or Podman, ports 80 and 443)
	$(BIN)/python -m tools.try_compose

clean:  ## Remove the virtual environment and every cache
	rm -rf .venv .venv-flower .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): requirements.txt | $(BIN)/python
	@echo "Installing what the app needs into .venv, once: two to five minutes. About 250 MB are fetched, and torch besides:"
	@echo "200 MB, or on Linux several gigabytes (README.md, Torch, says how to get the small build)."
	$(PIP_INSTALL) -r requirements.txt
	@touch $@

$(DEV_INSTALLED): requirements.txt requirements-dev.txt | $(BIN)/python
	$(PIP_INSTALL) -r requirements-dev.txt
	@touch $@ $(INSTALLED)

$(FLOWER)/.installed: requirements-flower.txt | $(BIN)/python
	$(BIN)/python -m venv $(FLOWER)
	$(FLOWER)/bin/python -m pip install --quiet --disable-pip-version-check -r $< $$(grep '^pytest==' requirements-dev.txt)
	@touch $@

$(BIN)/python:
	@echo "Making a virtual environment in .venv."
	@for python in python3.11 python3; do \
		if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			$$python -m venv .venv && exit 0; \
			rm -rf .venv; echo "$$python cannot make a virtual environment; on Debian, install python3-venv." >&2; exit 1; \
		fi; \
	done; \
	echo "Python 3.11 or later is needed; neither python3.11 nor python3 is one. Install it and run make again." >&2; exit 1
