# One word for each chore; `make help` lists them. Every target first makes ready what it needs.

SETUP       := tools/setup.sh
VENV_PYTHON := .venv/bin/python
IN_VENV     := env PATH="$(CURDIR)/.venv/bin:$$PATH"
# core/CMakePresets.json says what the ways of building are; each has its folder in build/
CMAKE       := $(IN_VENV) cmake -S core --preset
CTEST       = $(IN_VENV) ctest --output-on-failure --no-tests=error --timeout $(TEST_SECONDS)
JOBS        ?= $(shell nproc 2>/dev/null || echo 2)

# clang where it is there: its sanitizers are the stricter ones
SANITIZE_CC ?= $(shell command -v clang >/dev/null && echo clang || echo cc)
# the thread sanitizer wants its addresses unshuffled
FIXED_ADDRESSES := $(shell setarch -R true 2>/dev/null && echo setarch -R)

C_FILES = $(shell find core -name '*.[ch]' -o -name '*.cpp')
# recordings of a real kernel: the part in this repository, and the whole where it lies beside it
RECORDINGS ?= $(shell find tests/conformance -name '*.jsonl.gz' | sort) \
              $(wildcard ../shared/vectors/curated.jsonl.gz ../shared/vectors/random-public.jsonl.gz)
TEST_SECONDS ?= 900
FUZZ_SECONDS ?= 60
SOAK_SECONDS ?= 900
ARGS ?=
# tests start the program hundreds of times, and each would compile all of it anew
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test test-c test-python bench lint format sanitize sanitize-address \
        sanitize-thread aarch64 fuzz soak kernel mutants conform screenshots install-deps clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## open the window; ARGS="..." go to the program, such as ARGS=demo
	@$(SETUP) run
	@$(VENV_PYTHON) main.py $(ARGS)

test: test-c test-python ## every test in its short form

test-c: ## the core's C tests, with the invariants checked at every slow path
	@$(SETUP) dev
	@$(CMAKE) debug
	@$(IN_VENV) cmake --build build/debug
	@$(CTEST) --test-dir build/debug -j $(JOBS)

test-python: ## the Python tests, JOBS at a time; ARGS="..." go to pytest
	@$(SETUP) dev
	@$(VENV_PYTHON) -m pytest --numprocesses=$(JOBS) --dist=worksteal $(ARGS)

bench: ## measure against memcpy, frames, seeks, memory, conditions, dumps; ARGS="--json FILE" also writes the figures of the first
	@$(SETUP) dev
	@$(CMAKE) release
	@$(IN_VENV) cmake --build build/release
	@$(VENV_PYTHON) core/bench/run.py --build build/release $(ARGS)
	@build/release/bench/relay_bench_inside
	@build/release/bench/relay_bench_processes
	@$(VENV_PYTHON) -m tests.bench.bench_rings
	@$(VENV_PYTHON) -m tests.bench.bench_live_window
	@$(VENV_PYTHON) -m tests.bench.bench_seek
	@$(VENV_PYTHON) -m tests.bench.bench_record
	@$(VENV_PYTHON) -m tests.bench.bench_replay
	@$(VENV_PYTHON) -m tests.bench.bench_tabs
	@$(VENV_PYTHON) -m tests.bench.bench_ledger
	@$(VENV_PYTHON) -m tests.bench.bench_conditions
	@$(VENV_PYTHON) -m tests.bench.bench_capture
	@$(VENV_PYTHON) -m tests.bench.bench_kernel
	@$(VENV_PYTHON) -m tests.bench.bench_kernel_window

lint: ## ruff, mypy --strict, import rules, clang-format: changes nothing
	@$(SETUP) dev
	@$(IN_VENV) ruff check
	@$(IN_VENV) ruff format --check
	@$(IN_VENV) mypy
	@$(IN_VENV) lint-imports --no-logo
	@$(IN_VENV) clang-format --dry-run -Werror $(C_FILES)

format: ## bring Python and C into shape
	@$(SETUP) dev
	@$(IN_VENV) ruff check --fix-only
	@$(IN_VENV) ruff format
	@$(IN_VENV) clang-format -i $(C_FILES)

sanitize: sanitize-address sanitize-thread ## the C tests under ASan+UBSan, then under TSan

sanitize-address sanitize-thread:
	@$(SETUP) dev
	@$(CMAKE) $@ -DCMAKE_C_COMPILER=$(SANITIZE_CC)
	@$(IN_VENV) cmake --build build/$@
	@$(FIXED_ADDRESSES) $(CTEST) --test-dir build/$@ -j $(JOBS)

aarch64: ## the stepping build's C tests for aarch64, under QEMU: its stacks change in assembler
	@$(SETUP) aarch64
	@$(CMAKE) aarch64
	@$(IN_VENV) cmake --build build/aarch64 --target test_inside
	@$(CTEST) --test-dir build/aarch64 -R '^inside$$'

fuzz: ## libFuzzer on sequences of calls, and on saved channels, for FUZZ_SECONDS each
	@$(SETUP) clang
	@$(CMAKE) fuzz
	@$(IN_VENV) cmake --build build/fuzz
	@mkdir -p build/fuzz/corpus build/fuzz/saved
	@build/fuzz/fuzz/relay_fuzz -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 \
	    build/fuzz/corpus $(wildcard core/fuzz/corpus)
	@build/fuzz/fuzz/relay_fuzz_saved -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 \
	    build/fuzz/saved

soak: export RELAY_SOAK ?= 20
soak: export TEST_SECONDS = 7200
soak: ## the long versions of the tests (RELAY_SOAK times as long), and the fuzzer for SOAK_SECONDS
	@$(MAKE) --no-print-directory test-c
	@$(MAKE) --no-print-directory test-python JOBS=1 ARGS='-m "" --hypothesis-profile=soak --timeout=7200'
	@$(MAKE) --no-print-directory sanitize
	@$(MAKE) --no-print-directory fuzz FUZZ_SECONDS=$(SOAK_SECONDS)

kernel: ## real kernels in QEMU: dump, socket and agent beside what the kernel says. Minutes
	@$(VENV_PYTHON) -m tools.kernel $(ARGS)

mutants: ## small faults in C and Python, one at a time: which does no test notice? ARGS="--area live"
	@$(SETUP) dev
	@$(IN_VENV) $(VENV_PYTHON) -m tools.mutants $(ARGS)

screenshots: ## draw the window's pictures anew, into docs/screenshots
	@$(SETUP) run
	@QT_QPA_PLATFORM=offscreen $(VENV_PYTHON) -m relayviz.gui.screenshots docs/screenshots

conform: ## replay recordings of a real kernel; RECORDINGS="FILE..." names others
	@$(SETUP) run
	@$(VENV_PYTHON) -m relayviz conform $(ARGS) $(RECORDINGS)

install-deps: ## all that the other targets need, and nothing else
	@$(SETUP) clang

clean: ## remove what was built and cached; .venv stays
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
