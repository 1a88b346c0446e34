#!/bin/sh
# SPDX-License-Identifier: MIT
# What the linked programs must be: tests/lint/elf.sh [quick]
#
# For each architecture, with gcc and with clang, at -O0, -Os and -O2 (quick:
# this machine's, gcc, -O2), and for the nolibc port. Each program must also
# start: a compiler that calls a function which is not there, or relies on a
# set-up that a libc would have made, shows at one of the levels.
set -eu
quick=${1:-}
programs='counter echo hello scratchd welcome'
failed=0

wrong() {
	echo "$file: $*"
	failed=1
}

# check_file PORT ARCH: the program $file
check_file() {
	readelf -hlW "$file" >"$out/headers" 2>&1
	if [ "$1" = native ]; then
		grep -q '^ *Type: *DYN' "$out/headers" || wrong "is not position independent"
	fi
	! grep -qw INTERP "$out/headers" || wrong "asks for an interpreter"
	! grep -q '^ *LOAD.* RWE ' "$out/headers" || wrong "has a segment that is writable and executable"
	grep -q '^ *GNU_STACK .* RW ' "$out/headers" || wrong "has no header for a stack that is not executable"
	[ -z "$(awk '$1 == "LOAD" && $6 ~ /^0x0+$/' "$out/headers")" ] || wrong "has an empty segment"
	[ -z "$(nm -u "$file.debug")" ] || wrong "has undefined symbols: $(nm -u "$file.debug")"
	readelf -rW "$file" 2>/dev/null | grep -E '^[0-9a-f]{8}' | grep -v '_RELATIVE ' >"$out/relocations" || true
	[ ! -s "$out/relocations" ] || wrong "has relocations other than RELATIVE"
	if [ "$2" = aarch64 ]; then
		readelf -nW "$file" 2>/dev/null | grep -q 'AArch64 feature: .*BTI' || wrong "does not say BTI"
		grep -q '^ *GNU_PROPERTY .* 0x0*20 ' "$out/headers" || wrong "does not say BTI to the kernel"
	fi
	# One instruction enters the kernel, and it is the stub's. Not so on
	# nolibc, whose start-up has others.
	llvm-objdump -d --no-show-raw-insn "$file.debug" >"$out/code"
	awk '/^[0-9a-f]+ <.*>:$/ { name = $2 }
		$2 ~ /^(syscall|sysenter|svc|sc|scv|ecall|hvc|smc)$/ || $2 $3 == "int$128" { print name }' \
		"$out/code" >"$out/syscalls"
	[ "$1" = nolibc ] || [ "$(cat "$out/syscalls")" = '<arch_syscall6>:' ] ||
		wrong "makes system calls in: $(tr '\n' ' ' <"$out/syscalls")"
}

# A loop in one of these that the compiler took for the function itself.
check_mem() {
	file=$out/obj/base/mem.o
	calls=$(readelf -rW "$file" 2>/dev/null | awk '/^Relocation section/ { code = /\.rela?\.text/ }
		code && $5 ~ /^mem(cpy|move|set|cmp)$/ { print $5 }')
	[ -z "$calls" ] || wrong "calls $calls"
}

# check ARCH PORT CC LEVEL
check() {
	out=build/lint/elf/$1-$2-${3%%-*}$4
	set -- "$@" "$(make -s ARCH="$1" print-RUNNER)"
	make -s -j2 ARCH="$1" PORT="$2" CC="$3" CFLAGS="$4 -g" BUILD="$out" || {
		echo "$out: does not build"
		failed=1
		return
	}
	for name in $programs; do
		file=$out/$name
		check_file "$2" "$1"
		# No address, no option of that name: each says so and ends.
		$5 "$file" --no-such-option </dev/null >"$out/said" 2>&1 && status=0 || status=$?
		[ "$status" -eq 1 ] || [ "$status" -eq 2 ] ||
			wrong "does not run (status $status)"
	done
	check_mem
}

# Wherever the code ends within a page, the program must start: what follows
# is aligned, and may move on to the next page alone.
check_page_ends() {
	link="$(make -s ARCH="$host" CC=gcc BUILD="$out" print-CC print-ALL_LDFLAGS | tr '\n' ' ')"
	file=$out/padded
	end=$(readelf -SW "$out/scratchd" | awk '$2 == ".text" || $3 == ".text" {
		sub(/.*PROGBITS/, ""); print "0x" $1, "0x" $3 }')
	end=$(((${end% *} + ${end#* }) % 4096))
	for last in $(seq 4032 2 4096); do
		printf '.section .text.pad,"ax"\n.globl pad\npad: .space %d\n' $(((last - end + 4096) % 4096)) >"$out/pad.s"
		gcc -c "$out/pad.s" -o "$out/pad.o"
		# The words of the command are words here too.
		# shellcheck disable=SC2046,SC2086
		$link -Wl,-u,pad $(cat "$out/scratchd.debug.objects") "$out/pad.o" -o "$file"
		"$file" --no-such-option </dev/null >"$out/said" 2>&1 && status=0 || status=$?
		[ "$status" -eq 2 ] || wrong "does not run where code ends at $last of a page (status $status)"
	done
}

# limit NAME BYTES: of the smaller of the two compilers' programs, as they ship (-Os)
limit() {
	size=$(wc -c build/lint/elf/x86_64-native-*-Os/"$1" | sort -n | awk 'NR == 1 { print $1 }')
	[ "$size" -le "$2" ] || { echo "$1 has $size bytes on x86_64, at most $2"; failed=1; }
}

host=$(uname -m)
if [ -n "$quick" ]; then
	check "$host" native gcc -O2
	check_page_ends
else
	for port in arch/*.h; do
		arch=$(basename "$port" .h)
		gcc=$(sed -n 's/^ \* compiler: //p' "$port")-gcc
		[ "$gcc" != -gcc ] || continue
		for level in -O0 -Os -O2; do
			check "$arch" native "$gcc" "$level"
			check "$arch" native clang "$level"
		done
		check "$arch" nolibc "$gcc" -O2
	done
	check "$host" native gcc -O2
	check_page_ends
	limit hello 4095
	limit scratchd 97280
fi
exit $failed
