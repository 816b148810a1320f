# femnn from a clean checkout: `make study` sets up what it needs, runs a study and says where the report is.
VENV := .venv
READY := $(VENV)/.ready

export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export OMP_NUM_THREADS := 1

.PHONY: help env study test check coverage baseline fuzz bench lock clean FORCE

help: ## List the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 16

env: $(READY) ## Set up .venv (PYTHON=... chooses the Python of a new one)

study: $(READY) ## Run the study gradient-error into runs/gradient-error, over an earlier run there
	$(VENV)/bin/femnn run gradient-error --out runs/gradient-error --force

# Serial, the tests are run in two halves side by side: each is a process of its own, and much of the time is the compiler's
HALF := tests/verification tests/studies tests/exporting tests/projects
# On three ranks, what ranks share: meshes, solves, trainings, and that one, two and three come to the same. The rest adds
# nothing there that two ranks do not show
SHARED := tests/mpi tests/meshing $(addprefix tests/solving/test_,forward.py adjoint.py prescribed.py ensemble.py) tests/training/test_training.py

# More ranks than cores wait on each other: MPICH then polls less eagerly, which makes three ranks on two cores three times as fast
test: $(READY) ## Run the tests: serial, then on 2 and on 3 ranks
	@log=$$(mktemp); $(VENV)/bin/python -m pytest $(HALF) >$$log 2>&1 & half=$$!; status=0; \
	$(VENV)/bin/python -m pytest $(addprefix --ignore=,$(HALF)) || status=1; \
	wait $$half || status=1; cat $$log; rm -f $$log; exit $$status
	mpiexec -n 2 $(VENV)/bin/python -m pytest -m "not serial"
	MPIR_CVAR_CH4_PROGRESS_THROTTLE=1 mpiexec -n 3 $(VENV)/bin/python -m pytest -m "not serial" $(SHARED)

check: $(READY) ## Check style, types and the direction of imports
	ruff check .
	ruff format --check .
	$(VENV)/bin/python -m mypy
	$(VENV)/bin/python tools/types_of_studies.py
	$(VENV)/bin/python -m pytest tests/test_imports.py

# Outside of MPI: what ranks share is counted as far as one rank runs it
coverage: $(READY) ## Run the serial tests and say which lines of femnn/ none of them runs; less than 90 % is an error
	$(VENV)/bin/python -m coverage erase
	$(VENV)/bin/python -m coverage run -m pytest
	$(VENV)/bin/python -m coverage combine --quiet
	$(VENV)/bin/python -m coverage report

baseline: $(READY) ## Run every study with small settings, and compare its tables with those stored in tests/baseline
	$(VENV)/bin/python tests/baseline/baseline.py compare

# Half an hour on two cores. FUZZ="--inputs 500 --networks 200 --kills 8 --seed 2" asks for less, or for other ones
fuzz: $(READY) ## Damage files, solve for random networks and kill studies, and say what failed (FUZZ=... gives options)
	$(VENV)/bin/python tests/fuzz/fuzz.py $(FUZZ)

bench: $(READY) ## Run the benchmarks: the small lattice and a solid on one core, a large network and training on 2 ranks
	$(VENV)/bin/python benchmarks/small_lattice.py
	$(VENV)/bin/python benchmarks/solid.py
	mpiexec -n 2 $(VENV)/bin/python benchmarks/large_bars.py
	mpiexec -n 2 $(VENV)/bin/python benchmarks/training.py

lock: ## Pin all packages in requirements.lock (UPGRADE=1 to take the newest that fit)
	@set -e; tmp=$$(mktemp -d); trap 'rm -rf "$$tmp"' EXIT; \
	python=$$(tools/setup.sh --print-python); "$$python" -m venv "$$tmp"; \
	"$$tmp/bin/python" -m pip install --quiet --disable-pip-version-check uv; \
	"$$tmp/bin/uv" pip compile --quiet pyproject.toml --extra solver --extra test --python-version 3.12 \
	  --python-platform x86_64-manylinux_2_34 --annotation-style line --custom-compile-command "make lock" \
	  $(if $(UPGRADE),--upgrade) --output-file requirements.lock

clean: ## Remove .venv, caches and build products; runs/ is kept
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Set up again when an input is newer than the stamp, and also when .venv has been moved or its Python is gone.
$(READY): pyproject.toml requirements.lock tools/setup.sh
	@tools/setup.sh

ifneq ($(shell exec 2>/dev/null; $(VENV)/bin/python -c '' && cat $(READY)),$(CURDIR))
$(READY): FORCE
endif
