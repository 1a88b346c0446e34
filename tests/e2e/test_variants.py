# SPDX-License-Identifier: MIT
"""Compressed files beside a file: who gets which (RFC 9110 section 12)."""
import gzip
import os
import time

import pytest

from site_tree import pattern

PLAIN = b"plain text, of which there is some\n" * 40
LARGE = pattern(100000)
NAMES = {"br": "br", "zst": "zstd", "gz": "gzip"}


def put(folder, name, content, age=0.0):
    """Write a file that was modified age seconds ago."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    when = int(time.time()) - 1000 - age
    os.utime(path, (when, when))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Files with all, some and no variants. Their bytes say what they are:
    the server passes them on and does not look into them."""
    root = tmp_path_factory.mktemp("variants")
    put(root, "all.js", PLAIN)
    for ending in NAMES:
        put(root, f"all.js.{ending}", ending.encode() + PLAIN)
    put(root, "one.css", PLAIN)
    put(root, "one.css.gz", gzip.compress(PLAIN))
    put(root, "none.txt", PLAIN)
    put(root, "large.bin", LARGE)
    put(root, "large.bin.br", b"br" + LARGE)
    put(root, "large.bin.gz", b"gz" + LARGE)
    put(root, "stale.txt", PLAIN)
    put(root, "stale.txt.gz", b"old", age=1)
    put(root, "folder.txt", PLAIN)
    (root / "folder.txt.gz").mkdir()
    put(root, "way/index.html", PLAIN)
    put(root, "way/index.html.br", b"br" + PLAIN)
    put(root, "page.html", PLAIN)
    put(root, "page.html.br", b"br" + PLAIN)
    put(root, "404.html", PLAIN)
    put(root, "404.html.gz", b"gz" + PLAIN)
    put(root, "leak.txt", PLAIN)
    put(root.parent, "outside-variants", b"secret")
    (root / "leak.txt.gz").symlink_to("../outside-variants")
    put(root, "lonely.txt.gz", b"gz")
    long = "n" * 252
    put(root, long, PLAIN)
    put(root, f"{long}.br", b"br" + PLAIN)
    return root


@pytest.fixture(scope="module")
def server(start_shared, site):
    """A server with the defaults and clean URLs."""
    return start_shared("--clean-urls", "on", root=site)


def ask(server, target, accept=None, *fields, method="GET"):
    """A request with an Accept-Encoding field."""
    lines = [] if accept is None else [f"Accept-Encoding: {accept}"]
    return server.get(target, *lines, *fields, method=method)


@pytest.mark.quick
@pytest.mark.parametrize("accept, ending", [
    (None, ""), ("", ""), ("deflate", ""), ("identity", ""),
    ("br", "br"), ("zstd", "zst"), ("gzip", "gz"), ("x-gzip", "gz"),
    ("gzip, deflate", "gz"), ("gzip, deflate, br, zstd", "br"),
    ("gzip, zstd", "zst"), ("*", "br"), ("*, br;q=0", "zst"),
    ("br;q=0.1, gzip;q=0.2", "gz"), ("gzip;q=0.001", "gz"),
    ("br;q=0, gzip;q=0", ""), ("identity, gzip;q=0.9", ""),
    ("identity;q=0.5, gzip;q=0.5", "gz"), ("identity;q=0, gzip", "gz"),
    ("*;q=0, zstd", "zst"), ("br;q=bad, gzip", "gz"),
    ("gzip;q=0.000", ""), ("gzip;q=1.000", "gz"), ("gzip;q=1.001", ""),
    ("gzip;q=0.0001", ""), ("gzip;Q=0.5", "gz"), ("gzip \t;\t q=0.5", "gz"),
    ("gzip;q =0.5", ""), ("gzip;q=", ""), (", ,gzip,", "gz"),
])
def test_choice(server, accept, ending):
    """The client's weights decide, then br before zstd before gzip."""
    res = ask(server, "/all.js", accept)
    assert res.status == 200
    assert res.get("Content-Encoding") == NAMES.get(ending)
    assert res.body == ending.encode() + PLAIN
    assert res.get("Content-Type") == "text/javascript; charset=utf-8"
    assert res.get("Vary") == "Accept-Encoding"


def test_every_coding_has_its_own_etag(server):
    """And a condition is judged against the one that would be sent."""
    for target in "/all.js", "/large.bin":
        tags = {a: ask(server, target, a).get("ETag")
                for a in ("", "br", "gzip")}
        assert len(set(tags.values())) == 3, tags
        for accept in tags:
            for tag in tags.values():
                res = ask(server, target, accept, f"If-None-Match: {tag}")
                assert res.status == (304 if tag == tags[accept] else 200)
                assert res.get("Vary") == "Accept-Encoding"
                res = ask(server, target, accept, f"If-Match: {tag}")
                assert res.status == (200 if tag == tags[accept] else 412)


def test_range_of_a_variant(server):
    """A range counts the bytes that are sent (RFC 9110 section 14)."""
    for target, content in ("/all.js", PLAIN), ("/large.bin", LARGE):
        res = ask(server, target, "br", "Range: bytes=0-3")
        assert (res.status, res.body) == (206, (b"br" + content)[:4])
        assert res.get("Content-Range") == f"bytes 0-3/{len(content) + 2}"
        assert res.get("Content-Encoding") == "br"
        plain = ask(server, target).get("ETag")
        res = ask(server, target, "br", "Range: bytes=0-3",
                  f"If-Range: {plain}")
        assert (res.status, res.body) == (200, b"br" + content)


def test_head(server):
    """As GET, without the bytes."""
    res = ask(server, "/all.js", "zstd", method="HEAD")
    assert res.get("Content-Encoding") == "zstd"
    assert res.get("Content-Length") == str(len(PLAIN) + 3)


def test_real_gzip(server):
    """What a client unpacks is the file."""
    res = ask(server, "/one.css", "br, gzip")
    assert gzip.decompress(res.body) == PLAIN
    assert ask(server, "/one.css", "br").body == PLAIN


@pytest.mark.parametrize("target, accept, body", [
    ("/way/", "br", b"br" + PLAIN), ("/page", "br", b"br" + PLAIN),
    ("/way/", "gzip", PLAIN), ("/" + "n" * 252, "br", b"br" + PLAIN),
])
def test_pages(server, target, accept, body):
    """An index and a clean URL have variants like any file."""
    res = ask(server, target, accept)
    assert (res.status, res.body) == (200, body)
    assert res.get("Vary") == "Accept-Encoding"


@pytest.mark.parametrize("target", [
    "/none.txt", "/stale.txt", "/folder.txt", "/leak.txt"])
def test_no_variant(server, target):
    """None is there, it is older than the file, no file, or outside."""
    res = ask(server, target, "gzip, br")
    assert (res.status, res.body) == (200, PLAIN)
    assert res.get("Content-Encoding") is None and res.get("Vary") is None


def test_a_variant_alone_is_a_file_of_its_own(server):
    """What is not there is not found by its compressed form."""
    res = ask(server, "/lonely.txt", "gzip")
    assert res.status == 404
    assert (res.body, res.get("Content-Encoding")) == (b"gz" + PLAIN, "gzip")
    assert ask(server, "/lonely.txt").body == PLAIN
    res = ask(server, "/lonely.txt.gz", "gzip")
    assert (res.status, res.body) == (200, b"gz")
    assert res.get("Content-Type") == "application/gzip"
    assert res.get("Content-Encoding") is None


@pytest.mark.parametrize("accept", ["identity;q=0", "*;q=0", "br, *;q=0"])
def test_nothing_acceptable(server, accept):
    """406 where the plain bytes are refused and nothing else is there."""
    res = ask(server, "/one.css", accept)
    assert res.status == 406
    assert res.get("Vary") == "Accept-Encoding"
    assert ask(server, "/one.css", accept, method="HEAD").status == 406
    assert ask(server, "/missing", accept).status == 404


def test_a_variant_comes_and_goes(server, site):
    """It is looked for with each request, on one connection."""
    with server.client() as client:
        for number in range(3):
            put(site, "live.txt", b"%d" % number)
            fields = "Accept-Encoding: gzip"
            assert client.get("/live.txt", fields).body == b"%d" % number
            put(site, "live.txt.gz", b"gz%d" % number)
            assert client.get("/live.txt", fields).body == b"gz%d" % number
            os.truncate(site / "live.txt.gz", 1)
            os.utime(site / "live.txt.gz")
            assert client.get("/live.txt", fields).body == b"g"
            (site / "live.txt.gz").unlink()
            res = client.get("/live.txt", fields)
            assert (res.body, res.get("Vary")) == (b"%d" % number, None)


def test_a_folder_is_another_one_meanwhile(start, tmp_path):
    """A link leads to a second release, where the same file has no variant, and
    back: what was seen there is not taken for the first one's."""
    for name in ("app.js", "app.js.br", "other.js"):
        put(tmp_path, f"site/one/{name}", PLAIN)
    (tmp_path / "site/two").mkdir()
    os.link(tmp_path / "site/one/app.js", tmp_path / "site/two/app.js")

    def lead_to(release):
        (tmp_path / "site/new").symlink_to(release)
        os.rename(tmp_path / "site/new", tmp_path / "site/current")

    lead_to("one")
    time.sleep(0.05)  # what has just changed is not kept
    server = start("--workers", "1", root=tmp_path / "site")
    with server.client() as client:
        def coding(name):
            res = client.get(f"/current/{name}", "Accept-Encoding: br")
            assert res.body == PLAIN
            return res.get("Content-Encoding")

        assert coding("other.js") is None
        lead_to("two")
        assert coding("app.js") is None
        lead_to("one")
        time.sleep(1.1)  # variants may go unnoticed for a second
        assert coding("app.js") == "br"
