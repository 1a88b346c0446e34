# SPDX-License-Identifier: MIT
"""The example programs: counter and echo."""
import socket

import pytest

import site_tree
from wire import TIMEOUT, chunked, fetch, post, request

pytestmark = pytest.mark.quick


def test_memory_is_shared(start, tree):
    """The counter counts in all workers, and for everybody."""
    server = start("--workers", "2", program="counter", root=tree)
    for number in range(1, 21):
        res = server.ask(post("/api/count", b"by=2"))
        assert res.get("Content-Type") == "application/json"
        assert res.get("Cache-Control") == "no-store"
        assert res.body == b'{"count":%d}\n' % (2 * number)
    for body in b"", b"by=", b"by=x", b"by=-1", b"x=1", b"by=1x":
        assert server.ask(post("/api/count", body)).status == 422
    res = server.ask(post("/counter", b"x=%26&by=2"))
    assert (res.status, res.get("Location")) == (303, "/counter")
    assert b"<output>42</output>" in server.get("/counter").body
    assert server.get("/api/count").body == b'{"count":42}\n'
    assert server.get("/probe.txt").body == b"probe\n"


@pytest.fixture(scope="module")
def echo(start_shared, tree):
    """A server of the echo program."""
    return start_shared("--workers", "1", program="echo", root=tree)


@pytest.mark.parametrize("size", [0, 1, 5000, 3_000_001])
@pytest.mark.parametrize("make", [post, chunked])
def test_echo(echo, size, make):
    """Both framings, of any size, while it is still being sent."""
    body = site_tree.pattern(size)
    data = make("/echo", body)
    with echo.client() as client:
        received = b""
        client.sock.setblocking(False)
        while data:
            try:
                data = data[client.sock.send(data[:65536]):]
            except BlockingIOError:
                pass
            try:
                received += client.sock.recv(1 << 20)
            except BlockingIOError:
                pass
        client.sock.settimeout(TIMEOUT)
        client.buf = received
        res = client.response()
        assert res.body == body
        assert bool(res.get("Content-Length")) == (make is post)
        assert client.get("/probe.txt").body == b"probe\n"


def test_echo_to_nobody(echo):
    """What is not read is not received: both sides stand still."""
    with echo.client(rcvbuf=4096) as client:
        client.sock.settimeout(0.5)
        client.send(request("/echo", "Content-Length: 1000000000",
                            method="POST"))
        with pytest.raises(socket.timeout):
            while True:
                client.send(bytes(100000))
        assert fetch(echo.address, "/probe.txt").body == b"probe\n"
