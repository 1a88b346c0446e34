#!/bin/sh
# SPDX-License-Identifier: MIT
# One list of system calls, written four times: the rows of calls.def, the
# wrappers of kernel/sys.h, the kinds of arguments for the trace, and the
# numbers of each port.
set -eu
failed=0

# same WHERE < names, against the rows
same() {
	sort >build/lint/calls.other
	diff build/lint/calls.rows build/lint/calls.other |
		sed -n "s|^< |src/kernel/calls.def has a row, $1 has no |p
			s|^> |$1 has it, src/kernel/calls.def has no row: |p" >build/lint/calls.diff
	cat build/lint/calls.diff
	[ ! -s build/lint/calls.diff ] || failed=1
}

rows=$(sed -n 's/^CALL(\([a-z0-9_]*\),.*/\1/p' src/kernel/calls.def)
echo "$rows" | sort >build/lint/calls.rows
[ "$rows" = "$(cat build/lint/calls.rows)" ] ||
	{ echo "src/kernel/calls.def: the rows are not in order"; failed=1; }

# A wrapper is a function of that name which makes that call and no other.
sed -n '/^ \*/d; s/^.*\bsys_\([a-z0-9_]*\)(.*/\1/p' include/kernel/sys.h | same include/kernel/sys.h
grep -o 'NR_[a-z0-9_]*' include/kernel/sys.h | sed 's/NR_//' | same include/kernel/sys.h
awk 'match($0, /sys_[a-z0-9_]+\(/) { name = substr($0, RSTART + 4, RLENGTH - 5) }
	match($0, /NR_[a-z0-9_]+/) && substr($0, RSTART + 3, RLENGTH - 3) != name {
		print FILENAME ":" FNR ": sys_" name " calls " substr($0, RSTART, RLENGTH)
		bad = 1
	}
	END { exit bad }' include/kernel/sys.h || failed=1

sed -n 's/^ARGUMENTS[0-6](\([a-z0-9_]*\)[,)].*/\1/p' src/trace/arguments.def | same src/trace/arguments.def

for port in arch/*.h; do
	# Another list has its numbers: that of all machines, or the rows.
	grep -q 'include ".*\(generic.h\|calls.def\)"' "$port" && continue
	sed -n 's/^#define NR_\([a-z0-9_]*\) .*/\1/p' "$port" | same "$port"
done
exit $failed
