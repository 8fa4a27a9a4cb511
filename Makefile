# Two commands do all the set-up on a fresh machine: make demo, make test.
PYTHON ?= python3
BIN := .venv/bin
# A folder of further sample slides; the tests that need it are skipped without.
COVERSLIP_SAMPLES ?= $(abspath $(wildcard ../shared/data))
export COVERSLIP_SAMPLES
PYTEST := $(BIN)/python -X faulthandler -m pytest -q
# Tests run in several processes, each file in one of them.
WORKERS ?= 2
PARALLEL := -n $(WORKERS) --dist loadfile
# A browser test that fails is run once more, and the summary names it: with two busy cores a gesture can miss its
# frame. What fails twice fails the run.
BROWSER_PYTEST := $(PYTEST) $(PARALLEL) -rfER --reruns 1 tests/browser

.PHONY: demo test test-full lint types rules web-test bench docs setup wheel clean

demo: ## Coverslip on a real slide, in the browser
	@$(PYTHON) tools/setup.py python
	@$(PYTHON) tools/setup.py web
	@$(BIN)/python tools/demo.py

setup:
	@$(PYTHON) tools/setup.py python dev
	@$(PYTHON) tools/setup.py web
	@$(PYTHON) tools/setup.py browser
	@$(PYTHON) tools/setup.py directory
	@$(PYTHON) tools/setup.py proxy
	@$(PYTHON) tools/setup.py compiler

lint: setup ## everything that reads the code without running it
	$(BIN)/ruff format --check src tests tools bench
	$(BIN)/ruff check src tests tools bench
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python tools/house_rules.py
	@$(BIN)/python tools/web.py lint typecheck

test: lint ## all tests, about a tenth of the full counts
	@$(BIN)/python tools/web.py test
	$(PYTEST) $(PARALLEL) -m "not full" --ignore=tests/browser
	$(BROWSER_PYTEST) -m "not full"

test-full: lint ## the full counts, in named parts
	@$(BIN)/python tools/web.py test
	$(PYTEST) --ignore=tests/browser
	$(BROWSER_PYTEST)

bench: setup ## every figure of the README: reached, bar, verdict
	@$(PYTHON) tools/setup.py load
	$(BIN)/python -m bench $(ARGS)

docs: ## the documentation as a site in site/
	@$(PYTHON) tools/setup.py python docs
	$(BIN)/mkdocs build --strict

wheel: ## a wheel that carries the web app
	@$(PYTHON) tools/setup.py python dev
	@$(PYTHON) tools/setup.py web
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

clean:
	rm -rf .venv build dist site web/node_modules src/coverslip/web_app
