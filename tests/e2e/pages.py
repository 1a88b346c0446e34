# SPDX-License-Identifier: MIT
"""Reads the pages that the server makes: what is in them, and whether they
are valid, by two programs that do not know each other.

html5lib finds every parse error of the HTML standard, stray bytes and
characters too; tidy knows which attribute and element may be where.
"""
import re
import subprocess
from urllib.parse import unquote_to_bytes, urljoin, urlsplit

import html5lib

# Of WAI-ARIA 1.1 and newer, which this tidy has not heard of.
TIDY_IS_OLD = re.compile(r'proprietary attribute "aria-current"$')


def tidy(body):
    """Assert that tidy has nothing to say about a page."""
    done = subprocess.run(
        ["tidy", "-q", "-e", "-utf8", "--drop-empty-elements", "no"],
        input=body, capture_output=True, check=False)
    said = [line for line in done.stderr.decode().splitlines()
            if line and not TIDY_IS_OLD.search(line)]
    assert said == [], f"tidy: {said[:5]}"


def parse(body):
    """Return the document of a valid page, an ElementTree."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    tree = parser.parse(body, transport_encoding="utf-8")
    tidy(body)
    assert tree.get("lang") == "en"
    assert text(tree.find("head/title"))
    assert len(list(tree.iter("h1"))) == 1
    assert tree.find("head/meta[@name='viewport']") is not None
    assert not list(tree.iter("script"))
    return tree


def text(element):
    """Return all text in an element."""
    return "".join(element.itertext())


class Row:
    """A row of a listing: the link, what stands there, size and time."""

    def __init__(self, row):
        head, size, time = list(row)
        assert (head.tag, head.get("scope")) == ("th", "row")
        link = head.find("a")
        self.href = link.get("href")
        self.name = unquote_to_bytes(self.href)
        self.shown = text(link)
        self.size = size.get("title")
        self.size_shown = text(size)
        stamp = time.find("time")
        self.time = None if stamp is None else stamp.get("datetime")
        self.time_shown = text(time)


class Listing:
    """A listing; base is the target that it was asked for at."""

    def __init__(self, res, base):
        assert res.status == 200, res
        assert res.get("Content-Type") == "text/html; charset=utf-8"
        self.tree = parse(res.body)
        self.base = base
        self.title = text(self.tree.find("head/title"))
        self.heading = text(next(self.tree.iter("h1")))
        self.caption = text(next(self.tree.iter("caption")))
        columns = list(next(self.tree.iter("thead")).iter("th"))
        assert [c.get("scope") for c in columns] == ["col"] * 3
        self.columns = {
            text(c).split()[0]: (c.get("aria-sort"), c.find("a").get("href"))
            for c in columns}
        rows = [Row(r) for r in next(self.tree.iter("tbody")).iter("tr")]
        self.has_parent = bool(rows) and rows[0].href == "../"
        self.rows = rows[self.has_parent:]
        nav = next(self.tree.iter("nav"))
        assert nav.get("aria-label")
        self.crumbs = [(text(a), a.get("href"), a.get("aria-current"))
                       for a in nav.iter("a")]

    def names(self):
        """Return the names that are linked, in their order."""
        return [row.name for row in self.rows]

    def follow(self, href):
        """Return the target that a browser asks for at a click."""
        parts = urlsplit(urljoin("http://test" + self.base, href))
        assert parts.netloc == "test", f"{href} leads elsewhere"
        return parts.path + ("?" + parts.query if parts.query else "")


def as_shown(name):
    """Return how a name of bytes is to stand in a page."""
    shown = ""
    for c in name.decode("utf-8", "backslashreplace"):
        code = ord(c)
        if code < 0x20 or 0x7f <= code < 0xa0 or 0xfdd0 <= code < 0xfdf0 \
                or code & 0xfffe == 0xfffe:
            shown += "".join(f"\\x{byte:02x}" for byte in c.encode())
        else:
            shown += c
    return shown
