# The commands of Parley. `make` alone lists them.

PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; \
	done)
BIN := .venv/bin
EMBEDDING := .cache/embedding/bin
LOCAL := $(BIN)/python -m deploy.local
AROUND := tests/mesh tests/kubernetes tests/auth tests/clients tests/local tests/revocations tests/faults
export PYTHONPATH := $(CURDIR):$(CURDIR)/gen/python:$(CURDIR)/clients/python
export PATH := $(CURDIR)/$(BIN):$(PATH)
export NEXT_TELEMETRY_DISABLED := 1

.DEFAULT_GOAL := help
.PHONY: help up down status logs test test-only test-services test-around asvs lint format generate lock bench bench-peers embedding-server faults mesh mesh-test mesh-long mesh-check mesh-mutants mesh-picture kube-check chart clean python setup setup-test setup-tools

##@ Use
up: setup ## Set up and start everything here, and prove it; two of each service: make up REPLICAS=2
	@$(LOCAL) up
status: setup ## Show each part: state, memory, restarts, address
	@$(LOCAL) status
logs: setup ## Follow the logs of all parts, or of one: make logs S=chat
	@$(LOCAL) logs $(S)
down: setup ## Stop everything; data stays in .parley/
	@$(LOCAL) down

##@ Develop
test: setup-test ## Set up, lint, and run every test: make test T=tests/chat
	@$(if $(T),,rm -rf .cache/asvs)
	@$(MAKE) --no-print-directory $(if $(T),lint test-only,--jobs 2 --keep-going test-services test-around); status=$$?; \
	$(if $(T),,$(BIN)/python -m tools.asvs --total;) exit $$status
test-only: setup-test ## Run tests without linting
	@$(BIN)/pytest $(T)
	@cd web && npm run --silent test
# Two at a time, as tests wait more than they work. What runs beside the long one is shown
# when it has ended.
test-services:
	@$(BIN)/pytest $(addprefix --ignore=,$(AROUND))
test-around: lint
	@mkdir -p .cache && { (cd web && npm run --silent test) && $(BIN)/pytest $(AROUND); } > .cache/test-around.log 2>&1; \
	status=$$?; cat .cache/test-around.log; exit $$status
asvs: setup-test ## Say what the tests prove of OWASP ASVS 5.0.0: make asvs ARGS=--help
	@$(BIN)/python -m tools.asvs $(ARGS)
lint: setup-test ## ruff, mypy, import-linter, buf, eslint, tsc, house rules
	@$(BIN)/python -m tools.lint
format: setup-tools ## Write files as the linters want them
	@$(BIN)/ruff format --quiet && $(BIN)/ruff check --quiet --fix
	@web/node_modules/.bin/buf format --write
	@cd web && npm run --silent format
generate: setup-tools ## Write gen/ and web/src/gen/ from proto/
	@$(BIN)/python -m tools.generate && $(BIN)/python -m tools.access_document
lock: setup-tools ## Resolve the dependencies of pyproject.toml anew
	@$(BIN)/python -m tools.lock

embedding-server: setup-tools ## Serve a small embedding model, to try search by meaning
	@test -x $(EMBEDDING)/python || $(BIN)/uv venv --quiet $(EMBEDDING:/bin=)
	@$(BIN)/uv pip sync --quiet --python $(EMBEDDING)/python --require-hashes requirements/embedding.txt
	@$(EMBEDDING)/python -m tools.embedding_server $(ARGS)

##@ Mesh
mesh: setup ## Run all of it with its mesh policy: make mesh ARGS=--help
	@$(BIN)/python -m deploy.mesh $(ARGS)
mesh-test: setup-test ## Say who may call what, by calling; and what an edit changed
	@$(BIN)/python -m deploy.mesh.table $(ARGS)
mesh-long: setup-test ## Change certificates and policies under 20,000 calls; count canaries
	@MESH_CALLS=20000 $(BIN)/pytest --timeout 900 tests/mesh/test_changes.py tests/mesh/test_versions.py
mesh-check: setup-test ## Check deploy/istio: who may call what, and Istio's own schemas
	@$(BIN)/python -m tools.mesh_check $(ARGS)
mesh-mutants: setup-test ## Break deploy/istio in every place, and count what mesh-check notices
	@$(BIN)/python -m tools.mesh_check.mutation $(ARGS)

mesh-picture: setup-test ## Draw docs/images/mesh.svg anew: the call graph and its policy
	@$(BIN)/python -m tools.mesh_picture

##@ Cluster
kube-check: setup-test ## Check deploy/kubernetes, its chart and images; skips what cannot be had, and says so
	@for each in kubernetes checkov; do \
		test -x .cache/$$each/bin/python || $(BIN)/uv venv --quiet .cache/$$each; \
		$(BIN)/uv pip sync --quiet --python .cache/$$each/bin/python --require-hashes requirements/$$each.txt; \
	done
	@$(BIN)/python -m tools.kubernetes.check
chart: setup-test ## Write the Helm chart from deploy/kubernetes
	@$(BIN)/python -m tools.kubernetes.chart

##@ Measure
bench: setup-test ## Measure speed and memory, beside its peers: make bench ARGS=--quick
	@$(BIN)/python -m tests.bench $(ARGS)
faults: setup-test ## Kill, cut and freeze parts, as often as docs/faults.md says
	@$(BIN)/python -m tests.faults $(or $(ARGS),--full)
bench-peers: setup-test ## Install the peers that `make bench` compares with
	@$(BIN)/python -m tests.bench.peers

##@ Clean
clean: ## Remove everything that was made, but the data in .parley/
	@if [ -x $(BIN)/python ]; then $(LOCAL) down; fi
	rm -rf .venv .cache .mypy_cache .pytest_cache .ruff_cache .import_linter_cache web/node_modules web/.next web/out

help:
	@awk 'BEGIN {FS = ":.*##"; print "Parley. Usage: make TARGET"} \
		/^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z-]+:.*##/ {printf "  %-17s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

python:
	@test -n "$(PYTHON)" || { echo "Parley needs Python 3.11 or newer; none was found. Install one, or name it: make up PYTHON=/path/to/python3"; exit 1; }
setup: python
	@$(PYTHON) -m deploy.local.bootstrap up
setup-test: python
	@$(PYTHON) -m deploy.local.bootstrap test
setup-tools: python
	@$(PYTHON) -m deploy.local.bootstrap tools
