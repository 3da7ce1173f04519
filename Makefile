# Everything that one does with InvestForge. `make` prints this list.
#
# Only Python 3.11 and make are needed; every target makes the environments first, and that is quick once they are
# there. What is set on the command line (`make run PORT=9000 DEMO=0`) reaches the program as an environment variable,
# because make hands command-line variables on. .env.example lists them all.

ENVIRONMENT := .venv/bin/python
RUN := $(ENVIRONMENT) -m
# What follows runs as the programs of `make run` do: on the local AWS, whatever AWS the shell is signed in to.
LOCALLY := $(ENVIRONMENT) -c "import os, sys; from pathlib import Path; from app.local.plan import Plan, with_dotenv; \
	dotenv = Path('.env'); settings = with_dotenv(os.environ, dotenv.read_text() if dotenv.is_file() else ''); \
	os.execvpe(sys.argv[1], sys.argv[1:], Plan.from_env(settings, root=Path.cwd()).app_environment())" $(RUN)
FLASK := $(LOCALLY) flask --app wsgi
CELERY := $(LOCALLY) celery --app tasks.celery_app
IMPORTS := $(ENVIRONMENT) -c "from importlinter.cli import lint_imports_command; lint_imports_command()"
DEPLOY := $(RUN) deploy
# The documents call it STACK_STAGE.
ON_STAGE = --stage "$(or $(STAGE),$(STACK_STAGE),dev)"
TYPED := app tasks tests bench deploy wsgi.py
SOURCES := $(TYPED) .ci
# What is asked of pytest besides, as in `make test-fast TESTS=tests/portfolio`.
TESTS ?= tests
# The rules and services hold what the product decides, so every line and branch of them is tested.
DECISIONS := app/**/rules.py,app/**/rules/*.py,app/**/service.py,app/**/service/*.py

# Make 3.81, which macOS ships, needs no more than this. Targets that share files never run side by side.
.DEFAULT_GOAL := help
.NOTPARALLEL:
SHELL := /bin/sh

.PHONY: help
help: ## Print this list
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

##@ Run it

.PHONY: setup install
setup: ## Make .venv and .venv-aws from the pinned requirements (PYTHON= names a Python 3.11)
	@for python in "$(PYTHON)" python3.11 python3; do \
		[ -n "$$python" ] || continue; \
		if "$$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then \
			exec "$$python" .ci/environments.py; \
		fi; \
		[ "$$python" != "$(PYTHON)" ] || break; \
	done; \
	echo "InvestForge needs Python 3.11, and '$$python' is not that. Install it, or name it: make setup PYTHON=/path/to/python3.11" >&2; \
	exit 1
install: setup ## The same as setup

.PHONY: run run-local stop demo
run: setup ## Start the whole stack on this machine; Ctrl-C stops it (PORT, AWS_PORT, STANDINS_PORT, STATE_DIR, DEMO, RELOAD)
	@exec $(RUN) app.local run
run-local: run ## The same as run
stop: setup ## Stop the stack that was started with the same STATE_DIR
	@$(RUN) app.local stop
demo: setup ## Fill the running stack with the demo world
	@$(RUN) app.local demo

.PHONY: shell migrate
shell: setup ## Open a Python shell inside the app, on the running stack
	@$(FLASK) shell
migrate: setup ## Make or update the tables of the running stack
	@$(FLASK) migrate

##@ Check it

.PHONY: format fmt format-check lint types imports check
format: setup ## Format the code, and mend what ruff can mend by itself
	@$(RUN) ruff check --fix-only --quiet $(SOURCES)
	@$(RUN) ruff format $(SOURCES)
fmt: format ## The same as format
format-check: setup ## Fail if `make format` would change anything
	@$(RUN) ruff format --check $(SOURCES)
lint: setup ## Look for mistakes and style with ruff
	@$(RUN) ruff check $(SOURCES)
types: setup ## Check the types with mypy
	@$(RUN) mypy $(TYPED)
imports: setup ## Check that imports only go down, by .importlinter
	@$(IMPORTS)
check: format-check lint types imports ## All the checks that run no test

.PHONY: test test-fast test-faults coverage test-schemathesis
test: check coverage ## All the checks and all the tests, as CI runs them
test-fast: setup ## The tests alone, without coverage (TESTS=tests/portfolio for some of them)
	@$(RUN) pytest -n auto --dist loadfile $(TESTS)
test-faults: setup ## Kill what runs and break what it stands on: 10 minutes, and no part of `make test`
	@$(RUN) pytest -n 0 -p no:randomly tests/faults
coverage: setup ## The tests, and how much of the code they reach
	@$(RUN) pytest -n auto --dist loadfile --cov --cov-report= tests
	@$(RUN) coverage report --skip-covered --fail-under=95
# 99 and not 100: a few branches are reached only when two threads of a race test meet, which not every run brings about.
	@$(RUN) coverage report --skip-covered --fail-under=99 --include='$(DECISIONS)'

test-schemathesis: setup ## Ask the running server whatever its OpenAPI document allows, and what not; 7 minutes (SEED=, SECONDS=)
	@$(RUN) tests.schemathesis

##@ Jobs

.PHONY: worker beat job
worker: setup ## An ordinary Celery worker on the queue of the running stack
	@exec $(CELERY) worker --loglevel=INFO
beat: setup ## The clock that enqueues the jobs that are due
	@exec $(CELERY) beat --loglevel=INFO
job: setup ## Enqueue one job now: make job NAME=prices.refresh_quotes
	@[ -n "$(NAME)" ] || { echo "Name the job: make job NAME=prices.refresh_quotes" >&2; exit 2; }
	@$(CELERY) call "$(NAME)"

##@ Ship it

.PHONY: template provision package deploy update rollback destroy smoke logs outputs invoke secret rehearse record-actions costs
template: setup ## Write infrastructure/template.json from the models and the schedule
	@$(DEPLOY) template
package: setup ## Pack the functions' zips into build/, with their sizes
	@$(RUN) deploy package
provision: setup ## Make or update a stage's infrastructure (STAGE, SHOW=1, ALARM_EMAIL, ALLOWED_ORIGINS, REPLACE)
	@$(DEPLOY) provision $(ON_STAGE) $(if $(SHOW),--show) --replace "$(REPLACE)" \
		$(if $(ALARM_EMAIL),--parameter "AlarmEmail=$(ALARM_EMAIL)") \
		$(if $(ALLOWED_ORIGINS),--parameter "AllowedOrigins=$(ALLOWED_ORIGINS)")
deploy: package ## Put the packed functions onto a stage, for the first time or again
	@$(DEPLOY) deploy $(ON_STAGE)
update: package ## The same, where the stage is there already
	@$(DEPLOY) update $(ON_STAGE)
rollback: setup ## Put the release before this one back onto a stage
	@$(DEPLOY) rollback $(ON_STAGE)
destroy: setup ## Take a stage's functions and API away; tables stay (INFRASTRUCTURE=1 for the stack, SURE=prod for prod)
	@$(DEPLOY) destroy $(ON_STAGE) $(if $(INFRASTRUCTURE),--infrastructure) --sure "$(SURE)"
smoke: setup ## Ask a stage whether it is alive and well (URL= for another address)
	@$(DEPLOY) smoke $(ON_STAGE) --url "$(URL)"
logs: setup ## Show the functions' logs (STAGE, SINCE=10m, FUNCTION=api)
	@$(DEPLOY) logs $(ON_STAGE) --since "$(or $(SINCE),10m)" --function "$(FUNCTION)"
outputs: setup ## Print a stage's URL, queues, bucket and topics
	@$(DEPLOY) outputs $(ON_STAGE)
invoke: setup ## Run one task on a stage now: make invoke NAME=prices.refresh_quotes (ARGUMENTS='{...}')
	@$(DEPLOY) invoke $(ON_STAGE) --name "$(NAME)" --arguments '$(ARGUMENTS)'
secret: setup ## Keep a setting of a stage in Parameter Store, encrypted: make secret NAME=BREVO_API_KEY
	@$(DEPLOY) secret $(ON_STAGE) --name "$(NAME)"
rehearse: package ## A whole deployment on a local AWS, from nothing to nothing
	@$(DEPLOY) rehearse
record-actions: package ## Write infrastructure/actions.json: what the tests and the rehearsal see functions ask of AWS
	@$(RUN) pytest -n auto --dist loadfile --record-actions tests
	@$(DEPLOY) rehearse --record
costs: setup ## Measure what each endpoint asks of DynamoDB, and write docs/costs.md
	@$(RUN) bench.costs

##@ Keep it

.PHONY: openapi bench lock clean
openapi: setup ## Write openapi.json from the routes
	@$(RUN) flask --app wsgi openapi-json > .openapi.json.new && mv .openapi.json.new openapi.json
bench: setup ## Measure cold start, the warm path and what each endpoint costs
	@$(RUN) bench
lock: setup ## Pin the requirements*.in anew, with hashes (UPGRADE=1 takes newer versions)
	@for name in requirements requirements-worker requirements-analysis requirements-dev requirements-local-aws; do \
		$(RUN) uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
			--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
			$(if $(UPGRADE),--upgrade) --output-file "$$name.txt" "$$name.in" || exit 1; \
	done
clean: ## Delete what checks and tests left behind; environments and the local data stay
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .grimp_cache .coverage .coverage.* htmlcov .openapi.json.new
	@find app tasks tests bench .ci -type d -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
