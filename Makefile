# Every target sets up what it needs; a stamp in .venv/ skips what is done already.
.PHONY: up test lint format bench lock picture clean

PYTHON := .venv/bin/python

up:       ## Set everything up, plan the bundled programme, open its report.
	@sh scripts/up.sh

test:     ## Set everything up, check the code, run the tests.
	@sh scripts/test.sh

lint:     ## The checks of `test` without the tests.
	@sh scripts/bootstrap.sh dev
	@sh scripts/lint.sh

format:   ## Bring the code into the house's form.
	@sh scripts/bootstrap.sh dev
	$(PYTHON) -m ruff check --fix-only src tests benchmarks
	$(PYTHON) -m ruff format src tests benchmarks

bench:    ## Measure each engine beside its strongest peer; kill those who write to a record, 500 times.
	@sh scripts/bootstrap.sh dev
	$(PYTHON) -m benchmarks.roadmap
	$(PYTHON) -m benchmarks.confidence
	$(PYTHON) -m benchmarks.record --entries 1000000
	$(PYTHON) -m benchmarks.record_faults --kills 500
	$(PYTHON) -m benchmarks.policy --datasets 1000000
	$(PYTHON) -m benchmarks.power
	$(PYTHON) -m benchmarks.selection
	$(PYTHON) -m benchmarks.ledger
	$(PYTHON) -m benchmarks.passes
	$(PYTHON) -m benchmarks.telemetry
	$(PYTHON) -m benchmarks.messages
	$(PYTHON) -m benchmarks.allocation
	$(PYTHON) -m benchmarks.archive
	$(PYTHON) -m benchmarks.hapi
	$(PYTHON) -m benchmarks.tap
	$(PYTHON) -m benchmarks.conjunctions

lock:     ## Choose the versions of all dependencies anew.
	@sh scripts/bootstrap.sh dev
	@sh scripts/lock.sh

picture:  ## Take the README's picture of the report.
	@sh scripts/picture.sh

clean:    ## Remove all that these commands have made.
	rm -rf .venv out build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage .coverage.*
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
