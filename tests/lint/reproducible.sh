#!/bin/sh
# SPDX-License-Identifier: MIT
# The same sources give the same bytes, wherever they lie: two copies in two
# directories, built with and without parallel jobs.
set -eu
failed=0
top=build/lint/reproducible
rm -rf "$top"
for place in "$top/a" "$top/another/place"; do
	mkdir -p "$place"
	cp -r Makefile linker.ld arch include src "$place"
done
for cc in gcc clang; do
	make -s -C "$top/a" -j2 CC=$cc BUILD=$cc
	make -s -C "$top/another/place" CC=$cc BUILD=$cc
	for program in counter echo hello scratchd welcome; do
		cmp "$top/a/$cc/$program" "$top/another/place/$cc/$program" || failed=1
	done
done
exit $failed
