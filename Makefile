# Tapshot: on-site photo kiosk.
#
#   make demo      install what is missing, build, play a school day on virtual devices
#   make check     install what is missing, build, run every test, plain and under sanitizers
#   make           build build/tapshot and the virtual devices
#   make setup     only install what is missing (tools/packages.txt)
#   make bench     side-by-side measurements, ratios to a peer in the same run: table and plots, 5 minutes
#   make accuracy  how often the check is right: drawn people, and photographs in PORTRAITS=DIR, 5 minutes
#   make fuzz      run each fuzzer for FUZZ_SECONDS (default 60; needs clang)
#   make soak      the long versions: 200 kills of a running kiosk, 400 of the store
#   make screens   draw every screen as PNG into build/screens
#   make layers    check that includes only go down the stairs
#   make metrics   function and file lengths (pmccabe)
#   make format    clang-format the tree
#   make clean     remove build trees
#
# Variables: SAN=1 sanitizers, UCHAR=1 unsigned char (as on arm64), COV=1 coverage, V=1 commands.

PKGS := libgphoto2 sqlite3 libsystemd libcrypto jansson libsodium inih pangocairo fontconfig sdl2 libjpeg libusb-1.0 \
        libzip expat shapelib xlsxwriter libqrencode
# of the virtual devices only
VIRT_PKGS := umockdev-1.0 libusbredirparser-0.5

CC         ?= gcc
CXX        ?= g++
PKG_CONFIG ?= pkg-config
CFLAGS     ?= -O2 -g
CXXFLAGS   ?= -O2
BUILD      := build
SANFLAGS   :=
Q          := $(if $(V),,@)

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wswitch-enum \
        -Wwrite-strings -Wformat=2 -Wvla -Wundef -Wpointer-arith
ifdef SAN
BUILD    := $(BUILD)-san
SANFLAGS := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
endif
ifdef UCHAR
BUILD    := $(BUILD)-uchar
SANFLAGS += -funsigned-char
endif
ifdef COV
BUILD    := $(BUILD)-cov
SANFLAGS += --coverage -O0
endif

# One compiler a core, unless -j was said.
PARALLEL    = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

HAVE_PKGS  := $(shell $(PKG_CONFIG) --exists $(PKGS) $(VIRT_PKGS) 2>/dev/null && echo yes)
PKG_CFLAGS := $(if $(HAVE_PKGS),$(shell $(PKG_CONFIG) --cflags $(PKGS)))
PKG_LIBS   := $(if $(HAVE_PKGS),$(shell $(PKG_CONFIG) --libs $(PKGS)))
VIRT_LIBS  := $(if $(HAVE_PKGS),$(shell $(PKG_CONFIG) --libs $(VIRT_PKGS)))
# Loops over millions of pixels: gcc 12 makes vectors of them only when told to.
$(BUILD)/firmware/picture/%.o: CFLAGS += -O3
$(BUILD)/tools/virtual/%.o: PKG_CFLAGS += $(shell $(PKG_CONFIG) --cflags $(VIRT_PKGS))
ALL_CFLAGS  = -std=gnu11 -D_GNU_SOURCE -I. $(WARN) $(CFLAGS) $(SANFLAGS) -ffp-contract=off $(PKG_CFLAGS)
ALL_LDFLAGS = $(LDFLAGS) $(SANFLAGS)
LDLIBS      = $(PKG_LIBS) -lcsv -l:libdlib.a -llapack -lblas -lstdc++ -lm -lpthread

