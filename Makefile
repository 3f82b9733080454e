# Every command of the house. `make` alone lists them; each target installs
# what it needs and is quick when that is already there.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# A set-aside folder of data sets beside the checkout saves the downloads.
DEEPLY_DATA_DIR ?= $(realpath ../shared/data)
ifneq ($(DEEPLY_DATA_DIR),)
export DEEPLY_DATA_DIR
endif

# Without it R asks systemd for the time zone and complains in a container.
TZ ?= UTC
export TZ

SETUP := tools/setup.sh

.PHONY: help install demo test check check-no-python lint docs bench \
  bench-engine bench-tabular vignettes clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' \
	  $(MAKEFILE_LIST)

install: ## install R packages, deeply and its Python environment
	@$(SETUP) packages imports
	@$(SETUP) package
	@$(SETUP) python xgboost parquet

demo: ## install, then run the tour in tools/demo.R
	@$(SETUP) packages imports mlbench palmerpenguins
	@$(SETUP) package
	@$(SETUP) python xgboost parquet
	@Rscript tools/demo.R

test: ## install, then run every test, on TensorFlow and on JAX
	@tools/test.sh

check: ## R CMD check: fails on any error, warning or note
	@$(SETUP) packages imports suggests
	@$(SETUP) package
	@$(SETUP) python xgboost parquet
	@tools/check.sh

check-no-python: ## R CMD check on a machine without a usable Python
	@$(SETUP) packages imports suggests
	@tools/check.sh --no-python

lint: ## lintr, the house limits and ruff
	@$(SETUP) packages imports lintr
	@$(SETUP) package
	@$(SETUP) python xgboost parquet test
	@tools/lint.sh

docs: ## NAMESPACE and man/ by roxygen2, the site in docs/ by pkgdown
	@$(SETUP) packages imports suggests roxygen2 '?pkgdown'
	@Rscript tools/docs.R roxygen
	@$(SETUP) package
	@Rscript tools/docs.R site

bench: install ## run every script in bench/
	@set -e; for script in bench/*.R; do \
	  [ -e "$$script" ] || continue; \
	  echo "== $$script"; Rscript "$$script"; \
	done

bench-engine: ## a training step beside Keras, hand-written loops and PyTorch
	@$(SETUP) packages imports
	@$(SETUP) package
	@$(SETUP) python jax
	@set -e; \
	python=$$(Rscript -e 'cat(reticulate::virtualenv_python("r-deeply"))'); \
	"$$python" bench/engine/run.py; \
	"$$python" bench/engine/run.py --sweep --rounds 3; \
	"$$python" bench/engine/embedding.py

bench-tabular: ## deeply beside boosted trees and others; goes on where it was
	@$(SETUP) packages imports mlbench palmerpenguins
	@$(SETUP) package
	@$(SETUP) python xgboost parquet
	@Rscript bench/tabular/run.R

vignettes: ## knit vignettes-src/*.Rmd into vignettes/
	@$(SETUP) packages imports suggests png
	@$(SETUP) package
	@$(SETUP) python xgboost parquet
	@Rscript tools/knit-vignettes.R

clean: ## remove what the other targets leave in the checkout
	@rm -rf demo docs ./*.tar.gz ./*.Rcheck
	@find inst -depth -type d \( -name __pycache__ -o -name .pytest_cache \
	  -o -name .ruff_cache \) -exec rm -rf {} +
