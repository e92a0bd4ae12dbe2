# Everything a person or a CI needs. `make` alone prints help; every target sets itself up first.

BIN := .venv/bin
STAMP := .venv/.setup-stamp
MINUTES := 1
PACKAGES := $(wildcard libs/* services/*)

.DEFAULT_GOAL := help
.PHONY: help setup run probe test check bench mail-score fuzz test-faults generate audit images image-check pod-check preflight deploy clean restore-drill
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

probe: $(STAMP) ## a synthetic probe by each channel of the desk that runs
	@exec $(BIN)/prober once --run $${DATA_DIR:-.run}/run.json

test: $(STAMP) ## all tests, against real NATS and real Postgres
	@$(BIN)/python -m tests.support.kubernetes_tools
	@exec $(BIN)/python -m pytest tests -m 'not long' -n 3 --dist loadfile --no-loadscope-reorder

check: $(STAMP) ## lint, types, import contracts, dependencies, generated files, lock
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@for package in $(PACKAGES); do echo "deptry $$package"; (cd "$$package" && ../../$(BIN)/deptry src) || exit 1; done
	$(BIN)/ventanilla-contracts check
	$(BIN)/python -m deploy.chart_generator --check
	$(BIN)/uv lock --check
	@$(BIN)/python -m deploy.licences
	@$(BIN)/python -m deploy.audit --if-reachable --seconds 30

bench: $(STAMP) ## costs and speed; BENCH="mail desk replay clocks cards calls"
	@exec $(BIN)/python -m tests.bench $(BENCH)

mail-score: $(STAMP) ## how well mail is understood, beside the standard library
	@exec $(BIN)/python -m tests.mail_score

fuzz: $(STAMP) ## feed the mail reader what nobody would write; MINUTES=1
	@exec $(BIN)/python -m tests.fuzz --minutes $(MINUTES)

test-faults: $(STAMP) ## what takes minutes: hundreds of kills, Slack by its other door
	@exec $(BIN)/python -m pytest tests -m long

audit: $(STAMP) ## known vulnerabilities (asks osv.dev) and licences of what uv.lock names
	@$(BIN)/python -m deploy.licences
	@exec $(BIN)/python -m deploy.audit

images: ## an image of each service; ENGINE, TAG, REGISTRY …: docs/images.md
	@exec sh deploy/images/build.sh

image-check: $(STAMP) ## build the images, look into them, run a desk of them (needs podman)
	@exec $(BIN)/python -m pytest tests/deploy/images -s

pod-check: $(STAMP) ## run the chart's pods: roll, kill, scale, drain (needs podman)
	@exec $(BIN)/python -m pytest tests/deploy/pods -s

preflight: $(STAMP) ## what is missing: rights, DNS records, secrets, streams
	@exec $(BIN)/ventanilla preflight

deploy: $(STAMP) ## release all services with Helm: docs/kubernetes.md
	@exec $(BIN)/python -m deploy.release --namespace "$(NAMESPACE)" --tag "$(TAG)" --values "$(VALUES)" \
		--services "$(SERVICES)" --timeout "$(or $(TIMEOUT),15m)" --dry-run "$(DRY_RUN)"

restore-drill: $(STAMP) ## destroy a desk of its own, restore it, compare; DRILL="--json"
	@exec $(BIN)/python -m tests.restore_drill $(DRILL)

generate: $(STAMP) ## write schemas, examples, AsyncAPI and the chart's schema anew
	@$(BIN)/ventanilla-contracts generate
	@exec $(BIN)/python -m deploy.chart_generator

clean: ## delete the desk's data and .venv
	@if [ -x $(BIN)/ventanilla-devstack ]; then $(BIN)/ventanilla-devstack clean; fi
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
