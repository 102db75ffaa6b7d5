# Where things go and what they are built with; every value can be given on make's command line.
VERSION = 0.1.0
PREFIX = /usr/local
BINDIR = $(PREFIX)/bin
MANDIR = $(PREFIX)/share/man
# octi-new looks for it beside BINDIR.
SHAREDIR = $(PREFIX)/share/octi
BASHDIR = $(PREFIX)/share/bash-completion/completions
ZSHDIR = $(PREFIX)/share/zsh/site-functions
SYSTEMDDIR = $(PREFIX)/lib/systemd/system
FISHDIR = $(PREFIX)/share/fish/vendor_completions.d
DESTDIR =

CC = cc
# The one that `make lint` tries too.
OTHER_CC = clang
CFLAGS = -O2 -g
WARN = -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
LDFLAGS =

PKG_CONFIG = pkg-config
PACKAGES = libcurl libcjson librabbitmq inih uuid libssl libcrypto libmicrohttpd yaml-0.1
# Those that pkg-config does not know.
LIBRARIES = -lunistring
