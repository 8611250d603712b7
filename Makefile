# All commands for a checkout; `make` alone lists them.
#
# The first target that needs Python creates .venv and installs the packages pinned in requirements.lock, checked
# against their hashes. It repeats this only when the lock changes. An interrupted set-up continues at the next
# start. Nothing is written outside this folder. The file needs GNU make 3.81 or later on Linux or macOS.

STUDY = studies/digits.toml
NAME  = digits
PORT  = 8000
ARGS  =

# Candidates, best first; `make study PYTHON=/opt/python3.12/bin/python3` names one.
PYTHON = python3.13 python3.12 python3.11 python3

VENV  = .venv
BENCH = .venv-bench
DOCS  = .venv-docs
SITE  = output/site
# Not the scripts in bin: if this folder's name contains $, ` or ", their first line does not find their Python.
RUN   = $(VENV)/bin/python -m
PIP   = $(@D)/bin/python -m pip --disable-pip-version-check --quiet

PARALLEL = --numprocesses=auto --maxprocesses=4 --dist=loadgroup --no-loadscope-reorder

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: help study test test-all test-kernels test-torch check report ui bench bench-steps bench-studies bench-reports bench-estimators bench-headline bench-truth bench-fashion docs docs-serve clean lock

help: ## List the targets
	@echo "make TARGET, where TARGET is one of:"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "ARGS=… is passed on: make study ARGS=--dry-run"

study: $(VENV)/checkout ## Run or resume a study and write its report  (STUDY=studies/digits.toml)
	$(RUN) chainrule study $(STUDY) $(ARGS)

test: check ## Run everything that must pass: check, then the tests
	OPENBLAS_NUM_THREADS=1 $(RUN) pytest -m "not slow" $(PARALLEL) $(ARGS)

test-all: check ## The same with the slow tests, which kill, move and repeat whole studies
	OPENBLAS_NUM_THREADS=1 $(RUN) pytest $(PARALLEL) $(ARGS)

test-kernels: $(VENV)/installed-dev ## Run the tests that depend on numbers with the arithmetic of other processors  (KERNELS=Haswell)
	OPENBLAS_NUM_THREADS=1 $(RUN) tests.kernels $(KERNELS) $(PARALLEL) $(ARGS)

test-torch: $(VENV)/installed-dev $(BENCH)/installed ## Run the example of a trainer with PyTorch, which is in the benchmark's environment
	PYTHONPATH="$$($(BENCH)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" \
		$(RUN) pytest tests/chainrule/test_own_trainer.py -k pytorch $(ARGS)

check: $(VENV)/installed-dev ## Check format, lint, types and the direction of imports
	$(RUN) ruff format --check .
	$(RUN) ruff check .
	$(RUN) mypy
	$(VENV)/bin/python -c 'from importlinter.cli import lint_imports_command as run; run()' --no-logo

report: $(VENV)/checkout ## Write a study's report again from its records  (NAME=digits)
	$(RUN) chainrule report $(NAME) $(ARGS)

ui: $(VENV)/checkout ## Open MLflow's own pages on these records
	$(RUN) chainrule ui $(ARGS)

bench: bench-steps bench-studies bench-reports ## Measure all but the headline, and say which goals are missed

bench-steps: $(BENCH)/installed ## Compare a step and memory with PyTorch, JAX and scikit-learn
	$(BENCH)/bin/python -m benchmarks $(ARGS)

bench-studies: $(VENV)/checkout $(BENCH)/installed ## Compare whole studies with Optuna and PyTorch, and measure recording
	$(RUN) benchmarks.studies $(ARGS)

bench-reports: $(VENV)/checkout ## Time the reports of 300, 1,000 and 3,000 trials, and check that their bytes repeat
	$(RUN) benchmarks.report_time $(ARGS)

bench-estimators: $(VENV)/checkout ## Compare the estimators with scikit-learn's MLPClassifier on digits
	$(RUN) benchmarks.scikit_learn_estimators $(ARGS)

bench-headline: $(VENV)/checkout ## Time training, recording and reporting ten thousand networks
	$(RUN) benchmarks.studies --part headline $(ARGS)

bench-fashion: $(VENV)/checkout ## Load and train on Fashion-MNIST, and weigh a study on it: docs/fashion.md
	$(RUN) benchmarks.fashion $(ARGS)

