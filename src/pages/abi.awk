# SPDX-License-Identifier: MIT
# The system-call ABI, a column for each arch/NAME.h: the lines "key: value" of
# its first comment.

function escape(s)
{
	gsub(/&/, "\\&amp;", s)
	gsub(/</, "\\&lt;", s)
	return s
}

# One row; a value is code unless it is a sentence.
function row(key, title, code,    i, v)
{
	printf "<tr><th scope=\"row\">%s</th>", title
	for (i = 1; i <= count; i++) {
		v = escape(value[arch[i], key])
		printf code ? "<td><code>%s</code></td>" : "<td>%s</td>", v
	}
	print "</tr>"
}

FNR == 1 { in_first = 1 }
/^#ifndef/ { in_first = 0 }
in_first && match($0, /^ \* [a-z]+: /) {
	key = substr($0, 4, RLENGTH - 5)
	if (key == "compiler") {
		name = FILENAME
		sub(/.*\//, "", name)
		sub(/\.h$/, "", name)
		arch[++count] = name
	}
	value[name, key] = substr($0, RLENGTH + 1)
	if (key == "arguments" || key == "function")
		for (i = split(value[name, key], part, " "); i; i--)
			value[name, key i] = part[i]
	if (key == "pages")
		gsub(/ /, ", ", value[name, key])
	if (key == "stack") {
		split(value[name, key], part, " ")
		value[name, key] = part[1] " points at argc, a multiple of " part[2]
	}
}

END {
	print "<div class=\"wide\"><table class=\"abi\">"
	print "<thead><tr><td></td>"
	for (i = 1; i <= count; i++)
		printf "<th scope=\"col\">%s</th>", arch[i]
	print "</tr></thead><tbody>"
	row("instruction", "instruction", 1)
	row("number", "number of the call", 1)
	for (i = 1; i <= 6; i++)
		row("arguments" i, "argument " i, 1)
	row("result", "result", 1)
	row("errors", "an error is", 0)
	row("lost", "not preserved", 1)
	print "</tbody><tbody>"
	for (i = 1; i <= 7; i++)
		row("function" i, "C function: " i, 1)
	print "</tbody><tbody>"
	row("stack", "stack at entry", 0)
	row("pages", "page sizes, KiB", 0)
	row("bytes", "byte order", 0)
	row("compiler", "compiler", 1)
	print "</tbody></table></div>"
}
