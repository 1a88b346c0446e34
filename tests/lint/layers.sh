#!/bin/sh
# SPDX-License-Identifier: MIT
# Who may include whom: each folder of src and include, and what it may name in
# an #include; and the program of tests/bench. Prints file and line of each include that goes the wrong way.
set -eu

# The layers from the bottom up. Only kernel/arch.h picks a port, and only the
# start of a program asks for the nolibc port's own code.
allowed() {
	case $1 in
	base) echo base ;;
	kernel) echo 'kernel base' ;;
	http) echo 'http base' ;;
	site) echo 'site kernel http base' ;;
	net) echo 'net kernel base' ;;
	serve) echo 'serve net site http kernel base' ;;
	bench) echo 'kernel base' ;;
	trace) echo 'trace kernel base' ;;
	counter | echo | hello | scratchd | welcome) echo "$1 serve net site http kernel base" ;;
	*) echo "tests/lint/layers.sh: what is $1?" >&2; exit 1 ;;
	esac
}

grep -rnE '^[[:space:]]*#[[:space:]]*include' src include arch tests/bench |
	sed -E 's/^([^:]*):([0-9]+):[^<"]*([<"])([^>"]*).*/\1 \2 \3 \4/' |
	while read -r file line kind name; do
		case $file:$kind:$name in
		*:'<':stddef.h | *:'<':stdbool.h | *:'<':stdarg.h) continue ;;
		include/kernel/arch.h:'"':../../arch/*.h) continue ;;
		src/kernel/*.c:'"':../../arch/nolibc.h) continue ;;
		arch/nolibc.h:'<':asm/unistd.h | arch/nolibc.h:'<':arch.h) continue ;;
		arch/nolibc.h:'"':nolibc/*.h | arch/nolibc.h:'"':*/calls.def) continue ;;
		arch/nolibc.h:'<':asm/siginfo.h | arch/nolibc.h:'<':linux/wait.h) continue ;;
		arch/nolibc/*.h:'<':asm/errno.h | arch/nolibc/*.h:'"':mips.h) continue ;;
		arch/*:'"':generic.h) continue ;;
		src/kernel/calls.c:'"':calls.def) continue ;;
		src/trace/*.c:'"':*.def) continue ;;
		esac
		layer=${file#src/}
		layer=${layer#include/}
		layer=${layer#tests/}
		layer=${layer%%/*}
		case $kind" $(allowed "$layer") " in
		'"'*" ${name%%/*} "*) ;;
		*) echo "$file:$line: $layer may not include $name" ;;
		esac
	done >build/lint/layers

cat build/lint/layers
[ ! -s build/lint/layers ]
