# Every target makes its own .venv; nothing is needed but Python 3.11 to 3.13 with venv, and make.
PYTHON ?= python3
DEMO_SECONDS ?=
FUZZ_SECONDS ?= 600
VENV := .venv
BIN := $(VENV)/bin
SOURCES := pyproject.toml setup.py $(wildcard codecs/*.[ch] certs/*.[ch] codecs/asn1/*.asn certs/asn1/*.asn)

.PHONY: demo test lint types bench fuzz clean

$(VENV)/.core: $(SOURCES)
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.dev: $(SOURCES)
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $(VENV)/.core $@

demo: $(VENV)/.core  ## the main job: simulated module, road-side unit, traffic, live tokens
	$(BIN)/v2x demo $(if $(DEMO_SECONDS),--seconds $(DEMO_SECONDS))

test: $(VENV)/.dev  ## lint, types and every test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -W error -c "import v2x"
	$(BIN)/python -m pytest

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

bench: $(VENV)/.dev  ## our figures beside the peers', from one run
	@for file in benchmarks/[a-z]*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

fuzz: $(VENV)/.dev  ## the C engine under sanitizers; engine, Python twin and asn1tools side by side; signatures beside libcrypto
	$(BIN)/python tests/fuzz/sanitized.py --seconds $(FUZZ_SECONDS) --corpus tests/fuzz/corpus
	$(BIN)/python tests/fuzz/compare.py
	$(BIN)/python tests/fuzz/coer_compare.py
	$(BIN)/python tests/fuzz/signatures.py --count 1000000

clean:
	rm -rf $(VENV) build dist *.egg-info
