# The commands of the house. `make` alone prints them; the work is done by tools/bootstrap.py and .venv.
# Without make: python3 tools/bootstrap.py run | test | setup.

PYTHON ?= python3
BOOTSTRAP = "$(PYTHON)" tools/bootstrap.py
BIN = .venv/bin
ARGS ?=
CHECKED = src tests tools bench examples
GENERATORS = $(wildcard tools/make_*.py)
PIN = UV_PYTHON_DOWNLOADS=never $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
	$(if $(UPGRADE),--upgrade)
COMPILE = $(PIN) pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help setup dev run serve test check experiments sim mutate bench docs screenshots lock clean

help: ## this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

setup: ## .venv with what running needs, from requirements.lock
	@$(BOOTSTRAP) setup

dev: ## .venv with what developing needs as well, from requirements-dev.lock
	@$(BOOTSTRAP) setup dev

run: ## set up, then a server with a made-up contact centre pushing to it
	@$(BOOTSTRAP) run $(ARGS)

serve: ## set up, then a server that waits for pushes: make serve ARGS="--port 9000"
	@$(BOOTSTRAP) serve $(ARGS)

test: ## set up, then every test: make test ARGS="-k signature"
	@$(BOOTSTRAP) test $(ARGS)

check: dev ## what must hold before a commit: lint, format, types, import rules, tidy, docs, fast tests
	$(BIN)/ruff check $(CHECKED)
	$(BIN)/ruff format --check $(CHECKED)
	$(BIN)/mypy
	for maker in $(GENERATORS); do $(BIN)/python $$maker --check || exit 1; done
	$(BIN)/python -m pytest tests --ignore tests/experiments --ignore tests/integration $(ARGS)

experiments: dev ## kill -9, power cuts, full disks: the promise, attacked
	$(BIN)/python -m pytest tests/experiments $(ARGS)

sim: dev ## thousands of simulated lives of the sending end: make sim ARGS="--seed 17 --mode safety --verbose"
	@PYTHONPATH=tests $(BIN)/python -m simulation $(ARGS)

mutate: dev ## plant changes in the core and see that tests notice: make mutate ARGS="contract.signature"
	$(BIN)/python tools/mutate.py $(ARGS)

bench: ## set up the contenders, then every benchmark
	@$(BOOTSTRAP) setup bench
	$(BIN)/python -m bench $(ARGS)

docs: dev ## write everything again that is generated: reference pages, test vectors
	for maker in $(GENERATORS); do $(BIN)/python $$maker || exit 1; done

screenshots: dev ## pictures of every page into build/screenshots; of the README: make screenshots ARGS=--readme
	$(BIN)/python tools/screenshots.py $(ARGS)

lock: dev ## write the locks again; make lock UPGRADE=1 takes newer versions
	$(COMPILE) --group build --output-file requirements.lock
	$(COMPILE) --group build --group dev --constraint requirements.lock --output-file requirements-dev.lock
	$(COMPILE) --group build --group dev --group bench --constraint requirements-dev.lock --output-file requirements-bench.lock
	$(PIN) --group assets --output-file requirements-node.lock
	cd tools/assets && npm install --package-lock-only --ignore-scripts --no-audit --no-fund --omit-lockfile-registry-resolved

clean: ## remove .venv and every cache; data stays
	rm -rf .venv src/afterchat/dashboard/static/built .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .coverage.* build dist
	find src tests tools bench examples -name __pycache__ -type d -prune -exec rm -rf {} +
