# SPDX-License-Identifier: MIT
"""What answers to one address have in common: RFC 9110 sections 9.3.2 (HEAD),
12.5.5 (Vary), 15.3.7 (206) and 15.4.5 (304)."""
import os

import pytest

from site_tree import MTIME, pattern

FILES = {
    "small.js": b"small\n" * 1000, "small.js.gz": b"gz small\n" * 900,
    "small.js.br": b"br small\n" * 800,
    "large.css": pattern(100_000), "large.css.gz": b"gz" + pattern(90_000),
    "plain.txt": b"plain\n" * 1000, "big.bin": pattern(200_000),
    "docs/index.html": b"docs\n", "none.html": b"", "404.html": b"gone\n",
    "404.html.gz": b"gz gone\n",
}
WHOLE = ["/small.js", "/large.css", "/plain.txt", "/big.bin"]
CODINGS = ["", "gzip", "br, gzip;q=0.5", "identity"]
# What says something about the content, beside validators.
METADATA = {"content-type", "content-encoding", "content-length",
            "content-range", "content-language", "last-modified",
            "accept-ranges"}


@pytest.fixture(scope="module")
def server(start_shared, tmp_path_factory):
    """A server of files, some of which have variants."""
    site = tmp_path_factory.mktemp("semantics")
    for name, content in FILES.items():
        path = site / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (MTIME, MTIME))
    for name in ("pinned.txt", "pinned.bin"):
        (site / name).write_bytes(pattern(100_000 if "bin" in name else 100))
        os.utime(site / name, (1, 1))
    return start_shared("--workers", "1", root=site)


def fields(res, *without):
    """The fields by name, without those that are of this very response."""
    return {n.lower(): v for n, v in res.fields
            if n.lower() not in ("date", *without)}


@pytest.mark.quick
@pytest.mark.parametrize("field", [
    "X: y", "Accept-Encoding: gzip", "Accept-Encoding: identity;q=0",
    "If-None-Match: *", "If-Match: \"x\"", "Connection: close",
    "If-Modified-Since: Sat, 01 Jan 2028 00:00:00 GMT"])
@pytest.mark.parametrize("target", [
    *WHOLE, "/docs/", "/docs", "/none.html", "/nosuch", "/%zz", "/pinned.bin",
    "https://test/"])
def test_head_has_the_fields_of_get(server, target, field):
    """The very same, with the length of the content that does not come."""
    get = server.get(target, field)
    head = server.get(target, field, method="HEAD")
    assert (head.status, head.body) == (get.status, b"")
    assert fields(head) == fields(get)
    assert get.status == 304 or get.get("Content-Length") == str(len(get.body))


@pytest.mark.parametrize("accept", CODINGS)
@pytest.mark.parametrize("target", WHOLE)
def test_partial_has_the_fields_of_the_whole(server, target, accept):
    """One range, and several, whose type stands in the parts instead."""
    line = f"Accept-Encoding: {accept}"
    whole = fields(server.get(target, line), "content-length")
    one = server.get(target, line, "Range: bytes=5-9")
    assert one.status == 206
    assert fields(one, "content-length", "content-range") == whole
    several = server.get(target, line, "Range: bytes=0-0,2000-2009")
    assert several.status == 206
    kind = whole.pop("content-type")
    assert fields(several, "content-length", "content-type") == whole
    assert several.body.count(b"Content-Type: " + kind.encode()) == 2


@pytest.mark.parametrize("accept", CODINGS)
@pytest.mark.parametrize("target", WHOLE)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_not_modified_has_what_caches_need(server, target, accept, method):
    """ETag and Vary as 200 has them, and nothing about the content."""
    line = f"Accept-Encoding: {accept}"
    whole = fields(server.get(target, line))
    res = server.get(target, line, f"If-None-Match: {whole['etag']}",
                     method=method)
    assert res.status == 304
    got = fields(res)
    assert got["etag"] == whole["etag"]
    assert got.get("vary") == whole.get("vary")
    assert not METADATA & set(got)


@pytest.mark.quick
@pytest.mark.parametrize("target, vary", [
    ("/small.js", "Accept-Encoding"), ("/plain.txt", None)])
@pytest.mark.parametrize("accept", ["", "gzip", "identity;q=0"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("field", [
    "X: y", "If-None-Match: *", "Range: bytes=0-0"])
def test_vary(server, target, vary, accept, method, field):
    """Whenever another client might get something else, and only then: who
    refuses the plain bytes could also send another Accept-Encoding."""
    res = server.get(target, f"Accept-Encoding: {accept}", field,
                     method=method)
    if res.status == 406:
        assert accept == "identity;q=0"
        vary = "Accept-Encoding"
    assert res.get("Vary") == vary


@pytest.mark.parametrize("target", ["/pinned.txt", "/pinned.bin"])
@pytest.mark.parametrize("field, status", [
    ("If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT", 206),
    ("If-Modified-Since: Fri, 31 Dec 9999 23:59:59 GMT", 206),
    ("If-Range: Thu, 01 Jan 1970 00:00:01 GMT", 200),
    ("If-Match: *", 206), ("If-None-Match: *", 304), ("If-Match: \"\"", 412)])
def test_no_date_is_known(server, target, field, status):
    """Sections 13.1.3 to 13.1.5: then a date is no condition."""
    assert server.get(target, field, "Range: bytes=0-0").status == status


def test_nobody_else_is_meant(server):
    """Section 3.3: requests of one connection may be of several clients, so
    none of them gets what another one asked for."""
    with server.client() as client:
        for accept in ("gzip", "", "br", "identity") * 3:
            res = client.get("/small.js", f"Accept-Encoding: {accept}")
            ending = {"gzip": ".gz", "br": ".br"}.get(accept, "")
            assert res.body == FILES["small.js" + ending]
