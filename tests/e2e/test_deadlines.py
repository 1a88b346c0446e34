# SPDX-License-Identifier: MIT
"""Deadlines: RFC 9110 section 15.5.9 (408) and RFC 9112 section 9.5.

The servers here have one deadline of a second and leave the others long, so
that a connection that ends can only have met the one. A lower bound on the
time is part of the promise; there is no upper one but the test's own.
"""
import select
import shutil
import time

import pytest

from harness import RUNNER, open_sockets
from wire import Client, request, wait_for

EARLIEST = 0.8
LONG = "300"
NAMES = ("header", "body", "write", "keepalive")


def options(short):
    """Return the options that make one deadline short."""
    args = ["--workers", "1"]
    for name in NAMES:
        args += [f"--{name}-timeout", "1" if name == short else LONG]
    return args


@pytest.fixture(scope="module")
def served(start_shared, tree):
    """A function that returns the server with one short deadline."""
    servers = {}

    def get(short):
        if short not in servers:
            servers[short] = start_shared(*options(short), root=tree)
        return servers[short]
    return get


@pytest.mark.quick
@pytest.mark.parametrize("part", [
    b"G", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: a\r\n\r"])
def test_head(served, part):
    """Part of a head: 408, and not before its time."""
    with served("header").client() as client:
        begin = time.monotonic()
        client.send(part)
        res = client.response()
        assert res.status == 408
        assert res.says_close()
        assert time.monotonic() - begin >= EARLIEST
        client.expect_eof()


def test_head_is_absolute(served):
    """Byte after byte does not buy more time."""
    with served("header").client() as client:
        sent = b"GET / HTTP/1.1\r\nHost: a\r\nX: "
        client.send(sent)
        for _ in range(600):
            if not client.quiet(0.1):
                break
            client.try_send(b"y")
        res = client.response()
        assert res.status == 408
        client.expect_eof()


@pytest.mark.parametrize("size", [2, 40000, 4 << 20])
def test_empty_lines_are_no_head(served, size):
    """However many of them there are, and then nothing: the end."""
    with served("header").client() as client:
        client.send(b"\r\n" * (size // 2))
        client.expect_eof()


def test_second_head(served):
    """The deadline counts for each head of a connection."""
    with served("header").client() as client:
        assert client.get("/probe.txt").status == 200
        begin = time.monotonic()
        client.send(b"GET / HT")
        assert client.response().status == 408
        assert time.monotonic() - begin >= EARLIEST
        client.expect_eof()


def test_pipelined_part_of_a_head(served):
    """What came before is answered at once, the part is timed."""
    with served("header").client() as client:
        client.send(request("/probe.txt") + b"GET /")
        assert client.response().body == b"probe\n"
        assert client.response().status == 408
        client.expect_eof()


@pytest.mark.quick
def test_nothing_at_all(served):
    """Nobody asked, so nothing is said."""
    with served("header").client() as client:
        client.expect_eof()


def test_empty_lines_are_no_request(served):
    """RFC 9112 section 2.2: they are ignored, and do not hold a place."""
    with served("header").client() as client:
        client.send(b"\r\n")
        while client.fill():
            pass
        assert client.buf == b"" or client.buf.startswith(b"HTTP/1.1 408 ")


@pytest.mark.quick
@pytest.mark.parametrize("part", [
    b"Content-Length: 9\r\n\r\n", b"Content-Length: 9\r\n\r\nhalf",
    b"Transfer-Encoding: chunked\r\n\r\n",
    b"Transfer-Encoding: chunked\r\n\r\n5\r\nhal",
    b"Transfer-Encoding: chunked\r\n\r\n5\r\nwhole\r\n0\r\nX: y\r\n"])
def test_body(served, part):
    """A body that does not end. An answer that did not depend on it may
    have gone out before; otherwise it is 408. The connection ends."""
    with served("body").client() as client:
        begin = time.monotonic()
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\n" + part)
        res = client.response()
        assert res.status in (405, 408)
        client.expect_eof()
        assert time.monotonic() - begin >= EARLIEST


def test_write(served, tree):
    """A reader that has stopped reading."""
    with open(tree / "sparse.bin", "wb") as file:
        file.truncate(64 * 1024 * 1024)
    server = served("write")
    worker = server.workers()[0]
    with server.client() as client:
        client.get("/probe.txt")
        idle = open_sockets(worker)
    wait_for(lambda: open_sockets(worker) < idle, "the end of the first")
    base = open_sockets(worker)
    with server.client(rcvbuf=4096) as client:
        client.send(request("/sparse.bin"))
        client.take(1000)
        assert open_sockets(worker) > base
        wait_for(lambda: open_sockets(worker) <= base,
                 "the end of the stalled connection")
    assert server.get("/probe.txt").body == b"probe\n"


@pytest.mark.quick
def test_keepalive(served):
    """An idle connection ends without a word, and not before its time."""
    with served("keepalive").client() as client:
        for _ in range(3):
            assert client.get("/probe.txt").status == 200
        begin = time.monotonic()
        client.expect_eof()
        assert time.monotonic() - begin >= EARLIEST


def test_keepalive_begins_anew(served):
    """Each answer gives a whole deadline."""
    with served("keepalive").client() as client:
        for _ in range(5):
            assert client.get("/probe.txt").status == 200
            assert client.quiet(0.4)
        client.expect_eof()


def test_keepalive_does_not_cut_a_head(served):
    """A request that has begun is timed as a head."""
    with served("keepalive").client() as client:
        assert client.get("/probe.txt").status == 200
        data = request("/probe.txt")
        client.send(data[:10])
        assert client.quiet(2.0)
        client.send(data[10:])
        assert client.response().body == b"probe\n"


def test_keepalive_does_not_cut_an_answer(served, tree):
    """Nor is one that is being sent idle."""
    size = 24 * 1024 * 1024
    with open(tree / "long.bin", "wb") as file:
        file.truncate(size)
    with served("keepalive").client(rcvbuf=16384) as client:
        client.send(request("/long.bin"))
        client.take(1000)
        time.sleep(2)
        client.buf = b""
        have = 0
        while select.select([client.sock], [], [], 0.5)[0]:
            data = client.sock.recv(262144)
            if not data:
                break
            have += len(data)
        assert have > size // 2


def test_many_deadlines_at_once(served):
    """Two hundred of them, none forgotten."""
    address = served("header").address
    clients = [Client(address) for _ in range(200)]
    for client in clients:
        client.send(b"GET /")
    for client in clients:
        assert client.response().status == 408
        client.expect_eof()
        client.close()


def test_late_requests_are_not_cut(served):
    """A deadline of one request does not hit the next one."""
    with served("header").client() as client:
        data = request("/probe.txt")
        for _ in range(4):
            client.send(data[:20])
            assert client.quiet(0.5)
            client.send(data[20:])
            assert client.response().body == b"probe\n"


def test_slow_reader_is_not_cut(served, tree):
    """20 kB/s are more than 4 KiB in a second, although the buffer of the
    server's socket does not take anything in all that time. Only a reader
    that stops is cut off."""
    with open(tree / "steady.bin", "wb") as file:
        file.truncate(64 * 1024 * 1024)
    server = served("write")
    worker = server.workers()[0]
    with server.client(rcvbuf=4096) as client:
        client.send(request("/steady.bin"))
        client.head()
        client.buf = b""
        end = time.monotonic() + 4
        while time.monotonic() < end:
            assert client.sock.recv(1024)
            time.sleep(0.05)
        base = open_sockets(worker)
        assert client.sock.recv(1024)
        wait_for(lambda: open_sockets(worker) < base,
                 "the end of the stalled connection")


def test_empty_line_after_a_body(served):
    """RFC 9112 section 2.2: old clients send one, and it begins no head
    that could be late."""
    with served("header").client() as client:
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
                    b"\r\nx\r\n")
        assert client.response().status == 405
        assert client.quiet(2.5)
        assert client.get("/probe.txt").body == b"probe\n"


def test_empty_line_in_pieces(served):
    """A CR, and later its LF: an empty line all the same. It earns no further
    second, and does the worker no harm."""
    server = served("header")
    workers = server.workers()
    with server.client() as client:
        client.send(b"\r")
        time.sleep(0.1)
        client.send(b"\n")
        client.expect_eof()
    assert server.workers() == workers
    with server.client() as client:
        client.send(b"\r")
        time.sleep(0.1)
        client.send(b"\n" + request("/probe.txt"))
        assert client.response().body == b"probe\n"


def test_empty_lines_before_the_longest_head(served):
    """What is passed over takes no room from the head and its body."""
    server = served("header")
    workers = server.workers()
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\nX: "
    head += b"x" * (16000 - len(head)) + b"\r\n\r\n"
    with server.client() as client:
        client.send(b"\r\n" * 2000 + head)
        time.sleep(0.2)
        client.send(b"0123456789")
        assert client.response().status == 405
        assert client.get("/probe.txt").body == b"probe\n"
    assert server.workers() == workers


@pytest.mark.skipif(bool(RUNNER) or not shutil.which("strace"),
                    reason="needs strace and a program of this machine")
def test_slow_source_is_not_cut(start, tree):
    """A file that is read more slowly than the client takes it never fills
    the socket: no deadline of what came before may pass meanwhile."""
    with open(tree / "slow.bin", "wb") as file:
        file.truncate(100 * 1024 * 1024)
    server = start(*options("header"), root=tree, prefix=[
        "strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=sendfile",
        "-e", "inject=sendfile:delay_exit=20000"])
    with server.client() as client:
        begin = time.monotonic()
        assert len(client.get("/slow.bin").body) == 100 * 1024 * 1024
        assert time.monotonic() - begin >= 1.5
