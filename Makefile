# SPDX-License-Identifier: MIT
# scratchd: `make help` says what there is to make.
#
# One port is built at a time, into build/ARCH (or build/ARCH-nolibc); nothing
# is written elsewhere. CC, CFLAGS and LDFLAGS are the user's; what the program
# needs stands in ALL_CFLAGS and ALL_LDFLAGS, the user's flags last.

HOST     := $(shell uname -m | sed 's/^i.86$$/i386/; s/^armv[78].*/arm/')
ARCH     ?= $(HOST)
PORT     ?= native
BUILD    ?= build/$(ARCH)$(if $(filter nolibc,$(PORT)),-nolibc)$(if $(TRACE),-trace)
PREFIX   ?= /usr/local
PYTHON   ?= /usr/bin/python3
ARCHES   := $(filter-out generic nolibc,$(sort $(basename $(notdir $(wildcard arch/*.h arch/$(PORT)/*.h)))))
VERSION  := 0.1.0

# Each port names its compiler's prefix in a comment, and flags of its own.
PORT_FILE := $(wildcard arch/$(ARCH).h arch/$(PORT)/$(ARCH).h)
TRIPLE   := $(or $(shell sed -n 's/^ \* compiler: //p' /dev/null $(PORT_FILE)),$(error ARCH=$(ARCH): no port in arch/, there is: $(ARCHES)))

ifeq ($(origin CC),default)
CC       := $(if $(filter $(HOST),$(ARCH)),gcc,$(or $(shell sed -n 's/^ \* cc: //p' $(PORT_FILE)),$(TRIPLE)-gcc))
endif
COMPILER := $(shell $(CC) --version 2>/dev/null | head -n 1)
$(if $(COMPILER),,$(error CC=$(CC): there is no such compiler; `make setup` installs those of the tests))
CLANG    := $(findstring clang,$(COMPILER))
MACHINE  := $(if $(CLANG),--target=$(TRIPLE))
cc-option = $(shell $(CC) $(MACHINE) -Werror $(1) -c -x c /dev/null -o /dev/null 2>/dev/null && echo $(1))

# An emulator for what this machine cannot run itself.
RUNNER   ?= $(if $(filter $(HOST),$(ARCH)),,qemu-$(ARCH))

CFLAGS   ?= -Os -g
WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wconversion -Wvla -Wimplicit-fallthrough -Wcast-align
# Freestanding, without a libc's headers; a call that the compiler would route
# through a library is turned off, and so are floating point and vectors; and,
# for size, tables of jumps and registers that are saved around calls.
FREESTANDING := -std=gnu11 -ffreestanding -fno-strict-aliasing \
	-fno-asynchronous-unwind-tables -nostdinc \
	-isystem $(shell $(CC) $(MACHINE) -print-file-name=include) -Iinclude \
	$(foreach f,-mno-outline-atomics -mgeneral-regs-only -fno-tree-loop-distribute-patterns -fno-jump-tables -fno-caller-saves -fno-ipa-sra -fno-shrink-wrap,$(call cc-option,$f)) \
	$(call cc-option,$(shell sed -n 's/^ \* flags: //p' $(PORT_FILE)))
LAYOUT   := -fvisibility=hidden -ffunction-sections -fdata-sections \
	-ffile-prefix-map=$(CURDIR)=. $(call cc-option,-mbranch-protection=bti) $(call cc-option,-malign-data=abi)
# The guard is a plain symbol: there is no thread-local storage. A wrong index traps, too.
SSP      := $(if $(filter aarch64 arm loongarch64 mips mipsel riscv64,$(ARCH)),y,$(call cc-option,-mstack-protector-guard=global))
SSP      := $(if $(SSP),-fstack-protector-strong $(filter-out y,$(SSP))) $(call cc-option,-fsanitize=bounds -fsanitize-undefined-trap-on-error)
# The kernel's headers: for the tests, and for the port that is made of them.
KERNEL_DIR := build/kernel
KERNEL_CFLAGS := -isystem $(KERNEL_DIR)/uapi-$(ARCH) -isystem $(KERNEL_DIR)/nolibc
ifeq ($(PORT),nolibc)
PIE      := -fno-pie -DARCH_USE_NOLIBC $(KERNEL_CFLAGS)
PIE_LINK := -static -Wl,--defsym=image_base=0x200000
NEEDS    := $(KERNEL_DIR)/tree
else
PIE      := -fPIE
PIE_LINK := -static-pie -Wl,-z,text,--no-dynamic-linker
endif
ALL_CFLAGS = $(MACHINE) $(FREESTANDING) $(LAYOUT) $(WARNINGS) $(PIE) $(SSP) \
	-DSCRATCHD_VERSION='"$(VERSION)"' -DSCRATCHD_ARCH='"$(ARCH)"' $(if $(TRACE),-DSCRATCHD_TRACE) $(CFLAGS)
ALL_LDFLAGS = $(MACHINE) $(if $(CLANG),-fuse-ld=$(if $(filter s390x,$(ARCH)),bfd,lld)) -nostdlib $(PIE_LINK) -Wl,-T,$(BUILD)/linker.ld \
	-Wl,-z,noexecstack,-z,norelro,--gc-sections,--orphan-handling=error,--build-id=none \
	$(if $(TRACE),-Xlinker --wrap=arch_syscall6) $(LDFLAGS)

# Every other folder of src is a program, and so is a file of the user's own.
LAYERS   := base kernel http site net serve $(if $(TRACE),trace)
PROGRAMS := $(patsubst src/%/,$(BUILD)/%,$(filter-out $(LAYERS:%=src/%/) src/trace/,$(sort $(dir $(wildcard src/*/*.c)))))
PROGRAM  := $(if $(APP),$(BUILD)/$(basename $(notdir $(APP))))
HANDLERS := $(BUILD)/handlers $(BUILD)/planted
LIB_SRC  := $(sort $(wildcard $(LAYERS:%=src/%/*.c)))
LIB      := $(LIB_SRC:src/%.c=$(BUILD)/obj/%.o)
UNIT     := $(patsubst tests/%.c,$(BUILD)/%,$(sort $(wildcard tests/unit/test_*.c tests/fuzz/fuzz_*.c)))

Q        := $(if $(V),,@)
say       = $(Q)$(if $(findstring s,$(firstword -$(MAKEFLAGS))),:,printf '  %-6s %s\n' $(1) $@)
compile   = $(call say,CC) && mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) $(1) -MMD -MP -c $< -o $@
part     := ARCH=$(ARCH) CC="$(CC)" BUILD=$(BUILD) RUNNER="$(RUNNER)" KERNEL_DIR=$(KERNEL_DIR)
pytest   := $(part) PYTHONDONTWRITEBYTECODE=1 $(PYTHON) -B -m pytest -q -p no:cacheprovider

all: $(PROGRAMS) $(PROGRAM) ## the programs, into build/ARCH (the default); with APP=FILE that one, too

# The stripped program is what ships; NAME.debug is the same with symbols.
$(PROGRAMS) $(PROGRAM) $(HANDLERS): $(BUILD)/%: $(BUILD)/%.debug
	$(call say,LD) && $(CC) $(ALL_LDFLAGS) -Wl,-s $$(cat $<.objects) -o $@

$(foreach p,$(PROGRAMS),$(eval $p.debug: $(patsubst src/%.c,$(BUILD)/obj/%.o,$(sort $(wildcard $(p:$(BUILD)/%=src/%)/*.c)))))
define app
$(BUILD)/$(2).debug: $(BUILD)/obj/app/$(2).o
$(BUILD)/obj/app/$(2).o: $(1) Makefile $(BUILD)/flags | $(NEEDS)
	$$(call compile)
endef
$(foreach a,$(APP) $(HANDLERS:$(BUILD)/%=tests/e2e/%.c),$(eval $(call app,$a,$(basename $(notdir $a)))))
$(addsuffix .debug,$(PROGRAMS) $(PROGRAM) $(HANDLERS)): $(LIB) $(BUILD)/linker.ld $(BUILD)/flags
	$(Q)echo $(filter %.o,$^) >$@.objects
	$(Q)$(CC) $(ALL_LDFLAGS) $(filter %.o,$^) -o $@

$(BUILD)/obj/%.o: src/%.c Makefile $(BUILD)/flags | $(NEEDS)
	$(call compile)

$(BUILD)/obj/welcome/welcome.o: src/welcome/index.html
$(BUILD)/linker.ld: linker.ld $(BUILD)/flags
	$(Q)$(CC) $(MACHINE) -E -P -x c $< -o $@
# Before the guard is set there is none to check. hello is small, and no input is on its stack.
$(addprefix $(BUILD)/obj/,kernel/start.o base/mem.o hello/hello.o unit/tap.o): private SSP :=
$(BUILD)/obj/hello/hello.o: private ALL_CFLAGS += -Os $(call cc-option,-Oz) $(foreach f,-fno-gcse -fno-move-loop-invariants -mpreferred-stack-boundary=3,$(call cc-option,$f))

# What was measured to be faster for it, or is shown in the tour, is made for some
# speed (-Os), the rest for its size alone: without passes that copy code, or
# registers, to save a jump.
SMALL    := $(foreach f,-Oz -fno-optimize-sibling-calls -fno-move-loop-invariants -fno-tree-dominator-opts -fno-tree-tail-merge -fno-if-conversion,$(call cc-option,$f))
HOT      := base/% kernel/call.% hello/% net/loop.% http/request.% serve/exchange.%
$(filter-out $(HOT:%=$(BUILD)/obj/%),$(patsubst src/%.c,$(BUILD)/obj/%.o,$(wildcard src/*/*.c))): private override CFLAGS := $(subst -Os,-Os $(SMALL),$(CFLAGS))

