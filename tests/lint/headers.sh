#!/bin/sh
# SPDX-License-Identifier: MIT
# Each header compiles alone, by whichever of its names it is included first,
# and twice; has the guard that its path asks for; and names its license.
set -eu
cc="$(make -s print-CC) $(make -s print-ALL_CFLAGS)"
failed=0

for header in include/*/*.h arch/*.h arch/nolibc/*.h tests/unit/*.h; do
	case $header in
	arch/nolibc.h | arch/nolibc/* | arch/generic.h) ;; # parts of a port, not a port
	arch/*) [ "$header" = "arch/$(make -s print-ARCH).h" ] || continue ;;
	esac
	name=${header#include/}
	guard=$(echo "${name#tests/unit/}" | tr 'a-z/.-' 'A-Z___')
	case $header in
	arch/nolibc.h | arch/nolibc/* | arch/generic.h) ;;
	*)
		# shellcheck disable=SC2086 # the flags are words
		printf '#include "%s"\n#include "%s"\n' "$name" "$name" |
			$cc -I. -Itests/unit -x c -fsyntax-only - || failed=1
		;;
	esac
	grep -q "^#ifndef .*${guard}\$" "$header" ||
		{ echo "$header: the guard is not $guard"; failed=1; }
done
for file in $(find arch include src tests -name '*.[ch]') linker.ld; do
	[ "$(head -n 1 "$file")" = '/* SPDX-License-Identifier: MIT */' ] ||
		{ echo "$file:1: no SPDX line"; failed=1; }
done
exit $failed
