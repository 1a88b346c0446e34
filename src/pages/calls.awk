# SPDX-License-Identifier: MIT
# Every system call of the project: from arch/generic.h and the ports (their
# numbers), the places that make them (grep's FILE:LINE:sys_NAME), and
# kernel/calls.def, in this order.

function escape(s)
{
	gsub(/&/, "\\&amp;", s)
	gsub(/</, "\\&lt;", s)
	return s
}

FNR == 1 {
	port = FILENAME
	sub(/.*\//, "", port)
	is_port = sub(/\.h$/, "", port)
	if (is_port && port != "generic" && port != "nolibc")
		arch[++count] = port
}
is_port && /^#define NR_/ { number[port, substr($2, 4)] = $3 }
is_port && /^#include "generic.h"/ { is_generic[port] = 1 }

FILENAME ~ /places$/ {
	split($0, part, ":")
	sub(/^sys_/, "", part[3])
	path = part[1]
	last = path
	sub(/.*\//, "", last)
	places[part[3]]++
	place[part[3]] = place[part[3]] sprintf("<a href=\"source/%s.html#L%s\">%s:%s</a> ", path, part[2], last, part[2])
}

# The letters of the roles are explained in the file itself.
FILENAME ~ /calls.def$/ && /^ \*\t[A-Za-z]  / {
	letters = letters substr($0, 4, 1)
	role[substr($0, 4, 1)] = substr($0, 7)
}

FILENAME ~ /calls.def$/ && /^CALL\(/ {
	if (!begun) {
		begun = 1
		print "<dl class=\"roles\">"
		for (i = 1; i <= length(letters); i++)
			printf "<dt>%s</dt><dd>%s</dd>\n", substr(letters, i, 1), escape(role[substr(letters, i, 1)])
		print "</dl><div class=\"wide\"><table class=\"calls\"><thead><tr><th scope=\"col\">call</th>"
		printf "<th scope=\"col\">what for, and where</th><th scope=\"col\">roles</th>"
		for (i = 1; i <= count; i++)
			printf "<th scope=\"col\">%s</th>", arch[i]
		print "</tr></thead><tbody>"
	}
	split($0, part, "\"")
	name = substr($0, 6, index($0, ",") - 6)
	printf "<tr id=\"%s\"><th scope=\"row\"><code>%s(%s)</code></th>", name, name, escape(part[2])
	where = place[name]
	if (places[name] > 4)
		where = "<details><summary>" places[name] " places</summary>" where "</details>"
	printf "<td>%s<div class=\"places\">%s</div></td><td><code>%s</code></td>", escape(part[6]), where, part[4]
	for (i = 1; i <= count; i++)
		printf "<td>%s</td>", number[is_generic[arch[i]] ? "generic" : arch[i], name]
	print "</tr>"
}

END { print "</tbody></table></div>" }
