# Every target does its own set-up from an empty clone, asks nothing and needs no root.
#
#   make demo      from a bank's file to a verified answer over HTTP, and attacks refused
#   make test      the tests (pytest's summary is the last line); Rust tests where cargo is present
#   make lint      the one definition of clean code, called by CI and pre-commit as well
#   make bench     what a proof costs here: tables and plots
#   make bench-service   answers a second over HTTP beside verifying alone, on both databases
#   make serve     the HTTP service on this machine
#   make setup     only the set-up: .venv, pinned packages, the native kernel
#   make nightly   the long tests: many more random examples, and those marked slow
#   make interop   the log against programs of others (needs Go and its module proxy)
#   make lock      renew constraints.txt (needs the package registry)
#   make clean     remove what the other targets made
#
# The native kernel needs cargo and its crates. Where it cannot be built, set-up says so in one
# line and goes on with the arkworks wheel: the same results, slower and not constant time.

PYTHON ?= python3
CARGO ?= cargo
VENV ?= .venv
PYTEST_ARGS ?=
SHELL := /bin/bash

BIN := $(VENV)/bin
PY := $(BIN)/python
PIP := $(PY) -m pip --disable-pip-version-check --no-input --quiet
MANIFEST := native/Cargo.toml
KERNEL_SOURCES := $(shell find native -path native/target -prune -o -path native/fuzz -prune -o \
	-type f \( -name '*.rs' -o -name '*.toml' -o -name '*.py' -o -name '*.pyi' -o -name Cargo.lock \) -print 2>/dev/null)
RUFF_PATHS := .

# Fails fast without a network; quiet, since the reason is said in one line afterwards.
FETCH = CARGO_NET_RETRY=1 CARGO_HTTP_TIMEOUT=20 $(CARGO) fetch --quiet --locked --manifest-path $(MANIFEST)

# What was missing is looked for again by `make setup`, and a toolchain that has arrived by any target.
$(if $(filter setup,$(MAKECMDGOALS)),$(shell grep -qs absent $(VENV)/.kernel && rm -f $(VENV)/.kernel))
$(shell grep -qs 'no cargo' $(VENV)/.kernel && command -v $(CARGO) >/dev/null 2>&1 && rm -f $(VENV)/.kernel)

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint bench bench-service serve nightly interop lock clean
.DELETE_ON_ERROR:

help:
	@sed -n 's/^# \{0,1\}//p;/^$$/q' Makefile

setup: $(VENV)/.kernel

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "error: Python 3.11 or newer is needed ($(PYTHON) is older): make PYTHON=python3.12 ..." >&2; \
		exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.packages: $(VENV)/.python constraints.txt
	@echo "setup: installing pinned packages into $(VENV)"
	@$(PIP) install --require-hashes -r constraints.txt
	@touch $@

$(VENV)/.project: $(VENV)/.packages pyproject.toml
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# The stamp holds one word, built or absent, and is renewed when native/ changes.
$(VENV)/.kernel: $(KERNEL_SOURCES) | $(VENV)/.project
	@lost="the arkworks wheel is used, slower and not constant time"; \
	if ! test -f $(MANIFEST); then reason="native/ is not in this copy"; \
	elif ! command -v $(CARGO) >/dev/null 2>&1; then reason="no cargo on the PATH"; \
	elif ! $(FETCH) 2>$(VENV)/kernel.log; then reason="its crates cannot be fetched (see $(VENV)/kernel.log)"; \
	else echo "setup: building the native kernel"; \
		if PATH="$(abspath $(BIN)):$$PATH" $(PIP) install --no-deps --no-build-isolation ./native >$(VENV)/kernel.log 2>&1; then \
			echo built > $@; exit 0; fi; \
		reason="it does not build (see $(VENV)/kernel.log)"; \
	fi; \
	$(PIP) uninstall --yes zkproof-kernel >/dev/null 2>&1; \
	echo "setup: native kernel not installed: $$reason; $$lost" >&2; \
	echo "absent: $$reason" > $@

demo: setup
	@$(PY) -m zkproof demo

# Rust first, so that pytest's own summary is the last thing said.
test: setup
	@if ! grep -q built $(VENV)/.kernel; then \
		echo "test: Rust tests left out ($$(cat $(VENV)/.kernel))"; \
	else $(CARGO) test --quiet --locked --no-default-features --manifest-path $(MANIFEST); fi
	@$(PY) -m pytest $(PYTEST_ARGS)

nightly: setup
	@$(PY) -m pytest --hypothesis-profile=nightly -m "slow or not slow" $(PYTEST_ARGS)

interop: setup
	@$(PY) -m pytest -m "slow or not slow" tests/interop/test_transparency.py $(PYTEST_ARGS)

lint: setup
	@$(BIN)/ruff check $(RUFF_PATHS)
	@$(BIN)/ruff format --check $(RUFF_PATHS)
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache --no-logo
	@if ! grep -q built $(VENV)/.kernel; then \
		echo "lint: Rust checks left out ($$(cat $(VENV)/.kernel))"; \
	else $(CARGO) fmt --manifest-path $(MANIFEST) --check \
		&& $(CARGO) clippy --quiet --locked --manifest-path $(MANIFEST) --all-targets -- -D warnings; fi

bench: setup
	@$(PY) -m benchmarks

bench-service: setup
	@$(PY) -m benchmarks.service

serve: setup
	@$(PY) -m zkproof serve --demo .demo

lock: $(VENV)/.packages
	@$(BIN)/uv pip compile pyproject.toml --all-extras --universal --generate-hashes --upgrade \
		--python-version 3.11 --custom-compile-command "make lock" --quiet --output-file constraints.txt

clean:
	@rm -rf $(VENV) native/target native/fuzz/target tests/interop/node/node_modules \
		.mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
