.DEFAULT_GOAL := help
.PHONY: help deploy drill test check fix campaign lab-up lab-shell lab-down
PYTHON := .venv/bin/python
LAB := $(if $(filter 0,$(shell id -u)),.venv/.lab-installed)  # host packages, where we may install them
TOOLS := $(if $(LAB),.venv/.tools-installed)
PROXY := $(if $(LAB),.venv/.proxy-installed)
SCALE := $(if $(LAB),.venv/.scale-installed)

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## /make \1\t/p' Makefile | expand -t 18

drill: .venv/.installed $(LAB) ## lose a region in the lab and fail over, in front of you (KEEP=1 leaves the lab up, ASK=1 asks you, ENVIRONMENT=FILE rehearses yours)
	KEEP=$(KEEP) ASK=$(ASK) ENVIRONMENT=$(ENVIRONMENT) $(PYTHON) -m lab.drill

test: .venv/.installed $(LAB) $(TOOLS) $(PROXY) ## everything, in groups, with seconds per group; lab tests need root
	$(PYTHON) .ci/groups.py check states flow contract lab bare

check: .venv/.installed ## formatter, linters, types, arrows, unit and architecture tests: no root, no network
	$(PYTHON) .ci/groups.py check

deploy: .venv/.installed ## put blocks, work pool and deployments on a Prefect server (API=URL), here, on the host of its worker
	PREFECT_API_URL=$(or $(API),$(PREFECT_API_URL)) .venv/bin/gdr register

fix: .venv/.installed ## format and mend what the linter can mend
	.venv/bin/ruff check --fix --quiet . ; .venv/bin/ruff format .

campaign: .venv/.installed $(LAB) $(SCALE) ## the full set of kills and faults, for a night
	$(PYTHON) .ci/groups.py campaign

lab-up: .venv/.installed $(LAB) ## bring two regions up on this machine
	$(PYTHON) -m lab up

lab-shell: .venv/.installed ## open a shell on its control host, where gdr works
	$(PYTHON) -m lab shell

lab-down: .venv/.installed ## take them down
	$(PYTHON) -m lab down

.venv/.installed: requirements.lock pyproject.toml .ci/install
	.ci/install && touch $@

.venv/.lab-installed: .venv/.installed lab/install.py
	$(PYTHON) -m lab install && touch $@

.venv/.scale-installed: .venv/.installed lab/install.py lab/redis.py
	$(PYTHON) -m lab install --scale && touch $@

.venv/.proxy-installed: .venv/.installed lab/install.py lab/haproxy.py
	$(PYTHON) -m lab install --proxy && touch $@

.venv/.tools-installed: .venv/.installed lab/install.py lab/preflight.py
	$(PYTHON) -m lab install --tools && touch $@
