# SPDX-License-Identifier: MIT
"""nginx and haproxy as reverse proxies in front of the server."""
import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from site_tree import LETTERS
from wire import wait_for
from test_nginx import Stream


def get(proxy, target, *fields, method="GET", body=b""):
    """One request through the proxy, on a connection of its own."""
    stream = Stream(proxy.address)
    lines = [f"{method} {target} HTTP/1.1", "Host: test", *fields, "", ""]
    stream.sock.sendall("\r\n".join(lines).encode() + body)
    answer = stream.read(method == "HEAD")
    stream.sock.close()
    return answer


def accepted(server):
    """The connections that the server's port has now, by the other end."""
    port = f":{server.ports[0]:04X}"
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return {f[2] for f in map(str.split, lines)
            if f[1].endswith(port) and f[3] == "01"}


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
    get(proxy, "/letters.txt")
    first = wait_for(lambda: accepted(server), "a kept connection")
    for _ in range(200):
        assert get(proxy, "/letters.txt")[2] == LETTERS
    assert len(accepted(server) | first) <= 4


def test_many_at_once(proxy, tree):
    """Answers do not get mixed up."""
    names = ["letters.txt", "medium.bin", "probe.txt", "docs/page.html"]
    want = {name: (tree / name).read_bytes() for name in names}

    def one(number):
        name = names[number % len(names)]
        return get(proxy, f"/{name}")[2] == want[name]

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(one, range(200)))
