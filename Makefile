# Batuta: everything is built out of tree, in build/. New .c, .h and .sql files are found by
# themselves. `make` alone prints the targets below with their comments.

VARIANT ?= release
BUILD ?= build
PREFIX ?= /usr/local
DESTDIR ?=
# The mock broker keeps nothing, so it gets a world of its own.
STACK ?= $(BUILD)/$(if $(filter mock,$(BROKER)),stack-mock,stack)

ifeq ($(origin CC),default)
CC := gcc
endif
# build/release, build/asan with gcc; build/release-clang with clang.
OUT := $(BUILD)/$(VARIANT)$(if $(findstring clang,$(CC)),-clang)

ifeq ($(filter $(VARIANT),release debug asan coverage fuzz),)
$(error VARIANT is release, debug, asan, coverage or fuzz, not "$(VARIANT)")
endif

# --- flags
WARNINGS := -Wall -Wextra -Werror -Wshadow -Wconversion -Wvla -Wswitch-enum -Wstrict-prototypes \
    -Wformat=2 -Wundef
PACKAGES := rdkafka libpq jansson uuid libmicrohttpd libcrypto liblzma
package_flags = $(shell pkg-config $(1) 2>/dev/null)

OPTIMISE_release := -O2 -g -D_FORTIFY_SOURCE=2
OPTIMISE_debug := -O0 -g3
OPTIMISE_asan := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
    -fno-sanitize-recover=all
OPTIMISE_fuzz := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined \
    -fno-sanitize-recover=all
OPTIMISE_coverage := -O0 -g --coverage
CPPFLAGS += -I. -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE
# Places where a test can end the process (common/crash.h): in no program that users get.
CPPFLAGS += $(if $(filter release,$(VARIANT)),,-DBATUTA_CRASH_POINTS)
STANDARD := -std=c17
CFLAGS_ALL = $(STANDARD) $(CPPFLAGS) $(WARNINGS) -fstack-protector-strong -fPIE -MMD -MP \
    $(OPTIMISE_$(VARIANT)) $(PACKAGE_CFLAGS) $(CFLAGS)
LDFLAGS_ALL = -pie -Wl,-z,relro,-z,now -Wl,--as-needed \
    $(filter -fsanitize=% --coverage,$(OPTIMISE_$(VARIANT))) $(LDFLAGS)
PACKAGE_CFLAGS := $(call package_flags,--cflags $(PACKAGES))
PACKAGE_LIBS := $(call package_flags,--libs $(PACKAGES)) -lpthread
CLI_LIBS := $(call package_flags,--libs libcurl)
CHECK_LIBS := $(call package_flags,--libs check)

