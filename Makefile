# make demo    everything from nothing: install, demo shop, six scripts, dashboard on port 8501 (PORT= for another), and
#              behind it a rehearsal with simulated shoppers
# make serve   the HTTP service over the demo shop, on port 8000
# make test    install what tests need, run them but for the slow ones
# make test-all  the slow ones, too: long journeys in the browser, clusters, kills, attacks, a week of nights
# make check   linters, types, import direction
# make bench   measure against named rivals

PORT ?= 8501
DEMO ?= demo
VENV ?= .venv
# The first of these that is Python 3.11 or newer.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$p && break; done)
RUN := $(VENV)/bin/python

.PHONY: install port demo shop serve test test-all check bench chromium postgres prometheus clean

install: $(VENV)/installed

# Before the minutes of work, not after them.
port:
	@$(PYTHON) -c "import socket, sys; s = socket.socket(); s.settimeout(1); \
	sys.exit('Port $(PORT) is taken: make demo PORT=another' if not s.connect_ex(('localhost', $(PORT))) else 0)"

# The rehearsal runs behind the dashboard, and is stopped with it; next time it goes on.
demo: port $(DEMO)/ready
	@echo "The dashboard: http://localhost:$(PORT)   (Ctrl-C stops it)"
	@if ! test -e $(DEMO)/rehearsed; then \
	echo "The page Operations fills up in some minutes: simulated shoppers come first ($(DEMO)/rehearsal.log)."; \
	nice -n 10 $(AGAIN) --no-print-directory $(DEMO)/rehearsed > $(DEMO)/rehearsal.log 2>&1 & trap "kill $$!" EXIT INT TERM; fi; \
	$(RUN) -m streamlit run app.py --server.port $(PORT) -- --data $(DEMO) --images $(DEMO)/images

# Under its own name Make would start it for `make -n`, too.
AGAIN = $(MAKE)

# The service over the demo shop; `python serve.py keys create --data demo …` makes a key.
serve: $(DEMO)/ready $(VENV)/installed-serve
	@$(RUN) serve.py --data $(DEMO) --images $(DEMO)/images

# The shop and everything made from it; made again when a script or the package changes.
shop: $(DEMO)/ready

$(DEMO)/ready: $(VENV)/installed $(filter-out app.py serve.py,$(wildcard *.py)) $(shell find stylo_demo -type f -not -name '*.pyc') $(shell find stylo -name '*.py' -not -path 'stylo/dashboard/*' -not -path 'stylo/service/*' -not -path 'stylo/deployment/*')
	$(RUN) -m stylo_demo --out $(DEMO)
	rm -rf $(DEMO)/service $(DEMO)/new $(DEMO)/transactions.parquet $(DEMO)/rehearsed  # of the shop that was here before
	$(RUN) data_optim.py --data $(DEMO)
	$(RUN) split_data.py --data $(DEMO)
	$(RUN) visual_features.py --data $(DEMO) --images $(DEMO)/images
	$(RUN) visual_reccs.py --data $(DEMO)
	$(RUN) individual_baseline.py --data $(DEMO)
	$(RUN) final.py --data $(DEMO)
	@touch $@

# Two weeks of simulated shoppers, and a retraining between them: once for each shop that is made.
$(DEMO)/rehearsed: $(DEMO)/ready $(VENV)/installed-operations
	$(RUN) -m stylo.operations --data $(DEMO) --images $(DEMO)/images rehearse
	@touch $@

# There is a process of pytest's for each core: more threads would wait for one another, and spin meanwhile.
PYTEST := OPENBLAS_NUM_THREADS=1 $(RUN) -m pytest -n auto --dist loadfile --no-loadscope-reorder

test: $(VENV)/installed-dev chromium postgres prometheus
	$(PYTEST) -m "not slow"

test-all: $(VENV)/installed-dev chromium postgres prometheus
	$(PYTEST)

check: $(VENV)/installed-dev
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	$(VENV)/bin/bandit --quiet --recursive --configfile pyproject.toml stylo stylo_demo *.py
	$(VENV)/bin/lint-imports

bench: $(VENV)/installed-dev
	$(RUN) -m benchmarks

# Browser tests drive Debian's Chromium without windows, one that is here already, or Playwright's own.
chromium: $(VENV)/installed-dev
	@command -v chromium-headless-shell >/dev/null || sh tests/install_chromium.sh $(VENV)

# Tests of the service's storage run on both databases; without a PostgreSQL they run on one and say so.
postgres:
	@command -v postgres >/dev/null || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || sh tests/install_postgres.sh

# Tests of the alarms' rules ask promtool and amtool; without them they say so.
prometheus: $(VENV)/installed-dev
	@command -v promtool >/dev/null || ls $(VENV)/prometheus/usr/bin/promtool >/dev/null 2>&1 || sh tests/install_prometheus.sh $(VENV)

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "StyloAI needs Python 3.11, 3.12 or 3.13 (make PYTHON=/path/to/python)."; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: requirements.txt constraints.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing into $(VENV): about 2.5 GB, some minutes."
	$(RUN) -m pip install --quiet --disable-pip-version-check -r requirements.txt -e . -c constraints.txt
	@touch $@

$(VENV)/installed-serve: pyproject.toml $(VENV)/installed
	$(RUN) -m pip install --quiet --disable-pip-version-check -e '.[serve]' -c constraints.txt
	@touch $@

$(VENV)/installed-operations: pyproject.toml $(VENV)/installed
	$(RUN) -m pip install --quiet --disable-pip-version-check -e '.[operations]' -c constraints.txt
	@touch $@

$(VENV)/installed-dev: pyproject.toml $(VENV)/installed
	$(RUN) -m pip install --quiet --disable-pip-version-check -e '.[dev]' -c constraints.txt
	@touch $@

clean:
	rm -rf $(VENV) $(DEMO)
