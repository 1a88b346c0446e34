# SPDX-License-Identifier: MIT
"""The site that most tests are served from.

Every file has the modification time MTIME, so that conditional requests
can be written down as text.
"""
import calendar
import os

MTIME = calendar.timegm((2024, 2, 29, 12, 34, 56))
LAST_MODIFIED = "Thu, 29 Feb 2024 12:34:56 GMT"
LETTERS = b"abcdefghijklmnopqrstuvwxyz"

FILES = {
    "index.html": b"<!doctype html><title>home</title>\n",
    "probe.txt": b"probe\n",
    "letters.txt": LETTERS,
    "nothing.txt": b"",
    "100%.txt": b"percent\n",
    "a b.txt": b"space\n",
    "docs/index.html": b"docs\n",
    "docs/page.html": b"page\n",
    "docs/.hidden": b"secret\n",
    "empty/deeper/x.txt": b"x\n",
    "evil.example/index.html": b"evil\n",
    "x:y/index.html": b"colon\n",
    "sp ace/index.html": b"space\n",
    ".secret": b"secret\n",
    ".git/config": b"secret\n",
    ".well-known/security.txt": b"Contact: mailto:a@example.com\n",
}


def write(folder):
    """Write the site below folder."""
    for name, content in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (MTIME, MTIME))


def pattern(size):
    """Return size bytes in which every block of 8 differs from the others."""
    words = (size + 7) // 8
    return b"".join(i.to_bytes(8, "little") for i in range(words))[:size]