bench-truth: $(BENCH)/installed ## Measure how often the report's sentences are false, on published tables and simulated studies
	OPENBLAS_NUM_THREADS=1 $(BENCH)/bin/python -m benchmarks.truth $(ARGS)

docs: $(VENV)/checkout $(DOCS)/installed ## Build the documents as an offline site in output/site
	$(VENV)/bin/python docs/site/pages.py $(SITE)-source
	$(DOCS)/bin/python -m zensical build --strict --config-file $(SITE)-source/mkdocs.yml
	@rm -rf $(SITE) && mv $(SITE)-source/site $(SITE) && rm -rf $(SITE)-source
	@echo "Open $(SITE)/index.html, or: make docs-serve"

docs-serve: docs ## Show that site at http://127.0.0.1:8000 until Ctrl-C  (PORT=8000)
	$(DOCS)/bin/python -m http.server --bind 127.0.0.1 --directory $(SITE) $(PORT)

clean: ## Remove the environments and all caches; keep the records in output/
	rm -rf $(VENV) $(BENCH) $(DOCS) $(SITE) .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

lock: $(VENV)/installed-dev ## Write the locks again after a change in pyproject.toml  (ARGS=--upgrade)
	$(COMPILE) pyproject.toml --group build --output-file requirements.lock
	$(COMPILE) pyproject.toml --group build --group dev --constraints requirements.lock \
		--output-file requirements-dev.lock
	$(COMPILE) --group bench --constraints requirements.lock --no-emit-package torch \
		--output-file requirements-bench.lock
	$(COMPILE) --group docs --constraints requirements.lock --output-file requirements-docs.lock

# One lock for every platform and Python version, with the hashes of all their files.
COMPILE = $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 \
	--fork-strategy fewest --generate-hashes --no-annotate --custom-compile-command "make lock" $(ARGS)

# Sets $python to the first candidate that fits. Each candidate is run: a name on the PATH may be the shim of a missing
# version, and a distribution may have removed ensurepip from its Python.
find_python = found=; \
	for python in $(PYTHON); do \
	    version=$$($$python -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue; \
	    case $$version in 3.11|3.12|3.13) ;; *) continue ;; esac; \
	    found=$$version; \
	    $$python -c 'import ensurepip, sqlite3, ssl, venv' 2>/dev/null && break; \
	    python=; \
	done; \
	test -n "$$found" || { \
	    echo "No Python 3.11, 3.12 or 3.13 among: $(PYTHON). Install one, or name it: make PYTHON=/path/to/python3" >&2; \
	    exit 1; }; \
	test -n "$$python" || { \
	    echo "Python $$found here lacks ensurepip, sqlite3 or ssl. On Debian or Ubuntu: apt install python$$found-venv" >&2; \
	    exit 1; }

# A file stands for each finished step, so that an interrupted one is repeated.
$(VENV)/made $(BENCH)/made $(DOCS)/made:
	@$(find_python); \
	echo "Making $(@D) with Python $$found"; \
	$$python -m venv --clear $(@D)
	@touch $@

$(VENV)/installed: requirements.lock | $(VENV)/made
	@echo "Installing the $$(grep -c == requirements.lock) packages of requirements.lock (once, a minute or two)"
	@$(PIP) install --require-hashes --requirement requirements.lock
	@touch $@

$(VENV)/checkout: pyproject.toml $(VENV)/installed
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/installed-dev: requirements-dev.lock $(VENV)/installed | $(VENV)/checkout
	@echo "Installing the tools for checks and tests (once)"
	@$(PIP) install --require-hashes --requirement requirements-dev.lock
	@touch $@

# If the index has no build of PyTorch without CUDA, the other peers are measured without it.
$(BENCH)/installed: requirements-bench.lock benchmarks/torch.lock | $(BENCH)/made
	@echo "Installing the peers of requirements-bench.lock (once, a minute or two)"
	@$(PIP) install --require-hashes --requirement requirements-bench.lock
	@$(PIP) install --require-hashes --no-deps --requirement benchmarks/torch.lock || \
	echo "PyTorch could not be installed: the other peers are measured without it" >&2
	@touch $@

$(DOCS)/installed: requirements-docs.lock | $(DOCS)/made
	@echo "Installing the tools that build the site (once)"
	@$(PIP) install --require-hashes --requirement requirements-docs.lock
	@touch $@