# Every room is a wildcard: a new file needs no line here.
LIB_C   := $(filter-out firmware/main.c,$(wildcard firmware/*.c firmware/*/*.c drivers/*/*.c))
LIB_CC  := $(wildcard drivers/*/*.cc)
VIRT_C  := $(filter-out %_main.c,$(wildcard tools/virtual/*/*.c tools/accuracy/*.c))
VIRTS   := $(patsubst tools/virtual/%_main.c,$(BUILD)/%,$(wildcard tools/virtual/*_main.c))
TOOLS   := $(patsubst tools/%_main.c,$(BUILD)/%,$(wildcard tools/*_main.c))
BENCHES := $(patsubst tools/bench/%.c,$(BUILD)/bench/%,$(wildcard tools/bench/*.c))
BENCHLIB := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tools/bench/lib/*.c))
TESTLIB := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/lib/*.c))
# of the test library, what tools and benches use too
RIG     := $(filter %/rig.o %/rig_talk.o %/rig_usb.o %/school.o %/school_people.o,$(TESTLIB))
TESTS   := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/test_*.c))
FUZZERS := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
LANGS   := zh en
CATALOG := $(LANGS:%=$(BUILD)/locale/C/LC_MESSAGES/tapshot-%.mo)
# Of libgphoto2's modules the camera worker loads these three; see drivers/camera/gphoto_find.c.
CAMLIBS  = $(if $(HAVE_PKGS),$(shell $(PKG_CONFIG) --variable=driverdir libgphoto2))
IOLIBS   = $(if $(HAVE_PKGS),$(shell $(PKG_CONFIG) --variable=driverdir libgphoto2_port))
BESIDE  := $(CATALOG) $(BUILD)/fonts.conf $(BUILD)/camlibs/ptp2.so $(BUILD)/iolibs/ptpip.so $(BUILD)/iolibs/usb1.so

.DEFAULT_GOAL := all
.PHONY: all help demo check test setup bench accuracy fuzz soak screens layers metrics format clean demo-run check-run
.SECONDARY:

all: $(BUILD)/tapshot $(VIRTS) $(TOOLS) $(BESIDE)

help:
	@sed -n '2,/^$$/s/^# \{0,1\}//p' Makefile

setup:
	@tools/setup

demo: setup
	@$(MAKE) --no-print-directory $(PARALLEL) all
	@$(MAKE) --no-print-directory demo-run
demo-run:
	@tools/demo

check: setup
	@$(MAKE) --no-print-directory check-run
check-run:
	@tests/run

# --- objects -----------------------------------------------------------------------------------
$(BUILD)/%.o: %.c Makefile
	$(if $(HAVE_PKGS),,$(error libraries are missing: run "make setup" first))
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CC   $<")
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# dlib is header templates: slow to compile, and its arithmetic is not ours to judge. Every build tree
# takes this one object, made without sanitizers.
build/%.o: %.cc Makefile
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CXX  $<")
	$(Q)$(CXX) -std=c++17 -I. $(CXXFLAGS) -MMD -MP -c -o $@ $<

# The SQL is part of the object: see schema.c.
$(BUILD)/firmware/store/schema.o: $(wildcard config/schema/*.sql)

$(BUILD)/libtapshot.a: $(LIB_C:%.c=$(BUILD)/%.o) $(LIB_CC:%.cc=build/%.o)
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/libvirtual.a: $(VIRT_C:%.c=$(BUILD)/%.o)
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/tapshot: $(BUILD)/firmware/main.o $(BUILD)/libtapshot.a
	$(if $(Q),@echo "  LD   $@")
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

$(VIRTS): $(BUILD)/%: $(BUILD)/tools/virtual/%_main.o $(BUILD)/libvirtual.a $(BUILD)/libtapshot.a
	$(if $(Q),@echo "  LD   $@")
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS) $(VIRT_LIBS)

$(TOOLS): $(BUILD)/%: $(BUILD)/tools/%_main.o $(RIG) $(BUILD)/libvirtual.a $(BUILD)/libtapshot.a
	$(if $(Q),@echo "  LD   $@")
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/locale/C/LC_MESSAGES/tapshot-%.mo: config/locale/%.po
	@mkdir -p $(@D)
	$(Q)msgfmt --check-format -o $@ $<

$(BUILD)/fonts.conf: config/fonts.conf
	@mkdir -p $(@D)
	$(Q)cp $< $@

$(BUILD)/camlibs/%.so:
	@mkdir -p $(@D)
	$(Q)ln -sf $(CAMLIBS)/$*.so $@
$(BUILD)/iolibs/%.so:
	@mkdir -p $(@D)
	$(Q)ln -sf $(IOLIBS)/$*.so $@

# --- tests -------------------------------------------------------------------------------------
$(TESTS): $(BUILD)/tests/%: $(BUILD)/tests/%.o $(TESTLIB) $(BUILD)/libvirtual.a $(BUILD)/libtapshot.a | $(BESIDE)
	$(if $(Q),@echo "  LD   $@")
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS) $(VIRT_LIBS) -lcmocka

# Faults of other people's programs: tests/preload/NAME.c becomes NAME.so beside the tests.
PRELOADS := $(patsubst tests/preload/%.c,$(BUILD)/tests/%.so,$(wildcard tests/preload/*.c))
$(PRELOADS): $(BUILD)/tests/%.so: tests/preload/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE $(WARN) -Wno-missing-prototypes -O2 -fPIC -shared -o $@ $< -ldl
$(TESTS): | $(PRELOADS)

# Faults of libc are made at link time, test by test.
$(BUILD)/tests/test_store: LDFLAGS += -Wl,--wrap=fsync

# Fuzz targets are also plain programs that replay files: main() comes from tests/fuzz/replay.c.
$(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/tests/fuzz/replay.o $(BUILD)/libtapshot.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

build-tests: all $(BENCHES) $(TESTS) $(FUZZERS:%=$(BUILD)/fuzz/%)
.PHONY: build-tests

FUZZ_SECONDS ?= 60
fuzz:
	@tests/fuzz/run $(FUZZ_SECONDS) $(FUZZERS)

soak: all build-tests
	@TAPSHOT_SOAK=1 tests/run soak

$(BUILD)/bench/%: $(BUILD)/tools/bench/%.o $(BENCHLIB) $(RIG) $(BUILD)/libvirtual.a $(BUILD)/libtapshot.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)
bench: setup
	@tools/setup tools/packages-bench.txt
	@$(MAKE) --no-print-directory $(PARALLEL) bench-build
	@tools/bench/run
bench-build: all $(BENCHES)
.PHONY: bench-build

# ACCURACY="--update": the measured table is written anew.
accuracy: setup
	@$(MAKE) --no-print-directory $(PARALLEL) $(BUILD)/accuracy
	@$(BUILD)/accuracy --table tests/data/accuracy.tsv $(ACCURACY)

screens: all
	@$(BUILD)/tapshot screens --out $(BUILD)/screens

# --- house rules -------------------------------------------------------------------------------
layers:
	@tests/layers
metrics:
	@tests/metrics
format:
	clang-format -i $$(git ls-files '*.c' '*.h' '*.cc')
clean:
	rm -rf build build-*

-include $(shell find $(BUILD) $(LIB_CC:%.cc=build/%.d) -name '*.d' 2>/dev/null)

print-libs:
	@echo $(LDLIBS)
.PHONY: print-libs
