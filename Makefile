# Everything a developer or CI runs. Needs only Python 3.11+ with venv, and make; `make help` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MATCHING := .venv-matching
READY := $(VENV)/.ready-$(shell cat requirements-dev.lock pyproject.toml 2>/dev/null | cksum | cut -d' ' -f1)
# More workers than cores: tests of several nodes mostly wait for each other
FAST := -m "not system and not deep" -n 4 --dist loadfile --no-loadscope-reorder
# Not LANGUAGE: systems set that one for all programs, as a list (gettext)
DEMO_LANG ?=
# aics-witness, which this is for alone, needs a later Python than Celosia does
PYTHON312 ?= python3.12
TUF_JS := tests/outside/tuf/node_modules/.package-lock.json

.PHONY: help demo test test-system prove check bench bench-matching bench-protected outside-witness lock clean

help:
	@echo "make demo          three national nodes and the directory on this machine (ONCE=1: end by itself; DEMO_LANG=es|en|pt|fr)"
	@echo "make test          all tests but the long ones; nothing to install by hand"
	@echo "make test-system   tests that need system packages: run deploy/install-system-packages once, as root"
	@echo "make prove         the long forms of the property tests, the log's costs up to a million entries, and 2,000 sequences of the proof that nobody protected leaves, 20 more over TLS (hours)"
	@echo "make check         style, types, layers, licences, documents"
	@echo "make bench         the cryptography's speed against a bare libsodium loop, the identifiers' and recognition's against that, the log's against bare hashing"
	@echo "make bench-matching  how well name keys find people, beside other methods, in an environment of its own (Python 3.11; 40 minutes)"
	@echo "make bench-protected  how many innocent people the protected register stops by their names, and whom it recognises (3 minutes)"
	@echo "make outside-witness  a witness that nobody here wrote cosigns a log of ours (PYTHON312=a Python 3.12 or later)"
	@echo "make lock          resolve the dependencies anew, with hashes"

$(READY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Celosia needs Python 3.11 or later; this is $$($(PYTHON) --version). Name another one: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "This Python cannot make environments. On Debian: apt-get install python3-venv"; exit 1; }
	@echo "Installing the dependencies into $(VENV)/. This is done once and takes about a minute."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@rm -f $(VENV)/.ready-* && touch $@

demo: $(READY)
	@$(BIN)/python -m deploy.demo $(if $(ONCE),--once) $(if $(DEMO_LANG),--language $(DEMO_LANG))

test: $(READY)
	$(BIN)/python -m pytest $(FAST) tests/crypto tests/protocol --cov --cov-fail-under=100 $(ARGS)
	$(BIN)/python -m pytest $(FAST) tests --ignore=tests/crypto --ignore=tests/protocol $(ARGS)

test-system: $(READY) $(TUF_JS)
	$(BIN)/python -m pytest -m system -n 4 --dist loadfile $(ARGS)

# An independent client for the signed directory; from the lock file, with digests, no script of a package is run
$(TUF_JS): tests/outside/tuf/package-lock.json tests/outside/tuf/.npmrc
	@command -v npm >/dev/null || { echo "npm is not installed. Run deploy/install-system-packages once, as root."; exit 1; }
	@cd tests/outside/tuf && npm ci --no-progress --loglevel=error
	@touch $@

prove: $(READY)
	$(BIN)/python -m pytest -m "not system" --hypothesis-profile=deep -n 4 --dist loadfile $(ARGS)
	$(BIN)/python -m tests.bench.log --most 1000000
	$(BIN)/python -m tests.proof.prove

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q -p no:cacheprovider tests/architecture

bench: $(READY)
	$(BIN)/python tests/bench/oprf.py
	$(BIN)/python tests/bench/identifiers.py
	$(BIN)/python -m tests.bench.recognition
	$(BIN)/python -m tests.bench.log

# What is compared with has no releases that go together on a later Python. The product's own environment has none of it.
bench-matching:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "This bench needs Python 3.11: make bench-matching PYTHON=python3.11"; exit 1; }
	@test -x $(MATCHING)/bin/python || $(PYTHON) -m venv $(MATCHING)
	@$(MATCHING)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement tests/bench/matching/requirements.lock
	$(MATCHING)/bin/python -W ignore -m tests.bench.matching $(ARGS)

bench-protected: $(READY)
	$(BIN)/python -m tests.bench.protected

outside-witness: $(READY)
	@$(BIN)/python -m tests.outside.witness $(PYTHON312)

lock: $(READY)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra dev --upgrade pyproject.toml --output-file requirements-dev.lock
	$(BIN)/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade tests/bench/matching/requirements.in --output-file tests/bench/matching/requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-header --no-annotate --upgrade tests/outside/witness/requirements.in --output-file tests/outside/witness/requirements.lock
	@cd tests/outside/tuf && rm -f package-lock.json && npm install --package-lock-only --loglevel=error
	@! grep -nE '[a-z]+://' requirements-dev.lock tests/bench/matching/requirements.lock tests/outside/witness/requirements.lock || { echo "The lock file must not name a registry."; exit 1; }
	@! grep -n '"resolved"' tests/outside/tuf/package-lock.json || { echo "The lock file must not name a registry."; exit 1; }

clean:
	rm -rf $(VENV) $(MATCHING) tests/outside/tuf/node_modules .demo .coverage .proof.json .mypy_cache .pytest_cache .ruff_cache .hypothesis
