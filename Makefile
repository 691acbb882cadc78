# Names for the commands. The work is behind `nbhelpers …` and pytest, which need no make.
PYTHON ?= python3
DATASET ?= sample
ARGS ?=
SIZE ?= 1e6

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
INSTALLED := .venv/installed
SPARK := .venv/spark
# uv takes less than a minute where pip takes five; it is in the lock as well.
CHOOSE := install="$(PIP) install"; test ! -x $(BIN)/uv || \
	install="$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python"

# Threads change the last bits of a sum, and the hash seed the order in which a set is printed.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export MKL_NUM_THREADS := 1
export PYTHONHASHSEED := 0

.DEFAULT_GOAL := help
.PHONY: help run build app api spark test quick machines everywhere attack floors export hosts \
	site lint format diff notebooks strip bench sample aims expected lock clean

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /\1 \t/p' $(MAKEFILE_LIST) | expand -t 12

run: $(INSTALLED) ## Run the notebooks on DATASET (sample) into build/run/
	@$(BIN)/nbhelpers run --dataset "$(DATASET)" $(ARGS)

build: $(INSTALLED) ## Train the engine of DATASET, for app and API
	@$(BIN)/nbhelpers build --dataset "$(DATASET)" $(ARGS)

app: $(INSTALLED) ## Show DATASET's engine to people at http://127.0.0.1:8501
	@$(BIN)/nbhelpers app --dataset "$(DATASET)" $(ARGS)

api: $(INSTALLED) ## Serve DATASET's engine to programs at http://127.0.0.1:8000/docs
	@$(BIN)/nbhelpers api --dataset "$(DATASET)" $(ARGS)

spark: $(SPARK) ## Install Spark for notebook 12 (half a gigabyte; needs Java 17 or newer)

# One run, one summary: the fast tests come first (conftest.py).
test: $(INSTALLED) ## Run all tests; real data is used where NBHELPERS_DATA has it
	$(BIN)/python -m pytest -n 2 --no-loadscope-reorder --nbval tests notebooks $(ARGS)

quick: $(INSTALLED) ## Run the fast tests only
	$(BIN)/python -m pytest -n 2 -m "not slow" tests $(ARGS)

machines: $(INSTALLED) ## Run the notebooks with the arithmetic of other processors; ARGS=haswell
	@$(BIN)/python tests/notebooks/machines.py $(ARGS)

everywhere: $(INSTALLED) ## Run the notebooks on simulated sets of every kind; ARGS="--set thousand"
	@$(BIN)/python tests/notebooks/everywhere.py $(ARGS)

attack: $(INSTALLED) ## Try to break it: damaged files, engines, requests, kills; ARGS="--only files"
	@$(BIN)/python tests/attacks/attack.py $(ARGS)

# Into a folder of its own. Nothing is locked there: the oldest releases are long known.
floors: $(INSTALLED) ## Run the fast tests with the oldest packages that pyproject.toml allows
	$(BIN)/uv venv --quiet --clear --seed --python $(BIN)/python build/floors
	VIRTUAL_ENV=build/floors $(BIN)/uv pip install --quiet --resolution lowest-direct \
		--editable ".[notebooks,app,dev]"
	build/floors/bin/python -m pytest -n 2 -m "not slow" tests $(ARGS)

export: $(INSTALLED) ## Write notebooks that run by themselves on Kaggle and Colab into build/export/
	$(BIN)/nbhelpers export $(ARGS)

hosts: $(INSTALLED) ## Run the exported notebooks on what Colab and Kaggle preinstall; ARGS="--host colab"
	@$(BIN)/python tests/notebooks/hosts.py $(ARGS)

# Nothing is run, and nothing fetched: pages are made of what the notebooks have stored.
site: $(INSTALLED) ## Build the course's site into build/site/: lessons, solutions, glossary, library
	@$(BIN)/python -m sphinx --quiet --jobs 2 --conf-dir docs --doctree-dir build/site-doctrees \
		. build/site $(ARGS)
	@echo "Open build/site/index.html"