# Other flags or another compiler: everything is made anew.
FLAGS    := $(COMPILER): $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS)
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(subst ','\'',$(FLAGS))' | cmp -s - $@ || echo '$(subst ','\'',$(FLAGS))' >$@

# Test programs: the library as it ships, and nolibc as the tests' libc. The
# compiler must not expand what is under test (-fno-builtin).
$(BUILD)/obj/%.o: tests/%.c Makefile $(BUILD)/flags $(KERNEL_DIR)/tree
	$(call compile,-fno-builtin $(KERNEL_CFLAGS))
$(UNIT) $(BUILD)/sim/main: $(BUILD)/obj/unit/tap.o
# The simulated kernel takes the place of the program's way to the kernel.
$(BUILD)/sim/main: $(patsubst tests/%.c,$(BUILD)/obj/%.o,$(wildcard tests/sim/*.c))
$(BUILD)/sim/main: private LDFLAGS += $(foreach f,arch_syscall6 net_pool_init net_pool_take net_pool_give serve_builtin_find serve_connection_expire site_cache_init,-Wl,--wrap=$f)
$(filter $(BUILD)/fuzz/%,$(UNIT)): $(BUILD)/obj/fuzz/fuzz.o $(BUILD)/obj/fuzz/replay.o
$(UNIT) $(BUILD)/bench/floor $(BUILD)/sim/main: $(BUILD)/%: $(BUILD)/obj/%.o $(LIB) $(BUILD)/linker.ld
	$(call say,LD) && mkdir -p $(@D) && $(CC) $(ALL_LDFLAGS) $(filter %.o,$^) -o $@
$(KERNEL_DIR)/tree: FORCE
	$(Q)KERNEL=$(KERNEL) tests/kernel $(@D)
-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
emulator: ; @command -v $(or $(firstword $(RUNNER)),true) >/dev/null || { echo 'make: there is no $(RUNNER): apt-get install qemu-user'; exit 1; }
run: emulator $(BUILD)/welcome site ## serve the welcome page on port 8080
	$(if $(filter nolibc,$(PORT)),PORT=) $(RUNNER) $(BUILD)/welcome build/site
all-arches: ## the same for every architecture
	$(Q)set -e; for a in $(ARCHES); do $(MAKE) ARCH=$$a; done
unit-programs: $(UNIT) $(BUILD)/bench/floor
unit: emulator $(UNIT) ## the unit tests of ARCH
	$(Q)$(part) prove $(if $(V),-v) --norc -e 'timeout 60 $(RUNNER)' $(UNIT)
sim: emulator $(BUILD)/sim/main ## a worker's life in a simulated kernel, thousands of times; with SEED=N that one
	$(Q)$(RUNNER) $(BUILD)/sim/main $(SEED)
abi: $(KERNEL_DIR)/tree ## numbers and structs against the kernel headers
	$(Q)$(part) tests/abi/run $(ABI)
e2e e2e-quick browser container peers soak: emulator $(PROGRAMS) $(HANDLERS) ## the end-to-end tests of ARCH; e2e-quick: a choice of them; browser: the sample site in Chromium; container: the image, built and run; peers: beside other programs; soak: for MINUTES, under fire
	$(Q)$(pytest) tests/$(@:-quick=) $(if $(filter %-quick,$@),-m quick)
bench bench-growth: $(PROGRAMS) $(BUILD)/bench/floor ## speed and memory beside other servers; bench-growth: by connections and files
	$(Q)$(part) $(PYTHON) -B tests/bench/run.py $@
fuzz lint lint-quick proof proof-quick proof-planted: ## each fuzz target (or TARGET) for MINUTES; lint: the checks of sources and programs; lint-quick: the fast ones; proof: base and http are within defined behaviour; proof-quick: spans, paths and bodies of it; proof-planted: and faults are found
	$(Q)tests/$(subst -,/run ,$@)$(if $(findstring -,$@),,/run)
format: ## let clang-format rewrite the sources
	clang-format -i $$(find src arch include tests/unit tests/abi tests/bench tests/fuzz tests/proof tests/sim -name '*.[ch]')

help: ## this
	@echo 'Targets:'; sed -nE 's/^([a-z0-9-]+).*:.* ## /  \1: /p' Makefile | sed -E 's/; ([a-z-]+): /\n  \1: /g' | LC_ALL=C sort
	@echo; echo 'Variables, and what they are now:'; $(foreach v,\
		ARCH BUILD CC CFLAGS DESTDIR KERNEL LDFLAGS PORT PREFIX PYTHON RUNNER TRACE V,\
		printf '  %-10s %s\n' $v '$($v)';)
	@echo '  ARCH is one of $(ARCHES), PORT native or nolibc (which has more), TRACE 1 or nothing.'

test test-all test-quick: ## every suite; test-quick: under a minute; test-all: with each emulator
	$(Q)MAKE='$(MAKE)' tests/run $@
dist image release site: ## the sources as a tarball; site: the pages of make run; image: for containers, with SITE=DIRECTORY inside; release: what is published
	$(Q)src/deploy/$@
setup size: ## install from Debian what the tests need; size: a table of the sizes of the programs
	$(Q)tests/$@

install: $(BUILD)/scratchd ## scratchd into $DESTDIR$PREFIX/bin, and its manual
	install -D -m 755 $(BUILD)/scratchd $(DESTDIR)$(PREFIX)/bin/scratchd
	install -D -m 644 src/man/scratchd.1 $(DESTDIR)$(PREFIX)/share/man/man1/scratchd.1
uninstall: ## take them away again
	rm -f $(DESTDIR)$(PREFIX)/bin/scratchd $(DESTDIR)$(PREFIX)/share/man/man1/scratchd.1
clean: ## remove build, where everything is that make makes
	rm -rf build
print-%: ; @echo $($*)

.PHONY: FORCE emulator uninstall unit-programs $(shell sed -n 's/^\([a-z0-9 -]*\):.*##.*/\1/p' Makefile)
.DELETE_ON_ERROR .SECONDARY:
