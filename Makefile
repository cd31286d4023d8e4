# Everything a newcomer runs. `make demo` and `make test` install what Debian lacks when run as root.

PACKAGES = build-essential libsqlite3-dev libcurl4-openssl-dev libdeflate-dev libzstd-dev libarchive-dev libxlsxwriter-dev \
	protobuf-compiler python3 python3-venv openssl strace e2fsprogs
CHECKS = --explicit-target-dependency-import-check error
ROWS ?= 100000
RUNS ?= 10000000
CUTS ?= 100
LANES ?= 1
SCHEDULES ?= 1000
SEED ?= 1
PROFILE ?= ci
ARGS ?=
BENCH = .build/release/gatehouse-bench

.PHONY: demo test bench bench-large bench-hq bench-stages bench-built fuzz sanitize planted simulate disasters long protocol format lint packages python clean

demo: packages
	@swift build -c release --product gatehouse $(CHECKS)
	@"$$(swift build -c release --show-bin-path)/gatehouse" demo $(ARGS)

test: packages python
	swift test $(CHECKS) $(ARGS)

# Each figure with median, spread, ratio to a floor and bar (Sources/Bench/2-how-it-is-measured.md); some minutes.
bench: bench-built
	@$(BENCH) work .build/bench $(ROWS) .build/release/gatehouse $(ARGS)

# The same with a million tickets, half of them closed, in three repetitions: about an hour and 20 GB of disk.
bench-large: ROWS = 1000000
bench-large: bench-built
	@$(BENCH) work .build/bench $(ROWS) .build/release/gatehouse --repetitions 3 --closed $(ARGS)

# One headquarters and many simulated offices: a table, and the curves in .build/bench/company.svg.
bench-hq: bench-built
	@$(BENCH) company .build/bench $(ROWS) .build/release/gatehouse --svg .build/bench/company.svg $(ARGS)

# Where the time of a save and of a first sync goes: microseconds a record and stage, beside what limits each.
# ARGS="--before FILE" sets the figures of an earlier run (its --json) beside them.
bench-stages: ROWS = 20000
bench-stages: bench-built
	@$(BENCH) stages .build/bench $(ROWS) .build/release/gatehouse --svg .build/bench/stages.svg \
		--json .build/bench/stages.json $(ARGS)

bench-built: packages
	@swift build -c release --product gatehouse $(CHECKS)
	@swift build -c release --product gatehouse-bench $(CHECKS)
	@mkdir -p .build/bench
	@test -f .build/bench/tickets-$(ROWS).ndjson || python3 Tests/Fixtures/make_tickets.py --n $(ROWS) --out .build/bench

# The program with the planted mistakes in it, none of them active unless GATEHOUSE_PLANT names one.
planted: packages
	@GATEHOUSE_PLANTED=1 swift build -c release --product gatehouse --scratch-path .build/planted $(CHECKS)

# Disasters in memory, entered into the ledger.
simulate: planted
	@.build/planted/release/gatehouse simulate --schedules $(SCHEDULES) --seed $(SEED) --profile $(PROFILE) \
		--ledger Tests/Simulation/ledger.csv --commit "$$(git rev-parse --short HEAD)"

# What CI runs besides the tests: disasters in memory, then the simulator itself put to the test.
disasters: planted
	@.build/planted/release/gatehouse simulate --schedules $(SCHEDULES) --seed $(SEED)
	@Tests/Simulation/planted .build/planted/release/gatehouse

# Everything that is too long for CI, one after the other: some two hours.
long: planted python
	@Tests/long

# Long: libFuzzer with the address sanitizer over everything that reads strangers' bytes, RUNS executions in all (Tests/Fuzz).
# `make test` replays what was found.
fuzz: packages
	@GATEHOUSE_FUZZ=1 swift build -c release --product gatehouse-fuzz --scratch-path .build/fuzz
	@python3 Tests/Fuzz/fuzz.py .build/fuzz/release/gatehouse-fuzz .build/fuzz/runs --runs $(RUNS) --lanes $(LANES)

# The disk in memory under the sanitizers of gcc: cut off at random calls, from two threads.
sanitize: packages
	@mkdir -p .build/sanitize
	@for kind in address,undefined thread; do \
		gcc -std=c17 -O1 -g -Wall -Wextra -Werror -fsanitize=$$kind -ISources/C/CSimulatedDisk/include \
			Sources/C/CSimulatedDisk/*.c Tests/C/power_cuts.c -lsqlite3 -lpthread -o .build/sanitize/$$kind \
		&& .build/sanitize/$$kind $(CUTS) || exit 1; \
	done

# Makes Sources/Wire/gatehouse.pb.swift anew from Protocol/gatehouse.proto (needs Debian's protobuf-compiler).
protocol:
	swift build --product protoc-gen-swift
	protoc --plugin="$$(swift build --show-bin-path)/protoc-gen-swift" --proto_path=Protocol \
		--swift_out=Sources/Wire --swift_opt=Visibility=Internal Protocol/gatehouse.proto
	sed -i '1i // swift-format-ignore-file' Sources/Wire/gatehouse.pb.swift

format:
	swift format --in-place --recursive Package.swift Sources Tests

lint:
	swift format lint --strict --recursive Package.swift Sources Tests

# As root missing packages are installed; otherwise the one line to run is printed.
packages:
	@missing=""; for p in $(PACKAGES); do dpkg -s $$p >/dev/null 2>&1 || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then \
		if [ "$$(id -u)" = 0 ]; then \
			echo "Installing:$$missing"; apt-get update -qq && apt-get install -y -qq $$missing >/dev/null; \
		else \
			echo "Missing Debian packages. Run:"; echo "  sudo apt-get install -y$$missing"; exit 1; \
		fi; \
	fi

# What the peer written in Python needs.
python:
	@test -x .build/python/bin/python || python3 -m venv .build/python
	@.build/python/bin/python -c "import google.protobuf, cryptography" 2>/dev/null \
		|| .build/python/bin/pip install -q "protobuf==4.21.12" cryptography

clean:
	rm -rf .build
