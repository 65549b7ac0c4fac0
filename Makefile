# One word per chore.  `make` alone lists them.
PYTHON ?= python3
VENV := .venv
INSTANCE ?= instance
PORT ?= 8000
SERVE ?= yes
FROM ?=
WORDS ?=
ARGS ?=

PIP := $(VENV)/bin/python -m pip --disable-pip-version-check --no-input install --quiet
PYTEST := $(VENV)/bin/pytest

.DEFAULT_GOAL := help
.PHONY: help demo test check fix bench engines engines-stop lock migration clean

help: ## list the chores
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | while IFS='|' read -r what why; do printf '%-22s %s\n' "$$what" "$$why"; done
	@echo
	@echo "  PYTHON=python3.11 or later; INSTANCE, PORT, SERVE=no and FROM=/folder belong to demo; ARGS to test"

demo: $(VENV)/for-use ## the whole main job on a sample case (FROM=/folder takes yours), then the desk on PORT (SERVE=no: without)
	@$(VENV)/bin/probanda --instance "$(INSTANCE)" demo $(if $(FROM),--from "$(FROM)") $(if $(filter no,$(SERVE)),--no-serve) --port $(PORT)

test: $(VENV)/for-use $(VENV)/for-work ## all tests, with the engines that are there (REQUIRE_ENGINES=1: all of them or fail)
	@$(PYTEST) $(ARGS)

check: $(VENV)/for-use $(VENV)/for-work ## what the linter, the formatter and the type checker say
	@$(VENV)/bin/ruff check
	@$(VENV)/bin/ruff format --check
	@$(VENV)/bin/mypy

fix: $(VENV)/for-use $(VENV)/for-work ## let the linter and the formatter mend what they can
	@$(VENV)/bin/ruff check --fix
	@$(VENV)/bin/ruff format

bench: $(VENV)/for-use ## measure against baselines of the same minute
	@$(VENV)/bin/probanda --instance "$(INSTANCE)" bench

engines: ## install and start PostgreSQL, Elasticsearch, Chromium and veraPDF for the tests
	@$(PYTHON) .ci/engines start

engines-stop: ## stop what `make engines` started
	@$(PYTHON) .ci/engines stop

lock: $(VENV)/for-use $(VENV)/for-work ## choose the libraries' versions anew and write down their hashes
	@$(VENV)/bin/uv pip compile --quiet --upgrade --universal --generate-hashes --no-annotate \
		--custom-compile-command "make lock" --group build pyproject.toml -o requirements.lock
	@$(VENV)/bin/uv pip compile --quiet --upgrade --universal --generate-hashes --no-annotate \
		--custom-compile-command "make lock" --group build --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock

migration: $(VENV)/for-use $(VENV)/for-work ## write a change of the tables as a migration (WORDS="what it is about"; without: the first one anew, until released)
	@$(VENV)/bin/python .ci/migration.py $(WORDS)
	@$(VENV)/bin/ruff format --quiet app/migrations/versions

clean: ## remove what tools left behind; the instance and the engines stay
	@rm -rf build dist *.egg-info .coverage .coverage.* htmlcov .mypy_cache .pytest_cache .ruff_cache .hypothesis .schemathesis
	@find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

# Everything installed is named in a lock with its hash.  The project itself is installed without an isolated
# build, because that would fetch a build tool of its own past the lock.  Its advice to packagers is not for here.
$(VENV)/for-use: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "installing the libraries (about a minute the first time)"
	@$(PIP) --require-hashes -r requirements.lock
	@PYTHONWARNINGS=ignore $(PIP) --no-build-isolation --no-deps -e .
	@touch $@

# The same for what has to be built from source: the build tool is in the lock and was installed just before.
$(VENV)/for-work: requirements-dev.lock | $(VENV)/for-use
	@echo "installing the tools"
	@$(PIP) --no-build-isolation --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed, this is " + sys.version.split()[0] + "; say PYTHON=python3.11, for example")'
	@$(PYTHON) -m venv $(VENV) || { echo "that Python cannot make environments; on Debian: apt-get install python3-venv"; exit 1; }
