# SPDX-License-Identifier: MIT
# Puts the annotations of NAME.acsl, as comments, into NAME.c:
#
#   awk -f annotate.awk NAME.acsl NAME.c
#
#   == function     what follows, up to the next ==, is its contract
#   -- n            and then that of the nth loop in it, from 1
#   > line          a line for the preprocessor, behind the includes
#
# The code is formatted: a function begins in the first column and ends with a
# brace there, a loop begins a line. An annotation that finds no place is an
# error, and so is a function or a loop that has none.
function put(text) {
	printf "/*@ %s */ ", text
}
function flush_lines(    i) {
	for (i = 0; i < held; i++)
		print lines[i]
	held = 0
}
FNR == NR {
	if (/^== /) { name = $2; loop = 0; used[name, 0] = 0; order[++count] = name SUBSEP 0 }
	else if (/^-- /) { loop = $2; order[++count] = name SUBSEP loop }
	else if (/^> /) above = above substr($0, 3) "\n"
	else if (!/^#/ && NF) text[name, loop] = text[name, loop] " " $0
	next
}
# The head of a function may have several lines: from its first to its brace.
/^[a-z].*[^;]$/ && !/^(struct|enum|union)[^(]*$/ && !/ = / { begins = 1 }
/^[a-z]/ && begins {
	if (match($0, /[a-z_0-9]+\(/)) {
		name = substr($0, RSTART, RLENGTH - 1)
	}
}
begins { lines[held++] = $0 }
begins && match($0, /^[a-z_0-9]+\(/) { name = substr($0, RSTART, RLENGTH - 1) }
begins && /;$/ { begins = 0; flush_lines(); next }
begins && /^\{/ {
	printf "%s", above
	above = ""
	if ((name, 0) in text) {
		put(text[name, 0])
		done[name, 0] = 1
	} else {
		print FILENAME ": no contract: " name >"/dev/stderr"
		bad = 1
	}
	flush_lines()
	begins = 0
	loops = 0
	next
}
begins { next }
/^\t+(for|while|do) ?[({]/ || /^\t+do$/ {
	if (!/^\t+} while/) {
		loops++
		if ((name, loops) in text) {
			put(text[name, loops])
			done[name, loops] = 1
		} else {
			print FILENAME ": no invariant: " name ", loop " loops >"/dev/stderr"
			bad = 1
		}
	}
}
{ print }
END {
	for (i = 1; i <= count; i++)
		if (order[i] in text && !(order[i] in done)) {
			split(order[i], part, SUBSEP)
			print FILENAME ": nothing to annotate: " part[1] " " part[2] >"/dev/stderr"
			bad = 1
		}
	exit bad
}
