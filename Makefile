# octi: the toolkit, its checks, its installation. On a fresh Debian or Ubuntu `make check` and `make demo` install
# what they need; `scripts/deps build` installs what the toolkit alone needs.
include config.mk

# One word each: cmd/NAME.c, man/NAME.1, tests/NAME.bats.
COMMANDS = octi-bundle octi-doctor octi-file octi-ioc octi-lint octi-listen octi-log octi-new octi-query \
	octi-register octi-run octi-send-bundle octi-split octi-state octi-stix octi-stream octi-tlp octi-work

# lib/NAME.c and lib/NAME.h.
ROOMS = account address agent answer array arrival attempt backlog batch bearer bookmark broker brokerage buf \
	bundle callback canonical cascade claim clock closure coerce column complete conf connector consume contents \
	count cron date defaults diagnosis dial digest dispatch document draft edit embed enrichment entity errand event \
	exam exchange export fail file filter flow folder given grammar graph graphql harvest hashes headers http idrule ids \
	imprint inbox inifile input intake ioc job journal json kept kind ledger links lint listener listing lock log \
	lookup marking mate matrix message metrics mishap monitor mq naming need netname notify number object observable \
	opt outlet owner pace page pages parcel patch pattern period pinger places platform playbook pointer pool port \
	portion position print proc program progress proxy publish query question queue reach refang reference \
	registration relay rename reply request result review roll rows rule run runner s3 scaffold scan schedule \
	scratch scribe seal set settings shorthand sieve signature sink source span spelling split spool spout sse standing \
	state stix stixid storage syntax table tap ties tlp tls token tool trust typo uid unicode upload values \
	variables vocabulary walk wallet web window wire work yamlfile

# tests/unit/NAME.c, each a program.
UNITS = address backlog bearer brokerage buf bundle callback canonical clock conf consume cron date entity fail file \
	filter flow grammar graphql http ids job json kept kind listing lock log lookup memory message metrics mishap \
	notify observable opt pace parcel patch pattern period pool portion position print proc proxy publish reach \
	refang reference rows s3 scan schedule scratch set sieve split sse state stixid syntax ties tlp typo uid unicode \
	upload wallet web window yamlfile

# tests/fuzz/NAME.c, with tests/fuzz/NAME.dict and tests/fuzz/seeds/NAME.
FUZZERS = bundle callback flow ioc job lint schedule sse stix yamlfile
FUZZ_SECONDS = 10

PAGES = $(COMMANDS:%=%.1) octi.7 octi-config.5 octi-format.5

# ---- building: the same rules in build, in build/san with sanitizers, in build/fuzz with a fuzzer

PROGRAMS = $(COMMANDS) $(UNITS:%=unit/%)
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
build/san/%: MODE = $(SANITIZE)
build/fuzz/%: MODE = $(SANITIZE) -fsanitize=fuzzer-no-link
build/fuzz/%: CC = clang
build/unit/memory build/san/unit/memory: LINK += -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc

# Asked for when they are used, for what answers may only just have been installed.
PACKAGE_CFLAGS = $(shell $(PKG_CONFIG) --cflags $(PACKAGES))
PACKAGE_LIBS = $(or $(shell $(PKG_CONFIG) --libs $(PACKAGES)),$(error run scripts/deps build first)) $(LIBRARIES)

DIALECT = -std=c11 -D_POSIX_C_SOURCE=200809L -Ilib $(CPPFLAGS)
LANGUAGE = $(DIALECT) -DOCTI_VERSION='"$(VERSION)"' $(PACKAGE_CFLAGS) $(WARN)
COMPILE = $(CC) $(LANGUAGE) $(CFLAGS) $(MODE) -MMD -MP -c -o $@ $<
LINK = $(CC) $(CFLAGS) $(MODE) $(LDFLAGS) -Wl,--as-needed
ARCHIVE = $(AR) rcs $@ $^

# What these goals compile waits until all that is missing is installed.
DEPS = $(if $(filter check check-san fuzz lint bench demo,$(MAKECMDGOALS)),deps)

SOURCES = $(COMMANDS:%=cmd/%.c) $(ROOMS:%=lib/%.c) $(UNITS:%=tests/unit/%.c) $(FUZZERS:%=tests/fuzz/%.c) \
	tests/bench/bare-publish.c tests/preload/clock.c tests/preload/full.c

all: $(COMMANDS:%=build/%)

build/%.o: %.c Makefile config.mk | $(DEPS)
	@mkdir -p $(@D)
	$(COMPILE)

build/san/%.o: %.c Makefile config.mk | $(DEPS)
	@mkdir -p $(@D)
	$(COMPILE)

build/fuzz/%.o: %.c Makefile config.mk | $(DEPS)
	@mkdir -p $(@D)
	$(COMPILE)

build/libocti.a: $(ROOMS:%=build/lib/%.o)
	@rm -f $@
	$(ARCHIVE)

build/san/libocti.a: $(ROOMS:%=build/san/lib/%.o)
	@rm -f $@
	$(ARCHIVE)

build/fuzz/libocti.a: $(ROOMS:%=build/fuzz/lib/%.o)
	@rm -f $@
	$(ARCHIVE)

build/octi-%: build/cmd/octi-%.o build/libocti.a
	$(LINK) -o $@ $^ $(PACKAGE_LIBS)

build/san/octi-%: build/san/cmd/octi-%.o build/san/libocti.a
	$(LINK) -o $@ $^ $(PACKAGE_LIBS)

build/unit/%: build/tests/unit/%.o build/libocti.a
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(PACKAGE_LIBS)

build/san/unit/%: build/san/tests/unit/%.o build/san/libocti.a
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(PACKAGE_LIBS)

