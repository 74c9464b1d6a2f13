# Needs make and Python 3.11 or later with its venv module; makes the rest itself.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
IN_ENV := .venv/bin/python -m
BOOK := build . --all -W -n --keep-going
# pytest-xdist: a process a core, whole files to each
AT_ONCE := -n logical --maxprocesses 4 --dist loadfile

.PHONY: help look env pipeline smoke book pdf test coverage notebooks references \
	evidence wheelhouse clean distclean

help:
	@echo 'make look        run one notebook with stored models, name the page to open'
	@echo 'make book        run the series at laptop profile, render it to _build/html'
	@echo 'make test        library, notebooks at smoke profile, book, lint'
	@echo 'make coverage    the tests again, with the lines and branches that they miss'
	@echo
	@echo 'make pdf         the whole book as one PDF, in _build/pdf (with chromium)'
	@echo 'make env         create .venv with the tested versions'
	@echo 'make wheelhouse  collect all packages, for machines without a network'
	@echo 'make pipeline    run the notebooks at laptop profile, into outputs/'
	@echo 'make smoke       the same at smoke profile'
	@echo 'make notebooks   renew the outputs stored in notebooks/ (laptop profile)'
	@echo 'make references  renew the outputs stored in tests/notebooks/ (smoke)'
	@echo 'make evidence    copy the laptop results into book/evidence, make what pages'
	@echo '                 show by sliders; render tables and pictures'
	@echo 'make clean       remove _build and caches'
	@echo 'make distclean   remove outputs and .venv too'

env: .venv/installed

.venv/installed: pyproject.toml constraints.txt
	@$(if $(PYTHON),,echo 'No python3 found. On Debian: apt-get install python3 python3-venv'; exit 1)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	{ echo 'Python 3.11 or later is needed; $(PYTHON) is older.'; \
	  echo 'Name another one: make PYTHON=/path/to/python3.11 ...'; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	{ echo '$(PYTHON) has no venv module.'; \
	  echo 'On Debian: apt-get install python3-venv'; exit 1; }
	test -x .venv/bin/pip || $(PYTHON) -m venv --clear .venv
	$(IN_ENV) pip install --no-input -c constraints.txt -e '.[book,comparator,test,discovery,language]'
	touch $@

wheelhouse:
	$(PYTHON) -m pip wheel -c constraints.txt -w $@ 'setuptools>=69' \
	'.[book,comparator,test,discovery,language]'

look: env
	$(IN_ENV) evophys_lib run 05_dfs -p pe 3.7 --page

pipeline: env
	$(IN_ENV) evophys_lib run all --profile laptop --from-scratch
	$(IN_ENV) evophys_lib shipped --profile laptop

smoke: env
	$(IN_ENV) evophys_lib run all --profile smoke

book: pipeline
	.venv/bin/jupyter-book $(BOOK)

pdf: env
	.venv/bin/python book/pdf.py

test: env
	$(IN_ENV) pytest $(AT_ONCE) --nbval --nbval-current-env

coverage: env
	$(IN_ENV) coverage run -m pytest --nbval --nbval-current-env
	$(IN_ENV) coverage combine -q
	$(IN_ENV) tests.covered
	.venv/bin/python book/tables.py
	$(IN_ENV) coverage report --show-missing --skip-covered --fail-under 95

notebooks: env
	.venv/bin/python tests/refresh.py notebooks

references: env
	.venv/bin/python tests/refresh.py references

evidence: env
	cp $(or $(EVOPHYS_OUTPUTS),outputs)/laptop/seed0/results.json book/evidence/
	.venv/bin/python book/look.py
	.venv/bin/python book/tables.py

clean:
	rm -rf _build .pytest_cache .ruff_cache .hypothesis .coverage*
	find evophys_lib tests -name __pycache__ -prune -exec rm -rf {} +

distclean: clean
	rm -rf outputs/* .venv evophys_lib.egg-info wheelhouse build
