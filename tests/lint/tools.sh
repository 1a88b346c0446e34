#!/bin/sh
# SPDX-License-Identifier: MIT
# The checks that Debian's tools make: tests/lint/tools.sh NAME
set -eu
sources=$(find src arch include tests/unit tests/abi tests/bench tests/fuzz tests/proof tests/sim -name '*.[ch]' | sort)
# Not what includes another libc than the programs' own.
code=$(find src tests/unit tests/bench tests/fuzz tests/sim -name '*.c' \
	! -name tap.c ! -name hosted.c ! -name understood.c | sort)

# Shell scripts, by their first line.
scripts() {
	find src tests .ci -type f ! -name '*.py' -exec sh -c \
		'for f; do case $(head -c 20 "$f" | tr -d "\0") in "#!/bin/sh"*|"#!/bin/bash"*) echo "$f";; esac; done' - {} +
}

# The words of these lists are separated by white space, and have none.
# shellcheck disable=SC2016,SC2046,SC2086
case $1 in
format)
	clang-format --dry-run --Werror $sources 2>&1 |
		sed -n 's/^\([^:]*:[0-9]*\):.*error.*/\1: make format would change this/p' |
		sort -u -t: -k1,1 -k2,2n >build/lint/format
	cat build/lint/format
	[ ! -s build/lint/format ]
	;;
tidy)
	# One process a file, two at a time; what they say about how much they
	# left out is not asked for.
	flags=$(make -s CC=clang print-ALL_CFLAGS print-KERNEL_CFLAGS)
	echo $code | tr ' ' '\n' | xargs -P 2 -I FILE sh -c '
		said=$(clang-tidy --quiet "$@" 2>/dev/null) || echo "$said"' - \
		FILE -- $flags >build/lint/tidy
	cat build/lint/tidy
	[ ! -s build/lint/tidy ]
	;;
cppcheck)
	cppcheck --quiet --std=c11 --enable=all --error-exitcode=1 \
		--suppressions-list=tests/lint/cppcheck.txt --inline-suppr \
		--template='{file}:{line}: {message} [{id}]' \
		-Iinclude -D__x86_64__ -DSCRATCHD_VERSION='"1"' -DSCRATCHD_ARCH='"1"' src
	;;
shellcheck)
	shellcheck $(scripts)
	;;
manual)
	# Which other manuals this machine has is not asked for.
	mandoc -T lint src/man/scratchd.1 2>&1 | grep -v 'outdated mandoc.db' >build/lint/manual || true
	cat build/lint/manual
	[ ! -s build/lint/manual ]
	;;
codespell)
	codespell --check-hidden --skip='*.woff2,*.png,*/fuzz/corpus/*,*/fuzz/regress/*,./build,./.git,./tests/site/fira-code-LICENSE.txt' \
		--ignore-words=tests/lint/codespell.txt Makefile linker.ld arch include src tests .ci README.md
	;;
esac
