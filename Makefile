# A data centre as code. `make help` names the verbs.
#   STACK=local   the stack: Pulumi.<STACK>.yaml          CONVERGE=1   up: run every on-host step again
#   DATA=delete   destroy: remove data as well            YES=1        destroy: do not ask
#   JSON=1        verify, drift: for programs             FULL=1       test-e2e: everything
#   NODE=agent1   node: which one                         FORCE=1      node: whatever the others can do without it
#   CHECKPOINTS=end   up, renew, destroy: writes the state once, when the run ends; =each: at every step
#   SIMULATE=1    a cloud's stack on instances that are containers of this machine, with state and keys of its own
STACK ?= local
DATA ?=
CONVERGE ?=
JSON ?=
YES ?=
FULL ?=
NODE ?=
DO ?=
FORCE ?=
SIMULATE ?=
CHECKPOINTS ?=
OF ?=
export STACK DATA YES FULL CHECKPOINTS
ifneq ($(filter-out 0,$(SIMULATE)),)
export DATACENTRE_SIMULATE := 1
export DATACENTRE_HOME := $(patsubst %/simulated,%,$(or $(DATACENTRE_HOME),$(HOME)/.local/share/datacentre))/simulated
endif

.DEFAULT_GOAL := help
.PHONY: help setup tools up preview verify drift renew node destroy timeline env bundle schema bench bench-scale test test-unit test-e2e test-full lint
SHELL := /bin/bash

# Every verb starts where setup has left off: engine, plugins, keys; all quick when they are there.
run = . .datacentre/env.sh && exec node --require tsx/cjs ops/$(1).ts

help: ## names the verbs
	@sed -nE 's/^([a-z0-9-]+):[^#]*## (.*)/  make \1\t\2/p' Makefile | sed 's/\$$\$$/$$/g' | expand -t 20
	@sed -n '2,7s/^#//p' Makefile

setup: ## gets engine, plugins, Docker, host image and the stack's keys; the other verbs call it
	@scripts/setup >&2

tools:
	@scripts/setup --tools >&2

up: setup ## brings the stack to what Pulumi.<STACK>.yaml describes
	@$(call run,up)
ifneq ($(filter-out 0,$(CONVERGE)),)
	@$(call run,rerun)
endif

preview: setup ## says what up would change
	@$(call run,preview)

verify: setup ## asks every service whether it is as described; changes nothing
	@$(call run,verify) $(if $(filter-out 0,$(JSON)),--json)

drift: setup ## says what on the hosts is not as the last up left it, to the line of a file; changes nothing
	@$(call run,drift) $(if $(filter-out 0,$(JSON)),--json)

renew: export RENEW := 1
renew: setup ## makes the stack's certificates anew, before they end
	@$(call run,renew)

node: export NODE := $(NODE)
node: export DO := $(DO)
node: export FORCE := $(FORCE)
node: setup ## NODE=name DO=drain|activate: before a node is rebooted or repaired, and after
	@$(call run,node)

destroy: setup ## removes the stack and keeps its data
	@$(call run,destroy)

timeline: export OF := $(OF)
timeline: tools ## where the timeline of the last up lies, and what took longest; OF=destroy|converge|renew: of another run
	@node --require tsx/cjs ops/timeline.ts

env: setup ## for a shell: eval "$$(make -s env)", then plain pulumi up, preview, config, stack output
	@$(call run,env)

bundle: setup ## collects what hosts without internet need, into the folder that datacentre:bundle names
	@$(call run,bundle)

schema: tools ## writes config/datacentre.schema.json, from which editors complete stack files
	@npx --no-install tsx ops/schema.ts

bench: ## ours beside Ansible, mitogen, pyinfra and bash, on four hosts of the lab; BENCH=nothing|converge|fresh PAIRS=5
	@scripts/setup --hosts >&2
	@. .datacentre/env.sh && exec node --require tsx/cjs bench/compare.ts

bench-scale: setup ## what the engine and the program cost as stacks grow, without hosts; NODES="25 50 100" PREVIEW="200"
	@. .datacentre/env.sh && exec node --require tsx/cjs bench/scale.ts

test: setup ## lint, unit tests, and the core of the end-to-end tests; within 45 minutes
	@$(call run,test)

test-unit: tools ## no engine, no hosts
	@npx --no-install jest

test-e2e: setup ## all end-to-end tests: real engine, real hosts; over an hour
	@. .datacentre/env.sh && npx --no-install jest -c tests/e2e/jest.config.js

test-full: ## test-e2e with every moment and every row; takes hours
	@$(MAKE) --no-print-directory test-e2e FULL=1

lint: tools ## ESLint, types, shellcheck
	@ops/lint.sh
