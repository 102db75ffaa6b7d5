include config.mk

COMMANDS = octi-bundle octi-query octi-register octi-split octi-state octi-work
ROOMS = buf bundle clock conf connector fail file graphql http ids input json mq opt platform print progress scan set split state stix tool work

BUILD = build
OBJECTS = $(ROOMS:%=$(BUILD)/lib/%.o)
PROGRAMS = $(COMMANDS:%=$(BUILD)/%)

CPPFLAGS = -std=c11 -D_POSIX_C_SOURCE=200809L -DOCTI_VERSION='"$(VERSION)"' -Ilib
PKG_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PACKAGES) 2>/dev/null)
PKG_LIBS := $(shell $(PKG_CONFIG) --libs $(PACKAGES) 2>/dev/null)
COMPILE = $(CC) $(CPPFLAGS) $(PKG_CFLAGS) $(WARN) $(CFLAGS) -MMD -MP
LINK = $(CC) $(CFLAGS) $(LDFLAGS) -Wl,--as-needed

all: $(PROGRAMS)

$(BUILD)/lib/%.o: lib/%.c Makefile config.mk
	@mkdir -p $(@D)
	$(COMPILE) -c -o $@ $<

$(BUILD)/cmd/%.o: cmd/%.c Makefile config.mk
	@mkdir -p $(@D)
	$(COMPILE) -c -o $@ $<

$(BUILD)/libocti.a: $(OBJECTS)
	rm -f $@
	$(AR) rcs $@ $^

$(PROGRAMS): $(BUILD)/%: $(BUILD)/cmd/%.o $(BUILD)/libocti.a
	$(LINK) -o $@ $^ $(PKG_LIBS)

clean:
	rm -rf $(BUILD)

-include $(wildcard $(BUILD)/*/*.d)

.PHONY: all clean
.SECONDARY:
