# SPDX-License-Identifier: MIT
"""A site for bundles, with what is odd about names, links and rules."""
import gzip
import os
import re

from harness import SCRATCHD, run
from site_tree import pattern

LARGE = 3_000_000
OLD = 1  # such a time is no validator: a directory then says what a bundle says

FILES = {
    "index.html": b"<!doctype html><title>home</title>\n",
    "404.html": b"<!doctype html><title>nothing here</title>\n",
    "app.html": b"app\n",
    "empty.txt": b"",
    "one.bin": b"1",
    "noextension": b"?\n",
    "copied.txt": pattern(4096),
    "sent.txt": pattern(4097),
    "small.txt": pattern(65536),
    "larger.txt": pattern(65537),
    "large.bin": pattern(LARGE),
    "docs/index.html": b"docs\n",
    "docs/page.html": b"page\n",
    "docs/404.html": b"no such document\n",
    "docs/.hidden": b"secret\n",
    "docs-x/index.html": b"sorts before docs/\n",
    "docs.html": b"a page beside its directory\n",
    "a/b/c/d/e/f.txt": b"deep\n",
    "x:y/index.html": b"colon\n",
    "sp ace/100%.txt": b"percent\n",
    "\u00fcml\u00e4ut/\u2603.txt": "\u2603\n".encode(),
    "line\nbreak.txt": b"odd\n",
    "_headers": b"/docs/*\n  X-Docs: yes\n/*.txt\n  Cache-Control: no-cache\n"
                b"/small.txt\n  Content-Type: text/x-small\nwrong\n",
    "_redirects": b"/old/* /docs/:splat 302\n/away https://example.org/\n"
                  b"/gone /404.html 410\n/one.bin /index.html 200!\n",
    "_headers.br": b"secret\n",
    ".secret": b"secret\n",
    ".git/config": b"secret\n",
    ".well-known/security.txt": b"Contact: mailto:a@example.com\n",
    ".well-known/.x": b"secret\n",
    "text.txt": b"text\n" * 1000,
    "text.txt.gz": gzip.compress(b"text\n" * 1000, mtime=0),
    "text.txt.br": b"not really brotli",
    "text.txt.zst": b"not really zstd",
    "stale.txt": b"newer\n",
    "stale.txt.gz": b"older",
}
SHOWN = {name: data for name, data in FILES.items()
         if name in ("_headers", "_redirects") or not
         re.search(r"(^|/)\.(?!well-known/)|^_headers\.br", name)}


def write(root):
    """The tree, with links of every kind."""
    (root / "hollow/below/hollow").mkdir(parents=True)
    for name, content in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (OLD, OLD + (name == "stale.txt")))
    os.symlink("docs", root / "linked")
    os.symlink("../one.bin", root / "docs" / "one.bin")
    os.symlink("/etc/passwd", root / "absolute")
    os.symlink("../outside.txt", root / "outside")
    os.symlink("nothing", root / "dangling")
    os.symlink("..", root / "a" / "above")
    os.mkfifo(root / "fifo")
    (root.parent / "outside.txt").write_bytes(b"secret\n")


def make(site, file, *args, **kw):
    """Run the command and return what it said."""
    done = run([*SCRATCHD, "bundle", str(site), "-o", str(file), *args], **kw)
    assert done.returncode == 0 and done.stdout == "", done
    return done.stderr