lint: $(INSTALLED) ## Check the code: style, layout, imports between rooms, types; says what is wrong
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@said=$$($(BIN)/lint-imports --no-logo) || { echo "$$said"; exit 1; }
	@$(BIN)/mypy

format: $(INSTALLED) ## Lay out the code, and fix what can be fixed automatically
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .

diff: $(INSTALLED) ## Show what changed in the notebooks, cell by cell (ARGS="main --outputs")
	@$(BIN)/nbdiff --sources $(ARGS)

notebooks: $(INSTALLED) ## Run the notebooks in place on the sample and store their outputs
	$(BIN)/python -m nbconvert --to notebook --execute --inplace notebooks/*.ipynb
	@$(MAKE) --silent strip
	@$(BIN)/python tests/notebooks/minutes.py --write notebooks/*.ipynb

strip: $(INSTALLED) ## Clear what tools leave in the notebooks, which is not for readers
	$(BIN)/nbstripout --keep-output --keep-count --extra-keys "metadata.papermill \
		cell.metadata.papermill metadata.widgets cell.metadata.execution \
		metadata.language_info.version" notebooks/*.ipynb

bench: $(INSTALLED) ## Measure each part beside its peers at SIZE ratings (1e6), into build/bench/
	@$(BIN)/python tests/benchmarks/bench.py --size $(SIZE) $(ARGS)

sample: $(INSTALLED) ## Simulate the sample anew
	$(BIN)/python data/sample/generate.py
	$(BIN)/python -c "from nbhelpers.tools.doctor import PROJECT, write_sums; write_sums(PROJECT / 'data/sample')"

aims: $(INSTALLED) ## Measure how like real ratings the sample is, beside ml-latest-small if it is there
	@$(BIN)/python tests/sample_aims.py

expected: $(INSTALLED) ## Store the metrics on ml-latest-small that tests compare with
	@$(BIN)/nbhelpers run --dataset ml-latest-small
	$(BIN)/python tests/notebooks/write_expected.py

# The same versions for all Pythons, or numbers in the notebooks would differ.
LOCK := $(BIN)/uv pip compile --upgrade --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --quiet --custom-compile-command "make lock"

lock: $(INSTALLED) ## Resolve the dependencies anew into requirements.lock and Spark's own
	$(LOCK) --extra notebooks --extra app --extra dev --extra site pyproject.toml \
		--output-file requirements.lock
	$(BIN)/python -c "import tomllib; p = tomllib.load(open('pyproject.toml', 'rb'))['project']; \
		print(*p['optional-dependencies']['spark'], sep='\n')" | $(LOCK) - \
		--constraint requirements.lock --no-annotate --output-file requirements-spark.lock

clean: ## Remove what was built; the downloaded data and .venv stay
	rm -rf build dist *.egg-info .*_cache .hypothesis
	find . -name __pycache__ -not -path "./.venv/*" -prune -exec rm -rf {} +

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' || { \
		echo "Python's venv is missing (on Debian: apt install python3-venv)."; exit 1; }
	@echo "Installing into .venv: once, about a minute."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@awk '/^uv==/ {on = 1} /^ *#/ {on = 0} on' requirements.lock > .venv/uv.txt
	@$(PIP) install --require-hashes -r .venv/uv.txt || echo "No uv here: pip takes longer."
	@$(CHOOSE); $$install --require-hashes -r requirements.lock && \
	$$install --no-deps --no-build-isolation -e .
	@touch $@

# Spark comes as source and is built with the locked setuptools.
$(SPARK): requirements-spark.lock $(INSTALLED)
	@echo "Installing Spark into .venv: once, about a minute."
	@$(CHOOSE); $$install --require-hashes --no-build-isolation -r requirements-spark.lock
	@touch $@
