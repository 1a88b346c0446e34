# SPDX-License-Identifier: MIT
"""Several ranges as multipart/byteranges: RFC 9110 section 14.6, read by
Python's own MIME parser."""
import email.parser
import email.policy
import re
import time

import pytest

from site_tree import LAST_MODIFIED, pattern
from wire import TIMEOUT, request

# Whole in memory, and by sendfile.
SIZES = {"small.bin": 60_000, "large.bin": 3_000_003}
pytestmark = pytest.mark.quick


@pytest.fixture(scope="module")
def server(start_shared, tmp_path_factory):
    """A server of files in which every block of 8 bytes is another."""
    site = tmp_path_factory.mktemp("ranges")
    for name, size in SIZES.items():
        (site / name).write_bytes(pattern(size))
    return start_shared("--workers", "1", root=site)


def read_parts(res):
    """Return (Content-Type, Content-Range, bytes) of each part."""
    head = f"Content-Type: {res.get('Content-Type')}\r\n\r\n".encode()
    message = email.parser.BytesParser(
        policy=email.policy.HTTP).parsebytes(head + res.body)
    assert message.is_multipart() and not message.defects
    boundary = message.get_boundary().encode()
    # The MIME parser repairs line ends, so bytes are taken by their own.
    pieces = (b"\r\n" + res.body).split(b"\r\n--" + boundary)
    assert pieces[0] == b"" and pieces[-1] == b"--\r\n"
    parts = []
    for part, piece in zip(message.iter_parts(), pieces[1:-1], strict=True):
        fields, content = piece.split(b"\r\n\r\n", 1)
        assert fields.startswith(b"\r\n") and len(part.items()) == 2
        parts.append((part["Content-Type"], part["Content-Range"], content))
    return parts


@pytest.mark.parametrize("name", SIZES)
@pytest.mark.parametrize("ranges", [
    [(0, 0), (100, 199)],
    [(500, 599), (0, 4), (59_000, 59_999)],
    [(1000 * i, 1000 * i + 500) for i in range(16)],
])
def test_parts(server, name, ranges):
    """Each with its type and place, in the order that was asked for."""
    size = SIZES[name]
    wanted = "bytes=" + ",".join(f"{a}-{b}" for a, b in ranges)
    res = server.get(f"/{name}", f"Range: {wanted}")
    assert res.status == 206
    assert re.fullmatch(r"multipart/byteranges; boundary=\w{1,70}",
                        res.get("Content-Type"))
    assert res.get("Content-Range") is None
    assert res.get("ETag") == server.get(f"/{name}").get("ETag")
    assert res.get("Last-Modified")
    content = pattern(size)
    assert read_parts(res) == [
        ("application/octet-stream", f"bytes {a}-{b}/{size}",
         content[a:b + 1]) for a, b in ranges]


@pytest.mark.parametrize("name", SIZES)
def test_connection_goes_on(server, name):
    """Pipelined: each answer ends where its length says."""
    with server.client() as client:
        client.send(request(f"/{name}", "Range: bytes=0-9,5000-5999,-10") * 5
                    + request(f"/{name}", "Range: bytes=8-15"))
        for _ in range(5):
            parts = read_parts(client.response())
            assert [len(p[2]) for p in parts] == [10, 1000, 10]
        assert client.response().body == pattern(16)[8:]
        assert client.quiet(0.1)


def test_large_parts_to_a_slow_reader(server):
    """The socket is full within a part and between two."""
    ranges = "bytes=0-999999,1000100-1999999,2000100-3000002"
    with server.client(rcvbuf=4096, timeout=TIMEOUT) as client:
        client.send(request("/large.bin", f"Range: {ranges}"))
        time.sleep(0.3)
        parts = read_parts(client.response())
    content = pattern(SIZES["large.bin"])
    assert [p[2] for p in parts] == [
        content[:1_000_000], content[1_000_100:2_000_000],
        content[2_000_100:]]


@pytest.mark.parametrize("field,status", [
    ("If-Range: {etag}", 206), ('If-Range: "x"', 200),
    ("If-None-Match: {etag}", 304), ('If-Match: "x"', 412),
    (f"If-Modified-Since: {LAST_MODIFIED}", 206)])
def test_conditions(server, field, status):
    """They are judged before the ranges are."""
    tag = server.get("/large.bin").get("ETag")
    res = server.get("/large.bin", "Range: bytes=0-0,500-500",
                     field.format(etag=tag))
    assert res.status == status


def test_flood(server):
    """However many ranges, no byte of the file is sent twice."""
    many = ",".join(f"{i}-" for i in range(16))
    res = server.get("/large.bin", f"Range: bytes={many}")
    assert res.status == 206
    assert len(res.body) == SIZES["large.bin"]
    many = ",".join(f"{i}-{i}" for i in range(0, 2000, 200))
    assert len(server.get("/large.bin", f"Range: bytes={many}").body) < 2000
    many = ",".join(f"{i}-{i}" for i in range(0, 3000, 100))
    res = server.get("/large.bin", f"Range: bytes={many}")
    assert (res.status, len(res.body)) == (200, SIZES["large.bin"])


def test_log_counts_the_parts(server):
    """Bytes of the body, with what stands between the parts."""
    res = server.get("/large.bin?counted", "Range: bytes=0-9,1000-1009")
    server.get("/large.bin", method="HEAD")
    end = time.monotonic() + TIMEOUT
    while not (lines := [line for line in server.log()
                         if b"?counted" in line]):
        assert time.monotonic() < end
        time.sleep(0.01)
    assert b'" 206 %d "' % len(res.body) in lines[0]