build/bench/%: build/tests/bench/%.o build/libocti.a
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(PACKAGE_LIBS)

build/fuzz/%: build/fuzz/tests/fuzz/%.o build/fuzz/libocti.a
	$(LINK) -fsanitize=fuzzer -o $@ $^ $(PACKAGE_LIBS)

# ---- checking

deps:
	@scripts/deps

check: deps $(PROGRAMS:%=build/%)
	tests/run build

check-san: deps $(PROGRAMS:%=build/san/%) $(FUZZERS:%=build/fuzz/%)
	tests/run build/san
	scripts/fuzz $(FUZZ_SECONDS) $(FUZZERS)

fuzz: deps $(FUZZERS:%=build/fuzz/%)
	scripts/fuzz $(FUZZ_SECONDS) $(FUZZERS)

lint: deps
	@$(CC) $(LANGUAGE) -fsyntax-only $(SOURCES) && echo 'ok $(CC)'
	@$(OTHER_CC) $(LANGUAGE) -fsyntax-only $(SOURCES) && echo 'ok $(OTHER_CC)'
	@scripts/lint $(SOURCES)
	@CC='$(CC)' CFLAGS='$(DIALECT)' COMMANDS='$(COMMANDS)' ROOMS='$(strip $(ROOMS))' UNITS='$(strip $(UNITS))' \
		scripts/check-house

bench: deps all build/bench/bare-publish
	scripts/bench

demo: deps all
	scripts/demo

# ---- installing

COMPLETIONS = $(COMMANDS:%=build/complete/bash/%) $(COMMANDS:%=build/complete/zsh/_%) $(COMMANDS:%=build/complete/fish/%.fish)

build/complete/bash/%: build/% scripts/complete
	@mkdir -p $(@D)
	scripts/complete bash $< >$@

build/complete/zsh/_%: build/% scripts/complete
	@mkdir -p $(@D)
	scripts/complete zsh $< >$@

build/complete/fish/%.fish: build/% scripts/complete
	@mkdir -p $(@D)
	scripts/complete fish $< >$@

# What octi-new makes a connector of, and what tests one: where they are here.
SHARE = $(filter-out scripts/connector/check scripts/templates/feeds,$(wildcard scripts/templates/* \
	scripts/templates/feeds/* scripts/connector/* scripts/connector/check/* tests/platform/*.* tests/services.*))

# Those that run a connector for as long as the machine runs, each with a unit for systemd.
SERVICES = $(filter octi-listen octi-run octi-stream,$(COMMANDS))

install: all $(COMPLETIONS)
	install -d '$(DESTDIR)$(BINDIR)' $(patsubst .%,'$(DESTDIR)$(MANDIR)/man%',$(sort $(suffix $(PAGES)))) \
		'$(DESTDIR)$(BASHDIR)' '$(DESTDIR)$(ZSHDIR)' '$(DESTDIR)$(FISHDIR)' '$(DESTDIR)$(SYSTEMDDIR)'
	for name in $(COMMANDS); do install -m 755 "build/$$name" '$(DESTDIR)$(BINDIR)' || exit; done
	for page in $(PAGES); do install -m 644 "man/$$page" "$(DESTDIR)$(MANDIR)/man$${page##*.}" || exit; done
	install -m 644 $(filter build/complete/bash/%,$(COMPLETIONS)) '$(DESTDIR)$(BASHDIR)'
	install -m 644 $(filter build/complete/zsh/%,$(COMPLETIONS)) '$(DESTDIR)$(ZSHDIR)'
	install -m 644 $(filter build/complete/fish/%,$(COMPLETIONS)) '$(DESTDIR)$(FISHDIR)'
	for file in $(SHARE); do \
		if [ -x "$$file" ]; then mode=755; else mode=644; fi; \
		install -D -m "$$mode" "$$file" "$(DESTDIR)$(SHAREDIR)/$$file" || exit; \
	done
	grep -E '^(aiohttp|cryptography|graphql-core|pika)==' tests/requirements.txt \
		>'$(DESTDIR)$(SHAREDIR)/tests/platform/requirements.txt'
	chmod 644 '$(DESTDIR)$(SHAREDIR)/tests/platform/requirements.txt'
	for name in $(SERVICES); do \
		unit="$(DESTDIR)$(SYSTEMDDIR)/$$name@.service"; \
		scripts/unit "$$name" '$(BINDIR)' >"$$unit" && chmod 644 "$$unit" || exit; \
	done

uninstall:
	for name in $(COMMANDS); do rm -f "$(DESTDIR)$(BINDIR)/$$name"; done
	for page in $(PAGES); do rm -f "$(DESTDIR)$(MANDIR)/man$${page##*.}/$$page"; done
	for name in $(COMMANDS); do rm -f "$(DESTDIR)$(BASHDIR)/$$name" "$(DESTDIR)$(ZSHDIR)/_$$name" "$(DESTDIR)$(FISHDIR)/$$name.fish"; done
	for name in $(SERVICES); do rm -f "$(DESTDIR)$(SYSTEMDDIR)/$$name@.service"; done
	for file in $(SHARE) tests/platform/requirements.txt; do rm -f "$(DESTDIR)$(SHAREDIR)/$$file"; done
	-find '$(DESTDIR)$(SHAREDIR)' -depth -type d -empty -delete

# Debian's packages, in build/deb.
deb:
	@scripts/deps deb
	scripts/deb build/deb

clean:
	rm -rf build

-include $(wildcard build/*/*.d build/*/*/*.d build/*/*/*/*.d)

.PHONY: all deps check check-san fuzz lint bench demo install uninstall deb clean
.DELETE_ON_ERROR:
.SECONDARY:
