# Everything a person or a CI needs. `make` alone prints help; every target sets itself up first.

BIN := .venv/bin
STAMP := .venv/.setup-stamp
MINUTES := 1
PACKAGES := $(wildcard libs/* services/*)

.DEFAULT_GOAL := help
.PHONY: help setup run test check bench mail-score fuzz test-faults generate clean
.DELETE_ON_ERROR:

help: ## print this
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo '  PORT_BASE=8000 DATA_DIR=.run SAMPLES=1   what `make run` can be told'
	@echo '  VENTANILLA_NATS_URL VENTANILLA_POSTGRES_URL   use servers of your own'
	@echo '  VENTANILLA_SLACK=off   no Slack; INTAKE_CHAT_SLACK_… tokens: a workspace of your own'
	@echo '  VENTANILLA_PHONE=off   no telephone; INTAKE_PHONE_TWILIO_… account and token: numbers of your own'

setup: $(STAMP) ## make .venv with everything in it (part of the others)

$(STAMP): uv.lock pyproject.toml $(wildcard libs/*/pyproject.toml services/*/pyproject.toml) libs/devstack/setup.sh
	@sh libs/devstack/setup.sh
	@touch $@

run: $(STAMP) ## a whole desk with samples of mail, Slack and telephone; Ctrl-C stops it
	@exec $(BIN)/ventanilla-devstack run

test: $(STAMP) ## all tests, against real NATS and real Postgres
	@exec $(BIN)/python -m pytest tests -m 'not long' -n 2 --dist loadfile --no-loadscope-reorder

check: $(STAMP) ## lint, types, import contracts, dependencies, generated files, lock
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@for package in $(PACKAGES); do echo "deptry $$package"; (cd "$$package" && ../../$(BIN)/deptry src) || exit 1; done
	$(BIN)/ventanilla-contracts check
	$(BIN)/uv lock --check

bench: $(STAMP) ## costs and speed; BENCH="mail desk replay clocks cards calls"
	@exec $(BIN)/python -m tests.bench $(BENCH)

mail-score: $(STAMP) ## how well mail is understood, beside the standard library
	@exec $(BIN)/python -m tests.mail_score

fuzz: $(STAMP) ## feed the mail reader what nobody would write; MINUTES=1
	@exec $(BIN)/python -m tests.fuzz --minutes $(MINUTES)

test-faults: $(STAMP) ## what takes minutes: hundreds of kills, Slack by its other door
	@exec $(BIN)/python -m pytest tests -m long

generate: $(STAMP) ## write schemas, examples and the AsyncAPI document anew
	@exec $(BIN)/ventanilla-contracts generate

clean: ## delete the desk's data and .venv
	@if [ -x $(BIN)/ventanilla-devstack ]; then $(BIN)/ventanilla-devstack clean; fi
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
