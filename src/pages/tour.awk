# SPDX-License-Identifier: MIT
# As much of Markdown as arch/TOUR.md is written in: headings, paragraphs,
# tables, code in fences, and within lines `code`, **strong** and links.

function escape(s)
{
	gsub(/&/, "\\&amp;", s)
	gsub(/</, "\\&lt;", s)
	return s
}

# Where a link of the file leads on the site: to the page of that source, or to
# the one that a script here makes.
function target(s)
{
	if (s ~ /^[a-z]+:/)
		return s
	if (!sub(/^\.\.\//, "", s))
		s = "arch/" s
	if (sub(/^src\/pages\//, "", s)) {
		sub(/awk$/, "html", s)
		return s
	}
	path = s
	sub(/#.*/, "", path)
	sub(/^[^#]*/, path ".html", s)
	return "source/" s
}

function inline(s,    out, label, to)
{
	s = escape(s)
	while (match(s, /\[[^]]*\]\([^)]*\)|`[^`]*`|\*\*[^*]*\*\*/)) {
		out = out substr(s, 1, RSTART - 1)
		part = substr(s, RSTART, RLENGTH)
		s = substr(s, RSTART + RLENGTH)
		if (part ~ /^`/)
			out = out "<code>" substr(part, 2, length(part) - 2) "</code>"
		else if (part ~ /^\*/)
			out = out "<strong>" substr(part, 3, length(part) - 4) "</strong>"
		else {
			label = to = part
			sub(/^\[/, "", label)
			sub(/\]\(.*/, "", label)
			sub(/^.*\]\(/, "", to)
			sub(/\)$/, "", to)
			if (sub(/^`/, "", label))
				label = "<code>" substr(label, 1, length(label) - 1) "</code>"
			out = out "<a href=\"" target(to) "\">" label "</a>"
		}
	}
	return out s
}

function flush()
{
	if (text != "")
		print "<p>" inline(text) "</p>"
	text = ""
	if (in_table)
		print "</tbody></table></div>"
	in_table = 0
}

# Three architectures stand beside each other.
function leave_group()
{
	if (in_group)
		print "</div>"
	in_group = 0
}

in_code && /^```$/ { print "</code></pre>" (in_code == 2 ? "</figure>" : ""); in_code = 0; next }
in_code { print escape($0); next }
/^```/ {
	flush()
	n = split(substr($0, 4), word, " ")
	if (n >= 3) {
		if (!in_group)
			print "<div class=\"machines\">"
		in_group = 1
		in_code = 2
		printf "<figure><figcaption>%s <small>%s, %s</small></figcaption><pre tabindex=\"0\"><code>", word[1], word[2], word[3]
	} else {
		leave_group()
		in_code = 1
		printf "<pre class=\"%s\" tabindex=\"0\"><code>", word[1]
	}
	next
}
/^$/ { flush(); next }
{ leave_group() }
/^#+ / {
	flush()
	level = index($0, " ") - 1
	title = substr($0, level + 2)
	id = ""
	if (level > 1 && title ~ /^[0-9]+\./) {
		id = " id=\"station-" (title + 0) "\""
	}
	printf "<h%d%s>%s</h%d>\n", level, id, inline(title), level
	next
}
/^\|[-|]*$/ { next }
/^\|/ {
	if (!in_table)
		flush()
	$0 = substr($0, 2, length($0) - 2)
	n = split($0, cell, / *\| */)
	kind = in_table ? "td" : "th scope=\"col\""
	printf "%s<tr>", in_table ? "" : "<div class=\"wide\"><table><thead>"
	for (i = 1; i <= n; i++) {
		sub(/^ +/, "", cell[i])
		sub(/ +$/, "", cell[i])
		what = in_table && i == 1 ? "th scope=\"row\"" : kind
		if (cell[i] == "")
			what = "td"
		printf "<%s>%s</%s>", what, inline(cell[i]), substr(what, 1, 2)
	}
	print "</tr>" (in_table ? "" : "</thead><tbody>")
	in_table = 1
	next
}
{ text = text (text == "" ? "" : "\n") $0 }
END { flush(); leave_group() }
