# SPDX-License-Identifier: MIT
"""nginx and haproxy as reverse proxies in front of the server."""
import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from site_tree import LETTERS
from test_nginx import Stream, read_parts

# Answers of every kind that leave a connection open.
ROUND = [("/letters.txt", 200), ("/nosuch", 404), ("/docs", 301),
         ("/nothing.txt", 200), ("/medium.bin", 200), ("/docs/", 200)]


def get(proxy, target, *fields, method="GET", body=b""):
    """One request through the proxy, on a connection of its own."""
    stream = Stream(proxy.address)
    lines = [f"{method} {target} HTTP/1.1", "Host: test", *fields, "", ""]
    stream.sock.sendall("\r\n".join(lines).encode() + body)
    answer = stream.read(method == "HEAD")
    stream.sock.close()
    return answer


def others(server):
    """The other ends of the server's connections, with those that are closed
    and that the kernel remembers for a minute (TIME_WAIT)."""
    port = f":{server.ports[0]:04X}"
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    pairs = [line.split()[1:3] for line in lines]
    return {b for a, b in pairs if a.endswith(port)} \
        | {a for a, b in pairs if b.endswith(port)}


@pytest.mark.parametrize("target", ["/big.bin", "/medium.bin", "/nothing.txt"])
def test_bodies(proxy, tree, target):
    """Every byte, in the right order."""
    status, fields, body = get(proxy, target)
    want = (tree / target[1:]).read_bytes()
    assert status == 200 and int(fields["content-length"]) == len(want)
    assert hashlib.sha256(body).digest() == hashlib.sha256(want).digest()


def test_methods_and_conditions(proxy):
    """HEAD, a range, a condition, what is missing and what is refused."""
    status, fields, body = get(proxy, "/letters.txt", method="HEAD")
    assert (status, fields["content-length"], body) == (200, "26", b"")
    tag = fields["etag"]
    assert get(proxy, "/letters.txt", f"If-None-Match: {tag}")[0] == 304
    status, fields, body = get(proxy, "/letters.txt", "Range: bytes=2-4")
    assert (status, body) == (206, LETTERS[2:5])
    assert fields["content-range"] == "bytes 2-4/26"
    assert get(proxy, "/nosuch")[0] == 404
    status, fields, _ = get(proxy, "/letters.txt", "Content-Length: 2",
                            method="POST", body=b"ab")
    assert status == 405 and "GET" in fields["allow"]


def test_redirect_keeps_the_outer_address(proxy):
    """No inner host, port or scheme leaks out."""
    status, fields, _ = get(proxy, "/docs?x=1")
    assert status == 301
    assert fields["location"] in ("docs/?x=1",
                                  f"http://test:{proxy.port}/docs/?x=1")


def test_connections_are_kept(proxy, server):
    """Many requests in sequence go over the same few connections."""
    before = others(server)
    for number in range(200):
        target, want = ROUND[number % len(ROUND)]
        assert get(proxy, target)[0] == want
    assert len(others(server) - before) <= 2


@pytest.mark.parametrize("target", ["/letters.txt", "/big.bin"])
def test_conditions(proxy, target):
    """By tag and by time, those that hold and those that fail."""
    _, fields, whole = get(proxy, target)
    tag, time = fields["etag"], fields["last-modified"]
    for line, want in [
            (f"If-None-Match: {tag}", 304), ("If-None-Match: \"x\"", 200),
            (f"If-Modified-Since: {time}", 304), (f"If-Match: {tag}", 200),
            ("If-Match: \"x\"", 412), (f"If-Unmodified-Since: {time}", 200)]:
        status, fields, body = get(proxy, target, line)
        assert status == want, line
        assert status != 304 or fields["etag"] == tag
        assert status != 200 or body == whole
        assert get(proxy, target, line, method="HEAD")[0] == want