# --- what there is
SERVICES := $(filter-out cli portal,$(notdir $(patsubst %/,%,$(wildcard services/*/))))
ROOMS := $(SERVICES) $(if $(wildcard services/cli/*.c),cli)
room_sources = $(wildcard services/$(1)/*.c services/$(1)/*/*.c)
objects = $(patsubst %.c,$(OUT)/obj/%.o,$(1))

COMMON_OBJECTS := $(call objects,$(wildcard common/*.c))
PROTO_OBJECTS := $(call objects,$(wildcard proto/*.c))
COMMON_LIB := $(OUT)/lib/libbatuta-common.a
PROTO_LIB := $(OUT)/lib/libbatuta-proto.a
ROOM_LIBS := $(ROOMS:%=$(OUT)/lib/lib%.a)
WITH_MAIN := $(patsubst services/%/main.c,%,$(wildcard $(SERVICES:%=services/%/main.c)))
PROGRAMS := $(WITH_MAIN:%=$(OUT)/bin/batuta-%) \
    $(if $(wildcard services/cli/main.c),$(OUT)/bin/batuta) \
    $(if $(wildcard deploy/local/mock_broker.c),$(OUT)/bin/mock-broker)

# test_*.c are programs; what else lies beside them is linked where it is needed.
TEST_SOURCES := $(wildcard tests/unit/test_*.c tests/store/test_*.c)
SUPPORT_OBJECTS := $(call objects,$(filter-out $(TEST_SOURCES),$(wildcard tests/support/*.c \
    tests/unit/*.c tests/store/*.c)))
SUPPORT_LIB := $(if $(SUPPORT_OBJECTS),$(OUT)/lib/libtest-support.a)
TEST_PROGRAMS := $(TEST_SOURCES:%.c=$(OUT)/%)
FUZZ_NAMES := csv headers mapping message record settings
FUZZ_TARGETS := $(FUZZ_NAMES:%=$(OUT)/fuzz/target-%)
C_FILES := $(wildcard common/*.[ch] proto/*.[ch] services/*/*.[ch] services/*/*/*.[ch] \
    deploy/local/*.[ch] tests/*/*.[ch] tests/fuzz/targets/*.[ch])

BENCH_PROGRAMS := $(addprefix $(OUT)/bench/,load limit codec)
# Only where the headers of valgrind and check are: what is counted is of no use without them.
COUNTABLE := $(and $(wildcard /usr/include/valgrind/callgrind.h),$(wildcard /usr/include/check.h))
FOLD_PROGRAMS := $(if $(COUNTABLE),$(SERVICES:%=$(OUT)/bench/fold_%))
BENCH_PROGRAMS += $(if $(COUNTABLE),$(OUT)/bench/instructions)
BENCH_COUNTER := $(OUT)/bench/count_alloc.so

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: help deps deps-build deps-test deps-bench build tests unit-tests demo test replay up down fmt lint tidy \
    contract install clean bench bench-short bench-full bench-docs bench-count bench-codec \
    bench-tools fuzz fuzz-targets fuzz-codec crash-matrix chaos checker-selftest sim FORCE

help: ## print this
	@awk 'BEGIN { print "targets:" } /^[a-z-]+:.*## / { name = $$1; sub(/:$$/, "", name); \
	    text = $$0; sub(/^.*## /, "", text); printf "  make %-11s %s\n", name, text } \
	    END { print "variables: VARIANT=release|debug|asan|coverage|fuzz CC=gcc|clang BUILD=build" }' Makefile

deps: ## install what the demo needs and is missing (apt, Maven; sudo when not root)
	@deploy/local/deps demo

deps-build: ## install only what compiling needs (the Dockerfile's step)
	@deploy/local/deps build

deps-test: ## install what tests and lint need besides
	@deploy/local/deps test

deps-bench: ## install what bench-codec compares with besides (yyjson's source, by pip)
	@deploy/local/deps bench

build: $(COMMON_LIB) $(PROTO_LIB) $(ROOM_LIBS) $(PROGRAMS) ## compile libraries, services and the command into build/
	@:

tests: build $(TEST_PROGRAMS) $(OUT)/fuzz/fuzz-codec $(FUZZ_TARGETS) $(OUT)/sim/sim ## compile the test programs as well
	@:

unit-tests: build $(filter $(OUT)/tests/unit/%,$(TEST_PROGRAMS))
	@:

demo: deps ## the whole thing: install, build, start the stack, drive 2,000 orders, add up
	@$(MAKE) --no-print-directory build
	@BATUTA_BIN=$(abspath $(OUT)/bin) BATUTA_STACK=$(abspath $(STACK)) tests/demo/run

test: deps-test ## build with sanitizers and run every test; last line "N passed, N failed"
	@VARIANT=asan tests/run

checker-selftest: ## can the history checker fail, and only when it should? (tests/checker)
	@python3 tests/checker/selftest.py

replay: deps ## DATA=DIR [MAP=FILE]: import a data set and submit its orders through Kafka
	@test -n "$(DATA)" || { echo "replay: DATA=DIR is missing" >&2; exit 64; }
	@$(MAKE) --no-print-directory build
	@BATUTA_BIN=$(abspath $(OUT)/bin) BATUTA_STACK=$(abspath $(STACK)) tests/demo/replay \
	    "$(DATA)" $(if $(MAP),"$(MAP)")

# The bench measures release programs on a stack of its own; tests/bench/README.md.
bench-tools: build $(BENCH_PROGRAMS) $(FOLD_PROGRAMS) $(BENCH_COUNTER)
	@:
bench_run = BATUTA_BIN=$(abspath $(OUT)/bin) BATUTA_BENCH_TOOLS=$(abspath $(OUT)/bench) \
    BATUTA_BENCH_STACK=$(abspath $(BUILD)/bench/stack) tests/bench/bench.py

bench: deps ## product, bare loop, Go's batch loop in turn, audited; orders/s, latency, targets
	@$(MAKE) --no-print-directory bench-tools
	@$(bench_run) usual $(BENCH)

bench-short: deps ## the same with 5,000 orders; BENCH="--orders N --peers none ..." changes it
	@$(MAKE) --no-print-directory bench-tools
	@$(bench_run) short $(BENCH)

bench-full: deps ## three pairs of 500,000 orders, all peers (needs Go and Maven), all targets; hours
	@$(MAKE) --no-print-directory bench-tools
	@$(bench_run) full $(BENCH)

bench-docs: ## the results of the last bench (and profile) into docs/performance.md and profile.md
	@tests/bench/report.py --docs $(BUILD)/bench/bench.json $(wildcard $(BUILD)/bench/profile.json)

bench-codec: ## nanoseconds to read and write each message type, beside jansson (and yyjson, after deps-bench)
	@$(MAKE) --no-print-directory bench-tools
	@$(OUT)/bench/codec proto/examples

bench-count: ## instructions to read and write each message type, against the values kept
	@$(MAKE) --no-print-directory bench-tools
	@BATUTA_BENCH_TOOLS=$(abspath $(OUT)/bench) tests/bench/instructions.py

fuzz: ## SECONDS=60 TARGET=name: libFuzzer on every target (or one), from its seeds
	@deploy/local/deps fuzz
	@$(MAKE) --no-print-directory CC=clang VARIANT=fuzz fuzz-targets
	@tests/fuzz/run $(or $(SECONDS),60) $(or $(TARGET),$(FUZZ_NAMES))

fuzz-targets: build $(FUZZ_TARGETS)
	@:

crash-matrix: deps-test ## every crash point x every service, on the whole stack; the last line counts
	@$(MAKE) --no-print-directory VARIANT=asan build
	@$(or $(wildcard build/venv/bin/python),python3) tests/chaos/crash_matrix.py $(if $(ONLY),--only $(ONLY))

chaos: deps-test ## TRIALS=3 SEED=1 FAULTS=5 [RESUME=1]: faults by a schedule, then everything adds up
	@$(MAKE) --no-print-directory build
	@$(or $(wildcard build/venv/bin/python),python3) tests/chaos/chaos.py --trials $(or $(TRIALS),3) \
	    --seed $(or $(SEED),1) --faults $(or $(FAULTS),5) $(if $(RESUME),--resume)

fuzz-codec: build ## N=10000000 SEED=1: our reader of JSON against jansson, document by document
	@$(MAKE) --no-print-directory $(OUT)/fuzz/fuzz-codec
	@$(OUT)/fuzz/fuzz-codec selftest
	@$(OUT)/fuzz/fuzz-codec $(or $(N),10000000) $(or $(SEED),1)

sim: build ## SEEDS=1000: all services, Kafka and Postgres in one deterministic program (tests/sim)
	@$(MAKE) --no-print-directory $(OUT)/sim/sim
	@$(OUT)/sim/sim --seeds $(or $(SEEDS),1000) --tapes tests/sim/tapes --failures $(OUT)/sim/failures

up: deps ## build and start the stack: Postgres, Kafka (or BROKER=mock), topics, five services
	@$(MAKE) --no-print-directory build
	@BATUTA_BIN=$(abspath $(OUT)/bin) BATUTA_STACK=$(abspath $(STACK)) deploy/local/up

down: ## stop exactly what `up` started; the data stay
	@BATUTA_STACK=$(abspath $(STACK)) deploy/local/down

fmt: ## format every C file in place
	clang-format -i $(C_FILES)

lint: deps-test ## format, gcc and clang without warnings, clang-tidy, cppcheck, tidy
	@tests/tidy/lint

tidy: ## the house rules only (who includes whom, purity, lengths)
	@$(MAKE) --no-print-directory build
	@python3 tests/tidy/tidy.py

contract: ## write the JSON Schemas and asyncapi.yaml from the tables in proto/
	@$(MAKE) --no-print-directory build
	@$(OUT)/bin/batuta contract write

install: build ## DESTDIR= PREFIX=: services, command, man page, completion
	@install -d $(DESTDIR)$(PREFIX)/bin
	@for f in $(filter-out %/mock-broker,$(PROGRAMS)); do \
	    install -m 0755 $$f $(DESTDIR)$(PREFIX)/bin/ || exit 1; done
	@if [ -f services/cli/batuta.1 ]; then install -D -m 0644 services/cli/batuta.1 \
	    $(DESTDIR)$(PREFIX)/share/man/man1/batuta.1; fi
	@if [ -f services/cli/batuta.bash ]; then install -D -m 0644 services/cli/batuta.bash \
	    $(DESTDIR)$(PREFIX)/share/bash-completion/completions/batuta; fi
	@cd deploy && for f in local/* postgres/* imports/*; do \
	    install -D -m $$(stat -c %a $$f) $$f $(abspath $(DESTDIR)$(PREFIX))/share/batuta/deploy/$$f || exit 1; done
	@install -D -m 0644 proto/rights.c $(DESTDIR)$(PREFIX)/share/batuta/proto/rights.c
	@echo "installed into $(DESTDIR)$(PREFIX)"

clean: ## remove what was compiled (the stack's data and fetched jars stay)
	rm -rf $(BUILD)/release $(BUILD)/release-clang $(BUILD)/debug $(BUILD)/debug-clang \
	    $(BUILD)/asan $(BUILD)/asan-clang $(BUILD)/coverage $(BUILD)/lint

# --- rules
$(OUT)/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC    $<"
	@$(CC) $(CFLAGS_ALL) -c $< -o $@

$(OUT)/obj/gen/%.o: $(OUT)/gen/%.c
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS_ALL) -c $< -o $@

# The list file changes only when a SQL file comes or goes, so that a removed one is noticed too.
sql_files = $(wildcard $(1)/store.sql) $(sort $(wildcard $(1)/migrations/*.sql))
define sql_rules
$(OUT)/gen/$(1)_sql.list: FORCE
	@mkdir -p $$(@D)
	@echo '$(call sql_files,$(2))' | cmp -s - $$@ || echo '$(call sql_files,$(2))' > $$@

$(OUT)/gen/$(1)_sql.c: $(OUT)/gen/$(1)_sql.list common/sql_embed.sh $(call sql_files,$(2))
	@echo "  SQL   $(2)"
	@common/sql_embed.sh $(1) $(or $(wildcard $(2)/store.sql),-) \
	    $(sort $(wildcard $(2)/migrations/*.sql)) > $$@
endef
FORCE:
$(eval $(call sql_rules,runtime,common))
$(foreach s,$(SERVICES),$(eval $(call sql_rules,$(s),services/$(s))))

# Archives are made anew: a removed source must not live on in one.
archive = rm -f $@ && ar rcs $@ $^
$(COMMON_LIB): $(COMMON_OBJECTS) $(OUT)/obj/gen/runtime_sql.o
$(PROTO_LIB): $(PROTO_OBJECTS)
$(SUPPORT_LIB): $(SUPPORT_OBJECTS)
define room_rules
$(OUT)/lib/lib$(1).a: $(call objects,$(filter-out services/$(1)/main.c,$(call room_sources,$(1)))) \
    $(if $(filter $(1),$(SERVICES)),$(OUT)/obj/gen/$(1)_sql.o)
endef
$(foreach r,$(ROOMS),$(eval $(call room_rules,$(r))))
$(OUT)/lib/%.a:
	@mkdir -p $(@D)
	@echo "  AR    $@"
	@$(archive)

link = mkdir -p $(@D) && echo "  LD    $@" && $(CC) $(LDFLAGS_ALL) -o $@ $(filter %.o %.a,$^)

$(OUT)/bin/batuta-%: $(OUT)/obj/services/%/main.o $(OUT)/lib/lib%.a $(PROTO_LIB) $(COMMON_LIB)
	@$(link) $(PACKAGE_LIBS)

$(OUT)/bin/batuta: $(OUT)/obj/services/cli/main.o $(OUT)/lib/libcli.a $(PROTO_LIB) $(COMMON_LIB)
	@$(link) $(CLI_LIBS) $(PACKAGE_LIBS)

$(OUT)/bin/mock-broker: $(OUT)/obj/deploy/local/mock_broker.o $(PROTO_LIB) $(COMMON_LIB)
	@$(link) $(PACKAGE_LIBS)

BENCH_LIBS := $(PROTO_LIB) $(COMMON_LIB)
$(OUT)/bench/load: $(call objects,tests/bench/load.c tests/bench/bench_order.c) $(BENCH_LIBS)
$(OUT)/bench/limit: $(call objects,$(wildcard tests/bench/limit*.c)) $(BENCH_LIBS)
$(OUT)/bench/instructions: $(call objects,tests/bench/instructions.c) $(BENCH_LIBS)
# yyjson is there after `make deps-bench`; codec is compiled anew when it comes.
YYJSON := $(wildcard build/yyjson/yyjson.h)
$(call objects,tests/bench/codec.c): CPPFLAGS += $(YYJSON:%=-isystem build/yyjson -DHAVE_YYJSON)
$(call objects,tests/bench/codec.c): $(YYJSON)
$(OUT)/obj/yyjson.o: build/yyjson/yyjson.c
	@mkdir -p $(@D)
	@$(CC) -std=c17 $(OPTIMISE_$(VARIANT)) -fPIE -c $< -o $@
$(OUT)/bench/codec: $(call objects,tests/bench/codec.c) $(YYJSON:%=$(OUT)/obj/yyjson.o) $(BENCH_LIBS)
$(BENCH_PROGRAMS):
	@$(link) $(PACKAGE_LIBS)

$(OUT)/bench/fold_%: $(OUT)/obj/tests/bench/fold_%.o $(SUPPORT_LIB) $(OUT)/lib/lib%.a $(BENCH_LIBS)
	@$(link) $(CHECK_LIBS) $(PACKAGE_LIBS)

# Preloaded into a service: position independent, and without the linker's -pie.
$(BENCH_COUNTER): tests/bench/count_alloc.c
	@mkdir -p $(@D)
	@echo "  LD    $@"
	@$(CC) $(STANDARD) $(CPPFLAGS) $(WARNINGS) -O2 -fPIC -shared -o $@ $<

FUZZ := $(OUT)/fuzz/fuzz-codec
$(FUZZ): $(call objects,$(wildcard tests/fuzz/fuzz_*.c)) $(PROTO_LIB) $(COMMON_LIB)
	@$(link) $(PACKAGE_LIBS)

# A target with libFuzzer when the variant is fuzz (make fuzz), else with replay.c, which runs files.
FUZZ_MAIN := $(if $(filter fuzz,$(VARIANT)),,$(call objects,tests/fuzz/replay.c))
$(OUT)/fuzz/target-%: $(OUT)/obj/tests/fuzz/targets/%.o $(call objects,tests/fuzz/targets/target.c) \
    $(FUZZ_MAIN) $(OUT)/lib/libcli.a $(OUT)/lib/liborders.a $(PROTO_LIB) $(COMMON_LIB)
	@$(link) $(if $(filter fuzz,$(VARIANT)),-fsanitize=fuzzer) $(CLI_LIBS) $(PACKAGE_LIBS)
# All services in one program: each keeps its names to itself but for the table that declares it.
$(OUT)/sim/%.o: $(OUT)/lib/lib%.a
	@mkdir -p $(@D)
	@ld -r -o $@.whole --whole-archive $<
	@objcopy --keep-global-symbol=$*_service $@.whole $@
	@rm -f $@.whole
SIM := $(OUT)/sim/sim
$(SIM): $(call objects,$(wildcard tests/sim/*.c)) \
    $(patsubst %,$(OUT)/sim/%.o,orders pricing approvals catalog notifications) \
    $(PROTO_LIB) $(COMMON_LIB)
	@$(link) $(PACKAGE_LIBS)

# tests/unit/test_orders_split.c is linked with liborders.a; proto and common come with every test.
test_room = $(foreach r,$(ROOMS),$(if $(filter test_$(r) test_$(r)_%,$(notdir $(1))),$(r)))
define test_rules
$(OUT)/$(1): $(OUT)/obj/$(1).o $(SUPPORT_LIB) $(patsubst %,$(OUT)/lib/lib%.a,$(call test_room,$(1))) \
    $(PROTO_LIB) $(COMMON_LIB)
	@$$(link) $(CHECK_LIBS) $(CLI_LIBS) $(PACKAGE_LIBS)
endef
$(foreach t,$(TEST_SOURCES:%.c=%),$(eval $(call test_rules,$(t))))

-include $(shell [ -d $(OUT)/obj ] && find $(OUT)/obj -name '*.d')
