#!/bin/sh
# SPDX-License-Identifier: MIT
# Files that can be read at one sitting. How long a function may be, and how
# deep, is in .clang-tidy (readability-function-size).
set -eu
failed=0

# most LINES FILE...
most() {
	limit=$1
	shift
	for file; do
		lines=$(wc -l <"$file")
		[ "$lines" -le "$limit" ] ||
			{ echo "$file: $lines lines, at most $limit"; failed=1; }
	done
}

# shellcheck disable=SC2046 # no name here has a space
most 450 $(find src include tests -name '*.[ch]' -o -name '*.py' -o -name '*.sh')
most 190 arch/*.h arch/nolibc/*.h
most 180 Makefile linker.ld
exit $failed