@pytest.mark.parametrize("target", ["/letters.txt", "/big.bin"])
def test_ranges(proxy, tree, target):
    """One, several, none that there is, and with conditions."""
    content = (tree / target[1:]).read_bytes()
    end = len(content)
    tag = get(proxy, target, method="HEAD")[1]["etag"]
    for spec, begin in [("5-", 5), ("-7", end - 7), (f"{end // 2}-", end // 2)]:
        status, fields, body = get(proxy, target, f"Range: bytes={spec}",
                                   f"If-Range: {tag}")
        assert (status, body == content[begin:]) == (206, True)
        assert fields["content-range"] == f"bytes {begin}-{end - 1}/{end}"
    status, fields, _ = get(proxy, target, f"Range: bytes={end}-")
    assert (status, fields["content-range"]) == (416, f"bytes */{end}")
    assert get(proxy, target, "Range: bytes=0-1", "If-Range: \"x\"")[0] == 200
    status, fields, body = get(proxy, "/big.bin",
                               "Range: bytes=0-9,5000000-5000009")
    assert status == 206
    content = (tree / "big.bin").read_bytes()
    assert [part for _, part in read_parts(fields["content-type"], body)] == [
        content[:10], content[5000000:5000010]]


def test_codings(proxy, tree):
    """The compressed form for who can read it, and Vary for both."""
    for line, name in ("Accept-Encoding: gzip", "packed.css.gz"), \
            ("X: y", "packed.css"):
        status, fields, body = get(proxy, "/packed.css", line)
        assert (status, body) == (200, (tree / name).read_bytes())
        assert fields["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("size", [0, 1, 100_000, 1_048_576])
@pytest.mark.parametrize("chunked", [False, True])
def test_body_is_refused(proxy, server, size, chunked):
    """405, and the connection behind the proxy goes on."""
    body, line = b"x" * size, f"Content-Length: {size}"
    if chunked:
        line = "Transfer-Encoding: chunked"
        body = b"%x\r\n%s\r\n" % (size, body) if size else b""
        body += b"0\r\n\r\n"
    get(proxy, "/letters.txt")
    before = others(server)
    for _ in range(5):
        assert get(proxy, "/letters.txt", line, method="POST",
                   body=body)[0] == 405
        assert get(proxy, "/letters.txt")[2] == LETTERS
    assert len(others(server) - before) <= 2


def test_too_long(proxy):
    """What is too long is told by the status that is meant for it, and
    whoever comes next is served."""
    for _ in range(3):
        body = b"x" * 1_048_577
        assert get(proxy, "/letters.txt", f"Content-Length: {len(body)}",
                   method="POST", body=body)[0] == 413
        assert get(proxy, "/letters.txt", "X: " + "x" * 17000)[0] == 431
        assert get(proxy, "/" + "x" * 17000)[0] == 414
        assert get(proxy, "/letters.txt")[2] == LETTERS


def test_pipeline(proxy, tree):
    """Answers in the order of the requests."""
    names = ["letters.txt", "big.bin", "nothing.txt", "medium.bin"] * 3
    stream = Stream(proxy.address)
    stream.sock.sendall("".join(
        f"GET /{name} HTTP/1.1\r\nHost: test\r\n\r\n" for name in names
    ).encode())
    for name in names:
        assert stream.read(False)[2] == (tree / name).read_bytes()
    stream.sock.close()


def test_proxy_of_http_1_0(old_proxy, tree):
    """Every answer ends where it says, and is the same as ever."""
    for name in ("letters.txt", "nothing.txt", "medium.bin", "big.bin"):
        status, fields, body = get(old_proxy, f"/{name}")
        want = (tree / name).read_bytes()
        assert status == 200 and int(fields["content-length"]) == len(want)
        assert body == want
    for target, want in ROUND:
        assert get(old_proxy, target)[0] == want
    assert get(old_proxy, "/letters.txt", "Content-Length: 2", method="POST",
               body=b"ab")[0] == 405


def test_many_at_once(proxy, tree):
    """Answers do not get mixed up."""
    names = ["letters.txt", "medium.bin", "probe.txt", "docs/page.html"]
    want = {name: (tree / name).read_bytes() for name in names}

    def one(number):
        name = names[number % len(names)]
        return get(proxy, f"/{name}")[2] == want[name]

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(one, range(200)))
